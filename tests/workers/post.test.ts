// Posting in company: one posting that cannot be written at all neither blocks nor loses the others.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StockbridgeError } from '../../src/core/errors.ts';
import { replayShortages } from '../../src/core/inbox/replay.ts';
import type { Posting } from '../../src/core/ledger/movement.ts';
import { instantOf } from '../../src/core/vocabulary/instant.ts';
import type { Hub } from '../../src/workers/hub.ts';
import { enqueuePostings } from '../../src/workers/jobs.ts';
import { postTogether } from '../../src/workers/post.ts';
import { type MarketRig, openMarket, until } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
});
afterEach(() => rig.close());

/** A receipt of `quantity` of an item, from an event of the dock that is pending. */
async function posting(quantity: string, itemId?: number): Promise<Posting> {
  const event = await rig.store({ type: 'receipt', lines: [] });
  const { rows } = await rig.database.pool.query<{ item: number; shelf: number; supplier: number }>(
    `select (select id from item where sku = 'MUG') as item, (select location_id from location_binding where connection_id = $1) as shelf,
       (select id from location where code = '@supplier') as supplier`,
    [rig.dock.id],
  );
  const { item = 0, shelf = 0, supplier = 0 } = rows[0] ?? {};
  const document = `receipt ${event}`;
  const line = {
    itemId: itemId ?? item,
    lotId: null,
    quantity,
    from: { locationId: supplier, state: 'sellable' as const },
    to: { locationId: shelf, state: 'sellable' as const },
    unitCost: null,
    currency: null,
  };
  return {
    connectionId: rig.dock.id,
    inboxEventId: event,
    movements: [
      {
        key: randomUUID(),
        type: 'receipt',
        occurredAt: instantOf(new Date()),
        document,
        reference: null,
        corrects: null,
        lines: [line],
      },
    ],
    counts: [],
    reservations: [],
    observations: [],
    note: null,
  };
}

const poison = () => posting('1', 2_000_000_000);
const endOf = (each: Posting) => rig.status(each.inboxEventId ?? '');

test('a posting that cannot be written is quarantined alone, and its company is posted', async () => {
  const all = [await posting('1'), await poison(), await posting('2'), await poison(), await posting('3')];
  await postTogether(rig.hub, all, 3);
  const ends = await Promise.all(all.map(endOf));
  expect(ends.map(({ status }) => status)).toEqual([
    'applied',
    'quarantined',
    'applied',
    'quarantined',
    'applied',
  ]);
  expect(ends[1]?.reason).toMatch(/\S{5}/);
  expect(await rig.free('MUG')).toBe(16);
});

test('I3: posted together, then again alone and in another lane, everything counts once', async () => {
  const all = [await posting('1'), await poison(), await posting('2')];
  await postTogether(rig.hub, all, 3);
  for (const each of all) await postTogether(rig.hub, [each], 9);
  await Promise.all([postTogether(rig.hub, all, 1), postTogether(rig.hub, all, 2)]);
  expect(await rig.free('MUG')).toBe(13);
});

test('through the queue: the batch that holds a poisoned posting does not stop the lane', async () => {
  const all = [
    await poison(),
    ...(await Promise.all(Array.from({ length: 20 }, () => posting('1')))),
    await poison(),
  ];
  for (const each of all) await enqueuePostings(rig.hub.queues, [each]);
  await until(
    async () => (await Promise.all(all.map(endOf))).every(({ status }) => status !== 'pending'),
    'postings stay pending',
    20_000,
  );
  expect(await rig.free('MUG')).toBe(30);
});

test('an unavailable database is no poison: nothing is quarantined, and the job is to be tried again', async () => {
  const all = [await posting('1'), await posting('2')];
  const away: Hub = {
    ...rig.hub,
    ledger: {
      post: () => Promise.reject(new StockbridgeError('database_unavailable', 'PostgreSQL does not answer')),
    },
  };
  await expect(postTogether(away, all, 0)).rejects.toMatchObject({ code: 'database_unavailable' });
  expect((await Promise.all(all.map(endOf))).map(({ status }) => status)).toEqual(['pending', 'pending']);
  await postTogether(rig.hub, all, 0);
  expect(await rig.free('MUG')).toBe(13);
});

