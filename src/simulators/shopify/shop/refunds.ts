// Money back and goods back: refunds with their restock types, order cancellation, returns and dispositions.
import { effects } from './book.ts';
import {
  type Disposition,
  type DispositionType,
  type Order,
  type OrderLine,
  type OrderReturn,
  type Refund,
  type RefundLine,
  unfulfilledOf,
} from './order-types.ts';
import { lineOf, positive, shippedLineOf, withdraw } from './orders.ts';
import { found, ShopRefusal } from './refusal.ts';
import type { Shop } from './shop.ts';

export type RefundWish = {
  sku: string;
  quantity: number;
  /** `return` puts shipped units back, `cancel` releases open units, `no_restock` does neither. */
  restock: 'return' | 'cancel' | 'no_restock';
  location?: string | undefined;
  /**
   * What a no_restock refund takes away. The vendor is reported to do any of the three: never infer it from the
   * event, read the line. Default: open units while there are any, else shipped ones.
   */
  removes?: 'open' | 'shipped' | 'nothing' | undefined;
};
export type RefundRequest = { order: string; lines: RefundWish[]; return?: string | undefined };

/** Refunds units of an order; one order line may appear twice with different restock types. */
export function refund(shop: Shop, request: RefundRequest): Refund {
  const order = shop.order(request.order);
  const orderReturn =
    request.return === undefined ? undefined : found(shop.returns.get(request.return), request.return);
  const plans = request.lines.map((wish) => planOf(order, wish));
  check(shop, order, plans);
  const lines = plans.map((plan) => refundLine(shop, order, plan, orderReturn));
  const made = recordRefund(shop, order, lines, orderReturn?.id ?? null);
  shop.touch(order);
  shop.emit({ topic: 'refunds/create', order, refund: made });
  shop.emit({ topic: 'orders/updated', order });
  return made;
}

/** What one refund line takes from which order line: open units, shipped ones, or none (money alone). */
type Plan = { wish: RefundWish; line: OrderLine; quantity: number; source: 'open' | 'shipped' | 'nothing' };

function planOf(order: Order, wish: RefundWish): Plan {
  const quantity = positive(wish.quantity);
  const open = lineOf(order, wish.sku);
  const source =
    wish.restock === 'cancel'
      ? 'open'
      : wish.restock === 'return'
        ? 'shipped'
        : (wish.removes ?? (unfulfilledOf(order, open.id) >= quantity ? 'open' : 'shipped'));
  return { wish, quantity, source, line: source === 'shipped' ? shippedLineOf(order, wish.sku) : open };
}

/** Refuses the whole refund before anything changes: what it takes together must be there. */
function check(shop: Shop, order: Order, plans: readonly Plan[]): void {
  for (const { wish, line, source } of plans) {
    const taken = plans
      .filter((one) => one.line === line && one.source === source)
      .reduce((sum, one) => sum + one.quantity, 0);
    const open = unfulfilledOf(order, line.id);
    const there =
      source === 'open' ? open : source === 'shipped' ? line.currentQuantity - open : line.quantity;
    if (taken > there) {
      throw new ShopRefusal(
        'NOT_ENOUGH',
        `${order.name} has ${there} ${line.sku} to refund this way, not ${taken}`,
      );
    }
    if (wish.restock !== 'return' || !shop.isTracked(line.itemId)) continue;
    const locationId = restockLocation(shop, order, line.id, wish.location);
    if (!shop.book.level(line.itemId, locationId)) {
      throw new ShopRefusal('NOT_STOCKED', `${line.sku} is not stocked at ${locationId}`);
    }
  }
}

function restockLocation(shop: Shop, order: Order, lineId: string, named: string | undefined): string {
  if (named !== undefined) return shop.catalog.locationNamed(named).id;
  const shipped = order.fulfillments.find((one) => one.lines.some((part) => part.lineId === lineId));
  return found(shipped?.locationId, 'location to restock at');
}

