// The running server of one cluster: who holds its lock file, whether it answers, starting and stopping it.
// The lock file is PostgreSQL's: it is read here, never removed.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster, ClusterPlace } from './cluster.ts';
import { explained } from './explained.ts';

const POLL_MS = 20;
const LAST_WORDS_MS = 10_000;

/**
 * What is found on a cluster. `ours` answers with our password and serves our directory; `unready` is starting,
 * recovering or stopping; `silent` is a live process in the lock file that does not answer as ours; `absent` is nothing.
 */
export type ServerState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'silent' | 'unready' | 'ours'; readonly pid: number; readonly port: number };

export async function serverState(cluster: ClusterPlace): Promise<ServerState> {
  const lock = await lockFile(cluster.directory);
  if (lock === undefined || !(await processAlive(lock.pid))) return { kind: 'absent' };
  const client = new pg.Client({
    connectionString: cluster.url(lock.port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(
      `select current_setting('data_directory') as directory`,
    );
    const same = (await realpath(rows[0]?.directory ?? '/').catch(() => '')) === cluster.directory;
    return { kind: same ? 'ours' : 'silent', pid: lock.pid, port: lock.port };
  } catch (error) {
    // 57P03: starting, recovering or stopping; 53300: every session is in use.
    const unready = ['57P03', '53300'].includes((error as { code?: string }).code ?? '');
    return { kind: unready ? 'unready' : 'silent', pid: lock.pid, port: lock.port };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How an attempt to start ended: the server accepts connections, or it gave up and said why. */
export type StartOutcome = { readonly kind: 'ready' } | { readonly kind: 'exited'; readonly said: string };

/** Starts a server of its own process group, so that neither Ctrl-C nor the end of this process takes it down. */
export async function startServer(cluster: Cluster, port: number, deadline: number): Promise<StartOutcome> {
  const logFrom = await sizeOf(cluster.logFile);
  const log = openSync(cluster.logFile, 'a', 0o600);
  const { postgres, runAs } = cluster.program;
  const child = spawn(
    postgres,
    [
      '-D',
      cluster.directory,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
    ],
    {
      ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
      cwd: cluster.directory,
      env: programEnvironment(),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log, log],
    },
  );
  closeSync(log);
  let spawnError: Error | undefined;
  child.once('error', (error) => {
    spawnError = error;
  });
  child.unref();
  for (;;) {
    if (spawnError) return { kind: 'exited', said: spawnError.message };
    if (child.exitCode !== null || child.signalCode !== null) {
      return { kind: 'exited', said: (await readFile(cluster.logFile)).subarray(logFrom).toString('utf8') };
    }
    const lock = await lockFile(cluster.directory);
    const holdsLock = lock !== undefined && lock.pid === child.pid;
    if (holdsLock && lock.ready) return { kind: 'ready' };
    // One that does not hold the lock file is about to give up, and what it says then is worth hearing.
    if (Date.now() > deadline + (holdsLock ? 0 : LAST_WORDS_MS)) throw explained('recovering', cluster);
    await sleep(POLL_MS);
  }
}

/** Fast shutdown: running transactions are rolled back, everything committed is on disk. Resolves when the server is gone. */
export async function stopServer(cluster: Cluster): Promise<void> {
  const lock = await lockFile(cluster.directory);
  const { pgCtl, runAs } = cluster.program;
  const child = spawn(pgCtl, ['stop', '-D', cluster.directory, '-m', 'fast', '-w', '-t', '120', '-s'], {
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    cwd: cluster.directory,
    env: programEnvironment(),
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // A server that died before we asked is stopped as well.
  if (code !== 0 && (await serverState(cluster)).kind !== 'absent') throw explained(said, cluster);
  // pg_ctl waits for the lock file; the process itself ends a moment later.
  while (code === 0 && lock && (await processAlive(lock.pid))) await sleep(POLL_MS);
}

/** True when a process of this id runs on this machine; one that ended but was not collected by its parent does not count. */
export async function processAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status.slice(status.lastIndexOf(')') + 2).charAt(0) !== 'Z';
}

/** What the process is, for a message to a person; empty when the system does not tell. */
export async function commandOf(pid: number): Promise<string> {
  const command = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return (
    command.trim() ||
    spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ||
    ''
  );
}

/** Whether nothing listens on the port of 127.0.0.1 now. */
export function portFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Only what the programs need: the hub's secrets stay out of another user's process. */
export function programEnvironment(): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'LD_LIBRARY_PATH',
    'TMPDIR',
    'TEMP',
    'TMP',
    'SystemRoot',
    'SYSTEMROOT',
    'USERPROFILE',
    'APPDATA',
  ];
  const kept = names.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  return { ...Object.fromEntries(kept), LC_ALL: 'C', TZ: 'UTC' };
}

// https://www.postgresql.org/docs/18/storage-file-layout.html: pid, directory, start time, port, socket, address, key, status.
async function lockFile(
  directory: string,
): Promise<{ pid: number; port: number; ready: boolean } | undefined> {
  const text = await readFile(join(directory, 'postmaster.pid'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  const lines = text.split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
