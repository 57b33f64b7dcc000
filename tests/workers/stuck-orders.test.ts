// Orders that cannot be sent take no other's turn, are asked for more and more rarely, and are shown to a person with the reason.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { PROFILE } from '../e2e/warehouse.ts';
import { openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let tests = 0;
let order = '';

beforeAll(async () => {
  shop = await openShop({ ...PROFILE, items: { as: 'barcode' } });
  await shop.all(
    `insert into barcode (code, item_id) select '4006381333931', id from item where sku = 'CAP-01'`,
  );
});
beforeEach(async () => {
  await shop.all(`update fulfilment_order set status = 'rejected' where status = 'waiting'`);
  tests += 1;
  order = `stuck-${tests}`;
  shop.ask = () => ready({ L1: 1 });
  shop.asked.length = 0;
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
});

const later = (minutes: number) =>
  shop.all(
    `update fulfilment_order set created_at = created_at - make_interval(mins => $1), send_after = send_after - make_interval(mins => $1),
       retry_at = retry_at - make_interval(mins => $1), stuck_since = stuck_since - make_interval(mins => $1),
       postponed_at = postponed_at - make_interval(mins => $1)`,
    [minutes],
  );
const pause = async (): Promise<number> => {
  const [row] = await shop.all<{ seconds: number }>(
    'select extract(epoch from retry_at - clock_timestamp())::float8 as seconds from fulfilment_order where order_document = $1 order by id desc limit 1',
    [order],
  );
  return Math.round((row?.seconds ?? 0) / 10) * 10;
};
const shown = async (): Promise<string[]> => {
  const { number } = await shop.row(order);
  return (await overdue(shop.rig.database.pool))
    .filter(({ example }) => example.startsWith(`${number}:`))
    .map(({ what, example }) => `${what}: ${example.slice(number.length + 2)}`);
};

describe('an order that cannot be sent', () => {
  it('takes no newer order’s turn, however many of them there are', { timeout: 60_000 }, async () => {
    shop.ask = (document) =>
      document === order ? ready({ L1: 1 }) : { outcome: 'wait', reason: 'payment is pending' };
    for (let held = 0; held < 50; held += 1)
      await shop.order(`${order}-held-${held}`, { L1: { 'CAP-01': 1 } });
    await shop.order(order, { L1: { 'CAP-01': 1 } });
    await shop.round();
    expect(shop.asked).toHaveLength(50);
    expect((await shop.row(order)).status).toBe('waiting');
    // A slow shop: when the round is over, those it began with may be asked again.
    await later(4);
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'sent' });
  });

  it('goes after those that are to be cancelled, which wait for nobody', async () => {
    await shop.order(order, { L1: { 'CAP-01': 1 } });
    await shop.round();
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    for (let held = 0; held < 50; held += 1)
      await shop.order(`${order}-held-${held}`, { L1: { 'CAP-01': 1 } });
    await shop.round();
    await later(4);
    await shop.order(order, {});
    await shop.round();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['cancelled']);
  });

  it('because the shop holds it: it is asked after pauses that double to an hour, and at once when there is news of it', async () => {
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await shop.order(order, { L1: { 'CAP-01': 1 } });
    const pauses = [];
    for (let round = 0; round < 7; round += 1) {
      await shop.round();
      pauses.push(await pause());
      await later(61);
    }
    expect(pauses).toEqual([120, 240, 480, 960, 1920, 3600, 3600]);
    await shop.round();
    shop.asked.length = 0;
    await shop.round();
    expect(shop.asked).toEqual([]);
    await shop.order(order, { L1: { 'CAP-01': 2 } });
    await shop.round();
    expect(shop.asked).toHaveLength(1);
    expect(await pause()).toBe(120);
  });

  it('because the shop holds it: it is shown after a day, and no more once it went', async () => {
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await shop.order(order, { L1: { 'CAP-01': 1 } });
    await shop.round();
    await later(23 * 60);
    expect(await shown()).toEqual([]);
    await later(61);
    expect(await shown()).toEqual(['orders that the shop does not let leave: payment is pending']);
    shop.ask = () => ready({ L1: 1 });
    await shop.round();
    expect((await shop.row(order)).status).toBe('sent');
    expect(await shown()).toEqual([]);
    expect(
      await shop.all('select attempts, stuck_since from fulfilment_order where order_document = $1', [order]),
    ).toEqual([{ attempts: 0, stuck_since: null }]);
  });

  it('because the partner has no name for an item: it is shown after an hour with the reason, and goes once it has one', async () => {
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    await shop.round();
    expect(await pause()).toBe(120);
    expect(await shown()).toEqual([]);
    await later(61);
    expect(await shown()).toEqual([
      'orders that cannot be sent: MUG-01 has no barcode that the partner knows it by',
    ]);
    await shop.all(
      `insert into barcode (code, item_id) select '4006381333948', id from item where sku = 'MUG-01'`,
    );
    await shop.round();
    expect((await shop.row(order)).status).toBe('sent');
    expect(await shown()).toEqual([]);
  });

  it('for a mistake of ours is tried at least every ten minutes', async () => {
    await shop.all(`delete from barcode where code = '4006381333948'`);
    await shop.order(order, { L1: { 'MUG-01': 1 } });
    const pauses = [];
    for (let round = 0; round < 5; round += 1) {
      await shop.round();
      pauses.push(await pause());
      await later(11);
    }
    expect(pauses).toEqual([120, 240, 480, 600, 600]);
  });

  it('a cancellation that cannot be made is shown as well', async () => {
    await shop.order(order, { L1: { 'CAP-01': 1 } });
    await shop.round();
    await shop.all(`update fulfilment_order set ship_to = 'sealed by nobody' where order_document = $1`, [
      order,
    ]);
    await shop.order(order, {});
    await shop.round();
    await later(61);
    expect(await shown()).toEqual([
      expect.stringMatching(/^orders that cannot be sent: .*sealed with another encryptionKey/),
    ]);
  });
});
