// Reads what the hub asks for, a 940 or a 943, out of segments that already hold to the rules, and names what the warehouse
// itself cannot accept: items it does not keep, units it does not count in, totals that do not add up.
import type { StockedItem } from '../books.ts';
import type { SegmentFault } from '../x12/check.ts';
import { elementOf, type Segment } from '../x12/split.ts';

export interface RequestedLine {
  /** N9*LI, or the line's place. */
  readonly line: string;
  readonly sku: string;
  readonly unit: string;
  /** Whole units. */
  readonly quantity: number;
  /** '' where the hub names none. */
  readonly lot: string;
  readonly expiresOn?: string;
}

/** W05-01: N a new order, F cancels one, R puts another in its place. */
export interface OrderRequest {
  readonly kind: 'order';
  readonly status: string;
  readonly number: string;
  readonly purchaseOrder: string;
  readonly carrier: string;
  readonly lines: readonly RequestedLine[];
}

export interface NoticeRequest {
  readonly kind: 'notice';
  readonly number: string;
  readonly shipmentId: string;
  readonly lines: readonly RequestedLine[];
}

export interface ReadRequest<Request> {
  readonly request: Request;
  readonly faults: readonly SegmentFault[];
}

/** What the warehouse knows that a document is held against. */
export interface Knowledge {
  readonly warehouse: string;
  item(id: string): StockedItem | undefined;
}

interface Placed {
  readonly segment: Segment;
  /** ST is 1. */
  readonly position: number;
}

const elementFault = (
  { segment, position }: Placed,
  element: number,
  reference: string,
  code: string,
): SegmentFault => ({
  tag: elementOf(segment, 0),
  position,
  code: '8',
  elements: [{ position: element, reference, code, value: elementOf(segment, element) }],
});

const placed = (segments: readonly Segment[]): Placed[] =>
  segments.map((segment, index) => ({ segment, position: index + 1 }));
const withTag = (all: readonly Placed[], tag: string, qualifier?: string): Placed[] =>
  all.filter(
    ({ segment }) =>
      elementOf(segment, 0) === tag && (qualifier === undefined || elementOf(segment, 1) === qualifier),
  );

/** A 940. */
export function orderRequestOf(
  segments: readonly Segment[],
  knowledge: Knowledge,
): ReadRequest<OrderRequest> {
  const all = placed(segments);
  const [head] = withTag(all, 'W05');
  const status = elementOf(head?.segment, 1);
  const loops = loopsOf(all, 'LX', 'W76');
  const lines = loops.map((loop) => lineOf(loop, 'W01', knowledge));
  return {
    request: {
      kind: 'order',
      status,
      number: elementOf(head?.segment, 2),
      purchaseOrder: elementOf(head?.segment, 3),
      carrier: elementOf(withTag(all, 'W66')[0]?.segment, 10),
      lines: lines.flatMap(({ request }) => request),
    },
    faults: [
      ...(head && !/^[NFR]$/.test(status) ? [elementFault(head, 1, '473', '7')] : []),
      ...warehouseFaults(all, knowledge, 'WH'),
      ...(status === 'F' ? [] : shipToFaults(all, loops)),
      ...lines.flatMap(({ faults }) => faults),
      ...totalFaults(all, 'W76', '330', lines),
    ],
  };
}

/** A 943. */
export function noticeRequestOf(
  segments: readonly Segment[],
  knowledge: Knowledge,
): ReadRequest<NoticeRequest> {
  const all = placed(segments);
  const [head] = withTag(all, 'W06');
  const lines = loopsOf(all, 'W04', 'W03').map((loop) => lineOf(loop, 'W04', knowledge));
  const number = elementOf(head?.segment, 2);
  return {
    request: {
      kind: 'notice',
      number,
      shipmentId: elementOf(head?.segment, 4),
      lines: lines.flatMap(({ request }) => request),
    },
    faults: [
      ...(head && number === '' ? [elementFault(head, 2, '285', '1')] : []),
      ...(head && elementOf(head.segment, 1) !== 'N' ? [elementFault(head, 1, '514', '7')] : []),
      ...warehouseFaults(all, knowledge, 'WH'),
      ...lines.flatMap(({ faults }) => faults),
      ...totalFaults(all, 'W03', '382', lines),
    ],
  };
}

