// The files of the embedded database: the cluster's directory, its password, its remembered port, its settings.
// It creates what is missing, so that a crash half-way leaves nothing that a next start would mistake for a database.
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  appendFile,
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { StockbridgeError } from '../errors.ts';
import { clusterSettings, type Settings } from './cluster-settings.ts';
import { explained } from './explained.ts';
import {
  blockedAt,
  type PostgresProgram,
  postgresProgram,
  SYSTEM_DIRECTORY,
  type SystemUser,
} from './postgres-program.ts';
import { portFree, programEnvironment } from './postmaster.ts';

const SUPERUSER = 'stockbridge';

/** Where an embedded database is, and how to log in to it. */
export interface ClusterPlace {
  readonly dataDir: string;
  /** The real path of `<dataDir>/postgres`. */
  readonly directory: string;
  readonly logFile: string;
  url(port: number, database: string): string;
}

export interface Cluster extends ClusterPlace {
  readonly program: PostgresProgram;
}

/** The cluster of a data directory, created (data checksums, UTF-8, code-point order) when there is none yet. */
export async function openCluster(dataDir: string, settings: Settings = {}): Promise<Cluster> {
  const home = resolve(dataDir);
  const program = await postgresProgram();
  try {
    await prepareHome(home, program.runAs);
    const password = await rememberedOnce(join(home, 'postgres.password'), () =>
      randomBytes(24).toString('base64url'),
    );
    if (!(await exists(join(home, 'postgres')))) await createCluster(home, program, password);
    const place = await placeOf(home);
    const cluster = {
      ...place,
      program: { ...program, runAs: await ownerOf(place.directory, program.runAs) },
    };
    await refuseForeign(cluster);
    await writeSettings(cluster.directory, clusterSettings(settings), cluster.program.runAs);
    await startFreshLog(cluster.logFile);
    return cluster;
  } catch (error) {
    if (error instanceof StockbridgeError) throw error;
    throw explained(String(error), { directory: home, logFile: join(home, 'postgres.log') });
  }
}

/** The cluster of a data directory as it is; undefined when there is none. Creates and changes nothing. */
export async function existingPlace(dataDir: string): Promise<ClusterPlace | undefined> {
  const home = resolve(dataDir);
  return (await exists(join(home, 'postgres'))) ? placeOf(home) : undefined;
}

/** The port this data directory uses: the one asked for, else the remembered one, else a free one; remembered from now on. */
export async function choosePort(dataDir: string, wanted: number | undefined): Promise<number> {
  const file = join(resolve(dataDir), 'postgres.port');
  if (wanted !== undefined) {
    if (!(await portFree(wanted)))
      throw explained('Address already in use', { directory: dataDir, logFile: '' });
    await writeFile(file, `${wanted}\n`);
    return wanted;
  }
  const remembered = Number(await readFile(file, 'utf8').catch(() => ''));
  if (remembered > 0 && (await portFree(remembered))) return remembered;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // Below the range from which systems take the ports of outgoing connections.
    const port = randomInt(15_400, 25_400);
    if (await portFree(port)) {
      await writeFile(file, `${port}\n`);
      return port;
    }
  }
  throw explained('Address already in use', { directory: dataDir, logFile: '' });
}

async function placeOf(home: string): Promise<ClusterPlace> {
  const password = (await readFile(join(home, 'postgres.password'), 'utf8')).trim();
  return {
    dataDir: home,
    directory: await realpath(join(home, 'postgres')),
    logFile: join(home, 'postgres.log'),
    url: (port, database) => `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`,
  };
}

async function prepareHome(home: string, runAs: SystemUser | undefined): Promise<void> {
  const created = await mkdir(home, { recursive: true });
  // The system user must pass through to its own directory; it may not list this one.
  if (created) await chmod(home, runAs ? 0o711 : 0o700);
  else if (runAs && (await blockedAt(home, runAs)) === home)
    await chmod(home, (await stat(home)).mode | 0o011);
}

async function createCluster(home: string, program: PostgresProgram, password: string): Promise<void> {
  const blocked = program.runAs && (await blockedAt(home, program.runAs));
  const fresh =
    blocked && program.runAs
      ? await directoryElsewhere(home, blocked, program.runAs)
      : await mkdtemp(join(home, 'postgres.new-'));
  const passwordFile = join(await mkdtemp(`${fresh}.login-`), 'password');
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (program.runAs) {
      for (const path of [fresh, join(passwordFile, '..'), passwordFile])
        await chown(path, program.runAs.uid, program.runAs.gid);
    }
    await initdb(program, fresh, passwordFile, home);
    await appendFile(join(fresh, 'postgresql.conf'), "\ninclude_if_exists = 'stockbridge.conf'\n");
    // Only a complete cluster gets the name; of two processes that create it, one wins and the other uses that one.
    await (blocked ? symlink(fresh, join(home, 'postgres'), 'dir') : rename(fresh, join(home, 'postgres')));
    await removeHalfMade(home);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await exists(join(home, 'postgres')))) throw error;
  } finally {
    await rm(join(passwordFile, '..'), { recursive: true, force: true });
  }
}

