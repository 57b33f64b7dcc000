// Which webhook topics exist for us, how each is subscribed to, and which fields of its body are asked for.
// Bodies are hints that say "read this again": ids and a time, never a name, an address or a note.

interface Subscription {
  /** Shopify's GraphQL name. */
  readonly graphql: string;
  readonly includeFields: readonly string[];
}

// `updated_at` is in every list that can have it: Shopify drops deliveries whose chosen fields did not change.
const CHANGED = ['id', 'admin_graphql_api_id', 'updated_at'];
const OF_ORDER = ['id', 'admin_graphql_api_id', 'order_id', 'updated_at', 'created_at'];
const LEVEL = ['inventory_item_id', 'location_id', 'admin_graphql_api_id', 'updated_at'];
const GONE = ['id', 'admin_graphql_api_id'];
/** These bodies hold nothing but ids; choosing among them could only lose one. */
const WHOLE: readonly string[] = [];

export const SUBSCRIPTIONS = {
  'orders/create': { graphql: 'ORDERS_CREATE', includeFields: CHANGED },
  'orders/updated': { graphql: 'ORDERS_UPDATED', includeFields: CHANGED },
  'orders/edited': {
    graphql: 'ORDERS_EDITED',
    includeFields: ['order_edit.id', 'order_edit.order_id', 'order_edit.committed_at'],
  },
  'orders/cancelled': { graphql: 'ORDERS_CANCELLED', includeFields: CHANGED },
  'orders/delete': { graphql: 'ORDERS_DELETE', includeFields: GONE },
  'refunds/create': { graphql: 'REFUNDS_CREATE', includeFields: OF_ORDER },
  'fulfillments/create': { graphql: 'FULFILLMENTS_CREATE', includeFields: OF_ORDER },
  'fulfillments/update': { graphql: 'FULFILLMENTS_UPDATE', includeFields: OF_ORDER },
  'fulfillment_orders/moved': { graphql: 'FULFILLMENT_ORDERS_MOVED', includeFields: WHOLE },
  'fulfillment_orders/split': { graphql: 'FULFILLMENT_ORDERS_SPLIT', includeFields: WHOLE },
  'fulfillment_orders/merged': { graphql: 'FULFILLMENT_ORDERS_MERGED', includeFields: WHOLE },
  'fulfillment_orders/cancelled': { graphql: 'FULFILLMENT_ORDERS_CANCELLED', includeFields: WHOLE },
  'reverse_fulfillment_orders/dispose': {
    graphql: 'REVERSE_FULFILLMENT_ORDERS_DISPOSE',
    includeFields: WHOLE,
  },
  'inventory_levels/update': { graphql: 'INVENTORY_LEVELS_UPDATE', includeFields: LEVEL },
  'inventory_levels/connect': { graphql: 'INVENTORY_LEVELS_CONNECT', includeFields: LEVEL },
  'inventory_levels/disconnect': { graphql: 'INVENTORY_LEVELS_DISCONNECT', includeFields: LEVEL },
  'inventory_items/update': { graphql: 'INVENTORY_ITEMS_UPDATE', includeFields: CHANGED },
  'inventory_items/delete': { graphql: 'INVENTORY_ITEMS_DELETE', includeFields: GONE },
  'products/update': { graphql: 'PRODUCTS_UPDATE', includeFields: CHANGED },
  'products/delete': { graphql: 'PRODUCTS_DELETE', includeFields: GONE },
  'locations/create': { graphql: 'LOCATIONS_CREATE', includeFields: CHANGED },
  'locations/update': { graphql: 'LOCATIONS_UPDATE', includeFields: CHANGED },
  'locations/activate': { graphql: 'LOCATIONS_ACTIVATE', includeFields: CHANGED },
  'locations/deactivate': { graphql: 'LOCATIONS_DEACTIVATE', includeFields: CHANGED },
  'locations/delete': { graphql: 'LOCATIONS_DELETE', includeFields: GONE },
  'app/uninstalled': { graphql: 'APP_UNINSTALLED', includeFields: ['id'] },
} as const satisfies Record<string, Subscription>;

export type SubscriptionTopic = keyof typeof SUBSCRIPTIONS;

export const subscriptionTopics = Object.keys(SUBSCRIPTIONS) as [SubscriptionTopic, ...SubscriptionTopic[]];

/** Left out by default: what another topic of the list tells as well. */
const OPTIONAL: readonly SubscriptionTopic[] = [
  'orders/cancelled',
  'fulfillment_orders/split',
  'fulfillment_orders/merged',
  'fulfillment_orders/cancelled',
];

export const DEFAULT_TOPICS = subscriptionTopics.filter((topic) => !OPTIONAL.includes(topic));
