// The migration runner against a real database without any table.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate, pendingMigrations } from '../../../src/core/storage/migrate.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let directory: string;

beforeEach(async () => {
  database = await testDatabase({ empty: true });
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-migrations-'));
});

afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

const file = (name: string, sql: string): Promise<void> => writeFile(join(directory, name), sql);

const tables = async (): Promise<string[]> => {
  const { rows } = await database.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
};

test('applies the files in the order of their numbers, once, and records their hashes', async () => {
  await file('0002_second.sql', 'alter table shelf add column label text');
  await file('0001_first.sql', 'create table shelf (id integer primary key)');
  expect(await migrate(database.pool, { directory })).toEqual(['0001_first.sql', '0002_second.sql']);
  expect(await migrate(database.pool, { directory })).toEqual([]);
  const { rows } = await database.pool.query(
    'select version, name, length(sha256) as hex from schema_migration order by 1',
  );
  expect(rows).toEqual([
    { version: 1, name: 'first', hex: 64 },
    { version: 2, name: 'second', hex: 64 },
  ]);
});

test('an absent folder has nothing to apply', async () => {
  expect(await migrate(database.pool, { directory: join(directory, 'none') })).toEqual([]);
});

test('eight runners at once apply each file once', async () => {
  await file('0001_first.sql', 'create table shelf (id integer primary key); select pg_sleep(0.2)');
  await file('0002_second.sql', 'insert into shelf values (1)');
  const runners = Array.from({ length: 8 }, () => new pg.Client({ connectionString: database.url }));
  await Promise.all(runners.map((runner) => runner.connect()));
  const applied = await Promise.all(runners.map((runner) => migrate(runner, { directory })));
  await Promise.all(runners.map((runner) => runner.end()));
  expect(applied.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql']);
  expect((await database.pool.query('select * from shelf')).rows).toEqual([{ id: 1 }]);
});

test('a failing file leaves nothing of itself, keeps the one before, and releases the lock', async () => {
  await file('0001_first.sql', 'create table shelf (id integer primary key)');
  await file('0002_broken.sql', 'create table half (id integer); select 1 / 0');
  await expect(migrate(database.pool, { directory })).rejects.toMatchObject({
    code: 'storage_refused',
    message: expect.stringMatching(/0002_broken\.sql.*division by zero/),
  });
  expect(await tables()).toEqual(['schema_migration', 'shelf']);
  await file('0002_broken.sql', 'create table half (id integer)');
  expect(await migrate(database.pool, { directory })).toEqual(['0002_broken.sql']);
});

test('a file that was changed after it was applied is refused by name, and nothing runs', async () => {
  await file('0001_first.sql', 'create table shelf (id integer primary key)');
  await migrate(database.pool, { directory });
  await file('0001_first.sql', 'create table shelf (id bigint primary key)');
  await file('0002_second.sql', 'create table more (id integer)');
  await expect(migrate(database.pool, { directory })).rejects.toThrow(/0001_first\.sql was changed/);
  await expect(pendingMigrations(database.pool, { directory })).rejects.toThrow(
    /0001_first\.sql was changed/,
  );
  expect(await tables()).toEqual(['schema_migration', 'shelf']);
});

test('other line ends are the same migration', async () => {
  await file('0001_first.sql', 'create table shelf\n(id integer);\n');
  await migrate(database.pool, { directory });
  await file(
    '0001_first.sql',
    (await readFile(join(directory, '0001_first.sql'), 'utf8')).replaceAll('\n', '\r\n'),
  );
  expect(await migrate(database.pool, { directory })).toEqual([]);
});

test('a database of a newer version is refused', async () => {
  await file('0001_first.sql', 'create table shelf (id integer)');
  await file('0002_second.sql', 'create table more (id integer)');
  await migrate(database.pool, { directory });
  await rm(join(directory, '0002_second.sql'));
  await expect(pendingMigrations(database.pool, { directory })).rejects.toThrow(
    /0002_second\.sql.*newer version/,
  );
});

test.each([
  ['a number used twice', ['0001_one.sql', '0001_two.sql'], /0001_one\.sql and 0001_two\.sql/],
  ['a name without a number', ['first.sql'], /first\.sql is no migration name/],
])('%s is refused', async (_, names, message) => {
  for (const name of names) await file(name, 'select 1');
  await expect(migrate(database.pool, { directory })).rejects.toThrow(message);
});

test('a number before the newest applied one is refused, because other databases ran without it', async () => {
  await file('0001_first.sql', 'select 1');
  await file('0003_third.sql', 'select 1');
  await migrate(database.pool, { directory });
  await file('0002_second.sql', 'select 1');
  await expect(migrate(database.pool, { directory })).rejects.toThrow(/0002_second\.sql is numbered before/);
});

test('pending migrations are told without changing the database', async () => {
  await file('0001_first.sql', 'create table shelf (id integer)');
  expect((await pendingMigrations(database.pool, { directory })).map((migration) => migration.file)).toEqual([
    '0001_first.sql',
  ]);
  expect(await tables()).toEqual([]);
});
