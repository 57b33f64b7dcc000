// A simulated Square account: its REST API, its webhooks and its seller, over real HTTP on 127.0.0.1.
// For rehearsals, the demo and tests. It is never kinder than Square; where Square's behaviour is unverified, the code says so.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { answerControl, type ControlActions, listen, readBody, sendJson } from '../control.ts';
import type { DeliveryAttempt } from '../delivery.ts';
import { seededRandom } from '../random.ts';
import { type ApiRequest, apiOf } from './api/api.ts';
import { type Wire, wireChange } from './api/inventory-wire.ts';
import { type ApiFault, apiFaultsSchema, faultPlan, refusalOf, SquareError } from './api/refusals.ts';
import * as inputs from './seller/inputs.ts';
import { type Merchant, merchantOf } from './seller/merchant.ts';
import { type SubscriptionSettings, startWebhooks, subscriptionSchema } from './seller/webhooks.ts';
import { startBook } from './stock/book.ts';
import { startCatalog } from './stock/catalog.ts';
import { quantityText, startClock } from './stock/scalars.ts';

export { signatureOf } from './seller/webhooks.ts';
export { SQUARE_VERSION } from './stock/states.ts';

const REQUEST_LOG_LIMIT = 50_000;
const probability = z.number().min(0).max(1).optional();
const waitMs = z.number().int().min(0).optional();

/** What goes wrong from now on; whatever is left out goes right again. */
export const faultsSchema = z.strictObject({
  api: apiFaultsSchema.optional(),
  webhooks: z
    .strictObject({
      duplicate: probability,
      reorder: probability,
      delay: probability,
      drop: probability,
      delayMs: waitMs,
      reorderHoldMs: waitMs,
    })
    .optional(),
});

export interface SquareSimulatorOptions {
  /** 0, the default, picks a free port. */
  port?: number;
  accessToken?: string;
  merchantId?: string;
  application?: { id: string; secret: string; name: string };
  /** Seed of every fault and id. */
  seed?: number;
  now?: () => Date;
  subscriptions?: SubscriptionSettings[];
  /** Multiplies the waits of the retry schedule (1 minute to 8 hours); default 1. */
  retryScale?: number;
  /** How long a receiver may take; Square allows 10 seconds. */
  webhookTimeoutMs?: number;
  /** Items per page of the catalog; default 100. */
  catalogPageSize?: number;
  /** False leaves `adjustment_id` off physical counts, as for sellers without a Plus or Premium subscription. */
  linkRecounts?: boolean;
}

export interface LoggedRequest {
  at: string;
  method: string;
  path: string;
  /** 0 when the request got no answer. */
  status: number;
  fault?: ApiFault;
}

/** Quantities by SKU (variation id where a SKU is absent or shared), location name and state. */
export type Books = Record<string, Record<string, Record<string, string>>>;

type Inputs = {
  seed: z.input<typeof inputs.seedSchema>;
  sell: z.input<typeof inputs.sellSchema>;
  refund: z.input<typeof inputs.refundSchema>;
  restock: z.input<typeof inputs.restockSchema>;
  receive: z.input<typeof inputs.receiveSchema>;
  waste: z.input<typeof inputs.wasteSchema>;
  count: z.input<typeof inputs.countSchema>;
  transfer: z.input<typeof inputs.transferSchema>;
  compose: z.input<typeof inputs.kitSchema>;
  decompose: z.input<typeof inputs.kitSchema>;
  reserve: z.input<typeof inputs.reserveSchema>;
  release: z.input<typeof inputs.reserveSchema>;
  editOrder: z.input<typeof inputs.editOrderSchema>;
};

type Actions = { [Name in keyof Inputs]: (input: Inputs[Name]) => ReturnType<Merchant[Name]> };

