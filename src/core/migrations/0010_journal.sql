-- Why: what an accountant has approved is never changed (I10), only followed by another journal. Each journal exists, with
-- its number and its keys, before the books hear of it (I8), and each of its lines leads to the entries it is made of.

-- The books are closed through a day; reopening is an act of its own and is kept.
create table period_closing (
  id bigint generated always as identity primary key,
  through date not null,
  closed_at timestamptz not null default clock_timestamp(),
  closed_by text not null,
  certificate jsonb not null,
  reopened_at timestamptz,
  reopened_by text,
  reopened_reason text
);

create function closed_through() returns date language sql stable as
  $$ select max(through) from period_closing where reopened_at is null $$;

create type journal_kind as enum (
  -- what happened on its day
  'activity',
  -- differences that later facts made to a day that was booked before
  'correction',
  -- takes another journal back
  'reversal',
  -- periodic system: closing stock against opening stock and purchases
  'closing');
create type journal_status as enum ('draft', 'approved', 'posted');

create table journal (
  id uuid primary key,
  -- what people call it, at most 21 characters; the number it carries in the books
  number text collate "C" not null unique check (number ~ '^[A-Z0-9-]{1,21}$'),
  kind journal_kind not null,
  posting_date date not null,
  -- the day its entries belong to, when that is another one than it is booked on
  for_date date,
  -- grain `order`: the order
  reference text,
  currency text not null,
  memo text not null,
  reverses uuid unique references journal,
  status journal_status not null default 'draft',
  drafted_at timestamptz not null default clock_timestamp(),
  -- SHA-256 over all a draft is made of: one that would be made the same again is left as it is
  draft_hash bytea,
  -- SHA-256, hexadecimal, over the rules it was drafted by; a draft of other rules is not approved
  draft_rules text,
  approved_at timestamptz,
  approved_by text,
  posted_at timestamptz,
  -- SHA-256 over what is booked, made at approval
  content_hash bytea,
  check (status = 'draft' or (approved_at is not null and content_hash is not null))
);
create index journal_posting_date on journal (posting_date);
create index journal_open on journal (status) where status <> 'posted';

create type journal_side as enum ('debit', 'credit');
create table journal_line (
  journal_id uuid not null references journal on delete cascade,
  line smallint not null,
  side journal_side not null,
  -- the account's id in the books, and what it was mapped for
  account text not null,
  role account_role not null,
  kind cost_kind not null,
  class text,
  department text,
  -- smallest units of the journal's currency
  amount numeric not null check (amount > 0),
  description text not null,
  primary key (journal_id, line)
);

-- The entries a line is made of; an entry is in the line of its debit and in the line of its credit. There are two rows for each
-- entry that is ever booked, so what a foreign key would ask of every row is asked once for each statement, below.
create table journal_line_entry (
  journal_id uuid not null,
  line smallint not null,
  cost_entry_id bigint not null,
  -- its part of the line, in smallest units; below zero where it lessens the line
  amount numeric not null,
  primary key (journal_id, line, cost_entry_id)
);

create index journal_line_entry_entry on journal_line_entry (cost_entry_id);

create function i9_journal_balances() returns trigger language plpgsql as $$
declare uneven record;
begin
  select journal_id, sum(case when side = 'debit' then amount else -amount end) as apart into uneven from journal_line
  where journal_id in (old.journal_id, new.journal_id)
  group by journal_id having sum(case when side = 'debit' then amount else -amount end) <> 0 limit 1;
  if found then
    raise exception 'I9: journal % is out of balance by %', uneven.journal_id, uneven.apart using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger i9_journal_balances after insert or update or delete on journal_line deferrable initially deferred
  for each row execute function i9_journal_balances();

create function i10_closed_day_takes_no_journal() returns trigger language plpgsql as $$
begin
  if new.posting_date <= closed_through() then
    raise exception 'I10: the books are closed through %, so journal % cannot be booked on %', closed_through(), new.number, new.posting_date
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger i10_closed_day_takes_no_journal before insert on journal
  for each row execute function i10_closed_day_takes_no_journal();
create trigger i10_closed_day_takes_no_approval before update of posting_date on journal
  for each row when (old.posting_date is distinct from new.posting_date) execute function i10_closed_day_takes_no_journal();

