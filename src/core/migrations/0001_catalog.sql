-- Why: every fact from outside is about an item at a location in somebody else's words. These tables hold our words
-- and the bindings from theirs; nothing is ever guessed, so an event that names anything not bound here waits in quarantine.

create type item_kind as enum ('raw', 'wip', 'finished', 'mro', 'packaging');
create type location_kind as enum ('warehouse', 'store', '3pl', 'transit', 'supplier', 'customer', 'production', 'adjustment');
create type stock_state as enum ('sellable', 'hold', 'damaged', 'expired');

-- A configured connector. `cutover_at`: documents at or before it never move stock; until it is set, events wait.
-- A parked connection sends nothing and interprets nothing until a person resumes it; its events are kept.
create table connection (
  id smallint generated always as identity primary key,
  name text not null unique check (name ~ '^[a-z][a-z0-9-]{0,39}$'),
  connector text not null,
  cutover_at timestamptz,
  parked_at timestamptz,
  parked_code text,
  parked_reason text,
  created_at timestamptz not null default now()
);

-- Small durable state of a connection: tokens (as the connector encrypts them), subscription ids, last readings.
create table connection_state (
  connection_id smallint not null references connection,
  key text not null,
  value jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (connection_id, key)
);

create table item (
  id int generated always as identity primary key,
  sku text not null unique check (sku <> ''),
  name text not null default '',
  kind item_kind not null default 'finished',
  base_unit text not null default 'each',
  -- false: only whole base units exist, a fraction is an error of the source
  is_divisible boolean not null default false,
  is_kit boolean not null default false,
  created_at timestamptz not null default now()
);

create table barcode (
  code text primary key,
  item_id int not null references item
);
create index barcode_item on barcode (item_id);

-- How many base units one of this unit is: a case of 12 has factor 12.
create table item_unit (
  item_id int not null references item,
  unit text not null,
  factor numeric not null check (factor > 0),
  primary key (item_id, unit)
);

-- A kit has no stock of its own; moving one moves its components.
create table kit_component (
  kit_id int not null references item,
  component_id int not null references item,
  quantity numeric not null check (quantity > 0),
  primary key (kit_id, component_id),
  check (kit_id <> component_id)
);
create index kit_component_component on kit_component (component_id);

create table lot (
  id int generated always as identity primary key,
  item_id int not null references item,
  code text not null,
  expires_on date,
  unique (item_id, code)
);

-- `authority_id`: the one connection whose documents move stock here (the 3PL that runs the warehouse); others only
-- release reservations. Null: every connection's own documents count. Virtual locations may go below zero.
create table location (
  id int generated always as identity primary key,
  code text not null unique check (code <> ''),
  name text not null default '',
  kind location_kind not null,
  allows_negative boolean not null default false,
  authority_id smallint references connection,
  created_at timestamptz not null default now(),
  constraint virtual_locations_allow_negative
    check (allows_negative or kind not in ('supplier', 'customer', 'production', 'adjustment'))
);

insert into location (code, name, kind, allows_negative) values
  ('@supplier', 'Suppliers', 'supplier', true),
  ('@customer', 'Customers', 'customer', true),
  ('@production', 'Production', 'production', true),
  ('@adjustment', 'Adjustments', 'adjustment', true);

-- An item at a channel, bound to that channel's own id. `factor`: base units per unit sold there.
create table listing (
  id int generated always as identity primary key,
  connection_id smallint not null references connection,
  external_id text not null,
  item_id int not null references item,
  factor numeric not null default 1 check (factor > 0),
  pushable boolean not null default true,
  reason text,
  unique (connection_id, external_id)
);
create index listing_item on listing (item_id);

-- A channel's location bound to the one of ours where its documents move stock.
create table location_binding (
  connection_id smallint not null references connection,
  external_id text not null,
  location_id int not null references location,
  name text not null default '',
  primary key (connection_id, external_id)
);
create index location_binding_location on location_binding (location_id);
