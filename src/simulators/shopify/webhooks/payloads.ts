// Webhook bodies in the vendor's REST dialect: snake_case, numeric ids, times in the shop's own zone, and the fields
// a stock integration may read. Fields about people are left out: the simulated shop has none.
import type { ShopEvent } from '../shop/events.ts';
import { financialStatus, fulfillmentStatus } from '../shop/order-status.ts';
import {
  type Fulfillment,
  type Order,
  type OrderLine,
  type Refund,
  unfulfilledOf,
} from '../shop/order-types.ts';
import { deletedItemBody, itemBody, levelBody, locationBody, productBody } from './catalog-payloads.ts';
import { type JsonObject, NumericId } from './json.ts';
import { numeric, numericOrNull, type Writer } from './writer.ts';

/** The body of one event, read from the shop's state at the moment of the call. */
export function bodyOf(writer: Writer, event: ShopEvent): JsonObject {
  const { time } = writer;
  switch (event.topic) {
    case 'orders/create':
    case 'orders/updated':
    case 'orders/cancelled':
      return orderBody(writer, event.order);
    case 'orders/edited':
      return {
        order_edit: {
          id: new NumericId(event.edit.id),
          app_id: null,
          created_at: time(event.edit.at),
          committed_at: time(event.edit.at),
          notify_customer: false,
          order_id: numeric(event.edit.order.id),
          staff_note: '',
          user_id: null,
          line_items: {
            additions: event.edit.additions.map(({ lineId, delta }) => ({ id: numeric(lineId), delta })),
            removals: event.edit.removals.map(({ lineId, delta }) => ({ id: numeric(lineId), delta })),
          },
          discounts: { line_item: { additions: [], removals: [] } },
          shipping_lines: { additions: [], removals: [] },
        },
      };
    case 'refunds/create':
      return refundBody(writer, event.order, event.refund);
    case 'fulfillments/create':
    case 'fulfillments/update':
      return fulfillmentBody(writer, event.order, event.fulfillment);
    case 'fulfillment_orders/moved':
      return {
        original_fulfillment_order: routingBody(
          event.original.id,
          event.original.status,
          event.original.locationId,
        ),
        moved_fulfillment_order: routingBody(event.moved.id, event.moved.status, event.moved.locationId),
        destination_location_id: event.moved.locationId,
        fulfillment_order_line_items_requested: event.lines,
        source_location: { id: event.fromLocationId },
      };
    case 'returns/update':
      return {
        id: numeric(event.orderReturn.id),
        admin_graphql_api_id: event.orderReturn.id,
        order: { id: numeric(event.order.id), admin_graphql_api_id: event.order.id },
      };
    case 'reverse_fulfillment_orders/dispose':
      return {
        id: numeric(event.orderReturn.reverse.id),
        admin_graphql_api_id: event.orderReturn.reverse.id,
        dispositions: event.disposed.map(({ line, disposition }) => ({
          reverse_fulfillment_order_line_item: { id: numeric(line.id), admin_graphql_api_id: line.id },
          reverse_delivery_line_item: null,
          type: disposition.type.toLowerCase(),
          location:
            disposition.locationId === null
              ? null
              : { id: numeric(disposition.locationId), admin_graphql_api_id: disposition.locationId },
          quantity: disposition.quantity,
        })),
        total_dispositions: event.disposed.length,
      };
    case 'inventory_levels/update':
    case 'inventory_levels/connect':
      return levelBody(writer, event.level);
    case 'inventory_levels/disconnect':
      return { inventory_item_id: numeric(event.level.itemId), location_id: numeric(event.level.locationId) };
    case 'inventory_items/create':
    case 'inventory_items/update':
      return itemBody(writer, event.item);
    case 'inventory_items/delete':
      return deletedItemBody(event.item);
    case 'products/create':
    case 'products/update':
      return productBody(writer, event.variant);
    case 'products/delete':
      return { id: numeric(event.variant.product.id) };
    case 'locations/create':
    case 'locations/update':
    case 'locations/activate':
    case 'locations/deactivate':
      return locationBody(writer, event.location);
    case 'locations/delete':
      return { id: numeric(event.location.id) };
    case 'bulk_operations/finish':
      return {
        admin_graphql_api_id: event.bulk.id,
        completed_at: time(event.bulk.completedAt),
        created_at: time(event.bulk.createdAt),
        error_code: event.bulk.errorCode,
        status: event.bulk.status.toLowerCase(),
        type: 'query',
      };
  }
}

const routingBody = (id: string, status: string, locationId: string): JsonObject => ({
  id,
  status: status.toLowerCase(),
  assigned_location_id: locationId,
});

