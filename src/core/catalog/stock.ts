// Opening balances as counts in base units, for the cut-over to post. This file writes nothing: stock is the ledger's.
import type pg from 'pg';
import type { Instant } from '../vocabulary/instant.ts';
import { quantityFrom, quantityText, times } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';
import type { RowOf } from './columns.ts';
import type { Kind } from './kind.ts';
import { type ItemReference, isShelf, itemsBySku, locationsByCode } from './references.ts';
import type { Findings, Line } from './report.ts';

type Row = RowOf<'stock'>;

/** One place's stock as a person counted it. */
export interface OpeningCount {
  readonly line: number;
  readonly itemId: number;
  readonly sku: string;
  readonly locationId: number;
  readonly location: string;
  readonly state: StockState;
  /** Decimal text in the item's base unit; negative only as the file says so. */
  readonly quantity: string;
  /** Undefined: at the instant of the cut-over. */
  readonly countedAt: Instant | undefined;
}

export const stock: Kind<Row, OpeningCount> = {
  key: ({ sku, location, state = 'sellable' }) => JSON.stringify([sku, location, state]),

  async check(session, lines, findings) {
    const known = await itemsBySku(
      session,
      lines.map(({ row }) => row.sku),
    );
    const places = await locationsByCode(session);
    const factors = await factorsOf(session, lines);
    return lines.flatMap((line) => {
      const { row } = line;
      const item = known.require(line, 'sku', row.sku, findings);
      const location = places.require(line, 'location', row.location, findings);
      if (!item || !location || !isShelf(location, line, findings)) return [];
      if (item.isKit) {
        findings.reject(line, 'sku', 'is a kit', 'A kit has no stock of its own: count its components.');
        return [];
      }
      const quantity = baseQuantityOf(line, item, factors, findings);
      if (quantity === undefined) return [];
      const count = {
        line: line.line,
        itemId: item.id,
        sku: item.sku,
        locationId: location.id,
        location: location.code,
      };
      return [{ ...count, state: row.state ?? 'sellable', quantity, countedAt: row.counted_at }];
    });
  },

  write: async () => ({ changed: 0 }),
};

function baseQuantityOf(
  line: Line<Row>,
  item: ItemReference,
  factors: ReadonlyMap<string, string>,
  findings: Findings,
): string | undefined {
  const { unit, quantity } = line.row;
  if (unit === undefined || unit === item.baseUnit) return quantity;
  const factor = factors.get(JSON.stringify([item.id, unit]));
  if (factor === undefined) {
    findings.reject(
      line,
      'unit',
      'the item has no such unit',
      `Its base unit is “${item.baseUnit}”; import others as units.`,
    );
    return undefined;
  }
  try {
    return quantityText(times(quantityFrom(quantity), quantityFrom(factor)));
  } catch {
    findings.reject(
      line,
      'quantity',
      `is not exact in base units (factor ${factor})`,
      'Count in the base unit.',
    );
    return undefined;
  }
}

async function factorsOf(
  session: pg.ClientBase,
  lines: readonly Line<Row>[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query<{ itemId: number; unit: string; factor: string }>(
    `select item_id as "itemId", unit, trim_scale(factor)::text as factor from item_unit
     where item_id in (select id from item where sku = any($1))`,
    [lines.map(({ row }) => row.sku)],
  );
  return new Map(rows.map(({ itemId, unit, factor }) => [JSON.stringify([itemId, unit]), factor]));
}
