// The shared limiter: the vendor's limit holds over all processes, waits are fair, and what the vendor says counts.
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresBuckets } from '../../../src/connectors/toolkit/postgres-buckets.ts';
import { type BucketStore, limiter, memoryBuckets } from '../../../src/connectors/toolkit/rate-limit.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

/** A clock that only moves when somebody sleeps. */
function simulated(options: { maximum?: number; restorePerSecond?: number; maxWaitMs?: number } = {}) {
  let nowMs = 1_000_000;
  const slept: number[] = [];
  const store = memoryBuckets(() => nowMs);
  const bucket = limiter({
    key: 'shop',
    store,
    maximum: options.maximum ?? 10,
    restorePerSecond: options.restorePerSecond ?? 2,
    ...(options.maxWaitMs === undefined ? {} : { maxWaitMs: options.maxWaitMs }),
    sleep: async (ms) => {
      slept.push(ms);
      nowMs += ms;
    },
  });
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { bucket, slept, pass, now: () => new Date(nowMs) };
}

describe('one bucket', () => {
  it('gives what it holds at once, and the rest as it leaks back', async () => {
    const { bucket, slept } = simulated();
    for (let taken = 0; taken < 10; taken += 1) await bucket.take(1);
    expect(slept).toEqual([]);
    await bucket.take(4);
    expect(slept).toEqual([2_000]);
  });

  it('never holds more than its maximum', async () => {
    const { bucket, slept, pass } = simulated();
    pass(3_600_000);
    await bucket.take(10);
    await bucket.take(1);
    expect(slept).toEqual([500]);
  });

  it('lets a request through that costs more than the bucket holds, after its debt', async () => {
    const { bucket, slept } = simulated();
    await bucket.take(14);
    expect(slept).toEqual([2_000]);
  });

  it('takes over what the vendor says, up and down', async () => {
    const { bucket, slept } = simulated();
    await bucket.learn({ available: 0, restorePerSecond: 100, maximum: 2_000 });
    await bucket.take(50);
    expect(slept).toEqual([500]);
    await bucket.learn({ available: 2_000, restorePerSecond: 100, maximum: 2_000 });
    await bucket.take(1_900);
    expect(slept).toEqual([500]);
  });

  it('F31: sends nothing during a pause, and an earlier end does not shorten it', async () => {
    const { bucket, slept, now } = simulated();
    const until = new Date(now().getTime() + 7_000);
    await bucket.pauseUntil(until);
    await bucket.pauseUntil(new Date(now().getTime() + 1_000));
    await bucket.take(1);
    expect(slept).toEqual([7_000]);
  });

  it('gives a wait that is too long back to the queue, and takes nothing for it', async () => {
    const { bucket, slept, now } = simulated({ maxWaitMs: 1_000 });
    await bucket.pauseUntil(new Date(now().getTime() + 60_000));
    const failure = await bucket.take(1).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'vendor_throttled', retryAfterMs: 60_000 });
    expect(slept).toEqual([]);
  });
});

describe('PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  const shared = (store: BucketStore, key: string) =>
    limiter({ key, store, maximum: 5, restorePerSecond: 50, maxWaitMs: 5_000 });

  it('holds one limit over two processes’ connections', async () => {
    const other = new pg.Pool({ connectionString: database.url, max: 4 });
    try {
      const both = [shared(postgresBuckets(database.pool), 'two'), shared(postgresBuckets(other), 'two')];
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: 30 }, (_, index) => both[index % 2]!.take(1)));
      // 5 at once and 25 at 50 a second; two buckets of their own would be done in 200 ms.
      expect(performance.now() - startedMs).toBeGreaterThan(450);
    } finally {
      await other.end();
    }
  });

  it('shares pauses and what was learned, and keeps connections apart', async () => {
    const store = postgresBuckets(database.pool);
    const [first, second] = [shared(store, 'three'), shared(store, 'three')];
    await first.pauseUntil(new Date(Date.now() + 60_000));
    await expect(second.take(1)).rejects.toMatchObject({ code: 'vendor_throttled' });
    await shared(store, 'four').take(1);
    await first.learn({ available: 7, restorePerSecond: 3, maximum: 40 });
    const { rows } = await database.pool.query(
      `select available, maximum from rate_limit where key = 'three'`,
    );
    expect(rows).toEqual([{ available: 7, maximum: 40 }]);
  });

  it('gives its connection back after a failure', async () => {
    const store = postgresBuckets(database.pool);
    const bad = () => store.change('five', { maximum: -1, restorePerSecond: 1 }, (bucket) => bucket);
    for (let tries = 0; tries < 20; tries += 1) await expect(bad()).rejects.toThrow();
    await shared(store, 'six').take(1);
    expect(database.pool.waitingCount).toBe(0);
  });
});
