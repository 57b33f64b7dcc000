// relay: hands over again whatever the database says is unfinished, so that the queue may forget everything.
// Runs on its own clock, in as many processes as wanted: rows are claimed, nudges meet.
import { errorReason } from '../core/errors.ts';
import { claimDue, quarantineExhausted, replayShortages } from '../core/inbox/replay.ts';
import type { Hub, Running } from './hub.ts';
import { enqueueEvents, nudgePlan, nudgePoll, nudgeSend } from './jobs.ts';
import { startRounds } from './rounds.ts';

export interface RelayOptions {
  readonly tickMs: number;
  /** A fresh event is left to the process that received it for this long. */
  readonly graceMs: number;
  /** Pause between two hand-overs of the same event. */
  readonly pauseMs: number;
  /** Attempts before an event goes to quarantine: over a day when each fails with a reason, some minutes when each ends a process. */
  readonly generations: number;
}

export const RELAY_DEFAULTS: RelayOptions = { tickMs: 500, graceMs: 3_000, pauseMs: 20_000, generations: 40 };

/** Most events claimed in one tick; a larger backlog is handed over tick by tick, oldest first. */
const CLAIM = 2_000;
/** With more jobs than this waiting, relay hands over nothing that may be among them. */
const BACKLOG_JOBS = 200;

const LOOK_BACK_MS = 300_000;
const RECENT_MS = 60_000;

export function startRelay(hub: Hub, options: RelayOptions = RELAY_DEFAULTS): Running {
  let lookedBackAt = Number.NEGATIVE_INFINITY;
  // Every batch since an old shortage is looked at now and then; in between only what was posted just now.
  const shortagesNow = () => {
    if (performance.now() - lookedBackAt < LOOK_BACK_MS) return { withinMs: RECENT_MS };
    lookedBackAt = performance.now();
    return {};
  };
  return startRounds(() => relayOnce(hub, options, shortagesNow()), {
    everyMs: options.tickMs,
    failed: (error) => hub.log.warn({ reason: errorReason(error) }, 'relay could not run; it tries again'),
  });
}

/** One round over everything that may have been forgotten. */
export async function relayOnce(
  hub: Hub,
  options: RelayOptions,
  shortages: { withinMs?: number } = {},
): Promise<void> {
  const { pool } = hub.database;
  await replayShortages(pool, shortages);
  await quarantineExhausted(pool, options.generations);
  if (!(await isBacklogged(hub))) {
    for (const due of await claimDue(pool, { ...options, limit: CLAIM }))
      await enqueueEvents(hub.queues, due.connectionId, due.ids);
  }
  if (await hasUnplanned(hub)) await nudgePlan(hub.queues);
  for (const connectionId of await connectionsToSend(hub)) await nudgeSend(hub.queues, connectionId);
  for (const connectionId of await connectionsToPoll(hub)) await nudgePoll(hub.queues, connectionId);
}

/** Events whose jobs still wait are not forgotten; handing them over again would only make the queue longer. */
async function isBacklogged(hub: Hub): Promise<boolean> {
  const [interpret, post] = await Promise.all([hub.queues.counts('interpret'), hub.queues.counts('post')]);
  return interpret.waiting + post.waiting > BACKLOG_JOBS;
}

async function hasUnplanned(hub: Hub): Promise<boolean> {
  const { rows } = await hub.database.pool.query(
    'select from ledger_lane l join push_cursor c on c.lane = l.id where l.sequence > c.sequence limit 1',
  );
  return rows.length > 0;
}

async function connectionsToSend(hub: Hub): Promise<number[]> {
  const selling = [...hub.connections.values()]
    .filter((live) => live.policy && live.connection.push)
    .map((live) => live.id);
  const { rows } = await hub.database.pool.query<{ id: number }>(
    `select c.id from connection c where c.id = any($1::smallint[]) and c.parked_at is null and c.cutover_at is not null and (
       exists (select from listing_level v where v.connection_id = c.id and v.due_at <= clock_timestamp())
       or exists (select from publication_batch b where b.connection_id = c.id and b.settled_at is null and b.retry_at <= clock_timestamp() and b.created_at < clock_timestamp() - interval '1 second'))`,
    [selling],
  );
  return rows.map((row) => row.id);
}

async function connectionsToPoll(hub: Hub): Promise<number[]> {
  const streams = [...hub.connections.values()].flatMap((live) =>
    (live.connection.poll?.streams ?? []).map((stream) => ({
      id: live.id,
      stream,
      intervalMs: live.connection.poll?.intervalMs ?? 0,
    })),
  );
  if (streams.length === 0) return [];
  const { rows } = await hub.database.pool.query<{ id: number }>(
    `select distinct s.id from unnest($1::smallint[], $2::text[], $3::float8[]) as s(id, stream, interval_ms)
     join connection c on c.id = s.id and c.parked_at is null and c.cutover_at is not null
     left join poll_cursor p on p.connection_id = s.id and p.stream = s.stream
     where p.wanted_at is not null or p.polled_at is null or p.polled_at < clock_timestamp() - make_interval(secs => s.interval_ms / 1000.0)`,
    [
      streams.map((each) => each.id),
      streams.map((each) => each.stream),
      streams.map((each) => each.intervalMs),
    ],
  );
  return rows.map((row) => row.id);
}
