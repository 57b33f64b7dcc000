// One session with a partner's server: a few whole operations, one at a time, each with its own limit of time.
// Reading and writing go from front to back: several reads at once have damaged files on some servers.
// It decides nothing about files, and after an error of the line it is dead and says so.
import type { SFTPWrapper, Stats } from 'ssh2';
import type { StockbridgeError } from '../../../core/errors.ts';
import type { Transport } from '../profile/transport-settings.ts';
import { answeredWith, isMissing, shown, unreachable } from './failure.ts';
import { addressOf, signIn } from './sign-in.ts';
import { type Done, type FileState, type Listing, listed, readAll, stateOf, writeAll } from './transfer.ts';

export { presentedHostKey } from './sign-in.ts';
export type { FileState, ListedFile, Listing } from './transfer.ts';

/**
 * Every operation throws StockbridgeError: partner_refused_file (with `details.status`) when the server answers no,
 * partner_unreachable when the line breaks or an answer takes longer than `timeoutSeconds`.
 */
export interface SftpSession {
  /** Entries of a folder, at most so many, in the server's order, without `.` and `..`. */
  list(folder: string, most: number): Promise<Listing>;
  /** What stands at the path now, links not followed; undefined when nothing does. */
  stat(path: string): Promise<FileState | undefined>;
  /** The bytes of a file from its start to its end, but not more than one beyond `size`. */
  read(path: string, size: number): Promise<Buffer>;
  /** Writes a whole file; whatever stood there is gone. */
  write(path: string, bytes: Buffer): Promise<void>;
  /** The protocol's own rename, which servers refuse (status 4) when the target exists. */
  rename(from: string, to: string): Promise<void>;
  /** Renames in one step, over an existing target too; `unsupported` where the server does not know how. */
  posixRename(from: string, to: string): Promise<'renamed' | 'unsupported'>;
  remove(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Says goodbye; never throws, whatever the server does with it. */
  end(): Promise<void>;
}

const END_MS = 2000;

/**
 * Opens a session; whoever opens it ends it.
 * @throws StockbridgeError host_key_unknown, host_key_changed, sign_in_refused, partner_unreachable.
 */
export async function openSession(transport: Transport): Promise<SftpSession> {
  const address = addressOf(transport);
  const timeoutMs = transport.timeoutSeconds * 1000;
  const waiting = new Set<(error: StockbridgeError) => void>();
  let lost: StockbridgeError | undefined;
  const lose = (error: StockbridgeError): void => {
    lost ??= error;
    for (const fail of [...waiting]) fail(lost);
  };
  const { sftp, client, socket } = await signIn(transport, () =>
    lose(unreachable(`${address} ended the connection`)),
  );

  const ask = <T>(what: string, start: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      if (lost) return reject(lost);
      const settle = (): void => {
        clearTimeout(timer);
        waiting.delete(fail);
      };
      const fail = (error: StockbridgeError): void => {
        settle();
        reject(error);
      };
      const timer = setTimeout(() => {
        lose(unreachable(`${what}: ${address} did not answer within ${timeoutMs} ms`));
        socket.destroy();
      }, timeoutMs);
      waiting.add(fail);
      start(sftp, (error, value) => {
        settle();
        if (error) reject(lost ?? answeredWith(error, what));
        else resolve(value);
      });
    });

  // One at a time: servers exist that mix up the answers to questions asked at once.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const closing = async <T>(handle: Buffer, what: string, work: Promise<T>): Promise<T> => {
    const close = () => ask<unknown>(what, (server, done) => server.close(handle, (error) => done(error, 0)));
    const result = await work.catch(async (error: unknown) => {
      if (!lost) await close().catch(() => undefined);
      throw error;
    });
    await close();
    return result;
  };
  const open = (path: string, flags: 'r' | 'w', what: string) =>
    ask<Buffer>(what, (server, done) => server.open(path, flags, done));

  return {
    list: (folder, most) =>
      inTurn(async () => {
        const what = `list ${shown(folder)}`;
        const handle = await ask<Buffer>(what, (server, done) => server.opendir(folder, done));
        return closing(handle, what, listed(ask, handle, what, most));
      }),
    stat: (path) =>
      inTurn(async () => {
        try {
          return stateOf(
            await ask<Stats>(`look at ${shown(path)}`, (server, done) => server.lstat(path, done)),
          );
        } catch (error) {
          if (isMissing(error)) return undefined;
          throw error;
        }
      }),
    read: (path, size) =>
      inTurn(async () => {
        const what = `read ${shown(path)}`;
        const handle = await open(path, 'r', what);
        return closing(handle, what, readAll(ask, handle, what, size, timeoutMs));
      }),
    write: (path, bytes) =>
      inTurn(async () => {
        const what = `write ${shown(path)}`;
        const handle = await open(path, 'w', what);
        await closing(handle, what, writeAll(ask, handle, what, bytes, timeoutMs));
      }),
    rename: (from, to) =>
      inTurn(() =>
        ask<void>(`rename ${shown(from)}`, (server, done) =>
          server.rename(from, to, (error) => done(error, undefined)),
        ),
      ),
    posixRename: (from, to) =>
      inTurn(() =>
        ask<'renamed' | 'unsupported'>(`rename ${shown(from)}`, (server, done) => {
          const answered = (error: (Error & { code?: unknown }) | null | undefined): void =>
            error?.code === 8 ? done(null, 'unsupported') : done(error, 'renamed');
          try {
            server.ext_openssh_rename(from, to, answered);
          } catch {
            // Thrown at once, before anything is sent, when the server did not announce it.
            done(null, 'unsupported');
          }
        }),
      ),
    remove: (path) =>
      inTurn(() =>
        ask<void>(`delete ${shown(path)}`, (server, done) =>
          server.unlink(path, (error) => done(error, undefined)),
        ),
      ),
    makeFolder: (path) =>
      inTurn(() =>
        ask<void>(`make folder ${shown(path)}`, (server, done) =>
          server.mkdir(path, (error) => done(error, undefined)),
        ),
      ),
    end: async () => {
      lose(unreachable(`the session with ${address} is over`));
      const timer = setTimeout(() => socket.destroy(), END_MS);
      // Some servers reset the connection instead of closing it; there is nothing left to lose.
      await Promise.race([
        client.end().catch(() => undefined),
        new Promise((resolve) => socket.once('close', resolve)),
      ]);
      clearTimeout(timer);
      socket.destroy();
    },
  };
}

const turns = new Map<string, Promise<unknown>>();

/**
 * Opens a session, does the work, ends the session whatever happens. Within this process one server is visited once at
 * a time: servers drop connections that come in a burst.
 */
export async function withSession<T>(
  transport: Transport,
  work: (session: SftpSession) => Promise<T>,
): Promise<T> {
  const host = addressOf(transport);
  const visit = async (): Promise<T> => {
    const session = await openSession(transport);
    try {
      return await work(session);
    } finally {
      await session.end();
    }
  };
  const mine = (turns.get(host) ?? Promise.resolve()).then(visit);
  const over = mine
    .catch(() => undefined)
    .then(() => {
      if (turns.get(host) === over) turns.delete(host);
    });
  turns.set(host, over);
  return mine;
}
