// The hub's queues. The one file that chooses the backend: PostgreSQL, or Redis when an address is given.
// Jobs here may vanish or run twice; whoever needs more asks the database. It refuses to know what a job means.
import { setTimeout as sleep } from 'node:timers/promises';
import { type IQueueBackend, type JobsOptions, type JobType, Queue } from 'bullmq';
import { type Disposition, dispositionOf as dispositionOfError } from '../core/errors.ts';
import { assertJobData, assertJobId, assertNudgeKey } from './job-data.ts';
import type { QueueConnections } from './queue-connections.ts';
import { defaultQueueLog, type QueueLog, quietLog } from './queue-log.ts';
import { connectPostgres } from './queue-postgres.ts';
import { connectRedis } from './queue-redis.ts';
import { startWorkers } from './queue-shares.ts';
import {
  DEFAULT_CLOSE_DEADLINE_MS,
  type JobHandler,
  type WorkerHandle,
  type WorkOptions,
} from './queue-worker.ts';

export type { JobContext, JobHandler, WorkerHandle, WorkOptions } from './queue-worker.ts';

interface QueueSettings {
  /** Attempts before the job is given up and only the database remembers the work. */
  readonly attempts: number;
  readonly backoffMs: number;
}

const QUEUES = {
  interpret: { attempts: 12, backoffMs: 1_000 },
  post: { attempts: 12, backoffMs: 250 },
  push: { attempts: 15, backoffMs: 1_000 },
  poll: { attempts: 10, backoffMs: 2_000 },
} as const satisfies Record<string, QueueSettings>;

export type QueueName = keyof typeof QUEUES;
export const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

export interface QueueOptions {
  readonly databaseUrl: string;
  /** Chooses Redis for the queues; the database then carries none of them. */
  readonly redisUrl?: string;
  /** Keeps apart what shares a backend (tests, benches, two hubs): letters, digits, dashes. */
  readonly prefix?: string;
  /** Connections of the shared PostgreSQL pool, at least 2; each worker keeps one of them to itself. */
  readonly poolMax?: number;
  readonly dispositionOf?: (error: unknown) => Disposition;
  /** The process must stop: a handler threw a `crash`, or a worker stays stuck. Without it the error ends the process. */
  readonly onCrash?: (error: unknown) => void;
  readonly log?: QueueLog;
}

export interface AddOptions {
  /** While a job with this id waits, runs or backs off, adding it again changes nothing (new data is not taken). */
  readonly jobId?: string;
  readonly delayMs?: number;
}

export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Waiting for their time: added with a delay, or between two attempts. */
  readonly delayed: number;
}

