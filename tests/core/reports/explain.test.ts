// Why something costs what it costs: layers, bills, freight, later facts and the events behind them.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainedText } from '../../../src/commands/value/explained.ts';
import { recordCosts } from '../../../src/core/costs/store.ts';
import { type ExplainedSale, explainCost } from '../../../src/core/reports/explained/item-cost.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { billed, freight, moved } from './ledger-of-a-year.ts';

let world: BooksWorld;
let item = 0;
let saleKey = '';

beforeAll(async () => {
  world = await openBooksWorld({ items: 2 });
  [item = 0] = world.items;
  const sale = moved(world, {
    day: '2026-03-28',
    id: 's1',
    item,
    quantity: 12,
    from: 'LOOSE',
    to: '@customer',
    reference: 'order 1',
  });
  saleKey = sale.key;
  const events = await world.database.pool.query<{ id: string }>(
    `insert into inbox_event (connection_id, source, topic, dedupe_key, sha256, body)
     values (1, 'file', 'bills', 'bill-1', '\\x00', 'x') returning id::text`,
  );
  const event = events.rows[0]?.id ?? '';
  await world.post(
    moved(world, {
      day: '2026-03-10',
      id: 'r1',
      item,
      quantity: 10,
      from: '@supplier',
      to: 'LOOSE',
      reference: 'PO 1',
      unitCost: '5.00',
    }),
    moved(world, {
      day: '2026-03-11',
      id: 'r2',
      item,
      quantity: 10,
      from: '@supplier',
      to: 'LOOSE',
      reference: 'PO 2',
      unitCost: '6.00',
    }),
    sale,
    moved(world, { day: '2026-03-29', id: 't1', item, quantity: 3, from: 'LOOSE', to: 'SEA' }),
  );
  await world.value();
  await world.database.transaction((client) =>
    recordCosts(
      client,
      [billed('B1', '2026-04-12', [{ itemId: item, reference: 'PO 1', quantity: '10', amount: '55.00' }])],
      {
        inboxEventId: event,
      },
    ),
  );
  await world.value();
  await world.say(freight('F1', '2026-04-15', '20.00', ['PO 2']));
  await world.value();
});
afterAll(() => world.close());

test('a sale: the layers it took, and each correction with the fact that was new then', async () => {
  const report = await explainCost(world.database, { sku: 'SKU-1', order: 'order 1' });
  const [sale] = report.steps;
  expect(report.steps).toHaveLength(1);
  expect(sale?.source).toMatchObject({ what: 'shipment', document: 's1', reference: 'order 1' });
  expect(sale?.line).toEqual({ quantity: '12', from: 'LOOSE', to: '@customer' });
  expect(
    sale?.layers.map(({ quantity, value, unitCost, source }) => [
      quantity,
      value,
      unitCost,
      source?.document,
    ]),
  ).toEqual([
    ['10', '55.00', '5.50', 'r1'],
    ['2', '16.00', '8.00', 'r2'],
  ]);
  expect(sale?.entries).toMatchObject([
    {
      kind: 'sale',
      debit: 'cost_of_goods_sold',
      credit: 'inventory',
      amount: '62.00',
      quantity: '12',
      journal: null,
    },
  ]);
  expect(
    sale?.corrections.map(({ amount, causes }) => [amount, causes.map(({ document }) => document)]),
  ).toEqual([
    ['5.00', ['bill B1']],
    ['4.00', ['freight F1']],
  ]);
  expect(sale?.corrections[0]?.causes[0]).toMatchObject({
    type: 'cost_document',
    what: 'bill',
    event: expect.stringMatching(/^\d+$/),
  });
});

test('a movement by its key is the same step', async () => {
  const byKey = await explainCost(world.database, { sku: 'SKU-1', movement: `${saleKey.toUpperCase()}:0` });
  const byOrder = await explainCost(world.database, { sku: 'SKU-1', order: 'order 1' });
  expect(byKey.steps).toEqual(byOrder.steps);
});

test('a receipt: what was agreed, its bill and its freight', async () => {
  const report = await explainCost(world.database, { sku: 'SKU-1', order: 'PO 1' });
  expect(report.steps[0]?.priced).toMatchObject({
    agreed: '5 USD',
    by: [{ what: 'bill', number: 'B1', names: 'PO 1', quantity: '10', amount: '55', currency: 'USD' }],
  });
  const second = await explainCost(world.database, { sku: 'SKU-1', order: 'PO 2' });
  expect(second.steps[0]?.priced?.by).toMatchObject([{ what: 'landed_cost', number: 'F1', amount: '20' }]);
});

