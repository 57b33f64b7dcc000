// What the retention erases and what it leaves: bytes go, once and in order; everything that proves an event stays, and
// nothing that may be read again is touched.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { type Closing, closeEvents } from '../../../src/core/inbox/close.ts';
import { accounting, pendingEvents, settle } from '../../../src/core/inbox/events.ts';
import { leftAlone } from '../../../src/core/inbox/left-alone.ts';
import { replay } from '../../../src/core/inbox/replay.ts';
import { eraseKeptLonger, eraseNext } from '../../../src/core/inbox/retention.ts';
import { storeEvents, unknownEvents } from '../../../src/core/inbox/store.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

const CLOSING: Closing = { note: 'the first is right', by: 'Ada', which: 'conflicts' };
const RETENTION = { days: 400, limit: 100 };
let test: TestDatabase;
let database: Database;
/** Each test has a connection of its own, and finds everything before it passed. */
let connectionId = 0;
beforeAll(async () => {
  test = await testDatabase();
  database = openDatabase({ url: test.url, poolSize: 6 });
});
beforeEach(async () => {
  await run(`update inbox_retention set through = coalesce((select max(id) from inbox_event), 0)`);
  await run('delete from inbox_kept_longer');
  const { rows } = await run(
    `insert into connection (name, connector, cutover_at) select 'shop-' || count(*), 'demo', 'epoch' from connection returning id`,
  );
  connectionId = rows[0].id;
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

const run = (text: string, values: unknown[] = []) => database.pool.query(text, values);
const event = (dedupeKey: string, body = dedupeKey) => ({
  ...{ connectionId, dedupeKey, topic: 'orders/paid', source: 'webhook' as const },
  body: Buffer.from(body),
});

type End = 'applied' | 'ignored' | 'quarantined' | 'pending';
const settlement = (id: string, end: Exclude<End, 'pending'>) =>
  end === 'quarantined'
    ? { id, status: end, code: 'item_unknown' as const, reason: 'no such item' }
    : { id, status: end, reason: 'nothing to do' };

/** Stores events that came so many days ago and ended so, in this order, and answers their ids. */
async function came(...events: readonly (readonly [name: string, daysAgo: number, end: End])[]) {
  const ids: string[] = [];
  for (const [name, daysAgo, end] of events) {
    const [stored] = await storeEvents(database.pool, [event(name)]);
    const id = stored?.id ?? '';
    ids.push(id);
    await run('update inbox_event set received_at = received_at - make_interval(days => $2) where id = $1', [
      id,
      daysAgo,
    ]);
    if (end !== 'pending') await settle(database.pool, [settlement(id, end)]);
  }
  return ids;
}
const end = (id: string, as: Exclude<End, 'pending'>) => settle(database.pool, [settlement(id, as)]);

/** Names of the events that still have their bytes. */
const kept = async (): Promise<string[]> =>
  (
    await run(
      'select dedupe_key from inbox_event where body is not null and connection_id = $1 order by id',
      [connectionId],
    )
  ).rows.map((row) => row.dedupe_key);
const stepped = async (): Promise<string[]> =>
  (await run('select event_id from inbox_kept_longer order by 1')).rows.map((row) => row.event_id);

const own = async () => {
  const name = (await run('select name from connection where id = $1', [connectionId])).rows[0].name;
  return (await accounting(database.pool)).find((each) => each.connection === name);
};

describe('erasing', () => {
  it('takes the bytes of what was applied or ignored and is older than the days, and of nothing else', async () => {
    await came(
      ...(['applied', 'ignored', 'quarantined', 'pending'] as const).flatMap((each) => [
        [`old ${each}`, 401, each] as const,
      ]),
      ['young applied', 399, 'applied'],
      ['young ignored', 0, 'ignored'],
    );
    expect(await eraseNext(database.pool, RETENTION)).toEqual({ passed: 4, erased: 2 });
    expect(await kept()).toEqual(['old quarantined', 'old pending', 'young applied', 'young ignored']);
    expect(await eraseNext(database.pool, { ...RETENTION, days: 398 })).toEqual({ passed: 1, erased: 1 });
    expect(await kept()).toEqual(['old quarantined', 'old pending', 'young ignored']);
  });

  it('I1: leaves key, hash, topic, times, headers and end as they were, says when, and the equation holds', async () => {
    const [id] = await came(['a', 500, 'ignored']);
    const row = async () => {
      const { rows } = await run('select * from inbox_event where id = $1', [id]);
      const { body, erased_at: erasedAt, ...rest } = rows[0];
      return { body, erasedAt, rest };
    };
    const before = await row();
    const from = Date.now();
    await eraseNext(database.pool, RETENTION);
    const after = await row();
    expect(after.rest).toEqual(before.rest);
    expect(after.body).toBeNull();
    expect(before.erasedAt).toBeNull();
    expect(Math.abs(after.erasedAt.getTime() - from)).toBeLessThan(60_000);
    expect(await own()).toMatchObject({ accepted: 1n, balanced: true, byStatus: { ignored: 1n } });
  });

  it('goes on from where it was, at most so many events at a time, and looks at none of them twice', async () => {
    await came(...[1, 2, 3, 4, 5].map((each) => [`e${each}`, 500 - each, 'applied'] as const));
    await came(['young', 1, 'applied']);
    const batch = { days: 400, limit: 2 };
    const steps = [];
    for (let step = 0; step < 4; step += 1) steps.push(await eraseNext(database.pool, batch));
    expect(steps).toEqual([
      { passed: 2, erased: 2 },
      { passed: 2, erased: 2 },
      { passed: 1, erased: 1 },
      { passed: 0, erased: 0 },
    ]);
    expect(await kept()).toEqual(['young']);
  });

  it('comes back for what was not settled when it went by, once that has its end', async () => {
    const [pending = '', quarantined = '', held = ''] = await came(
      ['pending', 500, 'pending'],
      ['quarantined', 500, 'quarantined'],
      ['held', 500, 'quarantined'],
      ['settled', 500, 'applied'],
    );
    await eraseNext(database.pool, RETENTION);
    expect(await stepped()).toEqual([pending, quarantined, held]);
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(0);
    expect(await kept()).toEqual(['pending', 'quarantined', 'held']);
    await end(pending, 'applied');
    expect(await replay(database.pool, { ids: [quarantined] })).toEqual([quarantined]);
    const [read] = await pendingEvents(database.pool, [quarantined]);
    expect(read?.body.toString()).toBe('quarantined');
    await end(quarantined, 'ignored');
    expect(await eraseKeptLonger(database.pool, { ...RETENTION, limit: 1 })).toBe(1);
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(1);
    expect(await kept()).toEqual(['held']);
    expect(await stepped()).toEqual([held]);
  });

  it('is not held up by an event whose clock was ahead, and erases that one when it is old enough', async () => {
    const [, ahead = ''] = await came(
      ['before', 500, 'applied'],
      ['ahead', -900, 'applied'],
      ['after', 500, 'applied'],
    );
    expect(await eraseNext(database.pool, RETENTION)).toEqual({ passed: 3, erased: 2 });
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(0);
    expect(await kept()).toEqual(['ahead']);
    await run(`update inbox_event set received_at = now() - interval '401 days' where id = $1`, [ahead]);
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(1);
    expect(await kept()).toEqual([]);
  });

  it('waits for nobody: while another process erases, there is nothing to do', async () => {
    await came(['a', 500, 'applied'], ['b', 500, 'pending']);
    const [other, second] = await Promise.all([database.pool.connect(), database.pool.connect()]);
    try {
      await other.query('begin');
      expect(await eraseNext(other, { ...RETENTION, limit: 1 })).toEqual({ passed: 1, erased: 1 });
      await second.query(`set lock_timeout = '2s'`);
      expect(await eraseNext(second, RETENTION)).toEqual({ passed: 0, erased: 0 });
      await other.query('commit');
      expect(await eraseNext(second, RETENTION)).toEqual({ passed: 1, erased: 0 });
    } finally {
      other.release(true);
      second.release(true);
    }
  });

  it('I1: the database refuses to lose the bytes of what is not settled, and bytes that go without a date', async () => {
    await came(['pending', 500, 'pending'], ['quarantined', 500, 'quarantined'], ['applied', 500, 'applied']);
    const refused = { constraint: 'i1_only_settled_bytes_are_erased' };
    for (const name of ['pending', 'quarantined'])
      await expect(
        run(
          'update inbox_event set body = null, erased_at = now() where dedupe_key = $1 and connection_id = $2',
          [name, connectionId],
        ),
      ).rejects.toMatchObject(refused);
    await expect(
      run(
        `update inbox_event set body = null where dedupe_key = 'applied' and connection_id = ${connectionId}`,
      ),
    ).rejects.toMatchObject(refused);
    await eraseNext(database.pool, RETENTION);
    await expect(
      run(
        `update inbox_event set status = 'pending' where dedupe_key = 'applied' and connection_id = ${connectionId}`,
      ),
    ).rejects.toMatchObject(refused);
  });
});

describe('a conflict', () => {
  const conflicting = async (name: string, daysAgo: number): Promise<string> => {
    await came([name, daysAgo, 'applied']);
    const [other] = await storeEvents(database.pool, [event(name, `${name} otherwise`)]);
    expect(other?.outcome).toBe('conflict');
    await run('update inbox_event set received_at = received_at - make_interval(days => $2) where id = $1', [
      other?.id,
      daysAgo,
    ]);
    return other?.id ?? '';
  };
  const bytes = async (id: string) =>
    (
      await run('select body is not null as kept, status::text as status from inbox_event where id = $1', [
        id,
      ])
    ).rows[0];

  it('keeps its bytes as long as it is open, and they go within a round once it is settled', async () => {
    const id = await conflicting('open', 500);
    expect(await eraseNext(database.pool, RETENTION)).toEqual({ passed: 2, erased: 1 });
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(0);
    expect(await bytes(id)).toEqual({ kept: true, status: 'quarantined' });
    await closeEvents(database, [id], CLOSING);
    expect(await eraseKeptLonger(database.pool, RETENTION)).toBe(1);
    expect(await bytes(id)).toEqual({ kept: false, status: 'ignored' });
  });

  it('that is settled while it is young ages like any other event', async () => {
    const id = await conflicting('young', 10);
    await closeEvents(database, [id], CLOSING);
    expect(await eraseNext(database.pool, RETENTION)).toEqual({ passed: 0, erased: 0 });
    expect(await eraseNext(database.pool, { ...RETENTION, days: 9 })).toEqual({ passed: 2, erased: 2 });
    expect(await bytes(id)).toEqual({ kept: false, status: 'ignored' });
  });

  it('I3, I4: that was settled and erased is known when it comes again: it is opened no more, and no other one is', async () => {
    const id = await conflicting('again', 500);
    await closeEvents(database, [id], CLOSING);
    await eraseNext(database.pool, RETENTION);
    expect(await storeEvents(database.pool, [event('again', 'again otherwise')])).toEqual([
      { outcome: 'conflict', id },
    ]);
    expect(await bytes(id)).toEqual({ kept: false, status: 'ignored' });
    const [third] = await storeEvents(database.pool, [event('again', 'a third content')]);
    expect(third?.id).not.toBe(id);
    expect(await own()).toMatchObject({
      ...{ accepted: 4n, duplicate: 1n, balanced: true },
      byStatus: { applied: 1n, ignored: 1n, quarantined: 1n },
    });
  });
});

describe('after its bytes are erased', () => {
  it('I3, I4: an event that comes again is known by its hash: a duplicate, or a conflict that is kept beside it', async () => {
    const [id] = await came(['a', 500, 'applied']);
    await eraseNext(database.pool, RETENTION);
    expect(await unknownEvents(database.pool, [event('a')])).toEqual([]);
    expect(await storeEvents(database.pool, [event('a')])).toEqual([{ outcome: 'duplicate', id }]);
    const [other] = await storeEvents(database.pool, [event('a', 'other content')]);
    expect(other?.outcome).toBe('conflict');
    expect(await storeEvents(database.pool, [event('a', 'other content')])).toEqual([other]);
    expect(await leftAlone(database.pool, [other?.id ?? ''])).toMatchObject([{ conflictsWith: id }]);
    expect(await own()).toMatchObject({
      ...{ accepted: 4n, duplicate: 2n, balanced: true },
      byStatus: { applied: 1n, quarantined: 1n },
    });
    expect(
      (await run('select body, erased_at from inbox_event where id = $1', [id])).rows[0].body,
    ).toBeNull();
  });

  it('it is not brought back to work, and says why', async () => {
    const [id = ''] = await came(['a', 500, 'applied']);
    await eraseNext(database.pool, RETENTION);
    expect(await replay(database.pool, { ids: [id] })).toEqual([]);
    expect(await leftAlone(database.pool, [id, '999'])).toEqual([
      {
        ...{ id, status: 'applied', code: null, conflictsWith: null, erasedAt: expect.any(Date) },
        ...{ isClosed: false, hasCounted: false },
      },
    ]);
  });
});
