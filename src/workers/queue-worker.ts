// One running worker of one queue: hands jobs to a handler, turns what the handler throws into what the queue does,
// notices when it stopped fetching, and stops within a deadline. It refuses to judge errors and to keep results.
import { setTimeout as sleep } from 'node:timers/promises';
import { type IQueueBackend, type Job, Worker } from 'bullmq';
import type { Disposition } from '../core/errors.ts';
import { storableErrorOf } from './job-data.ts';
import type { QueueConnections } from './queue-connections.ts';
import type { QueueLog } from './queue-log.ts';

export interface JobContext {
  readonly jobId: string;
  /** 1 for the first start of the job, counting every restart, also those after a crash. */
  readonly attempt: number;
  /** Aborted when the job's lock was lost or the worker stops hard: someone else may already be doing this job. */
  readonly signal: AbortSignal;
}

/** Does one job. `data` is what was added, after a round trip through JSON: parse it. What it returns is not kept. */
export type JobHandler = (data: unknown, job: JobContext) => Promise<unknown> | unknown;

export interface WorkOptions {
  /** Jobs in the handler at once. */
  readonly concurrency: number;
  /** First pause after a failed attempt; it doubles with each, at half random. Without it the queue's own. */
  readonly backoffMs?: number;
  /** How long a dead worker's job stays with it; renewed at half time while the handler runs. */
  readonly lockDurationMs?: number;
  /** How often expired locks are looked for. */
  readonly stalledIntervalMs?: number;
  /** Waiting jobs and none started for this long: the worker is rebuilt. */
  readonly watchdogMs?: number;
}

export interface WorkerHandle {
  /** Jobs in the handler now. */
  readonly running: number;
  /** How often the watchdog replaced the worker. */
  readonly rebuilds: number;
  /** Takes no more jobs and waits for those running; after the deadline aborts their signals and leaves them to others. */
  close(options?: { readonly deadlineMs?: number }): Promise<'finished' | 'cut'>;
}

export interface WorkerParts {
  readonly name: string;
  readonly connections: QueueConnections;
  readonly handler: JobHandler;
  readonly options: WorkOptions & { readonly backoffMs: number };
  readonly dispositionOf: (error: unknown) => Disposition;
  /** Called once a job's failure is stored and its disposition is `crash`, or when rebuilding does not help. */
  readonly onCrash: (error: unknown) => void;
  /** Jobs that a worker could start now; 0 while the queue is paused. */
  readonly startable: () => Promise<number>;
  readonly log: QueueLog;
}

const BACKOFF_CAP_MS = 10 * 60_000;
/**
 * A killed worker's jobs, and the nudges that met in them, wait this long; so it is short. A worker that only seemed dead
 * runs a job twice then, which the database makes harmless.
 */
const LOCK_MS = 10_000;
const RENEWABLE_REBUILDS = 3;
export const DEFAULT_CLOSE_DEADLINE_MS = 25_000;

/** Starts taking jobs at once, also while the backend is away: then as soon as it is back. */
export function startWorker(parts: WorkerParts): WorkerHandle {
  const { name, options, log } = parts;
  const watchdogMs = options.watchdogMs ?? 30_000;
  let running = 0;
  let startedAt = performance.now();
  let rebuilds = 0;
  let rebuildsInVain = 0;
  let closing: Promise<'finished' | 'cut'> | undefined;

  const tracked: JobHandler = async (data, context) => {
    running += 1;
    startedAt = performance.now();
    rebuildsInVain = 0;
    try {
      return await parts.handler(data, context);
    } finally {
      running -= 1;
    }
  };
  const create = () => new LiveWorker({ ...parts, handler: tracked });
  let worker = create();
  const replaced: LiveWorker[] = [];

  const rebuild = (waiting: number): void => {
    if (rebuildsInVain >= RENEWABLE_REBUILDS) {
      parts.onCrash(
        new Error(`queue ${name} has ${waiting} waiting jobs and ${rebuilds} new workers took none`),
      );
    }
    rebuilds += 1;
    rebuildsInVain += 1;
    startedAt = performance.now();
    log.error({ queue: name, waiting, rebuilds }, 'jobs wait but the worker takes none; it is replaced');
    void worker.stop(running > 0 ? DEFAULT_CLOSE_DEADLINE_MS : 0);
    replaced.push(worker);
    worker = create();
  };
  const watchdog = setInterval(async () => {
    if (running >= options.concurrency || performance.now() - startedAt < watchdogMs) return;
    const waiting = await parts.startable().catch(() => 0);
    if (waiting > 0 && !closing && performance.now() - startedAt >= watchdogMs) rebuild(waiting);
    else if (waiting === 0) startedAt = performance.now();
  }, watchdogMs / 4);
  watchdog.unref();

  return {
    get running() {
      return running;
    },
    get rebuilds() {
      return rebuilds;
    },
    close: ({ deadlineMs = DEFAULT_CLOSE_DEADLINE_MS } = {}) => {
      clearInterval(watchdog);
      closing ??= stopAll([...replaced, worker], deadlineMs);
      return closing;
    },
  };
}

