// A push offers what the hub wants to offer, never sells a unit twice, and never claims what Shopify did not do.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PushAnswer, PushBatch, Reading } from '../../../src/connectors/contract.ts';
import { onHandFor } from '../../../src/connectors/shopify/push.ts';
import { answersOf } from '../../../src/connectors/shopify/push-answers.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import { connectTo, type TestShop, testShop } from './shop.ts';

type Read = Extract<Reading, { outcome: 'read' }>;

const read = (shop: TestShop, ...wanted: [sku: string, place: string][]) =>
  shop.connection.push!.read(
    wanted.map(([sku, place]) => ({ listing: shop.item(sku), location: shop.place(place) })),
  );

async function readOne(shop: TestShop, sku = 'CUP', place = 'Warehouse'): Promise<Read> {
  const [reading] = await read(shop, [sku, place]);
  expect(reading?.outcome).toBe('read');
  return reading as Read;
}

const batchOf = (readings: readonly Read[], available: readonly string[]): PushBatch => ({
  key: randomUUID(),
  createdAt: instantOf(new Date()),
  items: readings.map((reading, row) => ({
    listing: reading.listing,
    location: reading.location,
    publication: String(row),
    available: available[row] ?? '0',
    readAvailable: reading.available,
    expected: JSON.parse(JSON.stringify(reading.expected)),
  })),
});

const send = (shop: TestShop, batch: PushBatch) => shop.connection.push!.send(batch);

const book = (shop: TestShop, sku = 'CUP', place = 'Warehouse') => {
  const row = shop.simulator.books().find((one) => one.sku === sku && one.location === place);
  if (row === undefined) throw new Error(`${sku} is not stocked at ${place}`);
  return row;
};

describe('the number sent as on_hand', () => {
  const number = (available: number, onHand: number, readAvailable: number) =>
    onHandFor({
      available: String(available),
      readAvailable: String(readAvailable),
      expected: { onHand: String(onHand) },
    });

  it('is what shall be offered plus everything held but not offered', () => {
    fc.assert(
      fc.property(fc.nat(9999), fc.nat(9999), fc.nat(999), (available, offered, notOffered) => {
        expect(number(available, offered + notOffered, offered)).toBe(available + notOffered);
      }),
    );
  });

  it('invents no stock where Shopify has promised more than it holds and the hub has nothing', () => {
    expect(number(0, 0, -5)).toBe(0);
    expect(number(0, 3, -2)).toBe(3);
  });

  it('covers the promises first where the hub has more to offer', () => {
    expect(number(4, 0, -5)).toBe(9);
  });
});

describe('a reading', () => {
  it('says what cannot be pushed and why', async () => {
    await using shop = await testShop();
    shop.simulator.setStocked({ sku: 'TEE', location: 'Store', isActive: false });
    const readings = await read(
      shop,
      ['CUP', 'Warehouse'],
      ['SERVICE', 'Warehouse'],
      ['SET', 'Warehouse'],
      ['RARE', 'Store'],
      ['TEE', 'Store'],
    );
    expect(readings.map(({ outcome }) => outcome)).toEqual([
      'read',
      'not_pushable',
      'not_pushable',
      'not_stocked',
      'not_stocked',
    ]);
    const gone = { listing: 'gid://shopify/InventoryItem/1', location: shop.place('Store') };
    expect(await shop.connection.push!.read([gone])).toMatchObject([{ ...gone, outcome: 'not_pushable' }]);
  });

  it('starts stocking a missing level only where the merchant allows it', async () => {
    await using shop = await testShop({ settings: { activateMissingLevels: true } });
    const [rare, service] = await read(shop, ['RARE', 'Store'], ['SERVICE', 'Store']);
    expect(rare).toMatchObject({ outcome: 'read', available: '0' });
    expect(service?.outcome).toBe('not_pushable');
    expect(await send(shop, batchOf([rare as Read], ['2']))).toEqual([{ outcome: 'applied' }]);
    expect(book(shop, 'RARE', 'Store').available).toBe(2);
  });

  it('leaves ignored locations alone', async () => {
    await using shop = await testShop();
    const { connection } = connectTo(shop.simulator, {
      settings: { ignoredLocations: [shop.place('Store').split('/').at(-1)] },
    });
    const target = { listing: shop.item('CUP'), location: shop.place('Store') };
    expect(await connection.push!.read([target])).toMatchObject([{ outcome: 'not_pushable' }]);
  });
});

