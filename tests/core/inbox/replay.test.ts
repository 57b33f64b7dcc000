// Bringing events back to work: claimed once, mended ones replayed, shortages woken by stock, hopeless ones given up.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/inbox/events.ts';
import {
  begin,
  claimDue,
  handOn,
  type Pace,
  postpone,
  quarantineExhausted,
  replay,
  replayShortages,
} from '../../../src/core/inbox/replay.ts';
import { storeEvents } from '../../../src/core/inbox/store.ts';
import { clock, pauseSince } from '../../support/pause.ts';
import { count, line, movement, moves, openWorld, posting, type World } from '../ledger/world.ts';

const NOW: Pace = { graceMs: 0, pauseMs: 60_000, limit: 100 };
let world: World;
let items: readonly number[] = [];
let tests = 0;
beforeAll(async () => {
  world = await openWorld({ items: 60 });
});
beforeEach(async () => {
  tests += 1;
  items = world.items.slice(tests * 2);
  await world.database.pool.query(
    `update inbox_event set status = 'ignored', reason = 'another test', conflicts_with = null where status in ('pending', 'quarantined')`,
  );
});
afterAll(() => world.close());

const pool = () => world.database.pool;
async function stored(...keys: string[]): Promise<string[]> {
  const answers = await storeEvents(
    pool(),
    keys.map((key) => ({
      connectionId: 1,
      dedupeKey: `${tests} ${key}`,
      topic: 't',
      source: 'webhook' as const,
      body: Buffer.from(key),
    })),
  );
  return answers.map((answer) => answer.id);
}
const row = async (id = '') =>
  (
    await pool().query(
      'select status::text as status, code, reason, waits_for, generation, settled_at from inbox_event where id = $1',
      [id],
    )
  ).rows[0];
const quarantined = (id: string, code: 'item_unknown' | 'content_invalid' = 'item_unknown') => ({
  id,
  status: 'quarantined' as const,
  code,
  reason: 'why',
});

describe('claiming', () => {
  it('hands over what is pending and due, oldest first, and not again before its pause is over', async () => {
    const ids = await stored('a', 'b', 'c');
    expect(await claimDue(pool(), { ...NOW, graceMs: 60_000 })).toEqual([]);
    expect(await claimDue(pool(), { ...NOW, limit: 2 })).toEqual([{ connectionId: 1, ids: ids.slice(0, 2) }]);
    expect(await claimDue(pool(), NOW)).toEqual([{ connectionId: 1, ids: ids.slice(2) }]);
    expect(await claimDue(pool(), NOW)).toEqual([]);
  });

  it('an attempt is what was begun since the hand-over before; begun twice it is one, and handed on it is none', async () => {
    const [id = ''] = await stored('a');
    const next = async () => {
      await pool().query('update inbox_event set retry_at = null where id = $1', [id]);
      await claimDue(pool(), NOW);
      return (await row(id))?.generation;
    };
    expect([await next(), await next()]).toEqual([0, 0]);
    await begin(pool(), [id]);
    await begin(pool(), [id]);
    expect([await next(), await next()]).toEqual([1, 1]);
    await begin(pool(), [id]);
    await handOn(pool(), [id]);
    expect(await next()).toBe(1);
  });

  it('the pause stays the same while nothing fails, so that a wiped queue is soon full again', async () => {
    const [id = ''] = await stored('a');
    const pauses: number[] = [];
    for (let generation = 0; generation < 4; generation += 1) {
      await pool().query('update inbox_event set retry_at = null where id = $1', [id]);
      const before = await clock(pool());
      await claimDue(pool(), { ...NOW, pauseMs: 5000 });
      pauses.push(await pauseOf(id, before, 5));
    }
    expect(pauses).toEqual([5, 5, 5, 5]);
  });

  it('after a failure the pause doubles with each hand-over, at most 2,048-fold', async () => {
    const [id = ''] = await stored('a');
    const expected = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4096, 4096];
    const pauses: number[] = [];
    for (const each of expected) {
      await pool().query('update inbox_event set retry_at = null where id = $1', [id]);
      await claimDue(pool(), NOW);
      const before = await clock(pool());
      await postpone(pool(), [id], 'the vendor is away', 2000);
      pauses.push(await pauseOf(id, before, each));
    }
    expect(pauses).toEqual(expected);
  });

  const pauseOf = (id: string, before: string, expected: number): Promise<number> => {
    const until = 'select retry_at from inbox_event where id = $1';
    return pauseSince(pool(), expected, { before, until, values: [id] });
  };

  it('two relays at once never claim the same event, and leave none', async () => {
    const ids = await stored(...Array.from({ length: 60 }, (_, n) => `k${n}`));
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => claimDue(pool(), { ...NOW, limit: 20 })),
    );
    let claimed = claims.flat().flatMap((due) => due.ids);
    for (;;) {
      const more = (await claimDue(pool(), NOW)).flatMap((due) => due.ids);
      if (more.length === 0) break;
      claimed = [...claimed, ...more];
    }
    expect(claimed).toHaveLength(60);
    expect(new Set(claimed)).toEqual(new Set(ids));
  });

  it('leaves parked connections, those before their cut-over and settled events alone', async () => {
    const [first = '', second = ''] = await stored('a', 'b');
    await settle(pool(), [{ id: first, status: 'applied' }]);
    await pool().query(`update connection set parked_at = now()`);
    expect(await claimDue(pool(), NOW)).toEqual([]);
    await pool().query(`update connection set parked_at = null, cutover_at = null`);
    expect(await claimDue(pool(), NOW)).toEqual([]);
    await pool().query(`update connection set cutover_at = 'epoch'`);
    expect(await claimDue(pool(), NOW)).toEqual([{ connectionId: 1, ids: [second] }]);
  });

  it('a postponed event waits as long as it was told, and says why', async () => {
    const [id = ''] = await stored('a');
    await postpone(pool(), [id], 'vendor is away\u0000', 60_000);
    expect(await claimDue(pool(), NOW)).toEqual([]);
    expect(await row(id)).toMatchObject({ status: 'pending', reason: 'vendor is away\uFFFD' });
    await postpone(pool(), [id], 'vendor is away', -1);
    expect(await claimDue(pool(), NOW)).toHaveLength(1);
  });
});

