// Goods out: sales, use in production, scrap, returns to the supplier and moves between pools, priced by the item's method; and
// provisionally while they are missing.
import { type Money, NO_MONEY, shareOf, spread } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import type { CostKind } from '../vocabulary/words.ts';
import { noteConsigned } from './away.ts';
import { fallShort, type Layer, type PoolState, take } from './pool.ts';
import { putIn } from './receive.ts';
import {
  bucketOf,
  NONE,
  onHand,
  pricingOf,
  provisionalCost,
  type Run,
  record,
  release,
  roleBucket,
  standardOr,
} from './run.ts';
import { poolOf } from './state.ts';
import type { Bucket, ConsignorSale, Issue, Step, SupplierReturn, Transfer, UndoneOutput } from './step.ts';

export function issue(run: Run, step: Issue): void {
  const pool = poolOf(run.state, step.pool);
  const to: Bucket = roleBucket(step.to);
  releaseAllowance(run, step, pool, to, step.cost);
  const value = takeOut(run, step, pool, to, step.reference);
  record(run, step, step.cost, to, bucketOf(pool), value, step.quantity);
}

/** Takes goods out, and prices what is missing at the newest known cost. */
function takeOut(
  run: Run,
  step: Issue | SupplierReturn | UndoneOutput | Transfer,
  pool: PoolState,
  to: Bucket,
  reference: string | null,
  see?: (layer: Readonly<Layer>, quantity: Quantity, value: Money) => void,
): Money {
  const trace = run.trace;
  const seen = trace
    ? (layer: Layer, quantity: Quantity, value: Money): void => {
        see?.(layer, quantity, value);
        trace(step, layer, quantity, value);
      }
    : see;
  const taken = take(
    pool,
    pricingOf(run, pool),
    step.quantity,
    { lotId: step.lotId, receipt: cameWith(step) },
    seen,
  );
  const missing = (step.quantity - taken.quantity) as Quantity;
  if (missing === 0n) return taken.value;
  const estimated = provisionalCost(run, pool, missing);
  fallShort(pool, {
    quantity: missing,
    value: estimated,
    whole: missing,
    lotId: step.lotId,
    step: step.id,
    to,
    reference,
    locationId: step.locationId,
  });
  return (taken.value + estimated) as Money;
}

/** The step whose goods are taken before others. */
function cameWith(step: Step): string | undefined {
  if (step.kind === 'undone_output') return step.output;
  return step.kind === 'supplier_return' ? step.receipt : undefined;
}

export function sendBack(run: Run, step: SupplierReturn | UndoneOutput): void {
  const pool = poolOf(run.state, step.pool);
  const [cost, role, variance] =
    step.kind === 'supplier_return'
      ? (['supplier_return', 'received_not_billed', 'price_variance'] as const)
      : (['output', 'work_in_progress', 'production_variance'] as const);
  const rest = roleBucket(variance);
  releaseAllowance(run, step, pool, rest, cost);
  const value = takeOut(run, step, pool, rest, null);
  const credit = step.credit ?? value;
  record(run, step, cost, roleBucket(role), bucketOf(pool), credit, step.quantity);
  if (credit !== value) record(run, step, cost, rest, bucketOf(pool), (value - credit) as Money, NONE);
}

export function transfer(run: Run, step: Transfer): void {
  const from = poolOf(run.state, step.pool);
  const to = poolOf(run.state, step.to);
  const keepsLayers = pricingOf(run, from) !== 'average';
  const before = run.state.allowance === 0n ? NONE : onHand(run.state).quantity;
  const goods: Layer[] = [];
  let there = 0n;
  let worth = 0n;
  const value = takeOut(run, step, from, bucketOf(to), null, (layer, quantity, part) => {
    there += quantity;
    worth += part;
    if (keepsLayers) goods.push({ quantity, value: part, lotId: layer.lotId, from: layer.from });
  });
  if (!keepsLayers && there > 0n)
    goods.push({ quantity: there as Quantity, value: worth as Money, lotId: step.lotId, from: '' });
  if (step.quantity > there)
    goods.push({
      quantity: (step.quantity - there) as Quantity,
      value: (value - worth) as Money,
      lotId: step.lotId,
      from: step.id,
    });
  record(run, step, 'transfer', bucketOf(to), bucketOf(from), value, step.quantity);
  const standard = from.role === 'inventory' ? value : standardOr(run, to, step.quantity, value);
  if (standard !== value) {
    // Goods under way keep their cost; where they arrive they are carried at standard, as if they came there at once.
    record(
      run,
      step,
      'transfer',
      roleBucket('price_variance'),
      bucketOf(to),
      (value - standard) as Money,
      NONE,
    );
    const shares = spread(
      standard,
      goods.map(({ quantity }) => quantity),
    );
    for (const [index, layer] of goods.entries()) layer.value = shares[index] ?? NO_MONEY;
  }
  for (const layer of goods) putIn(run, step, to, layer);
  // Goods that cover what was sold from there already take their share of the write-down with them.
  const gone = (before - onHand(run.state).quantity) as Quantity;
  if (run.state.allowance > 0n && gone > 0n)
    release(
      run,
      step,
      roleBucket('cost_of_goods_sold'),
      'true_up',
      shareOf(run.state.allowance, gone, before),
    );
}

export function sellConsigned(run: Run, step: ConsignorSale): void {
  const { reference } = step;
  const amount = (step.isReturn ? -costOfConsigned(run, step) : step.amount) as Money;
  const quantity = (step.isReturn ? -step.quantity : step.quantity) as Quantity;
  const kind = step.isReturn ? 'customer_return' : 'sale';
  record(run, step, kind, roleBucket('cost_of_goods_sold'), roleBucket('consignor_payable'), amount, NONE);
  noteConsigned(run.sold, { reference, quantity, amount });
}

/** What goods that come back were owed at when they were sold, never below nothing; the present cost where no sale is known. */
function costOfConsigned(run: Run, { reference, quantity, amount }: ConsignorSale): Money {
  const away = reference === null ? undefined : run.sold.get(reference)?.get('consignor_payable');
  if (!away || away.quantity <= 0n) return amount;
  const known = away.quantity < quantity ? away.quantity : quantity;
  const owed = shareOf(away.value, known, away.quantity);
  const rest = shareOf(amount, (quantity - known) as Quantity, quantity);
  return ((owed < 0n ? 0n : owed) + rest) as Money;
}

/** Goods that leave take their share of the write-down with them. */
function releaseAllowance(
  run: Run,
  step: Issue | SupplierReturn | UndoneOutput,
  pool: PoolState,
  to: Bucket,
  kind: CostKind,
): void {
  const { state } = run;
  if (state.allowance === 0n || pool.quantity <= 0n) return;
  const all = onHand(state).quantity;
  const leaving = step.quantity < pool.quantity ? step.quantity : pool.quantity;
  release(run, step, to, kind, shareOf(state.allowance, leaving, all));
}
