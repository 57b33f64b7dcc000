// The read side of the inventory API: filters, order and cursor paging over changes and counts.
// A cursor continues from the last row by its sort key, so rows that sort earlier and arrive while paging are not seen.

import { createHash } from 'node:crypto';
import type { Book, Change, Count } from '../stock/book.ts';
import type { Catalog } from '../stock/catalog.ts';
import { byOccurrence } from '../stock/level.ts';
import { type Instant, instantOf } from '../stock/scalars.ts';
import { isReason, isState } from '../stock/states.ts';
import { type Wire, wireChange, wireCount } from './inventory-wire.ts';
import { SquareError } from './refusals.ts';

const MAX_LIMIT = 1000;
/** The page size when a request names none is unverified for these endpoints; other Square lists use 100. */
const DEFAULT_LIMIT = 100;
/** Unverified. */
const MAX_IDS = 1000;

export interface Page {
  [rows: string]: unknown;
  cursor?: string;
}

/**
 * Answers `changes/batch-retrieve`: by `occurred_at`, filtered by the time of arrival. A kit's own adjustment is among
 * them beside those of its components; the documentation only rules out its counts.
 */
export function changesPage(body: Wire, book: Book): Page {
  const limit = limitOf(body.limit);
  const types = textsAt(body, 'types', (type) => type === 'ADJUSTMENT' || type === 'PHYSICAL_COUNT');
  const states = textsAt(body, 'states', isState);
  const reasons = reasonsOf(body.reason_ids);
  if (states !== undefined && reasons !== undefined) {
    throw new SquareError('CONFLICTING_PARAMETERS', 'Give states or reason_ids, not both.', 'reason_ids');
  }
  const matchesPlace = placeFilter(body);
  const after = instantAt(body, 'updated_after');
  const before = instantAt(body, 'updated_before');
  const matches = (change: Change): boolean =>
    (before === undefined || change.createdAt < before) &&
    (types === undefined || types.has(change.type)) &&
    (change.type === 'ADJUSTMENT'
      ? (states === undefined || states.has(change.fromState) || states.has(change.toState)) &&
        (reasons === undefined || (change.reason !== undefined && reasons.has(change.reason))) &&
        matchesPlace(change.variationId, change.fromLocationId, change.toLocationId)
      : matchesPlace(change.variationId, change.locationId));

  const descending = sortOrderOf(body.sort) === 'DESC';
  const candidates =
    after === undefined ? book.byOccurrence() : arrivedAfter(book.arrivals(), after).sort(byOccurrence);
  const ordered = descending ? [...candidates].reverse() : candidates;
  const position = positionOf(body);
  const start = position === undefined ? 0 : startAfter(ordered, position, descending);
  const rows: Change[] = [];
  let more = false;
  for (let index = start; index < ordered.length && !more; index += 1) {
    const change = ordered[index] as Change;
    if (!matches(change)) continue;
    if (rows.length === limit) more = true;
    else rows.push(change);
  }
  const last = rows.at(-1);
  const page: Page = { changes: rows.map(wireChange) };
  if (more && last !== undefined) page.cursor = cursorOf(body, [String(last.occurredAt), last.sequence]);
  return page;
}

/** Answers `counts/batch-retrieve`: newest `calculated_at` first. Kits have no counts of their own here. */
export function countsPage(body: Wire, book: Book, catalog: Catalog): Page {
  const limit = limitOf(body.limit);
  const states = textsAt(body, 'states', isState);
  const matchesPlace = placeFilter(body);
  const after = instantAt(body, 'updated_after');
  const position = positionOf(body);
  const found = book
    .counts()
    .filter(
      (count) =>
        (after === undefined || count.calculatedAt > after) &&
        (states === undefined || states.has(count.state)) &&
        matchesPlace(count.variationId, count.locationId) &&
        !isKit(catalog, count.variationId),
    )
    .sort((left, right) => compareRank(rankOf(left), rankOf(right)))
    .filter(
      (count) =>
        position === undefined || compareRank(rankOf(count), [BigInt(position[0]), String(position[1])]) > 0,
    );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const page: Page = { counts: rows.map(wireCount) };
  if (found.length > limit && last !== undefined) {
    const [calculatedAt, key] = rankOf(last);
    page.cursor = cursorOf(body, [String(calculatedAt), key]);
  }
  return page;
}

/** Returns the rows of a plain list from a cursor that is a position in it. */
export function listPage<T>(
  rows: readonly T[],
  cursor: string | undefined,
  limit: number,
): { rows: T[]; cursor?: string } {
  const offset = cursor === undefined || cursor === '' ? 0 : Number(decoded(cursor)[0]);
  if (!Number.isSafeInteger(offset)) throw invalidCursor();
  const page = rows.slice(offset, offset + limit);
  const next = offset + page.length;
  return next < rows.length ? { rows: page, cursor: encoded([String(next)]) } : { rows: page };
}

type Rank = [calculatedAt: Instant, key: string];

const rankOf = (count: Count): Rank => [
  count.calculatedAt,
  `${count.variationId} ${count.locationId} ${count.state}`,
];

function compareRank(left: Rank, right: Rank): number {
  if (left[0] !== right[0]) return left[0] > right[0] ? -1 : 1;
  return left[1] < right[1] ? -1 : left[1] > right[1] ? 1 : 0;
}

