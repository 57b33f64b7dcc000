// Whatever comes in whatever order — entries, late differences, approvals, reversals, closings — the books tie to the entries
// to the cent (I9), approved journals stay, and closed days do not move (I10). On a real database, with a printed seed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayAfter } from '../../../src/core/journals/calendar.ts';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { effectOf } from '../../../src/core/journals/effect.ts';
import {
  approveJournals,
  contentHashOf,
  markPosted,
  reverseJournal,
} from '../../../src/core/journals/lifecycle.ts';
import { closePeriod } from '../../../src/core/journals/periods.ts';
import type { Books } from '../../../src/core/journals/rules.ts';
import type { AccountRole, CostKind } from '../../../src/core/vocabulary/words.ts';
import { type Bookkeeping, noon, openBookkeeping } from './bookkeeping.ts';
import { accountsWithout, booksOf } from './company.ts';

const KINDS: readonly (readonly [CostKind, AccountRole, AccountRole])[] = [
  ['receipt', 'inventory', 'received_not_billed'],
  ['sale', 'cost_of_goods_sold', 'inventory'],
  ['transfer', 'in_transit', 'inventory'],
  ['transfer', 'inventory', 'inventory'],
  ['bill', 'received_not_billed', 'payable'],
  ['landed_cost', 'inventory', 'landed_clearing'],
  ['adjustment', 'adjustment', 'inventory'],
  ['write_down', 'write_down_expense', 'write_down_allowance'],
];

type Act =
  | { readonly act: 'add'; readonly kind: number; readonly amount: number; readonly daysAgo: number }
  | { readonly act: 'wait'; readonly days: number }
  | { readonly act: 'book' }
  | { readonly act: 'reverse'; readonly which: number }
  | { readonly act: 'close'; readonly daysAgo: number };

const add = fc.record({
  act: fc.constant('add' as const),
  kind: fc.nat(KINDS.length - 1),
  amount: fc.integer({ min: -5_000, max: 5_000 }),
  daysAgo: fc.nat(40),
});
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: add },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 20 }) }),
    },
    { weight: 3, arbitrary: fc.constant({ act: 'book' as const }) },
    { weight: 2, arbitrary: fc.record({ act: fc.constant('reverse' as const), which: fc.nat(20) }) },
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('close' as const), daysAgo: fc.integer({ min: 1, max: 30 }) }),
    },
  ),
  { minLength: 8, maxLength: 24 },
);

const rulesOf = fc
  .record({
    system: fc.constantFrom('perpetual', 'periodic'),
    grain: fc.constantFrom('day', 'month'),
    bills: fc.boolean(),
  })
  .map(({ system, grain, bills }) =>
    booksOf({
      system,
      journal: { grain, linesMax: 4 },
      ...(!bills && { accounts: accountsWithout('payable') }),
    }),
  );

/** Over all histories; without any the test would say nothing of closed days. */
let closes = 0;

