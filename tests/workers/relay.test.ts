// What relay finds unfinished it hands over again, and only that; and the hub stops in time, whatever hangs.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELAY_DEFAULTS, type RelayOptions, relayOnce } from '../../src/workers/relay.ts';
import { type MarketRig, MUG, openMarket, PLACE, until } from '../e2e/market.ts';

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
  const generation = async (id: string) =>
    (
      await rig.database.pool.query<{ generation: number }>(
        'select generation from inbox_event where id = $1',
        [id],
      )
    ).rows[0]?.generation;

  test('a fresh event is left to its receiver, a forgotten one is handed over, and again while nothing comes of it', async () => {
    const id = await receipt();
    await relayOnce(rig.hub, { ...RELAY_DEFAULTS, graceMs: 60_000 });
    expect(await generation(id)).toBe(0);
    const pauses: number[] = [];
    for (let round = 1; round <= 3; round += 1) {
      await relayOnce(rig.hub, NOW);
      expect(await generation(id)).toBe(round);
      await relayOnce(rig.hub, NOW);
      expect(await generation(id), 'not again before its pause is over').toBe(round);
      const { rows } = await rig.database.pool.query<{ seconds: string }>(
        'update inbox_event set retry_at = clock_timestamp() where id = $1 returning extract(epoch from (select retry_at from inbox_event where id = $1) - clock_timestamp()) as seconds',
        [id],
      );
      pauses.push(Math.round(Number(rows[0]?.seconds)));
    }
    expect(pauses).toEqual([20, 20, 20]);
    expect(await waiting('interpret')).toBe(3);
  });

  test('two relays at once hand an event over once', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, receipt));
    const other = await rig.another([]);
    await Promise.all([relayOnce(rig.hub, NOW), relayOnce(other.hub, NOW), relayOnce(rig.hub, NOW)]);
    expect(await Promise.all(ids.map(generation))).toEqual(Array(20).fill(1));
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
  }, 50_000);

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
    // One second for the work, one for the queues, and room for a busy machine.
    expect(tookMs).toBeLessThan(4_000);
  }, 50_000);

  test('stopping an idle hub is quick', async () => {
    const rig = await openMarket({ roles: ALL });
    await rig.settle();
    const startedAt = Date.now();
    await rig.running.stop();
    expect(Date.now() - startedAt).toBeLessThan(2_500);
    await rig.server.close();
    await rig.database.drop();
  }, 50_000);
});
