// What a channel holds is looked at again when nobody says that it changed: after an open outcome, after a pause of the
// configuration, by the clock, on a new day, and after a refusal.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Push } from '../../src/connectors/contract.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { planChanges } from '../../src/core/publication/changes.ts';
import { instantOf } from '../../src/core/vocabulary/instant.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { sendDue } from '../../src/workers/push.ts';
import { sweepOnce } from '../../src/workers/sweep.ts';
import { type MarketRig, MUG, openMarket, PLACE, TEA } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
  await rig.settle();
});
afterEach(() => rig.close());

const hurry = () =>
  rig.database.pool.query('update listing_level set due_at = clock_timestamp() where due_at is not null');
const open = async () =>
  (await rig.database.pool.query('select from publication_batch where settled_at is null')).rowCount;

/** The same connection, with another way of sending. */
function sending(send: Push['send']): LiveConnection {
  const { push } = rig.live.connection;
  if (!push) throw new Error('the market has no push');
  return { ...rig.live, connection: { ...rig.live.connection, push: { ...push, send } } };
}
const pass: Push['send'] = (batch) =>
  rig.live.connection.push?.send(batch) ?? Promise.reject(new Error('no push'));

/** Somebody changes the number at the market, and no word of it arrives. */
const changedUnheard = async (available: number) => {
  rig.market.offer(randomUUID(), [
    {
      listing: MUG.id,
      location: PLACE,
      available: String(available),
      version: String(rig.market.level(MUG.id, PLACE)?.version),
      reference: 'somebody',
    },
  ]);
  await rig.poll();
  await rig.database.pool.query(
    `update inbox_event set status = 'ignored', reason = 'lost' where status = 'pending'`,
  );
};

test('I8: after an intent is given up with its outcome unknown, what was told before is not believed', async () => {
  await rig.move('MUG', -1);
  await rig.settle();
  expect(rig.offered()).toBe(9);
  await rig.move('MUG', -4);
  await planChanges(rig.hub.database, [rig.live.id]);
  await sendDue(
    rig.hub,
    sending(async (batch) => {
      await pass(batch);
      throw new StockbridgeError('outcome_unknown', 'the answer was lost');
    }),
  );
  expect(rig.offered()).toBe(5);
  await rig.database.pool.query(
    `update publication_batch set created_at = created_at - interval '24 hours', retry_at = clock_timestamp() where settled_at is null`,
  );
  // The stock is back at the number that was told last for certain.
  await rig.move('MUG', 4);
  for (let round = 0; round < 2; round += 1) {
    await hurry();
    await rig.push();
  }
  await rig.settle();
  expect(rig.offered()).toBe(9);
});

describe('a refusal', () => {
  test('of a whole batch ends it, and its levels come again later', async () => {
    await rig.move('MUG', -4);
    await planChanges(rig.hub.database, [rig.live.id]);
    await sendDue(
      rig.hub,
      sending(() => Promise.reject(new StockbridgeError('content_invalid', 'the market does not take this'))),
    );
    expect(await open()).toBe(0);
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(6);
  });

  test('I8: after an outcome that is open, the batch keeps its key for a while', async () => {
    await rig.move('MUG', -4);
    await planChanges(rig.hub.database, [rig.live.id]);
    const failing = (code: 'outcome_unknown' | 'content_invalid') =>
      sendDue(
        rig.hub,
        sending(() => Promise.reject(new StockbridgeError(code, 'no'))),
      );
    await failing('outcome_unknown');
    await failing('content_invalid');
    expect(await open()).toBe(1);
    await rig.database.pool.query(
      `update publication_batch set created_at = created_at - interval '11 minutes', retry_at = clock_timestamp()`,
    );
    await failing('content_invalid');
    expect(await open()).toBe(0);
  });
});

