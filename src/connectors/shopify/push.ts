// Sends availability as on_hand under compare-and-set.
//
// Shopify keeps on_hand = available + committed + reserved + damaged + …, and takes every sale out of `available`
// itself. Setting `available` would race with sales: each makes the comparison stale, and without one a sale that the
// hub has not seen would be handed out twice. A sale leaves on_hand as it is. So the hub sends what it wants to offer
// plus everything on hand that Shopify did not offer at the reading, and compares against on_hand:
//  - an order placed meanwhile is in `committed` after the write and lowers what is offered by itself;
//  - a shipment, a counter sale, a correction or another push changes on_hand: the comparison fails, nothing is written.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { StockbridgeError } from '../../core/errors.ts';
import { instantOfMicros, microsOf } from '../../core/vocabulary/instant.ts';
import type { Push, PushAnswer, PushBatch, PushItem, PushTarget, Reading } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { type ItemLevel, MAX_ROWS, readLevels, targetKey } from './levels.ts';
import { answersOf, setQuantitiesAnswer } from './push-answers.ts';
import type { ShopifySettings } from './settings.ts';

export const pushOf = (client: ShopifyClient, settings: ShopifySettings): Push => ({
  batchSize: MAX_ROWS,
  read: (targets) => read(client, settings, targets),
  send: (batch) => send(client, batch),
});

async function read(
  client: ShopifyClient,
  settings: ShopifySettings,
  targets: readonly PushTarget[],
): Promise<readonly Reading[]> {
  const ours = targets.filter((target) => !settings.ignoredLocations.includes(target.location));
  let levels = await readLevels(client, ours);
  const missing = ours.filter((target) => mayBeActivated(levels.get(targetKey(target))));
  if (settings.activateMissingLevels && missing.length > 0) {
    for (const target of missing) await activate(client, target);
    levels = new Map([...levels, ...(await readLevels(client, missing))]);
  }
  return targets.map((target) => {
    if (settings.ignoredLocations.includes(target.location)) {
      return { ...target, outcome: 'not_pushable', reason: 'the location is one of the ignored locations' };
    }
    return readingOf(target, levels.get(targetKey(target)));
  });
}

function readingOf(target: PushTarget, level: ItemLevel | undefined): Reading {
  if (level === undefined) {
    return {
      ...target,
      outcome: 'not_pushable',
      reason: 'Shopify has no such inventory item any more; import the catalogue again',
    };
  }
  if (level.isBundle) {
    return {
      ...target,
      outcome: 'not_pushable',
      reason: 'a bundle: Shopify derives its stock from its components',
    };
  }
  if (!level.tracked)
    return { ...target, outcome: 'not_pushable', reason: 'Shopify does not track the stock of this item' };
  if (level.stocked === undefined) {
    return { ...target, outcome: 'not_stocked', reason: 'Shopify does not stock this item at the location' };
  }
  const { available, onHand, changedAt } = level.stocked;
  return {
    ...target,
    outcome: 'read',
    available: String(available),
    // The answer's time is cut to the second. Its end is the first instant by which every order in the reading exists:
    // an increase that waits for all of them then misses none.
    asOf: instantOfMicros(microsOf(level.at) + 1_000_000n),
    // The time tells of changes that cancel out, such as a cancelled order and another one for as many units.
    expected: { onHand: String(onHand), available: String(available), changedAt },
  };
}

const mayBeActivated = (level: ItemLevel | undefined): boolean =>
  level?.tracked === true && !level.isBundle && level.stocked === undefined;

const activateAnswer = z.object({
  inventoryActivate: z.object({ userErrors: z.array(z.object({ message: z.string() })) }),
});

/**
 * Starts stocking an item at a location, with no quantity of its own. Doing it twice is the same as once, so the key
 * need not outlive the attempt. What Shopify refuses shows in the reading that follows: still not stocked.
 */
async function activate(client: ShopifyClient, { listing, location }: PushTarget): Promise<void> {
  await client.write('StockbridgeActivateLevel', activateAnswer, {
    itemId: listing,
    locationId: location,
    onHand: null,
    idempotencyKey: randomUUID(),
  });
}

async function send(client: ShopifyClient, batch: PushBatch): Promise<readonly PushAnswer[]> {
  if (batch.items.length === 0) return [];
  if (batch.items.length > MAX_ROWS) {
    throw new StockbridgeError(
      'vendor_rejected',
      `a batch of ${batch.items.length} rows is above Shopify’s ${MAX_ROWS}`,
    );
  }
  // Made from the batch alone: the same key must carry the same body on every attempt, or Shopify refuses it. Shopify
  // forgets keys after a day; from then on the comparison is what keeps a late attempt from writing twice.
  const { data } = await client.write('StockbridgeSetQuantities', setQuantitiesAnswer, {
    idempotencyKey: batch.key,
    input: {
      name: 'on_hand',
      reason: 'correction',
      referenceDocumentUri: documentOf(batch),
      quantities: batch.items.map((item) => ({
        inventoryItemId: item.listing,
        locationId: item.location,
        quantity: onHandFor(item),
        changeFromQuantity: Number(item.expected.onHand),
      })),
    },
  });
  return answersOf(batch, data.inventorySetQuantities);
}

/**
 * What on_hand must be for Shopify to offer `available`: that, and all it holds but does not offer. Where Shopify has
 * promised more than it holds and the hub has nothing either, on_hand stays: lifting the offer to zero would invent
 * the missing units.
 */
export function onHandFor(item: Pick<PushItem, 'available' | 'readAvailable' | 'expected'>): number {
  const onHand = Number(item.expected.onHand);
  const available = Number(item.available);
  const offered = Number(item.readAvailable);
  if (available === 0 && offered < 0) return onHand;
  return Math.max(0, available + onHand - offered);
}

/** Shown in the shop's inventory history; one call has one, so only a single row can name its publication. */
function documentOf(batch: PushBatch): string {
  const [only, ...more] = batch.items;
  return only !== undefined && more.length === 0
    ? `gid://stockbridge/Publication/${encodeURIComponent(only.publication)}`
    : `gid://stockbridge/PublicationBatch/${batch.key}`;
}
