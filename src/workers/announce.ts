// announce: an inbound shipment becomes goods in transit here and a notice to the partner, in one transaction and once per
// number. What moves the stock is the event it leaves in the inbox, like any other.
import { StockbridgeError } from '../core/errors.ts';
import { announce, skusFor } from '../core/fulfilment/inbound.ts';
import { storeEvents } from '../core/inbox/store.ts';
import type { Instant } from '../core/vocabulary/instant.ts';
import type { InboundNotice } from '../core/vocabulary/warehouse.ts';
import { controlsOf, storeDraft } from './exchange.ts';
import { outboundLine } from './fulfil.ts';
import type { Hub, LiveConnection } from './hub.ts';
import { enqueueEvents } from './jobs.ts';

export interface InboundShipment {
  readonly number: string;
  /** The partner's warehouse code. */
  readonly warehouse: string;
  readonly shippedAt: Instant;
  readonly expectedAt?: Instant;
  readonly supplier?: string;
  /** Decimal text in base units. */
  readonly lines: readonly { readonly sku: string; readonly quantity: string; readonly lot?: string }[];
}

/**
 * Announces goods to a partner's warehouse. The same number again changes nothing.
 * @throws StockbridgeError `item_unknown`, `location_unknown`; then nothing was announced.
 */
export async function announceInbound(
  hub: Pick<Hub, 'database' | 'queues'>,
  live: LiveConnection,
  shipment: InboundShipment,
  now: Date,
): Promise<'announced' | 'known'> {
  const { files } = live.connection;
  if (!files) throw new StockbridgeError('content_invalid', `${live.name} exchanges no files`);
  const warehouse = files.warehouses.find((each) => each.code === shipment.warehouse);
  if (!warehouse)
    throw new StockbridgeError(
      'location_unknown',
      `${live.name} has no warehouse ${shipment.warehouse}; it has ${files.warehouses.map((each) => each.code).join(', ')}`,
    );
  const eventIds = await hub.database.transaction(async (client) => {
    const known = await skusFor(
      client,
      live.id,
      shipment.lines.map((line) => line.sku),
    );
    const notice: InboundNotice = {
      kind: 'inbound_notice',
      number: shipment.number,
      shippedAt: shipment.shippedAt,
      ...(shipment.expectedAt === undefined ? {} : { expectedAt: shipment.expectedAt }),
      ...(shipment.supplier === undefined ? {} : { supplier: shipment.supplier }),
      warehouse: shipment.warehouse,
      lines: shipment.lines.map((line, index) => {
        const item = known.get(line.sku);
        if (!item) throw new StockbridgeError('item_unknown', `there is no item with SKU ${line.sku}`);
        return {
          ...outboundLine(files, { ...item, quantity: line.quantity }, index),
          ...(line.lot === undefined ? {} : { lot: { code: line.lot } }),
        };
      }),
    };
    const fresh = await announce(client, {
      connectionId: live.id,
      number: shipment.number,
      location: warehouse.location,
      shippedAt: shipment.shippedAt,
      expectedAt: shipment.expectedAt,
    });
    if (!fresh) return undefined;
    const draft = await files.write(notice, controlsOf(client, live.id), now);
    if (draft)
      await storeDraft(client, live, draft, {
        chain: shipment.number,
        acknowledgeHours: files.deadlines.acknowledgeHours,
      });
    const [stored] = await storeEvents(client, [
      {
        connectionId: live.id,
        dedupeKey: `inbound:${shipment.number}`.slice(0, 200),
        topic: 'inbound_notice',
        source: 'api',
        body: Buffer.from(JSON.stringify(notice)),
        occurredAt: shipment.shippedAt,
      },
    ]);
    return stored ? [stored.id] : [];
  });
  if (eventIds === undefined) return 'known';
  await enqueueEvents(hub.queues, live.id, eventIds).catch(() => undefined);
  return 'announced';
}
