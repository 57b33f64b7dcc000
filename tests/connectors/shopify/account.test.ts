// The account as a whole: its catalogue, a snapshot for a cut-over, its webhook subscriptions and its health.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shopifyClient } from '../../../src/connectors/shopify/client.ts';
import { settings as schema } from '../../../src/connectors/shopify/settings.ts';
import { snapshot } from '../../../src/connectors/shopify/snapshot.ts';
import { DEFAULT_TOPICS, SUBSCRIPTIONS } from '../../../src/connectors/shopify/topics.ts';
import { webhook } from '../../../src/connectors/shopify/webhook.ts';
import { startReceiver } from '../../contract/suite/receiver.ts';
import { all, connectTo, type TestShop, testShop } from './shop.ts';

const ADDRESS = 'https://hub.example/webhooks/shop-1';

describe('the catalogue', () => {
  it('lists every item with its SKU and barcode, and says why some cannot be pushed', async () => {
    await using shop = await testShop();
    const pages = await all(shop.connection.catalogue!());
    const listings = new Map(pages.flatMap((page) => page.listings).map((one) => [one.sku, one]));
    expect(listings.get('CUP')).toMatchObject({
      id: shop.item('CUP'),
      barcode: '4006381333931',
      pushable: true,
    });
    for (const [sku, word] of [
      ['SERVICE', 'track'],
      ['GIFT', 'gift card'],
      ['SET', 'bundle'],
    ] as const) {
      expect(listings.get(sku)).toMatchObject({ pushable: false, reason: expect.stringContaining(word) });
    }
    expect(pages.flatMap((page) => page.locations).map(({ name, active }) => [name, active])).toEqual([
      ['Warehouse', true],
      ['Store', true],
    ]);
  });

  it('follows its pages', async () => {
    await using shop = await testShop();
    shop.simulator.seed({ variants: Array.from({ length: 230 }, (_, at) => ({ sku: `BULK-${at}` })) });
    const listings = (await all(shop.connection.catalogue!())).flatMap((page) => page.listings);
    expect(new Set(listings.map(({ id }) => id)).size).toBe(236);
  });
});

describe('a snapshot', () => {
  it('holds every level and the reservations of open orders, and nothing of ignored locations', async () => {
    await using shop = await testShop();
    const { simulator } = shop;
    const open = simulator.sell({ lines: [{ sku: 'CUP', quantity: 3 }], location: 'Warehouse' });
    simulator.cancelOrder({ order: simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] }).id });
    simulator.fulfil({
      order: simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }], location: 'Warehouse' }).id,
    });
    const pages = await all(shop.connection.snapshot!());
    const level = pages
      .flatMap((page) => page.levels)
      .find((one) => one.listing === shop.item('CUP') && one.location === shop.place('Warehouse'));
    expect(level).toMatchObject({ sellable: '39', held: '0' });
    expect(pages.flatMap((page) => page.reservations)).toMatchObject([
      { order: open.id, lines: [{ item: { listing: shop.item('CUP') }, quantity: '3' }] },
    ]);
    const { connection } = connectTo(simulator, {
      settings: { ignoredLocations: [shop.place('Warehouse')] },
    });
    const without = await all(connection.snapshot!());
    expect(without.flatMap((page) => page.levels).every((one) => one.location === shop.place('Store'))).toBe(
      true,
    );
    expect(without.flatMap((page) => page.reservations)).toEqual([]);
  });

  it('tells damaged stock and the like as held, and what open orders wait for as sellable', async () => {
    await using shop = await testShop();
    await shelve(shop, 'damaged', 3);
    await shelve(shop, 'quality_control', 2);
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 4 }], location: 'Warehouse' });
    const levels = (await all(shop.connection.snapshot!())).flatMap((page) => page.levels);
    const own = { listing: shop.item('CUP'), location: shop.place('Warehouse') };
    expect(levels).toContainEqual({ ...own, sellable: '40', held: '5' });
  });

  it('names an open order whose units it cannot place, instead of leaving it out in silence', async () => {
    await using shop = await testShop();
    const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 4 }], location: 'Warehouse' });
    const client = shopifyClient(shop.context);
    const placeless: typeof client = {
      ...client,
      read: async (name, shape, variables) => {
        const answer = await client.read(name, shape, variables);
        if (name === 'StockbridgeOrders')
          for (const { fulfillmentOrders } of (answer.data as Orders).orders.nodes)
            for (const routing of fulfillmentOrders.nodes) routing.assignedLocation.location = null;
        return answer;
      },
    };
    const pages = await all(snapshot(placeless, shop.settings));
    expect(pages.flatMap((page) => page.reservations)).toEqual([]);
    const [told, ...others] = pages.flatMap((page) => page.leftOut ?? []);
    expect(others).toEqual([]);
    expect(told).toContain(order.name);
    expect(told).toContain('names no location');
  });
});

