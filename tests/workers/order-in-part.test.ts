// An order of which a line is not mapped yet reserves what is known, and is asked of a partner's warehouse as a whole, once it is.
import { afterAll, beforeAll, expect, it } from 'vitest';
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

  await shop.hub.ledger.post([posting([line('L1', item?.id), line('L2', cap?.id)])], lane);
  expect(await shop.all('select status::text as status from inbox_event where id = $1', [event?.id])).toEqual(
    [{ status: 'applied' }],
  );
  await shop.round();
  await shop.hurry();
  await shop.round();
  const { number } = await shop.row('part');
  expect(await shop.lines(number)).toEqual(['L1 MUG-01 0/2', 'L2 CAP-01 0/2']);
});
