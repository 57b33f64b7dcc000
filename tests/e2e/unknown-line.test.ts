// An order of which one line is not mapped: what its other lines have sold is sold, at every channel, before anybody maps it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterImport } from '../../src/commands/import.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { until } from './market.ts';
import { openShelf, type Shelf } from './shelf.ts';

let shelf: Shelf;
let nut = '';
beforeAll(async () => {
  shelf = await openShelf({
    items: [
      { sku: 'BOLT', title: 'Bolt', onHand: 0 },
      { sku: 'NUT', title: 'Nut', onHand: 0 },
    ],
    prepare: async (database) => {
      const { rows } = await database.pool.query<{ external_id: string }>(
        `delete from listing l using connection c, item i where c.id = l.connection_id and i.id = l.item_id and c.name = 'shop'
           and i.sku = 'NUT' returning l.external_id`,
      );
      nut = rows[0]?.external_id ?? '';
    },
  });
  await shelf.arrive('BOLT', 1);
  await shelf.arrive('NUT', 9);
  await until(
    async () => (await shelf.line('BOLT')).ledger === 1 && (await shelf.line('NUT')).ledger === 9,
    'the goods do not arrive',
    20_000,
  );
  await shelf.settle();
  expect([shelf.till('BOLT'), shelf.till('NUT'), shelf.shop('BOLT')]).toEqual([1, 9, 1]);
}, 60_000);
afterAll(() => shelf?.close());

const reserved = async () =>
  (
    await shelf.database.pool.query<{ sku: string; quantity: string }>(
      `select i.sku, trim_scale(r.quantity)::text as quantity from reservation r join item i on i.id = r.item_id order by 1`,
    )
  ).rows.map(({ sku, quantity }) => `${sku} ${quantity}`);
const unmapped = () => shelf.events(`c.name = 'shop' and e.code = 'item_unknown'`);

test('I7: an order with one unknown line takes its known lines from every channel, and the rest when it is mapped', async () => {
  shelf.world.shop.sell({
    lines: [
      { sku: 'BOLT', quantity: 1 },
      { sku: 'NUT', quantity: 2 },
    ],
  });
  await until(async () => (await unmapped()).length > 0, 'nothing is quarantined', 20_000);
  await shelf.settle();
  expect(await reserved()).toEqual(['BOLT 1']);
  expect(shelf.shop('BOLT'), 'the shop has sold the last one').toBeLessThanOrEqual(0);
  await until(() => shelf.till('BOLT') <= 0, 'the till still offers what the shop has sold', 20_000);
  expect((await unmapped())[0]?.reason).toMatch(
    /is bound to no item; what it says of known items is taken already/,
  );

  const { rows } = await shelf.database.pool.query<{ id: number }>(
    `select id from connection where name = 'shop'`,
  );
  const report = await importCatalog(
    shelf.database.pool,
    'listings',
    `connection,external_id,sku,factor\nshop,${nut},NUT,1\n`,
  );
  expect(report).toMatchObject({ applied: true, rejected: [] });
  await afterImport(shelf.hub.database, {
    items: report.touched.items,
    connections: rows.map(({ id }) => id),
  });
  await until(async () => (await unmapped()).length === 0, 'the replay does not run', 20_000);
  await shelf.settle();
  expect(await reserved()).toEqual(['BOLT 1', 'NUT 2']);
  await until(() => shelf.till('NUT') === 7, 'the till offers nuts that are sold', 20_000);
  await shelf.expectAgreement();
}, 120_000);
