// What somebody does who looks for a way to book a thing twice, not at all, or under another one's name: drafts that change
// places, approvals, redrafts and closes at once, hostile text, numbers and amounts at their ends. On a real database.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import {
  approveJournals,
  contentHashOf,
  markPosted,
  previewJournals,
  reverseJournal,
} from '../../../src/core/journals/lifecycle.ts';
import { closePeriod, reopenLastPeriod } from '../../../src/core/journals/periods.ts';
import { type Bookkeeping, noon, openBookkeeping } from './bookkeeping.ts';
import { booksOf } from './company.ts';

let company: Bookkeeping;
beforeEach(async () => {
  company = await openBookkeeping();
});
afterEach(() => company.close());

const now = noon('2026-04-20');
const by = { by: 'Ada', now };
const books = booksOf();
const sale = (amount: number, day: string, cause = day) =>
  ({ kind: 'sale', debit: 'cost_of_goods_sold', credit: 'inventory', amount, day, cause }) as const;
const receipt = (amount: number, day: string, cause = day) =>
  ({ kind: 'receipt', debit: 'inventory', credit: 'received_not_billed', amount, day, cause }) as const;
const approveAll = (drafts: readonly { readonly id: string }[]) =>
  approveJournals(
    company.database,
    drafts.map(({ id }) => ({ id })),
    by,
  );
async function bookAll(rules = books, at = now): Promise<readonly { id: string; number: string }[]> {
  const { drafts } = await redraftJournals(company.database, rules, { now: at });
  await approveAll(drafts);
  await markPosted(
    company.database.pool,
    drafts.map(({ id }) => id),
    at,
  );
  return drafts;
}
const close = (through: string, at = now) =>
  closePeriod(company.database, books, { through, by: 'Ada', now: at, certificate: async () => ({}) });

test('a draft keeps its number and id when another one of its stem comes before it, and when that one is approved', async () => {
  await bookAll();
  await company.database.pool.query(
    `insert into period_closing (through, closed_by, certificate) values ('2026-03-31', 'Ada', '{}')`,
  );
  await company.book(sale(100, '2026-03-10', '2026-04-12'));
  const [first] = (await redraftJournals(company.database, books, { now })).drafts;
  expect(first).toMatchObject({ number: 'COR-20260310-1', date: '2026-04-12' });
  // Heard of earlier and valued later: it is booked before the other one.
  await company.book(sale(7, '2026-03-10', '2026-04-05'));
  const { drafts } = await redraftJournals(company.database, books, { now });
  expect(drafts.map(({ number, date }) => [number, date])).toEqual([
    ['COR-20260310-2', '2026-04-05'],
    ['COR-20260310-1', '2026-04-12'],
  ]);
  expect(drafts[1]?.id).toBe(first?.id);
  // Approving the second leaves the first what it was.
  await approveAll(drafts.slice(0, 1));
  const after = await redraftJournals(company.database, books, { now });
  expect(after.drafts).toEqual([first]);
});

test('the id of a draft that is gone never becomes that of something else', async () => {
  const orders = booksOf({ journal: { grain: 'order' } });
  await company.database.pool.query(
    `insert into period_closing (through, closed_by, certificate) values ('2026-03-31', 'Ada', '{}')`,
  );
  await company.book(sale(100, '2026-03-10', '2026-04-12'));
  const [gone] = (await redraftJournals(company.database, orders, { now })).drafts;
  // It comes to nothing, and another correction of the day is the first of its number.
  await company.book(sale(-100, '2026-03-10', '2026-04-12'), sale(3, '2026-03-10', '2026-04-14'));
  const [other] = (await redraftJournals(company.database, orders, { now })).drafts;
  expect(other).toMatchObject({ number: 'COR-20260310-1', date: '2026-04-14' });
  expect(other?.id).not.toBe(gone?.id);
  expect(await approveAll([gone ?? { id: '' }])).toMatchObject([{ outcome: 'unknown' }]);
});

test('I9: a closing of more lines than one journal takes is several that balance, and no entry is in two', async () => {
  const periodic = booksOf({ system: 'periodic', journal: { linesMax: 6 } });
  await company.book(
    receipt(10_000, '2026-02-10'),
    sale(3_000, '2026-02-11'),
    { kind: 'landed_cost', debit: 'inventory', credit: 'landed_clearing', amount: 70, day: '2026-02-12' },
    { kind: 'transfer', debit: 'in_transit', credit: 'inventory', amount: 900, day: '2026-02-13' },
    { kind: 'scrap', debit: 'scrap', credit: 'inventory', amount: 11, day: '2026-02-14' },
    { kind: 'output', debit: 'inventory', credit: 'work_in_progress', amount: 40, day: '2026-02-15' },
    { kind: 'consumption', debit: 'work_in_progress', credit: 'inventory', amount: 41, day: '2026-02-16' },
  );
  const drafts = await bookAll(periodic);
  expect(drafts.length).toBeGreaterThan(1);
  const journals = await readJournals(company.database.pool, { kinds: ['closing'], withSources: true });
  for (const { lines } of journals) expect(lines.length).toBeLessThanOrEqual(6);
  const homes = journals.flatMap(({ id, lines }) =>
    [...new Set(lines.flatMap(({ sources }) => (sources ?? []).map(({ entry }) => entry)))].map((entry) => [
      entry,
      id,
    ]),
  );
  expect(new Set(homes.map(([entry]) => entry)).size).toBe(homes.length);
  expect(homes).toHaveLength(7);
  expect(await company.balance('inventory')).toBe(10_000n - 3_000n + 70n - 900n - 11n + 40n - 41n);
});

