// post: applies canonical postings to the ledger, many jobs in one transaction, one lane per item.
// Never applies twice and never half-applies: that is the ledger's promise; here one bad posting only loses its company.
import { type Batcher, createBatcher } from '../core/batcher.ts';
import { isAboutContent, isUnavailable } from '../core/database.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { settle } from '../core/inbox/events.ts';
import { begin } from '../core/inbox/replay.ts';
import type { Posting } from '../core/ledger/movement.ts';
import { type Hub, type Running, STOP_MS } from './hub.ts';
import { laneOfPosting, nudgePlan, postJobOf, weightOf } from './jobs.ts';

export interface PostWorkerOptions {
  /** Most lines in one transaction. */
  readonly batchLines: number;
  /**
   * Transactions under way at once, each in a lane of its own; at most 16. An item's lane decides, so writers do not meet.
   * A few large transactions are cheaper than many small ones.
   */
  readonly writers: number;
}

/**
 * Jobs taken at once: where each carries a single line, a batch is still filled while the one before is under way. On PostgreSQL
 * it takes most of a millisecond to take one, and none is begun before all are taken.
 */
const JOBS = { redis: 1_000, postgres: 250 } as const;

export function startPost(hub: Hub, options: PostWorkerOptions): Running {
  const nudges = planNudges(hub);
  const batchers = Array.from({ length: options.writers }, (_, lane) =>
    laneBatcher(hub, lane, options, nudges),
  );
  const writerOf = (posting: Posting) => laneOfPosting(posting) % options.writers;
  const worker = hub.queues.work(
    'post',
    async (data) => {
      const { postings, handedOver } = postJobOf(data);
      await begin(hub.database.pool, handedOver);
      const byWriter = Map.groupBy(postings, writerOf);
      await Promise.all([...byWriter].map(([writer, own]) => batchers[writer]?.submit(own)));
    },
    { concurrency: JOBS[hub.queues.backend] },
  );
  return {
    stop: async (deadlineMs = STOP_MS) => {
      await worker.close({ deadlineMs });
      await Promise.all(batchers.map((batcher) => batcher.close()));
      await nudges.close();
    },
  };
}

/** One nudge for all batches that were posted while the one before was under way: a nudge costs the queue as much as a job. */
const planNudges = (hub: Hub): Batcher<undefined, void> =>
  createBatcher<undefined, void>({
    maxItems: Number.MAX_SAFE_INTEGER,
    maxWaitMs: 0,
    maxInFlight: 1,
    run: async (batches) => {
      await nudgePlan(hub.queues);
      return batches.map(() => undefined);
    },
  });

function laneBatcher(
  hub: Hub,
  lane: number,
  options: PostWorkerOptions,
  nudges: Batcher<undefined, void>,
): Batcher<readonly Posting[], void> {
  return createBatcher<readonly Posting[], void>({
    maxItems: options.batchLines,
    maxWaitMs: 5,
    // One writer per lane: a second one would only wait for the first.
    maxInFlight: 1,
    weigh: (postings) => postings.reduce((sum, posting) => sum + weightOf(posting), 0),
    run: async (jobs) => {
      await postTogether(hub, jobs.flat(), lane);
      // Not waited for: what a lost nudge would have told, relay finds.
      nudges.submit(undefined).catch((error: unknown) => {
        hub.log.warn(
          { reason: errorReason(error) },
          'the queue did not take a nudge; relay plans the changes',
        );
      });
      return jobs.map(() => undefined);
    },
  });
}

/**
 * Posts all in one transaction; if one of them cannot be posted, the others go without it.
 * @throws what may pass: its events stay pending and are handed over again. Only what a posting says puts it into quarantine.
 */
export async function postTogether(hub: Hub, postings: readonly Posting[], lane: number): Promise<void> {
  try {
    await hub.ledger.post(postings, { lane });
  } catch (error) {
    if (isUnavailable(error) || (error instanceof StockbridgeError && error.disposition === 'retry'))
      throw error;
    const [first] = postings;
    if (postings.length > 1) await postOneByOne(hub, postings, lane);
    else if (first && isRefused(error)) await refuse(hub, first, error);
    else throw error;
  }
}

const isRefused = (error: unknown): boolean =>
  error instanceof StockbridgeError ? error.disposition === 'reject' : isAboutContent(error);

/** @throws the first failure that may pass, once every posting was tried. */
async function postOneByOne(hub: Hub, postings: readonly Posting[], lane: number): Promise<void> {
  const failures: unknown[] = [];
  for (const posting of postings) {
    await postTogether(hub, [posting], lane).catch((error: unknown) => {
      if (isUnavailable(error)) throw error;
      failures.push(error);
    });
  }
  if (failures.length > 0) throw failures[0];
}

async function refuse(hub: Hub, posting: Posting, error: unknown): Promise<void> {
  hub.log.error({ err: error, event: posting.inboxEventId }, 'a posting cannot be written');
  if (posting.inboxEventId === null) throw error;
  const code = error instanceof StockbridgeError ? error.code : 'content_invalid';
  await settle(hub.database.pool, [
    { id: posting.inboxEventId, status: 'quarantined', code, reason: errorReason(error) },
  ]);
}
