// Whatever happens in a shop, and however its events arrive, the facts add up to what the shop itself holds.
import { describe, expect, it } from 'vitest';
import type {
  Facts,
  Interpretation,
  ReportedMovement,
  ReportedReservations,
} from '../../../src/connectors/contract.ts';
import { instantFrom } from '../../../src/core/vocabulary/instant.ts';
import { seededRandom } from '../../../src/simulators/random.ts';
import { all, storedEvent, type TestShop, testShop } from './shop.ts';

const LONG_AGO = instantFrom('2020-01-01T00:00:00Z');

const factsIn = (answer: Interpretation): Facts => {
  if (answer.outcome !== 'facts') throw new Error(`no facts: ${answer.reason}`);
  return answer.facts;
};

/** Changes of on_hand and reserved units by `item location`, each document counted once. */
function folded(answers: readonly Interpretation[]) {
  const movements = new Map<string, ReportedMovement>();
  const reservations = new Map<string, ReportedReservations>();
  for (const answer of answers) {
    if (answer.outcome !== 'facts') continue;
    for (const movement of answer.facts.movements) {
      const key = JSON.stringify(movement.document);
      expect(movements.get(key) ?? movement, 'I4: one document says one thing').toEqual(movement);
      movements.set(key, movement);
    }
    for (const set of answer.facts.reservations) {
      const known = reservations.get(set.order);
      if (known === undefined || known.version <= set.version) reservations.set(set.order, set);
    }
  }
  const onHand = new Map<string, number>();
  const reserved = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, units: number) =>
    to.set(key, (to.get(key) ?? 0) + units);
  for (const { lines } of movements.values()) {
    for (const { item, quantity, from, to } of lines) {
      if ('location' in from) add(onHand, `${item.listing} ${from.location}`, -Number(quantity));
      if ('location' in to) add(onHand, `${item.listing} ${to.location}`, Number(quantity));
    }
  }
  for (const { lines } of reservations.values()) {
    for (const { item, location, quantity } of lines)
      add(reserved, `${item.listing} ${location}`, Number(quantity));
  }
  return { onHand, reserved };
}

/** Shopify's own account of the same two numbers. */
function booksOf(shop: TestShop, opening: ReadonlyMap<string, number>) {
  const onHand = new Map<string, number>();
  const reserved = new Map<string, number>();
  for (const row of shop.simulator.books().filter((one) => one.tracked)) {
    const key = `${row.itemId} ${row.locationId}`;
    const change = row.on_hand - (opening.get(key) ?? 0);
    if (change !== 0) onHand.set(key, change);
    if (row.committed !== 0) reserved.set(key, row.committed);
  }
  return { onHand, reserved };
}

const withoutZeros = (map: ReadonlyMap<string, number>) =>
  Object.fromEntries([...map].filter(([, units]) => units !== 0).sort());

const openingOf = (shop: TestShop) =>
  new Map(shop.simulator.books().map((row) => [`${row.itemId} ${row.locationId}`, row.on_hand]));

async function polled(shop: TestShop): Promise<readonly Interpretation[]> {
  const pages = await all(shop.connection.poll!.read('orders', undefined, LONG_AGO));
  const events = pages.flatMap((page) => page.events);
  return shop.connection.interpret(
    events.map((event) => ({ ...storedEvent(event.topic, event.body.toString()), source: 'poll' as const })),
  );
}

function expectAgreement(
  shop: TestShop,
  opening: ReadonlyMap<string, number>,
  answers: readonly Interpretation[],
) {
  const [ours, theirs] = [folded(answers), booksOf(shop, opening)];
  expect(withoutZeros(ours.onHand)).toEqual(withoutZeros(theirs.onHand));
  expect(withoutZeros(ours.reserved)).toEqual(withoutZeros(theirs.reserved));
}

