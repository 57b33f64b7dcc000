// What a person must look at in the exchange with partners: what is late, refused, short, or could not be told.
import type { Store } from '../inbox/store.ts';
import { holdersOf, IS_BEING_BOOKED, IS_HELD_BACK, REST_IS_MISSED, TOLD_OF_LINE } from './wanted.ts';

export interface Overdue {
  readonly connection: string;
  readonly what: string;
  readonly count: number;
  readonly example: string;
}

/** What has left of the order `which`, such as `5 of MUG-01, 1 of CAP-01`; null when nothing has. */
const leftOf = (which: string): string => `(
  select string_agg(trim_scale(n) || ' of ' || sku, ', ' order by sku) from (
    select i.sku, sum(l.shipped) as n from fulfilment_order_line l join item i on i.id = l.item_id
    where l.fulfilment_order_id = ${which}.id and l.shipped > 0 group by i.sku) as each_item)`;

/** Something was counted of it in the last seven days: where nothing is left to be done by the hub, it is shown for a week. */
const COUNTED_THIS_WEEK = `exists (
  select from partner_document d where d.connection_id = f.connection_id and d.chain = f.number
    and d.progressed_at > clock_timestamp() - interval '7 days')`;

/** What of the line `l` is still to leave. */
const OPEN = 'trim_scale(greatest(l.quantity - l.shipped, 0))';

