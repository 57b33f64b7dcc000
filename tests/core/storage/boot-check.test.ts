// The boot check against servers and databases that really have the fault.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BootCheckOptions,
  bootCheck,
  connectionFindings,
  type Finding,
  settingFindings,
  skewFindings,
} from '../../../src/core/storage/boot-check.ts';
import { startEmbedded } from '../../../src/core/storage/embedded.ts';
import { migrate } from '../../../src/core/storage/migrate.ts';
import { queueSchemaStatus } from '../../../src/workers/queue-schema.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';
import { transactionPooler } from './transaction-pooler.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
});

afterEach(async () => {
  await database.drop();
});

const check = (options: Partial<BootCheckOptions> = {}): Promise<Finding[]> =>
  bootCheck(database.pool, { connectionBudget: 20, ...options });

const codes = (found: Finding[]): string[] => found.map(({ level, code }) => `${level} ${code}`);

const name = (): string => new URL(database.url).pathname.slice(1);

test('a migrated database on the embedded server is trusted', async () => {
  expect(await check({ queueSchema: await queueSchemaStatus(database.pool) })).toEqual([]);
});

test('it answers although every connection of the pool is busy', async () => {
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const busy = await pool.connect();
  expect(await bootCheck(pool, { connectionBudget: 20 })).toEqual([]);
  busy.release();
  await pool.end();
});

test('fsync off is refused and full_page_writes off is warned of, on a server that runs so', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stockbridge-boot-'));
  const settings = {
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    shared_buffers: '16MB',
  };
  const server = await startEmbedded({ dataDir, settings });
  const pool = new pg.Pool({ connectionString: server.url });
  // The server may stop before the pool has said goodbye.
  pool.on('error', () => undefined);
  try {
    await migrate(pool);
    const found = await bootCheck(pool, { connectionBudget: 20 });
    expect(codes(found)).toEqual([
      'refuse fsync_off',
      'refuse synchronous_commit_off',
      'warn full_page_writes_off',
    ]);
    for (const { message } of found) expect(message).toMatch(/Set (it|fsync)/);
  } finally {
    await pool.end();
    await server.stop();
    await rm(dataDir, { recursive: true });
  }
});

test('synchronous_commit off is refused when only the database is set so', async () => {
  await database.pool.query(`alter database ${name()} set synchronous_commit = off`);
  expect(codes(await check())).toEqual(['refuse synchronous_commit_off']);
});

test('a database that is not UTF-8 is refused', async () => {
  const ascii = `${name()}_ascii`;
  await database.pool.query(
    `create database ${ascii} template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'`,
  );
  const url = new URL(database.url);
  url.pathname = `/${ascii}`;
  const pool = new pg.Pool({ connectionString: url.href });
  const found = await bootCheck(pool, { connectionBudget: 20 });
  await pool.end();
  await database.pool.query(`drop database ${ascii}`);
  expect(codes(found)).toContain('refuse encoding_not_utf8');
});

test('a server older than 16, and a standby, are refused', () => {
  const good = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    server_version: '16.0',
    major: 16,
    encoding: 'UTF8',
    recovering: false,
  };
  expect(settingFindings(good)).toEqual([]);
  expect(codes(settingFindings({ ...good, server_version: '15.18', major: 15 }))).toEqual([
    'refuse server_too_old',
  ]);
  expect(codes(settingFindings({ ...good, recovering: true }))).toEqual(['refuse server_read_only']);
});

describe('the schema', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'stockbridge-migrations-'));
    await database.drop();
    database = await testDatabase({ empty: true });
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('behind is refused with the first missing file; migrating cures it', async () => {
    await writeFile(join(directory, '0001_first.sql'), 'create table shelf (id integer)');
    const found = await check({ migrationsDirectory: directory });
    expect(codes(found)).toEqual(['refuse schema_behind']);
    expect(found[0]?.message).toContain('0001_first.sql');
    await migrate(database.pool, { directory });
    expect(await check({ migrationsDirectory: directory })).toEqual([]);
  });

  test('changed after it was applied is refused', async () => {
    await writeFile(join(directory, '0001_first.sql'), 'select 1');
    await migrate(database.pool, { directory });
    await writeFile(join(directory, '0001_first.sql'), 'select 2');
    expect(codes(await check({ migrationsDirectory: directory }))).toEqual(['refuse schema_mismatch']);
  });

  test('of the queues behind is refused, ahead is warned of', async () => {
    const missing = await queueSchemaStatus(database.pool);
    const migrationsDirectory = directory;
    expect(codes(await check({ migrationsDirectory, queueSchema: missing }))).toEqual([
      'refuse queue_schema_behind',
    ]);
    const ahead = { ...missing, installed: missing.latest + 1 };
    expect(codes(await check({ migrationsDirectory, queueSchema: ahead }))).toEqual([
      'warn queue_schema_ahead',
    ]);
  });
});

describe('connections', () => {
  test('fewer than the deployment opens are refused', async () => {
    expect(codes(await check({ connectionBudget: 197 }))).not.toContain('refuse connections_short');
    expect(codes(await check({ connectionBudget: 198 }))).toEqual(['refuse connections_short']); // 200 less 3 for superusers
  });

  test('a limit of the database counts', async () => {
    await database.pool.query(`alter database ${name()} connection limit 19`);
    expect(codes(await check())).toEqual(['refuse connections_short']);
  });

  test('the sessions of other programs are allowed for', () => {
    expect(connectionFindings({ usable: 97, others: 17 }, 80)).toEqual([]);
    expect(codes(connectionFindings({ usable: 97, others: 18 }, 80))).toEqual(['warn connections_scarce']);
  });
});

describe('the clock', () => {
  test.each([
    [-60_000, 'refuse clock_skew', /ahead of/],
    [60_000, 'refuse clock_skew', /behind/],
    [3_500, 'warn clock_skew', /behind/],
  ])('of a process that is %d ms off: %s', async (offMs, expected, direction) => {
    const found = await check({ now: () => Date.now() + offMs });
    expect(codes(found)).toEqual([expected]);
    expect(found[0]?.message).toMatch(direction);
  });

  test('is allowed two seconds, and refused above five', () => {
    expect(skewFindings(2_000)).toEqual([]);
    expect(codes(skewFindings(-2_001))).toEqual(['warn clock_skew']);
    expect(codes(skewFindings(5_000))).toEqual(['warn clock_skew']);
    expect(codes(skewFindings(5_001))).toEqual(['refuse clock_skew']);
  });
});

test.each([1, 3])('a pooler in transaction mode with %d server sessions is refused', async (sessions) => {
  const pooler = await transactionPooler(database.url, sessions);
  const pool = new pg.Pool({ connectionString: pooler.url });
  try {
    expect(codes(await bootCheck(pool, { connectionBudget: 20 }))).toEqual(['refuse transaction_pooler']);
  } finally {
    await pool.end();
    await pooler.close();
  }
});
