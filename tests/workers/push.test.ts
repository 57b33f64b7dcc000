// What a channel is told, and when: decreases at once, increases only when its own doings are in, each number once.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Push } from '../../src/connectors/contract.ts';
import { resume } from '../../src/core/connection/connections.ts';
import { StockbridgeError } from '../../src/core/errors.ts';
import { quarantineExhausted, replay, replayShortages } from '../../src/core/inbox/replay.ts';
import { planChanges } from '../../src/core/publication/changes.ts';
import { openBatch } from '../../src/core/publication/intents.ts';
import { instantOf } from '../../src/core/vocabulary/instant.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { sendDue } from '../../src/workers/push.ts';
import { MARKET_SECRETS, type MarketRig, MUG, openMarket, PLACE, TEA } from '../e2e/market.ts';
import { clock } from '../support/pause.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
  await rig.settle();
});
afterEach(() => rig.close());

interface Sent {
  readonly version: number;
  readonly available: number;
  readonly status: string;
  readonly key: string;
}

async function publications(sku = 'MUG'): Promise<Sent[]> {
  const { rows } = await rig.database.pool.query<{
    version: string;
    available: string;
    status: string;
    key: string;
  }>(
    `select p.version, p.available::text, p.status::text, p.batch_key as key from publication p join listing l on l.id = p.listing_id
     join item i on i.id = l.item_id where i.sku = $1 order by p.id`,
    [sku],
  );
  return rows.map((row) => ({
    version: Number(row.version),
    available: Number(row.available),
    status: row.status,
    key: row.key,
  }));
}

const level = async (sku = 'MUG') => {
  const { rows } = await rig.database.pool.query<{ due: boolean; waiting: string | null; reading: unknown }>(
    `select v.due_at is not null as due, v.waiting, v.reading from listing_level v join listing l on l.id = v.listing_id join item i on i.id = l.item_id where i.sku = $1`,
    [sku],
  );
  return rows[0];
};

/** Makes waiting levels due now instead of in a second. */
const hurry = () =>
  rig.database.pool.query('update listing_level set due_at = clock_timestamp() where due_at is not null');

describe('decreases', () => {
  test('I7: a decrease goes at once, also while the channel cannot be polled and its events are not in', async () => {
    rig.market.sell(MUG.id, PLACE, 1);
    await rig.database.pool.query(`update poll_cursor set through = '2000-01-01'`);
    await rig.move('MUG', -4);
    await rig.push();
    expect(rig.offered()).toBe(6);
    expect(await publications()).toMatchObject([{ available: 6, status: 'confirmed' }]);
  });

  test('I7: what stays of a decrease made before the channel’s sale was known is mended when it is', async () => {
    rig.market.sell(MUG.id, PLACE, 3);
    await rig.move('MUG', -4);
    await rig.push();
    expect(rig.offered()).toBe(6);
    await rig.settle();
    expect(rig.offered()).toBe(3);
    expect(await rig.free('MUG')).toBe(3);
  });
});

describe('increases', () => {
  test('I7: an increase waits until the poll has read past the reading, and says so', async () => {
    await rig.move('MUG', 5);
    await rig.push();
    expect(rig.offered()).toBe(10);
    expect(await level()).toMatchObject({
      due: true,
      waiting: expect.stringContaining('an increase waits: changes not yet read through'),
    });
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(10);
    await rig.poll();
    await rig.interpret();
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(15);
  });

  test('I7: an increase waits while an event of the channel that was received is not applied', async () => {
    rig.market.sell(MUG.id, PLACE, 1);
    await rig.move('MUG', 5);
    await rig.push();
    // The sale is in the inbox, but nobody has interpreted it.
    await rig.poll();
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(9);
    expect(await level()).toMatchObject({
      waiting: 'an increase waits: 1 events of the channel are not applied yet',
    });
    await rig.interpret();
    await rig.settle();
    expect(rig.offered()).toBe(14);
    expect(await rig.free('MUG')).toBe(14);
  });

  test('I7: a customer’s return between the reading and the sending is not offered twice', async () => {
    await rig.move('MUG', 5);
    await rig.push();
    rig.market.takeBack(MUG.id, PLACE);
    await rig.poll();
    await rig.interpret();
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(11);
    expect((await publications()).map(({ status }) => status)).toEqual(['stale']);
    await rig.settle();
    expect(rig.offered()).toBe(16);
  });

  test('I7: an increase that shrinks to none while it waits is not sent with its old reading', async () => {
    await rig.move('MUG', 5);
    await rig.push();
    await rig.move('MUG', -8);
    await hurry();
    await rig.push();
    expect(rig.offered()).toBe(7);
    expect(await publications()).toMatchObject([{ available: 7, status: 'confirmed' }]);
  });

  test('a capped channel that sells is filled up again', async () => {
    await rig.close();
    rig = await openMarket({ policy: { cap: 4 } });
    await rig.settle();
    expect(rig.offered()).toBe(4);
    rig.market.sell(MUG.id, PLACE, 3);
    await rig.settle();
    expect(rig.offered()).toBe(4);
    expect(await rig.free('MUG')).toBe(7);
  });
});

