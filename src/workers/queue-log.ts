// The log the queues write to, and the guard that keeps an outage from filling it.
import pino from 'pino';

type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface QueueLog {
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}

const QUIET_MS = 10_000;

export const defaultQueueLog = (): QueueLog => pino({ name: 'queues', level: 'warn' });

/** The same log, which says the same thing at most once in ten seconds: an outage fails thousands of statements. */
export function quietLog(log: QueueLog): QueueLog {
  const lastAt = new Map<string, number>();
  const once =
    (write: Write): Write =>
    (fields, message) => {
      const key = `${message} ${String(fields.queue ?? '')} ${String(fields.error ?? '')}`;
      const now = performance.now();
      if (now - (lastAt.get(key) ?? -QUIET_MS) < QUIET_MS) return;
      if (lastAt.size > 200) lastAt.clear();
      lastAt.set(key, now);
      write(fields, message);
    };
  return {
    info: (fields, message) => log.info(fields, message),
    warn: once((fields, message) => log.warn(fields, message)),
    error: once((fields, message) => log.error(fields, message)),
  };
}
