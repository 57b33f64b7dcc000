-- Why: a warehouse says what it held at one instant. That is compared with the ledger as of the same instant and kept as
-- evidence beside what the ledger said when the report came; it never changes a balance. Movements that arrive later may
-- explain a difference, so what is read today is computed again, and nothing here is ever rewritten.

create table stock_report (
  key uuid constraint i3_one_report_per_document primary key,
  connection_id smallint not null references connection,
  inbox_event_id bigint,
  document text not null,
  location_id int not null references location,
  -- where stock on its way to the location is kept, as the agreement with the warehouse says
  in_transit_id int references location,
  as_of timestamptz not null,
  extent text not null check (extent in ('full', 'partial')),
  -- how many items it names
  items int not null,
  -- a newer report that covers everything this one names, and was here first
  superseded_by uuid references stock_report,
  recorded_at timestamptz not null,
  fingerprint bytea not null
);
create index stock_report_place on stock_report (location_id, as_of desc);
create index stock_report_inbox_event on stock_report (inbox_event_id);

-- `lot_id` null is the item's total in that state; `quantity` null: a full report does not name what the ledger has there,
-- which is not the same as zero.
create table stock_report_line (
  report_key uuid not null references stock_report,
  position int not null,
  item_id int not null references item,
  state stock_state not null,
  lot_id int references lot,
  quantity numeric,
  ledger_quantity numeric not null,
  difference numeric generated always as (quantity - ledger_quantity) stored,
  cause text check (cause in ('missing', 'movement_pending', 'order_sent', 'in_transit', 'recent', 'unexplained')),
  primary key (report_key, position),
  constraint each_difference_has_a_cause check ((cause is null) = (quantity is not null and quantity = ledger_quantity)),
  constraint missing_is_not_zero check ((quantity is null) = (cause is not null and cause = 'missing'))
);
create index stock_report_line_item on stock_report_line (item_id);

create trigger i5_report_is_append_only before update or delete on stock_report
  for each row execute function forbid_change('I5');
create trigger i5_report_is_not_truncated before truncate on stock_report
  for each statement execute function forbid_truncate('I5');
create trigger i5_report_line_is_append_only before update or delete on stock_report_line
  for each row execute function forbid_change('I5');
create trigger i5_report_line_is_not_truncated before truncate on stock_report_line
  for each statement execute function forbid_truncate('I5');