describe('a sale between reading and sending', () => {
  it('that is not shipped yet lowers what is offered by itself', async () => {
    await using shop = await testShop();
    const reading = await readOne(shop);
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 5 }], location: 'Warehouse' });
    expect(await send(shop, batchOf([reading], ['30']))).toEqual([{ outcome: 'applied' }]);
    expect(book(shop)).toMatchObject({ available: 25, committed: 5, on_hand: 30 });
  });

  it('that was known when reading is not offered again', async () => {
    await using shop = await testShop();
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 5 }], location: 'Warehouse' });
    const reading = await readOne(shop);
    expect(reading.available).toBe('35');
    expect(await send(shop, batchOf([reading], ['30']))).toEqual([{ outcome: 'applied' }]);
    expect(book(shop)).toMatchObject({ available: 30, committed: 5, on_hand: 35 });
  });

  it.each([
    [
      'shipped',
      (shop: TestShop) => {
        const order = shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 5 }], location: 'Warehouse' });
        shop.simulator.fulfil({ order: order.id });
      },
    ],
    [
      'handed over the counter',
      (shop: TestShop) =>
        void shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 5 }], pos: true, location: 'Warehouse' }),
    ],
  ])('that was %s makes the push stale, and nothing is written', async (_how, sale) => {
    await using shop = await testShop();
    const reading = await readOne(shop);
    sale(shop);
    const [answer] = await send(shop, batchOf([reading], ['30']));
    expect(answer?.outcome).toBe('stale');
    expect(book(shop)).toMatchObject({ available: 35, on_hand: 35 });
  });
});

describe('a batch', () => {
  it('I8: has one effect however often its key is sent, also after a sale', async () => {
    await using shop = await testShop();
    const batch = batchOf([await readOne(shop), await readOne(shop, 'TEE', 'Store')], ['30', '9']);
    await send(shop, batch);
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }], pos: true, location: 'Warehouse' });
    expect(await send(shop, batch)).toEqual([{ outcome: 'applied' }, { outcome: 'applied' }]);
    expect(shop.simulator.pushes()).toHaveLength(1);
    expect(book(shop).available).toBe(29);
  });

  it('with one stale row applies nothing it does not own up to', async () => {
    await using shop = await testShop();
    const readings = [await readOne(shop), await readOne(shop, 'TEE'), await readOne(shop, 'CUP', 'Store')];
    shop.simulator.adjust({ sku: 'TEE', location: 'Warehouse', delta: -1 });
    const answers = await send(shop, batchOf(readings, ['30', '15', '3']));
    expect(answers.map(({ outcome }) => outcome)).toEqual(['retry', 'stale', 'retry']);
    expect([book(shop).available, book(shop, 'CUP', 'Store').available]).toEqual([40, 10]);
  });

  it('I8: sent twice at the same time is told to come again with the same key', async () => {
    await using shop = await testShop({ simulator: { mutationLatencyMs: 150 } });
    const batch = batchOf([await readOne(shop)], ['30']);
    const [first, second] = await Promise.allSettled([send(shop, batch), send(shop, batch)]);
    const settled = [first, second].map((one) =>
      one?.status === 'fulfilled' ? one.value : one?.reason.code,
    );
    expect(settled).toContainEqual([{ outcome: 'applied' }]);
    expect(settled).toContain('vendor_throttled');
    expect(await send(shop, batch)).toEqual([{ outcome: 'applied' }]);
    expect(shop.simulator.pushes()).toHaveLength(1);
  });

  it('under a key that carried something else is rejected, not applied', async () => {
    await using shop = await testShop();
    const reading = await readOne(shop);
    const batch = batchOf([reading], ['30']);
    await send(shop, batch);
    const [answer] = await send(shop, { ...batchOf([reading], ['20']), key: batch.key });
    expect(answer).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('Stockbridge') });
    expect(book(shop).available).toBe(30);
  });

  it('names its publication in the shop’s history', async () => {
    await using shop = await testShop();
    const one = batchOf([await readOne(shop)], ['30']);
    await send(shop, one);
    const two = batchOf([await readOne(shop), await readOne(shop, 'TEE')], ['20', '10']);
    await send(shop, two);
    expect(shop.simulator.pushes().map((group) => group.referenceDocumentUri)).toEqual([
      'gid://stockbridge/Publication/0',
      `gid://stockbridge/PublicationBatch/${two.key}`,
    ]);
  });

  it('of two hundred and fifty rows is one call', async () => {
    await using shop = await testShop();
    const variants = Array.from({ length: 250 }, (_, row) => ({
      sku: `BULK-${row}`,
      onHand: { Warehouse: 3 },
    }));
    const seeded = shop.simulator.seed({ variants });
    const location = shop.place('Warehouse');
    const readings = await shop.connection.push!.read(
      seeded.variants.map(({ itemId }) => ({ listing: itemId, location })),
    );
    const answers = await send(
      shop,
      batchOf(
        readings as Read[],
        Array.from({ length: 250 }, () => '2'),
      ),
    );
    expect(answers.every(({ outcome }) => outcome === 'applied')).toBe(true);
    expect(shop.simulator.pushes()).toHaveLength(1);
  });
});

