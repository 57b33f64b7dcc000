// Why an item, a movement or an order costs what it costs: layers taken, receipts with their bills and freight, and what later
// facts changed; each down to the inbox events whose bytes said so. Reads only.
import type { Database, Transaction } from '../../database.ts';
import { StockbridgeError } from '../../errors.ts';
import type { PoolState } from '../../valuation/pool.ts';
import type { Trace } from '../../valuation/run.ts';
import { valuedAfresh } from '../../valuation/value.ts';
import { moneyText, unitCostText } from '../../vocabulary/money.ts';
import { quantityText } from '../../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../../vocabulary/words.ts';
import { type Report, reportOf } from '../snapshot.ts';
import { type EntryRow, entriesOf } from './entries.ts';
import { type Away, awayBefore } from './returned.ts';
import {
  type CostSource,
  costDocuments,
  factsOfRuns,
  keysOfOrder,
  type MovedLine,
  movedLines,
  type PricedBy,
  pricedBy,
} from './sources.ts';

/** Goods that came together, and how much of them a step took or is still there. */
export interface ExplainedLayer {
  readonly quantity: string;
  readonly value: string;
  readonly unitCost: string;
  /** What brought them; null: an average of everything that is there. */
  readonly source: CostSource | null;
}

export interface ExplainedEntry {
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
  readonly amount: string;
  readonly quantity: string;
  readonly recordedAt: Date;
  /** The journal it is booked in, by number. */
  readonly journal: string | null;
  /** A bill that the books hear of from whoever enters it there, and from no journal. */
  readonly isByHand: boolean;
  /** The movement a true-up is about. */
  readonly about: string | null;
}

export interface ExplainedStep {
  /** `<key>:<line>`. */
  readonly step: string;
  readonly source: CostSource | null;
  /** Of a movement. */
  readonly line: { readonly quantity: string; readonly from: string; readonly to: string } | null;
  /** What it said first. */
  readonly entries: readonly ExplainedEntry[];
  /** What later facts changed of it, with the facts that were new then. */
  readonly corrections: readonly (ExplainedEntry & { readonly causes: readonly CostSource[] })[];
  /** What it took, where it took goods out. */
  readonly layers: readonly ExplainedLayer[];
  /** Of goods that a buyer sent back; null: of anything else. */
  readonly returned: ExplainedReturn | null;
  /** Of a receipt: the cost that was agreed, and the bills and freight that name it. */
  readonly priced: { readonly agreed: string | null; readonly by: readonly PricedBy[] } | null;
}

/** The sales that goods come back from; none that is known: they come back at the present cost. */
export interface ExplainedReturn {
  readonly sales: readonly ExplainedSale[];
  /** What of these came back before. */
  readonly before: readonly ExplainedSale[];
}

export interface ExplainedSale {
  readonly quantity: string;
  readonly value: string;
  readonly source: CostSource | null;
}

export interface ExplainedCost {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly method: string;
  readonly timing: string;
  /** What is there now, pool by pool, with its layers; the average is one of them. */
  readonly stock: readonly {
    readonly location: string;
    readonly quantity: string;
    readonly value: string;
    readonly unitCost: string;
    readonly layers: readonly ExplainedLayer[];
  }[];
  readonly allowance: string;
  /** In order of time. */
  readonly steps: readonly ExplainedStep[];
  /** There are older ones that are not shown. */
  readonly hasOlder: boolean;
}

export interface ExplainCostOptions {
  readonly sku: string;
  /** A movement's or cost document's key, with or without its line. */
  readonly movement?: string;
  /** A reference or document, such as an order. */
  readonly order?: string;
  /** Most steps shown, the newest; default 20. */
  readonly limit?: number;
}

const KEY = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?::\d+)?$/i;

/**
 * Explains what an item costs.
 * @throws StockbridgeError `not_found` when there is no such item, or nothing of it is known under the key; `argument_invalid` when the key is none.
 */
