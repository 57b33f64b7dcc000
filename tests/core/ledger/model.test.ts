// The ledger against a naive model: whatever order, batches, lanes and repetitions a history arrives in, it comes to what the
// same facts come to when they are evaluated from scratch. A failure prints its seed and path.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reserve } from '../../../src/core/ledger/reserve.ts';
import { verifyLedger } from '../../../src/core/ledger/verify.ts';
import {
  delivery,
  dice,
  expected,
  expectedLots,
  type Fact,
  guardedHistory,
  nonZero,
  openHistory,
  type Reported,
  reported,
  shuffled,
} from './history.ts';
import { at, line, movement, moves, openWorld, posting, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ poolSize: 12 });
});
afterAll(() => world.close());

interface Goods {
  readonly items: readonly number[];
  readonly lots: readonly (readonly number[])[];
}

let made = 0;
async function newGoods(): Promise<Goods> {
  made += 1;
  const { pool } = world.database;
  const { rows } = await pool.query<{ id: number }>(
    `insert into item (sku) values ($1 || '-a'), ($1 || '-b') returning id`,
    [`G${made}`],
  );
  const items = rows.map((row) => row.id);
  const lots = await pool.query<{ id: number; item_id: number }>(
    `insert into lot (item_id, code) select i, c from unnest($1::int[]) i, unnest('{x,y}'::text[]) c order by 1, 2 returning id, item_id`,
    [items],
  );
  return {
    items,
    lots: items.map((item) => lots.rows.filter((row) => row.item_id === item).map((row) => row.id)),
  };
}

async function stored({
  items,
  lots,
}: Goods): Promise<{ places: Record<string, number>; lots: Record<string, number> }> {
  const { pool } = world.database;
  const places = await pool.query<{ item_id: number; spot: string; halves: number }>(
    `select b.item_id, l.code || ' ' || b.state as spot, (b.quantity * 2)::float8 as halves from balance b join location l on l.id = b.location_id
     where b.item_id = any($1)`,
    [items],
  );
  const ofLots = await pool.query<{ lot_id: number; spot: string; halves: number }>(
    `select b.lot_id, l.code || ' ' || b.state as spot, (b.quantity * 2)::float8 as halves from lot_balance b join location l on l.id = b.location_id
     where b.lot_id = any($1)`,
    [lots.flat()],
  );
  const itemOfLot = (lot: number) => lots.findIndex((own) => own.includes(lot));
  return {
    places: nonZero(
      new Map(places.rows.map((row) => [`${items.indexOf(row.item_id)} ${row.spot}`, row.halves])),
    ),
    lots: nonZero(
      new Map(
        ofLots.rows.map((row) => [
          `${itemOfLot(row.lot_id)} ${lots[itemOfLot(row.lot_id)]?.indexOf(row.lot_id)} ${row.spot}`,
          row.halves,
        ]),
      ),
    ),
  };
}

/** Each count read back: what the movements say for its instant must be what was counted. */
async function brokenCounts({ items }: Goods): Promise<unknown[]> {
  const { rows } = await world.database.pool.query(
    `select c.document, c.quantity, coalesce(sum(case when m.to_location_id = c.location_id and m.to_state = c.state then m.quantity else -m.quantity end), 0) as said
     from stock_count c left join movement m on m.item_id = c.item_id
       and ((m.to_location_id = c.location_id and m.to_state = c.state) or (m.from_location_id = c.location_id and m.from_state = c.state))
       and (m.occurred_at < c.counted_at or (m.occurred_at = c.counted_at and (m.type <> 'count' or coalesce(m.corrects, m.key) <= c.key)))
     where c.item_id = any($1) group by c.key
     having c.quantity <> coalesce(sum(case when m.to_location_id = c.location_id and m.to_state = c.state then m.quantity else -m.quantity end), 0)`,
    [items],
  );
  return rows;
}

const post = (batch: readonly Reported[], lane: number) =>
  world.ledger.post(
    batch.map((each) => each.posting),
    { lane },
  );

async function deliverInTurn(facts: readonly Reported[], seed: number): Promise<void> {
  const roll = dice(seed + 1);
  for (const batch of delivery(facts, seed)) await post(batch, roll(16));
}

async function deliverAtOnce(facts: readonly Reported[], seed: number): Promise<void> {
  const roll = dice(seed + 1);
  await Promise.all(delivery(facts, seed).map((batch) => post(batch, roll(16))));
}

