// Processes are killed at one exact point each. The point is held open from outside, by a lock in the database or by a vendor
// that takes a request and never answers, so that the product carries no code for its own tests.
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounting } from '../../src/core/inbox/events.ts';
import { compareBooks, untilSettled } from '../../src/demo/settled.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';
import { DOCK_LOCATION, type DockDelivery, deliver } from './dock.ts';
import { emptyQueues } from './nemesis.ts';
import { breaches, doubled, repeatedEffects, unbalanced, unequalBooks } from './oracle.ts';
import { type Rig, raiseRig } from './rig.ts';

const WORKER = ['interpret', 'post', 'push', 'poll', 'relay'];
const items = ['MUG', 'TEE', 'CAP'].map((sku) => ({ sku, title: sku, onHand: 1_000 }));

let rig: Rig;
let redis: TestRedis | undefined;

async function takeDown(): Promise<void> {
  await rig.close();
  await redis?.stop();
  redis = undefined;
}

async function raise(onRedis = false): Promise<void> {
  if (onRedis) redis = await startRedis();
  rig = await raiseRig({
    items,
    seed: 1,
    ...(redis ? { redisUrl: redis.url } : {}),
    processes: { receiver: ['api', 'relay'], worker: WORKER, spare: WORKER },
  });
  await untilSettled(rig.world, rig.database, { deadlineMs: 40_000 });
}

let made = 0;
function sale(sku: string, quantity: number): DockDelivery {
  made += 1;
  const id = `point-${made}`;
  const lines = [{ sku, quantity: String(quantity), location: DOCK_LOCATION }];
  return {
    id,
    body: JSON.stringify({ id, type: 'sale', occurredAt: new Date().toISOString(), document: id, lines }),
  };
}

/** Whether all of these came into the ledger. */
const applied = (events: readonly DockDelivery[]) => async (): Promise<boolean> => {
  const keys = events.map(({ id }) => `delivery:${id}`);
  const { rows } = await rig.database.pool.query<{ n: number }>(
    `select count(*)::int as n from inbox_event where dedupe_key = any($1) and status = 'applied'`,
    [keys],
  );
  return rows[0]?.n === events.length;
};

const stockOf = async (sku: string) =>
  (await compareBooks(rig.world, rig.database)).find((line) => line.sku === sku);

