// What may leave a partner's warehouse though no order reserves it: asked of the partner, not shipped, wanted no more, and not
// known to be stopped. It is nobody's to sell until that is known. Pure text: it runs nothing.

// Where a change or a cancellation is not answered, or never will be, the partner may ship what it was asked before. What is booked
// and not yet counted as shipped has left the stock already.
/** Common table expressions, after `component`: `leaving (location_id, item_id, quantity)`, above zero only. */
export const LEAVING = `
unconfirmed as materialized (
  select f.id from fulfilment_order f
  where f.change_unconfirmed and (f.status in ('sent', 'cancelling') or f.status = 'cancelled' and f.rest is null)
    and f.location_id in (select location_id from component)
),
unanswered as materialized (
  select c.fulfilment_order_id as id, b.line, b."itemId" as item_id, max(b.quantity) as quantity
  from (
    select file_id from partner_document where acknowledgement = 'awaited'
    union
    select c.partner_file_id from unconfirmed f join fulfilment_change c on c.fulfilment_order_id = f.id
    join partner_document d on d.file_id = c.partner_file_id where d.acknowledgement = 'not_expected' and c.confirmed_at is null) d
  join fulfilment_change c on c.partner_file_id = d.file_id
  left join lateral jsonb_to_recordset(c.before -> 'lines') as b(line text, "itemId" int, quantity numeric) on true
  group by 1, 2, 3
),
outstanding as materialized (
  select f.id, f.connection_id, f.number, f.channel_id, f.order_document, f.location_id from fulfilment_order f
  where f.status in ('sent', 'cancelling') and f.location_id in (select location_id from component)
  union
  select f.id, f.connection_id, f.number, f.channel_id, f.order_document, f.location_id from fulfilment_order f
  where f.id in (select id from unanswered) and f.status = 'cancelled' and f.rest is null
),
asked as materialized (
  select f.id, f.connection_id, f.number, f.location_id, l.item_id,
    sum(greatest(0, greatest(l.quantity, coalesce(u.quantity, 0)) - l.shipped - coalesce(r.quantity, 0))) as quantity
  from outstanding f join fulfilment_order_line l on l.fulfilment_order_id = f.id
  left join unanswered u on u.id = f.id and u.line = l.line and u.item_id = l.item_id
  left join sales_order so on so.connection_id = f.channel_id and so.document = f.order_document
  left join reservation r on r.order_id = so.id and r.line = l.line and r.item_id = l.item_id and r.location_id = f.location_id
  where l.item_id in (select component_id from component)
  group by 1, 2, 3, 4, 5
),
leaving as materialized (
  select a.location_id, a.item_id, sum(greatest(0, a.quantity - coalesce((
    select sum(m.quantity) from partner_document d join movement m on m.inbox_event_id = d.inbox_event_id
    join location t on t.id = m.to_location_id and t.kind = 'customer'
    where d.connection_id = a.connection_id and d.chain = a.number and d.progress is not null and d.progressed_at is null
      and m.item_id = a.item_id and m.from_location_id = a.location_id), 0))) as quantity
  from asked a where a.quantity > 0 group by 1, 2
)`;
