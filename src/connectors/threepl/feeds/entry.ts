// One record of a feed as what it says: facts of its document, and one line of it. Which facts a kind has is here;
// how records become documents is not.
import { difference, isQuantityText, quantityFrom, quantityText } from '../../../core/vocabulary/quantity.ts';
import type {
  AdjustmentAdvice,
  ItemId,
  LotMark,
  Quantity,
  ReceiptAdvice,
  ShipmentAdvice,
  StockReport,
} from '../documents/document.ts';
import type { ReadOptions } from '../documents/read-options.ts';
import type { Finding } from '../edi/finding.ts';
import type { Feed } from '../profile/feed-settings.ts';
import type { Place } from './finding.ts';
import type { FeedRecord } from './record.ts';
import { type Dated, RowValues } from './row-values.ts';

type LineOf<Document extends { readonly lines: readonly unknown[] }> = Omit<
  Document['lines'][number],
  'line'
>;

export type Facts =
  | ({ readonly kind: 'shipment' } & LineOf<ShipmentAdvice>)
  | ({ readonly kind: 'receipt'; readonly isReturn: boolean } & LineOf<ReceiptAdvice>)
  | ({ readonly kind: 'adjustment' } & LineOf<AdjustmentAdvice>)
  | ({ readonly kind: 'stock' } & LineOf<StockReport>)
  | { readonly kind: 'acknowledgement'; readonly verdict: string; readonly error: string };

export const PURPOSES = ['original', 'replace', 'cancel', 'duplicate', 'simulation'] as const;
export const VERDICTS = ['accepted', 'accepted_with_errors', 'rejected'] as const;

export interface Entry {
  readonly place: Place;
  readonly findings: readonly Finding[];
  /** '' when the feed names no number. */
  readonly number: string;
  readonly purpose: string;
  /** The line's own number; '' when it has none. */
  readonly line: string;
  readonly dated: Dated | undefined;
  readonly warehouse: string;
  readonly order: string;
  readonly reference: string;
  readonly carrier: string;
  /** Of the whole document. */
  readonly tracking: readonly string[];
  /** Undefined when a finding says why. */
  readonly facts: Facts | undefined;
}

/** What one record says. Findings that reject stand against the whole document. */
export function entryOf(record: FeedRecord, feed: Feed, options: ReadOptions): Entry {
  const row = new RowValues(record, feed.fields, Number(options.receivedAt.slice(0, 4)));
  const head = {
    number: row.knows('number') ? row.needed('number') : '',
    purpose: purposeOf(row),
    line: row.text('line'),
    dated: row.dated(options.timeZone),
    warehouse: row.text('warehouse'),
    order: row.text('order'),
    reference: row.text('reference'),
    carrier: row.text('carrier'),
    tracking: row.isOfDocument('tracking') ? row.texts('tracking') : [],
  };
  const facts = factsOf(row, feed, options);
  return { place: record.place, ...head, facts, findings: row.findings };
}

function factsOf(row: RowValues, feed: Feed, options: ReadOptions): Facts | undefined {
  switch (feed.kind) {
    case 'shipment':
      return shipmentOf(row);
    case 'receipt':
      return receiptOf(row, options.reading.damageIncluded);
    case 'adjustment':
      return adjustmentOf(row);
    case 'stock':
      return stockOf(row, feed);
    case 'acknowledgement':
      return acknowledgementOf(row);
    default:
      throw new RangeError(`a feed of the kind ${feed.kind} is written, not read`);
  }
}

function shipmentOf(row: RowValues): Facts | undefined {
  const shipped = quantityOf(row, 'positive');
  const ordered = row.text('ordered') === '' ? undefined : row.quantity('ordered', 'positive');
  const [status, reason] = [row.text('code'), row.text('reason')];
  const goods = goodsOf(row);
  if (!shipped || !goods) return undefined;
  return {
    kind: 'shipment',
    ...goods,
    shipped,
    ...(ordered !== undefined && { ordered: { value: ordered, unit: shipped.unit } }),
    ...(status !== '' && { status }),
    ...(reason !== '' && { reason }),
    reversal: false,
    tracking: row.isOfDocument('tracking') ? [] : row.texts('tracking'),
  };
}

/** The record's condition holds for all of its quantity. */
function receiptOf(row: RowValues, damageIncluded: boolean): Facts | undefined {
  const quantity = quantityOf(row, 'positive');
  const [condition, reason] = [row.text('condition'), row.text('reason')];
  const isReturn = returnOf(row);
  const goods = goodsOf(row);
  if (!quantity || !goods || isReturn === undefined) return undefined;
  const exceptions = condition === '' ? [] : [{ quantity, condition, ...(reason !== '' && { reason }) }];
  // where the good part is told without the bad one, a record of bad goods only has no good part
  const received = condition !== '' && !damageIncluded ? { ...quantity, value: '0' } : quantity;
  return { kind: 'receipt', isReturn, ...goods, received, exceptions, reversal: false };
}

