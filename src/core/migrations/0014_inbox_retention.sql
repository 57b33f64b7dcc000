-- Why: the bytes of events may name customers and are most of the database's size, so they are erased after a while. What
-- proves that an event came, and that it is not taken twice, stays for ever: its key, hash, topic, times and end.
--
-- What is due is found by walking the primary key from a remembered place: ids rise with the time of receipt. An index on
-- that time would find it too, but every event would be written into it on its way in, and intake is what must be fast.

alter table inbox_event add column erased_at timestamptz;
-- what is not settled for good is read again, so only an event at its end may be without its bytes
alter table inbox_event add constraint i1_only_settled_bytes_are_erased check (
  case when body is null then erased_at is not null and status in ('applied', 'ignored') else erased_at is null end);

-- One row; whoever erases holds it. Every event up to the place is erased, or stands in inbox_kept_longer.
create table inbox_retention (
  is_only_row boolean primary key default true check (is_only_row),
  through bigint not null default 0
);
insert into inbox_retention default values;

-- Events the place has stepped over because they were not settled, or, with a clock that was wrong, not old enough.
create table inbox_kept_longer (
  event_id bigint primary key references inbox_event
);