const stopAll = async (workers: readonly LiveWorker[], deadlineMs: number): Promise<'finished' | 'cut'> => {
  const outcomes = await Promise.all(workers.map((worker) => worker.stop(deadlineMs)));
  return outcomes.includes('cut') ? 'cut' : 'finished';
};

/** BullMQ's worker with a processor that classifies errors, and a stop that ends. */
class LiveWorker extends Worker<unknown, void, string, IQueueBackend> {
  readonly #release: () => void;
  readonly #log: QueueLog;

  constructor(parts: WorkerParts) {
    const attachment = parts.connections.consumer();
    const { options } = parts;
    super(
      parts.name,
      processorOf(parts),
      {
        connection: {},
        concurrency: options.concurrency,
        lockDuration: options.lockDurationMs ?? LOCK_MS,
        stalledInterval: options.stalledIntervalMs ?? LOCK_MS / 4,
        maxStalledCount: 3,
        runRetryDelay: 1_000,
        settings: { backoffStrategy: (attempt: number) => pauseOf(options.backoffMs, attempt) },
      },
      attachment.factory,
    );
    this.#release = attachment.release;
    this.#log = parts.log;
    const queue = parts.name;
    this.on('error', (error) =>
      parts.log.warn({ queue, error: error.message }, 'the queue worker met an error'),
    );
    this.on('lockRenewalFailed', (jobIds) => {
      for (const jobId of jobIds) this.cancelJob(jobId, 'the job lost its lock');
    });
    this.on('stalled', (jobId) =>
      parts.log.warn({ queue, jobId }, 'a job was left by its worker; it runs again'),
    );
    this.on('failed', (job, error) => {
      // BullMQ raised attemptsMade already; a job that was ended by stalling too often has attempts left.
      const final = job === undefined || job.finishedOn !== undefined;
      const fields = { queue, jobId: job?.id, attempt: job?.attemptsMade, error: error.message };
      if (final) parts.log.error(fields, 'a job failed for good; the database has to offer its work again');
      else parts.log.info(fields, 'a job failed and will be tried again');
      if (crashes.has(error)) parts.onCrash(crashes.get(error));
    });
  }

  /** Never rejects; `cut` when jobs were still running at the deadline. */
  async stop(deadlineMs: number): Promise<'finished' | 'cut'> {
    const closed = this.close().then(() => 'finished' as const);
    closed.catch((error: unknown) =>
      this.#log.warn({ queue: this.name, error: String(error) }, 'a worker closed badly'),
    );
    const abort = new AbortController();
    const late = sleep(deadlineMs, 'cut' as const, { signal: abort.signal }).catch(() => 'cut' as const);
    const outcome = await Promise.race([closed.catch(() => 'finished' as const), late]);
    abort.abort();
    if (outcome === 'cut') await this.#cut();
    this.#release();
    return outcome;
  }

  /** Stops renewing locks and answering for jobs, so that whatever the handlers still do, the jobs go to others. */
  async #cut(): Promise<void> {
    this.cancelAllJobs('the worker stops');
    // Ends the search for stalled jobs, whose timer would keep the process alive.
    await this.pause(true);
    await this.lockManager.close();
    const shut = this.backend.close(true).catch(() => undefined);
    await Promise.race([shut, sleep(1_000, undefined, { ref: false })]);
  }
}

/** The error given to BullMQ, to the one thrown by the handler, for those after which the process must not go on. */
const crashes = new WeakMap<Error, unknown>();

const processorOf =
  ({ handler, dispositionOf }: WorkerParts) =>
  async (job: Job<unknown, void, string>, _token?: string, signal?: AbortSignal): Promise<void> => {
    const context = {
      jobId: job.id ?? '',
      attempt: Math.max(job.attemptsStarted, 1),
      signal: signal ?? new AbortController().signal,
    };
    try {
      await handler(job.data, context);
    } catch (thrown) {
      const disposition = dispositionOf(thrown);
      switch (disposition) {
        case 'wait':
        case 'park':
        case 'reject':
          // The handler stored this outcome; the database decides when the work comes back.
          return;
        case 'retry':
        case 'crash': {
          const error = storableErrorOf(thrown);
          if (disposition === 'crash') crashes.set(error, thrown);
          throw error;
        }
        default:
          disposition satisfies never;
      }
    }
  };

/** Doubles from `backoffMs`, half of it random so that what failed together does not return together. */
const pauseOf = (backoffMs: number, attempt: number): number => {
  const full = Math.min(backoffMs * 2 ** (attempt - 1), BACKOFF_CAP_MS);
  return Math.round(full * (0.5 + Math.random() / 2));
};