async function check(
  history: readonly Fact[],
  deliver: (facts: readonly Reported[]) => Promise<void>,
): Promise<void> {
  const goods = await newGoods();
  const facts = reported(world, history, goods.items, goods.lots);
  await deliver(facts);
  expect(await stored(goods)).toEqual({ places: expected(facts), lots: expectedLots(facts) });
  expect(await brokenCounts(goods)).toEqual([]);
}

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

describe('the ledger is what its facts come to', () => {
  it('I2, I3: in any order, with duplicates, in any batches and lanes, late facts and counts included', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(openHistory, seed, (history, own) =>
        check(history, (facts) => deliverInTurn(facts, own)),
      ),
      { numRuns: 150 },
    );
  });

  it('I2, I3: delivered at once over several connections', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(openHistory, seed, (history, own) =>
        check(history, (facts) => deliverAtOnce(facts, own)),
      ),
      { numRuns: 60 },
    );
  });

  it('I3: several counts of one place at one instant end the same in every order', {
    timeout: 60_000,
  }, async () => {
    const place = 'LOOSE sellable';
    const tight = fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('count' as const),
          seconds: fc.constantFrom(3, 4),
          item: fc.constant(0),
          spot: fc.constant(place),
          halves: fc.integer({ min: 0, max: 9 }),
        }),
        fc.record({
          kind: fc.constant('move' as const),
          type: fc.constant('receipt' as const),
          seconds: fc.constantFrom(2, 3, 4, 5),
          lines: fc.tuple(
            fc.record({
              item: fc.constant(0),
              lot: fc.constant(undefined),
              halves: fc.integer({ min: 1, max: 9 }),
              from: fc.constant('@supplier sellable'),
              to: fc.constant(place),
            }),
          ),
        }),
      ),
      { minLength: 2, maxLength: 9 },
    );
    await fc.assert(
      fc.asyncProperty(tight, seed, (history, own) => check(history, (facts) => deliverInTurn(facts, own))),
      { numRuns: 80 },
    );
  });

  it('I3, I6: where stock is guarded, retrying what was short ends in the same state, and no place was ever below zero', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(guardedHistory, seed, fc.boolean(), async (history, own, atOnce) => {
        const goods = await newGoods();
        const facts = reported(world, history, goods.items, goods.lots);
        const roll = dice(own + 1);
        let open = facts;
        while (open.length > 0) {
          const batches = delivery(open, own);
          if (atOnce) await Promise.all(batches.map((batch) => post(batch, roll(16))));
          else for (const batch of batches) await post(batch, roll(16));
          const below = await world.database.pool.query(
            `select from balance b join location l on l.id = b.location_id where b.item_id = any($1) and b.quantity < 0 and not l.allows_negative`,
            [goods.items],
          );
          expect(below.rowCount).toBe(0);
          const { rows } = await world.database.pool.query<{ key: string }>(
            'select distinct key from movement where key = any($1)',
            [open.map((each) => each.key)],
          );
          // A round that brings nothing forward would go on for ever.
          expect(rows.length).toBeGreaterThan(0);
          const posted = new Set(rows.map((row) => row.key));
          open = open.filter((each) => !posted.has(each.key));
        }
        expect(await stored(goods)).toEqual({ places: expected(facts), lots: expectedLots(facts) });
      }),
      { numRuns: 60 },
    );
  });

  it('I2, I12: after all of these the ledger proves itself', { timeout: 60_000 }, async () => {
    const verified = await verifyLedger(world.database);
    expect(verified.breaches).toEqual([]);
    expect(verified.lines).toBeGreaterThan(1000);
  });
});

