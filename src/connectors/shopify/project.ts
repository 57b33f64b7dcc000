// From the present state of one order to everything it says about stock. Pure: the same order gives the same facts,
// whichever event led here and however often, so duplicates and reordering cannot change a number (I3).
// It books documents (shipments, restocked refunds, dispositions), never levels and never an event's own arithmetic.
import { StockbridgeError } from '../../core/errors.ts';
import { type Instant, microsOf } from '../../core/vocabulary/instant.ts';
import type { Interpretation, ReportedItem, ReportedMovement, ReportedReservations } from '../contract.ts';
import { facts, ignored, quarantined } from '../toolkit/interpretation.ts';
import type { OrderDocument } from './order-document.ts';
import { type ProjectionPolicy, placeOf } from './places.ts';
import { restocksOf } from './restocks.ts';

type ItemOf = (lineId: string) => ReportedItem | undefined;

/** Units in these are still to be shipped from the assigned location; in every other status nothing is committed. */
const OPEN_STATUSES = new Set(['OPEN', 'IN_PROGRESS', 'ON_HOLD', 'SCHEDULED']);

/** What one order says about stock; quarantined with the reason when it leaves open where units are or came from. */
export function projectionOf(order: OrderDocument, policy: ProjectionPolicy): Interpretation {
  if (order.test && policy.ignoreTestOrders) return ignored(`${order.name} is a test order`);
  if (!couldHaveStock(order)) return ignored(`${order.name} has no line with an inventory item`);
  if (!order.whole) {
    return quarantined(
      'content_invalid',
      `${order.name} has more fulfilments or refunds than Shopify lists; post what is missing by hand`,
    );
  }
  const itemOf = itemsOf(order);
  try {
    return facts({
      movements: [...shipmentsOf(order, itemOf, policy), ...restocksOf(order, itemOf, policy)],
      reservations: [reservationsOf(order, itemOf, policy)],
    });
  } catch (error) {
    if (!(error instanceof StockbridgeError)) throw error;
    return quarantined(error.code, error.message);
  }
}

/** Untracked items count: one that was tracked before may have left a reservation that must now be released. */
const couldHaveStock = (order: OrderDocument): boolean =>
  order.lineItems.some((line) => line.variant !== null && !line.isGiftCard) ||
  order.fulfillmentOrders.some((routing) => routing.lineItems.some((line) => line.inventoryItemId !== null));

/**
 * The inventory item behind each order line. Lines of untracked items, gift cards and custom lines have none, for
 * Shopify keeps no stock of them. A deleted variant's item is still named by the fulfilment order. A bundle's lines are
 * its components already, each with an item of its own.
 */
function itemsOf(order: OrderDocument): ItemOf {
  const items = new Map<string, ReportedItem>();
  const skus = new Map(order.lineItems.map((line) => [line.id, line.sku]));
  const withoutStock = new Set<string>();
  const add = (lineId: string, listing: string): void => {
    const sku = skus.get(lineId);
    items.set(lineId, sku === null || sku === undefined || sku === '' ? { listing } : { listing, sku });
  };
  for (const line of order.lineItems) {
    const item = line.variant?.inventoryItem;
    if (line.isGiftCard || item?.tracked === false) withoutStock.add(line.id);
    else if (item !== undefined) add(line.id, item.id);
  }
  for (const { lineItem, inventoryItemId } of order.fulfillmentOrders.flatMap((one) => one.lineItems)) {
    if (inventoryItemId === null || withoutStock.has(lineItem.id) || items.has(lineItem.id)) continue;
    add(lineItem.id, inventoryItemId);
  }
  return (lineId) => items.get(lineId);
}

function reservationsOf(
  order: OrderDocument,
  itemOf: ItemOf,
  policy: ProjectionPolicy,
): ReportedReservations {
  const lines: ReportedReservations['lines'][number][] = [];
  for (const routing of order.fulfillmentOrders) {
    if (!OPEN_STATUSES.has(routing.status)) continue;
    for (const line of routing.lineItems) {
      const item = itemOf(line.lineItem.id);
      if (item === undefined || line.remainingQuantity <= 0) continue;
      const location = placeOf(routing.assignedLocation.location, { order, document: routing.id }, policy);
      if (location === undefined) continue;
      lines.push({ line: line.id, item, location, quantity: String(line.remainingQuantity) });
    }
  }
  return { order: order.id, version: versionOf(order), reservedAt: order.createdAt, lines };
}

/**
 * Grows with every change: the newest time anywhere in the order, and below the second, where Shopify's times end, how
 * many documents there are, for these are only ever added.
 */
export function versionOf(order: OrderDocument): bigint {
  const times = [order, ...order.fulfillmentOrders, ...order.fulfillments, ...order.refunds].map((one) =>
    microsOf(one.updatedAt),
  );
  const newest = times.reduce((a, b) => (a > b ? a : b));
  const cancelled = order.fulfillments.filter((one) => one.status === 'CANCELLED').length;
  const documents = times.length + order.lineItems.length + order.returns.length + cancelled;
  return newest + BigInt(Math.min(documents, 999_999));
}

function shipmentsOf(order: OrderDocument, itemOf: ItemOf, policy: ProjectionPolicy): ReportedMovement[] {
  const movements: ReportedMovement[] = [];
  for (const fulfillment of order.fulfillments) {
    if (fulfillment.status !== 'SUCCESS' && fulfillment.status !== 'CANCELLED') continue;
    for (const line of fulfillment.fulfillmentLineItems) {
      const item = itemOf(line.lineItem.id);
      if (item === undefined || line.quantity === null || line.quantity <= 0) continue;
      const location = placeOf(fulfillment.location, { order, document: fulfillment.id }, policy);
      if (location === undefined) continue;
      const shipment: ReportedMovement = {
        type: 'shipment',
        document: { type: 'fulfillment', id: fulfillment.id, line: line.id },
        occurredAt: fulfillment.createdAt,
        reference: order.id,
        lines: [{ item, quantity: String(line.quantity), from: { location }, to: { virtual: 'customer' } }],
      };
      movements.push(shipment);
      // Both, even when it was cancelled before we first saw it: together they are nothing.
      if (fulfillment.status === 'CANCELLED') movements.push(reversalOf(shipment, fulfillment.updatedAt));
    }
  }
  return movements;
}

/**
 * Cancelling says that the shipment never took place, and so it is undone as of the moment it was booked. Shopify
 * keeps no time of the cancellation that could not change later, and a fact must be the same on every delivery (I4). Where
 * the shipment was before the cut-over there is nothing to be undone, and the newest time there is says when it came back.
 */
const reversalOf = (shipment: ReportedMovement, undoneAt: Instant): ReportedMovement => ({
  ...shipment,
  document: { ...shipment.document, line: `${shipment.document.line}:rev` },
  reverses: shipment.document,
  undoneAt,
  lines: shipment.lines.map((line) => ({ ...line, from: line.to, to: line.from })),
});
