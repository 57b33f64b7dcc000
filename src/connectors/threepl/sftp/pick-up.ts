// Takes complete files from a partner's folder: read, compare, hand over to be stored, and only then tidy up there.
// It stores nothing itself, moves nothing before the caller has committed, and calls no half file a file.
import { hash } from 'node:crypto';
import { posix } from 'node:path';
import { StockbridgeError } from '../../../core/errors.ts';
import { type Instant, instantOf } from '../../../core/vocabulary/instant.ts';
import type { InboundFolder } from '../profile/transport-settings.ts';
import { isMissing, isRefusal, statusOf } from './failure.ts';
import { filesReady, type LeftFile, type ReadyFile, type SeenFiles } from './ready.ts';
import type { FileState, SftpSession } from './session.ts';

export interface TakenFile {
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  /** By the server's clock. */
  readonly modifiedAt: Instant;
  readonly bytes: Buffer;
}

/**
 * Commits a file, or says that these bytes are there already. What it throws ends the pick-up, and nothing is moved; but a
 * failure to reject leaves this one file where it is, and the next is taken.
 */
export type StoreFile = (file: TakenFile) => Promise<'stored' | 'duplicate'>;

/** What became of a file on the server; `pending` is tried again at the next look, without reading it again. */
type AfterTaken = 'archived' | 'deleted' | 'left' | 'gone' | 'changed' | 'pending';

export type PickedUpFile =
  | {
      readonly name: string;
      readonly outcome: 'stored' | 'duplicate';
      readonly bytes: number;
      readonly after: AfterTaken;
      readonly reason?: string;
    }
  | {
      /** Stored by a look before and unchanged since: it was only tidied away, or is to be. */
      readonly name: string;
      readonly outcome: 'taken';
      readonly after: AfterTaken;
      readonly reason?: string;
    }
  | { readonly name: string; readonly outcome: 'gone' | 'changing'; readonly reason: string }
  | LeftFile;

export interface PickUp {
  readonly files: readonly PickedUpFile[];
  /** The folder holds more entries than are looked at: somebody should clear it. */
  readonly more: boolean;
}

