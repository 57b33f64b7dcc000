// Reads the files of `stockbridge count` and `stockbridge receive`: their columns, and the lines as they stand there.
import { z } from 'zod';
import { code, column, ourLocation, sku, state, unit } from '../core/catalog/cells.ts';
import { readCsv } from '../core/catalog/csv.ts';
import { Findings, type Line, type LineProblem } from '../core/catalog/report.ts';
import { rowsBy } from '../core/catalog/rows.ts';
import type { EnteredKind, EnteredLine } from '../core/connection/entered.ts';
import { isDay } from '../core/vocabulary/facts.ts';
import { instantSchema } from '../core/vocabulary/instant.ts';
import { positiveQuantitySchema, quantitySchema } from '../core/vocabulary/quantity.ts';

const item = {
  sku: sku('The SKU of the item; this or its barcode.').optional(),
  barcode: column(code(100), 'A barcode of the item.', 'ean', 'upc', 'gtin').optional(),
  location: ourLocation,
  state,
  unit: unit('The unit of the quantity; default the base unit.').optional(),
};

const SHAPES = {
  count: z.object({
    ...item,
    quantity: column(
      quantitySchema,
      'How many are there, with a decimal point.',
      'qty',
      'on hand',
      'count',
      'stock',
    ),
    counted_at: column(
      instantSchema,
      'When it was counted, e.g. 2026-11-21T09:30:00Z; default now.',
      'counted',
      'date',
    ).optional(),
  }),
  receipt: z.object({
    ...item,
    quantity: column(positiveQuantitySchema, 'How many arrived, with a decimal point.', 'qty', 'received'),
    reference: column(
      code(300),
      'The supplier’s delivery or your purchase order; a bill finds the goods by it.',
      'purchase order',
      'po',
      'delivery',
    ).optional(),
    received_at: column(
      instantSchema,
      'When it arrived, e.g. 2026-11-21T09:30:00Z; default now.',
      'received at',
      'date',
    ).optional(),
    lot: column(code(100), 'The lot it is of.', 'batch', 'lot number').optional(),
    expires_on: column(
      z.string().refine(isDay, 'must be a day such as 2026-11-21'),
      'The last day of the lot.',
      'expiry',
      'expires',
    ).optional(),
  }),
} as const;

type CountRow = z.infer<(typeof SHAPES)['count']>;
type ReceiptRow = z.infer<(typeof SHAPES)['receipt']>;

/** The lines of a file, or what is wrong with it line by line; never both. */
export function enteredLines(
  kind: EnteredKind,
  text: string,
): { readonly lines: readonly EnteredLine[]; readonly rejected: readonly LineProblem[] } {
  const findings = new Findings();
  const csv = readCsv(text);
  if (!csv.readable) {
    findings.rejectLine(csv.line, '', '', csv.problem, csv.help);
    return { lines: [], rejected: findings.rejected };
  }
  const rows =
    rowsBy<CountRow | ReceiptRow>(`a ${kind}`, SHAPES[kind], csv.header, csv.records, findings) ?? [];
  const lines = rows.flatMap((line) => enteredLine(line, findings));
  if (lines.length === 0 && findings.rejected.length === 0)
    findings.rejectLine(1, '', '', 'there are no lines below the header', 'Give one line for each place.');
  return findings.rejected.length > 0 ? { lines: [], rejected: findings.rejected } : { lines, rejected: [] };
}

function enteredLine(line: Line<CountRow | ReceiptRow>, findings: Findings): EnteredLine[] {
  const { row } = line;
  const named = namedItem(row);
  if (!named) {
    findings.reject(line, 'sku', 'needs either a sku or a barcode', 'Fill in one of the two columns.');
    return [];
  }
  const entered = {
    ...{ line: line.line, item: named, location: row.location, state: row.state ?? 'sellable' },
    ...{ quantity: row.quantity, unit: row.unit },
  };
  const receipt: Partial<ReceiptRow> = row;
  const at = receipt.received_at ?? (row as Partial<CountRow>).counted_at;
  return [{ ...entered, at, ...lotOf(receipt) }];
}

const namedItem = ({ sku, barcode }: CountRow): EnteredLine['item'] | undefined => {
  if (sku !== undefined) return barcode === undefined ? { sku } : undefined;
  return barcode === undefined ? undefined : { barcode };
};

const lotOf = (row: Partial<ReceiptRow>): Pick<EnteredLine, 'lot' | 'lotExpiresOn' | 'reference'> => ({
  ...(row.lot === undefined ? {} : { lot: row.lot }),
  ...(row.expires_on === undefined ? {} : { lotExpiresOn: row.expires_on }),
  ...(row.reference === undefined ? {} : { reference: row.reference }),
});
