// What posting a batch answers and writes, on a real PostgreSQL: outcomes as values, all of a movement or nothing of it,
// and races between lanes that must end as if there had been none.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyLedger } from '../../../src/core/ledger/verify.ts';
import { instantSchema } from '../../../src/core/vocabulary/instant.ts';
import { at, count, counts, line, movement, moves, openWorld, posting, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ items: 60, poolSize: 20 });
});
afterAll(() => world.close());

let used = 0;
/** An item no other test touches. */
const nextItem = (): { id: number; sku: string } => {
  used += 1;
  return { id: world.items[used - 1] ?? 0, sku: `SKU-${used}` };
};
const of = async (sku: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(await world.balances())
      .filter(([name]) => name.startsWith(`${sku} `))
      .map(([name, quantity]) => [name.slice(sku.length + 1), quantity]),
  );
const receipt = (itemId: number, quantity: number, options: { id?: string; seconds?: number } = {}) =>
  movement(
    'receipt',
    options.seconds ?? 0,
    [line(itemId, quantity, world.place('@supplier'), world.place('MAIN'))],
    options,
  );
const receiptAt = (itemId: number, shelf: 'SHOP', quantity: number) =>
  movement('receipt', -60, [line(itemId, quantity, world.place('@supplier'), world.place(shelf))], {});
const shipment = (itemId: number, quantity: number, options: { id?: string; seconds?: number } = {}) =>
  movement(
    'shipment',
    options.seconds ?? 0,
    [line(itemId, quantity, world.place('MAIN'), world.place('@customer'))],
    options,
  );
const outcomesOf = async (postings: Parameters<World['ledger']['post']>[0], lane = 0) =>
  (await world.ledger.post(postings, { lane })).flatMap((result) =>
    [...result.movements, ...result.counts].map((each) => each.outcome),
  );

async function event(key: string): Promise<string> {
  const { rows } = await world.database.pool.query<{ id: string }>(
    `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body) values (1, $1, 't', 'webhook', 'x', 'x') returning id`,
    [key],
  );
  return rows[0]?.id ?? '';
}
const eventRow = async (id: string) =>
  (
    await world.database.pool.query(
      'select status::text as status, code, reason, waits_for from inbox_event where id = $1',
      [id],
    )
  ).rows[0];

