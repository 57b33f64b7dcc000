// What Shopify sends is proven over its raw bytes, named without trusting them, and read without losing a digit.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hintOf } from '../../../src/connectors/shopify/hints.ts';
import { settings as schema } from '../../../src/connectors/shopify/settings.ts';
import { webhook } from '../../../src/connectors/shopify/webhook.ts';
import { signedRequest, storedEvent } from './shop.ts';

const SHOP = 'demo.myshopify.com';
const settings = schema.parse({
  shop: SHOP,
  auth: { kind: 'client-credentials', clientId: 'app', clientSecret: 'current-secret' },
  previousWebhookSecret: 'previous-secret',
});
const body = Buffer.from('{"id":820982911946154508,"name":"Grüße 🧵"}');
const request = (secret = 'current-secret', headers: Record<string, string | undefined> = {}, bytes = body) =>
  signedRequest(bytes, { secret, shop: SHOP, headers });
const verify = (given: ReturnType<typeof request>) => webhook.verify(given, settings, new Date());

describe('a request is genuine', () => {
  it('with the client secret, which is the webhook secret unless another is given', async () => {
    expect(await verify(request())).toEqual({ genuine: true });
    const other = schema.parse({ ...settings, webhookSecret: 'another-secret' });
    expect(await webhook.verify(request('another-secret'), other, new Date())).toEqual({ genuine: true });
    expect(await webhook.verify(request(), other, new Date())).toMatchObject({ genuine: false });
  });

  it('with the previous secret while a rotation lasts', async () => {
    expect(await verify(request('previous-secret'))).toEqual({ genuine: true });
  });
});

describe('a request is refused', () => {
  it('when another secret signed it', async () => {
    expect(await verify(request('somebody-else'))).toMatchObject({ code: 'signature_invalid' });
  });

  it('when a header is missing, naming it', async () => {
    const unsigned = request(undefined, { 'x-shopify-hmac-sha256': undefined });
    expect(await verify(unsigned)).toMatchObject({ code: 'signature_missing' });
    const verdict = await verify(request(undefined, { 'x-shopify-topic': undefined }));
    expect(verdict).toMatchObject({ code: 'signature_missing', reason: expect.stringMatching(/topic/i) });
  });

  it('when it was sent for another shop', async () => {
    const verdict = await verify(request(undefined, { 'x-shopify-shop-domain': 'other.myshopify.com' }));
    expect(verdict).toMatchObject({ code: 'signature_invalid', reason: expect.stringContaining('other.') });
  });

  it('when any bit of the body was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ mask;
        const { headers } = request();
        expect(await verify({ ...request(), headers, body: changed })).toMatchObject({ genuine: false });
      }),
      { numRuns: 200 },
    );
  });

  it('when bytes that are no text stand where the signed text has a replacement character', async () => {
    const signed = request(undefined, {}, Buffer.from('{"note":"\uFFFD"}'));
    expect(await verify(signed)).toEqual({ genuine: true });
    const forged = Buffer.concat([Buffer.from('{"note":"'), Buffer.from([0xff]), Buffer.from('"}')]);
    expect(await verify({ ...signed, body: forged })).toMatchObject({ code: 'signature_invalid' });
  });

  it('when it brings only the signature of another kind of event', async () => {
    const hmac = createHmac('sha256', 'current-secret').update(body).digest('base64');
    const events = request(undefined, { 'x-shopify-hmac-sha256': undefined, 'shopify-hmac-sha256': hmac });
    expect(await verify(events)).toMatchObject({ code: 'signature_missing' });
  });
});

