// Shipping, un-shipping and re-routing what an order has committed.
import { effects } from './book.ts';
import type { Fulfillment, FulfillmentOrder, Order } from './order-types.ts';
import { lineOf, positive, routeLine, type SaleLine } from './orders.ts';
import { found, ShopRefusal } from './refusal.ts';
import { type Picked, recordFulfillment, type ShipmentNote } from './shipments.ts';
import type { Shop } from './shop.ts';

export type Shipment = {
  order: string;
  /** Without lines everything open ships, one fulfilment per location. */
  lines?: SaleLine[] | undefined;
  location?: string | undefined;
};

/** In progress means here that part of it has shipped; the rest may still ship or move. */
export const isOpen = (routing: FulfillmentOrder): boolean =>
  routing.status === 'OPEN' || routing.status === 'IN_PROGRESS';

/** Ships open units: committed and on_hand fall, available stays. */
export function fulfil(shop: Shop, shipment: Shipment): Fulfillment[] {
  const order = shop.order(shipment.order);
  const onlyAt =
    shipment.location === undefined ? undefined : shop.catalog.locationNamed(shipment.location).id;
  const wanted = shipment.lines?.map((line) => ({
    lineId: lineOf(order, line.sku).id,
    left: positive(line.quantity),
  }));
  const made: Fulfillment[] = [];
  for (const routing of order.fulfillmentOrders) {
    if (!isOpen(routing)) continue;
    if (onlyAt !== undefined && routing.locationId !== onlyAt) continue;
    const picked = pick(routing, wanted);
    if (picked.length > 0) made.push(ship(shop, order, picked));
  }
  if (made.length === 0) throw new ShopRefusal('NOTHING_OPEN', `${order.name} has nothing left to ship`);
  announce(shop, order, made);
  return made;
}

function announce(shop: Shop, order: Order, made: readonly Fulfillment[]): void {
  shop.touch(order);
  for (const fulfillment of made) shop.emit({ topic: 'fulfillments/create', order, fulfillment });
  shop.emit({ topic: 'orders/updated', order });
}

/** Ships exactly these units in one fulfilment; the caller has judged that they may leave. */
export function shipPicked(
  shop: Shop,
  order: Order,
  picked: readonly Picked[],
  note: ShipmentNote,
): Fulfillment {
  const fulfillment = ship(shop, order, picked, note);
  announce(shop, order, [fulfillment]);
  return fulfillment;
}

function pick(routing: FulfillmentOrder, wanted: { lineId: string; left: number }[] | undefined): Picked[] {
  const picked: Picked[] = [];
  for (const routedLine of routing.lines) {
    const want = wanted?.find((one) => one.lineId === routedLine.lineId);
    const limit = wanted === undefined ? routedLine.remainingQuantity : (want?.left ?? 0);
    const quantity = Math.min(limit, routedLine.remainingQuantity);
    if (quantity <= 0) continue;
    if (want) want.left -= quantity;
    picked.push({ routing, routedLine, quantity });
  }
  return picked;
}

function ship(shop: Shop, order: Order, picked: readonly Picked[], note?: ShipmentNote): Fulfillment {
  const fulfillment = recordFulfillment(shop, order, picked, note);
  for (const { routing, routedLine, quantity } of picked) {
    shop.moveStock(routedLine.itemId, routing.locationId, effects.ship(quantity));
  }
  return fulfillment;
}

/**
 * Cancels a fulfilment. A closed routing stays closed and a new one opens at the same location; one still in
 * progress takes the units back. The stock effect (committed and on_hand rise) is the inverse of shipping and
 * unverified at the vendor.
 */
export function cancelFulfilment(shop: Shop, fulfilmentId: string): Order {
  const { order, fulfillment } = found(shop.fulfillments.get(fulfilmentId), `fulfilment ${fulfilmentId}`);
  if (fulfillment.status === 'CANCELLED')
    throw new ShopRefusal('CANCELLED', `${fulfillment.name} is already cancelled`);
  fulfillment.status = 'CANCELLED';
  fulfillment.updatedAt = shop.now();
  for (const shipped of fulfillment.lines) {
    const line = lineOf(order, shipped.lineId);
    line.fulfilledQuantity -= shipped.quantity;
    const routing = order.fulfillmentOrders.find((one) =>
      one.lines.some(({ id }) => id === shipped.routedLineId),
    );
    const routedLine = routing?.lines.find((one) => one.id === shipped.routedLineId);
    if (!routing || !routedLine || routing.status === 'CLOSED')
      routeLine(shop, order, line, shipped.quantity, fulfillment.locationId);
    else routedLine.remainingQuantity += shipped.quantity;
    shop.moveStock(line.itemId, fulfillment.locationId, effects.unship(shipped.quantity));
  }
  shop.touch(order);
  shop.emit({ topic: 'fulfillments/update', order, fulfillment });
  shop.emit({ topic: 'orders/updated', order });
  return order;
}

export type Move = { order: string; to: string; fulfilmentOrder?: string | undefined };

/**
 * Sends an order's open units from another location. An untouched routing keeps its id and changes its location;
 * one that has shipped something closes and a new one opens. That stock follows the routing is inferred.
 */
export function moveFulfilmentOrder(shop: Shop, move: Move): FulfillmentOrder {
  const order = shop.order(move.order);
  const to = shop.catalog.locationNamed(move.to);
  const original = found(
    move.fulfilmentOrder === undefined
      ? order.fulfillmentOrders.find((one) => isOpen(one) && one.locationId !== to.id)
      : order.fulfillmentOrders.find((one) => one.id === move.fulfilmentOrder),
    `open routing of ${order.name}`,
  );
  if (!isOpen(original)) throw new ShopRefusal('NOT_OPEN', `${original.id} is ${original.status}`);
  const open = original.lines.filter((line) => line.remainingQuantity > 0);
  for (const line of open) {
    const stocked = !shop.isTracked(line.itemId) || shop.book.level(line.itemId, to.id)?.isActive;
    if (!stocked) throw new ShopRefusal('NOT_STOCKED', `${to.name} does not stock ${line.sku}`);
  }
  const fromLocationId = original.locationId;
  const lines = open.map((line) => ({ id: line.id, quantity: line.remainingQuantity }));
  for (const line of open) {
    shop.moveStock(line.itemId, fromLocationId, effects.release(line.remainingQuantity));
    shop.moveStock(line.itemId, to.id, effects.commit(line.remainingQuantity));
  }
  const moved = original.lines.every((line) => line.remainingQuantity === line.totalQuantity)
    ? original
    : splitOff(shop, order, original, to.id);
  moved.locationId = to.id;
  moved.updatedAt = shop.now();
  shop.touch(order);
  shop.emit({ topic: 'fulfillment_orders/moved', original, moved, fromLocationId, lines });
  shop.emit({ topic: 'orders/updated', order });
  return moved;
}

function splitOff(
  shop: Shop,
  order: Order,
  original: FulfillmentOrder,
  locationId: string,
): FulfillmentOrder {
  let opened = original;
  for (const line of original.lines) {
    if (line.remainingQuantity === 0) continue;
    opened = routeLine(shop, order, lineOf(order, line.lineId), line.remainingQuantity, locationId);
    line.totalQuantity -= line.remainingQuantity;
    line.remainingQuantity = 0;
  }
  original.status = 'CLOSED';
  original.updatedAt = shop.now();
  return opened;
}
