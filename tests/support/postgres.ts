// A database of its own for every test file: a clone of the migrated template on the run's PostgreSQL server.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import type {} from './global-setup.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool and removes the database; a session that is still open after a second is ended by force. */
  drop(): Promise<void>;
}

/**
 * Creates a database that is migrated (ours and the queues' schema), or with `empty: true` one without any table.
 * Call it in `beforeAll`, and `drop()` in `afterAll`; it takes 50 to 100 ms on an idle machine.
 */
export async function testDatabase(
  options: { empty?: boolean; maxConnections?: number } = {},
): Promise<TestDatabase> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  const template = options.empty ? 'template0' : inject('templateDatabase');
  await onServer((client) => client.query(`create database ${name} template ${template}`));
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: options.maxConnections ?? 10 });
  // drop() ends sessions by force; node-postgres reports that on idle clients, and unheard it would end the process.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await dropDatabase(name);
    },
  };
}

/** Sessions that were closed just now get the moment they need; ended by force they would raise errors in their processes. */
async function dropDatabase(name: string): Promise<void> {
  await onServer(async (client) => {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const { rowCount } = await client.query('select 1 from pg_stat_activity where datname = $1', [name]);
      if (rowCount === 0) break;
      await sleep(10);
    }
    await client.query(`drop database if exists ${name} with (force)`);
  });
}

async function onServer(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
