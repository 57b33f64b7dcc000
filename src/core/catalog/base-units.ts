// Quantities of imported lines in the item's base unit: by a factor that was imported, exactly or not at all.
import type pg from 'pg';
import { quantityFrom, quantityText, times } from '../vocabulary/quantity.ts';
import type { ItemReference } from './references.ts';
import type { Findings, Line } from './report.ts';

const keyOf = (itemId: number, unit: string): string => JSON.stringify([itemId, unit]);

/** How many base units one of each unit is, for the items that the lines name. */
export async function factorsOf(
  session: pg.ClientBase,
  lines: readonly Line<{ readonly sku: string }>[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await session.query<{ itemId: number; unit: string; factor: string }>(
    `select item_id as "itemId", unit, trim_scale(factor)::text as factor from item_unit
     where item_id in (select id from item where sku = any($1))`,
    [lines.map(({ row }) => row.sku)],
  );
  return new Map(rows.map(({ itemId, unit, factor }) => [keyOf(itemId, unit), factor]));
}

/** The line's quantity in base units, decimal text; undefined with a finding when the unit is unknown or does not divide. */
export function inBaseUnits(
  line: Line<{ readonly unit?: string | undefined; readonly quantity: string }>,
  item: ItemReference,
  factors: ReadonlyMap<string, string>,
  findings: Findings,
): string | undefined {
  const { unit, quantity } = line.row;
  if (unit === undefined || unit === item.baseUnit) return quantity;
  const factor = factors.get(keyOf(item.id, unit));
  if (factor === undefined) {
    const help = `Its base unit is “${item.baseUnit}”; import others as units.`;
    findings.reject(line, 'unit', 'the item has no such unit', help);
    return undefined;
  }
  try {
    return quantityText(times(quantityFrom(quantity), quantityFrom(factor)));
  } catch {
    const problem = `is not exact in base units (factor ${factor})`;
    findings.reject(line, 'quantity', problem, 'Say it in the base unit.');
    return undefined;
  }
}
