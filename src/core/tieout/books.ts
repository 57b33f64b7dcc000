// What the books show on our accounts, read back through a connection: balances, everything booked there, and our own entries.
// It knows no vendor; whatever keeps books and can be asked these three things will do.
import { type Day, dayAfter, dayBefore } from '../journals/calendar.ts';
import type { BooksLine } from '../vocabulary/facts.ts';
import { type Money, moneyFrom, NO_MONEY } from '../vocabulary/money.ts';
import type { TiedAccount } from './accounts.ts';
import { activityBehind, type Behind, isSameSums, withoutOurs } from './behind.ts';
import { deliveredIds, type OwnJournal, sumsOf } from './journals.ts';
import type { Sums } from './ledger.ts';
import { type BooksEntry, type BooksStatement, JOURNAL_ENTRY } from './statement.ts';

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

export interface BooksQuestion {
  readonly accounts: readonly TiedAccount[];
  readonly journals: readonly OwnJournal[];
  readonly asOf: Day;
  readonly currency: string;
  /** What the last close saw; with it only what came after is read, as long as it still holds. */
  readonly behind?: Behind | undefined;
}

/** Reads what the books show at the end of a day. Reading takes several questions: what changes between them is a rest. */
export async function readBooks(source: BooksSource, question: BooksQuestion): Promise<BooksStatement> {
  const { accounts, journals, asOf, currency } = question;
  const final = journals.filter(({ status }) => status !== 'draft');
  const from = final.reduce(
    (first, { date, delivery }) => [first, date, delivery?.bookedOn ?? date].sort()[0] ?? first,
    asOf,
  );
  const ids = accounts.filter(({ standing }) => standing !== 'entries').map(({ account }) => account);
  const ours = await entriesOf(source, [...deliveredIds(journals)], currency);
  // Balances before what they are made of: what is booked in between can then never pass for seen.
  const before = await balancesOf(source, ids, dayBefore(from), currency);
  const balances = await balancesOf(source, ids, asOf, currency);
  const behind = await stillTrue(source, question, { from, before, ids, ours });
  const activity = behind ? [...activityBehind(behind, ours)] : [];
  for await (const row of source.activity(ids, behind ? dayAfter(behind.through) : from, asOf))
    activity.push({ ...row, amount: moneyFrom(row.amount, currency) });
  const numbers = new Set(final.map(({ number }) => number));
  const namesakes = activity
    .filter(({ kind, number }) => kind === JOURNAL_ENTRY && number !== undefined && numbers.has(number))
    .map(({ id }) => id)
    .filter((id) => !ours.has(id));
  return {
    ...{ from, asOf, before, balances, activity },
    entries: new Map([...ours, ...(await entriesOf(source, [...new Set(namesakes)], currency))]),
  };
}

interface Found {
  readonly from: Day;
  readonly before: Sums;
  readonly ids: readonly string[];
  readonly ours: ReadonlyMap<string, BooksEntry>;
}

/** What the last close saw, if every account stands at both ends of it as it did then, but for our own entries. */
async function stillTrue(
  source: BooksSource,
  { behind, asOf, currency }: BooksQuestion,
  { from, before, ids, ours }: Found,
): Promise<Behind | undefined> {
  if (behind === undefined || behind.from !== from || behind.through >= asOf) return undefined;
  if (!isSameSums(withoutOurs(before, ours, dayBefore(from)), behind.before)) return undefined;
  const closing = await balancesOf(source, ids, behind.through, currency);
  return isSameSums(withoutOurs(closing, ours, behind.through), behind.others) ? behind : undefined;
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
