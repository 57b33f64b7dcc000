-- Why: with a partner that speaks in files, both sides must always know where every document stands. Every file is kept
-- byte for byte in both directions; what we send gets its control numbers in the transaction that stores it, so that a
-- resend is the same bytes. Three statuses are kept apart: is it valid, was it delivered, was it acknowledged.

create table partner_file (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  is_outbound boolean not null,
  name text not null,
  folder text not null default '',
  sha256 bytea not null,
  size int not null,
  -- zstd, and sealed by the connection's vault where it holds personal data; null once the retention has erased it
  body bytea,
  is_sealed boolean not null default false,
  created_at timestamptz not null default clock_timestamp(),
  -- in: how often the same bytes came
  deliveries int not null default 1,
  is_complete boolean not null default true,
  findings jsonb not null default '[]',
  -- out: the file it answers, and how far its way to the partner is
  answers bigint references partner_file,
  delivered_at timestamptz,
  attempts int not null default 0,
  retry_at timestamptz not null default clock_timestamp(),
  failure text
);
alter table partner_file alter column body set storage external;
create unique index i3_one_file_per_content on partner_file (connection_id, sha256) where not is_outbound;
create unique index partner_file_name on partner_file (connection_id, name) where is_outbound;
create index partner_file_due on partner_file (connection_id, retry_at) where is_outbound and delivered_at is null;

-- Control numbers of interchanges that came in: the same number in another file is a fault, or usual, by agreement.
create table partner_interchange (
  connection_id smallint not null references connection,
  control text not null,
  file_id bigint not null references partner_file,
  primary key (connection_id, control, file_id)
);

create type acknowledgement_status as enum ('not_expected', 'awaited', 'accepted', 'accepted_with_errors', 'rejected');

create table partner_document (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  file_id bigint not null references partner_file,
  is_outbound boolean not null,
  type text not null,
  number text not null,
  -- the order or inbound shipment it belongs to; '' when it names none
  chain text not null default '',
  interchange_control text not null default '',
  group_control text not null default '',
  document_control text not null default '',
  is_valid boolean not null,
  findings jsonb not null default '[]',
  inbox_event_id bigint references inbox_event,
  acknowledgement acknowledgement_status not null default 'not_expected',
  acknowledged_at timestamptz,
  acknowledge_by timestamptz,
  acknowledgement_errors jsonb not null default '[]',
  -- what it says about an order, until the clock has taken it
  progress jsonb,
  progressed_at timestamptz,
  created_at timestamptz not null default clock_timestamp()
);
create index partner_document_file on partner_document (file_id);
create index partner_document_chain on partner_document (connection_id, chain);
create index partner_document_control on partner_document (connection_id, interchange_control, group_control, document_control) where is_outbound;
create index partner_document_progress on partner_document (connection_id, id) where progress is not null and progressed_at is null;
create index partner_document_awaited on partner_document (connection_id, acknowledge_by) where acknowledgement = 'awaited';

create table control_sequence (
  connection_id smallint not null references connection,
  kind text not null,
  value bigint not null,
  primary key (connection_id, kind)
);

-- An order, or the part of it, that a partner's warehouse ships. Made from reservations at that warehouse.
create type fulfilment_status as enum ('waiting', 'sent', 'shipped', 'short', 'cancelling', 'cancelled', 'rejected');

create sequence fulfilment_number;
create table fulfilment_order (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  -- the channel that took the order, and the order there
  channel_id smallint not null references connection,
  order_document text not null,
  location_id int not null references location,
  number text not null,
  status fulfilment_status not null default 'waiting',
  -- not sent before; a change of the order until then changes it here, without a word to the partner
  send_after timestamptz not null,
  ship_by timestamptz,
  -- why it waits or was given up
  reason text,
  -- sealed by the connection's vault; null before it is sent and after it is erased
  ship_to bytea,
  ship_to_erased_at timestamptz,
  -- what the channel called its lines and how many of its own units they were, when it was sent
  channel_lines jsonb,
  sent_at timestamptz,
  shipped_at timestamptz,
  -- when the channel said that it no longer wants it shipped
  gone_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  retry_at timestamptz not null default clock_timestamp(),
  unique (connection_id, number)
);
create index fulfilment_order_source on fulfilment_order (channel_id, order_document, location_id);
create index fulfilment_order_open on fulfilment_order (connection_id, status, retry_at) where status in ('waiting', 'sent', 'cancelling');

create table fulfilment_order_line (
  fulfilment_order_id bigint not null references fulfilment_order,
  -- the channel's line, as the reservation names it
  line text not null,
  item_id int not null references item,
  quantity numeric not null check (quantity > 0),
  shipped numeric not null default 0 check (shipped >= 0),
  short_reason text,
  primary key (fulfilment_order_id, line, item_id)
);

-- What a channel is told was shipped: made and keyed before it is sent (I8).
create table fulfilment_report (
  key uuid primary key,
  -- the order in which an order's shipments were counted
  id bigint generated always as identity,
  fulfilment_order_id bigint not null references fulfilment_order,
  partner_document_id bigint not null references partner_document,
  lines jsonb not null,
  tracking jsonb not null,
  shipped_at timestamptz not null,
  settled_at timestamptz,
  outcome text,
  attempts int not null default 0,
  retry_at timestamptz not null default clock_timestamp(),
  failure text,
  unique (fulfilment_order_id, partner_document_id)
);
create index fulfilment_report_open on fulfilment_report (retry_at) where settled_at is null;

-- Goods on their way to a partner's warehouse.
create type inbound_status as enum ('announced', 'received', 'cancelled');

create table inbound_shipment (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  number text not null,
  location_id int not null references location,
  shipped_at timestamptz not null,
  expected_at timestamptz,
  status inbound_status not null default 'announced',
  received_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (connection_id, number)
);
