// What flowed: cost of goods sold, the roll-forward, turnover, goods not billed and goods away, with figures known beforehand.
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { costOfGoodsOf } from '../../../src/core/reports/cost-of-goods.ts';
import { mustAddUp, rollForwardOf } from '../../../src/core/reports/roll-forward.ts';
import { amountsSum } from '../../../src/core/reports/totals.ts';
import { awayOf } from '../../../src/core/reports/transit.ts';
import { turnoverOf } from '../../../src/core/reports/turnover.ts';
import { unbilledOf } from '../../../src/core/reports/unbilled.ts';
import type { Money } from '../../../src/core/vocabulary/money.ts';
import type { Quantity } from '../../../src/core/vocabulary/quantity.ts';
import { COST_KINDS } from '../../../src/core/vocabulary/words.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';
import { billed, freight, moved, type Told, writtenDown } from './ledger-of-a-year.ts';

let world: BooksWorld;
let item = 0;
let other = 0;
const opened: BooksWorld[] = [];

beforeEach(async () => {
  world = await openBooksWorld({ items: 2 });
  opened.push(world);
  [item = 0, other = 0] = world.items;
});
afterEach(() => opened.pop()?.close());
afterAll(() => expect(opened).toEqual([]));

type Short = Partial<Told> & Pick<Told, 'day' | 'id' | 'quantity'>;
const tell = (...told: Told[]) => world.post(...told.map((each) => moved(world, each)));
const bought = (told: Short): Told => ({ item, from: '@supplier', to: 'LOOSE', ...told });
const sold = (told: Short): Told => ({
  item,
  from: 'LOOSE',
  to: '@customer',
  reference: `order ${told.id}`,
  ...told,
});

/** 150 at 21, 225 at 27 and 210 at 33 bought; 120 and 180 sold between them; the first purchase before the range. */
async function threePurchases(): Promise<void> {
  await tell(
    bought({ day: '2025-12-20', id: 'r1', quantity: 150, unitCost: '21' }),
    sold({ day: '2026-02-01', id: 's1', quantity: 120 }),
    bought({ day: '2026-03-01', id: 'r2', quantity: 225, unitCost: '27' }),
    sold({ day: '2026-06-01', id: 's2', quantity: 180 }),
    bought({ day: '2026-09-01', id: 'r3', quantity: 210, unitCost: '33' }),
  );
  await world.value();
}
const YEAR = { from: '2026-01-01', through: '2026-12-31' };

describe('turnover', () => {
  const options = { ...YEAR, carryingCostPercent: '20%', slowAfterDays: 90, deadAfterDays: 365 };

  test('7,200 sold from an average of (3,150 + 8,955) ÷ 2 turns over 1.1896 times and lasts 306.83 days', async () => {
    await threePurchases();
    const report = await turnoverOf(world.database, options);
    expect(report.total).toEqual({
      costOfGoodsSold: '7200.00',
      opening: '3150.00',
      closing: '8955.00',
      average: '6052.50',
      turnover: '1.1896',
      daysSalesInInventory: '306.83',
      carryingCost: '1210.50',
    });
    expect(report.rows[0]).toMatchObject({
      sku: 'SKU-1',
      onHand: '285',
      sold: '300',
      daysOfSupply: '346.8',
      lastSold: '2026-06-01',
      daysUnsold: 213,
      pace: 'slow',
    });
    expect(report.slow).toEqual({ items: 1, value: '8955.00' });
  });

  test('what was never sold is slow from its arrival on, and new goods are neither slow nor dead', async () => {
    await tell(
      bought({ day: '2025-11-01', id: 'r1', quantity: 1, unitCost: '5' }),
      bought({ day: '2026-12-01', id: 'r2', quantity: 1, unitCost: '5', item: other }),
    );
    await world.value();
    const report = await turnoverOf(world.database, options);
    expect(
      report.rows.map(({ pace, lastSold, turnover, daysSalesInInventory }) => [
        pace,
        lastSold,
        turnover,
        daysSalesInInventory,
      ]),
    ).toEqual([
      ['dead', null, '0.0000', null],
      ['moving', null, '0.0000', null],
    ]);
    expect(report.dead).toEqual({ items: 1, value: '5.00' });
  });

  test('a carrying cost that is no percentage, and a range that ends before it begins, are refused', async () => {
    await expect(
      turnoverOf(world.database, { ...options, carryingCostPercent: 'much' }),
    ).rejects.toMatchObject({ code: 'argument_invalid' });
    await expect(turnoverOf(world.database, { ...options, through: '2025-01-01' })).rejects.toMatchObject({
      code: 'argument_invalid',
    });
    await expect(turnoverOf(world.database, { ...options, from: '2026-02-30' })).rejects.toMatchObject({
      code: 'argument_invalid',
    });
  });
});

