// Levels, intents and the gate: one in flight each, versions that only grow, keys that stay, increases that wait (I7, I8).
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/inbox/events.ts';
import { storeEvents } from '../../../src/core/inbox/store.ts';
import { lagBehind, wantPoll } from '../../../src/core/publication/caught-up.ts';
import { markAllDue } from '../../../src/core/publication/changes.ts';
import { noteAttempt, openBatch, openBatches, settleBatch } from '../../../src/core/publication/intents.ts';
import { changeLevels, dueLevels, lockLevels } from '../../../src/core/publication/levels.ts';
import { type Instant, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { intentOf, open, openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  for (const table of ['publication', 'publication_batch', 'listing_level', 'poll_cursor'])
    await shop.database.pool.query(`delete from ${table}`);
  await shop.database.pool.query(
    `update inbox_event set status = 'ignored', reason = 'another test' where status = 'pending'`,
  );
  await markAllDue(shop.database, shop.channel);
});
afterAll(() => shop.close());
const pool = () => shop.database.pool;
const level = (listing: string, externalLocation = 'x1') => ({
  listingId: shop.listing(listing),
  externalLocation,
});
const due = async () =>
  (await dueLevels(pool(), shop.channel, 100)).map((each) => `${each.externalId} @ ${each.externalLocation}`);

describe('due levels', () => {
  it('scarce stock first: never told, then the smallest number told', async () => {
    await changeLevels(
      pool(),
      [
        { ...level('l1'), kind: 'told', available: '9' },
        { ...level('l2'), kind: 'told', available: '2' },
        { ...level('kit'), kind: 'told', available: '10' },
        { ...level('l1', 'x2'), kind: 'told', available: '0' },
      ],
      { keepDue: false },
    );
    await pool().query(`update listing_level set due_at = clock_timestamp()`);
    expect((await due()).slice(-4)).toEqual(['l1 @ x2', 'l2 @ x1', 'l1 @ x1', 'kit @ x1']);
    expect(await dueLevels(pool(), shop.channel, 2)).toHaveLength(2);
  });

  it('increases that wait come after everything else: a decrease never stands behind them', async () => {
    const reading = { available: '0', expected: { level: '0' }, asOf: instantOf(1_000_000) };
    for (const [each, told] of [
      [level('l1'), '0'],
      [level('l2'), '9'],
    ] as const)
      await changeLevels(pool(), [{ ...each, kind: 'told', available: told }], { keepDue: false });
    await pool().query(`update listing_level set due_at = clock_timestamp() where published is not null`);
    await changeLevels(
      pool(),
      [level('l1'), level('l1', 'x2')].map((each) => ({
        ...each,
        ...{ kind: 'waiting', reason: 'an increase waits', reading, againMs: 0 },
      })),
      { keepDue: false },
    );
    expect((await due()).at(-3)).toBe('l2 @ x1');
    expect((await due()).slice(-2).sort()).toEqual(['l1 @ x1', 'l1 @ x2']);
  });

  it('I8: what was told is not believed once an outcome is open or the channel has refused', async () => {
    await changeLevels(
      pool(),
      [level('l1'), level('l2')].map((each) => ({ ...each, kind: 'told', available: '3' })),
      { keepDue: false },
    );
    await changeLevels(
      pool(),
      [
        { ...level('l1'), kind: 'again', reason: 'the answer was lost', againMs: 0, stale: false },
        { ...level('l2'), kind: 'stopped', reason: 'it is not stocked' },
      ],
      { keepDue: false },
    );
    const { rows } = await pool().query(
      `select published from listing_level where external_location = 'x1' and listing_id = any($1::int[])`,
      [[shop.listing('l1'), shop.listing('l2')]],
    );
    expect(rows).toEqual([{ published: null }, { published: null }]);
  });

  it('I8: a level with an intent whose outcome is open is left alone until it is settled', async () => {
    await open(shop, [level('l1')]);
    expect(await due()).not.toContain('l1 @ x1');
    expect(await due()).toContain('l1 @ x2');
    const [batch] = await openBatches(pool(), shop.channel);
    if (!batch) throw new Error('the batch is not open');
    await shop.database.transaction((client) =>
      settleBatch(client, batch, [
        { id: batch.publications[0]?.id ?? '', status: 'confirmed', reason: null },
      ]),
    );
    expect(await due()).toContain('l1 @ x1');
    expect(await openBatches(pool(), shop.channel)).toEqual([]);
  });

  it('a level that is not due is not locked for sending; one that became due meanwhile stays due', async () => {
    await changeLevels(pool(), [{ ...level('l1'), kind: 'unchanged' }], { keepDue: false });
    const locked = await shop.database.transaction((client) =>
      lockLevels(client, [level('l1'), level('l2')]),
    );
    expect(locked.map((each) => each.externalId)).toEqual(['l2']);
    await changeLevels(pool(), [{ ...level('l2'), kind: 'told', available: '5' }], { keepDue: true });
    expect(await due()).toContain('l2 @ x1');
  });

  it('a waiting increase keeps its reading, and comes again', async () => {
    const reading = { available: '3', expected: { level: '3' }, asOf: instantOf(1_000_000) };
    await changeLevels(
      pool(),
      [{ ...level('l1'), kind: 'waiting', reason: 'an increase waits', reading, againMs: 0 }],
      { keepDue: false },
    );
    const waiting = (await dueLevels(pool(), shop.channel, 100)).find(
      (each) => each.listingId === shop.listing('l1') && each.externalLocation === 'x1',
    );
    expect(waiting?.reading).toEqual(reading);
    await changeLevels(
      pool(),
      [{ ...level('l2'), kind: 'again', reason: 'later', againMs: 60_000, stale: true }],
      { keepDue: false },
    );
    expect(await due()).not.toContain('l2 @ x1');
  });
});

