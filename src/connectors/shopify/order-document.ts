// One order as far as stock is concerned: the shape in which orders travel from Shopify's pages to the projection.
// It holds ids, quantities, places and times; no person, no price and no note is ever part of it.
import { z } from 'zod';
import { instantSchema } from '../../core/vocabulary/instant.ts';

const gid = z.string().min(1).max(200);
const place = z.object({ id: gid }).nullable();
const quantity = z.int();

export const orderLineSchema = z.object({
  id: gid,
  sku: z.string().nullable(),
  quantity,
  currentQuantity: quantity,
  unfulfilledQuantity: quantity,
  isGiftCard: z.boolean(),
  /** Null for custom lines and for variants that were deleted. */
  variant: z.object({ id: gid, inventoryItem: z.object({ id: gid, tracked: z.boolean() }) }).nullable(),
});

export const fulfillmentOrderLineSchema = z.object({
  id: gid,
  totalQuantity: quantity,
  remainingQuantity: quantity,
  /** Known even when the variant is gone. */
  inventoryItemId: gid.nullable(),
  sku: z.string().nullable(),
  lineItem: z.object({ id: gid }),
});

const fulfillmentOrderHead = z.object({
  id: gid,
  status: z.string(),
  updatedAt: instantSchema,
  assignedLocation: z.object({ location: place }),
});

export const fulfillmentLineSchema = z.object({
  id: gid,
  quantity: quantity.nullable(),
  lineItem: z.object({ id: gid }),
});

const fulfillmentHead = z.object({
  id: gid,
  status: z.string(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
  location: place,
});

export const refundLineSchema = z.object({
  id: gid.nullable(),
  quantity,
  restockType: z.string(),
  restocked: z.boolean(),
  location: place,
  lineItem: z.object({ id: gid }),
});

const refundHead = z.object({
  id: gid,
  createdAt: instantSchema.nullable(),
  updatedAt: instantSchema,
  return: z.object({ id: gid }).nullable(),
});

const disposition = z.object({
  id: gid,
  type: z.string(),
  quantity,
  createdAt: instantSchema,
  location: place,
});

export const returnedLineSchema = z.object({
  id: gid,
  /** Null when the goods came back without a known shipment. */
  fulfillmentLineItem: z.object({ id: gid, lineItem: z.object({ id: gid }) }).nullable(),
  dispositions: z.array(disposition),
});

const orderHead = z.object({
  id: gid,
  name: z.string(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
  test: z.boolean(),
});

/** A whole order, every list in it read to its end. */
export const orderDocumentSchema = orderHead.extend({
  lineItems: z.array(orderLineSchema),
  fulfillmentOrders: z.array(fulfillmentOrderHead.extend({ lineItems: z.array(fulfillmentOrderLineSchema) })),
  fulfillments: z.array(fulfillmentHead.extend({ fulfillmentLineItems: z.array(fulfillmentLineSchema) })),
  refunds: z.array(refundHead.extend({ refundLineItems: z.array(refundLineSchema) })),
  returns: z.array(z.object({ id: gid, returnedLines: z.array(returnedLineSchema) })),
  /** False when it has more fulfilments or refunds than Shopify can list; nothing can be said of it then. */
  whole: z.boolean(),
});
export type OrderDocument = z.infer<typeof orderDocumentSchema>;

const pageInfo = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

/** A page of a connection as Shopify answers it. */
export const pageOf = <T extends z.ZodType>(node: T) => z.object({ nodes: z.array(node), pageInfo });
export type Page<T> = { nodes: T[]; pageInfo: z.infer<typeof pageInfo> };

export const fulfillmentOrderNode = fulfillmentOrderHead.extend({
  lineItems: pageOf(fulfillmentOrderLineSchema),
});
export const fulfillmentNode = fulfillmentHead.extend({
  fulfillmentLineItems: pageOf(fulfillmentLineSchema),
});
export const refundNode = refundHead.extend({ refundLineItems: pageOf(refundLineSchema) });
export const returnNode = z.object({ id: gid, status: z.string() });
export const reverseFulfillmentOrderNode = z.object({ id: gid, lineItems: pageOf(returnedLineSchema) });

/** An order as a page holds it: nested lists may go on elsewhere. */
export const orderNode = orderHead.extend({
  lineItems: pageOf(orderLineSchema),
  fulfillmentOrders: pageOf(fulfillmentOrderNode),
  fulfillments: z.array(fulfillmentNode),
  refunds: z.array(refundNode),
  returns: pageOf(returnNode),
});
export type OrderNode = z.infer<typeof orderNode>;
