// An order of which a line is not mapped yet reserves what is known, and is asked of a partner's warehouse as a whole, once it is.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectOrders } from '../../src/core/fulfilment/collect.ts';
import { dueOrders, markSent } from '../../src/core/fulfilment/orders.ts';
import { quarantineExhausted, replay } from '../../src/core/inbox/replay.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { laneOf } from '../../src/core/ledger/chain.ts';
import { type Posting, postingSchema } from '../../src/core/ledger/movement.ts';
import { AT, openShop, ready, type Shop } from '../e2e/warehouse-shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

it('I3: what is known is reserved while the event waits; the same event as a whole replaces it and goes to the warehouse', async () => {
  const [event] = await storeEvents(shop.rig.database.pool, [
    {
      ...{ connectionId: shop.channelId, dedupeKey: 'order-1', topic: 'order', source: 'webhook' as const },
      body: Buffer.from('{}'),
    },
  ]);
  const [item] = await shop.all<{ id: number }>(`select id from item where sku = 'MUG-01'`);
  const [cap] = await shop.all<{ id: number }>(`select id from item where sku = 'CAP-01'`);
  const [place] = await shop.all<{ id: number }>(`select id from location where code = 'NORTHWIND'`);
  const line = (name: string, itemId = 0) => ({
    ...{ line: name, itemId, locationId: place?.id ?? 0, quantity: '2' },
  });
  const posting = (lines: readonly object[], held?: Posting['held']): Posting =>
    postingSchema.parse({
      ...{ connectionId: shop.channelId, inboxEventId: event?.id ?? null, held },
      reservations: [{ order: 'part', version: '1', reservedAt: AT, lines }],
    });
  const lane = { lane: laneOf(item?.id ?? 0) };
  shop.ask = () => ready({ L1: 2, L2: 2 });
  const held = { code: 'item_unknown', reason: 'SKU-9 is bound to no item', waitsFor: [] } as const;
  await shop.hub.ledger.post([posting([line('L1', item?.id)], { ...held, waitsFor: [cap?.id ?? 0] })], lane);
  expect(
    await shop.all('select status::text as status, code, reason, waits_for from inbox_event where id = $1', [
      event?.id,
    ]),
  ).toEqual([{ status: 'quarantined', code: held.code, reason: held.reason, waits_for: [cap?.id] }]);
  expect(await shop.reserved('part')).toEqual(['L1 MUG-01 2']);
  await shop.round();
  expect(await shop.rows('part')).toEqual([]);
  // Tried again, and given up: neither says what else the order wants.
  expect(await replay(shop.rig.database.pool, { ids: [event?.id ?? ''] })).toEqual([event?.id]);
  await shop.round();
  expect(await shop.rows('part'), 'its event is tried again').toEqual([]);
  await shop.all('update inbox_event set generation = 41 where id = $1', [event?.id]);
  expect(await quarantineExhausted(shop.rig.database.pool, 40)).toBe(1);
  await shop.round();
  expect(await shop.rows('part'), 'its event was given up').toEqual([]);

  await shop.hub.ledger.post([posting([line('L1', item?.id), line('L2', cap?.id)])], lane);
  expect(await shop.all('select status::text as status from inbox_event where id = $1', [event?.id])).toEqual(
    [{ status: 'applied' }],
  );
  await collectOrders(shop.hub.database, {
    ...{ connectionId: shop.rig.live.id, holdMinutes: 60, late: { cancel: true, change: 'none' } },
  });
  const waiting = await shop.row('part');
  expect(waiting.status).toBe('waiting');
  // Made already, and its event is read again: it waits for what that says.
  await shop.all(`update inbox_event set status = 'pending' where id = $1`, [event?.id]);
  await shop.hurry();
  expect(await dueOrders(shop.hub.database.pool, shop.rig.live.id)).toEqual([]);
  await shop.round();
  expect(await shop.row('part')).toMatchObject({ number: waiting.number, status: 'waiting' });
  expect(
    await shop.hub.database.transaction((client) =>
      markSent(client, waiting, { shipTo: Buffer.from('sealed'), shipHours: 1, channelLines: [] }),
    ),
    'its event became pending meanwhile',
  ).toBe(false);
  await shop.all(`update inbox_event set status = 'applied' where id = $1`, [event?.id]);
  await shop.round();
  expect(await shop.row('part')).toMatchObject({ number: waiting.number, status: 'sent' });
  const { number } = await shop.row('part');
  expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/2', 'L2 CAP-01 0/2']);
});