describe('reservations', () => {
  const reserved = async (order: string) =>
    (
      await world.database.pool.query<{ line: string; quantity: string }>(
        `select r.line, trim_scale(r.quantity)::text as quantity from reservation r join sales_order o on o.id = r.order_id where o.document = $1 order by 1`,
        [order],
      )
    ).rows;

  it('I3: versions of an order in any order and at once end with the newest, as a whole', {
    timeout: 60_000,
  }, async () => {
    const versions = fc.array(fc.dictionary(fc.constantFrom('1', '2', '3'), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 6,
    });
    let orders = 0;
    await fc.assert(
      fc.asyncProperty(versions, seed, fc.boolean(), async (contents, own, atOnce) => {
        orders += 1;
        const order = `order-${orders}`;
        const facts = contents.map((lines, version) =>
          posting({
            reservations: [
              {
                order,
                version: String(version + 1),
                reservedAt: at(version),
                lines: Object.entries(lines).map(([name, quantity]) => ({
                  line: name,
                  itemId: world.items[0] ?? 0,
                  locationId: world.location('YARD'),
                  quantity: String(quantity),
                })),
              },
            ],
          }),
        );
        const roll = dice(own);
        const run = (batch: typeof facts) => world.ledger.post(batch, { lane: roll(16) });
        if (atOnce) await Promise.all(delivery(facts, own).map(run));
        else for (const batch of delivery(facts, own)) await run(batch);
        const newest = Object.entries(contents.at(-1) ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
        expect(await reserved(order)).toEqual(
          newest.map(([name, quantity]) => ({ line: name, quantity: String(quantity) })),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('I3: the same version again changes nothing, not even the change log', async () => {
    const itemId = world.items[1] ?? 0;
    const fact = posting({
      reservations: [
        {
          order: 'again',
          version: '7',
          reservedAt: at(0),
          lines: [{ line: '1', itemId, locationId: world.location('YARD'), quantity: '2' }],
        },
      ],
    });
    await world.ledger.post([fact]);
    const links = async () =>
      (await world.database.pool.query('select count(*)::int as n from ledger_batch')).rows;
    const before = await links();
    await world.ledger.post([fact, fact]);
    expect(await links()).toEqual(before);
    expect(await reserved('again')).toEqual([{ line: '1', quantity: '2' }]);
  });

  it('I6: of N racing reservations for the last unit exactly one is held', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { items } = await newGoods();
      const itemId = items[0] ?? 0;
      await world.ledger.post([
        moves(movement('receipt', 0, [line(itemId, 1, world.place('@supplier'), world.place('SHOP'))])),
      ]);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, racer) =>
          reserve(world.database, {
            connectionId: 1,
            order: `race-${itemId}-${racer}`,
            line: '1',
            itemId,
            locationId: world.location('SHOP'),
            quantity: '1',
          }),
        ),
      );
      expect(answers.filter((answer) => answer.outcome === 'held')).toHaveLength(1);
      expect(answers.filter((answer) => answer.outcome === 'refused' && answer.free === '0')).toHaveLength(
        11,
      );
    }
  });

  it('I6: reservations racing with orders and shipments never promise more than is there', async () => {
    const { items } = await newGoods();
    const itemId = items[0] ?? 0;
    const locationId = world.location('SHOP');
    await world.ledger.post([
      moves(movement('receipt', 0, [line(itemId, 20, world.place('@supplier'), world.place('SHOP'))])),
    ]);
    const roll = dice(7);
    const acts = shuffled(
      [
        ...Array.from({ length: 12 }, (_, n) => async () => {
          await reserve(world.database, {
            connectionId: 1,
            order: `mixed-${n}`,
            line: '1',
            itemId,
            locationId,
            quantity: '2',
          });
        }),
        ...Array.from({ length: 4 }, (_, n) => async () => {
          const order = {
            order: `channel-${n}`,
            version: '1',
            reservedAt: at(0),
            lines: [{ line: '1', itemId, locationId, quantity: '1' }],
          };
          await world.ledger.post([posting({ reservations: [order] })], { lane: roll(16) });
        }),
      ],
      roll,
    );
    await Promise.all(acts.map((act) => act()));
    const { rows } = await world.database.pool.query<{ channel: string; held: string }>(
      `select coalesce(sum(r.quantity) filter (where o.document like 'channel-%'), 0)::text as channel,
         coalesce(sum(r.quantity) filter (where o.document like 'mixed-%'), 0)::text as held
       from reservation r join sales_order o on o.id = r.order_id where r.item_id = $1`,
      [itemId],
    );
    // A channel’s own sales are recorded whatever the stock is; what reserve() held fits into the stock.
    expect(rows[0]?.channel).toBe('4');
    expect(Number(rows[0]?.held)).toBeLessThanOrEqual(20);
    expect(Number(rows[0]?.held)).toBeGreaterThanOrEqual(16);
  });

  it('I3: the same order and line reserves once, however many ask at once', async () => {
    const { items } = await newGoods();
    const itemId = items[0] ?? 0;
    await world.ledger.post([
      moves(movement('receipt', 0, [line(itemId, 5, world.place('@supplier'), world.place('SHOP'))])),
    ]);
    const request = {
      connectionId: 1,
      order: 'twice',
      line: '1',
      itemId,
      locationId: world.location('SHOP'),
      quantity: '2',
    };
    const answers = await Promise.all(Array.from({ length: 5 }, () => reserve(world.database, request)));
    expect(answers.map((answer) => answer.outcome).sort()).toEqual([
      'duplicate',
      'duplicate',
      'duplicate',
      'duplicate',
      'held',
    ]);
    expect(await reserve(world.database, { ...request, order: 'rest', quantity: '4' })).toEqual({
      outcome: 'refused',
      free: '3',
    });
  });
});
