// The same shelf on a bad day: webhooks twice, out of order, late, lost, forged.
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { behave, misbehave } from '../../src/demo/day.ts';
import { until } from './market.ts';
import { openShelf, SHELF, type Shelf } from './shelf.ts';

let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf({
    items: [
      { sku: 'MUG', title: 'Mug', onHand: 40 },
      { sku: 'TEE', title: 'Tee', onHand: 40 },
    ],
    seed: 7,
  });
  await shelf.settle();
});
afterAll(() => shelf?.close());

test('I3: webhooks that come twice, late, in any order or not at all lead to the same books', async () => {
  const { shop, till } = shelf.world;
  misbehave(shelf.world);
  const orders = Array.from({ length: 6 }, () => shop.sell({ lines: [{ sku: 'MUG', quantity: 1 }] }));
  for (const order of orders.slice(0, 3)) shop.fulfil({ order: order.id });
  for (const order of orders.slice(3, 5)) shop.cancelOrder({ order: order.id, restock: true });
  for (let sale = 0; sale < 6; sale += 1)
    till.sell({ location: SHELF, lines: [{ sku: 'TEE', quantity: '1' }] });
  behave(shelf.world);
  await shelf.settle();
  expect(await shelf.line('MUG')).toMatchObject({
    ledger: 37,
    reserved: 1,
    shopAvailable: 36,
    tillInStock: 36,
  });
  expect(await shelf.line('TEE')).toMatchObject({
    ledger: 34,
    reserved: 0,
    shopAvailable: 34,
    tillInStock: 34,
  });
  await shelf.expectAgreement();
}, 60_000);

test('I3: what no webhook tells is found by the poll', async () => {
  const { shop, till } = shelf.world;
  shop.setFaults({ webhooks: { dropProbability: 1 } });
  till.setFaults({ webhooks: { drop: 1 } });
  const before = await shelf.events(`e.source = 'webhook'`);
  shop.fulfil({ order: shop.sell({ lines: [{ sku: 'MUG', quantity: 2 }] }).id });
  till.sell({ location: SHELF, lines: [{ sku: 'TEE', quantity: '2' }] });
  await until(
    async () => (await shelf.line('MUG')).ledger === 35 && (await shelf.line('TEE')).ledger === 32,
    'the poll does not find them',
    30_000,
  );
  expect(await shelf.events(`e.source = 'webhook'`)).toHaveLength(before.length);
  behave(shelf.world);
  await shelf.settle();
  await shelf.expectAgreement();
}, 60_000);

test('a forged order is refused at the door and moves nothing', async () => {
  const body = JSON.stringify({ id: 1, admin_graphql_api_id: 'gid://shopify/Order/1' });
  const forged = createHmac('sha256', 'a guess').update(body).digest('base64');
  for (const signature of [forged, '', 'AAAA']) {
    const response = await fetch(`${shelf.world.hubUrl}/hooks/shop`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-shopify-topic': 'orders/create',
        'x-shopify-webhook-id': randomUUID(),
        'x-shopify-shop-domain': shelf.world.shop.domain,
        'x-shopify-hmac-sha256': signature,
      },
      body,
    });
    expect(response.status).toBe(401);
  }
  const square = await fetch(`${shelf.world.hubUrl}/hooks/till`, {
    method: 'POST',
    headers: { 'x-square-hmacsha256-signature': forged },
    body: '{}',
  });
  expect(square.status).toBe(401);
});
