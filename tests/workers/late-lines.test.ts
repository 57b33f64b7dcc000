// A channel gives a line a new id when an order is edited, split or merged. The same goods under another line are asked for again
// only once it is known that the partner does not ship what it was asked for before.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { overdue } from '../../src/core/fulfilment/overdue.ts';
import { settleRest } from '../../src/core/fulfilment/rest.ts';
import { interchange, PROFILE } from '../e2e/warehouse.ts';
import { csv, openShop, ready, type Shop, type Wanted } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let tests = 0;
let order = '';
let first = '';

function eachTest(): void {
  tests += 1;
  order = `lines-${tests}`;
  shop.take = ({ key }) => ({ outcome: 'applied', id: key });
  shop.told.length = 0;
}
async function want(wanted: Wanted): Promise<void> {
  shop.ask = (asked) =>
    asked === order
      ? ready(
          Object.fromEntries(
            Object.entries(wanted).map(([line, skus]) => [line, Object.values(skus)[0] ?? 0]),
          ),
        )
      : { outcome: 'wait', reason: 'another test' };
  await shop.order(order, wanted);
}
async function sent(wanted: Wanted): Promise<void> {
  await want(wanted);
  await shop.round();
  const row = await shop.row(order);
  expect(row.status).toBe('sent');
  first = row.number;
}
const rounds = async (count = 2) => {
  for (let round = 0; round < count; round += 1) {
    await shop.hurry();
    await shop.round();
  }
};
/** What the partner was sent of this order, in the order it was: `FO-1 N 5`. */
const asked = async (): Promise<string[]> => {
  const found: [number, string][] = [];
  for (const { number } of await shop.rows(order)) {
    const ids = await shop.all<{ id: string }>(
      'select distinct file_id as id from partner_document where chain = $1 and is_outbound order by 1',
      [number],
    );
    for (const [at, text] of (await shop.files(number)).entries()) {
      const quantity = /W01\*(\d+)\*EA\*\*VN\*MUG-01/.exec(text)?.[1] ?? '0';
      const purpose = /W05\*(\w)\*/.exec(text)?.[1] ?? text.split('\n')[1]?.split(',')[0] ?? '';
      found.push([Number(ids[at]?.id), `${number} ${purpose} ${quantity}`]);
    }
  }
  return found.toSorted(([a], [b]) => a - b).map(([, text]) => text.replace(first, 'FIRST'));
};
async function answer(n: number, verdict: 'A' | 'R', about = first): Promise<void> {
  const group = (await shop.files(about))[n - 1]?.match(/GS\*OW\*(?:[^*]*\*){4}(\d+)/)?.[1] ?? '';
  const [body, closing] =
    verdict === 'A'
      ? [['AK5*A'], 'AK9*A*1*1*1']
      : [['AK3*W05*2**8', 'AK4*1*473*7*R', 'AK5*R*5'], 'AK9*R*1*1*0'];
  await shop.rig.receive(
    `997-${about}-${n}.txt`,
    interchange('FA', '997', [`AK1*OW*${group}`, 'AK2*940*0001', ...body, closing]),
  );
}
const shipped = (number: string, quantity: number) =>
  shop.ship(number, [{ sku: 'MUG-01', ordered: quantity, shipped: quantity }]);
const say = (rest: 'later' | 'cancelled' | 'never', number = first) =>
  settleRest(shop.hub.database, {
    ...{ connection: 'northwind', connectionId: shop.rig.live.id, number, rest, note: 'by telephone' },
    ...{ by: 'Ada', shipHours: 24 },
  });
/** What a person is shown once the newest order waits for longer than an hour. */
async function shown(): Promise<string[]> {
  const { number } = await shop.row(order);
  await shop.all(
    `update fulfilment_order set send_after = clock_timestamp() - interval '61 minutes' where number = $1`,
    [number],
  );
  return (await overdue(shop.rig.database.pool))
    .filter(({ example }) => example.startsWith(`${number}:`))
    .map(({ what, example }) => `${what}: ${example}`);
}
const held = 'orders held back by another order';

function open(profile: object): void {
  beforeAll(async () => {
    shop = await openShop(profile);
  });
  beforeEach(eachTest);
  afterAll(async () => {
    await shop.rig.expectSound();
    await shop.close();
  });
}