-- An approved journal is what was approved. Only its way into the books goes on.
create function i10_journal_is_immutable() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.status <> 'draft' then
      raise exception 'I10: journal % is % and cannot be deleted; reverse it', old.number, old.status using errcode = 'integrity_constraint_violation';
    end if;
    return old;
  end if;
  if old.status <> 'draft' and ((to_jsonb(new) - 'status' - 'posted_at') is distinct from (to_jsonb(old) - 'status' - 'posted_at')
      or new.status < old.status) then
    raise exception 'I10: journal % is % and cannot be changed; reverse it', old.number, old.status using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger i10_journal_is_immutable before update or delete on journal
  for each row execute function i10_journal_is_immutable();

-- Looked at once for each statement, since a draft has as many rows here as its day had entries; and planned anew for each, since
-- a plan made while there are few journals would look through all of them for every row.
create function i10_journal_lines_are_immutable() returns trigger language plpgsql as $$
declare found_one boolean;
begin
  execute $q$select exists (select from (select distinct journal_id from touched) t join journal j on j.id = t.journal_id
    where j.status <> 'draft')$q$ into found_one;
  if found_one then
    raise exception 'I10: a line of an approved journal cannot be changed; reverse the journal' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger i10_journal_line_is_not_added after insert on journal_line
  referencing new table as touched for each statement execute function i10_journal_lines_are_immutable();
create trigger i10_journal_line_is_not_deleted after delete on journal_line
  referencing old table as touched for each statement execute function i10_journal_lines_are_immutable();
create trigger i10_journal_line_entry_is_not_added after insert on journal_line_entry
  referencing new table as touched for each statement execute function i10_journal_lines_are_immutable();
create trigger i10_journal_line_entry_is_not_deleted after delete on journal_line_entry
  referencing old table as touched for each statement execute function i10_journal_lines_are_immutable();
-- Nothing of ours updates them.
create function i10_journal_line_is_immutable() returns trigger language plpgsql as $$
begin
  if exists (select from journal j where j.id in (old.journal_id, new.journal_id) and j.status <> 'draft') then
    raise exception 'I10: a line of an approved journal cannot be changed; reverse the journal' using errcode = 'integrity_constraint_violation';
  end if;
  if (old.journal_id, old.line) is distinct from (new.journal_id, new.line) then
    raise exception 'I9: a line keeps its journal and number, by which its entries are known' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger i10_journal_line_is_not_changed before update on journal_line
  for each row execute function i10_journal_line_is_immutable();
create trigger i10_journal_line_entry_is_not_changed before update on journal_line_entry
  for each row execute function forbid_change('I10');

-- Each part is of a line and of an entry that are there; entries are never deleted, and a line that goes takes its parts along.
create function i9_journal_line_entry_leads_somewhere() returns trigger language plpgsql as $$
declare lost record;
begin
  execute $q$select from journal_line l where (l.journal_id, l.line) in (select distinct journal_id, line from touched) for key share$q$;
  execute $q$select t.journal_id, t.line from (select distinct journal_id, line from touched) t
    left join journal_line l on l.journal_id = t.journal_id and l.line = t.line where l.line is null limit 1$q$ into lost;
  if lost.line is not null then
    raise exception 'I9: journal % has no line %', lost.journal_id, lost.line using errcode = 'integrity_constraint_violation';
  end if;
  execute $q$select t.cost_entry_id from touched t
    where not exists (select from cost_entry e where e.id = t.cost_entry_id) limit 1$q$ into lost;
  if lost.cost_entry_id is not null then
    raise exception 'I9: there is no cost entry %', lost.cost_entry_id using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger i9_journal_line_entry_leads_somewhere after insert on journal_line_entry
  referencing new table as touched for each statement execute function i9_journal_line_entry_leads_somewhere();

create function journal_line_takes_its_parts_along() returns trigger language plpgsql as $$
begin
  execute 'delete from journal_line_entry s using gone g where s.journal_id = g.journal_id and s.line = g.line';
  return null;
end $$;
create trigger journal_line_takes_its_parts_along after delete on journal_line
  referencing old table as gone for each statement execute function journal_line_takes_its_parts_along();

create function journal_frees_its_entries() returns trigger language plpgsql as $$
begin
  execute 'update cost_entry set journal_id = null where journal_id in (select id from gone)';
  return null;
end $$;
create trigger journal_frees_its_entries after delete on journal
  referencing old table as gone for each statement execute function journal_frees_its_entries();
create trigger i10_journal_is_not_truncated before truncate on journal for each statement execute function forbid_truncate('I10');
create trigger i10_journal_line_is_not_truncated before truncate on journal_line for each statement execute function forbid_truncate('I10');
create trigger i10_journal_line_entry_is_not_truncated before truncate on journal_line_entry
  for each statement execute function forbid_truncate('I10');

