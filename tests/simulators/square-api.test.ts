// The simulated Square REST API refuses what Square refuses, answers a replay once, and pages without gaps.

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type SquareSimulator,
  type SquareSimulatorOptions,
  startSquareSimulator,
} from '../../src/simulators/square/index.ts';
import { call, type Json, pagesOf, refusalIn } from './square-client.ts';

const NOW = '2026-11-21T14:00:00Z';
const CREATE = '/v2/inventory/changes/batch-create';
const CHANGES = '/v2/inventory/changes/batch-retrieve';
const COUNTS = '/v2/inventory/counts/batch-retrieve';

interface Shop extends AsyncDisposable {
  square: SquareSimulator;
  main: string;
  harbour: string;
  mug: string;
  tea: string;
}

async function startShop(options: SquareSimulatorOptions = {}): Promise<Shop> {
  const square = await startSquareSimulator({ now: () => new Date(NOW), ...options });
  const { locations, variations } = square.seed({
    locations: [{ name: 'Main' }, { name: 'Harbour' }, { name: 'Old', status: 'INACTIVE' }],
    variations: [
      { name: 'Mug', sku: 'MUG', upc: '012345678905', counts: { Main: 100 } },
      {
        name: 'Tea',
        sku: 'TEA',
        counts: { Main: 10, Harbour: 0 },
        trackInventory: { Main: true, Harbour: true },
      },
    ],
  });
  return {
    square,
    main: locations.Main ?? '',
    harbour: locations.Harbour ?? '',
    mug: variations.MUG ?? '',
    tea: variations.TEA ?? '',
    [Symbol.asyncDispose]: () => square.close(),
  };
}

function sale(shop: Shop, over: Json = {}): Json {
  const adjustment = {
    catalog_object_id: shop.mug,
    from_state: 'IN_STOCK',
    to_state: 'SOLD',
    from_location_id: shop.main,
    to_location_id: shop.main,
    quantity: '2',
    occurred_at: '2026-11-21T13:59:00Z',
    reference_id: 'outbox-1',
    ...over,
  };
  return { type: 'ADJUSTMENT', adjustment };
}

function recount(shop: Shop, over: Json = {}): Json {
  const physical_count = {
    catalog_object_id: shop.mug,
    state: 'IN_STOCK',
    location_id: shop.main,
    quantity: '90',
    occurred_at: '2026-11-21T13:59:00Z',
    ...over,
  };
  return { type: 'PHYSICAL_COUNT', physical_count };
}

const push = (shop: Shop, changes: Json[], over: Json = {}) =>
  call(shop.square, CREATE, { idempotency_key: randomUUID(), changes, ...over });

const stock = ({ square }: Shop, sku = 'MUG') => square.books()[sku]?.Main?.IN_STOCK;

describe('who may call', () => {
  test('a wrong, missing or expired token answers 401, and a refresh brings a new one', async () => {
    const application = { id: 'app-1', secret: 'hush', name: 'Hub' };
    await using shop = await startShop({ application });
    const { square } = shop;
    expect((await call(square, '/v2/locations', undefined, { authorization: 'Bearer wrong' })).status).toBe(
      401,
    );
    expect(refusalIn(await call(square, '/v2/locations', undefined, { authorization: '' }))).toBe(
      'UNAUTHORIZED',
    );
    square.expireToken();
    expect(refusalIn(await call(square, '/v2/locations'))).toBe('ACCESS_TOKEN_EXPIRED');
    const grant = { grant_type: 'refresh_token', client_id: 'app-1', client_secret: 'hush' };
    expect((await call(square, '/oauth2/token', { ...grant, refresh_token: 'wrong' })).status).toBe(401);
    const renewed = await call(square, '/oauth2/token', { ...grant, refresh_token: square.refreshToken });
    expect(renewed.body.access_token).toBe(square.accessToken());
    expect((await call(square, '/v2/locations')).status).toBe(200);
  });

  test('only the pinned Square-Version is spoken', async () => {
    await using shop = await startShop();
    const versions = { '2025-01-23': 'API_VERSION_INCOMPATIBLE', latest: 'INVALID_SQUARE_VERSION_FORMAT' };
    for (const [version, code] of Object.entries(versions)) {
      const answer = await call(shop.square, '/v2/locations', undefined, { 'square-version': version });
      expect([answer.status, refusalIn(answer)]).toEqual([400, code]);
    }
  });

  test('unknown paths answer 404, wrong methods 405 and bodies that are no JSON 400, in the shape of a Square error', async () => {
    await using shop = await startShop();
    const unknown = await call(shop.square, '/v2/inventory/transfers/1');
    expect(unknown.status).toBe(404);
    expect(unknown.body).toEqual({
      errors: [{ category: 'INVALID_REQUEST_ERROR', code: 'NOT_FOUND', detail: expect.any(String) }],
    });
    expect((await call(shop.square, CREATE)).status).toBe(405);
    expect(refusalIn(await call(shop.square, CREATE, '{"changes":'))).toBe('EXPECTED_JSON_BODY');
  });
});