function recordRefund(shop: Shop, order: Order, lines: RefundLine[], returnId: string | null): Refund {
  const { id, digits } = shop.newId('Refund');
  const now = shop.now();
  const made: Refund = {
    kind: 'Refund',
    id,
    legacyResourceId: digits,
    returnId,
    lines,
    createdAt: now,
    updatedAt: now,
  };
  order.refunds.push(made);
  shop.refunds.set(id, { order, refund: made });
  return made;
}

function refundLine(shop: Shop, order: Order, plan: Plan, orderReturn: OrderReturn | undefined): RefundLine {
  const { wish, line, quantity } = plan;
  const base = {
    kind: 'RefundLineItem' as const,
    id: shop.newId('RefundLineItem').id,
    lineId: line.id,
    quantity,
  };
  if (wish.restock === 'cancel') {
    const [location] = withdraw(shop, order, line, quantity, effects.release);
    return { ...base, restockType: 'CANCEL', restocked: true, locationId: location ?? null };
  }
  if (wish.restock === 'return') {
    line.currentQuantity -= quantity;
    const locationId = restockLocation(shop, order, line.id, wish.location);
    // Units already put back by a disposition of the same return are not put back twice. Whether the vendor
    // then still reports the refund line as restocked is unverified; saying yes is the harder case for a reader.
    const alreadyBack = orderReturn ? disposedButNotRefunded(order, orderReturn, line.id) : 0;
    const back = Math.max(0, quantity - alreadyBack);
    if (back > 0) shop.moveStock(line.itemId, locationId, effects.restock(back));
    return { ...base, restockType: 'RETURN', restocked: true, locationId };
  }
  // An open unit refunded without restocking is written off: committed and on_hand fall, available stays.
  if (plan.source === 'open') withdraw(shop, order, line, quantity, effects.ship);
  if (plan.source === 'shipped') line.currentQuantity -= quantity;
  return { ...base, restockType: 'NO_RESTOCK', restocked: false, locationId: null };
}

function disposedButNotRefunded(order: Order, orderReturn: OrderReturn, lineId: string): number {
  const restocked = orderReturn.reverse.lines
    .filter((line) => line.lineId === lineId)
    .flatMap((line) => line.dispositions)
    .reduce((sum, one) => sum + (one.type === 'RESTOCKED' ? one.quantity : 0), 0);
  const refunded = order.refunds
    .filter((one) => one.returnId === orderReturn.id)
    .flatMap((one) => one.lines)
    .reduce(
      (sum, one) => sum + (one.lineId === lineId && one.restockType === 'RETURN' ? one.quantity : 0),
      0,
    );
  return Math.max(0, restocked - refunded);
}

export type Cancellation = { order: string; restock?: boolean | undefined; reason?: string | undefined };

/** Cancels an order: every open unit is refunded, back on sale when `restock` (the default), else written off. */
export function cancelOrder(shop: Shop, request: Cancellation): Order {
  const order = shop.order(request.order);
  if (order.cancelledAt !== null) throw new ShopRefusal('CANCELLED', `${order.name} is already cancelled`);
  if (order.fulfillments.some((one) => one.status === 'SUCCESS')) {
    throw new ShopRefusal('HAS_FULFILMENTS', `${order.name} has shipped units; cancel the fulfilments first`);
  }
  const restock = request.restock ?? true;
  const closed = order.fulfillmentOrders.find(
    (one) => shop.catalog.locations.get(one.locationId)?.isActive === false,
  );
  // The vendor fails the cancellation of a paid order in this case.
  if (restock && closed && order.payment === 'PAID')
    throw new ShopRefusal('LOCATION_INACTIVE', `${order.name} is committed at a deactivated location`);
  const lines = order.lines
    .map((line) => ({ line, quantity: unfulfilledOf(order, line.id) }))
    .filter(({ quantity }) => quantity > 0)
    .map(({ line, quantity }) =>
      planOf(order, { sku: line.id, quantity, restock: restock ? 'cancel' : 'no_restock' }),
    )
    .map((plan) => refundLine(shop, order, plan, undefined));
  const made = recordRefund(shop, order, lines, null);
  order.cancelledAt = shop.now();
  order.cancelReason = (request.reason ?? 'other').toUpperCase();
  order.closedAt = order.cancelledAt;
  shop.touch(order);
  shop.emit({ topic: 'refunds/create', order, refund: made });
  shop.emit({ topic: 'orders/cancelled', order });
  shop.emit({ topic: 'orders/updated', order });
  return order;
}

