// One order as far as shipping it is concerned, read whole: where it goes, and which shipments it knows of.
// The first holds personal data; it is handed on to whoever asked and kept nowhere.
import { z } from 'zod';
import { instantSchema } from '../../core/vocabulary/instant.ts';
import type { ShopifyClient } from './client.ts';
import {
  fulfillmentLineSchema,
  fulfillmentNode,
  fulfillmentOrderLineSchema,
  fulfillmentOrderNode,
  type Page,
  pageOf,
} from './order-document.ts';
import { restOf } from './pages.ts';

const text = z.string().nullable();

const line = fulfillmentOrderLineSchema.extend({ requiresShipping: z.boolean() });
const routingNode = fulfillmentOrderNode.extend({
  lineItems: pageOf(line),
  supportedActions: z.array(z.object({ action: z.string() })),
});

const person = {
  firstName: text,
  lastName: text,
  company: text,
  address1: text,
  address2: text,
  city: text,
  province: text,
  zip: text,
  phone: text,
};
const address = z.object({ ...person, provinceCode: text, countryCodeV2: text });
const destination = z.object({ ...person, countryCode: text, email: text });
export type Destination = z.infer<typeof destination>;

const goingNode = routingNode.extend({
  fulfillAt: instantSchema.nullable(),
  fulfillmentHolds: z.array(z.object({ reason: z.string(), displayReason: z.string() })),
  deliveryMethod: z.object({ methodType: z.string(), presentedName: text }).nullable(),
  destination: destination.nullable(),
});

const orderToShip = z.object({
  id: z.string(),
  name: z.string(),
  createdAt: instantSchema,
  test: z.boolean(),
  cancelledAt: text,
  poNumber: text,
  displayFinancialStatus: text,
  shippingLine: z.object({ title: z.string() }).nullable(),
  shippingAddress: address.nullable(),
  fulfillmentOrders: pageOf(goingNode),
});

const shippedNode = fulfillmentNode.extend({ trackingInfo: z.array(z.object({ number: text })) });
const orderShipped = z.object({
  id: z.string(),
  name: z.string(),
  cancelledAt: text,
  fulfillments: z.array(shippedNode),
  fulfillmentOrders: pageOf(routingNode),
});

type WithLines<T> = Omit<T, 'lineItems'> & { readonly lineItems: readonly z.infer<typeof line>[] };
export type GoingRouting = WithLines<z.infer<typeof goingNode>>;
export type Routing = WithLines<z.infer<typeof routingNode>>;
export type OrderToShip = Omit<z.infer<typeof orderToShip>, 'fulfillmentOrders'> & {
  readonly fulfillmentOrders: readonly GoingRouting[];
};
export type Shipped = Omit<z.infer<typeof shippedNode>, 'fulfillmentLineItems'> & {
  readonly fulfillmentLineItems: readonly z.infer<typeof fulfillmentLineSchema>[];
};
export type OrderShipped = Omit<z.infer<typeof orderShipped>, 'fulfillments' | 'fulfillmentOrders'> & {
  readonly fulfillments: readonly Shipped[];
  readonly fulfillmentOrders: readonly Routing[];
  /** False when it has more shipments than Shopify lists: then it cannot be said that one is missing. */
  readonly whole: boolean;
};

/** As in operations.graphql: Shopify lists no more, and has no cursor here. */
const FULFILLMENTS_LISTED = 250;

/** The order with its address and every routing; undefined when Shopify does not show it. */
export async function readOrderToShip(client: ShopifyClient, id: string): Promise<OrderToShip | undefined> {
  const order = await readOrder(client, 'StockbridgeShipTo', orderToShip, id);
  if (order === undefined) return undefined;
  return { ...order, fulfillmentOrders: await routingsOf(client, 'StockbridgeShipTo', goingNode, order) };
}

/** The order with every shipment and every routing; undefined when Shopify does not show it. */
export async function readOrderShipped(client: ShopifyClient, id: string): Promise<OrderShipped | undefined> {
  const order = await readOrder(client, 'StockbridgeShipped', orderShipped, id);
  if (order === undefined) return undefined;
  const fulfillments: Shipped[] = [];
  for (const one of order.fulfillments) {
    fulfillments.push({
      ...one,
      fulfillmentLineItems: await restOf(one.fulfillmentLineItems, async (after) => {
        const shape = z.object({ node: z.object({ fulfillmentLineItems: pageOf(fulfillmentLineSchema) }) });
        const { data } = await client.read('StockbridgeFulfillmentLines', shape, { id: one.id, after });
        return data.node.fulfillmentLineItems;
      }),
    });
  }
  return {
    ...order,
    fulfillments,
    fulfillmentOrders: await routingsOf(client, 'StockbridgeShipped', routingNode, order),
    whole: fulfillments.length < FULFILLMENTS_LISTED,
  };
}

async function readOrder<T>(
  client: ShopifyClient,
  operation: string,
  shape: z.ZodType<T>,
  id: string,
): Promise<T | undefined> {
  const { data } = await client.read(operation, z.object({ order: shape.nullable() }), { id, after: null });
  return data.order ?? undefined;
}

type Lines = { id: string; lineItems: Page<z.infer<typeof line>> };

async function routingsOf<T extends Lines>(
  client: ShopifyClient,
  operation: string,
  node: z.ZodType<T>,
  order: { readonly id: string; readonly fulfillmentOrders: Page<T> },
): Promise<WithLines<T>[]> {
  const routings = await restOf(order.fulfillmentOrders, async (after) => {
    const shape = z.object({ order: z.object({ fulfillmentOrders: pageOf(node) }) });
    const { data } = await client.read(operation, shape, { id: order.id, after });
    return data.order.fulfillmentOrders;
  });
  const whole: WithLines<T>[] = [];
  for (const routing of routings) {
    const lineItems = await restOf(routing.lineItems, async (after) => {
      const shape = z.object({ node: z.object({ lineItems: pageOf(line) }) });
      const { data } = await client.read('StockbridgeFulfillmentOrderLines', shape, {
        id: routing.id,
        after,
      });
      return data.node.lineItems;
    });
    whole.push({ ...routing, lineItems });
  }
  return whole;
}
