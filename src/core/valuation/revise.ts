// Value that changes while the goods stand still: standards and revaluations, write-downs, and another way of costing.
import { costOf, type Money } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import { repriced, revalue } from './pool.ts';
import {
  bucketOf,
  MILLION,
  NONE,
  onHand,
  poolsOf,
  pricingOf,
  type Run,
  record,
  release,
  roleBucket,
} from './run.ts';
import type { Expect, MethodChange, Step, WriteDown } from './step.ts';

export function expectCost(run: Run, step: Expect): void {
  run.state.expected = step.unitCost;
  const isStandard = run.state.method === 'standard';
  if (!isStandard && !step.revalues) return;
  for (const pool of poolsOf(run.state)) {
    // A standard is for goods that have arrived; those under way keep their own cost.
    if (!step.revalues && pool.role !== 'inventory') continue;
    // An exact ratio for six places: what a million units cost.
    pool.knownQuantity = MILLION;
    pool.knownValue = costOf(MILLION, step.unitCost, run.policy.currency);
    if (pool.quantity <= 0n) continue;
    const value = costOf(pool.quantity, step.unitCost, run.policy.currency);
    const amount = (value - pool.value) as Money;
    if (amount === 0n) continue;
    record(run, step, 'revaluation', bucketOf(pool), roleBucket('revaluation'), amount, NONE);
    revalue(pool, value);
  }
}

/** Down to what stock will fetch; up again, never above cost, only where the standard allows it (IAS 2.33; ASC 330-10-35-14). */
export function writeDown(run: Run, step: WriteDown): void {
  const { state, policy } = run;
  const { quantity, value } = onHand(state);
  const fetches = costOf(quantity, step.netRealisable, policy.currency);
  const wanted = (value > fetches ? value - fetches : 0n) as Money;
  const amount = (wanted - state.allowance) as Money;
  if (amount === 0n || (amount < 0n && !policy.reversesWriteDowns)) return;
  state.allowance = wanted;
  record(
    run,
    step,
    'write_down',
    roleBucket('write_down_expense'),
    roleBucket('write_down_allowance'),
    amount,
    NONE,
  );
}

/** Goods are never written down by more than they are worth: what is over goes where what took their worth went. */
export function capAllowance(run: Run, step: Step): void {
  const over = (run.state.allowance - onHand(run.state).value) as Money;
  if (over <= 0n) return;
  const [to, kind] = endOfWorth(step);
  release(run, step, roleBucket(to), kind, over);
}

function endOfWorth(step: Step): readonly [AccountRole, CostKind] {
  switch (step.kind) {
    case 'issue':
      return [step.to, step.cost];
    case 'supplier_return':
      return ['price_variance', 'supplier_return'];
    case 'undone_output':
      return ['production_variance', 'output'];
    case 'expect':
    case 'method':
      return ['revaluation', 'revaluation'];
    case 'receive':
    case 'return':
    case 'transfer':
    case 'consignor_sale':
    case 'write_down':
      return ['cost_of_goods_sold', 'true_up'];
  }
}

export function changeMethod(run: Run, step: MethodChange): void {
  run.state.method = step.method;
  run.state.timing = step.timing;
  for (const pool of poolsOf(run.state)) repriced(pool, pricingOf(run, pool), step.id);
  if (step.method === 'standard' && run.state.expected !== undefined)
    expectCost(run, { ...step, kind: 'expect', unitCost: run.state.expected, revalues: false });
}