export type ReturnRequest = { order: string; lines: { sku: string; quantity: number }[] };

/** Opens a return of shipped units. No stock moves until they are disposed of or refunded. */
export function openReturn(shop: Shop, request: ReturnRequest): OrderReturn {
  const order = shop.order(request.order);
  const { id } = shop.newId('Return');
  const lines = request.lines.map((wish) => {
    const line = shippedLineOf(order, wish.sku);
    const shipped = order.fulfillments
      .filter((one) => one.status === 'SUCCESS')
      .flatMap((one) => one.lines)
      .find((one) => one.lineId === line.id && one.quantity >= wish.quantity);
    return {
      kind: 'ReverseFulfillmentOrderLineItem' as const,
      id: shop.newId('ReverseFulfillmentOrderLineItem').id,
      totalQuantity: positive(wish.quantity),
      fulfillmentLineId: found(shipped, `shipment of ${wish.quantity} ${wish.sku} in ${order.name}`).id,
      lineId: line.id,
      dispositions: [],
    };
  });
  const made: OrderReturn = {
    kind: 'Return',
    id,
    orderId: order.id,
    name: `${order.name}-R${order.returns.length + 1}`,
    status: 'OPEN',
    createdAt: shop.now(),
    closedAt: null,
    reverse: {
      kind: 'ReverseFulfillmentOrder',
      id: shop.newId('ReverseFulfillmentOrder').id,
      status: 'OPEN',
      lines,
    },
  };
  order.returns.push(made);
  shop.returns.set(id, made);
  shop.returnsByReverse.set(made.reverse.id, made);
  shop.touch(order);
  shop.emit({ topic: 'returns/update', order, orderReturn: made });
  shop.emit({ topic: 'orders/updated', order });
  return made;
}

export type DisposeRequest = {
  return: string;
  sku: string;
  quantity: number;
  type: DispositionType;
  location?: string | undefined;
};

/** Says what happened to returned goods; only RESTOCKED moves stock, at the location named. */
export function dispose(shop: Shop, request: DisposeRequest): Disposition {
  const orderReturn = found(shop.returns.get(request.return), request.return);
  const order = shop.order(orderReturn.orderId);
  const returned = found(
    orderReturn.reverse.lines.find((one) =>
      order.lines.some((line) => line.id === one.lineId && line.sku === request.sku),
    ),
    `${request.sku} in ${orderReturn.name}`,
  );
  const done = returned.dispositions.reduce((sum, one) => sum + one.quantity, 0);
  const quantity = positive(request.quantity);
  if (done + quantity > returned.totalQuantity)
    throw new ShopRefusal(
      'TOO_MANY',
      `${orderReturn.name} returns ${returned.totalQuantity} of ${request.sku}`,
    );
  const location = request.location === undefined ? undefined : shop.catalog.locationNamed(request.location);
  if (request.type === 'RESTOCKED')
    shop.moveStock(
      lineOf(order, returned.lineId).itemId,
      found(location, 'location to restock at').id,
      effects.restock(quantity),
    );
  const disposition: Disposition = {
    kind: 'ReverseFulfillmentOrderDisposition',
    id: shop.newId('ReverseFulfillmentOrderDisposition').id,
    type: request.type,
    quantity,
    locationId: location?.id ?? null,
    createdAt: shop.now(),
  };
  returned.dispositions.push(disposition);
  // Whether a disposition alone moves the order's updatedAt is unverified, so here it does not: a reader that
  // only polls orders would miss it.
  shop.emit({
    topic: 'reverse_fulfillment_orders/dispose',
    orderReturn,
    disposed: [{ line: returned, disposition }],
  });
  return disposition;
}
