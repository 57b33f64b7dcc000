// Reads orders whole: by id or as the pages of a search, with every nested list followed to its end.
import { z } from 'zod';
import type { ShopifyClient } from './client.ts';
import {
  fulfillmentLineSchema,
  fulfillmentNode,
  fulfillmentOrderLineSchema,
  fulfillmentOrderNode,
  type OrderDocument,
  type OrderNode,
  orderLineSchema,
  orderNode,
  type Page,
  pageOf,
  refundLineSchema,
  refundNode,
  returnedLineSchema,
  returnNode,
  reverseFulfillmentOrderNode,
} from './order-document.ts';
import { restOf } from './pages.ts';

/** Orders of one call by id; their nested lists make an answer large long before it is dear. */
const ORDERS_PER_CALL = 25;
/** As in operations.graphql: a plain list with this many rows may have more. */
const PLAIN_LIST_PAGE = 10;
const PLAIN_LIST_LIMIT = 250;
/** Nothing of these has come back yet, or ever will. */
const RETURNS_WITHOUT_GOODS = new Set(['REQUESTED', 'DECLINED']);

const nodesAnswer = z.object({
  nodes: z.array(z.union([orderNode, z.strictObject({ id: z.string() }), z.null()])),
});

/** The orders that the shop shows, by gid; one that it does not show is missing from the map. */
export async function readOrders(
  client: ShopifyClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, OrderDocument>> {
  const found = new Map<string, OrderDocument>();
  for (let start = 0; start < ids.length; start += ORDERS_PER_CALL) {
    const { data } = await client.read('StockbridgeOrdersById', nodesAnswer, {
      ids: ids.slice(start, start + ORDERS_PER_CALL),
    });
    for (const node of data.nodes) {
      if (node !== null && 'lineItems' in node) found.set(node.id, await wholeOrder(client, node));
    }
  }
  return found;
}

/** The order with all of its lists complete. */
export async function wholeOrder(client: ShopifyClient, node: OrderNode): Promise<OrderDocument> {
  const lineItems = await restOf(node.lineItems, (after) =>
    ofOrder(client, 'StockbridgeOrderLines', { lineItems: pageOf(orderLineSchema) }, node.id, after).then(
      (order) => order.lineItems,
    ),
  );
  const fulfillmentOrders = await restOf(node.fulfillmentOrders, (after) =>
    ofOrder(
      client,
      'StockbridgeOrderFulfillmentOrders',
      { fulfillmentOrders: pageOf(fulfillmentOrderNode) },
      node.id,
      after,
    ).then((order) => order.fulfillmentOrders),
  );
  const fulfillments = await wholeList(node.fulfillments, () =>
    ofOrder(client, 'StockbridgeOrderFulfillments', { fulfillments: z.array(fulfillmentNode) }, node.id).then(
      (order) => order.fulfillments,
    ),
  );
  const refunds = await wholeList(node.refunds, () =>
    ofOrder(client, 'StockbridgeOrderRefunds', { refunds: z.array(refundNode) }, node.id).then(
      (order) => order.refunds,
    ),
  );
  const returns = await restOf(node.returns, (after) =>
    ofOrder(client, 'StockbridgeOrderReturns', { returns: pageOf(returnNode) }, node.id, after).then(
      (order) => order.returns,
    ),
  );
  return {
    id: node.id,
    name: node.name,
    createdAt: node.createdAt,
    updatedAt: node.updatedAt,
    test: node.test,
    lineItems,
    fulfillmentOrders: await inTurn(fulfillmentOrders, async (one) => ({
      ...one,
      lineItems: await linesOf(
        client,
        'StockbridgeFulfillmentOrderLines',
        fulfillmentOrderLineSchema,
        one.id,
        one.lineItems,
      ),
    })),
    fulfillments: await inTurn(fulfillments, async (one) => ({
      ...one,
      fulfillmentLineItems: await restOf(one.fulfillmentLineItems, async (after) => {
        const shape = z.object({ node: z.object({ fulfillmentLineItems: pageOf(fulfillmentLineSchema) }) });
        const { data } = await client.read('StockbridgeFulfillmentLines', shape, { id: one.id, after });
        return data.node.fulfillmentLineItems;
      }),
    })),
    refunds: await inTurn(refunds, async (one) => ({
      ...one,
      refundLineItems: await restOf(one.refundLineItems, async (after) => {
        const shape = z.object({ node: z.object({ refundLineItems: pageOf(refundLineSchema) }) });
        const { data } = await client.read('StockbridgeRefundLines', shape, { id: one.id, after });
        return data.node.refundLineItems;
      }),
    })),
    returns: await inTurn(
      returns.filter((one) => !RETURNS_WITHOUT_GOODS.has(one.status)),
      async ({ id }) => ({ id, returnedLines: await returnedLines(client, id) }),
    ),
    whole: fulfillments.length < PLAIN_LIST_LIMIT && refunds.length < PLAIN_LIST_LIMIT,
  };
}

async function returnedLines(
  client: ShopifyClient,
  id: string,
): Promise<z.infer<typeof returnedLineSchema>[]> {
  const shape = z.object({
    return: z.object({ reverseFulfillmentOrders: pageOf(reverseFulfillmentOrderNode) }),
  });
  const page = async (after: string | null) => {
    const { data } = await client.read('StockbridgeReturn', shape, { id, after });
    return data.return.reverseFulfillmentOrders;
  };
  const reverseOrders = await restOf(await page(null), page);
  const lines = await inTurn(reverseOrders, (one) =>
    linesOf(client, 'StockbridgeReverseFulfillmentOrderLines', returnedLineSchema, one.id, one.lineItems),
  );
  return lines.flat();
}

async function ofOrder<S extends z.ZodRawShape>(
  client: ShopifyClient,
  operation: string,
  fields: S,
  id: string,
  after?: string,
): Promise<z.infer<z.ZodObject<S>>> {
  const shape = z.object({ order: z.object(fields) });
  const { data } = await client.read(operation, shape, after === undefined ? { id } : { id, after });
  return (data as { order: z.infer<z.ZodObject<S>> }).order;
}

const linesOf = <T>(
  client: ShopifyClient,
  operation: string,
  line: z.ZodType<T>,
  id: string,
  first: Page<T>,
): Promise<T[]> =>
  restOf(first, async (after) => {
    const shape = z.object({ node: z.object({ lineItems: pageOf(line) }) });
    const { data } = await client.read(operation, shape, { id, after });
    return data.node.lineItems;
  });

/** Fulfilments and refunds have no cursor: a full list is asked for again at its largest. */
const wholeList = async <T>(first: T[], all: () => Promise<T[]>): Promise<T[]> =>
  first.length < PLAIN_LIST_PAGE ? first : all();

/** One after the other: side by side they would only wait for the same query budget. */
async function inTurn<T, R>(rows: readonly T[], work: (row: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const row of rows) done.push(await work(row));
  return done;
}
