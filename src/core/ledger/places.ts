// Remembers what hardly ever changes about places and items, so that posting need not ask again: which locations are
// virtual, and the names that messages show.
import type { Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { VIRTUAL_PLACES, type VirtualPlace } from '../vocabulary/words.ts';
import { placeKey } from './deltas.ts';
import type { Place } from './movement.ts';

export interface Places {
  /** Loads what is not known yet. Throws `content_invalid` for an id that does not exist. */
  learn(client: Transaction, itemIds: ReadonlySet<number>, locationIds: ReadonlySet<number>): Promise<void>;
  isVirtual(locationId: number): boolean;
  /** True for a virtual place whose balance row was committed: it can be updated, which is cheaper than an upsert. */
  hasBalance(key: string): boolean;
  /** Notes virtual places whose balance rows are committed. */
  rememberBalances(places: Iterable<{ readonly itemId: number; readonly place: Place }>): void;
  /** A remembered row was not there after all, as after a restore of the database. */
  forgetBalances(): void;
  readonly adjustmentLocationId: number;
  nameOf(itemId: number, place: Place): string;
}

interface Known {
  readonly code: string;
  readonly virtual: boolean;
}

export function openPlaces(): Places {
  const locations = new Map<number, Known>();
  const skus = new Map<number, string>();
  const balances = new Set<string>();
  let adjustmentLocationId = 0;
  const location = (id: number): Known => {
    const known = locations.get(id);
    if (!known) throw new StockbridgeError('content_invalid', `location ${id} does not exist`);
    return known;
  };
  return {
    async learn(client, itemIds, locationIds) {
      const newItems = [...itemIds].filter((id) => !skus.has(id));
      const newLocations = [...locationIds].filter((id) => !locations.has(id));
      if (adjustmentLocationId === 0 || newLocations.length > 0) {
        for (const row of await readLocations(client)) {
          locations.set(row.id, row);
          if (row.code === '@adjustment') adjustmentLocationId = row.id;
        }
      }
      if (newItems.length > 0) {
        const { rows } = await client.query<{ id: number; sku: string }>(
          'select id, sku from item where id = any($1::int[])',
          [newItems],
        );
        for (const row of rows) skus.set(row.id, row.sku);
      }
      const missing = newItems.find((id) => !skus.has(id));
      if (missing !== undefined)
        throw new StockbridgeError('content_invalid', `item ${missing} does not exist`);
      for (const id of newLocations) location(id);
    },
    isVirtual: (id) => location(id).virtual,
    hasBalance: (key) => balances.has(key),
    rememberBalances: (places) => {
      for (const { itemId, place } of places) balances.add(placeKey(itemId, place));
    },
    forgetBalances: () => balances.clear(),
    get adjustmentLocationId() {
      return adjustmentLocationId;
    },
    nameOf: (itemId, place) =>
      `${skus.get(itemId) ?? itemId} at ${location(place.locationId).code} (${place.state})`,
  };
}

async function readLocations(client: Transaction): Promise<(Known & { id: number })[]> {
  const { rows } = await client.query<{ id: number; code: string; kind: string }>(
    'select id, code, kind::text as kind from location',
  );
  return rows.map((row) => ({
    id: row.id,
    code: row.code,
    virtual: VIRTUAL_PLACES.includes(row.kind as VirtualPlace),
  }));
}
