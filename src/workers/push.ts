// push: tells channels what they may sell. Reads what the channel holds, waits with increases until everything the channel
// did up to that reading is in the ledger, and sends only what it has stored as an intent. Never sends an older number
// after a newer one, never guesses an outcome, and never oversells by its own hand (I7, I8).
import type { Push, PushAnswer, Reading } from '../connectors/contract.ts';
import type { Policy } from '../core/availability/policy.ts';
import type { AvailabilityTerms } from '../core/availability/availability.ts';
import { type LevelId, readAvailability } from '../core/availability/stock.ts';
import type { Transaction } from '../core/database.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { lagBehind, shortListings, wantPoll } from '../core/publication/caught-up.ts';
import { planChanges } from '../core/publication/changes.ts';
import { type Intent, noteAttempt, noteFailure, type OpenBatch, type OpenPublication, openBatch, openBatches, type PublicationOutcome, settleBatch, settleUnsent } from '../core/publication/intents.ts';
import { changeLevels, type DueLevel, dueLevels, type LevelChange, lockLevels, type StoredReading } from '../core/publication/levels.ts';
import { microsOf } from '../core/vocabulary/instant.ts';
import { connectionOf, type Hub, type LiveConnection, type Running, STOP_MS } from './hub.ts';
import { nudgePoll, nudgeSend, pushJob } from './jobs.ts';

export interface PushOptions {
  readonly concurrency: number;
}

/** An increase that waits looks again after this time; the end of a poll makes it look at once. */
const WAIT_MS = 1_000;
/** Vendors remember a key for a day; an intent older than this is given up and the level read afresh. */
const KEY_LIFE_MICROS = 23n * 3600n * 1_000_000n;
/** Rounds of one job, so that a busy channel cannot keep a worker for ever. */
const ROUNDS = 20;

export function startPush(hub: Hub, options: PushOptions): Running {
  const selling = [...hub.connections.values()].filter((live) => live.policy && live.connection.push).map((live) => live.id);
  const worker = hub.queues.work(
    'push',
    async (data) => {
      const job = pushJob.parse(data);
      if (job.kind === 'send') return sendDue(hub, connectionOf(hub, job.connectionId));
      for (const connectionId of await planChanges(hub.database, selling)) await nudgeSend(hub.queues, connectionId);
    },
    { concurrency: options.concurrency },
  );
  return { stop: async (deadlineMs = STOP_MS) => void (await worker.close({ deadlineMs })) };
}

/** Tells a channel everything that is due. One sender per connection over all processes. */
export async function sendDue(hub: Hub, live: LiveConnection): Promise<void> {
  const { policy } = live;
  const { push } = live.connection;
  const standing = await hub.standingOf(live.id);
  if (!policy || !push || standing.parked !== undefined || standing.cutoverAt === undefined) return;
  await withAdvisoryLock(hub.database, `push ${live.id}`, async () => {
    const sender = new Sender(hub, live, push, policy);
    for (let round = 0; round < ROUNDS; round += 1) {
      if (!(await sender.finishOpenBatches())) return;
      if (!(await sender.takeDue())) return;
    }
    await nudgeSend(hub.queues, live.id);
  });
}

class Sender {
  readonly #hub: Hub;
  readonly #live: LiveConnection;
  readonly #push: Push;
  readonly #policy: Policy;
  /** Keys of the batches that this sender made: one that nobody tried and that is not ours was left by a sender that died. */
  readonly #made = new Set<string>();

  constructor(hub: Hub, live: LiveConnection, push: Push, policy: Policy) {
    this.#hub = hub;
    this.#live = live;
    this.#push = push;
    this.#policy = policy;
  }