describe('I8: a line of an order that was sent gets a new id', () => {
  open(PROFILE);

  it('the old order is cancelled, and what is wanted goes only once the partner took that', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    await shop.round();
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
    await answer(2, 'A');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5', 'FIRST-2 N 5']);
    await shipped(`${first}-2`, 5);
    await rounds();
    expect(await shop.reserved(order)).toEqual([]);
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L9', quantity: '5' }]]);
  });

  it('the partner never answers: it goes once a person says that the old order is cancelled there', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    await rounds();
    await say('cancelled');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5', 'FIRST-2 N 5']);
  });

  it('the partner refuses the cancellation and ships: nothing is asked for a second time, and a person is told why', async () => {
    shop.take = () => ({ outcome: 'rejected', reason: 'the line was removed' });
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    await shop.round();
    await answer(2, 'R');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
    await shipped(first, 5);
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
    expect(await shown()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${held}: FO-\\d+: ${first} .*stockbridge partner resolve northwind ${first} --rest cancelled`,
        ),
      ),
    ]);
    // The shipment was entered in the shop by hand: nothing is wanted any more, and nothing waits.
    await want({});
    await rounds();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['shipped', 'cancelled']);
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
  });

  it('the partner takes the cancellation, and ships before what is wanted has gone: it is not asked for', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    await shop.round();
    await shipped(first, 5);
    await answer(2, 'A');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
    // The goods were called back.
    await say('never');
    await rounds();
    expect((await asked()).slice(2)).toEqual([expect.stringMatching(/^FO-\d+ N 5$/)]);
    expect((await shop.rows(order))[0]?.status).toBe('shipped');
  });

  it('an order that waited already is held back too, when the line is added to it', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await shop.order(order, { L1: { 'MUG-01': 5 }, L3: { 'CAP-01': 1 } });
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await rounds();
    await want({ L3: { 'CAP-01': 1 }, L9: { 'MUG-01': 5 } });
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
    await answer(2, 'A');
    await rounds();
    expect((await asked()).slice(2)).toEqual([expect.stringMatching(/^FO-\d+ N 5$/)]);
  });

  it('an order that waited already is held back while the cancellation cannot be made', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await shop.order(order, { L1: { 'MUG-01': 5 }, L3: { 'CAP-01': 1 } });
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await rounds();
    await shop.all(`update fulfilment_order set ship_to = 'sealed by nobody' where number = $1`, [first]);
    await want({ L3: { 'CAP-01': 1 }, L9: { 'MUG-01': 5 } });
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5']);
  });

  it('an order that waited already is held back while a shipment of the old one is being booked', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await shop.order(order, { L1: { 'MUG-01': 5 }, L3: { 'CAP-01': 1 } });
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await rounds();
    await want({ L3: { 'CAP-01': 1 }, L9: { 'MUG-01': 5 } });
    await shop.round();
    await shop.ship(first, [
      { sku: 'MUG-01', ordered: 5, shipped: 5 },
      { sku: 'RIBBON', ordered: 1, shipped: 1 },
    ]);
    await answer(2, 'A');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST F 5']);
  });

  it('while the shop is asked where the new order goes: it does not leave', async () => {
    await sent({ L1: { 'MUG-01': 2 } });
    await want({ L1: { 'MUG-01': 2 }, L9: { 'MUG-01': 3 } });
    shop.ask = async () => {
      await shop.order(order, { L9: { 'MUG-01': 3 } });
      return ready({ L9: 3 });
    };
    await shop.round();
    expect(await asked()).toEqual(['FIRST N 2']);
  });

  it('one of several lines: the order is replaced without it, and it goes once the partner took that', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L9: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await shop.round();
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST R 0']);
    await answer(2, 'A');
    await rounds();
    expect((await asked()).slice(2)).toEqual([expect.stringMatching(/^FO-\d+ N 5$/)]);
  });

  it('one of several lines, and the partner refuses: it is held back until a person has settled it', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await want({ L9: { 'MUG-01': 5 }, L2: { 'TEE-RED-M': 1 } });
    await shop.round();
    await answer(2, 'R');
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST R 0']);
    expect(await shown()).toEqual([expect.stringContaining(held)]);
    await expect(say('later')).rejects.toThrow('no part of it is to come later');
    await say('cancelled');
    await rounds();
    // All that is wanted goes anew, as if the partner had answered.
    expect((await asked()).slice(2).join()).toMatch(/^FO-\d+ N 5$|^FO-\d+ N 5,FO-\d+ N 0$/);
    expect((await shop.rows(order))[0]?.status).toBe('cancelled');
  });

  it('a part of the quantity moves to another line: five are never asked for as five and two', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 3 }, L9: { 'MUG-01': 2 } });
    await shop.round();
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST R 3']);
    await shipped(first, 5);
    await rounds();
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L1', quantity: '3' }]]);
    // The shop counts the three that it was told of; of the two beyond them it knows nothing.
    await want({ L9: { 'MUG-01': 2 } });
    await rounds();
    expect(await asked()).toEqual(['FIRST N 5', 'FIRST R 3']);
    expect(await shown()).toEqual([expect.stringContaining(held)]);
  });

  it('a line that is really new goes at once, before and after the first has shipped', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L1: { 'MUG-01': 5 }, L2: { 'MUG-01': 1 } });
    await shop.round();
    expect((await asked()).slice(1)).toEqual([expect.stringMatching(/^FO-\d+ N 1$/)]);
    await shipped(first, 5);
    await rounds();
    await want({ L2: { 'MUG-01': 1 }, L3: { 'MUG-01': 4 } });
    await rounds();
    expect((await asked()).slice(2)).toEqual([expect.stringMatching(/^FO-\d+ N 4$/)]);
  });
});

describe('I8: a line gets a new id, and the partner cannot be told that an order is cancelled', () => {
  open(csv({}));

  it('what is wanted is held back until a person says that the old order is cancelled there', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    shop.asked.length = 0;
    await shop.round();
    await rounds();
    // What may not go is not asked about either: it would take another order's turn.
    expect(shop.asked).toEqual([]);
    expect(await asked()).toHaveLength(1);
    expect(await shown()).toEqual([expect.stringContaining(held)]);
    await say('cancelled');
    await rounds();
    expect(await asked()).toHaveLength(2);
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['cancelled', 'sent']);
  });

  it('a cancelled order is shown, and no more once a person says that it is cancelled there', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({});
    await rounds();
    const changed = async () =>
      (await overdue(shop.rig.database.pool)).filter(({ example }) => example.startsWith(`${first}:`));
    expect(await changed()).toMatchObject([{ what: 'orders changed after they were sent' }]);
    await say('cancelled');
    expect(await changed()).toEqual([]);
  });
});

describe('I8: a line gets a new id, and the partner answers no cancellation', () => {
  open(csv({ purpose: 'ACTION' }));

  it('it is told of it, and what is wanted is held back until a person says that it is cancelled there', async () => {
    await sent({ L1: { 'MUG-01': 5 } });
    await want({ L9: { 'MUG-01': 5 } });
    await shop.round();
    await rounds();
    expect((await shop.files(first)).map((text) => /original|cancel/.exec(text)?.[0])).toEqual([
      'original',
      'cancel',
    ]);
    expect(await asked()).toHaveLength(2);
    expect(await shown()).toEqual([expect.stringContaining(held)]);
    await say('cancelled');
    await rounds();
    expect(await asked()).toHaveLength(3);
  });

  it('one of several lines: it is held back too, for who ships by the order as it was would ship both', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await want({ L9: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await rounds(3);
    expect((await shop.files(first)).map((text) => /original|replace/.exec(text)?.[0])).toEqual([
      'original',
      'replace',
    ]);
    expect(await asked()).toHaveLength(2);
    expect(await shown()).toEqual([
      expect.stringMatching(
        new RegExp(`^${held}: .*${first} --rest cancelled .*took the change: .*--rest later$`),
      ),
    ]);
  });

  it('one of several lines, and a person says that the warehouse ships nothing of the old order: all goes anew', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await want({ L9: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await rounds();
    await say('cancelled');
    await rounds();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['cancelled', 'sent']);
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L2 CAP-01 0/1', 'L9 MUG-01 0/5']);
  });

  it('one of several lines, and a person says that the warehouse took the change: what is wanted goes beside it', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await want({ L9: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await rounds();
    await say('later');
    await rounds();
    expect((await shop.rows(order)).map(({ status }) => status)).toEqual(['sent', 'sent']);
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L9 MUG-01 0/5']);
    // It is said once: there is nothing more to settle.
    await expect(say('later')).rejects.toThrow('only of an order');
  });

  it('a line that was left as it was holds back no new line of the same goods', async () => {
    await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 3 } });
    await want({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 } });
    await rounds();
    await want({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 1 }, L3: { 'MUG-01': 2 } });
    await rounds();
    expect(await asked()).toHaveLength(3);
  });
});