export interface Queues {
  readonly backend: 'postgres' | 'redis';
  /** Adds one job and answers its id. Throws `content_invalid` when `data` or `jobId` cannot be carried by every backend. */
  add(name: QueueName, data: object, options?: AddOptions): Promise<string>;
  /** Adds many in one round trip and answers their ids in order; one refused job refuses all. */
  addBulk(
    name: QueueName,
    jobs: readonly { readonly data: object; readonly jobId?: string }[],
  ): Promise<string[]>;
  /**
   * Asks for one run about `key` that starts after this call: nudges meet in the job that waits; one that comes
   * while the job runs leads to one more run. `data` of a nudge that met another is not taken: put only the key in.
   */
  nudge(name: QueueName, key: string, data: object): Promise<void>;
  work(name: QueueName, handler: JobHandler, options: WorkOptions): WorkerHandle;
  counts(name: QueueName): Promise<QueueCounts>;
  /** Stops the queue for every process; jobs already running go on. */
  pause(name: QueueName): Promise<void>;
  resume(name: QueueName): Promise<void>;
  /** True as soon as no queue has a waiting or running job, false at the deadline. Delayed jobs are not waited for. */
  drain(deadlineMs: number): Promise<boolean>;
  /** Closes the workers (all at once, see `WorkerHandle.close`), then the connections. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

const DEFAULT_POOL_MAX = 10;
/** A backend that does not answer must not keep a process from ending. */
const CONNECTION_CLOSE_MS = 2_000;
/** Below two free connections BullMQ waits for itself for ever. */
const POOL_MIN_FREE = 2;

/** Connections to PostgreSQL that a process with these queues holds at most, for the boot check of `max_connections`. */
export const queueConnections = (options: Pick<QueueOptions, 'redisUrl' | 'poolMax'>): number =>
  options.redisUrl === undefined ? (options.poolMax ?? DEFAULT_POOL_MAX) : 0;

/** Connects and answers when jobs can be added. Throws when the backend does not answer or its schema was never made. */
export async function openQueues(options: QueueOptions): Promise<Queues> {
  const prefix = options.prefix ?? 'stockbridge';
  if (!/^[\w-]+$/.test(prefix))
    throw new RangeError(`a queue prefix has letters, digits and dashes: ${prefix}`);
  const poolMax = queueConnections({ ...(options.poolMax ? { poolMax: options.poolMax } : {}) });
  if (poolMax < POOL_MIN_FREE) throw new RangeError(`poolMax must be at least ${POOL_MIN_FREE}`);
  const log = quietLog(options.log ?? defaultQueueLog());
  const connections =
    options.redisUrl === undefined
      ? await connectPostgres(options.databaseUrl, poolMax, log)
      : await connectRedis(options.redisUrl, log);
  try {
    const queues = new Map<QueueName, LiveQueue>();
    for (const name of QUEUE_NAMES) queues.set(name, await openQueue(`${prefix}-${name}`, connections, log));
    return queuesOver(queues, connections, { ...options, log, poolMax });
  } catch (error) {
    await connections.close();
    throw error;
  }
}

type LiveQueue = Queue<object, void, string, object, void, string, IQueueBackend>;

async function openQueue(name: string, connections: QueueConnections, log: QueueLog): Promise<LiveQueue> {
  const queue: LiveQueue = new Queue(name, { connection: {} }, connections.producer().factory);
  queue.on('error', (error) => log.warn({ queue: name, error: error.message }, 'the queue met an error'));
  await queue.waitUntilReady();
  return queue;
}

function queuesOver(
  live: ReadonlyMap<QueueName, LiveQueue>,
  connections: QueueConnections,
  options: QueueOptions & { readonly log: QueueLog; readonly poolMax: number },
): Queues {
  const workers: WorkerHandle[] = [];
  let closing: Promise<void> | undefined;
  const queueOf = (name: QueueName): LiveQueue => {
    const queue = live.get(name);
    if (!queue) throw new RangeError(`there is no queue ${name}`);
    return queue;
  };
  const countsOf = async (name: QueueName): Promise<QueueCounts> => {
    const counts = await queueOf(name).getJobCounts(...COUNTED);
    const { waiting = 0, paused = 0, active = 0, delayed = 0 } = counts;
    return { waiting: waiting + paused, active, delayed };
  };
  const isIdle = async (): Promise<boolean> => {
    const counts = await Promise.all(QUEUE_NAMES.map(countsOf));
    return counts.every(({ waiting, active }) => waiting === 0 && active === 0);
  };

  const closeAll = async (deadlineMs: number): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.close({ deadlineMs })));
    const closed = Promise.all([...live.values()].map((queue) => queue.close())).then(connections.close);
    closed.catch((error: unknown) => options.log.warn({ error: String(error) }, 'the queues closed badly'));
    await Promise.race([
      closed.catch(() => undefined),
      sleep(CONNECTION_CLOSE_MS, undefined, { ref: false }),
    ]);
  };

  return {
    backend: connections.kind,
    add: async (name, data, { jobId, delayMs } = {}) => {
      assertJobData(data);
      if (jobId !== undefined) assertJobId(jobId);
      const delay = delayMs === undefined ? {} : { delay: delayMs };
      const job = await queueOf(name).add(name, data, { ...jobOptionsOf(name, jobId), ...delay });
      return job.id ?? '';
    },
    addBulk: async (name, jobs) => {
      const entries = jobs.map(({ data, jobId }) => {
        assertJobData(data);
        if (jobId !== undefined) assertJobId(jobId);
        return { name, data, opts: jobOptionsOf(name, jobId) };
      });
      if (entries.length === 0) return [];
      const added = await queueOf(name).addBulk(entries);
      return added.map((job) => job.id ?? '');
    },
    nudge: async (name, key, data) => {
      assertNudgeKey(key);
      assertJobData(data);
      const deduplication = { id: key, keepLastIfActive: true };
      await queueOf(name).add(name, data, { ...jobOptionsOf(name, undefined), deduplication });
    },
    work: (name, handler, workOptions) => {
      if (connections.kind === 'postgres' && workers.length + 1 + POOL_MIN_FREE > options.poolMax) {
        throw new RangeError(
          `a pool of ${options.poolMax} connections serves at most ${workers.length} workers; raise poolMax`,
        );
      }
      const queue = queueOf(name);
      const handle = startWorkers({
        name: queue.name,
        connections,
        handler,
        options: { backoffMs: QUEUES[name].backoffMs, ...workOptions },
        dispositionOf: options.dispositionOf ?? dispositionOfError,
        onCrash: options.onCrash ?? endProcess,
        startable: async () => ((await queue.isPaused()) ? 0 : (await countsOf(name)).waiting),
        log: options.log,
      });
      workers.push(handle);
      return handle;
    },
    counts: countsOf,
    pause: (name) => queueOf(name).pause(),
    resume: (name) => queueOf(name).resume(),
    drain: async (deadlineMs) => {
      const deadline = performance.now() + deadlineMs;
      while (!(await isIdle())) {
        if (performance.now() >= deadline) return false;
        await sleep(Math.min(100, deadlineMs));
      }
      return true;
    },
    close: ({ deadlineMs = DEFAULT_CLOSE_DEADLINE_MS } = {}) => {
      closing ??= closeAll(deadlineMs);
      return closing;
    },
  };
}

/** A finished job is removed at once: a kept one would swallow the next job with its id, and nobody reads it for truth. */
const jobOptionsOf = (name: QueueName, jobId: string | undefined): JobsOptions => ({
  ...(jobId === undefined ? {} : { jobId }),
  attempts: QUEUES[name].attempts,
  backoff: { type: 'custom' },
  removeOnComplete: true,
  removeOnFail: true,
  stackTraceLimit: 1,
});

/** On PostgreSQL the waiting jobs of a paused queue are counted as `paused`, a state that BullMQ's types forgot. */
const COUNTED = ['waiting', 'paused', 'active', 'delayed'] as JobType[];

const endProcess = (error: unknown): void => {
  setImmediate(() => {
    throw error;
  });
};
