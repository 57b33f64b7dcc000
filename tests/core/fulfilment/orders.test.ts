// Fulfilment orders follow the reservations at a partner's warehouse until they are sent; afterwards the partner decides.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { takeRefusal } from '../../../src/core/fulfilment/changes.ts';
import { collectOrders } from '../../../src/core/fulfilment/collect.ts';
import { dueOrders, eraseShipTo, markSent } from '../../../src/core/fulfilment/orders.ts';
import { openShop, type Shop } from '../../e2e/warehouse-shop.ts';

let shop: Shop;
let tests = 0;
let order = '';
const collect = (holdMinutes = 0) =>
  collectOrders(shop.hub.database, {
    connectionId: shop.rig.live.id,
    holdMinutes,
    late: { cancel: true, change: 'none' },
  });
const sent = (id: string, shipHours = 24) =>
  shop.hub.database.transaction((client) =>
    markSent(client, { id }, { shipTo: Buffer.from('sealed'), shipHours, channelLines: [] }),
  );
const statuses = async (document = order) => (await shop.rows(document)).map((row) => row.status);

beforeAll(async () => {
  shop = await openShop();
  await shop.rig.database.pool.query(
    `insert into location (code, name, kind) values ('OWN', 'Our own shelf', 'warehouse')`,
  );
});
beforeEach(() => {
  tests += 1;
  order = `order-${tests}`;
});
afterAll(() => shop.close());

describe('orders are made', () => {
  it('once from the reservations at the partner’s location, with a line for each of theirs', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await collect();
    await collect();
    const rows = await shop.rows(order);
    expect(rows).toMatchObject([{ status: 'waiting' }]);
    expect(rows[0]?.number).toMatch(/^FO-\d+$/);
    expect(await shop.lines(rows[0]?.number ?? '')).toEqual(['L1 MUG-01 0/2', 'L2 TEE-RED-M 0/3']);
  });

  it('not from reservations elsewhere, nor from the partner’s own', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } }, 'OWN');
    await shop.rig.database.pool.query(
      `with o as (insert into sales_order (connection_id, document, version) values ($1, $2, 1) returning id)
       insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
       select o.id, 'L1', i.id, l.id, 1, now() from o, item i, location l where i.sku = 'MUG-01' and l.code = 'NORTHWIND'`,
      [shop.rig.live.id, `own-${order}`],
    );
    await collect();
    expect(await statuses()).toEqual([]);
    expect(await statuses(`own-${order}`)).toEqual([]);
  });

  it('by one of two rounds at once', async () => {
    const { pool } = shop.rig.database;
    // Rounds over an order that waits already would queue at its lines, and prove nothing.
    await pool.query(`update fulfilment_order set status = 'sent' where status = 'waiting'`);
    await pool.query(
      `create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(0.1); return new; end $$;
       create trigger linger before insert on fulfilment_order for each row execute function linger()`,
    );
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    await Promise.all([collect(), collect(), collect()]);
    await pool.query('drop trigger linger on fulfilment_order');
    expect(await statuses()).toEqual(['waiting']);
  });

  it('a kit is one line of its order, and one line here for each of its components', async () => {
    await shop.order(order, { KIT: { 'MUG-01': 2, 'CAP-01': 4 } });
    await collect();
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['KIT CAP-01 0/4', 'KIT MUG-01 0/2']);
  });

  it('and rest for the hold time, be it part of a minute', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await collect(0.5);
    const due = async () =>
      (await dueOrders(shop.hub.database.pool, shop.rig.live.id)).map((each) => each.order);
    expect(await due()).not.toContain(order);
    const [rest] = await shop.all<{ seconds: number }>(
      'select extract(epoch from send_after - created_at)::float8 as seconds from fulfilment_order where order_document = $1',
      [order],
    );
    expect(rest?.seconds).toBeCloseTo(30, 0);
    await shop.hurry();
    expect(await due()).toContain(order);
  });

  it('another channel’s order of the same name is another order', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.rig.database.pool.query(
      `with c as (insert into connection (name, connector) values ('market-${tests}', 'demo') returning id),
       o as (insert into sales_order (connection_id, document, version) select id, $1, 1 from c returning id)
       insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
       select o.id, 'L1', i.id, l.id, 7, now() from o, item i, location l where i.sku = 'MUG-01' and l.code = 'NORTHWIND'`,
      [order],
    );
    await collect();
    const rows = await shop.rows(order);
    expect(rows).toHaveLength(2);
    expect((await Promise.all(rows.map((row) => shop.lines(row.number)))).flat().sort()).toEqual([
      'L1 MUG-01 0/2',
      'L1 MUG-01 0/7',
    ]);
  });
});

