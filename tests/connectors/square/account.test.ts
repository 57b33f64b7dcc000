// What the hub learns about a Square account: its catalogue, its levels, its health, and its settings.
import { describe, expect, test } from 'vitest';
import type { SquareClient } from '../../../src/connectors/square/client.ts';
import { square } from '../../../src/connectors/square/index.ts';
import { snapshotPages } from '../../../src/connectors/square/snapshot.ts';
import { isPresent, isSoldOut, untrackedReason } from '../../../src/connectors/square/tracking.ts';
import type { Variation } from '../../../src/connectors/square/wire.ts';
import { startShop } from './shop.ts';

describe('the catalogue', () => {
  test('lists every location and variation once, over all pages, and says which cannot be pushed', async () => {
    await using shop = await startShop({ simulator: { catalogPageSize: 2 } });
    const pages = [];
    for await (const page of shop.connection.catalogue?.() ?? []) pages.push(page);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flatMap(({ locations }) => locations).map(({ name, active }) => [name, active])).toEqual([
      ['Main', true],
      ['Harbour', true],
      ['Old', false],
    ]);
    const listings = pages.flatMap((page) => page.listings);
    expect(listings.map(({ sku, pushable }) => [sku, pushable])).toEqual([
      ['MUG', true],
      ['TEA', true],
      ['PAD', true],
      ['GIFT', false],
      ['BOX', false],
    ]);
    expect(listings[0]).toEqual({
      id: shop.mug,
      sku: 'MUG',
      title: 'Mug – Mug',
      barcode: '012345678905',
      pushable: true,
    });
    for (const { pushable, reason } of listings) expect(reason === undefined).toBe(pushable);
  });
});

describe('the snapshot', () => {
  test('gives what is on hand and what of it is for sale', async () => {
    await using shop = await startShop();
    shop.simulator.reserve({ location: 'Main', lines: [{ sku: 'MUG', quantity: 5 }] });
    shop.simulator.refund({ location: 'Main', lines: [{ sku: 'TEA', quantity: '1.5' }], path: 'unlinked' });
    shop.simulator.transfer({
      from: 'Main',
      to: 'Harbour',
      lines: [{ sku: 'TEA', quantity: 2 }],
      step: 'send',
    });
    const pages = [];
    for await (const page of shop.connection.snapshot?.() ?? []) pages.push(page);
    const levels = pages.flatMap((page) => page.levels);
    expect(levels).toHaveLength(3);
    expect(levels).toContainEqual({ listing: shop.mug, location: shop.main, sellable: '95', held: '5' });
    expect(levels).toContainEqual({
      listing: shop.tea,
      location: shop.main,
      sellable: '9.5',
      held: '0',
    });
    expect(levels).toContainEqual({ listing: shop.tea, location: shop.harbour, sellable: '0', held: '2' });
    expect(pages[0]?.reservations).toEqual([]);
  });

  test('names a level that moved after the instant it stands for, whenever it is read', async () => {
    let ahead = 0;
    await using shop = await startShop({ simulator: { now: () => new Date(Date.now() + ahead) } });
    ahead = 60_000;
    shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const pages = [];
    for await (const page of shop.connection.snapshot?.() ?? []) pages.push(page);
    expect(pages.flatMap((page) => page.levels).map(({ listing }) => listing)).toEqual([shop.tea]);
    expect(pages.flatMap((page) => page.leftOut ?? [])).toEqual([
      expect.stringContaining(`listing ${shop.mug} at ${shop.main}`),
    ]);
  });

  test('reads what moved meanwhile again, as a page of its own with its own instant, and names what it cannot read', async () => {
    const count = (listing: string, quantity: string, second: number, state = 'IN_STOCK') => ({
      ...{ catalog_object_id: listing, location_id: 'L', state, quantity },
      calculated_at: `2026-11-20T10:00:${String(second).padStart(2, '0')}Z`,
    });
    const answers = [
      { second: 1, counts: [count('QUIET', '7', 0), count('BUSY', '5', 4), count('GONE', '1', 4)] },
      { second: 9, counts: [count('BUSY', '4', 4), count('ODD', '1', 0, 'CUSTOM')] },
    ];
    const filters: unknown[] = [];
    const client = {
      async *counts(filter: unknown) {
        filters.push(filter);
        const answer = answers[filters.length - 1];
        if (answer)
          yield {
            counts: answer.counts,
            serverTime: new Date(`2026-11-20T10:00:0${answer.second}Z`),
          };
      },
    } as unknown as SquareClient;
    const pages = [];
    for await (const page of snapshotPages(client)) pages.push(page);
    expect(pages).toMatchObject([
      { asOf: '2026-11-20T10:00:02.000000Z', levels: [{ listing: 'QUIET', sellable: '7' }] },
      {
        asOf: '2026-11-20T10:00:10.000000Z',
        levels: [
          { listing: 'BUSY', sellable: '4' },
          { listing: 'GONE', sellable: '0', held: '0' },
        ],
      },
    ]);
    expect(filters[1]).toMatchObject({ listings: ['BUSY', 'GONE'] });
  });

  test('names a quantity that cannot be read', async () => {
    const client = {
      async *counts() {
        const odd = { catalog_object_id: 'ODD', location_id: 'L', state: 'CUSTOM', quantity: '1' };
        yield { counts: [odd], serverTime: new Date() };
      },
    } as unknown as SquareClient;
    const pages = [];
    for await (const page of snapshotPages(client)) pages.push(page);
    expect(pages).toMatchObject([{ levels: [], leftOut: [expect.stringContaining('CUSTOM')] }]);
  });
});

