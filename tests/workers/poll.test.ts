// Reading a source: its events and its place in it are kept together, whoever dies or reads at the same time.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Poll, PollPage } from '../../src/connectors/contract.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { pollConnection } from '../../src/workers/poll.ts';
import { type MarketRig, MUG, openMarket, PLACE } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket({ pageSize: 2 });
  await rig.poll();
});
afterEach(() => rig.close());

const cursor = async () => {
  const { rows } = await rig.database.pool.query<{
    cursor: unknown;
    through: Date | null;
    failure: string | null;
    wanted: boolean;
  }>(
    'select cursor, through, failure, wanted_at is not null as wanted from poll_cursor where connection_id = $1',
    [rig.live.id],
  );
  return rows[0];
};

/** The market, whose pages go through other hands first. */
function reading(pages: (given: AsyncIterable<PollPage>) => AsyncIterable<PollPage>): LiveConnection {
  const { poll } = rig.live.connection;
  if (!poll) throw new Error('the market has no poll');
  const own: Poll = { ...poll, read: (stream, from, since) => pages(poll.read(stream, from, since)) };
  return { ...rig.live, connection: { ...rig.live.connection, poll: own } };
}

const dyingAfter = (count: number) =>
  reading(async function* (given) {
    let seen = 0;
    for await (const page of given) {
      if (seen === count) throw new Error('the process is gone');
      seen += 1;
      yield page;
    }
  });

const sold = async () => {
  await rig.interpret();
  return 10 - (await rig.free('MUG'));
};

describe('a page and the place after it', () => {
  test('I3: a reader that dies between two pages loses nothing and repeats harmlessly', async () => {
    rig.market.sell(MUG.id, PLACE, 7);
    for (const pages of [0, 1, 2, 1]) {
      await pollConnection(rig.hub, dyingAfter(pages));
      expect((await cursor())?.failure).toBe('the process is gone');
    }
    await rig.poll();
    expect((await cursor())?.failure).toBeNull();
    expect(await sold()).toBe(7);
    const { rows } = await rig.database.pool.query<{ n: number }>(
      `select count(*)::int as n from inbox_event where topic = 'sold'`,
    );
    expect(rows).toEqual([{ n: 7 }]);
  });

  test('a page that cannot be stored leaves the cursor where it was', async () => {
    const before = await cursor();
    rig.market.sell(MUG.id, PLACE, 3);
    const broken = reading(async function* (given) {
      for await (const page of given)
        yield { ...page, events: page.events.map((event) => ({ ...event, topic: 'a\u0000b' })) };
    });
    await pollConnection(rig.hub, broken);
    const after = await cursor();
    expect(after).toMatchObject({ cursor: before?.cursor, through: before?.through });
    expect(after?.failure).toMatch(/\S/);
    await rig.poll();
    expect(await sold()).toBe(3);
  });

  test('I3: a commit that fails leaves the cursor where it was: events and cursor are one transaction', async () => {
    const { pool } = rig.database;
    const before = await cursor();
    rig.market.sell(MUG.id, PLACE, 1);
    // Fires at the commit, when both have been written.
    await pool.query(
      `create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'the commit fails'; end $$`,
    );
    await pool.query(
      `create constraint trigger refuse_commit after insert on inbox_event deferrable initially deferred for each row execute function refuse_commit()`,
    );
    await rig.poll();
    const after = await cursor();
    expect(after).toMatchObject({
      cursor: before?.cursor,
      through: before?.through,
      failure: 'the commit fails',
    });
    await pool.query('drop trigger refuse_commit on inbox_event');
    await rig.poll();
    expect(await sold()).toBe(1);
  });

  test('`through` moves only with the last page', async () => {
    const before = await cursor();
    rig.market.sell(MUG.id, PLACE, 5);
    await pollConnection(rig.hub, dyingAfter(2));
    expect((await cursor())?.through).toEqual(before?.through);
    await rig.poll();
    expect(Number((await cursor())?.through)).toBeGreaterThan(Number(before?.through));
  });
});

describe('many readers', () => {
  test('I3: overlapping polls of two processes store each change once', async () => {
    const other = await rig.another([]);
    const live = other.hub.connections.get(rig.live.id);
    if (!live) throw new Error('the other hub does not know the market');
    rig.market.sell(MUG.id, PLACE, 9);
    await Promise.all([
      rig.poll(),
      pollConnection(other.hub, live),
      rig.poll(),
      pollConnection(other.hub, live),
    ]);
    await rig.poll();
    expect(await sold()).toBe(9);
    const { rows } = await rig.database.pool.query<{ n: number }>(
      `select count(*)::int as n from inbox_event where topic = 'sold'`,
    );
    expect(rows).toEqual([{ n: 9 }]);
  });

  test('an ask that comes while a reading runs is still open afterwards', async () => {
    let pages = 0;
    const asked = reading(async function* (given) {
      for await (const page of given) {
        if (pages++ === 0) {
          await rig.database.pool.query(
            "update poll_cursor set wanted_at = clock_timestamp() + interval '1 millisecond' where connection_id = $1",
            [rig.live.id],
          );
        }
        yield page;
      }
    });
    await pollConnection(rig.hub, asked);
    expect((await cursor())?.wanted).toBe(true);
    await rig.poll();
    expect((await cursor())?.wanted).toBe(false);
  });
});

describe('a source that fails', () => {
  test('is noted, and the next reading goes on', async () => {
    rig.market.sell(MUG.id, PLACE, 1);
    rig.server.fail('unavailable');
    await rig.poll();
    expect((await cursor())?.failure).toMatch(/503/);
    rig.server.fail('none');
    await rig.poll();
    expect((await cursor())?.failure).toBeNull();
    expect(await sold()).toBe(1);
  });

  test('for want of a valid token parks the connection, with a reason and without the token', async () => {
    rig.server.fail('unauthorized');
    await rig.poll();
    const { rows } = await rig.database.pool.query<{ parked_code: string; parked_reason: string }>(
      'select parked_code, parked_reason from connection where parked_at is not null',
    );
    expect(rows).toEqual([
      { parked_code: 'vendor_unauthorized', parked_reason: expect.stringMatching(/401/) },
    ]);
  });
});
