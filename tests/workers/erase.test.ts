// The retention runs when a hub starts, by itself, over all that is due by the configured days, and lets go when it is told to stop.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { type Database, openDatabase } from '../../src/core/database.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { quietLog } from '../../src/demo/world.ts';
import { startHub } from '../../src/hub.ts';
import { startErase } from '../../src/workers/erase.ts';
import { until } from '../e2e/market.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let database: Database;
let folder: string;
beforeEach(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 4 });
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-retention-'));
  await test.pool.query(
    `insert into connection (name, connector, cutover_at) values ('shop', 'demo', 'epoch')`,
  );
});
afterEach(async () => {
  await database.close();
  await test.drop();
  await rm(folder, { recursive: true, force: true });
});

/** So many applied events that came so long ago. */
async function old(events: number, days: number): Promise<void> {
  await storeEvents(
    test.pool,
    Array.from({ length: events }, (_, index) => ({
      ...{ connectionId: 1, dedupeKey: `${days} ${index}`, topic: 'old', source: 'webhook' as const },
      body: Buffer.from(`body ${index}`),
    })),
  );
  await test.pool.query(
    `update inbox_event set status = 'applied', received_at = received_at - make_interval(days => $1::int)
     where dedupe_key like $1::int || ' %'`,
    [days],
  );
}
const left = async (): Promise<number> =>
  Number((await test.pool.query('select count(*) as n from inbox_event where body is not null')).rows[0].n);

/** A hub of the relay role, with this configuration, until so many events have their bytes. */
async function hubLeaves(settings: string, events: number): Promise<void> {
  const path = join(folder, 'stockbridge.yaml');
  await writeFile(path, settings);
  const config = loadConfig({ path, env: {}, cwd: folder, connectors });
  const running = await startHub({
    ...{ config, connectors, databaseUrl: test.url, log: quietLog(), roles: ['relay'] },
  });
  try {
    await until(async () => (await left()) <= events, `${events} are not left`);
  } finally {
    await running.stop();
  }
  expect(await left()).toBe(events);
}

it('a hub of the relay role erases what is older than its configured days, 400 if none are, and no younger', async () => {
  await old(3, 401);
  await old(4, 399);
  await old(5, 31);
  await old(6, 29);
  await hubLeaves('log: { level: silent }', 15);
  await hubLeaves('inbox: { retentionDays: 30 }', 6);
});

it('erases batch after batch until nothing is due, also when two processes do', async () => {
  await old(21, 500);
  const running = [1, 2].map(() => startErase({ database, log: quietLog() }, { days: 400, batch: 5 }));
  await until(async () => (await left()) === 0, 'it ends before its end');
  await Promise.all(running.map((each) => each.stop()));
});

it('comes back every round, batch after batch, for what was settled after it went by', async () => {
  await old(12, 500);
  await test.pool.query(`update inbox_event set status = 'pending'`);
  const running = startErase({ database, log: quietLog() }, { days: 400, batch: 5, everyMs: 50 });
  const stepped = async () => (await test.pool.query('select from inbox_kept_longer')).rowCount === 12;
  await until(stepped, 'it does not step over them');
  expect(await left()).toBe(12);
  await test.pool.query(`update inbox_event set status = 'applied'`);
  await until(async () => (await left()) === 0, 'it does not come back');
  await running.stop();
});

it('one round takes all of what it went by and was settled since, however many batches they are', async () => {
  await old(12, 500);
  await test.pool.query('insert into inbox_kept_longer select id from inbox_event');
  await test.pool.query('update inbox_retention set through = (select max(id) from inbox_event)');
  const running = startErase({ database, log: quietLog() }, { days: 400, batch: 5 });
  await until(async () => (await left()) === 0, 'it leaves some');
  await running.stop();
});

it('stops after the batch it is at, and the next start goes on from there', async () => {
  await old(40, 500);
  await startErase({ database, log: quietLog() }, { days: 400, batch: 5 }).stop();
  expect(await left()).toBeGreaterThanOrEqual(30);
  const again = startErase({ database, log: quietLog() }, { days: 400, batch: 20 });
  await until(async () => (await left()) === 0, 'it does not go on');
  await again.stop();
});
