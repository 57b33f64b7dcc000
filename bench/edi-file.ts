// A made-up X12 file of shipments, as large as asked for, with what it says in all: what the EDI benchmarks read. Made
// portion by portion, so that a large one needs no memory.
import { scattered } from './support.ts';

/** Bytes in one portion. */
export const PORTION_BYTES = 256 * 1024;
/** As a file stream hands them over. */
export const SMALL_PORTION_BYTES = 64 * 1024;
const DOCUMENTS_PER_GROUP = 500;
const LINES_PER_DOCUMENT = 12;

export interface EdiTotals {
  bytes: number;
  segments: number;
  documents: number;
  lines: number;
  /** Units shipped over all lines. */
  shipped: number;
}

/**
 * The portions of one interchange of at least `bytes` bytes, each of `portionBytes` but the last, so that they end anywhere, as
 * those of a stream do; answers its totals when it is through.
 */
export function* ediPortions(bytes: number, portionBytes = PORTION_BYTES): Generator<Buffer, EdiTotals> {
  const totals: EdiTotals = { bytes: 0, segments: 0, documents: 0, lines: 0, shipped: 0 };
  let open: Buffer[] = [];
  let openBytes = 0;
  let groups = 0;
  const add = (text: string): void => {
    const part = Buffer.from(text);
    open.push(part);
    openBytes += part.length;
    totals.bytes += part.length;
  };
  // Whole portions of what is there; the rest of it is the beginning of the next.
  function* portions(): Generator<Buffer> {
    const whole = Buffer.concat(open);
    let start = 0;
    for (; whole.length - start >= portionBytes; start += portionBytes)
      yield whole.subarray(start, start + portionBytes);
    open = [whole.subarray(start)];
    openBytes = whole.length - start;
  }
  add(HEADER);
  while (totals.bytes < bytes) {
    groups += 1;
    add(`GS*SW*NORDLAGER*BRANDHUB*20261103*0815*${groups}*X*004010~`);
    for (let place = 0; place < DOCUMENTS_PER_GROUP; place += 1) {
      add(documentText(totals, place));
      if (openBytes >= portionBytes) yield* portions();
    }
    add(`GE*${DOCUMENTS_PER_GROUP}*${groups}~`);
    totals.segments += 2;
  }
  add(`IEA*${groups}*000000042~`);
  totals.segments += 2;
  yield* portions();
  yield Buffer.concat(open);
  return totals;
}

const HEADER = `ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'NORDLAGER'.padEnd(15)}*ZZ*${'BRANDHUB'.padEnd(15)}*261103*0815*U*00401*000000042*0*P*>~`;

function documentText(totals: EdiTotals, place: number): string {
  const n = totals.documents;
  let sum = 0;
  let lines = '';
  for (let line = 1; line <= LINES_PER_DOCUMENT; line += 1) {
    const ordered = 1 + (scattered(n * LINES_PER_DOCUMENT + line) % 500);
    const short = ordered % 7 === 0 ? 1 : 0;
    const shipped = ordered - short;
    const sku = `SKU-${scattered(n + line) % 20_000}`;
    sum += shipped;
    lines += `LX*${line}~MAN*GM*00${String(scattered(n * 31 + line)).padStart(18, '0')}~W12*${short ? 'CP' : 'CC'}*${ordered}*${shipped}*${short}*EA**VN*${sku}*L${line}${n % 997}~G69*Made of something solid, colour ${line}~N9*LI*${line}~`;
  }
  totals.documents += 1;
  totals.lines += LINES_PER_DOCUMENT;
  totals.segments += 7 + LINES_PER_DOCUMENT * 5;
  totals.shipped += sum;
  const control = String(place + 1).padStart(4, '0');
  return `ST*945*${control}~W06*F*SO-${n}*20261102*SHIP-${n}~N1*WH*Nordlager Kiel*92*KIEL1~G62*11*20261102~W27*M*FAST~${lines}W03*${sum}~SE*${7 + LINES_PER_DOCUMENT * 5}*${control}~`;
}
