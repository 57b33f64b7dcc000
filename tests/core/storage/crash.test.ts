// The embedded PostgreSQL when things are killed, filled up or left behind (F22, F24, F25 of the fault catalogue).
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  attachEmbedded,
  type EmbeddedPostgres,
  startEmbedded,
  stopEmbedded,
} from '../../../src/core/storage/embedded.ts';
import { processAlive } from '../../../src/core/storage/postmaster.ts';
import { ownerProcess } from './owner.ts';

const settings = { shared_buffers: '16MB' };
const root = process.getuid?.() === 0;

let dataDir: string;
let running: EmbeddedPostgres[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stockbridge-crash-'));
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
  await stopEmbedded({ dataDir });
  await rm(dataDir, { recursive: true, force: true });
});

async function start(
  options: { startTimeoutMs?: number; log?: (line: string) => void } = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbedded({ dataDir, settings, ...options });
  running.push(server);
  return server;
}

async function session(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function ask<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = await session(url);
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const lockFile = (): string => join(dataDir, 'postgres', 'postmaster.pid');
const postmasterPid = async (): Promise<number> =>
  Number((await readFile(lockFile(), 'utf8')).split('\n')[0]);

async function gone(pid: number): Promise<void> {
  while (await processAlive(pid)) await sleep(20);
}

async function untilAnswered<T>(question: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    try {
      return await question();
    } catch {
      await sleep(100);
    }
  }
  return question();
}