function returnOf(row: RowValues): boolean | undefined {
  const code = row.text('code');
  if (code === '' || code === 'receipt') return false;
  if (code === 'return') return true;
  return row.reject('code_unknown', 'code', 'is neither receipt nor return', code);
}

function adjustmentOf(row: RowValues): Facts | undefined {
  const [fromState, toState] = [row.text('fromState'), row.text('toState')];
  // both the same says that the state did not change
  const changes = fromState !== '' && toState !== '' && fromState !== toState;
  const reason = row.knows('reason') && !changes ? row.needed('reason') : row.text('reason');
  const quantity = adjustedBy(row);
  const transactionType = row.text('code');
  const goods = goodsOf(row);
  if (quantity === undefined || !goods) return undefined;
  return {
    kind: 'adjustment',
    ...goods,
    quantity: { value: quantity, unit: row.text('unit') },
    reason,
    ...(transactionType !== '' && { transactionType }),
    ...(changes && { fromState, toState }),
  };
}

/** The quantity as sent, or what the level rose by; where both are there they must agree. */
function adjustedBy(row: RowValues): string | undefined {
  const sent = row.quantity('quantity', 'any');
  if (!row.knows('after')) return sent;
  const [before, after] = [row.quantity('before', 'any'), row.quantity('after', 'any')];
  if (before === undefined || after === undefined) return undefined;
  const delta = quantityText(difference(quantityFrom(after), quantityFrom(before)));
  if (!isQuantityText(delta))
    return row.reject('quantity_not_numeric', 'after', 'is too far from before to be a quantity', delta);
  if (sent !== undefined && sent !== delta)
    return row.reject(
      'delta_mismatch',
      'quantity',
      `is not what lies between before and after, ${delta}`,
      sent,
    );
  return delta;
}

function stockOf(row: RowValues, feed: Feed): Facts | undefined {
  const unit = row.text('unit');
  const named = Object.entries(feed.quantities ?? {}).map(([code, value]) => ({
    code,
    value: row.quantityOf(value, `quantities.${code}`, 'any'),
  }));
  const code = row.knows('code') ? row.needed('code') : 'onHand';
  const single = feed.fields.quantity === undefined ? [] : [{ code, value: row.quantity('quantity', 'any') }];
  const goods = goodsOf(row);
  if (!goods) return undefined;
  const warehouse = row.text('warehouse');
  const quantities = [...single, ...named].flatMap(({ code: word, value }) =>
    value === undefined ? [] : [{ code: word, quantity: { value, unit } }],
  );
  return { kind: 'stock', ...goods, quantities, ...(warehouse !== '' && { warehouse }) };
}

function acknowledgementOf(row: RowValues): Facts | undefined {
  const verdict = row.needed('code');
  if (verdict !== '' && !VERDICTS.some((word) => word === verdict))
    return row.reject('verdict_unknown', 'code', `is none of ${VERDICTS.join(', ')}`, verdict);
  return { kind: 'acknowledgement', verdict, error: row.text('reason') };
}

function purposeOf(row: RowValues): string {
  const purpose = row.text('purpose');
  if (purpose !== '' && !PURPOSES.some((word) => word === purpose))
    row.reject('purpose_unknown', 'purpose', `is none of ${PURPOSES.join(', ')}`, purpose);
  return purpose === '' ? 'original' : purpose;
}

function quantityOf(row: RowValues, sign: 'positive' | 'any'): Quantity | undefined {
  const value = row.quantity('quantity', sign);
  const unit = row.text('unit');
  return value === undefined ? undefined : { value, unit };
}

/** Which goods the record is about: the item by `sku` and `barcode`, and the lot. */
function goodsOf(row: RowValues): { readonly ids: readonly ItemId[]; readonly lot?: LotMark } | undefined {
  const [item, barcode] = [row.text('item'), row.text('barcode')];
  if (item === '' && barcode === '') {
    if (row.findings.length === 0)
      row.reject('field_empty', row.knows('item') ? 'item' : 'barcode', 'is empty');
    return undefined;
  }
  const ids = [
    ...(item === '' ? [] : [{ qualifier: 'sku', value: item }]),
    ...(barcode === '' ? [] : [{ qualifier: 'barcode', value: barcode }]),
  ];
  const code = row.text('lot');
  const expiresOn = row.day('expiry');
  if (code === '' && expiresOn !== undefined)
    return row.reject('lot_missing', 'lot', 'is empty, and an expiry date is a lot’s');
  return { ids, ...(code !== '' && { lot: { code, ...(expiresOn !== undefined && { expiresOn }) } }) };
}
