// The PostgreSQL that comes with Stockbridge: one server per data directory, one owner that starts and stops it,
// any number of guests that only use it. It never removes PostgreSQL's lock file and never runs two servers on one directory.
// An owner that is killed leaves its server running; the next owner adopts it.
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { StockbridgeError } from '../errors.ts';
import { bringUp } from './bring-up.ts';
import { type ClusterPlace, existingPlace, openCluster } from './cluster.ts';
import type { Settings } from './cluster-settings.ts';
import { keepUp } from './keep-up.ts';
import { takeOwnership } from './ownership.ts';
import { serverState, stopServer } from './postmaster.ts';

const DATABASE = 'stockbridge';

export interface EmbeddedOptions {
  /** Created when absent. Holds `postgres` (the cluster), its password (mode 0600), its port and its log. */
  readonly dataDir: string;
  /** A fixed port of 127.0.0.1; without it one is chosen once and remembered. */
  readonly port?: number;
  /** Overrides of PostgreSQL's settings, in its own notation. */
  readonly settings?: Settings;
  /** How long a start may take, crash recovery included; default 5 minutes. */
  readonly startTimeoutMs?: number;
  readonly log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection string of the database `stockbridge`, with its password: never log it. */
  readonly url: string;
  readonly port: number;
  /** True when the server was already running, left behind by an owner that was killed. */
  readonly adopted: boolean;
  /** Stops the server, adopted or not, ends its sessions, and resolves when it is gone. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded PostgreSQL, or adopts the one an earlier owner left, and keeps it up until `stop()`:
 * a server that dies is started again under the same address.
 * Throws `instance_running` when another process owns the data directory, `storage_refused` or `database_unavailable`
 * (with `details.reason`) when it cannot run, each saying what to do.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const cluster = await openCluster(options.dataDir, options.settings);
  const log = options.log ?? (() => undefined);
  const limits = { timeoutMs: options.startTimeoutMs ?? 300_000, log };
  const { port, adopted } = await bringUp(cluster, { ...limits, port: options.port });
  const stop = keepUp(cluster, await takeOwnership(cluster, port), { ...limits, port });
  try {
    await ensureDatabase(cluster, port);
  } catch (error) {
    await stop();
    throw error;
  }
  log(`PostgreSQL ${adopted ? 'adopted' : 'started'} on 127.0.0.1:${port}, data in ${cluster.directory}`);
  return { url: cluster.url(port, DATABASE), port, adopted, stop };
}

/**
 * The address of the embedded PostgreSQL that the owner of this data directory runs, for other processes of the same
 * deployment. Waits for an owner that is just starting. Throws `database_unavailable` when nothing runs there.
 */
export async function attachEmbedded(options: {
  readonly dataDir: string;
  /** Default 10 seconds. */
  readonly waitMs?: number;
}): Promise<{ url: string; port: number }> {
  const deadline = Date.now() + (options.waitMs ?? 10_000);
  for (;;) {
    const place = await existingPlace(options.dataDir);
    const state = place && (await serverState(place));
    if (place && state?.kind === 'ours' && (await hasDatabase(place, state.port))) {
      return { url: place.url(state.port, DATABASE), port: state.port };
    }
    if (Date.now() > deadline) {
      throw new StockbridgeError(
        'database_unavailable',
        `No PostgreSQL answers for the data directory ${resolve(options.dataDir)}. Start Stockbridge there first, or set DATABASE_URL.`,
        { details: { reason: state?.kind ?? 'no_cluster' } },
      );
    }
    await sleep(50);
  }
}

/** Stops a server that a killed owner left behind; nothing to do is fine. Throws `instance_running` when its owner lives. */
export async function stopEmbedded(options: { readonly dataDir: string }): Promise<void> {
  const place = await existingPlace(options.dataDir);
  if (!place || (await serverState(place)).kind === 'absent') return;
  const cluster = await openCluster(options.dataDir);
  const { port } = await bringUp(cluster, { timeoutMs: 60_000, log: () => undefined });
  const ownership = await takeOwnership(cluster, port);
  await stopServer(cluster);
  await ownership.release();
}

/** Stops as `stopEmbedded` does and deletes the cluster, wherever it lies, with its password, port and log. */
export async function removeEmbedded(options: { readonly dataDir: string }): Promise<void> {
  await stopEmbedded(options);
  const place = await existingPlace(options.dataDir);
  if (!place) return;
  for (const name of ['postgres', 'postgres.password', 'postgres.port', 'postgres.log', 'postgres.log.1']) {
    await rm(join(place.dataDir, name), { recursive: true, force: true });
  }
  await rm(place.directory, { recursive: true, force: true });
}

async function ensureDatabase(place: ClusterPlace, port: number): Promise<void> {
  if (await hasDatabase(place, port)) return;
  await onServer(place, port, (client) => client.query(`create database ${DATABASE}`));
}

async function hasDatabase(place: ClusterPlace, port: number): Promise<boolean> {
  const { rowCount } = await onServer(place, port, (client) =>
    client.query('select 1 from pg_database where datname = $1', [DATABASE]),
  );
  return rowCount === 1;
}

async function onServer<T>(
  place: ClusterPlace,
  port: number,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: place.url(port, 'postgres') });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
