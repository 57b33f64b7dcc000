// How the simulated Admin API answers questions about orders, fulfilments, refunds and returns.
import type { GraphQLSchema } from 'graphql';
import { graphqlTime, optionalTime } from '../shop/clock.ts';
import { financialStatus, fulfillmentStatus } from '../shop/order-status.ts';
import {
  type Disposition,
  type Fulfillment,
  type FulfillmentOrder,
  type Order,
  type OrderLine,
  type OrderReturn,
  type Refund,
  type RefundLine,
  type ReturnedLine,
  type RoutedLine,
  unfulfilledOf,
} from '../shop/order-types.ts';
import { found } from '../shop/refusal.ts';
import type { Shop } from '../shop/shop.ts';
import { byIndex, connectionOf } from './connection.ts';
import { apiError } from './errors.ts';
import { type Arguments, answer, type Context, timeAnswers } from './schema.ts';
import { matcher, parseSearch } from './search.ts';

/** Lines know their order through this: a line object travels alone through the resolvers. */
type LineOf = { line: OrderLine; order: Order };

const inOrder = (order: Order, lineId: string): LineOf => ({
  order,
  line: found(
    order.lines.find((line) => line.id === lineId),
    lineId,
  ),
});

export function answerOrders(schema: GraphQLSchema): void {
  answer<Order>(schema, 'Order', {
    ...timeAnswers,
    processedAt: (order) => graphqlTime(order.createdAt),
    cancelledAt: (order) => optionalTime(order.cancelledAt),
    closedAt: (order) => optionalTime(order.closedAt),
    displayFinancialStatus: (order) => financialStatus(order),
    displayFulfillmentStatus: (order) => fulfillmentStatus(order),
    retailLocation: (order, _args, { shop }) =>
      shop.catalog.locations.get(order.retailLocationId ?? '') ?? null,
    lineItems: (order, args, { limits }) =>
      connectionOf(
        order.lines.map((line): LineOf => ({ line, order })),
        args,
        byIndex,
        limits,
      ),
    fulfillmentOrders: (order, args, { limits }) =>
      connectionOf(order.fulfillmentOrders, args, byIndex, limits),
    fulfillments: (order, args) => firstOf(order.fulfillments, args),
    refunds: (order, args) => firstOf(order.refunds, args),
    returns: (order, args, { limits }) => connectionOf(order.returns, args, byIndex, limits),
  });
  answer<LineOf>(schema, 'LineItem', lineAnswers);
  answer<FulfillmentOrder>(schema, 'FulfillmentOrder', {
    ...timeAnswers,
    assignedLocation: ({ locationId }, _args, { shop }) => {
      const location = shop.catalog.locations.get(locationId);
      return { name: location?.name ?? '', location: location ?? null };
    },
    lineItems: (routing, args, { shop, limits }) => {
      const order = orderOf(shop, routing.orderId);
      return connectionOf(
        routing.lines.map((routed) => ({ routed, order })),
        args,
        byIndex,
        limits,
      );
    },
  });
  answer<{ routed: RoutedLine; order: Order }>(schema, 'FulfillmentOrderLineItem', {
    id: ({ routed }) => routed.id,
    totalQuantity: ({ routed }) => routed.totalQuantity,
    remainingQuantity: ({ routed }) => routed.remainingQuantity,
    inventoryItemId: ({ routed }) => routed.itemId,
    sku: ({ routed }) => routed.sku,
    requiresShipping: ({ routed }) => routed.requiresShipping,
    lineItem: ({ routed, order }) => inOrder(order, routed.lineId),
  });
  answer<Fulfillment>(schema, 'Fulfillment', {
    ...timeAnswers,
    location: ({ locationId }, _args, { shop }) => shop.catalog.locations.get(locationId) ?? null,
    fulfillmentLineItems: (fulfillment, args, { shop, limits }) => {
      const { order } = found(shop.fulfillments.get(fulfillment.id), fulfillment.id);
      const rows = fulfillment.lines.map((line) => ({ ...line, order }));
      return connectionOf(rows, args, byIndex, limits);
    },
  });
  answer<{ lineId: string; order: Order }>(schema, 'FulfillmentLineItem', {
    lineItem: ({ lineId, order }) => inOrder(order, lineId),
  });
  answerRefunds(schema);
  answer<unknown>(schema, 'QueryRoot', {
    order: (_root, args, { shop }) => shop.orders.get(args.id) ?? null,
    orders: (_root, args, context) => ordersPage(args, context),
    return: (_root, args, { shop }) => shop.returns.get(args.id) ?? null,
  });
}

