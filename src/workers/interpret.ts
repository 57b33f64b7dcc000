// interpret: a connector turns raw events into facts, the catalogue maps them, and the postings go to the ledger.
// Never touches a balance and never guesses; whatever cannot be said for certain is quarantined with what to do.

import type { Interpretation } from '../connectors/contract.ts';
import { heldAhead } from '../core/catalog/dated-ahead.ts';
import { type Directory, readDirectory } from '../core/catalog/directory.ts';
import { knownPartOf } from '../core/catalog/known-part.ts';
import { CATALOGUE_CODES } from '../core/catalog/replayable.ts';
import { resolve } from '../core/catalog/resolve.ts';
import { holdVersion, readVersion } from '../core/catalog/version.ts';
import { isUnavailable } from '../core/database.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { type InboxEvent, pendingEvents, type Settlement, settle } from '../core/inbox/events.ts';
import { begin, handOn, postpone } from '../core/inbox/replay.ts';
import { type Posting, postingSchema } from '../core/ledger/movement.ts';
import type { Instant } from '../core/vocabulary/instant.ts';
import { connectionOf, type Hub, type LiveConnection, type Running, STOP_MS } from './hub.ts';
import { enqueuePostings, interpretJob, LARGEST_JOB, laneOfPosting, weightOf } from './jobs.ts';
import { postTogether } from './post.ts';

/** First pause after a failure that may pass; it doubles with each hand-over by relay. */
const RETRY_MS = 2_000;

export interface InterpretOptions {
  readonly concurrency: number;
}

export function startInterpret(hub: Hub, options: InterpretOptions): Running {
  const worker = hub.queues.work(
    'interpret',
    async (data) => {
      const job = interpretJob.parse(data);
      await interpretEvents(hub, connectionOf(hub, job.connectionId), job.eventIds);
    },
    { concurrency: options.concurrency },
  );
  return { stop: async (deadlineMs = STOP_MS) => void (await worker.close({ deadlineMs })) };
}

/** Interprets what is still pending of these events. Failures become the events' own state, not the job's. */
export async function interpretEvents(
  hub: Hub,
  live: LiveConnection,
  eventIds: readonly string[],
): Promise<void> {
  await attempt(hub, live, eventIds);
}

type Attempt = 'ended' | 'postponed';

async function attempt(hub: Hub, live: LiveConnection, eventIds: readonly string[]): Promise<Attempt> {
  const standing = await hub.standingOf(live.id);
  if (standing.parked !== undefined || standing.cutoverAt === undefined) return 'ended';
  const events = await pendingEvents(hub.database.pool, eventIds);
  if (events.length === 0) return 'ended';
  const handedOver = events.filter((event) => event.handedOver).map((event) => event.id);
  await begin(hub.database.pool, handedOver);
  try {
    const interpretations = await live.connection.interpret(events);
    await carryOn(hub, live, standing.cutoverAt, events, interpretations);
    return 'ended';
  } catch (error) {
    return takeFailure(hub, live, events, error);
  }
}

async function carryOn(
  hub: Hub,
  live: LiveConnection,
  cutoverAt: Instant,
  events: readonly InboxEvent[],
  interpretations: readonly Interpretation[],
): Promise<void> {
  if (interpretations.length !== events.length) {
    throw new StockbridgeError(
      'invariant_broken',
      `${live.connector.name} answered ${interpretations.length} of ${events.length} events`,
    );
  }
  const facts = interpretations.flatMap((each) => (each.outcome === 'facts' ? [each.facts] : []));
  // Before the directory: a catalogue that changes meanwhile is a newer one.
  const catalogue = await readVersion(hub.database.pool);
  const directory = await readDirectory(hub.database.pool, live.id, facts);
  const postings: Posting[] = [];
  const settlements: Settlement[] = [];
  for (const [index, event] of events.entries()) {
    const interpretation = interpretations[index];
    if (!interpretation) continue;
    const ending = endingOf(event, interpretation, directory, cutoverAt, isChannel(live));
    if ('posting' in ending) {
      const { held, ...posting } = ending.posting;
      postings.push(held ? { ...posting, held: { ...held, catalogue } } : posting);
    } else settlements.push(ending);
  }
  await settleRead(hub, settlements, catalogue);
  const small = postings.filter((posting) => weightOf(posting) <= LARGEST_JOB);
  const large = postings.filter((posting) => weightOf(posting) > LARGEST_JOB);
  if (small.length > 0) {
    const handedOver = new Set(events.filter((event) => event.handedOver).map((event) => event.id));
    const waiting = small.flatMap(({ inboxEventId }) =>
      inboxEventId !== null && handedOver.has(inboxEventId) ? [inboxEventId] : [],
    );
    await handOn(hub.database.pool, waiting);
    await enqueuePostings(hub.queues, small, handedOver);
  }
  for (const posting of large) await postTogether(hub, [posting], laneOfPosting(posting));
}

/** Settles what nothing is posted for. What an import may have cured meanwhile stays pending, and is read again. */
async function settleRead(hub: Hub, settlements: readonly Settlement[], catalogue: string): Promise<void> {
  const isUnknown = (each: Settlement) =>
    'code' in each && CATALOGUE_CODES.some((code) => code === each.code);
  const unknown = settlements.filter(isUnknown);
  await settle(
    hub.database.pool,
    settlements.filter((each) => !isUnknown(each)),
  );
  if (unknown.length === 0) return;
  await hub.database.transaction(async (client) => {
    if ((await holdVersion(client)) === catalogue) await settle(client, unknown);
  });
}

