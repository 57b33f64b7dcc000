// How far a late fact reaches: into other items, and to days before the goods it names.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importCatalog } from '../../../src/core/catalog/import.ts';
import { voidOf } from '../../../src/core/costs/document.ts';
import { factKey, type Movement } from '../../../src/core/ledger/movement.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { at, line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from './books-world.ts';

const DAY_S = 86_400;

let world: BooksWorld;
let made = 0;
let used = 0;
beforeAll(async () => {
  world = await openBooksWorld({ items: 60 });
});
afterAll(() => world.close());

/** An item that no other test touches; later ones have higher ids. */
const fresh = (): number => {
  used += 1;
  return world.items[used] ?? 0;
};
const named = (what: string): string => {
  made += 1;
  return `${what} ${made}`;
};

interface More {
  readonly reference?: string;
  readonly document?: string;
  readonly unitCost?: string;
}

function goods(
  type: MovementType,
  day: number,
  item: number,
  quantity: number,
  [from, to]: readonly [string, string],
  { reference, document, unitCost }: More = {},
): Movement {
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const own = {
    ...line(item, quantity, place(from), place(to)),
    unitCost: unitCost ?? null,
    currency: unitCost === undefined ? null : 'USD',
  };
  const moved = movement(type, day * DAY_S, [own], { id: named('movement') });
  return { ...moved, reference: reference ?? null, document: document ?? moved.document };
}

const received = (day: number, item: number, quantity: number, more: More = {}): Movement =>
  goods('receipt', day, item, quantity, ['@supplier', 'LOOSE'], more);
const sold = (day: number, item: number, quantity: number, more: More = {}): Movement =>
  goods('shipment', day, item, quantity, ['LOOSE', '@customer'], more);
const consumed = (day: number, item: number, quantity: number, reference: string): Movement =>
  goods('production', day, item, quantity, ['LOOSE', '@production'], { reference });
const produced = (day: number, item: number, quantity: number, reference: string): Movement =>
  goods('production', day, item, quantity, ['@production', 'LOOSE'], { reference });

const said = (what: string, day: number) => {
  const document = named(what);
  return { key: factKey(1, { type: what, id: document }), document, effectiveAt: at(day * DAY_S) };
};
const billed = (
  day: number,
  ...lines: readonly (readonly [item: number, reference: string, quantity: number, amount: string])[]
) => ({
  ...said('bill', day),
  kind: 'bill' as const,
  content: {
    number: named('number'),
    supplier: 'Northmill',
    currency: 'USD',
    lines: lines.map(([itemId, reference, quantity, amount]) => ({
      ...{ itemId, reference, quantity: String(quantity), amount },
    })),
  },
});
const expects = (day: number, itemId: number, unitCost: string) => ({
  ...said('expected', day),
  kind: 'expected_cost' as const,
  content: { itemId, unitCost },
});
const freight = (day: number, amount: string, ...receipts: string[]) => ({
  ...said('freight', day),
  kind: 'landed_cost' as const,
  content: {
    ...{ number: named('number'), amount, currency: 'USD', receipts },
    ...{ by: 'value' as const, role: 'landed_clearing' as const },
  },
});
const ordered = (day: number, reference: string, more: object) => ({
  ...said('plan', day),
  kind: 'production_order' as const,
  content: { reference, ...more },
});

async function expectAsAfresh(...items: readonly number[]): Promise<void> {
  for (const item of items) {
    const { stored, afresh } = await world.bothWays(item);
    expect(stored).toEqual(afresh);
  }
}

/** What a role stands at over some items, in cents. */
async function over(role: string, ...items: readonly number[]): Promise<number> {
  const held = await Promise.all(items.map((item) => world.held(item)));
  return held.reduce((sum, own) => sum + Math.round(Number(own[role] ?? '0') * 100), 0);
}

/** Two items of 100.00 each, and freight of 20.00 that is divided by what they cost. */
async function sharing() {
  const [a, b] = [fresh(), fresh()];
  const [one, two] = [named('PO'), named('PO')];
  await world.say(expects(0, a, '10'), expects(0, b, '10'));
  await world.post(received(1, a, 10, { reference: one }), received(2, b, 10, { reference: two }));
  await world.say(freight(3, '20', one, two));
  await world.value();
  expect(await over('inventory', a)).toBe(11_000);
  return { a, b, one, two };
}

