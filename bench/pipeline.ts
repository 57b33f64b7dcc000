// The whole way from the queue to the ledger: jobs wait, then one post worker takes them, until the last movement is in.
// One movement a job is held against bare BullMQ doing nothing, a hundred a job against posting without any queue.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Posting } from '../src/core/ledger/movement.ts';
import { openLedger } from '../src/core/ledger/post.ts';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import { quietLog } from '../src/demo/world.ts';
import type { Hub } from '../src/workers/hub.ts';
import { laneOfPosting, postJobData } from '../src/workers/jobs.ts';
import { startPost } from '../src/workers/post.ts';
import { migrateQueues } from '../src/workers/queue-schema.ts';
import { openQueues, type Queues } from '../src/workers/queues.ts';
import { redisIsInstalled, startRedis } from '../tests/support/redis.ts';
import { bareNoop } from './queue-reference.ts';
import {
  type Bench,
  type BenchContext,
  type BenchDatabase,
  type BenchResult,
  benchDatabase,
  interleaved,
  postAll,
  rateOf,
  receipts,
  type Target,
} from './support.ts';

const SHAPE = { items: 500, locations: 10 };
/** Of the reference. */
const CONCURRENCY = 500;
/** As a hub has them by default (workers.postConcurrency). */
const WRITERS = 2;
const PER_JOB = 100;
/** After that the worker stands ready at a queue that is paused. */
const CONNECTED_MS = 500;

/** The backend under test, and how much of it fits into a round of a few seconds. */
interface Backend {
  readonly kind: 'postgres' | 'redis';
  readonly redisUrl?: string;
  readonly singles: number;
  readonly hundreds: number;
  readonly targets: { readonly single: Target; readonly hundred: Target };
}

export const pipelinePostgres: Bench = {
  name: 'pipeline-postgres',
  what: 'queue to ledger on PostgreSQL: one movement a job ÷ bare BullMQ, a hundred a job ÷ direct posting',
  run: (context) =>
    measure(context, {
      kind: 'postgres',
      singles: 2_500,
      hundreds: 300,
      targets: { single: { atLeast: 0.7 }, hundred: { atLeast: 0.4 } },
    }),
};

export const pipelineRedis: Bench = {
  name: 'pipeline-redis',
  what: 'queue to ledger on Redis: one movement a job ÷ bare BullMQ, a hundred a job ÷ direct posting',
  async run(context) {
    if (!(await redisIsInstalled())) {
      const note = 'redis-server was not found on PATH, so nothing was measured';
      return ['pipeline-redis', 'pipeline-redis-100'].map(
        (bench) => ({ bench, skipped: true, note }) as const,
      );
    }
    const redis = await startRedis();
    try {
      const targets = { single: { atLeast: 0.5 }, hundred: { atLeast: 0.6 } };
      return await measure(context, {
        kind: 'redis',
        redisUrl: redis.url,
        singles: 20_000,
        hundreds: 300,
        targets,
      });
    } finally {
      await redis.stop();
    }
  },
};

async function measure({ serverUrl, rounds, say }: BenchContext, backend: Backend): Promise<BenchResult[]> {
  const database = await benchDatabase(serverUrl, SHAPE);
  await migrateQueues(database.url);
  const run = new Pipeline(database, backend, say);
  await run.queued(backend.singles, 1);
  const single = await interleaved(
    rounds,
    () => run.queued(backend.singles, 1),
    () => run.bare(backend.singles),
  );
  await run.queued(backend.hundreds, PER_JOB);
  const hundred = await interleaved(
    rounds,
    () => run.queued(backend.hundreds, PER_JOB),
    () => run.direct(backend.hundreds * PER_JOB),
  );
  const verified = await verifyLedger(database);
  const correct = verified.breaches.length === 0 && verified.lines === run.given;
  await database.drop();
  const name = `pipeline-${backend.kind}`;
  return [
    {
      bench: name,
      unit: 'movements/s',
      ...single,
      correct,
      target: backend.targets.single,
      note: `one movement a job; reference: BullMQ with a job that does nothing, same backend, concurrency ${CONCURRENCY}`,
    },
    {
      bench: `${name}-100`,
      unit: 'movements/s',
      ...hundred,
      correct,
      target: backend.targets.hundred,
      note: 'a hundred movements a job; reference: the same ledger without a queue, batches of 500 over one connection',
    },
  ];
}

