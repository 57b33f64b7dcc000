// What the goods of one production order come to: what it consumed and absorbed, shared over what it made, so that nothing
// remains in work in progress once it is complete or closed. Nothing here reads a database, and no order is ever divided.
import type { CostEntry } from '../valuation/step.ts';
import { instantFrom, microsOf } from '../vocabulary/instant.ts';
import { costOf, type Money, moneyFrom, rounded, shareOf, spread } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom, ZERO } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { ContentOf } from './document.ts';

/** One step that put goods out of production. */
export interface Output {
  readonly stepId: string;
  readonly itemId: number;
  /** Microseconds since 1970. */
  readonly at: bigint;
  readonly quantity: Quantity;
  /** Steps that took some of it back, because it was never made. */
  readonly undone?: readonly { readonly stepId: string; readonly quantity: Quantity }[];
}

export interface ProductionOrder {
  readonly currency: string;
  /** The plan and its document; undefined: nobody planned it, the goods alone say what it is. */
  readonly plan:
    | { readonly key: string; readonly at: bigint; readonly content: ContentOf<'production_order'> }
    | undefined;
  /** What was put into work in progress, less what came back from it. */
  readonly consumed: readonly Money[];
  /** Outputs that are no leftovers, in any order. */
  readonly outputs: readonly Output[];
}

export interface ProductionValue {
  /** What each output step is worth, and what each step gives back that takes one back, by step. */
  readonly values: ReadonlyMap<string, Money>;
  /** Labour and overhead, and what a closed order leaves without goods to carry it. */
  readonly entries: readonly CostEntry[];
  /** What is still in work in progress. */
  readonly remaining: Money;
}

/**
 * Values the outputs of an order: by-products at their share or unit value, never more than there is; the others at their part
 * of the plan, or without a plan all of it in proportion to quantity. Once every planned item is made, or the order is closed,
 * the last output takes the remainder; a closed order that made nothing leaves it to `production_variance`. An output that
 * was taken back is worth what it was, and gives all of that back: the others carry the order as if it had never been.
 */
export function productionValueOf(order: ProductionOrder): ProductionValue {
  if (!order.outputs.some(({ undone }) => undone !== undefined)) return standingValueOf(order);
  const standing = order.outputs
    .map((output) => ({ ...output, quantity: standingOf(output) }))
    .filter(({ quantity }) => quantity > 0n);
  const valued = standingValueOf({ ...order, outputs: standing });
  const before = standingValueOf(order).values;
  const values = new Map<string, Money>();
  for (const output of order.outputs) {
    const { stepId, quantity, undone = [] } = output;
    const left = standingOf(output);
    const own = valued.values.get(stepId) ?? (0n as Money);
    const gone = (quantity - left) as Quantity;
    const back = left > 0n ? rounded(own * gone, left) : (before.get(stepId) ?? 0n);
    values.set(stepId, (own + back) as Money);
    const shares = spread(back as Money, takenBack(quantity, undone));
    for (const [index, each] of undone.entries()) values.set(each.stepId, shares[index] ?? (0n as Money));
  }
  return { ...valued, values };
}

/** No more is taken back than came out; the first steps first. */
function takenBack(quantity: Quantity, undone: readonly { readonly quantity: Quantity }[]): Quantity[] {
  let left: bigint = quantity;
  return undone.map((each) => {
    const taken = each.quantity < left ? each.quantity : left;
    left -= taken;
    return taken as Quantity;
  });
}

const standingOf = ({ quantity, undone = [] }: Output): Quantity =>
  takenBack(quantity, undone).reduce((left, taken) => left - taken, quantity as bigint) as Quantity;

