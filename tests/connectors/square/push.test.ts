// A push sets what Square may sell by the difference to what was read: once per key, and never over a sale in between.
import { describe, expect, test } from 'vitest';
import type { Push, PushBatch, PushItem, PushTarget, Reading } from '../../../src/connectors/contract.ts';
import { refusalAnswers } from '../../../src/connectors/square/refusal.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import { type Shop, startShop } from './shop.ts';

const CREATE = '/v2/inventory/changes/batch-create';

function pushOf(shop: Shop): Push {
  if (shop.connection.push === undefined) throw new Error('the connection has no push');
  return shop.connection.push;
}

async function readOne(shop: Shop, target: PushTarget): Promise<Reading> {
  const [reading] = await pushOf(shop).read([target]);
  if (reading === undefined) throw new Error('no reading');
  return reading;
}

async function itemFor(
  shop: Shop,
  target: PushTarget,
  available: string,
  publication = 'pub-1',
): Promise<PushItem> {
  const reading = await readOne(shop, target);
  if (reading.outcome !== 'read') throw new Error(reading.reason);
  return { ...target, publication, available, readAvailable: reading.available, expected: reading.expected };
}

const batchOf = (items: readonly PushItem[], createdAt = new Date()): PushBatch => ({
  key: crypto.randomUUID(),
  createdAt: instantOf(createdAt),
  items,
});

const stockOf = (shop: Shop, sku: string, location = 'Main') =>
  shop.simulator.books()[sku]?.[location]?.IN_STOCK;
const creations = (shop: Shop) => shop.simulator.requests().filter(({ path }) => path === CREATE);
const ownChanges = (shop: Shop) =>
  JSON.stringify(shop.simulator.changes()).split('stockbridge:pub-').length - 1;

describe('read', () => {
  test('answers every target in order, as of an instant that is not before the reading', async () => {
    await using shop = await startShop();
    const before = instantOf(new Date());
    const readings = await pushOf(shop).read([
      { listing: shop.tea, location: shop.main },
      { listing: shop.mug, location: shop.main },
      { listing: shop.mug, location: shop.harbour },
    ]);
    expect(readings).toMatchObject([
      { listing: shop.tea, outcome: 'read', available: '10', expected: { inStock: '10' } },
      { listing: shop.mug, outcome: 'read', available: '100', expected: { inStock: '100' } },
      {
        listing: shop.mug,
        location: shop.harbour,
        outcome: 'read',
        available: '0',
        expected: { inStock: '0' },
      },
    ]);
    for (const reading of readings) expect(reading.outcome === 'read' && reading.asOf > before).toBe(true);
  });

  test('a tracked variation without a count has none on hand, an untracked one has no quantity at all', async () => {
    await using shop = await startShop();
    const listings = await namedListings(shop);
    expect(await readOne(shop, { listing: listings.PAD ?? '', location: shop.main })).toMatchObject({
      outcome: 'read',
      available: '0',
    });
    expect(await readOne(shop, { listing: listings.PAD ?? '', location: shop.harbour })).toMatchObject({
      outcome: 'not_pushable',
    });
    expect(await readOne(shop, { listing: listings.GIFT ?? '', location: shop.main })).toMatchObject({
      outcome: 'not_pushable',
    });
    expect(await readOne(shop, { listing: listings.BOX ?? '', location: shop.main })).toMatchObject({
      outcome: 'not_pushable',
    });
    expect(await readOne(shop, { listing: 'NEVER-HEARD-OF', location: shop.main })).toMatchObject({
      outcome: 'not_pushable',
    });
  });

  test('says what Square has when it has sold more than it had', async () => {
    await using shop = await startShop();
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'TEA', quantity: 12 }] });
    expect(await readOne(shop, { listing: shop.tea, location: shop.main })).toMatchObject({
      available: '-2',
    });
  });

  test('of nothing asks nothing', async () => {
    await using shop = await startShop();
    expect(await pushOf(shop).read([])).toEqual([]);
    expect(shop.simulator.requests()).toEqual([]);
  });
});