/** A channel's word is of what it sold; of anybody else's, a part would leave the rest to be guessed. */
const isChannel = ({ connection }: LiveConnection): boolean => connection.push !== undefined;

/** The latest that a clock which is right can say: when the event came, or when what it hints at was read. */
const knownAt = ({ receivedAt }: InboxEvent, { readAt }: { readonly readAt?: Instant }): Instant =>
  readAt !== undefined && readAt > receivedAt ? readAt : receivedAt;

/** Where an event goes from here: to the ledger, or to its end with the reason. */
function endingOf(
  event: InboxEvent,
  interpretation: Interpretation,
  directory: Directory,
  cutoverAt: Instant,
  sells: boolean,
): Settlement | { posting: Posting } {
  const { id } = event;
  const isReleased = event.headers.released !== undefined;
  const resolved = { inboxEventId: id, cutoverAt, isReleased };
  if (interpretation.outcome === 'ignored') return { id, status: 'ignored', reason: interpretation.reason };
  if (interpretation.outcome === 'quarantined')
    return { id, status: 'quarantined', code: interpretation.code, reason: interpretation.reason };
  const resolution = resolve(interpretation.facts, directory, resolved);
  if (resolution.outcome === 'resolved' && resolution.empty)
    return { id, status: 'ignored', reason: resolution.posting.note ?? 'it says nothing about stock' };
  const posting =
    resolution.outcome === 'resolved'
      ? resolution.posting
      : sells
        ? knownPartOf(interpretation.facts, directory, resolved, resolution)
        : undefined;
  if (!posting && resolution.outcome === 'refused')
    return { id, status: 'quarantined', code: resolution.code, reason: resolution.reason };
  // A partner's file has rules of its own for days and times.
  const isBelieved = isReleased || event.source === 'file';
  const held = posting && !isBelieved ? heldAhead(posting, knownAt(event, interpretation)) : undefined;
  // The last wall before the ledger: a connector's slip becomes a quarantine row, not a half-understood movement.
  const checked = postingSchema.safeParse(held ?? posting);
  if (checked.success) return { posting: checked.data };
  const [issue] = checked.error.issues;
  return {
    id,
    status: 'quarantined',
    code: 'content_invalid',
    reason: `${issue?.path.join('.')}: ${issue?.message}`,
  };
}

/** So many events that fail one after the other say that the vendor is away, and not that one of them is bad. */
const FAILED_IN_A_ROW = 3;

/**
 * One bad event must not hold back its neighbours. Answers those that were not looked at, because nothing succeeds at all. No event
 * is always among the first: a few bad ones would hold back the rest for good.
 */
async function interpretEach(
  hub: Hub,
  live: LiveConnection,
  events: readonly InboxEvent[],
): Promise<readonly InboxEvent[]> {
  const left = events
    .map((event) => ({ event, turn: Math.random() }))
    .sort((a, b) => a.turn - b.turn)
    .map(({ event }) => event);
  let failed = 0;
  for (let event = left.pop(); event; event = left.pop()) {
    failed = (await attempt(hub, live, [event.id])) === 'postponed' ? failed + 1 : 0;
    if (failed === FAILED_IN_A_ROW) break;
  }
  return left;
}

/** What a failed interpretation means for its events: come again, wait for a person, or leave the one bad event behind. */
async function takeFailure(
  hub: Hub,
  live: LiveConnection,
  events: readonly InboxEvent[],
  error: unknown,
): Promise<Attempt> {
  const ids = events.map((event) => event.id);
  const reason = errorReason(error);
  const log = hub.log.child({ connection: live.name, events: ids.length });
  const apart = async (): Promise<Attempt> => {
    const left = await interpretEach(hub, live, events);
    const leftIds = left.map((event) => event.id);
    await postpone(hub.database.pool, leftIds, reason, RETRY_MS);
    return left.length > 0 ? 'postponed' : 'ended';
  };
  if (!(error instanceof StockbridgeError)) {
    // The queue tries the job again; until then nothing could be noted either.
    if (isUnavailable(error)) throw error;
    log.error({ err: error }, 'interpretation failed');
    if (events.length > 1) return apart();
    await postpone(hub.database.pool, ids, `${live.connector.name} failed: ${reason}`, RETRY_MS);
    return 'postponed';
  }
  switch (error.disposition) {
    case 'retry':
    case 'wait':
      // Once, everybody waits; what fails together again is looked at one by one.
      if (error.disposition === 'retry' && events.length > 1 && events.some((event) => event.failedBefore))
        return apart();
      log.warn({ code: error.code, reason }, 'interpretation postponed');
      await postpone(hub.database.pool, ids, reason, error.retryAfterMs ?? RETRY_MS);
      return 'postponed';
    case 'park':
      await hub.park(live.id, error.code, reason);
      return 'ended';
    case 'reject':
      if (events.length > 1) return apart();
      await settle(
        hub.database.pool,
        ids.map((id) => ({ id, status: 'quarantined', code: error.code, reason })),
      );
      return 'ended';
    case 'crash':
      throw error;
  }
}
