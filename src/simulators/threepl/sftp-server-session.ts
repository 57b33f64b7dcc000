// Answers the requests of one SFTP session from the tree, in the order they came, and misbehaves where it is told to.
import { constants } from 'node:fs';
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2';
import {
  absolute,
  type FileTree,
  STATUS,
  type Status,
  type Stored,
  type StoredFile,
} from './sftp-server-files.ts';

export type Operation = 'list' | 'read' | 'write' | 'rename' | 'remove' | 'makeFolder' | 'stat';

/** What goes wrong from now on; whatever is left out goes right again. */
export interface SftpFaults {
  /** Once so many bytes of files were read, the connection drops, once. */
  readonly dropAfterReadBytes?: number;
  /** Once so many bytes of files were written, the connection drops, once. */
  readonly dropAfterWrittenBytes?: number;
  /** The next rename is done, and the connection drops before its answer, once. */
  readonly dropAfterRename?: boolean;
  /** A read answers at most so many bytes. */
  readonly shortReadBytes?: number;
  /** A read answers so many bytes, whatever was asked for: beyond 256 KiB no client can take it. */
  readonly floodBytes?: number;
  /** The plain rename replaces an existing file without a word, as some servers do. */
  readonly renameReplaces?: boolean;
  /** Every answer is this late. */
  readonly delayMs?: number;
  /** Answered with “permission denied”, under these paths. */
  readonly deny?: readonly { readonly operation: Operation; readonly under: string }[];
  /** Times of files go in steps, as on file systems of old. Default 1. */
  readonly timeStepSeconds?: number;
  /** The extension that renames over an existing file. Default true; read when a session starts. */
  readonly posixRename?: boolean;
  readonly refuseSignIn?: boolean;
  /** A client that says goodbye is answered with a reset. */
  readonly resetOnEnd?: boolean;
}

/** The faults of one server, and what is left of those that strike once. */
export interface FaultState {
  current: SftpFaults;
  readBytes: number;
  writtenBytes: number;
}

interface SessionParts {
  readonly tree: FileTree;
  readonly faults: FaultState;
  readonly now: () => number;
  readonly drop: () => void;
}

type Handle =
  | { readonly kind: 'file'; readonly path: string; readonly file: StoredFile; readonly append: boolean }
  | { readonly kind: 'folder'; names: string[]; readonly path: string };

