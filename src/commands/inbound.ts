// stockbridge inbound: announces goods to a partner's warehouse from a CSV file, one shipment per number.
import { parse } from 'csv-parse/sync';
import { StockbridgeError } from '../core/errors.ts';
import { instantFrom } from '../core/vocabulary/instant.ts';
import { isQuantityText } from '../core/vocabulary/quantity.ts';
import { announceInbound, type InboundShipment } from '../workers/announce.ts';
import { openQueues } from '../workers/queues.ts';
import { givenBytes } from './given-file.ts';
import { output } from './output.ts';
import { withPartner } from './partner.ts';
import type { GlobalOptions } from './session.ts';

const COLUMNS = ['number', 'warehouse', 'sku', 'quantity'] as const;

/**
 * Columns number, warehouse, sku, quantity, and if wanted lot, shipped_at, expected_at, supplier. A file that cannot be read
 * announces nothing. Exit code 1 when a number was announced before with other content.
 */
export async function inbound(name: string, file: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  const shipments = shipmentsIn(await givenBytes(file));
  return withPartner(name, options, async ({ database, config, live }) => {
    const queues = await openQueues({
      databaseUrl: database.url,
      ...(config.redis.url === undefined ? {} : { redisUrl: config.redis.url }),
    });
    try {
      const results: Announcement[] = [];
      for (const shipment of shipments)
        results.push(
          await announceInbound({ database, queues }, live, shipment, new Date()).then(
            (outcome) => ({ number: shipment.number, outcome }),
            conflicting(shipment.number),
          ),
        );
      out.result(results, () => results.map(announcementText).join('\n'));
      return results.some(({ outcome }) => outcome === 'conflict') ? 1 : 0;
    } finally {
      await queues.close({ deadlineMs: 1_000 });
    }
  });
}

interface Announcement {
  readonly number: string;
  readonly outcome: 'announced' | 'known' | 'conflict';
  readonly reason?: string;
}

/** A conflict is that shipment's own (I4): those after it are announced. */
const conflicting =
  (number: string) =>
  (error: unknown): Announcement => {
    if (!(error instanceof StockbridgeError) || error.code !== 'key_conflict') throw error;
    return { number, outcome: 'conflict', reason: error.message };
  };

function announcementText({ number, outcome, reason = '' }: Announcement): string {
  const texts = {
    announced: 'announced',
    known: 'announced before; nothing changes',
    conflict: `CONFLICT: ${reason}`,
  };
  return `${number}: ${texts[outcome]}`;
}

type Row = Readonly<Record<string, string>>;

function shipmentsIn(bytes: Buffer): InboundShipment[] {
  const rows = parse(bytes, { columns: true, bom: true, trim: true, skip_empty_lines: true }) as Row[];
  const [first] = rows;
  if (!first) throw new StockbridgeError('content_invalid', 'the file has no lines');
  const missing = COLUMNS.filter((column) => !(column in first));
  if (missing.length > 0)
    throw new StockbridgeError('content_invalid', `the file lacks the columns ${missing.join(', ')}`);
  const wrong = rows.flatMap((row, index) =>
    isQuantityText(row.quantity ?? '') && !(row.quantity ?? '').startsWith('-') && row.sku && row.number
      ? []
      : [`line ${index + 2}: needs a number, a sku and a quantity above zero`],
  );
  if (wrong.length > 0) throw new StockbridgeError('content_invalid', wrong.slice(0, 10).join('; '));
  return [...Map.groupBy(rows, (row) => row.number ?? '')].map(([number, lines]) => {
    const [head] = lines;
    const expected = head?.expected_at;
    return {
      number,
      warehouse: head?.warehouse ?? '',
      ...(head?.shipped_at ? { shippedAt: instantFrom(head.shipped_at) } : {}),
      ...(expected ? { expectedAt: instantFrom(expected) } : {}),
      ...(head?.supplier ? { supplier: head.supplier } : {}),
      lines: lines.map((line) => ({
        sku: line.sku ?? '',
        quantity: line.quantity ?? '',
        ...(line.lot ? { lot: line.lot } : {}),
      })),
    };
  });
}
