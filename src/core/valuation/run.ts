// One run of the fold: the state it changes, the entries it makes, and what goods cost where nobody says it.
import { costOf, type Money, NO_MONEY } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import { ACCOUNT_ROLES, type AccountRole, type CostKind } from '../vocabulary/words.ts';
import { noteSold, type Sold } from './away.ts';
import { knownCost, type Layer, type PoolState, type Pricing, presentCost } from './pool.ts';
import type { ItemState } from './state.ts';
import type { Bucket, CostEntry, CostPolicy, Step } from './step.ts';

/** A layer, and how much of it a step took: why an issue cost what it cost. */
export type Trace = (step: Step, layer: Readonly<Layer>, quantity: Quantity, value: Money) => void;

export interface Run {
  readonly policy: CostPolicy;
  readonly state: ItemState;
  readonly entries: CostEntry[];
  readonly sold: Map<string, Sold>;
  readonly trace: Trace | undefined;
}

const ROLE_BUCKETS = Object.fromEntries(ACCOUNT_ROLES.map((role) => [role, { role }])) as Record<
  AccountRole,
  Bucket
>;
/** The bucket of a role that is no stock. */
export const roleBucket = (role: AccountRole): Bucket => ROLE_BUCKETS[role];

export const NONE = 0n as Quantity;
export const MILLION = 1_000_000_000_000n as Quantity;

/** Goods on their way, or at somebody else's, keep their own cost, whatever the item is costed by. */
export function pricingOf(run: Run, pool: PoolState): Pricing {
  const { method } = run.state;
  if (method === 'specific') return 'specific';
  if (pool.role !== 'inventory') return 'fifo';
  return method === 'standard' ? 'average' : method;
}

/** Goods that have arrived are carried at their standard once there is one. */
export const carriesStandard = ({ state }: Run, pool: PoolState): boolean =>
  state.method === 'standard' && pool.role === 'inventory' && state.expected !== undefined;

/** Under `standard`, what goods are carried at; else what they cost. */
export const standardOr = (run: Run, pool: PoolState, quantity: Quantity, actual: Money): Money =>
  carriesStandard(run, pool) ? expectedCost(run, quantity) : actual;

const expectedCost = (run: Run, quantity: Quantity): Money =>
  run.state.expected === undefined ? NO_MONEY : costOf(quantity, run.state.expected, run.policy.currency);

/** For goods that are missing: the newest known cost, else the expected one, else nothing until a receipt says. */
export const provisionalCost = (run: Run, pool: PoolState, quantity: Quantity): Money =>
  knownCost(pool, quantity) ?? expectedCost(run, quantity);

/** For goods that came without a cost of their own, such as a count that found more. */
export function currentCost(run: Run, pool: PoolState | undefined, quantity: Quantity): Money {
  if (!pool) return expectedCost(run, quantity);
  return presentCost(pool, pricingOf(run, pool), quantity) ?? provisionalCost(run, pool, quantity);
}

export const poolsOf = (state: ItemState): PoolState[] =>
  [...state.pools.values()].sort((a, b) => a.id - b.id);

/** All that is ours and there; what is missing somewhere is not taken off what is there elsewhere. */
export function onHand(state: ItemState): { quantity: Quantity; value: Money } {
  let quantity = 0n;
  let value = 0n;
  for (const pool of state.pools.values()) {
    if (pool.quantity <= 0n) continue;
    quantity += pool.quantity;
    value += pool.value;
  }
  return { quantity: quantity as Quantity, value: value as Money };
}

export const bucketOf = (pool: PoolState): Bucket => pool.bucket;

export function record(
  run: Run,
  step: Step,
  kind: CostKind,
  debit: Bucket,
  credit: Bucket,
  amount: Money,
  quantity: Quantity,
): void {
  if (amount === 0n && quantity === 0n) return;
  enter(run, {
    step: step.id,
    at: step.at,
    kind,
    debit,
    credit,
    amount,
    quantity,
    lotId: 'lotId' in step ? step.lotId : null,
    locationId: step.locationId,
    reference: 'reference' in step ? step.reference : null,
  });
}

/** Every entry goes in here, so that what an order sold is what the entries say. */
export function enter(run: Run, entry: CostEntry): void {
  run.entries.push(entry);
  noteSold(run.sold, entry);
}

/** Takes an amount off the write-down, for goods that are no longer there or no longer worth it. */
export function release(run: Run, step: Step, to: Bucket, kind: CostKind, amount: Money): void {
  run.state.allowance = (run.state.allowance - amount) as Money;
  record(run, step, kind, roleBucket('write_down_allowance'), to, amount, NONE);
}