const isKit = (catalog: Catalog, variationId: string): boolean =>
  (catalog.variationById(variationId)?.components.length ?? 0) > 0;

/** Arrivals are in the order of `created_at`, so the common query for what is new needs no walk over all history. */
function arrivedAfter(arrivals: readonly Change[], after: Instant): Change[] {
  let low = 0;
  let high = arrivals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((arrivals[middle] as Change).createdAt > after) high = middle;
    else low = middle + 1;
  }
  return arrivals.slice(low);
}

function startAfter(ordered: readonly Change[], position: [string, unknown], descending: boolean): number {
  const last = { occurredAt: BigInt(position[0]), sequence: Number(position[1]) };
  const index = ordered.findIndex((change) => {
    const comparison = byOccurrence(change, last);
    return descending ? comparison < 0 : comparison > 0;
  });
  return index < 0 ? ordered.length : index;
}

function placeFilter(body: Wire): (variationId: string, ...locationIds: string[]) => boolean {
  const variations = textsAt(body, 'catalog_object_ids');
  const locations = textsAt(body, 'location_ids');
  return (variationId, ...locationIds) =>
    (variations === undefined || variations.has(variationId)) &&
    (locations === undefined || locationIds.some((id) => locations.has(id)));
}

/** Null and an empty array mean "no filter". */
function textsAt(
  body: Wire,
  field: string,
  isValid: (text: string) => boolean = () => true,
): Set<string> | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new SquareError('EXPECTED_ARRAY', 'Expected an array.', field);
  if (value.length > MAX_IDS)
    throw new SquareError('ARRAY_LENGTH_TOO_LONG', `At most ${MAX_IDS} entries.`, field);
  value.forEach((entry: unknown, index) => {
    const path = `${field}[${index}]`;
    if (typeof entry !== 'string') throw new SquareError('EXPECTED_STRING', 'Expected a string.', path);
    if (!isValid(entry))
      throw new SquareError('INVALID_ENUM_VALUE', `\`${entry}\` is not allowed here.`, path);
  });
  return value.length === 0 ? undefined : new Set(value as string[]);
}

function reasonsOf(value: unknown): Set<string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new SquareError('EXPECTED_ARRAY', 'Expected an array.', 'reason_ids');
  const types = value.map((entry: unknown) => (entry as { type?: unknown } | null)?.type);
  const unknown = types.findIndex((type) => typeof type !== 'string' || !isReason(type));
  if (unknown >= 0)
    throw new SquareError('INVALID_ENUM_VALUE', 'No such reason.', `reason_ids[${unknown}].type`);
  return types.length === 0 ? undefined : new Set(types as string[]);
}

function instantAt(body: Wire, field: string): Instant | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  const instant = typeof value === 'string' ? instantOf(value) : undefined;
  if (instant === undefined) throw new SquareError('INVALID_TIME', 'Expected an RFC 3339 timestamp.', field);
  return instant;
}

function limitOf(value: unknown): number {
  if (value === undefined || value === null) return DEFAULT_LIMIT;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new SquareError('EXPECTED_INTEGER', 'Expected an integer.', 'limit');
  }
  if (value < 1) throw new SquareError('VALUE_TOO_LOW', 'Must be at least 1.', 'limit');
  if (value > MAX_LIMIT) throw new SquareError('VALUE_TOO_HIGH', `Must be at most ${MAX_LIMIT}.`, 'limit');
  return value;
}

function sortOrderOf(value: unknown): 'ASC' | 'DESC' {
  if (value === undefined || value === null) return 'ASC';
  const { field = 'OCCURRED_AT', order = 'ASC' } = value as { field?: unknown; order?: unknown };
  if (field !== 'OCCURRED_AT') throw new SquareError('INVALID_ENUM_VALUE', 'Only OCCURRED_AT.', 'sort.field');
  if (order !== 'ASC' && order !== 'DESC')
    throw new SquareError('INVALID_ENUM_VALUE', 'ASC or DESC.', 'sort.order');
  return order;
}

/** The request that a cursor belongs to, without its position: a cursor is refused when the rest has changed. */
function fingerprintOf({ cursor: _cursor, limit: _limit, ...filters }: Wire): string {
  const sorted = Object.entries(filters).sort(([left], [right]) => (left < right ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('base64url').slice(0, 16);
}

const cursorOf = (body: Wire, position: [string, string | number]): string =>
  encoded([fingerprintOf(body), ...position]);

function positionOf(body: Wire): [string, unknown] | undefined {
  const { cursor } = body;
  if (cursor === undefined || cursor === null || cursor === '') return undefined;
  if (typeof cursor !== 'string') throw new SquareError('EXPECTED_STRING', 'Expected a string.', 'cursor');
  const [fingerprint, instant, rest] = decoded(cursor);
  if (fingerprint !== fingerprintOf(body) || typeof instant !== 'string' || !/^-?\d+$/.test(instant)) {
    throw invalidCursor();
  }
  return [instant, rest];
}

const encoded = (parts: unknown[]): string =>
  Buffer.from(JSON.stringify(parts), 'utf8').toString('base64url');

function decoded(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts)) return parts;
  } catch {
    throw invalidCursor();
  }
  throw invalidCursor();
}

const invalidCursor = (): SquareError =>
  new SquareError('INVALID_CURSOR', 'The cursor is unknown or belongs to another query.', 'cursor');