describe('a shortage', () => {
  test('I7: stock that arrives is not offered before the channel’s own sale that waits for it has its share', async () => {
    rig.market.sell(MUG.id, PLACE, 1);
    await rig.move('MUG', -10);
    await rig.poll();
    await rig.interpret();
    const { rows } = await rig.database.pool.query<{ code: string }>(
      `select code from inbox_event where status = 'quarantined'`,
    );
    expect(rows).toEqual([{ code: 'stock_short' }]);
    await rig.push();
    expect(rig.offered()).toBe(0);
    await rig.move('MUG', 3);
    for (let round = 0; round < 2; round += 1) {
      await hurry();
      await rig.push();
      await rig.poll();
    }
    expect(rig.offered()).toBe(0);
    expect(await level()).toMatchObject({
      waiting: expect.stringMatching(/^an increase waits: event \d+ of market took some of this item/),
    });
    await rig.settle();
    expect(rig.offered()).toBe(2);
  });

  test('I7: what another connection has shipped and the ledger is short of is offered by no channel', async () => {
    await rig.move('MUG', -8);
    await rig.settle();
    const lines = [{ sku: 'MUG', quantity: '3', location: 'gate' }];
    await rig.store({ type: 'reservation', document: 'wholesale', version: 1, lines });
    await rig.interpret();
    await rig.push();
    expect(rig.offered()).toBe(0);
    await rig.store({ type: 'sale', document: 'wholesale', lines });
    await rig.store({ type: 'reservation', document: 'wholesale', version: 2, lines: [] });
    await rig.interpret();
    const hurried = async () => {
      await hurry();
      await rig.push();
      await rig.poll();
      await rig.interpret();
    };
    for (let round = 0; round < 3; round += 1) await hurried();
    expect(await rig.free('MUG')).toBe(2);
    expect(rig.offered(), 'three left a shelf of two').toBe(0);
    expect(await level()).toMatchObject({
      waiting: expect.stringMatching(/^an increase waits: event \d+ of dock took some of this item/),
    });
    // Beside a conflict it is short all the same.
    await rig.database.pool.query(`update inbox_event set code = 'key_conflict' where code = 'stock_short'`);
    for (let round = 0; round < 3; round += 1) await hurried();
    expect(rig.offered()).toBe(0);
    await rig.database.pool.query(`update inbox_event set code = 'stock_short' where code = 'key_conflict'`);
    await rig.move('MUG', 5);
    await rig.settle();
    expect(rig.offered()).toBe(4);
  });

  test('I7: an increase waits for what left a shelf, also while its event is tried again, is given up, or its connection is parked', async () => {
    await rig.move('MUG', -8);
    await rig.settle();
    const lines = [{ sku: 'MUG', quantity: '3', location: 'gate' }];
    const id = await rig.store({ type: 'sale', document: 'wholesale', lines });
    await rig.interpret();
    expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'stock_short' });
    await rig.move('MUG', 1);
    expect(await replayShortages(rig.database.pool)).toBe(1);
    const isHeldBack = async (how: string) => {
      for (let round = 0; round < 3; round += 1) {
        await hurry();
        await rig.push();
        await rig.poll();
      }
      expect(await rig.free('MUG')).toBe(3);
      expect(rig.offered(), how).toBe(2);
      expect((await level())?.waiting).toMatch(
        `an increase waits: event ${id} of dock took some of this item`,
      );
    };
    expect(await rig.status(id)).toMatchObject({ status: 'pending' });
    await isHeldBack('tried again, and not interpreted yet');
    await rig.hub.park(rig.dock.id, 'signature_invalid', 'a person has to look');
    await sleep(600);
    await rig.interpret();
    await isHeldBack('its connection is parked');
    await resume(rig.database.pool, rig.dock.id);
    await rig.database.pool.query('update inbox_event set generation = 41 where id = $1', [id]);
    expect(await quarantineExhausted(rig.database.pool, 40)).toBe(1);
    await isHeldBack('it was given up');
    expect(await replay(rig.database.pool, { ids: [id] })).toEqual([id]);
    await isHeldBack('a person replays it');
    await sleep(600);
    await rig.interpret();
    await rig.settle();
    expect(await rig.status(id)).toMatchObject({ status: 'applied' });
    await rig.move('MUG', 4);
    await rig.settle();
    expect(rig.offered()).toBe(4);
  });
});

