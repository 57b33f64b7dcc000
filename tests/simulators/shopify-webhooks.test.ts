// Webhooks as a subscriber meets them: signed, repeated, out of order, late, and gone when nobody answers.
import { parse } from 'lossless-json';
import { expect, it } from 'vitest';
import { ask, at, type Caught, listAt, smallShop, subscriber } from './shopify-client.ts';

type Shop = Awaited<ReturnType<typeof smallShop>>;

async function subscribe(shop: Shop, topic: string, uri: string, more: object = {}): Promise<void> {
  const reply = await ask(shop, 'StockbridgeCreateWebhookSubscription', {
    topic,
    subscription: { uri, ...more },
  });
  expect(listAt(reply, 'data.webhookSubscriptionCreate.userErrors')).toEqual([]);
}

const cup = { lines: [{ sku: 'CUP', quantity: 1 }] };
const topics = (caught: Caught[]): string[] => caught.map((one) => one.topic);

it('deliveries carry the headers of the real ones and a signature over the raw bytes', async () => {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  await subscribe(shop, 'ORDERS_CREATE', hooks.uri, { name: 'stock-1' });
  const order = shop.sell(cup);
  await shop.settled();
  const [caught] = hooks.caught;
  expect(caught?.isSigned).toBe(true);
  expect(caught?.headers).toMatchObject({
    'x-shopify-topic': 'orders/create',
    'x-shopify-shop-domain': shop.domain,
    'x-shopify-api-version': '2026-10',
    'x-shopify-name': 'stock-1',
    'x-shopify-webhook-id': expect.stringMatching(/./),
    'x-shopify-event-id': expect.stringMatching(/./),
    'x-shopify-triggered-at': expect.stringMatching(/^\d{4}-/),
  });
  const body: unknown = JSON.parse(caught?.body ?? '');
  expect(body).toMatchObject({ admin_graphql_api_id: order.id, location_id: null, fulfillment_status: null });
  expect(at(body, 'line_items.0')).toMatchObject({ sku: 'CUP', fulfillable_quantity: 1 });
  expect(at(body, 'created_at')).toMatch(/\+0[12]:00$/);
});

it('the life of an order is told topic by topic', async () => {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  const all =
    'ORDERS_CREATE ORDERS_UPDATED ORDERS_EDITED ORDERS_CANCELLED REFUNDS_CREATE FULFILLMENTS_CREATE ' +
    'FULFILLMENTS_UPDATE FULFILLMENT_ORDERS_MOVED INVENTORY_LEVELS_UPDATE';
  for (const topic of all.split(' ')) await subscribe(shop, topic, hooks.uri);
  const told = async (act: () => unknown): Promise<string[]> => {
    hooks.caught.length = 0;
    act();
    await shop.settled();
    return topics(hooks.caught).sort();
  };
  let order = shop.sell(cup);
  await shop.settled();
  expect(await told(() => shop.editOrder({ order: order.id, add: [{ sku: 'CUP', quantity: 1 }] }))).toEqual([
    'inventory_levels/update',
    'orders/edited',
    'orders/updated',
  ]);
  expect(await told(() => shop.moveFulfilmentOrder({ order: order.id, to: 'Store' }))).toContain(
    'fulfillment_orders/moved',
  );
  // Shipping changes committed and on_hand alone, which here fires no level webhook.
  expect(
    await told(() => {
      order = shop.fulfil({ order: order.id });
    }),
  ).toEqual(['fulfillments/create', 'orders/updated']);
  expect(await told(() => shop.cancelFulfilment({ fulfilment: order.fulfilments[0]?.id ?? '' }))).toEqual([
    'fulfillments/update',
    'orders/updated',
  ]);
  expect(
    at(JSON.parse(hooks.caught.find((one) => one.topic === 'fulfillments/update')?.body ?? ''), 'status'),
  ).toBe('cancelled');
  expect(await told(() => shop.cancelOrder({ order: order.id }))).toEqual([
    'inventory_levels/update',
    'inventory_levels/update',
    'orders/cancelled',
    'orders/updated',
    'refunds/create',
  ]);
});

