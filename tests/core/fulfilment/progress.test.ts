// What a partner's shipments do to its orders: taken once each, by what was booked and never by what was said.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { overdue } from '../../../src/core/fulfilment/overdue.ts';
import { takeProgress } from '../../../src/core/fulfilment/progress.ts';
import { replay } from '../../../src/core/inbox/replay.ts';
import { interchange } from '../../e2e/warehouse.ts';
import { AT, advice, openShop, ready, type Shop, type Wanted } from '../../e2e/warehouse-shop.ts';

let shop: Shop;
let tests = 0;
let order = '';
let number = '';

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(() => {
  tests += 1;
  order = `order-${tests}`;
  shop.told.length = 0;
  shop.asked.length = 0;
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
});

/** Orders it, and has it sent. */
async function sent(wanted: Wanted): Promise<void> {
  shop.ask = () =>
    ready(
      Object.fromEntries(Object.entries(wanted).map(([line, skus]) => [line, Object.values(skus)[0] ?? 0])),
    );
  await shop.order(order, wanted);
  await shop.round();
  const row = await shop.row(order);
  expect(row.status).toBe('sent');
  number = row.number;
}
const status = async () => (await shop.row(order)).status;
const mugs = async () => Number((await shop.rig.stock())['MUG-01 sellable']);
const reports = () =>
  shop.all<{ lines: { line: string; quantity: string }[] }>(
    `select r.lines from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id where f.number = $1 order by r.id`,
    [number],
  );
const shortReasons = async () =>
  (
    await shop.all<{ reason: string | null }>(
      `select l.short_reason as reason from fulfilment_order_line l join fulfilment_order f on f.id = l.fulfilment_order_id where f.number = $1 order by l.line`,
      [number],
    )
  ).map((row) => row.reason);