/** A ledger that fails as PostgreSQL, a pooler in between or the network do. */
const failing = (given: { code?: string; message?: string }): Hub => ({
  ...rig.hub,
  ledger: { post: () => Promise.reject(Object.assign(new Error(given.message ?? 'away'), given)) },
});

test.each([
  { code: '08P01', message: 'server conn crashed?' },
  { code: 'EAI_AGAIN' },
  { code: 'EHOSTUNREACH' },
  { code: '57014', message: 'canceling statement due to statement timeout' },
  { code: '55P03' },
  { code: '25006', message: 'cannot execute INSERT in a read-only transaction' },
  { code: '53100' },
  { code: '40P01', message: 'deadlock detected' },
  { message: 'overtaken' },
])('I1: what may pass ($code) is no poison, also for a posting alone', async (failure) => {
  const one = await posting('1');
  await expect(postTogether(failing(failure), [one], 0)).rejects.toThrow();
  expect((await endOf(one)).status).toBe('pending');
});

test.each(['22003', '23514', '54000'])('%s says that the data itself is refused', async (code) => {
  const one = await posting('1');
  await postTogether(failing({ code, message: 'out of range' }), [one], 0);
  expect(await endOf(one)).toMatchObject({ status: 'quarantined', reason: 'out of range' });
});

test('a posting that fails for now neither holds back its company nor is forgotten', async () => {
  const [stuck, sound] = [await posting('1'), await posting('2')];
  const timeout = Object.assign(new Error('canceling statement'), { code: '57014' });
  const partly: Hub = {
    ...rig.hub,
    ledger: {
      post: (postings, options) =>
        postings.includes(stuck) ? Promise.reject(timeout) : rig.hub.ledger.post(postings, options),
    },
  };
  await expect(postTogether(partly, [stuck, sound], 0)).rejects.toBe(timeout);
  expect((await endOf(stuck)).status).toBe('pending');
  expect((await endOf(sound)).status).toBe('applied');
});

test('a shortage that ends within its own batch is tried again, once', async () => {
  const [sale, receipt] = [await posting('20'), await posting('30')];
  const [movement] = sale.movements;
  const [line] = movement?.lines ?? [];
  if (!movement || !line) throw new Error('the posting has no line');
  const short: Posting = {
    ...sale,
    movements: [{ ...movement, type: 'adjustment', lines: [{ ...line, from: line.to, to: line.from }] }],
  };
  await postTogether(rig.hub, [short, receipt], 3);
  expect(await endOf(short)).toMatchObject({ status: 'quarantined', code: 'stock_short' });
  expect(await replayShortages(rig.database.pool)).toBe(1);
  await postTogether(rig.hub, [short], 3);
  expect((await endOf(short)).status).toBe('applied');
  expect(await replayShortages(rig.database.pool)).toBe(0);
  expect(await rig.free('MUG')).toBe(20);
});

test('a shortage that its batch does not end is tried once more, and then waits', async () => {
  const sale = await posting('500');
  const [movement] = sale.movements;
  const [line] = movement?.lines ?? [];
  if (!movement || !line) throw new Error('the posting has no line');
  const short: Posting = {
    ...sale,
    movements: [{ ...movement, type: 'adjustment', lines: [{ ...line, from: line.to, to: line.from }] }],
  };
  await postTogether(rig.hub, [short, await posting('1')], 3);
  expect(await replayShortages(rig.database.pool)).toBe(1);
  await postTogether(rig.hub, [short], 3);
  expect((await endOf(short)).status).toBe('quarantined');
  expect(await replayShortages(rig.database.pool)).toBe(0);
});
