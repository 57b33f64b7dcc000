// Orders go out to the partner once, with their address sealed; the shop is asked before and told after, under one key.
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StockbridgeError } from '../../src/core/errors.ts';
import { eraseShipTo } from '../../src/core/fulfilment/orders.ts';
import { startFulfil } from '../../src/workers/fulfil.ts';
import { interchange } from '../e2e/warehouse.ts';
import { advice, openShop, ready, type Shop, STREET } from '../e2e/warehouse-shop.ts';
import { clock, pauseSince } from '../support/pause.ts';

let shop: Shop;
let tests = 0;
let order = '';

beforeAll(async () => {
  shop = await openShop();
});
beforeEach(async () => {
  tests += 1;
  order = `order-${tests}`;
  shop.ask = () => ready({ L1: 1, L2: 1 });
  shop.take = ({ key }) => ({ outcome: 'applied', id: key });
  shop.asked.length = 0;
  shop.told.length = 0;
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
});

const hurriedRound = async () => {
  await shop.hurry();
  await shop.round();
};
const rowsOf = <T extends object = object>(text: string, ...values: unknown[]) => shop.all<T>(text, values);

/** Everything in the database in which a text could stand: as it is, in hex, or compressed. */
async function tablesHolding(text: string): Promise<string[]> {
  const tables = await shop.all<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1`,
  );
  const found = new Set<string>();
  for (const { name } of tables) {
    for (const row of await shop.all<Record<string, unknown>>(`select * from ${name}`)) {
      for (const value of Object.values(row))
        if (texts(value).some((each) => each.includes(text))) found.add(name);
    }
  }
  return [...found];
}
function texts(value: unknown): string[] {
  if (Buffer.isBuffer(value)) {
    let plain: string[] = [];
    try {
      plain = [zstdDecompressSync(value).toString('latin1')];
    } catch {
      // sealed, or no compressed body
    }
    return [value.toString('latin1'), ...plain];
  }
  return value === null || value === undefined ? [] : [JSON.stringify(value)];
}

describe('an order goes out', () => {
  it('once, as one sealed file with its document, to be acknowledged and shipped in time', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await shop.round();
    await shop.round();
    const row = await shop.row(order);
    expect(row).toMatchObject({ status: 'sent', reason: null });
    const [file, ...more] = await shop.files(row.number);
    expect(more).toEqual([]);
    expect(file).toContain(`W05*N*${row.number}*`);
    expect(file).toContain(STREET);
    expect(file).toMatch(/W01\*2\*EA\*\*VN\*MUG-01/);
    expect(file).toMatch(/W01\*3\*EA\*\*VN\*TEE-RED-M/);
    expect(
      await rowsOf(
        `select d.type, d.number, d.acknowledgement::text as ack, f.is_sealed as sealed from partner_document d join partner_file f on f.id = d.file_id where d.chain = $1`,
        row.number,
      ),
    ).toEqual([{ type: '940', number: row.number, ack: 'awaited', sealed: true }]);
    expect(shop.asked).toEqual([[order, 'shop-NORTHWIND']]);
  });

  it('once, when two processes take their round at once', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await Promise.all([shop.round(), shop.round(), shop.round()]);
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['sent']);
    expect(await shop.files((await shop.row(order)).number)).toHaveLength(1);
  });

  it('when the shop is ready, and until then it is asked again later', async () => {
    shop.ask = () => ({ outcome: 'wait', reason: 'payment is pending' });
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'waiting', reason: 'payment is pending' });
    expect(shop.asked).toHaveLength(1);
    const [pause] = await shop.all<{ seconds: number }>(
      'select extract(epoch from retry_at - clock_timestamp())::float8 as seconds from fulfilment_order where order_document = $1',
      [order],
    );
    expect(pause?.seconds).toBeGreaterThan(60);
    shop.ask = () => ready({ L1: 2 });
    await hurriedRound();
    expect(await shop.row(order)).toMatchObject({ status: 'sent', reason: null });
  });

  it('not when the shop cannot say where to, and the reason is kept', async () => {
    shop.ask = () => {
      throw new StockbridgeError('vendor_unavailable', 'the shop sleeps');
    };
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'waiting', reason: 'the shop sleeps' });
    expect(await shop.files((await shop.row(order)).number)).toEqual([]);
    await shop.order(order, {});
    await shop.round();
  });

  it('not when the shop no longer wants it; nor is it made and asked for again until there is news of it', async () => {
    shop.ask = () => ({ outcome: 'gone', reason: '#1001 is cancelled' });
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    for (let turn = 0; turn < 4; turn += 1) await hurriedRound();
    expect(await shop.rows(order)).toMatchObject([{ status: 'cancelled', reason: '#1001 is cancelled' }]);
    expect(shop.asked).toHaveLength(1);
    expect(await shop.files((await shop.row(order)).number)).toEqual([]);
    shop.ask = () => ready({ L1: 2 });
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['cancelled', 'sent']);
  });

  it('without the lines that the shop holds back; they go by themselves when it lets them', async () => {
    shop.ask = () => ready({ L1: 2 });
    await shop.order(order, { L1: { 'MUG-01': 2 }, L2: { 'TEE-RED-M': 3 } });
    await hurriedRound();
    const first = await shop.row(order);
    expect(await shop.lines(first.number)).toEqual(['L1 MUG-01 0/2']);
    expect((await shop.files(first.number))[0]).not.toContain('TEE-RED-M');
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['sent', 'waiting']);
    expect((await shop.row(order)).reason).toContain('none of its lines');
    shop.ask = () => ready({ L1: 2, L2: 3 });
    await hurriedRound();
    const second = await shop.row(order);
    expect(second.status).toBe('sent');
    expect(await shop.lines(second.number)).toEqual(['L2 TEE-RED-M 0/3']);
    expect((await shop.files(second.number))[0]).not.toContain('MUG-01');
  });

  it('not half: when its file cannot be written, neither status, file nor control number remains', async () => {
    const { pool } = shop.rig.database;
    const counts = () =>
      rowsOf(`select (select count(*) from partner_file) as files, (select count(*) from partner_document) as documents,
        (select json_agg(c order by kind) from control_sequence c) as controls`);
    const before = await counts();
    await pool.query(
      `create function forbid_940() returns trigger language plpgsql as $$ begin raise exception 'no room for it'; end $$;
       create trigger forbid_940 before insert on partner_document for each row when (new.type = '940') execute function forbid_940()`,
    );
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    expect(await shop.row(order)).toMatchObject({ status: 'waiting', reason: 'no room for it' });
    expect(await counts()).toEqual(before);
    expect(await rowsOf('select ship_to from fulfilment_order where order_document = $1', order)).toEqual([
      { ship_to: null },
    ]);
    await pool.query('drop trigger forbid_940 on partner_document');
    await hurriedRound();
    expect((await shop.row(order)).status).toBe('sent');
  });
});

describe('an order is cancelled at the shop', () => {
  it('after it was sent: the partner gets one cancellation, and its answer of nothing shipped leaves it cancelled', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    await shop.order(order, {});
    await shop.round();
    await shop.round();
    const { number, status } = await shop.row(order);
    expect(status).toBe('cancelled');
    const files = await shop.files(number);
    expect(files).toHaveLength(2);
    expect(files[1]).toMatch(new RegExp(`W05\\*[A-Z]\\*${number}\\*`));
    expect(files[1]).not.toContain(`W05*N*${number}*`);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 0, status: 'CU' }]);
    await shop.round();
    expect((await shop.row(order)).status).toBe('cancelled');
    expect(shop.told).toEqual([]);
  });

  it('too late: what left all the same is shipped, and the shop is told', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    const { number } = await shop.row(order);
    await shop.order(order, {});
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]);
    await shop.round();
    expect((await shop.row(order)).status).toBe('shipped');
    expect(shop.told).toHaveLength(1);
  });

  it('or its shipment is only being booked: that is no cancellation', async () => {
    await shop.order(order, { L1: { 'CAP-01': 2 } });
    await shop.round();
    const { number } = await shop.row(order);
    // An item nobody knows holds the whole document in quarantine, after its file was taken.
    await shop.ship(number, [
      { sku: 'CAP-01', ordered: 2, shipped: 2 },
      { sku: 'RIBBON', ordered: 1, shipped: 1 },
    ]);
    await shop.order(order, {});
    await shop.round();
    expect((await shop.row(order)).status).toBe('sent');
    expect(await shop.files(number)).toHaveLength(1);
  });
});

describe('the ship-to', () => {
  it('stands nowhere in the database in plain text, and not at all after its retention', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.order(`${order}-b`, { L1: { 'MUG-01': 2 } });
    await shop.round();
    const { number } = await shop.row(order);
    await shop.order(`${order}-b`, {});
    await shop.round();
    const cancelled = (await shop.row(`${order}-b`)).number;
    const echo = advice(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2 }]).replace(
      'W27*M',
      `N1*ST*Robin Tester~\nN3*${STREET}~\nN4*Springfield*IL*62704*US~\nW27*M`,
    );
    const counted = echo.replace(/SE\*(\d+)\*/, (_all, count: string) => `SE*${Number(count) + 3}*`);
    const answer = await shop.rig.receive('945_with_address.txt', counted);
    expect(answer).toMatchObject({ reading: { documents: [{ usable: true }] } });
    await shop.rig.settle();
    await shop.round();
    expect((await shop.row(order)).status).toBe('shipped');
    expect((await shop.files(number))[0]).toContain(STREET);
    expect((await shop.files(cancelled))[1]).toContain(STREET);
    expect(await tablesHolding('Larkspur')).toEqual([]);
    expect(await tablesHolding('robin@example')).toEqual([]);
    // Not blind: it finds what is there.
    expect(await tablesHolding(number)).toEqual(
      expect.arrayContaining(['public.fulfilment_order', 'public.inbox_event', 'public.partner_document']),
    );

    const left = () =>
      rowsOf(
        `select f.number, f.ship_to is null as erased, f.ship_to_erased_at is not null as noted,
           (select bool_and(p.body is null) from partner_document d join partner_file p on p.id = d.file_id
            where d.chain = f.number and d.is_outbound) as files
         from fulfilment_order f where f.number in ($1, $2) order by f.id`,
        number,
        cancelled,
      );
    await eraseShipTo(shop.hub.database, shop.rig.live.id, 30);
    expect(await left()).toMatchObject([
      { erased: false, files: false },
      { erased: false, files: false },
    ]);
    await shop.rig.database.pool.query(
      `update fulfilment_order set shipped_at = shipped_at - interval '31 days', sent_at = sent_at - interval '31 days' where number in ($1, $2)`,
      [number, cancelled],
    );
    await eraseShipTo(shop.hub.database, shop.rig.live.id, 30);
    expect(await left()).toEqual([
      { number, erased: true, noted: true, files: true },
      { number: cancelled, erased: true, noted: true, files: true },
    ]);
  });
});

describe('what was kept long enough', () => {
  it('is erased when the hub starts: the content of what the partner sent, after its own retention', async () => {
    await shop.rig.receive('846-old.txt', interchange('IB', '846', ['BIA*00*SI*IN-OLD*20261101', 'CTT*0']));
    const kept = () => rowsOf(`select body is not null as kept from partner_file where name = '846-old.txt'`);
    const olderBy = (days: number) =>
      rowsOf(
        `update partner_file set created_at = now() - make_interval(days => ${days}) where name = '846-old.txt'`,
      );
    const start = async () => {
      const running = startFulfil(shop.hub, { tickMs: 3_600_000 });
      await running.stop();
    };
    await olderBy(179);
    await start();
    expect(await kept()).toEqual([{ kept: true }]);
    await olderBy(181);
    await start();
    expect(await kept()).toEqual([{ kept: false }]);
  });
});

describe('the shop is told', () => {
  const shipped = async (quantity = 2) => {
    shop.ask = () => ready({ L1: quantity });
    await shop.order(order, { L1: { 'MUG-01': quantity } });
    await shop.round();
    const { number } = await shop.row(order);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: quantity, shipped: quantity }], { tracking: '1Z999' });
    return number;
  };
  const report = async (number: string) =>
    (
      await rowsOf<{ key: string }>(
        `select r.key, r.outcome, r.failure, r.attempts, r.settled_at is not null as settled
         from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id where f.number = $1`,
        number,
      )
    )[0];

  it('once of what left, in its own words, with the tracking number', async () => {
    const number = await shipped();
    await shop.round();
    await hurriedRound();
    expect(shop.told).toMatchObject([
      {
        order,
        lines: [{ line: 'L1', quantity: '2' }],
        tracking: [{ number: '1Z999', carrier: 'UPSN' }],
        notifyCustomer: true,
      },
    ]);
    expect(await report(number)).toMatchObject({ outcome: 'applied', attempts: 1, settled: true });
  });

  it('I8: again and again under one key with one content, until the outcome is known', async () => {
    const number = await shipped();
    const { pool } = shop.rig.database;
    const until = `select r.retry_at from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id
      where f.number = $1`;
    shop.take = () => new StockbridgeError('outcome_unknown', 'the line broke');
    let before = await clock(pool);
    await shop.round();
    const first = await report(number);
    expect(first).toMatchObject({ outcome: null, failure: 'the line broke', attempts: 1, settled: false });
    expect(await pauseSince(pool, 10, { before, until, values: [number] })).toBe(10);
    await shop.round();
    expect(shop.told).toHaveLength(1);
    shop.take = () => ({ outcome: 'retry', reason: 'not now' });
    before = await clock(pool);
    await hurriedRound();
    expect(await report(number)).toMatchObject({ failure: 'not now', attempts: 2, settled: false });
    expect(await pauseSince(pool, 20, { before, until, values: [number] })).toBe(20);
    shop.take = () => ({ outcome: 'already', id: 'known' });
    await hurriedRound();
    await hurriedRound();
    expect(await report(number)).toMatchObject({
      key: first?.key,
      outcome: 'already',
      attempts: 3,
      settled: true,
    });
    expect(shop.told).toHaveLength(3);
    expect(new Set(shop.told.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(shop.told[0]?.key).toBe(first?.key);
  });

  it('and when it refuses, a person sees it and nobody tries again', async () => {
    const number = await shipped();
    shop.take = () => ({ outcome: 'rejected', reason: 'the order is archived' });
    await shop.round();
    await hurriedRound();
    expect(shop.told).toHaveLength(1);
    expect(await report(number)).toMatchObject({ outcome: 'rejected', failure: 'the order is archived' });
    const { overdue } = await import('../../src/core/fulfilment/overdue.ts');
    expect(await overdue(shop.rig.database.pool)).toContainEqual({
      connection: 'shop',
      what: 'shipments the channel did not take',
      count: 1,
      example: `${number}: the order is archived`,
    });
  });

  it('nothing while it is parked', async () => {
    const number = await shipped();
    const park = (at: string) =>
      shop.rig.database.pool.query(
        `update connection set parked_at = ${at}, parked_code = 'x', parked_reason = 'a person must act' where id = $1`,
        [shop.channelId],
      );
    const forgotten = () => new Promise((resolve) => setTimeout(resolve, 600));
    await park('now()');
    await forgotten();
    await shop.round();
    expect(shop.told).toEqual([]);
    expect(await report(number)).toMatchObject({
      settled: false,
      failure: expect.stringContaining('parked'),
    });
    await shop.rig.database.pool.query(
      'update connection set parked_at = null, parked_code = null, parked_reason = null where id = $1',
      [shop.channelId],
    );
    await forgotten();
    await hurriedRound();
    expect(await report(number)).toMatchObject({ settled: true, outcome: 'applied' });
  });

  it('of its own line in its own units, of a kit when all of its components have left', async () => {
    // Two kits of a mug and two caps each; the channel counts kits.
    shop.ask = () => ready({ KIT: 2 });
    await shop.order(order, { KIT: { 'MUG-01': 2, 'CAP-01': 4 } });
    await hurriedRound();
    const { number } = await shop.row(order);
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 2, shipped: 2, status: 'PR' }]);
    await hurriedRound();
    expect(shop.told).toEqual([]);
    await shop.ship(number, [{ sku: 'CAP-01', ordered: 4, shipped: 2, status: 'PR' }]);
    await hurriedRound();
    await shop.ship(number, [{ sku: 'CAP-01', ordered: 4, shipped: 2 }]);
    await hurriedRound();
    expect(shop.told.map((each) => each.lines)).toEqual([
      [{ line: 'KIT', quantity: '1' }],
      [{ line: 'KIT', quantity: '1' }],
    ]);
    expect((await shop.row(order)).status).toBe('shipped');
  });

  it('of whole units, though their halves leave one after the other, and never of more than it ordered', async () => {
    // One case of twelve; the channel counts cases.
    shop.ask = () => ready({ L1: 1 });
    await shop.order(order, { L1: { 'MUG-01': 12 } });
    await hurriedRound();
    const { number } = await shop.row(order);
    for (const [shippedNow, status] of [
      [6, 'PR'],
      [6, 'CC'],
      [12, 'CM'],
    ] as const) {
      await shop.ship(number, [{ sku: 'MUG-01', ordered: 12, shipped: shippedNow, status }]);
      await hurriedRound();
    }
    expect(shop.told.map((each) => each.lines)).toEqual([[{ line: 'L1', quantity: '1' }]]);
    expect(
      await rowsOf(
        `select distinct outcome from fulfilment_report r join fulfilment_order f on f.id = r.fulfilment_order_id where f.number = $1 order by 1`,
        number,
      ),
    ).toEqual([{ outcome: 'applied' }, { outcome: 'nothing' }]);
  });
});

describe('refusals of the partner', () => {
  it('a 997 that refuses the order rejects it with the partner’s words, and its stock stays reserved', async () => {
    await shop.order(order, { L1: { 'MUG-01': 2 } });
    await shop.round();
    const { number } = await shop.row(order);
    const group = (await shop.files(number))[0]?.match(/GS\*OW\*(?:[^*]*\*){4}(\d+)/)?.[1] ?? '';
    expect(group).not.toBe('');
    const refusal = [
      `AK1*OW*${group}`,
      'AK2*940*0001',
      'AK3*W01*7**8',
      'AK4*2*355*7*XX',
      'AK5*R*5',
      'AK9*R*1*1*0',
    ];
    await shop.rig.receive('997.txt', interchange('FA', '997', refusal));
    expect(await shop.row(order)).toMatchObject({
      status: 'rejected',
      reason: expect.stringContaining('W01'),
    });
    await hurriedRound();
    expect((await shop.rows(order)).map((row) => row.status)).toEqual(['rejected']);
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
  });
});
