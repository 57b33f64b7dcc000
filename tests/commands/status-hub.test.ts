// `stockbridge status` says when no hub runs or none posts, whatever carries the queues and however little there is to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { Role } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { quietLog } from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import { typed } from '../e2e/accountant.ts';
import { type BooksRig, openBooksRig } from '../e2e/books-rig.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';

let rig: BooksRig | undefined;
let hub: RunningHub | undefined;
let redis: TestRedis | undefined;
afterEach(async () => {
  await hub?.stop();
  await redis?.stop();
  await rig?.close();
  hub = redis = rig = undefined;
});

const NONE =
  'No hub is running: nothing comes in, and of what is stored nothing is posted. `stockbridge start`';

async function saysWhatRuns(startQueues?: () => Promise<TestRedis>): Promise<void> {
  const own = await openBooksRig();
  rig = own;
  redis = await startQueues?.();
  const config = redis ? { ...own.config, redis: { ...own.config.redis, url: redis.url } } : own.config;
  const says = () => typed(['-c', own.file, 'status']);
  const run = (roles: readonly Role[]) =>
    startHub({ config, databaseUrl: own.test.url, connectors, log: quietLog(), roles });
  expect(await says()).toMatchObject({ code: 1, text: expect.stringContaining(NONE) });
  // It has nothing to do but to wait, for longer than an idle connection is kept.
  hub = await run(['post']);
  await sleep(11_000);
  const running = await says();
  expect(running.text).not.toContain('hub');
  expect(running.code).toBe(0);
  await hub.stop();
  hub = await run(['api', 'relay']);
  const without = 'No hub that runs has the role post: events are stored, nothing is posted.';
  expect(await says()).toMatchObject({ code: 1, text: expect.stringContaining(without) });
  await hub.stop();
  hub = undefined;
  expect((await says()).text).toContain(NONE);
  const json = JSON.parse((await typed(['-c', own.file, '--json', 'status'])).text) as { hubs: string };
  expect(json.hubs).toBe('none');
}

it(
  'with queues in PostgreSQL: no hub, one that idles, one without the role post, and none again',
  {
    timeout: 60_000,
  },
  () => saysWhatRuns(),
);
it.skipIf(!(await redisIsInstalled()))('with queues in Redis: the same', { timeout: 60_000 }, () =>
  saysWhatRuns(startRedis),
);
