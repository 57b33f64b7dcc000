// How fast stock turns over: cost of goods sold against average stock, days it lasts, what keeping it costs, and what does not
// sell. Reads only.
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { businessDay, type Day } from '../journals/calendar.ts';
import { type Money, moneyText, NO_MONEY, rounded } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom, quantityText } from '../vocabulary/quantity.ts';
import { ageDays } from './age.ts';
import { soldByItem } from './cost-of-goods.ts';
import { itemsAt, type PooledValue, pooledValue, type ReportItem } from './pools.ts';
import {
  beginningOf,
  type Cut,
  cutAfter,
  daysIn,
  type Range,
  type Report,
  rangeFrom,
  reportOf,
} from './snapshot.ts';
import { ratioText } from './totals.ts';

/** `slow`: not sold for some time; `dead`: for a long time. Counted from the first arrival where nothing was ever sold. */
export type Pace = 'moving' | 'slow' | 'dead' | 'none on hand';

export interface TurnoverFigures {
  readonly costOfGoodsSold: string;
  readonly opening: string;
  readonly closing: string;
  /** Of opening and closing. */
  readonly average: string;
  /** Cost of goods sold ÷ average stock over the range; null: there was no stock. */
  readonly turnover: string | null;
  /** Days of the range ÷ turnover: how long average stock lasts (DSI); null: nothing was sold. */
  readonly daysSalesInInventory: string | null;
  /** Of average stock over the range at the yearly rate. */
  readonly carryingCost: string;
}

export interface TurnoverRow extends TurnoverFigures {
  readonly sku: string;
  readonly name: string;
  readonly onHand: string;
  readonly unit: string;
  readonly sold: string;
  /** On hand ÷ sold per day of the range; null: nothing was sold. */
  readonly daysOfSupply: string | null;
  readonly lastSold: Day | null;
  /** Days without a sale at the end of the range. */
  readonly daysUnsold: number | null;
  readonly pace: Pace;
}

export interface Turnover {
  readonly from: Day;
  readonly through: Day;
  readonly days: number;
  /** Percent a year, decimal text. */
  readonly carryingCostPercent: string;
  readonly slowAfterDays: number;
  readonly deadAfterDays: number;
  readonly rows: readonly TurnoverRow[];
  readonly total: TurnoverFigures;
  /** Value on hand of items that are slow or dead. */
  readonly slow: { readonly items: number; readonly value: string };
  readonly dead: { readonly items: number; readonly value: string };
}

export interface TurnoverOptions extends Range {
  /** Percent a year that keeping stock costs, decimal text such as `20`. */
  readonly carryingCostPercent: string;
  readonly slowAfterDays: number;
  readonly deadAfterDays: number;
}

/**
 * Turnover over a range of days, and each item's pace at its end.
 * @throws StockbridgeError `argument_invalid` when the percentage is none, or dead comes before slow.
 */
export const turnoverOf = (database: Database, options: TurnoverOptions): Promise<Report<Turnover>> =>
  reportOf(database, async ({ client, company }) => {
    const { from, through } = rangeFrom(options);
    const percent = percentFrom(options.carryingCostPercent);
    if (options.deadAfterDays < options.slowAfterDays)
      throw new StockbridgeError(
        'argument_invalid',
        'what is dead has been slow before: give more days for dead than for slow',
      );
    const { currency, timeZone } = company;
    const days = daysIn({ from, through });
    const closingCut = cutAfter(company, through);
    const opening = byItem(
      await pooledValue(client, { before: beginningOf(company, from), knownBefore: null }),
    );
    const closing = byItem(await pooledValue(client, closingCut));
    const sold = await soldByItem(client, company, { from, through });
    const ids = [...new Set([...opening.keys(), ...closing.keys(), ...sold.keys()])];
    const items = await itemsAt(client, closingCut, ids);
    const dates = await datesAt(client, closingCut, ids);
    const figures = (cost: Money, first: Money, last: Money) =>
      figuresOf({ cost, first, last, days, percent, currency });
    const rated = ids.map((itemId) => {
      const stock = {
        first: opening.get(itemId)?.value ?? NO_MONEY,
        last: closing.get(itemId)?.value ?? NO_MONEY,
      };
      const { cost, quantity } = sold.get(itemId) ?? { cost: NO_MONEY, quantity: 0n as Quantity };
      const onHand = closing.get(itemId)?.quantity ?? (0n as Quantity);
      const { lastSold, since } = sinceOf(dates.get(itemId), timeZone);
      const daysUnsold = since === null ? null : ageDays(since, through);
      const item = items.get(itemId);
      return {
        cost,
        ...stock,
        row: {
          ...namesOf(item, itemId),
          onHand: quantityText(onHand),
          unit: item?.unit ?? '',
          sold: quantityText(quantity),
          ...figures(cost, stock.first, stock.last),
          daysOfSupply: quantity > 0n ? ratioText(onHand * BigInt(days), quantity, 1) : null,
          lastSold,
          daysUnsold,
          pace: paceOf(onHand, daysUnsold, options),
        },
      };
    });
    const sumOf = (name: 'cost' | 'first' | 'last', only: Pace | undefined = undefined): Money =>
      rated
        .filter(({ row }) => only === undefined || row.pace === only)
        .reduce((total, each) => total + each[name], 0n) as Money;
    const count = (pace: Pace): number => rated.filter(({ row }) => row.pace === pace).length;
    return {
      from,
      through,
      days,
      carryingCostPercent: quantityText(percent),
      slowAfterDays: options.slowAfterDays,
      deadAfterDays: options.deadAfterDays,
      rows: rated.map(({ row }) => row).sort((a, b) => (a.sku < b.sku ? -1 : 1)),
      total: figures(sumOf('cost'), sumOf('first'), sumOf('last')),
      slow: { items: count('slow'), value: moneyText(sumOf('last', 'slow'), currency) },
      dead: { items: count('dead'), value: moneyText(sumOf('last', 'dead'), currency) },
    };
  });

