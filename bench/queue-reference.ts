// The reference every queue figure is divided by: bare BullMQ doing nothing, measured in the same run.
// It shares no code with the hub's own queues, so that it cannot become slow with them.
import { randomBytes } from 'node:crypto';
import { createPostgresBackend, createRedisBackend, Queue, Worker } from 'bullmq';

export interface NoopRun {
  readonly backend: 'postgres' | 'redis';
  /** Of a PostgreSQL whose `bullmq` schema is migrated, or of a Redis. */
  readonly url: string;
  readonly jobs: number;
  readonly concurrency: number;
}

/** Adds `jobs` empty jobs, then measures one worker doing them: jobs per second, adding not counted. */
export async function bareNoop({ backend, url, jobs, concurrency }: NoopRun): Promise<number> {
  const name = `bare-${randomBytes(4).toString('hex')}`;
  // The factories differ in what a connection is; both accept an address, each in its own form.
  const open =
    backend === 'postgres'
      ? {
          queue: () => new Queue(name, { connection: url }, createPostgresBackend),
          worker: (done: () => Promise<void>, options: { concurrency: number; autorun: boolean }) =>
            new Worker(name, done, { ...options, connection: url }, createPostgresBackend),
        }
      : {
          queue: () => new Queue(name, { connection: { url } }, createRedisBackend),
          worker: (done: () => Promise<void>, options: { concurrency: number; autorun: boolean }) =>
            new Worker(name, done, { ...options, connection: { url } }, createRedisBackend),
        };
  const queue = open.queue();
  for (let added = 0; added < jobs; added += 500) {
    const size = Math.min(500, jobs - added);
    const entries = Array.from({ length: size }, (_, index) => ({
      name: 'noop',
      data: { id: added + index },
      opts: { removeOnComplete: true, removeOnFail: true },
    }));
    await queue.addBulk(entries);
  }
  let done = 0;
  const finished = Promise.withResolvers<void>();
  const worker = open.worker(
    async () => {
      done += 1;
      if (done === jobs) finished.resolve();
    },
    { concurrency, autorun: false },
  );
  worker.on('error', (error) => finished.reject(error));
  await worker.waitUntilReady();
  const startedAt = performance.now();
  void worker.run();
  await finished.promise;
  const seconds = (performance.now() - startedAt) / 1_000;
  await worker.close();
  await queue.close();
  return jobs / seconds;
}
