// Late differences that cancel out before they are booked: no journal speaks of them, and every account stands as before.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJournals } from '../../../src/core/journals/document.ts';
import { type BookableEntry, draftJournals } from '../../../src/core/journals/draft.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals, reverseJournal } from '../../../src/core/journals/lifecycle.ts';
import { netted } from '../../../src/core/journals/netting.ts';
import { closePeriod } from '../../../src/core/journals/periods.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { type Bookkeeping, type EntryGiven, noon, openBookkeeping } from './bookkeeping.ts';
import { booksOf, entry, NOTHING_BOOKED } from './company.ts';

const late = (amount: bigint, cause: string, given: Partial<BookableEntry> = {}) =>
  entry('receipt', 'inventory', 'received_not_billed', '0.00', {
    ...{ amount: amount as Money, step: 'receipt 1', day: '2026-03-10', postingDay: cause },
    ...given,
  });
const days = (entries: readonly BookableEntry[]) => netted(entries).map(({ postingDay }) => postingDay);

describe('entries that come to nothing are booked on the day of the last of them', () => {
  test('two that cancel', () => {
    expect(days([late(5n, '2026-04-05'), late(-5n, '2026-04-08')])).toEqual(['2026-04-08', '2026-04-08']);
  });
  test('three, and one that comes after them stays', () => {
    const given = [
      late(5n, '2026-04-05'),
      late(-3n, '2026-04-06'),
      late(-2n, '2026-04-08'),
      late(7n, '2026-04-09'),
    ];
    expect(days(given)).toEqual(['2026-04-08', '2026-04-08', '2026-04-08', '2026-04-09']);
  });
  test.each<[string, BookableEntry[]]>([
    ['what does not cancel', [late(5n, '2026-04-05'), late(-4n, '2026-04-08')]],
    ['another step', [late(5n, '2026-04-05'), late(-5n, '2026-04-08', { step: 'receipt 2' })]],
    ['another account', [late(5n, '2026-04-05'), late(-5n, '2026-04-08', { credit: { role: 'opening' } })]],
    ['another place', [late(5n, '2026-04-05'), late(-5n, '2026-04-08', { location: 'SHOP' })]],
    ['another day', [late(5n, '2026-04-05'), late(-5n, '2026-04-08', { day: '2026-03-11' })]],
    ['another order', [late(5n, '2026-04-05'), late(-5n, '2026-04-08', { reference: '1001' })]],
    ['what is on its own day', [late(5n, '2026-03-10'), late(-5n, '2026-04-08')]],
  ])('but not %s', (_what, given) => {
    expect(days(given)).toEqual(given.map(({ postingDay }) => postingDay));
  });
});

test('I9, I10: netting changes no account at the end and books nothing before its cause', () => {
  const given = fc.array(
    fc.record({
      amount: fc.integer({ min: -2, max: 2 }).map(BigInt),
      cause: fc.integer({ min: 1, max: 4 }),
      step: fc.constantFrom('a', 'b'),
      credit: fc.constantFrom('received_not_billed' as const, 'opening' as const),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(given, (facts) => {
      let last = 1;
      const entries = facts.map(({ amount, cause, step, credit }) => {
        last = Math.max(last, cause);
        return late(amount, `2026-04-0${last}`, { step, credit: { role: credit } });
      });
      const moved = netted(entries);
      expect(moved.map(({ id }) => id)).toEqual(entries.map(({ id }) => id));
      for (const [index, each] of moved.entries())
        expect(each.postingDay >= (entries[index]?.postingDay ?? '')).toBe(true);
      expect(netted(moved)).toEqual(moved);
      const before = draftJournals(entries, booksOf(), NOTHING_BOOKED).journals;
      const after = draftJournals(moved, booksOf(), NOTHING_BOOKED).journals;
      expect(balances(after)).toEqual(balances(before));
    }),
    { numRuns: 500 },
  );
});

function balances(journals: ReturnType<typeof draftJournals>['journals']): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  for (const { account, side, amount } of journals.flatMap(({ lines }) => lines))
    sums[account] = (sums[account] ?? 0n) + (side === 'debit' ? amount : -amount);
  return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0n));
}

