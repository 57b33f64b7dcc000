// What a warehouse says it holds, as reports that are compared with the ledger and never booked: one per location. Two views
// of the same stock are not added up, and where a total and its parts cannot be told apart the document waits.
import type { ReportedStock } from '../../../core/vocabulary/facts.ts';
import { type Quantity, quantityText, sum, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { StockState } from '../../../core/vocabulary/words.ts';
import type { StockReport } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { TOTAL_QUANTITIES } from './codes.ts';
import { DOCUMENT_TYPES } from './lines.ts';
import { countingId, itemOf, numberOf, Unclear, unitOf, warehouseOf } from './words.ts';

type Line = StockReport['lines'][number];

/** One report per location that the document speaks of. @throws Unclear */
export function reports(document: StockReport, profile: Profile, notes: string[]): ReportedStock[] {
  const byWarehouse = Map.groupBy(document.lines, (line) => line.warehouse || document.warehouse);
  const byLocation = new Map<string, ReportedStock>();
  for (const [code, lines] of byWarehouse) {
    const { location, inTransit } = warehouseOf(code, profile);
    const own = withoutLotTotals(lines, profile, document).flatMap((line) =>
      linesOf(line, document, profile, notes),
    );
    const before = byLocation.get(location);
    byLocation.set(location, {
      // The instant belongs to the name: partners number their reports alike day after day.
      document: {
        type: document.purpose === 'replace' ? `${DOCUMENT_TYPES.stock}-replacement` : DOCUMENT_TYPES.stock,
        id: `${document.number} of ${document.occurredAt}`,
        line: location,
      },
      code: location,
      ...(inTransit !== undefined && { inTransit }),
      asOf: document.occurredAt,
      extent: document.extent,
      lines: [...(before?.lines ?? []), ...own],
    });
  }
  return [...byLocation.values()].filter((report) => report.lines.length > 0);
}

function linesOf(
  line: Line,
  document: StockReport,
  profile: Profile,
  notes: string[],
): ReportedStock['lines'] {
  const where = `stock report ${document.number} line ${line.line}`;
  const item = itemOf(line.ids, profile, where);
  return [...statesOf(line, profile, where, notes)].map(([state, { quantity, unit }]) => ({
    item,
    state,
    quantity: quantityText(quantity),
    ...unitOf(unit, profile),
    ...(line.lot !== undefined && { lot: line.lot.code }),
  }));
}

interface Stated {
  readonly quantity: Quantity;
  readonly unit: string;
}

/** Quantities by state, from the codes that the profile knows. */
function statesOf(
  line: Line,
  profile: Profile,
  where: string,
  notes: string[],
): ReadonlyMap<StockState, Stated> {
  const { quantities } = profile.meaning;
  const states = new Map<StockState, Stated>();
  const byCode = Map.groupBy(line.quantities, (each) => each.code);
  const known = [...byCode.keys()].filter((code) => Object.hasOwn(quantities, code));
  for (const code of byCode.keys()) {
    if (!known.includes(code)) notes.push(`quantity code ${code} is not compared`);
  }
  for (const [state, codes] of Map.groupBy(known, (code) => quantities[code] ?? 'sellable')) {
    const parts = codes.filter((code) => !TOTAL_QUANTITIES.has(code));
    const [code, ...others] = parts.length > 0 ? parts : codes;
    if (code === undefined) continue;
    const stated = amountOf(byCode.get(code) ?? [], where);
    for (const other of others) {
      // Two codes of one kind for one state are two views; they are believed when they agree.
      const view = amountOf(byCode.get(other) ?? [], where);
      if (view.quantity === stated.quantity && view.unit === stated.unit) continue;
      throw new Unclear(
        'content_invalid',
        `${where}: codes ${code} and ${other} both stand for ${state} and differ; leave one of them out of meaning.quantities`,
      );
    }
    states.set(state, stated);
  }
  return states;
}

/** A code that comes several times is the total with its parts, or parts alone; never both added up. */
function amountOf(given: Line['quantities'], where: string): Stated {
  const units = new Set(given.map((each) => each.quantity.unit));
  const [unit = ''] = units;
  if (units.size > 1)
    throw new Unclear('content_invalid', `${where}: one quantity is told in ${[...units].join(' and ')}`);
  const [first = ZERO, ...rest] = given.map((each) => numberOf(each.quantity.value, where));
  if (rest.length === 0) return { quantity: first, unit };
  const others = rest.reduce(sum, ZERO);
  if (first !== others) return { quantity: sum(first, others), unit };
  if (rest.length > 1 || first === ZERO) return { quantity: first, unit };
  throw new Unclear(
    'content_invalid',
    `${where}: ${quantityText(first)} stands there twice, as a total with its only part or as two parts; that cannot be told apart`,
  );
}

/** Leaves out a line without a lot that is the total of the same item's lines with lots. */
function withoutLotTotals(lines: readonly Line[], profile: Profile, document: StockReport): readonly Line[] {
  const byItem = Map.groupBy(lines, (line) => countingId(line.ids, profile)?.value ?? line.line);
  return [...byItem].flatMap(([name, own]) => {
    const plain = own.filter((line) => line.lot === undefined);
    const lots = own.filter((line) => line.lot !== undefined);
    if (plain.length === 0 || lots.length === 0) return own;
    const where = `stock report ${document.number}, ${name}`;
    if (sameStates(statesTotal(plain, profile, where), statesTotal(lots, profile, where))) return lots;
    throw new Unclear(
      'content_invalid',
      `${where}: a line without a lot stands beside lines with lots and is not their total; whether it belongs to them cannot be told`,
    );
  });
}

function statesTotal(lines: readonly Line[], profile: Profile, where: string): Map<string, Quantity> {
  const totals = new Map<string, Quantity>();
  for (const line of lines) {
    for (const [state, { quantity, unit }] of statesOf(line, profile, where, [])) {
      const key = `${state} in ${unit}`;
      totals.set(key, sum(totals.get(key) ?? ZERO, quantity));
    }
  }
  return totals;
}

const sameStates = (a: ReadonlyMap<string, Quantity>, b: ReadonlyMap<string, Quantity>): boolean =>
  a.size === b.size && [...a].every(([key, quantity]) => b.get(key) === quantity);
