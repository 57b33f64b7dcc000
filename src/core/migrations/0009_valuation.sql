-- Why: the ledger counts goods, the accountant signs money. What things cost arrives apart from the goods and later than
-- they: as bills, freight, standards. It is kept as it was said (`cost_document`), and what follows from goods and costs
-- together is kept as entries that are only ever added to (`cost_entry`): a late fact adds the difference, so that what was
-- known on a day can still be read, and a closed month never moves.

create type ownership as enum ('own', 'consigned_out', 'consigned_in');
alter table location add column ownership ownership not null default 'own';

-- What allocation and chart need to know of an item. Weight and volume are per base unit, in any unit used throughout.
create table item_costing (
  item_id int primary key references item,
  cost_group text,
  weight numeric check (weight >= 0),
  volume numeric check (volume >= 0)
);

-- What the company reports in and by. Fixed once anything is valued: every amount and every day depends on it.
create table books (
  is_only boolean primary key default true check (is_only),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  framework text not null check (framework in ('ifrs', 'us_gaap')),
  system text not null check (system in ('perpetual', 'periodic'))
);

create type cost_method as enum ('fifo', 'lifo', 'average', 'specific', 'standard');
create type cost_timing as enum ('perpetual', 'day', 'month');

-- How items are costed, from when on; `item_id` null is the company's own rule. The newest row at or before a time holds.
create table cost_policy (
  id bigint generated always as identity primary key,
  item_id int references item,
  method cost_method not null,
  timing cost_timing not null,
  -- each location its own pool, or one pool over all own locations
  by_location boolean not null,
  effective_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint only_fifo_like_methods_are_perpetual check (timing = 'perpetual' or method in ('lifo', 'average'))
);
create unique index cost_policy_from on cost_policy (coalesce(item_id, 0), effective_at);
create trigger i5_cost_policy_is_append_only before update or delete on cost_policy
  for each row execute function forbid_change('I5');

create type cost_document_kind as enum (
  -- the expected or standard cost of an item from a time on
  'expected_cost',
  -- values what is on hand at a given unit cost
  'revaluation',
  -- net realisable value of an item
  'write_down',
  -- the supplier's bill for goods, received or yet to come
  'bill',
  -- freight, duty, insurance for receipts
  'landed_cost',
  -- one unit of a foreign currency in ours, from a time on
  'exchange_rate',
  -- the plan of a production order: its output, absorbed labour and overhead, by-products
  'production_order',
  -- takes another document back as if it had never been said
  'void');

-- What was said about cost. The same key with other content is a conflict (I4), a correction is a void and a new one (I5).
create table cost_document (
  key uuid primary key,
  -- order of recording; documents and movements are never ordered by it against each other, only ties are
  sequence bigint generated always as identity unique,
  kind cost_document_kind not null,
  -- for people: `bill 4711 of Northmill`
  document text not null,
  effective_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  inbox_event_id bigint,
  content jsonb not null,
  fingerprint bytea not null,
  voids uuid unique references cost_document
);
create index cost_document_kind_at on cost_document (kind, effective_at);
create trigger i5_cost_document_is_append_only before update or delete on cost_document
  for each row execute function forbid_change('I5');

create trigger i5_cost_document_is_not_truncated before truncate on cost_document
  for each statement execute function forbid_truncate('I5');

-- The items a document speaks of, and the receipts (their reference) it is for.
create table cost_document_item (
  document_key uuid not null references cost_document,
  line smallint not null,
  item_id int references item,
  reference text,
  primary key (document_key, line)
);
create index cost_document_item_item on cost_document_item (item_id, document_key);
create index cost_document_item_reference on cost_document_item (reference) where reference is not null;

-- Which receipts, returns to suppliers and production moves carry a reference or document that a bill may name. Kept by
-- valuation as it notices postings, so that no posting pays for it.
create type cost_reference_kind as enum ('received', 'sent_back', 'consumed', 'made');
create table cost_reference (
  reference text not null,
  item_id int not null,
  step_key uuid not null,
  step_line smallint not null,
  kind cost_reference_kind not null,
  occurred_at timestamptz not null,
  primary key (reference, step_key, step_line)
);
create index cost_reference_item on cost_reference (item_id, occurred_at);

create type account_role as enum (
  'inventory', 'in_transit', 'consigned_out', 'received_not_billed', 'landed_clearing', 'payable', 'consignor_payable',
  'cost_of_goods_sold', 'adjustment', 'scrap', 'price_variance', 'work_in_progress', 'production_variance', 'absorbed',
  'revaluation', 'write_down_expense', 'write_down_allowance', 'opening', 'purchases', 'freight_in', 'purchase_returns');
create type cost_kind as enum (
  'opening', 'receipt', 'bill', 'landed_cost', 'sale', 'customer_return', 'supplier_return', 'transfer', 'adjustment', 'scrap',
  'consumption', 'output', 'absorption', 'true_up', 'revaluation', 'write_down');

