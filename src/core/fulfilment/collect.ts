// Fulfilment orders are made from the reservations at a partner's locations, kept in step with them until they are sent, and
// taken back when the order no longer wants them. It sends nothing and knows no channel.
import type { Database } from '../database.ts';
import type { LateChanges } from '../vocabulary/warehouse.ts';
import {
  CANCELLATION_WAS_REFUSED,
  CHANGE_WAS_REFUSED,
  CHANGED,
  IS_BEING_BOOKED,
  IS_KNOWN_IN_PART,
  IS_UNANSWERED,
  NOT_BEGUN,
  STILL_WANTED,
} from './wanted.ts';

export interface CollectOptions {
  /** The partner's connection: orders reserved at the locations it has authority over are its. */
  readonly connectionId: number;
  /** How long an order rests before it is sent. */
  readonly holdMinutes: number;
  readonly late: LateChanges;
}

// Whether the line `fl` of `f` decides about the reservation of an order `so`. What was changed to nothing, and did not leave all
// the same, is over once the order is; until then it can be changed back.
const DECIDES = `(f.gone_at >= so.updated_at
  or f.status <> 'cancelled' and (fl.quantity > 0 or fl.shipped > 0 or f.status in ('sent', 'cancelling')))`;

// A reservation is wanted from the partner unless a line of it stands in a fulfilment order already: then that one decides.
// What the channel no longer wants is not asked for again and again, only once there is news of the order. What is taken back
// from the partner is asked for anew when the partner has answered, or a person for it: until then it may ship it all the same.
// The new order's number continues the old one's.
const NEW_ORDERS = `
with wanted as (
  select r.order_id, so.connection_id as channel_id, so.document, r.location_id, min(r.reserved_at) as reserved_at
  from reservation r join location l on l.id = r.location_id join sales_order so on so.id = r.order_id
  where l.authority_id = $1 and so.connection_id <> $1
    -- an order with a line that nobody mapped yet is asked for as a whole, once it is
    and not ${IS_KNOWN_IN_PART}
    and not exists (
      select from fulfilment_order f join fulfilment_order_line fl on fl.fulfilment_order_id = f.id
      where f.channel_id = so.connection_id and f.order_document = so.document and f.location_id = r.location_id
        and fl.line = r.line and fl.item_id = r.item_id and ${DECIDES})
    and not exists (
      select from fulfilment_order f where f.channel_id = so.connection_id and f.order_document = so.document
        and f.location_id = r.location_id
        and (f.status in ('waiting', 'cancelling')
          or f.status = 'cancelled' and f.rest is null and (${IS_UNANSWERED} or ${IS_BEING_BOOKED})))
  group by 1, 2, 3, 4),
made as (
  insert into fulfilment_order (connection_id, channel_id, order_document, location_id, number, send_after)
  select $1, channel_id, document, location_id,
    coalesce(
      (select e.root || '-' || (select count(*) + 1 from fulfilment_order g
         where g.connection_id = $1 and (g.number = e.root or starts_with(g.number, e.root || '-')))
       from (select substring(f.number from '^FO-\\d+') as root from fulfilment_order f
         where f.channel_id = wanted.channel_id and f.order_document = wanted.document and f.location_id = wanted.location_id
           and f.connection_id = $1 and f.status = 'cancelled' and f.sent_at is not null order by f.id desc limit 1) e),
      'FO-' || nextval('fulfilment_number')),
    clock_timestamp() + make_interval(secs => $2::float8 * 60) from wanted order by reserved_at
  returning id, channel_id, order_document, location_id)
insert into fulfilment_order_line (fulfilment_order_id, line, item_id, quantity)
select m.id, r.line, r.item_id, r.quantity
from made m join sales_order so on so.connection_id = m.channel_id and so.document = m.order_document
join reservation r on r.order_id = so.id and r.location_id = m.location_id
where not exists (
  select from fulfilment_order f join fulfilment_order_line fl on fl.fulfilment_order_id = f.id
  where f.channel_id = m.channel_id and f.order_document = m.order_document and f.location_id = m.location_id
    and fl.line = r.line and fl.item_id = r.item_id and ${DECIDES})`;

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
        and ol.line = r.line and ol.item_id = r.item_id and o.id <> f.id and o.status <> 'cancelled'
        and (ol.quantity > 0 or ol.shipped > 0 or o.status in ('sent', 'cancelling')))),
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

// Nothing is known against it that it would have to wait for.
const AT_ONCE = 'retry_at = clock_timestamp(), attempts = 0, stuck_since = null, stuck_by = null';

// News of the channel's order may be what it waited for.
const ASK_AT_ONCE = `
update fulfilment_order f set retry_at = clock_timestamp(), attempts = 0 from sales_order so
where f.connection_id = $1 and f.status in ('waiting', 'sent') and f.retry_at > clock_timestamp()
  and so.connection_id = f.channel_id and so.document = f.order_document and so.updated_at > f.postponed_at`;

// Sent and not shipped: an order that reserves nothing of it any more was cancelled, and the partner has to hear of it.
const CANCEL_SENT = `
update fulfilment_order f set status = 'cancelling', reason = 'the order was cancelled', ${AT_ONCE}
where f.connection_id = $1 and f.status = 'sent' and ${NOT_BEGUN} and not ${STILL_WANTED} and not ${CANCELLATION_WAS_REFUSED}`;

// Of a partner that knows no replacement: the order is taken back, and what is wanted now becomes a new one.
const TAKE_BACK_CHANGED = `
update fulfilment_order f set status = 'cancelling', reason = 'the order was changed', ${AT_ONCE}
where f.connection_id = $1 and f.status = 'sent' and ${NOT_BEGUN} and ${STILL_WANTED} and ${CHANGED}
  and not ${CHANGE_WAS_REFUSED}`;

/** Brings the fulfilment orders of a partner in step with what is reserved at its warehouses. */
export async function collectOrders(database: Database, options: CollectOptions): Promise<void> {
  await database.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `fulfilment of ${options.connectionId}`,
    ]);
    // What is taken back comes first: a new order in its place has to wait for the partner's answer.
    if (options.late.cancel) await client.query(CANCEL_SENT, [options.connectionId]);
    if (options.late.change === 'reorder') await client.query(TAKE_BACK_CHANGED, [options.connectionId]);
    await client.query(ASK_AT_ONCE, [options.connectionId]);
    await client.query(FOLLOW_WAITING, [options.connectionId]);
    await client.query(NEW_ORDERS, [options.connectionId, options.holdMinutes]);
  });
}
