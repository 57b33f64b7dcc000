// The embedded PostgreSQL in ordinary life: what it creates, how it stops and starts, who may share it, what it refuses.
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  attachEmbedded,
  type EmbeddedPostgres,
  removeEmbedded,
  startEmbedded,
} from '../../../src/core/storage/embedded.ts';
import { blockedAt } from '../../../src/core/storage/postgres-program.ts';
import { portFree, processAlive } from '../../../src/core/storage/postmaster.ts';
import { ownerProcess } from './owner.ts';

const settings = { shared_buffers: '16MB' };
const root = process.getuid?.() === 0;
const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 };
const nobodyCanReadUs = root && (await blockedAt(import.meta.dirname, NOBODY)) === undefined;

let dataDir: string;
let running: EmbeddedPostgres[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stockbridge-embedded-'));
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  running = [];
  await rm(dataDir, { recursive: true, force: true });
});

const start = async (options: { port?: number } = {}): Promise<EmbeddedPostgres> => {
  const server = await startEmbedded({ dataDir, settings, ...options });
  running.push(server);
  return server;
};

async function ask<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a first start', () => {
  test('is durable, private and in UTF-8 with code-point order', async () => {
    const { url } = await start();
    const rows = await ask<{ name: string; setting: string }>(
      url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'wal_compression',
         'data_checksums', 'server_encoding', 'listen_addresses', 'max_connections', 'max_wal_size', 'checkpoint_timeout',
         'password_encryption', 'unix_socket_directories', 'TimeZone') order by name collate "C"`,
    );
    expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
      TimeZone: 'UTC',
      checkpoint_timeout: '900',
      data_checksums: 'on',
      fsync: 'on',
      full_page_writes: 'on',
      listen_addresses: '127.0.0.1',
      max_connections: '200',
      max_wal_size: '4096',
      password_encryption: 'scram-sha-256',
      server_encoding: 'UTF8',
      synchronous_commit: 'on',
      unix_socket_directories: '',
      wal_compression: 'off',
    });
    expect(
      await ask(url, `select 'Z' < 'a' as code_points, upper('é') as upper, current_database() as db`),
    ).toEqual([{ code_points: true, upper: 'É', db: 'stockbridge' }]);
  });

  test('keeps its files to itself, and nobody gets in without the password', async () => {
    const { url, port } = await start();
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'postgres.password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'postgres.log'))).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await expect(ask(`postgres://stockbridge@127.0.0.1:${port}/stockbridge`, 'select 1')).rejects.toThrow(
      /password/,
    );
    expect((await readdir(dataDir)).sort()).toEqual([
      'postgres',
      'postgres.log',
      'postgres.password',
      'postgres.port',
    ]);
  });

  test.skipIf(process.platform !== 'linux')('does not hand the hub’s environment to the server', async () => {
    process.env.STOCKBRIDGE_TEST_SECRET = 'in-the-environment';
    await start();
    delete process.env.STOCKBRIDGE_TEST_SECRET;
    const environment = await readFile(`/proc/${await postmasterPid()}/environ`, 'utf8');
    expect(environment).toContain('LC_ALL=C');
    expect(environment).not.toContain('in-the-environment');
  });
});

describe('stop and start', () => {
  test('keep the address and the data', async () => {
    const first = await start();
    await ask(first.url, 'create table shelf (id integer); insert into shelf values (7)');
    const pid = await postmasterPid();
    await first.stop();
    expect(await processAlive(pid)).toBe(false);
    expect(await portFree(first.port)).toBe(true);
    const second = await start();
    expect(second).toMatchObject({ url: first.url, port: first.port, adopted: false });
    expect(await ask(second.url, 'select id from shelf')).toEqual([{ id: 7 }]);
  });

  test('a stop with a transaction open ends that session and loses nothing committed', async () => {
    const first = await start();
    const guest = new pg.Client({ connectionString: first.url });
    guest.on('error', () => undefined);
    await guest.connect();
    await guest.query('create table shelf (id integer)');
    await guest.query('begin; insert into shelf values (1)');
    await first.stop();
    const second = await start();
    expect(await ask(second.url, 'select count(*)::int as n from shelf')).toEqual([{ n: 0 }]);
  });

  test('a second stop is the same stop', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(await portFree(server.port)).toBe(true);
  });

  test('a remembered port that another program took is replaced', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      const second = await start();
      expect(second.port).not.toBe(first.port);
      expect(await ask(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      squatter.close();
    }
  });

  test('a port that was asked for and is taken is refused', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const address = squatter.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      await expect(start({ port })).rejects.toMatchObject({ details: { reason: 'port_taken' } });
    } finally {
      squatter.close();
    }
  });
});

