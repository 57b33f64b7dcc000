// The simulated shop as an onlooker sees it: stock by sku and location name, orders with everything that hangs off them.
import { onHandOf, type StateName } from './shop/book.ts';
import { type Order, unfulfilledOf } from './shop/order-types.ts';
import type { Shop } from './shop/shop.ts';

export type BookRow = {
  sku: string | null;
  itemId: string;
  location: string;
  locationId: string;
  isActive: boolean;
  tracked: boolean;
} & Record<StateName, number>;

/** Every level of the shop, inactive ones included. */
export function bookRows(shop: Shop): BookRow[] {
  return [...shop.catalog.items.values()].flatMap((item) =>
    shop.book.levelsOf(item.id).map((level) => ({
      sku: item.sku,
      itemId: item.id,
      location: nameOf(shop, level.locationId),
      locationId: level.locationId,
      isActive: level.isActive,
      tracked: item.tracked,
      ...level.quantities,
      on_hand: onHandOf(level),
    })),
  );
}

const nameOf = (shop: Shop, locationId: string): string =>
  shop.catalog.locations.get(locationId)?.name ?? locationId;

/** An order with location names instead of ids; times in milliseconds since the epoch. */
export function orderSummary(shop: Shop, order: Order) {
  return {
    id: order.id,
    name: order.name,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    isCancelled: order.cancelledAt !== null,
    sourceName: order.sourceName,
    lines: order.lines.map((line) => ({
      id: line.id,
      sku: line.sku,
      quantity: line.quantity,
      currentQuantity: line.currentQuantity,
      fulfilledQuantity: line.fulfilledQuantity,
      openQuantity: unfulfilledOf(order, line.id),
    })),
    fulfilmentOrders: order.fulfillmentOrders.map((routing) => ({
      id: routing.id,
      status: routing.status,
      location: nameOf(shop, routing.locationId),
      lines: routing.lines.map(({ id, sku, totalQuantity, remainingQuantity }) => ({
        id,
        sku,
        totalQuantity,
        remainingQuantity,
      })),
    })),
    fulfilments: order.fulfillments.map((one) => ({
      id: one.id,
      name: one.name,
      status: one.status,
      location: nameOf(shop, one.locationId),
      quantity: one.lines.reduce((sum, line) => sum + line.quantity, 0),
      tracking: one.tracking,
      notified: one.notified,
    })),
    refunds: order.refunds.map((one) => ({
      id: one.id,
      lines: one.lines.map(({ id, lineId, quantity, restockType }) => ({
        id,
        lineId,
        quantity,
        restockType,
      })),
    })),
    returns: order.returns.map((one) => ({ id: one.id, name: one.name, status: one.status })),
  };
}

export type OrderSummary = ReturnType<typeof orderSummary>;
