// poll: reads a source from its cursor, page by page; the events of a page and the cursor after it are stored together,
// so that no event falls between two windows (I3). One reader per connection at a time, whatever the number of processes.

import type { Poll, PollPage } from '../connectors/contract.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { type IncomingEvent, storeEvents, unknownEvents } from '../core/inbox/store.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { connectionOf, type Hub, type LiveConnection, type Running, STOP_MS } from './hub.ts';
import { enqueueEvents, nudgeSend, pollJob } from './jobs.ts';

export interface PollOptions {
  readonly concurrency: number;
}

export function startPoll(hub: Hub, options: PollOptions): Running {
  const worker = hub.queues.work(
    'poll',
    async (data) => {
      const { connectionId } = pollJob.parse(data);
      await pollConnection(hub, connectionOf(hub, connectionId));
    },
    { concurrency: options.concurrency },
  );
  return { stop: async (deadlineMs = STOP_MS) => void (await worker.close({ deadlineMs })) };
}

/** Reads every stream of a connection to its end. A failure is noted on the cursor; relay asks again when it is due. */
export async function pollConnection(hub: Hub, live: LiveConnection): Promise<void> {
  const { poll } = live.connection;
  const standing = await hub.standingOf(live.id);
  if (!poll || standing.parked !== undefined || standing.cutoverAt === undefined) return;
  const since = standing.cutoverAt;
  await withAdvisoryLock(hub.database, `poll ${live.id}`, async () => {
    for (const stream of poll.streams) {
      try {
        await readStream(hub, live, poll, stream, since);
      } catch (error) {
        await noteFailure(hub, live, stream, error);
      }
    }
  });
  await nudgeSend(hub.queues, live.id);
}

async function readStream(
  hub: Hub,
  live: LiveConnection,
  poll: Poll,
  stream: string,
  since: Parameters<Poll['read']>[2],
): Promise<void> {
  const { rows } = await hub.database.pool.query<{ cursor: unknown }>(
    'select cursor from poll_cursor where connection_id = $1 and stream = $2',
    [live.id, stream],
  );
  const startedAt = new Date();
  for await (const page of poll.read(stream, rows[0]?.cursor ?? undefined, since)) {
    const stored = await storePage(hub, live, stream, page, startedAt);
    if (stored.length > 0) await enqueueEvents(hub.queues, live.id, stored);
  }
}

/** The page's events and the cursor after them, in one transaction; answers the ids that are new. */
async function storePage(
  hub: Hub,
  live: LiveConnection,
  stream: string,
  page: PollPage,
  startedAt: Date,
): Promise<string[]> {
  const events = page.events.map(
    (event): IncomingEvent => ({ ...event, connectionId: live.id, source: 'poll' }),
  );
  return hub.database.transaction(async (client) => {
    const fresh = await unknownEvents(client, events);
    const answers = fresh.length > 0 ? await storeEvents(client, fresh) : [];
    await client.query(
      `insert into poll_cursor as p (connection_id, stream, cursor, through, polled_at) values ($1, $2, $3, $4, clock_timestamp())
       on conflict (connection_id, stream) do update set cursor = excluded.cursor, failure = null,
         through = coalesce(excluded.through, p.through), polled_at = case when $4::timestamptz is null then p.polled_at else clock_timestamp() end,
         -- an ask that came after this reading began is not answered by it
         wanted_at = case when $4::timestamptz is null or p.wanted_at > $5 then p.wanted_at else null end`,
      [live.id, stream, JSON.stringify(page.cursor ?? null), page.through ?? null, startedAt],
    );
    return answers.flatMap((answer) => (answer.outcome === 'stored' ? [answer.id] : []));
  });
}

async function noteFailure(hub: Hub, live: LiveConnection, stream: string, error: unknown): Promise<void> {
  const reason = errorReason(error);
  hub.log.warn({ connection: live.name, stream, reason }, 'poll failed');
  await hub.database.pool.query(
    `insert into poll_cursor (connection_id, stream, failure, polled_at) values ($1, $2, $3, clock_timestamp())
     on conflict (connection_id, stream) do update set failure = excluded.failure, polled_at = excluded.polled_at`,
    [live.id, stream, reason],
  );
  if (error instanceof StockbridgeError && error.disposition === 'park')
    await hub.park(live.id, error.code, reason);
}
