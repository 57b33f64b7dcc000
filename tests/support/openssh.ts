// A private OpenSSH server for a test file: own port, own keys, own folder, SFTP only, on 127.0.0.1. It never touches a
// server that was running before, and lets in nobody but the one key it made.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

export interface TestOpenSsh {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The key it lets in, in OpenSSH form. */
  readonly privateKey: string;
  /** Fingerprint of the server's key now. */
  readonly hostKey: () => string;
  /** The folder it serves, on this machine and for a client alike. */
  readonly root: string;
  /** Restarts on the same port with another host key; answers its fingerprint. */
  changeHostKey(): Promise<string>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const HOST = '127.0.0.1';
const MISSING =
  'sshd was not found, so the OpenSSH half of the SFTP contract did NOT run. ' +
  'Install it (Debian/Ubuntu: apt-get install openssh-server, macOS has it) and run again.';

/**
 * Whether tests on OpenSSH can run here. Says loudly what is skipped when not, and throws instead when
 * STOCKBRIDGE_REQUIRE=all makes every test mandatory.
 */
export async function opensshIsInstalled(): Promise<boolean> {
  if ((await pathOf('sshd')) && (await pathOf('ssh-keygen'))) return true;
  if (process.env.STOCKBRIDGE_REQUIRE === 'all') throw new Error(MISSING);
  process.stderr.write(`\n${'!'.repeat(8)} ${MISSING}\n\n`);
  return false;
}

/** Starts a server and resolves when it answers; throws when no binary is found. */
export async function startOpenSsh(): Promise<TestOpenSsh> {
  const sshd = await pathOf('sshd');
  const keygen = await pathOf('ssh-keygen');
  if (!sshd || !keygen) throw new Error(MISSING);
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-sshd-'));
  const root = join(directory, 'files');
  const { username: user, uid } = userInfo();
  await mkdir(root);
  // As root it insists on the folder that its service would have made at boot.
  if (uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  await newKey(keygen, join(directory, 'user'));
  const port = await freePort();
  const configuration = join(directory, 'sshd_config');
  await writeFile(configuration, configurationOf({ directory, root, user, port }));
  let hostKey = await newKey(keygen, join(directory, 'host'));
  let server = await launch(sshd, configuration, port);
  const end = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGTERM');
    await exited;
  };
  return {
    host: HOST,
    port,
    user,
    privateKey: await readFile(join(directory, 'user'), 'utf8'),
    hostKey: () => hostKey,
    root,
    changeHostKey: async () => {
      await end();
      await rm(join(directory, 'host'));
      hostKey = await newKey(keygen, join(directory, 'host'));
      server = await launch(sshd, configuration, port);
      return hostKey;
    },
    stop: async () => {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly directory: string;
  readonly root: string;
  readonly user: string;
  readonly port: number;
}

const configurationOf = ({ directory, root, user, port }: Parts): string =>
  [
    `Port ${port}`,
    `ListenAddress ${HOST}`,
    `HostKey ${join(directory, 'host')}`,
    `PidFile ${join(directory, 'sshd.pid')}`,
    `AuthorizedKeysFile ${join(directory, 'user.pub')}`,
    'UsePAM no',
    // The folder of a test is often below one that others may write to.
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `AllowUsers ${user}`,
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    `ForceCommand internal-sftp -d ${root}`,
    '',
  ].join('\n');

/** Answers the fingerprint of the new key. */
async function newKey(keygen: string, path: string): Promise<string> {
  await rm(`${path}.pub`, { force: true });
  await run(keygen, ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', path]);
  const [, key = ''] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
  const hash = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
  return `SHA256:${hash.replace(/=+$/, '')}`;
}

async function launch(sshd: string, configuration: string, port: number): Promise<ChildProcess> {
  let said = '';
  const server = spawn(sshd, ['-D', '-e', '-f', configuration], { stdio: ['ignore', 'ignore', 'pipe'] });
  server.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-2000);
  });
  process.once('exit', () => server.kill('SIGKILL'));
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`sshd ended with ${server.exitCode}: ${said}`);
    if (await answers(port)) return server;
    await sleep(50);
  }
  server.kill('SIGKILL');
  throw new Error(`sshd did not answer on port ${port}: ${said}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, HOST);
  try {
    await once(socket, 'data');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** sshd wants to be started by its whole path, and is often in a folder that PATH of a user leaves out. */
async function pathOf(name: string): Promise<string | undefined> {
  for (const directory of [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(directory, name);
    const executable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return path;
  }
  return undefined;
}