export const explainCost = (
  database: Database,
  options: ExplainCostOptions,
): Promise<Report<ExplainedCost>> =>
  reportOf(database, async ({ client, company }) => {
    const item = await itemNamed(client, options.sku);
    const keys = await askedKeys(client, item.id, options);
    const { entries, hasOlder } = await entriesOf(client, item.id, keys, options.limit ?? 20);
    if (keys !== undefined && entries.length === 0)
      throw new StockbridgeError(
        'not_found',
        `no cost of ${item.sku} is known for ${options.movement ?? options.order}`,
      );
    const taken = new Map<string, Taken[]>();
    const trace: Trace = (step, layer, quantity, value) => {
      const own = taken.get(step.id) ?? [];
      own.push({ from: layer.from, quantity, value });
      taken.set(step.id, own);
    };
    const { state } = await valuedAfresh(client, company, item.id, trace);
    const steps = [...new Set(entries.map(({ step }) => step))];
    const away = await awayBefore(client, item.id, steps);
    const pools = [...state.pools.values()].filter(({ quantity, value }) => quantity !== 0n || value !== 0n);
    const sources = await sourcesOf(client, item.id, [
      ...steps,
      ...steps.flatMap((step) => (taken.get(step) ?? []).map(({ from }) => from)),
      ...pools.flatMap((pool) => pool.layers.map(({ from }) => from)),
      ...entries.flatMap(({ about }) => about ?? []),
      ...[...away.values()].flatMap((each) => each.map(({ step }) => step)),
    ]);
    const corrected = entries.filter(({ isCorrection }) => isCorrection);
    const facts = await factsOfRuns(client, item.id, [...new Set(corrected.map(({ run }) => run))]);
    const receipts = steps
      .flatMap((step) => sources.lines.get(step) ?? [])
      .filter((line) => line.isFromSupplier);
    const prices = await pricedBy(client, item.id, [...new Set(receipts.flatMap(referencesOf))]);
    const layerOf = ({ from, quantity, value }: Taken): ExplainedLayer => ({
      quantity: quantityText(quantity),
      value: moneyText(value, company.currency),
      unitCost: unitCostText(value, quantity, company.currency),
      source: sources.of(from) ?? null,
    });
    const saleOf = ({ step, quantity, amount }: Away): ExplainedSale => ({
      ...{ quantity, value: moneyText(amount, company.currency) },
      source: sources.of(step) ?? null,
    });
    const names = await poolNames(client);
    return {
      sku: item.sku,
      name: item.name,
      unit: item.unit,
      method: state.method,
      timing: state.timing,
      stock: pools.map((pool) => ({
        location: names.get(pool.id) ?? 'all own locations',
        quantity: quantityText(pool.quantity),
        value: moneyText(pool.value, company.currency),
        unitCost: unitCostText(pool.value, pool.quantity, company.currency),
        layers: layersIn(pool).map(layerOf),
      })),
      allowance: moneyText(state.allowance, company.currency),
      hasOlder,
      steps: steps.map((step): ExplainedStep => {
        const own = entries.filter((entry) => entry.step === step);
        const line = sources.lines.get(step);
        const shown = (entry: EntryRow): ExplainedEntry => entryText(entry, company.currency, sources);
        return {
          step,
          source: sources.of(step) ?? null,
          line: line ? { quantity: line.quantity, from: line.from, to: line.to } : null,
          entries: own.filter(({ isCorrection }) => !isCorrection).map(shown),
          corrections: own
            .filter(({ isCorrection }) => isCorrection)
            .map((entry) => ({
              ...shown(entry),
              causes: causesOf(facts.get(entry.run) ?? [], entry, state.timing),
            })),
          layers: (taken.get(step) ?? []).map(layerOf),
          returned: own.some(({ kind }) => kind === 'customer_return')
            ? {
                sales: (away.get(step) ?? []).filter(({ isReturn }) => !isReturn).map(saleOf),
                before: (away.get(step) ?? []).filter(({ isReturn }) => isReturn).map(saleOf),
              }
            : null,
          priced: line?.isFromSupplier
            ? {
                agreed:
                  line.unitCost === null ? null : `${line.unitCost} ${line.currency ?? company.currency}`,
                by: prices.filter(({ names: named }) => referencesOf(line).includes(named)),
              }
            : null,
        };
      }),
    };
  });

