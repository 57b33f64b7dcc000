// What the EDI benchmarks measure: bytes turned into shipped quantities that may be believed, because every count and control
// number around them was checked. Run as a program it reads the file named and tells its peak memory.
import { closeSync, openSync, readSync } from 'node:fs';
import { rejects } from '../src/connectors/threepl/edi/finding.ts';
import type { EdiDocument } from '../src/connectors/threepl/edi/segment.ts';
import { createX12Reader } from '../src/connectors/threepl/edi/x12-read.ts';
import { PORTION_BYTES } from './edi-file.ts';

export interface ShippedTotals {
  documents: number;
  lines: number;
  shipped: number;
  /** Documents and envelopes that were refused. */
  refused: number;
}

/** Reads 945s and adds up what was shipped; `walk` says what one document holds. */
export function shipmentsIn(
  portions: Iterable<Buffer>,
  walk: (document: EdiDocument, totals: ShippedTotals) => void = addShipped,
): ShippedTotals {
  const totals: ShippedTotals = { documents: 0, lines: 0, shipped: 0, refused: 0 };
  const refuse = ({ findings }: { readonly findings: EdiDocument['findings'] }): void => {
    if (rejects(findings)) totals.refused += 1;
  };
  const reader = createX12Reader({
    document: (document) => {
      refuse(document);
      totals.documents += 1;
      walk(document, totals);
    },
    groupEnd: refuse,
    interchangeEnd: refuse,
    fileEnd: (end) => {
      refuse(end);
      if (!end.complete) totals.refused += 1;
    },
  });
  for (const portion of portions) reader.push(portion);
  reader.end();
  return totals;
}

const WHOLE_NUMBER = /^\d{1,10}$/;

function addShipped(document: EdiDocument, totals: ShippedTotals): void {
  for (const segment of document.segments) {
    if (segment.tag !== 'W12') continue;
    const quantity = segment.element(3);
    const isWhole = WHOLE_NUMBER.test(quantity) && segment.element(1) !== '' && segment.element(8) !== '';
    if (!isWhole) totals.refused += 1;
    totals.lines += 1;
    totals.shipped += Number(quantity);
  }
}

/** The file in portions of one buffer, used again and again: what is kept of it is the reader's own. */
function* portionsOf(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(PORTION_BYTES);
  for (let length = readSync(file, buffer); length > 0; length = readSync(file, buffer))
    yield buffer.subarray(0, length);
  closeSync(file);
}

if (import.meta.main) {
  const [, , path] = process.argv;
  if (path === undefined) throw new Error('Name the file.');
  const found = shipmentsIn(portionsOf(path));
  process.stdout.write(JSON.stringify({ ...found, peakKilobytes: process.resourceUsage().maxRSS }));
}