interface Orders {
  readonly orders: {
    readonly nodes: readonly {
      readonly fulfillmentOrders: {
        readonly nodes: readonly { readonly assignedLocation: { location: unknown } }[];
      };
    }[];
  };
}

/** Somebody puts cups into a state that Shopify does not sell from. */
async function shelve({ simulator, item, place }: TestShop, name: string, delta: number): Promise<void> {
  const input = {
    ...{ name, reason: 'correction' },
    changes: [
      {
        ...{ inventoryItemId: item('CUP'), locationId: place('Warehouse'), delta, changeFromQuantity: 0 },
        ledgerDocumentUri: 'gid://somebody/Shelf/1',
      },
    ],
  };
  const query = `mutation Shelve($input: InventoryAdjustQuantitiesInput!, $key: String!) { inventoryAdjustQuantities(input: $input) @idempotent(key: $key) { userErrors { message } } }`;
  const answer = await fetch(`${simulator.baseUrl}/admin/api/2026-10/graphql.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-shopify-access-token': simulator.accessToken },
    body: JSON.stringify({ query, variables: { input, key: randomUUID() } }),
  });
  expect(await answer.json()).toMatchObject({ data: { inventoryAdjustQuantities: { userErrors: [] } } });
}

describe('subscriptions', () => {
  it('are made for every topic with ids and times only, and kept as they are', async () => {
    await using shop = await testShop();
    const made = await shop.connection.ensureSubscriptions!(ADDRESS);
    expect(made.created).toEqual(DEFAULT_TOPICS);
    const before = shop.simulator.subscriptions();
    expect(await shop.connection.ensureSubscriptions!(ADDRESS)).toEqual({
      created: [],
      kept: DEFAULT_TOPICS,
      removed: [],
    });
    expect(shop.simulator.subscriptions()).toEqual(before);
    const personal = /mail|name|phone|address|customer|note/;
    for (const { includeFields, name } of before) {
      expect(includeFields.filter((field) => personal.test(field))).toEqual([]);
      expect(name).toMatch(/^stockbridge-[a-z_]{1,38}$/);
    }
  });

  it('follow a new address and a shorter list, and leave those of others alone', async () => {
    await using shop = await testShop();
    await shop.connection.ensureSubscriptions!(ADDRESS);
    const other = connectTo(shop.simulator, {
      settings: { topics: ['orders/updated', 'products/delete'] },
    }).connection;
    await foreignSubscription(shop.simulator.baseUrl, shop.simulator.accessToken);
    const report = await other.ensureSubscriptions!('https://moved.example/hooks');
    expect([...report.created].sort()).toEqual(['orders/updated', 'products/delete']);
    expect(report.removed).toHaveLength(DEFAULT_TOPICS.length - 2);
    const left = shop.simulator.subscriptions().map(({ name, uri }) => [name, uri]);
    expect(left.sort()).toEqual([
      ['somebody-else', 'https://somebody.example/hooks'],
      ['stockbridge-orders_updated', 'https://moved.example/hooks'],
      ['stockbridge-products_delete', 'https://moved.example/hooks'],
    ]);
  });

  it('that fire lead to the facts they announce', async () => {
    await using shop = await testShop();
    const receiver = await startReceiver();
    try {
      await shop.connection.ensureSubscriptions!(receiver.url);
      const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }], location: 'Warehouse' });
      const moved = shop.simulator.moveFulfilmentOrder({ order: order.id, to: 'Store' });
      shop.simulator.editOrder({ order: order.id, add: [{ sku: 'TEE', quantity: 1 }] });
      const shipped = shop.simulator.fulfil({ order: moved.id });
      shop.simulator.cancelFulfilment({ fulfilment: shipped.fulfilments[0]!.id });
      const back = shop.simulator.fulfil({ order: moved.id });
      const returned = shop.simulator.openReturn({ order: back.id, lines: [{ sku: 'CUP', quantity: 1 }] });
      shop.simulator.dispose({
        return: returned.returns[0]!.id,
        sku: 'CUP',
        quantity: 1,
        type: 'RESTOCKED',
        location: 'Store',
      });
      await shop.simulator.settled();
      const heard = new Set<string>();
      for (const request of receiver.take()) {
        expect(await webhook.verify(request, shop.settings, new Date())).toEqual({ genuine: true });
        const [event] = webhook.events(request);
        heard.add(event!.topic);
        const answer = await shop.tell(event!.topic, request.body.toString());
        expect(answer.outcome, `${event!.topic}: ${request.body}`).toBe('facts');
      }
      expect([...heard].sort()).toEqual([
        'fulfillment_orders/moved',
        'fulfillments/create',
        'fulfillments/update',
        'inventory_levels/update',
        'orders/create',
        'orders/edited',
        'orders/updated',
        'reverse_fulfillment_orders/dispose',
      ]);
    } finally {
      await receiver.close();
    }
  });

  it('exist in Shopify’s own list of topics', async () => {
    const slice = readFileSync(
      new URL('../../../src/simulators/shopify/schema.graphql', import.meta.url),
      'utf8',
    );
    for (const { graphql } of Object.values(SUBSCRIPTIONS))
      expect(slice).toMatch(new RegExp(`^  ${graphql}$`, 'm'));
  });
});

async function foreignSubscription(baseUrl: string, token: string): Promise<void> {
  const query = `mutation { webhookSubscriptionCreate(topic: ORDERS_UPDATED, webhookSubscription: { uri: "https://somebody.example/hooks", name: "somebody-else" }) { userErrors { message } } }`;
  const answer = await fetch(`${baseUrl}/admin/api/2026-10/graphql.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-shopify-access-token': token },
    body: JSON.stringify({ query }),
  });
  expect(await answer.json()).toMatchObject({ data: { webhookSubscriptionCreate: { userErrors: [] } } });
}