describe('the roll-forward', () => {
  test('I9: opening, purchases, freight, sales, returns, losses and transfers come to the closing stock', async () => {
    await threePurchases();
    await tell(
      {
        day: '2026-07-01',
        id: 'b1',
        item,
        quantity: 10,
        from: '@customer',
        to: 'LOOSE',
        reference: 'order s1',
      },
      { day: '2026-07-02', id: 'l1', item, quantity: 5, from: 'LOOSE', to: '@adjustment' },
      { day: '2026-07-03', id: 't1', item, quantity: 5, from: 'LOOSE', to: 'SEA' },
    );
    await world.say(
      freight('F1', '2026-09-05', '42.00', ['r3']),
      writtenDown('W1', '2026-10-01', item, '30'),
    );
    await world.value();
    const report = await rollForwardOf(world.database, { ...YEAR, by: 'item' });
    const changes = Object.fromEntries(
      Object.entries(report.total.changes).filter(([, amount]) => amount !== '0.00'),
    );
    expect(report.total.opening).toBe('3150.00');
    expect(changes).toEqual({
      receipt: '13005.00',
      landed_cost: '42.00',
      sale: '-7200.00',
      customer_return: '210.00',
      adjustment: '-135.00',
    });
    expect(report.total.closing).toBe('9072.00');
    expect(report.rows).toMatchObject([{ key: 'SKU-1', openingQuantity: '150', closingQuantity: '290' }]);
    expect(Number(report.allowance.closing)).toBeGreaterThan(0);
    const total = await rollForwardOf(world.database, { ...YEAR, by: 'total' });
    expect(total.rows).toMatchObject([{ key: 'all stock', opening: '3150.00', closing: '9072.00' }]);
  });

  test('I9: stored value that is not the ledger’s is not reported', async () => {
    await threePurchases();
    await world.database.pool.query(
      `insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, debit_pool, credit, amount, quantity)
       select min(id), $1, gen_random_uuid(), 0, '2026-05-01', now(), 'adjustment', 'inventory', 0, 'adjustment', 100, 1 from valuation_run`,
      [item],
    );
    await expect(rollForwardOf(world.database, { ...YEAR, by: 'item' })).rejects.toMatchObject({
      code: 'invariant_broken',
      message: `I9: item ${item} is valued for 286, but the ledger holds 285`,
    });
  });

  test('I9: a column that is a unit off is not reported', () => {
    const rolled = {
      itemId: 7,
      opening: 100n as Money,
      openingQuantity: 1_000_000n as Quantity,
      changes: { ...amountsSum(COST_KINDS, []), sale: -40n as Money },
      moved: 0n as Quantity,
      closing: 60n as Money,
      closingQuantity: 1_000_000n as Quantity,
    };
    expect(() => mustAddUp([rolled])).not.toThrow();
    expect(() => mustAddUp([{ ...rolled, closing: 61n as Money }])).toThrow(/item 7 comes to 60 for 1/);
    expect(() => mustAddUp([{ ...rolled, moved: 1n as Quantity }])).toThrow(/I9/);
  });

  test('an item that is behind is reported as it was valued, and named', async () => {
    await threePurchases();
    await tell(sold({ day: '2026-10-01', id: 's3', quantity: 5 }));
    const report = await rollForwardOf(world.database, { ...YEAR, by: 'total' });
    expect(report.behind.items.map(({ sku }) => sku)).toEqual(['SKU-1']);
    expect(report.total.closing).toBe('8955.00');
  });
});

