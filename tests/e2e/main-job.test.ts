// The main job, end to end: what one channel sells the other one stops offering, and in the end all books agree.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShelf, SHELF, type Shelf } from './shelf.ts';

let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf({
    items: [
      { sku: 'MUG', title: 'Mug', onHand: 10 },
      { sku: 'TEE', title: 'Tee', onHand: 20 },
      { sku: 'CAP', title: 'Cap', onHand: 30 },
      { sku: 'OLD', title: 'Ordered before', onHand: 10 },
    ],
    before: (world) => {
      // Open at the cut-over: promised, but still on the shelf.
      world.shop.sell({ lines: [{ sku: 'OLD', quantity: 2 }] });
      // Done at the cut-over: the opening count has it already.
      const done = world.shop.sell({ lines: [{ sku: 'OLD', quantity: 3 }] });
      world.shop.fulfil({ order: done.id });
    },
  });
  await shelf.settle();
});
afterAll(() => shelf?.close());

test('the opening: an order from before the cut-over moves nothing, and its open part is held back', async () => {
  expect(await shelf.line('OLD')).toMatchObject({ ledger: 7, reserved: 2, shopAvailable: 5, tillInStock: 5 });
  expect(await shelf.line('MUG')).toMatchObject({
    ledger: 10,
    reserved: 0,
    shopAvailable: 10,
    tillInStock: 10,
  });
  await shelf.expectAgreement();
});

test('a Shopify order lowers what Square may sell, a Square sale lowers what Shopify may sell', async () => {
  const { shop, till } = shelf.world;
  shop.sell({ lines: [{ sku: 'MUG', quantity: 2 }] });
  till.sell({ location: SHELF, lines: [{ sku: 'TEE', quantity: '3' }] });
  shop.sell({ lines: [{ sku: 'CAP', quantity: 4 }], pos: true, location: SHELF });
  await shelf.settle();
  expect(await shelf.line('MUG')).toMatchObject({
    ledger: 10,
    reserved: 2,
    shopAvailable: 8,
    tillInStock: 8,
  });
  expect(await shelf.line('TEE')).toMatchObject({
    ledger: 17,
    reserved: 0,
    shopAvailable: 17,
    tillInStock: 17,
  });
  expect(await shelf.line('CAP')).toMatchObject({
    ledger: 26,
    reserved: 0,
    shopAvailable: 26,
    tillInStock: 26,
  });
  await shelf.expectAgreement();
}, 50_000);

test('shipping, cancelling, returning, editing, refunding and receiving raise and lower as they should', async () => {
  const { shop, till } = shelf.world;
  const shipped = shop.sell({ lines: [{ sku: 'MUG', quantity: 3 }] });
  shop.fulfil({ order: shipped.id });
  const returned = shop.sell({ lines: [{ sku: 'TEE', quantity: 4 }] });
  shop.fulfil({ order: returned.id });
  shop.refund({
    order: returned.id,
    lines: [{ sku: 'TEE', quantity: 3, restock: 'return', location: SHELF }],
  });
  const cancelled = shop.sell({ lines: [{ sku: 'CAP', quantity: 5 }] });
  shop.cancelOrder({ order: cancelled.id, restock: true });
  const edited = shop.sell({ lines: [{ sku: 'CAP', quantity: 2 }] });
  shop.editOrder({
    order: edited.id,
    add: [{ sku: 'TEE', quantity: 1 }],
    remove: [{ sku: 'CAP', quantity: 1 }],
  });
  const sold = till.sell({ location: SHELF, lines: [{ sku: 'CAP', quantity: '3' }] });
  till.refund({ location: SHELF, orderId: sold.orderId, lines: [{ sku: 'CAP', quantity: '2' }] });
  await shelf.arrive('MUG', 6);
  await shelf.settle();
  // MUG: 10 - 3 + 6, two still ordered. TEE: 17 - 4 + 3, one added to an order. CAP: 26 - 3 + 2, one left in an order.
  expect(await shelf.line('MUG')).toMatchObject({
    ledger: 13,
    reserved: 2,
    shopAvailable: 11,
    tillInStock: 11,
  });
  expect(await shelf.line('TEE')).toMatchObject({
    ledger: 16,
    reserved: 1,
    shopAvailable: 15,
    tillInStock: 15,
  });
  expect(await shelf.line('CAP')).toMatchObject({
    ledger: 25,
    reserved: 1,
    shopAvailable: 24,
    tillInStock: 24,
  });
  await shelf.expectAgreement();
}, 60_000);

test('I3: every movement of the day came in by one fact each, whichever ways it was told', async () => {
  const { rows } = await shelf.database.pool.query<{ twice: number; told: number; events: number }>(
    `select (select count(*) from (select from movement group by key, line having count(*) > 1) d)::int as twice,
       (select sum(duplicates) from intake_count)::int as told, (select count(*) from inbox_event)::int as events`,
  );
  expect(rows[0]?.twice).toBe(0);
  expect(rows[0]?.events).toBeGreaterThan(15);
  const open = await shelf.events(`e.status = 'quarantined' or e.status = 'pending'`);
  expect(open).toEqual([]);
});
