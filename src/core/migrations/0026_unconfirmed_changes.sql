-- Why: a partner that acknowledges nothing never says whether it took a change or a cancellation of an order. Until it ships, or
-- a person says what becomes of the order, what it was asked before may leave, and is nobody's to sell or to ask for again.
-- The mark stands with the order, so that those few are found without looking through all that was ever changed.

alter table fulfilment_order add column change_unconfirmed boolean not null default false;
-- when a person said that it was taken, or the partner took a later one
alter table fulfilment_change add column confirmed_at timestamptz;

-- What was changed or cancelled long ago has left by now, or never will.
update fulfilment_order f set change_unconfirmed = true where f.status in ('sent', 'cancelling', 'cancelled') and exists (
  select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
  where c.fulfilment_order_id = f.id and d.acknowledgement = 'not_expected' and c.made_at > clock_timestamp() - interval '30 days');

create index fulfilment_order_unconfirmed on fulfilment_order (location_id)
  where change_unconfirmed and (status in ('sent', 'cancelling') or status = 'cancelled' and rest is null);

-- An answer that names an order and no file of ours may come again in the very same bytes, for a change of the order. By its name it is
-- told from a file that only stands on the partner's server still.
alter table partner_file add column repeated_as text[] not null default '{}';
