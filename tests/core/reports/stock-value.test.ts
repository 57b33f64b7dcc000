// What stock is worth at the end of a day: now, as it was known then, and wherever it lies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pooledValue } from '../../../src/core/reports/pools.ts';
import { sharesOf } from '../../../src/core/reports/share.ts';
import { cutAfter } from '../../../src/core/reports/snapshot.ts';
import { stockValueOf } from '../../../src/core/reports/stock-value.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import { type Quantity, quantityFrom } from '../../../src/core/vocabulary/quantity.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { billed, moved, writtenDown } from './ledger-of-a-year.ts';

let world: BooksWorld;
let items: readonly number[];
const item = (index: number): number => items[index] ?? 0;

beforeAll(async () => {
  world = await openBooksWorld({ items: 4 });
  items = world.items;
  const { pool } = world.database;
  await pool.query(`insert into item_costing (item_id, cost_group) values ($1, 'toys'), ($2, 'toys')`, [
    item(0),
    item(1),
  ]);
  await pool.query(`insert into lot (item_id, code) values ($1, 'L1'), ($1, 'L2')`, [item(2)]);
  await pool.query(
    `insert into cost_policy (item_id, method, timing, by_location, effective_at) values ($1, 'specific', 'perpetual', false, '0001-01-01T00:00:00Z')`,
    [item(2)],
  );
  const lots = await pool.query<{ id: number }>('select id from lot order by code');
  const lot = (index: number): number => lots.rows[index]?.id ?? 0;
  await world.post(
    moved(world, {
      day: '2026-03-10',
      id: 'r1',
      item: item(0),
      quantity: 20,
      from: '@supplier',
      to: 'LOOSE',
      reference: 'PO 1',
      unitCost: '5.00',
    }),
    moved(world, { day: '2026-03-12', id: 't1', item: item(0), quantity: 7, from: 'LOOSE', to: 'YARD' }),
    moved(world, {
      day: '2026-03-28',
      id: 's1',
      item: item(0),
      quantity: 8,
      from: 'LOOSE',
      to: '@customer',
      reference: 'order 1',
    }),
    moved(world, {
      day: '2026-03-10',
      id: 'r2',
      item: item(1),
      quantity: 10,
      from: '@supplier',
      to: 'LOOSE',
      reference: 'PO 2',
      unitCost: '1.00',
    }),
    moved(world, { day: '2026-03-20', id: 't2', item: item(1), quantity: 4, from: 'LOOSE', to: 'SEA' }),
    moved(world, { day: '2026-03-21', id: 't3', item: item(1), quantity: 3, from: 'LOOSE', to: 'AGENT' }),
    moved(world, {
      day: '2026-03-01',
      id: 'r3',
      item: item(2),
      quantity: 5,
      from: '@supplier',
      to: 'LOOSE',
      unitCost: '2.00',
      lotId: lot(0),
    }),
    moved(world, {
      day: '2026-03-02',
      id: 'r4',
      item: item(2),
      quantity: 5,
      from: '@supplier',
      to: 'YARD',
      unitCost: '3.00',
      lotId: lot(1),
    }),
    moved(world, {
      day: '2026-03-03',
      id: 's2',
      item: item(2),
      quantity: 2,
      from: 'YARD',
      to: '@customer',
      lotId: lot(1),
    }),
    moved(world, {
      day: '2026-03-31',
      id: 'g1',
      item: item(3),
      quantity: 6,
      from: '@supplier',
      to: 'GUEST',
      unitCost: '9.00',
    }),
  );
  await world.say(writtenDown('w1', '2026-03-25', item(1), '0.80'));
  await world.value();
});
afterAll(() => world.close());

const valueBy = (by: Parameters<typeof stockValueOf>[1]['by'], asOf = '2026-03-31') =>
  stockValueOf(world.database, { by, asOf });
const valuesOf = async (by: Parameters<typeof stockValueOf>[1]['by'], asOf?: string) =>
  Object.fromEntries(
    (await valueBy(by, asOf)).rows.map((row) => [row.key, `${row.quantity} = ${row.value}`]),
  );

