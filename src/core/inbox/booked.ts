// What the ledger has of an event: the part of it that stays when the rest is given up. Reads only.
import type { Store } from './store.ts';

export interface Booked {
  /** A type of movement, `count` or `reservation`. */
  readonly what: string;
  readonly document: string;
  readonly sku: string;
  /** In base units, decimal text. */
  readonly quantity: string;
  /** Only of a movement. */
  readonly from: string | null;
  /** Where it went, was counted or is reserved. */
  readonly to: string;
}

const BOOKED = `
select b.event::text as event, b.what, b.document, i.sku, trim_scale(sum(b.quantity))::text as quantity, f.code as "from", t.code as "to"
from (
  select m.inbox_event_id as event, m.type::text as what, m.document, m.item_id, m.quantity, m.from_location_id as from_id, m.to_location_id as to_id
  from movement m where m.inbox_event_id = any($1::bigint[])
  union all
  select n.inbox_event_id, 'count', n.document, n.item_id, n.quantity, null, n.location_id
  from stock_count n where n.inbox_event_id = any($1::bigint[])
  union all
  select o.inbox_event_id, 'reservation', o.document, r.item_id, r.quantity, null, r.location_id
  from sales_order o join reservation r on r.order_id = o.id where o.inbox_event_id = any($1::bigint[])) b
join item i on i.id = b.item_id left join location f on f.id = b.from_id join location t on t.id = b.to_id
group by b.event, b.what, b.document, i.sku, f.code, t.code order by b.event, b.what, b.document, i.sku, f.code, t.code`;

/** By event: what it moved, counted and reserves. */
export async function bookedBy(store: Store, eventIds: readonly string[]): Promise<Map<string, Booked[]>> {
  if (eventIds.length === 0) return new Map();
  const { rows } = await store.query<Booked & { event: string }>(BOOKED, [eventIds]);
  const booked = new Map<string, Booked[]>();
  for (const { event, ...each } of rows) booked.set(event, [...(booked.get(event) ?? []), each]);
  return booked;
}
