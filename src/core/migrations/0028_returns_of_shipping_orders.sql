-- Why: what a partner's warehouse shipped was never found when it came back through the shop, because the one names the shipping
-- order and the other the shop's. Such returns came at the cost of their own day. Their items are valued anew from the first one
-- on; a difference in a closed period is booked after it.

insert into valuation_stale (item_id, from_at, until_at, caused_at)
select m.item_id, min(m.occurred_at), 'infinity', clock_timestamp()
from fulfilment_order f
join movement m on m.connection_id = f.channel_id and m.reference = f.order_document
join location l on l.id = m.from_location_id and l.kind = 'customer'
group by m.item_id order by m.item_id
on conflict (item_id) do update set from_at = least(valuation_stale.from_at, excluded.from_at), until_at = 'infinity',
  caused_at = greatest(valuation_stale.caused_at, excluded.caused_at), noticed_at = clock_timestamp(), retry_at = clock_timestamp();
