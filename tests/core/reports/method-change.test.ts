// Another method from a day on: the value on hand is carried, and what may not change is refused.
import { afterEach, expect, test } from 'vitest';
import { changeMethod, type MethodChangeRequest } from '../../../src/core/reports/method-change.ts';
import { valueStandingOf } from '../../../src/core/reports/standing.ts';
import { stockValueOf } from '../../../src/core/reports/stock-value.ts';
import { syncCompany } from '../../../src/core/valuation/company.ts';
import { type BooksWorld, openBooksWorld, RULES } from '../valuation/books-world.ts';
import { moved } from './ledger-of-a-year.ts';

let world: BooksWorld | undefined;
afterEach(async () => world?.close());

async function opened(rules: Parameters<typeof openBooksWorld>[0] = {}): Promise<BooksWorld> {
  world = await openBooksWorld({ items: 2, ...rules });
  const [item = 0, other = 0] = world.items;
  await world.post(
    ...[item, other].flatMap((each, index) => [
      moved(world as BooksWorld, {
        day: '2026-01-05',
        id: `a${index}`,
        item: each,
        quantity: 10,
        from: '@supplier',
        to: 'LOOSE',
        unitCost: '1.00',
      }),
      moved(world as BooksWorld, {
        day: '2026-01-06',
        id: `b${index}`,
        item: each,
        quantity: 10,
        from: '@supplier',
        to: 'LOOSE',
        unitCost: '2.00',
      }),
      moved(world as BooksWorld, {
        day: '2026-02-10',
        id: `c${index}`,
        item: each,
        quantity: 10,
        from: 'LOOSE',
        to: '@customer',
      }),
    ]),
  );
  await world.value();
  return world;
}
const change = (own: BooksWorld, request: Partial<MethodChangeRequest>) =>
  changeMethod(own.database, { method: 'average', timing: 'perpetual', from: '2026-02-01', ...request });
const values = async (own: BooksWorld) =>
  (await stockValueOf(own.database, { asOf: '2026-02-28', by: 'item' })).rows.map(({ value }) => value);

test('for one item: only it is valued anew, and what was before the day stands', async () => {
  const own = await opened();
  expect(await values(own)).toEqual(['20.00', '20.00']);
  expect(await change(own, { sku: 'SKU-1' })).toEqual({
    outcome: 'changed',
    method: 'average',
    timing: 'perpetual',
    sku: 'SKU-1',
    from: '2026-02-01',
    before: { method: 'fifo', timing: 'perpetual' },
    items: 1,
  });
  const standing = await valueStandingOf(own.database);
  expect(standing).toMatchObject({ itemsStale: 1, itemsFailed: 0, batchesBehind: 0 });
  expect(standing.behind.items).toMatchObject([{ sku: 'SKU-1', from: '2026-02-01' }]);
  await own.value();
  expect(await values(own)).toEqual(['15.00', '20.00']);
  expect((await valueStandingOf(own.database)).methods).toEqual([
    { sku: null, method: 'fifo', timing: 'perpetual', from: null },
    { sku: 'SKU-1', method: 'average', timing: 'perpetual', from: '2026-02-01' },
  ]);
  for (const itemId of own.items) {
    const { stored, afresh } = await own.bothWays(itemId);
    expect(stored).toEqual(afresh);
  }
});

test('for the company: items with a method of their own keep it, and the configuration must follow', async () => {
  const own = await opened();
  await change(own, { sku: 'SKU-2', method: 'lifo', from: '2026-01-01' });
  expect(await change(own, {})).toMatchObject({ items: 1, sku: null });
  await own.value();
  expect(await values(own)).toEqual(['15.00', '10.00']);
  await expect(syncCompany(own.database, RULES)).rejects.toThrow(/costs by average/);
  await expect(syncCompany(own.database, { ...RULES, method: 'average' })).resolves.toBeDefined();
  await expect(
    syncCompany(own.database, { ...RULES, method: 'average', pool: 'item_location' }),
  ).rejects.toThrow(/books\.pool/);
});

test('the same again changes nothing; another one from the same day does not replace it', async () => {
  const own = await opened();
  await change(own, {});
  expect(await change(own, {})).toMatchObject({ outcome: 'unchanged', items: 0 });
  await expect(change(own, { method: 'lifo' })).rejects.toMatchObject({ code: 'key_conflict' });
});

test('a method that the framework forbids, or a timing that a method cannot have, is refused', async () => {
  const own = await opened({ rules: { framework: 'ifrs' } });
  await expect(change(own, { method: 'lifo' })).rejects.toThrow(/IFRS/);
  await expect(change(own, { method: 'fifo', timing: 'month' })).rejects.toThrow(/perpetual/);
  await expect(change(own, { timing: 'month', from: '2026-02-10' })).rejects.toThrow(/first of a month/);
  await expect(change(own, { sku: 'NONE' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(change(own, { from: '2026-02-31' })).rejects.toMatchObject({ code: 'argument_invalid' });
  expect((await valueStandingOf(own.database)).methods).toHaveLength(1);
});

test('I10: a day in a closed period is refused, the day after it is not', async () => {
  const own = await opened();
  await own.database.pool.query(
    `insert into period_closing (through, closed_by, certificate) values ('2026-01-31', 'ada', '{}')`,
  );
  await expect(change(own, { from: '2026-01-31' })).rejects.toThrow(/closed through 2026-01-31/);
  expect(await change(own, { from: '2026-02-01' })).toMatchObject({ outcome: 'changed' });
});
