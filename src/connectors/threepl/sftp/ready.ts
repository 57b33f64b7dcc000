// Which listed files are complete and in which order they are read. Pure: it looks at two listings and a clock given
// to it. A name is only ever compared; it is refused when it could lead out of its folder.
import type { InboundFolder } from '../profile/transport-settings.ts';
import { nameMatch } from './name-pattern.ts';
import type { ListedFile } from './transfer.ts';

/** A file as the listings before have shown it. */
export interface SeenFile {
  readonly size: number;
  readonly modifiedAtMs: number;
  /** By our own clock: since when it is of this size and time. */
  readonly firstSeenAtMs: number;
  /** These bytes are stored already, and a second writing would have shown. */
  readonly taken: boolean;
  /** SHA-256 of the bytes that were stored last. */
  readonly sha256?: string;
}

/** What is remembered of one folder between two looks at it, by name. */
export type SeenFiles = Map<string, SeenFile>;

export interface ReadyFile extends ListedFile {
  /** The second file that says that this one is complete; moved or deleted before it. */
  readonly doneFile: string | undefined;
  /** It was read before and has not changed: it is only to be tidied away. */
  readonly taken: boolean;
}

export interface LeftFile {
  readonly name: string;
  readonly outcome: 'waiting' | 'refused' | 'later' | 'taken';
  readonly reason: string;
}

export interface Readiness {
  /** Complete, in the order in which they are to be read. */
  readonly ready: readonly ReadyFile[];
  /** Matching the pattern, but not read now, and why. */
  readonly left: readonly LeftFile[];
  /** The memory for the next look. */
  readonly seen: ReadonlyMap<string, SeenFile>;
}

const UNFINISHED = ['*.tmp', '*.part', '*.filepart', '.*'];
/** So many files are read in one go; the rest comes with the next look. */
export const MOST_FILES = 500;
const LONGEST_NAME_BYTES = 255;

/** Why a name must not be used in a path; undefined when it may. */
export function refusalOfName(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'it names no file';
  if (/[/\\]/.test(name)) return 'its name contains a slash';
  if (/\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    return 'its name contains control characters';
  }
  // The bytes were no UTF-8: what we would ask for is not what stands there.
  if (name.includes('\uFFFD') || !name.isWellFormed()) return 'its name is not UTF-8';
  if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return 'its name is too long';
  return undefined;
}

/**
 * Decides about one listing of a folder. `nowMs` is our clock in milliseconds since 1970, `largestBytes` the size
 * beyond which a file is refused. Nothing is remembered here: the caller keeps `seen` for the next look.
 */
export function filesReady(
  listing: readonly ListedFile[],
  folder: InboundFolder,
  before: ReadonlyMap<string, SeenFile>,
  { nowMs, largestBytes, most = MOST_FILES }: { nowMs: number; largestBytes: number; most?: number },
): Readiness {
  const names = new Map(listing.map(({ name }) => [name.toLowerCase(), name]));
  const doneFiles = doneFilesOf(listing, folder, names);
  const seen = new Map<string, SeenFile>();
  const left: LeftFile[] = [];
  const ready: ReadyFile[] = [];
  for (const file of listing) {
    const { name, kind } = file;
    if (kind === 'folder' || !nameMatch(folder.files, name) || isUnfinished(name)) continue;
    if (doneFiles.marks.has(name)) continue;
    const refusal = refusalOfName(name) ?? refusalOfFile(file, largestBytes);
    if (refusal !== undefined) {
      left.push({ name, outcome: 'refused', reason: refusal });
      continue;
    }
    const memory = remembered(file, before.get(name), nowMs);
    seen.set(name, memory);
    if (memory.taken && folder.after === 'leave') {
      left.push({ name, outcome: 'taken', reason: 'it was read before and has not changed' });
      continue;
    }
    const doneFile = doneFiles.byFile.get(name);
    const waits = memory.taken ? undefined : waitOf(folder, memory, doneFile, nowMs);
    if (waits === undefined) ready.push({ ...file, doneFile, taken: memory.taken });
    else left.push({ name, outcome: 'waiting', reason: waits });
  }
  // What was stored before comes after what is new: files that cannot be moved away keep nothing new from being read.
  const unread = inOrder(
    ready.filter(({ taken }) => !taken),
    folder.files,
  );
  const untidy = inOrder(
    ready.filter(({ taken }) => taken),
    folder.files,
  );
  const places = Math.max(0, most - unread.length);
  const reason = `more than ${most} files are ready`;
  return {
    ready: [...unread.slice(0, most), ...untidy.slice(0, places)],
    left: [
      ...left,
      ...unread.slice(most).map(({ name }): LeftFile => ({ name, outcome: 'later', reason })),
      ...untidy.slice(places).map(({ name }): LeftFile => ({ name, outcome: 'taken', reason })),
    ],
    seen,
  };
}

