// A shipment is told to Shopify once, whatever happens to the answer; and told as it was, or not at all.
import { describe, expect, it } from 'vitest';
import type { Facts, FulfilledShipment, Interpretation } from '../../../src/connectors/contract.ts';
import type { Shipped } from '../../../src/connectors/shopify/fulfilment-document.ts';
import { isSame } from '../../../src/connectors/shopify/fulfilment-plan.ts';
import { shopify } from '../../../src/connectors/shopify/index.ts';
import type { HttpClient } from '../../../src/connectors/toolkit/http.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import type { OrderSummary } from '../../../src/simulators/shopify/summaries.ts';
import { memoryState } from '../../contract/suite/world.ts';
import { connectTo, type TestShop, testShop } from './shop.ts';

const sell = (shop: TestShop, quantity = 5, location = 'Warehouse'): OrderSummary =>
  shop.simulator.sell({ lines: [{ sku: 'CUP', quantity }], location });

/** The line ids that the order's reservation carries, by location id. */
async function reserved(
  shop: TestShop,
  order: OrderSummary,
): Promise<Facts['reservations'][number]['lines']> {
  const told: Interpretation = await shop.tell('orders/updated', { admin_graphql_api_id: order.id });
  if (told.outcome !== 'facts') throw new Error(`no facts: ${told.outcome}`);
  return told.facts.reservations[0]?.lines ?? [];
}

async function shipmentOf(
  shop: TestShop,
  order: OrderSummary,
  wish: Partial<FulfilledShipment> & { quantity?: string } = {},
): Promise<FulfilledShipment> {
  const { quantity, ...rest } = wish;
  const lines = await reserved(shop, order);
  return {
    key: 'shipment-1',
    order: order.id,
    shippedAt: instantOf(Date.parse('2026-11-21T10:00:00Z')),
    lines: lines.map((one) => ({ line: one.line, quantity: quantity ?? one.quantity })),
    tracking: [{ number: '1Z 999 AA1', carrier: 'UPS' }],
    notifyCustomer: false,
    ...rest,
  };
}

const report = (shop: TestShop, shipment: FulfilledShipment) => shop.connection.fulfilment!.report(shipment);

const shipmentsOf = (shop: TestShop, order: OrderSummary) =>
  shop.simulator.orders().find(({ id }) => id === order.id)?.fulfilments ?? [];

const creations = (shop: TestShop): number =>
  shop.simulator.requests().filter(({ names }) => names.includes('fulfillmentCreate')).length;

const levels = (shop: TestShop) => {
  const row = shop.simulator.books().find((one) => one.sku === 'CUP' && one.location === 'Warehouse');
  return [row?.available, row?.committed, row?.on_hand];
};

/** Another process of the same hub, later: it shares the memory, and waits longer for answers. */
function later(shop: TestShop, aheadMs: number) {
  const { context } = connectTo(shop.simulator, { state: shop.context.state });
  return shopify.connect({ ...context, now: () => new Date(Date.now() + aheadMs) });
}

