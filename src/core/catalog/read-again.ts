// Finds the open orders that a correction of the catalogue gives another meaning, and makes the events they were read from
// pending again. Movements stay as they were posted; only what is still promised follows the catalogue.
import type pg from 'pg';
import { columnOf } from './kind.ts';

/** Which open orders: of one connection or of all, that reserve an item (a kit: one of its components), or anything at a location. */
export interface Affected {
  readonly connectionId?: number;
  readonly itemId?: number;
  readonly locationId?: number;
}

export interface OrdersAgain {
  /** Open orders whose newest event is interpreted anew. */
  readonly again: number;
  /** Those that have none to be interpreted: they were taken over at the cut-over, made by hand, closed by a person, or their bytes are erased. */
  readonly left: number;
}

const ORDERS = `
with affected as (
  select a.connection_id, coalesce(k.component_id, a.item_id) as item_id, a.location_id
  from unnest($1::smallint[], $2::int[], $3::int[]) as a(connection_id, item_id, location_id)
  left join kit_component k on k.kit_id = a.item_id
)
select distinct o.id, o.inbox_event_id as "eventId" from affected a
join reservation r on r.item_id = coalesce(a.item_id, r.item_id) and r.location_id = coalesce(a.location_id, r.location_id)
join sales_order o on o.id = r.order_id and o.connection_id = coalesce(a.connection_id, o.connection_id)`;

// An order's event says all that the order reserves, and its keys keep what was posted from being posted twice (I3), so reading
// it once more changes nothing but what the catalogue has changed. The events are locked in a statement of its own: whether a person
// closed one is asked once nobody is closing it any more. Where only a conflict of it was settled, the rest of it goes on.
const LOCK = 'select from inbox_event where id = any($1::bigint[]) order by id for update';
const READ_AGAIN = `
with pending as (
  update inbox_event e set status = 'pending', code = null, reason = null, settled_at = null, generation = 0,
    begun = false, retry_at = clock_timestamp()
  where e.id = any($1::bigint[]) and e.body is not null and e.source <> 'cutover' and e.conflicts_with is null
    and not exists (select from inbox_closing c where c.event_id = e.id and c.reopened_at is null and not c.settled)
  returning e.id),
opened as (
  update inbox_closing c set reopened_at = clock_timestamp()
  from pending where c.event_id = pending.id and c.reopened_at is null)
select id from pending`;

/** Has the affected open orders read again, in the transaction that corrects the catalogue; relay hands them over. */
export async function readOrdersAgain(
  session: pg.ClientBase,
  affected: readonly Affected[],
): Promise<OrdersAgain> {
  if (affected.length === 0) return { again: 0, left: 0 };
  const { rows: orders } = await session.query<{ id: number; eventId: string | null }>(ORDERS, [
    columnOf(affected, 'connectionId'),
    columnOf(affected, 'itemId'),
    columnOf(affected, 'locationId'),
  ]);
  const events = [...new Set(orders.flatMap(({ eventId }) => eventId ?? []))];
  await session.query(LOCK, [events]);
  const { rows } = await session.query<{ id: string }>(READ_AGAIN, [events]);
  const read = new Set(rows.map(({ id }) => id));
  const again = orders.filter(({ eventId }) => eventId !== null && read.has(eventId)).length;
  return { again, left: orders.length - again };
}
