// Reads the orders that changed since a cursor, oldest change first. An order's time of change moves with its
// shipments and refunds, so one stream tells them all. Each event carries the whole order and needs no second reading.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Instant, instantOfMicros, instantSchema, microsOf } from '../../core/vocabulary/instant.ts';
import type { Poll, PolledEvent, PollPage } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { ORDER_STATE } from './hints.ts';
import { type OrderDocument, orderNode, pageOf } from './order-document.ts';
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
    const events: PolledEvent[] = [];
    for (const node of page.nodes) {
      const order = await wholeOrder(client, node);
      events.push(eventOf(order));
      if (order.updatedAt > changedAt) changedAt = order.updatedAt;
    }
    const isLast = !page.pageInfo.hasNextPage;
    // By the shop's own clock, less the time its search may lag behind: what is younger may be missing from the pages.
    const through = instantOfMicros(microsOf(startedAt) - BigInt(settings.searchLagMs) * 1000n);
    yield { events, cursor: { changedAt }, ...(isLast ? { through } : {}) };
  }
}

/**
 * One state of one order. Two changes within one second share a time, so the content is part of the key: the same
 * state read again is the same event, and another state is never taken for it.
 */
function eventOf(order: OrderDocument): PolledEvent {
  const body = Buffer.from(JSON.stringify(order));
  const fingerprint = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return {
    dedupeKey: `${order.id}@${order.updatedAt}#${fingerprint}`,
    topic: ORDER_STATE,
    occurredAt: order.updatedAt,
    body,
  };
}