test('I9: a bill for one item divides freight by value anew among all that share it, and so does its void', async () => {
  const { a, b, one } = await sharing();
  const bill = billed(20, [a, one, 10, '300']);
  await world.say(bill);
  await world.value();
  expect(await over('landed_clearing', a)).toBe(-1_500);
  expect(await over('landed_clearing', a, b)).toBe(-2_000);
  await expectAsAfresh(a, b);
  await world.say(voidOf(bill, instantFrom(at(21 * DAY_S))));
  await world.value();
  expect(await over('landed_clearing', b)).toBe(-1_000);
  await expectAsAfresh(a, b);
});

test('I9: another expected cost of one item divides freight by value anew', async () => {
  const { a, b } = await sharing();
  await world.say(expects(1, a, '30'));
  await world.value();
  expect([await over('landed_clearing', a), await over('landed_clearing', b)]).toEqual([-1_500, -500]);
  await expectAsAfresh(a, b);
});

test('I9: a bill that takes goods from one of another name divides freight by value anew', async () => {
  const { a, b, one } = await sharing();
  const other = named('DN');
  // earlier goods without the freight's name, and later ones with both: who names one receipt goes first
  await world.post(
    received(1, a, 10, { reference: other, unitCost: '10' }),
    received(2, a, 10, { reference: one, document: other, unitCost: '10' }),
  );
  await world.value();
  await world.say(billed(5, [a, other, 20, '600']));
  await world.value();
  await expectAsAfresh(a, b);
  await world.say(billed(6, [a, one, 20, '100']));
  await world.value();
  await expectAsAfresh(a, b);
});

test('I9: a change of price on one name of goods reaches earlier ones that are billed under their other name', async () => {
  const item = fresh();
  const [order, note] = [named('PO'), named('DN')];
  await world.post(
    received(1, item, 10, { reference: note, unitCost: '1' }),
    received(5, item, 10, { reference: order, document: note, unitCost: '1' }),
  );
  await world.say(billed(6, [item, note, 20, '20'], [item, note, 0, '10']));
  await world.value({ windowLines: 1 });
  await world.say(billed(7, [item, order, 10, '10']));
  await world.value({ windowLines: 1 });
  await expectAsAfresh(item);
});

test('I9: labour of an order that plans no output stands on its own day, whatever was known of the goods then', async () => {
  const [raw, product] = [fresh(), fresh()];
  const order = named('MO');
  await world.post(received(0, raw, 10, { unitCost: '10' }), received(0, product, 5, { unitCost: '7' }));
  await world.value();
  await world.say(ordered(1, order, { absorption: [{ amount: '25' }] }));
  await world.value();
  await world.post(sold(4, product, 3));
  await world.value();
  await world.post(consumed(5, raw, 10, order));
  await world.value();
  await world.post(produced(6, product, 5, order));
  await world.value();
  await expectAsAfresh(raw, product);
  expect(await over('absorbed', raw, product)).toBe(-2_500);
  expect(await over('work_in_progress', raw, product)).toBe(0);
});

test('I9: what a closed order leaves follows what it consumed, without any output and whoever keeps it', async () => {
  const [one, two] = [fresh(), fresh()];
  const [order, purchase] = [named('MO'), named('PO')];
  await world.post(
    received(0, one, 10, { unitCost: '10' }),
    received(0, two, 10, { reference: purchase, unitCost: '10' }),
    consumed(3, one, 1, order),
    consumed(4, two, 10, order),
  );
  await world.say(ordered(1, order, { absorption: [{ amount: '5' }], closedAt: at(2 * DAY_S) }));
  await world.value();
  expect(await over('work_in_progress', one, two)).toBe(0);
  await world.say(billed(9, [two, purchase, 10, '130']));
  await world.value();
  await expectAsAfresh(one, two);
  expect(await over('work_in_progress', one, two)).toBe(0);
  // its first output keeps it from now on
  const product = world.items[0] ?? 0;
  await world.post(produced(6, product, 1, order));
  await world.value();
  await expectAsAfresh(product, one, two);
  expect(await over('work_in_progress', product, one, two)).toBe(0);
});

