// What every channel promises whose orders a warehouse ships: the truth about where they go, and one effect per shipment.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connector, FulfilledShipment, Fulfilment } from '../../../src/connectors/contract.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import type { ConnectorFixture, OutsideFulfilment } from './fixture.ts';
import { everythingSaid } from './reading.ts';
import { openWorld, type World } from './world.ts';

export function fulfilmentSuite(connector: Connector, fixture: ConnectorFixture): void {
  let world: World;
  let outside: OutsideFulfilment;
  let fulfilment: Fulfilment;
  beforeEach(async () => {
    world = await openWorld(connector, fixture);
    if (world.outside.fulfilment === undefined || world.connection.fulfilment === undefined)
      throw new Error('the fixture has no fulfilment');
    outside = world.outside.fulfilment;
    fulfilment = world.connection.fulfilment;
  });
  afterEach(() => world.close());

  const ready = async (order: string, location?: string) => {
    const answer = await fulfilment.shipTo(order, location);
    if (answer.outcome !== 'ready') throw new Error(`not ready: ${answer.reason}`);
    return answer;
  };
  const shipmentOf = async (order: string, quantity: string): Promise<FulfilledShipment> => {
    const { lines } = await ready(order);
    return {
      key: randomUUID(),
      order,
      shippedAt: instantOf(new Date()),
      lines: lines.map(({ line }) => ({ line, quantity })),
      notifyCustomer: false,
    };
  };
  const report = async (shipment: FulfilledShipment) => world.saw(await fulfilment.report(shipment));

  it('says where an order goes, and names the lines as the reservation does', async () => {
    const { order, location } = await outside.order(3);
    const { shipTo, number, lines } = await ready(order);
    expect(JSON.stringify(shipTo)).toContain(outside.person);
    expect(number).toMatch(/./);
    expect([shipTo.name, shipTo.city, ...shipTo.street].every((text) => text.trim() !== '')).toBe(true);
    expect(shipTo.country).toMatch(/^[A-Z]{2}$/);
    expect(lines.map(({ quantity }) => quantity)).toEqual(['3']);
    const { reservations } = await everythingSaid(world);
    expect(reservations.get(order)?.lines.map(({ line }) => line)).toEqual(lines.map(({ line }) => line));
    expect((await ready(order, location)).lines).toEqual(lines);
    expect(world.saw(await fulfilment.shipTo(order, 'no-such-location')).outcome).toBe('gone');
  });

  it('waits for what is held back, and lets go of what nobody wants any more', async () => {
    const { order } = await outside.order(2);
    await outside.withhold(order);
    expect(world.saw(await fulfilment.shipTo(order))).toEqual({
      outcome: 'wait',
      reason: expect.stringMatching(/.{5,}/),
    });
    const other = await outside.order(2);
    await outside.cancel(other.order);
    expect(world.saw(await fulfilment.shipTo(other.order)).outcome).toBe('gone');
  });

  it('takes part of an order, and then the rest', async () => {
    const { order } = await outside.order(3);
    expect(await report(await shipmentOf(order, '1'))).toMatchObject({ outcome: 'applied' });
    expect((await ready(order)).lines.map(({ quantity }) => quantity)).toEqual(['2']);
    expect(await report(await shipmentOf(order, '2'))).toMatchObject({ outcome: 'applied' });
    expect(world.saw(await fulfilment.shipTo(order)).outcome).toBe('gone');
    const { reservations } = await everythingSaid(world);
    expect(reservations.get(order)?.lines).toEqual([]);
    expect(await outside.effects()).toBe(2);
  });

  it('I8: the same key has one effect, and one id', async () => {
    const { order } = await outside.order(3);
    const shipment = await shipmentOf(order, '1');
    const first = await report(shipment);
    expect(first).toEqual({ outcome: 'applied', id: expect.stringMatching(/./) });
    expect(await report(shipment)).toEqual({ ...first, outcome: 'already' });
    expect(await outside.effects()).toBe(1);
  });

  it('refuses more than is open, in words, and changes nothing', async () => {
    const { order } = await outside.order(3);
    expect(await report(await shipmentOf(order, '4'))).toEqual({
      outcome: 'rejected',
      reason: expect.stringMatching(/.{10,}/),
    });
    expect(await outside.effects()).toBe(0);
    expect((await ready(order)).lines.map(({ quantity }) => quantity)).toEqual(['3']);
  });

  it('I8: an answer that never came leads to one effect when the same key is sent again', async () => {
    const { order } = await outside.order(3);
    const shipment = await shipmentOf(order, '1');
    await world.fail('accept_then_timeout');
    const failure = await world.failureOf(() => fulfilment.report(shipment));
    await world.fail('none');
    // Anything else than `outcome_unknown` is a promise that nothing happened.
    if (failure.code !== 'outcome_unknown') expect(await outside.effects()).toBe(0);
    expect(['applied', 'already']).toContain((await report(shipment)).outcome);
    expect(await outside.effects()).toBe(1);
  });
}