describe('on a real database, after a close', () => {
  let company: Bookkeeping;
  beforeAll(async () => {
    company = await openBookkeeping();
  });
  afterAll(() => company.close());

  const books = booksOf();
  const STEP = '00000000-0000-4000-8000-00000000000a';
  const receipt = (amount: number, cause: string): EntryGiven => ({
    ...{ kind: 'receipt', debit: 'inventory', credit: 'received_not_billed', day: '2026-03-10' },
    ...{ amount, cause, step: STEP, isCorrection: true },
  });
  const journals = async () =>
    (await readJournals(company.database.pool, { withSources: true })).filter(
      ({ kind }) => kind === 'correction',
    );
  const redraft = (day: string) => redraftJournals(company.database, books, { now: noon(day) });
  const bookAll = async (day: string) => {
    const { drafts } = await redraft(day);
    const answers = await approveJournals(
      company.database,
      drafts.map(({ id }) => ({ id })),
      { by: 'Ada', now: noon(day) },
    );
    expect(answers.every(({ outcome }) => outcome === 'approved')).toBe(true);
    await company.database.pool.query(`update journal set status = 'posted'`);
    return drafts;
  };

  test('I10: a late bill and its void make no corrections; what else is corrected shows both of them', async () => {
    await company.book({ ...receipt(1000, '2026-03-10'), isCorrection: false });
    await bookAll('2026-04-02');
    const certificate = async () => ({});
    const close = { through: '2026-03-31', by: 'Ada', now: noon('2026-04-02'), certificate };
    expect(await closePeriod(company.database, books, close)).toMatchObject({ outcome: 'closed' });
    const [plus] = await company.book(receipt(50, '2026-04-05'));
    await redraft('2026-04-06');
    expect(await journals()).toMatchObject([{ number: 'COR-20260310-1', date: '2026-04-05' }]);
    const [minus] = await company.book(receipt(-50, '2026-04-08'));
    expect((await redraft('2026-04-09')).drafts).toEqual([]);
    await company.book(receipt(7, '2026-04-08'));
    await redraft('2026-04-09');
    const [correction, ...more] = await journals();
    expect(more).toEqual([]);
    expect(correction).toMatchObject({ date: '2026-04-08', forDate: '2026-03-10' });
    expect(correction?.lines).toMatchObject([{ amount: '0.07' }, { amount: '0.07' }]);
    const parts = correction?.lines[0]?.sources?.map(({ entry: id, amount }) => `${id} ${amount}`);
    expect(parts?.slice(0, 2)).toEqual([`${plus} 0.50`, `${minus} -0.50`]);
    await bookAll('2026-04-09');
    expect(await company.balance('inventory')).toBe(1_007n);
  });

  test('I9: one that is booked already is taken back by its opposite', async () => {
    await company.book(receipt(30, '2026-04-10'));
    await bookAll('2026-04-11');
    await company.book(receipt(-30, '2026-04-12'));
    expect(await bookAll('2026-04-13')).toMatchObject([{ date: '2026-04-12' }]);
    expect(await company.balance('inventory', '2026-04-11')).toBe(1_037n);
    expect(await company.balance('inventory')).toBe(1_007n);
  });

  test('I9: what was taken back is booked anew against its reversal, though another entry would cancel it', async () => {
    await company.book(receipt(20, '2026-04-14'));
    const [first] = await bookAll('2026-04-15');
    await company.book(receipt(-20, '2026-04-16'));
    const why = { by: 'Ada', why: 'wrong class', now: noon('2026-04-18') };
    expect(await reverseJournal(company.database, books, first?.id ?? '', why)).toMatchObject({
      outcome: 'reversed',
      date: '2026-04-14',
    });
    await bookAll('2026-04-19');
    expect(await company.balance('inventory', '2026-04-15')).toBe(1_027n);
    expect(await company.balance('inventory')).toBe(1_007n);
  });
});