describe('cost of goods sold', () => {
  const row = async (options: { from: string; through: string }) =>
    (await costOfGoodsOf(world.database, { ...options, by: 'item' })).total;
  const MARCH = { from: '2026-03-01', through: '2026-03-31' };
  const APRIL = { from: '2026-04-01', through: '2026-04-30' };

  test('sales, returns and true-ups stand apart', async () => {
    await tell(
      bought({ day: '2026-03-01', id: 'r1', quantity: 10, unitCost: '10' }),
      sold({ day: '2026-03-02', id: 's1', quantity: 15 }),
      bought({ day: '2026-03-05', id: 'r2', quantity: 15, unitCost: '15' }),
      {
        day: '2026-03-09',
        id: 'b1',
        item,
        quantity: 3,
        from: '@customer',
        to: 'LOOSE',
        reference: 'order s1',
      },
    );
    await world.value();
    const report = await costOfGoodsOf(world.database, { ...MARCH, by: 'item' });
    expect(report.rows).toEqual([
      {
        key: 'SKU-1',
        name: '',
        quantity: '12',
        unit: 'each',
        sold: '150.00',
        returned: '-35.00',
        trueUps: '25.00',
        other: '0.00',
        corrections: '0.00',
        total: '140.00',
        earlierDays: '0.00',
        bookedLater: '0.00',
        booked: '140.00',
      },
    ]);
    for (const by of ['channel', 'location', 'group', 'month'] as const) {
      const grouped = await costOfGoodsOf(world.database, { ...MARCH, by });
      expect(grouped.total).toEqual(report.total);
      expect(grouped.rows.map(({ key }) => key)).toEqual(
        { channel: ['shop'], location: ['LOOSE'], group: ['(no group)'], month: ['2026-03'] }[by],
      );
    }
  });

  test('I10: what a late bill adds to a closed March is of earlier days in April, and March’s own total says so', async () => {
    await tell(
      bought({ day: '2026-03-10', id: 'r1', quantity: 20, unitCost: '5.00', reference: 'PO 1' }),
      sold({ day: '2026-03-28', id: 's1', quantity: 8 }),
    );
    await world.value();
    await world.database.pool.query(
      `insert into journal (id, number, kind, posting_date, currency, memo) values (gen_random_uuid(), 'SB-1', 'activity', '2026-03-31', 'USD', 'March')`,
    );
    await world.database.pool.query('update cost_entry set journal_id = (select id from journal)');
    await world.database.pool.query(
      `insert into period_closing (through, closed_by, certificate) values ('2026-03-31', 'ada', '{}')`,
    );
    await world.say(
      billed('B1', '2026-04-12', [{ itemId: item, reference: 'PO 1', quantity: '20', amount: '110.00' }]),
    );
    await world.value();
    await world.database.pool.query(
      `update valuation_run set caused_at = '2026-04-12T16:00:00Z' where recomputed_from is not null`,
    );
    expect(await row(MARCH)).toMatchObject({
      sold: '40.00',
      corrections: '4.00',
      total: '44.00',
      bookedLater: '4.00',
      booked: '40.00',
    });
    expect(await row(APRIL)).toMatchObject({ total: '0.00', earlierDays: '4.00', booked: '4.00' });
    expect(await row({ from: MARCH.from, through: APRIL.through })).toMatchObject({
      total: '44.00',
      bookedLater: '0.00',
      booked: '44.00',
    });
    const months = await costOfGoodsOf(world.database, { ...APRIL, by: 'month' });
    expect(months.rows.map(({ key, earlierDays }) => [key, earlierDays])).toEqual([['2026-04', '4.00']]);
  });
});

