// Configured connections and their numbers, which are few: a number is used for a new connection and for nothing else.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { syncConnections } from '../../../src/core/connection/connections.ts';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { type Instant, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await testDatabase({ maxConnections: 2 });
  database = openDatabase({ url: test.url, poolSize: 4 });
});
beforeEach(async () => {
  await test.pool.query('delete from connection');
  await test.pool.query('alter table connection alter column id restart');
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const sync = (...names: string[]) =>
  syncConnections(
    database,
    names.map((name) => ({ name, connector: 'demo', cutover: undefined })),
  );

it('a connection that is known uses no number, however often the hub starts', async () => {
  const first = await sync('shop');
  for (let start = 0; start < 5; start += 1) expect(await sync('shop')).toEqual(first);
  const both = await sync('shop', 'till');
  expect(both.get('till')?.id).toBe((first.get('shop')?.id ?? 0) + 1);
});

it('the last number can be used, and all starts after it', async () => {
  await test.pool.query('alter table connection alter column id restart with 32766');
  await sync('shop', 'till');
  expect([...(await sync('shop', 'till')).values()].map((row) => row.id).sort()).toEqual([32_766, 32_767]);
});

it('processes that start at once make it once', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => sync('shop', 'till')));
  expect(new Set(all.map((rows) => rows.get('shop')?.id)).size).toBe(1);
});

it('a cut-over in the configuration is taken once, also by a connection that was there before', async () => {
  const cutover: Instant = instantOf(Date.parse('2026-01-01T00:00:00Z'));
  await sync('shop');
  const given = [{ name: 'shop', connector: 'demo', cutover }];
  expect((await syncConnections(database, given)).get('shop')?.cutoverAt).toBe(cutover);
  expect((await sync('shop')).get('shop')?.cutoverAt).toBe(cutover);
  const moved = [{ name: 'shop', connector: 'demo', cutover: instantOf(Date.parse('2026-02-01T00:00:00Z')) }];
  await expect(syncConnections(database, moved)).rejects.toMatchObject({ code: 'configuration_invalid' });
});