/** Late acknowledgements and shipments, orders that changed and are not changed at the partner, or too late, refused and short orders, cancellations that nobody answers, orders that left although they were cancelled, documents that could not be counted, refused reports, files that cannot be delivered. */
export async function overdue(store: Store): Promise<Overdue[]> {
  const { rows } = await store.query<Overdue>(
    `select c.name as connection, 'acknowledgements overdue' as what, count(*)::int as count,
         min(d.type || ' ' || d.number || ', due ' || to_char(d.acknowledge_by at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC') as example
       from partner_document d join connection c on c.id = d.connection_id
       where d.acknowledgement = 'awaited' and d.acknowledge_by < clock_timestamp() group by c.name
     union all select c.name, 'documents refused by the partner', count(*)::int,
         min(d.type || ' ' || d.number || coalesce(': ' || (d.acknowledgement_errors ->> 0), ''))
       from partner_document d join connection c on c.id = d.connection_id where d.acknowledgement = 'rejected' group by c.name
     union all select c.name, 'orders sent and not shipped in time', count(*)::int,
         min(f.number || ', due ' || to_char(f.ship_by at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC')
       from fulfilment_order f join connection c on c.id = f.connection_id
       where f.status = 'sent' and f.ship_by < clock_timestamp() group by c.name
     union all select c.name, 'orders changed after they were sent', count(distinct f.id)::int,
         min(f.number || ': ' || case when f.shipped_at is null then i.sku || ' was sent as ' || trim_scale(l.quantity)
             else ${OPEN} || ' of ' || i.sku || ' are still to leave' end || ', and ' || trim_scale(coalesce(r.quantity, 0)) || ' are wanted now')
       from fulfilment_order f join connection c on c.id = f.connection_id join fulfilment_order_line l on l.fulfilment_order_id = f.id
       join item i on i.id = l.item_id join sales_order so on so.connection_id = f.channel_id and so.document = f.order_document
       left join reservation r on r.order_id = so.id and r.line = l.line and r.item_id = l.item_id and r.location_id = f.location_id
       where f.status = 'sent' and coalesce(r.quantity, 0) <> ${OPEN}
         -- what came back has ended its reservation, and is no change of the order
         and (f.shipped_at is null or l.shipped >= ${TOLD_OF_LINE} and not ${IS_BEING_BOOKED}) group by c.name
     union all select c.name, 'orders of which more left than their change wanted', count(distinct f.id)::int,
         min(f.number || ': ' || trim_scale(l.shipped) || ' of ' || i.sku || ' left, and ' || trim_scale(l.quantity) || ' were wanted')
       from fulfilment_order f join connection c on c.id = f.connection_id join fulfilment_order_line l on l.fulfilment_order_id = f.id
       join item i on i.id = l.item_id
       where l.shipped > l.quantity and exists (select from fulfilment_change g where g.fulfilment_order_id = f.id)
         and ${COUNTED_THIS_WEEK} group by c.name
     union all select c.name, 'orders shipped although they were cancelled', count(*)::int,
         (array_agg(f.number || ': ' || ${leftOf('f')} || ' left' || coalesce((
           select ', and ' || string_agg(${leftOf('o')} || ' by ' || o.number, ', ' order by o.id) || ' in its place'
           from fulfilment_order o where o.channel_id = f.channel_id and o.order_document = f.order_document
             and o.location_id = f.location_id and o.id > f.id and ${leftOf('o')} is not null
             and o.number ~ ('^' || substring(f.number from '^FO-\\d+') || '-\\d+$')), '') order by f.id))[1]
       from fulfilment_order f join connection c on c.id = f.connection_id
       where f.id = any (array(
           select g.fulfilment_order_id from fulfilment_change g where g.purpose = 'cancel' and g.refused_at is null))
         and ${leftOf('f')} is not null and ${COUNTED_THIS_WEEK} group by c.name
     union all select c.name, 'cancellations that the partner does not answer', count(*)::int,
         min(f.number || ': ' || (select string_agg(trim_scale(n) || ' of ' || sku, ', ' order by sku) from (
             select i.sku, sum(l.quantity - l.shipped) as n from fulfilment_order_line l join item i on i.id = l.item_id
             where l.fulfilment_order_id = f.id and l.quantity > l.shipped group by i.sku) as each_item)
           || ' may still leave, and no channel offers them. Ask the warehouse; if it ships none of it: stockbridge partner resolve '
           || c.name || ' ' || f.number || ' --rest cancelled --note …')
       from fulfilment_order f join connection c on c.id = f.connection_id
       where f.change_unconfirmed and f.status = 'cancelled' and f.rest is null
         and exists (select from fulfilment_order_line l where l.fulfilment_order_id = f.id and l.quantity > l.shipped) group by c.name
     union all select c.name, 'orders held back by another order', count(distinct f.id)::int,
         min(f.number || ': ' || h.number || ' may have shipped the same, or still ship it. Ask the warehouse; if it ships none of it: stockbridge partner resolve '
           || c.name || ' ' || h.number || ' --rest cancelled --note …'
           || case when h.changed then '; if it took the change: the same with --rest later' else '' end)
       from fulfilment_order f join connection c on c.id = f.connection_id
       cross join lateral (select o.number, o.change_unconfirmed and o.status = 'sent' and o.shipped_at is null as changed from ${holdersOf('f')}) h
       where f.status = 'waiting' and f.send_after < clock_timestamp() - interval '1 hour' group by c.name
     union all select c.name, case f.stuck_by when 'hub' then 'orders that cannot be sent' else 'orders that the shop does not let leave' end,
         count(*)::int, min(f.number || ': ' || f.reason)
       from fulfilment_order f join connection c on c.id = f.connection_id
       where f.status in ('waiting', 'cancelling') and not (f.status = 'waiting' and ${IS_HELD_BACK})
         -- a shop holds orders for a day without anything being wrong
         and f.stuck_since < clock_timestamp() - case f.stuck_by when 'hub' then interval '1 hour' else interval '1 day' end
       group by c.name, f.stuck_by
     union all select c.name, 'orders shipped short', count(*)::int, min(f.number || coalesce(': ' || f.reason, ''))
       from fulfilment_order f join connection c on c.id = f.connection_id
       where f.status = 'short' and f.rest is null and ${REST_IS_MISSED} group by c.name
     union all select c.name, 'documents not counted for their orders', count(*)::int,
         min(d.type || ' ' || d.number || ': ' || d.progress_failure)
       from partner_document d join connection c on c.id = d.connection_id
       where d.progress_failure is not null and d.progressed_at is null group by c.name
     union all select c.name, 'inbound shipments overdue', count(*)::int, min(s.number)
       from inbound_shipment s join connection c on c.id = s.connection_id
       where s.status = 'announced' and s.expected_at < clock_timestamp() group by c.name
     union all select c.name, 'shipments the channel did not take', count(*)::int, min(f.number || coalesce(': ' || r.failure, ''))
       from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id join connection c on c.id = f.channel_id
       where r.outcome = 'rejected' group by c.name
     union all select c.name, 'files not delivered', count(*)::int, min(p.name || ': ' || coalesce(p.failure, 'waiting'))
       from partner_file p join connection c on c.id = p.connection_id
       where p.is_outbound and p.delivered_at is null and p.attempts > 2 group by c.name
     order by 1, 2`,
  );
  return rows;
}
