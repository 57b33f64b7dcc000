// Opens an SSH connection to the one server whose key was pinned, and signs in once. It never trusts a key by itself,
// never sends a password to a server it does not know, and never offers a refused password a second time.
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { AuthenticationType, AuthHandlerMiddleware, SFTPWrapper } from 'ssh2';
import SftpClient from 'ssh2-sftp-client';
import { StockbridgeError } from '../../../core/errors.ts';
import type { Transport } from '../profile/transport-settings.ts';
import { unreachable } from './failure.ts';

export interface SignedIn {
  readonly sftp: SFTPWrapper;
  readonly client: SftpClient;
  readonly socket: Socket;
}

/** The order is ours and fixed: a library that preferred another kind of key one day would look like a changed server. */
const HOST_KEYS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;
const KEEPALIVE_MS = 15_000;
const KEEPALIVES_MISSED = 3;

/** Fingerprint of a host key as `ssh-keygen -l` prints it: `SHA256:` and 43 characters. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

export const addressOf = ({ host, port }: Transport): string => `${host}:${port}`;

/**
 * Fingerprint of the key the server presents now; nothing is sent that names us, and nobody signs in.
 * For a person who compares it with what the partner said. @throws StockbridgeError partner_unreachable.
 */
export async function presentedHostKey(transport: Transport): Promise<string> {
  let presented: string | undefined;
  const opened = shake(transport, () => undefined, {
    hostVerifier: (key: Buffer) => {
      presented = fingerprintOf(key);
      return false;
    },
  });
  await opened.catch(() => undefined);
  if (presented === undefined) throw unreachable(`${addressOf(transport)} shows no host key`);
  return presented;
}

/**
 * Connects, checks the pinned key, signs in. `onLost` hears of a connection that ends later, also while idle.
 * @throws StockbridgeError host_key_unknown (no pin), host_key_changed, sign_in_refused, partner_unreachable.
 */
export async function signIn(transport: Transport, onLost: () => void): Promise<SignedIn> {
  const { hostKey, user, privateKey, passphrase, password } = transport;
  const address = addressOf(transport);
  if (hostKey === undefined) {
    throw new StockbridgeError('host_key_unknown', `no host key is pinned for ${address}`);
  }
  let stranger: string | undefined;
  let keyAccepted = false;
  try {
    return await shake(transport, onLost, {
      username: user,
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      ...(password === undefined ? {} : { password, tryKeyboard: true }),
      authHandler: eachMethodOnce(transport),
      hostVerifier: (key: Buffer) => {
        keyAccepted = fingerprintOf(key) === hostKey;
        if (!keyAccepted) stranger = `${fingerprintOf(key)} (${kindOf(key)})`;
        return keyAccepted;
      },
    });
  } catch (error) {
    if (stranger !== undefined) {
      throw new StockbridgeError(
        'host_key_changed',
        `${address} presents ${stranger}, but ${hostKey} is pinned`,
      );
    }
    throw refusalOf(error, address) ?? unreachable(`${address} cannot be reached: ${reasonOf(error)}`);
  }
}

type Handshake = Omit<SftpClient.ConnectOptions, 'host' | 'port' | 'sock'>;

async function shake(transport: Transport, onLost: () => void, options: Handshake): Promise<SignedIn> {
  const timeoutMs = transport.timeoutSeconds * 1000;
  // The socket is ours, so that it can be closed for certain whatever state the library is in.
  const socket = connect({ host: transport.host, port: transport.port });
  socket.setNoDelay(true);
  // Listeners from the start: without them an error while nothing is asked would end the process.
  const client = new SftpClient('sftp', { error: onLost, end: onLost, close: onLost });
  if (transport.password !== undefined) client.on('keyboard-interactive', answerOnce(transport.password));
  const timer = setTimeout(() => socket.destroy(new Error('timeout')), timeoutMs);
  try {
    const sftp = await client.connect({
      username: 'nobody',
      ...options,
      sock: socket,
      readyTimeout: timeoutMs,
      keepaliveInterval: KEEPALIVE_MS,
      keepaliveCountMax: KEEPALIVES_MISSED,
      algorithms: { serverHostKey: [...HOST_KEYS] },
    });
    sftp.on('error', onLost);
    sftp.on('close', onLost);
    socket.on('close', onLost);
    return { sftp, client, socket };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Key first, then the password by the one way the server offers; a refused method is never tried again. */
function eachMethodOnce({ privateKey, password }: Transport): AuthHandlerMiddleware {
  const wanted: AuthenticationType[][] = [
    ...(privateKey === undefined ? [] : [['publickey'] as AuthenticationType[]]),
    ...(password === undefined ? [] : [['password', 'keyboard-interactive'] as AuthenticationType[]]),
  ];
  let asked = false;
  return (offered: AuthenticationType[] | null, _partial, next) => {
    // What the server accepts is learnt by asking with nothing, so that no secret is sent where it cannot help.
    if (!asked) {
      asked = true;
      next('none');
      return;
    }
    const usable = (ways: readonly AuthenticationType[]) =>
      ways.find((way) => offered?.includes(way) ?? true);
    const index = wanted.findIndex((ways) => usable(ways) !== undefined);
    const [ways] = index < 0 ? [] : wanted.splice(index, 1);
    const way = ways && usable(ways);
    // `false` ends the attempt; the type of the library does not know it.
    next(way ?? (false as never));
  };
}

type Prompt = { readonly prompt: string; readonly echo?: boolean };

function answerOnce(password: string) {
  let answered = false;
  return (
    _name: string,
    _instructions: string,
    _language: string,
    prompts: readonly Prompt[],
    finish: (answers: string[]) => void,
  ): void => {
    finish(
      prompts.map(({ echo }) => {
        if (answered || echo === true) return '';
        answered = true;
        return password;
      }),
    );
  };
}

/** The library has no codes for these: its words are the only sign. */
function refusalOf(error: unknown, address: string): StockbridgeError | undefined {
  const text = error instanceof Error ? error.message : '';
  if (/privateKey|passphrase|Encrypted private/i.test(text)) {
    return new StockbridgeError(
      'sign_in_refused',
      `the private key for ${address} cannot be read: wrong form, or wrong passphrase`,
    );
  }
  if (/authentication methods failed|Too many authentication/i.test(text)) {
    return new StockbridgeError('sign_in_refused', `${address} refuses to sign us in`);
  }
  return undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNRESET: 'it ended the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (error instanceof Error && /time|Timed out/i.test(error.message)) return 'it does not answer in time';
  return REASONS[code] ?? 'the connection broke before it was ready';
}

/** `ssh-ed25519` and the like, which the key says of itself; a partner may have quoted another of its keys. */
function kindOf(key: Buffer): string {
  const length = key.length < 4 ? 0 : key.readUInt32BE(0);
  const kind = key.toString('latin1', 4, 4 + Math.min(length, 40));
  return /^[a-z0-9@.-]+$/.test(kind) ? kind : 'unknown kind';
}