describe('owner and guests', () => {
  test('guests attach to the server of the owner and share its data', async () => {
    const owner = await ownerProcess(dataDir);
    try {
      const guest = await attachEmbedded({ dataDir });
      expect(guest.url).toBe(owner.said.url);
      await ask(guest.url, 'create table shelf (id integer)');
      expect(await attachEmbedded({ dataDir })).toEqual(guest);
    } finally {
      expect(await owner.end('SIGTERM')).toBe(0);
    }
    await expect(attachEmbedded({ dataDir, waitMs: 100 })).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining(dataDir),
    });
  });

  test('a guest that comes before the owner is ready waits for it', async () => {
    const guest = attachEmbedded({ dataDir, waitMs: 20_000 });
    const server = await start();
    expect(await guest).toEqual({ url: server.url, port: server.port });
  });

  test('F24: a second owner is refused with the process id of the first, which goes on undisturbed', async () => {
    const server = await start();
    const second = await ownerProcess(dataDir);
    expect(second.said).toMatchObject({ code: 'instance_running', pid: process.pid });
    expect(second.said.message).toContain(`process ${process.pid} `);
    expect(await second.end()).toBe(3);
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('F24: of owners that start at once on an empty directory one wins, the others are refused', async () => {
    const owners = await Promise.all([ownerProcess(dataDir), ownerProcess(dataDir), ownerProcess(dataDir)]);
    const [winner, ...more] = owners.filter(({ said }) => 'url' in said);
    expect(more).toEqual([]);
    expect(
      owners.filter(({ said }) => said.code === 'instance_running' && said.pid === winner?.pid),
    ).toHaveLength(2);
    expect(await ask(String(winner?.said.url), 'select 1 as one')).toEqual([{ one: 1 }]);
    await Promise.all(owners.map((owner) => owner.end('SIGTERM')));
    expect((await readdir(dataDir)).sort()).toEqual([
      'postgres',
      'postgres.log',
      'postgres.password',
      'postgres.port',
    ]);
  });
});

describe('where it runs', () => {
  test.skipIf(!root)('as root, the server runs as another user, which owns the cluster alone', async () => {
    await start();
    const { uid } = await stat(await realpath(join(dataDir, 'postgres')));
    expect(uid).not.toBe(0);
    expect((await stat(`/proc/${await postmasterPid()}`)).uid).toBe(uid);
  });

  test.skipIf(!root)(
    'as root in a directory that user may not enter, the cluster lies outside and removal finds it',
    async () => {
      await chmod(dataDir, 0o700);
      const outer = dataDir;
      dataDir = join(outer, 'inner');
      await mkdir(dataDir);
      const server = await start();
      expect((await lstat(join(dataDir, 'postgres'))).isSymbolicLink()).toBe(true);
      const outside = await realpath(join(dataDir, 'postgres'));
      await ask(server.url, 'create table shelf (id integer)');
      await server.stop();
      const again = await start();
      expect(await ask(again.url, 'select count(*)::int as n from shelf')).toEqual([{ n: 0 }]);
      await again.stop();
      await removeEmbedded({ dataDir });
      await expect(stat(outside)).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await stat(outer)).mode & 0o777).toBe(0o700);
      dataDir = outer;
    },
  );

  test.skipIf(!nobodyCanReadUs)('an ordinary user starts, uses and stops it', async () => {
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    const owner = await ownerProcess(dataDir, NOBODY);
    expect(owner.said).toMatchObject({ adopted: false });
    expect((await stat(join(dataDir, 'postgres'))).uid).toBe(NOBODY.uid);
    expect(await ask(String(owner.said.url), 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(await owner.end('SIGTERM')).toBe(0);
  });

  test('a path below a file is refused with what to do', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    await expect(startEmbedded({ dataDir: join(file, 'below') })).rejects.toMatchObject({
      code: 'storage_refused',
      details: { reason: 'not_a_directory' },
    });
  });

  test('a cluster that was moved away is missed, not silently replaced by an empty one', async () => {
    await symlink(join(dataDir, 'gone'), join(dataDir, 'postgres'));
    await expect(start()).rejects.toMatchObject({
      code: 'storage_refused',
      details: { reason: 'cluster_gone' },
    });
    expect(await readlink(join(dataDir, 'postgres'))).toBe(join(dataDir, 'gone'));
  });

  test('a cluster of another PostgreSQL version is refused, not touched', async () => {
    await (await start()).stop();
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toMatchObject({ details: { reason: 'wrong_version' } });
  });
});

async function postmasterPid(): Promise<number> {
  return Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);
}