test('by item, with what is written down apart; goods of somebody else’s are not ours', async () => {
  const report = await valueBy('item');
  expect(
    report.rows.map(({ key, quantity, value, unitCost, allowance, net }) => [
      key,
      quantity,
      value,
      unitCost,
      allowance,
      net,
    ]),
  ).toEqual([
    ['SKU-1', '12', '60.00', '5.00', '0.00', '60.00'],
    ['SKU-2', '10', '10.00', '1.00', '2.00', '8.00'],
    ['SKU-3', '8', '19.00', '2.375', '0.00', '19.00'],
  ]);
  expect(report.total).toEqual({
    value: '89.00',
    allowance: '2.00',
    net: '87.00',
    inventory: '82.00',
    inTransit: '4.00',
    consignedOut: '3.00',
  });
  expect(report.behind).toEqual({ count: 0, items: [] });
  expect(report.isShared).toBe(false);
});

test('a day ends in the company’s time zone', async () => {
  expect(await valuesOf('item', '2026-03-27')).toMatchObject({ 'SKU-1': '20 = 100.00' });
  expect(await valuesOf('item', '2026-03-28')).toMatchObject({ 'SKU-1': '12 = 60.00' });
  const cut = cutAfter(
    { currency: 'USD', timeZone: 'America/New_York', framework: 'ifrs', system: 'perpetual' },
    '2026-03-28',
  );
  expect(cut.before).toBe('2026-03-29T04:00:00.000000Z');
});

test('by location: one price for all own shelves, shared out by quantity; transit and consignment have their own', async () => {
  const report = await valueBy('location');
  expect(
    Object.fromEntries(
      report.rows.map((row) => [row.key, `${row.quantity} = ${row.value}, ${row.allowance} down`]),
    ),
  ).toEqual({
    AGENT: '3 = 3.00, 0.60 down',
    LOOSE: '13 = 39.88, 0.60 down',
    SEA: '4 = 4.00, 0.80 down',
    YARD: '10 = 42.12, 0.00 down',
  });
  expect(report.isShared).toBe(true);
  expect(report.rows.reduce((total, row) => total + Math.round(Number(row.value) * 100), 0)).toBe(8900);
});

test('by lot: as the entries say where lots are costed, else by quantity', async () => {
  expect(await valuesOf('lot')).toEqual({
    'SKU-1 (no lot)': '12 = 60.00',
    'SKU-2 (no lot)': '10 = 10.00',
    'SKU-3 L1': '5 = 10.00',
    'SKU-3 L2': '3 = 9.00',
  });
});

test('by group and by method', async () => {
  expect(await valuesOf('group')).toEqual({ '(no group)': '8 = 19.00', toys: '22 = 70.00' });
  expect(await valuesOf('method')).toEqual({ fifo: '22 = 70.00', specific: '8 = 19.00' });
});

test('units of different kinds are never added', async () => {
  await world.database.pool.query(`update item set base_unit = 'kg' where id = $1`, [item(1)]);
  const toys = (await valueBy('group')).rows.find(({ key }) => key === 'toys');
  expect(toys).toMatchObject({ quantity: null, unit: null, unitCost: null, value: '70.00' });
  await world.database.pool.query(`update item set base_unit = 'each' where id = $1`, [item(1)]);
});

describe('what was known then', () => {
  test('a later bill changes the value of that day now, and not what was known then', async () => {
    const { rows } = await world.database.pool.query<{ day: string }>(
      `select (clock_timestamp() at time zone 'America/New_York')::date::text as day`,
    );
    const today = rows[0]?.day ?? '';
    expect(await valuesOf('item')).toMatchObject({ 'SKU-1': '12 = 60.00' });
    await world.say(
      billed('B1', '2026-04-12', [{ itemId: item(0), reference: 'PO 1', quantity: '20', amount: '110.00' }]),
    );

    const stale = await valueBy('item');
    expect(stale.behind).toEqual({
      count: 1,
      items: [{ sku: 'SKU-1', from: '2026-03-10', attempts: 0, reason: 'new facts are not valued yet' }],
    });
    expect(stale.rows[0]).toMatchObject({ key: 'SKU-1', value: '60.00' });

    await world.value();
    expect(await valuesOf('item')).toMatchObject({ 'SKU-1': '12 = 66.00' });
    const known = await stockValueOf(world.database, {
      by: 'item',
      asOf: '2026-03-31',
      knownAt: '2026-04-01',
    });
    // Everything here was recorded today, so on that day nothing was known.
    expect(today > '2026-04-01' ? known.rows : []).toEqual([]);
    const knownToday = await stockValueOf(world.database, { by: 'item', asOf: '2026-03-31', knownAt: today });
    expect(knownToday.total.value).toBe('95.00');
  });

  test('entries recorded after the day are left out, those before it stand', async () => {
    await world.database.pool.query('alter table cost_entry disable trigger i5_cost_entry_keeps_its_content');
    await world.database.pool.query(
      `update cost_entry set recorded_at = '2026-03-31T20:00:00Z' where not is_correction`,
    );
    const known = await stockValueOf(world.database, {
      by: 'item',
      asOf: '2026-03-31',
      knownAt: '2026-04-01',
    });
    expect(known.rows[0]).toMatchObject({ key: 'SKU-1', quantity: '12', value: '60.00' });
    const now = await valueBy('item');
    expect(now.rows[0]).toMatchObject({ key: 'SKU-1', quantity: '12', value: '66.00' });
  });
});

