// The files of the simulated SFTP server, in memory: a tree that behaves like a POSIX file system as far as the protocol
// shows it. What is being written is visible at once, half as it is, as on a real server.
import { posix } from 'node:path';

export interface StoredFile {
  readonly kind: 'file';
  bytes: Buffer;
  /** Milliseconds since 1970. */
  modifiedAtMs: number;
}
export interface StoredFolder {
  readonly kind: 'folder';
  modifiedAtMs: number;
}
export interface StoredLink {
  readonly kind: 'link';
  readonly target: string;
  modifiedAtMs: number;
}
export type Stored = StoredFile | StoredFolder | StoredLink;

/** Answers of the protocol, draft 3. */
export const STATUS = { ok: 0, end: 1, missing: 2, denied: 3, failure: 4, unsupported: 8 } as const;
export type Status = (typeof STATUS)[keyof typeof STATUS];

/** Paths are absolute inside the tree; `..` never leads out of it. */
export const absolute = (path: string): string => posix.resolve('/', path);

export interface FileTree {
  /** What stands at a path; links are followed unless `asLink`. */
  at(path: string, asLink?: 'asLink'): Stored | undefined;
  /** Names in a folder, in no order a client may rely on; undefined when it is no folder. */
  names(folder: string): string[] | undefined;
  /** An empty file, or the one that is there. */
  create(path: string): StoredFile | Status;
  makeFolder(path: string): Status;
  remove(path: string): Status;
  removeFolder(path: string): Status;
  /** Refused on an existing target unless `over`. */
  rename(from: string, to: string, over: boolean): Status;
  /** Puts a whole file there as a local process of the warehouse would, with its folders. */
  put(path: string, bytes: Buffer, modifiedAtMs?: number): void;
  link(path: string, target: string): void;
  /** Every file by path. */
  files(): ReadonlyMap<string, Buffer>;
}

/** An empty tree; `now` dates what is written. */
export function startFileTree(now: () => number): FileTree {
  const tree = new Map<string, Stored>([['/', { kind: 'folder', modifiedAtMs: now() }]]);
  const at = (path: string, asLink?: 'asLink'): Stored | undefined => {
    const found = tree.get(absolute(path));
    return found?.kind === 'link' && asLink === undefined ? tree.get(absolute(found.target)) : found;
  };
  const isFolder = (path: string): boolean => at(path)?.kind === 'folder';
  const parent = (path: string): string => posix.dirname(absolute(path));
  const within = (folder: string): string[] => {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return [...tree.keys()].filter((path) => path !== '/' && path.startsWith(prefix));
  };
  const makeFolders = (path: string): void => {
    if (path !== '/') makeFolders(posix.dirname(path));
    if (!tree.has(path)) tree.set(path, { kind: 'folder', modifiedAtMs: now() });
  };
  return {
    at,
    names: (folder) => {
      const path = absolute(folder);
      return isFolder(path)
        ? within(path)
            .filter((each) => posix.dirname(each) === path)
            .map((each) => posix.basename(each))
        : undefined;
    },
    create: (path) => {
      if (!isFolder(parent(path))) return STATUS.missing;
      const found = at(path);
      if (found?.kind === 'folder' || found?.kind === 'link') return STATUS.failure;
      const file: StoredFile = found ?? { kind: 'file', bytes: Buffer.alloc(0), modifiedAtMs: now() };
      if (!found) tree.set(absolute(path), file);
      return file;
    },
    makeFolder: (path) => {
      if (!isFolder(parent(path))) return STATUS.missing;
      if (tree.has(absolute(path))) return STATUS.failure;
      tree.set(absolute(path), { kind: 'folder', modifiedAtMs: now() });
      return STATUS.ok;
    },
    remove: (path) => {
      const found = at(path, 'asLink');
      if (!found) return STATUS.missing;
      if (found.kind === 'folder') return STATUS.failure;
      tree.delete(absolute(path));
      return STATUS.ok;
    },
    removeFolder: (path) => {
      if (!isFolder(path)) return STATUS.missing;
      if (within(absolute(path)).length > 0) return STATUS.failure;
      tree.delete(absolute(path));
      return STATUS.ok;
    },
    rename: (from, to, over) => {
      const found = tree.get(absolute(from));
      if (!found || !isFolder(parent(to))) return STATUS.missing;
      const target = tree.get(absolute(to));
      if (target && (!over || target.kind === 'folder')) return STATUS.failure;
      for (const path of within(absolute(from))) {
        const moved = tree.get(path);
        tree.delete(path);
        if (moved) tree.set(`${absolute(to)}${path.slice(absolute(from).length)}`, moved);
      }
      tree.delete(absolute(from));
      tree.set(absolute(to), found);
      return STATUS.ok;
    },
    put: (path, bytes, modifiedAtMs = now()) => {
      makeFolders(parent(path));
      tree.set(absolute(path), { kind: 'file', bytes: Buffer.from(bytes), modifiedAtMs });
    },
    link: (path, target) => {
      makeFolders(parent(path));
      tree.set(absolute(path), { kind: 'link', target, modifiedAtMs: now() });
    },
    files: () =>
      new Map([...tree].flatMap(([path, stored]) => (stored.kind === 'file' ? [[path, stored.bytes]] : []))),
  };
}
