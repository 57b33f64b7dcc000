// Brings events back to work: what a person has mended in quarantine, what a shortage held up, and what the queue forgot.
import { plainTextOf } from '../vocabulary/text.ts';
import type { Store } from './store.ts';

export interface ReplayFilter {
  readonly ids?: readonly string[];
  readonly connectionId?: number;
  readonly codes?: readonly string[];
  /** A person has looked at what a guard held: it is believed this time. */
  readonly release?: boolean;
}

/** As the end of an update of events: work on them begins anew, with `$4` as believed by a person. */
export const PENDING_AGAIN = `status = 'pending', code = null, reason = null, settled_at = null, generation = 0,
  begun = false, retry_at = clock_timestamp(),
  headers = case when $4 then coalesce(headers, '{}') || '{"released": "yes"}' else headers end`;

/**
 * Makes quarantined events pending again and answers their ids. Keys make sure that what was posted already is not posted twice.
 * What they took of stock stays noted until they are posted: to try again is no news of it (I7).
 */
export async function replay(store: Store, filter: ReplayFilter): Promise<string[]> {
  const { rows } = await store.query<{ id: string }>(
    `update inbox_event set ${PENDING_AGAIN}
     where status = 'quarantined' and conflicts_with is null
       and ($1::bigint[] is null or id = any($1)) and ($2::smallint is null or connection_id = $2)
       and ($3::text[] is null or code = any($3))
     returning id`,
    [filter.ids ?? null, filter.connectionId ?? null, filter.codes ?? null, filter.release ?? false],
  );
  return rows.map((row) => row.id);
}

/**
 * Makes events pending again that were short of an item which has moved since, or with them: they may succeed now. `withinMs` looks only at
 * what was posted that recently, for callers that look often. A shortage is an end of
 * its own, so its attempts are counted from the start.
 */
export async function replayShortages(store: Store, options: { withinMs?: number } = {}): Promise<number> {
  const { rowCount } = await store.query(
    `update inbox_event e set status = 'pending', code = null, reason = null, settled_at = null, generation = 0,
       begun = false, retry_at = clock_timestamp()
     where e.status = 'quarantined' and e.code = 'stock_short' and e.waits_for is not null
       and exists (select from ledger_batch b where b.recorded_at >= e.settled_at and b.lines > 0 and b.items && e.waits_for
         and ($1::float8 is null or b.recorded_at > clock_timestamp() - make_interval(secs => $1 / 1000.0)))`,
    [options.withinMs ?? null],
  );
  return rowCount ?? 0;
}

export interface DueEvents {
  readonly connectionId: number;
  readonly ids: readonly string[];
}

/** How events are handed to the queue again. */
export interface Pace {
  /** A fresh event is left to the process that received it for this long. */
  readonly graceMs: number;
  /** Pause between two hand-overs of one event; after a noted failure {@link postpone} decides instead. */
  readonly pauseMs: number;
  readonly limit: number;
}

/**
 * Claims pending events that no job seems to carry and answers them by connection; the caller enqueues them.
 * What was begun since it was last handed over and came to no end was an attempt, and is counted; waiting for a worker is none.
 * Events of parked connections, and of those before their cut-over, wait. Rows another relay holds are left to it.
 */
export async function claimDue(store: Store, pace: Pace): Promise<DueEvents[]> {
  const { rows } = await store.query<{ connection_id: number; ids: string[] }>(
    `with due as (
       select e.id from inbox_event e join connection c on c.id = e.connection_id
       where e.status = 'pending' and c.cutover_at is not null and c.parked_at is null
         and coalesce(e.retry_at, e.received_at + make_interval(secs => $1 / 1000.0)) <= clock_timestamp()
       order by e.id limit $3 for update of e skip locked),
     claimed as (
       update inbox_event e set generation = generation + begun::int, begun = false, retry_at = clock_timestamp() + make_interval(secs => $2 / 1000.0)
       from due where e.id = due.id returning e.id, e.connection_id)
     select connection_id, array_agg(id order by id) as ids from claimed group by connection_id`,
    [pace.graceMs, pace.pauseMs, pace.limit],
  );
  return rows.map((row) => ({ connectionId: row.connection_id, ids: row.ids }));
}

/**
 * Notes that work on events begins, so that a process which they end leaves a trace. Only of those handed over before: a fresh
 * event that ends a process is handed over, and then leaves one.
 */
export async function begin(store: Store, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await store.query(
    `update inbox_event set begun = true where id = any($1::bigint[]) and status = 'pending' and not begun`,
    [ids],
  );
}

/** Takes back that events were begun: they wait for another worker now, which is no attempt. */
export async function handOn(store: Store, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await store.query(
    `update inbox_event set begun = false where id = any($1::bigint[]) and status = 'pending' and begun`,
    [ids],
  );
}

/** Notes why events are still pending. They are tried again after `delayMs`, doubled with each attempt before, at most 2,048-fold. */
export async function postpone(
  store: Store,
  ids: readonly string[],
  reason: string,
  delayMs: number,
): Promise<void> {
  await store.query(
    `update inbox_event set reason = $2, begun = true,
       retry_at = clock_timestamp() + make_interval(secs => $3 / 1000.0 * power(2, least(generation, 11)))
     where id = any($1::bigint[]) and status = 'pending'`,
    [ids, plainTextOf(reason), delayMs],
  );
}

/** Gives up on events that were tried more than `generations` times: they go to quarantine with their last reason. */
export async function quarantineExhausted(store: Store, generations: number): Promise<number> {
  const { rowCount } = await store.query(
    `update inbox_event set status = 'quarantined', code = 'content_invalid', settled_at = clock_timestamp(),
       reason = 'tried ' || generation || ' times without an end; last: ' || coalesce(reason, 'no error was noted')
     where status = 'pending' and generation > $1`,
    [generations],
  );
  return rowCount ?? 0;
}
