// The whole hub under a load of thousands of events while its processes are killed, frozen and their database crashes, on
// both queue backends. STOCKBRIDGE_SEED repeats the load and the choice of faults; the moment of a fault is the machine's.
import { afterEach, describe, expect, test } from 'vitest';
import { untilSettled } from '../../src/demo/settled.ts';
import { seededRandom } from '../../src/simulators/random.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';
import { workCounters } from './counters.ts';
import { type DockReport, makeDockDay, sendDockDay } from './dock.ts';
import { Model } from './model.ts';
import { emptyQueues, type Fault, freezeOne, killOne, UP_AGAIN_MS, unleash } from './nemesis.ts';
import {
  breaches,
  brokenVersions,
  differingFrom,
  doubled,
  missingAndStrange,
  quarantined,
  repeatedEffects,
  unbalanced,
  unequalBooks,
} from './oracle.ts';
import { type Rig, raiseRig } from './rig.ts';

const seed = Number(process.env.STOCKBRIDGE_SEED ?? Date.now() % 1_000_000_000);
const DISTINCT = Number(process.env.STOCKBRIDGE_CRASH_EVENTS ?? 3_400);
const COUNTER_ACTS = Math.round(DISTINCT / 10);
/** Long enough for every kind of fault to strike, however small the load. */
const LOAD_MS = Math.max(60_000, DISTINCT * 30);
const SETTLE_MS = 240_000;
const WORKER = ['interpret', 'post', 'push', 'poll', 'relay'];
const say = (line: string): void => void process.stderr.write(`${line}\n`);

const items = Array.from({ length: 40 }, (_, index) => ({
  sku: `SKU-${String(index + 1).padStart(2, '0')}`,
  title: `Article ${index + 1}`,
  onHand: 20_000 + index,
}));
const skus = items.map(({ sku }) => sku);

let rig: Rig | undefined;
let redis: TestRedis | undefined;
afterEach(async () => {
  await rig?.close();
  await redis?.stop();
  rig = undefined;
  redis = undefined;
}, 60_000);

const backends = (await redisIsInstalled()) ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const);

