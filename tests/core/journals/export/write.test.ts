// An export on disk is whole or not there, and what was there before is not lost.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeExport } from '../../../../src/core/journals/export/write.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-write-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = Buffer.from('abc');
/** Of FIPS 180’s first example. */
const SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const refused = (message: RegExp) =>
  expect.objectContaining({ code: 'content_invalid', message: expect.stringMatching(message) });

test('a new file is written, and nothing temporary is left', async () => {
  const path = join(folder, 'out.csv');
  expect(await writeExport(path, bytes)).toEqual({ path, outcome: 'written', bytes: 3, sha256: SHA256 });
  expect(await readFile(path)).toEqual(bytes);
  expect(await readdir(folder)).toEqual(['out.csv']);
});

test('the same content again touches nothing', async () => {
  const path = join(folder, 'out.csv');
  await writeExport(path, bytes);
  const before = await stat(path);
  expect(await writeExport(path, bytes, { overwrite: true })).toMatchObject({
    outcome: 'unchanged',
    sha256: SHA256,
  });
  const after = await stat(path);
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
});

test('other content stands, unless told to overwrite', async () => {
  const path = join(folder, 'out.csv');
  await writeFile(path, 'precious');
  await expect(writeExport(path, bytes)).rejects.toEqual(refused(/is there with other content/));
  expect(await readFile(path, 'utf8')).toBe('precious');
  expect(await writeExport(path, bytes, { overwrite: true })).toMatchObject({ outcome: 'replaced' });
  expect(await readFile(path)).toEqual(bytes);
  expect(await readdir(folder)).toEqual(['out.csv']);
});

test('of many who write other content to one new name, exactly one wins and the others hear of it', async () => {
  const path = join(folder, 'out.csv');
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => writeExport(path, Buffer.from(`content ${index}`))),
  );
  const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [index] : []));
  expect(won).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(`content ${won[0]}`);
  for (const result of results)
    if (result.status === 'rejected') expect(result.reason).toEqual(refused(/is there with other content/));
  expect(await readdir(folder)).toEqual(['out.csv']);
});

test('a name that leads nowhere is not taken for a free one', async () => {
  const path = join(folder, 'out.csv');
  await symlink(join(folder, 'gone'), path);
  await expect(writeExport(path, bytes)).rejects.toEqual(refused(/is there with other content/));
  expect(await readdir(folder)).toEqual(['out.csv']);
});

test.each([true, false])(
  'a folder, a missing folder and a file for a folder are named (overwrite: %s)',
  async (overwrite) => {
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'file'), '');
    await expect(writeExport(join(folder, 'sub'), bytes, { overwrite })).rejects.toEqual(
      refused(/is a folder/),
    );
    await expect(writeExport(join(folder, 'none', 'out'), bytes, { overwrite })).rejects.toEqual(
      refused(/folder that does not exist/),
    );
    await expect(writeExport(join(folder, 'file', 'out'), bytes, { overwrite })).rejects.toEqual(
      refused(/no folder/),
    );
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'sub']);
  },
);

test('a file that cannot be read is not replaced unseen', async () => {
  const path = join(folder, 'out.csv');
  await writeFile(path, 'precious');
  await chmod(path, 0o000);
  // The superuser reads everything; anybody else is refused, and in both cases the content stands.
  await expect(writeExport(path, bytes)).rejects.toEqual(refused(/may not be written|other content/));
  await chmod(path, 0o600);
  expect(await readFile(path, 'utf8')).toBe('precious');
});
