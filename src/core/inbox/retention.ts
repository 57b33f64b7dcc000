// Erases the bytes of events that were settled for good and kept long enough; nothing else of an event changes, so it is
// still known, counted and explained. It refuses to touch what may be read again: pending and quarantined events.
import type { Store } from './store.ts';

export interface Retention {
  /** Days after an event was received when its bytes go. */
  readonly days: number;
  /** Most events looked at by one call, each of which is one short transaction. */
  readonly limit: number;
}

// The place is locked, so that of two processes one erases and the other finds nothing to do. Young events between old ones
// come of a clock that was set back; they are noted and stepped over, for the place must not wait for them. Ids are handed on
// as arrays: the planner, which cannot know how few they are, would else read the whole inbox to join with them.
const NEXT = `
with place as materialized (
  select through, now() - make_interval(days => $1) as before from inbox_retention for update skip locked),
next as materialized (
  select e.id, e.received_at < place.before as is_old, e.status in ('applied', 'ignored') as is_settled
  from place cross join lateral (
    select id, received_at, status from inbox_event where id > place.through order by id limit $2) e),
passed as materialized (
  select id, is_old and is_settled as is_due from next where id <= (select max(id) from next where is_old)),
erased as (
  update inbox_event e set body = null, erased_at = clock_timestamp()
  where e.id = any(array(select id from passed where is_due)) returning e.id),
kept as (
  insert into inbox_kept_longer (event_id) select id from passed where not is_due),
moved as (
  update inbox_retention set through = (select max(id) from passed) where exists (select from passed))
select (select count(*) from passed)::int as passed, (select count(*) from erased)::int as erased`;

/**
 * Erases what is due among the next events in order of receipt, and answers how many it passed and how many of them it erased.
 * Fewer passed than the limit: the rest is too young, or another process is at it.
 */
export async function eraseNext(
  store: Store,
  { days, limit }: Retention,
): Promise<{ passed: number; erased: number }> {
  const { rows } = await store.query<{ passed: number; erased: number }>(NEXT, [days, limit]);
  return rows[0] ?? { passed: 0, erased: 0 };
}

const KEPT_LONGER = `
with due as materialized (
  select k.event_id from inbox_kept_longer k
  cross join lateral (select status, received_at from inbox_event where id = k.event_id offset 0) e
  where e.status in ('applied', 'ignored') and e.received_at < now() - make_interval(days => $1)
  order by k.event_id limit $2 for update of k skip locked),
forgotten as (
  delete from inbox_kept_longer k using due where k.event_id = due.event_id),
erased as (
  update inbox_event e set body = null, erased_at = clock_timestamp()
  where e.id = any(array(select event_id from due)) returning e.id)
select count(*)::int as erased from erased`;

/** Erases what was passed while it was unsettled and has come to its end since. Answers how many; fewer than the limit: that was all. */
export async function eraseKeptLonger(store: Store, { days, limit }: Retention): Promise<number> {
  const { rows } = await store.query<{ erased: number }>(KEPT_LONGER, [days, limit]);
  return rows[0]?.erased ?? 0;
}
