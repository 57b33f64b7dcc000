// push: tells channels what they may sell. Reads what the channel holds, waits with increases until everything the channel
// did up to that reading is in the ledger, and sends only what it has stored as an intent. Never sends an older number
// after a newer one, never guesses an outcome, and never oversells by its own hand (I7, I8).
import type { Push } from '../connectors/contract.ts';
import type { AvailabilityTerms } from '../core/availability/availability.ts';
import type { Policy } from '../core/availability/policy.ts';
import { type LevelId, readAvailability } from '../core/availability/stock.ts';
import type { Transaction } from '../core/database.ts';
import { errorReason } from '../core/errors.ts';
import { withAdvisoryLock } from '../core/lock.ts';
import { lagBehind, shortListings, wantPoll } from '../core/publication/caught-up.ts';
import { planChanges } from '../core/publication/changes.ts';
import { type Intent, openBatch } from '../core/publication/intents.ts';
import { type Answered, judge } from '../core/publication/judge.ts';
import {
  changeLevels,
  type DueLevel,
  dueLevels,
  type LevelChange,
  levelIdOf,
  lockLevels,
} from '../core/publication/levels.ts';
import { neverCounted } from '../core/publication/never-counted.ts';
import { connectionOf, type Hub, type LiveConnection, type Running, STOP_MS } from './hub.ts';
import { nudgePoll, nudgeSend, pushJob } from './jobs.ts';
import { Attempts } from './push-attempts.ts';
import { pauseOf, takePushFailure, WAIT_MS } from './push-failure.ts';

export interface PushOptions {
  readonly concurrency: number;
}

/** Rounds of one job, so that a busy channel cannot keep a worker for ever. */
const ROUNDS = 20;

export function startPush(hub: Hub, options: PushOptions): Running {
  const selling = [...hub.connections.values()]
    .filter((live) => live.policy && live.connection.push)
    .map((live) => live.id);
  const worker = hub.queues.work(
    'push',
    async (data) => {
      const job = pushJob.parse(data);
      if (job.kind === 'send') return sendDue(hub, connectionOf(hub, job.connectionId));
      for (const connectionId of await planChanges(hub.database, selling))
        await nudgeSend(hub.queues, connectionId);
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
    const attempts = new Attempts(hub, live, push);
    const sender = new Sender(hub, live, push, policy);
    for (let round = 0; round < ROUNDS; round += 1) {
      if (!(await attempts.finish())) return;
      const taken = await sender.takeDue();
      if (!taken.more) return;
      if (taken.key !== undefined) attempts.own(taken.key);
    }
    await nudgeSend(hub.queues, live.id);
  });
}

/** Decides what is told: the round from due levels to stored intents. */
class Sender {
  readonly #hub: Hub;
  readonly #live: LiveConnection;
  readonly #push: Push;
  readonly #policy: Policy;

  constructor(hub: Hub, live: LiveConnection, push: Push, policy: Policy) {
    this.#hub = hub;
    this.#live = live;
    this.#push = push;
    this.#policy = policy;
  }