describe('a shipment', () => {
  it('arrives with its tracking, and what was committed leaves the location', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, {
      tracking: [
        { number: '1Z1', carrier: 'UPS', url: 'https://carrier.example/1Z1' },
        { number: '1Z2', carrier: 'UPS', url: 'https://carrier.example/1Z2' },
      ],
      notifyCustomer: true,
    });
    expect(levels(shop)).toEqual([35, 5, 40]);
    const answer = await report(shop, shipment);
    const [told, ...more] = shipmentsOf(shop, order);
    expect(more).toEqual([]);
    expect(answer).toEqual({ outcome: 'applied', id: told?.id });
    expect(told).toMatchObject({
      quantity: 5,
      location: 'Warehouse',
      notified: true,
      tracking: [
        { number: '1Z1', company: 'UPS', url: 'https://carrier.example/1Z1' },
        { number: '1Z2', company: 'UPS', url: 'https://carrier.example/1Z2' },
      ],
    });
    expect(levels(shop)).toEqual([35, 0, 35]);
    expect(await reserved(shop, order)).toEqual([]);
  });

  it('can be less than all: the rest stays open, and goes under another key', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const first = await shipmentOf(shop, order, { quantity: '2' });
    expect(await report(shop, first)).toMatchObject({ outcome: 'applied' });
    expect(levels(shop)).toEqual([35, 3, 38]);
    expect((await reserved(shop, order)).map(({ quantity }) => quantity)).toEqual(['3']);
    expect(await shop.connection.fulfilment!.shipTo(order.id)).toMatchObject({
      outcome: 'ready',
      lines: [{ line: first.lines[0]?.line, quantity: '3' }],
    });
    const second = await shipmentOf(shop, order, { key: 'shipment-2', tracking: [{ number: 'Z2' }] });
    expect(await report(shop, second)).toMatchObject({ outcome: 'applied' });
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([2, 3]);
  });

  it('without tracking, twice under two keys, is two shipments', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    for (const key of ['a', 'b']) {
      const shipment = await shipmentOf(shop, order, { key, quantity: '2', tracking: [] });
      expect(await report(shop, shipment)).toMatchObject({ outcome: 'applied' });
    }
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([2, 2]);
  });

  it('is announced by the webhooks and read back as one shipment of the same units', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const answer = await report(shop, await shipmentOf(shop, order));
    const told = await shop.tell('orders/updated', { admin_graphql_api_id: order.id });
    expect(told).toMatchObject({
      outcome: 'facts',
      facts: {
        movements: [
          {
            type: 'shipment',
            document: { id: 'id' in answer ? answer.id : '' },
            lines: [{ quantity: '5', from: { location: shop.place('Warehouse') } }],
          },
        ],
      },
    });
  });

  it('names several carriers to Shopify as none, for it keeps one', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const tracking = [
      { number: 'A', carrier: 'UPS', url: 'https://carrier.example/A' },
      { number: 'B', carrier: 'DHL' },
      { number: ' a ', carrier: 'UPS' },
    ];
    await report(shop, await shipmentOf(shop, order, { tracking }));
    expect(shipmentsOf(shop, order)[0]?.tracking).toEqual([
      { number: 'a', company: null, url: null },
      { number: 'B', company: null, url: null },
    ]);
  });
});