describe('outcomes', () => {
  it('I3: the same fact again is a duplicate, in the same batch and in a later one', async () => {
    const { id, sku } = nextItem();
    const fact = receipt(id, 5);
    expect(await outcomesOf([moves(fact), moves(fact)])).toEqual(['posted', 'duplicate']);
    expect(await outcomesOf([moves(fact)])).toEqual(['duplicate']);
    expect(await of(sku)).toEqual({ '@supplier sellable': '-5', 'MAIN sellable': '5' });
  });

  it('I4: the same key with other content is a conflict, kept once and never booked', async () => {
    const { id, sku } = nextItem();
    await world.ledger.post([moves(receipt(id, 5, { id: 'po-1' }))]);
    const other = moves(receipt(id, 6, { id: 'po-1' }));
    expect(await outcomesOf([other, other])).toEqual(['conflict', 'conflict']);
    expect(await outcomesOf([other])).toEqual(['conflict']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '5' });
    const { rows } = await world.database.pool.query(
      'select document, content from ledger_conflict where key = $1',
      [other.movements[0]?.key],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ document: 'document po-1', content: { lines: [{ quantity: '6' }] } });
  });

  it('I4: what takes back a movement from before the catalogue changed waits for a person, one from after is booked', async () => {
    const { id, sku } = nextItem();
    const original = receipt(id, 5);
    await world.ledger.post([moves(original)]);
    const back = (changedAt: string, suffix: string) => ({
      ...movement('receipt', 60, [line(id, 2, world.place('MAIN'), world.place('@supplier'))], {
        id: `${original.document} ${suffix}`,
      }),
      corrects: original.key,
      earlier: ['0'.repeat(64)],
      changedAt: instantSchema.parse(changedAt),
    });
    expect(await outcomesOf([moves(back('2999-01-01T00:00:00Z', 'a'))])).toEqual(['conflict']);
    expect((await of(sku))['MAIN sellable']).toBe('5');
    expect(await outcomesOf([moves(back('2020-01-01T00:00:00Z', 'b'))])).toEqual(['posted']);
    expect((await of(sku))['MAIN sellable']).toBe('3');
  });

  it('I4: a count that says something else under its key is a conflict; the first stands', async () => {
    const { id, sku } = nextItem();
    const fields = [id, world.place('MAIN')] as const;
    expect(
      await outcomesOf([
        counts(count(5, ...fields, 3, { id: 'c-1' })),
        counts(count(5, ...fields, 4, { id: 'c-1' })),
      ]),
    ).toEqual(['posted', 'conflict']);
    expect(await outcomesOf([counts(count(5, ...fields, 4, { id: 'c-1' }))])).toEqual(['conflict']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '3' });
  });

  it('I6: what would take a guarded place below zero is short, names the place, and may succeed later', async () => {
    const { id, sku } = nextItem();
    const fact = shipment(id, 2);
    const [answer] = await world.ledger.post([moves(fact)]);
    expect(answer?.movements[0]).toEqual({
      outcome: 'short',
      itemId: id,
      reason: `${sku} at MAIN (sellable) has 0, the movement takes 2`,
    });
    expect(await outcomesOf([moves(receipt(id, 2)), moves(fact)])).toEqual(['posted', 'posted']);
    expect(await of(sku)).toEqual({ '@supplier sellable': '-2', '@customer sellable': '2' });
  });

  it('I6: a location that allows it goes below zero', async () => {
    const { id, sku } = nextItem();
    const fact = movement('shipment', 0, [line(id, 2, world.place('LOOSE'), world.place('@customer'))]);
    expect(await outcomesOf([moves(fact)])).toEqual(['posted']);
    expect(await of(sku)).toEqual({ '@customer sellable': '2', 'LOOSE sellable': '-2' });
  });

  it('a movement is posted with all of its lines or none: one short line refuses the others', async () => {
    const [a, b] = [nextItem(), nextItem()];
    await world.ledger.post([moves(receipt(a.id, 5))]);
    const both = movement('shipment', 1, [
      line(a.id, 1, world.place('MAIN'), world.place('@customer')),
      line(b.id, 1, world.place('MAIN'), world.place('@customer')),
    ]);
    expect(await outcomesOf([moves(both)])).toEqual(['short']);
    expect(await of(a.sku)).toEqual({ '@supplier sellable': '-5', 'MAIN sellable': '5' });
    expect(await of(b.sku)).toEqual({});
    expect(
      (await world.database.pool.query('select from movement where key = $1', [both.key])).rowCount,
    ).toBe(0);
  });

  it('lines of one movement are judged by their net effect at a place', async () => {
    const { id, sku } = nextItem();
    const through = movement('transfer', 1, [
      line(id, 3, world.place('MAIN'), world.place('SHOP')),
      line(id, 3, world.place('@supplier'), world.place('MAIN')),
    ]);
    expect(await outcomesOf([moves(through)])).toEqual(['posted']);
    expect(await of(sku)).toEqual({ '@supplier sellable': '-3', 'SHOP sellable': '3' });
  });

  it('transfers and status changes move stock between places and states', async () => {
    const { id, sku } = nextItem();
    await outcomesOf([
      moves(receipt(id, 10)),
      moves(movement('transfer', 1, [line(id, 4, world.place('MAIN'), world.place('SHOP'))])),
      moves(movement('status_change', 2, [line(id, 1, world.place('SHOP'), world.place('SHOP', 'damaged'))])),
    ]);
    expect(await of(sku)).toEqual({
      '@supplier sellable': '-10',
      'MAIN sellable': '6',
      'SHOP damaged': '1',
      'SHOP sellable': '3',
    });
  });

  it('lots are balances of their own and sum to zero', async () => {
    const { id } = nextItem();
    const { rows: lots } = await world.database.pool.query<{ id: number }>(
      `insert into lot (item_id, code) values ($1, 'L1'), ($1, 'L2') returning id`,
      [id],
    );
    const [first = 0, second = 0] = lots.map((lot) => lot.id);
    await outcomesOf([
      moves(
        movement('receipt', 0, [
          line(id, 5, world.place('@supplier'), world.place('MAIN'), first),
          line(id, 7, world.place('@supplier'), world.place('MAIN'), second),
        ]),
      ),
      moves(movement('shipment', 1, [line(id, 2, world.place('MAIN'), world.place('@customer'), second)])),
    ]);
    const { rows } = await world.database.pool.query(
      `select lot_id, location_id, trim_scale(quantity)::text as quantity from lot_balance where lot_id = any($1) order by 1, 2`,
      [[first, second]],
    );
    expect(rows.filter((row) => row.location_id === world.location('MAIN'))).toEqual([
      { lot_id: first, location_id: world.location('MAIN'), quantity: '5' },
      { lot_id: second, location_id: world.location('MAIN'), quantity: '5' },
    ]);
    expect(
      rows.filter((row) => row.lot_id === second).reduce((total, row) => total + Number(row.quantity), 0),
    ).toBe(0);
  });

  it.each([
    ['all say the same', [false, false, false]],
    ['only the first says something else', [true, false, false]],
    ['only the last does', [false, false, true]],
    ['one line alone', [false]],
  ])('lines are stored as they were posted where %s', async (_, given) => {
    const { id, sku } = nextItem();
    await world.ledger.post([moves(receipt(id, 50))]);
    const before = await of(sku);
    const made = given.map((other, index) =>
      movement(
        other ? 'status_change' : 'transfer',
        index,
        [
          line(
            id,
            other ? 7 : 2,
            world.place(other ? 'SHOP' : 'MAIN', 'sellable'),
            world.place(other ? 'LOOSE' : 'SHOP', other ? 'hold' : 'sellable'),
          ),
        ],
        {},
      ),
    );
    const inOrder = given.includes(true)
      ? [moves(receiptAt(id, 'SHOP', 7)), ...made.map((each) => moves(each))]
      : made.map((each) => moves(each));
    expect(await outcomesOf(inOrder)).toEqual(inOrder.map(() => 'posted'));
    const { rows } = await world.database.pool.query(
      `select m.type::text as type, trim_scale(m.quantity)::text as quantity, f.code as "from", m.from_state::text as "fromState",
         t.code as "to", m.to_state::text as "toState", m.line
       from movement m join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
       where m.key = any($1::uuid[]) order by m.occurred_at`,
      [made.map(({ key }) => key)],
    );
    expect(rows).toEqual(
      given.map((other) =>
        other
          ? {
              type: 'status_change',
              quantity: '7',
              from: 'SHOP',
              fromState: 'sellable',
              to: 'LOOSE',
              toState: 'hold',
              line: 0,
            }
          : {
              type: 'transfer',
              quantity: '2',
              from: 'MAIN',
              fromState: 'sellable',
              to: 'SHOP',
              toState: 'sellable',
              line: 0,
            },
      ),
    );
    const twos = given.filter((other) => !other).length;
    expect(await of(sku)).toEqual({
      ...before,
      'MAIN sellable': String(50 - 2 * twos),
      'SHOP sellable': String(2 * twos),
      ...(given.includes(true) && { 'LOOSE hold': '7', '@supplier sellable': '-57' }),
    });
    expect((await verifyLedger(world.database)).breaches).toEqual([]);
  });

  it('keeps both times: when it took effect, and when it became known', async () => {
    const { id } = nextItem();
    const late = receipt(id, 1, { seconds: -86_400 });
    await world.ledger.post([moves(late)]);
    const { rows } = await world.database.pool.query<{ occurred: boolean; recorded: boolean }>(
      `select occurred_at = $2 as occurred, recorded_at between clock_timestamp() - interval '1 minute' and clock_timestamp() as recorded
       from movement where key = $1`,
      [late.key, at(-86_400)],
    );
    expect(rows).toEqual([{ occurred: true, recorded: true }]);
  });
});

