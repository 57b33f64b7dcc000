// Scenarios that need the real ledger and the real store: what one item's value does to another's, what happens half-way, and
// what two processes do to each other.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { factKey, type Line, type Movement } from '../../../src/core/ledger/movement.ts';
import { markStale } from '../../../src/core/valuation/notice.ts';
import { valueItem } from '../../../src/core/valuation/value.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { at, count, counts, line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from './books-world.ts';

const DAY_S = 86_400;

let world: BooksWorld;
let used = 0;
beforeAll(async () => {
  world = await openBooksWorld({ items: 60 });
});
afterAll(() => world.close());

/** An item that no other test touches. */
const fresh = (): number => {
  used += 1;
  return world.items[used] ?? 0;
};

let documents = 0;
const named = (what: string): string => {
  documents += 1;
  return `${what} ${documents}`;
};

interface More {
  readonly reference?: string;
  readonly unitCost?: string;
  readonly currency?: string;
  readonly corrects?: string;
}

/** A movement of one line on a day, between two places by their code. */
function goods(
  type: MovementType,
  day: number,
  item: number,
  quantity: number | string,
  [from, to]: readonly [string, string],
  { reference, unitCost, currency, corrects }: More = {},
): Movement {
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const own: Line = {
    ...line(item, quantity, place(from), place(to)),
    unitCost: unitCost ?? null,
    currency: unitCost === undefined ? null : (currency ?? 'USD'),
  };
  return {
    ...movement(type, day * DAY_S, [own], { id: named('movement') }),
    reference: reference ?? null,
    corrects: corrects ?? null,
  };
}

const received = (day: number, item: number, quantity: number, more: More = {}): Movement =>
  goods('receipt', day, item, quantity, ['@supplier', 'LOOSE'], more);
const sold = (day: number, item: number, quantity: number, more: More = {}): Movement =>
  goods('shipment', day, item, quantity, ['LOOSE', '@customer'], more);
const consumed = (day: number, item: number, quantity: number, reference: string): Movement =>
  goods('production', day, item, quantity, ['LOOSE', '@production'], { reference });
const made = (day: number, item: number, quantity: number, reference: string): Movement =>
  goods('production', day, item, quantity, ['@production', 'LOOSE'], { reference });

const billed = (item: number, reference: string, quantity: number, amount: string, day: number) => {
  const document = named('bill');
  return {
    kind: 'bill' as const,
    key: factKey(1, { type: 'bill', id: document }),
    document,
    effectiveAt: at(day * DAY_S),
    content: {
      number: document,
      supplier: 'Northmill',
      currency: 'USD',
      lines: [{ itemId: item, reference, quantity: String(quantity), amount }],
    },
  };
};
const expects = (item: number, unitCost: string, day: number, currency?: string) => ({
  kind: 'expected_cost' as const,
  key: factKey(1, { type: 'expected', id: named('expected') }),
  document: 'expected cost',
  effectiveAt: at(day * DAY_S),
  content: { itemId: item, unitCost, ...(currency === undefined ? {} : { currency }) },
});

const staleOf = async (item: number): Promise<string | null | undefined> => {
  const { rows } = await world.database.pool.query<{ failure: string | null }>(
    'select failure from valuation_stale where item_id = $1',
    [item],
  );
  return rows[0]?.failure;
};
const isStale = async (item: number): Promise<boolean> => (await staleOf(item)) !== undefined;

async function expectAsAfresh(...items: readonly number[]): Promise<void> {
  for (const item of items) {
    const { stored, afresh } = await world.bothWays(item);
    expect(stored).toEqual(afresh);
  }
}