describe('I8: one key', () => {
  it('has one effect however often it is sent, by whichever process', async () => {
    const state = memoryState();
    await using shop = await testShop({ state });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2', tracking: [] });
    const other = connectTo(shop.simulator, { state });
    const answers = await Promise.all([
      report(shop, shipment),
      other.connection.fulfilment!.report(shipment),
      report(shop, { ...shipment, lines: [...shipment.lines].reverse() }),
    ]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['already', 'already', 'applied']);
    expect(new Set(answers.map((one) => ('id' in one ? one.id : ''))).size).toBe(1);
    expect(creations(shop)).toBe(1);
    expect(levels(shop)).toEqual([35, 3, 38]);
  });

  it.each(['accept-then-timeout', 'accept-then-502'] as const)(
    'whose answer was lost (%s) is found again, at once, and not sent again',
    async (kind) => {
      await using shop = await testShop();
      const order = sell(shop);
      const shipment = await shipmentOf(shop, order, { quantity: '2', tracking: [] });
      shop.simulator.setFaults({ api: [{ kind, operation: 'fulfillmentCreate' }] });
      const answer = await report(shop, shipment);
      const id = shipmentsOf(shop, order)[0]?.id;
      expect(answer).toEqual({ outcome: 'applied', id });
      expect(await report(shop, shipment)).toEqual({ outcome: 'already', id });
      expect(shipmentsOf(shop, order)).toHaveLength(1);
      expect(creations(shop)).toBe(1);
    },
  );

  it('whose answer was lost, and whose reading failed too, is found by the next attempt', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2', tracking: [] });
    shop.simulator.setFaults({ api: [{ kind: 'accept-then-timeout', operation: 'fulfillmentCreate' }] });
    let isSent = false;
    const request: HttpClient['request'] = async (wanted) => {
      if (isSent) throw new StockbridgeError('vendor_unauthorized', 'the network is gone');
      isSent = String(wanted.body).includes('fulfillmentCreate');
      return shop.context.http.request(wanted);
    };
    const cutOff = { ...shop.context, http: { request } };
    await expect(shopify.connect(cutOff).fulfilment!.report(shipment)).rejects.toMatchObject({
      code: 'outcome_unknown',
    });
    expect(shipmentsOf(shop, order)).toHaveLength(1);
    expect(await report(shop, shipment)).toEqual({
      outcome: 'already',
      id: shipmentsOf(shop, order)[0]?.id,
    });
    expect(creations(shop)).toBe(1);
  });

  it('that is still on its way when it is looked for is waited for, never sent beside itself', async () => {
    await using shop = await testShop({ simulator: { mutationLatencyMs: 6_000 }, writePatienceMs: 700 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2', tracking: [] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(shipmentsOf(shop, order)).toHaveLength(0);
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    const asked = shop.simulator.requests().length;
    const other = { ...shipment, key: 'shipment-2' };
    expect(await report(shop, other), 'two alike could not be told apart').toMatchObject({
      outcome: 'retry',
    });
    expect(shop.simulator.requests()).toHaveLength(asked);
    await expect.poll(() => shipmentsOf(shop, order).length).toBe(1);
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'already' });
    expect(creations(shop)).toBe(1);
  });

  it('that never reached Shopify is sent again when it cannot be on its way any more, where Shopify would refuse one of two', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '3', tracking: [] });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(creations(shop)).toBe(1);
    const connection = later(shop, 121_000);
    expect(await connection.fulfilment!.report(shipment)).toMatchObject({ outcome: 'applied' });
    expect(await connection.fulfilment!.report(shipment)).toMatchObject({ outcome: 'already' });
    expect(shipmentsOf(shop, order)).toHaveLength(1);
  });

  it('that took longer than any request should is known again by Shopify’s refusal of the second', async () => {
    await using shop = await testShop({ simulator: { mutationLatencyMs: 4_000 }, writePatienceMs: 600 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { tracking: [] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(await later(shop, 121_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'applied' });
    expect(creations(shop)).toBe(2);
    expect(shipmentsOf(shop, order)).toHaveLength(1);
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'already' });
  });

  it('of a part of which Shopify would take two is never sent beside itself, however late the first arrives', async () => {
    await using shop = await testShop({ simulator: { mutationLatencyMs: 6_000 }, writePatienceMs: 700 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2' });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(await later(shop, 121_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'retry' });
    expect(shipmentsOf(shop, order)).toEqual([]);
    await expect.poll(() => shipmentsOf(shop, order).length).toBe(1);
    expect(await later(shop, 122_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'already' });
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([2]);
    expect(creations(shop)).toBe(1);
    expect(levels(shop)).toEqual([35, 3, 38]);
  });

  it('of a part that never reached Shopify is looked for, and after an hour left to a person', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2' });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    for (const aheadMs of [121_000, 3_500_000])
      expect(await later(shop, aheadMs).fulfilment!.report(shipment)).toMatchObject({ outcome: 'retry' });
    expect(await later(shop, 3_700_000).fulfilment!.report(shipment)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('by hand'),
    });
    expect(creations(shop)).toBe(1);
  });

  it('is not sent again beside a shipment that may be it, though people have changed that since', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2' });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    // Of the five three are left now: Shopify would take no second one, but it may have this one without its number.
    shop.simulator.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 2 }] });
    expect(await later(shop, 121_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'retry' });
    expect(await later(shop, 3_700_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'rejected' });
    expect(shipmentsOf(shop, order)).toHaveLength(1);
    expect(creations(shop)).toBe(1);
  });

  it('of a part is sent again once the rest has left: then Shopify would refuse one of two', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    const lost = await shipmentOf(shop, order, { key: 'lost', quantity: '2', tracking: [] });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, lost)).toMatchObject({ outcome: 'retry' });
    const { fulfilment } = later(shop, 121_000);
    expect(await fulfilment!.report(lost)).toMatchObject({ outcome: 'retry' });
    const rest = await shipmentOf(shop, order, { key: 'rest', quantity: '3', tracking: [] });
    expect(await fulfilment!.report(rest)).toMatchObject({ outcome: 'applied' });
    expect(await fulfilment!.report(lost)).toMatchObject({ outcome: 'applied' });
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([3, 2]);
  });

  it('whose request was lost takes no shipment for its own that was there before', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    shop.simulator.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 2 }] });
    const shipment = await shipmentOf(shop, order, { quantity: '2', tracking: [] });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'retry' });
    expect(await later(shop, 121_000).fulfilment!.report(shipment)).toMatchObject({ outcome: 'applied' });
    expect(shipmentsOf(shop, order)).toHaveLength(2);
  });

  it('whose request was lost takes no shipment for its own that another key made since', async () => {
    await using shop = await testShop({ writePatienceMs: 500 });
    const order = sell(shop);
    const lost = await shipmentOf(shop, order, { key: 'lost', quantity: '2', tracking: [] });
    shop.simulator.setFaults({ api: [{ kind: 'timeout', operation: 'fulfillmentCreate' }] });
    expect(await report(shop, lost)).toMatchObject({ outcome: 'retry' });
    const { fulfilment } = later(shop, 121_000);
    const other = await fulfilment!.report({ ...lost, key: 'other' });
    const again = await fulfilment!.report(lost);
    expect([other.outcome, again.outcome]).toEqual(['applied', 'applied']);
    expect(shipmentsOf(shop, order).map(({ id }) => id)).toEqual([
      'id' in other && other.id,
      'id' in again && again.id,
    ]);
  });

  it('that Shopify surely did not take may come again at once', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order);
    shop.simulator.setFaults({ api: [{ kind: 'unauthorized', operation: 'fulfillmentCreate' }] });
    await expect(report(shop, shipment)).rejects.toMatchObject({ code: 'vendor_unauthorized' });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'applied' });
  });

  it('I4: with another content is refused, and the first stands', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2' });
    await report(shop, shipment);
    const answer = await report(shop, await shipmentOf(shop, order, { quantity: '3' }));
    expect(answer).toMatchObject({ outcome: 'rejected' });
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([2]);
  });

  it('stays told when the merchant cancels the shipment afterwards', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order);
    const answer = await report(shop, shipment);
    shop.simulator.cancelFulfilment({ fulfilment: 'id' in answer ? answer.id : '' });
    expect(await report(shop, shipment)).toEqual({ ...answer, outcome: 'already' });
    expect(shipmentsOf(shop, order)).toHaveLength(1);
  });
});

