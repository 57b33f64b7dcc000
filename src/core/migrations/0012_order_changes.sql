-- Why: an order that changes in the shop after it was sent is changed at the partner too, while it still can. Each change or
-- cancellation is stored with its file before anything leaves, and remembers what was asked before it, so that a refusal of
-- the partner leads back to what the partner really has.

create table fulfilment_change (
  partner_file_id bigint primary key references partner_file,
  fulfilment_order_id bigint not null references fulfilment_order,
  purpose text not null constraint fulfilment_change_purpose check (purpose in ('replace', 'cancel')),
  -- the lines and the channel's lines as they were asked before, no personal data; null for a cancellation
  before jsonb constraint fulfilment_change_before check (purpose = 'cancel' or before is not null),
  made_at timestamptz not null default clock_timestamp(),
  refused_at timestamptz
);
create index fulfilment_change_order on fulfilment_change (fulfilment_order_id);

-- A line that a change takes away stays at zero: the partner may have shipped it all the same, and that must be seen.
alter table fulfilment_order_line drop constraint fulfilment_order_line_quantity_check;
alter table fulfilment_order_line add constraint fulfilment_order_line_quantity check (quantity >= 0);
