-- Why: what a partner was asked to ship, and no order wants any more, is nobody's to sell until it is known that it stays. That
-- becomes known in many ways (an answer, a shipment, a person), none of which touches the ledger, so the levels of its items are
-- made due here, where all of them pass. It is no invariant: a level that is due is only computed again.

create function note_leaving(order_id bigint) returns void language sql as $$
  with touched as (
    select l.item_id from fulfilment_order_line l where l.fulfilment_order_id = order_id
    union select k.kit_id from fulfilment_order_line l join kit_component k on k.component_id = l.item_id
    where l.fulfilment_order_id = order_id),
  locked as (
    select v.listing_id, v.external_location from listing_level v join listing g on g.id = v.listing_id
    where g.pushable and g.item_id in (select item_id from touched) order by 1, 2 for update of v)
  update listing_level v set due_at = least(v.due_at, clock_timestamp()), changed_at = coalesce(v.changed_at, clock_timestamp())
  from locked k where v.listing_id = k.listing_id and v.external_location = k.external_location
$$;

create function note_leaving_of_order() returns trigger language plpgsql as $$
begin
  perform note_leaving(new.id);
  return null;
end $$;
create trigger leaving_changes_with_its_order after update of status, rest on fulfilment_order for each row
  when (old.status is distinct from new.status or old.rest is distinct from new.rest)
  execute function note_leaving_of_order();

create function note_leaving_of_answer() returns trigger language plpgsql as $$
begin
  perform note_leaving(c.fulfilment_order_id) from fulfilment_change c where c.partner_file_id = new.file_id;
  return null;
end $$;
create trigger leaving_changes_with_an_answer after update of acknowledgement on partner_document for each row
  when (old.acknowledgement = 'awaited' and new.acknowledgement <> 'awaited')
  execute function note_leaving_of_answer();

create index fulfilment_order_leaving on fulfilment_order (location_id) where status in ('sent', 'cancelling');

-- What holds an increase back wherever it is sold: few events, asked for with every increase.
create index inbox_event_waits on inbox_event (id) where status = 'quarantined' and waits_for is not null;