describe('F24: an owner that is killed', () => {
  test('leaves its server to the next owner, which adopts it with everything committed, and stops it', async () => {
    const owner = await ownerProcess(dataDir);
    await ask(String(owner.said.url), 'create table shelf (id integer); insert into shelf values (7)');
    const pid = await postmasterPid();
    await owner.end('SIGKILL');
    expect(await processAlive(pid)).toBe(true);

    const next = await start();
    expect(next).toMatchObject({ adopted: true, url: owner.said.url });
    expect(await postmasterPid()).toBe(pid);
    expect(await ask(next.url, 'select id from shelf')).toEqual([{ id: 7 }]);
    await next.stop();
    expect(await processAlive(pid)).toBe(false);
    await expect(stat(lockFile())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('does not disturb its guests', async () => {
    const owner = await ownerProcess(dataDir);
    const guest = await session((await attachEmbedded({ dataDir })).url);
    await owner.end('SIGKILL');
    const next = await start();
    expect(next.adopted).toBe(true);
    expect((await guest.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await guest.end();
  });

  test('in the middle of creating the cluster leaves nothing that stands in the way', async () => {
    await mkdir(join(dataDir, 'postgres.new-killed', 'base'), { recursive: true });
    await mkdir(join(dataDir, 'postgres.new-killed.login-x'));
    const server = await start();
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await readdir(dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
  });

  test('and its server too: the stale lock file is PostgreSQL’s to judge, and committed rows are there', async () => {
    const owner = await ownerProcess(dataDir);
    await ask(String(owner.said.url), 'create table shelf (id integer); insert into shelf values (7)');
    const pid = await postmasterPid();
    await owner.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    expect(await postmasterPid()).toBe(pid);

    const next = await start();
    expect(next.adopted).toBe(false);
    expect(await ask(next.url, 'select id from shelf')).toEqual([{ id: 7 }]);
  });

  test('stopEmbedded ends the server it left, and refuses while an owner lives', async () => {
    const owner = await ownerProcess(dataDir);
    const pid = await postmasterPid();
    await expect(stopEmbedded({ dataDir })).rejects.toMatchObject({
      code: 'instance_running',
      details: { pid: owner.pid },
    });
    expect(await processAlive(pid)).toBe(true);
    await owner.end('SIGKILL');
    await stopEmbedded({ dataDir });
    expect(await processAlive(pid)).toBe(false);
  });
});

describe('F22: a server that ends under its owner', () => {
  test.each(['SIGKILL', 'SIGQUIT'] as const)(
    'by %s comes back under the same address, and is still owned',
    async (signal) => {
      const lines: string[] = [];
      const server = await start({ log: (line) => lines.push(line) });
      await ask(server.url, 'create table shelf (id integer); insert into shelf values (7)');
      const pid = await postmasterPid();
      process.kill(pid, signal);
      await gone(pid);
      while (!lines.includes('PostgreSQL is back')) await sleep(20);

      expect(await ask(server.url, 'select id from shelf')).toEqual([{ id: 7 }]);
      expect(await postmasterPid()).not.toBe(pid);
      const second = await ownerProcess(dataDir);
      expect(second.said).toMatchObject({ code: 'instance_running', pid: process.pid });
      await second.end();
    },
  );

  test('a stop while it is away leaves no server behind', async () => {
    const server = await start();
    process.kill(await postmasterPid(), 'SIGKILL');
    await sleep(30);
    await server.stop();
    const left = Number((await readFile(lockFile(), 'utf8').catch(() => '')).split('\n')[0]);
    expect(left > 0 && (await processAlive(left))).toBe(false);
    await expect(attachEmbedded({ dataDir, waitMs: 0 })).rejects.toMatchObject({
      code: 'database_unavailable',
    });
  });
});

test('57P03: a server that is shutting down is waited out, then a new one starts', async () => {
  const owner = await ownerProcess(dataDir);
  const guest = await session(String(owner.said.url));
  const pid = await postmasterPid();
  await owner.end('SIGKILL');
  process.kill(pid, 'SIGTERM'); // smart shutdown: waits for the guest, refuses newcomers with 57P03
  const next = start();
  await sleep(400);
  expect(await processAlive(pid)).toBe(true);
  await guest.end();
  expect(await next).toMatchObject({ adopted: false, url: owner.said.url });
});

describe('F24: the process id of a dead server was given to another program', () => {
  let stranger: ReturnType<typeof spawn>;
  afterEach(async () => {
    stranger.kill('SIGKILL');
    await once(stranger, 'exit');
  });

  const staleLockFor = async (uid: number, gid: number): Promise<void> => {
    const server = await start();
    const lock = (await readFile(lockFile(), 'utf8')).split('\n').slice(1);
    await server.stop();
    stranger = spawn('/bin/sleep', ['600'], { uid, gid, cwd: '/', stdio: 'ignore' });
    await writeFile(lockFile(), [stranger.pid, ...lock].join('\n'), { mode: 0o600 });
    const owner = await stat(join(dataDir, 'postgres'));
    if (root) await chown(lockFile(), owner.uid, owner.gid);
  };

  test('of the same user: refused, naming the process and what it is; the lock file stays', async () => {
    const server = await start();
    const { uid, gid } = await stat(join(dataDir, 'postgres'));
    await server.stop();
    await staleLockFor(uid, gid);
    await expect(start({ startTimeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'storage_refused',
      message: expect.stringMatching(new RegExp(`process ${stranger.pid} \\(sleep\\)`)),
      details: { reason: 'lock_held', pid: stranger.pid },
    });
    expect(await postmasterPid()).toBe(stranger.pid);
  });

  test.skipIf(!root)(
    'of another user: PostgreSQL itself sees that it cannot be a server, and starts',
    async () => {
      await staleLockFor(0, 0);
      expect(await start()).toMatchObject({ adopted: false });
      expect(await processAlive(stranger.pid ?? 0)).toBe(true);
    },
  );
});

describe('F25: a full disk', () => {
  const canMount = root && spawnSync('unshare', ['--mount', 'true']).status === 0;

  test.skipIf(!canMount)(
    'under load loses no committed row, and space cures it without a restart of the hub',
    async () => {
      const volume = join(dataDir, 'volume');
      await mkdir(volume);
      await chmod(dataDir, 0o711);
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=110m,mode=755', 'tmpfs', volume]).status).toBe(0);
      try {
        const server = await startEmbedded({
          dataDir: join(volume, 'data'),
          settings: { ...settings, max_wal_size: '48MB', min_wal_size: '32MB' },
        });
        await ask(server.url, 'create table shelf (id integer, filler text)');
        let committed = 0;
        const refusal = await (async () => {
          for (;;) {
            const client = await session(server.url);
            try {
              await client.query(
                `insert into shelf select n, repeat(md5(n::text), 30) from generate_series(1, 1000) n`,
              );
              committed += 1000;
            } finally {
              await client.end();
            }
          }
        })().catch((error: unknown) => error);
        expect(String(refusal)).toMatch(/No space left|terminated|ECONNRE|recovery mode|starting up/);
        expect(committed).toBeGreaterThan(1000);
        expect(spawnSync('mount', ['-o', 'remount,size=400m', volume]).status).toBe(0);
        const rows = await untilAnswered(() =>
          ask<{ n: number }>(server.url, 'select count(*)::int as n from shelf'),
        );
        // A commit whose answer was lost may be there as well, whole.
        expect([committed, committed + 1000]).toContain(rows[0]?.n);
        await ask(server.url, 'insert into shelf values (0)');
        await server.stop();
      } finally {
        expect(spawnSync('umount', [volume]).status).toBe(0);
      }
    },
  );

  test.skipIf(!canMount)('while the cluster is created is told as such, and space cures it', async () => {
    const volume = join(dataDir, 'volume');
    await chmod(dataDir, 0o711);
    await mkdir(volume);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=755', 'tmpfs', volume]).status).toBe(0);
    try {
      const inside = { dataDir: join(volume, 'data'), settings: { ...settings, max_wal_size: '64MB' } };
      await expect(startEmbedded(inside)).rejects.toMatchObject({
        code: 'database_unavailable',
        message: expect.stringContaining('is full'),
        details: { reason: 'disk_full' },
      });
      expect((await readdir(inside.dataDir)).filter((name) => name.includes('.new-'))).toEqual([]);
      expect(spawnSync('mount', ['-o', 'remount,size=200m', volume]).status).toBe(0);
      const server = await startEmbedded(inside);
      expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await server.stop();
    } finally {
      expect(spawnSync('umount', [volume]).status).toBe(0);
    }
  });
});
