// Where orders go, whether they may leave, and the mutation that says they did. Who an order goes to is made up.
// The vendor documents no idempotency key for fulfillmentCreate, so there is none: the same request twice ships twice,
// as long as units are left. Its refusals carry no code, and its texts are known from reports only.
import type { GraphQLSchema } from 'graphql';
import { isOpen, shipPicked } from '../shop/fulfilment.ts';
import type { Address, Fulfillment, FulfillmentOrder, Order, Tracking } from '../shop/order-types.ts';
import type { Picked } from '../shop/shipments.ts';
import type { Shop } from '../shop/shop.ts';
import { type Arguments, answer, type Context } from './schema.ts';

type TrackingInput = {
  company?: string | null;
  number?: string | null;
  numbers?: string[] | null;
  url?: string | null;
  urls?: string[] | null;
};
type FulfillmentInput = {
  lineItemsByFulfillmentOrder: {
    fulfillmentOrderId: string;
    fulfillmentOrderLineItems?: { id: string; quantity: number }[] | null;
  }[];
  notifyCustomer?: boolean | null;
  trackingInfo?: TrackingInput | null;
};
type Payload = {
  fulfillment: Fulfillment | null;
  userErrors: { field: string[] | null; message: string }[];
};

export function answerFulfilment(schema: GraphQLSchema): void {
  answer<Order>(schema, 'Order', {
    shippingAddress: ({ id, shipTo }) => shipTo && addressOf(id, shipTo),
    shippingLine: ({ service }) => service && { id: null, title: service },
  });
  answer<FulfillmentOrder>(schema, 'FulfillmentOrder', {
    fulfillAt: () => null,
    fulfillmentHolds: ({ holds }) => holds,
    supportedActions: (routing, _args, { shop }) => actionsOf(shop, routing).map((action) => ({ action })),
    deliveryMethod: (routing, _args, { shop }) => {
      const order = shop.orders.get(routing.orderId);
      const id = routing.id.replace('FulfillmentOrder', 'DeliveryMethod');
      return order?.service
        ? { id, methodType: 'SHIPPING', presentedName: order.service }
        : { id, methodType: 'RETAIL', presentedName: null };
    },
    destination: (routing, _args, { shop }) => {
      const shipTo = shop.orders.get(routing.orderId)?.shipTo;
      const id = routing.id.replace('FulfillmentOrder', 'FulfillmentOrderDestination');
      return shipTo ? { ...shipTo, id } : null;
    },
  });
  answer<Fulfillment>(schema, 'Fulfillment', {
    trackingInfo: ({ tracking }, args) => (args.first == null ? tracking : tracking.slice(0, args.first)),
  });
  answer<unknown>(schema, 'Mutation', {
    fulfillmentCreate: async (_root, args, context) => {
      const { fulfillment } = args as Arguments & { fulfillment: FulfillmentInput };
      if (context.mutationLatencyMs > 0)
        await new Promise((done) => setTimeout(done, context.mutationLatencyMs));
      return create(context, fulfillment);
    },
  });
}

const addressOf = (orderId: string, { countryCode, email: _email, ...address }: Address) => ({
  ...address,
  id: orderId.replace('Order', 'MailingAddress'),
  countryCodeV2: countryCode,
});

/** Only the service itself may fulfil what is routed to its location. */
function actionsOf(shop: Shop, routing: FulfillmentOrder): string[] {
  if (routing.status === 'ON_HOLD') return ['RELEASE_HOLD'];
  if (!isOpen(routing)) return [];
  const isOurs = shop.catalog.locations.get(routing.locationId)?.isFulfillmentService !== true;
  return isOurs ? ['CREATE_FULFILLMENT', 'HOLD', 'MOVE'] : ['REQUEST_FULFILLMENT', 'HOLD'];
}

/** Judges everything before anything ships. */
function create({ shop }: Context, input: FulfillmentInput): Payload {
  const picked: Picked[] = [];
  for (const [index, wish] of input.lineItemsByFulfillmentOrder.entries()) {
    const refusal = pick(shop, wish, picked);
    if (refusal !== undefined)
      return refused(refusal, ['fulfillment', 'lineItemsByFulfillmentOrder', `${index}`]);
  }
  const [first] = picked;
  const order = first && shop.orders.get(first.routing.orderId);
  if (!first || !order) return refused('Fulfillment must have at least one line item.');
  if (picked.some(({ routing }) => routing.orderId !== order.id))
    return refused('All fulfillment orders must belong to the same order.');
  if (picked.some(({ routing }) => routing.locationId !== first.routing.locationId))
    return refused('All fulfillment orders must be assigned to the same location.');
  const note = { tracking: trackingOf(input.trackingInfo), notified: input.notifyCustomer === true };
  return { fulfillment: shipPicked(shop, order, picked, note), userErrors: [] };
}

const refused = (message: string, field: string[] | null = null): Payload => ({
  fulfillment: null,
  userErrors: [{ field, message }],
});

/** Adds what one fulfilment order shall ship, or answers why it cannot. */
function pick(
  shop: Shop,
  wish: FulfillmentInput['lineItemsByFulfillmentOrder'][number],
  picked: Picked[],
): string | undefined {
  const routing = shop.fulfillmentOrders.get(wish.fulfillmentOrderId);
  if (!routing) return 'Fulfillment order does not exist.';
  if (!actionsOf(shop, routing).includes('CREATE_FULFILLMENT'))
    return `Fulfillment order ${routing.id} has an unfulfillable status= ${routing.status.toLowerCase()}.`;
  const lines = wish.fulfillmentOrderLineItems?.length
    ? wish.fulfillmentOrderLineItems
    : routing.lines.map((line) => ({ id: line.id, quantity: line.remainingQuantity }));
  for (const { id, quantity } of lines) {
    if (quantity === 0 && !wish.fulfillmentOrderLineItems?.length) continue;
    const routedLine = routing.lines.find((line) => line.id === id);
    if (!routedLine) return 'Fulfillment order line item does not exist.';
    const taken = picked.filter((one) => one.routedLine === routedLine);
    const left = routedLine.remainingQuantity - taken.reduce((sum, one) => sum + one.quantity, 0);
    if (quantity <= 0 || quantity > left) return 'Invalid fulfillment order line item quantity requested.';
    picked.push({ routing, routedLine, quantity });
  }
  return undefined;
}

/** The vendor guesses a missing company from the number and makes urls of known ones; here both stay empty. */
function trackingOf(input: TrackingInput | null | undefined): Tracking[] {
  const numbers = input?.numbers ?? (input?.number == null ? [] : [input.number]);
  const urls = input?.urls ?? (input?.url == null ? [] : [input.url]);
  return numbers.map((number, index) => ({
    number,
    company: input?.company ?? null,
    url: urls[index] ?? null,
  }));
}