-- An entry begins in no journal, enters one while that is a draft, and leaves an approved one only when another journal has taken
-- it back.
create function i10_booked_entry_stays() returns trigger language plpgsql as $$
declare moved record;
begin
  execute 'select from journal where id in (select distinct journal_id from after_rows) for key share';
  execute $q$with moved as materialized (
      select b.journal_id as before, a.journal_id as after, min(a.id) as entry from before_rows b join after_rows a on a.id = b.id
      where a.journal_id is distinct from b.journal_id group by 1, 2)
    select m.entry, m.after is not null and a.id is null as nowhere, coalesce(a.status <> 'draft', false) as late from moved m
    left join journal a on a.id = m.after left join journal b on b.id = m.before
    where m.after is not null and a.id is null or a.status <> 'draft'
      or b.status <> 'draft' and not exists (select from journal r where r.reverses = b.id) limit 1$q$ into moved;
  if moved.entry is null then
    return null;
  elsif moved.nowhere then
    raise exception 'I9: entry % cannot enter a journal that does not exist', moved.entry using errcode = 'integrity_constraint_violation';
  elsif moved.late then
    raise exception 'I10: entry % cannot enter an approved journal', moved.entry using errcode = 'integrity_constraint_violation';
  end if;
  raise exception 'I10: entry % is booked; reverse its journal', moved.entry using errcode = 'integrity_constraint_violation';
end $$;
create function i10_entry_begins_in_no_journal() returns trigger language plpgsql as $$
begin
  raise exception 'I10: a new entry is in no journal; journals take entries in when they are drafted'
    using errcode = 'integrity_constraint_violation';
end $$;
create trigger i10_entry_begins_in_no_journal before insert on cost_entry
  for each row when (new.journal_id is not null) execute function i10_entry_begins_in_no_journal();
create trigger i10_booked_entry_stays after update on cost_entry
  referencing old table as before_rows new table as after_rows for each statement execute function i10_booked_entry_stays();

-- A closing is made once and reopened at most once.
create function i10_closing_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.reopened_at is not null
      or (to_jsonb(new) - 'reopened_at' - 'reopened_by' - 'reopened_reason') is distinct from
         (to_jsonb(old) - 'reopened_at' - 'reopened_by' - 'reopened_reason') then
    raise exception 'I10: a closing is kept as it was made; it can be reopened once' using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end $$;
create trigger i10_closing_is_kept before update or delete on period_closing for each row execute function i10_closing_is_kept();
create trigger i10_closing_is_not_truncated before truncate on period_closing for each statement execute function forbid_truncate('I10');

-- The way of an approved journal into the books of one connection (I8). `request_key` is made with the row and stays until
-- the books have definitely refused it; only then a new generation may be tried.
create type delivery_status as enum ('queued', 'sent', 'unknown', 'posted', 'rejected');
create table journal_delivery (
  journal_id uuid primary key references journal,
  connection_id smallint not null references connection,
  request_key uuid not null unique,
  generation smallint not null default 1,
  -- the day it is booked on in the books, when they were closed there on its own day
  booked_on date not null,
  status delivery_status not null default 'queued',
  attempts int not null default 0,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  retry_at timestamptz not null default clock_timestamp(),
  -- the entry's id and version in the books, once known
  external_id text,
  external_version text,
  trace text,
  code text,
  reason text,
  unique (connection_id, external_id)
);
create index journal_delivery_open on journal_delivery (journal_id) where status <> 'posted';
create index journal_delivery_due on journal_delivery (connection_id, retry_at) where status in ('queued', 'sent', 'unknown');

-- What the books show that we did not do: an entry of ours edited or deleted by hand, or foreign entries on our accounts.
create type books_finding_kind as enum ('edited', 'deleted', 'foreign');
create table books_finding (
  id bigint generated always as identity primary key,
  connection_id smallint not null references connection,
  kind books_finding_kind not null,
  external_id text not null,
  external_version text,
  journal_id uuid references journal,
  inbox_event_id bigint,
  -- what is different, for people
  reason text not null,
  content jsonb,
  seen_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  resolved_note text
);
create unique index books_finding_once on books_finding (connection_id, kind, external_id, coalesce(external_version, ''));
create index books_finding_open on books_finding (connection_id, id) where resolved_at is null;
