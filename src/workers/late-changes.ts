// Tells a partner that an order it has is changed or cancelled, while nothing of it has left: the new state of the order, the file
// that says so and what was asked before are stored in one transaction, and only then sent.
import type { FileExchange, Vault } from '../connectors/toolkit/file-exchange.ts';
import { StockbridgeError } from '../core/errors.ts';
import { markChanged, noteChange } from '../core/fulfilment/changes.ts';
import { type FulfilmentOrder, markCancelled, postponeOrder } from '../core/fulfilment/orders.ts';
import type { ShippingOrder } from '../core/vocabulary/warehouse.ts';
import { controlsOf, storeDraft } from './exchange.ts';
import type { Hub, LiveConnection } from './hub.ts';
import { outboundLines, shippingOrderOf, shipToOf } from './shipping-order.ts';

interface Late {
  readonly files: FileExchange;
  readonly vault: Vault;
  readonly now: Date;
}

/** Sends the order again under its number with what is wanted now. The channel is asked first, as for a new order. */
export async function changeOrder(
  hub: Hub,
  live: LiveConnection,
  order: FulfilmentOrder,
  { files, vault, now }: Late,
): Promise<void> {
  const { pool } = hub.database;
  const wait = (reason: string) => postponeOrder(pool, order.id, reason, 'channel');
  const answer = await shipToOf(hub.connections.get(order.channelId)?.connection, order);
  if (answer.outcome !== 'ready') return wait(`it changed: ${answer.reason}`);
  const released = new Set(answer.lines.map(({ line }) => line));
  if (order.lines.some(({ line, quantity }) => quantity !== '0' && !released.has(line)))
    return wait('it changed, and the channel does not let all of its lines leave now');
  const document = shippingOrderOf(files, live, order, answer, 'replace');
  const shipTo = vault.seal(Buffer.from(JSON.stringify(document)));
  await hub.database.transaction(async (client) => {
    const before = await markChanged(client, order, { shipTo, channelLines: answer.lines });
    if (!before) return;
    const draft = await files.write(document, controlsOf(client, live.id), now);
    if (!draft) throw noPlaceFor(live, 'changed');
    const fileId = await storeDraft(
      client,
      live,
      { ...draft, personal: true },
      { chain: order.number, acknowledgeHours: files.deadlines.acknowledgeHours },
    );
    await noteChange(client, { orderId: order.id, fileId, purpose: 'replace', before });
  });
}

/** Sends the order again as a cancellation, with what the partner was asked for last. */
export async function cancelOrder(
  hub: Hub,
  live: LiveConnection,
  order: FulfilmentOrder,
  { files, vault, now }: Late,
): Promise<void> {
  if (!order.shipTo) throw new StockbridgeError('content_invalid', `${order.number} was never sent`);
  const sent = JSON.parse(vault.open(order.shipTo).toString('utf8')) as ShippingOrder;
  const document: ShippingOrder = {
    ...sent,
    purpose: 'cancel',
    lines: outboundLines(files, order.lines),
  };
  await hub.database.transaction(async (client) => {
    if (!(await markCancelled(client, order.id))) return;
    const draft = await files.write(document, controlsOf(client, live.id), now);
    if (!draft) throw noPlaceFor(live, 'cancelled');
    const fileId = await storeDraft(
      client,
      live,
      { ...draft, personal: true },
      { chain: order.number, acknowledgeHours: files.deadlines.acknowledgeHours },
    );
    await noteChange(client, { orderId: order.id, fileId, purpose: 'cancel' });
  });
}

const noPlaceFor = (live: LiveConnection, what: string): StockbridgeError =>
  new StockbridgeError(
    'configuration_invalid',
    `the agreement with ${live.name} has no ${what} shipping order to send`,
  );