async function until(
  what: string,
  deadlineMs: number,
  holds: () => Promise<boolean> | boolean,
): Promise<number> {
  const from = performance.now();
  while (!(await Promise.resolve(holds()).catch(() => false))) {
    if (performance.now() - from > deadlineMs) {
      const said = rig.processes.map((each) => `--- ${each.name}\n${each.lines.slice(-12).join('\n')}`);
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${said.join('\n')}`);
    }
    await sleep(25);
  }
  return performance.now() - from;
}

/** Keeps a table from being written until the answered function is called. */
async function hold(table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: rig.postgres.url });
  await client.connect();
  await client.query(`begin; lock table ${table} in share mode`);
  return async () => {
    await client.query('rollback');
    await client.end();
  };
}

/** Whether a statement with these words near its beginning waits for the table: others write to it as well. */
const someoneWaitsFor = (table: string, words: string) => async (): Promise<boolean> => {
  const { rowCount } = await rig.database.pool.query(
    `select from pg_locks l join pg_stat_activity a using (pid)
     where l.relation = $1::regclass and not l.granted and position($2 in a.query) > 0`,
    [table, words],
  );
  return (rowCount ?? 0) > 0;
};

/** The end of every story: all is told, nothing is missing, nothing is there twice, and no process fell by itself. */
async function expectWholeBooks(): Promise<void> {
  await untilSettled(rig.world, rig.database, { deadlineMs: 60_000 });
  expect(await unbalanced(rig.database)).toEqual([]);
  expect(await doubled(rig.database)).toEqual([]);
  expect(await breaches(rig.database)).toEqual([]);
  expect(await unequalBooks(rig.world, rig.database)).toEqual([]);
  expect(await repeatedEffects(rig.world, rig.database)).toMatchObject({ twice: [], unknown: [] });
  expect(rig.processes.flatMap((each) => each.deaths)).toEqual([]);
}

const named = (name: string) => {
  const found = rig.processes.find((each) => each.name === name);
  if (!found) throw new RangeError(`there is no process ${name}`);
  return found;
};

/** What became of the intents that needed more than one attempt, oldest first. */
async function severalAttempts(): Promise<string[][]> {
  const { rows } = await rig.database.pool.query<{ statuses: string[] }>(
    `select array_agg(distinct p.status::text) as statuses from publication_batch b join publication p on p.batch_key = b.key where b.attempts > 1 group by b.key order by b.created_at`,
  );
  return rows.map((row) => row.statuses);
}

/** On this backend every job is gone; what they were about is not. */
async function expectRebuilt(backend: string): Promise<void> {
  const before = Number((await stockOf('CAP'))?.ledger);
  await Promise.all(['worker', 'spare'].map((name) => named(name).kill(2_000)));
  const events = Array.from({ length: 60 }, () => sale('CAP', 1));
  for (const event of events) expect(await deliver(rig.world.hubUrl, event)).toBe('200');
  await emptyQueues(rig.database.pool, redis?.url);
  const tookMs = await until('the events are applied', 60_000, applied(events));
  process.stderr.write(`queue wiped on ${backend}: all applied ${Math.round(tookMs)} ms later\n`);
  await expectWholeBooks();
  expect(await stockOf('CAP')).toMatchObject({ ledger: before - 60 });
}

describe('with the queue on PostgreSQL', () => {
  beforeAll(() => raise(), 120_000);
  afterAll(takeDown, 60_000);

  test('I1 I3: the receiver is killed after the commit and before its answer; the sender repeats, and it counts once', {
    timeout: 90_000,
  }, async () => {
    const dock = async () => (await accounting(rig.database.pool)).find((each) => each.connection === 'dock');
    const [accountBefore, stockBefore] = [await dock(), await stockOf('MUG')];
    const event = sale('MUG', 3);
    const release = await hold('inbox_event');
    const first = deliver(rig.world.hubUrl, event);
    await until('the receiver is storing', 30_000, someoneWaitsFor('inbox_event', 'insert into inbox_event'));
    // Longer than the wait below may take, so that it never wakes up to answer; what is dead by then is not woken.
    void named('receiver').freeze(25_000);
    await release();
    await until('PostgreSQL has committed what the frozen receiver sent', 20_000, async () => {
      const { rowCount } = await rig.database.pool.query('select from inbox_event where dedupe_key = $1', [
        `delivery:${event.id}`,
      ]);
      return rowCount === 1;
    });
    await named('receiver').kill(0);
    expect(await first).not.toBe('200');
    await until(
      'the repeated event is accepted',
      30_000,
      async () => (await deliver(rig.world.hubUrl, event)) === '200',
    );
    await expectWholeBooks();
    const account = await dock();
    expect([account?.accepted, account?.duplicate, account?.byStatus.applied]).toEqual([
      (accountBefore?.accepted ?? 0n) + 2n,
      (accountBefore?.duplicate ?? 0n) + 1n,
      (accountBefore?.byStatus.applied ?? 0n) + 1n,
    ]);
    expect(await stockOf('MUG')).toMatchObject({ ledger: Number(stockBefore?.ledger) - 3 });
  });

  test('I3: a worker killed in the middle of a posting leaves nothing of it, and the posting is made once', {
    timeout: 90_000,
  }, async () => {
    const before = Number((await stockOf('CAP'))?.ledger);
    const release = await hold('balance');
    const events = ['MUG', 'TEE', 'CAP'].map((sku) => sale(sku, 2));
    for (const event of events) expect(await deliver(rig.world.hubUrl, event)).toBe('200');
    await until('a posting is under way', 30_000, someoneWaitsFor('balance', 'ledger_batch'));
    await Promise.all(['worker', 'spare'].map((name) => named(name).kill(0)));
    await release();
    await sleep(200);
    const tookMs = await until('the events are applied', 40_000, applied(events));
    process.stderr.write(`killed while posting: applied ${Math.round(tookMs)} ms later\n`);
    await expectWholeBooks();
    expect(await stockOf('CAP')).toMatchObject({ ledger: before - 2 });
    expect(tookMs).toBeLessThan(25_000);
  });

  test('I8: a worker killed between the vendor’s act and its answer: the same key is sent again, and there is one effect', {
    timeout: 90_000,
  }, async () => {
    const stock = Number((await stockOf('MUG'))?.ledger) - 5;
    const before = rig.world.shop.pushes().length;
    const keysBefore = await severalAttempts();
    rig.world.shop.setFaults({ api: [{ kind: 'accept-then-timeout', operation: 'inventorySetQuantities' }] });
    rig.world.till.setFaults({
      api: { next: [{ fault: 'acceptThenTimeout', path: '/v2/inventory/changes/batch-create' }] },
    });
    expect(await deliver(rig.world.hubUrl, sale('MUG', 5))).toBe('200');
    const isDone = () =>
      rig.world.shop.pushes().length > before && Number(rig.world.till.books().MUG?.Main?.IN_STOCK) === stock;
    await until('both vendors have done what they were told', 20_000, isDone);
    // Both answers are missing now, whoever asked.
    await Promise.all(['worker', 'spare'].map((name) => named(name).kill(0)));
    const tookMs = await until('the intents are settled', 40_000, async () => {
      const { rowCount } = await rig.database.pool.query(
        'select from publication_batch where settled_at is null',
      );
      return rowCount === 0;
    });
    process.stderr.write(`killed while pushing: settled ${Math.round(tookMs)} ms later\n`);
    expect(tookMs).toBeLessThan(25_000);
    await expectWholeBooks();
    const repeated = (await severalAttempts()).slice(keysBefore.length);
    expect(repeated).toEqual([['confirmed'], ['confirmed']]);
    expect(await stockOf('MUG')).toMatchObject({ ledger: stock, shopAvailable: stock, tillInStock: stock });
  });

  test('I1: everything is killed at once, PostgreSQL with it; it serves again without a hand, and what was accepted is applied', {
    timeout: 90_000,
  }, async () => {
    const before = Number((await stockOf('TEE'))?.ledger);
    const events = Array.from({ length: 30 }, () => sale('TEE', 1));
    for (const event of events) expect(await deliver(rig.world.hubUrl, event)).toBe('200');
    await Promise.all([rig.crashPostgres('SIGKILL'), ...rig.processes.map((each) => each.kill(0))]);
    const late = sale('TEE', 1);
    const tookMs = await until(
      'events are accepted again',
      40_000,
      async () => (await deliver(rig.world.hubUrl, late)) === '200',
    );
    process.stderr.write(`everything killed: serving ${Math.round(tookMs)} ms later\n`);
    await expectWholeBooks();
    expect(await stockOf('TEE')).toMatchObject({ ledger: before - 31 });
  });

  test(
    'I1: every job is wiped while nobody works; relay rebuilds them from the inbox within a minute',
    { timeout: 120_000 },
    () => expectRebuilt('PostgreSQL'),
  );

  test('a process told to stop ends within its deadline, also while a vendor does not answer', {
    timeout: 60_000,
  }, async () => {
    rig.world.shop.setFaults({ api: [{ kind: 'timeout', probability: 1 }] });
    rig.world.till.setFaults({ api: { timeout: 1 } });
    expect(await deliver(rig.world.hubUrl, sale('MUG', 1))).toBe('200');
    await sleep(1_500);
    const ends = await Promise.all(rig.processes.map((each) => each.stop(15_000)));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    // The deadline of this configuration is five seconds; the rest closes queues and sessions.
    for (const { tookMs } of ends) expect(tookMs).toBeLessThan(10_000);
    expect(rig.processes.flatMap((each) => each.deaths)).toEqual([]);
  });
});

describe.runIf(await redisIsInstalled())('with the queue on Redis', () => {
  beforeAll(() => raise(true), 120_000);
  afterAll(takeDown, 60_000);

  test(
    'I1: every job is wiped while nobody works; relay rebuilds them from the inbox within a minute',
    { timeout: 120_000 },
    () => expectRebuilt('Redis'),
  );
});