test('the item: what is there in layers, pool by pool, and its newest steps in order of time', async () => {
  const report = await explainCost(world.database, { sku: 'SKU-1', limit: 2 });
  expect(report).toMatchObject({ method: 'fifo', timing: 'perpetual', hasOlder: true });
  expect(
    report.stock.map(({ location, quantity, value, layers }) => [
      location,
      quantity,
      value,
      layers.map(({ source }) => source?.document),
    ]),
  ).toEqual([
    ['all own locations', '5', '40.00', ['r2']],
    ['SEA', '3', '24.00', ['r2']],
  ]);
  expect(report.steps.map(({ source }) => source?.document)).toEqual(['t1', 'bill B1']);
  const all = await explainCost(world.database, { sku: 'SKU-1' });
  expect(all.hasOlder).toBe(false);
});

test('what is not known is said, not shown as nothing', async () => {
  await expect(explainCost(world.database, { sku: 'NONE' })).rejects.toMatchObject({ code: 'not_found' });
  await expect(explainCost(world.database, { sku: 'SKU-1', movement: 'x' })).rejects.toMatchObject({
    code: 'argument_invalid',
  });
  await expect(explainCost(world.database, { sku: 'SKU-1', order: 'order 99' })).rejects.toMatchObject({
    code: 'not_found',
  });
  expect(await explainCost(world.database, { sku: 'SKU-2' })).toMatchObject({
    stock: [],
    steps: [],
    hasOlder: false,
  });
});

test('a customer return names the sales whose cost it comes back at, and what came back of them before', async () => {
  const [, other = 0] = world.items;
  const at = { item: other, reference: 'order 2' };
  const receipt = { item: other, from: '@supplier', to: 'LOOSE' };
  const out = { ...at, from: 'LOOSE', to: '@customer' };
  const back = { ...at, from: '@customer', to: 'LOOSE', quantity: 1 };
  await world.post(
    moved(world, {
      ...receipt,
      day: '2026-03-01',
      id: 'o1',
      quantity: 2,
      unitCost: '5.00',
      reference: 'PO 7',
    }),
    moved(world, {
      ...receipt,
      day: '2026-03-02',
      id: 'o2',
      quantity: 9,
      unitCost: '8.00',
      reference: 'PO 8',
    }),
    moved(world, { ...out, day: '2026-03-03', id: 'p1', quantity: 2 }),
    moved(world, { ...out, day: '2026-03-04', id: 'p2', quantity: 2 }),
    moved(world, { ...out, day: '2026-03-04', id: 'q1', quantity: 1, reference: 'order 3' }),
    moved(world, { ...back, day: '2026-03-05', id: 'b1' }),
    moved(world, { ...back, day: '2026-03-06', id: 'b2' }),
    moved(world, { ...out, day: '2026-03-07', id: 'p3', quantity: 1 }),
    moved(world, { ...back, day: '2026-03-08', id: 'b3', reference: 'order of nobody' }),
    moved(world, { ...back, day: '2026-03-09', id: 'b4', reference: 'order 3' }),
    moved(world, { ...back, day: '2026-03-10', id: 'b5', reference: 'order 3' }),
  );
  await world.value();
  const report = await explainCost(world.database, { sku: 'SKU-2' });
  const told = (document: string) => {
    const { returned } = report.steps.find(({ source }) => source?.document === document) ?? {};
    const text = (each: ExplainedSale) => `${each.source?.document} ${each.quantity} ${each.value}`;
    return returned && { sales: returned.sales.map(text), before: returned.before.map(text) };
  };
  const sales = ['p1 2 10.00', 'p2 2 16.00'];
  expect(told('b1')).toEqual({ sales, before: [] });
  expect(told('b2')).toEqual({ sales, before: ['b1 1 6.50'] });
  expect(told('b3')).toEqual({ sales: [], before: [] });
  expect(told('p3')).toBeNull();
  expect(told('b5')).toEqual({ sales: ['q1 1 8.00'], before: ['b4 1 8.00'] });
  const text = explainedText(report);
  expect(text.match(/nothing was left of them/g)).toHaveLength(1);
  expect(text).toContain('at the cost of p1 (shipment of 2026-03-03 ');
  expect(text).toContain('less what came back before: b1 (');
  expect(text).toContain('of no sale that is known under its reference');
});
