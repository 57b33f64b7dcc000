// Reads the 846: what the warehouse holds as of one instant. Every quantity keeps its own code and none are added up, for
// several codes are views of the same goods.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Segment } from '../edi/segment.ts';
import type { Quantity, StockReport } from './document.ts';
import { instantAt } from './wall-time.ts';
import { type DatePlace, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotOf, referencesOf, warehouseOf } from './x12-details.ts';
import { type LineLoop, lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import {
  checkTotal,
  decimalAt,
  purposeAt,
  requiredAt,
  sumText,
  unitAt,
  type X12Reading,
} from './x12-values.ts';

type StockLine = StockReport['lines'][number];
type CodedQuantity = StockLine['quantities'][number];

/** Header dates that say as of when, best first: effective, end of the report, processed, made. */
const AS_OF = ['007', '091', '009', '097'];

/** Code of quantities per place (SDQ) when no quantity code stands beside them. */
const PER_PLACE = 'SDQ';

/** The instant of the report. One that names the day alone is as of that day's end, or of when it came, whichever is first. */
function asOf(reading: X12Reading, head: Segment, header: readonly Segment[]): Instant | undefined {
  const places: DatePlace[] = AS_OF.flatMap((qualifier) => {
    const segment = segmentOf(header, 'DTM', qualifier);
    return segment ? [{ segment, date: 2, time: 3, zone: 4 }] : [];
  });
  const moment = momentAt(reading, [...places, { segment: head, date: 4, time: 5 }]);
  if (moment === undefined) {
    if (head.element(4).trim() === '') requiredAt(reading, head, 4, 'the day of the report');
    return undefined;
  }
  const { day, clock, zone } = moment;
  if (clock !== undefined) return instantAt(day, clock, zone);
  const end = instantAt(day, '24:00', zone);
  const begin = instantAt(day, undefined, zone);
  const { receivedAt } = reading.options;
  return receivedAt > begin && receivedAt < end ? receivedAt : end;
}

/** QTY with the unit that stands in it, in the UIT behind it, or in the UIT that the whole item has. */
function codedQuantityOf(
  reading: X12Reading,
  segment: Segment,
  after: readonly Segment[],
  ofItem: Segment | undefined,
): readonly CodedQuantity[] {
  const code = requiredAt(reading, segment, 1, 'what the quantity is');
  const value = decimalAt(reading, segment, 2, 'the stock', 'signed');
  const own = segment.component(3, 1).trim() !== '';
  const behind = own ? undefined : (segmentOf(after, 'UIT') ?? ofItem);
  const unit = behind ? unitAt(reading, behind, 1) : unitAt(reading, segment, 3);
  return code === undefined || value === undefined || unit === undefined
    ? []
    : [{ code, quantity: { value, unit } }];
}

/** Splits segments before each one that `begins` a part; the first part is what stands before all of them. */
function partsAt(
  segments: readonly Segment[],
  begins: (segment: Segment) => boolean,
): readonly (readonly Segment[])[] {
  const parts: Segment[][] = [[]];
  for (const segment of segments) {
    if (begins(segment)) parts.push([]);
    parts.at(-1)?.push(segment);
  }
  return parts;
}

function quantitiesOf(
  reading: X12Reading,
  segments: readonly Segment[],
  unitOfItem: Segment | undefined,
): readonly CodedQuantity[] {
  const [before = [], ...parts] = partsAt(segments, ({ tag }) => tag === 'QTY');
  const ofItem = segmentOf(before, 'UIT') ?? unitOfItem;
  return parts.flatMap(([segment, ...after]) =>
    segment ? codedQuantityOf(reading, segment, after, ofItem) : [],
  );
}

/** SDQ: one unit, then up to ten pairs of place and quantity. */
function placesOf(
  reading: X12Reading,
  segment: Segment,
): readonly { warehouse: string; quantity: Quantity }[] {
  const unit = unitAt(reading, segment, 1);
  const pairs = Array.from(
    { length: Math.min(10, Math.ceil((segment.count - 2) / 2)) },
    (_, index) => 3 + 2 * index,
  );
  return pairs.flatMap((at) => {
    if (segment.element(at).trim() === '' && segment.element(at + 1).trim() === '') return [];
    const warehouse = requiredAt(reading, segment, at, 'the place of the stock');
    const value = decimalAt(reading, segment, at + 1, 'the stock', 'signed');
    return warehouse === undefined || value === undefined || unit === undefined
      ? []
      : [{ warehouse, quantity: { value, unit } }];
  });
}

type Part = Pick<StockLine, 'quantities' | 'warehouse'>;

/**
 * Stock by place. With one quantity beside it, the places are that quantity divided: they take its code, and it is their
 * total and no more stock. Otherwise the places stand under a code of their own.
 */
function dividedByPlace(
  reading: X12Reading,
  sdq: readonly Segment[],
  whole: readonly CodedQuantity[],
): readonly Part[] {
  const places = sdq.flatMap((segment) => placesOf(reading, segment));
  const [only] = whole;
  const isDivided = whole.length === 1 && only !== undefined;
  if (isDivided && sdq[0]) {
    const sum = sumText(places.map(({ quantity }) => quantity.value));
    if (sum !== sumText([only.quantity.value]) && reading.options.totals !== 'ignore') {
      const fault = {
        code: 'total_mismatch',
        message: `the places of this item hold ${sum}, and its quantity ${only.code} is another`,
        standardCode: '8',
      };
      if (reading.options.totals === 'reject') reading.findings.reject(sdq[0], fault);
      else reading.findings.warn(sdq[0], fault);
    }
  }
  const code = isDivided ? only.code : PER_PLACE;
  const parts = places.map(({ warehouse, quantity }) => ({ warehouse, quantities: [{ code, quantity }] }));
  return isDivided || whole.length === 0 ? parts : [{ quantities: whole }, ...parts];
}

/** One line per warehouse that the item's loop names; quantities before the first are the report's own warehouse's. */
function partsOf(reading: X12Reading, body: readonly Segment[]): readonly Part[] {
  const [before = [], ...named] = partsAt(
    body,
    (segment) => segment.tag === 'N1' && warehouseOf(reading, [segment], 'leaves') !== '',
  );
  const own = quantitiesOf(reading, before, undefined);
  const unit = segmentOf(before, 'UIT');
  const sdq = before.filter(({ tag }) => tag === 'SDQ');
  const places = named.map((segments) => ({
    warehouse: warehouseOf(reading, segments, 'leaves'),
    quantities: quantitiesOf(reading, segments, unit),
  }));
  if (sdq.length > 0) return dividedByPlace(reading, sdq, own);
  const [only] = places;
  // The item's only place may be told behind its quantities.
  if (places.length === 1 && only?.quantities.length === 0)
    return [{ warehouse: only.warehouse, quantities: own }];
  return [
    ...(own.length > 0 ? [{ quantities: own }] : []),
    ...places.filter(({ quantities }) => quantities.length > 0),
  ];
}

function linesOf(
  reading: X12Reading,
  loop: LineLoop,
  nameOf: (wanted: string) => string,
): readonly StockLine[] {
  const { head, body } = loop;
  const ids = itemIdsOf(reading, head);
  const lot = lotOf(reading, loop);
  const parts = partsOf(reading, body);
  if (!body.some(({ tag }) => tag === 'QTY' || tag === 'SDQ')) {
    reading.findings.reject(head, {
      code: 'quantity_missing',
      message: 'LIN without QTY or SDQ: how much there is of the item is not said',
      standardCode: '3',
    });
  }
  return parts.map((part) => ({
    line: nameOf(head.element(1).trim() || String(loop.place)),
    ids,
    ...lot,
    ...part,
  }));
}

/** Reads an 846; undefined when its frame is missing, and then the findings say what. One without lines is a report too. */
export function stockReportOf(reading: X12Reading): StockReport | undefined {
  const { document, findings } = reading;
  const { header, lines: loops, closing } = loopsOf(document, 'LIN', '', ['CTT', 'SE']);
  const head = segmentOf(header, 'BIA');
  if (!head) return findings.missing('BIA', 'the report is not named');
  const code = requiredAt(reading, head, 1, 'the purpose, which tells a whole report from a part');
  const number = requiredAt(reading, head, 3, 'the number of the report');
  const occurredAt = asOf(reading, head, header);
  const nameOf = lineNames();
  const lines = loops.flatMap((loop) => linesOf(reading, loop, nameOf));
  const totals = segmentOf(closing, 'CTT');
  if (totals) {
    checkTotal(reading, totals, 1, [String(loops.length)], 'the number of items');
    const values = lines.flatMap(({ quantities }) => quantities.map(({ quantity }) => quantity.value));
    checkTotal(reading, totals, 2, [sumText(values)], 'the sum of the quantities');
  }
  // A report of changes says nothing about the items it leaves out, whichever way it is called.
  const partial = code === '25' || code === '04';
  const purpose = partial ? 'original' : purposeAt(reading, head, 1);
  if (number === undefined || occurredAt === undefined) return undefined;
  return {
    kind: 'stock',
    source: '846',
    number,
    purpose,
    occurredAt,
    warehouse: warehouseOf(reading, header, 'leaves'),
    order: '',
    references: referencesOf(header, {}),
    extent: partial ? 'partial' : 'full',
    lines,
  };
}
