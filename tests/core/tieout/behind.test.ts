// What a close saw of the books stands in for reading it again: never for books that others changed behind it, and then the tie-out
// is the same as of a whole reading.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TiedAccount } from '../../../src/core/tieout/accounts.ts';
import { type Behind, behindOf, isConfirmed } from '../../../src/core/tieout/behind.ts';
import { type BooksSource, readBooks } from '../../../src/core/tieout/books.ts';
import { deliveredIds, type OwnJournal, sumsOf } from '../../../src/core/tieout/journals.ts';
import type { BooksStatement } from '../../../src/core/tieout/statement.ts';
import { type Money, moneyText } from '../../../src/core/vocabulary/money.ts';

interface Entry {
  readonly id: string;
  readonly kind: string;
  readonly number: string | undefined;
  readonly date: string;
  readonly debit: string;
  readonly credit: string;
  readonly cents: number;
}

const ACCOUNTS: readonly TiedAccount[] = [
  { account: 'stock', roles: ['inventory'], standing: 'own', takesBills: [] },
  { account: 'billed', roles: ['received_not_billed'], standing: 'own', takesBills: ['received_not_billed'] },
  { account: 'cost', roles: ['cost_of_goods_sold'], standing: 'flow', takesBills: [] },
  { account: 'equity', roles: ['opening'], standing: 'entries', takesBills: [] },
];
const CLOSED = '2026-03-31';
const AS_OF = '2026-05-31';
const DAYS = ['2026-02-20', '2026-03-01', '2026-03-15', CLOSED, '2026-04-01', '2026-05-20', '2026-06-02'];

const day = fc.constantFrom(...DAYS);
const name = fc.constantFrom('stock', 'billed', 'cost', 'equity', 'bank');
const cents = fc.integer({ min: 1, max: 9_999 });
const entry = (id: string, kind: fc.Arbitrary<string>) =>
  fc.record({
    ...{ id: fc.constant(id), kind, date: day, debit: name, credit: name, cents },
    number: fc.option(fc.constantFrom('INV-1', 'B-1'), { nil: undefined }),
  });
const others = fc
  .integer({ min: 0, max: 6 })
  .chain((n) =>
    fc.tuple(
      ...Array.from({ length: n }, (_, at) =>
        entry(`other-${at}`, fc.constantFrom('JournalEntry', 'Bill', 'Purchase')),
      ),
    ),
  );
const ours = fc
  .integer({ min: 1, max: 4 })
  .chain((n) =>
    fc.tuple(...Array.from({ length: n }, (_, at) => entry(`own-${at}`, fc.constant('JournalEntry')))),
  );
const act = fc.record({
  at: fc.nat(),
  what: fc.constantFrom('nothing', 'delete', 'amount', 'account', 'redate', 'add'),
  entry: entry('added', fc.constantFrom('JournalEntry', 'Bill')),
});

const text = (amount: number) => moneyText(BigInt(amount) as Money, 'USD');

function booksOf(entries: readonly Entry[]): BooksSource & { readonly spans: string[] } {
  const spans: string[] = [];
  const signed = ({ debit, credit, cents: amount }: Entry, account: string) =>
    (debit === account ? amount : 0) - (credit === account ? amount : 0);
  return {
    spans,
    balances: async (accounts, asOf) =>
      accounts.map((account) => ({
        account,
        balance: text(
          entries.filter(({ date }) => date <= asOf).reduce((sum, each) => sum + signed(each, account), 0),
        ),
      })),
    async *activity(accounts, from, through) {
      spans.push(from);
      for (const account of accounts)
        for (const each of entries)
          if (
            each.date >= from &&
            each.date <= through &&
            (each.debit === account || each.credit === account)
          )
            yield { ...each, account, amount: text(signed(each, account)), memo: '' };
    },
    read: async (ids) =>
      ids.map((id) => {
        const found = entries.find((each) => each.id === id && each.kind === 'JournalEntry');
        if (!found) return { outcome: 'deleted' as const, id };
        const { number, date, debit, credit, cents: amount } = found;
        const line = { amount: text(amount) };
        return {
          ...{ outcome: 'present' as const, id, version: '0', number, date, memo: '' },
          lines: [
            { ...line, side: 'debit' as const, account: debit },
            { ...line, side: 'credit' as const, account: credit },
          ],
        };
      }),
  };
}

const journalOf = ({ id, date }: Entry): OwnJournal => ({
  ...{ id: `journal of ${id}`, number: `INV-${id}`, kind: 'activity', status: 'posted', date },
  ...{ forDate: undefined, reverses: undefined, sums: sumsOf([]), lines: [], contentHash: undefined },
  delivery: {
    ...{ status: 'posted', bookedOn: date, attempts: 1, externalId: id, reason: undefined },
    ...{ isTakenBack: false, parked: undefined },
  },
});

/** What the comparison makes of it: sums of each transaction on each account. */
function shown({ activity, from, balances, before, entries }: BooksStatement) {
  const sums = new Map<string, bigint>();
  for (const { account, kind, id, date, number, amount } of activity) {
    const key = [account, kind, id, date, number ?? ''].join(' ');
    sums.set(key, (sums.get(key) ?? 0n) + amount);
  }
  return {
    ...{ from, balances, before, entries: new Map([...entries].sort()) },
    activity: [...sums]
      .filter(([, amount]) => amount !== 0n)
      .map(([key, amount]) => `${key}: ${amount}`)
      .sort(),
  };
}