test('I9: a journal of a closed month that is taken back leaves every month that closes afterwards as the entries are', async () => {
  await company.book(receipt(10_000, '2026-02-10'), sale(4_000, '2026-02-10', '2026-03-05'));
  const [journal] = await bookAll(books, noon('2026-03-10'));
  expect(await close('2026-02-28', noon('2026-03-11'))).toMatchObject({ outcome: 'closed' });
  const answer = await reverseJournal(company.database, books, journal?.id ?? '', { ...by, why: 'account' });
  expect(answer).toMatchObject({ outcome: 'reversed', date: '2026-04-20' });
  if (answer.outcome === 'reversed') await markPosted(company.database.pool, [answer.id], now);
  await bookAll();
  expect(await close('2026-03-31')).toMatchObject({ outcome: 'closed' });
  expect(await company.balance('inventory', '2026-03-31')).toBe(6_000n);
  await bookAll(books, noon('2026-04-21'));
  expect(await company.balance('inventory')).toBe(6_000n);
});

test('text from outside reaches the memo without breaking it', async () => {
  await company.book(sale(5, '2026-03-10'));
  const [draft] = await bookAll();
  const why = `\u0000</script>\u001b[31m "=cmd|'/c calc'!A1 ${'\u{1F600}'.repeat(3_000)}`;
  const answer = await reverseJournal(company.database, books, draft?.id ?? '', { ...by, why });
  expect(answer.outcome).toBe('reversed');
  const [reversal] = await readJournals(company.database.pool, { kinds: ['reversal'] });
  expect(reversal?.memo.length).toBeLessThanOrEqual(4_000);
  expect(reversal?.memo.isWellFormed()).toBe(true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  expect(reversal?.memo).not.toMatch(/[\u0000-\u001f]/);
  await company.database.pool.query(
    `insert into period_closing (through, closed_by, certificate) values ('2026-02-28', 'Ada', '{}')`,
  );
  expect(await reopenLastPeriod(company.database, { ...by, reason: why })).toMatchObject({
    outcome: 'reopened',
  });
});

test.each([
  ['JPY', 1234, '1234'],
  ['KWD', 1234, '1.234'],
])('amounts in %s have its own places', async (currency, amount, text) => {
  const rules = booksOf({ currency });
  await company.book(sale(amount, '2026-03-10'), sale(-2 * amount, '2026-03-11'));
  await bookAll(rules);
  const journals = await readJournals(company.database.pool);
  expect(journals.map(({ lines }) => [lines[0]?.account, lines[0]?.amount])).toEqual([
    ['cost_of_goods_sold', text],
    ['inventory', currency === 'JPY' ? '2468' : '2.468'],
  ]);
});

test('at once: two approvers, drafts made anew, a close and a valuation; each journal is approved once as it was seen', async () => {
  await company.book(...Array.from({ length: 12 }, (_, day) => sale(100, `2026-03-${10 + day}`)));
  await redraftJournals(company.database, books, { now });
  const seen = await previewJournals(company.database.pool);
  const approvals = seen.map(({ id, contentHash }) => ({ id, contentHash }));
  const other = sale(1, '2026-03-15');
  const [ada, eve, , , refused] = await Promise.all([
    approveJournals(company.database, approvals, { by: 'Ada', now, deliverTo: company.connectionId }),
    approveJournals(company.database, [...approvals].reverse(), {
      by: 'Eve',
      now,
      deliverTo: company.connectionId,
    }),
    redraftJournals(company.database, books, { now }),
    company.book(other).then(() => redraftJournals(company.database, books, { now })),
    close('2026-03-31'),
    redraftJournals(company.database, books, { now }),
  ]);
  expect(refused.outcome).toBe('refused');
  const outcomes = [...ada, ...eve].map(({ outcome }) => outcome);
  const approved = outcomes.filter((outcome) => outcome === 'approved').length;
  expect(approved).toBeGreaterThanOrEqual(11);
  const stored = await company.database.pool.query<{ id: string; hash: string }>(
    `select id, encode(content_hash, 'hex') as hash from journal where status = 'approved'`,
  );
  expect(stored.rows).toHaveLength(approved);
  const known = new Map(seen.map(({ id, contentHash }) => [id, contentHash]));
  for (const { id, hash } of stored.rows) expect(hash).toBe(known.get(id));
  for (const journal of await readJournals(company.database.pool, { statuses: ['approved'] }))
    expect(contentHashOf(journal).toString('hex')).toBe(known.get(journal.id));
  const { rows } = await company.database.pool.query<{ n: string }>(
    'select count(*) as n from journal_delivery d join journal j on j.id = d.journal_id',
  );
  expect(Number(rows[0]?.n)).toBe(approved);
  await bookAll();
  await markPosted(
    company.database.pool,
    seen.map(({ id }) => id),
    now,
  );
  expect(await company.balance('cost_of_goods_sold')).toBe(1_201n);
});
