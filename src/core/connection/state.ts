// Small durable state of one connection, shared by all processes: tokens, subscription ids, cursors of its own.
import type { Database } from '../database.ts';
import { exclusively } from '../lock.ts';

export interface StateStore {
  read(key: string): Promise<unknown>;
  write(key: string, value: unknown): Promise<void>;
  /** Runs `work` while nobody else, in this or another process, runs work under the same key. */
  exclusively<T>(key: string, work: () => Promise<T>): Promise<T>;
}

export function stateOf(database: Database, connectionId: number): StateStore {
  // Callers of one process queue here, so that waiting takes one database connection a key and not one a caller.
  const queues = new Map<string, Promise<unknown>>();
  return {
    async read(key) {
      const { rows } = await database.pool.query<{ value: unknown }>(
        'select value from connection_state where connection_id = $1 and key = $2',
        [connectionId, key],
      );
      return rows[0]?.value;
    },
    async write(key, value) {
      await database.pool.query(
        `insert into connection_state (connection_id, key, value) values ($1, $2, $3)
         on conflict (connection_id, key) do update set value = excluded.value, updated_at = now()`,
        [connectionId, key, JSON.stringify(value ?? null)],
      );
    },
    exclusively<T>(key: string, work: () => Promise<T>): Promise<T> {
      const before = queues.get(key) ?? Promise.resolve();
      const turn = before.catch(() => undefined).then(() => exclusively(database, `state ${connectionId} ${key}`, work));
      queues.set(key, turn);
      void turn.catch(() => undefined).then(() => {
        if (queues.get(key) === turn) queues.delete(key);
      });
      return turn;
    },
  };
}