function percentFrom(text: string): Quantity {
  const given = text.replace(/\s*%$/, '');
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(given))
    throw new StockbridgeError('argument_invalid', `${text} is no percentage a year, such as 20%`);
  return quantityFrom(given);
}

interface Rated {
  readonly cost: Money;
  readonly first: Money;
  readonly last: Money;
  readonly days: number;
  /** In millionths, as a quantity. */
  readonly percent: Quantity;
  readonly currency: string;
}

function figuresOf({ cost, first, last, days, percent, currency }: Rated): TurnoverFigures {
  const twice = first + last;
  const carrying = rounded(twice * percent * BigInt(days), 2n * 100n * 1_000_000n * 365n);
  return {
    costOfGoodsSold: moneyText(cost, currency),
    opening: moneyText(first, currency),
    closing: moneyText(last, currency),
    average: moneyText(rounded(twice, 2n) as Money, currency),
    turnover: ratioText(2n * cost, twice, 4),
    daysSalesInInventory: ratioText(twice * BigInt(days), 2n * cost, 2),
    carryingCost: moneyText(carrying as Money, currency),
  };
}

function paceOf(
  onHand: Quantity,
  daysUnsold: number | null,
  { slowAfterDays, deadAfterDays }: TurnoverOptions,
): Pace {
  if (onHand <= 0n) return 'none on hand';
  if (daysUnsold === null || daysUnsold < slowAfterDays) return 'moving';
  return daysUnsold < deadAfterDays ? 'slow' : 'dead';
}

const namesOf = (item: ReportItem | undefined, itemId: number): { sku: string; name: string } => ({
  sku: item?.sku ?? String(itemId),
  name: item?.name ?? '',
});

function byItem(pools: readonly PooledValue[]): Map<number, { quantity: Quantity; value: Money }> {
  const all = new Map<number, { quantity: Quantity; value: Money }>();
  for (const { itemId, quantity, value } of pools) {
    const sum = all.get(itemId);
    all.set(itemId, {
      quantity: ((sum?.quantity ?? 0n) + quantity) as Quantity,
      value: ((sum?.value ?? 0n) + value) as Money,
    });
  }
  return all;
}

interface Dates {
  readonly sold: string | null;
  readonly first: string;
}

/** When each item was last sold, and when it was first there. */
async function datesAt(
  client: Transaction,
  cut: Cut,
  itemIds: readonly number[],
): Promise<Map<number, Dates>> {
  const micros = (time: string): string => `(extract(epoch from ${time}) * 1000000)::bigint::text`;
  const { rows } = await client.query<Dates & { item_id: number }>(
    `select item_id, ${micros(`max(effective_at) filter (where kind = 'sale' and amount >= 0)`)} as sold, ${micros('min(effective_at)')} as first
     from cost_entry where item_id = any($2::int[]) and effective_at < $1 and quantity > 0 group by item_id`,
    [cut.before, itemIds],
  );
  return new Map(rows.map(({ item_id, ...dates }) => [item_id, dates]));
}

function sinceOf(dates: Dates | undefined, timeZone: string): { lastSold: Day | null; since: Day | null } {
  if (!dates) return { lastSold: null, since: null };
  const lastSold = dates.sold === null ? null : businessDay(BigInt(dates.sold), timeZone);
  return { lastSold, since: lastSold ?? businessDay(BigInt(dates.first), timeZone) };
}
