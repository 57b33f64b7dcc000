// Keeps the buckets of all connections in PostgreSQL, by its clock, for any number of processes and machines.
// A bucket may be lost in a crash (it is then full again); nothing else is stored here.
import type { Pool } from 'pg';
import type { Bucket } from './bucket.ts';
import type { BucketStore } from './rate-limit.ts';

const NOW_MS = 'extract(epoch from clock_timestamp()) * 1000';

interface BucketRow {
  available: number;
  as_of_ms: number;
  maximum: number;
  restore_per_second: number;
  paused_until_ms: number;
  now_ms: number;
}

/** Buckets in the table `rate_limit` of this database, which a migration makes. */
export const postgresBuckets = (pool: Pool): BucketStore => ({
  change: async (key, initial, edit) => {
    const client = await pool.connect();
    let failure: unknown;
    try {
      await client.query('begin');
      await client.query(
        `insert into rate_limit (key, available, as_of_ms, maximum, restore_per_second)
         values ($1, $2, ${NOW_MS}, $2, $3) on conflict (key) do nothing`,
        [key, initial.maximum, initial.restorePerSecond],
      );
      // The time is read in a statement of its own, after the lock is held; a waiter's earlier time would give back too little.
      await client.query('select 1 from rate_limit where key = $1 for update', [key]);
      const { rows } = await client.query<BucketRow>(
        `select available, as_of_ms, maximum, restore_per_second, paused_until_ms, (${NOW_MS})::float8 as now_ms
           from rate_limit where key = $1`,
        [key],
      );
      const row = rows[0];
      if (row === undefined) throw new Error(`the rate limit of ${key} vanished while it was locked`);
      const bucket = edit(bucketOf(row), row.now_ms);
      await client.query(
        `update rate_limit set available = $2, as_of_ms = $3, maximum = $4, restore_per_second = $5, paused_until_ms = $6
          where key = $1`,
        [key, bucket.available, bucket.asOfMs, bucket.maximum, bucket.restorePerSecond, bucket.pausedUntilMs],
      );
      await client.query('commit');
      return { bucket, nowMs: row.now_ms };
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // A connection whose transaction broke off is closed, not returned to the pool.
      client.release(failure instanceof Error ? failure : undefined);
    }
  },
});

const bucketOf = (row: BucketRow): Bucket => ({
  available: row.available,
  asOfMs: row.as_of_ms,
  maximum: row.maximum,
  restorePerSecond: row.restore_per_second,
  pausedUntilMs: row.paused_until_ms,
});
