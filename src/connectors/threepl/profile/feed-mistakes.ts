// What a feed's settings must say for its kind, beyond the shape of each setting: a feed that passes can be read or
// written. It reports every mistake with its place, and mends none.
import type { FeedField } from './feed-settings.ts';

/** The shape of a feed while it is being checked; its parts have passed their own checks. */
interface FeedDraft {
  readonly kind: string;
  readonly direction: 'in' | 'out';
  readonly csv?: { readonly header: boolean; readonly recordType?: object | undefined } | undefined;
  readonly xml?: object | undefined;
  readonly fields: Readonly<Partial<Record<FeedField, Draft>>>;
  readonly quantities?: Readonly<Record<string, Draft>> | undefined;
}

type Draft =
  | string
  | {
      readonly from?: string | undefined;
      readonly const?: string | undefined;
      readonly concat?: readonly string[] | undefined;
      readonly with?: string | undefined;
    };

export interface FeedMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const OUTBOUND = ['shipping_order', 'inbound_notice', 'stock_statement'];

/** Of each row one field is needed. */
const NEEDED: Readonly<Record<string, readonly (readonly FeedField[])[]>> = {
  shipment: [['number'], ['item', 'barcode'], ['quantity']],
  receipt: [['number'], ['item', 'barcode'], ['quantity']],
  adjustment: [['number'], ['item', 'barcode'], ['quantity', 'after'], ['reason', 'toState']],
  stock: [['item', 'barcode']],
  acknowledgement: [['number'], ['code']],
  shipping_order: [
    ['number'],
    ['item', 'barcode'],
    ['quantity'],
    ['shipToName'],
    ['shipToStreet'],
    ['shipToCity'],
    ['shipToCountry'],
  ],
  inbound_notice: [['number'], ['item', 'barcode'], ['quantity']],
  stock_statement: [
    ['item', 'barcode'],
    ['onHand', 'available'],
  ],
};

/** Fields that only have a sense together with another one. */
const TOGETHER: readonly (readonly [FeedField, FeedField])[] = [
  ['before', 'after'],
  ['after', 'before'],
  ['fromState', 'toState'],
  ['toState', 'fromState'],
  ['time', 'date'],
  ['expiry', 'lot'],
];

/** Every mistake of one feed. */
export function feedMistakes(feed: FeedDraft): readonly FeedMistake[] {
  return [...shapeMistakes(feed), ...neededMistakes(feed), ...valueMistakes(feed)];
}

function shapeMistakes(feed: FeedDraft): FeedMistake[] {
  const mistakes: FeedMistake[] = [];
  if (feed.csv !== undefined && feed.xml !== undefined)
    mistakes.push({ path: ['xml'], message: 'must not stand beside csv: a feed is one of them' });
  const isOut = OUTBOUND.includes(feed.kind);
  if (isOut !== (feed.direction === 'out'))
    mistakes.push({
      path: ['direction'],
      message: `must be ${isOut ? 'out' : 'in'} for the kind ${feed.kind}`,
    });
  if (isOut && feed.csv?.recordType !== undefined)
    mistakes.push({
      path: ['csv', 'recordType'],
      message: 'is for files that we read; what we send has one kind of line',
    });
  if (feed.quantities !== undefined && feed.kind !== 'stock')
    mistakes.push({ path: ['quantities'], message: 'is for the kind stock' });
  return mistakes;
}

function neededMistakes({ kind, direction, fields, quantities }: FeedDraft): FeedMistake[] {
  const has = (field: FeedField) => fields[field] !== undefined;
  const mistakes = (NEEDED[kind] ?? [])
    .filter((any) => !any.some(has))
    .map((any) => ({
      path: ['fields', any[0] ?? ''],
      message: `is missing; the kind ${kind} needs ${any.join(' or ')}`,
    }));
  if (kind === 'stock' && has('quantity') === (quantities !== undefined))
    mistakes.push({
      path: ['fields', 'quantity'],
      message: 'or else `quantities` is needed for the kind stock, and not both',
    });
  if (has('occurredAt') && has('date'))
    mistakes.push({ path: ['fields', 'date'], message: 'must not stand beside occurredAt' });
  if (direction === 'in')
    for (const [one, other] of TOGETHER)
      if (has(one) && !has(other))
        mistakes.push({ path: ['fields', one], message: `needs ${other} beside it` });
  return mistakes;
}

function valueMistakes(feed: FeedDraft): FeedMistake[] {
  const places: readonly (readonly [readonly PropertyKey[], Draft])[] = [
    ...Object.entries(feed.fields).map(([field, value]) => [['fields', field], value] as const),
    ...Object.entries(feed.quantities ?? {}).map(([code, value]) => [['quantities', code], value] as const),
  ];
  return places.flatMap(([path, value]) => {
    const message = valueProblem(value, feed);
    return message === undefined ? [] : [{ path, message }];
  });
}

function valueProblem(value: Draft, { direction, csv }: FeedDraft): string | undefined {
  if (typeof value === 'string') return columnProblem(value, csv);
  const sources = [value.from, value.const, value.concat].filter((source) => source !== undefined).length;
  if (direction === 'out') {
    if (value.concat !== undefined) return 'must not have concat: it is for what we read';
    return value.from === undefined
      ? 'needs from: the column or path to write'
      : columnProblem(value.from, csv);
  }
  if (sources !== 1) return 'needs one of from, const and concat';
  if (value.with !== undefined && value.concat === undefined) return 'has with, which is for concat';
  return [value.from ?? [], value.concat ?? []]
    .flat()
    .map((from) => columnProblem(from, csv))
    .find(Boolean);
}

function columnProblem(from: string, csv: FeedDraft['csv']): string | undefined {
  if (csv === undefined) return undefined;
  if (from.startsWith('/') && csv.recordType === undefined)
    return 'begins with `/`, which needs csv.recordType';
  const column = from.replace(/^\//, '');
  if (!csv.header && !/^[1-9]\d{0,2}$/.test(column))
    return 'must be a column number from 1: the file names no columns';
  return undefined;
}
