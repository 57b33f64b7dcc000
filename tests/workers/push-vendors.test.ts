// Answers that get lost and vendors that refuse for a while: Shopify's and Square's simulators, with their own rules for keys.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../e2e/market.ts';
import { openShelf, SHELF, type Shelf } from '../e2e/shelf.ts';

let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf({
    items: [{ sku: 'KEY', title: 'Key ring', onHand: 30 }],
  });
  await shelf.settle();
});
afterAll(() => shelf?.close());

async function intents(sku: string, channel: string) {
  const { rows } = await shelf.database.pool.query<{
    version: number;
    available: number;
    status: string;
    key: string;
    attempts: number;
  }>(
    `select p.version::int, p.available::int, p.status::text, p.batch_key as key, b.attempts from publication p join publication_batch b on b.key = p.batch_key
     join listing l on l.id = p.listing_id join item i on i.id = l.item_id join connection c on c.id = l.connection_id
     where i.sku = $1 and c.name = $2 order by p.id`,
    [sku, channel],
  );
  return rows;
}

describe('open outcomes', () => {
  test('I8: Shopify accepts and never says so; the same key comes again, and the number is told once', async () => {
    const before = shelf.world.shop.pushes().length;
    shelf.world.shop.setFaults({ api: [{ kind: 'accept-then-502', operation: 'inventorySetQuantities' }] });
    shelf.world.till.sell({ location: SHELF, lines: [{ sku: 'KEY', quantity: '2' }] });
    await shelf.settle();
    const own = await intents('KEY', 'shop');
    expect(own.at(-1)).toMatchObject({ available: 28, status: 'confirmed', attempts: 2 });
    expect(shelf.world.shop.pushes().length - before).toBe(1);
    expect(shelf.shop('KEY')).toBe(28);
  }, 60_000);

  test('I8: Square accepts and never says so; the difference is taken once', async () => {
    const own = await intents('KEY', 'till');
    shelf.world.till.setFaults({
      api: {
        next: [{ fault: 'acceptThenTimeout', path: '/v2/inventory/changes/batch-create' }],
        holdMs: 300,
      },
    });
    shelf.world.shop.sell({ lines: [{ sku: 'KEY', quantity: 5 }] });
    await shelf.settle();
    const later = (await intents('KEY', 'till')).slice(own.length);
    expect(later).toMatchObject([{ available: 23, status: 'confirmed', attempts: 2 }]);
    expect(shelf.till('KEY')).toBe(23);
    const ours = shelf.world.till
      .changes()
      .filter((change) => JSON.stringify(change).includes('stockbridge:'));
    expect(new Set(ours.map((change) => JSON.stringify(change))).size).toBe(ours.length);
  }, 60_000);

  test('throttled by both, the numbers arrive when the vendors allow', async () => {
    shelf.world.shop.setFaults({ api: [{ kind: 'throttled', times: 2 }] });
    shelf.world.till.setFaults({
      api: { next: [{ fault: 'throttle' }, { fault: 'throttle' }], retryAfterSeconds: 1 },
    });
    expect(await shelf.dock({ type: 'sale', lines: [{ sku: 'KEY', quantity: '3', location: 'gate' }] })).toBe(
      200,
    );
    await until(
      () => shelf.shop('KEY') === 20 && shelf.till('KEY') === 20,
      'the numbers do not arrive',
      30_000,
    );
    await shelf.settle();
    await shelf.expectAgreement();
  }, 60_000);
});