/** What a killed process began, or another one is making in vain: that one will find the finished cluster. */
async function removeHalfMade(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith('postgres.new-'));
  for (const name of names) await rm(join(home, name), { recursive: true, force: true });
}

async function initdb(
  program: PostgresProgram,
  directory: string,
  passwordFile: string,
  home: string,
): Promise<void> {
  const { runAs } = program;
  const flags = [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--data-checksums',
    '--no-instructions',
  ];
  const child = spawn(program.initdb, flags, {
    ...(runAs && { uid: runAs.uid, gid: runAs.gid }),
    cwd: directory,
    env: programEnvironment(),
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((done, failed) => {
    child.once('error', failed);
    child.once('close', done);
  });
  if (code !== 0) throw explained(said, { directory: home, logFile: join(home, 'postgres.log') });
}

/**
 * Root may work where the system user cannot go (/root, a private temporary directory). Then the cluster lies in a place
 * of its own and `<dataDir>/postgres` points to it; what was temporary stays in the temporary directory.
 */
async function directoryElsewhere(home: string, blocked: string, user: SystemUser): Promise<string> {
  const base = home.startsWith(tmpdir() + sep) ? tmpdir() : SYSTEM_DIRECTORY;
  await mkdir(base, { recursive: true, mode: 0o755 });
  if (await blockedAt(base, user)) {
    throw new StockbridgeError(
      'storage_refused',
      `PostgreSQL runs as "${user.name}", which may not enter ${blocked}, nor ${base}. Choose a data directory it can reach, ` +
        'run Stockbridge as an ordinary user, or set DATABASE_URL.',
      { details: { reason: 'permission' } },
    );
  }
  return mkdtemp(join(base, base === SYSTEM_DIRECTORY ? 'postgres-' : 'stockbridge-postgres-'));
}

/** A cluster belongs to whoever made it, which need not be the user of today’s default. */
async function ownerOf(directory: string, runAs: SystemUser | undefined): Promise<SystemUser | undefined> {
  if (!runAs) return undefined;
  const { uid, gid } = await stat(directory);
  return uid === runAs.uid || uid === 0 ? runAs : { name: `user ${uid}`, uid, gid };
}

async function refuseForeign({ directory, program, logFile }: Cluster): Promise<void> {
  const blocked = program.runAs && (await blockedAt(directory, program.runAs));
  if (blocked) {
    throw new StockbridgeError(
      'storage_refused',
      `PostgreSQL runs as "${program.runAs?.name}", which may not enter ${blocked}, on the way to its data in ${directory}. ` +
        `Allow it (chmod o+x ${blocked}), or move the data directory.`,
      { details: { reason: 'permission' } },
    );
  }
  const version = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (Number(version) !== program.majorVersion)
    throw explained('not compatible with this version', { directory, logFile });
}

async function writeSettings(directory: string, text: string, owner: SystemUser | undefined): Promise<void> {
  const partial = join(directory, `stockbridge.conf.${process.pid}`);
  await writeFile(partial, text, { mode: 0o600 });
  if (owner) await chown(partial, owner.uid, owner.gid);
  await rename(partial, join(directory, 'stockbridge.conf'));
}

async function startFreshLog(logFile: string): Promise<void> {
  const { size } = await stat(logFile).catch(() => ({ size: 0 }));
  if (size > 10_000_000) await rename(logFile, `${logFile}.1`);
}

/** The content of a secret file, written once: of two processes that make it, both read the same. */
async function rememberedOnce(path: string, make: () => string): Promise<string> {
  if (!(await exists(path))) {
    const partial = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
    await writeFile(partial, `${make()}\n`, { mode: 0o600, flush: true });
    await link(partial, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await rm(partial);
  }
  return (await readFile(path, 'utf8')).trim();
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return false;
  throw new StockbridgeError(
    'storage_refused',
    `${path} points to ${target}, which is gone. Restore it there; only if that data may be lost, remove the link.`,
    { details: { reason: 'cluster_gone' } },
  );
}
