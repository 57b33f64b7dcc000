// A warehouse's SFTP server on 127.0.0.1, real SSH with files in memory, for the simulator and for tests. It signs in the
// users it was given and nobody else, and can refuse, change its key, drop and delay.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AuthContext, Connection } from 'ssh2';
import ssh2 from 'ssh2';
import { newHostKey } from './host-key.ts';
import { type FileTree, startFileTree } from './sftp-server-files.ts';
import { type FaultState, type SftpFaults, serveSession } from './sftp-server-session.ts';

export type { SftpFaults } from './sftp-server-session.ts';

export interface SftpUser {
  readonly user: string;
  readonly password?: string;
  /** Lines as in `authorized_keys`. */
  readonly publicKeys?: readonly string[];
  /** How the password is asked for; default `password`. */
  readonly asks?: 'password' | 'keyboard-interactive';
}

export interface SftpServerOptions {
  readonly users: readonly SftpUser[];
  /** Private host key, OpenSSH or PEM; default a new one. */
  readonly hostKey?: string;
  /** 0, the default, picks a free port. */
  readonly port?: number;
  /** The server's clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

export interface SignInAttempt {
  readonly user: string;
  readonly method: string;
  readonly accepted: boolean;
}

export interface SftpServer {
  readonly host: string;
  readonly port: number;
  /** Fingerprint of the host key as `ssh-keygen -l` prints it. */
  hostKey(): string;
  /** From the next connection on; default a new key. Answers its fingerprint. */
  changeHostKey(privateKey?: string): string;
  /** Sets what goes wrong from now on; `{}` heals. Counts start again. */
  fail(faults: SftpFaults): void;
  /** Every offer of a key, password or answer so far; asking for the methods is none. */
  readonly signIns: readonly SignInAttempt[];
  readonly connections: () => number;
  /** Every file by path, with what it holds now. */
  files(): ReadonlyMap<string, Buffer>;
  /** A local process of the warehouse puts a whole file there; folders are made. */
  put(path: string, bytes: Buffer | string, modifiedAtMs?: number): void;
  link(path: string, target: string): void;
  makeFolder(path: string): void;
  /** False when there was no such file. */
  remove(path: string): boolean;
  /** Names in a folder, sorted. */
  list(folder: string): string[];
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a server; stop it when done. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const { users, now = Date.now } = options;
  const tree = startFileTree(now);
  const faults: FaultState = { current: {}, readBytes: 0, writtenBytes: 0 };
  const signIns: SignInAttempt[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let hostKey = options.hostKey ?? newHostKey();

  const listener = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    // Small answers wait for nothing: else each piece of a file would cost an acknowledgement’s delay.
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    // One protocol server per connection, so that the host key may differ from one to the next.
    const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) =>
      serveClient(client, { users, faults, signIns, tree, now, socket }),
    );
    server.injectSocket(socket);
  });
  listener.listen(options.port ?? 0, HOST);
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');

  return {
    host: HOST,
    port: address.port,
    hostKey: () => fingerprintOf(hostKey),
    changeHostKey: (privateKey = newHostKey()) => {
      hostKey = privateKey;
      return fingerprintOf(hostKey);
    },
    fail: (next) => {
      faults.current = next;
      faults.readBytes = 0;
      faults.writtenBytes = 0;
    },
    signIns,
    connections: () => connections,
    files: () => tree.files(),
    put: (path, bytes, modifiedAtMs) => tree.put(path, Buffer.from(bytes), modifiedAtMs),
    link: (path, target) => tree.link(path, target),
    makeFolder: (path) => void tree.makeFolder(path),
    remove: (path) => tree.remove(path) === 0,
    list: (folder) => (tree.names(folder) ?? []).toSorted(),
    stop: async () => {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface ClientParts {
  readonly users: readonly SftpUser[];
  readonly faults: FaultState;
  readonly signIns: SignInAttempt[];
  readonly tree: FileTree;
  readonly now: () => number;
  readonly socket: Socket;
}

function serveClient(client: Connection, { users, faults, signIns, tree, now, socket }: ClientParts): void {
  client.on('error', () => undefined);
  client.on('end', () => {
    if (faults.current.resetOnEnd === true) socket.resetAndDestroy();
  });
  client.on('authentication', (context) => {
    const user = users.find((each) => each.user === context.username);
    void isWho(context, user).then((accepted) => {
      const allowed = accepted && faults.current.refuseSignIn !== true;
      if (context.method !== 'none') {
        // A key is first shown without a signature; only the signed one is an offer.
        const asks = context.method === 'publickey' && context.signature === undefined;
        if (!asks) signIns.push({ user: context.username, method: context.method, accepted: allowed });
      }
      if (allowed) context.accept();
      else context.reject(['publickey', user?.asks ?? 'password']);
    });
  });
  client.on('session', (accept) => {
    const session = accept();
    session.on('sftp', (acceptSftp) =>
      serveSession(acceptSftp(), { tree, faults, now, drop: () => socket.destroy() }),
    );
  });
}

async function isWho(context: AuthContext, user: SftpUser | undefined): Promise<boolean> {
  if (!user) return false;
  switch (context.method) {
    case 'password':
      return user.asks !== 'keyboard-interactive' && isEqual(context.password, user.password);
    case 'keyboard-interactive': {
      if (user.asks !== 'keyboard-interactive') return false;
      const [answer] = await new Promise<string[]>((resolve) =>
        context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => resolve(answers)),
      );
      return isEqual(answer, user.password);
    }
    case 'publickey':
      return (user.publicKeys ?? []).some((line) => {
        const known = ssh2.utils.parseKey(line);
        if (known instanceof Error || !known.getPublicSSH().equals(context.key.data)) return false;
        if (context.signature === undefined || context.blob === undefined) return true;
        return known.verify(context.blob, context.signature, context.hashAlgo) === true;
      });
    default:
      return false;
  }
}

function isEqual(given: string | undefined, wanted: string | undefined): boolean {
  if (given === undefined || wanted === undefined) return false;
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

function fingerprintOf(privateKey: string): string {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw new Error('the host key cannot be read');
  return `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;
}
