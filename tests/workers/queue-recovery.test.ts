// The queues survive what a backend does to them: a PostgreSQL killed and restarted, and
// connections that fell silent. A job that ends every process that touches it is in the contract.
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startEmbedded } from '../../src/core/storage/embedded.ts';
import { migrateQueues } from '../../src/workers/queue-schema.ts';
import { openQueues } from '../../src/workers/queues.ts';
import { redisIsInstalled, startRedis } from '../support/redis.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

test('PostgreSQL is killed while jobs run: workers go on by themselves, and every job is done', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stockbridge-queue-recovery-'));
  const server = await startEmbedded({ dataDir });
  await migrateQueues(server.url);
  const queues = await openQueues({ databaseUrl: server.url, log: silent });
  try {
    const done = new Set<number>();
    const options = { concurrency: 8, backoffMs: 100, lockDurationMs: 2_000, stalledIntervalMs: 500 };
    const handler = async (data: unknown) => {
      await sleep(5);
      done.add((data as { index: number }).index);
    };
    queues.work('post', handler, options);
    await queues.addBulk(
      'post',
      Array.from({ length: 1_500 }, (_, index) => ({ data: { index } })),
    );
    await until(() => done.size > 200);
    const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    process.kill(Number(pidFile.split('\n')[0]), 'SIGKILL');
    await sleep(50);
    expect(done.size).toBeLessThan(1_500);
    const killedAt = done.size;
    await until(() => done.size > killedAt + 100);
    await until(() => done.size === 1_500);
    await until(() => queues.drain(500).catch(() => false));
  } finally {
    await queues.close({ deadlineMs: 500 });
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

describe.runIf(await redisIsInstalled())('a worker whose connections fell silent', () => {
  test('is replaced by the watchdog, which says so, and its queue moves again', async () => {
    const redis = await startRedis();
    const proxy = await startProxy(Number(new URL(redis.url).port));
    const said: unknown[] = [];
    const queues = await openQueues({
      databaseUrl: 'postgres://unused.invalid/unused',
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      log: { ...silent, error: (fields, message) => said.push({ fields, message }) },
    });
    try {
      const seen: unknown[] = [];
      const producers = proxy.connections();
      // A busy machine may take a second to hand over a job; a worker that is sound must not be replaced for that.
      const watchdogMs = 2_000;
      const worker = queues.work('post', (data) => seen.push(data), { concurrency: 2, watchdogMs });
      await queues.add('post', { n: 1 });
      await until(() => seen.length === 1);
      await sleep(2 * watchdogMs);
      expect(worker.rebuilds).toBe(0);
      proxy.freezeFrom(producers);
      await queues.add('post', { n: 2 });
      await until(() => seen.length === 2);
      expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
      expect(worker.rebuilds).toBe(1);
      expect(said).toHaveLength(1);
      expect(said[0]).toMatchObject({ fields: { waiting: 1, rebuilds: 1 } });
    } finally {
      await queues.close({ deadlineMs: 500 });
      await proxy.stop();
      await redis.stop();
    }
  });

  test('that stays silent after three replacements ends the process', async () => {
    const redis = await startRedis();
    const proxy = await startProxy(Number(new URL(redis.url).port));
    const crashes: unknown[] = [];
    const queues = await openQueues({
      databaseUrl: 'postgres://unused.invalid/unused',
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      onCrash: (error) => crashes.push(error),
      log: silent,
    });
    try {
      proxy.freezeFrom(proxy.connections(), { alsoNew: true });
      queues.work('post', () => undefined, { concurrency: 1, watchdogMs: 300 });
      await queues.add('post', {});
      await until(() => crashes.length > 0);
      expect(String(crashes[0])).toMatch(/1 waiting jobs and 3 new workers took none/);
    } finally {
      await queues.close({ deadlineMs: 100 });
      await proxy.stop();
      await redis.stop();
    }
  });
});

/** A TCP proxy that can let connections fall silent without closing them, as a lost route or a failover does. */
async function startProxy(target: number) {
  const pairs: [Socket, Socket][] = [];
  let silentFrom = Number.POSITIVE_INFINITY;
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    pairs.push([client, upstream]);
    if (pairs.length > silentFrom) return;
    client.pipe(upstream);
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.length,
    freezeFrom: (first: number, { alsoNew = false } = {}) => {
      for (const [client, upstream] of pairs.slice(first)) {
        client.unpipe(upstream);
        upstream.unpipe(client);
      }
      if (alsoNew) silentFrom = pairs.length;
    },
    stop: async () => {
      for (const socket of pairs.flat()) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 40_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${condition}`);
    await sleep(10);
  }
}
