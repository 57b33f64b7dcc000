// Everything a crash test stands on: a PostgreSQL of its own, the vendors, opened books, and the hub as real processes.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { migrateAll } from '../../src/commands/session.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { type Database, openDatabase } from '../../src/core/database.ts';
import { type EmbeddedPostgres, startEmbedded } from '../../src/core/storage/embedded.ts';
import { buildWorld, openBooks, type World, type WorldItem } from '../../src/demo/world.ts';
import { DOCK_LOCATION } from './dock.ts';
import { type HubProcess, startProcess } from './hub-process.ts';

export interface Rig {
  readonly world: World;
  readonly postgres: EmbeddedPostgres;
  /** For looking on: its sessions end with every restart of PostgreSQL, and the pool makes new ones. */
  readonly database: Database;
  readonly processes: readonly HubProcess[];
  /** When the last connection was cut over: facts after this move stock. */
  readonly openedAt: Date;
  /** Ends PostgreSQL as `pg_ctl stop -m immediate` or a kill would; whoever owns it brings it back by itself. */
  crashPostgres(signal: 'SIGQUIT' | 'SIGKILL'): Promise<void>;
  postgresAnswers(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface RigOptions {
  readonly items: readonly WorldItem[];
  readonly seed: number;
  readonly redisUrl?: string;
  /** Roles by the name of the process. */
  readonly processes: Readonly<Record<string, readonly string[]>>;
}

export async function raiseRig(options: RigOptions): Promise<Rig> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stockbridge-crash-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startEmbedded({ dataDir, settings: { shared_buffers: '128MB' } });
    undo.push(() => postgres.stop());
    const { items, seed, redisUrl } = options;
    const world = await buildWorld({
      items,
      seed,
      databaseUrl: postgres.url,
      ...(redisUrl === undefined ? {} : { redisUrl }),
    });
    undo.push(() => world.close());
    await migrateAll(world.config, postgres.url);
    const database = openDatabase({ url: postgres.url, poolSize: 4 });
    undo.push(() => database.close());
    // A session that PostgreSQL ends while a statement waits for its answer raises an event besides failing the statement.
    database.pool.on('connect', (client) => client.on('error', () => undefined));
    await openBooks(world);
    await bindDock(database);
    const openedAt = new Date();
    await sleep(50);
    const configFile = await talkative(world.configFile);
    const processes = Object.entries(options.processes).map(([name, roles]) =>
      startProcess(name, configFile, roles),
    );
    undo.push(() => Promise.all(processes.map((each) => each.destroy())));
    await Promise.all(processes.map((each) => each.ready(30_000)));
    return {
      world,
      postgres,
      database,
      processes,
      openedAt,
      crashPostgres: async (signal) => {
        const [pid] = (await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
        process.kill(Number(pid), signal);
      },
      postgresAnswers: (deadlineMs) => answers(database, deadlineMs),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The dock names its one place by an id of its own; it is bound to the shelf that the shop's import made. */
async function bindDock(database: Database): Promise<void> {
  const { rows } = await database.pool.query<{ code: string }>(
    `select l.code from location l join location_binding b on b.location_id = l.id join connection c on c.id = b.connection_id where c.name = 'shop'`,
  );
  const report = await importCatalog(
    database.pool,
    'bindings',
    `connection,external_location,location\ndock,${DOCK_LOCATION},${rows[0]?.code}\n`,
  );
  if (!report.applied) throw new Error(`the dock could not be bound: ${JSON.stringify(report.rejected)}`);
}

/** The same configuration with a log that says when a process is up, and what it went through. */
async function talkative(configFile: string): Promise<string> {
  const own = configFile.replace(/\.yaml$/, '.crash.yaml');
  const config: Record<string, unknown> = parse(await readFile(configFile, 'utf8'));
  await writeFile(
    own,
    stringify({
      ...config,
      log: { level: 'info' },
      database: { ...(config.database as object), poolSize: 10 },
    }),
  );
  return own;
}

async function answers(database: Database, deadlineMs: number): Promise<void> {
  for (const deadline = Date.now() + deadlineMs; ; ) {
    try {
      await database.pool.query('select 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