describe('send', () => {
  test.each([
    ['less', '80'],
    ['more', '130'],
    ['nothing', '0'],
    ['fractions off', '99'],
  ])('%s: Square then offers what was asked for', async (_, available) => {
    await using shop = await startShop();
    shop.simulator.waste({ location: 'Main', lines: [{ sku: 'MUG', quantity: '0.33333' }] });
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, available);
    expect(await pushOf(shop).send(batchOf([item]))).toEqual([{ outcome: 'applied' }]);
    expect(stockOf(shop, 'MUG')).toBe(available);
  });

  test('gives stock to a location that never had any', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.harbour }, '5');
    expect(await pushOf(shop).send(batchOf([item]))).toEqual([{ outcome: 'applied' }]);
    expect(stockOf(shop, 'MUG', 'Harbour')).toBe('5');
  });

  test('measures against the count, also where nothing is offered because the seller marked it sold out', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    expect(await pushOf(shop).send(batchOf([{ ...item, readAvailable: '0' }]))).toEqual([
      { outcome: 'applied' },
    ]);
    expect(stockOf(shop, 'MUG')).toBe('80');
  });

  test('keeps a sale made between reading and writing', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 3 }] });
    expect(await pushOf(shop).send(batchOf([item]))).toEqual([{ outcome: 'applied' }]);
    expect(stockOf(shop, 'MUG')).toBe('77');
  });

  test('without a difference is applied without a call, alone and among others', async () => {
    await using shop = await startShop();
    const same = await itemFor(shop, { listing: shop.mug, location: shop.main }, '100');
    expect(await pushOf(shop).send(batchOf([same]))).toEqual([{ outcome: 'applied' }]);
    expect(creations(shop)).toEqual([]);
    const other = await itemFor(shop, { listing: shop.tea, location: shop.main }, '4', 'pub-2');
    expect(await pushOf(shop).send(batchOf([same, other]))).toEqual([
      { outcome: 'applied' },
      { outcome: 'applied' },
    ]);
    expect([stockOf(shop, 'MUG'), stockOf(shop, 'TEA'), ownChanges(shop)]).toEqual(['100', '4', 1]);
  });

  test('I8: the same batch again has one effect', async () => {
    await using shop = await startShop();
    const batch = batchOf([await itemFor(shop, { listing: shop.mug, location: shop.main }, '80')]);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await pushOf(shop).send(batch)).toEqual([{ outcome: 'applied' }]);
    }
    expect([stockOf(shop, 'MUG'), ownChanges(shop), creations(shop).length]).toEqual(['80', 1, 3]);
  });

  test('I8: an answer that never came is an open outcome, and repeating settles it', async () => {
    await using shop = await startShop({ patienceMs: 1_000 });
    const batch = batchOf([await itemFor(shop, { listing: shop.mug, location: shop.main }, '80')]);
    shop.simulator.setFaults({
      api: { next: [{ fault: 'acceptThenTimeout', path: CREATE }], holdMs: 10_000 },
    });
    await expect(pushOf(shop).send(batch)).rejects.toMatchObject({ code: 'outcome_unknown' });
    expect(stockOf(shop, 'MUG')).toBe('80');
    expect(await pushOf(shop).send(batch)).toEqual([{ outcome: 'applied' }]);
    expect([stockOf(shop, 'MUG'), ownChanges(shop)]).toEqual(['80', 1]);
  });

  test.each([
    ['throttle', 'vendor_throttled'],
    ['unauthorized', 'vendor_unauthorized'],
    ['serverError', 'outcome_unknown'],
    ['timeout', 'outcome_unknown'],
  ] as const)('when the vendor answers with %s, that is %s', async (fault, code) => {
    await using shop = await startShop({ patienceMs: 1_000 });
    const batch = batchOf([await itemFor(shop, { listing: shop.mug, location: shop.main }, '80')]);
    shop.simulator.setFaults({ api: { next: [{ fault, path: CREATE }], holdMs: 10_000 } });
    await expect(pushOf(shop).send(batch)).rejects.toMatchObject({ code });
    expect(await pushOf(shop).send(batch)).toEqual([{ outcome: 'applied' }]);
    expect([stockOf(shop, 'MUG'), ownChanges(shop)]).toEqual(['80', 1]);
  });

  test('names the item that Square refuses, and asks for the others to come again', async () => {
    await using shop = await startShop();
    const good = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    const bad = { ...good, listing: 'DELETED-SINCE', publication: 'pub-2' };
    const same = await itemFor(shop, { listing: shop.tea, location: shop.main }, '10', 'pub-3');
    expect(await pushOf(shop).send(batchOf([same, good, bad]))).toMatchObject([
      { outcome: 'retry' },
      { outcome: 'retry' },
      { outcome: 'rejected', reason: expect.stringContaining('NOT_FOUND') },
    ]);
    expect([stockOf(shop, 'MUG'), ownChanges(shop)]).toEqual(['100', 0]);
  });

  test('asks for a new key when our clock is ahead of Square’s', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    const batch = batchOf([item], new Date(Date.now() + 60_000));
    expect(await pushOf(shop).send(batch)).toMatchObject([{ outcome: 'retry' }]);
    expect(stockOf(shop, 'MUG')).toBe('100');
  });

  test('refuses to send one key with two contents', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    const batch = batchOf([item]);
    await pushOf(shop).send(batch);
    const other = { ...batch, items: [{ ...item, available: '70' }] };
    await expect(pushOf(shop).send(other)).rejects.toMatchObject({ code: 'vendor_rejected' });
  });
});

