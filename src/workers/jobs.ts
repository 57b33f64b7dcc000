// What jobs carry: ids, or canonical facts; never raw payloads, never personal data. The one place that knows job shapes.
import { z } from 'zod';
import { StockbridgeError } from '../core/errors.ts';
import { laneOf } from '../core/ledger/chain.ts';
import type { Posting } from '../core/ledger/movement.ts';
import type { Queues } from './queues.ts';

/** Most events one interpret job names, and most movements one post job carries. */
const EVENTS = 50;
const MOVEMENTS = 100;

const connectionId = z.int().positive();

export const interpretJob = z.object({
  connectionId,
  eventIds: z.array(z.string().regex(/^\d{1,19}$/)).min(1),
});
export const pushJob = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('plan') }),
  z.object({ kind: z.literal('send'), connectionId }),
]);
export const pollJob = z.object({ connectionId });

/** Hands stored events over to interpretation. A lost job costs time, not events: relay hands them over again. */
export async function enqueueEvents(
  queues: Queues,
  connection: number,
  eventIds: readonly string[],
): Promise<void> {
  const jobs: { data: object }[] = [];
  for (let start = 0; start < eventIds.length; start += EVENTS) {
    jobs.push({ data: { connectionId: connection, eventIds: eventIds.slice(start, start + EVENTS) } });
  }
  await queues.addBulk('interpret', jobs);
}

/** The shape of postings in a job: raise it with every change, so that no job from before an upgrade is misread. */
const POSTINGS_FORMAT = 3;
const postJobFormat = z.object({
  format: z.literal(POSTINGS_FORMAT),
  postings: z.array(z.unknown()).min(1),
  handedOver: z.array(z.string()).optional(),
});

/**
 * The postings of a job, and those of its events that were handed over before. The postings were checked in full before they
 * went in, and the ledger's types and constraints stand behind them, so here only the format is: checking each again cost a
 * tenth of the whole way from the queue to the ledger.
 * @throws StockbridgeError `content_invalid` for a job of another format; its events stay pending and are handed over again.
 */
export function postJobOf(data: unknown): {
  readonly postings: readonly Posting[];
  readonly handedOver: readonly string[];
} {
  const job = postJobFormat.safeParse(data);
  if (!job.success)
    throw new StockbridgeError('content_invalid', `a post job is not of format ${POSTINGS_FORMAT}`);
  return { postings: job.data.postings as Posting[], handedOver: job.data.handedOver ?? [] };
}

export const postJobData = (postings: readonly Posting[], handedOver: readonly string[] = []): object => ({
  format: POSTINGS_FORMAT,
  postings,
  ...(handedOver.length > 0 && { handedOver }),
});

/** Hands canonical postings over to the ledger, many in a job: a job costs the queue the same whatever it carries. */
export async function enqueuePostings(
  queues: Queues,
  postings: readonly Posting[],
  handedOver: ReadonlySet<string> = new Set(),
): Promise<void> {
  const dataOf = (job: readonly Posting[]) =>
    postJobData(
      job,
      job.flatMap(({ inboxEventId }) =>
        inboxEventId !== null && handedOver.has(inboxEventId) ? [inboxEventId] : [],
      ),
    );
  const jobs: { data: object }[] = [];
  let job: Posting[] = [];
  let weight = 0;
  for (const posting of postings) {
    if (job.length > 0 && weight + weightOf(posting) > MOVEMENTS) {
      jobs.push({ data: dataOf(job) });
      job = [];
      weight = 0;
    }
    job.push(posting);
    weight += weightOf(posting);
  }
  if (job.length > 0) jobs.push({ data: dataOf(job) });
  await queues.addBulk('post', jobs);
}

/** A posting of more lines is no job: a queue is no place for a whole warehouse's stock report. */
export const LARGEST_JOB = 1_000;

/** Facts about one item are written in one lane, so that writers of different items do not meet. */
export const laneOfPosting = (posting: Posting): number =>
  laneOf(
    posting.movements[0]?.lines[0]?.itemId ??
      posting.counts[0]?.itemId ??
      posting.reservations[0]?.lines[0]?.itemId ??
      0,
  );

/** How much of a batch a posting fills: its lines, and each reading by an earlier catalogue as one more; at least one. */
export const weightOf = (posting: Posting): number =>
  Math.max(
    1,
    posting.movements.reduce((sum, { lines, earlier = [] }) => sum + lines.length + earlier.length, 0) +
      posting.counts.length +
      (posting.reports ?? []).reduce((sum, report) => sum + report.lines.length, 0) +
      (posting.books ?? []).reduce((sum, entry) => sum + (entry.deleted ? 1 : entry.lines.length), 0),
  );

/** Asks for the ledger's newest changes to be planned and told. */
export const nudgePlan = (queues: Queues): Promise<void> => queues.nudge('push', 'plan', { kind: 'plan' });

export const nudgeSend = (queues: Queues, connection: number): Promise<void> =>
  queues.nudge('push', `send-${connection}`, { kind: 'send', connectionId: connection });

export const nudgePoll = (queues: Queues, connection: number): Promise<void> =>
  queues.nudge('poll', `poll-${connection}`, { connectionId: connection });
