// Writes what we send as EDIFACT messages: shipping orders (ORDERS or INSDES), announcements of goods (DESADV) and stock
// statements (INVRPT). What does not fit its place is refused, never cut: a shortened id is another item.
import { StockbridgeError } from '../../../core/errors.ts';
import type { Instant } from '../../../core/vocabulary/instant.ts';
import { difference, isQuantityText, quantityFrom, quantityText } from '../../../core/vocabulary/quantity.ts';
import type { EdifactMessage, EdifactSegments } from '../edi/edifact-write.ts';
import type {
  Address,
  InboundNotice,
  ItemId,
  LotMark,
  OutboundDocument,
  OutboundLine,
  Quantity,
  ShippingOrder,
  StockStatement,
} from './document.ts';
import { wallClock } from './edifact-dates.ts';

export interface EdifactWriteOptions {
  /** What a shipping order goes out as. */
  readonly message: 'ORDERS' | 'INSDES';
  readonly version: 'D.96A' | 'D.01B';
  /** Number type (7143) under which LIN names items. */
  readonly itemQualifier: string;
  /** IANA zone in which dates and times are written. */
  readonly timeZone: string;
}

type Segment = EdifactSegments[number];

/**
 * The message for `document`, between UNH and UNT. INSDES first appears in D.98A, and goes out as that where the partner's
 * directory is older.
 * @throws StockbridgeError `content_invalid` when a value is missing or longer than its place.
 */
export function writeEdifactDocument(
  document: OutboundDocument,
  options: EdifactWriteOptions,
): EdifactMessage {
  switch (document.kind) {
    case 'shipping_order':
      return {
        type: options.message,
        agency: 'UN',
        version: options.message === 'INSDES' && options.version === 'D.96A' ? 'D.98A' : options.version,
        segments: orderSegments(document, options),
      };
    case 'inbound_notice':
      return {
        type: 'DESADV',
        agency: 'UN',
        version: options.version,
        segments: noticeSegments(document, options),
      };
    case 'stock_statement':
      return {
        type: 'INVRPT',
        agency: 'UN',
        version: options.version,
        segments: stockSegments(document, options),
      };
  }
}

/** Document names (1001): order, despatch order. */
const ORDER_NAMES = { ORDERS: '220', INSDES: '350' } as const;
/** Message functions (1225). */
const FUNCTIONS = { original: '9', replace: '5', cancel: '1' } as const;

function orderSegments(order: ShippingOrder, options: EdifactWriteOptions): readonly Segment[] {
  const { number, purpose, shipBy, purchaseOrder, carrier, service } = order;
  return [
    bgm(ORDER_NAMES[options.message], number, FUNCTIONS[purpose]),
    dtm('137', order.orderedAt, options),
    ...(shipBy === undefined ? [] : [dtm('10', shipBy, options)]),
    ...(service === undefined ? [] : [[['FTX'], ['DEL'], [''], [''], [fitting(service, 70, 'the service')]]]),
    // The name of the order that is changed stands in a reference too, where INSDES wants it.
    ...(purpose === 'original' ? [] : [rff('ON', number)]),
    ...(purchaseOrder === undefined ? [] : [rff('CO', purchaseOrder)]),
    party('WH', order.warehouse),
    ...shipToSegments(order.shipTo, options.version),
    ...(carrier === undefined
      ? []
      : [[['TDT'], ['20'], [''], [''], [''], [fitting(carrier, 17, 'the carrier')]]]),
    ...numbered(order.lines).flatMap((line) => lineSegments(line, '21', options)),
    [['UNS'], ['S']],
    cnt(order.lines.length),
  ];
}

function noticeSegments(notice: InboundNotice, options: EdifactWriteOptions): readonly Segment[] {
  const { expectedAt, supplier } = notice;
  return [
    bgm('351', notice.number, FUNCTIONS.original),
    dtm('137', notice.shippedAt, options),
    dtm('11', notice.shippedAt, options),
    ...(expectedAt === undefined ? [] : [dtm('17', expectedAt, options)]),
    ...(supplier === undefined
      ? []
      : [[['NAD'], ['SU'], [''], [''], chunked(supplier, 35, 5, 'the supplier')]]),
    party('DP', notice.warehouse),
    [['CPS'], ['1']],
    ...numbered(notice.lines).flatMap((line) => lineSegments(line, '12', options)),
    cnt(notice.lines.length),
  ];
}

/** On hand (17) and what of it is committed (66): available is the rest, for which 6063 has no code of its own. */
function stockSegments(statement: StockStatement, options: EdifactWriteOptions): readonly Segment[] {
  return [
    bgm('35', statement.number, FUNCTIONS.original),
    dtm('137', statement.asOf, options),
    dtm('366', statement.asOf, options),
    party('WH', statement.warehouse),
    ...statement.lines.flatMap(({ ids, onHand, available }, index) => {
      const committed = committedOf(onHand, available);
      return [
        ...itemSegments(String(index + 1), ids, undefined, options.itemQualifier),
        // D.01B opens each quantity with INV, stock that is accepted; D.96A puts it after, and may leave it out.
        ...(options.version === 'D.01B' ? [[['INV'], [''], ['1']]] : []),
        qty('17', onHand),
        ...(committed === undefined
          ? []
          : [...(options.version === 'D.01B' ? [[['INV'], [''], ['1']]] : []), qty('66', committed)]),
      ];
    }),
    cnt(statement.lines.length),
  ];
}