describe('what is made of goods', () => {
  test('I9: a bill that comes after the raw goods were built in and sold reaches stock and sales, and nothing else', async () => {
    const [raw, product] = [fresh(), fresh()];
    const [order, plan] = [named('PO'), named('MO')];
    await world.post(
      received(1, raw, 10, { reference: order, unitCost: '10' }),
      consumed(2, raw, 10, plan),
      made(2, product, 10, plan),
      sold(3, product, 4),
    );
    await world.value();
    expect(await world.held(raw)).toEqual({ received_not_billed: '-100.00', work_in_progress: '100.00' });
    expect(await world.held(product)).toEqual({
      cost_of_goods_sold: '40.00',
      inventory: '60.00',
      work_in_progress: '-100.00',
    });
    await world.say(billed(raw, order, 10, '150', 20));
    await world.value();
    expect(await world.held(raw)).toEqual({ payable: '-150.00', work_in_progress: '150.00' });
    expect(await world.held(product)).toEqual({
      cost_of_goods_sold: '60.00',
      inventory: '90.00',
      work_in_progress: '-150.00',
    });
    await expectAsAfresh(raw, product);
  });

  test('by-products and absorbed labour leave nothing in work in progress', async () => {
    const [raw, main, by] = [fresh(), fresh(), fresh()];
    const plan = named('MO');
    await world.say({
      kind: 'production_order',
      key: factKey(1, { type: 'plan', id: plan }),
      document: plan,
      effectiveAt: at(DAY_S),
      content: {
        reference: plan,
        planned: [{ itemId: main, quantity: '3' }],
        absorption: [{ amount: '0.01' }, { perUnit: '0.333333' }],
        byProducts: [{ itemId: by, share: '7.5' }],
      },
    });
    await world.post(
      received(1, raw, 7, { unitCost: '14.285714' }),
      consumed(2, raw, 7, plan),
      made(3, main, 1, plan),
      made(3, by, 2, plan),
      made(4, main, 2, plan),
    );
    await world.value();
    const sums = await Promise.all([raw, main, by].map((item) => world.held(item)));
    const cents = (role: string): number =>
      sums.reduce((total, own) => total + Math.round(Number(own[role] ?? '0') * 100), 0);
    expect(cents('work_in_progress')).toBe(0);
    // 100.00 of goods, 0.01 of labour, a third of a dollar for each of three units in two steps.
    expect(cents('absorbed')).toBe(-101);
    expect(cents('inventory')).toBe(10_101);
    expect(sums[2]?.inventory).toBe('7.58');
    await expectAsAfresh(raw, main, by);
  });

  test('goods that are sorted, out of stock and back into the same item, keep their value', async () => {
    const item = fresh();
    const plan = named('MO');
    await world.say({
      kind: 'production_order',
      key: factKey(1, { type: 'plan', id: plan }),
      document: plan,
      effectiveAt: at(DAY_S),
      content: { reference: plan, planned: [{ itemId: item, quantity: '8' }] },
    });
    await world.post(
      received(1, item, 10, { unitCost: '4' }),
      consumed(2, item, 10, plan),
      made(3, item, 8, plan),
    );
    await world.value();
    expect(await world.held(item)).toEqual({ inventory: '40.00', received_not_billed: '-40.00' });
    expect(await isStale(item)).toBe(false);
    await expectAsAfresh(item);
  });
});

