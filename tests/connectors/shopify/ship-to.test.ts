// Where an order goes is said when it may go, in full, and to nobody but the caller.
import { describe, expect, it } from 'vitest';
import type { ShipToAnswer } from '../../../src/connectors/contract.ts';
import type { GoingRouting, OrderToShip } from '../../../src/connectors/shopify/fulfilment-document.ts';
import { shipToOf } from '../../../src/connectors/shopify/ship-to.ts';
import { instantFrom, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { connectTo, type TestShop, testShop } from './shop.ts';

type Sale = Parameters<TestShop['simulator']['sell']>[0];
const LINES = [{ sku: 'CUP', quantity: 3 }];

const sell = (shop: TestShop, wish: Partial<Sale> = {}) =>
  shop.simulator.sell({ lines: LINES, location: 'Warehouse', ...wish });
const ask = (shop: TestShop, order: string, location?: string): Promise<ShipToAnswer> =>
  shop.connection.fulfilment!.shipTo(order, location);
const waits = (reason: string) => ({ outcome: 'wait', reason: expect.stringContaining(reason) });
const gone = (reason: string) => ({ outcome: 'gone', reason: expect.stringContaining(reason) });

describe('an order of a simulated shop', () => {
  it('that is paid goes to its address, with the lines that its reservation names', async () => {
    await using shop = await testShop();
    const order = sell(shop, {
      poNumber: 'PO 77',
      service: 'Express',
      shipTo: { company: 'Sample Ltd', address1: ' 12 Sample\nStreet ', address2: 'Unit 4' },
    });
    expect(await ask(shop, order.id)).toEqual({
      outcome: 'ready',
      number: order.name,
      purchaseOrder: 'PO 77',
      orderedAt: instantOf(Math.floor(order.createdAt / 1000) * 1000),
      service: 'Express',
      shipTo: {
        name: 'Robin Example',
        company: 'Sample Ltd',
        street: ['12 Sample Street', 'Unit 4'],
        city: 'Ottawa',
        region: 'ON',
        postalCode: 'K1A 0B1',
        country: 'CA',
        phone: '+1 613 555 0100',
        email: 'robin@shop.example',
      },
      lines: [{ line: order.fulfilmentOrders[0]?.lines[0]?.id, quantity: '3' }],
    });
    const told = await shop.tell('orders/updated', { admin_graphql_api_id: order.id });
    expect(told).toMatchObject({
      facts: { reservations: [{ lines: [{ line: order.fulfilmentOrders[0]?.lines[0]?.id }] }] },
    });
  });

  it('is asked for by location, and leaves out what nobody packs', async () => {
    await using shop = await testShop();
    const lines = [...LINES, { sku: 'GIFT', quantity: 1 }];
    const order = sell(shop, { lines });
    shop.simulator.editOrder({ order: order.id, add: [{ sku: 'TEE', quantity: 2, location: 'Store' }] });
    const quantities = async (location?: string) => {
      const answer = await ask(shop, order.id, location);
      return answer.outcome === 'ready' ? answer.lines.map(({ quantity }) => quantity) : answer.outcome;
    };
    expect(await quantities()).toEqual(['3', '2']);
    expect(await quantities(shop.place('Warehouse'))).toEqual(['3']);
    expect(await quantities(shop.place('Store'))).toEqual(['2']);
    expect(await quantities('gid://shopify/Location/1')).toBe('gone');
    const { connection } = connectTo(shop.simulator, {
      settings: { ignoredLocations: [shop.place('Store')] },
    });
    expect(await connection.fulfilment!.shipTo(order.id)).toMatchObject({ lines: [{ quantity: '3' }] });
  });

  it.each(['PENDING', 'PARTIALLY_PAID', 'EXPIRED', 'VOIDED'] as const)(
    'whose payment is %s waits until it is paid',
    async (payment) => {
      await using shop = await testShop();
      const order = sell(shop, { payment });
      expect(await ask(shop, order.id)).toEqual(waits('payment is'));
      shop.simulator.setPayment({ order: order.id, payment: 'PAID' });
      expect((await ask(shop, order.id)).outcome).toBe('ready');
    },
  );

  it('whose payment is authorised goes: the shop takes the money on shipping', async () => {
    await using shop = await testShop();
    expect((await ask(shop, sell(shop, { payment: 'AUTHORIZED' }).id)).outcome).toBe('ready');
  });

  it('on hold waits with the reason, and what is free of it goes', async () => {
    await using shop = await testShop();
    const order = sell(shop);
    shop.simulator.editOrder({ order: order.id, add: [{ sku: 'TEE', quantity: 2, location: 'Store' }] });
    shop.simulator.hold({ order: order.id, location: 'Warehouse', reason: 'INCORRECT_ADDRESS' });
    expect(await ask(shop, order.id, shop.place('Warehouse'))).toEqual(waits('Incorrect address'));
    expect(await ask(shop, order.id)).toMatchObject({ outcome: 'ready', lines: [{ quantity: '2' }] });
    shop.simulator.releaseHold({ order: order.id });
    expect(await ask(shop, order.id)).toMatchObject({ lines: [{ quantity: '3' }, { quantity: '2' }] });
  });

  it('that is cancelled, shipped or handed over the counter is gone', async () => {
    await using shop = await testShop();
    const cancelled = shop.simulator.cancelOrder({ order: sell(shop).id });
    expect(await ask(shop, cancelled.id)).toEqual(gone('cancelled'));
    const shipped = shop.simulator.fulfil({ order: sell(shop).id });
    expect(await ask(shop, shipped.id)).toEqual(gone('nothing left'));
    expect(await ask(shop, sell(shop, { pos: true }).id)).toEqual(gone('nothing left'));
    expect(await ask(shop, sell(shop, { test: true }).id)).toEqual(gone('test order'));
  });

  it('that Shopify does not show, or that has no whole address, waits', async () => {
    await using shop = await testShop();
    expect(await ask(shop, 'gid://shopify/Order/1')).toEqual(waits('does not show'));
    expect(await ask(shop, sell(shop, { shipTo: null }).id)).toEqual(waits('no name, no street'));
    const noStreet = sell(shop, { shipTo: { address1: '  ', city: null } });
    expect(await ask(shop, noStreet.id)).toEqual(waits('no street, no city'));
    expect((await ask(shop, sell(shop, { shipTo: { zip: null } }).id)).outcome).toBe('ready');
  });

  it('leaves nothing about the person in the log', async () => {
    await using shop = await testShop();
    await ask(shop, sell(shop).id);
    shop.simulator.setFaults({ api: [{ kind: 'accept-then-timeout', times: 3 }] });
    await expect(ask(shop, sell(shop).id)).rejects.not.toThrow(/Robin|Sample Street/);
    expect(shop.log.join('')).not.toMatch(/Robin|Sample Street|Ottawa|robin@/);
  });
});

describe('an order, judged by what it says', () => {
  const address = {
    firstName: 'Robin',
    lastName: null,
    company: null,
    address1: '12 Sample Street',
    address2: null,
    city: 'Ottawa',
    province: 'Ontario',
    zip: 'K1A 0B1',
    phone: null,
  };
  const routing = (wish: Partial<GoingRouting> = {}): GoingRouting => ({
    id: 'gid://shopify/FulfillmentOrder/1',
    status: 'OPEN',
    updatedAt: instantFrom('2026-11-21T09:00:00Z'),
    assignedLocation: { location: { id: 'gid://shopify/Location/1' } },
    supportedActions: [{ action: 'CREATE_FULFILLMENT' }],
    fulfillAt: null,
    fulfillmentHolds: [],
    deliveryMethod: { methodType: 'SHIPPING', presentedName: 'Standard' },
    destination: { ...address, countryCode: 'CA', email: null },
    lineItems: [
      {
        id: 'gid://shopify/FulfillmentOrderLineItem/1',
        totalQuantity: 2,
        remainingQuantity: 2,
        inventoryItemId: null,
        sku: null,
        requiresShipping: true,
        lineItem: { id: 'gid://shopify/LineItem/1' },
      },
    ],
    ...wish,
  });
  const order = (wish: Partial<OrderToShip> = {}): OrderToShip => ({
    id: 'gid://shopify/Order/1',
    name: '#1',
    createdAt: instantFrom('2026-11-21T09:00:00Z'),
    test: false,
    cancelledAt: null,
    poNumber: '',
    displayFinancialStatus: 'PAID',
    shippingLine: { title: 'Freight' },
    shippingAddress: { ...address, provinceCode: 'ON', countryCodeV2: 'CA' },
    fulfillmentOrders: [routing()],
    ...wish,
  });
  const judged = (wish: Partial<OrderToShip>) =>
    shipToOf(order(wish), { ignoredLocations: [], ignoreTestOrders: true });
  const routed = (...wishes: Partial<GoingRouting>[]) => judged({ fulfillmentOrders: wishes.map(routing) });
  const elsewhere = { ...address, city: 'Toronto', countryCode: 'CA', email: null };

  it.each([
    ['scheduled for later', routed({ status: 'SCHEDULED', fulfillAt: instantFrom('2026-12-01T00:00:00Z') })],
    ['scheduled', routed({ status: 'SCHEDULED' })],
    ['on hold without a reason', routed({ status: 'ON_HOLD' })],
    ['fulfilled by another app', routed({ supportedActions: [{ action: 'REQUEST_FULFILLMENT' }] })],
    ['going to two addresses', routed({}, { destination: elsewhere })],
    ['refunded whole', judged({ displayFinancialStatus: 'REFUNDED' })],
    ['paid in a way of next year', judged({ displayFinancialStatus: 'HALF_PAID' })],
    ['paid in no known way', judged({ displayFinancialStatus: null })],
  ])('waits when it is %s', (_name, answer) => {
    expect(answer).toEqual({ outcome: 'wait', reason: expect.stringMatching(/^#1: .{5,}/) });
  });

  it.each(['PICK_UP', 'RETAIL', 'NONE'])('is gone when it is a %s', (methodType) => {
    expect(routed({ deliveryMethod: { methodType, presentedName: null } }).outcome).toBe('gone');
  });

  it.each(['CLOSED', 'CANCELLED', 'INCOMPLETE'])('is gone when its routing is %s', (status) => {
    expect(routed({ status }).outcome).toBe('gone');
  });

  it('goes to the routing’s own destination, and names its region by code only where that is known', () => {
    const own = { ...elsewhere, province: 'Quebec' };
    expect(routed({ destination: own })).toMatchObject({ shipTo: { city: 'Toronto', region: 'Quebec' } });
    expect(routed({ destination: null })).toMatchObject({ shipTo: { name: 'Robin', region: 'ON' } });
  });

  it('names its service as the buyer saw it, and no purchase order where there is none', () => {
    const answer = routed({ deliveryMethod: null });
    expect(answer).toMatchObject({ service: 'Freight' });
    expect(answer).not.toHaveProperty('purchaseOrder');
  });
});
