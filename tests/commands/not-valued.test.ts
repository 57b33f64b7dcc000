// I9: while an item is not valued nothing is called equal, and whoever drafts or approves is told which item it is.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Accountant, openAccountant } from '../e2e/accountant.ts';

let accountant: Accountant;
beforeAll(async () => {
  accountant = await openAccountant({ inBooks: false });
  await accountant.move('receipt', '2026-03-10', 20, '5');
  await accountant.bookAll();
  await accountant.type('journal', 'posted', 'INV-20260310-1');
});
afterAll(() => accountant.stop());
beforeEach(async () => {
  await accountant.world.database.pool.query('delete from valuation_stale');
});

/** SKU-1 failed, and is tried again in an hour; or it is behind, because somebody else is at it. */
const behind = (failure: string | null, from = '2026-03-20T12:00:00Z') =>
  accountant.world.database.pool.query(
    `insert into valuation_stale (item_id, from_at, attempts, failure, retry_at)
     values ($1, $2, 3, $3, clock_timestamp() + interval '1 hour')`,
    [accountant.world.items[0], from, failure],
  );
const tieout = (asOf = '2026-03-31') => accountant.type('tieout', '--as-of', asOf);

it('I9: tieout is equal when all is valued, and not while an item waits to be tried again', async () => {
  expect(await tieout()).toMatchObject({ code: 0, text: expect.stringContaining('not asked: equal\n') });
  await behind('no rate for EUR');
  const { code, text } = await tieout();
  expect(code).toBe(1);
  expect(text).toContain(
    'NOT SETTLED; 1 item is not valued\n1 item could not be valued (SKU-1): no rate for EUR;',
  );
  const told = await accountant.ask('tieout', '--as-of', '2026-03-31');
  expect(told).toMatchObject({
    ...{ code: 1, itemsNotValued: 1, itemsBehind: 0 },
    notValued: { failed: [{ sku: 'SKU-1', reason: 'no rate for EUR' }], behind: [] },
  });
});

it('I9: an item that is merely behind is told apart, and one that is behind on later days is another day’s matter', async () => {
  await behind(null);
  expect(await tieout()).toMatchObject({
    code: 1,
    text: expect.stringContaining('1 item is not valued up to the ledger yet (SKU-1).'),
  });
  expect(await tieout('2026-03-15')).toMatchObject({ code: 0, text: expect.stringContaining('equal\n') });
});

it('draft and approve name what is not valued, and so in no journal', async () => {
  await accountant.move('receipt', '2026-03-11', 1, '5');
  await accountant.type('journal', 'draft');
  await behind('no rate for EUR');
  const draft = await accountant.type('journal', 'draft');
  expect(draft).toMatchObject({
    code: 1,
    text: expect.stringContaining('  warning: 1 item could not be valued (SKU-1): no rate for EUR'),
  });
  // of a later day: it is no part of what is approved
  expect((await accountant.type('journal', 'approve', '--through', '2026-03-12')).text).not.toContain(
    'SKU-1',
  );
  await accountant.move('receipt', '2026-03-22', 1, '5');
  await accountant.world.database.pool.query('delete from valuation_stale');
  await accountant.type('journal', 'draft');
  await behind('no rate for EUR');
  const approved = await accountant.type('journal', 'approve', 'INV-20260322-1');
  expect(approved).toMatchObject({
    code: 0,
    text: expect.stringMatching(/approved, 5.00.*\nleft out: 1 item could not be valued \(SKU-1\)/),
  });
  const through = await accountant.ask('journal', 'approve', '--through', '2026-03-31');
  expect(Object.values(through)).toContainEqual(expect.objectContaining({ why: 'not_valued' }));
});
