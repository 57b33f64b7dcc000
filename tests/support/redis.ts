// A private redis-server for a test file: own port, own directory, configured as the hub demands (AOF, noeviction).
// It never touches a Redis that was running before.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';

export interface TestRedis {
  readonly url: string;
  /** Ends the server and removes its directory. */
  stop(): Promise<void>;
  /** Kills the server as a power cut would end the process; its files stay for `restart`. */
  kill9(): Promise<void>;
  /** Starts the server again on the same port and files. */
  restart(): Promise<void>;
}

const MISSING =
  'redis-server was not found on PATH, so the Redis half of the queue contract did NOT run. ' +
  'Install it (Debian/Ubuntu: apt-get install redis-server, macOS: brew install redis) and run again.';

/**
 * Whether tests on Redis can run here. Says loudly what is skipped when not,
 * and throws instead when STOCKBRIDGE_REQUIRE=all makes every test mandatory.
 */
export async function redisIsInstalled(): Promise<boolean> {
  if (await redisServerPath()) return true;
  if (process.env.STOCKBRIDGE_REQUIRE === 'all') throw new Error(MISSING);
  process.stderr.write(`\n${'!'.repeat(8)} ${MISSING}\n\n`);
  return false;
}

/** Starts a server and resolves when it answers; throws when no binary is found. */
export async function startRedis(): Promise<TestRedis> {
  const binary = await redisServerPath();
  if (!binary) throw new Error(MISSING);
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch(binary, directory, port);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  return {
    url,
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
    kill9: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      server = await launch(binary, directory, port);
    },
  };
}

async function launch(binary: string, directory: string, port: number): Promise<ChildProcess> {
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: directory,
    appendonly: 'yes',
    'maxmemory-policy': 'noeviction',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn(binary, args, { stdio: 'ignore' });
  process.once('exit', () => server.kill('SIGKILL'));
  await untilAnswering(port, server);
  return server;
}

async function untilAnswering(port: number, server: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
      return;
    } catch {
      await sleep(50);
    } finally {
      client.disconnect();
    }
  }
  throw new Error(`redis-server did not answer on port ${port}`);
}

async function redisServerPath(): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, 'redis-server');
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
