// Approval takes only what the present rules drafted: whoever changes an account never finds the old one in the books (I10: what
// is approved cannot be changed any more).
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { readJournals } from '../../../src/core/journals/document.ts';
import { redraftJournals } from '../../../src/core/journals/drafts.ts';
import { approveJournals } from '../../../src/core/journals/lifecycle.ts';
import { takeRules } from '../../../src/core/journals/rules-taken.ts';
import { type Bookkeeping, noon, openBookkeeping } from './bookkeeping.ts';
import { booksOf, EVERY_ACCOUNT } from './company.ts';

let company: Bookkeeping;
beforeAll(async () => {
  company = await openBookkeeping();
});
afterAll(() => company.close());

const now = noon('2026-04-20');
const old = booksOf();
const changed = booksOf({ accounts: { ...EVERY_ACCOUNT, inventory: '4711' } });

let day = 0;
/** The draft of a day of its own, made by the old rules. */
let id = '';
beforeEach(async () => {
  await company.database.pool.query('delete from drafting_rules');
  day += 1;
  await company.book({
    kind: 'sale',
    debit: 'cost_of_goods_sold',
    credit: 'inventory',
    amount: 100,
    day: `2026-03-${10 + day}`,
  });
  const { drafts } = await redraftJournals(company.database, old, { now, takenBy: 'journal draft (Ada)' });
  id = drafts.at(-1)?.id ?? '';
});

const approved = async (rules: typeof old) =>
  (await approveJournals(company.database, [{ id }], { by: 'Ada', now, rules }))[0];
const accounts = async () =>
  (await readJournals(company.database.pool, { ids: [id] }))[0]?.lines.map(({ account }) => account);

test('a draft is refused once the block was changed, though nobody took the new rules yet; drafted anew it is approved', async () => {
  expect(await approved(changed)).toMatchObject({
    outcome: 'outdated',
    reason: expect.stringMatching(
      /^drafted by other rules .*journal draft \(Ada\) took the last ones.*`stockbridge journal draft`/,
    ),
  });
  expect((await readJournals(company.database.pool, { ids: [id] }))[0]?.status).toBe('draft');
  await redraftJournals(company.database, changed, { now, takenBy: 'journal draft (Ada)' });
  expect(await approved(changed)).toMatchObject({ outcome: 'approved' });
  expect(await accounts()).toContain('4711');
});

test('a draft is refused while the new rules were taken and it is not drafted anew', async () => {
  await company.database.transaction((client) => takeRules(client, changed, { by: 'the hub', now }));
  expect(await approved(changed)).toMatchObject({ outcome: 'outdated' });
});

test('whoever still goes by rules that were replaced approves nothing, also not what the new ones drafted', async () => {
  await redraftJournals(company.database, changed, { now, takenBy: 'journal draft (Ada)' });
  expect(await approved(old)).toMatchObject({ outcome: 'outdated' });
});

test('a draft that the new rules make the same again is theirs', async () => {
  const same = booksOf({ accounts: { ...EVERY_ACCOUNT, scrap: '4711' } });
  const made = async () =>
    (await company.database.pool.query('select draft_hash from journal where id = $1', [id])).rows;
  const before = await made();
  await redraftJournals(company.database, same, { now, takenBy: 'journal draft (Ada)' });
  expect(await made()).toEqual(before);
  expect(await approved(same)).toMatchObject({ outcome: 'approved' });
});

test('a draft is refused once an item was given another cost group; drafted anew it has the group’s account', async () => {
  const grouped = booksOf({ rules: [{ role: 'inventory', group: 'tea', account: '1311' }] });
  const costing = (csv: string) => importCatalog(company.database.pool, 'costing', csv);
  await redraftJournals(company.database, grouped, { now, takenBy: 'journal draft (Ada)' });
  await costing('sku,weight\nTEE,1\n');
  await costing('sku,group\nTEE,tea\n');
  expect(await approved(grouped)).toMatchObject({
    outcome: 'outdated',
    reason: expect.stringMatching(
      /^drafted before items were given another cost group; `stockbridge journal draft`/,
    ),
  });
  expect(await approved(old)).toMatchObject({ reason: expect.stringMatching(/^drafted by other rules/) });
  await redraftJournals(company.database, grouped, { now, takenBy: 'journal draft (Ada)' });
  // what decides no account, and what says the same again, changes no draft
  await costing('sku,group,weight\nTEE,tea,2\n');
  expect(await approved(grouped)).toMatchObject({ outcome: 'approved' });
  expect(await accounts()).toContain('1311');
});

test('what is approved already stays so, whatever the rules are', async () => {
  expect(await approved(old)).toMatchObject({ outcome: 'approved' });
  expect(await approved(changed)).toMatchObject({ outcome: 'already' });
});
