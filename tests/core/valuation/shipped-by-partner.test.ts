// Goods that a partner's warehouse ships under our shipping order, and that come back through the shop under the shop's own.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Movement } from '../../../src/core/ledger/movement.ts';
import type { MovementType } from '../../../src/core/vocabulary/words.ts';
import { line, movement } from '../ledger/world.ts';
import { type BooksWorld, openBooksWorld } from './books-world.ts';

const DAY_S = 86_400;

let world: BooksWorld;
let partner = 0;
let other = 0;
let used = 0;
let numbers = 0;
beforeAll(async () => {
  world = await openBooksWorld({ items: 10 });
  const { rows } = await world.database.pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ('partner', 'threepl', 'epoch'), ('market', 'demo', 'epoch') returning id`,
  );
  [partner, other] = rows.map(({ id }) => id) as [number, number];
});
afterAll(() => world.close());

const fresh = (): number => {
  used += 1;
  return world.items[used] ?? 0;
};

/** Shipping orders of one order of the shop's: `FO-1`, and the rest of it as `FO-1-2`. */
async function asked(order: string, parts = 1, channel = world.connectionId): Promise<string[]> {
  numbers += 1;
  const own = Array.from({ length: parts }, (_, part) => `FO-${numbers}${part === 0 ? '' : `-${part + 1}`}`);
  await world.database.pool.query(
    `insert into fulfilment_order (connection_id, channel_id, order_document, location_id, number, send_after)
     select $1, $2, $3, $4, number, clock_timestamp() from unnest($5::text[]) as n (number)`,
    [partner, channel, order, world.site('LOOSE'), own],
  );
  return own;
}

function goods(
  type: MovementType,
  day: number,
  item: number,
  quantity: number,
  more: Partial<Movement> & { unitCost?: string; at?: string } = {},
): Movement {
  const { unitCost, at = 'LOOSE', ...rest } = more;
  const place = (code: string) => ({ locationId: world.site(code), state: 'sellable' as const });
  const outside = place(type === 'receipt' ? '@supplier' : '@customer');
  const [from, to] = type === 'shipment' ? [place(at), outside] : [outside, place(at)];
  numbers += 1;
  const moved = {
    ...line(item, quantity, from, to),
    ...(unitCost !== undefined && { unitCost, currency: 'USD' }),
  };
  return { ...movement(type, day * DAY_S, [moved], { id: `movement ${numbers}` }), ...rest };
}

const postedBy = (connectionId: number, ...movements: Movement[]) =>
  world.ledger.post([
    {
      connectionId,
      inboxEventId: null,
      movements,
      counts: [],
      reservations: [],
      observations: [],
      note: null,
    },
  ]);

/** What came back on each return of an item, in cents by day, as the entries say. */
async function cameBack(item: number): Promise<number[]> {
  const { rows } = await world.database.pool.query<{ amount: string }>(
    `select sum(amount)::text as amount from cost_entry where item_id = $1 and kind = 'customer_return'
     group by effective_at, step_key having sum(amount) <> 0 order by effective_at`,
    [item],
  );
  return rows.map(({ amount }) => Number(amount));
}

async function expectAsAfresh(item: number): Promise<void> {
  const { stored, afresh } = await world.bothWays(item);
  expect(stored).toEqual(afresh);
}

for (const windowLines of [1, 5_000])
  test(`I9: what a partner shipped comes back through the shop at the cost it left at, ${windowLines} lines at a time`, async () => {
    const item = fresh();
    const order = `O-${windowLines}`;
    const [first = '', rest = ''] = await asked(order, 2);
    await world.post(
      goods('receipt', 1, item, 3, { unitCost: '5', reference: `PO-${windowLines}` }),
      goods('receipt', 2, item, 10, { unitCost: '9' }),
    );
    await postedBy(
      partner,
      goods('shipment', 3, item, 2, { reference: first }),
      goods('shipment', 4, item, 1, { reference: rest }),
      goods('shipment', 5, item, 1, { reference: 'FO-77' }),
    );
    await world.post(goods('return', 6, item, 2, { reference: order }));
    await world.value({ windowLines });
    expect(await cameBack(item)).toEqual([1_000]);
    await world.post(goods('receipt', 6.5, item, 1, { unitCost: '9' }));
    // the warehouse says it of one part: what is left of the order comes back, and then no more of it
    await postedBy(partner, goods('return', 7, item, 2, { reference: rest }));
    await world.value({ windowLines });
    expect(await cameBack(item)).toEqual([1_000, 500 + 900]);
    await expectAsAfresh(item);
    // a late bill of the goods reaches their returns
    await world.say({
      ...{
        kind: 'bill',
        key: `00000000-0000-4000-8000-${String(windowLines).padStart(12, '0')}`,
        document: `bill ${windowLines}`,
      },
      effectiveAt: goods('receipt', 8, item, 1).occurredAt,
      content: {
        ...{ number: `B-${windowLines}`, supplier: 'Northmill', currency: 'USD' },
        lines: [{ itemId: item, reference: `PO-${windowLines}`, quantity: '3', amount: '18' }],
      },
    } as Parameters<typeof world.say>[0]);
    await world.value({ windowLines });
    expect(await cameBack(item)).toEqual([1_200, 600 + 900]);
    await expectAsAfresh(item);
  });

test('I9: another cost of what a partner shipped reaches its return, though the stock between comes to be as it was', async () => {
  const item = fresh();
  const [number = ''] = await asked('O-late');
  await world.post(
    goods('receipt', 1, item, 2, { unitCost: '5' }),
    goods('receipt', 5, item, 9, { unitCost: '9' }),
  );
  await postedBy(partner, goods('shipment', 3, item, 2, { reference: number }));
  await world.post(goods('return', 6, item, 2, { reference: 'O-late' }));
  await world.value({ windowLines: 1 });
  expect(await cameBack(item)).toEqual([1_000]);
  await world.post(goods('receipt', 0, item, 1, { unitCost: '1' }), goods('shipment', 3.5, item, 1));
  await world.value({ windowLines: 1 });
  expect(await cameBack(item)).toEqual([600]);
  await expectAsAfresh(item);
});

test('goods of a consignor’s that a partner shipped come back at what was owed for them', async () => {
  const item = fresh();
  const [number = ''] = await asked('O-guest');
  const expected = (day: number, unitCost: string) =>
    ({
      ...{
        kind: 'expected_cost',
        document: `expected ${day}`,
        effectiveAt: goods('receipt', day, item, 1).occurredAt,
      },
      ...{ key: `00000000-0000-4000-8000-00000000a00${day}`, content: { itemId: item, unitCost } },
    }) as Parameters<typeof world.say>[0];
  await world.say(expected(0, '10'), expected(2, '12'));
  await postedBy(partner, goods('shipment', 1, item, 2, { reference: number, at: 'GUEST' }));
  await world.post(goods('return', 3, item, 2, { reference: 'O-guest', at: 'GUEST' }));
  await world.value({ windowLines: 1 });
  expect(await world.held(item)).toEqual({});
  await expectAsAfresh(item);
});

test('an order of the same name at another shop is another order', async () => {
  const item = fresh();
  const [number = ''] = await asked('O-twin', 1, other);
  await world.post(
    goods('receipt', 1, item, 1, { unitCost: '5' }),
    goods('receipt', 2, item, 9, { unitCost: '9' }),
  );
  await postedBy(partner, goods('shipment', 3, item, 1, { reference: number }));
  await world.post(goods('return', 4, item, 1, { reference: 'O-twin' }));
  await world.value();
  expect(await cameBack(item)).toEqual([900]);
  await expectAsAfresh(item);
});

test('returns that were valued before the names of orders were known are valued anew by the migration', async () => {
  const item = fresh();
  await world.post(
    goods('receipt', 1, item, 1, { unitCost: '5' }),
    goods('receipt', 2, item, 9, { unitCost: '9' }),
    goods('return', 4, item, 1, { reference: 'O-old' }),
  );
  await postedBy(partner, goods('shipment', 3, item, 1, { reference: `FO-${numbers + 1}` }));
  await world.value();
  expect(await cameBack(item)).toEqual([900]);
  numbers -= 1;
  await asked('O-old');
  const migration = new URL(
    '../../../src/core/migrations/0028_returns_of_shipping_orders.sql',
    import.meta.url,
  );
  await world.database.pool.query(await readFile(migration, 'utf8'));
  await world.value();
  expect(await cameBack(item)).toEqual([500]);
  await expectAsAfresh(item);
});