describe('what an answer means for a row', () => {
  const batch = batchOf(
    ['1', '2'].map((digits) => ({
      outcome: 'read' as const,
      listing: `gid://shopify/InventoryItem/${digits}`,
      location: 'gid://shopify/Location/9',
      available: '1',
      asOf: instantOf(0),
      expected: { onHand: '1', available: '1' },
    })),
    ['2', '2'],
  );
  const error = (code: string | null, row?: number) => ({
    code,
    field: row === undefined ? null : ['input', 'quantities', String(row), 'quantity'],
    message: 'refused',
  });
  const outcomes = (errors: ReturnType<typeof error>[], changes: string[] = []) =>
    answersOf(batch, {
      inventoryAdjustmentGroup:
        changes.length === 0
          ? null
          : {
              changes: changes.map((id) => ({
                item: { id: `gid://shopify/InventoryItem/${id}` },
                location: { id: 'gid://shopify/Location/9' },
              })),
            },
      userErrors: errors,
    }).map((answer: PushAnswer) => answer.outcome);

  it.each([
    ['CHANGE_FROM_QUANTITY_STALE', 'stale'],
    ['COMPARE_QUANTITY_STALE', 'stale'],
    ['INVALID_INVENTORY_ITEM', 'rejected'],
    ['INVALID_LOCATION', 'rejected'],
    ['NON_MUTABLE_INVENTORY_ITEM', 'rejected'],
    ['INVALID_QUANTITY_TOO_HIGH', 'rejected'],
    ['IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED', 'retry'],
    ['ITEM_NOT_STOCKED_AT_LOCATION', 'retry'],
    ['A_CODE_OF_NEXT_YEAR', 'retry'],
    [null, 'retry'],
  ])('%s is %s, and its neighbour comes again', (code, outcome) => {
    expect(outcomes([error(code, 1)])).toEqual(['retry', outcome]);
  });

  it('an error of the whole call is one of every row', () => {
    expect(outcomes([error('INVALID_REASON')])).toEqual(['rejected', 'rejected']);
  });

  it('a row beside a bad one is applied only when Shopify lists its change', () => {
    expect(outcomes([error('CHANGE_FROM_QUANTITY_STALE', 1)], ['1'])).toEqual(['applied', 'stale']);
  });

  it.each(['IDEMPOTENCY_CONCURRENT_REQUEST', 'SERVICE_UNAVAILABLE'])(
    '%s asks for the same key again',
    (code) => {
      expect(() => outcomes([error(code)])).toThrow(expect.objectContaining({ code: 'vendor_throttled' }));
    },
  );
});