const isUnfinished = (name: string): boolean => UNFINISHED.some((pattern) => nameMatch(pattern, name));

function refusalOfFile({ kind, size }: ListedFile, largestBytes: number): string | undefined {
  if (kind !== 'file') return kind === 'link' ? 'it is a link' : 'it is no ordinary file';
  if (size < 0) return 'the server does not tell its size';
  if (size > largestBytes) return `it has ${size} bytes, and ${largestBytes} are allowed`;
  return undefined;
}

/** A file that changed, or that our clock says was seen in the future, is a new one. */
function remembered(file: ListedFile, before: SeenFile | undefined, nowMs: number): SeenFile {
  const same =
    before !== undefined &&
    before.size === file.size &&
    before.modifiedAtMs === file.modifiedAtMs &&
    before.firstSeenAtMs <= nowMs;
  return same
    ? before
    : { size: file.size, modifiedAtMs: file.modifiedAtMs, firstSeenAtMs: nowMs, taken: false };
}

/** What the file still waits for; undefined when it is complete. */
function waitOf(
  { ready }: InboundFolder,
  memory: SeenFile,
  doneFile: string | undefined,
  nowMs: number,
): string | undefined {
  switch (ready.mode) {
    case 'rename':
      return undefined;
    case 'stable':
      return nowMs - memory.firstSeenAtMs >= ready.seconds * 1000
        ? undefined
        : `it has not been unchanged for ${ready.seconds} s yet`;
    case 'doneFile':
      return doneFile === undefined ? `no file ${ready.suffix} stands beside it` : undefined;
  }
}

interface DoneFiles {
  readonly byFile: ReadonlyMap<string, string>;
  readonly marks: ReadonlySet<string>;
}

/** Pairs `x.edi` with `x.edi.done` or `x.done`, whatever the case; what only marks another file is none itself. */
function doneFilesOf(
  listing: readonly ListedFile[],
  { ready }: InboundFolder,
  names: ReadonlyMap<string, string>,
): DoneFiles {
  const byFile = new Map<string, string>();
  if (ready.mode !== 'doneFile') return { byFile, marks: new Set() };
  const suffix = ready.suffix.toLowerCase();
  const marks = new Set(
    listing.map(({ name }) => name).filter((name) => name.toLowerCase().endsWith(suffix)),
  );
  for (const { name } of listing) {
    if (marks.has(name)) continue;
    const lower = name.toLowerCase();
    const mark = names.get(`${lower}${suffix}`) ?? names.get(`${lower.replace(/\.[^.]*$/, '')}${suffix}`);
    if (mark !== undefined) byFile.set(name, mark);
  }
  return { byFile, marks };
}

interface Place {
  readonly file: ReadyFile;
  readonly sequence: bigint | undefined;
  readonly time: string | undefined;
}

/** A criterion counts only when every file has it: otherwise the order would depend on which two are compared. */
function inOrder(files: readonly ReadyFile[], pattern: string): ReadyFile[] {
  const places = files.map((file): Place => {
    const match = nameMatch(pattern, file.name);
    return {
      file,
      sequence: match?.sequence === undefined ? undefined : BigInt(match.sequence),
      time: match?.time ?? timeIn(file.name),
    };
  });
  const bySequence = places.every(({ sequence }) => sequence !== undefined);
  const byTime = places.every(({ time }) => time !== undefined);
  return places
    .toSorted(
      (a, b) =>
        (bySequence ? compare(a.sequence ?? 0n, b.sequence ?? 0n) : 0) ||
        (byTime ? compare(a.time ?? '', b.time ?? '') : 0) ||
        compare(a.file.modifiedAtMs, b.file.modifiedAtMs) ||
        compare(a.file.name, b.file.name),
    )
    .map(({ file }) => file);
}

const compare = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

const TIME =
  /(?<!\d)(20\d{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?:[-_T]?([01]\d|2[0-3])[-_:.]?([0-5]\d)(?:[-_:.]?([0-5]\d)(\d{0,6}))?)?(?!\d)/g;

/** The one time a name holds, as digits that sort; undefined when it holds none, or several. */
function timeIn(name: string): string | undefined {
  const [match, another] = [...name.matchAll(TIME)];
  return match === undefined || another !== undefined ? undefined : match.slice(1).join('').padEnd(20, '0');
}
