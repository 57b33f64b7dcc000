// What a connector to an accountant's books is: it takes journals, and is never asked to change one. Part of the contract.
import type { BooksLine } from '../../core/vocabulary/facts.ts';
import type { Instant } from '../../core/vocabulary/instant.ts';

/** An accountant’s books, which take journals and are never asked to change one. */
export interface Journal {
  /** Accounts, classes, departments and the closing date. Read before a run, and by `check`. */
  describe(): Promise<BooksDescription>;
  /**
   * Books one journal. The same `key` with the same content MUST have at most one effect, however often it is sent and
   * whatever was lost. A failure after which the effect is open is thrown as `outcome_unknown`: the hub comes again with
   * the same key, and then the connector MUST find out what became of the earlier attempts before it books anew.
   */
  post(journal: JournalToPost): Promise<JournalAnswer>;
  /** Entries as the books hold them now, by their ids there. One that is not there is answered as deleted. */
  read(ids: readonly string[]): Promise<readonly BooksEntry[]>;
  /** What the accounts stood at, at the end of a day (`YYYY-MM-DD`): decimal text, debit above zero. */
  balances(accounts: readonly string[], asOf: string): Promise<readonly AccountBalance[]>;
  /** Everything booked on the accounts from one day through another, whoever booked it. */
  activity(accounts: readonly string[], from: string, through: string): AsyncIterable<AccountActivity>;
}

export interface BooksDescription {
  readonly company: string;
  /** ISO 4217 code of the books. */
  readonly currency: string;
  readonly multicurrency: boolean;
  /** Last closed day, `YYYY-MM-DD`. */
  readonly closedThrough: string | undefined;
  readonly accounts: readonly BooksAccount[];
  readonly classes: readonly BooksName[];
  /** Undefined: the books keep none. */
  readonly departments: readonly BooksName[];
  readonly usesClasses: boolean;
  readonly usesDepartments: boolean;
}

export interface BooksName {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}

export interface BooksAccount extends BooksName {
  readonly number: string | undefined;
  /** In the words of the books, e.g. `Other Current Asset`, and finer, e.g. `Inventory`. */
  readonly type: string;
  readonly subtype: string | undefined;
  readonly currency: string | undefined;
  /** Why journals of the hub must not use it, e.g. that the books keep items of their own in it. */
  readonly unfit?: string;
}

export interface JournalToPost {
  /** UUID made and stored before the first attempt; a new one only after a definite refusal. */
  readonly key: string;
  /** At most 21 of A–Z, 0–9 and -; the same for ever. */
  readonly number: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly currency: string;
  /** Holds the hub’s own id of the journal; at most 4000 characters. */
  readonly memo: string;
  /** At least one of each side; they add up to the same. */
  readonly lines: readonly JournalLineToPost[];
  /** Attempts made under this key before; zero: it was never sent. */
  readonly attempts: number;
  /** When it was last sent; undefined: never. */
  readonly lastSentAt: Instant | undefined;
}

export interface JournalLineToPost extends BooksLine {
  /** At most 4000 characters. */
  readonly description: string;
}

export type JournalAnswer =
  | {
      readonly outcome: 'posted' | 'already';
      readonly id: string;
      readonly version: string;
      readonly trace?: string;
    }
  /** The books are closed on that day. Nothing was booked. */
  | { readonly outcome: 'closed'; readonly closedThrough: string | undefined; readonly reason: string }
  /** Its number is taken by an entry that is not this one. Nothing was booked. */
  | { readonly outcome: 'number_taken'; readonly id: string; readonly reason: string }
  /** They will never take it as it is, such as for an inactive account; a person must look. Nothing was booked. */
  | { readonly outcome: 'rejected'; readonly reason: string }
  /** Surely nothing happened; come again with the same key. */
  | { readonly outcome: 'retry'; readonly reason: string };

/** One journal entry as the books hold it. */
export type BooksEntry =
  | {
      readonly outcome: 'present';
      readonly id: string;
      readonly version: string;
      readonly number: string | undefined;
      readonly date: string;
      readonly memo: string;
      readonly lines: readonly JournalLineToPost[];
      readonly updatedAt: Instant;
    }
  | { readonly outcome: 'deleted'; readonly id: string };

export interface AccountBalance {
  readonly account: string;
  readonly balance: string;
}

export interface AccountActivity {
  readonly account: string;
  /** The transaction’s id and kind in the books, e.g. `JournalEntry` or `Bill`. */
  readonly id: string;
  readonly kind: string;
  readonly number: string | undefined;
  readonly date: string;
  /** Decimal text, debit above zero. */
  readonly amount: string;
  readonly memo: string;
}