/** The handle: every member but `close` is also `POST /__simulator/<name>` with its input as JSON. */
export interface SquareSimulator extends Actions, AsyncDisposable {
  url: string;
  merchantId: string;
  applicationId: string;
  refreshToken: string;
  accessToken(): string;
  expireToken(): void;
  /** Registers a receiver, or changes the keys and events of the one at that URL. */
  subscribe(settings: SubscriptionSettings): void;
  unsubscribe(input: { url: string }): void;
  setFaults(faults: z.input<typeof faultsSchema>): void;
  books(): Books;
  /** Every change as the API shows it, in the order it arrived. */
  changes(): Wire[];
  deliveries(): DeliveryAttempt[];
  requests(): LoggedRequest[];
  /** Resolves when no notification is in flight, held back or waiting for a retry. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a seller with an empty catalog; throws when the port is taken. */
export async function startSquareSimulator(options: SquareSimulatorOptions = {}): Promise<SquareSimulator> {
  const now = options.now ?? (() => new Date());
  const random = seededRandom(options.seed ?? 1);
  const clock = startClock(now);
  const merchantId = options.merchantId ?? `M${random.text(12)}`;
  const application = options.application ?? {
    id: `sandbox-sq0idb-${random.text(22)}`,
    secret: `sandbox-sq0csb-${random.text(43)}`,
    name: 'Simulated application',
  };
  const book = startBook({ clock, random, linkRecounts: options.linkRecounts ?? true });
  const catalog = startCatalog(clock, random);
  const webhooks = startWebhooks({
    merchantId,
    clock,
    now,
    random,
    timeoutMs: options.webhookTimeoutMs ?? 10_000,
    retryScale: options.retryScale ?? 1,
  });
  const merchant = merchantOf({ book, catalog, webhooks, random, clock, now });
  const api = apiOf({
    book,
    catalog,
    webhooks,
    random,
    now,
    merchantId,
    application,
    catalogPageSize: options.catalogPageSize ?? 100,
    accessToken: options.accessToken ?? `EAAA${random.text(60)}`,
  });
  const log: LoggedRequest[] = [];
  let plan = faultPlan({}, random);

  const books = (): Books => {
    const variationsBySku = Map.groupBy(catalog.variations(), ({ sku }) => sku ?? '');
    const found: Books = {};
    for (const count of book.counts()) {
      const sku = catalog.variationById(count.variationId)?.sku;
      const isUnique = sku !== undefined && variationsBySku.get(sku)?.length === 1;
      const name = isUnique ? sku : count.variationId;
      const location = catalog.locationById(count.locationId)?.name ?? count.locationId;
      found[name] ??= {};
      found[name][location] ??= {};
      found[name][location][count.state] = quantityText(count.quantity);
    }
    return found;
  };

  const handle = {
    seed: (input: Inputs['seed']) => merchant.seed(inputs.seedSchema.parse(input)),
    sell: (input: Inputs['sell']) => merchant.sell(inputs.sellSchema.parse(input)),
    refund: (input: Inputs['refund']) => merchant.refund(inputs.refundSchema.parse(input)),
    restock: (input: Inputs['restock']) => merchant.restock(inputs.restockSchema.parse(input)),
    receive: (input: Inputs['receive']) => merchant.receive(inputs.receiveSchema.parse(input)),
    waste: (input: Inputs['waste']) => merchant.waste(inputs.wasteSchema.parse(input)),
    count: (input: Inputs['count']) => merchant.count(inputs.countSchema.parse(input)),
    transfer: (input: Inputs['transfer']) => merchant.transfer(inputs.transferSchema.parse(input)),
    compose: (input: Inputs['compose']) => merchant.compose(inputs.kitSchema.parse(input)),
    decompose: (input: Inputs['decompose']) => merchant.decompose(inputs.kitSchema.parse(input)),
    reserve: (input: Inputs['reserve']) => merchant.reserve(inputs.reserveSchema.parse(input)),
    release: (input: Inputs['release']) => merchant.release(inputs.reserveSchema.parse(input)),
    editOrder: (input: Inputs['editOrder']) => merchant.editOrder(inputs.editOrderSchema.parse(input)),
    subscribe: (settings: SubscriptionSettings) => webhooks.subscribe(subscriptionSchema.parse(settings)),
    unsubscribe: (input: { url: string }) =>
      webhooks.unsubscribe(z.strictObject({ url: z.string() }).parse(input).url),
    setFaults: (input: z.input<typeof faultsSchema>) => {
      const faults = faultsSchema.parse(input);
      plan = faultPlan(faults.api ?? {}, random);
      webhooks.setFaults(faults.webhooks ?? {});
    },
    expireToken: () => api.expireToken(),
    accessToken: () => api.accessToken(),
    books,
    changes: () => book.arrivals().map(wireChange),
    deliveries: () => webhooks.deliveries(),
    requests: () => [...log],
    settled: () => webhooks.settled(),
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Every action with an input parses it, so what arrives over HTTP is no less checked than a typed call.
    if (await answerControl(request, response, handle as unknown as ControlActions)) return;
    const target = new URL(request.url ?? '/', 'http://simulator');
    const fault = plan.faultFor(target.pathname);
    const { holdMs, retryAfterSeconds } = plan;
    const note = (status: number): void => {
      const entry = { at: now().toISOString(), method: request.method ?? '', path: target.pathname, status };
      log.push(fault === undefined ? entry : { ...entry, fault });
      if (log.length > REQUEST_LOG_LIMIT) log.shift();
    };
    try {
      const apiRequest = await apiRequestOf(request, target);
      if (fault === 'throttle' || fault === 'serverError' || fault === 'unauthorized') throw refusalOf(fault);
      const body = fault === 'timeout' ? undefined : api.answer(apiRequest);
      if (fault !== undefined) {
        note(0);
        holdWithoutAnswer(response, holdMs);
        return;
      }
      note(200);
      sendJson(response, 200, body, { 'square-version': String(request.headers['square-version'] ?? '') });
    } catch (error) {
      const refusal = error instanceof SquareError ? error : unexpected(error);
      note(refusal.status);
      const throttled = fault === 'throttle' && retryAfterSeconds !== null;
      sendJson(
        response,
        refusal.status,
        refusal.body,
        throttled ? { 'retry-after': String(retryAfterSeconds) } : {},
      );
    }
  };

  const server = await listen((request, response) => void respond(request, response), options.port);
  for (const settings of options.subscriptions ?? []) handle.subscribe(settings);
  const close = async (): Promise<void> => {
    await Promise.all([webhooks.close(), server.close()]);
  };
  return {
    ...handle,
    url: server.url,
    merchantId,
    applicationId: application.id,
    refreshToken: api.refreshToken,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function apiRequestOf(request: IncomingMessage, target: URL): Promise<ApiRequest> {
  try {
    const body = await readBody(request);
    const { method = '', headers } = request;
    return { method, path: target.pathname, query: target.searchParams, headers, body };
  } catch (error) {
    if (error instanceof RangeError) throw new SquareError('REQUEST_ENTITY_TOO_LARGE', error.message);
    throw error;
  }
}

function holdWithoutAnswer(response: ServerResponse, holdMs: number): void {
  const timer = setTimeout(() => response.destroy(), holdMs);
  response.on('close', () => clearTimeout(timer));
}

const unexpected = (error: unknown): SquareError =>
  new SquareError('INTERNAL_SERVER_ERROR', error instanceof Error ? error.message : String(error));
