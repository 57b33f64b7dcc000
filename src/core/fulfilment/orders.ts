// Orders that somebody else's warehouse ships, as they are sent: which are due, and what becomes of each. It writes no file and
// knows no channel.
import type { Database, Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import {
  CHANGE_WAS_REFUSED,
  CHANGED,
  IS_HELD_BACK,
  IS_KNOWN_IN_PART,
  IS_UNANSWERED,
  NOT_BEGUN,
  STILL_WANTED,
  WANTED_OF_LINE,
} from './wanted.ts';

export interface FulfilmentOrder {
  readonly id: string;
  readonly number: string;
  readonly status: 'waiting' | 'cancelling' | 'sent';
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
  /** Decimal text in base units; zero where a change took the line away. */
  readonly quantity: string;
}

// It is sent as a whole: what was made before a line came that nobody has mapped waits for it, too.
const MAY_GO = `not ${IS_HELD_BACK} and not exists (
  select from sales_order so where so.connection_id = f.channel_id and so.document = f.order_document and ${IS_KNOWN_IN_PART})`;

/** Orders to send or to cancel now; one that another holds back, or that is known in part, is not. */
export const dueOrders = (store: Store, connectionId: number, limit = 50): Promise<FulfilmentOrder[]> =>
  readOrders(store, {
    connectionId,
    where: `f.status = 'cancelling' or f.status = 'waiting' and f.send_after <= clock_timestamp() and ${MAY_GO}`,
    quantity: 'l.quantity',
    limit,
  });

/** Orders that were sent, of which nothing has left and other quantities are wanted now; their lines are what is wanted. */
export const dueChanges = (store: Store, connectionId: number, limit = 50): Promise<FulfilmentOrder[]> =>
  readOrders(store, {
    connectionId,
    where: `f.status = 'sent' and ${NOT_BEGUN} and ${STILL_WANTED} and ${CHANGED} and not ${IS_UNANSWERED} and not ${CHANGE_WAS_REFUSED}`,
    quantity: WANTED_OF_LINE,
    limit,
  });

/** `where` and `quantity` are SQL over the order `f` and its line `l`. */
async function readOrders(
  store: Store,
  ask: {
    readonly connectionId: number;
    readonly where: string;
    readonly quantity: string;
    readonly limit: number;
  },
): Promise<FulfilmentOrder[]> {
  const { rows } = await store.query<{
    id: string;
    number: string;
    status: FulfilmentOrder['status'];
    channel_id: number;
    order_document: string;
    location: string;
    channel_location: string | null;
    created: string;
    ship_to: Buffer | null;
    lines: FulfilmentLine[];
  }>(
    `select f.id, f.number, f.status::text as status, f.channel_id, f.order_document, p.code as location, f.ship_to,
       (extract(epoch from f.created_at) * 1000000)::bigint as created,
       (select min(b.external_id) from location_binding b where b.connection_id = f.channel_id and b.location_id = f.location_id) as channel_location,
       (select json_agg(json_build_object('line', l.line, 'itemId', i.id, 'sku', i.sku, 'name', i.name, 'baseUnit', i.base_unit,
          'barcode', (select min(code) from barcode where item_id = i.id),
          'listing', (select min(external_id) from listing where item_id = i.id and connection_id = f.connection_id),
          'quantity', trim_scale(${ask.quantity})::text) order by l.line, i.sku)
        from fulfilment_order_line l join item i on i.id = l.item_id where l.fulfilment_order_id = f.id) as lines
     from fulfilment_order f join location p on p.id = f.location_id
     where f.connection_id = $1 and f.retry_at <= clock_timestamp() and (${ask.where})
     -- who waited longest since asked last comes first: many that cannot go take no newer one's turn
     order by f.status = 'cancelling' desc, f.retry_at, f.id limit $2`,
    [ask.connectionId, ask.limit],
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
    `update fulfilment_order f set status = 'sent', sent_at = clock_timestamp(), ship_to = $2, reason = null,
       attempts = 0, stuck_since = null, stuck_by = null,
       ship_by = clock_timestamp() + make_interval(secs => $3::float8 * 3600), channel_lines = $4
     where f.id = $1 and f.status = 'waiting' and ${MAY_GO}`,
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

/** Whose the trouble is: an order that the hub cannot make may be mended at once, one that the channel holds may be held for weeks. */
export type StuckBy = 'hub' | 'channel';

const LONGEST_PAUSE_SECONDS: Readonly<Record<StuckBy, number>> = { hub: 600, channel: 3600 };

/** It cannot go now: asked again after a pause that doubles from two minutes to ten, or to an hour where the channel holds it. */
export const postponeOrder = async (store: Store, id: string, reason: string, by: StuckBy): Promise<void> =>
  void (await store.query(
    `update fulfilment_order set reason = $2, postponed_at = clock_timestamp(), attempts = attempts + 1, stuck_by = $3,
       stuck_since = case when stuck_by = $3 then stuck_since else clock_timestamp() end,
       retry_at = clock_timestamp() + make_interval(secs => least($4, 120 * power(2, least(attempts, 5)))) where id = $1`,
    [id, reason.slice(0, 500), by, LONGEST_PAUSE_SECONDS[by]],
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
