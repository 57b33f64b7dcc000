// Payloads that Shopify publishes and that real shops sent go all the way in without anything breaking.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webhook } from '../../../src/connectors/shopify/webhook.ts';
import { signedRequest, storedEvent, type TestShop, testShop } from './shop.ts';

const root =
  process.env.STOCKBRIDGE_SAMPLES ?? new URL('../../../../shared/samples', import.meta.url).pathname;
const folder = `${root}/shopify/payloads`;
const isThere = existsSync(folder);
const files = isThere
  ? readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'MANIFEST.json')
  : [];

/** `official_orders__create.json` and `real_orders__create__paid_unfulfilled.json` are both orders/create. */
const topicOf = (name: string): string => {
  const [resource = '', action = 'update'] = name
    .replace(/^(official|real)_/, '')
    .replace('.json', '')
    .split('__');
  return `${resource}/${action}`;
};

/** What each resource must come to in a shop that has none of these records. */
const OUTCOMES: Record<string, { outcome: string; code?: string }> = {
  orders: { outcome: 'quarantined', code: 'content_invalid' },
  'orders/delete': { outcome: 'facts' },
  refunds: { outcome: 'quarantined', code: 'content_invalid' },
  fulfillments: { outcome: 'quarantined', code: 'content_invalid' },
  fulfillment_orders: { outcome: 'quarantined', code: 'content_invalid' },
  reverse_fulfillment_orders: { outcome: 'quarantined', code: 'content_invalid' },
  inventory_levels: { outcome: 'ignored' },
  inventory_items: { outcome: 'ignored' },
  inventory_transfers: { outcome: 'ignored' },
  inventory_shipments: { outcome: 'ignored' },
  products: { outcome: 'ignored' },
  locations: { outcome: 'ignored' },
  bulk_operations: { outcome: 'ignored' },
  customers: { outcome: 'ignored' },
  shop: { outcome: 'ignored' },
  'app/scopes_update': { outcome: 'ignored' },
  'app/uninstalled': { outcome: 'quarantined', code: 'vendor_unauthorized' },
};

describe.runIf(isThere)('published and real payloads', () => {
  let shop: TestShop;
  beforeAll(async () => {
    shop = await testShop();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  it('are all there', () => {
    expect(files.length).toBeGreaterThan(30);
  });

  it.each(files)('%s is verified, named and interpreted', async (name) => {
    const topic = topicOf(name);
    const body = readFileSync(`${folder}/${name}`);
    const request = signedRequest(body, {
      topic,
      secret: shop.simulator.clientSecret,
      shop: shop.settings.shop,
    });
    expect(await webhook.verify(request, shop.settings, new Date())).toEqual({ genuine: true });
    const [event] = webhook.events(request);
    expect(event?.topic).toBe(topic);
    const [answer] = await shop.connection.interpret([{ ...storedEvent(topic, {}), body }]);
    expect(answer).toMatchObject(
      OUTCOMES[topic] ?? OUTCOMES[topic.split('/')[0] ?? ''] ?? { outcome: 'an entry above' },
    );
  });
});
