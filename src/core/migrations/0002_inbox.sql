-- Why: an event is acknowledged only after it is here, exactly as it came, and it leaves this table never: accepted =
-- applied + duplicate + ignored + quarantined + pending (I1). Bodies are kept as raw bytes because re-encoding JSON
-- breaks signatures and rounds large ids; they are compressed before they get here, so storage is EXTERNAL.

create type inbox_status as enum ('pending', 'applied', 'ignored', 'quarantined');
create type event_source as enum ('webhook', 'poll', 'file', 'api', 'cutover');

create table inbox_event (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  dedupe_key text not null,
  topic text not null,
  source event_source not null,
  sha256 bytea not null,
  -- zstd; null once the retention has erased it, the key and the hash stay for ever
  body bytea,
  headers jsonb,
  occurred_at timestamptz,
  received_at timestamptz not null default clock_timestamp(),
  status inbox_status not null default 'pending',
  code text,
  reason text,
  -- same key, other bytes (I4): the later one is kept beside the first and points to it
  conflicts_with bigint references inbox_event,
  -- how often it was handed to the queue, and when it is next if nothing has come of it
  generation int not null default 0,
  retry_at timestamptz,
  -- the items a shortage waits for: it is tried again when one of them moves
  waits_for int[],
  settled_at timestamptz,
  constraint i3_one_event_per_key unique (connection_id, dedupe_key),
  constraint i1_settled_has_a_reason check (status in ('pending', 'applied') or reason is not null)
);
alter table inbox_event alter column body set storage external;

-- what relay and interpret look for; small, because settled rows leave it
create index inbox_event_pending on inbox_event (connection_id, id) where status = 'pending';
create index inbox_event_quarantined on inbox_event (connection_id, code, id) where status = 'quarantined';

-- Counted in the same transaction as the insert, so that the equation has a left side of its own.
create table intake_count (
  connection_id smallint primary key references connection,
  accepted bigint not null default 0,
  duplicates bigint not null default 0,
  refused bigint not null default 0
);

create function forbid_inbox_delete() returns trigger language plpgsql as $$
begin
  raise exception 'I1: an inbox event is never deleted (event %)', old.id using errcode = 'integrity_constraint_violation';
end $$;
create trigger i1_inbox_is_kept before delete on inbox_event for each row execute function forbid_inbox_delete();

create function forbid_truncate() returns trigger language plpgsql as $$
begin
  raise exception '%: % is never truncated', tg_argv[0], tg_table_name using errcode = 'integrity_constraint_violation';
end $$;
create trigger i1_inbox_is_not_truncated before truncate on inbox_event for each statement execute function forbid_truncate('I1');

-- Where a source was read up to; written in the same transaction as the events of the page.
create table poll_cursor (
  connection_id smallint not null references connection,
  stream text not null,
  cursor jsonb,
  -- everything the outside did up to here is in the inbox
  through timestamptz,
  wanted_at timestamptz,
  polled_at timestamptz,
  failure text,
  primary key (connection_id, stream)
);

-- A level somebody else reports: compared, never booked.
create table observation (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  inbox_event_id bigint references inbox_event,
  listing_id int not null references listing,
  location_id int not null references location,
  basis text not null check (basis in ('available', 'on_hand')),
  quantity numeric not null,
  as_of timestamptz not null,
  recorded_at timestamptz not null default now()
);
create index observation_listing on observation (listing_id, location_id, as_of desc);
