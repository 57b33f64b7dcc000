// Opens PostgreSQL for this process: one pool, typed reads through Kysely, transactions for the hand-written SQL.
// Refuses to hide that the database is away: connection failures become `database_unavailable`.
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { StockbridgeError } from './errors.ts';
import type { Schema } from './schema.ts';

export type Transaction = pg.PoolClient;

export interface Database {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Sessions that hold advisory locks while work goes on in `pool`: from one pool, holders could wait for each other for ever. */
  readonly locks: pg.Pool;
  /** Typed access for everything that is not a hot path. */
  readonly query: Kysely<Schema>;
  /** Runs `work` in one READ COMMITTED transaction; repeats it on deadlock, serialization failure and lost races, at most five times. */
  transaction<T>(work: (client: Transaction) => Promise<T>): Promise<T>;
  /**
   * As {@link transaction}, but the first questions of `work` go out with the `begin`. It awaits `begun` together with them and
   * before it writes anything: until then it is not sure that there is a transaction.
   */
  pipelined<T>(work: (client: Transaction, begun: Promise<unknown>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The transaction found that somebody else got there first: run it again, it will see what they did. */
export class LostRace extends Error {}

const REPEATABLE = new Set([
  '40P01', // deadlock detected
  '40001', // serialization failure
]);
const AWAY = new Set([
  '57P01', // shut down by an administrator
  '57P02', // crash shutdown
  '57P03', // starting up
  '53300', // too many connections
  '25P03', // idle too long in a transaction: what the server says of a client it could not hear
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOENT',
]);
const AWAY_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed/;

/** Most sessions of one process that hold advisory locks; opened when needed, closed when idle. */
export const LOCK_SESSIONS = 16;

export function openDatabase(options: {
  url: string;
  poolSize?: number;
  applicationName?: string;
}): Database {
  const pooled = (max: number): pg.Pool => {
    const pool = new pg.Pool({
      connectionString: options.url,
      max,
      application_name: options.applicationName ?? 'stockbridge',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // A server that is gone without a word is noticed within seconds, not after the system's two hours.
      keepAliveInitialDelayMillis: 10_000,
      // What is asked before the last answer came is sent at once, and answered in the order asked.
      pipeline: true,
    });
    // A connection that the server closed, idle or in use, is replaced on next use; unheard, its error would end the process.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  };
  const pool = pooled(options.poolSize ?? 10);
  const locks = pooled(LOCK_SESSIONS);
  return {
    url: options.url,
    pool,
    locks,
    query: new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) }),
    transaction: (work) =>
      transaction(pool, async (client, begun) => {
        await begun;
        return work(client);
      }),
    pipelined: (work) => transaction(pool, work),
    close: async () => {
      await Promise.all([pool.end(), locks.end()]);
    },
  };
}

type Work<T> = (client: Transaction, begun: Promise<unknown>) => Promise<T>;

async function transaction<T>(pool: pg.Pool, work: Work<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await once(pool, work);
    } catch (error) {
      if (attempt < 5 && isRepeatable(error)) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
        continue;
      }
      throw asUnavailable(error);
    }
  }
}

async function once<T>(pool: pg.Pool, work: Work<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const begun = client.query('begin');
    // Work that fails before it looks must not leave a failure that nobody heard.
    begun.catch(() => undefined);
    const result = await work(client, begun);
    await begun;
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const isRepeatable = (error: unknown): boolean => error instanceof LostRace || REPEATABLE.has(codeOf(error));

/** True when PostgreSQL could not be reached or is restarting, as opposed to refusing what was asked. */
export const isUnavailable = (error: unknown): boolean =>
  AWAY.has(codeOf(error)) ||
  // Class 08: connection exceptions, and all that a pooler in between reports of itself.
  codeOf(error).startsWith('08') ||
  (error instanceof Error && AWAY_MESSAGES.test(error.message));

/** What is wrong with the data itself, whoever writes it and whenever: values, constraints, what a rule of the schema raises. */
const CONTENT = /^(22|23|P0|54)[0-9A-Z]{3}$/;

/**
 * True when trying again cannot help, because what was to be written is refused for what it says. Everything else may pass: a
 * server that only reads for a while, a lock that came too late, a full disk.
 */
export const isAboutContent = (error: unknown): boolean =>
  CONTENT.test(codeOf(error)) || error instanceof RangeError || error instanceof TypeError;

/** Turns an unreachable database into the error that says so; leaves everything else as it is. */
export const asUnavailable = (error: unknown): unknown =>
  !(error instanceof StockbridgeError) && isUnavailable(error)
    ? new StockbridgeError('database_unavailable', 'PostgreSQL does not answer', { cause: error })
    : error;