describe('one order that does several things', () => {
  test('sells and uses up the same goods: each comes back from where it went', async () => {
    const [item, order] = [fresh(), named('order')];
    await world.post(
      received(1, item, 10, { unitCost: '10' }),
      received(2, item, 10, { unitCost: '20' }),
      sold(3, item, 10, { reference: order }),
      consumed(4, item, 10, order),
      made(5, item, 4, order),
      goods('return', 6, item, 2, ['@customer', 'LOOSE'], { reference: order }),
    );
    // one line at a time: what is away is read back from the store
    await world.value({ windowLines: 1 });
    expect(await world.held(item)).toEqual({
      cost_of_goods_sold: '80.00',
      inventory: '100.00',
      received_not_billed: '-300.00',
      work_in_progress: '120.00',
    });
    await expectAsAfresh(item);
  });

  test('what is left over before anything was used up comes from production, at the present cost', async () => {
    const [raw, product, order] = [fresh(), fresh(), named('order')];
    await world.post(
      received(1, raw, 20, { unitCost: '3' }),
      made(2, raw, 4, order),
      consumed(3, raw, 10, order),
      made(4, product, 2, order),
    );
    await world.value({ windowLines: 1 });
    expect(await world.held(raw)).toEqual({
      inventory: '42.00',
      received_not_billed: '-60.00',
      work_in_progress: '18.00',
    });
    expect(await world.held(product)).toEqual({ inventory: '18.00', work_in_progress: '-18.00' });
    await expectAsAfresh(raw, product);
  });

  test('unplanned output that comes later takes its part from what came before', async () => {
    const [raw, main, by, order] = [fresh(), fresh(), fresh(), named('order')];
    await world.post(
      received(1, raw, 10, { unitCost: '10' }),
      consumed(2, raw, 10, order),
      made(3, main, 5, order),
    );
    await world.value();
    expect(await world.held(main)).toMatchObject({ inventory: '100.00' });
    await world.post(made(4, by, 5, order));
    await world.value();
    expect(await world.held(main)).toMatchObject({ inventory: '50.00' });
    expect(await world.held(by)).toMatchObject({ inventory: '50.00' });
    await expectAsAfresh(raw, main, by);
  });
});

describe('output that is taken back', () => {
  const undoing = (day: number, quantity: number, item: number, output: Movement): Movement =>
    goods('production', day, item, quantity, ['LOOSE', '@production'], { corrects: output.key });

  test('leaves its value to the other outputs, those of the same item and of others, and sold ones too', async () => {
    const [raw, main, by, order] = [fresh(), fresh(), fresh(), named('order')];
    const output = made(3, main, 4, order);
    await world.post(
      received(1, raw, 10, { unitCost: '12' }),
      consumed(2, raw, 10, order),
      output,
      made(4, main, 4, order),
      made(4, by, 4, order),
      sold(5, by, 2),
    );
    await world.value();
    expect(await world.held(by)).toMatchObject({ inventory: '20.00', cost_of_goods_sold: '20.00' });
    await world.post(undoing(6, 4, main, output));
    await world.value({ windowLines: 1 });
    expect(await world.held(main)).toEqual({ inventory: '60.00', work_in_progress: '-60.00' });
    expect(await world.held(by)).toEqual({
      cost_of_goods_sold: '30.00',
      inventory: '30.00',
      work_in_progress: '-60.00',
    });
    await expectAsAfresh(raw, main, by);
  });

  test('of goods that are sold already leaves what they are missed at to production variance', async () => {
    const [raw, product, order] = [fresh(), fresh(), named('order')];
    const output = made(3, product, 4, order);
    await world.post(
      received(1, raw, 10, { unitCost: '12' }),
      consumed(2, raw, 10, order),
      output,
      sold(4, product, 4),
      undoing(5, 4, product, output),
    );
    await world.value();
    expect(await world.held(product)).toEqual({ cost_of_goods_sold: '120.00', inventory: '-120.00' });
    await world.post(received(6, product, 4, { unitCost: '35' }));
    await world.value();
    expect(await world.held(product)).toEqual({
      cost_of_goods_sold: '120.00',
      production_variance: '20.00',
      received_not_billed: '-140.00',
    });
    await expectAsAfresh(raw, product);
  });

  test('in part, and put back again, is worth what it was', async () => {
    const [raw, product, order] = [fresh(), fresh(), named('order')];
    const output = made(3, product, 4, order);
    const undone = undoing(5, 1, product, output);
    await world.post(received(1, raw, 10, { unitCost: '12' }), consumed(2, raw, 10, order), output, undone);
    await world.value();
    expect(await world.held(product)).toEqual({ inventory: '120.00', work_in_progress: '-120.00' });
    await world.post(goods('production', 6, product, 1, ['@production', 'LOOSE'], { corrects: undone.key }));
    await world.value();
    expect(await world.held(product)).toEqual({ inventory: '120.00', work_in_progress: '-120.00' });
    await expectAsAfresh(raw, product);
  });

  test('of a planned order makes it as unfinished as before', async () => {
    const [raw, product, order] = [fresh(), fresh(), named('order')];
    await world.say({
      kind: 'production_order',
      key: factKey(1, { type: 'plan', id: order }),
      document: order,
      effectiveAt: at(DAY_S),
      content: {
        reference: order,
        planned: [{ itemId: product, quantity: '4' }],
        absorption: [],
        byProducts: [],
      },
    });
    const output = made(3, product, 4, order);
    await world.post(received(1, raw, 10, { unitCost: '12' }), consumed(2, raw, 10, order), output);
    await world.value();
    await world.post(undoing(4, 3, product, output));
    await world.value();
    expect(await world.held(product)).toEqual({ inventory: '30.00', work_in_progress: '-30.00' });
    await expectAsAfresh(raw, product);
  });
});

