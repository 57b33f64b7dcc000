// One connection's share of a vendor's limit, kept in one place for all processes, so that ten workers are as polite
// as one. It paces; it does not queue, reorder or decide what is worth sending.
import { setTimeout as sleepFor } from 'node:timers/promises';
import { StockbridgeError } from '../../core/errors.ts';
import { type Bucket, type LearnedBucket, learned, paused, spent, waitMsOf } from './bucket.ts';

export interface Limiter {
  /**
   * Waits until `points` may be spent, and spends them; first come, first served over all processes.
   * @throws StockbridgeError `vendor_throttled` with `retryAfterMs` when the wait would be longer than the limiter's `maxWaitMs`.
   */
  take(points: number): Promise<void>;
  /** Takes over what the vendor said about its own bucket, after each answer that says it. */
  learn(bucket: LearnedBucket): Promise<void>;
  /** Nothing is sent before this instant, e.g. after a `Retry-After`; an earlier instant than a known one changes nothing. */
  pauseUntil(until: Date): Promise<void>;
}

/** Where buckets are kept: {@link memoryBuckets} for one process, `postgresBuckets` for many. */
export interface BucketStore {
  /** Runs one change while nobody else changes the same bucket, and answers the bucket after it and the time used. */
  change(
    key: string,
    initial: Pick<Bucket, 'maximum' | 'restorePerSecond'>,
    edit: (bucket: Bucket, nowMs: number) => Bucket,
  ): Promise<{ bucket: Bucket; nowMs: number }>;
}

export interface LimiterOptions {
  /** The connection's name: one bucket per connection, so that a busy one does not slow its neighbours. */
  readonly key: string;
  readonly store: BucketStore;
  /** Points the bucket holds when full, until the vendor says otherwise. */
  readonly maximum: number;
  readonly restorePerSecond: number;
  /** Longest wait inside `take`, in milliseconds; default 20,000. */
  readonly maxWaitMs?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** Makes the limiter of one connection. */
export function limiter(options: LimiterOptions): Limiter {
  const { key, store } = options;
  const maxWaitMs = options.maxWaitMs ?? 20_000;
  const sleep = options.sleep ?? sleepFor;
  const initial = { maximum: options.maximum, restorePerSecond: options.restorePerSecond };

  const take = async (points: number): Promise<void> => {
    let waitMs = 0;
    await store.change(key, initial, (bucket, nowMs) => {
      const after = spent(bucket, points, nowMs);
      waitMs = waitMsOf(after, nowMs);
      return waitMs > maxWaitMs ? bucket : after;
    });
    if (waitMs > maxWaitMs) throw throttled(key, waitMs);
    while (waitMs > 0) {
      await sleep(waitMs);
      // The points are ours already, but the vendor may have asked for a pause while we slept.
      const { bucket, nowMs } = await store.change(key, initial, (present) => present);
      waitMs = Math.max(0, bucket.pausedUntilMs - nowMs);
      if (waitMs > maxWaitMs) throw throttled(key, waitMs);
    }
  };
  return {
    take,
    learn: async (said) => {
      await store.change(key, initial, (bucket, nowMs) => learned(bucket, said, nowMs));
    },
    pauseUntil: async (until) => {
      await store.change(key, initial, (bucket) => paused(bucket, until.getTime()));
    },
  };
}

const throttled = (key: string, waitMs: number): StockbridgeError =>
  new StockbridgeError(
    'vendor_throttled',
    `the limit of ${key} is used up for ${Math.ceil(waitMs / 1000)} s`,
    {
      details: { connection: key },
      retryAfterMs: Math.ceil(waitMs),
    },
  );

/** Buckets of this process only: for tests, and for an installation of one process. */
export function memoryBuckets(nowMs: () => number = Date.now): BucketStore {
  const buckets = new Map<string, Bucket>();
  return {
    change: async (key, initial, edit) => {
      const now = nowMs();
      const present = buckets.get(key) ?? {
        ...initial,
        available: initial.maximum,
        asOfMs: now,
        pausedUntilMs: 0,
      };
      const bucket = edit(present, now);
      buckets.set(key, bucket);
      return { bucket, nowMs: now };
    },
  };
}

export type { LearnedBucket } from './bucket.ts';
