// Reserving stock only while it is free: the question that can be refused, for callers who have not sold yet (I6).
import type { Database } from '../database.ts';
import { difference, quantityFrom, quantityText, storedQuantity } from '../vocabulary/quantity.ts';
import { laneOf } from './chain.ts';
import { lockLane } from './view.ts';
import { noteItems } from './write-lines.ts';

export type ReserveAnswer =
  | { readonly outcome: 'held' }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'refused'; readonly free: string };

/**
 * Reserves stock only if it is free: of any number of callers racing for the last unit exactly one is answered `held` (I6).
 * `quantity` is in base units. The same order and line again is a `duplicate` and reserves nothing more.
 */
export async function reserve(
  database: Database,
  request: {
    connectionId: number;
    order: string;
    line: string;
    itemId: number;
    locationId: number;
    quantity: string;
  },
): Promise<ReserveAnswer> {
  return database.transaction(async (client) => {
    // The lane, then the balance row, in the order that posting takes them: the queue that racing callers stand in.
    const head = await lockLane(client, laneOf(request.itemId));
    const { rows } = await client.query<{ quantity: string }>(
      `select quantity::text as quantity from balance where item_id = $1 and location_id = $2 and state = 'sellable' for update`,
      [request.itemId, request.locationId],
    );
    const sellable = storedQuantity(rows[0]?.quantity ?? '0');
    const taken = await client.query<{ reserved: string; own: boolean }>(
      `select coalesce(sum(r.quantity), 0)::text as reserved,
         coalesce(bool_or(o.connection_id = $3 and o.document = $4 and r.line = $5), false) as own
       from reservation r join sales_order o on o.id = r.order_id where r.item_id = $1 and r.location_id = $2`,
      [request.itemId, request.locationId, request.connectionId, request.order, request.line],
    );
    if (taken.rows[0]?.own) return { outcome: 'duplicate' };
    const free = difference(sellable, storedQuantity(taken.rows[0]?.reserved ?? '0'));
    if (quantityFrom(request.quantity) > free) return { outcome: 'refused', free: quantityText(free) };
    await client.query(
      `with o as (
         insert into sales_order (connection_id, document, version) values ($1, $2, 0)
         on conflict (connection_id, document) do update set updated_at = now() returning id)
       insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
       select o.id, $3, $4, $5, $6, clock_timestamp() from o`,
      [
        request.connectionId,
        request.order,
        request.line,
        request.itemId,
        request.locationId,
        request.quantity,
      ],
    );
    await noteItems(client, head, [request.itemId]);
    return { outcome: 'held' };
  });
}
