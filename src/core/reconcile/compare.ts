// Lays what a warehouse reports beside what the ledger knows for the same instant, place by place, each difference with its
// cause. Used when a report is stored, and again whenever somebody asks, because movements arrive late.
import type { Store } from '../inbox/store.ts';
import { type Quantity, quantityText, storedQuantity, sum, ZERO } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';
import { causeOf, type Explanation } from './cause.ts';
import { type EvidenceBook, type ReportHead, readEvidence } from './evidence.ts';
import { type LevelAsOf, ledgerAsOf } from './ledger-as-of.ts';

export interface StatedReport extends ReportHead {
  readonly extent: 'full' | 'partial';
  /** Totals per item and state ({@link withTotals}), and lots where they are named. */
  readonly lines: readonly LevelAsOf[];
}

export interface ComparedLine {
  readonly itemId: number;
  readonly sku: string;
  readonly location: string;
  readonly state: StockState;
  readonly lotId: number | null;
  readonly lot: string | null;
  /** Undefined: missing from a full report. */
  readonly reported: Quantity | undefined;
  readonly ledger: Quantity;
  readonly explanation: Explanation | undefined;
}

const keyOf = (level: { itemId: number; state: string; lotId: number | null }): string =>
  `${level.itemId}|${level.state}|${level.lotId ?? ''}`;

/** Lines with or without lots as totals per item and state, followed by the lots. */
export function withTotals(
  lines: readonly { itemId: number; state: StockState; lotId: number | null; quantity: string }[],
): LevelAsOf[] {
  const totals = new Map<string, LevelAsOf>();
  const lots: LevelAsOf[] = [];
  for (const line of lines) {
    const quantity = storedQuantity(line.quantity);
    const total = { itemId: line.itemId, state: line.state, lotId: null };
    const before = totals.get(keyOf(total))?.quantity ?? ZERO;
    totals.set(keyOf(total), { ...total, quantity: sum(before, quantity) });
    if (line.lotId !== null) lots.push({ ...line, quantity });
  }
  return [...totals.values(), ...lots];
}

/** Every place the report names, and those a full one does not name though the ledger has stock there. */
export async function compare(store: Store, report: StatedReport, nearMs: number): Promise<ComparedLine[]> {
  const named = report.extent === 'full' ? undefined : distinct(report.lines.map((line) => line.itemId));
  const levels = await ledgerAsOf(store, report.locationId, report.asOf, named);
  const ledger = new Map(levels.map((level) => [keyOf(level), level.quantity]));
  const pairs = [
    ...report.lines.map((line) => ({
      ...line,
      reported: line.quantity as Quantity | undefined,
      ledger: ledger.get(keyOf(line)) ?? ZERO,
    })),
    ...missingFrom(report, levels).map((level) => ({
      ...level,
      reported: undefined,
      ledger: level.quantity,
    })),
  ];
  const names = await readNames(store, report.locationId, pairs);
  const differing = distinct(
    pairs.filter((pair) => pair.reported !== pair.ledger).map((pair) => pair.itemId),
  );
  const evidence = differing.length === 0 ? undefined : await readEvidence(store, report, differing, nearMs);
  const wrongTotals = new Set(
    pairs
      .filter((pair) => pair.lotId === null && pair.reported !== pair.ledger)
      .map((pair) => `${pair.itemId}|${pair.state}`),
  );
  return pairs.map((pair) => {
    const sku = names.skus.get(pair.itemId) ?? String(pair.itemId);
    const lot = pair.lotId === null ? null : (names.lots.get(pair.lotId) ?? String(pair.lotId));
    const place = { itemId: pair.itemId, state: pair.state, lotId: pair.lotId };
    const shown = { sku, lot, location: names.location, reported: pair.reported, ledger: pair.ledger };
    return {
      ...place,
      ...shown,
      explanation: explained(
        { ...shown, ...place, isTotalRight: !wrongTotals.has(`${pair.itemId}|${pair.state}`) },
        report,
        evidence,
      ),
    };
  });
}

function explained(
  line: Omit<ComparedLine, 'explanation'> & { isTotalRight: boolean },
  report: StatedReport,
  evidence: EvidenceBook | undefined,
): Explanation | undefined {
  if (!evidence || line.reported === line.ledger) return undefined;
  const name = `${line.sku}${line.lot === null ? '' : ` lot ${line.lot}`} at ${line.location} (${line.state})`;
  const lotOnly = line.lot !== null && line.isTotalRight ? { lot: line.lot } : {};
  return causeOf(
    { name, state: line.state, asOf: report.asOf, reported: line.reported, ledger: line.ledger, ...lotOnly },
    evidence.of(line.itemId, line.state),
  );
}

/** A state that the report never speaks of says nothing by its absence; what can be sold is always spoken of. */
function missingFrom(report: StatedReport, levels: readonly LevelAsOf[]): LevelAsOf[] {
  if (report.extent !== 'full') return [];
  const states = new Set<StockState>(['sellable', ...report.lines.map((line) => line.state)]);
  const named = new Set(report.lines.map(keyOf));
  return levels.filter(
    (level) =>
      level.lotId === null && level.quantity !== ZERO && states.has(level.state) && !named.has(keyOf(level)),
  );
}

const distinct = (ids: readonly number[]): number[] => [...new Set(ids)];

async function readNames(
  store: Store,
  locationId: number,
  pairs: readonly { itemId: number; lotId: number | null }[],
) {
  const { rows } = await store.query<{ kind: 'item' | 'lot' | 'location'; id: number; name: string }>(
    `select 'location' as kind, id, code as name from location where id = $1
     union all select 'item', id, sku from item where id = any($2::int[])
     union all select 'lot', id, code from lot where id = any($3::int[])`,
    [
      locationId,
      distinct(pairs.map((pair) => pair.itemId)),
      distinct(pairs.flatMap((pair) => (pair.lotId === null ? [] : [pair.lotId]))),
    ],
  );
  const of = (kind: string) =>
    new Map(rows.filter((row) => row.kind === kind).map((row) => [row.id, row.name]));
  return {
    skus: of('item'),
    lots: of('lot'),
    location: of('location').get(locationId) ?? String(locationId),
  };
}

/** Quantity text of what may be missing. */
export const textOrNull = (quantity: Quantity | undefined): string | null =>
  quantity === undefined ? null : quantityText(quantity);