describe('locations and catalog', () => {
  test('locations and variations show what a mapping needs', async () => {
    await using shop = await startShop();
    const { locations } = (await call(shop.square, '/v2/locations')).body as { locations: Json[] };
    expect(locations.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'Main ACTIVE',
      'Harbour ACTIVE',
      'Old INACTIVE',
    ]);
    const list = (await call(shop.square, '/v2/catalog/list?types=ITEM')).body as { objects: Json[] };
    expect(list.objects[0]).toMatchObject({
      type: 'ITEM',
      item_data: {
        variations: [
          {
            type: 'ITEM_VARIATION',
            id: shop.mug,
            item_variation_data: { sku: 'MUG', upc: '012345678905', track_inventory: true },
          },
        ],
      },
    });
    const some = await call(shop.square, '/v2/catalog/batch-retrieve', { object_ids: [shop.tea, 'unknown'] });
    expect(some.body.objects).toMatchObject([
      {
        id: shop.tea,
        item_variation_data: {
          track_inventory: false,
          location_overrides: [
            { location_id: shop.main, track_inventory: true },
            { location_id: shop.harbour, track_inventory: true, sold_out: true },
            { track_inventory: false },
          ],
        },
      },
    ]);
  });

  test('the catalog pages by cursor without gap or repeat', async () => {
    await using shop = await startShop({ catalogPageSize: 4 });
    shop.square.seed({ variations: Array.from({ length: 9 }, (_, index) => ({ name: `Extra ${index}` })) });
    const ids: unknown[] = [];
    const sizes: number[] = [];
    let cursor: unknown;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(String(cursor))}`;
      const { body } = await call(shop.square, `/v2/catalog/list?types=ITEM${query}`);
      const objects = body.objects as Json[];
      ids.push(...objects.map(({ id }) => id));
      sizes.push(objects.length);
      cursor = body.cursor;
    } while (cursor !== undefined);
    expect(sizes).toEqual([4, 4, 3]);
    expect(new Set(ids).size).toBe(11);
  });
});

describe('writing changes', () => {
  test('an adjustment answers the change with its reference and application, and the counts after it', async () => {
    await using shop = await startShop();
    const { status, body } = await push(shop, [sale(shop)]);
    expect(status).toBe(200);
    expect(body.changes).toMatchObject([
      {
        type: 'ADJUSTMENT',
        adjustment: {
          reference_id: 'outbox-1',
          quantity: '2',
          source: { product: 'EXTERNAL_API', application_id: shop.square.applicationId },
        },
      },
    ]);
    expect(body.counts).toMatchObject([{ state: 'IN_STOCK', quantity: '98', location_id: shop.main }]);
  });

  test('the same key with the same request answers the first result and changes nothing', async () => {
    await using shop = await startShop();
    const key = { idempotency_key: 'k-1' };
    const first = await push(shop, [sale(shop)], key);
    shop.square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const replay = await push(shop, [sale(shop)], key);
    expect(replay.body).toEqual(first.body);
    expect(stock(shop)).toBe('97');
  });

  test('the same key with another request is refused', async () => {
    await using shop = await startShop();
    const key = { idempotency_key: 'k-1' };
    await push(shop, [sale(shop)], key);
    const other = await push(shop, [sale(shop, { quantity: '3' })], key);
    expect([other.status, refusalIn(other)]).toEqual([400, 'IDEMPOTENCY_KEY_REUSED idempotency_key']);
    expect(stock(shop)).toBe('98');
  });

  test('a refused request leaves no trace, not even of its good changes', async () => {
    await using shop = await startShop();
    const key = { idempotency_key: 'k-1' };
    const refused = await push(shop, [sale(shop), sale(shop, { quantity: '-1' })], key);
    expect(refusalIn(refused)).toBe('VALUE_TOO_LOW changes[1].adjustment.quantity');
    expect(stock(shop)).toBe('100');
    expect((await push(shop, [sale(shop)], key)).status).toBe(200);
  });

  const adjustment = 'changes[0].adjustment';
  test.each<[string, Json, string]>([
    ['a quantity as a number', { quantity: 2 }, `EXPECTED_STRING ${adjustment}.quantity`],
    ['six decimals', { quantity: '1.000001' }, `INVALID_VALUE ${adjustment}.quantity`],
    ['27 characters of quantity', { quantity: '1'.repeat(27) }, `VALUE_TOO_LONG ${adjustment}.quantity`],
    ['a quantity of zero', { quantity: '0' }, `VALUE_TOO_LOW ${adjustment}.quantity`],
    ['no quantity', { quantity: null }, `MISSING_REQUIRED_PARAMETER ${adjustment}.quantity`],
    [
      'an instant in the future',
      { occurred_at: '2026-11-21T14:00:00.001Z' },
      `INVALID_TIME ${adjustment}.occurred_at`,
    ],
    [
      'an instant older than a day',
      { occurred_at: '2026-11-20T13:59:59.999Z' },
      `INVALID_TIME ${adjustment}.occurred_at`,
    ],
    ['a date without time', { occurred_at: '2026-11-21' }, `INVALID_TIME ${adjustment}.occurred_at`],
    [
      'a reference of 256 characters',
      { reference_id: 'r'.repeat(256) },
      `VALUE_TOO_LONG ${adjustment}.reference_id`,
    ],
    ['an unknown variation', { catalog_object_id: 'nope' }, `NOT_FOUND ${adjustment}.catalog_object_id`],
    ['an unknown location', { from_location_id: 'nope' }, `NOT_FOUND ${adjustment}.from_location_id`],
    ['the retired location_id', { location_id: 'L1' }, `UNKNOWN_BODY_PARAMETER ${adjustment}.location_id`],
    ['a read-only state', { to_state: 'RESERVED_FOR_SALE' }, `INVALID_VALUE ${adjustment}.to_state`],
    ['an unknown state', { to_state: 'GONE' }, `INVALID_ENUM_VALUE ${adjustment}.to_state`],
    ['a system reason', { reason_id: { type: 'SALE' } }, `INVALID_VALUE ${adjustment}.reason_id.type`],
    [
      'a reason of the other direction',
      { reason_id: { type: 'RECEIVED' } },
      `INVALID_VALUE ${adjustment}.reason_id.type`,
    ],
  ])('refuses %s', async (_, over, refusal) => {
    await using shop = await startShop();
    const answer = await push(shop, [sale(shop, over)]);
    expect(refusalIn(answer)).toBe(refusal);
    expect(answer.status).toBe(refusal.startsWith('NOT_FOUND') ? 404 : 400);
    expect(stock(shop)).toBe('100');
  });

  test('accepts the limits themselves', async () => {
    await using shop = await startShop();
    const edge = { quantity: '0.00001', occurred_at: '2026-11-20T14:00:00Z', reference_id: 'r'.repeat(255) };
    const changes = [sale(shop, edge), ...Array.from({ length: 99 }, () => sale(shop, { occurred_at: NOW }))];
    expect((await push(shop, changes, { idempotency_key: 'k'.repeat(128) })).status).toBe(200);
    expect(stock(shop)).toBe('-98.00001');
  });

  test('refuses 101 changes, none, retired transfers, and keys that are missing, empty or too long', async () => {
    await using shop = await startShop();
    const over = await push(
      shop,
      Array.from({ length: 101 }, () => sale(shop)),
    );
    expect(refusalIn(over)).toBe('ARRAY_LENGTH_TOO_LONG changes');
    expect(refusalIn(await push(shop, []))).toBe('ARRAY_EMPTY changes');
    expect(refusalIn(await push(shop, [{ type: 'TRANSFER', transfer: {} }]))).toBe(
      'INVALID_ENUM_VALUE changes[0].type',
    );
    const keys = { '': 'VALUE_EMPTY', ['k'.repeat(129)]: 'VALUE_TOO_LONG' };
    for (const [key, code] of Object.entries(keys)) {
      expect(refusalIn(await push(shop, [sale(shop)], { idempotency_key: key }))).toBe(
        `${code} idempotency_key`,
      );
    }
    expect(refusalIn(await call(shop.square, CREATE, { changes: [sale(shop)] }))).toBe(
      'MISSING_REQUIRED_PARAMETER idempotency_key',
    );
  });

  test('a count sets the level, and is ignored when nothing changed unless asked otherwise', async () => {
    await using shop = await startShop();
    const first = await push(shop, [recount(shop)]);
    expect((first.body.changes as Json[]).map(({ type }) => type)).toEqual(['PHYSICAL_COUNT', 'ADJUSTMENT']);
    expect((await push(shop, [recount(shop)])).body.changes).toEqual([]);
    const kept = await push(shop, [recount(shop)], { ignore_unchanged_counts: false });
    expect((kept.body.changes as Json[]).map(({ type }) => type)).toEqual(['PHYSICAL_COUNT']);
    expect(stock(shop)).toBe('90');
    expect(refusalIn(await push(shop, [recount(shop, { state: 'WASTE' })]))).toBe(
      'INVALID_VALUE changes[0].physical_count.state',
    );
  });

  test('changes of one request apply by their own time, not by their place', async () => {
    await using shop = await startShop();
    const earlier = sale(shop, { occurred_at: '2026-11-21T13:58:00Z' });
    const { body } = await push(shop, [sale(shop, { occurred_at: NOW }), recount(shop), earlier]);
    expect(stock(shop)).toBe('88');
    expect(body.changes).toMatchObject([
      { adjustment: { quantity: '2', to_state: 'SOLD' } },
      { physical_count: { quantity: '90' } },
      { adjustment: { quantity: '8', to_state: 'WASTE' } },
      { adjustment: { quantity: '2', to_state: 'SOLD' } },
    ]);
  });

  test('stock moves between locations as one adjustment', async () => {
    await using shop = await startShop();
    await push(shop, [sale(shop, { to_state: 'IN_STOCK', to_location_id: shop.harbour })]);
    expect(shop.square.books().MUG).toEqual({ Main: { IN_STOCK: '98' }, Harbour: { IN_STOCK: '2' } });
  });
});

describe('reading changes and counts', () => {
  test('changes come by occurrence, and a late sale is found by its arrival', async () => {
    let clock = Date.parse(NOW);
    await using shop = await startShop({ now: () => new Date(clock) });
    shop.square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    clock += 60_000;
    const since = new Date(clock - 1).toISOString();
    shop.square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 2 }],
      occurredAt: '2026-11-21T09:00:00Z',
      offline: true,
    });
    const all = (
      await call(shop.square, CHANGES, {
        catalog_object_ids: [shop.mug],
        types: ['ADJUSTMENT'],
        states: ['SOLD'],
      })
    ).body;
    expect((all.changes as Array<{ adjustment: Json }>).map(({ adjustment }) => adjustment.quantity)).toEqual(
      ['2', '1'],
    );
    const fresh = (await call(shop.square, CHANGES, { updated_after: since })).body;
    expect(fresh.changes).toMatchObject([
      { adjustment: { quantity: '2', occurred_at: '2026-11-21T09:00:00Z' } },
    ]);
    const before = (
      await call(shop.square, CHANGES, { updated_before: since, types: ['ADJUSTMENT'], states: ['SOLD'] })
    ).body;
    expect(before.changes).toHaveLength(1);
    const newest = (
      await call(shop.square, CHANGES, { sort: { field: 'OCCURRED_AT', order: 'DESC' }, limit: 1 })
    ).body;
    expect(newest.changes).toMatchObject([{ adjustment: { quantity: '1' } }]);
  });

  test.each(['ASC', 'DESC'])('pages of changes have neither gap nor repeat (%s)', async (order) => {
    await using shop = await startShop();
    for (let sold = 0; sold < 25; sold += 1)
      shop.square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const query = { limit: 7, sort: { field: 'OCCURRED_AT', order } };
    const pages = await pagesOf(shop.square, CHANGES, 'changes', query);
    const ids = pages.flat().map((change) => ((change.adjustment ?? change.physical_count) as Json).id);
    expect(pages.slice(0, -1).every(({ length }) => length === 7)).toBe(true);
    const expected = shop.square.changes().length;
    expect([ids.length, new Set(ids).size]).toEqual([expected, expected]);
  });

  test('a sale that sorts before the page already read is not seen by the pages that follow', async () => {
    await using shop = await startShop();
    for (let sold = 0; sold < 3; sold += 1)
      shop.square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const query = { limit: 2, types: ['ADJUSTMENT'], states: ['SOLD'] };
    const first = (await call(shop.square, CHANGES, query)).body;
    shop.square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 9 }],
      occurredAt: '2026-11-21T01:00:00Z',
      offline: true,
    });
    const rest = (await call(shop.square, CHANGES, { ...query, cursor: first.cursor })).body;
    expect(rest.changes).toMatchObject([{ adjustment: { quantity: '1' } }]);
  });

  test('limits and cursors are checked', async () => {
    await using shop = await startShop();
    expect(refusalIn(await call(shop.square, CHANGES, { limit: 1001 }))).toBe('VALUE_TOO_HIGH limit');
    expect(refusalIn(await call(shop.square, CHANGES, { limit: 0 }))).toBe('VALUE_TOO_LOW limit');
    expect((await call(shop.square, CHANGES, { limit: 1000 })).status).toBe(200);
    expect(refusalIn(await call(shop.square, CHANGES, { cursor: 'made-up' }))).toBe('INVALID_CURSOR cursor');
    const { cursor } = (await call(shop.square, CHANGES, { limit: 1 })).body;
    expect(refusalIn(await call(shop.square, CHANGES, { limit: 1, cursor, types: ['ADJUSTMENT'] }))).toBe(
      'INVALID_CURSOR cursor',
    );
    expect(refusalIn(await call(shop.square, CHANGES, { types: ['TRANSFER'] }))).toBe(
      'INVALID_ENUM_VALUE types[0]',
    );
    expect(refusalIn(await call(shop.square, COUNTS, { updated_after: 'yesterday' }))).toBe(
      'INVALID_TIME updated_after',
    );
  });

  test('counts cover tracked states only, newest first, filtered and paged', async () => {
    await using shop = await startShop();
    shop.square.waste({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    shop.square.sell({ location: 'Main', lines: [{ sku: 'TEA', quantity: 4 }] });
    const pages = await pagesOf(shop.square, COUNTS, 'counts', { limit: 2 });
    const counts = pages.flat();
    const shown = counts.map(({ state, quantity }) => `${state} ${quantity}`);
    expect([shown[0], shown.at(-1)]).toEqual(['IN_STOCK 6', 'IN_STOCK 0']);
    expect(shown.slice(1, -1).sort()).toEqual(['IN_STOCK 99', 'WASTE 1']);
    const harbour = (await call(shop.square, COUNTS, { location_ids: [shop.harbour], states: ['IN_STOCK'] }))
      .body;
    expect(harbour.counts).toMatchObject([{ catalog_object_id: shop.tea, quantity: '0' }]);
  });
});

describe('faults of the API', () => {
  test('a throttled request answers 429 with Retry-After, and the next one works', async () => {
    await using shop = await startShop();
    shop.square.setFaults({
      api: { next: [{ fault: 'throttle' }, { fault: 'throttle' }], retryAfterSeconds: 3 },
    });
    const throttled = await call(shop.square, '/v2/locations');
    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '3']);
    expect(throttled.body.errors).toMatchObject([{ category: 'RATE_LIMIT_ERROR', code: 'RATE_LIMITED' }]);
    shop.square.setFaults({ api: { next: [{ fault: 'throttle' }], retryAfterSeconds: null } });
    expect((await call(shop.square, '/v2/locations')).headers.get('retry-after')).toBeNull();
    expect((await call(shop.square, '/v2/locations')).status).toBe(200);
  });

  test('a server error or a refused token changes nothing', async () => {
    await using shop = await startShop();
    shop.square.setFaults({
      api: {
        next: [
          { fault: 'serverError', path: CREATE },
          { fault: 'unauthorized', path: CREATE },
        ],
      },
    });
    expect((await call(shop.square, '/v2/locations')).status).toBe(200);
    expect((await push(shop, [sale(shop)])).status).toBe(500);
    expect((await push(shop, [sale(shop)])).status).toBe(401);
    expect(stock(shop)).toBe('100');
  });

  test('I8: a request that was accepted and never answered is applied once when it is repeated with its key', async () => {
    await using shop = await startShop();
    shop.square.setFaults({
      api: { next: [{ fault: 'acceptThenTimeout' }, { fault: 'timeout' }], holdMs: 20 },
    });
    const key = { idempotency_key: 'k-1' };
    await expect(push(shop, [sale(shop)], key)).rejects.toThrow();
    expect(stock(shop)).toBe('98');
    await expect(push(shop, [sale(shop)], key)).rejects.toThrow();
    expect((await push(shop, [sale(shop)], key)).status).toBe(200);
    expect(stock(shop)).toBe('98');
    expect(shop.square.requests().map(({ status, fault }) => `${status} ${fault}`)).toEqual([
      '0 acceptThenTimeout',
      '0 timeout',
      '200 undefined',
    ]);
  });

  test('random faults come again in the same order with the same seed', async () => {
    const statuses = async () => {
      await using shop = await startShop({ seed: 42 });
      shop.square.setFaults({ api: { throttle: 0.3, serverError: 0.3 } });
      const seen: number[] = [];
      for (let index = 0; index < 20; index += 1)
        seen.push((await call(shop.square, '/v2/locations')).status);
      return seen;
    };
    const first = await statuses();
    expect(await statuses()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 429, 500]));
  });
});

describe('the control API', () => {
  const control = async (square: SquareSimulator, action: string, input?: unknown) => {
    const response = await fetch(`${square.url}/__simulator/${action}`, {
      method: input === undefined ? 'GET' : 'POST',
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
    return { status: response.status, body: (await response.json()) as Json };
  };

  test('does over HTTP what the handle does, and needs no token', async () => {
    await using square = await startSquareSimulator();
    await control(square, 'seed', {
      locations: [{ name: 'Main' }],
      variations: [{ name: 'Mug', sku: 'MUG', counts: { Main: '5' } }],
    });
    const sold = await control(square, 'sell', {
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: '1.5' }],
    });
    expect(sold.body.orderId).toEqual(expect.any(String));
    expect((await control(square, 'books')).body).toEqual({ MUG: { Main: { IN_STOCK: '3.5' } } });
    expect((await control(square, 'changes')).body).toEqual(square.changes());
    expect(await control(square, 'settled')).toEqual({ status: 200, body: null });
    await control(square, 'setFaults', { api: { next: [{ fault: 'throttle' }] } });
    expect((await call(square, '/v2/locations')).status).toBe(429);
    expect((await control(square, 'requests')).body).toMatchObject([{ status: 429, fault: 'throttle' }]);
  });

  test('says what is wrong with an input, and knows its actions', async () => {
    await using square = await startSquareSimulator();
    const wrong = await control(square, 'sell', {
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: '1.000001' }],
    });
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('lines[0].quantity') },
    });
    expect(
      (await control(square, 'sell', { location: 'Moon', lines: [{ sku: 'MUG', quantity: 1 }] })).body.error,
    ).toMatch(/Moon/);
    const unknown = await control(square, 'close');
    expect(unknown.status).toBe(404);
    expect(unknown.body.actions).toContain('sell');
  });
});

const samples = resolve(process.env.STOCKBRIDGE_SAMPLES ?? '../shared/samples', 'pos');
test.runIf(existsSync(samples))('accepts a request in the shape of the vendor sample', async () => {
  await using shop = await startShop();
  const file = resolve(samples, 'square-batch-change-inventory.request.json');
  const sample = JSON.parse(readFileSync(file, 'utf8')) as { changes: Array<{ physical_count: Json }> };
  for (const { physical_count } of sample.changes) {
    Object.assign(physical_count, { catalog_object_id: shop.mug, location_id: shop.main, occurred_at: NOW });
  }
  const { status, body } = await call(shop.square, CREATE, sample);
  expect(status).toBe(200);
  expect((body.counts as Json[])[0]).toMatchObject({ quantity: '53' });
});