describe('the event of a request', () => {
  it('is keyed by the webhook id, named by topic and dated by its trigger', () => {
    const given = request(undefined, {
      'x-shopify-topic': 'Orders/Updated',
      'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      'x-shopify-triggered-at': '2026-11-21T09:30:00.123456789Z',
    });
    expect(webhook.events(given)).toEqual([
      {
        dedupeKey: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        topic: 'orders/updated',
        occurredAt: '2026-11-21T09:30:00.123456Z',
      },
    ]);
  });

  it('is unreadable without an id, a topic or JSON, and then keyed by its bytes', () => {
    const broken = [
      request(undefined, { 'x-shopify-webhook-id': undefined }),
      request(undefined, { 'x-shopify-topic': undefined }),
      request(undefined, {}, Buffer.from('{"id":')),
    ];
    for (const given of broken) expect(webhook.events(given)).toMatchObject([{ topic: 'unreadable' }]);
    expect(webhook.events(broken[0]!)[0]?.dedupeKey).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('never throws, whatever the bytes and headers are', async () => {
    const anything = fc.string({ unit: 'binary', maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), anything, anything, async (bytes, id, topic) => {
        const given = request(
          undefined,
          { 'x-shopify-webhook-id': id, 'x-shopify-topic': topic },
          Buffer.from(bytes),
        );
        const [event] = webhook.events(given);
        expect(event?.dedupeKey).toMatch(/^.{1,200}$/s);
        await webhook.verify(given, settings, new Date());
      }),
      { numRuns: 200 },
    );
  });

  it('keeps no signature and nothing else that is not needed later', () => {
    expect(webhook.keptHeaders).not.toContain('x-shopify-hmac-sha256');
    expect(webhook.keptHeaders.every((name) => name.startsWith('x-shopify-'))).toBe(true);
  });
});

describe('what a webhook points at', () => {
  const order = (orderId: string, deleted = false) => ({
    read: 'order',
    orderId: `gid://shopify/Order/${orderId}`,
    deleted,
  });
  const cases: [string, string, object][] = [
    [
      'orders/updated',
      '{"id":820982911946154500,"admin_graphql_api_id":"gid://shopify/Order/820982911946154508"}',
      order('820982911946154508'),
    ],
    ['orders/delete', '{"id":820982911946154508}', order('820982911946154508', true)],
    ['orders/edited', '{"order_edit":{"id":1,"order_id":820982911946154508}}', order('820982911946154508')],
    ['refunds/create', '{"id":7,"order_id":9007199254740993}', order('9007199254740993')],
    [
      'fulfillments/update',
      '{"id":7,"order_id":"4617255092480","admin_graphql_api_id":"gid://shopify/Fulfillment/7"}',
      order('4617255092480'),
    ],
    [
      'returns/update',
      '{"id":7,"admin_graphql_api_id":"gid://shopify/Return/7","order":{"id":3,"admin_graphql_api_id":"gid://shopify/Order/9007199254740993"}}',
      order('9007199254740993'),
    ],
    [
      'fulfillment_orders/moved',
      '{"original_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/1"},"moved_fulfillment_order":{"id":"gid://shopify/FulfillmentOrder/2"}}',
      {
        read: 'order-of',
        documentIds: ['gid://shopify/FulfillmentOrder/1', 'gid://shopify/FulfillmentOrder/2'],
      },
    ],
    [
      'reverse_fulfillment_orders/dispose',
      '{"id":5,"admin_graphql_api_id":"gid://shopify/ReverseFulfillmentOrder/9007199254740993","dispositions":[]}',
      { read: 'order-of', documentIds: ['gid://shopify/ReverseFulfillmentOrder/9007199254740993'] },
    ],
    [
      'inventory_levels/update',
      '{"admin_graphql_api_id":"gid://shopify/InventoryLevel/24826418?inventory_item_id=271878346596884015","inventory_item_id":271878346596884000,"location_id":24826418}',
      {
        read: 'level',
        itemId: 'gid://shopify/InventoryItem/271878346596884015',
        locationId: 'gid://shopify/Location/24826418',
      },
    ],
    [
      'inventory_levels/disconnect',
      '{"inventory_item_id":271878346596884015,"location_id":24826418}',
      {
        read: 'level',
        itemId: 'gid://shopify/InventoryItem/271878346596884015',
        locationId: 'gid://shopify/Location/24826418',
      },
    ],
  ];
  it.each(cases)('%s, to the last digit', (topic, text, expected) => {
    expect(hintOf(storedEvent(topic, text))).toEqual(expected);
  });

  it.each([
    ['products/update', 'ignored', undefined],
    ['locations/deactivate', 'ignored', undefined],
    ['customers/redact', 'ignored', undefined],
    ['shop/redact', 'ignored', undefined],
    ['inventory_transfers/complete', 'ignored', undefined],
    ['app/scopes_update', 'ignored', undefined],
    ['app/uninstalled', 'quarantined', 'vendor_unauthorized'],
    ['orders/updated', 'quarantined', 'content_invalid'],
    ['inventory_levels/update', 'quarantined', 'content_invalid'],
    ['somethings/new', 'quarantined', 'content_invalid'],
    ['unreadable', 'quarantined', 'body_malformed'],
    ['order/state', 'quarantined', 'content_invalid'],
  ])('%s without ids is %s', (topic, outcome, code) => {
    expect(hintOf(storedEvent(topic, {}))).toMatchObject({
      read: 'nothing',
      because: { outcome, ...(code === undefined ? {} : { code }) },
    });
  });
});
