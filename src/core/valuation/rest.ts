// How valuing beside postings leaves them the machine: it rests while the ledger moves, and works without a break when it is
// quiet. It slows nobody who waits for a value.
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../database.ts';

/** Awaited after each piece of work, which took so long; ends at once when the signal does. */
export type Rest = (tookMs: number, signal?: AbortSignal) => Promise<void>;

/** Rest for each part of work: valuing takes a fifth of the time at most. */
const RESTS = 4;
const LONGEST_REST_MS = 2_000;
/** Postings come in batches; so long after one, another is to be expected. */
const QUIET_MS = 1_000;

/** A rest of four times what the work took, at most two seconds, when something was posted within the last second. */
export function restWhilePosting(database: Database): Rest {
  let posted: string | undefined;
  let movedAt = Number.NEGATIVE_INFINITY;
  return async (tookMs, signal) => {
    if (signal?.aborted) return;
    const { rows } = await database.pool.query<{ posted: string }>(
      'select sum(sequence)::text as posted from ledger_lane',
    );
    const now = rows[0]?.posted;
    if (posted !== undefined && now !== posted) movedAt = performance.now();
    posted = now;
    if (performance.now() - movedAt > QUIET_MS) return;
    await wait(Math.min(RESTS * tookMs, LONGEST_REST_MS), undefined, signal ? { signal } : {}).catch(
      () => {},
    );
  };
}