function answerRefunds(schema: GraphQLSchema): void {
  answer<Refund>(schema, 'Refund', {
    ...timeAnswers,
    return: (refund, _args, { shop }) => shop.returns.get(refund.returnId ?? '') ?? null,
    refundLineItems: (refund, args, { shop, limits }) => {
      const { order } = found(shop.refunds.get(refund.id), refund.id);
      return connectionOf(
        refund.lines.map((line) => ({ ...line, order })),
        args,
        byIndex,
        limits,
      );
    },
  });
  answer<RefundLine & { order: Order }>(schema, 'RefundLineItem', {
    lineItem: ({ lineId, order }) => inOrder(order, lineId),
    location: ({ locationId }, _args, { shop }) => shop.catalog.locations.get(locationId ?? '') ?? null,
  });
  answer<OrderReturn>(schema, 'Return', {
    createdAt: (one) => graphqlTime(one.createdAt),
    closedAt: (one) => optionalTime(one.closedAt),
    order: (one, _args, { shop }) => shop.orders.get(one.orderId),
    reverseFulfillmentOrders: (one, args, { limits }) =>
      connectionOf([{ ...one.reverse, orderId: one.orderId }], args, byIndex, limits),
    exchangeLineItems: (_one, args, { limits }) => connectionOf([], args, byIndex, limits),
  });
  answer<OrderReturn['reverse'] & { orderId: string }>(schema, 'ReverseFulfillmentOrder', {
    order: ({ orderId }, _args, { shop }) => shop.orders.get(orderId) ?? null,
    lineItems: ({ lines, orderId }, args, { shop, limits }) => {
      const order = orderOf(shop, orderId);
      return connectionOf(
        lines.map((line) => ({ ...line, order })),
        args,
        byIndex,
        limits,
      );
    },
  });
  answer<ReturnedLine & { order: Order }>(schema, 'ReverseFulfillmentOrderLineItem', {
    fulfillmentLineItem: ({ fulfillmentLineId, order }) => {
      const line = order.fulfillments.flatMap((one) => one.lines).find((one) => one.id === fulfillmentLineId);
      return line ? { ...line, order } : null;
    },
  });
  answer<Disposition>(schema, 'ReverseFulfillmentOrderDisposition', {
    createdAt: (one) => graphqlTime(one.createdAt),
    location: ({ locationId }, _args, { shop }) => shop.catalog.locations.get(locationId ?? '') ?? null,
  });
}

const lineAnswers = {
  id: ({ line }: LineOf) => line.id,
  sku: ({ line }: LineOf) => line.sku,
  name: ({ line }: LineOf) => line.title,
  quantity: ({ line }: LineOf) => line.quantity,
  currentQuantity: ({ line }: LineOf) => line.currentQuantity,
  unfulfilledQuantity: ({ line, order }: LineOf) => unfulfilledOf(order, line.id),
  nonFulfillableQuantity: ({ line, order }: LineOf) =>
    Math.max(0, line.quantity - line.fulfilledQuantity - unfulfilledOf(order, line.id)),
  requiresShipping: ({ line }: LineOf) => line.requiresShipping,
  isGiftCard: ({ line }: LineOf) => line.isGiftCard,
  // Null once the variant is deleted, as in the real API: the reader must have kept its own mapping.
  variant: ({ line }: LineOf, _args: Arguments, { shop }: Context) =>
    shop.catalog.variants.get(line.variantId ?? '') ?? null,
  lineItemGroup: () => null,
};

/** Plain lists have no cursor: what lies beyond `first` cannot be reached but by asking for more. */
function firstOf<T>(rows: readonly T[], args: Arguments): readonly T[] {
  if (args.first != null && (args.first < 0 || args.first > 250))
    throw apiError('BAD_REQUEST', 'first lies between 0 and 250');
  return args.first == null ? rows : rows.slice(0, args.first);
}

const orderOf = (shop: Shop, id: string): Order => found(shop.orders.get(id), id);

const searchOrders = {
  id: (order: Order) => order.legacyResourceId,
  name: (order: Order) => order.name,
  created_at: (order: Order) => order.createdAt,
  processed_at: (order: Order) => order.createdAt,
  updated_at: (order: Order) => order.updatedAt,
  status: (order: Order) =>
    order.cancelledAt !== null ? 'cancelled' : order.closedAt !== null ? 'closed' : 'open',
};

/** Without read_all_orders an app sees this much of the past. */
const visiblePastMs = 60 * 24 * 60 * 60 * 1000;

function ordersPage(args: Arguments, { shop, scopes, limits }: Context): unknown {
  const oldest = scopes.has('read_all_orders') ? 0 : shop.now() - visiblePastMs;
  const matches = matcher<Order>(args.query, searchOrders);
  const keep = (order: Order): boolean => order.createdAt >= oldest && (matches?.(order) ?? true);
  if (args.sortKey !== 'UPDATED_AT') {
    if (
      args.sortKey != null &&
      !['ID', 'CREATED_AT', 'PROCESSED_AT', 'ORDER_NUMBER'].includes(args.sortKey)
    ) {
      throw apiError('BAD_REQUEST', `The simulator cannot sort orders by ${args.sortKey}`);
    }
    const place = (order: Order) => ({ value: 0, sequence: order.sequence });
    return connectionOf([...shop.orders.values()], args, place, limits, keep);
  }
  const place = (order: Order) => ({ value: order.updatedAt, sequence: order.sequence });
  const { rows } = shop.timeline;
  return connectionOf(
    args.reverse ? rows : rows.slice(firstChangedSince(shop, args.query)),
    args,
    place,
    limits,
    keep,
  );
}

/** Where in the timeline a lower bound on updated_at begins, so that a poll does not walk the whole past. */
function firstChangedSince(shop: Shop, query: string | null | undefined): number {
  const bound = parseSearch(query ?? '').find(
    (term) => term.field === 'updated_at' && term.comparator.startsWith('>'),
  );
  const sinceMs = bound ? Date.parse(bound.value) : Number.NaN;
  return Number.isNaN(sinceMs) ? 0 : shop.timeline.firstAfter(sinceMs - 1, Number.MAX_SAFE_INTEGER);
}