  /** Brings intents of unknown outcome to their end, under the key they have. False: the vendor does not let us, come later. */
  async finishOpenBatches(): Promise<boolean> {
    for (const batch of await openBatches(this.#hub.database.pool, this.#live.id)) {
      if (microsOf(batch.createdAt) + KEY_LIFE_MICROS < BigInt(Date.now()) * 1000n) {
        await this.#giveUp(batch, 'its outcome stayed unknown for longer than the vendor keeps keys; the channel is read afresh');
      } else if (batch.attempts === 0 && !this.#made.has(batch.key)) {
        // Its numbers are as old as the sender's death, and nothing of it can have had an effect.
        await this.#giveUp(batch, 'it was never sent; the channel is read afresh');
      } else if (!batch.isDue || !(await this.#send(batch))) return false;
    }
    return true;
  }

  /** One round: reads what is due, decides, stores intents. False: nothing is due. */
  async takeDue(): Promise<boolean> {
    const due = await dueLevels(this.#hub.database.pool, this.#live.id, this.#push.batchSize);
    if (due.length === 0) return false;
    const { news, terms } = await this.#withoutNoNews(due);
    if (news.length === 0) return true;
    const readings = await this.#readings(news);
    if (!readings) return false;
    const key = await this.#hub.database.transaction((client) => this.#decide(client, news, readings, terms));
    if (key !== undefined) this.#made.add(key);
    return true;
  }

  /** Settles levels whose availability is what the channel was last told: nothing to read, nothing to send. */
  async #withoutNoNews(due: readonly DueLevel[]): Promise<{ news: DueLevel[]; terms: TermsByLevel }> {
    return this.#hub.database.transaction(async (client) => {
      const levels = await lockLevels(client, due);
      const terms = await readAvailability(client, levels, this.#policy);
      const isOld = (level: DueLevel) => level.published !== undefined && terms.get(keyOf(level))?.available === level.published;
      await changeLevels(client, levels.filter(isOld).map((level) => ({ ...idOf(level), kind: 'unchanged' })), { keepDue: false });
      return { news: levels.filter((level) => !isOld(level)), terms };
    });
  }

  /** What the channel holds now; levels whose increase waits keep the reading that they wait with. */
  async #readings(levels: readonly DueLevel[]): Promise<Map<string, Reading | StoredReading> | undefined> {
    const readings = new Map<string, Reading | StoredReading>();
    const fresh = levels.filter((level) => !level.reading);
    for (const level of levels) if (level.reading) readings.set(keyOf(level), level.reading);
    if (fresh.length === 0) return readings;
    try {
      const read = await this.#push.read(fresh.map((level) => ({ listing: level.externalId, location: level.externalLocation })));
      for (const [index, level] of fresh.entries()) {
        const reading = read[index];
        if (reading) readings.set(keyOf(level), reading);
      }
      return readings;
    } catch (error) {
      await this.#takeFailure(error);
      await changeLevels(this.#hub.database.pool, fresh.map((level) => ({ ...idOf(level), kind: 'again', reason: errorReason(error), againMs: pauseOf(error), stale: false })), { keepDue: true });
      return undefined;
    }
  }

  /** Answers the key of the batch it stored, if any. */
  async #decide(client: Transaction, news: readonly DueLevel[], readings: ReadonlyMap<string, Reading | StoredReading>, before: TermsByLevel): Promise<string | undefined> {
    const levels = await lockLevels(client, news);
    // Read after the levels are locked: whatever is committed later makes them due again.
    const terms = await readAvailability(client, levels, this.#policy);
    const changes: LevelChange[] = [];
    const intents: Intent[] = [];
    const increases: Intent[] = [];
    const versions = new Map(news.map((level) => [keyOf(level), level.version]));
    for (const level of levels) {
      const reading = readings.get(keyOf(level));
      const own = terms.get(keyOf(level));
      if (!reading || !own) continue;
      if ('outcome' in reading && reading.outcome !== 'read') {
        changes.push({ ...idOf(level), kind: 'stopped', reason: reading.reason });
        continue;
      }
      // What was posted while we read may be the channel's own doing and missing in the reading, so the number to trust is
      // the lower one, and only for a decrease; the level then comes again. A waiting reading is proved again before sending.
      const earlier = level.reading ? own : (before.get(keyOf(level)) ?? own);
      const moved = earlier.available !== own.available;
      const intent: Intent = { ...idOf(level), externalId: level.externalId, terms: lower(own, earlier), reading };
      const step = BigInt(intent.terms.available) - wholePart(reading.available);
      const again: LevelChange = { ...idOf(level), kind: 'again', reason: 'stock changed while the channel was read', againMs: 0, stale: false };
      // Our session broke while we read, the lock with it, and the reading is from before the other's number.
      if (versions.get(keyOf(level)) !== level.version) changes.push({ ...again, reason: 'another sender told the channel meanwhile' });
      else if (step <= 0n && level.reading) changes.push({ ...again, reason: 'the increase that waited is none any more' });
      else if (step < 0n || (step === 0n && !isWhole(reading.available))) {
        intents.push(intent);
        changes.push(moved ? again : { ...idOf(level), kind: 'unchanged' });
      } else if (moved) changes.push(again);
      else if (step === 0n) changes.push({ ...idOf(level), kind: 'told', available: own.available });
      else increases.push(intent);
    }
    await this.#gate(client, increases, intents, changes);
    await changeLevels(client, changes, { keepDue: false });
    return intents.length > 0 ? openBatch(client, this.#live.id, intents) : undefined;
  }

  /** I7: an increase goes out only once everything the channel did up to its reading is applied; else it waits with the reading. */
  async #gate(client: Transaction, increases: readonly Intent[], intents: Intent[], changes: LevelChange[]): Promise<void> {
    const streams = this.#live.connection.poll?.streams ?? [];
    const waiting = (intent: Intent, reason: string): LevelChange => ({ ...idOf(intent), kind: 'waiting', reason: `an increase waits: ${reason}`, reading: intent.reading, againMs: WAIT_MS });
    const short = await shortListings(client, this.#live.id, increases.map((intent) => intent.listingId));
    changes.push(...increases.filter((intent) => short.has(intent.listingId)).map((intent) => waiting(intent, 'an event of the channel is short of this item')));
    const covered = increases.filter((intent) => !short.has(intent.listingId));
    for (const [asOf, own] of Map.groupBy(covered, (intent) => intent.reading.asOf)) {
      const lag = await lagBehind(client, this.#live.id, streams, asOf);
      if (!lag) {
        intents.push(...own);
        changes.push(...own.map((intent): LevelChange => ({ ...idOf(intent), kind: 'unchanged' })));
        continue;
      }
      changes.push(...own.map((intent) => waiting(intent, lag.reason)));
      if (lag.waitsFor !== 'poll') continue;
      await wantPoll(client, this.#live.id, streams);
      await nudgePoll(this.#hub.queues, this.#live.id);
    }
  }

  async #send(stored: OpenBatch): Promise<boolean> {
    const { pool } = this.#hub.database;
    const proved = stored.attempts === 0 ? await this.#proved(stored) : stored;
    if (!proved) return false;
    if (proved.publications.length === 0) return true;
    if (!(await noteAttempt(pool, proved))) return false;
    const batch = { ...proved, attempts: proved.attempts + 1 };
    let answers: readonly PushAnswer[];
    try {
      answers = await this.#push.send({
        key: batch.key,
        createdAt: batch.createdAt,
        items: batch.publications.map((publication) => ({
          listing: publication.externalId,
          location: publication.externalLocation,
          publication: publication.id,
          available: publication.available,
          readAvailable: publication.readAvailable,
          expected: publication.expected,
        })),
      });
    } catch (error) {
      // Whatever it was, the outcome may be open: the batch keeps its key and is sent again as it is.
      await noteFailure(pool, batch.key, errorReason(error));
      await this.#takeFailure(error);
      return false;
    }
    await this.#settle(batch, answers);
    return true;
  }

  /**
   * Before its first attempt: without the increases whose reading no longer stands (I7). The ledger behind the number may
   * hold what the channel did after the reading, and a difference to an old reading would then count it twice.
   * Undefined: the channel cannot be read now. On later attempts the outcome is open, and the batch goes as it is (I8).
   */
  async #proved(batch: OpenBatch): Promise<OpenBatch | undefined> {
    const increases = batch.publications.filter((each) => BigInt(each.available) > wholePart(each.readAvailable));
    if (increases.length === 0) return batch;
    const failed: OpenPublication[] = [];
    try {
      const now = await this.#push.read(increases.map((each) => ({ listing: each.externalId, location: each.externalLocation })));
      for (const [index, each] of increases.entries()) if (!stands(each, now[index])) failed.push(each);
    } catch (error) {
      await this.#takeFailure(error);
      await this.#giveUp(batch, errorReason(error), pauseOf(error));
      return undefined;
    }
    if (failed.length === 0) return batch;
    const reason = 'the channel changed after it was read';
    const { pool } = this.#hub.database;
    if (failed.length === batch.publications.length) await this.#settle(batch, failed.map(() => ({ outcome: 'stale', reason })));
    else {
      const taken = await this.#hub.database.transaction(async (client) => {
        if (!(await settleUnsent(client, batch, failed.map((each) => ({ id: each.id, status: 'stale', reason }))))) return false;
        await changeLevels(client, failed.map((each) => ({ ...idOf(each), kind: 'again', reason, againMs: 0, stale: true })), { keepDue: true });
        return true;
      });
      if (!taken) return undefined;
      await wantPoll(pool, this.#live.id, this.#live.connection.poll?.streams ?? []);
      if (this.#live.connection.poll) await nudgePoll(this.#hub.queues, this.#live.id);
    }
    return { ...batch, publications: batch.publications.filter((each) => !failed.includes(each)) };
  }

  async #settle(batch: OpenBatch, answers: readonly PushAnswer[], againMs = WAIT_MS): Promise<void> {
    const outcomes: PublicationOutcome[] = [];
    const changes: LevelChange[] = [];
    let stale = false;
    for (const [index, publication] of batch.publications.entries()) {
      const answer = answers[index] ?? { outcome: 'retry', reason: 'the channel did not answer for it' };
      const level = idOf(publication);
      switch (answer.outcome) {
        case 'applied':
          outcomes.push({ id: publication.id, status: 'confirmed', reason: null });
          changes.push({ ...level, kind: 'told', available: publication.available });
          break;
        case 'stale':
          stale = true;
          outcomes.push({ id: publication.id, status: 'stale', reason: answer.reason });
          changes.push({ ...level, kind: 'again', reason: answer.reason, againMs: 0, stale: true });
          break;
        case 'rejected':
          outcomes.push({ id: publication.id, status: 'rejected', reason: answer.reason });
          changes.push({ ...level, kind: 'stopped', reason: answer.reason });
          break;
        case 'retry':
          outcomes.push({ id: publication.id, status: 'retried', reason: answer.reason });
          changes.push({ ...level, kind: 'again', reason: answer.reason, againMs, stale: false });
          break;
      }
    }
    await this.#hub.database.transaction(async (client) => {
      if (!(await settleBatch(client, batch, outcomes))) return;
      await changeLevels(client, changes, { keepDue: true });
      // Something happened at the channel that we do not know yet.
      if (stale) await wantPoll(client, this.#live.id, this.#live.connection.poll?.streams ?? []);
    });
    if (stale && this.#live.connection.poll) await nudgePoll(this.#hub.queues, this.#live.id);
  }

  async #giveUp(batch: OpenBatch, reason: string, againMs = WAIT_MS): Promise<void> {
    await this.#settle(batch, batch.publications.map(() => ({ outcome: 'retry', reason })), againMs);
  }

