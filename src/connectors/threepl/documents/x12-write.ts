// Writes what the hub asks of a warehouse as the segments of an X12 transaction set, tag first, without ST and SE. Envelopes,
// delimiters and control numbers are added elsewhere; ids are never cut to fit an element.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type {
  InboundNotice,
  ItemId,
  LotMark,
  OutboundDocument,
  OutboundLine,
  ShippingOrder,
  StockStatement,
} from './document.ts';
import { wallTimeOf } from './wall-time.ts';
import { partySegments, pieces, shipToSegments } from './x12-parties.ts';
import { sumText } from './x12-values.ts';

export interface X12WriteOptions {
  /** The segments are the same in both; the envelope says which it is. */
  readonly version: '004010' | '005010';
  /** Element 235 under which the partner knows our items, such as `VN`. */
  readonly itemQualifier: string;
  /** IANA zone of the dates and times written. */
  readonly timeZone: string;
  readonly warehouseName?: string;
  readonly depositorName?: string;
}

export interface X12Draft {
  readonly type: '940' | '943' | '846';
  /** GS-01. */
  readonly functional: 'OW' | 'AR' | 'IB';
  readonly segments: string[][];
}

/** Longest lot in W01-13 (451), and in N9-02 (127). */
const SHORT_LOT = 12;
const LONG_LOT = 30;
const DESCRIPTION = 45;
const ROUTING = 35;

/**
 * The transaction set for a document: 940 for a shipping order, 943 for an inbound notice, 846 for a stock statement.
 * @throws StockbridgeError content_invalid for what has no place in X12: too long an address or lot, a line without an id.
 */
export function writeX12Document(document: OutboundDocument, options: X12WriteOptions): X12Draft {
  switch (document.kind) {
    case 'shipping_order':
      return { type: '940', functional: 'OW', segments: shippingOrderSegments(document, options) };
    case 'inbound_notice':
      return { type: '943', functional: 'AR', segments: inboundNoticeSegments(document, options) };
    case 'stock_statement':
      return { type: '846', functional: 'IB', segments: stockStatementSegments(document, options) };
  }
}

const dateOf = (instant: Instant, { timeZone }: X12WriteOptions): string =>
  wallTimeOf(instant, timeZone).date.replaceAll('-', '');
const timeOf = (instant: Instant, { timeZone }: X12WriteOptions): string =>
  wallTimeOf(instant, timeZone).time.replaceAll(':', '');

const isX12Qualifier = (qualifier: string): boolean => /^[A-Z0-9]{2}$/.test(qualifier);

/**
 * Pairs of qualifier and id, ours first. An id under a word that X12 does not have, such as `sku`, is ours and gets the agreed
 * qualifier if no other id has it; further such ids have no name in X12 and are left out.
 */
function idPairs(ids: readonly ItemId[], { itemQualifier }: X12WriteOptions): readonly ItemId[] {
  const ours =
    ids.find(({ qualifier }) => qualifier === itemQualifier) ??
    ids.find(({ qualifier }) => qualifier === 'sku') ??
    ids.find(({ qualifier }) => !isX12Qualifier(qualifier));
  const named = ids.filter((id) => id !== ours && isX12Qualifier(id.qualifier));
  const pairs = [...(ours ? [{ qualifier: itemQualifier, value: ours.value }] : []), ...named];
  if (pairs.length > 0) return pairs;
  throw new StockbridgeError(
    'content_invalid',
    'a line cannot be written as X12: it names its item by no id.',
  );
}

const pairElements = (pairs: readonly ItemId[]): string[] =>
  pairs.flatMap(({ qualifier, value }) => [qualifier, value]);

/** Elements by their position, from 1; those between are empty. */
function segmentWith(tag: string, elements: Readonly<Record<number, string | undefined>>): string[] {
  const last = Math.max(
    0,
    ...Object.keys(elements)
      .map(Number)
      .filter((at) => elements[at]),
  );
  return [tag, ...Array.from({ length: last }, (_, index) => elements[index + 1] ?? '')];
}

const descriptionSegments = ({ description }: OutboundLine): string[][] => {
  const [first] = pieces(description ?? '', DESCRIPTION);
  return first === undefined ? [] : [['G69', first]];
};

/** A lot as N9*LT, with its expiry as the date of that reference where there is no other place for it. */
function lotReference({ code }: LotMark, expiry: string | undefined): string[] {
  if (code.length > LONG_LOT) {
    throw new StockbridgeError(
      'content_invalid',
      `lot ${code.slice(0, 40)} cannot be written as X12: it is longer than ${LONG_LOT} characters.`,
    );
  }
  return segmentWith('N9', { 1: 'LT', 2: code, 4: expiry });
}

