// The poll may repeat and must not skip: pages, cursors, overlap, and what a failing vendor leaves behind.
import { describe, expect, test } from 'vitest';
import { instantFrom, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { connect, SINCE, startShop, startVendor, sweep } from './shop.ts';

const CHANGES = '/v2/inventory/changes/batch-retrieve';

describe('a sweep', () => {
  test('reads every page, each change once, under its own id', async () => {
    await using shop = await startShop();
    for (let sale = 0; sale < 1100; sale += 1) {
      shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    }
    const before = shop.simulator.requests().length;
    const { events, cursors, through } = await sweep(shop.connection);
    const ids = events.map(({ dedupeKey }) => dedupeKey);
    const expected = shop.simulator.changes().map((change) => {
      const { adjustment, physical_count: count } = change as Record<string, { id: string } | undefined>;
      return adjustment?.id ?? count?.id;
    });
    expect(shop.simulator.requests().length - before).toBe(2);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(ids)).toEqual(new Set(expected));
    expect(new Set(events.map(({ topic }) => topic))).toEqual(new Set(['inventory-change']));
    expect(cursors).toEqual([
      { through: SINCE, from: SINCE },
      { through, from: SINCE },
    ]);
  });

  test('is through up to a little before Square’s own clock', async () => {
    await using shop = await startShop();
    const askedMs = Date.now();
    const { through = '' } = await sweep(shop.connection);
    expect(Date.parse(through)).toBeLessThanOrEqual(Date.now() - 5_000);
    expect(Date.parse(through)).toBeGreaterThan(askedMs - 30_000);
  });

  test('gives the change as Square wrote it, with the instant it occurred at', async () => {
    await using shop = await startShop();
    const { changes } = shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: '0.25' }] });
    const { events } = await sweep(shop.connection);
    const sale = changes[0] as { adjustment: { id: string; occurred_at: string } };
    const event = events.find(({ dedupeKey }) => dedupeKey === sale.adjustment.id);
    expect(JSON.parse(event?.body.toString('utf8') ?? '')).toEqual(sale);
    expect(event?.occurredAt).toBe(instantFrom(sale.adjustment.occurred_at));
  });
});

describe('a cursor', () => {
  test('reaches back by the overlap, so that a change that showed up late is still found', async () => {
    let at = Date.now() - 60_000;
    await using shop = await startShop({
      simulator: { now: () => new Date(at) },
      settings: { overlapSeconds: 300 },
    });
    const first = await sweep(shop.connection);
    at = Date.now() - 200_000;
    const { changes } = shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const late = changes[0] as { adjustment: { id: string } };
    const second = await sweep(shop.connection, first.cursor);
    expect(second.events.map(({ dedupeKey }) => dedupeKey)).toContain(late.adjustment.id);
  });

  test('finds a sale rung up offline long ago that arrived just now', async () => {
    await using shop = await startShop();
    const first = await sweep(shop.connection);
    const occurredAt = new Date(Date.now() - 9 * 3_600_000).toISOString();
    const { changes } = shop.simulator.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 1 }],
      offline: true,
      occurredAt,
    });
    const late = changes[0] as { adjustment: { id: string } };
    const second = await sweep(shop.connection, first.cursor);
    expect(second.events.map(({ dedupeKey }) => dedupeKey)).toContain(late.adjustment.id);
  });

  test('never reaches back behind the instant the first sweep began at', async () => {
    let at = Date.now() - 120_000;
    await using shop = await startShop({ simulator: { now: () => new Date(at) } });
    at = Date.now() - 60_000;
    const { changes } = shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    const sale = changes[0] as { adjustment: { id: string } };
    const since = instantOf(at);
    const first = await sweep(shop.connection, undefined, since);
    const second = await sweep(shop.connection, first.cursor, since);
    for (const { events } of [first, second])
      expect(events.map(({ dedupeKey }) => dedupeKey)).toEqual([sale.adjustment.id]);
  });

  test('survives being stored as JSON', async () => {
    await using shop = await startShop();
    const { cursor } = await sweep(shop.connection);
    expect((await sweep(shop.connection, JSON.parse(JSON.stringify(cursor)))).events.length).toBeGreaterThan(
      0,
    );
  });

  test('does not move while a sweep breaks off between two pages', async () => {
    await using shop = await startShop();
    for (let sale = 0; sale < 1100; sale += 1) {
      shop.simulator.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] });
    }
    const pages = shop.connection.poll?.read('inventory-changes', undefined, SINCE)[Symbol.asyncIterator]();
    const first = await pages?.next();
    shop.simulator.setFaults({ api: { serverError: 1 } });
    await expect(pages?.next()).rejects.toMatchObject({ code: 'vendor_unavailable' });
    expect(first?.value).toMatchObject({ cursor: { through: SINCE } });
    expect(first?.value?.through).toBeUndefined();
    shop.simulator.setFaults({});
    const { events } = await sweep(shop.connection, first?.value?.cursor);
    expect(events).toHaveLength(shop.simulator.changes().length);
  });
});

test.each([
  ['throttle', 'vendor_throttled', { retryAfterMs: 7000 }],
  ['unauthorized', 'vendor_unauthorized', {}],
  ['serverError', 'vendor_unavailable', {}],
  ['timeout', 'vendor_unavailable', {}],
] as const)('a vendor that answers with %s is named %s', async (fault, code, more) => {
  await using shop = await startShop({ patienceMs: 1_000 });
  shop.simulator.setFaults({
    api: { next: [{ fault, path: CHANGES }], retryAfterSeconds: 7, holdMs: 10_000 },
  });
  await expect(sweep(shop.connection)).rejects.toMatchObject({ code, ...more });
  expect((await sweep(shop.connection)).events.length).toBeGreaterThan(0);
});

test('an expired token says so, and the token is in no message', async () => {
  await using shop = await startShop();
  shop.simulator.expireToken();
  const failure = await sweep(shop.connection).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 'vendor_unauthorized' });
  expect(JSON.stringify(failure) + String(failure)).not.toContain(shop.settings.accessToken);
});

test('an entry without a readable id is kept, not dropped', async () => {
  // The simulated seller writes nothing unreadable, so these bytes come from a server of their own.
  const answer = { changes: [{ type: 'ADJUSTMENT', adjustment: { quantity: '1' } }, 'nonsense', null] };
  await using vendor = await startVendor(answer);
  await using shop = await startShop();
  const { events } = await sweep(connect({ ...shop.settings, baseUrl: `${vendor.url}/` }));
  expect(events.map(({ dedupeKey }) => dedupeKey.slice(0, 7))).toEqual(['sha256:', 'sha256:', 'sha256:']);
  expect(new Set(events.map(({ dedupeKey }) => dedupeKey)).size).toBe(3);
});
