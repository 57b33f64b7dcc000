// Orders that somebody else's warehouse ships: made from the reservations at its locations, kept in step with them until
// they are sent, taken back when the order no longer wants them. It writes no file and knows no channel.
import type { Database, Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';

export interface CollectOptions {
  /** The partner's connection: orders reserved at the locations it has authority over are its. */
  readonly connectionId: number;
  /** How long an order rests before it is sent. */
  readonly holdMinutes: number;
}

// A reservation is wanted from the partner unless a line of it stands in a fulfilment order already: then that one decides.
// What the channel no longer wants is not asked for again and again, only once there is news of the order.
const NEW_ORDERS = `
with wanted as (
  select r.order_id, so.connection_id as channel_id, so.document, r.location_id, min(r.reserved_at) as reserved_at
  from reservation r join location l on l.id = r.location_id join sales_order so on so.id = r.order_id
  where l.authority_id = $1 and so.connection_id <> $1
    and not exists (
      select from fulfilment_order f join fulfilment_order_line fl on fl.fulfilment_order_id = f.id
      where f.channel_id = so.connection_id and f.order_document = so.document and f.location_id = r.location_id
        and fl.line = r.line and fl.item_id = r.item_id and (f.status <> 'cancelled' or f.gone_at >= so.updated_at))
    and not exists (
      select from fulfilment_order f where f.channel_id = so.connection_id and f.order_document = so.document
        and f.location_id = r.location_id and f.status = 'waiting')
  group by 1, 2, 3, 4),
made as (
  insert into fulfilment_order (connection_id, channel_id, order_document, location_id, number, send_after)
  select $1, channel_id, document, location_id, 'FO-' || nextval('fulfilment_number'),
    clock_timestamp() + make_interval(secs => $2::float8 * 60) from wanted order by reserved_at
  returning id, channel_id, order_document, location_id)
insert into fulfilment_order_line (fulfilment_order_id, line, item_id, quantity)
select m.id, r.line, r.item_id, r.quantity
from made m join sales_order so on so.connection_id = m.channel_id and so.document = m.order_document
join reservation r on r.order_id = so.id and r.location_id = m.location_id
where not exists (
  select from fulfilment_order f join fulfilment_order_line fl on fl.fulfilment_order_id = f.id
  where f.channel_id = m.channel_id and f.order_document = m.order_document and f.location_id = m.location_id
    and fl.line = r.line and fl.item_id = r.item_id and (f.status <> 'cancelled' or f.gone_at >= so.updated_at))`;

// Not sent yet: the lines are what is reserved now, and an order without any is over.
const FOLLOW_WAITING = `
with reserved as (
  select f.id, r.line, r.item_id, r.quantity
  from fulfilment_order f join sales_order so on so.connection_id = f.channel_id and so.document = f.order_document
  join reservation r on r.order_id = so.id and r.location_id = f.location_id
  where f.connection_id = $1 and f.status = 'waiting'
    and not exists (
      select from fulfilment_order o join fulfilment_order_line ol on ol.fulfilment_order_id = o.id
      where o.channel_id = f.channel_id and o.order_document = f.order_document and o.location_id = f.location_id
        and ol.line = r.line and ol.item_id = r.item_id and o.id <> f.id and o.status <> 'cancelled')),
dropped as (
  delete from fulfilment_order_line l using fulfilment_order f
  where f.id = l.fulfilment_order_id and f.connection_id = $1 and f.status = 'waiting'
    and not exists (select from reserved r where r.id = f.id and r.line = l.line and r.item_id = l.item_id)),
kept as (
  insert into fulfilment_order_line (fulfilment_order_id, line, item_id, quantity)
  select id, line, item_id, quantity from reserved
  on conflict (fulfilment_order_id, line, item_id) do update set quantity = excluded.quantity
    where fulfilment_order_line.quantity <> excluded.quantity)
update fulfilment_order f set status = 'cancelled', reason = 'the order no longer wanted it before it was sent'
where f.connection_id = $1 and f.status = 'waiting' and not exists (select from reserved r where r.id = f.id)`;

// Sent and not shipped: an order that reserves nothing of it any more was cancelled, and the partner has to hear of it.
const CANCEL_SENT = `
update fulfilment_order f set status = 'cancelling', retry_at = clock_timestamp(), reason = 'the order was cancelled'
where f.connection_id = $1 and f.status = 'sent'
  -- what began to leave has released its reservations itself, also when it was taken back since
  and f.shipped_at is null
  and not exists (
    select from fulfilment_order_line l join sales_order so on so.connection_id = f.channel_id and so.document = f.order_document
    join reservation r on r.order_id = so.id and r.location_id = f.location_id and r.line = l.line and r.item_id = l.item_id
    where l.fulfilment_order_id = f.id)
  -- a shipment that is being booked has released them, and is no cancellation
  and not exists (
    select from partner_document d where d.connection_id = f.connection_id and d.chain = f.number and d.progress is not null
      and d.progressed_at is null)`;

/** Brings the fulfilment orders of a partner in step with what is reserved at its warehouses. */
export async function collectOrders(database: Database, options: CollectOptions): Promise<void> {
  await database.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `fulfilment of ${options.connectionId}`,
    ]);
    await client.query(FOLLOW_WAITING, [options.connectionId]);
    await client.query(NEW_ORDERS, [options.connectionId, options.holdMinutes]);
    await client.query(CANCEL_SENT, [options.connectionId]);
  });
}