describe('counts', () => {
  it('a count adjusts by the difference as of its instant; later movements stand', async () => {
    const { id, sku } = nextItem();
    await outcomesOf([moves(receipt(id, 10, { seconds: 1 })), moves(shipment(id, 4, { seconds: 20 }))]);
    expect(await outcomesOf([counts(count(10, id, world.place('MAIN'), 8))])).toEqual(['posted']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '4', '@adjustment sellable': '2' });
  });

  it('a fact that arrives after a later count changes what the count adjusted, not what was counted', async () => {
    const { id, sku } = nextItem();
    await outcomesOf([counts(count(10, id, world.place('MAIN'), 8))]);
    expect(
      await outcomesOf([moves(shipment(id, 3, { seconds: 5 })), moves(receipt(id, 2, { seconds: 15 }))]),
    ).toEqual(['posted', 'posted']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '10', '@adjustment sellable': '-11' });
  });

  it('I3: a count that stands twice in one batch counts later movements once', async () => {
    const { id, sku } = nextItem();
    await outcomesOf([moves(receipt(id, 10, { seconds: 20 }))]);
    const once = counts(count(10, id, world.place('MAIN'), 4));
    expect(await outcomesOf([once, once])).toEqual(['posted', 'duplicate']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '14', '@adjustment sellable': '-4' });
  });

  it('a count that changes nothing is kept too', async () => {
    const { id, sku } = nextItem();
    const same = count(10, id, world.place('MAIN'), 0);
    expect(await outcomesOf([counts(same)])).toEqual(['posted']);
    expect(await of(sku)).toEqual({});
    expect(await outcomesOf([moves(receipt(id, 3, { seconds: 5 }))])).toEqual(['posted']);
    expect(await of(sku)).toEqual({ '@adjustment sellable': '3', '@supplier sellable': '-3' });
  });

  it('an event’s count asserts what is there once its own movements are in', async () => {
    const { id, sku } = nextItem();
    await world.ledger.post([
      posting({
        counts: [count(5, id, world.place('MAIN'), 7)],
        movements: [receipt(id, 5, { seconds: 5 })],
      }),
    ]);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '7', '@adjustment sellable': '-2' });
  });

  it('a place that is no shelf cannot be counted', async () => {
    const { id, sku } = nextItem();
    await expect(
      world.ledger.post([counts(count(5, id, world.place('@customer'), 7))]),
    ).rejects.toMatchObject({ code: 'content_invalid' });
    expect(await of(sku)).toEqual({});
  });

  it('a long document name is cut between characters, so that the stored line still matches its fingerprint (I12)', async () => {
    const { id } = nextItem();
    // With the words before it, the cut at 300 falls into the middle of an emoji.
    const fact = {
      ...receipt(id, 3, { seconds: 5 }),
      document: `${'x'.repeat(300 - 'count kept true after '.length - 1)}😀`,
    };
    await outcomesOf([counts(count(10, id, world.place('MAIN'), 1)), moves(fact)]);
    expect((await verifyLedger(world.database)).breaches).toEqual([]);
  });
});