const dayOfExpiry = (lot: LotMark | undefined): string | undefined => lot?.expiresOn?.replaceAll('-', '');

/** W05-01 (473). */
const ORDER_STATUSES = { original: 'N', cancel: 'F', replace: 'R' } as const;

function orderLine(line: OutboundLine, index: number, options: X12WriteOptions): string[][] {
  const [first, second, third] = idPairs(line.ids, options);
  const { lot } = line;
  const short = lot !== undefined && lot.code.length <= SHORT_LOT;
  const expiry = dayOfExpiry(lot);
  return [
    ['LX', String(index + 1)],
    segmentWith('W01', {
      1: line.quantity.value,
      2: line.quantity.unit,
      4: first?.qualifier,
      5: first?.value,
      6: second?.qualifier,
      7: second?.value,
      13: short ? lot.code : undefined,
      15: third?.qualifier,
      16: third?.value,
    }),
    ...descriptionSegments(line),
    ['N9', 'LI', line.line],
    ...(lot && !short ? [lotReference(lot, undefined)] : []),
    ...(expiry ? [['G62', '36', expiry]] : []),
  ];
}

/** A carrier that is no carrier code (SCAC) is told in words, together with the service. */
function routingSegment({ carrier = '', service = '' }: ShippingOrder): string[] {
  const isCode = /^[A-Z]{2,4}$/.test(carrier);
  const [routing] = pieces([isCode ? '' : carrier, service].join(' '), ROUTING);
  return segmentWith('W66', { 1: 'PP', 2: 'M', 5: routing, 10: isCode ? carrier : undefined });
}

function shippingOrderSegments(order: ShippingOrder, options: X12WriteOptions): string[][] {
  return [
    segmentWith('W05', { 1: ORDER_STATUSES[order.purpose], 2: order.number, 3: order.purchaseOrder }),
    ...shipToSegments(order.shipTo),
    ...partySegments('WH', options.warehouseName, order.warehouse),
    ...partySegments('DE', options.depositorName, undefined),
    ['G62', '04', dateOf(order.orderedAt, options)],
    ...(order.shipBy === undefined ? [] : [['G62', '10', dateOf(order.shipBy, options)]]),
    routingSegment(order),
    ...order.lines.flatMap((line, index) => orderLine(line, index, options)),
    ['W76', sumText(order.lines.map((line) => line.quantity.value))],
  ];
}

function noticeLine(line: OutboundLine, options: X12WriteOptions): string[][] {
  const [first, second, third] = idPairs(line.ids, options);
  return [
    segmentWith('W04', {
      1: line.quantity.value,
      2: line.quantity.unit,
      4: first?.qualifier,
      5: first?.value,
      6: second?.qualifier,
      7: second?.value,
      14: third?.qualifier,
      15: third?.value,
    }),
    ...descriptionSegments(line),
    ['N9', 'LI', line.line],
    ...(line.lot ? [lotReference(line.lot, dayOfExpiry(line.lot))] : []),
  ];
}

function inboundNoticeSegments(notice: InboundNotice, options: X12WriteOptions): string[][] {
  return [
    ['W06', 'N', notice.number, dateOf(notice.shippedAt, options), notice.number],
    ...partySegments('SF', notice.supplier, undefined),
    ...partySegments('WH', options.warehouseName, notice.warehouse),
    ...partySegments('DE', options.depositorName, undefined),
    ...(notice.expectedAt === undefined ? [] : [['G62', '17', dateOf(notice.expectedAt, options)]]),
    // The standard wants a carrier or a routing beside the kind of transport; the notice knows neither.
    segmentWith('W27', { 1: 'M', 3: 'NOT SPECIFIED' }),
    ...notice.lines.flatMap((line) => noticeLine(line, options)),
    ['W03', sumText(notice.lines.map((line) => line.quantity.value))],
  ];
}

function stockStatementSegments(statement: StockStatement, options: X12WriteOptions): string[][] {
  const date = dateOf(statement.asOf, options);
  const time = timeOf(statement.asOf, options);
  return [
    ['BIA', '00', 'SI', statement.number, date, time],
    ['DTM', '007', date, time],
    ...partySegments('WH', options.warehouseName, statement.warehouse),
    ...statement.lines.flatMap(({ ids, available, onHand }, index) => [
      ['LIN', String(index + 1), ...pairElements(idPairs(ids, options))],
      ['QTY', '33', available.value, available.unit],
      ['QTY', '17', onHand.value, onHand.unit],
    ]),
    ['CTT', String(statement.lines.length)],
  ];
}