export interface FulfilmentOrder {
  readonly id: string;
  readonly number: string;
  readonly status: 'waiting' | 'cancelling';
  readonly channelId: number;
  readonly order: string;
  readonly location: string;
  /** The channel's own id of the location, where it is bound. */
  readonly channelLocation: string | undefined;
  readonly createdAt: Instant;
  readonly shipTo: Buffer | undefined;
  readonly lines: readonly FulfilmentLine[];
}

export interface FulfilmentLine {
  readonly line: string;
  readonly itemId: number;
  readonly sku: string;
  readonly name: string;
  readonly baseUnit: string;
  readonly barcode: string | undefined;
  /** The partner's own id of the item, where it is bound. */
  readonly listing: string | undefined;
  /** Decimal text in base units. */
  readonly quantity: string;
}

/** Orders to send or to cancel now, oldest first. */
export async function dueOrders(store: Store, connectionId: number, limit = 50): Promise<FulfilmentOrder[]> {
  const { rows } = await store.query<{
    id: string;
    number: string;
    status: 'waiting' | 'cancelling';
    channel_id: number;
    order_document: string;
    location: string;
    channel_location: string | null;
    created: string;
    ship_to: Buffer | null;
    lines: FulfilmentLine[];
  }>(
    `select f.id, f.number, f.status::text as status, f.channel_id, f.order_document, l.code as location, f.ship_to,
       (extract(epoch from f.created_at) * 1000000)::bigint as created,
       (select min(b.external_id) from location_binding b where b.connection_id = f.channel_id and b.location_id = f.location_id) as channel_location,
       (select json_agg(json_build_object('line', fl.line, 'itemId', i.id, 'sku', i.sku, 'name', i.name, 'baseUnit', i.base_unit,
          'barcode', (select min(code) from barcode where item_id = i.id),
          'listing', (select min(external_id) from listing where item_id = i.id and connection_id = f.connection_id),
          'quantity', trim_scale(fl.quantity)::text) order by fl.line, i.sku)
        from fulfilment_order_line fl join item i on i.id = fl.item_id where fl.fulfilment_order_id = f.id) as lines
     from fulfilment_order f join location l on l.id = f.location_id
     where f.connection_id = $1 and f.retry_at <= clock_timestamp()
       and (f.status = 'cancelling' or (f.status = 'waiting' and f.send_after <= clock_timestamp()))
     order by f.id limit $2`,
    [connectionId, limit],
  );
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    status: row.status,
    channelId: row.channel_id,
    order: row.order_document,
    location: row.location,
    channelLocation: row.channel_location ?? undefined,
    createdAt: instantOfMicros(BigInt(row.created)),
    shipTo: row.ship_to ?? undefined,
    lines: (row.lines ?? []).map((line) => ({
      ...line,
      barcode: line.barcode ?? undefined,
      listing: line.listing ?? undefined,
    })),
  }));
}