describe('intents', () => {
  it('I7: versions only grow and are never given twice, however many senders open batches at once', async () => {
    const levels = [level('l1'), level('l2'), level('kit')];
    const given = await Promise.all(
      Array.from({ length: 12 }, (_, sender) =>
        shop.database.transaction(async (client) => {
          const own = sender % 2 ? levels : [...levels].reverse();
          await lockLevels(client, own);
          const { rows } = await client.query<{ version: string }>(
            'select max(version) as version from listing_level',
          );
          const key = await openBatch(
            client,
            shop.channel,
            own.map((each) => intentOf(each, 'l', String(sender))),
          );
          return { key, before: Number(rows[0]?.version) };
        }),
      ),
    );
    const { rows } = await pool().query<{ listing_id: number; versions: string[] }>(
      `select listing_id, array_agg(version order by id) as versions from publication group by 1`,
    );
    for (const row of rows) expect(row.versions).toEqual(Array.from({ length: 12 }, (_, n) => String(n + 1)));
    for (const { key, before } of given) {
      const own = await pool().query<{ version: string }>(
        'select distinct version from publication where batch_key = $1',
        [key],
      );
      expect(own.rows).toEqual([{ version: String(before + 1) }]);
    }
  });

  it('I7: the database refuses a version that was given before', async () => {
    await open(shop, [level('l1')]);
    await pool().query('update listing_level set version = 0');
    await expect(open(shop, [level('l1')])).rejects.toMatchObject({ constraint: 'i7_versions_are_unique' });
  });

  it('I8: a batch keeps its key, its numbers and their order until its outcome is known', async () => {
    const key = await open(shop, [level('kit'), level('l2'), level('l1', 'x2'), level('l1')], '4');
    const [first] = await openBatches(pool(), shop.channel);
    expect(first).toMatchObject({ key, attempts: 0 });
    if (!first) throw new Error('the batch is not open');
    await noteAttempt(pool(), first);
    // Whatever happens to the levels meanwhile, the intent is what it was.
    await pool().query(`update listing_level set version = version + 5, published = 77`);
    const [again] = await openBatches(pool(), shop.channel);
    expect(again).toEqual({ ...first, attempts: 1 });
    expect(again?.publications.map((each) => each.available)).toEqual(['4', '4', '4', '4']);
    const order = again?.publications.map((each) => [each.listingId, each.externalLocation]);
    expect(order).toEqual(
      [...(order ?? [])].sort(
        (a, b) => Number(a[0]) - Number(b[0]) || (String(a[1]) < String(b[1]) ? -1 : 1),
      ),
    );
  });

  it('a batch that cannot be stored whole is not stored at all, and bumps no version', async () => {
    const key = '00000000-0000-0000-0000-000000000000';
    await expect(
      shop.database.transaction(async (client) => {
        await client.query('insert into publication_batch (key, connection_id) values ($1, $2)', [
          key,
          shop.channel,
        ]);
        await openBatch(client, shop.channel, [intentOf(level('l1'), 'l', 'no number')]);
      }),
    ).rejects.toThrow();
    expect(await openBatches(pool(), shop.channel)).toEqual([]);
    const { rows } = await pool().query<{ version: string }>(
      'select max(version) as version from listing_level',
    );
    expect(rows).toEqual([{ version: '0' }]);
  });
});

