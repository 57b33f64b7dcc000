// Puts one file into a partner's folder so that the partner never sees half of it: written under another name,
// measured, renamed. It overwrites nothing but its own unfinished attempts. The caller lets one drop-off of a name run
// at a time, and after a failure comes again with the same name and bytes.
import { createHash } from 'node:crypto';
import { StockbridgeError } from '../../../core/errors.ts';
import type { OutboundFolder } from '../profile/transport-settings.ts';
import { isRefusal, refused, shown, statusOf, unreachable } from './failure.ts';
import { refusalOfName } from './ready.ts';
import type { SftpSession } from './session.ts';

export interface OutgoingFile {
  readonly name: string;
  readonly bytes: Buffer;
}

export interface DroppedOff {
  /** `present`: an earlier attempt had arrived, and only its answer was lost. */
  readonly outcome: 'delivered' | 'present';
  readonly path: string;
  /** How we know that it is our file: by its content, or only by its size, where we may not read. */
  readonly verified: 'content' | 'size';
}

/**
 * Delivers a file.
 * @throws StockbridgeError content_invalid when the name cannot be a file's; partner_refused_file when another file
 * stands under the name, or the server refuses; partner_unreachable when the line breaks: the outcome is then found
 * out by calling again.
 */
export async function dropOff(
  session: SftpSession,
  { folder, temporary }: Pick<OutboundFolder, 'folder' | 'temporary'>,
  { name, bytes }: OutgoingFile,
): Promise<DroppedOff> {
  const refusal = refusalOfName(name);
  if (refusal !== undefined) {
    throw new StockbridgeError('content_invalid', `${shown(name)} cannot be sent: ${refusal}`);
  }
  const target = pathOf(folder, name);
  const present = await alreadyThere(session, target, bytes);
  if (present) return present;
  const unfinished = pathOf(folder, temporary.replaceAll('{name}', name));
  await session.write(unfinished, bytes);
  const written = await session.stat(unfinished);
  if (written?.size !== bytes.length) {
    throw unreachable(
      `${shown(unfinished)} has ${written?.size ?? 'no'} bytes, and ${bytes.length} were sent`,
    );
  }
  const racing = await renameInto(session, unfinished, target, bytes);
  if (racing) return racing;
  const arrived = await session.stat(target);
  // A partner that has taken it already is the best of all outcomes.
  if (arrived !== undefined && arrived.size !== bytes.length) {
    throw refused(`${shown(target)} has ${arrived.size} bytes, and ${bytes.length} were sent`);
  }
  return { outcome: 'delivered', path: target, verified: 'size' };
}

async function renameInto(
  session: SftpSession,
  from: string,
  to: string,
  bytes: Buffer,
): Promise<DroppedOff | undefined> {
  if ((await session.posixRename(from, to)) === 'renamed') return undefined;
  try {
    await session.rename(from, to);
    return undefined;
  } catch (error) {
    // Failed, or exists: only a look at the target tells which.
    const present = isRefusal(error) ? await alreadyThere(session, to, bytes) : undefined;
    if (present === undefined) throw error;
    await session.remove(from).catch(() => undefined);
    return present;
  }
}

/** Undefined when nothing stands there; throws when something else does. */
async function alreadyThere(
  session: SftpSession,
  path: string,
  bytes: Buffer,
): Promise<DroppedOff | undefined> {
  const there = await session.stat(path);
  if (there === undefined) return undefined;
  const other = refused(`another file stands at ${shown(path)}, and is not overwritten`);
  if (there.kind !== 'file' || there.size !== bytes.length) throw other;
  const read = await session.read(path, bytes.length).catch((error: unknown) => {
    // Many partners let us write and not read.
    if (statusOf(error) !== undefined) return undefined;
    throw error;
  });
  if (read !== undefined && hashOf(read) !== hashOf(bytes)) throw other;
  return { outcome: 'present', path, verified: read === undefined ? 'size' : 'content' };
}

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const pathOf = (folder: string, name: string): string =>
  name.startsWith('/') ? name : `${folder === '/' ? '' : folder.replace(/\/+$/, '')}/${name}`;
