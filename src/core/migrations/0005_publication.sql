-- Why: a number sent to a channel is an intent that exists before the first attempt and keeps its key until the outcome
-- is known (I8). Versions only grow (I7), so an old number can never overtake a new one.

-- How far each lane's batches have been turned into listings to recompute.
create table push_cursor (
  lane smallint primary key references ledger_lane,
  sequence bigint not null default 0
);
insert into push_cursor (lane) select id from ledger_lane;

-- A listing at one of the channel's locations: what it holds, and whether it must be computed again.
create table listing_level (
  listing_id int not null references listing,
  external_location text not null,
  connection_id smallint not null references connection,
  version bigint not null default 0,
  -- null: nothing changed since the last settled publication
  due_at timestamptz,
  -- the newest change that must be told; freshness is measured from here
  changed_at timestamptz,
  published numeric,
  published_at timestamptz,
  -- an increase waits here with the reading it was computed against until the channel's events up to it are in
  reading jsonb,
  read_at timestamptz,
  waiting text,
  stale_count int not null default 0,
  primary key (listing_id, external_location)
) with (fillfactor = 80);
create index listing_level_due on listing_level (connection_id, due_at) where due_at is not null;

create type publication_status as enum ('sending', 'confirmed', 'stale', 'rejected', 'retried');

create table publication_batch (
  key uuid primary key,
  connection_id smallint not null references connection,
  created_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  -- not sent again before this
  retry_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  failure text
);
create index publication_batch_open on publication_batch (connection_id, created_at) where settled_at is null;

create table publication (
  id bigint generated always as identity primary key,
  listing_id int not null,
  external_location text not null,
  version bigint not null,
  batch_key uuid not null references publication_batch,
  available numeric not null,
  read_available numeric not null,
  expected jsonb not null,
  -- every term of the formula, so that the number can be explained later
  terms jsonb not null,
  changed_at timestamptz,
  status publication_status not null default 'sending',
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  foreign key (listing_id, external_location) references listing_level,
  constraint i7_versions_are_unique unique (listing_id, external_location, version)
);
create index publication_batch_rows on publication (batch_key);
