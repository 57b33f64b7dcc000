// Turns stored events into facts: works out what they point at, reads all of that at once, and projects it.
// Whatever the event says beyond ids is not believed: it was true when it was written, and may be late or repeated.
import { z } from 'zod';
import { type Instant, instantOf, microsOf } from '../../core/vocabulary/instant.ts';
import type { Interpretation, PushTarget, StoredEvent } from '../contract.ts';
import { facts, ignored, quarantined, readBecauseOf } from '../toolkit/interpretation.ts';
import type { ShopifyClient } from './client.ts';
import { type Hint, hintOf } from './hints.ts';
import { type ItemLevel, MAX_ROWS, readLevels, targetKey } from './levels.ts';
import type { OrderDocument } from './order-document.ts';
import { readOrders } from './orders.ts';
import type { ProjectionPolicy } from './places.ts';
import { projectionOf } from './project.ts';

interface World {
  readonly orders: ReadonlyMap<string, OrderDocument>;
  readonly orderOfDocument: ReadonlyMap<string, string>;
  readonly levels: ReadonlyMap<string, ItemLevel>;
  readonly readAt: Instant;
}

/** One interpretation per event, in order; what several events of the batch point at is read once. */
export async function interpret(
  client: ShopifyClient,
  policy: ProjectionPolicy,
  events: readonly StoredEvent[],
): Promise<readonly Interpretation[]> {
  const hints = events.map(hintOf);
  const orderOfDocument = await readOwners(client, hints);
  const orderIds = new Set<string>();
  for (const hint of hints) {
    if (hint.read === 'order') orderIds.add(hint.orderId);
    if (hint.read === 'order-of')
      for (const id of ownersOf(hint.documentIds, orderOfDocument)) orderIds.add(id);
  }
  const targets = hints.flatMap((hint) => (hint.read === 'level' ? [targetOf(hint)] : []));
  const ours = targets.filter((target) => !policy.ignoredLocations.includes(target.location));
  const world = {
    orders: await readOrders(client, [...orderIds]),
    orderOfDocument,
    levels: await readLevels(client, ours),
    readAt: instantOf(Date.now()),
  };
  return hints.map((hint, index) => interpretationOf(hint, events[index] as StoredEvent, world, policy));
}

function interpretationOf(
  hint: Hint,
  event: StoredEvent,
  world: World,
  policy: ProjectionPolicy,
): Interpretation {
  switch (hint.read) {
    case 'nothing':
      return hint.because;
    case 'document':
      return projectionOf(hint.order, policy);
    case 'order':
      return ofOrder(hint.orderId, hint.deleted, event, world, policy);
    case 'order-of': {
      const [orderId] = ownersOf(hint.documentIds, world.orderOfDocument);
      if (orderId === undefined) return unseen(`the order of ${hint.documentIds.join(', ')}`);
      return ofOrder(orderId, false, event, world, policy);
    }
    case 'level':
      return ofLevel(hint, world.levels.get(targetKey(targetOf(hint))), policy);
  }
}

function ofOrder(
  orderId: string,
  deleted: boolean,
  event: StoredEvent,
  world: World,
  policy: ProjectionPolicy,
): Interpretation {
  const order = world.orders.get(orderId);
  if (order !== undefined) return readBecauseOf(projectionOf(order, policy), world.readAt);
  if (!deleted) return unseen(orderId);
  const at = event.occurredAt ?? event.receivedAt;
  // What was shipped stays shipped; what was still promised is promised no more.
  const release = { order: orderId, version: microsOf(at) + 999_999n, reservedAt: at, lines: [] };
  return facts({ reservations: [release] });
}

const unseen = (what: string): Interpretation =>
  quarantined(
    'content_invalid',
    `Shopify does not show ${what}: it was deleted, or it is older than 60 days and the app lacks read_all_orders`,
  );

function ofLevel(
  hint: Hint & { read: 'level' },
  level: ItemLevel | undefined,
  policy: ProjectionPolicy,
): Interpretation {
  if (policy.ignoredLocations.includes(hint.locationId)) {
    return ignored(`${hint.locationId} is one of the ignored locations`);
  }
  if (level === undefined) return ignored(`${hint.itemId} exists no longer`);
  if (!level.tracked) return ignored(`Shopify does not track the stock of ${hint.itemId}`);
  if (level.stocked === undefined) {
    return ignored(`${hint.itemId} is not stocked at ${hint.locationId} any more`);
  }
  const observation = {
    item: { listing: hint.itemId },
    location: hint.locationId,
    basis: 'available',
    quantity: String(level.stocked.available),
    asOf: level.at,
  } as const;
  return facts({ observations: [observation] });
}

const ownersAnswer = z.object({
  nodes: z.array(
    z
      .object({
        id: z.string(),
        orderId: z.string().optional(),
        order: z.object({ id: z.string() }).optional(),
        reverseOrder: z.object({ id: z.string() }).nullable().optional(),
      })
      .nullable(),
  ),
});

async function readOwners(
  client: ShopifyClient,
  hints: readonly Hint[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(hints.flatMap((hint) => (hint.read === 'order-of' ? hint.documentIds : [])))];
  const owners = new Map<string, string>();
  for (let start = 0; start < ids.length; start += MAX_ROWS) {
    const { data } = await client.read('StockbridgeOrdersOfDocuments', ownersAnswer, {
      ids: ids.slice(start, start + MAX_ROWS),
    });
    for (const node of data.nodes) {
      const owner = node?.orderId ?? node?.order?.id ?? node?.reverseOrder?.id;
      if (node !== null && owner !== undefined) owners.set(node.id, owner);
    }
  }
  return owners;
}

/** All documents of one webhook belong to one order; some of them may be gone already. */
const ownersOf = (documentIds: readonly string[], owners: ReadonlyMap<string, string>): string[] => [
  ...new Set(documentIds.flatMap((id) => owners.get(id) ?? [])),
];

const targetOf = (hint: Hint & { read: 'level' }): PushTarget => ({
  listing: hint.itemId,
  location: hint.locationId,
});
