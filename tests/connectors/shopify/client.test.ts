// How the connection behaves while Shopify is busy, broken or changing: patient with reads, honest about writes.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PushBatch, Reading } from '../../../src/connectors/contract.ts';
import { StockbridgeError } from '../../../src/core/errors.ts';
import { instantFrom, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { all, connectTo, type TestShop, testShop } from './shop.ts';

const LONG_AGO = instantFrom('2020-01-01T00:00:00Z');

type Read = Extract<Reading, { outcome: 'read' }>;

async function readingOf(shop: TestShop): Promise<Read> {
  const [reading] = await shop.connection.push!.read([
    { listing: shop.item('CUP'), location: shop.place('Warehouse') },
  ]);
  return reading as Read;
}

const batchOf = (reading: Read, available: string): PushBatch => ({
  key: randomUUID(),
  createdAt: instantOf(new Date()),
  items: [
    {
      listing: reading.listing,
      location: reading.location,
      publication: '1',
      available,
      readAvailable: reading.available,
      expected: reading.expected,
    },
  ],
});

const failureOf = async (work: Promise<unknown>): Promise<StockbridgeError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof StockbridgeError) return error;
  throw new Error(`expected a StockbridgeError, got ${String(error)}`);
};

const namesOf = (shop: TestShop) => shop.simulator.requests().map((one) => one.names[0]);

describe('a read', () => {
  it.each(['502', 'accept-then-timeout', 'throttled'] as const)(
    'gets through one %s by itself',
    async (kind) => {
      await using shop = await testShop();
      shop.simulator.setFaults({ api: [{ kind }] });
      expect((await readingOf(shop)).available).toBe('40');
      expect(namesOf(shop)).toEqual(['StockbridgeLevelsBeforePush', 'StockbridgeLevelsBeforePush']);
    },
  );

  it('waits the seconds that a 429 asks for, not milliseconds', async () => {
    await using shop = await testShop();
    shop.simulator.setFaults({ api: [{ kind: '429' }] });
    const startedMs = performance.now();
    await readingOf(shop);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_990);
  });

  it('hands a lasting failure to the queue, named and with the time to wait', async () => {
    await using shop = await testShop();
    shop.simulator.setFaults({ api: [{ kind: '502', times: 10 }] });
    expect((await failureOf(readingOf(shop))).code).toBe('vendor_unavailable');
    shop.simulator.setFaults({ api: [{ kind: 'throttled', times: 10 }] });
    const failure = await failureOf(readingOf(shop));
    expect(failure.code).toBe('vendor_throttled');
    expect(failure.retryAfterMs).toBeGreaterThan(0);
  });

  it('is held back until the query budget allows it, instead of being refused', async () => {
    await using shop = await testShop({ simulator: { bucketSize: 1000, restoreRatePerSecond: 1000 } });
    shop.simulator.sell({ lines: [{ sku: 'CUP', quantity: 1 }] });
    const sweep = () => all(shop.connection.poll!.read('orders', undefined, LONG_AGO));
    await sweep();
    shop.simulator.drainBucket({ points: 900 });
    await readingOf(shop);
    const startedMs = performance.now();
    await sweep();
    expect(performance.now() - startedMs).toBeGreaterThan(200);
    expect(shop.simulator.requests().flatMap((one) => one.errors)).toEqual([]);
  });
});

describe('a write', () => {
  it.each(['502', 'accept-then-502', 'accept-then-timeout', 'timeout'] as const)(
    'after a %s is not repeated, and called open',
    async (kind) => {
      await using shop = await testShop({ writePatienceMs: 1_500 });
      const batch = batchOf(await readingOf(shop), '7');
      shop.simulator.setFaults({ api: [{ kind, operation: 'SetQuantities' }] });
      expect((await failureOf(shop.connection.push!.send(batch))).code).toBe('outcome_unknown');
      expect(namesOf(shop).filter((name) => name === 'StockbridgeSetQuantities')).toHaveLength(1);
      expect(await shop.connection.push!.send(batch), 'I8: the same key settles it').toEqual([
        { outcome: 'applied' },
      ]);
      expect(shop.simulator.pushes()).toHaveLength(1);
    },
  );

  it('is repeated when Shopify surely did nothing', async () => {
    await using shop = await testShop();
    const batch = batchOf(await readingOf(shop), '7');
    shop.simulator.setFaults({ api: [{ kind: 'throttled' }] });
    expect(await shop.connection.push!.send(batch)).toEqual([{ outcome: 'applied' }]);
  });

  it('to a shop that cannot be reached surely did nothing', async () => {
    await using shop = await testShop();
    const batch = batchOf(await readingOf(shop), '7');
    // Nothing listens there: the connection is refused before a byte is sent.
    const { connection } = connectTo(shop.simulator, { settings: { apiUrl: 'http://127.0.0.1:1' } });
    expect((await failureOf(connection.push!.send(batch))).code).toBe('vendor_unavailable');
  });

  it('without the access scope is for a person, who is told which one', async () => {
    await using shop = await testShop({
      simulator: { scopes: ['read_inventory', 'read_products', 'read_locations'] },
    });
    const failure = await failureOf(shop.connection.push!.send(batchOf(await readingOf(shop), '7')));
    expect(failure).toMatchObject({
      code: 'vendor_unauthorized',
      message: expect.stringContaining('write_inventory'),
    });
  });
});

describe('a connection', () => {
  it('warns once when another API version answers', async () => {
    await using shop = await testShop({ simulator: { apiVersion: '2027-10' } });
    await readingOf(shop);
    await readingOf(shop);
    expect(shop.log.filter((line) => line.includes('2027-10'))).toHaveLength(1);
    const findings = await shop.connection.health!();
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warn', what: expect.stringContaining('2027-10') }),
    );
  });

  it('shares nothing with its neighbours, even one to a shop of the same name', async () => {
    await using one = await testShop();
    await using other = await testShop();
    one.simulator.adjust({ sku: 'CUP', location: 'Warehouse', delta: -15 });
    const readings = await Promise.all([one, other, one, other, one].map(readingOf));
    expect(readings.map((reading) => reading.available)).toEqual(['25', '40', '25', '40', '25']);
  });

  it('keeps its token out of logs and errors', async () => {
    await using shop = await testShop({ simulator: { accessToken: 'shpat_canary_of_this_test' } });
    shop.simulator.setFaults({ api: [{ kind: 'unauthorized', times: 5 }] });
    const failure = await failureOf(readingOf(shop));
    expect(failure.code).toBe('vendor_unauthorized');
    const everything = [...shop.log, failure.message, failure.stack, JSON.stringify(failure.details)].join(
      '\n',
    );
    expect(everything).not.toContain('shpat_canary_of_this_test');
  });
});
