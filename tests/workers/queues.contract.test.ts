// What every worker may rely on, proven on both queue backends by the same sentences.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StockbridgeError } from '../../src/core/errors.ts';
import { openQueues, type QueueOptions, type Queues, queueConnections } from '../../src/workers/queues.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Backend {
  start(): Promise<Pick<QueueOptions, 'databaseUrl' | 'redisUrl'>>;
  /** Every job gone at once, behind the queue's back. */
  wipe(): Promise<void>;
  /** Every connection cut; the server stays, or comes back. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

function onPostgres(): Backend {
  let database: TestDatabase;
  return {
    start: async () => {
      database = await testDatabase();
      return { databaseUrl: database.url };
    },
    wipe: async () => {
      const { rows } = await database.pool.query<{ table: string }>(
        `select quote_ident(schemaname) || '.' || quote_ident(tablename) as table from pg_tables
          where schemaname = 'bullmq' and tablename <> 'migration'`,
      );
      await database.pool.query(`truncate ${rows.map((row) => row.table).join(', ')}`);
    },
    cut: async () => {
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
    },
    stop: () => database.drop(),
  };
}

function onRedis(): Backend {
  let redis: TestRedis;
  return {
    start: async () => {
      redis = await startRedis();
      return { databaseUrl: 'postgres://unused.invalid/unused', redisUrl: redis.url };
    },
    wipe: async () => {
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
    },
    cut: async () => {
      await redis.kill9();
      await redis.restart();
    },
    stop: () => redis.stop(),
  };
}

const haveRedis = await redisIsInstalled();

describe.each([
  { kind: 'postgres', backend: onPostgres(), runs: true },
  { kind: 'redis', backend: onRedis(), runs: haveRedis },
])('queues on $kind', ({ backend, runs }) => {
  describe.runIf(runs)('contract', () => {
    let address: Pick<QueueOptions, 'databaseUrl' | 'redisUrl'>;
    const opened: Queues[] = [];

    beforeAll(async () => {
      address = await backend.start();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((queues) => queues.close({ deadlineMs: 200 })));
    });
    afterAll(() => backend.stop());

    const newPrefix = () => `t-${randomBytes(5).toString('hex')}`;
    const open = async (options: Partial<QueueOptions> = {}): Promise<Queues> => {
      const queues = await openQueues({ ...address, prefix: newPrefix(), log: silent, ...options });
      opened.push(queues);
      return queues;
    };

    test('a job added is handled once, with its data and id', async () => {
      const queues = await open();
      const seen: unknown[] = [];
      queues.work('post', (data, { jobId, attempt }) => seen.push({ data, jobId, attempt }), {
        concurrency: 4,
      });
      const data = {
        id: 'a',
        text: 'é 漢 🏷 "quoted" \\u0000 stays text',
        list: [1, null, true, { deep: '1.50' }],
      };
      await queues.add('post', data, { jobId: 'movement-1' });
      await until(() => seen.length === 1);
      expect(await queues.drain(20_000)).toBe(true);
      await sleep(100);
      expect(seen).toEqual([{ data, jobId: 'movement-1', attempt: 1 }]);
    });

    test('queues and prefixes do not see each other', async () => {
      const queues = await open();
      const others = await open();
      const seen: string[] = [];
      queues.work('post', () => seen.push('post'), { concurrency: 1 });
      queues.work('push', () => seen.push('push'), { concurrency: 1 });
      others.work('post', () => seen.push('other hub'), { concurrency: 1 });
      await queues.add('push', {});
      await queues.add('post', {});
      await until(() => seen.length === 2);
      await sleep(100);
      expect(seen.sort()).toEqual(['post', 'push']);
    });

    test('many jobs added in one round trip are each handled once, in order', async () => {
      const queues = await open();
      const jobs = Array.from({ length: 300 }, (_, index) => ({ data: { index }, jobId: `bulk-${index}` }));
      expect(await queues.addBulk('interpret', jobs)).toEqual(jobs.map((job) => job.jobId));
      expect(await queues.addBulk('interpret', [])).toEqual([]);
      expect((await queues.counts('interpret')).waiting).toBe(300);
      const seen: number[] = [];
      queues.work('interpret', (data) => seen.push((data as { index: number }).index), { concurrency: 1 });
      await until(() => seen.length === 300);
      expect(seen).toEqual(jobs.map((job) => job.data.index));
    });

    test('a job id added again while it waits changes nothing; once finished it runs again', async () => {
      const queues = await open();
      const first = { data: { from: 'first' }, jobId: 'event-1' };
      expect(await queues.add('post', first.data, first)).toBe('event-1');
      expect(await queues.add('post', { from: 'second' }, { jobId: 'event-1' })).toBe('event-1');
      await queues.addBulk('post', [{ data: { from: 'third' }, jobId: 'event-1' }]);
      expect((await queues.counts('post')).waiting).toBe(1);
      const seen: unknown[] = [];
      queues.work('post', (data) => seen.push(data), { concurrency: 1 });
      await until(() => seen.length === 1);
      expect(await queues.drain(20_000)).toBe(true);
      await queues.add('post', { from: 'later' }, { jobId: 'event-1' });
      await until(() => seen.length === 2);
      expect(seen).toEqual([{ from: 'first' }, { from: 'later' }]);
    });

    test('a delayed job waits for its time', async () => {
      const queues = await open();
      const seen: number[] = [];
      // Without a worker nothing moves it on, however long it takes to look.
      await queues.add('poll', {}, { delayMs: 60_000, jobId: 'much-later' });
      expect(await queues.counts('poll')).toEqual({ waiting: 0, active: 0, delayed: 1 });
      queues.work('poll', () => seen.push(performance.now()), { concurrency: 1 });
      const addedAt = performance.now();
      await queues.add('poll', {}, { delayMs: 700 });
      await until(() => seen.length === 1);
      expect(seen[0]).toBeGreaterThanOrEqual(addedAt + 690);
      await until(async () => (await queues.counts('poll')).active === 0);
      expect((await queues.counts('poll')).delayed).toBe(1);
    });

    test('a failed job is tried again, each pause longer, until it succeeds', async () => {
      const queues = await open();
      const attempts: { attempt: number; at: number }[] = [];
      queues.work(
        'post',
        (_data, { attempt }) => {
          attempts.push({ attempt, at: performance.now() });
          if (attempt < 5) throw new Error('the database is away');
        },
        { concurrency: 1, backoffMs: 60 },
      );
      await queues.add('post', {});
      await until(() => attempts.length === 5);
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
      const pauses = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0));
      for (const [index, pause] of pauses.entries())
        expect(pause).toBeGreaterThanOrEqual(30 * 2 ** index - 2);
      expect(await queues.drain(20_000)).toBe(true);
      expect(await queues.counts('post')).toEqual({ waiting: 0, active: 0, delayed: 0 });
    });

    test('a job that always fails ends after its attempts, leaves nothing behind, and its id can be added again', async () => {
      const failures: string[] = [];
      const queues = await open({ log: { ...silent, error: (_fields, message) => failures.push(message) } });
      let runs = 0;
      const fail = () => {
        runs += 1;
        throw new Error('always');
      };
      queues.work('poll', fail, { concurrency: 1, backoffMs: 1 });
      await queues.add('poll', {}, { jobId: 'hopeless' });
      await until(() => failures.length === 1);
      expect(runs).toBe(10);
      expect(failures[0]).toMatch(/for good/);
      expect(await queues.counts('poll')).toEqual({ waiting: 0, active: 0, delayed: 0 });
      await queues.add('poll', {}, { jobId: 'hopeless' });
      await until(() => runs > 10);
    });

    test('an error text no database can store does not stop the retry', async () => {
      const queues = await open();
      const attempts: number[] = [];
      queues.work(
        'post',
        (_data, { attempt }) => {
          attempts.push(attempt);
          if (attempt === 1) throw new Error(`NUL \0 and a lone surrogate \ud83d, ${'x'.repeat(100_000)}`);
          if (attempt === 2) throw `not an error object \0 \udc00`;
          return `a result with \0 and \ud83d`;
        },
        { concurrency: 1, backoffMs: 10 },
      );
      await queues.add('post', {});
      await until(() => attempts.length === 3);
      expect(await queues.drain(10_000)).toBe(true);
    });

    test('errors whose outcome the handler stored complete the job; only retry and crash run it again', async () => {
      const crashed: unknown[] = [];
      const queues = await open({ onCrash: (error) => crashed.push(error) });
      const runs = new Map<string, number>();
      const throwing = {
        wait: new StockbridgeError('vendor_throttled', 'slow down'),
        park: new StockbridgeError('vendor_unauthorized', 'token revoked'),
        reject: new StockbridgeError('content_invalid', 'no quantity'),
        retry: new StockbridgeError('vendor_unavailable', '503'),
        crash: new StockbridgeError('invariant_broken', 'balance and fold differ'),
      };
      queues.work(
        'push',
        (data) => {
          const { kind } = data as { kind: keyof typeof throwing };
          const run = (runs.get(kind) ?? 0) + 1;
          runs.set(kind, run);
          if (run === 1) throw throwing[kind];
        },
        { concurrency: 5, backoffMs: 20 },
      );
      await queues.addBulk(
        'push',
        Object.keys(throwing).map((kind) => ({ data: { kind } })),
      );
      await until(() => runs.get('retry') === 2 && runs.get('crash') === 2);
      expect(await queues.drain(10_000)).toBe(true);
      expect(Object.fromEntries(runs)).toEqual({ wait: 1, park: 1, reject: 1, retry: 2, crash: 2 });
      expect(crashed).toEqual([throwing.crash]);
    });

    test.each([
      ['a NUL in a value', { sku: 'A\0B' }, /data\.sku contains a NUL/],
      ['a NUL in a name', { 'a\0': 1 }, /a name in data contains a NUL/],
      [
        'a lone surrogate',
        { lines: [{ note: 'x\ud83d' }] },
        /data\.lines\[0\]\.note contains a lone surrogate/,
      ],
      ['a number JSON has no word for', { quantity: Number.NaN }, /data\.quantity is NaN/],
      ['a bigint', { quantity: 1n }, /data\.quantity is a bigint/],
      ['a date', { at: new Date(0) }, /data\.at is not a plain object/],
      ['a hole in a list', { list: [undefined] }, /data\.list\[0\] is a undefined/],
      ['too much', { body: 'x'.repeat(600_000) }, /more than the 524288/],
    ])('%s in a job is refused before the queue sees it', async (_what, data, message) => {
      const queues = await open();
      await expect(queues.add('post', data)).rejects.toThrow(message);
      await expect(queues.addBulk('post', [{ data: {} }, { data }])).rejects.toThrow(message);
      await expect(queues.nudge('push', 'key', data)).rejects.toThrow(message);
      expect((await queues.counts('post')).waiting).toBe(0);
    });

    test.each(['shop:123', '123', '', 'a b', 'x'.repeat(201)])(
      'the job id "%s" is refused',
      async (jobId) => {
        const queues = await open();
        await expect(queues.add('post', {}, { jobId })).rejects.toThrow(/jobId must be/);
      },
    );

    test('nudges of one key meet in the waiting job; other keys run on their own', async () => {
      const queues = await open();
      for (let index = 0; index < 5; index += 1) await queues.nudge('push', 'listing:1', { listing: 1 });
      await queues.nudge('push', 'listing:2', { listing: 2 });
      expect((await queues.counts('push')).waiting).toBe(2);
      const seen: unknown[] = [];
      queues.work('push', (data) => seen.push(data), { concurrency: 1 });
      expect(await queues.drain(20_000)).toBe(true);
      expect(seen).toEqual([{ listing: 1 }, { listing: 2 }]);
    });

    test('nudges that come while the job runs lead to exactly one more run, after it', async () => {
      const queues = await open();
      const gate = Promise.withResolvers<void>();
      const spans: { start: number; end: number }[] = [];
      queues.work(
        'push',
        async () => {
          const start = performance.now();
          if (spans.length === 0) await gate.promise;
          spans.push({ start, end: performance.now() });
        },
        { concurrency: 4 },
      );
      await queues.nudge('push', 'listing', {});
      await until(async () => (await queues.counts('push')).active === 1);
      await Promise.all([1, 2, 3].map(() => queues.nudge('push', 'listing', {})));
      expect(await queues.counts('push')).toEqual({ waiting: 0, active: 1, delayed: 0 });
      gate.resolve();
      await until(() => spans.length === 2);
      expect(await queues.drain(20_000)).toBe(true);
      await sleep(100);
      expect(spans).toHaveLength(2);
      expect(spans[1]?.start).toBeGreaterThanOrEqual(spans[0]?.end ?? Number.NaN);
      await queues.nudge('push', 'listing', {});
      await until(() => spans.length === 3);
    });

    test('a nudge that comes while the running job is about to fail still leads to a later run', async () => {
      const queues = await open();
      const runs: number[] = [];
      let wanted = 0;
      queues.work(
        'push',
        async () => {
          const read = wanted;
          await sleep(100);
          runs.push(read);
          if (runs.length === 1) throw new Error('vendor away');
        },
        { concurrency: 2, backoffMs: 30 },
      );
      await queues.nudge('push', 'listing', {});
      await until(async () => (await queues.counts('push')).active === 1);
      wanted = 1;
      await queues.nudge('push', 'listing', {});
      await until(() => runs.includes(1));
      expect(await queues.drain(20_000)).toBe(true);
    });

    test('under a storm of nudges the last change of every key is seen, and one key never runs twice at once', async () => {
      const queues = await open();
      const keys = Array.from({ length: 8 }, (_, index) => `listing-${index}`);
      const written = new Map(keys.map((key) => [key, 0]));
      const seen = new Map<string, number>();
      const running = new Set<string>();
      let runs = 0;
      let overlaps = 0;
      queues.work(
        'push',
        async (data) => {
          const { key } = data as { key: string };
          if (running.has(key)) overlaps += 1;
          running.add(key);
          const read = written.get(key) ?? 0;
          await sleep(Math.random() * 8);
          seen.set(key, Math.max(read, seen.get(key) ?? 0));
          runs += 1;
          running.delete(key);
        },
        { concurrency: 16 },
      );
      const writeAll = async (key: string): Promise<void> => {
        for (let version = 1; version <= 60; version += 1) {
          written.set(key, version);
          await queues.nudge('push', key, { key });
          if (version % 7 === 0) await sleep(Math.random() * 10);
        }
      };
      await Promise.all(keys.map(writeAll));
      expect(await queues.drain(20_000)).toBe(true);
      expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(written));
      expect(overlaps).toBe(0);
      expect(runs).toBeLessThan(keys.length * 60);
    });

    test('the job of a worker that died runs again on another', async () => {
      const prefix = newPrefix();
      const dying = await open({ prefix });
      const surviving = await open({ prefix });
      const quick = { concurrency: 2, lockDurationMs: 1_000, stalledIntervalMs: 400 };
      const aborted: unknown[] = [];
      dying.work(
        'interpret',
        (_data, { signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => aborted.push(signal.reason));
            setTimeout(resolve, 60_000).unref();
          }),
        quick,
      );
      await dying.add('interpret', { event: 1 }, { jobId: 'left-behind' });
      await until(async () => (await dying.counts('interpret')).active === 1);
      const seen: unknown[] = [];
      surviving.work('interpret', (data, { jobId, attempt }) => seen.push({ data, jobId, attempt }), quick);
      const stoppedAt = performance.now();
      await dying.close({ deadlineMs: 50 });
      expect(performance.now() - stoppedAt, 'it does not wait for the job').toBeLessThan(20_000);
      expect(aborted).toHaveLength(1);
      await until(() => seen.length === 1);
      expect(seen).toEqual([{ data: { event: 1 }, jobId: 'left-behind', attempt: 2 }]);
    });

    test('a job that takes down every worker is given up, said so, and does not hold up its neighbours', async () => {
      const prefix = newPrefix();
      const failures: unknown[] = [];
      const watching = await open({ prefix, log: { ...silent, error: (fields) => failures.push(fields) } });
      await watching.add('interpret', {}, { jobId: 'poison' });
      const quick = { concurrency: 2, lockDurationMs: 500, stalledIntervalMs: 200, backoffMs: 10 };
      let starts = 0;
      while (starts < 4) {
        const victim = await open({ prefix });
        const before = starts;
        victim.work(
          'interpret',
          (_data, { jobId }) => {
            if (jobId !== 'poison') return undefined;
            starts += 1;
            return sleep(20_000, undefined, { ref: false });
          },
          quick,
        );
        await until(() => starts > before);
        await victim.close({ deadlineMs: 0 });
      }
      const neighbours: string[] = [];
      watching.work('interpret', (_data, { jobId }) => neighbours.push(jobId), quick);
      await watching.add('interpret', {}, { jobId: 'neighbour' });
      await until(() => failures.length === 1 && neighbours.length === 1);
      expect(failures[0]).toMatchObject({
        jobId: 'poison',
        error: expect.stringMatching(/stalled more than/),
      });
      expect(neighbours).toEqual(['neighbour']);
      expect(await watching.counts('interpret')).toEqual({ waiting: 0, active: 0, delayed: 0 });
    });

    test('a handler slower than its lock keeps the job, because the lock is renewed', async () => {
      const queues = await open();
      let runs = 0;
      const slow = async () => {
        runs += 1;
        await sleep(5_000);
      };
      // Renewed after half of it, so that a machine which stands still for a second takes no job away.
      const quick = { concurrency: 1, lockDurationMs: 2_500, stalledIntervalMs: 300 };
      queues.work('interpret', slow, quick);
      queues.work('interpret', slow, quick);
      await queues.add('interpret', {});
      await until(() => runs === 1);
      expect(await queues.drain(20_000)).toBe(true);
      expect(runs).toBe(1);
    });

    test('no more jobs run at once than the worker allows, and as many as it allows', async () => {
      const queues = await open();
      const gate = Promise.withResolvers<void>();
      let now = 0;
      let most = 0;
      let done = 0;
      const worker = queues.work(
        'post',
        async () => {
          now += 1;
          most = Math.max(most, now);
          await gate.promise;
          await sleep(5);
          now -= 1;
          done += 1;
        },
        { concurrency: 5 },
      );
      await queues.addBulk(
        'post',
        Array.from({ length: 40 }, () => ({ data: {} })),
      );
      await until(() => worker.running === 5);
      await sleep(100);
      gate.resolve();
      await until(() => done === 40);
      expect(most).toBe(5);
    });

    test('where very many may run at once, it is as many, all of them are closed, and none is lost', async () => {
      const prefix = newPrefix();
      const queues = await open({ prefix });
      const gate = Promise.withResolvers<void>();
      let most = 0;
      let done = 0;
      const run = async () => {
        most = Math.max(most, worker.running);
        await gate.promise;
        done += 1;
      };
      const worker = queues.work('post', run, { concurrency: 602 });
      await queues.addBulk(
        'post',
        Array.from({ length: 700 }, () => ({ data: {} })),
      );
      await until(() => worker.running === 602);
      const closed = worker.close({ deadlineMs: 10_000 });
      gate.resolve();
      expect(await closed).toBe('finished');
      expect({ most, done }).toEqual({ most: 602, done: 602 });
      expect(await queues.counts('post')).toEqual({ waiting: 98, active: 0, delayed: 0 });
    });

    test('a paused queue keeps its jobs until it is resumed', async () => {
      const queues = await open();
      let done = 0;
      queues.work(
        'post',
        () => {
          done += 1;
        },
        { concurrency: 1, watchdogMs: 200 },
      );
      await queues.pause('post');
      await queues.add('post', {});
      await sleep(500);
      expect(done).toBe(0);
      expect((await queues.counts('post')).waiting).toBe(1);
      expect(await queues.drain(150)).toBe(false);
      await queues.resume('post');
      await until(() => done === 1);
    });

    test('closing waits for running jobs and leaves waiting ones', async () => {
      const prefix = newPrefix();
      const queues = await open({ prefix });
      const gate = Promise.withResolvers<void>();
      let finished = 0;
      const worker = queues.work(
        'post',
        async () => {
          await gate.promise;
          finished += 1;
        },
        { concurrency: 2 },
      );
      await queues.addBulk(
        'post',
        Array.from({ length: 6 }, () => ({ data: {} })),
      );
      await until(() => worker.running === 2);
      const closed = worker.close({ deadlineMs: 20_000 });
      await sleep(100);
      expect(finished).toBe(0);
      gate.resolve();
      expect(await closed).toBe('finished');
      expect(finished).toBe(2);
      expect(await queues.counts('post')).toEqual({ waiting: 4, active: 0, delayed: 0 });
    });

    test('closing cuts at its deadline and says so', async () => {
      const queues = await open();
      const worker = queues.work('post', () => sleep(60_000, undefined, { ref: false }), { concurrency: 1 });
      await queues.add('post', {});
      await until(() => worker.running === 1);
      const startedAt = performance.now();
      expect(await worker.close({ deadlineMs: 150 })).toBe('cut');
      expect(performance.now() - startedAt, 'it does not wait for the job').toBeLessThan(20_000);
    });

    test('after the queue was wiped the same workers, ids and nudges go on working', async () => {
      const queues = await open();
      const seen: unknown[] = [];
      queues.work('post', (data) => seen.push(data), { concurrency: 1 });
      await queues.add('post', { n: 1 }, { jobId: 'again' });
      await until(() => seen.length === 1);
      await queues.pause('push');
      await queues.nudge('push', 'listing', { before: true });
      await backend.wipe();
      expect((await queues.counts('push')).waiting).toBe(0);
      await queues.add('post', { n: 2 }, { jobId: 'again' });
      await queues.nudge('push', 'listing', { after: true });
      queues.work('push', (data) => seen.push(data), { concurrency: 1 });
      await until(() => seen.length === 3);
      expect(seen).toContainEqual({ n: 2 });
      expect(seen).toContainEqual({ after: true });
    });

    test('workers go on by themselves after every connection was cut', async () => {
      const queues = await open();
      const seen: unknown[] = [];
      queues.work('post', (data) => seen.push(data), { concurrency: 2 });
      await queues.add('post', { n: 1 });
      await until(() => seen.length === 1);
      await backend.cut();
      await until(() =>
        queues.add('post', { n: 2 }).then(
          () => true,
          () => false,
        ),
      );
      await until(() => seen.length >= 2);
      expect(seen).toContainEqual({ n: 2 });
    });

    test('a job finished while the connections were cut is not run again', async () => {
      const queues = await open();
      let runs = 0;
      const gate = Promise.withResolvers<void>();
      queues.work(
        'post',
        async () => {
          runs += 1;
          await gate.promise;
        },
        { concurrency: 2 },
      );
      await queues.add('post', {});
      await until(() => runs === 1);
      await backend.cut();
      gate.resolve();
      await until(() => queues.drain(200).catch(() => false));
      expect(runs).toBe(1);
    });

    test('openQueues says at once when the backend does not answer', async () => {
      const dead = address.redisUrl
        ? { ...address, redisUrl: 'redis://127.0.0.1:1' }
        : { databaseUrl: 'postgres://nobody@127.0.0.1:1/none' };
      const startedAt = performance.now();
      await expect(openQueues({ ...dead, log: silent })).rejects.toThrow();
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    });
  });
});

describe.runIf(haveRedis)('very many jobs at once on Redis', () => {
  test('are taken by several workers side by side, because one takes them one after the other', async () => {
    const redis = await startRedis();
    const prefix = `t-${randomBytes(5).toString('hex')}`;
    const queues = await openQueues({
      databaseUrl: 'postgres://nowhere',
      redisUrl: redis.url,
      prefix,
      log: silent,
    });
    const client = new Redis(redis.url);
    // A worker without a job waits for one on a connection of its own.
    const waiting = async () => Number(/blocked_clients:(\d+)/.exec(await client.info('clients'))?.[1]);
    const few = queues.work('poll', () => undefined, { concurrency: 100 });
    await until(async () => (await waiting()) === 1);
    await few.close();
    queues.work('post', () => undefined, { concurrency: 1_000 });
    await until(async () => (await waiting()) === 8);
    await queues.close();
    client.disconnect();
    await redis.stop();
  });
});

describe('the PostgreSQL pool of the queues', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.drop());

  const connectionsOf = async (): Promise<number> => {
    const { rows } = await database.pool.query<{ n: string }>(
      `select count(*) as n from pg_stat_activity where datname = current_database() and application_name <> ''`,
    );
    return Number(rows[0]?.n);
  };

  test('a busy process never holds more connections than queueConnections says', async () => {
    const queues = await openQueues({ databaseUrl: database.url, prefix: 'budget', poolMax: 6, log: silent });
    try {
      let done = 0;
      const count = () => {
        done += 1;
      };
      for (const name of ['interpret', 'post', 'push', 'poll'] as const) {
        queues.work(name, count, { concurrency: 50 });
        await queues.addBulk(
          name,
          Array.from({ length: 200 }, () => ({ data: {} })),
        );
      }
      let most = 0;
      while (done < 800) {
        most = Math.max(most, await connectionsOf());
        await sleep(20);
      }
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThanOrEqual(queueConnections({ poolMax: 6 }));
    } finally {
      await queues.close();
    }
    await until(async () => (await connectionsOf()) === 0);
  });

  test('a pool too small to work is refused instead of hanging', async () => {
    await expect(openQueues({ databaseUrl: database.url, poolMax: 1, log: silent })).rejects.toThrow(
      /poolMax/,
    );
    const queues = await openQueues({ databaseUrl: database.url, poolMax: 3, prefix: 'small', log: silent });
    try {
      queues.work('post', () => undefined, { concurrency: 1 });
      expect(() => queues.work('push', () => undefined, { concurrency: 1 })).toThrow(/raise poolMax/);
    } finally {
      await queues.close();
    }
  });

  test('options in the address do not hide the queue schema', async () => {
    const address = new URL(database.url);
    address.searchParams.set('options', '-c statement_timeout=60000');
    const queues = await openQueues({ databaseUrl: address.href, prefix: 'options', log: silent });
    await queues.add('post', {});
    expect((await queues.counts('post')).waiting).toBe(1);
    await queues.close();
  });

  test('a database without the queue schema is named as such', async () => {
    const empty = await testDatabase({ empty: true });
    await expect(openQueues({ databaseUrl: empty.url, log: silent })).rejects.toThrow(/not initialized/);
    await empty.drop();
  });

  test.each([
    ['a deadlock', '40P01'],
    ['a server that is just starting', '57P03'],
  ])('a finished job whose completion met %s is completed, not run again', async (_what, code) => {
    const queues = await openQueues({ databaseUrl: database.url, prefix: `refused-${code}`, log: silent });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(`create sequence bullmq.refusals`);
      await client.query(`create function bullmq.refuse_twice() returns trigger language plpgsql as $$ begin
        if nextval('bullmq.refusals') <= 2 then raise exception 'refused' using errcode = '${code}'; end if;
        return null; end $$`);
      await client.query(
        'create trigger refuse_twice before delete on bullmq.job execute function bullmq.refuse_twice()',
      );
      let runs = 0;
      const count = () => {
        runs += 1;
      };
      queues.work('post', count, { concurrency: 1 });
      await queues.add('post', {});
      await until(() => runs > 0);
      expect(await queues.drain(20_000)).toBe(true);
      const { rows } = await client.query<{ n: string }>('select last_value as n from bullmq.refusals');
      expect(Number(rows[0]?.n)).toBeGreaterThanOrEqual(3);
      expect(runs).toBe(1);
    } finally {
      await client.query(
        'drop function if exists bullmq.refuse_twice() cascade; drop sequence bullmq.refusals',
      );
      await client.end();
      await queues.close();
    }
  });
});

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${condition}`);
    await sleep(10);
  }
}
