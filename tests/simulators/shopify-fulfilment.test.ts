// Telling the simulated shop what was shipped: the same stock arithmetic and webhooks as shipping it there, no kindness.
import { describe, expect, it } from 'vitest';
import { ask, at, levelsOf, listAt, smallShop, subscriber } from './shopify-client.ts';

type Shop = Awaited<ReturnType<typeof smallShop>>;

const sell = (shop: Shop, quantity = 3, location = 'Warehouse') =>
  shop.sell({ lines: [{ sku: 'CUP', quantity }], location });

const create = async (shop: Shop, fulfillment: object) =>
  at(await ask(shop, 'StockbridgeCreateFulfillment', { fulfillment }), 'data.fulfillmentCreate');

const allOf = (order: ReturnType<typeof sell>) => ({
  lineItemsByFulfillmentOrder: order.fulfilmentOrders.map(({ id }) => ({ fulfillmentOrderId: id })),
});

const partOf = (order: ReturnType<typeof sell>, ...quantities: number[]) => ({
  lineItemsByFulfillmentOrder: [
    {
      fulfillmentOrderId: order.fulfilmentOrders[0]?.id,
      fulfillmentOrderLineItems: quantities.map((quantity) => ({
        id: order.fulfilmentOrders[0]?.lines[0]?.id,
        quantity,
      })),
    },
  ],
});

describe('fulfillmentCreate', () => {
  it('takes committed units off on_hand at the location, and leaves available alone', async () => {
    await using shop = await smallShop();
    const order = sell(shop);
    expect(levelsOf(shop)).toEqual([7, 3, 10]);
    expect(await create(shop, partOf(order, 1))).toMatchObject({
      fulfillment: { status: 'SUCCESS' },
      userErrors: [],
    });
    expect(levelsOf(shop)).toEqual([7, 2, 9]);
    await create(shop, allOf(order));
    expect(levelsOf(shop)).toEqual([7, 0, 7]);
    expect(levelsOf(shop, 'CUP', 'Store')).toEqual([4, 0, 4]);
  });

  it('is announced as a shipment made in the shop is, tracking included', async () => {
    await using shop = await smallShop();
    await using hub = await subscriber(shop.clientSecret);
    for (const topic of ['FULFILLMENTS_CREATE', 'ORDERS_UPDATED']) {
      await ask(shop, 'StockbridgeCreateWebhookSubscription', { topic, subscription: { uri: hub.uri } });
    }
    const order = sell(shop);
    const trackingInfo = { company: 'UPS', numbers: ['1Z1', '1Z2'], urls: ['https://a.example/1'] };
    await create(shop, { ...allOf(order), trackingInfo, notifyCustomer: true });
    await shop.settled();
    expect(hub.caught.map(({ topic }) => topic).sort()).toEqual(['fulfillments/create', 'orders/updated']);
    const told = hub.caught.find(({ topic }) => topic === 'fulfillments/create');
    expect(JSON.parse(told?.body ?? '')).toMatchObject({
      tracking_company: 'UPS',
      tracking_numbers: ['1Z1', '1Z2'],
      tracking_urls: ['https://a.example/1'],
      line_items: [{ quantity: 3 }],
    });
    const reply = await ask(shop, 'StockbridgeShipped', { id: order.id });
    expect(listAt(reply, 'data.order.fulfillments.0.trackingInfo')).toEqual([
      { number: '1Z1' },
      { number: '1Z2' },
    ]);
  });

  it('knows no key: the same request twice ships twice while units are left', async () => {
    await using shop = await smallShop();
    const order = sell(shop);
    for (const left of [2, 1, 0]) {
      await create(shop, partOf(order, 1));
      expect(levelsOf(shop)[1]).toBe(left);
    }
    expect(await create(shop, partOf(order, 1))).toMatchObject({ fulfillment: null });
  });

  it('ships several routings of one location in one, which can be cancelled as one', async () => {
    await using shop = await smallShop();
    const order = sell(shop);
    await create(shop, partOf(order, 1));
    const edited = shop.editOrder({
      order: order.id,
      add: [{ sku: 'CUP', quantity: 2, location: 'Warehouse' }],
    });
    expect(edited.fulfilmentOrders).toHaveLength(2);
    const made = await create(shop, allOf(edited));
    expect(levelsOf(shop)).toEqual([5, 0, 5]);
    shop.cancelFulfilment({ fulfilment: String(at(made, 'fulfillment.id')) });
    expect(levelsOf(shop)).toEqual([5, 4, 9]);
  });

  it.each<[string, (shop: Shop) => object | Promise<object>]>([
    ['more than is left', (shop) => partOf(sell(shop), 4)],
    ['more than is left in two rows', (shop) => partOf(sell(shop), 2, 2)],
    ['nothing', (shop) => partOf(sell(shop), 0)],
    ['a negative number', (shop) => partOf(sell(shop), -1)],
    ['no routing', () => ({ lineItemsByFulfillmentOrder: [] })],
    [
      'an unknown routing',
      () => ({ lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: 'gid://shopify/FulfillmentOrder/1' }] }),
    ],
    ['a cancelled order', (shop) => allOf(shop.cancelOrder({ order: sell(shop).id }))],
    ['a held order', (shop) => allOf(shop.hold({ order: sell(shop).id }))],
    ['a shipped order', (shop) => allOf(shop.fulfil({ order: sell(shop).id }))],
    [
      'two orders',
      (shop) => ({
        lineItemsByFulfillmentOrder: [sell(shop), sell(shop)].flatMap(
          (order) => allOf(order).lineItemsByFulfillmentOrder,
        ),
      }),
    ],
    [
      'two locations',
      (shop) =>
        allOf(
          shop.editOrder({ order: sell(shop).id, add: [{ sku: 'CUP', quantity: 1, location: 'Store' }] }),
        ),
    ],
    [
      'another app’s location',
      (shop) => {
        shop.seed({
          locations: [{ name: 'Theirs', fulfillmentService: 'their-app' }],
          variants: [{ sku: 'HAT', onHand: { Theirs: 5 } }],
        });
        return allOf(shop.sell({ lines: [{ sku: 'HAT', quantity: 1 }], location: 'Theirs' }));
      },
    ],
  ])('refuses %s, and changes nothing', async (_name, wish) => {
    await using shop = await smallShop();
    const fulfillment = await wish(shop);
    const before = shop.books();
    expect(await create(shop, fulfillment)).toEqual({
      fulfillment: null,
      userErrors: [expect.objectContaining({ message: expect.stringMatching(/.{10,}/) })],
    });
    expect(shop.books()).toEqual(before);
  });

  it('needs its scope', async () => {
    await using shop = await smallShop({ scopes: ['read_orders'] });
    const reply = await ask(shop, 'StockbridgeCreateFulfillment', { fulfillment: allOf(sell(shop)) });
    expect(at(reply, 'errors.0.extensions.code')).toBe('ACCESS_DENIED');
  });
});

it('holds and payments keep stock where it is', async () => {
  await using shop = await smallShop();
  const order = sell(shop);
  shop.setPayment({ order: order.id, payment: 'PENDING' });
  shop.hold({ order: order.id });
  expect(levelsOf(shop)).toEqual([7, 3, 10]);
  expect(() => shop.fulfil({ order: order.id })).toThrow('nothing left to ship');
  shop.cancelOrder({ order: order.id });
  expect(levelsOf(shop)).toEqual([10, 0, 10]);
});