describe('is the ledger caught up with the channel? (I7)', () => {
  const minute = (n: number): Instant => instantOf(1_800_000_000_000 + n * 60_000);
  const lag = (streams: readonly string[], until: Instant) => lagBehind(pool(), shop.channel, streams, until);
  const polled = (stream: string, through: number | null, end: number) =>
    pool().query(
      `insert into poll_cursor (connection_id, stream, through, polled_at) values ($1, $2, $3, $4)
       on conflict (connection_id, stream) do update set through = excluded.through, polled_at = excluded.polled_at`,
      [shop.channel, stream, through === null ? null : minute(through), minute(end)],
    );
  async function received(key: string, minutes: number): Promise<string> {
    const [stored] = await storeEvents(pool(), [
      { connectionId: shop.channel, dedupeKey: key, topic: 't', source: 'poll', body: Buffer.from(key) },
    ]);
    await pool().query('update inbox_event set received_at = $2 where id = $1', [
      stored?.id,
      minute(minutes),
    ]);
    return stored?.id ?? '';
  }

  it('a stream never read, or read only up to before, waits for a poll and is named', async () => {
    expect(await lag(['orders'], minute(5))).toMatchObject({
      waitsFor: 'poll',
      reason: expect.stringContaining('orders'),
    });
    await polled('orders', 4, 6);
    expect(await lag(['orders'], minute(5))).toMatchObject({ waitsFor: 'poll' });
    await polled('orders', 5, 6);
    expect(await lag(['orders'], minute(5))).toBeUndefined();
    expect(await lag(['orders', 'refunds'], minute(5))).toMatchObject({
      waitsFor: 'poll',
      reason: expect.stringMatching(/^refunds not/),
    });
    await polled('refunds', null, 7);
    expect(await lag(['orders', 'refunds'], minute(5))).toMatchObject({ waitsFor: 'poll' });
  });

  it('everything that reading brought must be settled; what came after it need not be', async () => {
    await polled('orders', 5, 6);
    const id = await received('brought', 6);
    await received('later', 7);
    expect(await lag(['orders'], minute(5))).toMatchObject({ waitsFor: 'events' });
    await settle(pool(), [{ id, status: 'ignored', reason: 'x' }]);
    expect(await lag(['orders'], minute(5))).toBeUndefined();
  });

  it('with several streams, what the last of them brought must be settled too', async () => {
    await polled('orders', 9, 10);
    await polled('refunds', 19, 20);
    const id = await received('refund', 20);
    expect(await lag(['orders', 'refunds'], minute(5))).toMatchObject({ waitsFor: 'events' });
    await settle(pool(), [{ id, status: 'quarantined', code: 'item_unknown', reason: 'x' }]);
    expect(await lag(['orders', 'refunds'], minute(5))).toBeUndefined();
  });

  it('without streams, everything received by then must be settled', async () => {
    expect(await lag([], minute(5))).toBeUndefined();
    await received('before', 5);
    expect(await lag([], minute(4))).toBeUndefined();
    expect(await lag([], minute(5))).toMatchObject({ waitsFor: 'events' });
  });

  it('another connection’s events and readings do not count', async () => {
    await storeEvents(pool(), [
      { connectionId: 1, dedupeKey: 'other', topic: 't', source: 'poll', body: Buffer.from('x') },
    ]);
    await pool().query(
      `insert into poll_cursor (connection_id, stream, through, polled_at) values (1, 'orders', $1, $1)`,
      [minute(90)],
    );
    expect(await lag([], minute(900))).toBeUndefined();
    expect(await lag(['orders'], minute(5))).toMatchObject({ waitsFor: 'poll' });
  });

  it('asking for a poll is remembered, and loses no cursor', async () => {
    await polled('orders', 5, 6);
    await wantPoll(pool(), shop.channel, ['orders', 'refunds']);
    const { rows } = await pool().query<{ stream: string; wanted: boolean; through: Date | null }>(
      'select stream, wanted_at is not null as wanted, through from poll_cursor where connection_id = $1 order by 1',
      [shop.channel],
    );
    expect(rows).toEqual([
      { stream: 'orders', wanted: true, through: new Date(minute(5)) },
      { stream: 'refunds', wanted: true, through: null },
    ]);
  });
});
