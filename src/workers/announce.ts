// announce: an inbound shipment becomes goods in transit here and a notice to the partner, in one transaction and once per
// number. What moves the stock is the event it leaves in the inbox, like any other.
import type { FileExchange } from '../connectors/toolkit/file-exchange.ts';
import type { Transaction } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { announce, skusFor } from '../core/fulfilment/inbound.ts';
import { storeEvents } from '../core/inbox/store.ts';
import { type Instant, instantOf } from '../core/vocabulary/instant.ts';
import { quantityFrom, quantityText } from '../core/vocabulary/quantity.ts';
import type { InboundNotice } from '../core/vocabulary/warehouse.ts';
import { controlsOf, storeDraft } from './exchange.ts';
import type { Hub, LiveConnection } from './hub.ts';
import { enqueueEvents } from './jobs.ts';
import { outboundLine } from './shipping-order.ts';

export interface InboundShipment {
  readonly number: string;
  /** The partner's warehouse code. */
  readonly warehouse: string;
  /** Default: now, or when the number is known, as it was said first. */
  readonly shippedAt?: Instant;
  readonly expectedAt?: Instant;
  readonly supplier?: string;
  /** Decimal text in base units. */
  readonly lines: readonly { readonly sku: string; readonly quantity: string; readonly lot?: string }[];
}

/**
 * Announces goods to a partner's warehouse. The same number again changes nothing.
 * @throws StockbridgeError `item_unknown`, `location_unknown`; then nothing was announced. `key_conflict` (I4) when the
 * number was announced before with other content: the first stands, and this one is kept in quarantine.
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
  const { outcome, eventId = '' } = await hub.database.transaction(async (client) => {
    const { outcome, shippedAt } = await announce(client, {
      connectionId: live.id,
      number: shipment.number,
      location: warehouse.location,
      shippedAt: shipment.shippedAt,
      expectedAt: shipment.expectedAt,
      now: instantOf(now),
      content: contentOf(shipment),
    });
    if (outcome === 'known') return { outcome };
    const notice = await noticeOf(client, live, files, { ...shipment, shippedAt });
    if (outcome === 'announced') await send(client, live, files, notice, now);
    const [stored] = await storeEvents(client, [
      {
        connectionId: live.id,
        dedupeKey: `inbound:${shipment.number}`.slice(0, 200),
        topic: 'inbound_notice',
        source: 'api',
        body: Buffer.from(JSON.stringify(notice)),
        occurredAt: shippedAt,
      },
    ]);
    return { outcome, eventId: stored?.id ?? '' };
  });
  if (outcome === 'known') return 'known';
  if (outcome === 'conflict')
    throw new StockbridgeError(
      'key_conflict',
      `${shipment.number} was announced to ${live.name} before with other content; the first stands, and this one is kept as event ${eventId}`,
    );
  await enqueueEvents(hub.queues, live.id, [eventId]).catch(() => undefined);
  return 'announced';
}

/** The shipment in the partner's words. */
async function noticeOf(
  client: Transaction,
  live: LiveConnection,
  files: FileExchange,
  {
    number,
    shippedAt,
    expectedAt,
    supplier,
    warehouse,
    lines,
  }: InboundShipment & { readonly shippedAt: Instant },
): Promise<InboundNotice> {
  const known = await skusFor(
    client,
    live.id,
    lines.map((line) => line.sku),
  );
  return {
    kind: 'inbound_notice',
    number,
    shippedAt,
    ...(expectedAt === undefined ? {} : { expectedAt }),
    ...(supplier === undefined ? {} : { supplier }),
    warehouse,
    lines: lines.map((line, index) => {
      const item = known.get(line.sku);
      if (!item) throw new StockbridgeError('item_unknown', `there is no item with SKU ${line.sku}`);
      return {
        ...outboundLine(files, { ...item, quantity: line.quantity }, index),
        ...(line.lot === undefined ? {} : { lot: { code: line.lot } }),
      };
    }),
  };
}

async function send(
  client: Transaction,
  live: LiveConnection,
  files: FileExchange,
  notice: InboundNotice,
  now: Date,
): Promise<void> {
  const draft = await files.write(notice, controlsOf(client, live.id), now);
  if (draft)
    await storeDraft(client, live, draft, {
      chain: notice.number,
      acknowledgeHours: files.deadlines.acknowledgeHours,
    });
}

/** The same for the same shipment, however its quantities are written and its lines are ordered. */
const contentOf = ({ warehouse, supplier = '', lines }: InboundShipment): object => ({
  warehouse,
  supplier,
  lines: lines
    .map(({ sku, quantity, lot = '' }) => [sku, lot, quantityText(quantityFrom(quantity))])
    .map((line) => JSON.stringify(line))
    .sort(),
});
