// BullMQ on PostgreSQL over one pool for the whole process, so that connections can be counted before they are used.
// It refuses to migrate the schema (queue-schema.ts does) and to hide an outage from a producer.
import { setTimeout as sleep } from 'node:timers/promises';
import { createPostgresBackend, DEFAULT_SCHEMA, type PgPool, type PgPoolClient } from 'bullmq';
import pg from 'pg';
import { isUnavailable } from '../core/database.ts';
import type { Attachment, QueueConnections } from './queue-connections.ts';
import type { QueueLog } from './queue-log.ts';

const RECONNECT_DELAY_MS = 1_000;
const CONFLICT_RETRIES = 5;

/** Opens the pool and proves that the database answers; throws what node-postgres throws when it does not. */
export async function connectPostgres(
  databaseUrl: string,
  poolMax: number,
  log: QueueLog,
): Promise<QueueConnections> {
  const pool = new pg.Pool(poolConfigOf(databaseUrl, poolMax));
  pool.on('error', (error) =>
    log.warn({ error: error.message }, 'a queue connection to PostgreSQL was lost'),
  );
  try {
    await pool.query('select 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  const statements = new Map<string, string>();
  const attach = (patient: boolean): Attachment => {
    const view = new PoolView(pool, statements, patient, log);
    return {
      factory: (name, options, extra) => createPostgresBackend(name, { ...options, connection: view }, extra),
      release: () => view.detach(),
    };
  };
  return {
    kind: 'postgres',
    producer: () => attach(false),
    consumer: () => attach(true),
    close: () => pool.end(),
  };
}

/** With a pool of ours BullMQ sets no search_path, and an `options` in the address would silently replace this one. */
function poolConfigOf(databaseUrl: string, poolMax: number): pg.PoolConfig {
  const address = new URL(databaseUrl);
  const given = address.searchParams.get('options');
  address.searchParams.delete('options');
  return {
    connectionString: address.href,
    options: `${given ?? ''} -c search_path="${DEFAULT_SCHEMA}"`.trim(),
    max: poolMax,
    application_name: 'stockbridge queues',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    query_timeout: 30_000,
  };
}

/**
 * What one BullMQ queue or worker sees of the shared pool. It names statements so that PostgreSQL parses each once a
 * connection, repeats a statement that lost a deadlock (each is one transaction), and reports an outage in the
 * one form that makes a BullMQ worker wait and try again instead of failing a job that was already done.
 */
class PoolView implements PgPool {
  readonly options = { keepAlive: true };
  readonly #pool: pg.Pool;
  readonly #statements: Map<string, string>;
  readonly #patient: boolean;
  readonly #log: QueueLog;
  #detached = false;

  constructor(pool: pg.Pool, statements: Map<string, string>, patient: boolean, log: QueueLog) {
    this.#pool = pool;
    this.#statements = statements;
    this.#patient = patient;
    this.#log = log;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the row type is BullMQ's own declaration
  async query<R = any>(text: string, params: readonly unknown[] = []): Promise<{ rows: R[] }> {
    const statement = { name: this.#nameOf(text), text, values: [...params] };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { rows } = await this.#pool.query(statement);
        return { rows: rows as R[] };
      } catch (error) {
        if (attempt > CONFLICT_RETRIES || !isConflict(error)) throw this.#outageOf(error) ?? error;
        await sleep(Math.random() * 10 * attempt);
      }
    }
  }

  /** BullMQ remembers a failed first connection for ever, so a worker's connection waits until there is one. */
  async connect(): Promise<PgPoolClient> {
    for (;;) {
      try {
        // node-postgres overloads `on` in another shape than BullMQ declares; the object is the one BullMQ expects.
        return (await this.#pool.connect()) as unknown as PgPoolClient;
      } catch (error) {
        const outage = this.#outageOf(error);
        if (!outage || !this.#patient || this.#detached) throw outage ?? error;
        await sleep(RECONNECT_DELAY_MS);
      }
    }
  }

  /** The pool has one owner, who hears its errors and ends it. */
  on(): this {
    return this;
  }

  removeAllListeners(): this {
    return this;
  }

  async end(): Promise<void> {
    this.detach();
  }

  detach(): void {
    this.#detached = true;
  }

  #nameOf(text: string): string {
    let name = this.#statements.get(text);
    if (name === undefined) {
      name = `queue_${this.#statements.size}`;
      this.#statements.set(text, name);
    }
    return name;
  }

  #outageOf(error: unknown): Error | undefined {
    if (!(error instanceof Error) || !isUnavailable(error)) return undefined;
    this.#log.warn({ error: error.message }, 'the queue cannot reach PostgreSQL');
    return Object.assign(new Error(`PostgreSQL is unavailable: ${error.message}`, { cause: error }), {
      code: 'ECONNREFUSED',
    });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const isConflict = (error: unknown): boolean => ['40P01', '40001'].includes(codeOf(error));
