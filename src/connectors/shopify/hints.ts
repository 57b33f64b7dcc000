// What a stored event asks us to read. Pure: a webhook's body is a hint with ids in it, and nothing else of it is used.
import type { ErrorCode } from '../../core/errors.ts';
import type { Interpretation, StoredEvent } from '../contract.ts';
import * as answer from '../toolkit/interpretation.ts';
import { readJson } from '../toolkit/json.ts';
import { type OrderDocument, orderDocumentSchema } from './order-document.ts';

/** The topic of polled events, whose body is a whole order. */
export const ORDER_STATE = 'order/state';

export type Hint =
  | { readonly read: 'nothing'; readonly because: Interpretation }
  | { readonly read: 'document'; readonly order: OrderDocument }
  | { readonly read: 'order'; readonly orderId: string; readonly deleted: boolean }
  /** Documents of one order whose order must be asked for first. */
  | { readonly read: 'order-of'; readonly documentIds: readonly string[] }
  | { readonly read: 'level'; readonly itemId: string; readonly locationId: string };

type Body = Readonly<Record<string, unknown>>;

export function hintOf(event: StoredEvent): Hint {
  const read = event.topic === 'unreadable' ? undefined : readJson(event.body, { brokenText: 'keep' });
  if (read === undefined || !read.ok) {
    const reason = read?.reason ?? 'the request has no usable topic, id or body';
    return quarantined('body_malformed', reason);
  }
  if (event.topic === ORDER_STATE) return documentIn(read.value);
  if (typeof read.value !== 'object' || read.value === null)
    return quarantined('body_malformed', 'the body is no object');
  return hintIn(event.topic, read.value as Body);
}

function hintIn(topic: string, body: Body): Hint {
  const [resource = '', action = ''] = topic.split('/');
  switch (resource) {
    case 'orders':
      return orderIn(body, action === 'delete') ?? missing(topic, 'an order id');
    case 'refunds':
    case 'fulfillments':
      return ownerIn(body) ?? missing(topic, 'order_id');
    case 'fulfillment_orders':
      return (
        ownerIn(body) ??
        orderOf(gidsIn(body, 'FulfillmentOrder')) ??
        missing(topic, 'a fulfilment order’s id')
      );
    case 'returns':
      return ownerIn(body) ?? orderOf(gidsIn(body, 'Return')) ?? missing(topic, 'a return’s id');
    case 'reverse_fulfillment_orders':
    case 'reverse_deliveries':
      return (
        orderOf([...gidsIn(body, 'ReverseFulfillmentOrder'), ...gidsIn(body, 'Return')]) ??
        missing(topic, 'a reverse fulfilment order’s id')
      );
    case 'inventory_levels':
      return levelIn(body) ?? missing(topic, 'inventory_item_id and location_id');
    case 'app':
      if (action === 'uninstalled') {
        return quarantined(
          'vendor_unauthorized',
          'The app was uninstalled from the shop: install it again and resume the connection',
        );
      }
      return ignored('Changed access scopes show in the connection’s health.');
    default:
      return withoutStock(resource, topic);
  }
}

/** Known topics that move no stock of ours, with the reason; an unknown one is kept for a person to look at. */
function withoutStock(resource: string, topic: string): Hint {
  if (['products', 'variants', 'inventory_items', 'locations', 'collections'].includes(resource)) {
    return ignored('The catalogue changed; the next catalogue import brings it in.');
  }
  if (resource === 'inventory_transfers' || resource === 'inventory_shipments') {
    return ignored(
      'Transfers inside Shopify are not booked: the hub is the master of stock, and the levels will differ visibly.',
    );
  }
  if (resource === 'customers' || resource === 'shop') {
    return ignored('Noted: this connection stores no personal data of the shop’s customers.');
  }
  if (resource === 'draft_orders' || resource === 'bulk_operations')
    return ignored('Moves no stock by itself.');
  return quarantined('content_invalid', `nobody knows yet what ${topic} means for stock`);
}

function documentIn(value: unknown): Hint {
  const parsed = orderDocumentSchema.safeParse(value);
  if (parsed.success) return { read: 'document', order: parsed.data };
  return quarantined('content_invalid', answer.reasonOf(parsed.error));
}

function orderIn(body: Body, deleted: boolean): Hint | undefined {
  const edit = body.order_edit;
  const orderId =
    gidOf('Order', body.admin_graphql_api_id) ??
    gidOf('Order', body.id) ??
    (isBody(edit) ? gidOf('Order', edit.order_id) : undefined);
  return orderId === undefined ? undefined : { read: 'order', orderId, deleted };
}

/** The order that a document says it belongs to. */
function ownerIn(body: Body): Hint | undefined {
  const order = body.order;
  const orderId =
    gidOf('Order', body.order_id) ??
    (isBody(order) ? (gidOf('Order', order.admin_graphql_api_id) ?? gidOf('Order', order.id)) : undefined);
  return orderId === undefined ? undefined : { read: 'order', orderId, deleted: false };
}

/** The level's own gid carries the item's digits unrounded; its number is not the location's. */
function levelIn(body: Body): Hint | undefined {
  const gid = body.admin_graphql_api_id;
  const digits =
    typeof gid === 'string'
      ? /^gid:\/\/shopify\/InventoryLevel\/\d+\?inventory_item_id=(\d+)$/.exec(gid)?.[1]
      : undefined;
  const itemId = gidOf('InventoryItem', digits) ?? gidOf('InventoryItem', body.inventory_item_id);
  const locationId = gidOf('Location', body.location_id);
  return itemId === undefined || locationId === undefined ? undefined : { read: 'level', itemId, locationId };
}

/** A gid from a gid, or from a number of any length; numbers above 2^53 arrive as their exact text. */
function gidOf(kind: string, value: unknown): string | undefined {
  const prefix = `gid://shopify/${kind}/`;
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const digits = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return /^\d{1,30}$/.test(digits) ? `${prefix}${digits}` : undefined;
}

/** Every gid of a kind anywhere in a small body: these topics wrap theirs under names of their own. */
function gidsIn(value: unknown, kind: string): string[] {
  if (typeof value === 'string') {
    const gid = value.startsWith('gid:') ? gidOf(kind, value) : undefined;
    return gid === undefined ? [] : [gid];
  }
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.values(value).flatMap((inner) => gidsIn(inner, kind)))];
}

const orderOf = (documentIds: readonly string[]): Hint | undefined =>
  documentIds.length === 0 ? undefined : { read: 'order-of', documentIds };

const isBody = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const missing = (topic: string, what: string): Hint =>
  quarantined('content_invalid', `${topic} came without ${what}`);

const ignored = (reason: string): Hint => ({ read: 'nothing', because: answer.ignored(reason) });

const quarantined = (code: ErrorCode, reason: string): Hint => ({
  read: 'nothing',
  because: answer.quarantined(code, reason),
});