describe('the sweep', () => {
  const longAgo = () =>
    rig.database.pool.query(
      `update connection_state set updated_at = updated_at - interval '25 hours' where key = 'swept'`,
    );

  test('I7: a number that was changed at the channel without a word is set right, once a day', async () => {
    await changedUnheard(50);
    await sweepOnce(rig.hub);
    await hurry();
    await rig.push();
    expect(rig.offered(), 'not yet its time').toBe(50);
    await longAgo();
    await sweepOnce(rig.hub);
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(10);
    await rig.settle();
    await changedUnheard(50);
    await sweepOnce(rig.hub);
    await hurry();
    await rig.push();
    expect(rig.offered(), 'it was done today').toBe(50);
  });

  test('does not stand before what changes meanwhile, and can be switched off', async () => {
    await sweepOnce(rig.hub);
    await longAgo();
    await sweepOnce(rig.hub);
    const { rows } = await rig.database.pool.query<{ most: number; due: number }>(
      `select extract(epoch from max(due_at) - clock_timestamp())::float8 as most, count(due_at)::int as due from listing_level`,
    );
    expect(rows[0]?.due).toBe(2);
    expect(rows[0]?.most).toBeLessThanOrEqual(900);
    await rig.close();
    rig = await openMarket({ policy: { sweepHours: 0 } });
    await rig.settle();
    await sweepOnce(rig.hub);
    await longAgo();
    await sweepOnce(rig.hub);
    expect(
      (await rig.database.pool.query('select from listing_level where due_at is not null')).rowCount,
    ).toBe(0);
  });
});

test('a level that had stopped is looked at again when the channel says that it holds the listing', async () => {
  const at = rig.market.levels.findIndex(({ listing }) => listing === MUG.id);
  const [gone] = rig.market.levels.splice(at, 1);
  if (!gone) throw new Error('the market has no mug');
  await rig.move('MUG', -4);
  await rig.push();
  const waiting = async () =>
    (await rig.database.pool.query('select from listing_level where due_at is not null')).rowCount;
  expect(await waiting()).toBe(0);
  rig.market.levels.push(gone);
  const { rows } = await rig.database.pool.query<{ listing: number; location: number }>(
    `select l.id as listing, b.location_id as location from listing l join location_binding b on b.connection_id = l.connection_id where l.external_id = $1`,
    [MUG.id],
  );
  const [bound] = rows;
  if (!bound) throw new Error('the mug is bound nowhere');
  await rig.hub.ledger.post([
    {
      ...{ connectionId: rig.live.id, inboxEventId: null, note: null },
      ...{ movements: [], counts: [], reservations: [] },
      observations: [
        {
          ...{ listingId: bound.listing, locationId: bound.location },
          ...{ basis: 'available', quantity: '3', asOf: instantOf(new Date()) },
        },
      ],
    },
  ]);
  expect(await waiting()).toBe(1);
  await rig.settle();
  expect(rig.offered()).toBe(6);
});

test('I7: a lot that expires today is offered no more tomorrow, though nothing has happened', async () => {
  const { pool } = rig.database;
  Object.assign(rig.hub, { today: () => '2026-11-22' });
  await sweepOnce(rig.hub);
  await rig.store({ type: 'receipt', lines: [{ sku: 'MUG', quantity: '7', location: 'gate', lot: 'L-1' }] });
  await rig.interpret();
  await pool.query(`update lot set expires_on = '2026-11-22'`);
  await rig.settle();
  expect(rig.offered()).toBe(17);
  await sweepOnce(rig.hub);
  await rig.push();
  expect(rig.offered()).toBe(17);
  Object.assign(rig.hub, { today: () => '2026-11-23' });
  await sweepOnce(rig.hub);
  const { rows } = await pool.query<{ sku: string }>(
    `select i.sku from listing_level v join listing l on l.id = v.listing_id join item i on i.id = l.item_id where v.due_at is not null`,
  );
  expect(rows).toEqual([{ sku: 'MUG' }]);
  await rig.push();
  expect(rig.offered()).toBe(10);
  expect(rig.offered(TEA.id)).toBe(10);
});

test('I7: a connection that was taken out of the configuration is told what changed meanwhile when it is back', async () => {
  const without = await rig.another([], (config) => ({
    ...config,
    connections: new Map([...config.connections].filter(([name]) => name !== 'market')),
  }));
  await rig.move('TEA', -4);
  // The hub that runs meanwhile sells nothing there, and hears nothing of it.
  await planChanges(without.hub.database, []);
  await changedUnheard(50);
  const back = await rig.another([]);
  const live = back.hub.connections.get(rig.live.id);
  if (!live) throw new Error('the hub does not know the market');
  await sendDue(back.hub, live);
  expect(rig.offered(TEA.id)).toBe(6);
  expect(rig.offered(), 'changed there meanwhile').toBe(10);
});
