// What a partner without a server was given by hand, or has answered, is not sent once more when it gets a server.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { dueFiles } from '../../src/core/exchange/files.ts';
import { typed } from '../e2e/accountant.ts';
import { interchange, PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let directory: string;
const configure = (profile: object) =>
  writeFile(
    join(directory, 'stockbridge.yaml'),
    stringify({
      database: { url: shop.rig.database.url },
      connections: { northwind: { connector: 'threepl', settings: profile } },
    }),
  );

beforeAll(async () => {
  shop = await openShop();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-fetch-'));
});
afterAll(async () => {
  await shop.close();
  await rm(directory, { recursive: true, force: true });
});

interface Sent {
  readonly id: string;
  readonly group: string;
}
/** An order that was written for the partner: its file, and the number that the partner answers. */
async function sentOrder(document: string): Promise<Sent> {
  shop.ask = () => ready({ L1: 1 });
  await shop.order(document, { L1: { 'MUG-01': 1 } });
  await shop.round();
  const [sent] = await shop.all<Sent>(
    `select d.file_id as id, d.group_control as "group" from partner_document d where d.is_outbound and d.number = $1`,
    [(await shop.row(document)).number],
  );
  if (!sent) throw new Error(`${document} was not sent`);
  return sent;
}
const due = async () =>
  (
    await dueFiles(shop.rig.database.pool, shop.rig.live.id, shop.rig.live.connection.files?.vault?.open)
  ).files
    .map((file) => file.id)
    .sort();
const fetched = async (id: string): Promise<{ path: string; delivered: boolean }> =>
  JSON.parse(
    (
      await typed([
        ...['-c', join(directory, 'stockbridge.yaml'), '--json'],
        ...['partner', 'fetch', 'northwind', id, '--into', directory],
      ])
    ).text,
  ) as { path: string; delivered: boolean };

it('I8: a file that was fetched for a partner without a server counts as delivered, and can be fetched again', async () => {
  await configure(PROFILE);
  const [first, second] = [await sentOrder('fetched'), await sentOrder('waiting')];
  expect(await due()).toEqual(expect.arrayContaining([first.id, second.id]));
  const { path, delivered } = await fetched(first.id);
  expect(delivered).toBe(true);
  const text = await readFile(path, 'utf8');
  expect(text).toContain('W05*N*FO-');
  expect(await due()).not.toContain(first.id);
  expect(await due()).toContain(second.id);
  await rm(path);
  expect((await fetched(first.id)).delivered).toBe(false);
  expect(await readFile(path, 'utf8')).toBe(text);
});

it('I8: a file whose document the partner has answered is sent no more, whatever it answered', async () => {
  const answers = [['AK5*A', 'AK9*A*1*1*1'] as const, ['AK5*R*5', 'AK9*R*1*1*0'] as const];
  for (const [at, [verdict, closing]] of answers.entries()) {
    const { id, group } = await sentOrder(`answered ${at}`);
    expect(await due()).toContain(id);
    const said = [`AK1*OW*${group}`, 'AK2*940*0001', verdict, closing];
    await shop.rig.receive(`997-${at}.txt`, interchange('FA', '997', said));
    expect(await due()).not.toContain(id);
  }
});

it('where there is a server, a fetched file still goes there', async () => {
  const transport = {
    ...{ host: '127.0.0.1', user: 'hub', password: 'not a password', hostKey: `SHA256:${'A'.repeat(43)}` },
    ...{ in: [{ folder: '/out' }], out: { folder: '/in' } },
  };
  await configure({ ...PROFILE, transport });
  const { id } = await sentOrder('to a server');
  expect((await fetched(id)).delivered).toBe(false);
  expect(await due()).toContain(id);
});
