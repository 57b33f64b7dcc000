// Starts one simulated Shopify shop on a local port. What it rehearses is the public Admin API of version 2026-10;
// it needs no credentials but its own and reaches nothing but the webhook addresses it is given.
import type { AddressInfo } from 'node:net';
import { BulkOperations } from './admin/bulk.ts';
import { CostBucket } from './admin/cost.ts';
import { Endpoint } from './admin/endpoint.ts';
import { answerFulfilment } from './admin/fulfilment-answers.ts';
import { IdempotencyKeys } from './admin/idempotency.ts';
import { answerInventoryMutations } from './admin/inventory-mutations.ts';
import { answerOrders } from './admin/order-answers.ts';
import { answerOtherMutations } from './admin/other-mutations.ts';
import { answerRoot } from './admin/root-answers.ts';
import { type Context, loadSchema } from './admin/schema.ts';
import { answerStock } from './admin/stock-answers.ts';
import { type Control, controlOf, createLevers, type RequestEntry } from './control.ts';
import { Faults } from './faults.ts';
import { createServer } from './server.ts';
import { createClock, offsetReader } from './shop/clock.ts';
import { Shop } from './shop/shop.ts';
import { Tokens } from './tokens.ts';
import { Deliveries } from './webhooks/deliveries.ts';
import { Subscriptions } from './webhooks/subscriptions.ts';
import { createWriter } from './webhooks/writer.ts';

export type ShopifySimulatorOptions = {
  port?: number;
  name?: string;
  domain?: string;
  currency?: string;
  ianaTimezone?: string;
  /** Token that works at once and for ever, as a pasted legacy token does. */
  accessToken?: string;
  clientId?: string;
  /** Buys tokens, and signs webhooks. */
  clientSecret?: string;
  tokenLifetimeSeconds?: number;
  scopes?: readonly string[];
  /** The version that answers and that webhooks carry, whatever the path asks for. */
  apiVersion?: string;
  bucketSize?: number;
  restoreRatePerSecond?: number;
  mutationLatencyMs?: number;
  bulkDelayMs?: number;
  webhookTimeoutMs?: number;
  /** Shrinks the vendor's four hours of retries; 1 is real time. */
  retryScale?: number;
  levelWebhooks?: 'available' | 'any';
  largeIds?: boolean;
  seed?: number;
  /** Milliseconds since the epoch; the shop's clock never runs backwards. */
  now?: () => number;
};

export type ShopifySimulator = Control &
  AsyncDisposable & {
    /** Stands in for https://<shop>.myshopify.com. */
    baseUrl: string;
    domain: string;
    accessToken: string;
    clientId: string;
    clientSecret: string;
    close(): Promise<void>;
  };

/** The scopes Stockbridge asks for. */
export const defaultScopes = (
  'read_products read_inventory write_inventory read_locations read_orders read_all_orders read_fulfillments ' +
  'read_merchant_managed_fulfillment_orders write_merchant_managed_fulfillment_orders ' +
  'read_third_party_fulfillment_orders read_returns'
).split(' ');

/** Eight retries that add up to four hours. The vendor publishes the count and the sum, not the spacing. */
const retryMinutes = [0.25, 1.75, 5, 13, 25, 45, 60, 90];

const log = { requests: 20_000, deliveries: 20_000 };

/** Starts a shop and resolves once it listens on 127.0.0.1. */
export async function startShopifySimulator(
  options: ShopifySimulatorOptions = {},
): Promise<ShopifySimulator> {
  const domain = options.domain ?? 'simulated.myshopify.com';
  const accessToken = options.accessToken ?? 'shpat_simulated';
  const clientId = options.clientId ?? 'simulated-client';
  const clientSecret = options.clientSecret ?? 'simulated-secret';
  const apiVersion = options.apiVersion ?? '2026-10';
  const ianaTimezone = options.ianaTimezone ?? 'Europe/Berlin';
  const scopes = options.scopes ?? defaultScopes;
  const clock = createClock(options.now ?? Date.now);
  const now = () => clock.now();

  const shop = new Shop({
    clock,
    largeIds: options.largeIds ?? false,
    name: options.name ?? 'Simulated shop',
    domain,
    currency: options.currency ?? 'EUR',
    ianaTimezone,
    levelWebhooks: options.levelWebhooks ?? 'available',
  });
  const faults = new Faults(options.seed ?? 1);
  const subscriptions = new Subscriptions(shop, apiVersion);
  const retryScale = options.retryScale ?? 0.01;
  const deliveries = new Deliveries(subscriptions, createWriter(shop, offsetReader(ianaTimezone)), faults, {
    secret: clientSecret,
    domain,
    apiVersion,
    timeoutMs: options.webhookTimeoutMs ?? 5000,
    retryDelaysMs: retryMinutes.map((minutes) => minutes * 60_000 * retryScale),
    keptDeliveries: log.deliveries,
  });
  shop.onEvent((event) => deliveries.announce(event));

  const schema = loadSchema();
  for (const answerPart of [
    answerRoot,
    answerStock,
    answerOrders,
    answerFulfilment,
    answerInventoryMutations,
    answerOtherMutations,
  ]) {
    answerPart(schema);
  }
  const bucket = new CostBucket(options.bucketSize ?? 2000, options.restoreRatePerSecond ?? 100, now);
  const tokens = new Tokens(
    { accessToken, clientId, clientSecret, scopes, expiresInSeconds: options.tokenLifetimeSeconds ?? 86_399 },
    now,
  );
  let baseUrl = '';
  const urlOf = (id: string) => `${baseUrl}/bulk/${id}.jsonl`;
  const bulk: BulkOperations = new BulkOperations({
    shop,
    schema,
    delayMs: options.bulkDelayMs ?? 50,
    context: () => context,
    urlOf,
  });
  const context: Context = {
    shop,
    subscriptions,
    bulk,
    keys: new IdempotencyKeys(now),
    scopes: new Set(scopes),
    limits: { unbounded: false },
    mutationLatencyMs: options.mutationLatencyMs ?? 0,
  };
  const requests: RequestEntry[] = [];
  const levers = createLevers({ shop, faults, bucket, tokens, deliveries, subscriptions, requests });
  const server = createServer({
    endpoint: new Endpoint(schema, bucket),
    tokens,
    faults,
    bulk,
    levers,
    requests,
    keptRequests: log.requests,
    apiVersion,
    context: () => context,
    now,
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(options.port ?? 0, '127.0.0.1', resolve);
  await listening;
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const close = async (): Promise<void> => {
    deliveries.close();
    bulk.close();
    const { promise: closed, resolve: done } = Promise.withResolvers<void>();
    server.close(() => done());
    server.closeAllConnections();
    await closed;
  };
  return {
    ...controlOf(levers),
    baseUrl,
    domain,
    accessToken,
    clientId,
    clientSecret,
    close,
    [Symbol.asyncDispose]: close,
  };
}