describe('a batch is one transaction', () => {
  it('an error in one posting leaves nothing of the others: no movement, balance, link, count, reservation or settled event', async () => {
    const { id, sku } = nextItem();
    const inboxEventId = await event('whole-batch');
    const before = await world.database.pool.query('select sequence, hash from ledger_lane where id = 3');
    const good = posting({
      inboxEventId,
      movements: [receipt(id, 5)],
      counts: [count(9, id, world.place('SHOP'), 2)],
      reservations: [
        {
          order: 'whole-batch',
          version: '1',
          reservedAt: at(0),
          lines: [{ line: '1', itemId: id, locationId: world.location('MAIN'), quantity: '1' }],
        },
      ],
    });
    // The last statement of the batch but one: an observation of a listing that does not exist.
    const bad = posting({
      observations: [
        {
          listingId: 999_999,
          locationId: world.location('MAIN'),
          basis: 'available',
          quantity: '1',
          asOf: at(0),
        },
      ],
    });
    await expect(world.ledger.post([good, bad], { lane: 3 })).rejects.toMatchObject({ code: '23503' });
    expect(await of(sku)).toEqual({});
    expect(await eventRow(inboxEventId)).toMatchObject({ status: 'pending' });
    const after = await world.database.pool.query('select sequence, hash from ledger_lane where id = 3');
    expect(after.rows).toEqual(before.rows);
    const { rows } = await world.database.pool.query(
      `select (select count(*)::int from movement where item_id = $1) as movements, (select count(*)::int from stock_count where item_id = $1) as counts,
         (select count(*)::int from reservation where item_id = $1) as reservations, (select count(*)::int from sales_order where document = 'whole-batch') as orders`,
      [id],
    );
    expect(rows).toEqual([{ movements: 0, counts: 0, reservations: 0, orders: 0 }]);
    expect(await outcomesOf([good], 3)).toEqual(['posted', 'posted']);
  });

  it('an unknown item or location fails the batch before anything is written', async () => {
    const { id, sku } = nextItem();
    await expect(
      world.ledger.post([moves(receipt(id, 1)), moves(receipt(987_654, 1))]),
    ).rejects.toMatchObject({ code: 'content_invalid' });
    expect(await of(sku)).toEqual({});
  });
});

