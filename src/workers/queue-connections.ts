// What the queues need from a backend, and nothing of which backend it is.
import type { BackendFactory, IQueueBackend } from 'bullmq';

/** One queue's or worker's way to the backend; `release` frees what belongs to it alone. */
export interface Attachment {
  readonly factory: BackendFactory<IQueueBackend>;
  release(): void;
}

export interface QueueConnections {
  readonly kind: 'postgres' | 'redis';
  /** Fails fast: a caller is waiting for the answer. */
  producer(): Attachment;
  /** Waits out an outage: a worker has nothing better to do. */
  consumer(): Attachment;
  close(): Promise<void>;
}
