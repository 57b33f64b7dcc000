// What `inventory.count.updated` names, and the changes behind it: one reading of the change log for many hints.
// The counts themselves are levels that Square reports; they never move stock.
import { type Instant, instantOfMicros, microsOf } from '../../core/vocabulary/instant.ts';
import { isQuantityText, quantityFrom, quantityText } from '../../core/vocabulary/quantity.ts';
import type { ReportedLevel } from '../contract.ts';
import type { SquareClient } from './client.ts';
import { placeOfState } from './states.ts';
import { type Change, type Count, changeSchema, occurredAtOf } from './wire.ts';

export interface HintedCounts {
  readonly counts: readonly Count[];
  readonly levels: readonly ReportedLevel[];
  /** When Square made the notification; the change behind it is older. */
  readonly at: Instant;
}

/** Square takes up to a thousand ids; fewer keep one answer small. */
const LISTINGS_PER_READ = 250;

/**
 * The levels that counts report: IN_STOCK is what Square offers for sale. Other states are no level of ours, but a
 * state or a quantity that cannot be read makes all of them unreadable, for it may stand for stock that is there.
 */
export function levelsOf(
  counts: readonly Count[],
  at: Instant,
):
  | { readonly ok: true; readonly value: readonly ReportedLevel[] }
  | { readonly ok: false; readonly reason: string } {
  const levels: ReportedLevel[] = [];
  for (const {
    state,
    quantity,
    catalog_object_id: listing,
    location_id: location,
    calculated_at,
  } of counts) {
    if (placeOfState(state) === undefined) {
      return {
        ok: false,
        reason: `the count of ${listing} at ${location} is in the state ${state}, which this version does not know`,
      };
    }
    if (!isQuantityText(quantity))
      return { ok: false, reason: `the count of ${listing} at ${location} has no readable quantity` };
    if (state !== 'IN_STOCK') continue;
    const asOf = occurredAtOf(calculated_at).occurredAt ?? at;
    levels.push({
      item: { listing },
      location,
      basis: 'available',
      quantity: quantityText(quantityFrom(quantity)),
      asOf,
    });
  }
  return { ok: true, value: levels };
}

/** The changes around each hint, for the listings and locations that it names, by hint. */
export async function readHints(
  client: SquareClient,
  hints: readonly HintedCounts[],
  overlapSeconds: number,
): Promise<ReadonlyMap<HintedCounts, readonly Change[]>> {
  const found = new Map<HintedCounts, readonly Change[]>();
  if (hints.length === 0) return found;
  const changes = await changesFor(client, hints, BigInt(overlapSeconds) * 1_000_000n);
  for (const hint of hints) {
    const named = new Set(hint.counts.map((count) => placeKey(count.catalog_object_id, count.location_id)));
    found.set(
      hint,
      changes.filter((change) => placesOf(change).some((place) => named.has(place))),
    );
  }
  return found;
}

async function changesFor(
  client: SquareClient,
  hints: readonly HintedCounts[],
  overlapMicros: bigint,
): Promise<readonly Change[]> {
  const counts = hints.flatMap((hint) => hint.counts);
  const listings = [...new Set(counts.map((count) => count.catalog_object_id))];
  const locations = [...new Set(counts.map((count) => count.location_id))];
  const times = hints.map((hint) => microsOf(hint.at)).sort((a, b) => (a < b ? -1 : 1));
  const window = {
    updatedAfter: instantOfMicros((times[0] ?? 0n) - overlapMicros),
    updatedBefore: instantOfMicros((times.at(-1) ?? 0n) + overlapMicros),
  };
  const changes: Change[] = [];
  for (let start = 0; start < listings.length; start += LISTINGS_PER_READ) {
    const filter = { ...window, locations, listings: listings.slice(start, start + LISTINGS_PER_READ) };
    for await (const page of client.changes(filter)) {
      for (const entry of page.changes) {
        // An entry that cannot be read is quarantined by the poll, where it is an event of its own.
        const read = changeSchema.safeParse(entry);
        if (read.success) changes.push(read.data);
      }
    }
  }
  return changes;
}

const placeKey = (listing: string, location: string): string => `${listing} ${location}`;

function placesOf(change: Change): readonly string[] {
  if (change.type === 'PHYSICAL_COUNT') {
    return [placeKey(change.physical_count.catalog_object_id, change.physical_count.location_id)];
  }
  const { catalog_object_id: listing, from_location_id: from, to_location_id: to } = change.adjustment;
  return [from, to].flatMap((location) => (location ? [placeKey(listing, location)] : []));
}
