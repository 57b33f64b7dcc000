// Puts an export on disk whole or not at all: a reader never meets half a file, and a file of other content is not lost.
import { createHash, randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StockbridgeError } from '../../errors.ts';

export interface WrittenFile {
  readonly path: string;
  readonly outcome: 'written' | 'unchanged' | 'replaced';
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Writes `bytes` to `path` under a temporary name beside it, forces them to the disk, and then gives them the name.
 * The same content again changes nothing; other content stands unless `overwrite`.
 * @throws StockbridgeError `content_invalid` when other content stands there, or the folder cannot be written.
 */
export async function writeExport(
  path: string,
  bytes: Uint8Array,
  options: { readonly overwrite?: boolean } = {},
): Promise<WrittenFile> {
  const overwrite = options.overwrite ?? false;
  try {
    const file = { path, bytes: bytes.byteLength, sha256: sha256Of(bytes) };
    const present = await contentAt(path);
    if (present?.equals(bytes)) return { ...file, outcome: 'unchanged' };
    if (present && !overwrite) throw otherContent(path);
    await putInPlace(path, bytes, overwrite);
    return { ...file, outcome: present ? 'replaced' : 'written' };
  } catch (error) {
    throw asRefusal(path, error);
  }
}

/** True when other content stands at `path`, which `writeExport` would leave. @throws StockbridgeError as `writeExport` does. */
export async function isTaken(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const present = await contentAt(path);
    return present !== undefined && !present.equals(bytes);
  } catch (error) {
    throw asRefusal(path, error);
  }
}

async function contentAt(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function putInPlace(path: string, bytes: Uint8Array, overwrite: boolean): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}.part`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (overwrite) await rename(temporary, path);
    else await nameNew(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(path));
}

/** A link fails where a rename would replace what another process put there since we looked. */
async function nameNew(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw otherContent(path);
    // Some file systems, such as those of memory cards and network shares, know no links.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(codeOf(error) ?? '')) throw error;
    await rename(temporary, path);
  }
}

/** The name itself must outlive a power cut; Windows keeps it without being asked and opens no folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

const otherContent = (path: string): StockbridgeError =>
  new StockbridgeError(
    'content_invalid',
    `${path} is there with other content; name another file, or say --overwrite`,
  );

function asRefusal(path: string, error: unknown): unknown {
  const reasons: Readonly<Record<string, string>> = {
    EISDIR: 'is a folder',
    ENOENT: 'lies in a folder that does not exist',
    ENOTDIR: 'lies in something that is no folder',
    EACCES: 'may not be written',
    EROFS: 'lies on a disk that may not be written',
    ENOSPC: 'does not fit on the disk',
    ENAMETOOLONG: 'has too long a name',
  };
  const reason = reasons[codeOf(error) ?? ''];
  return reason ? new StockbridgeError('content_invalid', `${path} ${reason}`, { cause: error }) : error;
}
