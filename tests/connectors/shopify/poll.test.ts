// Polling misses nothing: long orders are read to their end, pages follow pages, and a walk that cannot end is stopped.
import { describe, expect, it } from 'vitest';
import type { PollPage } from '../../../src/connectors/contract.ts';
import { type ShopifyClient, shopifyClient } from '../../../src/connectors/shopify/client.ts';
import { orderDocumentSchema } from '../../../src/connectors/shopify/order-document.ts';
import { pagesOf, restOf } from '../../../src/connectors/shopify/pages.ts';
import { pollOf } from '../../../src/connectors/shopify/poll.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { instantFrom, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { all, type TestShop, testShop } from './shop.ts';

const LONG_AGO = instantFrom('2020-01-01T00:00:00Z');

const poll = (shop: TestShop, cursor?: unknown): Promise<PollPage[]> =>
  all(shop.connection.poll!.read('orders', cursor, LONG_AGO));

/** While the shop does not answer some of its operations. */
function pollWithout(
  shop: TestShop,
  refused: ReadonlySet<string>,
  asked: string[] = [],
): Promise<PollPage[]> {
  const client = shopifyClient(shop.context);
  const partly: ShopifyClient = {
    ...client,
    read: async (name, ...rest) => {
      asked.push(name);
      if (refused.has(name)) throw new StockbridgeError('vendor_unavailable', `${name} is not answered`);
      return client.read(name, ...rest);
    },
  };
  return all(pollOf(partly, shop.settings).read('orders', undefined, LONG_AGO));
}

const documentsIn = (pages: readonly PollPage[]) =>
  pages.flatMap((page) =>
    page.events.map((event) => orderDocumentSchema.parse(JSON.parse(event.body.toString()))),
  );

describe('a polled order', () => {
  it('is complete, however many lines, places, shipments and refunds it has', async () => {
    await using shop = await testShop();
    const { simulator } = shop;
    const places = Array.from({ length: 7 }, (_, at) => `Place ${at}`);
    const skus = Array.from({ length: 130 }, (_, at) => `LINE-${at}`);
    simulator.seed({
      locations: places.map((name) => ({ name })),
      variants: skus.map((sku, at) => ({ sku, onHand: { [places[at % 7] as string]: 9 } })),
    });
    const order = simulator.sell({ lines: skus.map((sku) => ({ sku, quantity: 2 })) });
    expect(order.fulfilmentOrders.length).toBe(7);
    for (const sku of skus.slice(0, 12)) simulator.fulfil({ order: order.id, lines: [{ sku, quantity: 1 }] });
    for (const sku of skus.slice(0, 11)) {
      simulator.refund({ order: order.id, lines: [{ sku, quantity: 1, restock: 'return' }] });
    }
    for (const sku of skus.slice(0, 6)) simulator.fulfil({ order: order.id, lines: [{ sku, quantity: 1 }] });
    for (const sku of skus.slice(0, 6))
      simulator.openReturn({ order: order.id, lines: [{ sku, quantity: 1 }] });
    const [document] = documentsIn(await poll(shop));
    expect(document?.lineItems).toHaveLength(130);
    expect(document?.fulfillmentOrders.flatMap((one) => one.lineItems)).toHaveLength(130);
    expect(document?.fulfillments).toHaveLength(18);
    expect(document?.refunds).toHaveLength(11);
    expect(document?.returns).toHaveLength(6);
    expect(document?.whole).toBe(true);
  });

  it('with one long shipment, refund and place is complete too', async () => {
    await using shop = await testShop();
    const { simulator } = shop;
    const skus = Array.from({ length: 60 }, (_, at) => `LINE-${at}`);
    simulator.seed({ variants: skus.map((sku) => ({ sku, onHand: { Warehouse: 9 } })) });
    const order = simulator.sell({ lines: skus.map((sku) => ({ sku, quantity: 1 })) });
    simulator.fulfil({ order: order.id });
    const returned = simulator.openReturn({
      order: order.id,
      lines: skus.map((sku) => ({ sku, quantity: 1 })),
    });
    simulator.dispose({
      return: returned.returns[0]!.id,
      sku: 'LINE-59',
      quantity: 1,
      type: 'RESTOCKED',
      location: 'Warehouse',
    });
    simulator.refund({
      order: order.id,
      lines: skus.slice(0, 40).map((sku) => ({ sku, quantity: 1, restock: 'return' as const })),
    });
    const [document] = documentsIn(await poll(shop));
    expect(document?.fulfillments[0]?.fulfillmentLineItems).toHaveLength(60);
    expect(document?.refunds[0]?.refundLineItems).toHaveLength(40);
    expect(document?.returns[0]?.returnedLines).toHaveLength(60);
    expect(document?.returns[0]?.returnedLines.flatMap((line) => line.dispositions)).toHaveLength(1);
  });

  it('holds no personal data, only what stock needs', async () => {
    await using shop = await testShop();
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const [page] = await poll(shop);
    expect(Object.keys(JSON.parse(page!.events[0]!.body.toString())).sort()).toEqual([
      'createdAt',
      'fulfillmentOrders',
      'fulfillments',
      'id',
      'lineItems',
      'name',
      'refunds',
      'returns',
      'test',
      'updatedAt',
      'whole',
    ]);
  });
});