test('a count stays true when a receipt before it is recorded late: what the count found less is worth that much more', async () => {
  const item = fresh();
  await world.post(received(1, item, 3, { unitCost: '10' }));
  const place = { locationId: world.site('LOOSE'), state: 'sellable' as const };
  await world.ledger.post([counts(count(5 * DAY_S, item, place, 1))]);
  await world.value();
  expect(await world.held(item)).toEqual({
    adjustment: '20.00',
    inventory: '10.00',
    received_not_billed: '-30.00',
  });
  await world.post(received(2, item, 56, { unitCost: '12' }));
  await world.value();
  const { rows } = await world.database.pool.query<{ quantity: string }>(
    'select trim_scale(quantity)::text as quantity from balance where item_id = $1 and location_id = $2',
    [item, place.locationId],
  );
  expect(rows).toEqual([{ quantity: '1' }]);
  // Oldest first: 3 at 10 and 55 at 12 are gone, 1 at 12 is left.
  expect(await world.held(item)).toEqual({
    adjustment: '690.00',
    inventory: '12.00',
    received_not_billed: '-702.00',
  });
  await expectAsAfresh(item);
});

describe('all or nothing', () => {
  test('I3: an item that fails half-way keeps nothing of it and stays stale with the reason, and the others go on', async () => {
    const [bad, good] = [fresh(), fresh()];
    await world.post(
      ...[1, 2, 3, 4].map((day) => received(day, bad, 1, { unitCost: '10' })),
      received(5, bad, 1, { unitCost: '9', currency: 'EUR' }),
      received(1, good, 2, { unitCost: '5' }),
    );
    // Windows of two lines: the first ones are stored before the last one fails.
    expect(await world.value({ windowLines: 2 })).toMatchObject({ failed: 1 });
    expect(await world.held(bad)).toEqual({});
    expect(await staleOf(bad)).toMatch(/no rate of EUR in USD .*`stockbridge import rates`/);
    expect(await world.held(good)).toEqual({ inventory: '10.00', received_not_billed: '-10.00' });
    const { rows } = await world.database.pool.query('select from cost_checkpoint where item_id = $1', [bad]);
    expect(rows).toHaveLength(0);
    await world.say({
      kind: 'exchange_rate',
      key: factKey(1, { type: 'rate', id: 'EUR' }),
      document: 'rate of EUR',
      effectiveAt: at(0),
      content: { currency: 'EUR', rate: '1.1' },
    });
    expect(await world.value()).toMatchObject({ failed: 0 });
    expect(await world.held(bad)).toEqual({ inventory: '49.90', received_not_billed: '-49.90' });
    expect(await isStale(bad)).toBe(false);
  });

  test('of two processes that value at once, each item is valued by one', async () => {
    const items = Array.from({ length: 6 }, fresh);
    await world.post(...items.map((item) => received(1, item, 2, { unitCost: '5' })));
    await Promise.all([world.value(), world.value(), world.value()]);
    await world.value();
    for (const item of items)
      expect(await world.held(item)).toEqual({ inventory: '10.00', received_not_billed: '-10.00' });
    await expectAsAfresh(...items);
  });

  test('what is posted while an item is being valued is valued next', async () => {
    const item = fresh();
    await world.post(received(1, item, 2, { unitCost: '5' }));
    await world.value();
    await markStale(world.database.pool, [{ itemId: item, fromAt: at(0) }]);
    const { promise: posted, resolve } = Promise.withResolvers<void>();
    const valuing = world.database.transaction(async (client) => {
      await client.query(`select pg_advisory_xact_lock(hashtextextended('valuation ' || $1, 0))`, [item]);
      await posted;
    });
    await world.post(received(2, item, 1, { unitCost: '7' }));
    // Somebody else is at it: it stays stale.
    expect(await valueItem(world.database, world.company, item)).toBeUndefined();
    expect(await isStale(item)).toBe(true);
    resolve();
    await valuing;
    await world.value();
    expect(await world.held(item)).toEqual({ inventory: '17.00', received_not_billed: '-17.00' });
  });
});