describe('a reading that no longer stands', () => {
  test('I7: stale is never forced: what changed is ingested and a new number goes under a new key', async () => {
    const offer = rig.market.offer.bind(rig.market);
    let refused = 0;
    // The sale falls between the hub's last look and the market's own comparison.
    rig.market.offer = (key, offers) => {
      if (refused === 0) rig.market.sell(MUG.id, PLACE, 1);
      refused += 1;
      return offer(key, offers);
    };
    await rig.move('MUG', -4);
    await rig.push();
    const [first] = await publications();
    expect(first).toMatchObject({ available: 6, status: 'stale' });
    const { rows } = await rig.database.pool.query('select from poll_cursor where wanted_at is not null');
    expect(rows).toHaveLength(1);
    await rig.settle();
    const all = await publications();
    expect(all.at(-1)).toMatchObject({ status: 'confirmed', available: 5 });
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
    expect(rig.offered()).toBe(5);
  });

  test('I7: in a batch, only the increases whose reading changed are held back', async () => {
    await rig.move('MUG', 5);
    await rig.move('TEA', 5);
    await rig.push();
    await rig.poll();
    await rig.interpret();
    rig.market.sell(MUG.id, PLACE, 1);
    await hurry();
    await rig.push();
    expect(rig.offered(TEA.id)).toBe(15);
    expect(rig.offered(MUG.id)).toBe(9);
    expect((await publications('MUG')).map(({ status }) => status)).toEqual(['stale']);
    expect((await publications('TEA')).map(({ status }) => status)).toEqual(['confirmed']);
    await rig.settle();
    expect(rig.offered(MUG.id)).toBe(14);
  });
});

/** The same connection, whose calls to the channel fall into the given hands first. */
function through(override: Partial<Push>): LiveConnection {
  const { push } = rig.live.connection;
  if (!push) throw new Error('the market has no push');
  return { ...rig.live, connection: { ...rig.live.connection, push: { ...push, ...override } } };
}
const send: Push['send'] = (batch) =>
  rig.live.connection.push?.send(batch) ?? Promise.reject(new Error('no push'));

/** The market takes everything and its answers are lost. */
const answersLost = () =>
  through({
    send: async (batch) => {
      await send(batch);
      throw new StockbridgeError('outcome_unknown', 'the answer was lost');
    },
  });

/** The keys of the offers that reach the market from now on. */
function keysAtMarket(): string[] {
  const keys: string[] = [];
  const offer = rig.market.offer.bind(rig.market);
  rig.market.offer = (key, offers) => {
    keys.push(key);
    return offer(key, offers);
  };
  return keys;
}

/** A channel that takes differences and compares nothing, as Square does. */
const relative = () =>
  through({
    send: (batch) =>
      send({
        ...batch,
        items: batch.items.map((item) => ({
          ...item,
          available: String(rig.offered() + Number(item.available) - Number(item.readAvailable)),
          expected: { version: String(rig.market.level(MUG.id, PLACE)?.version) },
        })),
      }),
  });

describe('a channel that takes differences', () => {
  test('I7: a return after the reading is not counted by the channel and by the hub', async () => {
    await rig.move('MUG', 5);
    await rig.push();
    rig.market.takeBack(MUG.id, PLACE);
    await rig.poll();
    await rig.interpret();
    await hurry();
    await sendDue(rig.hub, relative());
    expect(rig.offered()).toBe(11);
    await rig.poll();
    await rig.interpret();
    await hurry();
    await sendDue(rig.hub, relative());
    expect(rig.offered()).toBe(16);
  });

  test('I7: what was taken back and sold again after the reading shows too, although the number is the same', async () => {
    await rig.move('MUG', 5);
    await rig.push();
    rig.market.takeBack(MUG.id, PLACE);
    await rig.poll();
    await rig.interpret();
    rig.market.sell(MUG.id, PLACE, 1);
    await hurry();
    await sendDue(rig.hub, relative());
    expect(rig.offered(), 'fifteen are there').toBeLessThanOrEqual(15);
    await rig.settle();
    expect(rig.offered()).toBe(15);
  });
});