it('ids above 2^53 go out with every digit', async () => {
  await using shop = await smallShop({ largeIds: true });
  await using hooks = await subscriber(shop.clientSecret);
  await subscribe(shop, 'REFUNDS_CREATE', hooks.uri);
  const order = shop.sell(cup);
  shop.refund({ order: order.id, lines: [{ sku: 'CUP', quantity: 1, restock: 'cancel' }] });
  await shop.settled();
  const text = hooks.caught[0]?.body ?? '';
  const exact = parse(text);
  const gid = String(at(exact, 'admin_graphql_api_id'));
  expect(String(at(exact, 'id'))).toBe(gid.split('/').at(-1));
  expect(String(at(exact, 'order_id'))).toBe(order.id.split('/').at(-1));
});

it('a subscription sees only the fields and events it asked for', async () => {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  await subscribe(shop, 'ORDERS_UPDATED', hooks.uri, {
    includeFields: ['id', 'admin_graphql_api_id', 'line_items.sku'],
  });
  await subscribe(shop, 'ORDERS_CREATE', hooks.uri, { filter: 'source_name:pos' });
  const order = shop.sell(cup);
  shop.fulfil({ order: order.id });
  shop.sell({ ...cup, pos: true, location: 'Store' });
  await shop.settled();
  expect(topics(hooks.caught).sort()).toEqual(['orders/create', 'orders/updated']);
  const updated: unknown = JSON.parse(hooks.caught.find((one) => one.topic === 'orders/updated')?.body ?? '');
  expect(updated).toEqual({
    id: expect.any(Number),
    admin_graphql_api_id: order.id,
    line_items: [{ sku: 'CUP' }],
  });
});

it('a failed delivery is retried with its first body', async () => {
  await using shop = await smallShop({ retryScale: 0.0001 });
  let failures = 2;
  await using hooks = await subscriber(shop.clientSecret, () => (failures-- > 0 ? 503 : 200));
  await subscribe(shop, 'ORDERS_CREATE', hooks.uri);
  const order = shop.sell(cup);
  await expect.poll(() => hooks.caught.length).toBeGreaterThan(0);
  shop.fulfil({ order: order.id });
  await shop.settled();
  expect(hooks.caught).toHaveLength(3);
  expect(new Set(hooks.caught.map((one) => one.body)).size).toBe(1);
  expect(new Set(hooks.caught.map((one) => one.headers['x-shopify-webhook-id'])).size).toBe(1);
  expect(shop.deliveries()[0]).toMatchObject({
    status: 'delivered',
    attempts: [{ status: 503 }, { status: 503 }, { status: 200 }],
  });
});

it('eight retries in vain cost the subscription', async () => {
  await using shop = await smallShop({ retryScale: 0.00001 });
  await using hooks = await subscriber(shop.clientSecret, () => 500);
  await subscribe(shop, 'ORDERS_CREATE', hooks.uri);
  shop.sell(cup);
  await shop.settled();
  expect(hooks.caught).toHaveLength(9);
  expect(shop.subscriptions()).toEqual([]);
  expect(
    listAt(await ask(shop, 'StockbridgeWebhookSubscriptions'), 'data.webhookSubscriptions.nodes'),
  ).toEqual([]);
});

it('a subscriber that does not answer in time has not received', async () => {
  await using shop = await smallShop({ retryScale: 0.00001, webhookTimeoutMs: 20 });
  await using silent = await subscriber(shop.clientSecret, () => null);
  await subscribe(shop, 'ORDERS_CREATE', silent.uri);
  shop.sell(cup);
  await shop.settled();
  expect(shop.deliveries()[0]).toMatchObject({ status: 'failed', attempts: { length: 9 } });
  expect(shop.deliveries()[0]?.attempts[0]).toMatchObject({ status: null, error: 'timed out' });
});

