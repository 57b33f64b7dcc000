// From the ledger's change log to levels that are due: every change of every lane, in commit order, none lost and none twice.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reserve } from '../../../src/core/ledger/reserve.ts';
import { markAllDue, planChanges } from '../../../src/core/publication/changes.ts';
import { at, line, movement, posting } from '../ledger/world.ts';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  await plan();
  await shop.database.pool.query('delete from listing_level');
});
afterAll(() => shop.close());
const plan = () => planChanges(shop.database, [shop.channel]);
const cursors = async () =>
  (
    await shop.database.pool.query<{ behind: number }>(
      'select count(*)::int as behind from push_cursor p join ledger_lane l on l.id = p.lane where p.sequence <> l.sequence',
    )
  ).rows[0]?.behind;

describe('planning', () => {
  it('a movement makes every level of its item due, and of the kits it is in; each change once', async () => {
    await shop.ledger.post([shop.facts(shop.receipt(2))]);
    expect(await plan()).toEqual([shop.channel]);
    expect(await shop.due()).toEqual(['kit @ x1', 'kit @ x2', 'l2 @ x1', 'l2 @ x2']);
    await shop.settleAll();
    expect(await plan()).toEqual([]);
    expect(await shop.due()).toEqual([]);
  });

  it('items without a listing, listings not pushed, and channels nobody sells at have no levels', async () => {
    await shop.ledger.post([shop.facts(shop.receipt(3)), shop.facts(shop.receipt(5))]);
    expect(await plan()).toEqual([]);
    await shop.ledger.post([shop.facts(shop.receipt(1))]);
    expect(await planChanges(shop.database, [])).toEqual([]);
    expect(await shop.due()).toEqual([]);
  });

  it('reservations change what may be sold: an order’s, a released one’s, and those that reserve() held', async () => {
    const order = (version: string, quantity: string | undefined) =>
      posting({
        reservations: [
          {
            order: 'o',
            version,
            reservedAt: at(0),
            lines:
              quantity === undefined
                ? []
                : [{ line: '1', itemId: shop.items[0] ?? 0, locationId: shop.location('MAIN'), quantity }],
          },
        ],
      });
    await shop.ledger.post([shop.facts(shop.receipt(1))]);
    for (const step of [
      () => shop.ledger.post([order('1', '1')]),
      () => shop.ledger.post([order('2', '2')]),
      () => shop.ledger.post([order('3', undefined)]),
      () =>
        reserve(shop.database, {
          connectionId: 1,
          order: 'r',
          line: '1',
          itemId: shop.items[0] ?? 0,
          locationId: shop.location('MAIN'),
          quantity: '1',
        }),
    ]) {
      await plan();
      await shop.settleAll();
      await step();
      expect(await plan()).toEqual([shop.channel]);
      expect(await shop.due()).toContain('l1 @ x1');
    }
  });

  it('a batch that commits after one with a higher id is not passed over', async () => {
    // Lane 0 is held open with its batch id already taken, while lane 1 goes ahead.
    const late = await shop.database.pool.connect();
    try {
      await late.query('begin');
      await late.query('select from ledger_lane where id = 0 for update');
      const { rows } = await late.query<{ id: string }>(
        `insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at)
         select id, sequence + 1, hash, sha256('late'), 0, array[$1::int], array[0::smallint], clock_timestamp() from ledger_lane where id = 0 returning id`,
        [shop.items[0]],
      );
      await late.query(`update ledger_lane set sequence = sequence + 1 where id = 0`);
      await shop.ledger.post([shop.facts(shop.receipt(2))], { lane: 1 });
      const newest = await shop.database.pool.query<{ id: string }>('select max(id) as id from ledger_batch');
      expect(BigInt(newest.rows[0]?.id ?? 0)).toBeGreaterThan(BigInt(rows[0]?.id ?? 0));
      await plan();
      expect(await shop.due()).not.toContain('l1 @ x1');
      await late.query('commit');
    } finally {
      late.release();
    }
    await plan();
    expect(await shop.due()).toContain('l1 @ x1');
    expect(await cursors()).toBe(0);
  });

  it('more links than one call takes are planned by the next calls', async () => {
    await shop.database.pool.query(
      `insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at)
       select 14, n, 'x', 'x', 0, array[case when n = 1200 then $1::int else $2::int end], array[0::smallint], clock_timestamp() from generate_series(1, 1200) n`,
      [shop.items[0], shop.items[4]],
    );
    await shop.database.pool.query('update ledger_lane set sequence = 1200 where id = 14');
    const calls: boolean[] = [];
    for (let call = 0; call < 3; call += 1) {
      await plan();
      calls.push((await shop.due()).includes('l1 @ x1'));
    }
    expect(calls).toEqual([false, false, true]);
  });

  it('nothing is lost and nothing done twice with posters in many lanes and planners at once', {
    timeout: 60_000,
  }, async () => {
    const { pool } = shop.database;
    const { rows: items } = await pool.query<{ id: number }>(
      `with made as (insert into item (sku) select 'RUSH-' || n from generate_series(1, 120) n returning id, sku)
       , listed as (insert into listing (connection_id, external_id, item_id) select $1, sku, id from made)
       select id from made`,
      [shop.channel],
    );
    // Each marking of a level is written down, so that what the planners did can be counted.
    await pool.query('create table marked (listing_id int, external_location text)');
    await pool.query(
      `create function note_mark() returns trigger language plpgsql as $$ begin
         insert into marked (listing_id, external_location) values (new.listing_id, new.external_location); return null; end $$`,
    );
    await pool.query(
      'create trigger mark after insert or update on listing_level for each row execute function note_mark()',
    );
    let busy = true;
    const planner = async () => {
      while (busy) await plan();
    };
    const planners = [planner(), planner(), planner()];
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map(async (poster) => {
        for (const { id } of items.filter((_, index) => index % 6 === poster)) {
          await shop.ledger.post(
            [shop.facts(movement('receipt', 0, [line(id, 1, shop.place('@supplier'), shop.place('MAIN'))]))],
            { lane: poster },
          );
        }
      }),
    );
    busy = false;
    await Promise.all(planners);
    await plan();
    expect(await cursors()).toBe(0);
    const { rows } = await pool.query<{ levels: number; marks: number }>(
      'select count(distinct (listing_id, external_location))::int as levels, count(*)::int as marks from marked',
    );
    expect(rows).toEqual([{ levels: 240, marks: 240 }]);
    await pool.query('drop trigger mark on listing_level');
    await pool.query(`update listing set pushable = false where external_id like 'RUSH-%'`);
  });

  it('a failed marking leaves the cursor where it was: the change is planned again', async () => {
    await shop.ledger.post([shop.facts(shop.receipt(1))]);
    const { pool } = shop.database;
    await pool.query(`alter table listing_level add constraint refused check (external_location <> 'x2')`);
    await expect(plan()).rejects.toMatchObject({ constraint: 'refused' });
    expect(await cursors()).toBe(1);
    await pool.query('alter table listing_level drop constraint refused');
    await plan();
    expect(await shop.due()).toContain('l1 @ x2');
  });

  it('while another planner holds a lane, the others go on without waiting', async () => {
    await shop.ledger.post([shop.facts(shop.receipt(1))], { lane: 0 });
    await shop.ledger.post([shop.facts(shop.receipt(2))], { lane: 1 });
    const holder = await shop.database.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from push_cursor where lane = 0 for update');
      await plan();
      expect(await shop.due()).toEqual(['kit @ x1', 'kit @ x2', 'l2 @ x1', 'l2 @ x2']);
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await plan();
    expect(await shop.due()).toContain('l1 @ x1');
  });

  it('markAllDue makes every pushable level of one connection due', async () => {
    expect(await markAllDue(shop.database, shop.channel)).toBe(6);
    expect(await shop.due()).toEqual(['kit @ x1', 'kit @ x2', 'l1 @ x1', 'l1 @ x2', 'l2 @ x1', 'l2 @ x2']);
  });
});
