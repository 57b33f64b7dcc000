// Interpretation that fails: what becomes of the event, and that its neighbours and its connection do not suffer for it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection, StoredEvent } from '../../src/connectors/contract.ts';
import { readConnections, resume } from '../../src/core/connection/connections.ts';
import { databaseNow } from '../../src/core/connection/counted.ts';
import { takeCutover } from '../../src/core/connection/cutover.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { openLedger } from '../../src/core/ledger/post.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { interpretEvents } from '../../src/workers/interpret.ts';
import { RELAY_DEFAULTS, relayOnce } from '../../src/workers/relay.ts';
import { type MarketRig, openMarket, until } from '../e2e/market.ts';
import { clock, pauseSince } from '../support/pause.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
});
afterEach(() => rig.close());

/** The dock, whose connector does something else first. */
const withInterpret = (first: (events: readonly StoredEvent[]) => void): LiveConnection => {
  const interpret: Connection['interpret'] = async (events) => {
    first(events);
    return rig.dock.connection.interpret(events);
  };
  return { ...rig.dock, connection: { ...rig.dock.connection, interpret } };
};
const throwing = (error: Error) =>
  withInterpret(() => {
    throw error;
  });

const receipt = (reference = '') =>
  rig.store({
    type: 'receipt',
    ...(reference ? { reference } : {}),
    lines: [{ sku: 'MUG', quantity: '1', location: 'gate' }],
  });
const isBad = (event: StoredEvent) => event.body.includes('"bad"');

async function waiting(id: string): Promise<{ ms: number; generation: number }> {
  const { rows } = await rig.database.pool.query<{ ms: string; generation: number }>(
    'select extract(epoch from retry_at - clock_timestamp()) * 1000 as ms, generation from inbox_event where id = $1',
    [id],
  );
  return { ms: Number(rows[0]?.ms), generation: rows[0]?.generation ?? -1 };
}

describe('one bad event among good ones', () => {
  const bad = (make: () => Error) =>
    withInterpret((events) => {
      if (events.some(isBad)) throw make();
    });
  const kinds: [string, () => Error, string][] = [
    [
      'that the connector refuses',
      () => new StockbridgeError('content_invalid', 'it names no article'),
      'quarantined',
    ],
    ['that the connector stumbles over', () => new TypeError('cannot read it'), 'pending'],
  ];
  test.each(kinds)('%s does not hold back its neighbours', async (_name, make, status) => {
    const ids = [await receipt(), await receipt('bad'), await receipt()];
    await interpretEvents(rig.hub, bad(make), ids);
    await until(
      async () =>
        (await rig.status(ids[0] ?? '')).status === 'applied' &&
        (await rig.status(ids[2] ?? '')).status === 'applied',
      'the neighbours are held back',
    );
    const one = await rig.status(ids[1] ?? '');
    expect(one.status).toBe(status);
    expect(one.reason).toMatch(/it names no article|webhook failed: cannot read it/);
    expect(await rig.free('MUG')).toBe(12);
  });

  test('that fails again and again with what may pass does not hold back its neighbours, from the second time on', async () => {
    const failing = bad(() => new StockbridgeError('vendor_unavailable', 'this order cannot be read'));
    const ids = [await receipt(), await receipt('bad'), await receipt()];
    await interpretEvents(rig.hub, failing, ids);
    expect((await Promise.all(ids.map(rig.status))).map(({ status }) => status)).toEqual(
      Array(3).fill('pending'),
    );
    await interpretEvents(rig.hub, failing, ids);
    await until(
      async () =>
        (await rig.status(ids[0] ?? '')).status === 'applied' &&
        (await rig.status(ids[2] ?? '')).status === 'applied',
      'the neighbours are held back',
    );
    expect(await rig.status(ids[1] ?? '')).toMatchObject({
      status: 'pending',
      reason: 'this order cannot be read',
    });
  });

  test('a vendor that is away is not asked for each event: after three in a row the rest waits with the reason', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => receipt()));
    let asked = 0;
    const away = withInterpret(() => {
      asked += 1;
      throw new StockbridgeError('vendor_unavailable', 'the vendor sleeps');
    });
    await interpretEvents(rig.hub, away, ids);
    expect(asked).toBe(1);
    await interpretEvents(rig.hub, away, ids);
    expect(asked).toBe(1 + 1 + 3);
    const ends = await Promise.all(ids.map(rig.status));
    expect(new Set(ends.map(({ status, reason }) => `${status}: ${reason}`))).toEqual(
      new Set(['pending: the vendor sleeps']),
    );
  });

  test('in a batch with quarantined ones, each has its own code', async () => {
    const ids = [
      await receipt(),
      await rig.store({ type: 'receipt', lines: [{ sku: 'NOBODY', quantity: '1', location: 'gate' }] }),
      await rig.store({ type: 'receipt', lines: [{ sku: 'MUG', quantity: '1', location: 'nowhere' }] }),
      await rig.store({ type: 'gift' }),
      await rig.store({ type: 'level', lines: [{ sku: 'MUG', quantity: '5', location: 'gate' }] }),
    ];
    await rig.interpret();
    const ends = await Promise.all(ids.map((id) => rig.status(id)));
    expect(ends.map(({ status, code }) => [status, code])).toEqual([
      ['applied', null],
      ['quarantined', 'item_unknown'],
      ['quarantined', 'location_unknown'],
      ['quarantined', 'content_invalid'],
      ['ignored', null],
    ]);
  });
});

