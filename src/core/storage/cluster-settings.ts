// PostgreSQL's settings for the embedded database, by the machine's memory. Durability is not a choice here.
import { totalmem } from 'node:os';

const MEBIBYTE = 2 ** 20;

/** PostgreSQL settings by name, in its own notation: `{ shared_buffers: '128MB' }`. */
export type Settings = Readonly<Record<string, string>>;

/** The text of `stockbridge.conf`; `overrides` win over the defaults. Throws RangeError on what is no name or no value of a setting. */
export function clusterSettings(overrides: Settings = {}, memoryBytes: number = usableMemoryBytes()): string {
  const settings: Settings = {
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    wal_compression: 'off',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    max_connections: '200',
    shared_buffers: sharedBuffers(memoryBytes),
    track_io_timing: 'on',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Statements and row values can hold personal data: the log names the error, not the content.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...overrides,
  };
  const lines = Object.entries(settings).map(([name, value]) => {
    if (!/^[a-z_.]+$/i.test(name)) throw new RangeError(`"${name}" is no name of a PostgreSQL setting`);
    if (/[\r\n]/.test(value)) throw new RangeError(`the value of "${name}" spans lines`);
    return `${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  });
  return [
    '# Written by Stockbridge at every start. Your own settings belong below the include line of postgresql.conf,',
    '# or are made with ALTER SYSTEM.',
    ...lines,
    '',
  ].join('\n');
}

/** An eighth of the memory between 256 MB and 1 GB; 128 MB on a machine with less than 1 GB. */
export function sharedBuffers(memoryBytes: number): string {
  if (memoryBytes < 1024 * MEBIBYTE) return '128MB';
  return `${Math.min(1024, Math.max(256, Math.floor(memoryBytes / 8 / MEBIBYTE)))}MB`;
}

function usableMemoryBytes(): number {
  // A container's limit, where there is one; 0 or an astronomic number where there is none.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
