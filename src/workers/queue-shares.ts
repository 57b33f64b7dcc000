// The workers of one queue in one process. A BullMQ worker takes its first jobs one after the other, and begins none before it has
// as many as it may have at once: where those are many, several share them and begin sooner. It knows nothing of jobs.
import { startWorker, type WorkerHandle, type WorkerParts } from './queue-worker.ts';

/** Jobs that one worker has at once, at most. */
const SHARE = 125;

/** As `startWorker`; on PostgreSQL it is one worker, because each keeps a connection of the pool to itself. */
export function startWorkers(parts: WorkerParts): WorkerHandle {
  const { options, connections } = parts;
  const count = connections.kind === 'redis' ? Math.ceil(options.concurrency / SHARE) : 1;
  const workers = Array.from({ length: count }, (_, index) =>
    startWorker({
      ...parts,
      options: { ...options, concurrency: Math.floor((options.concurrency + index) / count) },
    }),
  );
  return {
    get running() {
      return workers.reduce((sum, { running }) => sum + running, 0);
    },
    get rebuilds() {
      return workers.reduce((sum, { rebuilds }) => sum + rebuilds, 0);
    },
    close: async (closing) => {
      const outcomes = await Promise.all(workers.map((worker) => worker.close(closing)));
      return outcomes.includes('cut') ? 'cut' : 'finished';
    },
  };
}
