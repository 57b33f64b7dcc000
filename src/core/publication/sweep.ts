// Levels that nobody's change makes due: what a channel holds may have been changed there without a word, and a lot expires by
// the clock alone. It only makes them due; the sender reads the channel before it acts (I7).
import type { Database } from '../database.ts';

/** How long the levels of one sweep are spread over, so that what changes meanwhile does not stand behind all of them. */
const SPREAD_SECONDS = 900;

/**
 * Makes every level of a connection due within a quarter of an hour, to be read whatever it was told, when its last sweep is
 * longer ago than `hours`. The first comes anywhere within them, so that connections do not sweep together. False: not yet.
 */
export async function sweepLevels(database: Database, connectionId: number, hours: number): Promise<boolean> {
  return database.transaction(async (client) => {
    await client.query(
      `insert into connection_state (connection_id, key, value, updated_at)
       values ($1, 'swept', 'null', clock_timestamp() - make_interval(secs => random() * $2::float8 * 3600))
       on conflict (connection_id, key) do nothing`,
      [connectionId, hours],
    );
    const { rowCount } = await client.query(
      `update connection_state set updated_at = clock_timestamp() where connection_id = $1 and key = 'swept'
         and updated_at < clock_timestamp() - make_interval(secs => $2::float8 * 3600)`,
      [connectionId, hours],
    );
    if (rowCount !== 1) return false;
    // A waiting increase keeps its reading: it is proved again before it is sent.
    await client.query(
      `with level as (
         select v.listing_id, v.external_location from listing_level v join listing l on l.id = v.listing_id and l.pushable
         where v.connection_id = $1 order by 1, 2 for update of v)
       update listing_level v set published = null,
         due_at = least(v.due_at, clock_timestamp() + make_interval(secs => random() * $2::float8))
       from level where v.listing_id = level.listing_id and v.external_location = level.external_location`,
      [connectionId, SPREAD_SECONDS],
    );
    return true;
  });
}

/**
 * Makes the levels due whose item, or a part of it, has a lot that may have become too old, or young enough again, for a channel
 * with a shelf-life window of at most `windowDays`, since the last day that was noticed. A day is written `2026-11-22`.
 */
export async function noticeDay(
  database: Database,
  connectionId: number,
  day: string,
  windowDays: number,
): Promise<boolean> {
  return database.transaction(async (client) => {
    await client.query(
      `insert into connection_state (connection_id, key, value) values ($1, 'day', '"0001-01-01"')
       on conflict (connection_id, key) do nothing`,
      [connectionId],
    );
    const { rows } = await client.query<{ before: string }>(
      `select value #>> '{}' as before from connection_state where connection_id = $1 and key = 'day' for update`,
      [connectionId],
    );
    const before = rows[0]?.before ?? day;
    if (before === day) return false;
    await client.query(
      `with aged as (
         select distinct t.item_id from lot t join lot_balance b on b.lot_id = t.id and b.state = 'sellable' and b.quantity > 0
         where t.expires_on >= least($2::date, $3::date) and t.expires_on < greatest($2::date, $3::date) + $4::int),
       touched as (
         select item_id from aged union select k.kit_id from aged a join kit_component k on k.component_id = a.item_id),
       level as (
         select v.listing_id, v.external_location from listing_level v join listing l on l.id = v.listing_id and l.pushable
         where v.connection_id = $1 and l.item_id in (select item_id from touched) order by 1, 2 for update of v)
       update listing_level v set due_at = least(v.due_at, clock_timestamp()), changed_at = coalesce(v.changed_at, clock_timestamp())
       from level where v.listing_id = level.listing_id and v.external_location = level.external_location`,
      [connectionId, before, day, windowDays],
    );
    await client.query(
      `update connection_state set value = to_jsonb($2::text), updated_at = clock_timestamp() where connection_id = $1 and key = 'day'`,
      [connectionId, day],
    );
    return true;
  });
}