function standingValueOf(order: ProductionOrder): ProductionValue {
  const outputs = order.outputs.toSorted((a, b) =>
    a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.stepId < b.stepId ? -1 : 1,
  );
  const byProducts = new Map(order.plan?.content.byProducts.map((each) => [each.itemId, each]));
  const main = outputs.filter(({ itemId }) => !byProducts.has(itemId));
  const absorbed = absorptionOf(order, main);
  const total = [...order.consumed, ...absorbed.map(({ amount }) => amount)].reduce(
    (sum, each) => sum + each,
    0n,
  );
  const values = new Map<string, Money>();
  let rest = total as Money;
  for (const [itemId, by] of byProducts) {
    const own = outputs.filter((output) => output.itemId === itemId);
    const value = smallerOf(byProductValue(by, own, total as Money, order.currency), rest);
    rest = (rest - value) as Money;
    assign(values, own, value);
  }
  const made = madePart(order, main, rest);
  assign(values, main, made);
  rest = (rest - made) as Money;
  const closedAt = closingOf(order);
  const variance = closedAt !== undefined && rest !== 0n;
  const entries = variance
    ? [
        ...absorbed,
        entryOf(order, closedAt, 'adjustment', 'production_variance', 'work_in_progress', rest, 999),
      ]
    : absorbed;
  return { values, entries, remaining: variance ? (0n as Money) : rest };
}

const smallerOf = (a: Money, b: Money): Money => {
  const cap = b < 0n ? (0n as Money) : b;
  return a < cap ? a : cap;
};

type ByProduct = ContentOf<'production_order'>['byProducts'][number];

const PERCENT_PLACES = 1_000_000n;

/** Nothing until the by-product has come out. */
function byProductValue(by: ByProduct, own: readonly Output[], total: Money, currency: string): Money {
  if (own.length === 0) return 0n as Money;
  if ('unitValue' in by) return costOf(quantityOf(own), by.unitValue, currency);
  return rounded(total * quantityFrom(by.share), 100n * PERCENT_PLACES) as Money;
}

const quantityOf = (outputs: readonly Output[]): Quantity =>
  outputs.reduce((sum, { quantity }) => sum + quantity, 0n) as Quantity;

function assign(values: Map<string, Money>, outputs: readonly Output[], amount: Money): void {
  const shares = spread(
    amount,
    outputs.map(({ quantity }) => quantity),
  );
  for (const [index, { stepId }] of outputs.entries()) values.set(stepId, shares[index] ?? (0n as Money));
}

/** How much of the value the main outputs so far carry: their part of the plan, or all of it. */
function madePart(order: ProductionOrder, main: readonly Output[], value: Money): Money {
  if (main.length === 0) return 0n as Money;
  const planned = order.plan?.content.planned?.filter(({ itemId }) => !isByProduct(order, itemId)) ?? [];
  if (planned.length === 0 || closingOf(order) !== undefined) return value;
  const open = planned.reduce((sum, { itemId, quantity }) => {
    const missing = quantityFrom(quantity) - quantityOf(main.filter((output) => output.itemId === itemId));
    return missing > 0n ? sum + missing : sum;
  }, 0n);
  const made = quantityOf(main);
  return shareOf(value, made, made + open);
}

const isByProduct = ({ plan }: ProductionOrder, itemId: number): boolean =>
  plan?.content.byProducts.some((each) => each.itemId === itemId) ?? false;

const closingOf = ({ plan }: ProductionOrder): bigint | undefined =>
  plan?.content.closedAt === undefined ? undefined : microsOf(instantFrom(plan.content.closedAt));

/** Labour and overhead: for the order at the plan's time, for units when they come out. */
function absorptionOf(order: ProductionOrder, main: readonly Output[]): CostEntry[] {
  const { plan, currency } = order;
  if (!plan) return [];
  return plan.content.absorption.flatMap((each, line) => {
    const book = (at: bigint, amount: Money, of: number): CostEntry =>
      entryOf(order, at, 'absorption', 'work_in_progress', 'absorbed', amount, of);
    if ('amount' in each) return [book(plan.at, moneyFrom(each.amount, currency), line)];
    return main
      .filter(({ itemId }) => each.itemId === undefined || each.itemId === itemId)
      .map(({ at, quantity }) => book(at, costOf(quantity, each.perUnit, currency), line));
  });
}

const entryOf = (
  { plan }: ProductionOrder,
  at: bigint,
  kind: CostKind,
  debit: AccountRole,
  credit: AccountRole,
  amount: Money,
  line: number,
): CostEntry => ({
  step: `${plan?.key ?? ''}:${line}`,
  at,
  kind,
  debit: { role: debit },
  credit: { role: credit },
  amount,
  quantity: ZERO,
  lotId: null,
  locationId: 0,
  reference: null,
});
