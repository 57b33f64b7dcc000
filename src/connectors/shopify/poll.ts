// Reads the orders that changed since a cursor, oldest change first. An order's time of change moves with its
// shipments and refunds, so one stream tells them all. Each event carries the whole order and needs no second reading; only
// an order that cannot be read whole becomes a hint, so that it does not hold back those behind it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, instantOfMicros, instantSchema, microsOf } from '../../core/vocabulary/instant.ts';
import type { Poll, PolledEvent, PollPage } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { ORDER_STATE } from './hints.ts';
import { type OrderDocument, type OrderNode, orderNode, pageOf } from './order-document.ts';
import { wholeOrder } from './orders.ts';
import { pagesOf } from './pages.ts';
import type { ShopifySettings } from './settings.ts';

const ORDERS_PER_PAGE = 25;

const ordersAnswer = z.object({ orders: pageOf(orderNode) });
const cursorSchema = z.object({ changedAt: instantSchema });

export const pollOf = (client: ShopifyClient, settings: ShopifySettings): Poll => ({
  streams: ['orders'],
  intervalMs: settings.pollIntervalMs,
  read: (_stream, cursor, since) => readOrdersSince(client, settings, cursor, since),
});

async function* readOrdersSince(
  client: ShopifyClient,
  settings: ShopifySettings,
  cursor: unknown,
  since: Instant,
): AsyncGenerator<PollPage> {
  let changedAt = cursorSchema.safeParse(cursor).data?.changedAt ?? since;
  const from = instantOfMicros(microsOf(changedAt) - BigInt(settings.overlapMs) * 1000n);
  const query = `updated_at:>='${from.slice(0, 19)}Z'`;
  let startedAt: Instant | undefined;
  const pages = pagesOf(async (after) => {
    const { data, at } = await client.read('StockbridgeOrders', ordersAnswer, {
      first: ORDERS_PER_PAGE,
      after,
      query,
    });
    return { page: data.orders, at };
  });
  for await (const { page, at } of pages) {
    startedAt ??= at;
    const events = await eventsOf(client, page.nodes);
    for (const { updatedAt } of page.nodes) if (updatedAt > changedAt) changedAt = updatedAt;
    const isLast = !page.pageInfo.hasNextPage;
    // By the shop's own clock, less the time its search may lag behind: what is younger may be missing from the pages.
    const through = instantOfMicros(microsOf(startedAt) - BigInt(settings.searchLagMs) * 1000n);
    yield { events, cursor: { changedAt }, ...(isLast ? { through } : {}) };
  }
}

/** After so many orders of a page that could not be read whole, the rest of the page is not asked for either. */
const UNREAD = 2;

async function eventsOf(client: ShopifyClient, nodes: readonly OrderNode[]): Promise<PolledEvent[]> {
  const events: PolledEvent[] = [];
  let unread = 0;
  for (const node of nodes) {
    const order = unread < UNREAD ? await orderIfReadable(client, node) : undefined;
    if (order === undefined) unread += 1;
    events.push(order === undefined ? hintAt(node) : eventOf(order));
  }
  return events;
}

/** Undefined when the client's own repeats did not help, and it may be this order alone; what is about the shop is thrown. */
async function orderIfReadable(client: ShopifyClient, node: OrderNode): Promise<OrderDocument | undefined> {
  try {
    return await wholeOrder(client, node);
  } catch (error) {
    if (error instanceof StockbridgeError && ['retry', 'reject'].includes(error.disposition))
      return undefined;
    throw error;
  }
}

/** Says that the order changed, as a webhook would: whoever interprets it reads the order by itself, and again until it can. */
const hintAt = (node: OrderNode): PolledEvent => ({
  dedupeKey: `${node.id}@${node.updatedAt}#unread-${fingerprintOf(Buffer.from(JSON.stringify(node)))}`,
  topic: 'orders/updated',
  occurredAt: node.updatedAt,
  body: Buffer.from(JSON.stringify({ admin_graphql_api_id: node.id })),
});

const fingerprintOf = (body: Buffer): string => createHash('sha256').update(body).digest('hex').slice(0, 16);

/**
 * One state of one order. Two changes within one second share a time, so the content is part of the key: the same
 * state read again is the same event, and another state is never taken for it.
 */
function eventOf(order: OrderDocument): PolledEvent {
  const body = Buffer.from(JSON.stringify(order));
  return {
    dedupeKey: `${order.id}@${order.updatedAt}#${fingerprintOf(body)}`,
    topic: ORDER_STATE,
    occurredAt: order.updatedAt,
    body,
  };
}
