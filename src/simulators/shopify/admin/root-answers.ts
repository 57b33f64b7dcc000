// Root questions that belong to no one area: the shop itself, the app's scopes, and lookup by gid.
import type { GraphQLSchema } from 'graphql';
import { parseGid } from '../shop/ids.ts';
import type { Shop } from '../shop/shop.ts';
import { connectionOf } from './connection.ts';
import { apiError } from './errors.ts';
import { answer, type Context } from './schema.ts';
import { app } from './stock-answers.ts';

const maxNodes = 250;

export function answerRoot(schema: GraphQLSchema): void {
  answer<Shop>(schema, 'QueryRoot', {
    shop: (_root, _args, { shop }) => ({
      id: shop.id,
      name: shop.options.name,
      myshopifyDomain: shop.options.domain,
      ianaTimezone: shop.options.ianaTimezone,
      currencyCode: shop.options.currency,
      plan: { publicDisplayName: 'Basic', shopifyPlus: false },
    }),
    currentAppInstallation: (_root, _args, { scopes }) => ({
      id: 'gid://shopify/AppInstallation/580112',
      app,
      accessScopes: [...scopes].sort().map((handle) => ({ handle, description: handle })),
    }),
    node: (_root, args, context) => nodeOf(context, args.id),
    nodes: (_root, args, context) => {
      if (args.ids.length > maxNodes) {
        throw apiError(
          'MAX_INPUT_SIZE_EXCEEDED',
          `The input array size of ${args.ids.length} is greater than the maximum allowed of ${maxNodes}.`,
        );
      }
      return args.ids.map((id) => nodeOf(context, id));
    },
    webhookSubscription: (_root, args, { subscriptions }) => subscriptions.get(args.id) ?? null,
    webhookSubscriptions: (_root, args, { subscriptions, limits }) =>
      connectionOf(
        subscriptions.list().filter((one) => args.topics?.includes(one.topic) ?? true),
        args,
        (one) => ({ value: 0, sequence: one.sequence }),
        limits,
      ),
    bulkOperation: (_root, args, { bulk }) => bulk.get(args.id) ?? null,
  });
}

/** The record behind a gid, or null: unknown and foreign kinds look the same to a caller. */
function nodeOf({ shop, subscriptions, bulk }: Context, id: string): unknown {
  switch (parseGid(id)?.kind) {
    case 'Order':
      return shop.orders.get(id) ?? null;
    case 'InventoryItem':
      return shop.catalog.items.get(id) ?? null;
    case 'InventoryLevel':
      return shop.book.levelById(id) ?? null;
    case 'ProductVariant':
      return shop.catalog.variants.get(id) ?? null;
    case 'Location':
      return shop.catalog.locations.get(id) ?? null;
    case 'FulfillmentOrder':
      return shop.fulfillmentOrders.get(id) ?? null;
    case 'Fulfillment':
      return shop.fulfillments.get(id)?.fulfillment ?? null;
    case 'Refund':
      return shop.refunds.get(id)?.refund ?? null;
    case 'Return':
      return shop.returns.get(id) ?? null;
    case 'ReverseFulfillmentOrder': {
      const orderReturn = shop.returnsByReverse.get(id);
      return orderReturn ? { ...orderReturn.reverse, orderId: orderReturn.orderId } : null;
    }
    case 'InventoryAdjustmentGroup':
      return shop.adjustmentGroups.get(id) ?? null;
    case 'WebhookSubscription':
      return subscriptions.get(id) ?? null;
    case 'BulkOperation':
      return bulk.get(id) ?? null;
    default:
      return null;
  }
}
