// Goods in: receipts, what they say about goods that left before them, and what customers bring back at the cost it left at.
import { type Money, NO_MONEY, shareOf } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { Away } from './away.ts';
import { type Layer, type PoolState, put, type Shortage } from './pool.ts';
import {
  bucketOf,
  carriesStandard,
  currentCost,
  enter,
  NONE,
  poolsOf,
  pricingOf,
  type Run,
  record,
  release,
  roleBucket,
  standardOr,
} from './run.ts';
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
    enter(run, {
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
  const onward = shortage.to.pool === undefined ? undefined : run.state.pools.get(shortage.to.pool);
  if (!onward) {
    book(shortage.to, amount);
    return;
  }
  // The goods were moved on before they came: what is still there takes its share, the rest was sold from there.
  if (carriesStandard(run, onward)) {
    book(roleBucket('price_variance'), amount);
    return;
  }
  let rest = amount;
  const raise = (where: PoolState, share: Money): void => {
    where.value = (where.value + share) as Money;
    rest = (rest - share) as Money;
    book(bucketOf(where), share);
  };
  if (pricingOf(run, onward) === 'average') {
    if (onward.quantity > 0n) {
      const here = onward.quantity < quantity ? onward.quantity : quantity;
      raise(onward, atLeast(-onward.value, shareOf(amount, here, quantity)));
    }
  } else
    for (const where of poolsOf(run.state))
      raiseLayers(where, shortage, amount, (share) => raise(where, share));
  book(roleBucket('cost_of_goods_sold'), rest);
}

/** Adds to what is left of the goods that a step moved their part of what all of them cost more, wherever they went since. */
function raiseLayers(
  { layers, first }: PoolState,
  { step, whole }: Shortage,
  amount: Money,
  raise: (share: Money) => void,
): void {
  for (let index = first; index < layers.length; index += 1) {
    const layer = layers[index] as Layer;
    if (layer.from !== step || layer.quantity === 0n) continue;
    const share = atLeast(-layer.value, shareOf(amount, layer.quantity, whole));
    layer.value = (layer.value + share) as Money;
    raise(share);
  }
}

const atLeast = (least: bigint, amount: Money): Money => (amount < least ? least : amount) as Money;

export function takeBack(run: Run, step: Return): void {
  const pool = step.pool && poolOf(run.state, step.pool);
  const sold = step.reference === null ? undefined : run.sold.get(step.reference);
  const { from } = step;
  const kind = RETURN_KINDS[from] ?? 'customer_return';
  const { value, allowance } = costOfReturn(run, step, pool, sold?.get(from));
  const credit = roleBucket(from);
  // Goods that left written down come back written down, and are scrapped at no more than that.
  release(run, step, credit, kind, -allowance as Money);
  if (!pool) {
    record(run, step, kind, roleBucket('scrap'), credit, value, step.quantity);
    release(run, step, roleBucket('scrap'), kind, allowance);
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

/** What the goods left at, never below nothing; what was never sold under that reference comes back at the present cost. */
function costOfReturn(
  run: Run,
  step: Return,
  pool: PoolState | undefined,
  away: Readonly<Away> | undefined,
): { readonly value: Money; readonly allowance: Money } {
  const there = away && away.quantity > 0n ? away : undefined;
  if (!there) return { value: currentCost(run, pool, step.quantity), allowance: NO_MONEY };
  const known = there.quantity < step.quantity ? there.quantity : step.quantity;
  const share = (of: Money): Money => atLeast(0n, shareOf(of, known, there.quantity));
  const rest = (step.quantity - known) as Quantity;
  const value = share(there.value) + (rest === 0n ? 0n : currentCost(run, pool, rest));
  return { value: value as Money, allowance: share(there.allowance) };
}
