// What Square says it holds, per variation and location. Levels only: a snapshot never moves stock.
import { type Instant, instantOf } from '../../core/vocabulary/instant.ts';
import {
  isQuantityText,
  type Quantity,
  quantityFrom,
  quantityText,
  sum,
  ZERO,
} from '../../core/vocabulary/quantity.ts';
import type { SnapshotPage } from '../contract.ts';
import type { SquareClient } from './client.ts';
import { placeOfState } from './states.ts';
import { type Count, occurredAtOf } from './wire.ts';

/** The states whose stock is on a shelf; the others are empty, gone or not yet there. */
const ON_HAND_STATES = [
  'IN_STOCK',
  'RESERVED_FOR_SALE',
  'RETURNED_BY_CUSTOMER',
  'RECEIVED_FROM_VENDOR',
  'IN_TRANSIT',
];
const LEVELS_PER_PAGE = 1000;

type Levels = { listing: string; location: string; onHand: Quantity; available: Quantity };

/**
 * All levels as of the first answer. A count that moved while the rest was being read is left out: as of that instant
 * nothing certain can be said about it, and the next snapshot will say it.
 */
export async function* snapshotPages(client: SquareClient): AsyncIterable<SnapshotPage> {
  const levels = new Map<string, Levels>();
  const moving = new Set<string>();
  let asOf: Instant | undefined;
  for await (const page of client.counts({ states: ON_HAND_STATES })) {
    // The Date header is cut to the second, so the answer may be up to a second younger than it says.
    asOf ??= instantOf(page.serverTime.getTime() + 1000);
    for (const count of page.counts) addCount(count, asOf, levels, moving);
  }
  if (asOf === undefined) return;
  const settled = [...levels].flatMap(([key, level]) => (moving.has(key) ? [] : [level]));
  for (let start = 0; start === 0 || start < settled.length; start += LEVELS_PER_PAGE) {
    const rows = settled
      .slice(start, start + LEVELS_PER_PAGE)
      .map(({ listing, location, onHand, available }) => ({
        listing,
        location,
        onHand: quantityText(onHand),
        available: quantityText(available),
      }));
    yield { asOf, levels: rows, reservations: [] };
  }
}

function addCount(count: Count, asOf: Instant, levels: Map<string, Levels>, moving: Set<string>): void {
  const { catalog_object_id: listing, location_id: location, state } = count;
  const key = `${listing} ${location}`;
  const changedAt = occurredAtOf(count.calculated_at).occurredAt;
  const place = placeOfState(state);
  const isReadable = place !== undefined && 'shelf' in place && isQuantityText(count.quantity);
  if (!isReadable || (changedAt !== undefined && changedAt > asOf)) {
    moving.add(key);
    return;
  }
  const level = levels.get(key) ?? { listing, location, onHand: ZERO, available: ZERO };
  const quantity = quantityFrom(count.quantity);
  level.onHand = sum(level.onHand, quantity);
  if (state === 'IN_STOCK') level.available = sum(level.available, quantity);
  levels.set(key, level);
}