describe('a shipment that somebody else told Shopify of', () => {
  it('with the same tracking and units is the same shipment', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, { quantity: '2' });
    const first = await report(shop, shipment);
    const { connection } = connectTo(shop.simulator);
    const spaced = { ...shipment, key: 'another', tracking: [{ number: '1z999aa1', carrier: 'UPS' }] };
    expect(await connection.fulfilment!.report(spaced)).toEqual({ ...first, outcome: 'already' });
    expect(shipmentsOf(shop, order)).toHaveLength(1);
  });

  it('with other units is not, and a cancelled one is told anew', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const first = await report(shop, await shipmentOf(shop, order, { quantity: '2' }));
    const other = await shipmentOf(shop, order, { key: 'b', quantity: '1' });
    expect(await report(shop, other)).toMatchObject({ outcome: 'applied' });
    shop.simulator.cancelFulfilment({ fulfilment: 'id' in first ? first.id : '' });
    const again = await shipmentOf(shop, order, { key: 'c', quantity: '2' });
    expect(await report(shop, again)).toMatchObject({ outcome: 'applied' });
    expect(shipmentsOf(shop, order).map(({ status }) => status)).toEqual(['CANCELLED', 'SUCCESS', 'SUCCESS']);
  });
});

describe('what cannot be told as it is', () => {
  const answerTo = async (
    prepare: (shop: TestShop, order: OrderSummary) => unknown,
    wish: Parameters<typeof shipmentOf>[2] = {},
  ) => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order, wish);
    prepare(shop, order);
    const answer = await report(shop, shipment);
    expect(creations(shop)).toBe(0);
    return answer;
  };
  const refusal = (reason: string) => ({ outcome: 'rejected', reason: expect.stringContaining(reason) });

  it('is refused with the reason, and nothing is sent', async () => {
    const nothing = () => undefined;
    expect(await answerTo(nothing, { quantity: '6' })).toEqual(refusal('5 left'));
    expect(await answerTo(nothing, { quantity: '0.5' })).toEqual(refusal('whole units'));
    expect(await answerTo(nothing, { quantity: '0' })).toEqual(refusal('no units'));
    expect(await answerTo(nothing, { lines: [{ line: 'gid://x/1', quantity: '1' }] })).toEqual(
      refusal('has no line'),
    );
    expect(await answerTo(nothing, { order: 'gid://shopify/Order/1' })).toEqual(refusal('does not show'));
    expect(await answerTo((shop, { id }) => shop.simulator.cancelOrder({ order: id }))).toEqual(
      refusal('cancelled'),
    );
    const byHand = (shop: TestShop, { id }: OrderSummary) => shop.simulator.fulfil({ order: id });
    expect(await answerTo(byHand)).toEqual(refusal('0 left'));
  });

  it('because Shopify says so after all is refused in its words, and may come again once mended', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    const shipment = await shipmentOf(shop, order);
    const request: HttpClient['request'] = async (wanted) => {
      if (String(wanted.body).includes('fulfillmentCreate')) shop.simulator.hold({ order: order.id });
      return shop.context.http.request(wanted);
    };
    const answer = await shopify.connect({ ...shop.context, http: { request } }).fulfilment!.report(shipment);
    expect(answer).toEqual(refusal('Shopify: Fulfillment order'));
    shop.simulator.releaseHold({ order: order.id });
    expect(await report(shop, shipment)).toMatchObject({ outcome: 'applied' });
  });

  it('because Shopify no longer lists every shipment of the order is for a person', async () => {
    const shipOften = (shop: TestShop) => {
      const { id } = shop.simulator.orders()[0] ?? { id: '' };
      shop.simulator.seed({ variants: [{ sku: 'PIN', onHand: { Warehouse: 999 } }] });
      shop.simulator.editOrder({ order: id, add: [{ sku: 'PIN', quantity: 250, location: 'Warehouse' }] });
      for (let count = 0; count < 250; count += 1) {
        shop.simulator.fulfil({ order: id, lines: [{ sku: 'PIN', quantity: 1 }] });
      }
    };
    expect(await answerTo(shipOften)).toEqual(refusal('more shipments than Shopify lists'));
  });

  it('because of a hold waits for its end', async () => {
    const held = await answerTo((shop, { id }) => shop.simulator.hold({ order: id }));
    expect(held).toEqual({ outcome: 'retry', reason: expect.stringContaining('on hold') });
  });

  it('because it left two locations has to be told in two', async () => {
    await using shop = await testShop();
    const order = shop.simulator.sell({
      lines: [
        { sku: 'RARE', quantity: 3 },
        { sku: 'CUP', quantity: 40 },
        { sku: 'TEE', quantity: 1 },
      ],
    });
    const moved = shop.simulator.editOrder({
      order: order.id,
      add: [{ sku: 'TEE', quantity: 1, location: 'Store' }],
    });
    const shipment = await shipmentOf(shop, moved);
    expect(await report(shop, shipment)).toEqual(refusal('different locations'));
    for (const place of ['Warehouse', 'Store']) {
      const lines = (await reserved(shop, order)).filter(({ location }) => location === shop.place(place));
      expect(await report(shop, { ...shipment, key: place, lines })).toMatchObject({ outcome: 'applied' });
    }
    expect(shipmentsOf(shop, order).map(({ quantity }) => quantity)).toEqual([44, 1]);
  });

  it('because the app lacks the scope is for a person to mend', async () => {
    await using shop = await testShop({
      simulator: { scopes: ['read_orders', 'read_merchant_managed_fulfillment_orders'] },
    });
    const shipment = await shipmentOf(shop, sell(shop));
    await expect(report(shop, shipment)).rejects.toMatchObject({ code: 'vendor_unauthorized' });
  });
});