describe('health', () => {
  it('names every missing access scope', async () => {
    await using shop = await testShop({
      simulator: { scopes: ['read_products', 'read_orders', 'write_inventory'] },
    });
    const findings = await shop.connection.health!();
    const failed = findings.filter(({ level }) => level === 'fail').map(({ what }) => what);
    for (const scope of ['read_locations', 'read_fulfillments', 'read_returns']) {
      expect(
        failed.some((what) => what.includes(scope)),
        scope,
      ).toBe(true);
    }
    expect(
      failed.some((what) => what.includes('read_inventory')),
      'write includes read',
    ).toBe(false);
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warn', what: expect.stringContaining('60 days') }),
    );
  });

  it('warns when shipments of a warehouse cannot be told, and does not fail for a shop that has none', async () => {
    const needed = [
      ...['read_products', 'write_inventory', 'read_locations', 'read_orders', 'read_all_orders'],
      ...['read_fulfillments', 'read_merchant_managed_fulfillment_orders', 'read_returns'],
    ];
    const scope = 'write_merchant_managed_fulfillment_orders';
    const said = async (scopes: readonly string[]) => {
      await using shop = await testShop({ simulator: { scopes } });
      const findings = await shop.connection.health!();
      return {
        about: findings.filter(({ what }) => what.includes(scope)),
        failed: findings.filter(({ level }) => level === 'fail'),
      };
    };
    expect(await said(needed)).toEqual({
      about: [expect.objectContaining({ level: 'warn', help: expect.stringContaining('3PL') })],
      failed: [],
    });
    expect(await said([...needed, scope])).toEqual({ about: [], failed: [] });
  });

  it('sees that a subscription is gone', async () => {
    await using shop = await testShop();
    const subscribed = async () =>
      (await shop.connection.health!()).find(({ what }) => what.includes('ubscription'));
    expect(await subscribed()).toMatchObject({ level: 'warn' });
    await shop.connection.ensureSubscriptions!(ADDRESS);
    expect(await subscribed()).toMatchObject({ level: 'ok' });
  });
});

describe('the settings', () => {
  const base = { shop: 'a-shop.myshopify.com', auth: { kind: 'token', accessToken: 'shpat_12345' } };

  it('need a webhook secret beside a pasted token, and only there', () => {
    expect(schema.safeParse(base).error?.issues[0]?.path).toEqual(['webhookSecret']);
    expect(schema.safeParse({ ...base, webhookSecret: 'long-enough' }).success).toBe(true);
    const app = { kind: 'client-credentials', clientId: 'id', clientSecret: 'long-enough' };
    expect(schema.safeParse({ ...base, auth: app }).success).toBe(true);
  });

  it('take the permanent address only', () => {
    const wrong = [
      'shop.example.com',
      'https://a.myshopify.com',
      'a.myshopify.com.evil.example',
      'A.myshopify.com',
    ];
    for (const shop of wrong) {
      expect(schema.safeParse({ ...base, webhookSecret: 'long-enough', shop }).success, shop).toBe(false);
    }
  });
});
