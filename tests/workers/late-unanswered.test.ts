// A partner that acknowledges nothing: what it was asked before a change or a cancellation may leave until it ships, or a person
// has settled the order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policySchema } from '../../src/core/availability/policy.ts';
import { readAvailability } from '../../src/core/availability/stock.ts';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { settleRest } from '../../src/core/fulfilment/rest.ts';
import { csv, openShop, ready, type Shop, type Wanted } from '../e2e/warehouse-shop.ts';

const RECEIPTS = {
  ...{ name: 'received', files: 'RE*.csv', direction: 'in', kind: 'receipt' },
  fields: { number: 'NO', item: 'SKU', quantity: 'QTY' },
};

let shop: Shop;
let orders = 0;
let shipments = 0;

beforeAll(async () => {
  shop = await openShop(csv({ purpose: 'ACTION' }, [RECEIPTS]));
  await shop.rig.receive('RE-1.csv', 'NO,SKU,QTY\nRC-1,MUG-01,100\nRC-1,CAP-01,100\n');
  await shop.rig.settle();
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
});

const want = async (order: string, wanted: Wanted): Promise<void> => {
  const lines = Object.entries(wanted).map(([line, skus]) => [line, Object.values(skus)[0] ?? 0]);
  shop.ask = () => ready(Object.fromEntries(lines) as Record<string, number>);
  await shop.order(order, wanted);
};
const round = async () => {
  await shop.hurry();
  await shop.round();
};
/** Sends an order of these lines; answers its number at the partner. */
async function sent(wanted: Wanted): Promise<{ order: string; number: string }> {
  orders += 1;
  const order = `unanswered-${orders}`;
  await want(order, wanted);
  await round();
  const { number, status } = await shop.row(order);
  expect(status).toBe('sent');
  return { order, number };
}
async function ships(number: string, lines: Readonly<Record<string, number>>): Promise<void> {
  shipments += 1;
  const rows = Object.entries(lines).map(([sku, quantity]) => `SH-${shipments},${number},${sku},${quantity}`);
  await shop.rig.receive(`SH-${shipments}.csv`, ['NO,ORDER,SKU,QTY', ...rows, ''].join('\n'));
  await shop.rig.settle();
  await round();
}
const say = (number: string, rest: 'later' | 'cancelled') =>
  settleRest(shop.hub.database, {
    ...{ connection: 'northwind', connectionId: shop.rig.live.id, number, rest, note: 'by telephone' },
    ...{ by: 'Ada', shipHours: 24 },
  });
const shown = async (number: string) =>
  (await overdue(shop.rig.database.pool)).filter(({ example }) => example.includes(`${number}:`));

async function offered(): Promise<number> {
  const { rows } = await shop.rig.database.pool.query<{ id: number }>(
    `insert into listing (connection_id, external_id, item_id) select $1, 'mug', id from item where sku = 'MUG-01'
     on conflict (connection_id, external_id) do update set item_id = excluded.item_id returning id`,
    [shop.channelId],
  );
  const level = { listingId: rows[0]?.id ?? 0, externalLocation: 'shop-NORTHWIND' };
  const terms = await readAvailability(shop.rig.database.pool, [level], policySchema.parse({}), '2026-11-22');
  return Number([...terms.values()][0]?.available);
}
/** Whether what was said makes the mug due to be told to its channel. */
async function isMadeDueBy(said: () => Promise<unknown>): Promise<boolean> {
  const due = async (set: string) =>
    (
      await shop.all<{ due: boolean }>(
        `insert into listing_level as v (listing_id, external_location, connection_id)
           select id, 'shop-NORTHWIND', connection_id from listing where external_id = 'mug'
         on conflict (listing_id, external_location) do update set ${set} returning v.due_at is not null as due`,
      )
    )[0]?.due ?? false;
  await due('due_at = null');
  await said();
  return due('due_at = v.due_at');
}

describe('I7: the partner answers nothing', () => {
  it('what was cancelled is offered by nobody until a person says that it is cancelled there', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, {});
    await round();
    expect((await shop.row(order)).status).toBe('cancelled');
    expect(await shop.files(number)).toHaveLength(2);
    expect(free - (await offered())).toBe(5);
    expect(await isMadeDueBy(() => say(number, 'cancelled'))).toBe(true);
    expect(await offered()).toBe(free);
  });

  it('what was cancelled and ships all the same is counted once', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, {});
    await round();
    await ships(number, { 'MUG-01': 5 });
    expect((await shop.row(order)).status).toBe('shipped');
    expect(free - (await offered())).toBe(5);
  });

  it('a smaller quantity frees the difference only when that has shipped', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/3']);
    expect(free - (await offered())).toBe(5);
    await want(order, { L1: { 'MUG-01': 4 } });
    await round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/4']);
    expect(free - (await offered()), 'after another change').toBe(5);
    await ships(number, { 'MUG-01': 4 });
    expect(free - (await offered())).toBe(4);
  });

  it('a smaller quantity frees the difference when a person says that the change was taken', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    expect(await isMadeDueBy(() => say(number, 'later'))).toBe(true);
    expect(free - (await offered())).toBe(3);
    expect((await shop.row(order)).status).toBe('sent');
    await want(order, { L1: { 'MUG-01': 1 } });
    await round();
    expect(free - (await offered()), 'after the next change').toBe(3);
  });

  it('a cancellation ends with the word that nothing was shipped and nothing will be', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, {});
    await round();
    expect(free - (await offered())).toBe(5);
    expect(await isMadeDueBy(() => ships(number, { 'MUG-01': 0 }))).toBe(true);
    expect((await shop.row(order)).status).toBe('cancelled');
    expect(free - (await offered())).toBe(0);
    expect(await shown(number)).toEqual([]);
  });

  it('what a person said of a change is not said of the cancellation after it', async () => {
    const free = await offered();
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await say(number, 'later');
    await want(order, {});
    await round();
    expect((await shop.row(order)).status).toBe('cancelled');
    expect(free - (await offered())).toBe(3);
    expect(await shown(number)).toHaveLength(1);
  });

  it('an order that was changed and then cancelled keeps what it was asked first', async () => {
    const free = await offered();
    const { order } = await sent({ L1: { 'MUG-01': 5 } });
    await want(order, { L1: { 'MUG-01': 3 } });
    await round();
    await want(order, {});
    await round();
    expect((await shop.row(order)).status).toBe('cancelled');
    expect(free - (await offered())).toBe(5);
  });

  it('I8: the same goods under another line go once the order has shipped without them', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await want(order, { L9: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await round();
    await round();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['sent', 'waiting']);
    await ships(number, { 'CAP-01': 1 });
    await round();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['shipped', 'sent']);
  });

  it('a person is shown a cancellation that nobody answers, until it is settled', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 2 } });
    await want(order, {});
    await round();
    await shop.all(`update fulfilment_change set made_at = made_at - interval '1 hour'`);
    await shop.all(
      `update fulfilment_order set rest = 'never', rest_by = 'Ada', rest_at = now() where number <> $1`,
      [number],
    );
    const what = 'cancellations that the partner does not answer';
    expect(await shown(number)).toEqual([
      {
        connection: 'northwind',
        what,
        count: 1,
        example: `${number}: 2 of CAP-01, 5 of MUG-01 may still leave, and no channel offers them. Ask the warehouse; if it ships none of it: stockbridge partner resolve northwind ${number} --rest cancelled --note …`,
      },
    ]);
    await say(number, 'cancelled');
    expect(await shown(number)).toEqual([]);
  });
});