const OPEN = { write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;
const NAMES_AT_ONCE = 100;
const POSIX_RENAME = 'posix-rename@openssh.com';

/** Serves a session until its connection ends. */
export function serveSession(sftp: SFTPWrapper, { tree, faults, now, drop }: SessionParts): void {
  const handles = new Map<number, Handle>();
  let lastHandle = 0;
  let dropped = false;
  const cut = (): undefined => {
    dropped = true;
    drop();
  };
  announce(sftp, faults.current.posixRename ?? true);

  // Answers leave in the order of the questions even when each is late.
  let last: Promise<void> = Promise.resolve();
  const answer = (work: () => void): void => {
    last = last.then(async () => {
      const { delayMs } = faults.current;
      if (delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (!dropped) work();
    });
  };
  const denied = (operation: Operation, path: string): boolean =>
    (faults.current.deny ?? []).some(
      (rule) => rule.operation === operation && `${absolute(path)}/`.startsWith(`${absolute(rule.under)}/`),
    );
  /** Unless it is denied, does the work and says how it went. */
  const say = (id: number, operation: Operation, path: string, work: () => Status): void =>
    answer(() => {
      const status = denied(operation, path) ? STATUS.denied : work();
      if (!dropped) sftp.status(id, status);
    });
  const handleOf = (raw: Buffer): Handle | undefined =>
    raw.length === 4 ? handles.get(raw.readUInt32BE(0)) : undefined;
  const give = (id: number, handle: Handle): void => {
    lastHandle += 1;
    handles.set(lastHandle, handle);
    const raw = Buffer.alloc(4);
    raw.writeUInt32BE(lastHandle);
    sftp.handle(id, raw);
  };
  const attributes = (id: number, path: string, stored: Stored | undefined): void => {
    if (denied('stat', path)) sftp.status(id, STATUS.denied);
    else if (!stored) sftp.status(id, STATUS.missing);
    else sftp.attrs(id, attributesOf(stored, faults.current));
  };

  sftp.on('OPEN', (id, path, flags) =>
    answer(() => {
      const writes = (flags & OPEN.write) !== 0;
      if (denied(writes ? 'write' : 'read', path)) return sftp.status(id, STATUS.denied);
      const found = tree.at(path);
      if (found && (flags & OPEN.exclusive) !== 0) return sftp.status(id, STATUS.failure);
      const opened = (flags & OPEN.create) !== 0 ? tree.create(path) : (found ?? STATUS.missing);
      if (typeof opened === 'number') return sftp.status(id, opened);
      if (opened.kind !== 'file') return sftp.status(id, STATUS.failure);
      if ((flags & OPEN.truncate) !== 0) {
        opened.bytes = Buffer.alloc(0);
        opened.modifiedAtMs = now();
      }
      give(id, { kind: 'file', path, file: opened, append: (flags & OPEN.append) !== 0 });
    }),
  );
  sftp.on('READ', (id, raw, offset, length) =>
    answer(() => {
      const handle = handleOf(raw);
      if (handle?.kind !== 'file') return sftp.status(id, STATUS.failure);
      const end = offset + Math.min(length, faults.current.shortReadBytes ?? length);
      const bytes = handle.file.bytes.subarray(offset, end);
      faults.readBytes += bytes.length;
      if (faults.readBytes >= (faults.current.dropAfterReadBytes ?? Number.POSITIVE_INFINITY)) {
        faults.current = { ...faults.current, dropAfterReadBytes: Number.POSITIVE_INFINITY };
        return cut();
      }
      const { floodBytes } = faults.current;
      if (floodBytes !== undefined) sftp.data(id, Buffer.alloc(floodBytes));
      else if (bytes.length === 0) sftp.status(id, STATUS.end);
      else sftp.data(id, bytes);
    }),
  );
  sftp.on('WRITE', (id, raw, offset, bytes) =>
    answer(() => {
      const handle = handleOf(raw);
      if (handle?.kind !== 'file') return sftp.status(id, STATUS.failure);
      write(handle.file, handle.append ? handle.file.bytes.length : offset, bytes);
      handle.file.modifiedAtMs = now();
      faults.writtenBytes += bytes.length;
      if (faults.writtenBytes >= (faults.current.dropAfterWrittenBytes ?? Number.POSITIVE_INFINITY)) {
        faults.current = { ...faults.current, dropAfterWrittenBytes: Number.POSITIVE_INFINITY };
        return cut();
      }
      sftp.status(id, STATUS.ok);
    }),
  );
  sftp.on('CLOSE', (id, raw) =>
    answer(() => sftp.status(id, handles.delete(raw.readUInt32BE(0)) ? STATUS.ok : STATUS.failure)),
  );
  sftp.on('OPENDIR', (id, path) =>
    answer(() => {
      if (denied('list', path)) return sftp.status(id, STATUS.denied);
      const names = tree.names(path);
      if (names === undefined) sftp.status(id, STATUS.missing);
      else give(id, { kind: 'folder', path, names: ['.', '..', ...names] });
    }),
  );
  sftp.on('READDIR', (id, raw) =>
    answer(() => {
      const handle = handleOf(raw);
      if (handle?.kind !== 'folder') return sftp.status(id, STATUS.failure);
      const entries = handle.names
        .splice(0, NAMES_AT_ONCE)
        .flatMap((name) => entryOf(name, tree.at(`${handle.path}/${name}`, 'asLink'), faults.current));
      if (entries.length === 0) sftp.status(id, STATUS.end);
      else sftp.name(id, entries);
    }),
  );
  sftp.on('STAT', (id, path) => answer(() => attributes(id, path, tree.at(path))));
  sftp.on('LSTAT', (id, path) => answer(() => attributes(id, path, tree.at(path, 'asLink'))));
  sftp.on('FSTAT', (id, raw) =>
    answer(() => {
      const handle = handleOf(raw);
      if (handle?.kind === 'file') attributes(id, handle.path, handle.file);
      else sftp.status(id, STATUS.failure);
    }),
  );
  const change = (stored: Stored | undefined, { mtime }: Attributes): Status => {
    if (!stored) return STATUS.missing;
    if (typeof mtime === 'number') stored.modifiedAtMs = mtime * 1000;
    return STATUS.ok;
  };
  sftp.on('SETSTAT', (id, path, attrs) => say(id, 'write', path, () => change(tree.at(path), attrs)));
  sftp.on('FSETSTAT', (id, raw, attrs) =>
    answer(() => {
      const handle = handleOf(raw);
      sftp.status(id, handle?.kind === 'file' ? change(handle.file, attrs) : STATUS.failure);
    }),
  );
  sftp.on('MKDIR', (id, path) => say(id, 'makeFolder', path, () => tree.makeFolder(path)));
  sftp.on('RMDIR', (id, path) => say(id, 'remove', path, () => tree.removeFolder(path)));
  sftp.on('REMOVE', (id, path) => say(id, 'remove', path, () => tree.remove(path)));
  const rename = (id: number, from: string, to: string, over: boolean): void =>
    say(id, 'rename', from, () => {
      const status = denied('rename', to) ? STATUS.denied : tree.rename(from, to, over);
      if (faults.current.dropAfterRename === true) {
        faults.current = { ...faults.current, dropAfterRename: false };
        cut();
      }
      return status;
    });
  sftp.on('RENAME', (id, from, to) => rename(id, from, to, faults.current.renameReplaces === true));
  sftp.on('EXTENDED', (id, name, data) => {
    const [from, to] = name === POSIX_RENAME ? textsIn(data) : [];
    if (from === undefined || to === undefined || faults.current.posixRename === false) {
      answer(() => sftp.status(id, STATUS.unsupported));
    } else rename(id, from, to, true);
  });
  sftp.on('REALPATH', (id, path) =>
    answer(() => sftp.name(id, [{ filename: absolute(path), longname: absolute(path), attrs: EMPTY }])),
  );
}

function write(file: StoredFile, offset: number, bytes: Buffer): void {
  const size = Math.max(file.bytes.length, offset + bytes.length);
  // Room is doubled, so that a large file is not copied once for every piece of it.
  if (file.bytes.byteOffset !== 0 || file.bytes.buffer.byteLength < size) {
    const room = Buffer.from(new ArrayBuffer(Math.max(size * 2, 1024)));
    file.bytes.copy(room);
    file.bytes = room.subarray(0, file.bytes.length);
  }
  const whole = Buffer.from(file.bytes.buffer, 0, size);
  bytes.copy(whole, offset);
  file.bytes = whole;
}

const EMPTY: Attributes = { mode: 0, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };

function attributesOf(stored: Stored, { timeStepSeconds = 1 }: SftpFaults): Attributes {
  const kinds = { file: constants.S_IFREG, folder: constants.S_IFDIR, link: constants.S_IFLNK };
  const seconds = Math.floor(stored.modifiedAtMs / 1000 / timeStepSeconds) * timeStepSeconds;
  return {
    ...EMPTY,
    mode: kinds[stored.kind] | (stored.kind === 'folder' ? 0o755 : 0o644),
    size: stored.kind === 'file' ? stored.bytes.length : 0,
    atime: seconds,
    mtime: seconds,
  };
}

function entryOf(name: string, stored: Stored | undefined, faults: SftpFaults): FileEntry[] {
  if (!stored) return [];
  const attrs = attributesOf(stored, faults);
  const letter = { file: '-', folder: 'd', link: 'l' }[stored.kind];
  return [
    { filename: name, longname: `${letter}rw-r--r-- 1 edi edi ${attrs.size} Jan 1 00:00 ${name}`, attrs },
  ];
}

function textsIn(data: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at + 4 <= data.length; ) {
    const length = data.readUInt32BE(at);
    texts.push(data.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return texts;
}

/** The library's server cannot announce extensions: its greeting is replaced by one that does. */
function announce(sftp: SFTPWrapper, posixRename: boolean): void {
  if (!posixRename) return;
  const { _protocol: protocol } = sftp as unknown as {
    _protocol?: { channelData(id: number, data: Buffer): unknown };
  };
  if (typeof protocol?.channelData !== 'function') {
    throw new Error('this version of ssh2 hides the protocol: posix-rename cannot be announced');
  }
  const plain = protocol.channelData.bind(protocol);
  protocol.channelData = (id, data) => {
    protocol.channelData = plain;
    return plain(id, GREETING.subarray(4).equals(data.subarray(4)) || data[4] !== 2 ? data : GREETING);
  };
}

const GREETING = ((): Buffer => {
  const text = (value: string): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  };
  const body = Buffer.concat([Buffer.from([2, 0, 0, 0, 3]), text(POSIX_RENAME), text('1')]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
})();
