// The boot check of Redis against a server that really has the fault.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisCheck, redisFindings } from '../../src/workers/redis-check.ts';
import { redisIsInstalled, startRedis, type TestRedis } from '../support/redis.ts';

describe.skipIf(!(await redisIsInstalled()))('on a server', () => {
  let server: TestRedis;
  let admin: Redis;

  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });

  afterAll(async () => {
    await admin.quit();
    await server.stop();
  });

  const codes = async (client: Redis = admin): Promise<string[]> =>
    (await redisCheck(client)).map(({ level, code }) => `${level} ${code}`);

  test('with noeviction and AOF it is trusted', async () => {
    expect(await codes()).toEqual([]);
  });

  test.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', 'refuse redis_evicts'],
    ['maxmemory-policy', 'volatile-ttl', 'noeviction', 'refuse redis_evicts'],
    ['appendonly', 'no', 'yes', 'refuse redis_not_durable'],
    ['appendfsync', 'no', 'everysec', 'warn redis_not_durable'],
  ])('%s %s is found, %s cures it', async (name, bad, good, expected) => {
    await admin.config('SET', name, bad);
    expect(await codes()).toEqual([expected]);
    await admin.config('SET', name, good);
    expect(await codes()).toEqual([]);
    // Redis does not end while it writes the first append-only file.
    while (/aof_rewrite_(in_progress|scheduled):1/.test(await admin.info('persistence'))) await sleep(20);
  });

  const restricted = async (rules: string[]): Promise<Redis> => {
    await admin.acl('SETUSER', 'hosted', 'reset', 'on', '>secret', '~*', '+@all', ...rules);
    return new Redis(server.url, { username: 'hosted', password: 'secret' });
  };

  test('that forbids CONFIG is judged by INFO, and what stays unknown is said', async () => {
    const client = await restricted(['-config']);
    const found = await redisCheck(client);
    expect(found).toMatchObject([{ code: 'redis_settings_hidden', level: 'warn' }]);
    expect(found[0]?.message).toMatch(/appendfsync/);
    expect(found[0]?.message).not.toMatch(/maxmemory/);
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await codes(client)).toEqual(['refuse redis_evicts', 'warn redis_settings_hidden']);
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    client.disconnect();
  });

  test('that forbids INFO too is not refused, but named as unknown', async () => {
    const client = await restricted(['-config', '-info']);
    const found = await redisCheck(client);
    expect(found).toMatchObject([{ code: 'redis_settings_hidden', level: 'warn' }]);
    expect(found[0]?.message).toMatch(/maxmemory-policy.*appendonly/);
    client.disconnect();
  });

  test('that went away is an error, not a clean bill', async () => {
    const client = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    client.on('error', () => undefined);
    await client.ping();
    client.disconnect();
    await expect(redisCheck(client)).rejects.toThrow(/closed/);
  });
});

test('what a person reads names the value that is needed', () => {
  const found = redisFindings({ maxmemoryPolicy: 'allkeys-lru', appendonly: false, appendfsync: undefined });
  expect(found.map(({ message }) => message).join('\n')).toMatch(/noeviction[\s\S]*appendonly yes/);
});