  async #takeFailure(error: unknown): Promise<void> {
    const reason = errorReason(error);
    const log = this.#hub.log.child({ connection: this.#live.name });
    if (error instanceof StockbridgeError && error.disposition === 'park') return this.#hub.park(this.#live.id, error.code, reason);
    if (error instanceof StockbridgeError) log.warn({ code: error.code, reason }, 'push postponed');
    else log.error({ err: error }, 'push failed');
  }
}

type TermsByLevel = ReadonlyMap<string, AvailabilityTerms>;

const lower = (a: AvailabilityTerms, b: AvailabilityTerms): AvailabilityTerms => (BigInt(b.available) < BigInt(a.available) ? b : a);

/** Does the channel still hold what the intent was computed against, by everything it tells about it? */
const stands = (publication: OpenPublication, now: Reading | undefined): boolean =>
  now?.outcome === 'read' &&
  now.available === publication.readAvailable &&
  Object.keys(now.expected).length === Object.keys(publication.expected).length &&
  Object.entries(now.expected).every(([name, value]) => publication.expected[name] === value);

const keyOf = (level: LevelId): string => `${level.listingId}|${level.externalLocation}`;
const idOf = (level: LevelId): LevelId => ({ listingId: level.listingId, externalLocation: level.externalLocation });
const isWhole = (quantity: string): boolean => !quantity.includes('.');
/** Rounded towards minus infinity, so that a fraction at the channel never makes an increase look like none. */
const wholePart = (quantity: string): bigint => {
  const [whole = '0', fraction] = quantity.split('.');
  return fraction && quantity.startsWith('-') ? BigInt(whole) - 1n : BigInt(whole);
};
const pauseOf = (error: unknown): number => (error instanceof StockbridgeError ? (error.retryAfterMs ?? WAIT_MS) : WAIT_MS);