describe('a sweep', () => {
  it('walks all pages, goes on from its cursor, and says how far it is complete', async () => {
    await using shop = await testShop({ settings: { overlapMs: 0, searchLagMs: 60_000 } });
    for (let at = 0; at < 30; at += 1) shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const askedMs = Date.now();
    const pages = await poll(shop);
    const answeredMs = Date.now();
    expect(pages.map((page) => page.events.length)).toEqual([25, 5]);
    expect(pages.map((page) => page.through !== undefined)).toEqual([false, true]);
    // A minute before the shop's clock, which is told in whole seconds.
    const throughMs = Date.parse(pages[1]!.through!);
    expect(throughMs).toBeLessThanOrEqual(answeredMs - 59_000);
    expect(throughMs).toBeGreaterThan(askedMs - 62_000);
    const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const next = documentsIn(await poll(shop, JSON.parse(JSON.stringify(pages[1]!.cursor))));
    expect(next.map(({ id }) => id)).toContain(order.id);
  });

  it('reaches back behind its cursor by the overlap', async () => {
    let nowMs = Date.parse('2026-11-21T10:00:00Z');
    await using shop = await testShop({ simulator: { now: () => nowMs } });
    const early = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    nowMs += 119_000;
    const late = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const cursor = { changedAt: instantOf(nowMs) };
    expect(documentsIn(await poll(shop, cursor)).map(({ id }) => id)).toEqual([early.id, late.id]);
    nowMs += 2_000;
    const later = { changedAt: instantOf(nowMs) };
    expect(documentsIn(await poll(shop, later)).map(({ id }) => id)).toEqual([late.id]);
  });

  it('tells two states of an order apart even when their times are equal', async () => {
    const nowMs = Date.parse('2026-11-21T10:00:00Z');
    await using shop = await testShop({ simulator: { now: () => nowMs } });
    const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 2 }] });
    const keys = async () =>
      (await poll(shop)).flatMap((page) => page.events.map((event) => event.dedupeKey));
    const [before] = await keys();
    expect(await keys()).toEqual([before]);
    shop.simulator.moveFulfilmentOrder({ order: order.id, to: 'Store' });
    expect(await keys()).not.toEqual([before]);
  });

  it('goes on past an order that cannot be read whole, and leaves a hint of it, the same on every reading', async () => {
    await using shop = await testShop();
    const { simulator } = shop;
    const skus = Array.from({ length: 130 }, (_, at) => `LINE-${at}`);
    simulator.seed({ variants: skus.map((sku) => ({ sku, onHand: { Warehouse: 9 } })) });
    const before = simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const long = simulator.sell({ lines: skus.map((sku) => ({ sku, quantity: 1 })) });
    const after = simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const refused = new Set(['StockbridgeOrderLines']);
    const [page, ...more] = await pollWithout(shop, refused);
    expect(more).toEqual([]);
    expect(page?.through).toBeDefined();
    expect(page?.events.map(({ topic }) => topic)).toEqual(['order/state', 'orders/updated', 'order/state']);
    const hint = page?.events[1];
    expect(JSON.parse(hint?.body.toString() ?? '')).toEqual({ admin_graphql_api_id: long.id });
    expect(page?.cursor).toEqual({ changedAt: page?.events[2]?.occurredAt });
    const [again] = await pollWithout(shop, refused);
    expect(again?.events.map(({ dedupeKey }) => dedupeKey)).toEqual(
      page?.events.map(({ dedupeKey }) => dedupeKey),
    );
    const whole = documentsIn(await poll(shop)).map(({ id }) => id);
    expect(whole).toEqual([before.id, long.id, after.id]);
  });

  it('asks for no more orders of a page when two of it could not be read: all are hints, and the page ends', async () => {
    await using shop = await testShop();
    const skus = Array.from({ length: 130 }, (_, at) => `LINE-${at}`);
    shop.simulator.seed({ variants: skus.map((sku) => ({ sku, onHand: { Warehouse: 9 } })) });
    for (let at = 0; at < 4; at += 1)
      shop.simulator.sell({ lines: skus.map((sku) => ({ sku, quantity: 1 })) });
    const asked: string[] = [];
    const [page] = await pollWithout(shop, new Set(['StockbridgeOrderLines']), asked);
    expect(page?.events.map(({ topic }) => topic)).toEqual(Array(4).fill('orders/updated'));
    expect(asked).toEqual(['StockbridgeOrders', 'StockbridgeOrderLines', 'StockbridgeOrderLines']);
  });

  it('stops where the shop as a whole refuses, and says why', async () => {
    await using shop = await testShop();
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    await expect(pollWithout(shop, new Set(['StockbridgeOrders']))).rejects.toMatchObject({
      code: 'vendor_unavailable',
    });
  });

  it('stops with a reason when a cursor comes back', async () => {
    const again = async () => ({ nodes: [1], pageInfo: { hasNextPage: true, endCursor: 'same' } });
    await expect(restOf(await again(), again)).rejects.toMatchObject({ code: 'vendor_unavailable' });
    const walk = pagesOf(async () => ({ page: await again() }));
    await expect(all(walk)).rejects.toMatchObject({ code: 'vendor_unavailable' });
  });
});
