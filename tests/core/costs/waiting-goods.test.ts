// Bills and landed costs without goods are named when they are imported and for as long as they wait, with their amounts.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { documentsIn } from '../../../src/commands/value/costs.ts';
import { waitingLines } from '../../../src/commands/value/text.ts';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { waitingForGoods } from '../../../src/core/costs/waiting-goods.ts';
import { valueStandingOf } from '../../../src/core/reports/standing.ts';
import { moved } from '../reports/ledger-of-a-year.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';

let world: BooksWorld;
let item = 0;
beforeEach(async () => {
  world = await openBooksWorld({ items: 2 });
  [item = 0] = world.items;
  await world.post(
    moved(world, {
      ...{ day: '2026-03-10', id: 'r1', item, quantity: 10, reference: 'PO 1', unitCost: '5.00' },
      ...{ from: '@supplier', to: 'LOOSE' },
    }),
  );
});
afterEach(() => world.close());

const notices = async (kind: 'bills' | 'landed' | 'costing', csv: string): Promise<string[]> => {
  const report = await importCatalog(world.database.pool, kind, csv);
  expect(report).toMatchObject({ applied: true, rejected: [] });
  return report.notices.map(({ line, column, notice }) => `${line} ${column}: ${notice}`);
};
const waiting = async (): Promise<string[]> => waitingLines(await waitingForGoods(world.database.pool));
const BILLS = 'bill,supplier,date,reference,sku,quantity,amount\n';
const LANDED = 'document,date,receipt,amount,by\n';

test.each([false, true])(
  'bills: what waits, and what is billed beyond what came (valued before: %s)',
  async (valued) => {
    if (valued) await world.value();
    expect(await notices('bills', `${BILLS}1,N,2026-03-12,PO 1,SKU-1,8,44.00\n`)).toEqual([]);
    const more = `${BILLS}2,N,2026-03-13,PO 1,SKU-1,4,24.00\n2,N,2026-03-13,PO 1,SKU-2,1,3.00\n2,N,2026-03-13,NOWHERE-9,SKU-1,3,9.00\n`;
    const said = [
      '2 quantity: 12 are billed under PO 1, but 10 came: 2 wait for goods',
      '3 reference: waits for goods under PO 1',
      '4 reference: waits for goods under NOWHERE-9',
    ];
    expect(await notices('bills', more)).toEqual(said);
    expect(await notices('bills', more), 'imported again, it is not counted twice').toEqual(said);
    expect(await waiting()).toEqual([
      'Waits for goods:',
      '  bill 2 of N of 2026-03-13: 3 SKU-1 for 9.00 USD, under NOWHERE-9',
      '  bill 2 of N of 2026-03-13: 2 SKU-1 for 12.00 USD, under PO 1',
      '  bill 2 of N of 2026-03-13: 1 SKU-2 for 3.00 USD, under PO 1',
    ]);
    expect(await notices('bills', `${BILLS}C1,N,2026-03-14,PO 1,SKU-1,-2,-12.00\n`)).toEqual([]);
    expect(await waiting()).not.toContain('  bill 2 of N of 2026-03-13: 2 SKU-1 for 12.00 USD, under PO 1');
    await world.value();
    expect((await valueStandingOf(world.database)).waiting).toHaveLength(2);
  },
);

test('a bill that names a delivery by its bare number is told the names that its goods came under', async () => {
  for (const [id, sku] of [
    ['receipt GRN-1 line 1', item],
    ['receipt GRN-12 line 1', item],
    ['receipt GRN-1 line 2', world.items[1] ?? 0],
  ] as const)
    await world.post(
      moved(world, { day: '2026-03-11', id, item: sku, quantity: 1, from: '@supplier', to: 'LOOSE' }),
    );
  expect(
    await notices('bills', `${BILLS}7,N,2026-03-12,GRN-1,SKU-1,1,5.00\n7,N,2026-03-12,GRN-1,SKU-2,1,5.00\n`),
  ).toEqual([
    '2 reference: waits for goods under GRN-1; did you mean receipt GRN-1 line 1?',
    '3 reference: waits for goods under GRN-1; did you mean receipt GRN-1 line 2?',
  ]);
  expect(await notices('bills', `${BILLS}8,N,2026-03-12,RN-1,SKU-1,1,5.00\n`)).toEqual([
    '2 reference: waits for goods under RN-1',
  ]);
});

test('landed costs: receipts that have not come, and weights that nobody gave', async () => {
  expect(
    await notices('landed', `${LANDED}F1,2026-03-12,NOWHERE-9,42.00,value\nF2,2026-03-12,PO 1,7.50,weight\n`),
  ).toEqual([
    '2 receipt: waits for goods under NOWHERE-9',
    '3 by: no item of it has a weight so far: until one is imported (`stockbridge import costing …`) it is divided by quantity',
  ]);
  expect(await waiting()).toEqual([
    'Waits for goods:',
    '  landed cost F1 of 2026-03-12: 42.00 USD, for NOWHERE-9',
  ]);
  await notices('costing', 'sku,weight\nSKU-1,2\n');
  expect(await notices('landed', `${LANDED}F3,2026-03-12,PO 1,1.00,weight\n`)).toEqual([]);
  await world.post(
    moved(world, {
      ...{ day: '2026-03-15', id: 'NOWHERE-9', item, quantity: 1, reference: 'PO 2' },
      ...{ from: '@supplier', to: 'LOOSE' },
    }),
  );
  expect(await waiting()).toEqual([]);
});

test('a bill of a company far from UTC waits, and is listed, under its own day', async () => {
  await world.close();
  world = await openBooksWorld({ items: 1, rules: { timeZone: 'Pacific/Auckland' } });
  expect(await notices('bills', `${BILLS}A1,N,2026-09-18,PO 7,SKU-1,3,9.00\n`)).toHaveLength(1);
  expect(await waiting()).toEqual([
    'Waits for goods:',
    '  bill A1 of N of 2026-09-18: 3 SKU-1 for 9.00 USD, under PO 7',
  ]);
  expect(await documentsIn(world.database, { limit: 5 })).toMatchObject([
    { document: 'bill A1 of N', date: '2026-09-18' },
  ]);
});
