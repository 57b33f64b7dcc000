// A simulated shop and a connection to it as the hub would make one, for the tests of this folder.
import { createHmac, randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import type {
  Connection,
  ConnectionContext,
  Interpretation,
  StoredEvent,
  WebhookRequest,
} from '../../../src/connectors/contract.ts';
import { shopify } from '../../../src/connectors/shopify/index.ts';
import type { ShopifySettings } from '../../../src/connectors/shopify/settings.ts';
import { httpClient } from '../../../src/connectors/toolkit/http.ts';
import { limiter, memoryBuckets } from '../../../src/connectors/toolkit/rate-limit.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import {
  type ShopifySimulator,
  type ShopifySimulatorOptions,
  startShopifySimulator,
} from '../../../src/simulators/shopify/simulator.ts';
import { memoryState } from '../../contract/suite/world.ts';

export interface TestShop extends AsyncDisposable {
  readonly simulator: ShopifySimulator;
  readonly settings: ShopifySettings;
  readonly connection: Connection;
  readonly context: ConnectionContext<ShopifySettings>;
  /** Lines of the connection's log. */
  readonly log: string[];
  readonly item: (sku: string) => string;
  readonly place: (name: string) => string;
  /** Interprets one webhook of the shop's, built from topic and body. */
  tell(topic: string, body: object | string): Promise<Interpretation>;
}

interface ShopWish {
  readonly simulator?: ShopifySimulatorOptions;
  readonly settings?: Record<string, unknown>;
  /** Shared by connections that stand for several processes of one hub. */
  readonly state?: ConnectionContext<ShopifySettings>['state'];
  /** After which a write is given up; reads have all the time that a busy machine needs. */
  readonly writePatienceMs?: number;
}

/** A shop with a warehouse and a store, and a handful of variants of every kind. */
export async function testShop(wish: ShopWish = {}): Promise<TestShop> {
  const simulator = await startShopifySimulator(wish.simulator);
  const seeded = simulator.seed({
    locations: [{ name: 'Warehouse' }, { name: 'Store' }],
    variants: [
      { sku: 'CUP', barcode: '4006381333931', onHand: { Warehouse: 40, Store: 10 } },
      { sku: 'TEE', onHand: { Warehouse: 20, Store: 5 } },
      { sku: 'RARE', onHand: { Warehouse: 3 } },
      { sku: 'SERVICE', tracked: false },
      { sku: 'GIFT', tracked: false, giftCard: true },
      { sku: 'SET', bundleParent: true, onHand: { Warehouse: 0 } },
    ],
  });
  const item = (sku: string): string => {
    const variant = seeded.variants.find((one) => one.sku === sku);
    if (variant === undefined) throw new Error(`no variant ${sku}`);
    return variant.itemId;
  };
  const place = (name: string): string => {
    const location = seeded.locations.find((one) => one.name === name);
    if (location === undefined) throw new Error(`no location ${name}`);
    return location.id;
  };
  const connected = connectTo(simulator, wish);
  return {
    simulator,
    ...connected,
    item,
    place,
    tell: async (topic, body) => {
      const [answer] = await connected.connection.interpret([storedEvent(topic, body)]);
      if (answer === undefined) throw new Error('no answer');
      return answer;
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

/** Another connection to a running shop. */
export function connectTo(simulator: ShopifySimulator, wish: ShopWish = {}) {
  const settings = shopify.settings.parse({
    shop: simulator.domain,
    apiUrl: simulator.baseUrl,
    auth: { kind: 'token', accessToken: simulator.accessToken },
    webhookSecret: simulator.clientSecret,
    searchLagMs: 0,
    ...wish.settings,
  });
  const log: string[] = [];
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      log.push(String(chunk));
      done();
    },
  });
  const http = httpClient({
    connection: 'test-shop',
    timeoutMs: 20_000,
    limiter: limiter({ key: 'test-shop', store: memoryBuckets(), maximum: 100, restorePerSecond: 50 }),
  });
  const context: ConnectionContext<ShopifySettings> = {
    name: 'test-shop',
    settings,
    log: pino({ level: 'debug' }, sink),
    now: () => new Date(),
    state: wish.state ?? memoryState(),
    http: {
      ...http,
      request: (wanted) =>
        http.request({
          ...wanted,
          ...(wanted.effect && wish.writePatienceMs !== undefined ? { timeoutMs: wish.writePatienceMs } : {}),
        }),
    },
  };
  return { settings, log, context, connection: shopify.connect(context) };
}

/** A stored webhook, as the inbox would hand it over. */
export const storedEvent = (topic: string, body: object | string): StoredEvent => ({
  id: randomUUID(),
  source: 'webhook',
  topic,
  dedupeKey: randomUUID(),
  occurredAt: instantOf(new Date()),
  receivedAt: instantOf(new Date()),
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

/** A request as Shopify sends it. */
export function signedRequest(
  body: Buffer,
  wish: { topic?: string; secret: string; shop: string; headers?: Record<string, string | undefined> },
): WebhookRequest {
  return {
    method: 'POST',
    registeredUrl: 'https://hub.example/webhooks/test-shop',
    headers: {
      'content-type': 'application/json',
      'x-shopify-topic': wish.topic ?? 'orders/updated',
      'x-shopify-hmac-sha256': createHmac('sha256', wish.secret).update(body).digest('base64'),
      'x-shopify-shop-domain': wish.shop,
      'x-shopify-api-version': '2026-10',
      'x-shopify-webhook-id': randomUUID(),
      'x-shopify-event-id': randomUUID(),
      'x-shopify-triggered-at': new Date().toISOString(),
      ...wish.headers,
    },
    body,
  };
}

/** All values of an async iterable. */
export async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(page);
  return rows;
}
