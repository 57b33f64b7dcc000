// How valuing beside postings leaves them the machine: the more is posted, the longer it rests, and it works without a break
// when the ledger is quiet. It slows nobody who waits for a value.
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../database.ts';

/** Awaited after each piece of work, which took so long; ends at once when the signal does. */
export type Rest = (tookMs: number, signal?: AbortSignal) => Promise<void>;

/** Where valuing works half of the time. A sale or two a second are nothing; beyond this, posting is what the machine is for. */
const LINES_A_SECOND_FOR_HALF = 250;
/** Rest for each part of work at most: what postings that never pause leave to valuing is a twentieth of the time. */
const MOST_REST = 19;
/** Postings may end during a long rest, so it is looked after them so often. */
const LOOK_MS = 500;

/** A rest of as many times what the work took as lines were posted in the last second, in units of `LINES_A_SECOND_FOR_HALF`. */
export function restWhilePosting(database: Pick<Database, 'pool'>): Rest {
  return async (tookMs, signal) => {
    const startedAt = performance.now();
    while (!signal?.aborted) {
      const share = Math.min(MOST_REST, (await linesInLastSecond(database)) / LINES_A_SECOND_FOR_HALF);
      const leftMs = share * tookMs - (performance.now() - startedAt);
      if (leftMs <= 0) return;
      await wait(Math.min(leftMs, LOOK_MS), undefined, signal ? { signal } : {}).catch(() => {});
    }
  };
}

async function linesInLastSecond({ pool }: Pick<Database, 'pool'>): Promise<number> {
  const { rows } = await pool.query<{ lines: number }>(
    `select coalesce(sum(lines), 0)::int as lines from ledger_batch where recorded_at > clock_timestamp() - interval '1 second'`,
  );
  return rows[0]?.lines ?? 0;
}