function orderBody(writer: Writer, order: Order): JsonObject {
  const { shop, time } = writer;
  const total = order.lines.reduce((sum, line) => sum + cents(line.price) * BigInt(line.quantity), 0n);
  return {
    id: new NumericId(order.legacyResourceId),
    admin_graphql_api_id: order.id,
    name: order.name,
    number: order.number,
    order_number: 1000 + order.number,
    created_at: time(order.createdAt),
    updated_at: time(order.updatedAt),
    processed_at: time(order.createdAt),
    cancelled_at: order.cancelledAt === null ? null : time(order.cancelledAt),
    cancel_reason: order.cancelReason?.toLowerCase() ?? null,
    closed_at: order.closedAt === null ? null : time(order.closedAt),
    confirmed: true,
    currency: shop.options.currency,
    financial_status: financialStatus(order).toLowerCase(),
    fulfillment_status: restFulfillmentStatus(order),
    // Null for web orders however they are routed: where stock is committed stands in the fulfilment orders only.
    location_id: numericOrNull(order.retailLocationId),
    source_name: order.sourceName,
    test: order.test,
    total_price: money(total),
    tags: '',
    note: null,
    fulfillments: order.fulfillments.map((one) => fulfillmentBody(writer, order, one)),
    line_items: order.lines.map((line) => ({
      ...lineBody(writer, order, line),
      current_quantity: line.currentQuantity,
    })),
    refunds: order.refunds.map((one) => refundBody(writer, order, one)),
  };
}

/** A line as fulfilments and refunds carry it; only the order's own list adds current_quantity. */
function lineBody({ shop }: Writer, order: Order, line: OrderLine): JsonObject {
  const variant = shop.catalog.variants.get(line.variantId ?? '');
  const open = unfulfilledOf(order, line.id);
  return {
    id: numeric(line.id),
    admin_graphql_api_id: line.id,
    fulfillable_quantity: open,
    fulfillment_service: 'manual',
    fulfillment_status: line.fulfilledQuantity === 0 ? null : open === 0 ? 'fulfilled' : 'partial',
    gift_card: line.isGiftCard,
    grams: 0,
    name: line.title,
    price: line.price,
    // There is no inventory item id on an order line: it has to be looked up from the variant.
    product_exists: variant !== undefined,
    product_id: variant ? numeric(variant.product.id) : null,
    properties: [],
    quantity: line.quantity,
    requires_shipping: line.requiresShipping,
    sku: line.sku ?? '',
    taxable: true,
    title: line.title,
    total_discount: '0.00',
    variant_id: variant ? numeric(variant.id) : null,
    variant_inventory_management: shop.isTracked(line.itemId) ? 'shopify' : null,
    variant_title: null,
    vendor: shop.options.name,
    tax_lines: [],
    duties: [],
    discount_allocations: [],
  };
}

function fulfillmentBody(writer: Writer, order: Order, fulfillment: Fulfillment): JsonObject {
  return {
    id: new NumericId(fulfillment.legacyResourceId),
    admin_graphql_api_id: fulfillment.id,
    order_id: new NumericId(order.legacyResourceId),
    name: fulfillment.name,
    status: fulfillment.status.toLowerCase(),
    location_id: numeric(fulfillment.locationId),
    created_at: writer.time(fulfillment.createdAt),
    updated_at: writer.time(fulfillment.updatedAt),
    service: 'manual',
    shipment_status: null,
    origin_address: null,
    receipt: {},
    tracking_company: fulfillment.tracking[0]?.company ?? null,
    tracking_number: fulfillment.tracking[0]?.number ?? null,
    tracking_numbers: fulfillment.tracking.flatMap(({ number }) => number ?? []),
    tracking_url: fulfillment.tracking[0]?.url ?? null,
    tracking_urls: fulfillment.tracking.flatMap(({ url }) => url ?? []),
    line_items: fulfillment.lines.flatMap((part) => {
      const line = order.lines.find((one) => one.id === part.lineId);
      return line ? [{ ...lineBody(writer, order, line), quantity: part.quantity }] : [];
    }),
  };
}

function refundBody(writer: Writer, order: Order, refund: Refund): JsonObject {
  return {
    id: new NumericId(refund.legacyResourceId),
    admin_graphql_api_id: refund.id,
    order_id: new NumericId(order.legacyResourceId),
    created_at: writer.time(refund.createdAt),
    processed_at: writer.time(refund.createdAt),
    note: null,
    user_id: null,
    restock: refund.lines.some((line) => line.restocked),
    return:
      refund.returnId === null
        ? null
        : { id: numeric(refund.returnId), admin_graphql_api_id: refund.returnId },
    duties: [],
    order_adjustments: [],
    transactions: [],
    refund_shipping_lines: [],
    refund_line_items: refund.lines.map((part) => {
      const line = order.lines.find((one) => one.id === part.lineId);
      const subtotal = money(cents(line?.price ?? '0.00') * BigInt(part.quantity));
      return {
        id: numeric(part.id),
        line_item_id: numeric(part.lineId),
        location_id: numericOrNull(part.locationId),
        quantity: part.quantity,
        restock_type: part.restockType.toLowerCase(),
        // A bare number with a fraction, as the vendor writes it here and nowhere else.
        subtotal: new NumericId(subtotal),
        total_tax: new NumericId('0.00'),
        line_item: line ? lineBody(writer, order, line) : null,
      };
    }),
  };
}

function restFulfillmentStatus(order: Order): string | null {
  const status = fulfillmentStatus(order);
  if (status === 'FULFILLED') return 'fulfilled';
  if (status === 'PARTIALLY_FULFILLED') return 'partial';
  return status === 'RESTOCKED' ? 'restocked' : null;
}

/** Prices are exact: hundredths as a whole number. */
function cents(price: string): bigint {
  const [whole = '0', fraction = ''] = price.split('.');
  return BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0').slice(0, 2));
}

const money = (hundredths: bigint): string =>
  `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
