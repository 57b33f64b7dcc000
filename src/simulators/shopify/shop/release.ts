// What keeps an order from being shipped, and what sets it free: holds on its routings and its payment.
// No stock moves here; held units stay committed.
import type { FulfillmentOrder, Hold, Order, PaymentStatus } from './order-types.ts';
import { ShopRefusal } from './refusal.ts';
import type { Shop } from './shop.ts';

export type HoldWish = {
  order: string;
  /** Without one every open routing of the order is held. */
  location?: string | undefined;
  reason?: Hold['reason'] | undefined;
};

/** Holds an order's open routings. */
export function holdOrder(shop: Shop, wish: HoldWish): Order {
  const reason = wish.reason ?? 'OTHER';
  return change(shop, wish, ['OPEN', 'IN_PROGRESS'], (routing) => {
    routing.status = 'ON_HOLD';
    routing.holds.push({
      kind: 'FulfillmentHold',
      id: shop.newId('FulfillmentHold').id,
      reason,
      displayReason: displayed(reason),
    });
  });
}

/** Releases every hold of an order; that its routings are then open, and not in progress, is inferred. */
export const releaseOrder = (shop: Shop, wish: Pick<HoldWish, 'order' | 'location'>): Order =>
  change(shop, wish, ['ON_HOLD'], (routing) => {
    routing.status = 'OPEN';
    routing.holds = [];
  });

/** Sets what an order's payment has come to. */
export function setPayment(shop: Shop, wish: { order: string; payment: PaymentStatus }): Order {
  const order = shop.order(wish.order);
  order.payment = wish.payment;
  shop.touch(order);
  shop.emit({ topic: 'orders/updated', order });
  return order;
}

function change(
  shop: Shop,
  wish: Pick<HoldWish, 'order' | 'location'>,
  from: readonly FulfillmentOrder['status'][],
  apply: (routing: FulfillmentOrder) => void,
): Order {
  const order = shop.order(wish.order);
  const onlyAt = wish.location === undefined ? undefined : shop.catalog.locationNamed(wish.location).id;
  const routings = order.fulfillmentOrders.filter(
    ({ status, locationId }) => from.includes(status) && (onlyAt === undefined || locationId === onlyAt),
  );
  if (routings.length === 0)
    throw new ShopRefusal('NOTHING_TO_CHANGE', `${order.name} has no routing that is ${from.join(' or ')}`);
  for (const routing of routings) {
    apply(routing);
    routing.updatedAt = shop.now();
  }
  shop.touch(order);
  shop.emit({ topic: 'orders/updated', order });
  return order;
}

const displayed = (reason: string): string =>
  `${reason.charAt(0)}${reason.slice(1).toLowerCase().replaceAll('_', ' ')}`;