  /** One round: reads what is due, decides, stores intents. Answers the key of the new batch, or that there is nothing more to do now. */
  async takeDue(): Promise<{ more: boolean; key?: string }> {
    const due = await dueLevels(this.#hub.database.pool, this.#live.id, this.#push.batchSize);
    if (due.length === 0) return { more: false };
    const { news, terms } = await this.#withoutNoNews(due);
    if (news.length === 0) return { more: true };
    const readings = await this.#readings(news);
    if (!readings) return { more: false };
    const key = await this.#hub.database.transaction((client) => this.#decide(client, news, readings, terms));
    return key === undefined ? { more: true } : { more: true, key };
  }

  /** Settles levels whose availability is what the channel was last told: nothing to read, nothing to send. */
  async #withoutNoNews(due: readonly DueLevel[]): Promise<{ news: DueLevel[]; terms: TermsByLevel }> {
    return this.#hub.database.transaction(async (client) => {
      const levels = await lockLevels(client, due);
      const terms = await readAvailability(client, levels, this.#policy, this.#hub.today());
      const isOld = (level: DueLevel) =>
        level.published !== undefined && terms.get(keyOf(level))?.available === level.published;
      await changeLevels(
        client,
        levels.filter(isOld).map((level) => ({ ...levelIdOf(level), kind: 'unchanged' })),
        { keepDue: false },
      );
      return { news: levels.filter((level) => !isOld(level)), terms };
    });
  }

  /** What the channel holds now; levels whose increase waits keep the reading that they wait with. */
  async #readings(levels: readonly DueLevel[]): Promise<Map<string, Answered> | undefined> {
    const readings = new Map<string, Answered>();
    const fresh = levels.filter((level) => !level.reading);
    for (const level of levels) if (level.reading) readings.set(keyOf(level), level.reading);
    if (fresh.length === 0) return readings;
    try {
      const read = await this.#push.read(
        fresh.map((level) => ({ listing: level.externalId, location: level.externalLocation })),
      );
      for (const [index, level] of fresh.entries()) {
        const reading = read[index];
        if (reading) readings.set(keyOf(level), reading);
      }
      return readings;
    } catch (error) {
      await takePushFailure(this.#hub, this.#live, error);
      await changeLevels(
        this.#hub.database.pool,
        fresh.map((level) => ({
          ...levelIdOf(level),
          kind: 'again',
          reason: errorReason(error),
          againMs: pauseOf(error),
          stale: false,
        })),
        { keepDue: true },
      );
      return undefined;
    }
  }

  /** Answers the key of the batch it stored, if any. */
  async #decide(
    client: Transaction,
    news: readonly DueLevel[],
    readings: ReadonlyMap<string, Answered>,
    before: TermsByLevel,
  ): Promise<string | undefined> {
    const levels = await lockLevels(client, news);
    // Read after the levels are locked: whatever is committed later makes them due again.
    const terms = await readAvailability(client, levels, this.#policy, this.#hub.today());
    const versions = new Map(news.map((level) => [keyOf(level), level.version]));
    const changes: LevelChange[] = [];
    const intents: Intent[] = [];
    const increases: Intent[] = [];
    const unknown = await neverCounted(
      client,
      new Map([...terms].filter(([key]) => offersSome(readings.get(key)))),
      this.#policy,
    );
    for (const level of levels) {
      const key = keyOf(level);
      const answered = readings.get(key);
      const own = terms.get(key);
      if (!answered || !own) continue;
      const judgement = judge({
        level,
        answered,
        terms: own,
        before: before.get(key),
        versionBefore: versions.get(key),
      });
      const reason = unknown.get(key);
      if (reason !== undefined && (judgement.send ?? judgement.increase)) {
        changes.push({ ...levelIdOf(level), kind: 'stopped', reason });
        continue;
      }
      if (judgement.change) changes.push(judgement.change);
      const told = judgement.send ?? judgement.increase;
      if (!told || !('expected' in answered)) continue;
      const intent = { ...levelIdOf(level), externalId: level.externalId, terms: told, reading: answered };
      (judgement.send ? intents : increases).push(intent);
    }
    await this.#gate(client, increases, intents, changes);
    await changeLevels(client, changes, { keepDue: false });
    return intents.length > 0 ? openBatch(client, this.#live.id, intents) : undefined;
  }

  /** I7: an increase goes out only once everything the channel did up to its reading is applied; else it waits with the reading. */
  async #gate(
    client: Transaction,
    increases: readonly Intent[],
    intents: Intent[],
    changes: LevelChange[],
  ): Promise<void> {
    const streams = this.#live.connection.poll?.streams ?? [];
    const waiting = (intent: Intent, reason: string): LevelChange => ({
      ...levelIdOf(intent),
      kind: 'waiting',
      reason: `an increase waits: ${reason}`,
      reading: intent.reading,
      againMs: WAIT_MS,
    });
    const short = await shortListings(
      client,
      increases.map((intent) => intent.listingId),
    );
    changes.push(
      ...increases.flatMap((intent) => {
        const reason = short.get(intent.listingId);
        return reason === undefined ? [] : [waiting(intent, reason)];
      }),
    );
    const covered = increases.filter((intent) => !short.has(intent.listingId));
    for (const [asOf, own] of Map.groupBy(covered, (intent) => intent.reading.asOf)) {
      const lag = await lagBehind(client, this.#live.id, streams, asOf);
      if (!lag) {
        intents.push(...own);
        changes.push(...own.map((intent): LevelChange => ({ ...levelIdOf(intent), kind: 'unchanged' })));
        continue;
      }
      changes.push(...own.map((intent) => waiting(intent, lag.reason)));
      if (lag.waitsFor !== 'poll') continue;
      await wantPoll(client, this.#live.id, streams);
      await nudgePoll(this.#hub.queues, this.#live.id);
    }
  }
}

type TermsByLevel = ReadonlyMap<string, AvailabilityTerms>;

const offersSome = (answered: Answered | undefined): boolean =>
  answered !== undefined && 'expected' in answered && answered.available !== '0';

const keyOf = (level: LevelId): string => `${level.listingId}|${level.externalLocation}`;