describe('facts about facts', () => {
  test('a receipt undone under another name is billed for what is left of it', async () => {
    const item = fresh();
    const order = named('PO');
    const receipt = received(1, item, 10, { reference: order, unitCost: '5' });
    await world.post(receipt, received(2, item, 10, { reference: order, unitCost: '5' }));
    await world.say(billed(item, order, 12, '72', 6));
    await world.value({ windowLines: 2 });
    await expectAsAfresh(item);
    await world.post(goods('receipt', 9, item, 4, ['LOOSE', '@supplier'], { corrects: receipt.key }));
    await world.value({ windowLines: 2 });
    await expectAsAfresh(item);
  });

  test('a bill that is taken back leaves what was agreed before it', async () => {
    const item = fresh();
    const order = named('PO');
    await world.post(received(1, item, 10, { reference: order, unitCost: '5' }), sold(2, item, 5));
    const bill = billed(item, order, 10, '80', 6);
    await world.say(bill);
    await world.value();
    expect(await world.held(item)).toEqual({
      cost_of_goods_sold: '40.00',
      inventory: '40.00',
      payable: '-80.00',
    });
    await world.say({
      kind: 'void',
      key: factKey(1, { type: 'void', id: bill.document }),
      document: `void of ${bill.document}`,
      effectiveAt: at(7 * DAY_S),
      content: { of: bill.key },
    });
    await world.value();
    expect(await world.held(item)).toEqual({
      cost_of_goods_sold: '25.00',
      inventory: '25.00',
      received_not_billed: '-50.00',
    });
    await expectAsAfresh(item);
  });

  test('an expected cost from a later day on changes nothing before it', async () => {
    const item = fresh();
    await world.say(expects(item, '5', 0), expects(item, '8', 1000));
    await world.post(received(1, item, 2));
    await world.value();
    await world.post(sold(2, item, 1), received(1001, item, 1));
    await world.value();
    expect(await world.held(item)).toEqual({
      cost_of_goods_sold: '5.00',
      inventory: '13.00',
      received_not_billed: '-18.00',
    });
    await expectAsAfresh(item);
  });

  test('freight billed in another currency is shared out at the rate of its bill', async () => {
    const item = fresh();
    const order = named('PO');
    await world.post(received(1, item, 3, { reference: order, unitCost: '1' }), sold(2, item, 1));
    await world.say({
      kind: 'landed_cost',
      key: factKey(1, { type: 'freight', id: order }),
      document: 'freight',
      effectiveAt: at(9 * DAY_S),
      content: {
        number: '1',
        amount: '10',
        currency: 'JPY',
        rate: '0.00655',
        by: 'quantity',
        receipts: [order],
        role: 'landed_clearing',
      },
    });
    await world.value();
    expect(await world.held(item)).toEqual({
      cost_of_goods_sold: '1.02',
      inventory: '2.05',
      landed_clearing: '-0.07',
      received_not_billed: '-3.00',
    });
  });
});

