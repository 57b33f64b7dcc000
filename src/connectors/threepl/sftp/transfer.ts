// How the contents of folders and files cross the line: in pieces, from front to back, each piece with its own limit
// of time. It opens and closes nothing.
import { constants } from 'node:fs';
import type { FileEntry, SFTPWrapper } from 'ssh2';
import { unreachable } from './failure.ts';

export interface ListedFile {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** By the server's clock, in milliseconds since 1970; servers keep seconds, some of them only even ones. */
  readonly modifiedAtMs: number;
}

export interface Listing {
  readonly entries: readonly ListedFile[];
  /** The folder holds more than was asked for. */
  readonly more: boolean;
}

export type FileState = Omit<ListedFile, 'name'>;

/** Bytes asked for at once; a larger transfer is many of these, each with its own limit of time. */
const CHUNK_BYTES = 256 * 1024;
/** A transfer may take so many times the limit of one operation, or a server that drips would hold us for ever. */
const TRANSFER_TIMEOUTS = 30;

export type Done<T> = (error: Error | null | undefined, value: T) => void;
/** Asks the server one thing; `what` says it in errors. */
export type Ask = <T>(what: string, start: (sftp: SFTPWrapper, done: Done<T>) => void) => Promise<T>;

/** All batches of a folder’s entries, up to `most`. */
export async function listed(ask: Ask, handle: Buffer, what: string, most: number): Promise<Listing> {
  const entries: ListedFile[] = [];
  for (;;) {
    const batch = await ask<FileEntry[] | undefined>(what, (server, done) =>
      server.readdir(handle, (error, list) => (isEnd(error) ? done(null, undefined) : done(error, list))),
    );
    if (batch === undefined) return { entries, more: false };
    for (const { filename, longname, attrs } of batch) {
      if (filename === '.' || filename === '..') continue;
      if (entries.length >= most) return { entries, more: true };
      entries.push({ name: filename, ...stateOf(attrs, longname) });
    }
  }
}

/** A file from front to back; at most one byte more than `size`. */
export async function readAll(ask: Ask, handle: Buffer, what: string, size: number, timeoutMs: number) {
  // One byte more than expected is room enough to notice that the file has grown.
  const buffer = Buffer.alloc(size + 1);
  const until = Date.now() + timeoutMs * TRANSFER_TIMEOUTS;
  let filled = 0;
  while (filled < buffer.length) {
    if (Date.now() > until) throw unreachable(`${what}: it takes too long`);
    const length = Math.min(CHUNK_BYTES, buffer.length - filled);
    const received = await ask<number>(what, (server, done) =>
      server.read(handle, buffer, filled, length, filled, (error, bytes) =>
        isEnd(error) ? done(null, 0) : done(error, bytes),
      ),
    );
    if (received === 0) break;
    filled += received;
  }
  return buffer.subarray(0, filled);
}

/** Whole bytes from front to back. */
export async function writeAll(ask: Ask, handle: Buffer, what: string, bytes: Buffer, timeoutMs: number) {
  const until = Date.now() + timeoutMs * TRANSFER_TIMEOUTS;
  for (let sent = 0; sent < bytes.length; sent += CHUNK_BYTES) {
    if (Date.now() > until) throw unreachable(`${what}: it takes too long`);
    const length = Math.min(CHUNK_BYTES, bytes.length - sent);
    await ask<unknown>(what, (server, done) =>
      server.write(handle, bytes, sent, length, sent, (error) => done(error, 0)),
    );
  }
}

const isEnd = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 1;

type Attributes = { readonly mode?: number; readonly size?: number; readonly mtime?: number };

/** What a file is, from its mode; a few servers send none, and then the first letter of their listing tells. */
export function stateOf({ mode, size, mtime }: Attributes, longname = ''): FileState {
  const kinds: Readonly<Record<number, ListedFile['kind']>> = {
    [constants.S_IFREG]: 'file',
    [constants.S_IFDIR]: 'folder',
    [constants.S_IFLNK]: 'link',
  };
  const letters: Readonly<Record<string, ListedFile['kind']>> = { '-': 'file', d: 'folder', l: 'link' };
  const format = (mode ?? 0) & constants.S_IFMT;
  const kind = format === 0 ? letters[longname.charAt(0)] : kinds[format];
  return { kind: kind ?? 'other', size: size ?? -1, modifiedAtMs: (mtime ?? 0) * 1000 };
}
