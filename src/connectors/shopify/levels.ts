// Reads what Shopify holds of given items at given locations, many at a time.
import { z } from 'zod';
import type { Instant } from '../../core/vocabulary/instant.ts';
import type { PushTarget } from '../contract.ts';
import type { ShopifyClient } from './client.ts';

/** The most ids that Shopify takes in one query, and the most rows in one mutation. */
export const MAX_ROWS = 250;

const levelSchema = z.object({
  isActive: z.boolean(),
  updatedAt: z.string(),
  quantities: z.array(z.object({ name: z.string(), quantity: z.int() })),
});

const itemSchema = z.object({
  id: z.string(),
  tracked: z.boolean(),
  variants: z.object({ nodes: z.array(z.object({ requiresComponents: z.boolean() })) }).nullable(),
  inventoryLevel: levelSchema.nullable(),
});

const itemsAnswer = z.object({
  nodes: z.array(z.union([itemSchema, z.strictObject({ id: z.string() }), z.null()])),
});

export interface ItemLevel {
  readonly tracked: boolean;
  /** Sold by its components: Shopify derives its stock from theirs. */
  readonly isBundle: boolean;
  /** Undefined where the item is not stocked at the location. */
  readonly stocked:
    | { readonly available: number; readonly onHand: number; readonly changedAt: string }
    | undefined;
  readonly at: Instant;
}

export const targetKey = (target: PushTarget): string => `${target.listing} ${target.location}`;

/** Shopify refuses a whole query for one id that is none. */
const ITEM_ID = /^gid:\/\/shopify\/InventoryItem\/\d+$/;
const LOCATION_ID = /^gid:\/\/shopify\/Location\/\d+$/;

/** The level of each target by {@link targetKey}; an item that does not exist is missing from the map. */
export async function readLevels(
  client: ShopifyClient,
  targets: readonly PushTarget[],
): Promise<ReadonlyMap<string, ItemLevel>> {
  const levels = new Map<string, ItemLevel>();
  for (const [location, listings] of byLocation(targets)) {
    for (let start = 0; start < listings.length; start += MAX_ROWS) {
      const itemIds = listings.slice(start, start + MAX_ROWS);
      const { data, at } = await client.read('StockbridgeLevelsBeforePush', itemsAnswer, {
        itemIds,
        locationId: location,
      });
      for (const node of data.nodes) {
        if (node !== null && 'tracked' in node)
          levels.set(targetKey({ listing: node.id, location }), levelOf(node, at));
      }
    }
  }
  return levels;
}

function levelOf(node: z.infer<typeof itemSchema>, at: Instant): ItemLevel {
  const quantity = (name: string) =>
    node.inventoryLevel?.quantities.find((one) => one.name === name)?.quantity;
  const [available, onHand] = [quantity('available'), quantity('on_hand')];
  const isStocked = node.inventoryLevel?.isActive === true && available !== undefined && onHand !== undefined;
  return {
    tracked: node.tracked,
    isBundle: node.variants?.nodes.some((one) => one.requiresComponents) ?? false,
    stocked: isStocked ? { available, onHand, changedAt: node.inventoryLevel?.updatedAt ?? '' } : undefined,
    at,
  };
}

function byLocation(targets: readonly PushTarget[]): Map<string, string[]> {
  const grouped = new Map<string, Set<string>>();
  for (const { listing, location } of targets) {
    if (!ITEM_ID.test(listing) || !LOCATION_ID.test(location)) continue;
    grouped.set(location, (grouped.get(location) ?? new Set()).add(listing));
  }
  return new Map([...grouped].map(([location, listings]) => [location, [...listings]]));
}
