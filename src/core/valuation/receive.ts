// Goods in: receipts, what they say about goods that left before them, and what customers bring back at the cost it left at.
import { type Money, NO_MONEY, shareOf } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import { type Layer, type PoolState, put, type Shortage } from './pool.ts';
import { bucketOf, currentCost, NONE, pricingOf, type Run, record, roleBucket, standardOr } from './run.ts';
import { poolOf } from './state.ts';
import type { Bucket, Receive, Return, Step } from './step.ts';

export function receive(run: Run, step: Receive): void {
  const pool = poolOf(run.state, step.pool);
  if (step.parts === undefined) {
    const value = standardOr(run, pool, step.quantity, currentCost(run, pool, step.quantity));
    record(run, step, step.cost, bucketOf(pool), roleBucket(step.from), value, step.quantity);
    putIn(run, step, pool, { quantity: step.quantity, value, lotId: step.lotId, from: step.id });
    return;
  }
  let actual = NO_MONEY;
  let quantity = step.quantity;
  for (const part of step.parts) {
    record(run, step, part.kind, bucketOf(pool), roleBucket(part.from), part.amount, quantity);
    actual = (actual + part.amount) as Money;
    quantity = NONE;
  }
  const value = standardOr(run, pool, step.quantity, actual);
  const variance = (actual - value) as Money;
  record(run, step, step.cost, roleBucket('price_variance'), bucketOf(pool), variance, NONE);
  putIn(run, step, pool, { quantity: step.quantity, value, lotId: step.lotId, from: step.id });
}

/** Puts goods into a pool, and books what those that were missing cost more or less than was assumed. */
export function putIn(run: Run, step: Step, pool: PoolState, goods: Layer): void {
  put(pool, pricingOf(run, pool), goods, (shortage, quantity, estimated, actual) => {
    if (actual !== estimated) trueUp(run, step, pool, shortage, quantity, (actual - estimated) as Money);
  });
}

function trueUp(
  run: Run,
  step: Step,
  pool: PoolState,
  shortage: Shortage,
  quantity: Quantity,
  amount: Money,
): void {
  const book = (debit: Bucket, part: Money): void => {
    if (part === 0n) return;
    run.entries.push({
      step: step.id,
      at: step.at,
      kind: 'true_up',
      debit,
      credit: bucketOf(pool),
      amount: part,
      quantity: NONE,
      lotId: shortage.lotId,
      locationId: shortage.locationId,
      reference: shortage.reference,
      about: shortage.step,
    });
  };
  if (shortage.to.pool === undefined) {
    const sold = shortage.reference === null ? undefined : run.sold.get(shortage.reference);
    if (sold && shortage.to.role === sold.role && sold.quantity > 0n)
      sold.value = (sold.value + amount) as Money;
    book(shortage.to, amount);
    return;
  }
  // The goods were moved on before they came: what is still where they went takes its share, the rest was sold from there.
  const onward = run.state.pools.get(shortage.to.pool);
  const share = onward ? raised(onward, shortage.step, quantity, amount) : NO_MONEY;
  book(shortage.to, share);
  book(roleBucket('cost_of_goods_sold'), (amount - share) as Money);
}

/** Adds to the goods that a step brought here their share of an amount that `quantity` of them cost more; answers the share. */
function raised(pool: PoolState, step: string, quantity: Quantity, amount: Money): Money {
  if (pool.quantity <= 0n) return NO_MONEY;
  const layer = pool.layers.slice(pool.first).find((each) => each.from === step && each.quantity > 0n);
  if (pool.layers.length > pool.first && !layer) return NO_MONEY;
  const here = layer ? layer.quantity : pool.quantity;
  const share = here >= quantity ? amount : shareOf(amount, here, quantity);
  if (layer) layer.value = (layer.value + share) as Money;
  pool.value = (pool.value + share) as Money;
  return share;
}

export function takeBack(run: Run, step: Return): void {
  const pool = step.pool && poolOf(run.state, step.pool);
  const from =
    (step.reference === null ? undefined : run.sold.get(step.reference))?.role ?? 'cost_of_goods_sold';
  const kind = RETURN_KINDS[from] ?? 'customer_return';
  const value = costOfReturn(run, step, pool);
  const credit = roleBucket(from);
  if (!pool) {
    record(run, step, kind, roleBucket('scrap'), credit, value, step.quantity);
    return;
  }
  record(run, step, kind, bucketOf(pool), credit, value, step.quantity);
  const standard = standardOr(run, pool, step.quantity, value);
  record(run, step, kind, roleBucket('price_variance'), bucketOf(pool), (value - standard) as Money, NONE);
  putIn(run, step, pool, { quantity: step.quantity, value: standard, lotId: step.lotId, from: step.id });
}

/** What it is called when goods come back from somewhere else than a customer. */
const RETURN_KINDS: Readonly<Partial<Record<AccountRole, CostKind>>> = {
  work_in_progress: 'consumption',
  adjustment: 'adjustment',
  scrap: 'scrap',
  opening: 'opening',
};

/** What the goods left at; what was never sold under that reference comes back at the present cost. */
function costOfReturn(run: Run, step: Return, pool: PoolState | undefined): Money {
  const sold = step.reference === null ? undefined : run.sold.get(step.reference);
  const known = sold === undefined ? 0n : sold.quantity < step.quantity ? sold.quantity : step.quantity;
  let value = 0n;
  if (sold && known > 0n) {
    value = shareOf(sold.value, known, sold.quantity);
    sold.quantity = (sold.quantity - known) as Quantity;
    sold.value = (sold.value - value) as Money;
  }
  const rest = (step.quantity - known) as Quantity;
  return (value + (rest === 0n ? 0n : currentCost(run, pool, rest))) as Money;
}
