// `stockbridge partner numbers`: after a rehearsal or a restored backup, no file and no order goes out under a number that the partner
// has seen; and `status` says of an agreement that still calls its files tests once its connection is cut over.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { typed } from '../e2e/accountant.ts';
import { PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let directory: string;
const file = () => join(directory, 'stockbridge.yaml');
const type = (...words: string[]) => typed(['-c', file(), ...words]);
const numbers = async (...words: string[]) =>
  JSON.parse((await type('--json', 'partner', 'numbers', 'northwind', ...words)).text) as {
    controls: Record<string, number>;
    order: number;
    renumbered: { from: string; to: string }[];
  };
const configure = (profile: object) =>
  writeFile(
    file(),
    stringify({
      database: { url: shop.rig.database.url },
      connections: { northwind: { connector: 'threepl', settings: profile } },
    }),
  );

beforeAll(async () => {
  shop = await openShop();
  directory = await mkdtemp(join(tmpdir(), 'stockbridge-numbers-'));
  await configure(PROFILE);
});
afterAll(async () => {
  await shop.close();
  await rm(directory, { recursive: true, force: true });
});

it('I8: raised numbers are those that the next file and the next order have, and an order that was not sent gets one of them', async () => {
  shop.ask = () => ({ outcome: 'wait', reason: 'not paid' });
  await shop.order('first', { L1: { 'MUG-01': 2 } });
  await shop.order('second', { L1: { 'CAP-01': 1 } });
  await shop.round();
  const [first, second] = [(await shop.row('first')).number, (await shop.row('second')).number];
  expect([first, second].sort()).toEqual(['FO-1', 'FO-2']);
  // The partner has it, although this database, as after a restored backup, does not know that it was sent.
  await shop.ship(second, [{ sku: 'CAP-01', ordered: 2, shipped: 1, status: 'BP' }]);

  const raised = await numbers('--control', '5000', '--order', '1000');
  expect(raised).toEqual({
    controls: { interchange: 5000, group: 5000, document: 5000, file: 5000 },
    order: 1001,
    renumbered: [{ from: first, to: 'FO-1000' }],
  });
  expect((await shop.row('first')).number).toBe('FO-1000');
  expect((await shop.row('second')).number).toBe(second);

  shop.ask = () => ready({ L1: 2 });
  await shop.hurry();
  await shop.round();
  const [text] = await shop.files('FO-1000');
  expect(text).toMatch(/^ISA(\*[^*]*){12}\*000005000\*/);
  expect(text).toMatch(/GS\*OW\*HUB\*NORTHWIND\*\d+\*\d+\*5000\*/);
  expect(text).toContain('W05*N*FO-1000');

  await shop.order('third', { L1: { 'MUG-01': 1 } });
  shop.ask = () => ({ outcome: 'wait', reason: 'not paid' });
  await shop.round();
  expect((await shop.row('third')).number).toBe('FO-1001');
});

it('none is ever lowered, asking alone changes nothing, and an order that was sent keeps its number', async () => {
  const before = await numbers();
  expect(await numbers('--control', '3', '--order', '3')).toEqual({ ...before, renumbered: [] });
  expect(await numbers()).toEqual(before);
  await shop.order('given up', { L1: { 'MUG-01': 1 } });
  await shop.round();
  await shop.all(`update fulfilment_order set status = 'cancelled' where order_document = 'given up'`);
  expect((await numbers('--order', '2000')).renumbered).toEqual([{ from: 'FO-1001', to: 'FO-2000' }]);
  expect((await shop.row('first')).number).toBe('FO-1000');
  expect(await type('partner', 'numbers', 'northwind', '--control', '0')).toMatchObject({
    code: 1,
    text: expect.stringContaining('--control must be 1 or more'),
  });
});

it('no order is renumbered while a round of orders is under way', async () => {
  const client = await shop.rig.database.pool.connect();
  await client.query(`select pg_advisory_lock(hashtextextended('fulfil ${shop.rig.live.id}', 0))`);
  let done = false;
  const raising = numbers('--order', '3000').finally(() => {
    done = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(done).toBe(false);
  expect((await shop.row('third')).number).toBe('FO-2000');
  client.release(true);
  expect((await raising).renumbered).toEqual([{ from: 'FO-2000', to: 'FO-3000' }]);
});

it('I8: an order that waits and that the partner has shipped, as after a restored backup, is told to the shop and not sent again', async () => {
  shop.ask = () => ({ outcome: 'wait', reason: 'not paid' });
  await shop.order('shipped since', { L1: { 'MUG-01': 2 } });
  await shop.round();
  const { number } = await shop.row('shipped since');
  await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
  shop.ask = () => ready({ L1: 2 });
  await shop.hurry();
  await shop.round();
  await shop.hurry();
  await shop.round();
  expect(await shop.files(number)).toEqual([]);
  expect(await shop.row('shipped since')).toMatchObject({ number, status: 'shipped' });
  expect(shop.told.filter(({ order }) => order === 'shipped since')).toHaveLength(1);
});

it('an agreement that still says test is shown once its connection is cut over', async () => {
  const says = async () => (await type('status')).text;
  expect(await says()).not.toContain('marked as tests');
  await configure({ ...PROFILE, x12: { ...PROFILE.x12, test: true } });
  expect(await says()).toContain('northwind: live orders go out marked as tests: x12.test is true');
  await shop.rig.database.pool.query(`update connection set cutover_at = null where name = 'northwind'`);
  expect(await says()).not.toContain('marked as tests');
});