describe('what a failure means', () => {
  test('retry: the events stay pending with the reason and come again soon', async () => {
    const id = await receipt();
    const { pool } = rig.database;
    const before = await clock(pool);
    await interpretEvents(
      rig.hub,
      throwing(new StockbridgeError('vendor_unavailable', 'the vendor sleeps')),
      [id],
    );
    expect(await rig.status(id)).toMatchObject({ status: 'pending', reason: 'the vendor sleeps' });
    const again = 'select retry_at from inbox_event where id = $1';
    expect(await pauseSince(pool, 2, { before, until: again, values: [id] })).toBe(2);
  });

  test('wait: they come again when the vendor allows', async () => {
    const id = await receipt();
    await interpretEvents(
      rig.hub,
      throwing(new StockbridgeError('vendor_throttled', 'too many', { retryAfterMs: 90_000 })),
      [id],
    );
    expect(await rig.status(id)).toMatchObject({ status: 'pending', reason: 'too many' });
    expect((await waiting(id)).ms).toBeGreaterThan(80_000);
  });

  test('park: the connection stops for a person, its events wait, and resume lets them go on', async () => {
    const id = await receipt();
    await interpretEvents(
      rig.hub,
      throwing(new StockbridgeError('vendor_unauthorized', 'the token was revoked')),
      [id],
    );
    const parked = (await readConnections(rig.database.pool)).find((row) => row.id === rig.dock.id)?.parked;
    expect(parked).toMatchObject({ code: 'vendor_unauthorized', reason: 'the token was revoked' });
    await sleep(600);
    const later = await receipt();
    await relayOnce(rig.hub, { ...RELAY_DEFAULTS, graceMs: 0 });
    await interpretEvents(rig.hub, rig.dock, [id, later]);
    expect([await rig.status(id), await rig.status(later)].map(({ status }) => status)).toEqual([
      'pending',
      'pending',
    ]);
    expect((await waiting(later)).generation, 'relay leaves events of a parked connection alone').toBe(0);
    await resume(rig.database.pool, rig.dock.id);
    await sleep(600);
    await rig.interpret();
    expect([await rig.status(id), await rig.status(later)].map(({ status }) => status)).toEqual([
      'applied',
      'applied',
    ]);
  });

  test('crash: a number that must hold and does not is thrown, and the event stays pending', async () => {
    const id = await receipt();
    const forgetful: LiveConnection = {
      ...rig.dock,
      connection: { ...rig.dock.connection, interpret: async () => [] },
    };
    await expect(interpretEvents(rig.hub, forgetful, [id])).rejects.toMatchObject({
      code: 'invariant_broken',
    });
    expect(await rig.status(id)).toMatchObject({ status: 'pending' });
  });

  test('an event that never succeeds ends in quarantine with its last reason, and can be replayed', async () => {
    const id = await receipt();
    const options = { ...RELAY_DEFAULTS, graceMs: 0, pauseMs: 0, generations: 3 };
    for (let round = 0; round < 5; round += 1) {
      await interpretEvents(
        rig.hub,
        throwing(new StockbridgeError('vendor_unavailable', 'the vendor sleeps')),
        [id],
      );
      await rig.database.pool.query('update inbox_event set retry_at = clock_timestamp()');
      await relayOnce(rig.hub, options);
    }
    expect(await rig.status(id)).toEqual({
      status: 'quarantined',
      code: 'content_invalid',
      reason: 'tried 4 times without an end; last: the vendor sleeps',
    });
  });

  test('an event that ends every process that begins it is found out, although nobody could note why', async () => {
    const id = await receipt();
    const options = { ...RELAY_DEFAULTS, graceMs: 0, generations: 2 };
    let begun = 0;
    const interpret = () => {
      begun += 1;
      return new Promise<never>(() => undefined);
    };
    const fatal: LiveConnection = { ...rig.dock, connection: { ...rig.dock.connection, interpret } };
    // The first of them was handed over by nobody, and is not counted.
    for (let round = 1; round <= 4; round += 1) {
      void interpretEvents(rig.hub, fatal, [id]);
      await until(() => begun === round, 'it is not begun');
      await rig.database.pool.query('update inbox_event set retry_at = clock_timestamp()');
      await relayOnce(rig.hub, options);
    }
    await relayOnce(rig.hub, options);
    expect(await rig.status(id)).toMatchObject({
      status: 'quarantined',
      reason: 'tried 3 times without an end; last: no error was noted',
    });
  });
});

describe('who may work', () => {
  test('events from before the cut-over wait for it, and then count', async () => {
    await rig.close();
    rig = await openMarket({ cutover: false });
    const at = await databaseNow(rig.database.pool);
    const id = await rig.store({
      type: 'receipt',
      // Milliseconds are less exact than the database's clock.
      occurredAt: new Date(Date.now() + 2).toISOString(),
      lines: [{ sku: 'MUG', quantity: '4', location: 'gate' }],
    });
    await relayOnce(rig.hub, { ...RELAY_DEFAULTS, graceMs: 0 });
    await interpretEvents(rig.hub, rig.dock, [id]);
    expect(await rig.status(id)).toMatchObject({ status: 'pending' });
    expect((await waiting(id)).generation).toBe(0);
    const row = (await readConnections(rig.database.pool)).find((each) => each.id === rig.dock.id);
    if (!row) throw new Error('no dock');
    await takeCutover(rig.hub.database, openLedger(rig.hub.database), { connection: row, at });
    await sleep(600);
    await rig.interpret();
    expect(await rig.status(id)).toMatchObject({ status: 'applied' });
    expect(await rig.free('MUG')).toBe(4);
  });

  test('I3: two workers with the same events apply them once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => receipt()));
    await Promise.all([
      interpretEvents(rig.hub, rig.dock, ids),
      interpretEvents(rig.hub, rig.dock, [...ids].reverse()),
      interpretEvents(rig.hub, rig.dock, ids),
    ]);
    await rig.interpret();
    expect(await rig.free('MUG')).toBe(20);
  });
});