describe('a batch older than Square takes', () => {
  const DAY_MS = 24 * 3_600_000;

  test('comes again under a new key when it had no effect', async () => {
    await using shop = await startShop();
    const item = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    expect(await pushOf(shop).send(batchOf([item], new Date(Date.now() - DAY_MS)))).toMatchObject([
      { outcome: 'retry' },
    ]);
    expect(creations(shop)).toEqual([]);
  });

  test('I8: is applied when an attempt with a lost answer had gone through', async () => {
    let hubTime = Date.now();
    await using shop = await startShop({ now: () => new Date(hubTime), patienceMs: 1_000 });
    const done = await itemFor(shop, { listing: shop.mug, location: shop.main }, '80');
    const batch = batchOf([done]);
    shop.simulator.setFaults({
      api: { next: [{ fault: 'acceptThenTimeout', path: CREATE }], holdMs: 10_000 },
    });
    await expect(pushOf(shop).send(batch)).rejects.toMatchObject({ code: 'outcome_unknown' });
    hubTime += DAY_MS;
    expect(await pushOf(shop).send(batch)).toEqual([{ outcome: 'applied' }]);
    expect([stockOf(shop, 'MUG'), ownChanges(shop)]).toEqual(['80', 1]);
  });
});

async function namedListings(shop: Shop): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const page of shop.connection.catalogue?.() ?? []) {
    for (const { id, sku } of page.listings) found[sku] = id;
  }
  return found;
}

describe('a refusal that names no item', () => {
  const target = { listing: 'V1', location: 'A' };
  const item = { ...target, publication: 'p', available: '1', readAvailable: '0', expected: {} };
  const items = [item, { ...item, listing: 'V2' }];
  const errors = [{ code: 'BAD_REQUEST', detail: 'Something in here is wrong.' }];
  const readable = { ...target, outcome: 'read', available: '0', asOf: instantOf(0), expected: {} } as const;
  const gone = { ...target, listing: 'V2', outcome: 'not_pushable', reason: 'no such variation' } as const;
  const answers = (readings: readonly Reading[], changeCount = 2) =>
    refusalAnswers(errors, items, changeCount, {
      changeIndexOf: (each) => items.indexOf(each as (typeof items)[number]),
      read: () => Promise.resolve(readings),
    });

  test('blames the items that can no longer be pushed', async () => {
    expect(await answers([readable, gone])).toMatchObject([
      { outcome: 'retry' },
      { outcome: 'rejected', reason: 'no such variation' },
    ]);
  });

  test('blames all of them when nothing explains it, so that the same batch is not tried for ever', async () => {
    expect(await answers([readable, readable])).toMatchObject([
      { outcome: 'rejected' },
      { outcome: 'rejected' },
    ]);
  });

  test('blames the only one there is', async () => {
    expect(await answers([], 1)).toMatchObject([
      { outcome: 'rejected', reason: 'BAD_REQUEST Something in here is wrong.' },
      { outcome: 'retry' },
    ]);
  });
});
