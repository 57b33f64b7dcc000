// Cuts sorted rows into pages with opaque cursors. A cursor names the last row's sort value and id, so a page
// stays right when rows before it appear, vanish or move: rows that move later are seen again, none is skipped.
import { apiError } from './errors.ts';

export type PageArguments = {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  reverse?: boolean | null;
};

/** A row's place in its sort order; compared by value, then by sequence. */
export type Place = { value: number; sequence: number };

export type Connection<T> = {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
};

/** In a bulk run there are no pages: the vendor walks connections to their end. */
export type PageLimits = { unbounded: boolean };

const maxPageSize = 250;

const write = (place: Place): string =>
  Buffer.from(JSON.stringify({ last_id: place.sequence, last_value: place.value })).toString('base64');

function read(cursor: string): Place {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'last_id' in parsed && 'last_value' in parsed) {
      const { last_id: sequence, last_value: value } = parsed;
      if (typeof sequence === 'number' && typeof value === 'number') return { value, sequence };
    }
  } catch {
    // Falls through to the refusal below: a cursor that is not ours has no further detail worth telling.
  }
  throw apiError('INVALID_CURSOR', `Invalid cursor for current pagination sort: ${cursor}`);
}

/**
 * Pages over rows sorted ascending by `placeOf`. `keep` filters while walking, so a page of a long list costs what
 * it returns and not what the list holds.
 */
export function connectionOf<T>(
  rows: readonly T[],
  args: PageArguments,
  placeOf: (row: T, index: number) => Place,
  limits: PageLimits,
  keep?: (row: T) => boolean,
): Connection<T> {
  const size = limits.unbounded ? Number.MAX_SAFE_INTEGER : pageSize(args);
  // `last` walks from the end; `reverse` turns the list itself around. Both together cancel out.
  const backwards = args.last != null;
  const descending = (args.reverse ?? false) !== backwards;
  const from = backwards ? args.before : args.after;
  const until = backwards ? args.after : args.before;
  const start = from ? indexAfter(rows, read(from), placeOf, descending) : descending ? rows.length - 1 : 0;
  const stop = until ? indexAfter(rows, read(until), placeOf, !descending) : descending ? 0 : rows.length - 1;
  const step = descending ? -1 : 1;

  const edges: { cursor: string; node: T }[] = [];
  let more = false;
  for (let index = start; descending ? index >= stop : index <= stop; index += step) {
    const row = rows[index];
    if (row === undefined || (keep && !keep(row))) continue;
    if (edges.length === size) {
      more = true;
      break;
    }
    edges.push({ cursor: write(placeOf(row, index)), node: row });
  }
  if (backwards) edges.reverse();
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: backwards ? Boolean(from) : more,
      hasPreviousPage: backwards ? more : Boolean(from),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges[edges.length - 1]?.cursor ?? null,
    },
  };
}

function pageSize(args: PageArguments): number {
  const size = args.first ?? args.last;
  if (size == null) throw apiError('BAD_REQUEST', 'you must provide one of first or last');
  if (args.first != null && args.last != null)
    throw apiError('BAD_REQUEST', 'providing both first and last is not supported');
  if (size < 0 || size > maxPageSize)
    throw apiError('BAD_REQUEST', `first and last lie between 0 and ${maxPageSize}, not ${size}`);
  return size;
}

/** First index beyond the place in walking direction. */
function indexAfter<T>(
  rows: readonly T[],
  place: Place,
  placeOf: (row: T, index: number) => Place,
  descending: boolean,
): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = placeOf(rows[middle] as T, middle);
    const difference = at.value - place.value || at.sequence - place.sequence;
    if (descending ? difference < 0 : difference <= 0) low = middle + 1;
    else high = middle;
  }
  return descending ? low - 1 : low;
}

/** Rows of a list that only ever grows: the index is the place. */
export const byIndex = (_row: unknown, index: number): Place => ({ value: 0, sequence: index });
