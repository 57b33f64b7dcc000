// What the fold knows of one item between two steps, and its form as JSON, so that folding can go on from a checkpoint.
import { type Money, NO_MONEY } from '../vocabulary/money.ts';
import type { CostMethod, CostTiming } from '../vocabulary/words.ts';
import { emptyPool, type PoolState } from './pool.ts';
import type { CostPolicy, Pool, PoolId } from './step.ts';

export interface ItemState {
  method: CostMethod;
  timing: CostTiming;
  readonly pools: Map<PoolId, PoolState>;
  /** The expected cost of one base unit; under `standard` the standard. Decimal text. */
  expected: string | undefined;
  /** How far stock is written down below its cost. */
  allowance: Money;
}

export const startOf = (policy: Pick<CostPolicy, 'method' | 'timing'>): ItemState => ({
  method: policy.method,
  timing: policy.timing,
  pools: new Map(),
  expected: undefined,
  allowance: NO_MONEY,
});

export function poolOf(state: ItemState, pool: Pool): PoolState {
  let known = state.pools.get(pool.id);
  if (!known) {
    known = emptyPool(pool.id, pool.role);
    state.pools.set(pool.id, known);
  }
  return known;
}

/** Bigints travel as text that no other text looks like: an order may be called `#1001`, and travels as `##1001`. */
const marked = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `#${value}`;
  return typeof value === 'string' && value.startsWith('#') ? `#${value}` : value;
};
const unmarked = (_: string, value: unknown): unknown => {
  if (typeof value !== 'string' || !value.startsWith('#')) return value;
  return value.startsWith('##') ? value.slice(1) : BigInt(value.slice(1));
};

/** The state as JSON text; layers that are used up are left out, so that equal states have equal text. */
export function stateText(state: ItemState): string {
  const pools = [...state.pools.values()]
    .sort((a, b) => a.id - b.id)
    .map((pool) => ({
      ...pool,
      layers: pool.layers.slice(pool.first).filter((layer) => layer.quantity > 0n),
      first: 0,
    }));
  const { method, timing, expected, allowance } = state;
  return JSON.stringify({ method, timing, pools, expected, allowance }, marked);
}

/** Reads what {@link stateText} wrote. */
export function stateFrom(text: string): ItemState {
  const read = JSON.parse(text, unmarked) as Omit<ItemState, 'pools'> & { pools: PoolState[] };
  return { ...read, expected: read.expected, pools: new Map(read.pools.map((pool) => [pool.id, pool])) };
}
