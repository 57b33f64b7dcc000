// A mapping that is changed, or an item that is given another cost group, leaves what was booked on closed days where it is; it
// neither asks for closed history to be taken back nor keeps a later month from closing (I9, I10).
import { beforeEach, expect, test } from 'vitest';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals, markPosted } from '../../../src/core/journals/lifecycle.ts';
import type { Books } from '../../../src/core/journals/rules.ts';
import { closeWithCertificate, hindrancesTo } from '../../../src/core/tieout/close.ts';
import { tieOutCompany } from '../../../src/core/tieout/read.ts';
import { type Bookkeeping, noon, openBookkeeping } from '../journals/bookkeeping.ts';
import { booksOf, EVERY_ACCOUNT } from '../journals/company.ts';

let company: Bookkeeping;
beforeEach(async () => {
  company = await openBookkeeping();
  await company.database.pool.query(
    `insert into books (currency, time_zone, framework, system) values ('USD', 'America/New_York', 'us_gaap', 'perpetual')`,
  );
  return () => company.close();
});

const before = booksOf();
const sale = (amount: number, day: string) =>
  company.book({ kind: 'sale', debit: 'cost_of_goods_sold', credit: 'inventory', amount, day });

async function bookAll(books: Books, day: string): Promise<void> {
  const now = noon(day);
  const { drafts } = await redraftJournals(company.database, books, { now });
  const ids = drafts.map(({ id }) => id);
  await approveJournals(
    company.database,
    ids.map((id) => ({ id })),
    { by: 'Ada', now },
  );
  await markPosted(company.database.pool, ids, now);
}
const close = (books: Books, through: string, day: string) =>
  closeWithCertificate(company.database, books, {
    ...{ through, by: 'Ada', now: noon(day), company: null, asked: undefined },
  });
/** Account, ledger, journals, and the kinds of what lies between them. */
const tied = async (books: Books, asOf: string) =>
  (await tieOutCompany(company.database, books, { asOf, now: noon('2026-05-03') })).accounts
    .filter(({ ledger, journals }) => ledger !== 0n || journals !== 0n)
    .map(({ account, ledger, journals, differences, isSettled }) => [
      ...[account, Number(ledger), Number(journals), isSettled],
      ...differences.map(({ kind, document, amount }) => `${kind} ${document} ${amount}`),
    ]);

test('I10: a month closes after the mapping of an earlier, closed one was changed; what is open is still asked for', async () => {
  const after = booksOf({ accounts: { ...EVERY_ACCOUNT, cost_of_goods_sold: '5010' } });
  await sale(300, '2026-03-10');
  await sale(100, '2026-03-11');
  await bookAll(before, '2026-04-02');
  expect(await close(before, '2026-03-31', '2026-04-02')).toMatchObject({ outcome: 'closed' });
  await sale(50, '2026-04-10');
  await bookAll(after, '2026-05-02');
  expect(await tied(after, '2026-04-30')).toEqual([
    ['inventory', -450, -450, true],
    ['5010', 450, 50, true, 'mapped_then journals through 2026-03-31 -400'],
    ['cost_of_goods_sold', 0, 400, true, 'mapped_then journals through 2026-03-31 400'],
  ]);
  expect(await close(after, '2026-04-30', '2026-05-03')).toMatchObject({ outcome: 'closed' });
  await sale(7, '2026-05-01');
  await bookAll(before, '2026-05-02');
  expect(
    (
      await hindrancesTo(company.database, after, {
        through: '2026-05-01',
        now: noon('2026-05-03'),
        asked: undefined,
      })
    ).map(({ kind }) => kind),
  ).toEqual(['mapped_elsewhere', 'mapped_elsewhere']);
});

test('I10: a month closes after an item was given another cost group', async () => {
  const books = booksOf({
    rules: [{ role: 'inventory', group: 'tea', account: '1311' }],
  });
  await sale(300, '2026-03-10');
  await bookAll(books, '2026-04-02');
  expect(await close(books, '2026-03-31', '2026-04-02')).toMatchObject({ outcome: 'closed' });
  await importCatalog(company.database.pool, 'costing', 'sku,group\nTEE,tea\n');
  await sale(50, '2026-04-10');
  await bookAll(books, '2026-05-02');
  expect(await tied(books, '2026-04-30')).toContainEqual([
    ...['1311', -350, -50, true, 'mapped_then journals through 2026-03-31 300'],
  ]);
  expect(await close(books, '2026-04-30', '2026-05-03')).toMatchObject({ outcome: 'closed' });
});
