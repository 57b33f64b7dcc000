// Starts the one PostgreSQL server of a test run and migrates the template that every test file clones.
// It also clears what an earlier run left behind when it was killed.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded, stopEmbedded } from '../../src/core/storage/embedded.ts';
import { migrate } from '../../src/core/storage/migrate.ts';
import { processAlive } from '../../src/core/storage/postmaster.ts';
import { migrateQueues } from '../../src/workers/queue-schema.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, as its superuser; the path names the maintenance database. */
    postgresUrl: string;
    /** The migrated database to clone; it takes no connections. */
    templateDatabase: string;
  }
}

const PREFIX = 'stockbridge-tests-';
const TEMPLATE_DATABASE = 'stockbridge_template';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await clearAbandonedRuns();
  const dataDir = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const server = await startEmbedded({ dataDir, settings: { shared_buffers: '128MB', max_wal_size: '1GB' } });
  const url = databaseUrl(server.url, 'postgres');
  await createTemplate(url);
  project.provide('postgresUrl', url);
  project.provide('templateDatabase', TEMPLATE_DATABASE);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

async function createTemplate(url: string): Promise<void> {
  await statement(url, `create database ${TEMPLATE_DATABASE}`);
  const templateUrl = databaseUrl(url, TEMPLATE_DATABASE);
  const client = new pg.Client({ connectionString: templateUrl });
  await client.connect();
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
  await migrateQueues(templateUrl);
  // A stray connection to the template would make every clone of it fail.
  await statement(url, `alter database ${TEMPLATE_DATABASE} with is_template true allow_connections false`);
}

async function statement(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function clearAbandonedRuns(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const dataDir = join(tmpdir(), name);
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    const own = (await stat(dataDir).catch(() => undefined))?.uid === process.getuid?.();
    if (!own || !Number.isInteger(pid) || (await processAlive(pid))) continue;
    await stopEmbedded({ dataDir });
    await rm(dataDir, { recursive: true, force: true });
  }
}

function databaseUrl(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}