interface Taken {
  readonly from: string;
  readonly quantity: PoolState['quantity'];
  readonly value: PoolState['value'];
}

/** What is there in layers; a pool at an average is one, and what is missing is none. */
const layersIn = (pool: PoolState): Taken[] =>
  pool.layers.length > pool.first
    ? pool.layers.slice(pool.first).filter(({ quantity }) => quantity > 0n)
    : [];

const referencesOf = (line: MovedLine): string[] =>
  line.reference === null ? [line.document] : [line.reference, line.document];

/** A movement can change a step only from its own time on, or within the period that has one price. */
const causesOf = (
  facts: readonly CostSource[],
  { effectiveAt }: EntryRow,
  timing: string,
): readonly CostSource[] =>
  facts.filter(
    (fact) =>
      fact.type === 'cost_document' ||
      timing !== 'perpetual' ||
      fact.effectiveAt.getTime() <= effectiveAt.getTime(),
  );

const isByHand = ({ kind, journal, isOnLine }: EntryRow): boolean =>
  kind === 'bill' && journal !== null && !isOnLine;

const entryText = (entry: EntryRow, currency: string, sources: Sources): ExplainedEntry => ({
  kind: entry.kind,
  debit: entry.debit,
  credit: entry.credit,
  amount: moneyText(entry.amount, currency),
  quantity: entry.quantity,
  recordedAt: entry.recordedAt,
  journal: isByHand(entry) ? null : entry.journal,
  isByHand: isByHand(entry),
  about: entry.about === null ? null : (sources.of(entry.about)?.document ?? entry.about),
});

async function itemNamed(
  client: Transaction,
  sku: string,
): Promise<{ id: number; sku: string; name: string; unit: string }> {
  const { rows } = await client.query<{ id: number; sku: string; name: string; unit: string }>(
    'select id, sku, name, base_unit as unit from item where sku = $1',
    [sku],
  );
  const [item] = rows;
  if (!item) throw new StockbridgeError('not_found', `there is no item with SKU ${sku}`);
  return item;
}

async function askedKeys(
  client: Transaction,
  itemId: number,
  { movement, order }: ExplainCostOptions,
): Promise<readonly string[] | undefined> {
  if (movement !== undefined) {
    const [, key] = KEY.exec(movement) ?? [];
    if (key === undefined)
      throw new StockbridgeError('argument_invalid', `${movement} is no key of a movement or cost document`);
    return [key.toLowerCase()];
  }
  return order === undefined ? undefined : keysOfOrder(client, itemId, order);
}

interface Sources {
  readonly lines: ReadonlyMap<string, MovedLine>;
  /** By step; goods that pass through leave under a second number of their line. */
  of(step: string): CostSource | undefined;
}

const SECOND_STEP = 1000;

async function sourcesOf(client: Transaction, itemId: number, steps: readonly string[]): Promise<Sources> {
  const keyOf = (step: string): string => step.slice(0, step.lastIndexOf(':'));
  const keys = [...new Set(steps.filter((step) => step.includes(':')).map(keyOf))];
  const lines = await movedLines(client, itemId, keys);
  const documents = await costDocuments(client, keys);
  const firstOf = (step: string): string =>
    `${keyOf(step)}:${Number(step.slice(step.lastIndexOf(':') + 1)) - SECOND_STEP}`;
  return {
    lines: new Map(
      steps.flatMap((step) => {
        const line = lines.get(step) ?? lines.get(firstOf(step));
        return line ? [[step, line] as const] : [];
      }),
    ),
    of: (step) => {
      const line = lines.get(step) ?? lines.get(firstOf(step)) ?? documents.get(keyOf(step));
      if (!line) return undefined;
      const { type, what, document, reference, effectiveAt, recordedAt, event } = line;
      return { type, what, document, reference, effectiveAt, recordedAt, event };
    },
  };
}

async function poolNames(client: Transaction): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ id: number; code: string }>('select id, code from location');
  return new Map(rows.map(({ id, code }) => [id, code]));
}