describe('whose goods they are', () => {
  test('our goods at an agent stay ours until the agent sells them', async () => {
    const item = fresh();
    await world.post(
      received(1, item, 10, { unitCost: '5' }),
      goods('transfer', 2, item, 4, ['LOOSE', 'AGENT']),
      goods('shipment', 3, item, 1, ['AGENT', '@customer']),
    );
    await world.value();
    expect(await world.held(item)).toEqual({
      consigned_out: '15.00',
      cost_of_goods_sold: '5.00',
      inventory: '30.00',
      received_not_billed: '-50.00',
    });
  });

  test('a consignor’s goods are worth nothing here, and are owed for once they are sold', async () => {
    const item = fresh();
    await world.say(expects(item, '7.5', 0));
    await world.post(goods('receipt', 1, item, 10, ['@supplier', 'GUEST']));
    await world.value();
    expect(await world.held(item)).toEqual({});
    await world.post(goods('shipment', 2, item, 3, ['GUEST', '@customer']));
    await world.value();
    expect(await world.held(item)).toEqual({ consignor_payable: '-22.50', cost_of_goods_sold: '22.50' });
  });

  test('opening stock is worth what it is said to have cost', async () => {
    const item = fresh();
    await world.say(expects(item, '2.345678', 0));
    const opening = goods('count', 1, item, 1000, ['@adjustment', 'LOOSE']);
    await world.post({ ...opening, document: `opening ${opening.document}` });
    await world.value();
    expect(await world.held(item)).toEqual({ inventory: '2345.68', opening: '-2345.68' });
  });
});

describe('one pool for one item', () => {
  test('I11: with lots and without, over two shelves, an average is one, and never below zero while there are goods', async () => {
    const own = await openBooksWorld({ items: 1, rules: { method: 'average' } });
    try {
      const [item = 0] = own.items;
      const { rows } = await own.database.pool.query<{ id: number }>(
        `insert into lot (item_id, code) values ($1, 'L1') returning id`,
        [item],
      );
      const lot = rows[0]?.id ?? null;
      const shelf = (code: string) => ({ locationId: own.site(code), state: 'sellable' as const });
      const priced = (lines: readonly Line[], unitCost: string): Line[] =>
        lines.map((each) => ({ ...each, unitCost, currency: 'USD' }));
      await own.post(
        movement('receipt', DAY_S, priced([line(item, 10, shelf('@supplier'), shelf('LOOSE'), lot)], '1')),
        movement('receipt', 2 * DAY_S, priced([line(item, 10, shelf('@supplier'), shelf('YARD'))], '9')),
        movement('shipment', 3 * DAY_S, [line(item, 10, shelf('LOOSE'), shelf('@customer'), lot)]),
        movement('shipment', 4 * DAY_S, [line(item, 9, shelf('YARD'), shelf('@customer'))]),
      );
      await own.value();
      const { rows: pools } = await own.database.pool.query<{
        pool: number;
        amount: string;
        quantity: string;
      }>(
        `select pool, sum(amount)::text as amount, trim_scale(sum(quantity))::text as quantity from (
           select debit_pool as pool, amount, quantity from cost_entry where debit_pool is not null
           union all select credit_pool, -amount, -quantity from cost_entry where credit_pool is not null) e group by pool`,
      );
      expect(pools).toEqual([{ pool: 0, amount: '500', quantity: '1' }]);
    } finally {
      await own.close();
    }
  });
});

test('a rule that begins in the middle of a month prices nothing from before it', async () => {
  const item = fresh();
  await world.post(
    received(1, item, 10, { unitCost: '1' }),
    sold(2, item, 5),
    received(12, item, 5, { unitCost: '4' }),
    sold(13, item, 2),
    received(15, item, 6, { unitCost: '10' }),
  );
  await world.database.pool.query(
    `insert into cost_policy (item_id, method, timing, by_location, effective_at) values
       ($1, 'fifo', 'perpetual', false, '0001-01-02T00:00:00Z'), ($1, 'average', 'month', false, $2)`,
    [item, at(7 * DAY_S)],
  );
  await world.value({ windowLines: 2 });
  // 5 sold at 1 before the change; then 5 at 1, 5 at 4 and 6 at 10 are one average of 5.3125.
  expect(await world.held(item)).toMatchObject({ cost_of_goods_sold: '15.63', inventory: '74.37' });
  await expectAsAfresh(item);
});
