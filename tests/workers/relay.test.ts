// What relay finds unfinished it hands over again, and only that; and the hub stops in time, whatever hangs.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELAY_DEFAULTS, type RelayOptions, relayOnce } from '../../src/workers/relay.ts';
import { type MarketRig, MUG, openMarket, PLACE, until } from '../e2e/market.ts';
import { clock, pauseSince } from '../support/pause.ts';

const NOW: RelayOptions = { ...RELAY_DEFAULTS, graceMs: 0 };
const ALL = ['poll', 'interpret', 'post', 'push', 'relay'] as const;

describe('without any worker', () => {
  let rig: MarketRig;
  beforeEach(async () => {
    rig = await openMarket({ roles: [] });
  });
  afterEach(() => rig.close());

  const receipt = () =>
    rig.store({ type: 'receipt', lines: [{ sku: 'MUG', quantity: '1', location: 'gate' }] });
  const waiting = async (queue: 'interpret' | 'push' | 'poll') =>
    (await rig.hub.queues.counts(queue)).waiting;

  test('a fresh event is left to its receiver, a forgotten one is handed over, and again while nothing comes of it', async () => {
    const id = await receipt();
    await relayOnce(rig.hub, { ...RELAY_DEFAULTS, graceMs: 60_000 });
    expect(await waiting('interpret')).toBe(0);
    const until = 'select retry_at from inbox_event where id = $1';
    const pauses: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      const { pool } = rig.database;
      const before = await clock(pool);
      await relayOnce(rig.hub, NOW);
      pauses.push(await pauseSince(pool, 20, { before, until, values: [id] }));
      expect(await waiting('interpret')).toBe(round);
      await relayOnce(rig.hub, NOW);
      expect(await waiting('interpret'), 'not again before its pause is over').toBe(round);
      await due();
    }
    expect(pauses).toEqual([20, 20, 20]);
    expect(await waiting('interpret')).toBe(3);
  });

  const due = () =>
    rig.database.pool.query(`update inbox_event set retry_at = clock_timestamp() where status = 'pending'`);
  const begun = async (id: string) =>
    (await rig.database.pool.query<{ begun: boolean }>('select begun from inbox_event where id = $1', [id]))
      .rows[0]?.begun;

  test('what no worker has begun was not tried: after hours without workers it is applied, not in quarantine', async () => {
    const id = await receipt();
    for (let round = 0; round <= NOW.generations + 1; round += 1) {
      await relayOnce(rig.hub, NOW);
      await due();
    }
    expect(await rig.status(id)).toMatchObject({ status: 'pending', reason: null });
    await rig.another(['interpret', 'post']);
    await until(async () => (await rig.status(id)).status === 'applied', 'the receipt is not applied');
  });

  test('what waits for a writer was not tried either', async () => {
    const id = await receipt();
    await rig.another(['interpret']);
    const few: RelayOptions = { ...NOW, generations: 2 };
    for (let round = 1; round <= 5; round += 1) {
      await relayOnce(rig.hub, few);
      await until(async () => (await rig.hub.queues.counts('post')).waiting === round, 'it is not handed on');
      await due();
    }
    expect(await rig.status(id)).toMatchObject({ status: 'pending', reason: null });
    await rig.another(['post']);
    await until(async () => (await rig.status(id)).status === 'applied', 'the receipt is not applied');
  });

  test('what ends every writer that begins it is found out, for each of them leaves a trace', async () => {
    const id = await receipt();
    const few: RelayOptions = { ...NOW, generations: 2 };
    const stuck = await rig.database.pool.connect();
    try {
      await stuck.query('begin');
      await stuck.query('select from ledger_lane order by id for update');
      await rig.another(['interpret', 'post']);
      for (let round = 1; round <= 4; round += 1) {
        await relayOnce(rig.hub, few);
        const taken = async () => (await rig.hub.queues.counts('post')).active === round;
        await until(async () => (await taken()) && (await begun(id)) === true, 'no writer began it');
        await due();
      }
      await relayOnce(rig.hub, few);
      expect(await rig.status(id)).toMatchObject({
        status: 'quarantined',
        reason: 'tried 3 times without an end; last: no error was noted',
      });
    } finally {
      await stuck.query('rollback');
      stuck.release();
    }
  });

  test('two relays at once hand an event over once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, receipt));
    const other = await rig.another([]);
    const handed: string[] = [];
    const watched = (hub: typeof rig.hub): typeof rig.hub => ({
      ...hub,
      queues: {
        ...hub.queues,
        addBulk: async (_name, jobs) => {
          for (const { data } of jobs) handed.push(...(data as { eventIds: string[] }).eventIds);
          return [];
        },
      },
    });
    const [one, two] = [watched(rig.hub), watched(other.hub)];
    await Promise.all([relayOnce(one, NOW), relayOnce(two, NOW), relayOnce(one, NOW)]);
    expect(handed.sort()).toEqual(ids.sort());
  });

  test('asks for one plan, one send and one poll, however often it runs', async () => {
    await rig.database.pool.query(`update ledger_lane set sequence = sequence`);
    for (let round = 0; round < 4; round += 1) await relayOnce(rig.hub, NOW);
    expect({ push: await waiting('push'), poll: await waiting('poll') }).toEqual({ push: 2, poll: 1 });
  });

  test('a parked connection is neither polled nor told, and its events stay', async () => {
    await rig.hub.park(rig.live.id, 'vendor_unauthorized', 'a test');
    await relayOnce(rig.hub, NOW);
    expect(await waiting('poll')).toBe(0);
    const { rows } = await rig.database.pool.query<{ n: number }>(
      'select count(*)::int as n from listing_level where due_at is not null',
    );
    expect(rows[0]?.n).toBeGreaterThan(0);
  });
});

describe('with all workers', () => {
  test('what nobody announced is found, applied and told: the hub needs no hint at all', async () => {
    const rig = await openMarket({ roles: ALL, relay: { ...NOW, tickMs: 100 } });
    try {
      await rig.store({ type: 'sale', lines: [{ sku: 'MUG', quantity: '3', location: 'gate' }] });
      await until(() => rig.offered() === 7, 'the market is not told', 20_000);
      rig.market.sell(MUG.id, PLACE, 2);
      await rig.database.pool.query('update poll_cursor set wanted_at = clock_timestamp()');
      await until(async () => (await rig.free('MUG')) === 5, 'the sale is not found', 20_000);
    } finally {
      await rig.close();
    }
  });

  test('stopping takes no longer than its deadline, also while a vendor hangs', async () => {
    const rig = await openMarket({ roles: ALL, relay: { ...NOW, tickMs: 100 }, shutdownDeadlineMs: 1_000 });
    rig.server.fail('timeout');
    await rig.store({ type: 'sale', lines: [{ sku: 'MUG', quantity: '3', location: 'gate' }] });
    await rig.database.pool.query('update poll_cursor set wanted_at = clock_timestamp()');
    await sleep(1_500);
    const startedAt = Date.now();
    await rig.running.stop();
    const tookMs = Date.now() - startedAt;
    await rig.server.close();
    await rig.database.drop();
    // One second for the work, one for the queues, and room for a busy machine; the vendor's answer is awaited for ten.
    expect(tookMs).toBeLessThan(8_000);
  });

  test('stopping an idle hub is quick', async () => {
    const rig = await openMarket({ roles: ALL, shutdownDeadlineMs: 30_000 });
    await rig.settle();
    const startedAt = Date.now();
    await rig.running.stop();
    expect(Date.now() - startedAt, 'it waits for no deadline').toBeLessThan(15_000);
    await rig.server.close();
    await rig.database.drop();
  });
});
