// Opening balances as counts in base units, for the cut-over to post. This file writes nothing: stock is the ledger's.
import type { Instant } from '../vocabulary/instant.ts';
import type { StockState } from '../vocabulary/words.ts';
import { factorsOf, inBaseUnits } from './base-units.ts';
import type { RowOf } from './columns.ts';
import type { Kind } from './kind.ts';
import { isShelf, itemsBySku, locationsByCode } from './references.ts';

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
      const quantity = inBaseUnits(line, item, factors, findings);
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
