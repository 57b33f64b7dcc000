// erase: takes away, at start and every hour, the bytes of events that were kept long enough. In small batches with pauses,
// so that intake and posting never wait for it; any number of processes may run it.
import { setTimeout as sleep } from 'node:timers/promises';
import { errorReason } from '../core/errors.ts';
import { eraseKeptLonger, eraseNext } from '../core/inbox/retention.ts';
import type { Hub, Running } from './hub.ts';
import { startRounds } from './rounds.ts';

export interface EraseOptions {
  /** Days after an event was received when its bytes go. */
  readonly days: number;
  /** Most events in one transaction. */
  readonly batch?: number;
  /** Pause between two rounds. */
  readonly everyMs?: number;
}

const HOUR_MS = 3_600_000;
const BATCH = 500;
const PAUSE_MS = 50;

/** Erases now and every hour until it is stopped; a round that fails is noted and tried again with the next. */
export function startErase(
  hub: Pick<Hub, 'database' | 'log'>,
  { days, batch = BATCH, everyMs = HOUR_MS }: EraseOptions,
): Running {
  const round = async (signal: AbortSignal) => {
    const events = await eraseAll(hub, { days, limit: batch }, signal);
    if (events > 0) hub.log.info({ events }, 'the bytes of events that were kept long enough were erased');
  };
  return startRounds(round, {
    everyMs,
    failed: (error) =>
      hub.log.warn({ reason: errorReason(error) }, 'bytes of events could not be erased; tried again'),
  });
}

/** Erases until nothing is due or it is told to stop, and answers how many. What is left is due again after the restart. */
async function eraseAll(
  { database: { pool } }: Pick<Hub, 'database'>,
  retention: { days: number; limit: number },
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  for (let isMore = true; isMore; ) {
    const erased = await eraseKeptLonger(pool, retention);
    total += erased;
    isMore = erased === retention.limit && (await rested(signal));
  }
  for (let isMore = true; isMore; ) {
    const { passed, erased } = await eraseNext(pool, retention);
    total += erased;
    isMore = passed === retention.limit && (await rested(signal));
  }
  return total;
}

/** Pauses between two batches, and answers whether to go on. */
const rested = (signal: AbortSignal): Promise<boolean> =>
  sleep(PAUSE_MS, undefined, { signal }).then(
    () => true,
    () => false,
  );