describe('events', () => {
  it('I1: an event is applied when all of its facts are in, quarantined with the reason when not, and applied once they are', async () => {
    const { id, sku } = nextItem();
    const inboxEventId = await event('short-first');
    const fact = posting({ inboxEventId, movements: [shipment(id, 2)] });
    await world.ledger.post([fact]);
    expect(await eventRow(inboxEventId)).toEqual({
      status: 'quarantined',
      code: 'stock_short',
      reason: `${sku} at MAIN (sellable) has 0, the movement takes 2`,
      waits_for: [id],
    });
    await world.ledger.post([moves(receipt(id, 2)), fact]);
    expect(await eventRow(inboxEventId)).toEqual({
      status: 'applied',
      code: null,
      reason: null,
      waits_for: null,
    });
  });

  it('I1: an event that was given up meanwhile is applied when its posting arrives after all; an applied one stays applied', async () => {
    const { id } = nextItem();
    const inboxEventId = await event('given-up');
    await world.database.pool.query(
      `update inbox_event set status = 'quarantined', code = 'content_invalid', reason = 'tried' where id = $1`,
      [inboxEventId],
    );
    const fact = posting({ inboxEventId, movements: [receipt(id, 2, { id: 'given-up' })] });
    await world.ledger.post([fact]);
    expect(await eventRow(inboxEventId)).toMatchObject({ status: 'applied', code: null });
    await world.ledger.post([posting({ inboxEventId, movements: [receipt(id, 3, { id: 'given-up' })] })]);
    expect(await eventRow(inboxEventId)).toMatchObject({ status: 'applied', code: null });
  });

  it('I4: an event with a conflict and a shortage is shown as a conflict: it needs a person', async () => {
    const { id } = nextItem();
    await world.ledger.post([moves(receipt(id, 1, { id: 'both-1' }))]);
    const inboxEventId = await event('conflict-and-short');
    await world.ledger.post([
      posting({ inboxEventId, movements: [receipt(id, 2, { id: 'both-1' }), shipment(id, 50)] }),
    ]);
    expect(await eventRow(inboxEventId)).toMatchObject({
      status: 'quarantined',
      code: 'key_conflict',
      waits_for: [id],
    });
  });
});

