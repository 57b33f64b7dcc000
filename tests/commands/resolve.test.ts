// `resolve` settles conflicts and nothing else, unless it is told to ignore what it is given: what was booked stands, and a
// document without effect has none on its order.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { attentionOf } from '../../src/commands/status.ts';
import { replay } from '../../src/core/inbox/replay.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { movementSchema, postingSchema } from '../../src/core/ledger/movement.ts';
import { type Told, typed } from '../e2e/accountant.ts';
import { interchange } from '../e2e/warehouse.ts';
import { AT, openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

let shop: Shop;
let folder = '';
let tests = 0;
let receipt = '';

beforeAll(async () => {
  shop = await openShop();
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-resolve-'));
  await writeFile(
    join(folder, 'stockbridge.yaml'),
    stringify({ database: { url: shop.rig.database.url }, log: { level: 'error' } }),
  );
});
beforeEach(async () => {
  await shop.all(
    `update inbox_event set status = 'ignored', reason = 'another test' where status = 'quarantined'`,
  );
  tests += 1;
  receipt = `RC-${tests}`;
});
afterAll(async () => {
  await shop.rig.expectSound();
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

const resolve = (...words: string[]): Promise<Told> =>
  typed(['-c', join(folder, 'stockbridge.yaml'), 'resolve', '--by', 'Ada', ...words]);
const quarantined = async () =>
  (await attentionOf(shop.rig.database.pool)).filter(({ what }) => what.startsWith('quarantined'));

/** A receipt of these lines, its total right. */
async function received(...lines: readonly (readonly [sku: string, quantity: number])[]): Promise<void> {
  await shop.rig.receive(
    `944-${tests}-${Math.random()}.txt`,
    interchange('RE', '944', [
      `W17*F*20261120*${receipt}*TR-1`,
      'N1*WH*Northwind*92*WH01',
      ...lines.map(([sku, quantity]) => `W07*${quantity}*EA**SK*${sku}`),
      `W14*${lines.reduce((sum, [, quantity]) => sum + quantity, 0)}`,
    ]),
  );
  await shop.rig.settle();
}
const newest = async () => {
  const [row] = await shop.all<{ id: string; status: string; code: string | null; reason: string }>(
    'select id, status::text as status, code, reason from inbox_event order by id desc limit 1',
  );
  if (!row) throw new Error('nothing came');
  return row;
};

describe('a conflict', () => {
  it('I1, I4: is settled with who said so and why, leaves `status`, and is neither booked nor replayed', async () => {
    await received(['MUG-01', 5]);
    await received(['MUG-01', 7]);
    const { id, code } = await newest();
    expect(code).toBe('key_conflict');
    expect(await quarantined()).toHaveLength(1);
    const before = await shop.rig.ledgerPrint();
    expect(await resolve(id, '--note', 'five came')).toEqual({
      code: 0,
      text: `Event ${id} is settled as ignored: what was booked first stands.\n`,
    });
    expect(await newest()).toMatchObject({
      ...{ status: 'ignored', code: 'key_conflict' },
      reason: expect.stringMatching(/with other content.*; settled: five came \(Ada\)$/),
    });
    expect(
      await shop.all('select resolved_note as note from ledger_conflict where inbox_event_id = $1', [id]),
    ).toEqual([{ note: 'five came (Ada)' }]);
    expect(await quarantined()).toEqual([]);
    expect(await replay(shop.rig.database.pool, {})).toEqual([]);
    expect(await shop.rig.ledgerPrint()).toBe(before);
    expect(await resolve(id, '--note', 'again')).toEqual({
      code: 1,
      text: `Event ${id} is closed already, as ignored.\n`,
    });
    expect((await newest()).reason).not.toContain('again');
  });

  const bookedOf = async (id: string) =>
    (
      await shop.all<{ n: number }>('select count(*)::int as n from movement where inbox_event_id = $1', [id])
    )[0]?.n;

  it('of a document is of the whole of it: no other line is booked, and it is settled as ignored', async () => {
    await received(['MUG-01', 5]);
    await received(['MUG-01', 7], ['CAP-01', 1]);
    const { id, code } = await newest();
    expect(code).toBe('key_conflict');
    await resolve(id, '--note', 'five came');
    expect([await bookedOf(id), (await newest()).status]).toEqual([0, 'ignored']);
  });

  it('of an order, of which other shipments were booked, is settled as applied', async () => {
    await received(['MUG-01', 5]);
    await received(['MUG-01', 7]);
    const { id } = await newest();
    const [first] = await shop.all<{ key: string; item: number; at: string; from: number; to: number }>(
      `select key, item_id as item, from_location_id as from, to_location_id as to,
         to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from movement order by recorded_at desc, position desc limit 1`,
    );
    if (!first) throw new Error('nothing was booked');
    const movement = (key: string, quantity: string) =>
      movementSchema.parse({
        ...{ key, type: 'receipt', occurredAt: first.at, document: 'an order' },
        lines: [
          {
            ...{ itemId: first.item, quantity },
            from: { locationId: first.from, state: 'sellable' },
            to: { locationId: first.to, state: 'sellable' },
          },
        ],
      });
    const movements = [movement(first.key, '7'), movement(randomUUID(), '1')];
    await shop.rig.running.hub.ledger.post([
      postingSchema.parse({ connectionId: shop.rig.live.id, inboxEventId: id, movements }),
    ]);
    expect(await newest()).toMatchObject({ status: 'quarantined', code: 'key_conflict' });
    await resolve(id, '--note', 'five came');
    expect([await bookedOf(id), (await newest()).status]).toEqual([1, 'applied']);
  });

  it('that is short of stock besides is settled only when that is: else it would never be booked', async () => {
    await received(['MUG-01', 5]);
    await received(['MUG-01', 7]);
    const { id } = await newest();
    await shop.all('update inbox_event set waits_for = array[1] where id = $1', [id]);
    expect(await resolve(id, '--note', 'five came')).toEqual({
      code: 1,
      text: `Event ${id} is short of stock besides: \`stockbridge replay ${id}\` when the stock is there, then settle it, or, if nothing more of it is to be booked, \`stockbridge resolve ${id} --ignore\`.\n`,
    });
    expect((await newest()).status).toBe('quarantined');
  });

  it('about a shipment leaves its order as it was, and holds up no change of it any more', async () => {
    const order = `order-${tests}`;
    shop.ask = () => ready({ L1: 5 });
    await shop.order(order, { L1: { 'MUG-01': 5 } });
    await shop.round();
    const { number } = await shop.row(order);
    const waiting = () =>
      shop.all(
        'select from partner_document where chain = $1 and progress is not null and progressed_at is null',
        [number],
      );
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 3, status: 'PR' }], {
      number: `SHP-${tests}`,
    });
    await shop.round();
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 4 }], { number: `SHP-${tests}` });
    await shop.round();
    expect(await waiting()).toHaveLength(1);
    const { id, code } = await newest();
    expect(code).toBe('key_conflict');
    await resolve(id, '--note', 'three left');
    await shop.round();
    expect(await waiting()).toEqual([]);
    expect(await shop.row(order)).toMatchObject({ status: 'sent' });
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 3/5']);
  });
});