class Pipeline {
  readonly #database: BenchDatabase;
  readonly #backend: Backend;
  readonly #say: (line: string) => void;
  given = 0;
  #prefix = 0;

  constructor(database: BenchDatabase, backend: Backend, say: (line: string) => void) {
    this.#database = database;
    this.#backend = backend;
    this.#say = say;
  }

  /**
   * Movements a second from the moment the worker may begin until the last one is in the ledger; neither adding nor connecting is
   * counted, as in the reference.
   */
  async queued(jobs: number, perJob: number): Promise<number> {
    const queues = await this.#openQueues();
    const postings = this.#next(jobs * perJob);
    await queues.pause('post');
    await addJobs(queues, postings, perJob);
    const ledger = openLedger(this.#database);
    let posted = 0;
    const finished = Promise.withResolvers<void>();
    const hub: Hub = {
      database: this.#database,
      ledger: {
        post: async (batch, options) => {
          const results = await ledger.post(batch, options);
          posted += batch.length;
          if (posted === postings.length) finished.resolve();
          return results;
        },
      },
      queues,
      connections: new Map(),
      today: () => new Date().toISOString().slice(0, 10),
      log: quietLog(),
      standingOf: async () => ({ cutoverAt: undefined, parked: undefined }),
      park: async () => undefined,
    };
    const worker = startPost(hub, { batchLines: 500, writers: WRITERS });
    await sleep(CONNECTED_MS);
    const startedAt = performance.now();
    await queues.resume('post');
    await finished.promise;
    const rate = postings.length / ((performance.now() - startedAt) / 1_000);
    await worker.stop();
    await queues.close();
    this.#say(`${perJob} a job: ${Math.round(rate)} movements/s`);
    return rate;
  }

  async bare(jobs: number): Promise<number> {
    const url = this.#backend.redisUrl ?? this.#database.url;
    const rate = await bareNoop({ backend: this.#backend.kind, url, jobs, concurrency: CONCURRENCY });
    this.#say(`bare BullMQ: ${Math.round(rate)} jobs/s`);
    return rate;
  }

  async direct(count: number): Promise<number> {
    const ledger = openLedger(this.#database);
    const postings = this.#next(count);
    const rate = await rateOf(count, () => postAll(ledger, postings));
    this.#say(`direct: ${Math.round(rate)} movements/s`);
    return rate;
  }

  #next(count: number): Posting[] {
    const made = receipts(this.given, count, SHAPE);
    this.given += count;
    return made;
  }

  #openQueues(): Promise<Queues> {
    this.#prefix += 1;
    return openQueues({
      databaseUrl: this.#database.url,
      prefix: `bench-${this.#prefix}`,
      poolMax: 10,
      ...(this.#backend.redisUrl ? { redisUrl: this.#backend.redisUrl } : {}),
    });
  }
}

/** Fills the post queue with jobs of exactly `perJob` movements, each of one lane. */
async function addJobs(queues: Queues, postings: readonly Posting[], perJob: number): Promise<void> {
  const jobs: { data: object }[] = [];
  const open = new Map<number, Posting[]>();
  for (const posting of postings) {
    const lane = laneOfPosting(posting);
    const own = open.get(lane) ?? [];
    own.push(posting);
    open.set(lane, own);
    if (own.length < perJob) continue;
    jobs.push({ data: postJobData(own) });
    open.delete(lane);
  }
  for (const own of open.values()) jobs.push({ data: postJobData(own) });
  for (let start = 0; start < jobs.length; start += 500)
    await queues.addBulk('post', jobs.slice(start, start + 500));
}
