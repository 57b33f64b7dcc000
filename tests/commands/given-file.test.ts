// A name that is mistyped is answered by one sentence and exit code 1, by every command that reads or writes a file, and nothing is taken.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { typed } from '../e2e/accountant.ts';
import { openWarehouse, PROFILE, type Warehouse } from '../e2e/warehouse.ts';

let rig: Warehouse;
let directory: string;
const at = (name: string) => join(directory, name);
const type = (...words: string[]) => typed(['-c', at('stockbridge.yaml'), ...words]);

beforeAll(async () => {
  rig = await openWarehouse();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-given-'));
  await mkdir(at('folder'));
  await writeFile(at('profile.yaml'), stringify(PROFILE));
  await writeFile(at('good.edi'), 'nothing that a partner would send');
  await writeFile(
    at('stockbridge.yaml'),
    stringify({
      database: { url: rig.database.url },
      connections: { northwind: { connector: 'threepl', settings: PROFILE } },
    }),
  );
});
afterAll(async () => {
  await rig.close();
  await rm(directory, { recursive: true, force: true });
});

it.each([
  ['partner test', () => ['partner', 'test', at('profile.yaml'), at('nope')]],
  ['partner receive', () => ['partner', 'receive', 'northwind', at('good.edi'), at('nope')]],
  ['inbound', () => ['inbound', 'northwind', at('nope')]],
  ['cutover --stock', () => ['cutover', 'northwind', '--stock', at('nope')]],
  ['import', () => ['import', 'items', at('nope')]],
])('%s', async (_, words) => {
  const sentence = (what: string) => ({ code: 1, text: `argument_invalid: ${what}` });
  expect(await type(...words())).toEqual(sentence(`${at('nope')} is not there`));
  const folder = words().map((word) => (word === at('nope') ? at('folder') : word));
  expect(await type(...folder)).toEqual(sentence(`${at('folder')} is a folder`));
  const { rows } = await rig.database.pool.query('select name from partner_file');
  expect(rows).toEqual([]);
});

it.each([
  ['partner guide --output', () => ['partner', 'guide', at('profile.yaml'), '--output', at('no/guide.md')]],
])('%s', async (_, words) => {
  expect(await type(...words())).toEqual({
    code: 1,
    text: `argument_invalid: ${at('no/guide.md')} is in no folder that is there`,
  });
});
