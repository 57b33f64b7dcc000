// When the stock was counted that a connection's documents are added to. Reads only.
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';

/** The database's own clock. */
export async function databaseNow(store: Store): Promise<Instant> {
  const { rows } = await store.query<{ micros: string }>(
    'select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros',
  );
  return instantOfMicros(BigInt(rows[0]?.micros ?? 0));
}

// A source without bindings names our codes, so any location that nobody else moves may be meant; one without listings, any item.
const NEWEST = `
with bound as (
  select location_id from location_binding where connection_id = $1 union select id from location where authority_id = $1),
own as (
  select l.id from location l
  where (l.authority_id is null or l.authority_id = $1)
    and l.kind not in ('supplier', 'customer', 'production', 'adjustment')
    and (l.id in (select location_id from bound) or not exists (select from bound))),
newest as (
  select max(s.counted_at) as counted_at from stock_count s where s.location_id in (select id from own)
    and (s.item_id in (select item_id from listing where connection_id = $1) or not exists (select from listing where connection_id = $1))
    and (s.item_id, s.location_id) not in (select * from unnest($2::int[], $3::int[]))
  group by s.item_id, s.location_id, s.state)
select (extract(epoch from min(counted_at)) * 1000000)::bigint as oldest, (extract(epoch from max(counted_at)) * 1000000)::bigint as newest
from newest`;

/** An item on one shelf, in whatever state. */
export interface CountedPlace {
  readonly itemId: number;
  readonly locationId: number;
}

/**
 * The oldest and the newest of the newest counts of every item at the locations where a connection's documents move stock,
 * but for the places left aside; undefined when nothing else was counted there.
 */
export async function countsOfItsLocations(
  store: Store,
  connectionId: number,
  aside: readonly CountedPlace[],
): Promise<{ oldest: Instant; newest: Instant } | undefined> {
  const { rows } = await store.query<{ oldest: string | null; newest: string | null }>(NEWEST, [
    connectionId,
    aside.map(({ itemId }) => itemId),
    aside.map(({ locationId }) => locationId),
  ]);
  const [row] = rows;
  if (!row || row.oldest === null || row.newest === null) return undefined;
  return { oldest: instantOfMicros(BigInt(row.oldest)), newest: instantOfMicros(BigInt(row.newest)) };
}
