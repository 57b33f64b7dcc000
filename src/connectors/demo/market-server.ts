// The market over HTTP on 127.0.0.1: its API, its signed webhooks, and the ways in which it can misbehave on request.
// It lives in the process that starts it and stores nothing.
import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DemoMarket, MarketChange, MarketOffer, MarketShipment } from './market.ts';

export type MarketFault =
  | 'none'
  | 'unauthorized'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'accept_then_timeout';

export interface MarketServerOptions {
  readonly market: DemoMarket;
  readonly apiKey: string;
  readonly webhookSecret: string;
  /** Entries per page; default 2, so that paging is always met. */
  readonly pageSize?: number;
}

export interface MarketServer {
  readonly url: string;
  fail(fault: MarketFault): void;
  /** Resolves when no webhook is on its way; each is tried once. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

type Route = (query: URLSearchParams, body: unknown, request: IncomingMessage) => Answer;

/** Serves `market` on a free port until closed. */
export async function startMarketServer(options: MarketServerOptions): Promise<MarketServer> {
  const { market } = options;
  const subscriptions = new Map<string, string>();
  const sending = new Set<Promise<void>>();
  let fault: MarketFault = 'none';
  const routes = routesOf(market, subscriptions, options.pageSize ?? 2);

  market.onChange = (change) => {
    for (const url of subscriptions.values()) {
      const delivery = deliver(url, change, options.webhookSecret).finally(() => sending.delete(delivery));
      sending.add(delivery);
    }
  };

  const server = createServer(async (request, response) => {
    if (fault === 'unauthorized' || request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return send(response, { status: 401, body: { error: 'the key is not valid' } });
    }
    if (fault === 'throttled') return send(response, { status: 429, headers: { 'retry-after': '2' } });
    if (fault === 'unavailable')
      return send(response, { status: 503, body: { error: 'closed for a moment' } });
    // Not answering keeps the socket open until the caller gives up or the server closes.
    if (fault === 'timeout') return;
    const body = await readBody(request);
    const answer = routed(routes, request, body);
    if (fault !== 'accept_then_timeout') send(response, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (next) => {
      fault = next;
    },
    settled: async () => {
      await Promise.all(sending);
    },
    close: async () => {
      market.onChange = () => undefined;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function routesOf(
  market: DemoMarket,
  subscriptions: Map<string, string>,
  pageSize: number,
): Record<string, Route> {
  const paged = <T>(all: readonly T[], query: URLSearchParams): { entries: T[]; next: string | null } => {
    const start = Number(query.get('page') ?? 0);
    const end = start + pageSize;
    return { entries: all.slice(start, end), next: end < all.length ? String(end) : null };
  };
  return {
    'GET account': () => ({ status: 200, body: { name: 'the demo market', apiVersion: '1' } }),
    'GET changes': (query) => {
      const since = Date.parse(query.get('since') ?? '');
      const { entries, next } = paged(
        market.changes.filter(({ at }) => Date.parse(at) >= since),
        query,
      );
      return { status: 200, body: { asOf: market.now(), changes: entries, next } };
    },
    'GET levels': (query) => {
      const listing = query.get('listing');
      const location = query.get('location');
      const wanted = market.levels.filter(
        (level) => (!listing || level.listing === listing) && (!location || level.location === location),
      );
      const { entries, next } = paged(wanted, query);
      const levels = entries.map((level) => ({
        listing: level.listing,
        location: level.location,
        available: String(level.available),
        onHand: String(level.available + level.committed),
        version: String(level.version),
      }));
      return { status: 200, body: { asOf: market.now(), levels, next } };
    },
    'GET orders': () => ({
      status: 200,
      body: { orders: [...market.orders.values()].filter(({ open }) => open.length > 0) },
    }),
    'GET deliveries': (query) => {
      const order = market.orders.get(query.get('id') ?? '');
      const delivery = order && market.deliveries.get(order.order);
      return delivery === undefined
        ? { status: 404, body: { error: 'no such order' } }
        : { status: 200, body: { ...delivery, open: order?.open } };
    },
    'POST shipments': (_query, body, request) => {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string') return { status: 400, body: { error: 'idempotency-key is missing' } };
      return { status: 200, body: market.ship(key, body as MarketShipment) };
    },
    'GET catalogue': (query) => {
      const { entries, next } = paged(market.listings, query);
      const locations = market.locations.map((id) => ({ id, name: `Location ${id}`, active: true }));
      return { status: 200, body: { locations, listings: entries, next } };
    },
    'POST offers': (_query, body, request) => {
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string') return { status: 400, body: { error: 'idempotency-key is missing' } };
      const outcomes = market.offer(key, (body as { offers: MarketOffer[] }).offers);
      return { status: 200, body: { results: outcomes.map((outcome) => ({ outcome })) } };
    },
    'GET subscriptions': () => ({
      status: 200,
      body: { subscriptions: [...subscriptions].map(([id, url]) => ({ id, url })) },
    }),
    'POST subscriptions': (_query, body) => {
      const { url } = body as { url: string };
      if (![...subscriptions.values()].includes(url)) subscriptions.set(randomUUID(), url);
      return { status: 201, body: {} };
    },
    'DELETE subscriptions': (query) => ({ status: subscriptions.delete(query.get('id') ?? '') ? 204 : 404 }),
  };
}

function routed(routes: Record<string, Route>, request: IncomingMessage, body: Buffer): Answer {
  const url = new URL(request.url ?? '/', 'http://market');
  const [, , resource = '', id] = url.pathname.split('/');
  if (id !== undefined) url.searchParams.set('id', decodeURIComponent(id));
  const route = routes[`${request.method} ${resource}`];
  if (route === undefined) return { status: 404, body: { error: 'no such resource' } };
  try {
    return route(url.searchParams, body.length > 0 ? JSON.parse(body.toString('utf8')) : undefined, request);
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : 'unreadable' } };
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

/** The headers of a webhook with this body, as the market signs it. */
export function marketHeaders(body: Buffer, secret: string, at = new Date()): Record<string, string> {
  const seconds = Math.floor(at.getTime() / 1000);
  const digest = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
  return { 'content-type': 'application/json', 'demo-signature': `t=${seconds},v1=${digest}` };
}

/** A lost webhook is not sent again: whoever needs the change finds it in the list. */
async function deliver(url: string, change: MarketChange, secret: string): Promise<void> {
  const body = Buffer.from(JSON.stringify({ change }), 'utf8');
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: marketHeaders(body, secret),
      redirect: 'manual',
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
  } catch {
    // The list of changes still has it.
  }
}
