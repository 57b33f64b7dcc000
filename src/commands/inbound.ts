// stockbridge inbound: announces goods to a partner's warehouse from a CSV file, one shipment per number.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { StockbridgeError } from '../core/errors.ts';
import { instantFrom, instantOf } from '../core/vocabulary/instant.ts';
import { isQuantityText } from '../core/vocabulary/quantity.ts';
import { announceInbound, type InboundShipment } from '../workers/announce.ts';
import { openQueues } from '../workers/queues.ts';
import { output } from './output.ts';
import { withPartner } from './partner.ts';
import type { GlobalOptions } from './session.ts';

const COLUMNS = ['number', 'warehouse', 'sku', 'quantity'] as const;

/** Columns number, warehouse, sku, quantity, and if wanted lot, shipped_at, expected_at, supplier. All or nothing. */
export async function inbound(name: string, file: string, options: GlobalOptions): Promise<number> {
  const out = output(options);
  const shipments = shipmentsIn(readFileSync(file === '-' ? 0 : file));
  return withPartner(name, options, async ({ database, config, live }) => {
    const queues = await openQueues({
      databaseUrl: database.url,
      ...(config.redis.url === undefined ? {} : { redisUrl: config.redis.url }),
    });
    try {
      const results: { number: string; outcome: 'announced' | 'known' }[] = [];
      for (const shipment of shipments)
        results.push({
          number: shipment.number,
          outcome: await announceInbound({ database, queues }, live, shipment, new Date()),
        });
      out.result(results, () =>
        results
          .map(
            ({ number, outcome }) =>
              `${number}: ${outcome === 'known' ? 'announced before; nothing changes' : 'announced'}`,
          )
          .join('\n'),
      );
      return 0;
    } finally {
      await queues.close({ deadlineMs: 1_000 });
    }
  });
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
    isQuantityText(row['quantity'] ?? '') &&
    !(row['quantity'] ?? '').startsWith('-') &&
    row['sku'] &&
    row['number']
      ? []
      : [`line ${index + 2}: needs a number, a sku and a quantity above zero`],
  );
  if (wrong.length > 0) throw new StockbridgeError('content_invalid', wrong.slice(0, 10).join('; '));
  return [...Map.groupBy(rows, (row) => row['number'] ?? '')].map(([number, lines]) => {
    const [head] = lines;
    const expected = head?.['expected_at'];
    return {
      number,
      warehouse: head?.['warehouse'] ?? '',
      shippedAt: head?.['shipped_at'] ? instantFrom(head['shipped_at']) : instantOf(new Date()),
      ...(expected ? { expectedAt: instantFrom(expected) } : {}),
      ...(head?.['supplier'] ? { supplier: head['supplier'] } : {}),
      lines: lines.map((line) => ({
        sku: line['sku'] ?? '',
        quantity: line['quantity'] ?? '',
        ...(line['lot'] ? { lot: line['lot'] } : {}),
      })),
    };
  });
}