describe('while it waits', () => {
  it('the lines are what is reserved now', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await collect();
    await shop.order(order, { L1: { 'MUG-01': 5 }, L3: { 'CAP-01': 1 } });
    await collect();
    expect(await statuses()).toEqual(['waiting']);
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L1 MUG-01 0/5', 'L3 CAP-01 0/1']);
  });

  it('a cancelled order is over without a word, and one that is wanted again starts anew', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await collect();
    const { number } = await shop.row(order);
    await shop.order(order, {});
    await collect();
    expect(await shop.row(order)).toMatchObject({
      status: 'cancelled',
      reason: expect.stringContaining('no longer'),
    });
    expect(await shop.files(number)).toEqual([]);
    expect(await dueOrders(shop.hub.database.pool, shop.rig.live.id)).not.toContainEqual(
      expect.objectContaining({ number }),
    );
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    await collect();
    expect(await statuses()).toEqual(['cancelled', 'waiting']);
  });
});

describe('once it is sent', () => {
  it('new lines become a second fulfilment order with these lines only', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await collect();
    const first = await shop.row(order);
    expect(await sent(first.id)).toBe(true);
    expect(await sent(first.id)).toBe(false);
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await collect();
    await collect();
    expect(await statuses()).toEqual(['sent', 'waiting']);
    const second = await shop.row(order);
    expect(await shop.lines(first.number)).toEqual(['L1 MUG-01 0/2']);
    expect(await shop.lines(second.number)).toEqual(['L2 TEE-RED-M 0/3']);
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 4 }, L3: { 'CAP-01': 1 } });
    await collect();
    expect(await shop.lines(first.number)).toEqual(['L1 MUG-01 0/2']);
    expect(await shop.lines(second.number)).toEqual(['L2 TEE-RED-M 0/4', 'L3 CAP-01 0/1']);
  });

  it('an order that reserves nothing of it any more is taken back, and one that still reserves a part is not', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await collect();
    await sent((await shop.row(order)).id);
    await shop.order(order, { L2: { 'TEE-RED-M': 1 } });
    await collect();
    expect(await statuses()).toEqual(['sent']);
    await shop.order(order, {});
    await collect();
    expect(await shop.row(order)).toMatchObject({ status: 'cancelling', reason: 'the order was cancelled' });
  });

  it('a refused order keeps its stock reserved and is made no second time', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await collect();
    const { id, number } = await shop.row(order);
    const refuse = () =>
      shop.hub.database.transaction((client) =>
        takeRefusal(client, shop.rig.live.id, { number, fileId: '0' }, 'r'.repeat(900)),
      );
    await refuse();
    expect(await statuses()).toEqual(['waiting']);
    await sent(id);
    await refuse();
    await collect();
    const [row] = await shop.rows(order);
    expect(await statuses()).toEqual(['rejected']);
    expect(row?.reason).toHaveLength(500);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
  });

  it('hours to ship may be part of one', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await collect();
    await sent((await shop.row(order)).id, 0.5);
    const [row] = await shop.all<{ minutes: number }>(
      'select (extract(epoch from ship_by - sent_at) / 60)::float8 as minutes from fulfilment_order where order_document = $1',
      [order],
    );
    expect(row?.minutes).toBeCloseTo(30, 0);
  });
});

describe('erasing the ship-to', () => {
  it('counts orders, and leaves those that are open or young', async () => {
    const kinds = ['shipped', 'short', 'cancelled', 'rejected', 'sent', 'cancelling', 'young'] as const;
    for (const kind of kinds) {
      await shop.order(`${order}-${kind}`, { L1: { 'MUG-01': 1 } });
      await collect();
      const { id } = await shop.row(`${order}-${kind}`);
      await sent(id);
      await shop.rig.database.pool.query(
        `update fulfilment_order set status = $2::fulfilment_status, sent_at = now() - make_interval(days => $3) where id = $1`,
        [id, kind === 'young' ? 'shipped' : kind, kind === 'young' ? 29 : 31],
      );
    }
    expect(await eraseShipTo(shop.hub.database, shop.rig.live.id, 30)).toBe(4);
    expect(await eraseShipTo(shop.hub.database, shop.rig.live.id, 30)).toBe(0);
    const kept = await shop.all<{ document: string; at: Date | null }>(
      `select order_document as document, ship_to_erased_at as at from fulfilment_order where order_document like $1 and ship_to is not null order by id`,
      [`${order}-%`],
    );
    expect(kept).toEqual(
      ['sent', 'cancelling', 'young'].map((kind) => ({ document: `${order}-${kind}`, at: null })),
    );
  });
});
