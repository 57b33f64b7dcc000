// The market's API as functions: one per call, answers checked once, so that the other rooms trust their types.
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, instantSchema } from '../../core/vocabulary/instant.ts';
import type { ConnectionContext } from '../contract.ts';
import { reasonOf } from '../toolkit/interpretation.ts';
import { changeSchema, openLineSchema } from './change.ts';
import type { DemoSettings } from './settings.ts';

const changesSchema = z.object({
  asOf: instantSchema,
  changes: z.array(changeSchema),
  next: z.string().nullable(),
});
const levelSchema = z.object({
  listing: z.string(),
  location: z.string(),
  available: z.string(),
  onHand: z.string(),
  version: z.string(),
});
const levelsSchema = z.object({
  asOf: instantSchema,
  levels: z.array(levelSchema),
  next: z.string().nullable(),
});
const ordersSchema = z.object({
  orders: z.array(
    z.object({
      order: z.string(),
      version: z.number().int(),
      at: instantSchema,
      open: z.array(openLineSchema),
    }),
  ),
});
const offersSchema = z.object({
  results: z.array(z.object({ outcome: z.enum(['applied', 'stale', 'unknown', 'untracked']) })),
});
const catalogueSchema = z.object({
  locations: z.array(z.object({ id: z.string(), name: z.string(), active: z.boolean() })),
  listings: z.array(z.object({ id: z.string(), sku: z.string(), title: z.string(), tracked: z.boolean() })),
  next: z.string().nullable(),
});
const subscriptionsSchema = z.object({
  subscriptions: z.array(z.object({ id: z.string(), url: z.string() })),
});
const deliverySchema = z.object({
  number: z.string(),
  orderedAt: instantSchema,
  paid: z.boolean(),
  cancelled: z.boolean(),
  shipTo: z.object({
    name: z.string(),
    street: z.array(z.string()),
    city: z.string(),
    postalCode: z.string(),
    country: z.string(),
  }),
  open: z.array(openLineSchema),
});
const shipmentSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.enum(['shipped', 'known']), id: z.string() }),
  z.object({ outcome: z.literal('refused'), reason: z.string() }),
]);
const accountSchema = z.object({ name: z.string(), apiVersion: z.string() });

export interface Offer {
  readonly listing: string;
  readonly location: string;
  readonly available: string;
  /** The version that the offer is compared with; another one at the market means that we were wrong. */
  readonly version: string;
  readonly reference: string;
}

export type DemoClient = ReturnType<typeof demoClient>;

/** The version of the API that this connector was written for; `health` warns when the market serves another. */
export const API_VERSION = '1';

export function demoClient({ http, settings }: ConnectionContext<DemoSettings>) {
  const headers = { authorization: `Bearer ${settings.apiKey}` };
  const address = (path: string, query: Record<string, string> = {}): string =>
    `${settings.url.replace(/\/$/, '')}/v1/${path}?${new URLSearchParams(query)}`;

  const get = async <T>(
    schema: z.ZodType<T>,
    path: string,
    query: Record<string, string> = {},
  ): Promise<T> => {
    const response = await http.request({ method: 'GET', url: address(path, query), headers });
    return checked(schema, response.json(), path);
  };
  return {
    /** Changes from `since` on, itself included, oldest first; `page` is the `next` of the page before. */
    changes: (since: Instant, page?: string) =>
      get(changesSchema, 'changes', { since, ...(page ? { page } : {}) }),
    levels: (page?: string) => get(levelsSchema, 'levels', page ? { page } : {}),
    level: async (listing: string, location: string) => {
      const { asOf, levels } = await get(levelsSchema, 'levels', { listing, location });
      return { asOf, level: levels[0] };
    },
    openOrders: () => get(ordersSchema, 'orders'),
    catalogue: (page?: string) => get(catalogueSchema, 'catalogue', page ? { page } : {}),
    /** Where an order goes; undefined when the market has none of this id. */
    delivery: async (order: string) => {
      const path = `deliveries/${encodeURIComponent(order)}`;
      const response = await http.request({ method: 'GET', url: address(path), headers, expect: [404] });
      return response.status === 404 ? undefined : checked(deliverySchema, response.json(), 'deliveries');
    },
    /** Says that lines have left. The key makes a repetition harmless: the market answers `known`. */
    ship: async (key: string, shipment: object) => {
      const response = await http.request({
        method: 'POST',
        url: address('shipments'),
        headers: { ...headers, 'idempotency-key': key },
        body: shipment,
        effect: true,
      });
      return checked(shipmentSchema, response.json(), 'shipments');
    },
    account: () => get(accountSchema, 'account'),
    subscriptions: async () => (await get(subscriptionsSchema, 'subscriptions')).subscriptions,
    subscribe: async (url: string) => {
      // Creating the same subscription twice has one effect at the market, so this is not called an effect here.
      await http.request({ method: 'POST', url: address('subscriptions'), headers, body: { url } });
    },
    unsubscribe: async (id: string) => {
      const url = address(`subscriptions/${encodeURIComponent(id)}`);
      await http.request({ method: 'DELETE', url, headers, expect: [404] });
    },
    /** Sets what is for sale. The key makes a repetition harmless: the market answers it as it answered the first. */
    offer: async (key: string, offers: readonly Offer[]) => {
      const response = await http.request({
        method: 'POST',
        url: address('offers'),
        headers: { ...headers, 'idempotency-key': key },
        body: { offers },
        effect: true,
      });
      return checked(offersSchema, response.json(), 'offers').results;
    },
  };
}

function checked<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StockbridgeError(
    'vendor_unavailable',
    `the market’s answer to ${path} is not as documented: ${reasonOf(parsed.error)}`,
  );
}
