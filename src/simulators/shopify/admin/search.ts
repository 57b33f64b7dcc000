// The search syntax of `query:` arguments: terms `field:value` joined by spaces or AND.
// What it does not understand it refuses: a filter that is silently ignored would hide a bug in the caller.
import { apiError } from './errors.ts';

export type Comparator = '=' | '>' | '>=' | '<' | '<=';
export type Term = { field: string; comparator: Comparator; value: string };

const termPattern = /^([a-z_]+):(>=|<=|>|<)?(?:'([^']*)'|"([^"]*)"|([^\s'"()]+))(?:\s+|$)/i;

/** Parses a search text. Throws a top-level error for OR, NOT, brackets and free text. */
export function parseSearch(text: string): Term[] {
  const terms: Term[] = [];
  let rest = text.trim();
  while (rest !== '') {
    rest = rest.replace(/^AND\s+/, '');
    const match = termPattern.exec(rest);
    if (!match?.[1]) throw apiError('BAD_SEARCH', `The simulator does not understand this search: ${text}`);
    const comparator = (match[2] ?? '=') as Comparator;
    terms.push({ field: match[1].toLowerCase(), comparator, value: match[3] ?? match[4] ?? match[5] ?? '' });
    rest = rest.slice(match[0].length);
  }
  return terms;
}

/** What a record answers for each searchable field: times in milliseconds, everything else as text. */
export type Searchable<T> = Record<string, (row: T) => number | string | null>;

/** A predicate for the search text, or undefined when there is nothing to filter. */
export function matcher<T>(
  text: string | null | undefined,
  fields: Searchable<T>,
): ((row: T) => boolean) | undefined {
  if (!text) return undefined;
  const tests = parseSearch(text).map((term) => {
    const read = fields[term.field];
    if (!read) throw apiError('BAD_SEARCH', `The simulator cannot search here by ${term.field}`);
    return (row: T) => holds(read(row), term);
  });
  return (row) => tests.every((test) => test(row));
}

function holds(actual: number | string | null, term: Term): boolean {
  if (actual === null) return false;
  if (typeof actual === 'number') {
    const wanted = Date.parse(term.value);
    if (Number.isNaN(wanted)) throw apiError('BAD_SEARCH', `${term.value} is not a time`);
    // Compared in whole seconds, the precision the API shows: what changed later within the named second is not
    // `>` it. The vendor does not document the precision of its index; this is the less forgiving reading.
    return compare(Math.floor(actual / 1000) * 1000 - wanted, term.comparator);
  }
  if (term.comparator === '=') return actual === term.value;
  return compare(digitsOrder(actual, term.value), term.comparator);
}

/** Ids are compared as numbers of any length. */
function digitsOrder(left: string, right: string): number {
  return left.length - right.length || (left < right ? -1 : left > right ? 1 : 0);
}

function compare(difference: number, comparator: Comparator): boolean {
  switch (comparator) {
    case '=':
      return difference === 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
  }
}