describe('--ignore', () => {
  const replayed = (...words: string[]): Promise<Told> =>
    typed(['-c', join(folder, 'stockbridge.yaml'), 'replay', ...words]);
  const sent = async (lines: Parameters<Shop['order']>[1]): Promise<{ order: string; number: string }> => {
    const order = `order-${tests}`;
    shop.ask = () => ready({ L1: 5, L2: 5 });
    await shop.order(order, lines);
    await shop.round();
    return { order, number: (await shop.row(order)).number };
  };

  it('closes a conflict too, and one that is short of stock besides; the first stands', async () => {
    await received(['MUG-01', 5]);
    await received(['MUG-01', 7]);
    const { id } = await newest();
    await shop.all('update inbox_event set waits_for = array[1] where id = $1', [id]);
    const before = await shop.rig.ledgerPrint();
    expect(await resolve(id, '--ignore', '--note', 'five came')).toEqual({
      code: 0,
      text: `Event ${id} is closed: nothing of it is booked.\n`,
    });
    expect(
      await shop.all('select resolved_note as note from ledger_conflict where inbox_event_id = $1', [id]),
    ).toEqual([{ note: 'five came (Ada)' }]);
    expect(await shop.rig.ledgerPrint()).toBe(before);
  });

  it('a shipment that is closed leaves its order open; opened again, it is waited for as before', async () => {
    const { order, number } = await sent({ L1: { 'MUG-01': 5 } });
    await shop.ship(number, [{ sku: 'MUG-01', ordered: 5, shipped: 250_000 }], { number: `SHP-${tests}` });
    const { id, code } = await newest();
    expect(code).toBe('held_by_guard');
    await resolve(id, '--ignore', '--note', 'five left, a right one comes');
    await shop.round();
    expect([(await shop.row(order)).status, await shop.lines(number), await shop.reserved(order)]).toEqual([
      'sent',
      ['L1 MUG-01 0/5'],
      ['L1 MUG-01 5'],
    ]);
    expect((await replayed(id)).text).toContain('is open again');
    await shop.rig.settle();
    expect((await newest()).code).toBe('held_by_guard');
    expect(
      await shop.all(
        'select from partner_document where inbox_event_id = $1 and progress is not null and progressed_at is null',
        [id],
      ),
      'it waits for its stock as before it was closed',
    ).toHaveLength(1);
    await resolve(id, '--ignore', '--note', 'five left, a right one comes');
  });

  it('an order of which a part is known goes to the warehouse with that, once its event is closed', async () => {
    const order = `order-${tests}`;
    const [event] = await storeEvents(shop.rig.database.pool, [
      {
        ...{ connectionId: shop.channelId, dedupeKey: order, topic: 'order', source: 'webhook' as const },
        body: Buffer.from('{}'),
      },
    ]);
    const id = event?.id ?? '';
    const [item] = await shop.all<{ id: number }>(`select id from item where sku = 'MUG-01'`);
    const [place] = await shop.all<{ id: number }>(`select id from location where code = 'NORTHWIND'`);
    const line = { line: 'L1', itemId: item?.id, locationId: place?.id, quantity: '2' };
    await shop.hub.ledger.post([
      postingSchema.parse({
        ...{ connectionId: shop.channelId, inboxEventId: id },
        held: { code: 'item_unknown', reason: 'a gift card is bound to no item', waitsFor: [] },
        reservations: [{ order, version: '1', reservedAt: AT, lines: [line] }],
      }),
    ]);
    shop.ask = () => ready({ L1: 2, L2: 1 });
    await shop.round();
    expect(await shop.rows(order)).toEqual([]);
    expect((await resolve(id, '--ignore', '--note', 'a gift card')).text).toBe(
      `Event ${id} is closed: nothing more of it is booked. This stays:\n  reservation of 2 MUG-01 at NORTHWIND by ${order}\n`,
    );
    await shop.round();
    expect(await shop.reserved(order)).toEqual(['L1 MUG-01 2']);
    expect(await shop.lines((await shop.row(order)).number)).toEqual(['L1 MUG-01 0/2']);
  });

  it('a shipment of which a part is booked counts for its order by that, and is opened no more', async () => {
    const { number } = await sent({ L1: { 'MUG-01': 5 }, L2: { 'CAP-01': 5 } });
    await shop.ship(number, [
      { sku: 'MUG-01', ordered: 5, shipped: 5 },
      { sku: 'CAP-01', ordered: 5, shipped: 5_000 },
    ]);
    const { id, code } = await newest();
    expect(code).toBe('stock_short');
    const document = (
      await shop.all<{ d: string }>('select distinct document as d from movement where inbox_event_id = $1', [
        id,
      ])
    )[0]?.d;
    expect((await resolve(id, '--ignore', '--note', 'no caps left')).text).toBe(
      `Event ${id} is closed: nothing more of it is booked. This stays:\n  shipment of 5 MUG-01 from NORTHWIND to @customer by ${document}\n`,
    );
    await shop.round();
    expect(await shop.lines(number)).toEqual(['L1 MUG-01 5/5', 'L2 CAP-01 0/5']);
    expect((await replayed(id)).text).toBe(
      `0 events are pending again.\nEvent ${id} is closed, and the part of it that is booked has counted for its order: enter the rest by hand.\n`,
    );
    expect((await newest()).status).toBe('applied');
  });
});

it('what is no conflict, or unknown, is left alone, and said so; a reason is asked for', async () => {
  await received([`NEW-${tests}`, 5]);
  const { id } = await newest();
  expect(await resolve(id, '999999', '--note', 'no')).toEqual({
    code: 1,
    text: `Event ${id} is no conflict (item_unknown): mend its cause and \`stockbridge replay ${id}\`, or, if nothing more of it is to be booked, \`stockbridge resolve ${id} --ignore\`.\nThere is no event 999999.\n`,
  });
  expect((await newest()).status).toBe('quarantined');
  expect((await resolve(id, '--note', ' ')).text).toContain('--note must say why');
  expect((await resolve('x', '--note', 'no')).text).toContain('x: events have numbers');
});