describe('replaying what a person mended', () => {
  it('by id, connection or code; pending again, counted from the start, due at once', async () => {
    const [a = '', b = '', c = '', d = ''] = await stored('a', 'b', 'c', 'd');
    await settle(pool(), [
      quarantined(a),
      quarantined(b, 'content_invalid'),
      quarantined(c),
      { id: d, status: 'ignored', reason: 'x' },
    ]);
    await pool().query('update inbox_event set generation = 30 where id = $1', [a]);
    expect(await replay(pool(), { ids: [] })).toEqual([]);
    expect(await replay(pool(), { connectionId: 2 })).toEqual([]);
    expect(await replay(pool(), { ids: [b, d] })).toEqual([b]);
    expect((await replay(pool(), { connectionId: 1, codes: ['item_unknown'] })).sort()).toEqual(
      [a, c].sort(),
    );
    expect(await row(a)).toEqual({
      status: 'pending',
      code: null,
      reason: null,
      waits_for: null,
      generation: 0,
      settled_at: null,
    });
    expect(await row(d)).toMatchObject({ status: 'ignored' });
    expect((await claimDue(pool(), { ...NOW, graceMs: 60_000 })).flatMap((due) => due.ids)).toEqual([
      a,
      b,
      c,
    ]);
  });

  it('never what conflicts with an earlier event', async () => {
    const [a = ''] = await stored('a');
    await storeEvents(pool(), [
      { connectionId: 1, dedupeKey: `${tests} a`, topic: 't', source: 'poll', body: Buffer.from('other') },
    ]);
    await settle(pool(), [quarantined(a)]);
    expect(await replay(pool(), {})).toEqual([a]);
  });
});

