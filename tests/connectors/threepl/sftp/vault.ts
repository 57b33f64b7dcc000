// Where the tests store what was picked up: one local file per content, written whole or not at all, as a commit is.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreFile } from '../../../../src/connectors/threepl/sftp/pick-up.ts';

export const storeIn =
  (directory: string): StoreFile =>
  async ({ bytes }) => {
    const path = join(directory, createHash('sha256').update(bytes).digest('hex'));
    if (existsSync(path)) return 'duplicate';
    const unfinished = `${path}.${process.pid}.unfinished`;
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, path);
    return 'stored';
  };

/** Everything stored, sorted. */
export const storedIn = (directory: string): string[] =>
  readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .toSorted();
