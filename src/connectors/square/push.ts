// Tells Square what it may sell, as a difference to what it held when we read it. A difference keeps every sale made
// between reading and writing, where a physical count would wipe it out; the batch's key makes repeating it harmless.
// It never decides a quantity, and answers `retry` only when it is certain that nothing was done.

import { instantOf, instantOfMicros, microsOf } from '../../core/vocabulary/instant.ts';
import { difference, quantityFrom, quantityText, ZERO } from '../../core/vocabulary/quantity.ts';
import type { Push, PushAnswer, PushBatch, PushItem, PushTarget, Reading } from '../contract.ts';
import type { SquareClient } from './client.ts';
import { publicationOf, referenceOf } from './echo.ts';
import { refusalAnswers } from './refusal.ts';
import type { SquareSettings } from './settings.ts';
import { isPresent, isSoldOut, untrackedReason } from './tracking.ts';
import { type Count, changeSchema, type Variation } from './wire.ts';

/** BatchChangeInventory takes 100 changes; the limit is Square's documented practice, not confirmed by a live account. */
const BATCH_SIZE = 100;
/** Square refuses changes that occurred more than 24 hours ago; the rest is room for clocks and the way there. */
const OLDEST_MS = 23.5 * 3_600_000;
const LOOKBACK_MICROS = 300_000_000n;

export interface PushContext {
  readonly client: SquareClient;
  readonly settings: SquareSettings;
  readonly now: () => Date;
}

/** The push of one account. */
export function squarePush(context: PushContext): Push {
  return {
    batchSize: BATCH_SIZE,
    read: (targets) => readingsOf(context.client, targets),
    send: (batch) => sendBatch(context, batch),
  };
}

/** Square's IN_STOCK count for every target; a tracked variation without a count has none on hand. */
async function readingsOf(client: SquareClient, targets: readonly PushTarget[]): Promise<readonly Reading[]> {
  if (targets.length === 0) return [];
  const listings = [...new Set(targets.map(({ listing }) => listing))];
  const locations = [...new Set(targets.map(({ location }) => location))];
  const variations = await client.variations(listings);
  const counts = new Map<string, Count>();
  let readAt = new Date(0);
  for await (const page of client.counts({ listings, locations, states: ['IN_STOCK'] })) {
    readAt = page.serverTime;
    for (const count of page.counts) {
      if (count.state === 'IN_STOCK') counts.set(keyOf(count.catalog_object_id, count.location_id), count);
    }
  }
  // The header is cut to the second: only the end of that second is surely not before the reading.
  const asOf = instantOf(readAt.getTime() + 1000);
  return targets.map((target): Reading => {
    const variation = variations.get(target.listing);
    const held = counts.get(keyOf(target.listing, target.location));
    const refusal = refusalOf(target, variation);
    if (refusal !== undefined) return { ...target, ...refusal };
    const count = quantityFrom(held?.quantity ?? '0');
    // Square asks applications to take the count for zero while the seller has marked the variation as sold out.
    const hidden = variation !== undefined && count > ZERO && isSoldOut(variation, target.location);
    const available = hidden ? '0' : quantityText(count);
    // Each change moves the time, so that one which was taken back still tells that the reading no longer stands.
    const changedAt = held?.calculated_at ? { changedAt: held.calculated_at } : {};
    return {
      ...target,
      outcome: 'read',
      available,
      asOf,
      expected: { inStock: quantityText(count), ...changedAt },
    };
  });
}

function refusalOf(
  { listing, location }: PushTarget,
  variation: Variation | undefined,
): { outcome: 'not_stocked' | 'not_pushable'; reason: string } | undefined {
  if (variation === undefined)
    return { outcome: 'not_pushable', reason: `Square has no item variation ${listing}` };
  if (!isPresent(variation, location)) {
    return { outcome: 'not_stocked', reason: `the variation ${listing} is not offered at ${location}` };
  }
  const reason = untrackedReason(variation, location);
  return reason === undefined ? undefined : { outcome: 'not_pushable', reason };
}

async function sendBatch(context: PushContext, batch: PushBatch): Promise<readonly PushAnswer[]> {
  const changes = batch.items.flatMap((item) => changeOf(item, batch));
  if (changes.length === 0) return batch.items.map(() => ({ outcome: 'applied' }));
  if (isTooOld(context, batch)) return settleOldBatch(context, batch);
  const answer = await context.client.createChanges({ idempotency_key: batch.key, changes });
  if (answer.outcome === 'accepted') return batch.items.map(() => ({ outcome: 'applied' }));
  return refusalAnswers(answer.errors, batch.items, changes.length, {
    changeIndexOf: (item) => indexOfChange(item, batch),
    read: () => readingsOf(context.client, batch.items),
  });
}

/**
 * One adjustment, made of the batch alone so that every attempt sends the same bytes. It carries no reason: the ones a
 * client may write (received, damaged, lost…) would falsify the seller's reports, and none means a correction.
 */
function changeOf(item: PushItem, batch: PushBatch): readonly Record<string, unknown>[] {
  const delta = deltaOf(item);
  if (delta === ZERO) return [];
  const isIncrease = delta > ZERO;
  return [
    {
      type: 'ADJUSTMENT',
      adjustment: {
        reference_id: referenceOf(item.publication),
        catalog_object_id: item.listing,
        from_state: isIncrease ? 'NONE' : 'IN_STOCK',
        to_state: isIncrease ? 'IN_STOCK' : 'NONE',
        from_location_id: item.location,
        to_location_id: item.location,
        quantity: quantityText(isIncrease ? delta : difference(ZERO, delta)),
        occurred_at: batch.createdAt,
      },
    },
  ];
}

/** Measured against the count itself: what is offered can be zero while a variation is marked as sold out. */
const deltaOf = (item: PushItem) =>
  difference(quantityFrom(item.available), quantityFrom(item.expected.inStock ?? item.readAvailable));

/** Items without a difference are not sent, so an item's place in the request is its place among the others. */
const indexOfChange = (item: PushItem, batch: PushBatch): number =>
  batch.items.filter((other) => deltaOf(other) !== ZERO).indexOf(item);

const isTooOld = ({ now }: PushContext, batch: PushBatch): boolean =>
  BigInt(now().getTime()) * 1000n - microsOf(batch.createdAt) > BigInt(OLDEST_MS) * 1000n;

/**
 * Square takes this batch no more, but an earlier attempt may have got through with its answer lost: the change log
 * says which items did. The others had no effect and come again under a new key (I8).
 */
async function settleOldBatch(context: PushContext, batch: PushBatch): Promise<readonly PushAnswer[]> {
  const listings = [...new Set(batch.items.map(({ listing }) => listing))];
  const locations = [...new Set(batch.items.map(({ location }) => location))];
  const updatedAfter = instantOfMicros(microsOf(batch.createdAt) - LOOKBACK_MICROS);
  const seen = new Set<string>();
  for await (const page of context.client.changes({
    listings,
    locations,
    updatedAfter,
    types: ['ADJUSTMENT'],
  })) {
    for (const entry of page.changes) {
      const read = changeSchema.safeParse(entry);
      if (!read.success || read.data.type !== 'ADJUSTMENT') continue;
      const publication = publicationOf(read.data.adjustment, context.settings.applicationId);
      if (publication !== undefined) seen.add(publication);
    }
  }
  return batch.items.map((item) =>
    seen.has(item.publication) || deltaOf(item) === ZERO
      ? { outcome: 'applied' }
      : { outcome: 'retry', reason: 'Square takes no change older than 24 hours; it is made anew' },
  );
}

const keyOf = (listing: string, location: string): string => `${listing} ${location}`;
