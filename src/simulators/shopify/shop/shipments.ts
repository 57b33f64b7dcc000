// Writing down that units of an order went out. What that does to stock is decided by whoever ships them.
import type { Fulfillment, FulfillmentOrder, Order, RoutedLine, Tracking } from './order-types.ts';
import { found } from './refusal.ts';
import type { Shop } from './shop.ts';

export type Picked = { routing: FulfillmentOrder; routedLine: RoutedLine; quantity: number };

/** What whoever ships may say about a shipment. */
export type ShipmentNote = { tracking: readonly Tracking[]; notified: boolean };
const nothingNoted: ShipmentNote = { tracking: [], notified: false };

/** Records a successful fulfilment of the picked units, all from one location, and takes them off their routings. */
export function recordFulfillment(
  shop: Shop,
  order: Order,
  picked: readonly Picked[],
  note: ShipmentNote = nothingNoted,
): Fulfillment {
  const { id, digits } = shop.newId('Fulfillment');
  const now = shop.now();
  const fulfillment: Fulfillment = {
    kind: 'Fulfillment',
    id,
    legacyResourceId: digits,
    name: `${order.name}.${order.fulfillments.length + 1}`,
    status: 'SUCCESS',
    locationId: found(picked[0], 'unit to ship').routing.locationId,
    tracking: [...note.tracking],
    notified: note.notified,
    lines: picked.map(({ routedLine, quantity }) => ({
      kind: 'FulfillmentLineItem',
      id: shop.newId('FulfillmentLineItem').id,
      lineId: routedLine.lineId,
      routedLineId: routedLine.id,
      quantity,
    })),
    createdAt: now,
    updatedAt: now,
  };
  for (const { routing, routedLine, quantity } of picked) {
    routedLine.remainingQuantity -= quantity;
    const line = order.lines.find((one) => one.id === routedLine.lineId);
    found(line, routedLine.lineId).fulfilledQuantity += quantity;
    routing.status = 'IN_PROGRESS';
    routing.updatedAt = now;
  }
  for (const { routing } of picked) closeIfDone(shop, routing);
  order.fulfillments.push(fulfillment);
  shop.fulfillments.set(id, { order, fulfillment });
  return fulfillment;
}

/** A routing with nothing left to ship is closed; whether the vendor cancels an emptied one instead is unverified. */
export function closeIfDone(shop: Shop, routing: FulfillmentOrder): void {
  if (routing.status === 'CLOSED' || routing.lines.some((line) => line.remainingQuantity > 0)) return;
  routing.status = 'CLOSED';
  routing.updatedAt = shop.now();
}
