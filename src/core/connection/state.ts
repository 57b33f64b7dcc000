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
      const row = await database.query
        .selectFrom('connection_state')
        .select('value')
        .where('connection_id', '=', connectionId)
        .where('key', '=', key)
        .executeTakeFirst();
      return row?.value;
    },
    async write(key, value) {
      const stored = JSON.stringify(value ?? null);
      await database.query
        .insertInto('connection_state')
        .values({ connection_id: connectionId, key, value: stored })
        .onConflict((clash) =>
          clash.columns(['connection_id', 'key']).doUpdateSet({ value: stored, updated_at: new Date() }),
        )
        .execute();
    },
    exclusively<T>(key: string, work: () => Promise<T>): Promise<T> {
      const before = queues.get(key) ?? Promise.resolve();
      const turn = before
        .catch(() => undefined)
        .then(() => exclusively(database, `state ${connectionId} ${key}`, work));
      queues.set(key, turn);
      void turn
        .catch(() => undefined)
        .then(() => {
          if (queues.get(key) === turn) queues.delete(key);
        });
      return turn;
    },
  };
}
