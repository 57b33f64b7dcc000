// An order that changes after it was sent is changed at the partner while nothing of it has left; what left all the same counts,
// and nothing is shipped or told twice.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { policySchema } from '../../src/core/availability/policy.ts';
import { readAvailability } from '../../src/core/availability/stock.ts';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { takeProgress } from '../../src/core/fulfilment/progress.ts';
import { interchange, PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop, type Wanted } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let tests = 0;
let order = '';
let number = '';

async function eachTest(): Promise<void> {
  // What a person is shown of the orders before would stand in front of this one's.
  await shop.all(`update fulfilment_order set status = 'rejected' where status in ('sent', 'short')`);
  await shop.all('update fulfilment_order_line set shipped = least(shipped, quantity)');
  await shop.all(`update partner_document set progressed_at = progressed_at - interval '8 days'`);
  tests += 1;
  order = `late-${tests}`;
  shop.take = ({ key }) => ({ outcome: 'applied', id: key });
  shop.told.length = 0;
  shop.asked.length = 0;
}

/** The shop's own word of what may leave: one of its units for each. */
const asWanted = (wanted: Wanted) =>
  ready(
    Object.fromEntries(Object.entries(wanted).map(([line, skus]) => [line, Object.values(skus)[0] ?? 0])),
  );

async function want(wanted: Wanted): Promise<void> {
  shop.ask = () => asWanted(wanted);
  await shop.order(order, wanted);
}
async function sent(wanted: Wanted): Promise<void> {
  await want(wanted);
  await shop.round();
  const row = await shop.row(order);
  expect(row.status).toBe('sent');
  number = row.number;
}
const hurriedRound = async () => {
  await shop.hurry();
  await shop.round();
};
const status = async () => (await shop.row(order)).status;
const mugs = async () => Number((await shop.rig.stock())['MUG-01 sellable']);
const shown = async () =>
  (await overdue(shop.rig.database.pool)).filter(({ example }) => example.includes(`${number}:`));

/** What the shop may sell of a mug at the partner's warehouse. */
async function offered(): Promise<number> {
  const { pool } = shop.rig.database;
  const { rows } = await pool.query<{ id: number }>(
    `insert into listing (connection_id, external_id, item_id) select $1, 'mug', id from item where sku = 'MUG-01'
     on conflict (connection_id, external_id) do update set item_id = excluded.item_id returning id`,
    [shop.channelId],
  );
  const level = { listingId: rows[0]?.id ?? 0, externalLocation: 'shop-NORTHWIND' };
  const terms = await readAvailability(pool, [level], policySchema.parse({}), '2026-11-22');
  return Number([...terms.values()][0]?.available);
}
/** Whether a change of what is promised has made the mug due to be told, since this was asked last. */
async function isDue(): Promise<boolean> {
  const { rows } = await shop.rig.database.pool.query<{ due: boolean }>(
    `insert into listing_level as v (listing_id, external_location, connection_id)
       select id, 'shop-NORTHWIND', connection_id from listing where external_id = 'mug'
     on conflict (listing_id, external_location) do update set due_at = null
     returning (select w.due_at is not null from listing_level w where w.listing_id = v.listing_id) as due`,
  );
  return rows[0]?.due ?? false;
}

/** The partner's answer to our n-th file about an order, from 1. */
async function answer(n: number, verdict: 'A' | 'R', about = number): Promise<void> {
  const group = (await shop.files(about))[n - 1]?.match(/GS\*OW\*(?:[^*]*\*){4}(\d+)/)?.[1] ?? '';
  expect(group).not.toBe('');
  const [body, closing] =
    verdict === 'A'
      ? [['AK5*A'], 'AK9*A*1*1*1']
      : [['AK3*W05*2**8', 'AK4*1*473*7*R', 'AK5*R*5'], 'AK9*R*1*1*0'];
  await shop.rig.receive(
    `997-${about}-${n}.txt`,
    interchange('FA', '997', [`AK1*OW*${group}`, 'AK2*940*0001', ...body, closing]),
  );
}