it('deliveries are doubled, shuffled and dropped on request, the same way for the same seed', async () => {
  const run = async (): Promise<string[]> => {
    await using shop = await smallShop({ seed: 7 });
    await using hooks = await subscriber(shop.clientSecret);
    await subscribe(shop, 'ORDERS_CREATE', hooks.uri, { includeFields: ['name'] });
    shop.seed({ variants: [{ sku: 'MUG', onHand: { Warehouse: 100 } }] });
    shop.setFaults({ webhooks: { duplicate: 1, reorderWindowMs: 400, dropProbability: 0.3 } });
    for (let order = 0; order < 20; order += 1) shop.sell({ lines: [{ sku: 'MUG', quantity: 1 }] });
    await shop.settled();
    return hooks.caught.map((one) => String(at(JSON.parse(one.body), 'name')));
  };
  const first = await run();
  const second = await run();
  expect([...first].sort()).toEqual([...second].sort());
  const different = new Set(first);
  expect(different.size).toBeLessThan(20);
  expect(first).toHaveLength(different.size * 2);
  expect([...different]).not.toEqual([...different].sort());
});

it('several changes of one level can all show its last state', async () => {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  await subscribe(shop, 'INVENTORY_LEVELS_UPDATE', hooks.uri);
  shop.setFaults({ webhooks: { mergeLevelsMs: 50 } });
  shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: -10 });
  shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: 4 });
  await shop.settled();
  expect(hooks.caught.map((one) => at(JSON.parse(one.body), 'available'))).toEqual([4, 4]);
});

it('our own push echoes as a level webhook that does not say who did it', async () => {
  await using shop = await smallShop();
  await using hooks = await subscriber(shop.clientSecret);
  await subscribe(shop, 'INVENTORY_LEVELS_UPDATE', hooks.uri);
  const { itemId: inventoryItemId, locationId } = shop.place;
  await ask(shop, 'StockbridgeSetQuantities', {
    idempotencyKey: 'a',
    input: {
      name: 'on_hand',
      reason: 'correction',
      quantities: [{ inventoryItemId, locationId, quantity: 3, changeFromQuantity: 10 }],
    },
  });
  await shop.settled();
  const body: unknown = JSON.parse(hooks.caught[0]?.body ?? '');
  expect(Object.keys(body as object).sort()).toEqual([
    'admin_graphql_api_id',
    'available',
    'inventory_item_id',
    'location_id',
    'updated_at',
  ]);
  expect(at(body, 'available')).toBe(3);
});

it('subscriptions can be listed, changed and deleted, and a second one for the same address is refused', async () => {
  await using shop = await smallShop();
  const uri = 'https://hub.example/hooks';
  await subscribe(shop, 'ORDERS_CREATE', uri);
  const twice = await ask(shop, 'StockbridgeCreateWebhookSubscription', {
    topic: 'ORDERS_CREATE',
    subscription: { uri },
  });
  expect(at(twice, 'data.webhookSubscriptionCreate.userErrors.0.message')).toContain('already been taken');
  const listed = await ask(shop, 'StockbridgeWebhookSubscriptions');
  const id = at(listed, 'data.webhookSubscriptions.nodes.0.id');
  expect(at(listed, 'data.webhookSubscriptions.nodes.0.apiVersion.handle')).toBe('2026-10');
  const changed = await ask(shop, 'StockbridgeUpdateWebhookSubscription', {
    id,
    subscription: { includeFields: ['id'] },
  });
  expect(at(changed, 'data.webhookSubscriptionUpdate.webhookSubscription.includeFields')).toEqual(['id']);
  await ask(shop, 'StockbridgeDeleteWebhookSubscription', { id });
  expect(shop.subscriptions()).toEqual([]);
});
