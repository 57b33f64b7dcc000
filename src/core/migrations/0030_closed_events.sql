-- Why: a person who has looked at a quarantined event and decided that nothing more of it is to be booked must be able to say so,
-- else the list of what needs a person is read by nobody. Who said it, when and why is kept for ever (I1), also when the event is
-- opened again; with it, what opening has to put back.

create table inbox_closing (
  event_id bigint not null references inbox_event,
  closed_at timestamptz not null default clock_timestamp(),
  closed_by text not null,
  note text not null,
  -- only its conflict was settled: what else it says goes on
  settled boolean not null,
  -- what it stood in quarantine for
  code text,
  reason text,
  -- the items it took, which held increases back until then
  waits_for int[],
  -- the partner's documents that say nothing of their orders, because nothing of them was booked
  documents bigint[] not null,
  reopened_at timestamptz,
  primary key (event_id, closed_at)
);
create unique index inbox_closing_stands on inbox_closing (event_id) where reopened_at is null;

create function i1_closing_is_kept() returns trigger language plpgsql as $$
begin
  raise exception 'I1: who closed event % and why is kept', old.event_id using errcode = 'integrity_constraint_violation';
end $$;
create trigger i1_closing_is_kept before delete or update of event_id, closed_at, closed_by, note, settled, code, reason on inbox_closing
  for each row execute function i1_closing_is_kept();
create trigger i1_closing_is_not_truncated before truncate on inbox_closing
  for each statement execute function forbid_truncate('I1');