describe('open outcomes', () => {
  test('I8: an answer that never comes is asked for under the same key, with one effect', async () => {
    const keys = keysAtMarket();
    const before = rig.market.effects;
    await rig.move('MUG', -4);
    await planChanges(rig.hub.database, [rig.live.id]);
    const silent = through({
      send: (batch) => {
        rig.server.fail('accept_then_timeout');
        return send(batch);
      },
    });
    await sendDue(rig.hub, silent);
    expect(await publications()).toMatchObject([{ available: 6, status: 'sending' }]);
    rig.server.fail('none');
    await rig.push();
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    expect(rig.market.effects - before).toBe(1);
    expect(rig.offered()).toBe(6);
    expect(await publications()).toMatchObject([{ available: 6, status: 'confirmed' }]);
  });

  test('I8: while an outcome is open the level has no second intent, and the newer number follows it', async () => {
    await rig.move('MUG', -4);
    await planChanges(rig.hub.database, [rig.live.id]);
    await sendDue(rig.hub, answersLost());
    await rig.move('MUG', -1);
    await planChanges(rig.hub.database, [rig.live.id]);
    await sendDue(rig.hub, answersLost());
    expect(await publications()).toMatchObject([{ version: 1, available: 6, status: 'sending' }]);
    await rig.settle();
    expect(await publications()).toMatchObject([
      { version: 1, available: 6, status: 'confirmed' },
      { version: 2, available: 5, status: 'confirmed' },
    ]);
    expect(rig.offered()).toBe(5);
  });

  test('I8: the batch of a sender that died is finished by another one, under its key', async () => {
    const keys = keysAtMarket();
    const before = rig.market.effects;
    await rig.move('MUG', -4);
    await planChanges(rig.hub.database, [rig.live.id]);
    await sendDue(rig.hub, answersLost());
    const heir = await rig.another([]);
    const live = heir.hub.connections.get(rig.live.id);
    if (!live) throw new Error('the other hub does not know the market');
    await sendDue(heir.hub, live);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(2);
    expect(rig.market.effects - before).toBe(1);
    expect(await publications()).toMatchObject([{ available: 6, status: 'confirmed' }]);
  });

  test('I7: a batch that its dead sender never sent is made anew from what is true now', async () => {
    // An increase to 15 was stored; then its sender died, and the stock went another way.
    await rig.database.pool.query(`update listing_level set reading = null, due_at = null`);
    const { rows } = await rig.database.pool.query<{
      listing_id: number;
      external_location: string;
      external_id: string;
    }>(
      `select v.listing_id, v.external_location, l.external_id from listing_level v join listing l on l.id = v.listing_id and l.external_id = $1`,
      [MUG.id],
    );
    const level = rows[0];
    if (!level) throw new Error('no level');
    const version = String(rig.market.level(MUG.id, PLACE)?.version);
    const reading = { available: '10', expected: { version }, asOf: instantOf(new Date()) };
    const terms = { components: [], cap: null, floor: 0, available: '15' };
    await rig.hub.database.transaction((client) =>
      openBatch(client, rig.live.id, [
        {
          listingId: level.listing_id,
          externalLocation: level.external_location,
          externalId: level.external_id,
          terms,
          reading,
        },
      ]),
    );
    await rig.move('MUG', -4);
    const seen: number[] = [];
    const offer = rig.market.offer.bind(rig.market);
    rig.market.offer = (key, offers) => {
      seen.push(...offers.map(({ available }) => Number(available)));
      return offer(key, offers);
    };
    await rig.settle();
    expect(seen).toEqual([6]);
    expect(await publications()).toMatchObject([
      { available: 15, status: 'retried' },
      { available: 6, status: 'confirmed' },
    ]);
  });
});