describe('a partner that takes replacements', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  beforeEach(eachTest);
  afterAll(async () => {
    await shop.rig.expectSound();
    await shop.close();
  });

  it('I8: gets one, under the same number, sealed and to be acknowledged, however many rounds look at it', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L1: { 'MUG-01': 3 }, L2: { 'TEE-RED-M': 1 } });
    await Promise.all([shop.round(), shop.round(), shop.round()]);
    await hurriedRound();
    const files = await shop.files(number);
    expect(files).toHaveLength(2);
    expect(files[1]).toContain(`W05*R*${number}*`);
    expect(files[1]).toMatch(/W01\*3\*EA\*\*VN\*MUG-01/);
    expect(files[1]).toMatch(/W01\*1\*EA\*\*VN\*TEE-RED-M/);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/3', 'L2 TEE-RED-M 0/1']);
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['sent']);
    expect(
      await shop.all(
        `select d.acknowledgement::text as ack, f.is_sealed as sealed from partner_document d join partner_file f on f.id = d.file_id
         where d.chain = $1 order by d.id`,
        [number],
      ),
    ).toEqual([
      { ack: 'awaited', sealed: true },
      { ack: 'awaited', sealed: true },
    ]);
    expect(await shown()).toEqual([]);
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 3, shipped: 3 },
      { sku: 'TEE-RED-M', ordered: 1, shipped: 1 },
    ]);
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'shipped', reason: null });
    expect(shop.told.map((each) => each.lines)).toEqual([
      [
        { line: 'L1', quantity: '3' },
        { line: 'L2', quantity: '1' },
      ],
    ]);
  });

  it('without the lines that are wanted no more; the others keep their numbers, and what comes back is asked for again', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L2: { 'TEE-RED-M': 1 } });
    await shop.round();
    expect((await shop.files(number))[1]).not.toContain('MUG-01');
    expect((await shop.files(number))[1]).toContain('N9*LI*2');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/0', 'L2 TEE-RED-M 0/1']);
    await want({ L1: { 'MUG-01': 4 }, L2: { 'TEE-RED-M': 1 } });
    await hurriedRound();
    // One change at a time: the next goes when this one is answered, as the newest.
    expect(await shop.files(number)).toHaveLength(2);
    await want({ L1: { 'MUG-01': 1 }, L2: { 'TEE-RED-M': 1 } });
    await answer(2, 'A');
    await hurriedRound();
    expect(await shop.files(number)).toHaveLength(3);
    expect((await shop.files(number))[2]).toMatch(/W01\*1\*EA\*\*VN\*MUG-01/);
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['sent']);
  });

  it('had shipped the old, larger quantity: what left counts, the shop is told what it still wants, a person sees the rest', async () => {
    const before = await mugs();
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 5 }]);
    await hurriedRound();
    await answer(2, 'R');
    await hurriedRound();
    expect(await shop.row(order)).toMatchObject({
      status: 'shipped',
      reason: expect.stringContaining('more'),
    });
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 5/3']);
    expect(before - (await mugs())).toBe(5);
    expect(await shop.reserved(order)).toEqual([]);
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L1', quantity: '3' }]]);
    expect(await shop.files(number)).toHaveLength(2);
    expect(await shown()).toContainEqual({
      connection: 'northwind',
      what: 'orders of which more left than their change wanted',
      count: 1,
      example: `${number}: 5 of MUG-01 left, and 3 were wanted`,
    });
  });

  it('had shipped the old, smaller quantity: the rest stays reserved for a person, and nobody asks for it a second time', async () => {
    const before = await mugs();
    await sent({ L1: { 'MUG-01': 2 } });
    await want({ L1: { 'MUG-01': 4 } });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await hurriedRound();
    await hurriedRound();
    expect(await shop.row(order)).toMatchObject({ status: 'short', reason: expect.stringContaining('less') });
    expect(before - (await mugs())).toBe(2);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L1', quantity: '2' }]]);
    expect(await shop.rows(order)).toHaveLength(1);
    expect(await shop.files(number)).toHaveLength(2);
    expect((await shown()).map(({ what }) => what)).toContain('orders shipped short');
  });

  it('had shipped a line that was wanted no more: it counts, and the shop is told of the others only', async () => {
    const before = await mugs();
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L2: { 'TEE-RED-M': 1 } });
    await shop.round();
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 2, shipped: 2 },
      { sku: 'TEE-RED-M', ordered: 1, shipped: 1 },
    ]);
    await hurriedRound();
    expect(await status()).toBe('shipped');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/0', 'L2 TEE-RED-M 1/1']);
    expect(before - (await mugs())).toBe(2);
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L2', quantity: '1' }]]);
    expect((await shown())[0]?.example).toBe(`${number}: 2 of MUG-01 left, and 0 were wanted`);
    // Wanted again after all, it is on its way already: nobody asks for it a second time.
    await want({ L1: { 'MUG-01': 2 } });
    await hurriedRound();
    expect(await shop.rows(order)).toHaveLength(1);
    await want({ L1: { 'MUG-01': 2 }, L3: { 'CAP-01': 1 } });
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await hurriedRound();
    await hurriedRound();
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L3 CAP-01 0/1']);
  });

  it('shipped without the line that was wanted no more: wanted again afterwards, it is asked for by another order', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L2: { 'TEE-RED-M': 1 } });
    await shop.round();
    await shop.ship(number, [{ sku: 'TEE-RED-M', ordered: 1, shipped: 1 }]);
    await hurriedRound();
    expect(await status()).toBe('shipped');
    await want({ L1: { 'MUG-01': 1 } });
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['shipped', 'sent']);
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L1 MUG-01 0/1']);
  });

  it('ships while the shop is being asked: nothing is changed under the shipment', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await shop.order(order, { L1: { 'MUG-01': 3 } });
    shop.ask = async () => {
      await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 3, status: 'PR' }]);
      await takeProgress(shop.hub.database, shop.rig.live.id);
      return ready({ L1: 3 });
    };
    await shop.round();
    expect(await shop.files(number)).toHaveLength(1);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 3/5']);
    expect(await shop.reserved(order)).toEqual([]);
  });

  it('has a shipment that is only being booked: the order is not changed for it', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 5, shipped: 5 },
      { sku: 'RIBBON', ordered: 1, shipped: 1 },
    ]);
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    expect(await shop.files(number)).toHaveLength(1);
    expect(await status()).toBe('sent');
  });

  it('has shipped a part: the change is shown to a person, and no file goes', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 2, shipped: 2, status: 'PR' },
      { sku: 'TEE-RED-M', ordered: 3, shipped: 1, status: 'PR' },
    ]);
    await shop.round();
    expect(await shown()).toEqual([]);
    await want({ L2: { 'TEE-RED-M': 1 } });
    await hurriedRound();
    expect(await shop.files(number)).toHaveLength(1);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 2/2', 'L2 TEE-RED-M 1/3']);
    const what = 'orders changed after they were sent';
    expect(await shown()).toMatchObject([
      { what, example: `${number}: 2 of TEE-RED-M are still to leave, and 1 are wanted now` },
    ]);
    await want({});
    await hurriedRound();
    expect(await shown()).toMatchObject([
      { what, example: `${number}: 2 of TEE-RED-M are still to leave, and 0 are wanted now` },
    ]);
    await shop.ship(number, [{ sku: 'TEE-RED-M', ordered: 2, shipped: 2 }]);
    await hurriedRound();
    expect((await shown()).map((each) => each.what)).not.toContain(what);
  });

  it('takes a part back that it had shipped: the shop did not change the order, and is not said to', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }], { number: `SHP-${tests}` });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 1, reversal: true, status: 'PR' }], {
      ...{ number: `SHP-${tests}-R`, original: `SHP-${tests}` },
    });
    await hurriedRound();
    expect(await status()).toBe('sent');
    expect(await shown()).toEqual([]);
  });

  it('has booked a part that is not counted yet: that is no change either', async () => {
    await sent({ L1: { 'MUG-01': 4 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 4, shipped: 1, status: 'PR' }]);
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 3, shipped: 1, status: 'PR' }]);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 1/4']);
    expect(await shown()).toEqual([]);
  });

  it('refuses: the order stands as it had it, a person sees the difference, and it is not asked again', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await answer(2, 'R');
    expect(await shop.row(order)).toMatchObject({
      status: 'sent',
      reason: expect.stringContaining('refused'),
    });
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/5', 'L2 TEE-RED-M 0/1']);
    await hurriedRound();
    expect(await shop.files(number)).toHaveLength(2);
    expect(await shown()).toContainEqual(
      expect.objectContaining({
        what: 'orders changed after they were sent',
        example: `${number}: MUG-01 was sent as 5, and 3 are wanted now`,
      }),
    );
    // What the shop is told of is what it was, when the old order ships.
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 5, shipped: 5 },
      { sku: 'TEE-RED-M', ordered: 1, shipped: 1 },
    ]);
    await hurriedRound();
    expect(await shop.row(order)).toMatchObject({ status: 'shipped', reason: null });
    expect(await shop.reserved(order)).toEqual([]);
  });

  it('refuses the order and then takes it: it stands, and is cancelled at the partner when the shop cancels it', async () => {
    const free = await offered();
    await sent({ L1: { 'MUG-01': 5 } });
    await answer(1, 'R');
    expect(await status()).toBe('rejected');
    await answer(1, 'A');
    expect(await shop.row(order)).toMatchObject({ status: 'sent', reason: null });
    await shop.order(order, {});
    expect(free - (await offered())).toBe(5);
    await hurriedRound();
    expect((await shop.files(number))[1]).toContain(`W05*F*${number}*`);
    await answer(2, 'A');
    expect(await offered()).toBe(free);
  });

  it('refuses a change, and is still told when the order is cancelled', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await answer(2, 'R');
    await shop.order(order, {});
    await hurriedRound();
    expect(await status()).toBe('cancelled');
    const files = await shop.files(number);
    expect(files[2]).toContain(`W05*F*${number}*`);
    expect(files[2]).toMatch(/W01\*5\*EA\*\*VN\*MUG-01/);
  });

  it('refuses a cancellation: the order stands again, and is cancelled no second time', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.order(order, {});
    await shop.round();
    expect(await status()).toBe('cancelled');
    await answer(2, 'R');
    await hurriedRound();
    expect(await shop.row(order)).toMatchObject({
      status: 'sent',
      reason: expect.stringContaining('refused'),
    });
    expect(await shop.files(number)).toHaveLength(2);
    expect(await shown()).toContainEqual(
      expect.objectContaining({ example: `${number}: MUG-01 was sent as 2, and 0 are wanted now` }),
    );
  });

  it('I7: what the shop no longer wants, and the partner may still ship, is offered by nobody until that is known', async () => {
    const [free, before] = [await offered(), await mugs()];
    await sent({ L1: { 'MUG-01': 5 } });
    expect(free - (await offered())).toBe(5);
    await shop.order(order, {});
    expect(free - (await offered()), 'before the partner has heard of it').toBe(5);
    await shop.round();
    expect(await status()).toBe('cancelled');
    expect(free - (await offered()), 'before the partner has answered').toBe(5);
    await isDue();
    await answer(2, 'R');
    expect(free - (await offered()), 'after it has refused').toBe(5);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 5 }], { settle: false });
    await shop.rig.settle();
    expect(free - (await offered()), 'while the shipment is booked').toBe(5);
    await hurriedRound();
    expect(await status()).toBe('shipped');
    expect(free - (await offered())).toBe(5);
    expect(before - (await mugs())).toBe(5);
  });

  it('I7: a cancellation that the partner took frees its stock at once, and a smaller quantity only then', async () => {
    const free = await offered();
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    expect(free - (await offered())).toBe(5);
    await shop.round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/3']);
    expect(free - (await offered()), 'before the partner has answered').toBe(5);
    await isDue();
    await answer(2, 'A');
    expect(await isDue()).toBe(true);
    expect(free - (await offered())).toBe(3);
    await shop.order(order, {});
    await shop.round();
    expect(free - (await offered())).toBe(3);
    await answer(3, 'A');
    expect(await isDue()).toBe(true);
    expect(await offered()).toBe(free);
  });

  it('I7: a smaller quantity that the partner refused is still held as it was', async () => {
    const free = await offered();
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await answer(2, 'R');
    expect(free - (await offered())).toBe(5);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 4, status: 'CP' }]);
    await isDue();
    await hurriedRound();
    expect(await status()).toBe('short');
    expect(await isDue()).toBe(true);
    expect(free - (await offered())).toBe(4);
  });

  it('refused the order before it refused its cancellation: it never stood', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.order(order, {});
    await shop.round();
    await answer(1, 'R');
    await answer(2, 'R');
    expect(await status()).toBe('cancelled');
  });

  it('is told nothing while the shop is not sure; the old order stands and is shown', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 1 } });
    await shop.order(order, { L1: { 'MUG-01': 1 }, L2: { 'TEE-RED-M': 1 } });
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await shop.round();
    expect(await shop.row(order)).toMatchObject({
      status: 'sent',
      reason: expect.stringContaining('payment is pending'),
    });
    shop.ask = () => ready({ L1: 1 });
    await hurriedRound();
    expect((await shop.row(order)).reason).toContain('does not let all of its lines leave');
    expect(await shop.files(number)).toHaveLength(1);
    expect((await shown()).map(({ what }) => what)).toContain('orders changed after they were sent');
    shop.ask = () => ready({ L1: 1, L2: 1 });
    await hurriedRound();
    expect(await shop.files(number)).toHaveLength(2);
    expect((await shop.row(order)).reason).toBeNull();
  });

  it('is not changed by half: without its file neither quantities nor control numbers remain', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    const { pool } = shop.rig.database;
    const counts = () =>
      shop.all(`select (select count(*) from partner_file) as files, (select count(*) from fulfilment_change) as changes,
        (select json_agg(c order by kind) from control_sequence c) as controls`);
    const before = await counts();
    await pool.query(
      `create function fail_change() returns trigger language plpgsql as $$ begin raise exception 'no room for it'; end $$;
       create trigger fail_change before insert on fulfilment_change for each row execute function fail_change()`,
    );
    await shop.round();
    await pool.query('drop trigger fail_change on fulfilment_change; drop function fail_change()');
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/5']);
    expect(await counts()).toEqual(before);
    await hurriedRound();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/3']);
    expect(await shop.files(number)).toHaveLength(2);
  });
});

