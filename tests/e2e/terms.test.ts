// What a channel may sell of kits and packs, what is held back from it, and how an unknown article becomes known.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterImport } from '../../src/commands/import.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { importFromChannel } from '../../src/core/catalog/import-channel.ts';
import { replay } from '../../src/core/inbox/replay.ts';
import { until } from './market.ts';
import { openShelf, SHELF, type Shelf } from './shelf.ts';

let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf({
    items: [
      { sku: 'MUG', title: 'Mug', onHand: 25 },
      { sku: 'TEE', title: 'Tee', onHand: 8 },
      { sku: 'SET', title: 'Two mugs and a tee', onHand: 0 },
      { sku: 'CASE', title: 'Six mugs', onHand: 0 },
    ],
    policies: { till: { buffer: { units: 1 }, items: { TEE: { buffer: { percent: 50 } } } } },
    prepare: async (database) => {
      const kits = await importCatalog(
        database.pool,
        'kits',
        'kit,component,quantity\nSET,MUG,2\nSET,TEE,1\n',
      );
      expect(kits).toMatchObject({ applied: true, rejected: [] });
      // The case is no article of its own: both channels sell six mugs in it.
      const { rows } = await database.pool.query<{ connection: string; external_id: string }>(
        `select c.name as connection, l.external_id from listing l join connection c on c.id = l.connection_id join item i on i.id = l.item_id where i.sku = 'CASE'`,
      );
      const lines = rows
        .map(({ connection, external_id }) => `${connection},${external_id},MUG,6\n`)
        .join('');
      const packs = await importCatalog(database.pool, 'listings', `connection,listing,sku,factor\n${lines}`);
      expect(packs).toMatchObject({ applied: true, rejected: [] });
    },
  });
  await shelf.settle();
});
afterAll(() => shelf?.close());

test('a kit offers what its scarcest part allows, a pack whole packs, and a buffer stays on the shelf', () => {
  expect({
    MUG: shelf.shop('MUG'),
    TEE: shelf.shop('TEE'),
    SET: shelf.shop('SET'),
    CASE: shelf.shop('CASE'),
  }).toEqual({ MUG: 25, TEE: 8, SET: 8, CASE: 4 });
  expect({
    MUG: shelf.till('MUG'),
    TEE: shelf.till('TEE'),
    SET: shelf.till('SET'),
    CASE: shelf.till('CASE'),
  }).toEqual({ MUG: 24, TEE: 4, SET: 7, CASE: 4 });
});

test('selling kits and packs takes their parts, at both channels', async () => {
  const { shop, till } = shelf.world;
  till.sell({ location: SHELF, lines: [{ sku: 'CASE', quantity: '1' }] });
  shop.fulfil({ order: shop.sell({ lines: [{ sku: 'SET', quantity: 2 }] }).id });
  shop.sell({ lines: [{ sku: 'SET', quantity: 1 }] });
  await shelf.settle();
  expect(await shelf.line('MUG')).toMatchObject({ ledger: 15, reserved: 2 });
  expect(await shelf.line('TEE')).toMatchObject({ ledger: 6, reserved: 1 });
  expect({
    MUG: shelf.shop('MUG'),
    TEE: shelf.shop('TEE'),
    SET: shelf.shop('SET'),
    CASE: shelf.shop('CASE'),
  }).toEqual({ MUG: 13, TEE: 5, SET: 5, CASE: 2 });
  expect({
    MUG: shelf.till('MUG'),
    TEE: shelf.till('TEE'),
    SET: shelf.till('SET'),
    CASE: shelf.till('CASE'),
  }).toEqual({ MUG: 12, TEE: 2, SET: 4, CASE: 2 });
}, 50_000);

test('I3: a sale of an article that nobody mapped waits in quarantine, and is applied once when it is mapped and replayed twice', async () => {
  const { till } = shelf.world;
  till.seed({ locations: [], variations: [{ name: 'New', sku: 'NEW', counts: { [SHELF]: '9' } }] });
  till.sell({ location: SHELF, lines: [{ sku: 'NEW', quantity: '4' }] });
  await until(
    async () => (await shelf.events(`c.name = 'till' and e.code = 'item_unknown'`)).length > 0,
    'nothing is quarantined',
    20_000,
  );
  await shelf.settle();
  const [event] = await shelf.events(`c.name = 'till' and e.code = 'item_unknown'`);
  expect(event?.reason).toMatch(/is bound to no item/);
  const live = [...shelf.hub.connections.values()].find(({ name }) => name === 'till');
  if (!live?.connection.catalogue) throw new Error('the till has no catalogue');
  const report = await importFromChannel(shelf.database.pool, live.id, live.connection.catalogue(), {
    createItems: true,
    locations: 'match',
  });
  expect(report.listings.createdItems).toBe(1);
  await shelf.arrive('NEW', 9);
  await until(async () => (await shelf.line('NEW')).ledger === 9, 'the goods do not arrive');
  await afterImport(shelf.hub.database, { items: report.touched.items, connections: [live.id] });
  await until(
    async () => (await shelf.events(`e.code = 'item_unknown'`)).length === 0,
    'the replay does not run',
  );
  await replay(shelf.database.pool, {});
  await replay(shelf.database.pool, {});
  await shelf.settle();
  expect(await shelf.line('NEW')).toMatchObject({ ledger: 5, tillInStock: 4 });
  const { rows } = await shelf.database.pool.query<{ n: number }>(
    `select count(*)::int as n from movement m join item i on i.id = m.item_id where i.sku = 'NEW' and m.type = 'shipment'`,
  );
  expect(rows).toEqual([{ n: 1 }]);
}, 60_000);