describe.each(backends)('with the queue on %s', (backend) => {
  test('I1 I2 I3 I7 I8: killed processes and a crashing database lose nothing, double nothing, and every book agrees', {
    timeout: 900_000,
  }, async () => {
    say(`crash test on ${backend}: STOCKBRIDGE_SEED=${seed}`);
    const startedAt = performance.now();
    const random = seededRandom(seed);
    if (backend === 'Redis') redis = await startRedis();
    rig = await raiseRig({
      items,
      seed,
      ...(redis ? { redisUrl: redis.url } : {}),
      processes: { receiver: ['api', 'relay'], 'worker-1': WORKER, 'worker-2': WORKER },
    });
    const { world, database, processes } = rig;
    const model = new Model(items.map(({ sku, onHand }) => [sku, onHand]));
    const day = makeDockDay(random, model, {
      distinct: DISTINCT,
      skus,
      after: rig.openedAt,
      now: new Date(),
    });
    world.shop.setFaults({ webhooks: { duplicate: 1, reorderWindowMs: 400 } });
    world.till.setFaults({ webhooks: { duplicate: 0.3, reorder: 0.2, reorderHoldMs: 300 } });

    const nemesis = unleash(faultsFor(rig, redis), seededRandom(seed + 1), [1_500, 4_000]);
    const tellAll = (error: unknown): never => {
      say(nemesis.done.join('\n'));
      for (const each of processes)
        say(`${each.name} was away for ${Math.round(each.longestAwayMs)} ms at most`);
      for (const each of processes) say(`--- ${each.name}\n${each.lines.slice(-25).join('\n')}`);
      throw error;
    };
    const [dock, counters] = await Promise.all([
      sendDockDay(world.hubUrl, day, { overMs: LOAD_MS, senders: 16, giveUpMs: 120_000 }),
      workCounters(world, model, seededRandom(seed + 2), { skus, acts: COUNTER_ACTS, overMs: LOAD_MS }),
    ]).catch(tellAll);
    const strikes = await nemesis.stop();
    const loadedAt = performance.now();
    await Promise.all(processes.map((each) => each.ready(UP_AGAIN_MS)));
    await rig.postgresAnswers(UP_AGAIN_MS);
    world.shop.setFaults({ webhooks: {} });
    world.till.setFaults({});
    await untilSettled(world, database, { deadlineMs: SETTLE_MS }).catch(tellAll);
    report({
      dock,
      counters,
      strikes,
      longestAwayMs: Object.fromEntries(processes.map((each) => [each.name, Math.round(each.longestAwayMs)])),
      settleMs: performance.now() - loadedAt,
      totalMs: performance.now() - startedAt,
    });

    expect.soft(Object.entries(strikes).filter(([, times]) => times === 0)).toEqual([]);
    expect.soft(dock.acknowledged.length).toBe(day.deliveries.length);
    expect.soft(await missingAndStrange(database, dock.acknowledged)).toEqual({ missing: [], strange: [] });
    expect.soft(await unbalanced(database)).toEqual([]);
    expect.soft(await quarantined(database)).toEqual([]);
    expect.soft(await differingFrom(model, world, database)).toEqual([]);
    expect.soft(await doubled(database)).toEqual([]);
    expect.soft(await breaches(database)).toEqual([]);
    expect.soft(await unequalBooks(world, database)).toEqual([]);
    expect.soft(await brokenVersions(database)).toEqual([]);
    const effects = await repeatedEffects(world, database);
    expect.soft(effects).toMatchObject({ twice: [], unknown: [] });
    expect.soft(effects.seen).toBeGreaterThan(20);
    expect.soft(processes.flatMap((each) => each.deaths)).toEqual([]);
    for (const each of processes) {
      const end = await each.stop(12_000);
      expect.soft({ name: each.name, code: end.code }).toEqual({ name: each.name, code: 0 });
    }
  });
});

function faultsFor(
  { database, processes, crashPostgres, postgresAnswers }: Rig,
  onRedis: TestRedis | undefined,
): Fault[] {
  const [receiver, ...workers] = processes;
  // One crash after another before anything is accepted again would prove less, and on a slow machine never end.
  const crash = async (signal: 'SIGQUIT' | 'SIGKILL'): Promise<void> => {
    await receiver?.ready(UP_AGAIN_MS);
    await crashPostgres(signal);
    await postgresAnswers(UP_AGAIN_MS);
  };
  const faults: Fault[] = [
    killOne('kill -9 worker', workers, 4),
    killOne('kill -9 receiver', receiver ? [receiver] : [], 2),
    freezeOne('freeze worker', workers, 1, [10_500, 12_000]),
    {
      name: 'PostgreSQL immediate stop',
      weight: 2,
      strike: () => crash('SIGQUIT'),
    },
    {
      name: 'PostgreSQL kill -9',
      weight: 1,
      strike: () => crash('SIGKILL'),
    },
  ];
  if (!onRedis) return faults;
  return [
    ...faults,
    { name: 'Redis FLUSHALL', weight: 2, strike: () => emptyQueues(database.pool, onRedis.url) },
    {
      name: 'Redis kill -9',
      weight: 2,
      strike: async (random) => {
        await onRedis.kill9();
        await new Promise((resolve) => setTimeout(resolve, random.integer(0, 3_000)));
        await onRedis.restart();
      },
    },
  ];
}

function report(result: {
  dock: DockReport;
  counters: object;
  strikes: object;
  longestAwayMs: object;
  settleMs: number;
  totalMs: number;
}): void {
  const { dock, ...rest } = result;
  say(
    JSON.stringify({
      deliveries: dock.acknowledged.length,
      attempts: dock.attempts,
      refusals: dock.refusals,
      ...rest,
    }),
  );
}