/** Until so many sessions stand in line for a lock, or five seconds have passed. */
async function untilWaiting(sessions: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const { rows } = await world.database.pool.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if ((rows[0]?.n ?? 0) >= sessions) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Runs `work` while another session holds `sql`’s locks, until `waiting` sessions stand in line behind it. */
async function whileHeld<T>(
  sql: string,
  values: unknown[],
  waiting: number,
  work: () => Promise<T>[],
): Promise<T[]> {
  const holder = await world.database.pool.connect();
  try {
    await holder.query('begin');
    await holder.query(sql, values);
    const running = work();
    await untilWaiting(waiting);
    await holder.query('commit');
    return await Promise.all(running);
  } finally {
    holder.release();
  }
}

describe('racing lanes', () => {
  it('I3: two transactions with the same new key post it once', async () => {
    const { id, sku } = nextItem();
    const fact = moves(receipt(id, 5));
    const lanes = Array.from({ length: 8 }, (_, lane) => lane);
    const outcomes = (await Promise.all(lanes.map((lane) => outcomesOf([fact], lane)))).flat();
    expect(outcomes.sort()).toEqual([...Array(7).fill('duplicate'), 'posted']);
    expect(await of(sku)).toMatchObject({ 'MAIN sellable': '5' });
  });

  it('I3: two transactions with the same new count keep it once, whether or not it moves stock', async () => {
    for (const quantity of [4, 0]) {
      const { id, sku } = nextItem();
      const fact = counts(count(10, id, world.place('MAIN'), quantity));
      const outcomes = (await Promise.all([0, 1, 2, 3].map((lane) => outcomesOf([fact], lane)))).flat();
      expect(outcomes.sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'posted']);
      expect((await of(sku))['MAIN sellable'] ?? '0').toBe(String(quantity));
    }
  });

  it('I3: a fact that touches no shelf, and so no lock, is posted once too', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { id, sku } = nextItem();
      const fact = moves(
        movement('shipment', 0, [line(id, 5, world.place('@supplier'), world.place('@customer'))]),
      );
      const outcomes = (await Promise.all([0, 1, 2, 3, 4, 5].map((lane) => outcomesOf([fact], lane)))).flat();
      expect(outcomes.sort()).toEqual([...Array(5).fill('duplicate'), 'posted']);
      expect(await of(sku)).toEqual({ '@customer sellable': '5', '@supplier sellable': '-5' });
    }
  });

  it('I4: one key for counts of different places, in several lanes at once, is kept once; the others are conflicts', async () => {
    const shelves = ['MAIN', 'SHOP', 'BACK', 'YARD'] as const;
    for (let round = 0; round < 4; round += 1) {
      const { id } = nextItem();
      const outcomes = await Promise.all(
        shelves.map((shelf, lane) =>
          outcomesOf([counts(count(10, id, world.place(shelf), 0, { id: `same-${round}` }))], lane),
        ),
      );
      expect(outcomes.flat().sort()).toEqual(['conflict', 'conflict', 'conflict', 'posted']);
    }
  });

  it('I3: a shipment that another lane posted while this one waited is a duplicate, not a shortage', async () => {
    const { id, sku } = nextItem();
    await world.ledger.post([moves(receipt(id, 5))]);
    const fact = moves(shipment(id, 5));
    const outcomes = await whileHeld(
      `select from balance where item_id = $1 and location_id = $2 for update`,
      [id, world.location('MAIN')],
      2,
      () => [outcomesOf([fact], 1), outcomesOf([fact], 2)],
    );
    expect(outcomes.flat().sort()).toEqual(['duplicate', 'posted']);
    expect(await of(sku)).toEqual({ '@customer sellable': '5', '@supplier sellable': '-5' });
  });

  it('a count stands although an earlier fact was posted at the same time at a place that had no balance yet', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { id, sku } = nextItem();
      const counted = counts(count(10, id, world.place('MAIN'), 5));
      const late = moves(receipt(id, 3, { seconds: 5 }));
      await Promise.all([outcomesOf([counted], 4), outcomesOf([late], 5)]);
      expect(await of(sku)).toMatchObject({ 'MAIN sellable': '5', '@supplier sellable': '-3' });
    }
  });

  it('a receipt that waited for a shortage is recorded after it, so that the shortage is tried again', async () => {
    const { id } = nextItem();
    await world.ledger.post([moves(receipt(id, 1))]);
    const inboxEventId = await event('lost-wake-up');
    const short = posting({ inboxEventId, movements: [shipment(id, 5)] });
    // Both lanes are taken, then both wait for the place; whoever comes second must be recorded second.
    await whileHeld(
      `select from balance where item_id = $1 and location_id = $2 for update`,
      [id, world.location('MAIN')],
      2,
      () => [outcomesOf([short], 6), untilWaiting(1).then(() => outcomesOf([moves(receipt(id, 9))], 7))],
    );
    const { rows } = await world.database.pool.query<{ status: string; wakes: boolean }>(
      `select e.status::text as status, exists (select from ledger_batch b where b.recorded_at > e.settled_at and b.items && e.waits_for) as wakes
       from inbox_event e where e.id = $1`,
      [inboxEventId],
    );
    expect(rows).toEqual([{ status: 'quarantined', wakes: true }]);
  });

  it('I2, I6: 32 clients on the same hot places leave every level exact', { timeout: 60_000 }, async () => {
    const hot = [nextItem(), nextItem(), nextItem()];
    const clients = Array.from({ length: 32 }, (_, client) => client);
    const posted = await Promise.all(
      clients.map(async (client) => {
        let net = 0;
        for (let round = 0; round < 6; round += 1) {
          const own = hot[(client + round) % hot.length] ?? hot[0];
          const other = hot[(client + round + 1) % hot.length] ?? hot[0];
          if (!own || !other) throw new Error('no item');
          // Places in opposite orders, so that only sorted locks keep them from waiting in a circle.
          const both = [
            line(own.id, 2, world.place('@supplier'), world.place('SHOP')),
            line(other.id, 1, world.place('@supplier'), world.place('BACK')),
          ];
          const fact = movement('receipt', round, client % 2 ? both : both.reverse());
          const out = movement('shipment', round, [
            line(own.id, 3, world.place('SHOP'), world.place('@customer')),
          ]);
          const outcomes = await outcomesOf([moves(fact), moves(out), moves(fact)], client);
          expect([outcomes[0], outcomes[2]]).toEqual(['posted', 'duplicate']);
          net += 3 - (outcomes[1] === 'posted' ? 3 : 0);
        }
        return net;
      }),
    );
    let total = 0;
    for (const { sku } of hot) {
      const levels = await of(sku);
      expect(Number(levels['SHOP sellable'] ?? 0)).toBeGreaterThanOrEqual(0);
      total += Number(levels['SHOP sellable'] ?? 0) + Number(levels['BACK sellable'] ?? 0);
    }
    expect(total).toBe(posted.reduce((sum, net) => sum + net, 0));
    expect((await verifyLedger(world.database)).breaches).toEqual([]);
  });
});