describe('the life of an order', () => {
  it('I3: agrees with the shop after every step, from any one event and from all of them', async () => {
    await using shop = await testShop();
    const { simulator } = shop;
    const opening = openingOf(shop);
    const order = simulator.sell({
      lines: [
        { sku: 'CUP', quantity: 4 },
        { sku: 'SERVICE', quantity: 1 },
      ],
    });
    const heard: Interpretation[] = [];
    const step = async (topic: string, body: object) => {
      heard.push(await shop.tell(topic, body));
      expectAgreement(shop, opening, heard);
      expectAgreement(shop, opening, await polled(shop));
    };
    const digits = order.id.split('/').at(-1);
    await step('orders/create', { id: digits });
    const shipped = simulator.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 1 }] });
    await step('fulfillments/create', { id: 1, order_id: digits });
    simulator.cancelFulfilment({ fulfilment: shipped.fulfilments[0]!.id });
    await step('fulfillments/update', { id: 1, order_id: digits });
    const moved = simulator.moveFulfilmentOrder({ order: order.id, to: 'Store' });
    const routing = moved.fulfilmentOrders.find((one) => one.location === 'Store');
    await step('fulfillment_orders/moved', { moved_fulfillment_order: { id: routing?.id } });
    simulator.refund({ order: order.id, lines: [{ sku: 'CUP', quantity: 1, restock: 'cancel' }] });
    await step('refunds/create', { id: 1, order_id: digits });
    simulator.editOrder({ order: order.id, add: [{ sku: 'TEE', quantity: 1 }] });
    await step('orders/edited', { order_edit: { id: 1, order_id: digits } });
    simulator.fulfil({ order: order.id });
    await step('orders/updated', { id: digits });
    simulator.refund({
      order: order.id,
      lines: [{ sku: 'CUP', quantity: 1, restock: 'return', location: 'Warehouse' }],
    });
    await step('refunds/create', { id: 2, order_id: digits });
    const returned = simulator.openReturn({ order: order.id, lines: [{ sku: 'CUP', quantity: 1 }] });
    simulator.dispose({
      return: returned.returns[0]!.id,
      sku: 'CUP',
      quantity: 1,
      type: 'RESTOCKED',
      location: 'Store',
    });
    await step('returns/update', { admin_graphql_api_id: returned.returns[0]!.id });
    simulator.refund({
      order: order.id,
      return: returned.returns[0]!.id,
      lines: [{ sku: 'CUP', quantity: 1, restock: 'return', location: 'Store' }],
    });
    await step('refunds/create', { id: 3, order_id: digits });
  });

  it('keeps the item of a variant that was deleted after the sale', async () => {
    await using shop = await testShop();
    const order = shop.simulator.sell({ lines: [{ sku: 'RARE', quantity: 1 }] });
    const item = shop.item('RARE');
    shop.simulator.changeVariant({ sku: 'RARE', deleted: true });
    const { reservations } = factsIn(await shop.tell('orders/updated', { admin_graphql_api_id: order.id }));
    expect(reservations[0]?.lines).toMatchObject([{ item: { listing: item }, quantity: '1' }]);
  });

  it('releases what an order had reserved when the order is deleted', async () => {
    await using shop = await testShop();
    const { movements, reservations } = factsIn(
      await shop.tell('orders/delete', '{"id":820982911946154508}'),
    );
    expect(movements).toEqual([]);
    expect(reservations).toMatchObject([{ order: 'gid://shopify/Order/820982911946154508', lines: [] }]);
  });

  it.each([1, 2, 3, 4])('agrees with the shop after fifty random steps (seed %i)', async (seed) => {
    await using shop = await testShop();
    const opening = openingOf(shop);
    await liveThrough(shop, seed, 50);
    expect(shop.simulator.orders().length).toBeGreaterThan(5);
    expectAgreement(shop, opening, await polled(shop));
  });
});