test('a movement that nobody valued yet makes its item behind, and its quantity is shown without value', async () => {
  await world.post(
    moved(world, {
      day: '2026-03-30',
      id: 'late',
      item: item(0),
      quantity: 2,
      from: 'YARD',
      to: '@customer',
    }),
  );
  const report = await valueBy('location');
  expect(report.behind.items.map(({ sku, from }) => [sku, from])).toEqual([['SKU-1', null]]);
  expect(report.rows[0]).toMatchObject({ key: '(not valued yet)', quantity: '2', value: '0.00' });
  await world.value();
  expect((await valueBy('location')).rows.map(({ key }) => key)).toEqual(['AGENT', 'LOOSE', 'SEA', 'YARD']);
});

test('an item that cannot be valued is behind with the reason', async () => {
  await world.database.pool.query(
    `insert into valuation_stale (item_id, from_at, attempts, failure) values ($1, '2026-03-01T12:00:00Z', 3, 'no rate for EUR')`,
    [item(3)],
  );
  expect((await valueBy('item')).behind.items).toEqual([
    { sku: 'SKU-4', from: '2026-03-01', attempts: 3, reason: 'no rate for EUR' },
  ]);
});

test('what pools hold adds up to the total of the entries', async () => {
  const company = {
    currency: 'USD',
    timeZone: 'America/New_York',
    framework: 'us_gaap',
    system: 'perpetual',
  } as const;
  const pools = await world.database.transaction((client) =>
    pooledValue(client, cutAfter(company, '2026-12-31')),
  );
  const { rows } = await world.database.pool.query<{ total: string }>(
    `select sum(case when debit in ('inventory', 'in_transit', 'consigned_out') then amount else 0 end
       - case when credit in ('inventory', 'in_transit', 'consigned_out') then amount else 0 end)::text as total from cost_entry`,
  );
  expect(pools.reduce((total, { value }) => total + value, 0n).toString()).toBe(rows[0]?.total);
});

describe('shares', () => {
  const held = (...quantities: string[]) =>
    quantities.map((text, place) => ({ place, quantity: quantityFrom(text) }));
  const pool = (quantity: string, value: bigint) => ({
    quantity: quantityFrom(quantity),
    value: value as Money,
  });

  test.each<[string, string, bigint, string[], bigint[]]>([
    ['thirds', '3', 100n, ['1', '1', '1'], [33n, 34n, 33n]],
    ['one of them missing', '4', 40n, ['6', '-2'], [60n, -20n]],
    ['more missing than there', '-4', -40n, ['-6', '2'], [-60n, 20n]],
    ['as much missing as there', '0', 0n, ['5', '-5'], [0n, 0n]],
  ])('%s', (_, quantity, value, quantities, shares) => {
    expect(sharesOf(pool(quantity, value), held(...quantities), -1).map((share) => share.value)).toEqual(
      shares,
    );
  });

  test('what the ledger holds beyond what is valued has no value of its own', () => {
    expect(sharesOf(pool('3', 30n), held('5'), -1)).toEqual([
      { place: 0, quantity: quantityFrom('5'), value: 30n },
      { place: -1, quantity: quantityFrom('-2') as Quantity, value: 0n },
    ]);
  });
});
