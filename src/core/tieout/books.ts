// What the books show on our accounts, read back through a connection: balances, everything booked there, and our own entries.
// It knows no vendor; whatever keeps books and can be asked these three things will do.
import { type Day, dayBefore } from '../journals/calendar.ts';
import type { BooksLine } from '../vocabulary/facts.ts';
import { type Money, moneyFrom, NO_MONEY } from '../vocabulary/money.ts';
import type { TiedAccount } from './accounts.ts';
import { type OwnJournal, type OwnLine, sumsOf } from './journals.ts';
import type { Sums } from './ledger.ts';

/** The part of a connection to books that tells; amounts are decimal text, debit above zero. */
export interface BooksSource {
  balances(
    accounts: readonly string[],
    asOf: string,
  ): Promise<readonly { readonly account: string; readonly balance: string }[]>;
  activity(accounts: readonly string[], from: string, through: string): AsyncIterable<SourceActivity>;
  read(ids: readonly string[]): Promise<readonly SourceEntry[]>;
}

interface SourceActivity {
  readonly account: string;
  readonly id: string;
  readonly kind: string;
  readonly number: string | undefined;
  readonly date: string;
  readonly amount: string;
  readonly memo: string;
}

type SourceEntry =
  | { readonly outcome: 'deleted'; readonly id: string }
  | {
      readonly outcome: 'present';
      readonly id: string;
      readonly version: string;
      readonly number: string | undefined;
      readonly date: string;
      readonly memo: string;
      readonly lines: readonly BooksLine[];
    };

export interface BooksStatement {
  /** The first day with a journal of ours; what the accounts held before it is nobody’s we know. */
  readonly from: Day;
  readonly asOf: Day;
  /** Of accounts whose balance is compared. */
  readonly before: Sums;
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

/** Reads what the books show at the end of a day. Reading takes several questions: what changes between them is a rest. */
export async function readBooks(
  source: BooksSource,
  accounts: readonly TiedAccount[],
  journals: readonly OwnJournal[],
  asOf: Day,
  currency: string,
): Promise<BooksStatement> {
  const final = journals.filter(({ status }) => status !== 'draft');
  const from = final.reduce(
    (first, { date, delivery }) => [first, date, delivery?.bookedOn ?? date].sort()[0] ?? first,
    asOf,
  );
  const ids = accounts.filter(({ standing }) => standing !== 'entries').map(({ account }) => account);
  const held = accounts.filter(({ standing }) => standing === 'own').map(({ account }) => account);
  const activity: BooksActivity[] = [];
  for await (const row of source.activity(ids, from, asOf))
    activity.push({ ...row, amount: moneyFrom(row.amount, currency) });
  const numbers = new Set(final.map(({ number }) => number));
  const asked = new Set([
    ...final.flatMap(({ delivery }) => delivery?.externalId ?? []),
    ...activity
      .filter(({ kind, number }) => kind === JOURNAL_ENTRY && number !== undefined && numbers.has(number))
      .map(({ id }) => id),
  ]);
  return {
    from,
    asOf,
    before: await balancesOf(source, held, dayBefore(from), currency),
    balances: await balancesOf(source, held, asOf, currency),
    activity,
    entries: await entriesOf(source, [...asked], currency),
  };
}

async function balancesOf(
  source: BooksSource,
  accounts: readonly string[],
  asOf: Day,
  currency: string,
): Promise<Sums> {
  const answers = await source.balances(accounts, asOf);
  return new Map(answers.map(({ account, balance }) => [account, moneyFrom(balance, currency)]));
}

async function entriesOf(
  source: BooksSource,
  ids: readonly string[],
  currency: string,
): Promise<Map<string, BooksEntry>> {
  const entries = new Map<string, BooksEntry>();
  for (const entry of ids.length === 0 ? [] : await source.read(ids)) {
    if (entry.outcome === 'deleted') continue;
    const lines = entry.lines.map((line) => ({
      side: line.side,
      account: line.account,
      amount: amountIn(line.amount, currency),
      class: line.class,
      department: line.department,
    }));
    entries.set(entry.id, { ...entry, lines, sums: sumsOf(lines) });
  }
  return entries;
}

/** An amount with more places than the currency is none of ours; what it lacks shows as a rest. */
function amountIn(text: string, currency: string): Money {
  try {
    return moneyFrom(text, currency);
  } catch {
    return NO_MONEY;
  }
}
