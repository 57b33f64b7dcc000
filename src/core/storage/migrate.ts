// Brings the schema to the version of this code: the numbered SQL files, each in its own transaction, each once.
// It refuses to guess: an edited, missing or late-numbered migration is an error that names the file.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { StockbridgeError } from '../errors.ts';

const MIGRATIONS_DIRECTORY = join(import.meta.dirname, '..', 'migrations');

/** One number for every Stockbridge process: whoever holds it migrates, the others wait and find nothing left to do. */
const MIGRATION_LOCK = 7_305_101_001n;

/** One SQL file: `0007_lanes.sql` has version 7 and name `lanes`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  readonly sql: string;
}

export interface MigrateOptions {
  /** Where the numbered files are; default `src/core/migrations`. */
  readonly directory?: string;
  readonly log?: (line: string) => void;
}

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
}

type Queryable = pg.Pool | pg.ClientBase;

/**
 * Applies what is missing and answers the names of the files it applied, in order.
 * Safe to call from many processes at once; a failing file leaves the database at the file before it.
 * Throws `storage_refused` when the files do not continue what the database has.
 */
export async function migrate(db: Queryable, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? MIGRATIONS_DIRECTORY);
  return onOneSession(db, async (session) => {
    await session.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await session.query(
        `create table if not exists schema_migration (
           version integer primary key, name text not null, sha256 text not null,
           applied_at timestamptz not null default clock_timestamp())`,
      );
      const pending = continuationOf(migrations, await appliedMigrations(session));
      for (const migration of pending) {
        await apply(session, migration);
        options.log?.(`applied migration ${migration.file}`);
      }
      return pending.map((migration) => migration.file);
    } finally {
      // A session that broke has lost its lock already; the first error is the one worth hearing.
      await session.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    }
  });
}

/** The migrations this code has and the database lacks, in order; same refusals as `migrate`, but changes nothing. */
export async function pendingMigrations(db: Queryable, options: MigrateOptions = {}): Promise<Migration[]> {
  const migrations = await readMigrations(options.directory ?? MIGRATIONS_DIRECTORY);
  const { rows } = await db.query<{ exists: boolean }>(
    `select to_regclass('schema_migration') is not null as exists`,
  );
  return continuationOf(migrations, rows[0]?.exists ? await appliedMigrations(db) : []);
}

/** The SQL files of a folder by version; an absent or empty folder has none. Throws on a name or number it cannot order. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await filesOf(directory)).filter((file) => file.endsWith('.sql')).sort();
  const migrations = await Promise.all(files.map((file) => readMigration(directory, file)));
  for (const [index, migration] of migrations.entries()) {
    const before = migrations[index - 1];
    if (before?.version === migration.version) {
      throw refused(`${before.file} and ${migration.file} carry the same number; renumber the newer one.`);
    }
  }
  return migrations;
}

async function filesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function readMigration(directory: string, file: string): Promise<Migration> {
  const [, number, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
  if (number === undefined || name === undefined) {
    throw refused(`${join(directory, file)} is no migration name; it reads like 0001_first_tables.sql.`);
  }
  // A checkout that turned line ends into CRLF is the same migration.
  const sql = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n');
  return { version: Number(number), name, file, sql, sha256: createHash('sha256').update(sql).digest('hex') };
}

async function appliedMigrations(db: Queryable): Promise<AppliedMigration[]> {
  const { rows } = await db.query<AppliedMigration>(
    'select version, name, sha256 from schema_migration order by version',
  );
  return rows;
}

function continuationOf(migrations: Migration[], applied: AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  for (const done of applied) {
    const label = `${String(done.version).padStart(4, '0')}_${done.name}.sql`;
    const migration = known.get(done.version);
    if (migration === undefined) {
      throw refused(
        `The database has ${label}, which this version of Stockbridge does not know. Run the newer version.`,
      );
    }
    if (migration.sha256 !== done.sha256) {
      throw refused(
        `${migration.file} was changed after it was applied. Restore the file, and put the change in a new migration.`,
      );
    }
  }
  const newest = applied.at(-1)?.version ?? 0;
  const done = new Set(applied.map(({ version }) => version));
  const pending = migrations.filter(({ version }) => !done.has(version));
  const late = pending.find(({ version }) => version < newest);
  if (late !== undefined) {
    throw refused(
      `${late.file} is numbered before migration ${newest}, which is applied already; renumber it.`,
    );
  }
  return pending;
}

async function apply(session: pg.ClientBase, migration: Migration): Promise<void> {
  await session.query('begin');
  try {
    await session.query(migration.sql);
    await session.query('insert into schema_migration (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ]);
    await session.query('commit');
  } catch (error) {
    await session.query('rollback');
    const reason = error instanceof Error ? error.message : String(error);
    throw new StockbridgeError('storage_refused', `Migration ${migration.file} failed: ${reason}`, {
      cause: error,
      details: { file: migration.file },
    });
  }
}

async function onOneSession<T>(db: Queryable, work: (session: pg.ClientBase) => Promise<T>): Promise<T> {
  if (!('totalCount' in db)) return work(db);
  const session = await db.connect();
  try {
    const result = await work(session);
    session.release();
    return result;
  } catch (error) {
    // The session may carry a broken transaction or the lock: it must not go back to the pool.
    session.release(true);
    throw error;
  }
}

const refused = (message: string): StockbridgeError => new StockbridgeError('storage_refused', message);