describe('a shipment that Shopify knows is the same', () => {
  const line = (id: string, quantity: number) => ({ id: `${id}/1`, quantity, lineItem: { id } });
  const known = (wish: Partial<Shipped> = {}): Shipped => ({
    id: 'gid://shopify/Fulfillment/1',
    status: 'SUCCESS',
    createdAt: instantOf(0),
    updatedAt: instantOf(0),
    location: { id: 'here' },
    trackingInfo: [{ number: 'B' }, { number: 'a 1' }, { number: null }],
    fulfillmentLineItems: [line('two', 2), line('one', 1), line('two', 1), line('none', 0)],
    ...wish,
  });
  const footprint = { location: 'here', units: { one: 1, two: 3 }, tracking: ['A1', 'B'] };
  const cases: [string, boolean, Partial<Shipped>][] = [
    ['whatever the order and the spelling', true, {}],
    ['where Shopify has forgotten the location', true, { location: null }],
    ['not from another location', false, { location: { id: 'there' } }],
    ['not with other numbers', false, { trackingInfo: [{ number: 'B' }] }],
    ['not with one unit less', false, { fulfillmentLineItems: [line('two', 2), line('one', 1)] }],
    ['not with another line', false, { fulfillmentLineItems: [line('two', 3), line('six', 1)] }],
  ];
  it.each(cases)('%s', (_name, same, wish) => {
    expect(isSame(known(wish), footprint)).toBe(same);
  });
});

it('an order with long lists is read to the end of each', async () => {
  await using shop = await testShop();
  const variants = Array.from({ length: 60 }, (_, row) => ({ sku: `L-${row}`, onHand: { Warehouse: 9 } }));
  shop.simulator.seed({ variants });
  const order = shop.simulator.sell({ lines: variants.map(({ sku }) => ({ sku, quantity: 2 })) });
  const shipment = await shipmentOf(shop, order, { quantity: '1', tracking: [] });
  expect(shipment.lines).toHaveLength(60);
  shop.simulator.setFaults({ api: [{ kind: 'accept-then-timeout', operation: 'fulfillmentCreate' }] });
  expect(await report(shop, shipment)).toMatchObject({ outcome: 'applied' });
  expect(await shop.connection.fulfilment!.shipTo(order.id)).toMatchObject({
    lines: shipment.lines.map(({ line }) => ({ line, quantity: '1' })),
  });
});