describe('a shipment', () => {
  it('counts before our order is acknowledged, and the acknowledgement is awaited as before', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await shop.round();
    expect(await status()).toBe('shipped');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/2']);
    expect(await shop.reserved(order)).toEqual([]);
    const [document] = await shop.all<{ status: string; group: string }>(
      `select acknowledgement::text as status, group_control as group from partner_document where chain = $1 and is_outbound`,
      [number],
    );
    expect(document?.status).toBe('awaited');
    // A refusal that comes after the goods have left changes nothing of the order.
    const refusal = [`AK1*OW*${document?.group}`, 'AK2*940*0001', 'AK5*R*5', 'AK9*R*1*1*0'];
    await shop.rig.receive('late-997.txt', interchange('FA', '997', refusal));
    expect(await status()).toBe('shipped');
  });

  it('I3: under other control numbers and names is the same shipment, also to the order and the shop', async () => {
    await sent({ L1: { 'MUG-01': 3 } });
    const before = await mugs();
    const lines = [{ sku: 'MUG-01', ordered: 3, shipped: 1, status: 'PR' }];
    const same = { number: `SHP-${tests}`, tracking: '1Z-SAME' };
    await shop.ship(number, lines, same);
    await shop.ship(number, lines, same);
    await shop.round();
    await shop.ship(number, lines, same);
    await shop.round();
    await shop.round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 1/3']);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(await status()).toBe('sent');
    expect(await reports()).toHaveLength(1);
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L1', quantity: '1' }]]);
    expect(before - (await mugs())).toBe(1);
  });

  it('I3: twice in one file counts once', async () => {
    await sent({ L1: { 'MUG-01': 3 } });
    const one = advice(number, [{ sku: 'MUG-01', ordered: 3, shipped: 1, status: 'PR' }]);
    const [body] = one.match(/ST\*945\*0001~[\s\S]*SE\*\d+\*0001~\n/) ?? [''];
    const twice = one.replace(body, body + body.replaceAll('*0001~', '*0002~')).replace('GE*1*', 'GE*2*');
    expect(await shop.rig.receive('twice.txt', twice)).toMatchObject({
      reading: { documents: [{ usable: true }, { usable: true }] },
    });
    await shop.rig.settle();
    await shop.round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 1/3']);
    expect(await reports()).toHaveLength(1);
  });

  it('that is short and final closes the order with the reasons; the rest stays reserved, and is asked for by nobody', async () => {
    await sent({ L1: { 'MUG-01': 6 }, L2: { 'TEE-RED-M': 2 }, L3: { 'CAP-01': 1 } });
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 6, shipped: 4, reason: '01' },
      { sku: 'TEE-RED-M', ordered: 2, shipped: 2 },
      { sku: 'CAP-01', ordered: 1, shipped: 0, status: 'DS' },
    ]);
    await shop.round();
    const row = await shop.row(order);
    expect(row.status).toBe('short');
    expect(row.reason).toMatch(/4 of 6 MUG-01 shipped, 2 short \(reason 01/);
    expect(row.reason).toMatch(/0 of 1 CAP-01 shipped, 1 short \(status DS/);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 4/6', 'L2 TEE-RED-M 2/2', 'L3 CAP-01 0/1']);
    // The reason stands where something is short, and only there.
    expect(await shortReasons()).toEqual([
      expect.stringContaining('4 of 6'),
      null,
      expect.stringContaining('0 of 1'),
    ]);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2', 'L3 CAP-01 1']);
    await shop.round();
    await shop.round();
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2', 'L3 CAP-01 1']);
    expect(await shop.rows(order)).toHaveLength(1);
    expect(shop.told.map((each) => each.lines)).toEqual([
      [
        { line: 'L1', quantity: '4' },
        { line: 'L2', quantity: '2' },
      ],
    ]);
    expect(await overdue(shop.rig.database.pool)).toContainEqual(
      expect.objectContaining({ what: 'orders shipped short', example: expect.stringContaining(number) }),
    );
  });

  it('of nothing at all closes the order short, and the shop is told nothing', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 0, status: 'DS' }]);
    await shop.round();
    expect(await shop.row(order)).toMatchObject({
      status: 'short',
      reason: expect.stringContaining('0 of 2'),
    });
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(await reports()).toEqual([]);
  });

  it('in two parts closes the order with the second, and no reason of the first remains', async () => {
    await sent({ L1: { 'MUG-01': 3 }, L2: { 'TEE-RED-M': 2 } });
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 3, shipped: 1, status: 'PR' },
      { sku: 'TEE-RED-M', ordered: 2, shipped: 0, status: 'BO' },
    ]);
    await shop.round();
    expect(await status()).toBe('sent');
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2', 'L2 TEE-RED-M 2']);
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 2, shipped: 2 },
      { sku: 'TEE-RED-M', ordered: 2, shipped: 2 },
    ]);
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'shipped', reason: null });
    expect(await shortReasons()).toEqual([null, null]);
    expect(await shop.reserved(order)).toEqual([]);
    expect(shop.told).toHaveLength(2);
    expect(shop.told[0]?.key).not.toBe(shop.told[1]?.key);
  });

  it('of the same item on two lines fills them in their order', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'MUG-01': 3 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 4, status: 'PR' }]);
    await shop.round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/2', 'L2 MUG-01 2/3']);
    expect(await shop.reserved(order)).toEqual(['L2 MUG-01 1']);
  });

  it('naming an order that nobody sent changes nothing but the stock', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    const before = await mugs();
    const orders = () =>
      shop.all(
        'select f, l from fulfilment_order f join fulfilment_order_line l on l.fulfilment_order_id = f.id order by f.id, l.line',
      );
    const untouched = await orders();
    await shop.ship('FO-NOBODY', [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await shop.round();
    expect(await mugs()).toBe(before - 2);
    expect(await orders()).toEqual(untouched);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(shop.told).toEqual([]);
  });

  it('that waits in quarantine is taken after its replay, once', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    const sku = `NEW-${tests}`;
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 2, shipped: 2 },
      { sku, ordered: 1, shipped: 1 },
    ]);
    await shop.round();
    expect(await status()).toBe('sent');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/2']);
    await shop.rig.database.pool.query('insert into item (sku) values ($1)', [sku]);
    await shop.rig.receive(
      `944-${sku}.txt`,
      interchange('RE', '944', [
        `W17*F*20261101*RC-${sku}*TR`,
        'N1*WH*N*92*WH01',
        `W07*5*EA**SK*${sku}`,
        'W14*5',
      ]),
    );
    await shop.rig.settle();
    await replay(shop.rig.database.pool, { codes: ['item_unknown'] });
    await shop.rig.settle();
    await shop.round();
    await shop.round();
    expect(await status()).toBe('shipped');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/2']);
    expect(await reports()).toHaveLength(1);
  });

  it('I3: booked before a crash is taken once afterwards, also by two processes at once', async () => {
    await sent({ L1: { 'MUG-01': 3 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 3, shipped: 1, status: 'PR' }]);
    // The process dies while it takes the progress: nothing of it remains.
    const { pool } = shop.rig.database;
    await pool.query(
      `create function fail_report() returns trigger language plpgsql as $$ begin raise exception 'power cut'; end $$;
       create trigger fail_report before insert on fulfilment_report for each row execute function fail_report()`,
    );
    const { failed } = await takeProgress(shop.hub.database, shop.rig.live.id);
    expect(failed).toMatchObject([{ reason: expect.stringContaining('power cut') }]);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/3']);
    await pool.query('drop trigger fail_report on fulfilment_report; drop function fail_report()');
    await shop.hurry();
    await Promise.all([1, 2, 3].map(() => takeProgress(shop.hub.database, shop.rig.live.id)));
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 1/3']);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(await reports()).toHaveLength(1);
  });

  it('that cannot be counted holds up none after it; it is shown with its reason and counted once it can be', async () => {
    await sent({ L1: { 'MUG-01': 1 } });
    const [firstOrder, firstNumber] = [order, number];
    order = `order-${tests}-later`;
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(firstNumber, [{ sku: 'MUG-01', ordered: 1, shipped: 1 }], { number: `SHP-${tests}-A` });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }], { number: `SHP-${tests}-B` });
    const say = (shippedAt: string) =>
      shop.all(
        `update partner_document set progress = jsonb_set(progress, '{shippedAt}', $2) where chain = $1 and progress is not null`,
        [firstNumber, JSON.stringify(shippedAt)],
      );
    await say('no time at all');
    const shown = async () =>
      (await overdue(shop.rig.database.pool)).filter(
        ({ what }) => what === 'documents not counted for their orders',
      );
    await shop.round();
    // What comes after it is counted, told to the shop, and the orders that wait are still sent.
    expect(await status()).toBe('shipped');
    expect(shop.told.filter((each) => each.order === order)).toMatchObject([
      { lines: [{ line: 'L1', quantity: '2' }] },
    ]);
    expect(await shop.lines(firstNumber)).toEqual(['L1 MUG-01 0/1']);
    const [each, ...more] = await shown();
    expect(more).toEqual([]);
    expect(each).toMatchObject({ connection: 'northwind', count: 1 });
    expect(each?.example).toMatch(new RegExp(`^945 SHP-${tests}-A: .*no time at all`));
    // Not again and again, but after a pause.
    await shop.round();
    const attempts = () =>
      shop.all(
        'select progress_attempts as n from partner_document where chain = $1 and progress is not null',
        [firstNumber],
      );
    expect(await attempts()).toEqual([{ n: 1 }]);
    await say(AT);
    await shop.round();
    expect((await shop.row(firstOrder)).status).toBe('sent');
    await shop.hurry();
    await shop.round();
    expect((await shop.row(firstOrder)).status).toBe('shipped');
    expect(await shown()).toEqual([]);
  });

  it('of a part of it: the order is not taken back any more', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 1 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2, status: 'PR' }]);
    await shop.round();
    await shop.order(order, {});
    await shop.round();
    expect(await status()).toBe('sent');
    expect(await shop.files(number)).toHaveLength(1);
  });
});