test('I9, I10: any history', async () => {
  await fc.assert(
    fc.asyncProperty(acts, rulesOf, async (history, books) => {
      const company = await openBookkeeping();
      try {
        await live(company, books, history);
      } finally {
        await company.close();
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
  expect(closes).toBeGreaterThan(0);
}, 120_000);

async function live(company: Bookkeeping, books: Books, history: readonly Act[]): Promise<void> {
  const { pool } = company.database;
  let today = '2026-03-15';
  let closed: { through: string; balances: unknown } | undefined;
  const approved = new Map<string, string>();
  const bookAll = async () => {
    const now = noon(today);
    const { drafts, stopped } = await redraftJournals(company.database, books, { now });
    expect(stopped).toEqual([]);
    const ids = drafts.map(({ id }) => id);
    const answers = await approveJournals(
      company.database,
      ids.map((id) => ({ id })),
      { by: 'Ada', now },
    );
    expect(answers.every(({ outcome }) => outcome === 'approved')).toBe(true);
    await markPosted(pool, ids, now);
  };
  const holds = async () => {
    for (const journal of await readJournals(pool, { statuses: ['approved', 'posted'] })) {
      const hash = contentHashOf(journal).toString('hex');
      expect(approved.get(journal.id) ?? hash).toBe(hash);
      approved.set(journal.id, hash);
    }
    expect(await balances(company)).toEqual(await effects(company, books, true));
    if (closed) expect(await balances(company, closed.through)).toEqual(closed.balances);
  };

  for (const act of history) {
    const now = noon(today);
    if (act.act === 'wait') for (let day = 0; day < act.days; day += 1) today = dayAfter(today);
    else if (act.act === 'add') {
      const [kind, debit, credit] = KINDS[act.kind] ?? KINDS[0] ?? ['sale', 'scrap', 'scrap'];
      await company.book({
        kind,
        debit,
        credit,
        amount: act.amount,
        day: before(today, act.daysAgo),
        cause: today,
      });
    } else if (act.act === 'book') await bookAll();
    else if (act.act === 'reverse') {
      const journals = await readJournals(pool, { statuses: ['posted'] });
      const journal = journals[act.which % Math.max(1, journals.length)];
      if (journal) {
        const answer = await reverseJournal(company.database, books, journal.id, {
          by: 'Ada',
          why: 'test',
          now,
        });
        if (answer.outcome === 'reversed') await markPosted(pool, [answer.id], now);
      }
    } else {
      // Sometimes everything is booked first, so that a good part of the closes go through.
      if (act.daysAgo % 4 > 0) await bookAll();
      const isMonthly = books.system === 'periodic' || books.journal.grain === 'month';
      const through = isMonthly ? before(`${today.slice(0, 7)}-01`, 1) : before(today, act.daysAgo);
      const request = { through, by: 'Ada', now, certificate: async () => ({}) };
      if ((await closePeriod(company.database, books, request)).outcome === 'closed')
        closed = { through, balances: await balances(company, through) };
      if (closed?.through === through) closes += 1;
    }
    await holds();
  }

  today = '2026-12-31';
  await bookAll();
  await holds();
  expect(await balances(company)).toEqual(await effects(company, books, false));
}

const before = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);

/** What the accounts stand at by approved journals, in cents; those at zero are left out. */
async function balances({ database }: Bookkeeping, through = '9999-12-31'): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ account: string; sum: string }>(
    `select l.account, sum(case when l.side = 'debit' then l.amount else -l.amount end)::text as sum
     from journal_line l join journal j on j.id = l.journal_id where j.status <> 'draft' and j.posting_date <= $1 group by 1`,
    [through],
  );
  return nonZero(rows.map(({ account, sum }) => [account, BigInt(sum)]));
}

/** The same straight from the entries: those in approved journals, or all. */
async function effects(
  { database }: Bookkeeping,
  books: Books,
  bookedOnly: boolean,
): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{
    kind: CostKind;
    debit: AccountRole;
    credit: AccountRole;
    amount: string;
  }>(
    `select e.kind, e.debit, e.credit, e.amount::text from cost_entry e left join journal j on j.id = e.journal_id
     where not $1 or j.status <> 'draft'`,
    [bookedOnly],
  );
  return nonZero(
    rows.flatMap((row): [string, bigint][] => {
      const { when, debit, credit } = effectOf(row, books);
      return when === 'never'
        ? []
        : [
            [debit, BigInt(row.amount)],
            [credit, -BigInt(row.amount)],
          ];
    }),
  );
}

function nonZero(amounts: readonly (readonly [string, bigint])[]): Record<string, string> {
  const sums = new Map<string, bigint>();
  for (const [account, amount] of amounts) sums.set(account, (sums.get(account) ?? 0n) + amount);
  return Object.fromEntries(
    [...sums].filter(([, sum]) => sum !== 0n).map(([account, sum]) => [account, sum.toString()]),
  );
}