describe('shortages', () => {
  const shipment = (itemId: number, quantity: number) =>
    movement('shipment', 1, [line(itemId, quantity, world.place('MAIN'), world.place('@customer'))]);
  const receipt = (itemId: number, quantity: number) =>
    moves(movement('receipt', 0, [line(itemId, quantity, world.place('@supplier'), world.place('MAIN'))]));

  it('wait until one of their items moves, then become pending with their hand-overs counted anew', async () => {
    const [a = 0, b = 0] = items;
    const [id = ''] = await stored('a');
    const short = posting({ inboxEventId: id, movements: [shipment(a, 3)] });
    await world.ledger.post([short]);
    await pool().query('update inbox_event set generation = 39 where id = $1', [id]);
    expect(await replayShortages(pool())).toBe(0);
    await world.ledger.post([receipt(b, 5)]);
    expect(await replayShortages(pool())).toBe(0);
    await world.ledger.post([receipt(a, 1)]);
    expect(await replayShortages(pool())).toBe(1);
    // What it took is not in the ledger yet, tried again or not.
    expect(await row(id)).toMatchObject({ status: 'pending', code: null, waits_for: [a], generation: 0 });
    // Still short: it waits again, for the next movement and not for the one it has seen.
    await world.ledger.post([short]);
    expect(await row(id)).toMatchObject({ status: 'quarantined', code: 'stock_short', waits_for: [a] });
    expect(await replayShortages(pool())).toBe(0);
    await world.ledger.post([posting({ counts: [count(0, a, world.place('MAIN'), 3)] })]);
    expect(await replayShortages(pool())).toBe(1);
    await world.ledger.post([short]);
    expect(await row(id)).toMatchObject({ status: 'applied' });
  });

  it('I7: what an event took stays noted while it is replayed and refused, and ends with the event', async () => {
    const [a = 0] = items;
    const [id = '', other = ''] = await stored('a', 'b');
    await world.ledger.post([posting({ inboxEventId: id, movements: [shipment(a, 3)] })]);
    await world.ledger.post([posting({ inboxEventId: other, movements: [shipment(a, 4)] })]);
    expect((await replay(pool(), { ids: [id, other] })).sort()).toEqual([id, other].sort());
    expect(await row(id)).toMatchObject({ status: 'pending', waits_for: [a] });
    await settle(pool(), [quarantined(id), { id: other, status: 'ignored', reason: 'taken back' }]);
    expect(await row(id)).toMatchObject({ status: 'quarantined', code: 'item_unknown', waits_for: [a] });
    expect(await row(other)).toMatchObject({ status: 'ignored', waits_for: null });
    await replay(pool(), { ids: [id] });
    await world.ledger.post([receipt(a, 3)]);
    await world.ledger.post([posting({ inboxEventId: id, movements: [shipment(a, 3)] })]);
    expect(await row(id)).toMatchObject({ status: 'applied', waits_for: null });
  });

  it('a reservation moves no stock and wakes nobody', async () => {
    const [a = 0] = items;
    const [id = ''] = await stored('a');
    await world.ledger.post([posting({ inboxEventId: id, movements: [shipment(a, 3)] })]);
    const reservation = {
      order: `o ${tests}`,
      version: '1',
      reservedAt: count(0, a, world.place('MAIN'), 0).countedAt,
      lines: [{ line: '1', itemId: a, locationId: world.location('MAIN'), quantity: '1' }],
    };
    await world.ledger.post([posting({ reservations: [reservation] })]);
    expect(await replayShortages(pool())).toBe(0);
  });
});

describe('giving up', () => {
  it('only after more hand-overs than allowed, with the last reason; the event is kept', async () => {
    const [a = '', b = ''] = await stored('a', 'b');
    await postpone(pool(), [a], 'the vendor said no', 0);
    await pool().query('update inbox_event set generation = 41 where id = $1', [a]);
    await pool().query('update inbox_event set generation = 40 where id = $1', [b]);
    expect(await quarantineExhausted(pool(), 40)).toBe(1);
    expect(await row(a)).toMatchObject({
      status: 'quarantined',
      code: 'content_invalid',
      reason: 'tried 41 times without an end; last: the vendor said no',
    });
    expect(await row(b)).toMatchObject({ status: 'pending' });
    await pool().query('update inbox_event set generation = 41 where id = $1', [b]);
    await quarantineExhausted(pool(), 40);
    expect((await row(b))?.reason).toContain('no error was noted');
  });
});
