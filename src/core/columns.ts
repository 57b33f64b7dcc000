// Columns of a batch as PostgreSQL's binary arrays: node-postgres sends a Buffer as it is, and the server reads it without
// parsing text. It refuses to guess types: each function is for one type, and the statement's cast must name the same.
import { type Instant, microsOf } from './vocabulary/instant.ts';

/** Object ids of PostgreSQL's built-in types; fixed for ever, unlike those of the ledger's own enums. */
const OID = { bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, timestamptz: 1184, uuid: 2950 } as const;

const HEAD_BYTES = 20;
/** 2000-01-01, from where PostgreSQL counts microseconds. */
const EPOCH_MICROS = 946_684_800_000_000n;

type Pick<Row, Value> = (row: Row) => Value | null;
type Put<Value> = (buffer: Buffer, value: Value, at: number) => void;

/** A `smallint[]`. */
export const smallints = <Row>(rows: readonly Row[], pick: Pick<Row, number>): Buffer =>
  fixed(rows, pick, OID.int2, 2, (buffer, value, at) => buffer.writeInt16BE(whole(value), at));

/** An `int[]`. */
export const ints = <Row>(rows: readonly Row[], pick: Pick<Row, number>): Buffer =>
  fixed(rows, pick, OID.int4, 4, (buffer, value, at) => buffer.writeInt32BE(whole(value), at));

/** A `bigint[]` of decimal texts. */
export const bigints = <Row>(rows: readonly Row[], pick: Pick<Row, string>): Buffer =>
  fixed(rows, pick, OID.int8, 8, (buffer, value, at) => buffer.writeBigInt64BE(BigInt(value), at));

/** A `timestamptz[]`. */
export const instants = <Row>(rows: readonly Row[], pick: Pick<Row, Instant>): Buffer =>
  fixed(rows, pick, OID.timestamptz, 8, (buffer, value, at) =>
    buffer.writeBigInt64BE(microsOf(value) - EPOCH_MICROS, at),
  );

/** A `uuid[]` of texts in lower case with dashes. */
export const uuids = <Row>(rows: readonly Row[], pick: Pick<Row, string>): Buffer =>
  fixed(rows, pick, OID.uuid, 16, putUuid);

/** A `bytea[]`. */
export const byteas = <Row>(rows: readonly Row[], pick: Pick<Row, Buffer>): Buffer =>
  varying(
    rows.map(pick),
    OID.bytea,
    (value) => value.length,
    (buffer, value, at) => value.copy(buffer, at),
  );

/** A `text[]`. */
export const texts = <Row>(rows: readonly Row[], pick: Pick<Row, string>): Buffer =>
  varying(
    rows.map(pick),
    OID.text,
    (value) => Buffer.byteLength(value),
    (buffer, value, at) => buffer.write(value, at),
  );

/**
 * The text of an array whose elements need no quotes: words of an enum, decimals. PostgreSQL knows enums by ids that differ
 * from database to database, and its binary decimals are longer than their text.
 * @throws RangeError for an element that would need quotes.
 */
export function plainArray<Row>(rows: readonly Row[], pick: Pick<Row, string>): string {
  let text = '';
  for (const row of rows) text += `${text === '' ? '' : ','}${pick(row) ?? 'NULL'}`;
  if (!/^[\w.,-]*$/.test(text)) throw new RangeError('an element of the array would need quotes');
  return `{${text}}`;
}

/** The text of a `tid[]`, of places of rows as PostgreSQL prints them, such as `(0,7)`. */
export function tids<Row>(rows: readonly Row[], pick: (row: Row) => string): string {
  const text = rows.map((row) => `"${pick(row)}"`).join(',');
  if (!/^(?:"\(\d+,\d+\)"(?:,(?=")|$))*$/.test(text)) throw new RangeError('not the place of a row');
  return `{${text}}`;
}

/** A column that is null in every row as no array at all: `unnest` then yields null beside the other columns. */
export const orNull = <Row, Value>(
  rows: readonly Row[],
  pick: Pick<Row, Value>,
  column: (rows: readonly Row[], pick: Pick<Row, Value>) => Buffer | string,
): Buffer | string | null => (rows.every((row) => pick(row) === null) ? null : column(rows, pick));

/**
 * A column that says the same in every row as an array of that one element: the statement takes it from there where `unnest`
 * yields null. Only for columns that are never null.
 */
export function onceIfSame<Row, Value>(
  rows: readonly Row[],
  pick: (row: Row) => Value,
  column: (rows: readonly Row[], pick: (row: Row) => Value) => Buffer | string,
): Buffer | string {
  const [first] = rows;
  if (first === undefined) return column(rows, pick);
  const value = pick(first);
  return column(rows.every((row) => pick(row) === value) ? [first] : rows, pick);
}

function fixed<Row, Value>(
  rows: readonly Row[],
  pick: Pick<Row, Value>,
  oid: number,
  bytes: number,
  put: Put<Value>,
): Buffer {
  const buffer = Buffer.allocUnsafe(HEAD_BYTES + rows.length * (4 + bytes));
  let at = HEAD_BYTES;
  for (const row of rows) {
    const value = pick(row);
    at = buffer.writeInt32BE(value === null ? -1 : bytes, at);
    if (value === null) continue;
    put(buffer, value, at);
    at += bytes;
  }
  return headed(buffer.subarray(0, at), oid, rows.length);
}

function varying<Value>(
  values: readonly (Value | null)[],
  oid: number,
  bytesOf: (value: Value) => number,
  put: Put<Value>,
): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : bytesOf(value)));
  const buffer = Buffer.allocUnsafe(
    lengths.reduce((sum, length) => sum + 4 + Math.max(0, length), HEAD_BYTES),
  );
  let at = HEAD_BYTES;
  for (const [index, value] of values.entries()) {
    const length = lengths[index] ?? -1;
    at = buffer.writeInt32BE(length, at);
    if (value === null) continue;
    put(buffer, value, at);
    at += length;
  }
  return headed(buffer, oid, values.length);
}

/** A buffer would cut a fraction and write something for what is no number; PostgreSQL never gets to refuse it. */
function whole(value: number): number {
  if (!Number.isInteger(value)) throw new RangeError(`not a whole number: ${value}`);
  return value;
}

/** Writes dimensions, null flag, element type, length and lower bound. An array without elements has no dimension. */
function headed(buffer: Buffer, oid: number, count: number): Buffer {
  buffer.writeInt32BE(count === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(1, 4);
  buffer.writeInt32BE(oid, 8);
  buffer.writeInt32BE(count, 12);
  buffer.writeInt32BE(1, 16);
  return count === 0 ? buffer.subarray(0, 12) : buffer;
}

const DASH = 0x2d;

function putUuid(buffer: Buffer, uuid: string, start: number): void {
  let at = start;
  for (let index = 0; index < uuid.length; index += 2) {
    if (uuid.charCodeAt(index) === DASH) index += 1;
    buffer[at] = (digitOf(uuid.charCodeAt(index)) << 4) | digitOf(uuid.charCodeAt(index + 1));
    at += 1;
  }
  if (at !== start + 16) throw new RangeError(`not a UUID: ${JSON.stringify(uuid.slice(0, 40))}`);
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  throw new RangeError('a UUID has hexadecimal digits in lower case');
}
