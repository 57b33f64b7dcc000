// Reservations as rows with set semantics: an order's newest known version replaces all of its lines, an older one changes
// nothing (I3). What a channel has sold is recorded whatever the stock is; reserve.ts asks the question that can be refused.
import type { Transaction } from '../database.ts';
import { type Quantity, quantityFrom, quantityText, sum } from '../vocabulary/quantity.ts';
import type { Posting, Reservations } from './movement.ts';

interface Given extends Reservations {
  readonly connectionId: number;
  readonly inboxEventId: string | null;
}

/** An item that somebody said something about. */
export interface TouchedItem {
  readonly itemId: number;
  readonly connectionId: number;
}

/** Replaces the reservations of every order the postings name, and answers the items whose reservations changed. */
export async function replaceReservations(
  client: Transaction,
  postings: readonly Posting[],
): Promise<TouchedItem[]> {
  const given = newestOf(postings);
  if (given.length === 0) return [];
  const orders = await claimOrders(client, given);
  const lines = given.flatMap((order) => {
    const orderId = orders.get(`${order.connectionId}|${order.order}`);
    return orderId === undefined
      ? []
      : linesOf(order).map((line) => ({ ...line, orderId, reservedAt: order.reservedAt }));
  });
  if (orders.size === 0) return [];
  return replaceLines(client, [...orders.values()], lines);
}

function newestOf(postings: readonly Posting[]): Given[] {
  const newest = new Map<string, Given>();
  for (const posting of postings) {
    for (const order of posting.reservations) {
      const key = `${posting.connectionId}|${order.order}`;
      const known = newest.get(key);
      if (known && BigInt(known.version) > BigInt(order.version)) continue;
      newest.set(key, { ...order, connectionId: posting.connectionId, inboxEventId: posting.inboxEventId });
    }
  }
  return [...newest.values()];
}

/** Orders whose stored version is not newer than the given one; their rows stay locked until the transaction ends. */
async function claimOrders(client: Transaction, given: readonly Given[]): Promise<Map<string, string>> {
  const sorted = [...given].sort((a, b) => a.connectionId - b.connectionId || (a.order < b.order ? -1 : 1));
  const { rows } = await client.query<{ id: string; connection_id: number; document: string }>(
    `insert into sales_order (connection_id, document, version, inbox_event_id)
     select * from unnest($1::smallint[], $2::text[], $3::bigint[], $4::bigint[])
     on conflict (connection_id, document) do update
       set version = excluded.version, inbox_event_id = excluded.inbox_event_id, updated_at = now()
       where sales_order.version <= excluded.version
     returning id, connection_id, document`,
    [
      sorted.map((order) => order.connectionId),
      sorted.map((order) => order.order),
      sorted.map((order) => order.version),
      sorted.map((order) => order.inboxEventId),
    ],
  );
  return new Map(rows.map((row) => [`${row.connection_id}|${row.document}`, row.id]));
}

interface OrderLine {
  readonly line: string;
  readonly itemId: number;
  readonly locationId: number;
  readonly quantity: Quantity;
}

/** One row per line, item and place: a kit that holds a component twice reserves their sum. */
function linesOf(order: Reservations): OrderLine[] {
  const lines = new Map<string, OrderLine>();
  for (const line of order.lines) {
    const key = `${line.line}|${line.itemId}|${line.locationId}`;
    const quantity = quantityFrom(line.quantity);
    const known = lines.get(key);
    lines.set(key, { ...line, quantity: known ? sum(known.quantity, quantity) : quantity });
  }
  return [...lines.values()];
}

const REPLACE = `
with wanted as (
  select * from unnest($2::bigint[], $3::text[], $4::int[], $5::int[], $6::numeric[], $7::timestamptz[])
    as w(order_id, line, item_id, location_id, quantity, reserved_at)
),
released as (
  delete from reservation r using unnest($1::bigint[]) as o(order_id)
  where r.order_id = o.order_id and not exists (
    select from wanted w where w.order_id = r.order_id and w.line = r.line and w.item_id = r.item_id and w.location_id = r.location_id)
  returning r.item_id, r.order_id
),
held as (
  insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
  select order_id, line, item_id, location_id, quantity, reserved_at from wanted
  order by reserved_at, order_id, line, item_id, location_id
  on conflict (order_id, line, item_id, location_id) do update set quantity = excluded.quantity
    where reservation.quantity <> excluded.quantity
  returning item_id, order_id
),
changed as (select item_id, order_id from released union select item_id, order_id from held)
select distinct c.item_id, o.connection_id from changed c join sales_order o on o.id = c.order_id`;

async function replaceLines(
  client: Transaction,
  orderIds: readonly string[],
  lines: readonly (OrderLine & { orderId: string; reservedAt: string })[],
): Promise<TouchedItem[]> {
  const { rows } = await client.query<{ item_id: number; connection_id: number }>(REPLACE, [
    orderIds,
    lines.map((line) => line.orderId),
    lines.map((line) => line.line),
    lines.map((line) => line.itemId),
    lines.map((line) => line.locationId),
    lines.map((line) => quantityText(line.quantity)),
    lines.map((line) => line.reservedAt),
  ]);
  return rows.map((row) => ({ itemId: row.item_id, connectionId: row.connection_id }));
}
