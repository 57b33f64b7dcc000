// What the books showed of our accounts when they were read, as a tie-out compares it. Only shapes and words.
import type { Day } from '../journals/calendar.ts';
import type { Money } from '../vocabulary/money.ts';
import type { OwnLine } from './journals.ts';
import type { Sums } from './ledger.ts';

export interface BooksStatement {
  /** The first day with a journal of ours; what the accounts held before it is nobody’s we know. */
  readonly from: Day;
  readonly asOf: Day;
  /** Balances before that day, of every account that is not compared by our own entries only. */
  readonly before: Sums;
  /** The same at the end of `asOf`. */
  readonly balances: Sums;
  readonly activity: readonly BooksActivity[];
  /** Our entries and those that bear a number of ours, by their id there; missing: it is not there. */
  readonly entries: ReadonlyMap<string, BooksEntry>;
}

export interface BooksActivity {
  readonly account: string;
  readonly id: string;
  readonly kind: string;
  readonly number: string | undefined;
  readonly date: Day;
  readonly amount: Money;
  readonly memo: string;
}

export interface BooksEntry {
  readonly id: string;
  readonly version: string;
  readonly number: string | undefined;
  readonly date: Day;
  readonly memo: string;
  readonly sums: Sums;
  readonly lines: readonly Omit<OwnLine, 'role'>[];
}

/** Kind of transaction that our journals are. */
export const JOURNAL_ENTRY = 'JournalEntry';
