// A listing was bound with the wrong factor, and orders came in meanwhile: once it is put right, they reserve what they need,
// and no other channel is offered what is promised.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterImport } from '../../src/commands/import.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { until } from './market.ts';
import { openShelf, type Shelf } from './shelf.ts';

let shelf: Shelf;
let listing = '';
beforeAll(async () => {
  shelf = await openShelf({ items: [{ sku: 'CAN', title: 'Can', onHand: 100 }] });
  const { rows } = await shelf.database.pool.query<{ external_id: string }>(
    `select l.external_id from listing l join connection c on c.id = l.connection_id where c.name = 'shop'`,
  );
  listing = rows[0]?.external_id ?? '';
  await shelf.settle();
}, 60_000);
afterAll(() => shelf?.close());

test('I7: after a correction of a factor, open orders reserve by the new one, and the other channel is offered the rest', async () => {
  shelf.world.shop.sell({ lines: [{ sku: 'CAN', quantity: 2 }] });
  shelf.world.shop.sell({ lines: [{ sku: 'CAN', quantity: 3 }] });
  await shelf.settle();
  expect(await shelf.line('CAN')).toMatchObject({ ledger: 100, reserved: 5 });
  expect(shelf.till('CAN')).toBe(95);

  const report = await importCatalog(
    shelf.database.pool,
    'listings',
    `connection,listing,sku,factor\nshop,${listing},CAN,12\n`,
  );
  expect(report).toMatchObject({ applied: true, changed: 1, orders: { again: 2, left: 0 } });
  await afterImport(shelf.hub.database, report.touched);
  await until(() => shelf.till('CAN') === 40, 'the till is offered what the shop has promised', 20_000);
  const { rows } = await shelf.database.pool.query<{ reserved: string }>(
    'select sum(quantity)::int::text as reserved from reservation',
  );
  expect(rows[0]?.reserved).toBe('60');

  const again = await importCatalog(
    shelf.database.pool,
    'listings',
    `connection,listing,sku,factor\nshop,${listing},CAN,12\n`,
  );
  expect(again).toMatchObject({ changed: 0, orders: { again: 0, left: 0 } });
}, 120_000);