test('I9: labour by the unit of a planned order stands where its earliest output does, before the plan itself', async () => {
  const [product, other] = [fresh(), fresh()];
  const order = named('MO');
  await world.post(received(0, product, 2, { unitCost: '1' }), produced(3, other, 4, order));
  // a state is kept after each line, to be gone on from
  await world.post(sold(4, product, 1));
  await world.value({ windowLines: 1 });
  const planned = [
    { itemId: product, quantity: '2' },
    { itemId: other, quantity: '4' },
  ];
  await world.say(ordered(5, order, { planned, absorption: [{ perUnit: '2' }] }));
  await world.value();
  await expectAsAfresh(product, other);
});

test('goods of a consignor’s come back at the cost that they left at, whatever is expected by then', async () => {
  const item = fresh();
  const order = { reference: named('order') };
  const theirs = (type: MovementType, day: number, quantity: number, more: More = order) =>
    type === 'return'
      ? goods(type, day, item, quantity, ['@customer', 'GUEST'], more)
      : goods(type, day, item, quantity, ['GUEST', '@customer'], more);
  await world.say(expects(0, item, '10'), expects(2, item, '12'));
  await world.post(theirs('shipment', 1, 3), theirs('return', 3, 2), theirs('return', 4, 1));
  // one line at a time: what was sold is read back from the store
  await world.value({ windowLines: 1 });
  expect(await world.held(item)).toEqual({});
  await expectAsAfresh(item);
  // more than was sold, and what was never sold comes back at the present cost
  await world.post(
    theirs('shipment', 5, 3),
    theirs('return', 6, 4),
    theirs('return', 7, 1, { reference: named('order') }),
  );
  await world.value({ windowLines: 1 });
  expect(await world.held(item)).toEqual({ consignor_payable: '24.00', cost_of_goods_sold: '-24.00' });
  await expectAsAfresh(item);
  // a late price of the sale is that of what came back for it
  await world.say(expects(1, item, '11'));
  await world.value({ windowLines: 1 });
  await expectAsAfresh(item);
  expect(await world.held(item)).toEqual({ consignor_payable: '24.00', cost_of_goods_sold: '-24.00' });
});

const locations = async (csv: string): Promise<void> => {
  const { applied } = await importCatalog(world.database.pool, 'locations', csv);
  expect(applied).toBe(true);
};

test('I9: a place that becomes one of transit, or is one no more, is valued anew with all that passed through it', async () => {
  const item = fresh();
  const [toYard, fromYard] = [
    ['@supplier', 'YARD'],
    ['YARD', '@customer'],
  ] as const;
  await world.post(
    goods('receipt', 1, item, 10, toYard, { unitCost: '5' }),
    received(2, item, 10, { unitCost: '9' }),
  );
  await world.value({ windowLines: 1 });
  await locations('code,kind\nYARD,transit\n');
  await world.value({ windowLines: 1 });
  await expectAsAfresh(item);
  expect(await world.held(item)).toMatchObject({ in_transit: '50.00', inventory: '90.00' });
  await world.post(
    goods('transfer', 3, item, 4, ['YARD', 'LOOSE']),
    sold(4, item, 1),
    goods('shipment', 5, item, 6, fromYard),
  );
  await world.value({ windowLines: 1 });
  await expectAsAfresh(item);
  expect(await world.held(item)).not.toHaveProperty('in_transit');
  await locations('code,kind\nYARD,warehouse\n');
  await world.value({ windowLines: 1 });
  await expectAsAfresh(item);
  // the first ten in were the first out, wherever they lay
  expect(await world.held(item)).toMatchObject({ inventory: '105.00', cost_of_goods_sold: '35.00' });
});

test('I9: goods that become somebody else’s leave their share of a freight to those that came with them', async () => {
  const [a, b] = [fresh(), fresh()];
  const [one, two] = [named('PO'), named('PO')];
  await world.say(expects(0, a, '10'), expects(0, b, '10'));
  await world.post(
    goods('receipt', 1, a, 10, ['@supplier', 'BACK'], { reference: one }),
    received(2, b, 10, { reference: two }),
  );
  await world.say(freight(3, '20', one, two));
  await world.value();
  expect(await over('landed_clearing', b)).toBe(-1_000);
  await locations('code,ownership\nBACK,consigned_in\n');
  await world.value();
  await expectAsAfresh(a, b);
  expect(await over('landed_clearing', b)).toBe(-2_000);
  await locations('code,ownership\nBACK,own\n');
  await world.value();
  await expectAsAfresh(a, b);
  expect(await over('landed_clearing', b)).toBe(-1_000);
});