export interface PickUpOptions {
  /** A larger file is refused. */
  readonly largestFileBytes: number;
  /** Our clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

const MOST_ENTRIES = 50_000;
/** Servers keep times in steps of up to two seconds: only after that a second writing must show in the time. */
const TELLING_MS = 3000;
const COLLISIONS = 20;

/**
 * Looks at one folder and takes what is complete, file by file in order. `seen` is the caller's memory of this folder,
 * and is brought up to date here.
 * @throws StockbridgeError partner_unreachable when the line breaks; partner_refused_file when the folder cannot be
 * listed; and what `store` throws, unless it rejects the file. Files stored up to then stay stored; come again.
 */
export async function pickUp(
  session: SftpSession,
  folder: InboundFolder,
  seen: SeenFiles,
  store: StoreFile,
  { largestFileBytes, now = Date.now }: PickUpOptions,
): Promise<PickUp> {
  const { entries, more } = await session.list(folder.folder, MOST_ENTRIES);
  const readiness = filesReady(entries, folder, seen, { nowMs: now(), largestBytes: largestFileBytes });
  seen.clear();
  for (const [name, memory] of readiness.seen) seen.set(name, memory);
  const files: PickedUpFile[] = [...readiness.left];
  for (const file of readiness.ready) files.push(await take(session, folder, file, seen, store, now));
  return { files, more };
}

async function take(
  session: SftpSession,
  folder: InboundFolder,
  file: ReadyFile,
  seen: SeenFiles,
  store: StoreFile,
  now: () => number,
): Promise<PickedUpFile> {
  const { name } = file;
  if (file.taken) return { name, outcome: 'taken', ...(await tidied(session, folder, file, seen, now)) };
  const readAtMs = now();
  const read = await readWhole(session, pathIn(folder.folder, name), file).catch((error: unknown) => {
    if (isMissing(error)) return 'gone' as const;
    if (isRefusal(error)) return error;
    throw error;
  });
  if (read === 'gone') {
    seen.delete(name);
    return { name, outcome: 'gone', reason: 'somebody else took it' };
  }
  if (read === 'changing') {
    seen.delete(name);
    return { name, outcome: 'changing', reason: 'it changed while it was read' };
  }
  if (read instanceof StockbridgeError) return { name, outcome: 'refused', reason: read.message };
  const sha256 = hash('sha256', read);
  const memory = seen.get(name);
  // What a look before has stored is no second delivery, and is answered no second time.
  const isKnown = memory?.sha256 === sha256;
  const outcome = isKnown ? 'taken' : await stored(store, folder, file, read);
  if (outcome instanceof StockbridgeError) return { name, outcome: 'refused', reason: outcome.message };
  if (memory) seen.set(name, { ...memory, sha256, taken: readAtMs - memory.firstSeenAtMs >= TELLING_MS });
  const after = await tidied(session, folder, file, seen, now);
  return outcome === 'taken' ? { name, outcome, ...after } : { name, outcome, bytes: read.length, ...after };
}

/** What `store` answers, or why it will not have this file; whatever may be otherwise next time is thrown. */
async function stored(
  store: StoreFile,
  folder: InboundFolder,
  { name, modifiedAtMs }: ReadyFile,
  bytes: Buffer,
): Promise<'stored' | 'duplicate' | StockbridgeError> {
  try {
    return await store({
      ...{ folder: folder.folder, name, size: bytes.length, bytes },
      modifiedAt: instantOf(modifiedAtMs),
    });
  } catch (error) {
    if (error instanceof StockbridgeError && error.disposition === 'reject') return error;
    throw error;
  }
}

async function tidied(
  session: SftpSession,
  folder: InboundFolder,
  file: ReadyFile,
  seen: SeenFiles,
  now: () => number,
): Promise<{ readonly after: AfterTaken; readonly reason?: string }> {
  try {
    const after = await tidy(session, folder, file, now);
    // Whatever stands under the name from now on is another file.
    if (after !== 'left') seen.delete(file.name);
    return { after };
  } catch (error) {
    // The file is safe here; that the partner's folder is not tidy is no fault of the file.
    return {
      after: 'pending',
      reason: error instanceof StockbridgeError ? error.message : 'it could not be moved',
    };
  }
}

/** The bytes of the very file that was listed, whole; `changing` when it is not, or no longer, that file. */
async function readWhole(
  session: SftpSession,
  path: string,
  listed: FileState,
): Promise<Buffer | 'gone' | 'changing'> {
  const before = await session.stat(path);
  if (before === undefined) return 'gone';
  if (!isSame(before, listed)) return 'changing';
  const bytes = await session.read(path, listed.size);
  const after = await session.stat(path);
  if (after === undefined) return 'gone';
  return isSame(after, listed) && bytes.length === listed.size ? bytes : 'changing';
}

const isSame = (a: FileState, b: FileState): boolean =>
  a.kind === b.kind && a.size === b.size && a.modifiedAtMs === b.modifiedAtMs;

async function tidy(
  session: SftpSession,
  folder: InboundFolder,
  file: ReadyFile,
  now: () => number,
): Promise<'archived' | 'deleted' | 'left' | 'gone' | 'changed'> {
  if (folder.after === 'leave') return 'left';
  const path = pathIn(folder.folder, file.name);
  const current = await session.stat(path);
  if (current === undefined) return 'gone';
  // The partner may have put new content under the name meanwhile; it is not ours to move before it is read.
  if (!isSame(current, file)) return 'changed';
  // The mark goes first: left behind alone, it would call the next file of this name complete too early.
  for (const name of [...(file.doneFile === undefined ? [] : [file.doneFile]), file.name]) {
    if (folder.after === 'delete') await removed(session, pathIn(folder.folder, name));
    else {
      const archived = await archive(session, folder, name, now);
      if (archived === undefined && name === file.name) return 'gone';
      if (archived !== undefined && name === file.name && (await cameBack(session, archived, path, file))) {
        return 'changed';
      }
    }
  }
  return folder.after === 'delete' ? 'deleted' : 'archived';
}

async function removed(session: SftpSession, path: string): Promise<void> {
  await session.remove(path).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

/** Moves a file into the archive under a free name and answers its path there; undefined when the file is gone. */
async function archive(
  session: SftpSession,
  folder: InboundFolder,
  name: string,
  now: () => number,
): Promise<string | undefined> {
  const from = pathIn(folder.folder, name);
  const room = folder.archive.startsWith('/') ? folder.archive : posix.join(folder.folder, folder.archive);
  let made = false;
  let refusal: unknown;
  for (let attempt = 0; attempt < COLLISIONS; attempt += 1) {
    const to = pathIn(room, archiveName(name, attempt, now));
    // Asked before, because some servers rename over what is there.
    if ((await session.stat(to)) !== undefined) continue;
    try {
      await session.rename(from, to);
      return to;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if ((await session.stat(from)) === undefined) return undefined;
      // Some servers call a missing folder a failure, as they call a name that is taken.
      if (!made && (await session.stat(room)) === undefined) {
        await session.makeFolder(room).catch((cause: unknown) => {
          if (statusOf(cause) !== 4 && statusOf(cause) !== 11) throw cause;
        });
        made = true;
        attempt -= 1;
        continue;
      }
      if (statusOf(error) !== 4 && statusOf(error) !== 11) throw error;
      refusal = error;
    }
  }
  throw refusal ?? new StockbridgeError('partner_refused_file', 'the archive has no free name for the file');
}

/** `a.edi`, then `a.20261121T093000Z.edi`, then the same with a number. */
function archiveName(name: string, attempt: number, now: () => number): string {
  if (attempt === 0) return name;
  const stamp = new Date(now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const { name: stem, ext } = posix.parse(name);
  return `${stem}.${stamp}${attempt === 1 ? '' : `-${attempt}`}${ext}`;
}

/** True when what was moved is not what was read: the partner wrote at that very moment, and gets its file back. */
async function cameBack(
  session: SftpSession,
  archived: string,
  path: string,
  file: FileState,
): Promise<boolean> {
  const moved = await session.stat(archived);
  if (moved === undefined || isSame(moved, file)) return false;
  await session.rename(archived, path);
  return true;
}

const pathIn = (folder: string, name: string): string =>
  `${folder.replace(/(?<=.)\/+$/, '')}/${name}`.replace(/^\/\//, '/');
