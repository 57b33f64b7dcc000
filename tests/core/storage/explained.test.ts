// What PostgreSQL's programs are known to say, and what a person reads instead; and the settings by memory.
import { expect, test } from 'vitest';
import { clusterSettings, sharedBuffers } from '../../../src/core/storage/cluster-settings.ts';
import { explained } from '../../../src/core/storage/explained.ts';

const place = { directory: '/srv/hub/postgres', logFile: '/srv/hub/postgres.log' };

test.each([
  [
    'FATAL:  could not write lock file "postmaster.pid": No space left on device',
    'disk_full',
    /disk.*full.*Free some space/,
  ],
  [
    'initdb: error: could not create directory "/srv/hub/postgres": Read-only file system',
    'read_only',
    /can be written/,
  ],
  ['LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', 'port_taken', /another port/],
  ['FATAL:  lock file "postmaster.pid" already exists', 'lock_held', /\/srv\/hub\/postgres/],
  ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'lock_held', /Wait/],
  [
    'error while loading shared libraries: libicui18n.so.60: cannot open shared object file',
    'library_missing',
    /npm rebuild/,
  ],
  ["postgres: /lib/libc.so.6: version `GLIBC_2.99' not found", 'unsupported_platform', /DATABASE_URL/],
  ['Error: spawn Exec format error', 'unsupported_platform', /DATABASE_URL/],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'memory_short', /memory/],
  ["Error: EACCES: permission denied, open '/srv/hub/postgres/PG_VERSION'", 'permission', /chown/],
  ['FATAL:  data directory "/srv/hub/postgres" has wrong ownership', 'permission', /chown/],
  ['FATAL:  database files are incompatible with server', 'wrong_version', /export/],
  ['PANIC:  could not locate a valid checkpoint record at 0/1500028', 'damaged', /backup/],
])('%s', (said, reason, message) => {
  const error = explained(said, place);
  expect(error.details.reason).toBe(reason);
  expect(error.message).toMatch(message);
});

test('what is not known keeps the last complaint and says where the log is', () => {
  const error = explained(
    'LOG:  starting\nFATAL:  unrecognized configuration parameter "sharedbuffers"\nLOG:  shut down\n',
    place,
  );
  expect(error.message).toMatch(
    /unrecognized configuration parameter "sharedbuffers".*\/srv\/hub\/postgres\.log/,
  );
  expect(error.code).toBe('storage_refused');
});

test('a full disk passes, a foreign version does not', () => {
  expect(explained('No space left on device', place).disposition).toBe('retry');
  expect(explained('not compatible with this version', place).disposition).toBe('crash');
});

test.each([
  [0.5, '128MB'],
  [1, '256MB'],
  [4, '512MB'],
  [64, '1024MB'],
])('a machine with %d GB gets shared_buffers of %s', (gibibytes, expected) => {
  expect(sharedBuffers(gibibytes * 2 ** 30)).toBe(expected);
});

test('a setting cannot smuggle in another', () => {
  expect(clusterSettings({ search_path: "it's\\" })).toContain(String.raw`search_path = 'it''s\\'`);
  expect(() => clusterSettings({ work_mem: "4MB'\nfsync = 'off" })).toThrow(RangeError);
  expect(() => clusterSettings({ "fsync = 'off' #": 'x' })).toThrow(RangeError);
});