/** What every account comes to, and what it does behind the close. */
function totals({ activity, balances, before }: BooksStatement) {
  const sums = new Map<string, bigint>();
  for (const { account, date, amount } of activity)
    for (const key of date <= CLOSED ? [account, `${account} behind`] : [account])
      sums.set(key, (sums.get(key) ?? 0n) + amount);
  return { balances, before, sums: [...sums].filter(([, sum]) => sum !== 0n).sort() };
}

interface Reading {
  readonly on: BooksStatement;
  readonly whole: BooksStatement;
  /** First day of the rows that were asked for. */
  readonly from: string | undefined;
  readonly behind: Behind;
  readonly own: ReadonlySet<string>;
}

/** Closes, lets somebody act in the books, and reads them both ways. */
async function readAfter(entries: readonly Entry[], later: readonly Entry[]): Promise<Reading> {
  const journals = entries.filter(({ id }) => id.startsWith('own-')).map(journalOf);
  const question = { accounts: ACCOUNTS, journals, currency: 'USD' };
  const own = deliveredIds(journals);
  const behind = behindOf(await readBooks(booksOf(entries), { ...question, asOf: CLOSED }), own);
  const books = booksOf(later);
  const on = await readBooks(books, { ...question, asOf: AS_OF, behind });
  const [from] = books.spans;
  return { on, whole: await readBooks(booksOf(later), { ...question, asOf: AS_OF }), from, behind, own };
}

function afterAct(
  entries: readonly Entry[],
  { at, what, entry: added }: typeof act extends fc.Arbitrary<infer T> ? T : never,
) {
  const target = entries[at % entries.length];
  if (what === 'add' || !target) return [...entries, added];
  if (what === 'delete') return entries.filter((each) => each !== target);
  const change =
    what === 'amount'
      ? { cents: added.cents }
      : what === 'account'
        ? { debit: added.debit }
        : what === 'redate'
          ? { date: added.date }
          : {};
  return entries.map((each) => (each === target ? { ...each, ...change } : each));
}

describe('reading on from a close', () => {
  it('adds up to the same as a whole reading, and shows the same but for what came to nothing behind the close', () =>
    fc.assert(
      fc.asyncProperty(others, ours, act, async (foreign, own, done) => {
        const entries = [...foreign, ...own];
        const { on, whole, from, behind, own: ids } = await readAfter(entries, afterAct(entries, done));
        expect(totals(on)).toEqual(totals(whole));
        if (from === '2026-04-01' && !isConfirmed(behind, behindOf(whole, ids))) return;
        expect(shown(on)).toEqual(shown(whole));
      }),
      { numRuns: 400 },
    ));

  const own: Entry = {
    ...{ id: 'own-0', kind: 'JournalEntry', number: 'INV-own-0', date: '2026-03-01' },
    ...{ debit: 'stock', credit: 'billed', cents: 10_000 },
  };
  const expense = (id: string, cents: number): Entry => ({
    ...{ id, kind: 'Purchase', number: undefined, date: '2026-03-15', debit: 'stock', credit: 'bank', cents },
  });

  it('asks for no row behind the close while nobody changes anything there, and for all of them when somebody does', async () => {
    const entries = [own, expense('other-0', 500)];
    expect((await readAfter(entries, entries)).from).toBe('2026-04-01');
    expect((await readAfter(entries, [{ ...own, cents: 9_000 }, expense('other-0', 500)])).from).toBe(
      '2026-04-01',
    );
    expect((await readAfter(entries, [own, expense('other-0', 501)])).from).toBe('2026-03-01');
    expect((await readAfter(entries, [own])).from).toBe('2026-03-01');
  });

  it('cannot see what comes to nothing on every account together; a whole reading does, and says so', async () => {
    const entries = [own, expense('other-0', 500), expense('other-1', 700)];
    const {
      from,
      behind,
      whole,
      own: ids,
    } = await readAfter(entries, [own, expense('other-0', 700), expense('other-1', 500)]);
    expect(from).toBe('2026-04-01');
    expect(isConfirmed(behind, behindOf(whole, ids))).toBe(false);
    const same = await readAfter(entries, entries);
    expect(isConfirmed(same.behind, behindOf(same.whole, ids))).toBe(true);
  });

  it('an account more or less, an earlier first journal, or the closed day itself has all of it read', async () => {
    const question = { accounts: ACCOUNTS, journals: [journalOf(own)], currency: 'USD' };
    const behind = behindOf(
      await readBooks(booksOf([own]), { ...question, asOf: CLOSED }),
      new Set(['own-0']),
    );
    const spanOf = async (given: Partial<typeof question>, asOf = AS_OF) => {
      const books = booksOf([own]);
      await readBooks(books, { ...question, ...given, asOf, behind });
      return books.spans;
    };
    expect(await spanOf({})).toEqual(['2026-04-01']);
    const bank: TiedAccount = { account: 'bank', roles: ['in_transit'], standing: 'own', takesBills: [] };
    expect(await spanOf({ accounts: [...ACCOUNTS, bank] })).toEqual(['2026-03-01']);
    expect(await spanOf({ accounts: ACCOUNTS.filter(({ account }) => account !== 'cost') })).toEqual([
      '2026-03-01',
    ]);
    const earlier = journalOf({ ...own, id: 'own-9', date: '2026-02-20' });
    expect(await spanOf({ journals: [journalOf(own), earlier] })).toEqual(['2026-02-20']);
    expect(await spanOf({}, CLOSED)).toEqual(['2026-03-01']);
  });
});
