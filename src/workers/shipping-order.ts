// A shipping order in the partner's words, from a fulfilment order and what the channel says of it. It stores and sends nothing.
import type { Connection, ShipToAnswer } from '../connectors/contract.ts';
import type { FileExchange } from '../connectors/toolkit/file-exchange.ts';
import { StockbridgeError } from '../core/errors.ts';
import type { FulfilmentLine, FulfilmentOrder } from '../core/fulfilment/orders.ts';
import type { OutboundLine, ShippingOrder } from '../core/vocabulary/warehouse.ts';
import type { LiveConnection } from './hub.ts';

type Ready = Extract<ShipToAnswer, { readonly outcome: 'ready' }>;

/** Throws `location_unknown` and `item_unknown` for what the partner has no name for. */
export function shippingOrderOf(
  files: FileExchange,
  live: LiveConnection,
  order: FulfilmentOrder,
  answer: Ready,
  purpose: ShippingOrder['purpose'],
): ShippingOrder {
  return {
    kind: 'shipping_order',
    number: order.number,
    purpose,
    orderedAt: answer.orderedAt,
    warehouse: warehouseOf(files, live, order.location),
    purchaseOrder: answer.purchaseOrder ?? answer.number,
    shipTo: answer.shipTo,
    ...(answer.service === undefined ? {} : { service: answer.service }),
    lines: outboundLines(files, order.lines),
  };
}

/** Lines that a change took away are left out, and the others keep their numbers. */
export const outboundLines = (files: FileExchange, lines: readonly FulfilmentLine[]): OutboundLine[] =>
  lines.flatMap((line, index) => (line.quantity === '0' ? [] : [outboundLine(files, line, index)]));

/** Throws `configuration_invalid` where the channel is not configured, or knows no ship-to. */
export async function shipToOf(
  channel: Connection | undefined,
  order: FulfilmentOrder,
): Promise<ShipToAnswer> {
  if (!channel?.fulfilment)
    throw new StockbridgeError(
      'configuration_invalid',
      'the channel that took the order cannot say where it goes',
    );
  return channel.fulfilment.shipTo(order.order, order.channelLocation);
}

function warehouseOf(files: FileExchange, live: LiveConnection, location: string): string {
  const own = files.warehouses.find((warehouse) => warehouse.location === location);
  if (!own)
    throw new StockbridgeError(
      'location_unknown',
      `the agreement with ${live.name} names no warehouse for ${location}`,
    );
  return own.code;
}

/** A line in the partner's words; throws `item_unknown` for an item that the partner has no name for. */
export function outboundLine(
  files: FileExchange,
  line: Pick<FulfilmentLine, 'sku' | 'name' | 'baseUnit' | 'barcode' | 'listing' | 'quantity'>,
  index: number,
): OutboundLine {
  const { as, qualifier } = files.itemNaming;
  const value = as === 'sku' ? line.sku : as === 'barcode' ? line.barcode : line.listing;
  if (value === undefined)
    throw new StockbridgeError('item_unknown', `${line.sku} has no ${as} that the partner knows it by`);
  return {
    line: String(index + 1),
    ids: [{ qualifier, value }],
    quantity: { value: line.quantity, unit: files.unitOf(line.baseUnit) },
    ...(line.name === '' ? {} : { description: line.name }),
  };
}