describe('goods received and not billed', () => {
  test('by receipt and age, with bills that wait and credits owed, they are the balance of the account', async () => {
    await tell(
      bought({ day: '2026-01-05', id: 'r1', quantity: 10, unitCost: '3.00', reference: 'PO 1' }),
      bought({ day: '2026-03-20', id: 'r2', quantity: 4, unitCost: '7.00', reference: 'PO 2', item: other }),
      bought({ day: '2026-03-25', id: 'r3', quantity: 6, unitCost: '2.00', reference: 'PO 3' }),
      { day: '2026-03-28', id: 'x1', item, quantity: 2, from: 'LOOSE', to: '@supplier', reference: 'PO 3' },
    );
    await world.say(
      billed('B1', '2026-02-01', [{ itemId: item, reference: 'PO 1', quantity: '4', amount: '13.00' }]),
      billed('B3', '2026-03-26', [{ itemId: item, reference: 'PO 3', quantity: '6', amount: '12.60' }]),
      billed('B9', '2026-03-30', [{ itemId: other, reference: 'PO 9', quantity: '5', amount: '50.00' }]),
    );
    await world.value();
    const report = await unbilledOf(world.database, { asOf: '2026-04-30' });
    expect(
      report.receipts.map(({ document, quantity, amount, age, ageDays }) => [
        document,
        quantity,
        amount,
        age,
        ageDays,
      ]),
    ).toEqual([
      ['r1', '6', '18.00', 'over 90', 115],
      ['r2', '4', '28.00', '31-60', 41],
    ]);
    expect(report.ages).toEqual({ '0-30': '0.00', '31-60': '28.00', '61-90': '0.00', 'over 90': '18.00' });
    expect(report.waiting).toMatchObject([
      { bill: 'B9', supplier: 'Northmill', sku: 'SKU-2', quantity: '5', amount: '50.00', ageDays: 31 },
    ]);
    expect(report.owed).toMatchObject([{ document: 'x1', quantity: '2', amount: '4.20', ageDays: 33 }]);
    expect(report.total).toEqual({
      unbilled: '46.00',
      waiting: '50.00',
      owed: '4.20',
      net: '-8.20',
      balance: '-8.20',
      notValued: '0.00',
      unexplained: '0.00',
    });
  });

  test('before a bill came, its receipt was not billed, at what the bill has made of it since', async () => {
    await tell(
      bought({ day: '2026-03-10', id: 'r1', quantity: 20, unitCost: '5.00', reference: 'PO 1' }),
      bought({ day: '2026-03-11', id: 'r2', quantity: 1, item: other, reference: 'PO 2' }),
    );
    await world.say(
      billed('B1', '2026-04-12', [{ itemId: item, reference: 'PO 1', quantity: '20', amount: '110.00' }]),
    );
    await world.value();
    const march = await unbilledOf(world.database, { asOf: '2026-03-31' });
    expect(
      march.receipts.map(({ document, amount, changedSince, isCostUnknown }) => [
        document,
        amount,
        changedSince,
        isCostUnknown,
      ]),
    ).toEqual([
      ['r1', '110.00', '10.00', false],
      ['r2', '0.00', '0.00', true],
    ]);
    expect(march.total).toMatchObject({ net: '110.00', balance: '110.00', unexplained: '0.00' });
    const april = await unbilledOf(world.database, { asOf: '2026-04-30' });
    expect(april.receipts.map(({ document }) => document)).toEqual(['r2']);
    expect(april.total).toMatchObject({ balance: '0.00', unexplained: '0.00' });
  });

  test('more went back than came: the receipt is settled, the rest awaits a credit, the oldest first', async () => {
    await tell(
      bought({ day: '2026-03-10', id: 'r0', quantity: 9, unitCost: '5.00', reference: 'PO 0', item: other }),
      bought({ day: '2026-02-01', id: 'r1', quantity: 2, unitCost: '4.00', reference: 'PO 1' }),
      { day: '2026-03-12', id: 'x1', item, quantity: 5, from: 'LOOSE', to: '@supplier', reference: 'PO 1' },
      // under a name that nothing came by: at what they are taken out at
      {
        day: '2026-03-11',
        id: 'x0',
        item: other,
        quantity: 1,
        from: 'LOOSE',
        to: '@supplier',
        reference: 'RMA 7',
      },
    );
    await world.value();
    const report = await unbilledOf(world.database, { asOf: '2026-03-31' });
    expect(report.receipts.map(({ document, amount }) => [document, amount])).toEqual([['r0', '45.00']]);
    expect(report.owed).toMatchObject([
      { document: 'x0', reference: 'RMA 7', quantity: '1', amount: '5.00', isReceived: false },
      { document: 'x1', reference: 'PO 1', quantity: '3', amount: '12.00', isReceived: false },
    ]);
    expect(report.total).toMatchObject({ net: '28.00', balance: '28.00', unexplained: '0.00' });
    // The supplier's credit note for what it had, and for the one.
    await world.say(
      billed('C1', '2026-04-05', [
        { itemId: item, reference: 'PO 1', quantity: '-3', amount: '-12.00' },
        { itemId: other, reference: 'RMA 7', quantity: '-1', amount: '-5.50' },
      ]),
    );
    await world.value();
    const april = await unbilledOf(world.database, { asOf: '2026-04-30' });
    expect(april.owed).toEqual([]);
    expect(april.total).toMatchObject({ net: '45.00', balance: '45.00', unexplained: '0.00' });
  });

  test('an amount that no receipt, bill or credit explains is shown', async () => {
    await tell(bought({ day: '2026-03-10', id: 'r1', quantity: 1, unitCost: '5.00' }));
    await world.value();
    await world.database.pool.query(
      `insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity)
       select min(id), $1, gen_random_uuid(), 0, '2026-03-11', now(), 'bill', 'received_not_billed', 'payable', 123, 0 from valuation_run`,
      [item],
    );
    expect((await unbilledOf(world.database, { asOf: '2026-03-31' })).total).toMatchObject({
      net: '5.00',
      balance: '3.77',
      unexplained: '-1.23',
    });
  });
});