describe('a reversal', () => {
  it('takes back what was shipped; the order is short until it ships again', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    const before = await mugs();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }], { number: `SHP-${tests}` });
    await shop.round();
    expect(await status()).toBe('shipped');
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2, reversal: true }], {
      number: `SHP-${tests}-R`,
      original: `SHP-${tests}`,
    });
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'short', reason: expect.stringContaining('took') });
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/2']);
    expect(await mugs()).toBe(before);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'shipped', reason: null });
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/2']);
    // The shop was told once, and never that it was taken back.
    expect(shop.told.filter((each) => each.order === order)).toHaveLength(1);
  });

  it('over several lines of one item, or of more than has left, holds nothing up', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'MUG-01': 3 } });
    const first = { number: `SHP-${tests}` };
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 5 }], first);
    await shop.round();
    expect(await status()).toBe('shipped');
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 4, shipped: 4, reversal: true }], {
      number: `SHP-${tests}-R`,
      original: first.number,
    });
    await shop.round();
    const back = await shop.lines(number);
    await shop.ship('FO-NOBODY', [{ sku: 'MUG-01', ordered: 9, shipped: 9 }], { number: `SHP-${tests}-N` });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 9, shipped: 9, reversal: true }], {
      number: `SHP-${tests}-NR`,
      original: `SHP-${tests}-N`,
    });
    await shop.round();
    expect(back).toEqual(['L1 MUG-01 1/2', 'L2 MUG-01 0/3']);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/2', 'L2 MUG-01 0/3']);
    const waiting = await shop.all(
      'select id from partner_document where progress is not null and progressed_at is null',
    );
    expect(waiting).toEqual([]);
  });

  it('with more to follow opens a shipped order again', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }], { number: `SHP-${tests}` });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 1, reversal: true, status: 'PR' }], {
      number: `SHP-${tests}-R`,
      original: `SHP-${tests}`,
    });
    await shop.round();
    expect(await status()).toBe('sent');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 1/2']);
  });

  it('of everything, with more to follow, is no cancellation by the shop', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }], { number: `SHP-${tests}` });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2, reversal: true, status: 'PR' }], {
      number: `SHP-${tests}-R`,
      original: `SHP-${tests}`,
    });
    await shop.round();
    await shop.round();
    expect(await status()).toBe('sent');
    expect(await shop.files(number)).toHaveLength(1);
  });
});