describe('health', () => {
  test('is well with a valid token, the pinned version and a clock that agrees', async () => {
    await using shop = await startShop();
    expect((await shop.connection.health?.())?.map(({ level }) => level)).toEqual(['ok', 'ok', 'ok']);
    expect(shop.simulator.requests()).toHaveLength(1);
  });

  test('names a revoked token, a throttled account and a silent vendor, with what to do', async () => {
    await using shop = await startShop({ patienceMs: 1_000 });
    const findings = async () =>
      (await shop.connection.health?.())?.map(({ level, help }) => [level, typeof help]);
    shop.simulator.setFaults({ api: { throttle: 1 } });
    expect(await findings()).toEqual([['warn', 'string']]);
    shop.simulator.setFaults({ api: { timeout: 1, holdMs: 10_000 } });
    expect(await findings()).toEqual([['fail', 'string']]);
    shop.simulator.setFaults({});
    shop.simulator.expireToken();
    expect(await findings()).toEqual([['fail', 'string']]);
  });

  test('warns when our clock runs ahead, because Square then refuses every push', async () => {
    await using shop = await startShop({ now: () => new Date(Date.now() + 60_000) });
    const findings = (await shop.connection.health?.()) ?? [];
    expect(findings.map(({ level }) => level)).toEqual(['ok', 'ok', 'warn']);
  });
});

describe('tracking', () => {
  const variation = (
    over: Partial<Variation>,
    data: Partial<Variation['item_variation_data']> = {},
  ): Variation => ({
    id: 'V',
    ...over,
    item_variation_data: { track_inventory: true, ...data },
  });

  test('follows the location before the variation, and is off when neither says anything', () => {
    const overridden = { location_overrides: [{ location_id: 'A', track_inventory: false }] };
    expect(untrackedReason(variation({}, overridden), 'A')).toBeDefined();
    expect(untrackedReason(variation({}, overridden), 'B')).toBeUndefined();
    expect(untrackedReason(variation({}, { track_inventory: null }), 'A')).toBeDefined();
    expect(untrackedReason(variation({ is_deleted: true }), 'A')).toBeDefined();
  });

  test('presence is everywhere unless said otherwise', () => {
    expect(isPresent(variation({}), 'A')).toBe(true);
    expect(isPresent(variation({ present_at_all_locations: true, absent_at_location_ids: ['A'] }), 'A')).toBe(
      false,
    );
    expect(
      isPresent(variation({ present_at_all_locations: false, present_at_location_ids: ['B'] }), 'A'),
    ).toBe(false);
    expect(
      isPresent(variation({ present_at_all_locations: false, present_at_location_ids: ['B'] }), 'B'),
    ).toBe(true);
  });

  test('sold out is a matter of one location', () => {
    const soldOut = variation({}, { location_overrides: [{ location_id: 'A', sold_out: true }] });
    expect([isSoldOut(soldOut, 'A'), isSoldOut(soldOut, 'B')]).toEqual([true, false]);
  });
});

describe('the settings', () => {
  const valid = { accessToken: 'token', signatureKey: 'key' };

  test('need a token and a signature key, and fill in the rest', () => {
    expect(square.settings.parse(valid)).toEqual({
      ...valid,
      baseUrl: 'https://connect.squareup.com',
      apiVersion: '2026-09-16',
      overlapSeconds: 300,
      intervalSeconds: 60,
    });
  });

  test.each([
    ['no token', { signatureKey: 'key' }],
    ['an unknown field', { ...valid, acessToken: 'typo' }],
    ['another version', { ...valid, apiVersion: '2025-01-01' }],
    ['an address that is none', { ...valid, baseUrl: 'connect.squareup.com' }],
  ])('refuse %s', (_, settings) => {
    expect(square.settings.safeParse(settings).success).toBe(false);
  });
});