/** Notes that an order was sent, in the transaction that stores its file. False: it changed meanwhile, and nothing may be sent. */
export async function markSent(
  client: Transaction,
  order: Pick<FulfilmentOrder, 'id'>,
  sent: {
    readonly shipTo: Buffer;
    readonly shipHours: number;
    readonly channelLines: readonly { readonly line: string; readonly quantity: string }[];
  },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update fulfilment_order set status = 'sent', sent_at = clock_timestamp(), ship_to = $2, reason = null,
       ship_by = clock_timestamp() + make_interval(secs => $3::float8 * 3600), channel_lines = $4 where id = $1 and status = 'waiting'`,
    [order.id, sent.shipTo, sent.shipHours, JSON.stringify(sent.channelLines)],
  );
  return rowCount === 1;
}

/** Leaves out what the channel lets not go now: the next round makes an order of its own of it. */
export const leaveOut = async (client: Transaction, id: string, lines: readonly string[]): Promise<void> =>
  void (await client.query(
    'delete from fulfilment_order_line where fulfilment_order_id = $1 and line = any($2::text[])',
    [id, lines],
  ));

/** The cancellation is on its way; whether the partner still could, its answer or its shipment tells. */
export async function markCancelled(
  client: Transaction,
  id: string,
  reason = 'cancelled at the warehouse',
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update fulfilment_order set status = 'cancelled', reason = $2 where id = $1 and status in ('waiting', 'cancelling')`,
    [id, reason],
  );
  return rowCount === 1;
}

/** The channel no longer wants it shipped, though its news of that may not be here yet. */
export const markGone = async (client: Transaction, id: string, reason: string): Promise<void> =>
  void (await client.query(
    `update fulfilment_order set status = 'cancelled', reason = $2, gone_at = clock_timestamp() where id = $1 and status = 'waiting'`,
    [id, reason.slice(0, 500)],
  ));

/** The channel is not ready yet: asked again later. */
export const postponeOrder = async (
  store: Store,
  id: string,
  reason: string,
  afterSeconds: number,
): Promise<void> =>
  void (await store.query(
    'update fulfilment_order set reason = $2, retry_at = clock_timestamp() + make_interval(secs => $3) where id = $1',
    [id, reason.slice(0, 500), afterSeconds],
  ));

/** The partner refused the order: a person must act, and the stock stays reserved. */
export const rejectOrder = async (
  client: Transaction,
  connectionId: number,
  number: string,
  reason: string,
): Promise<void> =>
  void (await client.query(
    `update fulfilment_order set status = 'rejected', reason = $3 where connection_id = $1 and number = $2 and status = 'sent'`,
    [connectionId, number, reason.slice(0, 500)],
  ));

/** Erases the ship-to of orders shipped or given up longer ago than the retention, wherever it is kept. Answers how many orders. */
export async function eraseShipTo(database: Database, connectionId: number, days: number): Promise<number> {
  const { rows } = await database.pool.query<{ erased: number }>(
    `with over as (
       update fulfilment_order set ship_to = null, ship_to_erased_at = clock_timestamp()
       where connection_id = $1 and ship_to is not null and status not in ('waiting', 'sent', 'cancelling')
         and coalesce(shipped_at, sent_at, created_at) < clock_timestamp() - make_interval(days => $2) returning number),
     files as (
       update partner_file f set body = null from partner_document d, over
       where d.file_id = f.id and d.connection_id = $1 and d.is_outbound and d.chain = over.number and f.is_sealed)
     select count(*)::int as erased from over`,
    [connectionId, days],
  );
  return rows[0]?.erased ?? 0;
}
