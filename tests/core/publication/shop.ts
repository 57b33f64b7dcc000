// A channel that sells three listings and a kit at two of its locations, for publication tests.
import type { LevelId } from '../../../src/core/availability/stock.ts';
import type { Movement, Posting } from '../../../src/core/ledger/movement.ts';
import { type Intent, openBatch } from '../../../src/core/publication/intents.ts';
import { at, line, movement, openWorld, posting, type World } from '../ledger/world.ts';

export interface Shop extends World {
  readonly channel: number;
  listing(externalId: string): number;
  receipt(item: number, options?: { seconds?: number }): Movement;
  /** Facts of the hub itself or of a source that sells nothing. */
  facts(...movements: Movement[]): Posting;
  /** Due levels as `listing @ location`, in order. */
  due(): Promise<string[]>;
  /** Makes every level due no more. */
  settleAll(): Promise<void>;
}

/** Items 1 to 3 are listed as l1 to l3; item 4 is the kit of 1 and 2, listed as kit; l3 is not pushable. */
export async function openShop(): Promise<Shop> {
  const world = await openWorld({ items: 5, poolSize: 16 });
  const { pool } = world.database;
  const { rows: connections } = await pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ('web', 'demo', 'epoch') returning id`,
  );
  const channel = connections[0]?.id ?? 0;
  await pool.query(`update item set is_kit = true where sku = 'SKU-4'`);
  await pool.query(
    `insert into kit_component (kit_id, component_id, quantity) values ($1, $2, 1), ($1, $3, 2)`,
    [world.items[3], world.items[0], world.items[1]],
  );
  const { rows } = await pool.query<{ id: number; external_id: string }>(
    `insert into listing (connection_id, external_id, item_id, pushable) values ($1, 'l1', $2, true), ($1, 'l2', $3, true), ($1, 'l3', $4, false), ($1, 'kit', $5, true) returning id, external_id`,
    [channel, world.items[0], world.items[1], world.items[2], world.items[3]],
  );
  const listings = new Map(rows.map((row) => [row.external_id, row.id]));
  await pool.query(
    `insert into location_binding (connection_id, external_id, location_id) values ($1, 'x1', $2), ($1, 'x2', $3)`,
    [channel, world.location('MAIN'), world.location('SHOP')],
  );
  return {
    ...world,
    channel,
    listing: (externalId) => listings.get(externalId) ?? 0,
    receipt: (item, { seconds = 0 } = {}) =>
      movement('receipt', seconds, [
        line(world.items[item - 1] ?? 0, 1, world.place('@supplier'), world.place('MAIN')),
      ]),
    facts: (...movements) => posting({ movements }),
    due: async () =>
      (
        await pool.query<{ name: string }>(
          `select l.external_id || ' @ ' || v.external_location as name from listing_level v join listing l on l.id = v.listing_id where v.due_at <= clock_timestamp() order by 1`,
        )
      ).rows.map((row) => row.name),
    settleAll: async () => void (await pool.query('update listing_level set due_at = null')),
  };
}

export const intentOf = (level: LevelId, externalId: string, available: string): Intent => ({
  ...level,
  externalId,
  terms: { components: [], cap: null, floor: 0, available },
  reading: { available: '0', expected: { level: '0' }, asOf: at(0) },
});

/** Stores one intent for each level, in a transaction of its own. */
export const open = (shop: Shop, levels: readonly LevelId[], available = '1'): Promise<string> =>
  shop.database.transaction((client) =>
    openBatch(
      client,
      shop.channel,
      levels.map((level) => intentOf(level, 'l', available)),
    ),
  );
