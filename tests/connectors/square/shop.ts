// A simulated Square seller and a live connection to it, over real HTTP; what every test of this folder starts from.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import type {
  Connection,
  Facts,
  Interpretation,
  PolledEvent,
  StoredEvent,
  WebhookRequest,
} from '../../../src/connectors/contract.ts';
import { square } from '../../../src/connectors/square/index.ts';
import type { SquareSettings } from '../../../src/connectors/square/settings.ts';
import { httpClient } from '../../../src/connectors/toolkit/http.ts';
import { instantFrom, instantOf } from '../../../src/core/vocabulary/instant.ts';
import {
  type SquareSimulator,
  type SquareSimulatorOptions,
  signatureOf,
  startSquareSimulator,
} from '../../../src/simulators/square/index.ts';

export const HOOK_URL = 'https://hub.example/webhooks/square?shop=1';
export const SIGNATURE_KEY = 'current-signature-key';
export const SINCE = instantFrom('2000-01-01T00:00:00Z');

export interface Shop extends AsyncDisposable {
  readonly simulator: SquareSimulator;
  readonly connection: Connection;
  readonly settings: SquareSettings;
  readonly main: string;
  readonly harbour: string;
  readonly mug: string;
  readonly tea: string;
}

export interface ShopOptions {
  readonly simulator?: SquareSimulatorOptions;
  readonly settings?: Partial<SquareSettings>;
  /** The hub's clock. */
  readonly now?: () => Date;
  /** After which a call is given up: short only where the shop is to say nothing, or a busy machine would pass for that. */
  readonly patienceMs?: number;
}

/** Starts a shop with 100 mugs and 10 teas at Main, none at Harbour; pads are not tracked, boxes are kits. */
export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const simulator = await startSquareSimulator(options.simulator);
  const { locations, variations } = simulator.seed({
    locations: [{ name: 'Main' }, { name: 'Harbour' }, { name: 'Old', status: 'INACTIVE' }],
    variations: [
      { name: 'Mug', sku: 'MUG', upc: '012345678905', counts: { Main: 100 } },
      { name: 'Tea', sku: 'TEA', counts: { Main: 10 } },
      { name: 'Pad', sku: 'PAD', trackInventory: { Main: true, Harbour: false, Old: false } },
      { name: 'Gift', sku: 'GIFT', trackInventory: false },
      {
        name: 'Box',
        sku: 'BOX',
        components: [
          { sku: 'MUG', quantity: 2 },
          { sku: 'TEA', quantity: '0.5' },
        ],
      },
    ],
  });
  const settings = square.settings.parse({
    accessToken: simulator.accessToken(),
    signatureKey: SIGNATURE_KEY,
    applicationId: simulator.applicationId,
    baseUrl: simulator.url,
    ...options.settings,
  });
  return {
    simulator,
    connection: connect(settings, options),
    settings,
    main: locations.Main ?? '',
    harbour: locations.Harbour ?? '',
    mug: variations.MUG ?? '',
    tea: variations.TEA ?? '',
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

export function connect(
  settings: SquareSettings,
  { now = () => new Date(), patienceMs = 20_000 }: Pick<ShopOptions, 'now' | 'patienceMs'> = {},
): Connection {
  return square.connect({
    name: 'shop',
    settings,
    http: httpClient({ connection: 'shop', timeoutMs: patienceMs, secrets: [settings.accessToken] }),
    log: pino({ level: 'silent' }),
    now,
    state: {
      read: () => Promise.resolve(undefined),
      write: () => Promise.resolve(),
      exclusively: (_key, work) => work(),
    },
  });
}

/** A vendor that gives one answer to everything, for bytes that the simulated seller would never write. */
export async function startVendor(answer: unknown): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function signed(body: string | Buffer, key = SIGNATURE_KEY, url = HOOK_URL): WebhookRequest {
  const bytes = Buffer.from(body);
  return {
    method: 'POST',
    registeredUrl: url,
    headers: { 'x-square-hmacsha256-signature': signatureOf(key, url, bytes) },
    body: bytes,
  };
}

/** The events of a request as the inbox would hold them. */
export function received(request: WebhookRequest): StoredEvent[] {
  const events = square.webhook?.events(request) ?? [];
  return events.map((event, index) => ({
    id: `hook-${index}-${event.dedupeKey}`,
    source: 'webhook',
    topic: event.topic,
    dedupeKey: event.dedupeKey,
    occurredAt: event.occurredAt,
    receivedAt: instantOf(new Date()),
    headers: {},
    body: request.body,
  }));
}

export const stored = (event: PolledEvent): StoredEvent => ({
  id: `poll-${event.dedupeKey}`,
  source: 'poll',
  topic: event.topic,
  dedupeKey: event.dedupeKey,
  occurredAt: event.occurredAt,
  receivedAt: instantOf(new Date()),
  headers: {},
  body: event.body,
});

/** An entry of the change log as a polled event. */
export const changeEvent = (change: unknown): StoredEvent =>
  stored({ dedupeKey: 'change', topic: 'inventory-change', body: Buffer.from(JSON.stringify(change)) });

/** Every event of one sweep over the change log, with the last page's cursor and instant. */
export async function sweep(connection: Connection, cursor?: unknown, since = SINCE) {
  const events: PolledEvent[] = [];
  const cursors: unknown[] = [];
  let through: string | undefined;
  for await (const page of connection.poll?.read('inventory-changes', cursor, since) ?? []) {
    events.push(...page.events);
    cursors.push(page.cursor);
    through = page.through;
  }
  return { events, cursors, cursor: cursors.at(-1), through };
}

/** A notification about counts, signed, as the simulator would send it for what these changes touched. */
export function countsUpdated(
  counts: readonly Record<string, unknown>[],
  at = new Date().toISOString(),
): WebhookRequest {
  return signed(
    JSON.stringify({
      merchant_id: 'M1',
      type: 'inventory.count.updated',
      event_id: crypto.randomUUID(),
      created_at: at,
      data: { type: 'inventory_counts', id: crypto.randomUUID(), object: { inventory_counts: counts } },
    }),
  );
}

export const factsIn = (interpretations: readonly Interpretation[]): Facts => {
  const facts = interpretations.flatMap((each) => (each.outcome === 'facts' ? [each.facts] : []));
  return {
    movements: facts.flatMap(({ movements }) => movements),
    counts: facts.flatMap(({ counts }) => counts),
    reservations: facts.flatMap(({ reservations }) => reservations),
    observations: facts.flatMap(({ observations }) => observations),
  };
};