describe('a partner that knows no replacement', () => {
  beforeAll(async () => {
    shop = await openShop({
      ...PROFILE,
      lifecycle: { ...PROFILE.lifecycle, orderChanges: 'reorder' },
    });
  });
  beforeEach(eachTest);
  afterAll(async () => {
    await shop.rig.expectSound();
    await shop.close();
  });

  it('gets a cancellation, and once it took that, a new order under a number that continues the old one', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await hurriedRound();
    expect((await shop.files(number))[1]).toContain(`W05*F*${number}*`);
    expect((await shop.files(number))[1]).toMatch(/W01\*5\*EA\*\*VN\*MUG-01/);
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['cancelled']);
    await answer(2, 'A');
    await hurriedRound();
    await hurriedRound();
    const [, second, ...more] = await shop.rows(order);
    expect(more).toEqual([]);
    expect(second).toMatchObject({ status: 'sent', number: `${number}-2` });
    expect((await shop.files(`${number}-2`))[0]).toContain(`W05*N*${number}-2*`);
    expect(await shop.lines(`${number}-2`)).toEqual(['L1 MUG-01 0/3']);
    await want({ L1: { 'MUG-01': 4 } });
    await hurriedRound();
    await answer(2, 'A', `${number}-2`);
    await hurriedRound();
    expect((await shop.row(order)).number).toBe(`${number}-3`);
  });

  it('refuses the cancellation: the old order stands, and no new one is sent beside it', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await answer(2, 'R');
    await hurriedRound();
    await hurriedRound();
    expect(await shop.rows(order)).toMatchObject([{ status: 'sent', number }]);
    expect(await shop.files(number)).toHaveLength(2);
  });

  it('ships before it answers: nothing is ordered a second time', async () => {
    const before = await mugs();
    await sent({ L1: { 'MUG-01': 3 } });
    await want({ L1: { 'MUG-01': 5 } });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 3, shipped: 3 }]);
    await hurriedRound();
    await answer(2, 'A');
    await hurriedRound();
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['shipped']);
    expect(before - (await mugs())).toBe(3);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
  });

  it('answers while its shipment is still being booked: nothing is ordered until that is known', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 5, shipped: 5 },
      { sku: 'RIBBON', ordered: 1, shipped: 1 },
    ]);
    await answer(2, 'A');
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['cancelled']);
  });

  it('ships the old order although it took its cancellation: the new one is taken back', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 } });
    await shop.round();
    await answer(2, 'A');
    await hurriedRound();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 5 }]);
    await hurriedRound();
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['shipped', 'cancelled']);
    expect((await shop.files(`${number}-2`))[1]).toContain(`W05*F*${number}-2*`);
    expect(await shop.reserved(order)).toEqual([]);
  });

  it.each(['the old one first', 'the new one first'])(
    'ships both the old order, whose cancellation it took, and the new one, %s: both count once, and a person sees it',
    async (sequence) => {
      const before = await mugs();
      await sent({ L1: { 'MUG-01': 5 } });
      await want({ L1: { 'MUG-01': 3 } });
      await shop.round();
      await answer(2, 'A');
      await hurriedRound();
      expect(await shown()).toEqual([]);
      const both = [
        [number, 5],
        [`${number}-2`, 3],
      ] as const;
      for (const [shipped, quantity] of sequence === 'the old one first' ? both : both.toReversed()) {
        const lines = [{ sku: 'MUG-01', ordered: quantity, shipped: quantity }];
        await shop.ship(shipped, lines, { number: `SHP-${shipped}`, tracking: '1Z-SAME' });
        await hurriedRound();
        await shop.ship(shipped, lines, { number: `SHP-${shipped}`, tracking: '1Z-SAME' });
        await hurriedRound();
      }
      expect((await shop.rows(order)).map((row) => row.status)).toEqual(['shipped', 'shipped']);
      expect(before - (await mugs())).toBe(8);
      expect(await shop.reserved(order)).toEqual([]);
      await shop.rig.expectSound();
      // The new one was taken back too where the old one's shipment was known in time.
      expect(await shown()).toEqual([
        {
          connection: 'northwind',
          what: 'orders shipped although they were cancelled',
          count: sequence === 'the old one first' ? 2 : 1,
          example: `${number}: 5 of MUG-01 left, and 3 of MUG-01 by ${number}-2 in its place`,
        },
      ]);
    },
  );

  it('ships the old order although it took its cancellation: a person sees it for a week', async () => {
    await sent({ L1: { 'MUG-01': 2 }, L2: { 'CAP-01': 1 } });
    await shop.order(order, {});
    await shop.round();
    await answer(2, 'A');
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 0, status: 'DS' }]);
    await hurriedRound();
    expect(await shown()).toEqual([]);
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 2, shipped: 2 },
      { sku: 'CAP-01', ordered: 1, shipped: 0, status: 'CP' },
    ]);
    await hurriedRound();
    const said = {
      what: 'orders shipped although they were cancelled',
      example: `${number}: 2 of MUG-01 left`,
    };
    expect(await shown()).toContainEqual(expect.objectContaining(said));
    await shop.all(
      `update partner_document set progressed_at = progressed_at - interval '8 days' where chain = $1`,
      [number],
    );
    expect((await shown()).map(({ what }) => what)).not.toContain(said.what);
  });

  it('refuses the cancellation, for it has shipped: that is no shipment although it was cancelled', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await shop.order(order, {});
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await hurriedRound();
    expect((await shown()).map(({ what }) => what)).toContain('orders shipped although they were cancelled');
    await answer(2, 'R');
    await hurriedRound();
    expect(await status()).toBe('shipped');
    expect((await shown()).map(({ what }) => what)).not.toContain(
      'orders shipped although they were cancelled',
    );
  });
});
