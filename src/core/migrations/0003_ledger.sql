-- Why: one row is one line of a movement, from one place to another, so that double entry needs no second row and a
-- line cannot be half written. Lines of one movement share its key and are posted in one statement. Foreign keys stand
-- on `balance` instead of here: every line writes two balances in the same transaction, and a check per line would cost
-- more than the line.

create type movement_type as enum
  ('receipt', 'shipment', 'return', 'transfer', 'adjustment', 'count', 'production', 'status_change');

-- Writers chain their batches in lanes, so that they do not queue behind one row (I12).
create table ledger_lane (
  id smallint primary key,
  sequence bigint not null default 0,
  hash bytea not null
);
insert into ledger_lane (id, hash) select n, sha256(('lane ' || n)::bytea) from generate_series(0, 15) n;

-- One posted batch: its link in the lane's chain, and the items it touched, each with the connection that said so in the
-- same place of `sources` (0: the hub itself). Within a lane the sequence has no gaps and
-- follows commit order, which makes this table the change log that availability is recomputed from.
create table ledger_batch (
  id bigint generated always as identity primary key,
  lane smallint not null references ledger_lane,
  sequence bigint not null,
  previous bytea not null,
  hash bytea not null,
  lines int not null,
  items int[] not null,
  sources smallint[] not null,
  recorded_at timestamptz not null,
  constraint i12_one_link_per_place unique (lane, sequence),
  constraint each_item_has_its_source check (cardinality(items) = cardinality(sources))
);
create index ledger_batch_recorded on ledger_batch (recorded_at);

create table movement (
  batch_id bigint not null,
  position int not null,
  key uuid not null,
  line smallint not null,
  type movement_type not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  connection_id smallint not null,
  inbox_event_id bigint,
  document text not null,
  reference text,
  item_id int not null,
  lot_id int,
  quantity numeric not null constraint i2_quantity_is_positive check (quantity > 0),
  from_location_id int not null,
  from_state stock_state not null,
  to_location_id int not null,
  to_state stock_state not null,
  unit_cost numeric,
  currency text,
  -- the movement this one corrects or undoes (I5)
  corrects uuid,
  fingerprint bytea not null,
  constraint i3_one_effect_per_fact primary key (key, line),
  constraint i2_two_different_ends check (from_location_id <> to_location_id or from_state <> to_state)
);
create index movement_item on movement (item_id, occurred_at);
-- Both grow with the table, so a summary of each block range finds them: a tree apiece would cost every line a tenth more.
create index movement_batch on movement using brin (batch_id) with (autosummarize = on);
create index movement_inbox_event on movement using brin (inbox_event_id) with (autosummarize = on);

create function forbid_change() returns trigger language plpgsql as $$
begin
  raise exception '%: % is append-only; correct it with a new movement', tg_argv[0], tg_table_name
    using errcode = 'integrity_constraint_violation';
end $$;
create trigger i5_movement_is_append_only before update or delete on movement
  for each row execute function forbid_change('I5');
create trigger i5_movement_is_not_truncated before truncate on movement
  for each statement execute function forbid_truncate('I5');
create trigger i12_batch_is_append_only before update or delete on ledger_batch
  for each row execute function forbid_change('I12');
create trigger i12_batch_is_not_truncated before truncate on ledger_batch
  for each statement execute function forbid_truncate('I12');

-- The fold of the movements (I2), kept in the same transaction. `overdraft` is the location's `allows_negative`.
create table balance (
  item_id int not null references item,
  location_id int not null references location,
  state stock_state not null,
  quantity numeric not null default 0,
  overdraft boolean not null,
  -- the newest count of this place; movements from before it are compensated so that the count stands
  counted_at timestamptz,
  primary key (item_id, location_id, state),
  constraint i6_stock_not_negative check (quantity >= 0 or overdraft)
) with (fillfactor = 80);

create table lot_balance (
  lot_id int not null references lot,
  location_id int not null references location,
  state stock_state not null,
  quantity numeric not null default 0,
  primary key (lot_id, location_id, state)
) with (fillfactor = 80);

-- A count is an assertion about one instant, kept even when it changes nothing.
create table stock_count (
  key uuid primary key,
  connection_id smallint not null references connection,
  inbox_event_id bigint,
  document text not null,
  item_id int not null references item,
  location_id int not null references location,
  state stock_state not null,
  counted_at timestamptz not null,
  quantity numeric not null,
  -- what the ledger said for that instant when the count was recorded
  ledger_quantity numeric not null,
  recorded_at timestamptz not null,
  fingerprint bytea not null
);
create index stock_count_place on stock_count (item_id, location_id, state, counted_at);
create trigger i5_count_is_append_only before update or delete on stock_count
  for each row execute function forbid_change('I5');
create trigger i5_count_is_not_truncated before truncate on stock_count
  for each statement execute function forbid_truncate('I5');

-- Same key, other content (I4): kept and shown until a person has looked at it.
create table ledger_conflict (
  id bigint generated always as identity primary key,
  key uuid not null,
  connection_id smallint not null references connection,
  inbox_event_id bigint,
  document text not null,
  content jsonb not null,
  seen_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_note text,
  fingerprint bytea not null,
  unique (key, fingerprint)
);
create index ledger_conflict_open on ledger_conflict (connection_id, id) where resolved_at is null;
