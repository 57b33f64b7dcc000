// What Square says is on a shelf, per variation and location: for sale, or there and not for sale. Levels only: a snapshot
// never moves stock, and what nothing certain can be said about is named and not guessed.
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
import type { CountFilter, SquareClient } from './client.ts';
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
/** Square takes up to a thousand ids at once; fewer keep each repetition short, so that less moves during it. */
const LISTINGS_PER_REPETITION = 100;
/** A till that sells a variation while it is read, this often in a row, is read in vain. */
const REPETITIONS = 3;

type Level = { listing: string; location: string; sellable: Quantity; held: Quantity };

/** All levels as of the first answer; then those that moved while the rest was being read, each round as of its own instant. */
export async function* snapshotPages(client: SquareClient): AsyncIterable<SnapshotPage> {
  const first = await readLevels(client, { states: ON_HAND_STATES });
  if (first === undefined) return;
  yield* pagesOf(first);
  let moving = [...first.moving.values()];
  for (let round = 0; round < REPETITIONS && moving.length > 0; round += 1) {
    const still: Level[] = [];
    const listings = [...new Set(moving.map(({ listing }) => listing))];
    for (let start = 0; start < listings.length; start += LISTINGS_PER_REPETITION) {
      const some = new Set(listings.slice(start, start + LISTINGS_PER_REPETITION));
      const wanted = new Map(
        moving.filter(({ listing }) => some.has(listing)).map((level) => [keyOf(level), level]),
      );
      const again = await readLevels(client, { states: ON_HAND_STATES, listings: [...some] }, wanted);
      if (again === undefined) continue;
      yield* pagesOf(again);
      still.push(...again.moving.values());
    }
    moving = still;
  }
  if (moving.length === 0 || first.asOf === undefined) return;
  const leftOut = moving.map(
    ({ listing, location }) =>
      `listing ${listing} at ${location} was sold or changed whenever it was read; count it when it is quiet`,
  );
  yield { asOf: first.asOf, levels: [], reservations: [], leftOut };
}

interface Levels {
  readonly asOf: Instant;
  readonly settled: readonly Level[];
  /** They changed after `asOf`: as of that instant nothing certain can be said about them. */
  readonly moving: ReadonlyMap<string, Level>;
  readonly leftOut: readonly string[];
}

/** The levels that a filter names, or of those the wanted ones, as of the first answer; undefined when there is none. */
async function readLevels(
  client: SquareClient,
  filter: CountFilter,
  wanted?: ReadonlyMap<string, Level>,
): Promise<Levels | undefined> {
  const levels = new Map<string, Level>();
  const moving = new Map<string, Level>();
  const unreadable = new Map<string, string>();
  let asOf: Instant | undefined;
  for await (const page of client.counts(filter)) {
    // The Date header is cut to the second, so the answer may be up to a second younger than it says.
    asOf ??= instantOf(page.serverTime.getTime() + 1000);
    for (const count of page.counts) {
      const level = levelOf(count, levels);
      const key = keyOf(level);
      if (wanted && !wanted.has(key)) continue;
      levels.set(key, level);
      const changedAt = occurredAtOf(count.calculated_at).occurredAt;
      if (!add(count, level)) unreadable.set(key, unreadableText(count));
      else if (changedAt !== undefined && changedAt > asOf) moving.set(key, level);
    }
  }
  if (asOf === undefined) return undefined;
  // What Square names no more is on no shelf any more.
  for (const [key, { listing, location }] of wanted ?? [])
    if (!levels.has(key)) levels.set(key, { listing, location, sellable: ZERO, held: ZERO });
  for (const key of unreadable.keys()) moving.delete(key);
  const settled = [...levels].flatMap(([key, level]) =>
    moving.has(key) || unreadable.has(key) ? [] : [level],
  );
  return { asOf, settled, moving, leftOut: [...unreadable.values()] };
}

function* pagesOf({ asOf, settled, leftOut }: Levels): Generator<SnapshotPage> {
  for (let start = 0; start === 0 || start < settled.length; start += LEVELS_PER_PAGE) {
    const levels = settled
      .slice(start, start + LEVELS_PER_PAGE)
      .map(({ listing, location, sellable, held }) => ({
        ...{ listing, location },
        ...{ sellable: quantityText(sellable), held: quantityText(held) },
      }));
    yield { asOf, levels, reservations: [], leftOut: start === 0 ? leftOut : [] };
  }
}

const keyOf = ({ listing, location }: { listing: string; location: string }): string =>
  `${listing} ${location}`;

function levelOf(count: Count, known: ReadonlyMap<string, Level>): Level {
  const place = { listing: count.catalog_object_id, location: count.location_id };
  return known.get(keyOf(place)) ?? { ...place, sellable: ZERO, held: ZERO };
}

/** Adds a count to its level by what its state means to us; false when that cannot be said. */
function add({ state, quantity }: Count, level: Level): boolean {
  const place = placeOfState(state);
  if (place === undefined || !('shelf' in place) || !isQuantityText(quantity)) return false;
  if (place.shelf === 'sellable') level.sellable = sum(level.sellable, quantityFrom(quantity));
  else level.held = sum(level.held, quantityFrom(quantity));
  return true;
}

const unreadableText = ({ catalog_object_id, location_id, state, quantity }: Count): string =>
  `Square says ${quantity} of listing ${catalog_object_id} at ${location_id} in the state ${state}, which cannot be read; count it`;
