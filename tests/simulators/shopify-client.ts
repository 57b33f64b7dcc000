// Asks the simulated shop the connector's own operations over HTTP, and catches the webhooks it sends.
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse, print, separateOperations } from 'graphql';
import {
  type ShopifySimulator,
  type ShopifySimulatorOptions,
  startShopifySimulator,
} from '../../src/simulators/shopify/simulator.ts';
import type { BookRow } from '../../src/simulators/shopify/summaries.ts';

const operationsFile = new URL('../../src/connectors/shopify/operations.graphql', import.meta.url);
const texts = Object.fromEntries(
  Object.entries(separateOperations(parse(readFileSync(operationsFile, 'utf8')))).map(([name, document]) => [
    name,
    print(document),
  ]),
);

export type Reply = { data?: unknown; errors?: unknown; extensions?: unknown };

/** The value at a path such as `data.order.lineItems.nodes.0.id`; undefined where the path ends early. */
export const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
      value,
    );

export const listAt = (value: unknown, path: string): unknown[] => {
  const list = at(value, path);
  if (!Array.isArray(list))
    throw new Error(`${path} is not a list in ${JSON.stringify(value).slice(0, 400)}`);
  return list;
};

/** Sends one named operation of the connector, or a query text, and returns the parsed answer. */
export async function ask(
  simulator: ShopifySimulator,
  query: string,
  variables: object = {},
): Promise<Reply> {
  const response = await rawAsk(simulator, query, variables);
  return (await response.json()) as Reply;
}

export function rawAsk(
  simulator: ShopifySimulator,
  query: string,
  variables: object = {},
  token = simulator.accessToken,
): Promise<Response> {
  return fetch(`${simulator.baseUrl}/admin/api/2026-10/graphql.json`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-shopify-access-token': token },
    body: JSON.stringify({ query: texts[query] ?? query, variables }),
  });
}

export type Place = { itemId: string; locationId: string; storeId: string };

/** A shop with one tracked item, 10 on hand in the warehouse and 4 in the store. */
export async function smallShop(
  options: ShopifySimulatorOptions = {},
): Promise<ShopifySimulator & { place: Place }> {
  const simulator = await startShopifySimulator(options);
  const seeded = simulator.seed({
    locations: [{ name: 'Warehouse' }, { name: 'Store' }],
    variants: [{ sku: 'CUP', onHand: { Warehouse: 10, Store: 4 } }],
  });
  const [warehouse, store] = seeded.locations;
  const [cup] = seeded.variants;
  if (!warehouse || !store || !cup) throw new Error('the shop was not seeded');
  return { ...simulator, place: { itemId: cup.itemId, locationId: warehouse.id, storeId: store.id } };
}

export function bookOf(simulator: ShopifySimulator, sku: string, location: string): BookRow {
  const row = simulator.books().find((one) => one.sku === sku && one.location === location);
  if (!row) throw new Error(`no stock of ${sku} at ${location}`);
  return row;
}

/** The three numbers most effects are about. */
export function levelsOf(simulator: ShopifySimulator, sku = 'CUP', location = 'Warehouse'): number[] {
  const { available, committed, on_hand } = bookOf(simulator, sku, location);
  return [available, committed, on_hand];
}

export type Caught = { topic: string; body: string; headers: http.IncomingHttpHeaders; isSigned: boolean };

/** A subscriber that remembers everything it was sent and answers what `statusOf` says, or never for null. */
export async function subscriber(secret: string, statusOf: (caught: Caught) => number | null = () => 200) {
  const caught: Caught[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks);
      const expected = createHmac('sha256', secret).update(raw).digest('base64');
      const one = {
        topic: String(request.headers['x-shopify-topic']),
        body: raw.toString('utf8'),
        headers: request.headers,
        isSigned: request.headers['x-shopify-hmac-sha256'] === expected,
      };
      caught.push(one);
      const status = statusOf(one);
      if (status !== null) response.writeHead(status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { caught, uri, close, [Symbol.asyncDispose]: close };
}