describe('a channel that refuses', () => {
  test('throttled: nothing is lost and nothing is sent before its time', async () => {
    const keys = keysAtMarket();
    await rig.move('MUG', -4);
    rig.server.fail('throttled');
    const before = await clock(rig.database.pool);
    await rig.push();
    expect(keys).toEqual([]);
    expect(await publications()).toEqual([]);
    const { rows } = await rig.database.pool.query<{ ms: number; waiting: string }>(
      `select extract(epoch from due_at - $1::timestamptz) * 1000 as ms, waiting from listing_level where due_at is not null`,
      [before],
    );
    expect(rows).toHaveLength(1);
    expect(Number(rows[0]?.ms)).toBeGreaterThanOrEqual(2_000);
    expect(rows[0]?.waiting).toMatch(/429|limit|throttl/i);
    rig.server.fail('none');
    await rig.settle();
    expect(rig.offered()).toBe(6);
  });

  test('a revoked token parks the connection with a reason; after resume it goes on, and nothing was lost', async () => {
    await rig.move('MUG', -4);
    rig.server.fail('unauthorized');
    await rig.push();
    const { rows } = await rig.database.pool.query<{ parked_code: string; parked_reason: string }>(
      'select parked_code, parked_reason from connection where parked_at is not null',
    );
    expect(rows).toEqual([
      { parked_code: 'vendor_unauthorized', parked_reason: expect.stringContaining('401') },
    ]);
    expect(rows[0]?.parked_reason).not.toContain(MARKET_SECRETS.apiKey);
    expect(await level()).toMatchObject({ due: true });
    const before = await level();
    await sleep(600);
    rig.server.fail('none');
    await rig.push();
    expect(rig.offered(), 'a parked connection is told nothing').toBe(10);
    expect(before?.due).toBe(true);
    expect(await resume(rig.database.pool, rig.live.id)).toBe(true);
    await sleep(600);
    await rig.settle();
    expect(rig.offered()).toBe(6);
  });

  test('a level that the channel does not stock stops with its reason, and the others go on', async () => {
    rig.market.levels.splice(
      rig.market.levels.findIndex(({ listing }) => listing === MUG.id),
      1,
    );
    await rig.move('MUG', -4);
    await rig.move('TEA', -4);
    await rig.push();
    expect(rig.offered(TEA.id)).toBe(6);
    expect(await level('MUG')).toMatchObject({
      due: false,
      waiting: 'the market does not stock this listing at this location',
    });
  });
});

describe('many levels', () => {
  const LISTINGS = Array.from({ length: 60 }, (_, n) => ({
    id: `N-${n}`,
    sku: `SKU-${n}`,
    title: `Thing ${n}`,
    tracked: true,
  }));

  beforeEach(async () => {
    await rig.close();
    rig = await openMarket({ listings: LISTINGS, stock: 200 });
    await rig.settle();
  });

  test('batches stay within the channel’s size, and the scarcest stock goes first', async () => {
    // Each has its own number at the channel, in an order that is not that of the ids.
    const lines = LISTINGS.map(({ sku }, n) => ({
      sku,
      quantity: String(1 + ((n * 37) % 60)),
      location: 'gate',
    }));
    await rig.store({ type: 'sale', lines });
    await rig.interpret();
    await rig.settle();
    const batches: number[][] = [];
    const offer = rig.market.offer.bind(rig.market);
    rig.market.offer = (key, offers) => {
      batches.push(offers.map(({ listing }) => rig.offered(listing)));
      return offer(key, offers);
    };
    await rig.store({
      type: 'sale',
      lines: LISTINGS.map(({ sku }) => ({ sku, quantity: '1', location: 'gate' })),
    });
    await rig.interpret();
    await rig.push();
    expect(batches.map((batch) => batch.length)).toEqual([50, 10]);
    const [first = [], second = []] = batches;
    expect(Math.max(...first)).toBeLessThan(Math.min(...second));
  });

  test('I8: two senders at once make one intent for each level', async () => {
    const other = await rig.another([]);
    const live = other.hub.connections.get(rig.live.id);
    if (!live) throw new Error('the other hub does not know the market');
    await rig.store({
      type: 'sale',
      lines: LISTINGS.map(({ sku }) => ({ sku, quantity: '3', location: 'gate' })),
    });
    await rig.interpret();
    await planChanges(rig.hub.database, [rig.live.id]);
    await Promise.all([
      sendDue(rig.hub, rig.live),
      sendDue(other.hub, live),
      sendDue(rig.hub, rig.live),
      sendDue(other.hub, live),
    ]);
    await rig.settle();
    const { rows } = await rig.database.pool.query<{ n: number; most: number }>(
      `select count(*)::int as n, max(version)::int as most from publication where status = 'confirmed'`,
    );
    expect(rows).toEqual([{ n: 60, most: 1 }]);
    expect(LISTINGS.every(({ id }) => rig.offered(id) === 197)).toBe(true);
  });
});
