// Attempts to tell a channel what stored intents say: proves them, sends them under the key they have, and settles them with
// the channel's answer. Never makes an intent, and never guesses an outcome (I8).
import type { Push, PushAnswer } from '../connectors/contract.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { wantPoll } from '../core/publication/caught-up.ts';
import {
  noteAttempt,
  noteFailure,
  type OpenBatch,
  openBatches,
  type PublicationOutcome,
  settleBatch,
  settleUnsent,
} from '../core/publication/intents.ts';
import { isIncrease, stands } from '../core/publication/judge.ts';
import { changeLevels, type LevelChange, levelIdOf } from '../core/publication/levels.ts';
import { microsOf } from '../core/vocabulary/instant.ts';
import type { Hub, LiveConnection } from './hub.ts';
import { nudgePoll } from './jobs.ts';
import { pauseOf, takePushFailure, WAIT_MS } from './push-failure.ts';

/** Vendors remember a key for a day; an intent older than this is given up and the level read afresh. */
const KEY_LIFE_MICROS = 23n * 3600n * 1_000_000n;

/** How long a batch whose first outcome is open is sent again though the channel refuses it. */
const REFUSED_FOR_MICROS = 600n * 1_000_000n;
/** The levels of a refused batch come again after this time. */
const REFUSED_MS = 60_000;

/** The channel has taken nothing, and takes the same bytes no other time. */
const isRefused = (error: unknown): boolean =>
  error instanceof StockbridgeError && error.disposition === 'reject';

export class Attempts {
  readonly #hub: Hub;
  readonly #live: LiveConnection;
  readonly #push: Push;
  /** Keys of the batches made under this lock: one that nobody tried and that is not ours was left by a sender that died. */
  readonly #made = new Set<string>();

  constructor(hub: Hub, live: LiveConnection, push: Push) {
    this.#hub = hub;
    this.#live = live;
    this.#push = push;
  }

  /** Takes a batch that was just stored as one to send. */
  own(key: string): void {
    this.#made.add(key);
  }

  /** Brings intents of unknown outcome to their end, under the key they have. False: the vendor does not let us, come later. */
  async finish(): Promise<boolean> {
    for (const batch of await openBatches(this.#hub.database.pool, this.#live.id)) {
      if (microsOf(batch.createdAt) + KEY_LIFE_MICROS < BigInt(Date.now()) * 1000n) {
        await this.#giveUp(
          batch,
          'its outcome stayed unknown for longer than the vendor keeps keys; the channel is read afresh',
        );
      } else if (batch.attempts === 0 && !this.#made.has(batch.key)) {
        // Its numbers are as old as the sender's death, and nothing of it can have had an effect.
        await this.#giveUp(batch, 'it was never sent; the channel is read afresh');
      } else if (!batch.isDue || !(await this.#send(batch))) return false;
    }
    return true;
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
      if (isRefused(error) && this.#isOver(batch)) {
        await this.#giveUp(batch, errorReason(error), REFUSED_MS);
        await takePushFailure(this.#hub, this.#live, error);
        return false;
      }
      // Otherwise the outcome may be open: the batch keeps its key and is sent again as it is.
      await noteFailure(pool, batch.key, errorReason(error));
      await takePushFailure(this.#hub, this.#live, error);
      return false;
    }
    await this.#settle(batch, answers);
    return true;
  }

  /** A refusal says nothing of an attempt before it whose outcome is open; that one has had its effect, or none, after a while. */
  #isOver(batch: OpenBatch): boolean {
    return (
      batch.attempts === 1 || microsOf(batch.createdAt) + REFUSED_FOR_MICROS < BigInt(Date.now()) * 1000n
    );
  }

  /**
   * Before its first attempt: without the increases whose reading no longer stands (I7). The ledger behind the number may
   * hold what the channel did after the reading, and a difference to an old reading would then count it twice.
   * Undefined: the channel cannot be read now. On later attempts the outcome is open, and the batch goes as it is (I8).
   */
  async #proved(batch: OpenBatch): Promise<OpenBatch | undefined> {
    const increases = batch.publications.filter(isIncrease);
    if (increases.length === 0) return batch;
    const failed: OpenBatch['publications'][number][] = [];
    try {
      const now = await this.#push.read(
        increases.map((each) => ({ listing: each.externalId, location: each.externalLocation })),
      );
      for (const [index, each] of increases.entries()) if (!stands(each, now[index])) failed.push(each);
    } catch (error) {
      await takePushFailure(this.#hub, this.#live, error);
      await this.#giveUp(batch, errorReason(error), pauseOf(error));
      return undefined;
    }
    if (failed.length === 0) return batch;
    const reason = 'the channel changed after it was read';
    const { pool } = this.#hub.database;
    if (failed.length === batch.publications.length)
      await this.#settle(
        batch,
        failed.map(() => ({ outcome: 'stale', reason })),
      );
    else {
      const taken = await this.#hub.database.transaction(async (client) => {
        if (
          !(await settleUnsent(
            client,
            batch,
            failed.map((each) => ({ id: each.id, status: 'stale', reason })),
          ))
        )
          return false;
        await changeLevels(
          client,
          failed.map((each) => ({ ...levelIdOf(each), kind: 'again', reason, againMs: 0, stale: true })),
          { keepDue: true },
        );
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
      const level = levelIdOf(publication);
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
    await this.#settle(
      batch,
      batch.publications.map(() => ({ outcome: 'retry', reason })),
      againMs,
    );
  }
}
