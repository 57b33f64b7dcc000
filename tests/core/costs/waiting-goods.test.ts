// Bills and landed costs without goods are named when they are imported and for as long as they wait, with their amounts.
import { afterEach, beforeEach, expect, test } from 'vitest';
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
