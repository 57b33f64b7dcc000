// The rules of the stock-changing mutations: compare-and-set, idempotency keys, limits, and what they leave behind.
import { expect, it } from 'vitest';
import { ask, at, bookOf, levelsOf, listAt, type Place, type Reply, smallShop } from './shopify-client.ts';

type Shop = Awaited<ReturnType<typeof smallShop>>;

const row = ({ itemId, locationId }: Place, quantity: number, changeFromQuantity: number | null = null) => ({
  inventoryItemId: itemId,
  locationId,
  quantity,
  changeFromQuantity,
});

const set = (
  shop: Shop,
  rows: object[],
  idempotencyKey: string,
  name = 'on_hand',
  reason = 'correction',
): Promise<Reply> =>
  ask(shop, 'StockbridgeSetQuantities', { idempotencyKey, input: { name, reason, quantities: rows } });

const adjust = (shop: Shop, change: object, idempotencyKey: string, name = 'available'): Promise<Reply> =>
  ask(shop, 'StockbridgeAdjustQuantities', {
    idempotencyKey,
    input: {
      name,
      reason: 'correction',
      changes: [
        {
          inventoryItemId: shop.place.itemId,
          locationId: shop.place.locationId,
          changeFromQuantity: null,
          ...change,
        },
      ],
    },
  });

const codes = (reply: Reply, field = 'inventorySetQuantities'): unknown[] =>
  listAt(reply, `data.${field}.userErrors`).map((error) => at(error, 'code'));

it('setting on_hand moves available and leaves what is committed', async () => {
  await using shop = await smallShop();
  shop.sell({ lines: [{ sku: 'CUP', quantity: 3 }] });
  const reply = await set(shop, [row(shop.place, 8, 10)], 'a');
  expect(codes(reply)).toEqual([]);
  expect(levelsOf(shop)).toEqual([5, 3, 8]);
  const changes = listAt(reply, 'data.inventorySetQuantities.inventoryAdjustmentGroup.changes');
  expect(
    changes.map((change) => [at(change, 'name'), at(change, 'delta'), at(change, 'quantityAfterChange')]),
  ).toEqual([
    ['available', -2, 5],
    ['on_hand', -2, 8],
  ]);
});

it('the adjustment group can be read back by its id and names the app', async () => {
  await using shop = await smallShop();
  const id = at(
    await set(shop, [row(shop.place, 9)], 'a'),
    'data.inventorySetQuantities.inventoryAdjustmentGroup.id',
  );
  const reply = await ask(shop, 'StockbridgeAdjustmentGroup', { id });
  expect(at(reply, 'data.node.app.handle')).toBe('stockbridge');
  expect(listAt(reply, 'data.node.changes')).toHaveLength(2);
});

it('a stale comparison changes nothing and names its row', async () => {
  await using shop = await smallShop();
  shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: -1 });
  const rows = [row({ ...shop.place, locationId: shop.place.storeId }, 2, 4), row(shop.place, 8, 10)];
  const reply = await set(shop, rows, 'a');
  expect(codes(reply)).toEqual(['CHANGE_FROM_QUANTITY_STALE']);
  expect(at(reply, 'data.inventorySetQuantities.userErrors.0.field')).toEqual([
    'input',
    'quantities',
    '1',
    'changeFromQuantity',
  ]);
  expect([levelsOf(shop), levelsOf(shop, 'CUP', 'Store')]).toEqual([
    [9, 0, 9],
    [4, 0, 4],
  ]);
});

it('an order does not make a comparison on on_hand stale, but one on available', async () => {
  await using shop = await smallShop();
  shop.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
  expect(codes(await set(shop, [row(shop.place, 9, 10)], 'a'))).toEqual([]);
  expect(codes(await set(shop, [row(shop.place, 9, 10)], 'b', 'available'))).toEqual([
    'CHANGE_FROM_QUANTITY_STALE',
  ]);
});

it('leaving the comparison out is an error of its own; null skips it', async () => {
  await using shop = await smallShop();
  const { itemId: inventoryItemId, locationId } = shop.place;
  const reply = await set(shop, [{ inventoryItemId, locationId, quantity: 1 }], 'a');
  expect([at(reply, 'errors.0.message'), at(reply, 'data.inventorySetQuantities')]).toEqual([
    expect.stringContaining('changeFromQuantity'),
    null,
  ]);
  expect(levelsOf(shop)).toEqual([10, 0, 10]);
  expect(codes(await set(shop, [row(shop.place, 1, null)], 'a'))).toEqual([]);
});

it('a mutation without a key is refused before it applies', async () => {
  await using shop = await smallShop();
  const input = { name: 'on_hand', reason: 'correction', quantities: [row(shop.place, 1)] };
  const query =
    'mutation ($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) { userErrors { code } } }';
  for (const text of [
    query,
    query.replace(') {', ') {').replace('input: $input)', 'input: $input) @idempotent(key: " ")'),
  ]) {
    expect(at(await ask(shop, text, { input }), 'errors.0.message')).toContain('@idempotent');
  }
  expect(levelsOf(shop)).toEqual([10, 0, 10]);
});

it('I8: the same key and body answer again without applying again, for deltas too', async () => {
  await using shop = await smallShop();
  const first = await adjust(shop, { delta: -2 }, 'a');
  const again = await adjust(shop, { delta: -2 }, 'a');
  expect(at(again, 'data')).toEqual(at(first, 'data'));
  expect(levelsOf(shop)).toEqual([8, 0, 8]);
});

it('I4: the same key with another body is a mismatch', async () => {
  await using shop = await smallShop();
  await set(shop, [row(shop.place, 5)], 'a');
  expect(codes(await set(shop, [row(shop.place, 6)], 'a'))).toEqual(['IDEMPOTENCY_KEY_PARAMETER_MISMATCH']);
  expect(levelsOf(shop)).toEqual([5, 0, 5]);
});