-- One run over one item's history; entries of it were made together or not at all.
create table valuation_run (
  id bigint generated always as identity primary key,
  item_id int not null references item,
  recorded_at timestamptz not null default clock_timestamp(),
  -- recomputed from here; null: only what was new
  recomputed_from timestamptz,
  -- when the fact that made it necessary took effect: a difference to a closed day is booked on no day before it
  caused_at timestamptz,
  steps int not null
);

-- Value that went from one role to another. Never changed but for the journal it went into.
create table cost_entry (
  id bigint generated always as identity primary key,
  run_id bigint not null references valuation_run,
  item_id int not null,
  -- the step: a movement's key and line, or a cost document's
  step_key uuid not null,
  step_line smallint not null,
  -- when it takes effect, whatever day it is booked on
  effective_at timestamptz not null,
  recorded_at timestamptz not null,
  kind cost_kind not null,
  debit account_role not null,
  debit_pool int,
  credit account_role not null,
  credit_pool int,
  -- smallest units of the company's currency; below zero it goes the other way
  amount numeric not null,
  quantity numeric not null,
  lot_id int,
  location_id int,
  connection_id smallint,
  -- the step whose goods a true-up is about
  about_key uuid,
  about_line smallint,
  -- what goods left for, or came back from, such as an order
  reference text,
  -- true: the difference that a later fact made to a step that was valued before
  is_correction boolean not null default false,
  -- the journal it is booked in
  journal_id uuid
);
create index cost_entry_step on cost_entry (item_id, effective_at, step_key);
create index cost_entry_by_step on cost_entry (step_key);
create index cost_entry_reference on cost_entry (item_id, reference) where reference is not null;
-- what production put into work in progress, by its order
create index cost_entry_production on cost_entry (reference) where debit = 'work_in_progress' or credit = 'work_in_progress';
-- the balance of what suppliers have not billed, and what each receipt has of it, without reading every sale: a small part of all entries
create index cost_entry_not_billed on cost_entry (effective_at) include (item_id, step_key, step_line, kind, debit, credit, amount, quantity)
  where debit = 'received_not_billed' or credit = 'received_not_billed';
create index cost_entry_unbooked on cost_entry (effective_at) where journal_id is null;
create index cost_entry_journal on cost_entry (journal_id) where journal_id is not null;

-- Entries change in one way: once, from no journal to one, or back while that journal is a draft. All other columns are named, so
-- that booking a hundred thousand entries asks nothing of each.
create function i5_cost_entry_keeps_its_content() returns trigger language plpgsql as $$
begin
  raise exception 'I5: a cost entry is never changed; later facts add the difference' using errcode = 'integrity_constraint_violation';
end $$;
create trigger i5_cost_entry_keeps_its_content before update of
    id, run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, debit_pool, credit, credit_pool, amount, quantity,
    lot_id, location_id, connection_id, about_key, about_line, reference, is_correction on cost_entry
  for each row execute function i5_cost_entry_keeps_its_content();
create trigger i5_cost_entry_is_not_deleted before delete on cost_entry
  for each row execute function forbid_change('I5');
create trigger i5_cost_entry_is_not_truncated before truncate on cost_entry
  for each statement execute function forbid_truncate('I5');

-- The state of the fold before all steps at or after `before_at`, to start from again.
create table cost_checkpoint (
  item_id int not null references item,
  before_at timestamptz not null,
  -- zstd of the fold's own JSON
  state bytea not null,
  steps bigint not null,
  -- false: only where the history ends now; the next run moves it on
  is_kept boolean not null,
  primary key (item_id, before_at)
);

-- Items whose value is behind their history, and from when on. A period with any of them cannot close.
create table valuation_stale (
  item_id int primary key references item,
  from_at timestamptz not null,
  -- nothing new after this: once the value is as it was before, the rest stands
  until_at timestamptz not null default 'infinity',
  -- when the newest fact behind it takes effect: a difference to a closed day is not booked before it; null: now
  caused_at timestamptz,
  noticed_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  retry_at timestamptz not null default clock_timestamp(),
  failure text
);

-- How far each lane's batches have been turned into stale items.
create table valuation_cursor (
  lane smallint primary key references ledger_lane,
  sequence bigint not null default 0
);
insert into valuation_cursor (lane) select id from ledger_lane;

-- Whose `books` block drafts are made by: a hub reads it once, a person changes it meanwhile and drafts by the new one. The newest
-- row holds for everybody.
create table drafting_rules (
  id bigint generated always as identity primary key,
  -- SHA-256, hexadecimal, over the block
  fingerprint text not null,
  taken_at timestamptz not null,
  taken_by text not null,
  -- when a hub was last seen that was started with other rules, and drafts nothing
  hub_idle_at timestamptz
);

-- Days and months that the last drafting left out, because a role has no account.
create table drafting_held (
  period text not null,
  role account_role not null,
  entries int not null,
  -- smallest units of the company's currency
  amount numeric not null,
  reason text not null,
  primary key (period, role)
);