function committedOf(onHand: Quantity, available: Quantity): Quantity | undefined {
  if (onHand.unit !== available.unit) throw refusal('on hand and available are in different units');
  const committed = difference(quantityFrom(plain(onHand)), quantityFrom(plain(available)));
  return committed > 0n ? { value: quantityText(committed), unit: onHand.unit } : undefined;
}

/** Line numbers have six digits at most; lines whose names are no such numbers all go by their place. */
function numbered(lines: readonly OutboundLine[]): readonly OutboundLine[] {
  if (lines.every(({ line }) => /^\d{1,6}$/.test(line))) return lines;
  return lines.map((line, index) => ({ ...line, line: String(index + 1) }));
}

function lineSegments(
  line: OutboundLine,
  quantityCode: string,
  options: EdifactWriteOptions,
): readonly Segment[] {
  const { lot, description } = line;
  return [
    ...itemSegments(line.line, line.ids, lot, options.itemQualifier),
    ...(description === undefined
      ? []
      : [[['IMD'], ['F'], [''], ['', '', '', ...chunked(description.slice(0, 70), 35, 2, 'the text')]]]),
    qty(quantityCode, line.quantity),
    ...(lot?.expiresOn === undefined ? [] : [[['DTM'], ['36', lot.expiresOn.replaceAll('-', ''), '102']]]),
  ];
}

/** LIN under the partner's qualifier, the other ids and the lot under PIA; five to a segment. */
function itemSegments(
  line: string,
  ids: readonly ItemId[],
  lot: LotMark | undefined,
  qualifier: string,
): readonly Segment[] {
  const main = ids.find((id) => id.qualifier === qualifier) ?? ids[0];
  if (!main) throw refusal('a line names no item');
  const others = ids.filter((id) => id !== main).map(numberOf);
  const more = lot === undefined ? others : [...others, numberOf({ qualifier: 'NB', value: lot.code })];
  return [
    [['LIN'], [line], [''], numberOf(main)],
    ...Array.from({ length: Math.ceil(more.length / 5) }, (_, index) => [
      ['PIA'],
      ['1'],
      ...more.slice(index * 5, index * 5 + 5),
    ]),
  ];
}

const numberOf = ({ value, qualifier }: ItemId): readonly string[] => [
  fitting(value, 35, 'an item’s id'),
  fitting(qualifier, 3, 'an id’s qualifier'),
];

function shipToSegments(shipTo: Address, version: EdifactWriteOptions['version']): readonly Segment[] {
  const { name, company, city, region, postalCode, country, phone, email } = shipTo;
  const streets = shipTo.street.flatMap((street) => chunked(street, 35, 4, 'the street')).filter(Boolean);
  const most = version === 'D.01B' ? 4 : 3;
  if (streets.length > most) throw refusal(`the street has more than ${most} lines of 35 letters`);
  const names = [company, name].flatMap((each) => (each ? chunked(each, 35, 3, 'the name') : []));
  if (names.length > 5) throw refusal('the name has more than five lines of 35 letters');
  return [
    [
      ['NAD'],
      ['DP'],
      [''],
      [''],
      names,
      streets,
      [fitting(city, 35, 'the city')],
      [region === undefined ? '' : fitting(region, 9, 'the region')],
      [fitting(postalCode, version === 'D.01B' ? 17 : 9, 'the postal code')],
      [fitting(country, 3, 'the country')],
    ],
    ...(phone || email ? [[['CTA'], ['DL'], ['', fitting(name.slice(0, 35), 35, 'the name')]]] : []),
    ...(phone ? [[['COM'], [fitting(phone, 512, 'the telephone number'), 'TE']]] : []),
    ...(email ? [[['COM'], [fitting(email, 512, 'the e-mail address'), 'EM']]] : []),
  ];
}

const bgm = (name: string, number: string, purpose: string): Segment => [
  ['BGM'],
  [name],
  [fitting(number, 35, 'the document’s number')],
  [purpose],
];
const dtm = (qualifier: string, at: Instant, { timeZone }: EdifactWriteOptions): Segment => [
  ['DTM'],
  [qualifier, wallClock(at, timeZone), '203'],
];
const rff = (qualifier: string, value: string): Segment => [
  ['RFF'],
  [qualifier, fitting(value, 35, 'a reference')],
];
/** 92: the code is one that the two sides agreed on. */
const party = (role: string, code: string): Segment => [
  ['NAD'],
  [role],
  [fitting(code, 35, 'the warehouse'), '', '92'],
];
const qty = (code: string, quantity: Quantity): Segment => [
  ['QTY'],
  quantity.unit === ''
    ? [code, plain(quantity)]
    : [code, plain(quantity), fitting(quantity.unit, 3, 'the unit')],
];
const cnt = (lines: number): Segment => [['CNT'], ['2', String(lines)]];

function plain({ value }: Quantity): string {
  if (!isQuantityText(value)) throw refusal('a quantity is no exact number');
  return value;
}

function fitting(value: string, most: number, what: string): string {
  if (value === '') throw refusal(`${what} is missing`);
  if (value.length > most) throw refusal(`${what} is longer than ${most} letters`);
  return value;
}

/** `text` in pieces of `size`, broken between words where it can be. */
function chunked(text: string, size: number, most: number, what: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text.trim();
  while (rest.length > size) {
    const space = rest.lastIndexOf(' ', size);
    const at = space > 0 ? space : size;
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trim();
  }
  if (rest !== '') pieces.push(rest);
  if (pieces.length > most) throw refusal(`${what} is longer than ${most} lines of ${size} letters`);
  return pieces;
}

const refusal = (message: string): StockbridgeError => new StockbridgeError('content_invalid', message);
