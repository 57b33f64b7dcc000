// The queues' schema in PostgreSQL: created, compared, and safe to bring up from many processes.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrateQueues, queueSchemaStatus } from '../../src/workers/queue-schema.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase({ empty: true });
});

afterEach(async () => {
  await database.drop();
});

test('a database without queues is at version 0, and migrating brings it to the latest', async () => {
  const before = await queueSchemaStatus(database.pool);
  expect(before).toMatchObject({ schema: 'bullmq', installed: 0 });
  expect(before.latest).toBeGreaterThan(0);
  expect(await migrateQueues(database.url)).toBe(before.latest);
  expect(await queueSchemaStatus(database.pool)).toEqual({ ...before, installed: before.latest });
});

test('a schema of an older BullMQ is seen as such', async () => {
  const latest = await migrateQueues(database.url);
  await database.pool.query('delete from bullmq.migration where version = $1', [latest]);
  expect(await queueSchemaStatus(database.pool)).toMatchObject({ installed: latest - 1, latest });
});

test('five processes at once bring it up once, in a schema of its own name', async () => {
  const versions = await Promise.all(
    Array.from({ length: 5 }, () => migrateQueues(database.url, 'shop_queues')),
  );
  expect(new Set(versions).size).toBe(1);
  expect(await queueSchemaStatus(database.pool, 'shop_queues')).toMatchObject({ installed: versions[0] });
  expect(await queueSchemaStatus(database.pool)).toMatchObject({ installed: 0 });
});