it('a key in use answers that it is', async () => {
  await using shop = await smallShop({ mutationLatencyMs: 60 });
  const replies = await Promise.all([adjust(shop, { delta: -2 }, 'a'), adjust(shop, { delta: -2 }, 'a')]);
  expect(replies.flatMap((reply) => codes(reply, 'inventoryAdjustQuantities'))).toEqual([
    'IDEMPOTENCY_CONCURRENT_REQUEST',
  ]);
  expect(levelsOf(shop)).toEqual([8, 0, 8]);
});

it('I8: what was applied before the connection broke is not applied again by the retry', async () => {
  await using shop = await smallShop();
  for (const kind of ['accept-then-timeout', 'accept-then-502'] as const) {
    shop.setFaults({ api: [{ kind, operation: 'inventoryAdjust' }] });
    await expect(adjust(shop, { delta: -2 }, kind)).rejects.toThrow();
    expect(codes(await adjust(shop, { delta: -2 }, kind), 'inventoryAdjustQuantities')).toEqual([]);
  }
  expect(levelsOf(shop)).toEqual([6, 0, 6]);
});

it.each([
  [
    'INVALID_INVENTORY_ITEM',
    (place: Place) => [{ ...row(place, 1), inventoryItemId: 'gid://shopify/InventoryItem/1' }],
  ],
  ['INVALID_LOCATION', (place: Place) => [{ ...row(place, 1), locationId: 'gid://shopify/Location/1' }]],
  ['INVALID_QUANTITY_TOO_HIGH', (place: Place) => [row(place, 1_000_000_001)]],
  ['INVALID_QUANTITY_NEGATIVE', (place: Place) => [row(place, -1)]],
  ['NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR', (place: Place) => [row(place, 1), row(place, 2)]],
])('%s', async (code, rowsOf) => {
  await using shop = await smallShop();
  expect(codes(await set(shop, rowsOf(shop.place), 'a'))).toEqual([code]);
  expect(levelsOf(shop)).toEqual([10, 0, 10]);
});

it('names, reasons, bundle parents and oversized batches are refused', async () => {
  await using shop = await smallShop();
  const [set1] = shop.seed({ variants: [{ sku: 'SET', bundleParent: true }] }).variants;
  const parent = row({ ...shop.place, itemId: set1?.itemId ?? '' }, 1);
  expect(codes(await set(shop, [row(shop.place, 1)], 'a', 'committed'))).toEqual(['INVALID_NAME']);
  expect(codes(await set(shop, [row(shop.place, 1)], 'b', 'on_hand', 'because'))).toEqual(['INVALID_REASON']);
  expect(codes(await set(shop, [parent], 'c'))).toEqual(['NON_MUTABLE_INVENTORY_ITEM']);
  const many = Array.from({ length: 251 }, () => row(shop.place, 1));
  expect(at(await set(shop, many, 'd'), 'errors.0.extensions.code')).toBe('MAX_INPUT_SIZE_EXCEEDED');
});

it('adjusting a state other than available needs a document, available takes none', async () => {
  await using shop = await smallShop();
  const field = 'inventoryAdjustQuantities';
  const document = { delta: 1, ledgerDocumentUri: 'stockbridge://count/1' };
  expect(codes(await adjust(shop, document, 'a'), field)).toEqual(['INVALID_AVAILABLE_DOCUMENT']);
  expect(codes(await adjust(shop, { delta: 1 }, 'b', 'damaged'), field)).toEqual([
    'INVALID_QUANTITY_DOCUMENT',
  ]);
  expect(codes(await adjust(shop, { delta: 1 }, 'c', 'on_hand'), field)).toEqual(['INVALID_QUANTITY_NAME']);
  expect(codes(await adjust(shop, document, 'd', 'damaged'), field)).toEqual([]);
  expect(bookOf(shop, 'CUP', 'Warehouse')).toMatchObject({ available: 10, damaged: 1, on_hand: 11 });
});

it('a quantity set where the item is not stocked is taken, and sells nothing', async () => {
  await using shop = await smallShop();
  const [cap] = shop.seed({ variants: [{ sku: 'CAP' }] }).variants;
  expect(codes(await set(shop, [row({ ...shop.place, itemId: cap?.itemId ?? '' }, 5)], 'a'))).toEqual([]);
  expect(bookOf(shop, 'CAP', 'Warehouse')).toMatchObject({ isActive: false, available: 5 });
  expect(() => shop.sell({ lines: [{ sku: 'CAP', quantity: 1 }] })).toThrow('cannot be served');
});

it('activation stocks an item, keeps former quantities, and is replayed under its key', async () => {
  await using shop = await smallShop();
  const [cap] = shop.seed({ variants: [{ sku: 'CAP' }] }).variants;
  const wish = { itemId: cap?.itemId, locationId: shop.place.locationId, onHand: 7, idempotencyKey: 'a' };
  const first = await ask(shop, 'StockbridgeActivateLevel', wish);
  expect(at(first, 'data.inventoryActivate.inventoryLevel.isActive')).toBe(true);
  expect(at(await ask(shop, 'StockbridgeActivateLevel', wish), 'data')).toEqual(at(first, 'data'));
  shop.setStocked({ sku: 'CAP', location: 'Warehouse', isActive: false });
  await ask(shop, 'StockbridgeActivateLevel', { ...wish, onHand: null, idempotencyKey: 'b' });
  expect(bookOf(shop, 'CAP', 'Warehouse')).toMatchObject({ isActive: true, on_hand: 7 });
});