function loopsOf(all: readonly Placed[], opening: string, summary: string): Placed[][] {
  const loops: Placed[][] = [];
  for (const each of all) {
    const tag = elementOf(each.segment, 0);
    if (tag === summary) break;
    if (tag === opening) loops.push([]);
    loops.at(-1)?.push(each);
  }
  return loops;
}

/** Every request must say which warehouse it is for, and mean this one. */
function warehouseFaults(all: readonly Placed[], { warehouse }: Knowledge, entity: string): SegmentFault[] {
  const [party] = withTag(all, 'N1', entity);
  if (!party) return [{ tag: 'N1', position: 3, code: '3', elements: [] }];
  return elementOf(party.segment, 4) === warehouse ? [] : [elementFault(party, 4, '67', '7')];
}

/** Nothing can be shipped without an address. */
function shipToFaults(all: readonly Placed[], loops: readonly Placed[][]): SegmentFault[] {
  const [party] = withTag(all, 'N1', 'ST');
  if (!party) return [{ tag: 'N1', position: 3, code: '3', elements: [] }];
  const behind = all.slice(party.position, (loops[0]?.[0]?.position ?? all.length) - 1);
  const end = behind.findIndex(({ segment }) => elementOf(segment, 0) === 'N1');
  const own = end === -1 ? behind : behind.slice(0, end);
  return ['N3', 'N4']
    .filter((tag) => withTag(own, tag).length === 0)
    .map((tag) => ({ tag, position: party.position + 1, code: '3', elements: [] }));
}

interface ReadLine {
  readonly request: readonly RequestedLine[];
  readonly faults: readonly SegmentFault[];
  readonly quantity: number;
}

/** Positions of the pairs of qualifier and id. */
const PAIRS: Readonly<Record<string, readonly number[]>> = { W01: [4, 6, 15], W04: [4, 6, 14] };
/** W01-13 has a place for a lot, W04 has none. */
const LOT_AT: Readonly<Record<string, number>> = { W01: 13 };

function lineOf(loop: readonly Placed[], tag: string, { item }: Knowledge): ReadLine {
  const [head] = withTag(loop, tag);
  if (!head) return { request: [], faults: [], quantity: 0 };
  const { segment } = head;
  const pairs = (PAIRS[tag] ?? []).filter((at) => elementOf(segment, at) !== '');
  const known = pairs.map((at) => item(elementOf(segment, at + 1))).find((each) => each !== undefined);
  const quantity = Number(elementOf(segment, 1));
  const unit = elementOf(segment, 2);
  const lotReference = withTag(loop, 'N9', 'LT')[0]?.segment;
  const lot = elementOf(segment, LOT_AT[tag] ?? -1) || elementOf(lotReference, 2);
  const expiry = elementOf(withTag(loop, 'G62', '36')[0]?.segment, 2) || elementOf(lotReference, 4);
  const faults = [
    ...(known ? [] : [elementFault(head, (pairs[0] ?? 4) + 1, '234', pairs.length === 0 ? '1' : '7')]),
    ...(Number.isSafeInteger(quantity) && quantity > 0
      ? []
      : [elementFault(head, 1, tag === 'W01' ? '330' : '382', '7')]),
    ...(known && known.unit !== unit ? [elementFault(head, 2, '355', '7')] : []),
  ];
  if (!known || faults.length > 0) return { request: [], faults, quantity };
  const place = tag === 'W01' ? elementOf(loop[0]?.segment, 1) : String(head.position);
  const line = elementOf(withTag(loop, 'N9', 'LI')[0]?.segment, 2) || place;
  const request = {
    line,
    sku: known.sku,
    unit,
    quantity,
    lot,
    ...(expiry !== '' && { expiresOn: dayOf(expiry) }),
  };
  return { request: [request], faults, quantity };
}

const dayOf = (date: string): string => `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;

function totalFaults(
  all: readonly Placed[],
  tag: string,
  reference: string,
  lines: readonly ReadLine[],
): SegmentFault[] {
  const [total] = withTag(all, tag);
  const sum = lines.reduce((all, { quantity }) => all + quantity, 0);
  return total && Number(elementOf(total.segment, 1)) !== sum ? [elementFault(total, 1, reference, '7')] : [];
}
