// Turns the ledger's change log into levels that are due to be told: per lane in commit order, each change once.
import type { Database } from '../database.ts';

/** Most links of one lane taken at a time. */
const LINKS = 500;

/**
 * Reads what was posted since the last call and marks every level of the touched items, kits included, as due.
 * Levels exist only where `sellingConnectionIds` say that somebody sells. Answers the connections that have work now.
 */
export async function planChanges(
  database: Database,
  sellingConnectionIds: readonly number[],
): Promise<number[]> {
  return database.transaction(async (client) => {
    const { rows } = await client.query<{ items: number[]; sources: number[]; changed_at: Date }>(
      `with cursor as (select lane, sequence from push_cursor order by lane for update skip locked),
       news as (
         select c.lane, b.sequence, b.items, b.sources, b.recorded_at from cursor c
         cross join lateral (select sequence, items, sources, recorded_at from ledger_batch
           where ledger_batch.lane = c.lane and ledger_batch.sequence > c.sequence order by sequence limit $1) b),
       moved as (
         update push_cursor p set sequence = n.sequence from (select lane, max(sequence) as sequence from news group by lane) n
         where p.lane = n.lane)
       select items, sources, recorded_at as changed_at from news`,
      [LINKS],
    );
    if (rows.length === 0 || sellingConnectionIds.length === 0) return [];
    const changes = new Map<string, Change>();
    for (const row of rows) {
      for (const [index, itemId] of row.items.entries()) {
        const connectionId = row.sources[index] ?? 0;
        const key = `${itemId}|${connectionId}`;
        const known = changes.get(key);
        changes.set(key, {
          itemId,
          connectionId,
          changedAt: known && known.changedAt < row.changed_at ? known.changedAt : row.changed_at,
        });
      }
    }
    return markDue(client, [...changes.values()], sellingConnectionIds);
  });
}

interface Change {
  readonly itemId: number;
  /** Who said so; 0: the hub itself. */
  readonly connectionId: number;
  readonly changedAt: Date;
}

// What a channel itself did has changed the number that it holds, so the one it was last told is no longer known to stand.
async function markDue(
  client: { query: Database['pool']['query'] },
  changes: readonly Change[],
  selling: readonly number[],
): Promise<number[]> {
  const { rows } = await client.query<{ connection_id: number }>(
    `with changed as (select * from unnest($1::int[], $2::timestamptz[], $4::smallint[]) as c(item_id, changed_at, source)),
     touched as (
       select item_id, changed_at, source from changed
       union all select k.kit_id, c.changed_at, c.source from changed c join kit_component k on k.component_id = c.item_id),
     due as (
       select l.id as listing_id, b.external_id, l.connection_id, min(t.changed_at) as changed_at,
         bool_or(t.source = l.connection_id) as own
       from touched t join listing l on l.item_id = t.item_id and l.pushable and l.connection_id = any($3::smallint[])
       join location_binding b on b.connection_id = l.connection_id
       group by 1, 2, 3 order by 1, 2),
     marked as (
       insert into listing_level as v (listing_id, external_location, connection_id, due_at, changed_at)
       select listing_id, external_id, connection_id, clock_timestamp(), changed_at from due
       on conflict (listing_id, external_location) do update
         set due_at = least(v.due_at, excluded.due_at), changed_at = least(v.changed_at, excluded.changed_at),
             published = case when exists (select from due d where d.listing_id = v.listing_id and d.external_id = v.external_location and d.own)
               then null else v.published end
       returning connection_id)
     select distinct connection_id from marked`,
    [
      changes.map((change) => change.itemId),
      changes.map((change) => change.changedAt),
      selling,
      changes.map((change) => change.connectionId),
    ],
  );
  return rows.map((row) => row.connection_id);
}

/**
 * Makes every level of a connection due: after an import, when its policy has changed, and, with `told: 'unknown'`, when what it
 * was told need not stand any more, so that each is read before anything is believed of it.
 */
export async function markAllDue(
  database: Database,
  connectionId: number,
  told: 'stands' | 'unknown' = 'stands',
): Promise<number> {
  const { rowCount } = await database.pool.query(
    `insert into listing_level as v (listing_id, external_location, connection_id, due_at, changed_at)
     select l.id, b.external_id, l.connection_id, clock_timestamp(), clock_timestamp()
     from listing l join location_binding b on b.connection_id = l.connection_id
     where l.connection_id = $1 and l.pushable order by 1, 2
     on conflict (listing_id, external_location) do update
       set due_at = clock_timestamp(), changed_at = coalesce(v.changed_at, excluded.changed_at),
         published = case when $2 then null else v.published end,
         reading = case when $2 then null else v.reading end, read_at = case when $2 then null else v.read_at end`,
    [connectionId, told === 'unknown'],
  );
  return rowCount ?? 0;
}