/** Steps that Shopify and the hub must book alike; what the shop refuses is simply not a step. */
async function liveThrough(shop: TestShop, seed: number, steps: number): Promise<void> {
  const { simulator } = shop;
  const random = seededRandom(seed);
  const pick = <T>(rows: readonly T[]): T => rows[random.integer(0, rows.length - 1)] as T;
  const sku = () => pick(['CUP', 'TEE']);
  const units = () => random.integer(1, 2);
  const order = () => pick(simulator.orders()).id;
  const place = () => pick(['Warehouse', 'Store']);
  const actions: (() => unknown)[] = [
    () =>
      simulator.sell({
        lines: [
          { sku: sku(), quantity: units() },
          { sku: 'SERVICE', quantity: 1 },
        ],
      }),
    () => simulator.sell({ lines: [{ sku: sku(), quantity: 1 }], pos: true, location: place() }),
    () => simulator.fulfil({ order: order() }),
    () => simulator.fulfil({ order: order(), lines: [{ sku: sku(), quantity: 1 }] }),
    () => simulator.cancelFulfilment({ fulfilment: pick(pick(simulator.orders()).fulfilments).id }),
    () => simulator.moveFulfilmentOrder({ order: order(), to: place() }),
    () => simulator.editOrder({ order: order(), add: [{ sku: sku(), quantity: 1 }] }),
    () => simulator.editOrder({ order: order(), remove: [{ sku: sku(), quantity: 1 }] }),
    () => simulator.refund({ order: order(), lines: [{ sku: sku(), quantity: 1, restock: 'cancel' }] }),
    () =>
      simulator.refund({
        order: order(),
        lines: [{ sku: sku(), quantity: 1, restock: 'return', location: place() }],
      }),
    () => simulator.cancelOrder({ order: order() }),
  ];
  simulator.sell({ lines: [{ sku: 'CUP', quantity: 2 }] });
  for (let step = 0; step < steps; step += 1) {
    try {
      pick(actions)();
    } catch {}
  }
}

describe('a batch of events', () => {
  it('reads an order once, however many of its events are in it, and answers each in its place', async () => {
    await using shop = await testShop();
    const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const digits = order.id.split('/').at(-1);
    const before = shop.simulator.requests().length;
    const answers = await shop.connection.interpret([
      storedEvent('orders/create', { id: digits }),
      storedEvent('products/update', { id: 1 }),
      storedEvent('orders/updated', { admin_graphql_api_id: order.id }),
      storedEvent('orders/updated', { id: 404 }),
      storedEvent('inventory_levels/update', {
        inventory_item_id: shop.item('CUP').split('/').at(-1),
        location_id: shop.place('Store').split('/').at(-1),
      }),
      storedEvent('fulfillment_orders/moved', {
        moved_fulfillment_order: { id: order.fulfilmentOrders[0]?.id },
      }),
    ]);
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      'facts',
      'ignored',
      'facts',
      'quarantined',
      'facts',
      'facts',
    ]);
    expect(answers[0]).toEqual(answers[5]);
    // A hint that comes late is no clock that is wrong: what it made us read is of the time of reading.
    expect(answers[0]).toHaveProperty('readAt', expect.stringMatching(/^20.*Z$/));
    expect(factsIn(answers[4]!).observations).toMatchObject([{ basis: 'available', quantity: '10' }]);
    const names = shop.simulator
      .requests()
      .slice(before)
      .map((one) => one.names[0]);
    expect(names.filter((name) => name === 'StockbridgeOrdersById')).toHaveLength(1);
  });

  it('needs no further question for polled orders', async () => {
    await using shop = await testShop();
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const [page] = await all(shop.connection.poll!.read('orders', undefined, LONG_AGO));
    const before = shop.simulator.requests().length;
    const answers = await shop.connection.interpret(
      page!.events.map((event) => storedEvent(event.topic, event.body.toString())),
    );
    expect(answers).toMatchObject([{ outcome: 'facts' }]);
    expect(answers[0]).not.toHaveProperty('readAt');
    expect(shop.simulator.requests().length).toBe(before);
  });

  it('reports no level of an item that Shopify does not track or stock, nor of an ignored location', async () => {
    await using shop = await testShop();
    const level = (sku: string, place: string) =>
      shop.tell('inventory_levels/update', {
        inventory_item_id: shop.item(sku).split('/').at(-1),
        location_id: shop.place(place).split('/').at(-1),
      });
    expect(await level('SERVICE', 'Store')).toMatchObject({ outcome: 'ignored' });
    expect(await level('RARE', 'Store')).toMatchObject({ outcome: 'ignored' });
    shop.simulator.setStocked({ sku: 'TEE', location: 'Store', isActive: false });
    expect(await level('TEE', 'Store')).toMatchObject({ outcome: 'ignored' });
  });
});