describe('goods away', () => {
  test('by what brought them, the oldest first gone; all of them are the pools’ value', async () => {
    await tell(
      bought({ day: '2026-01-01', id: 'r1', quantity: 10, unitCost: '1.00' }),
      bought({ day: '2026-01-02', id: 'r2', quantity: 10, unitCost: '2.00' }),
      { day: '2026-01-10', id: 't1', item, quantity: 8, from: 'LOOSE', to: 'SEA' },
      { day: '2026-03-01', id: 't2', item, quantity: 6, from: 'LOOSE', to: 'SEA' },
      { day: '2026-03-15', id: 't3', item, quantity: 5, from: 'SEA', to: 'YARD' },
      { day: '2026-03-20', id: 't4', item, quantity: 1, from: 'LOOSE', to: 'AGENT' },
    );
    await world.value();
    const report = await awayOf(world.database, { asOf: '2026-03-31' });
    expect(
      report.rows.map((row) => [row.role, row.location, row.document, row.ageDays, row.quantity, row.value]),
    ).toEqual([
      ['in_transit', 'SEA', 't1', 80, '3', '3.00'],
      ['in_transit', 'SEA', 't2', 30, '6', '10.00'],
      ['consigned_out', 'AGENT', 't4', 11, '1', '2.00'],
    ]);
    expect(report.total).toEqual({ inTransit: '13.00', consignedOut: '2.00' });
    expect(report.ages.inTransit).toEqual({
      '0-30': '10.00',
      '31-60': '0.00',
      '61-90': '3.00',
      'over 90': '0.00',
    });
  });
});
