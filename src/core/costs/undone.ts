// Which lines take back what production put into stock: such goods were never made, and nothing was used up. Reads no database.
import { type EndOf, type StockLine, stepIdOf } from './places.ts';

/** What must be known of a line of one item. */
export type ProductionLine = Pick<StockLine, 'key' | 'line' | 'corrects' | 'lotId' | 'quantity'> & {
  readonly from: { readonly locationId: number };
  readonly to: { readonly locationId: number };
};

/** The output that each line takes back, by the step that takes it back; a line that uses goods up is not in it. */
export function undoneOutputs<Line extends ProductionLine>(
  lines: readonly Line[],
  endOf: EndOf,
): ReadonlyMap<string, Line> {
  const undone = new Map<string, Line>();
  const isMade = ({ from, to }: Line): boolean =>
    endOf(from.locationId).is === 'production' && endOf(to.locationId).is === 'pool';
  for (const line of lines) {
    if (line.corrects === null || endOf(line.to.locationId).is !== 'production') continue;
    if (endOf(line.from.locationId).is !== 'pool') continue;
    const made = lines.filter((each) => each.key === line.corrects && isMade(each));
    const own = made.filter(({ lotId }) => lotId === line.lotId);
    const output = own.find(({ quantity }) => quantity === line.quantity) ?? own[0] ?? made[0];
    if (output) undone.set(stepIdOf(line), output);
  }
  return undone;
}
