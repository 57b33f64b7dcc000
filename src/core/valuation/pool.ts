// Stock of one item that is priced together: what is there, in layers or as one average, or what is missing and was priced
// provisionally. Quantity and value are the truth; a unit cost is only ever derived from them, and the last unit takes the rest.
import { type Money, NO_MONEY, rounded, shareOf } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import type { CostMethod } from '../vocabulary/words.ts';
import type { Bucket, PoolId, StockRole } from './step.ts';

/** Goods that came together at one cost. */
export interface Layer {
  quantity: Quantity;
  value: Money;
  readonly lotId: number | null;
  /** The step that brought them, which a return to the supplier may name. */
  readonly from: string;
}

/** Goods that left before they came, at a provisional value; the receipt that covers them trues it up, once. */
export interface Shortage {
  quantity: Quantity;
  value: Money;
  /** How many were missing at first. */
  readonly whole: Quantity;
  readonly lotId: number | null;
  readonly step: string;
  /** Where their value went, and so where the difference goes. */
  readonly to: Bucket;
  readonly reference: string | null;
  readonly locationId: number;
}

/** How a pool prices what leaves: newest or oldest layer first, by lot, or at the average. */
export type Pricing = Exclude<CostMethod, 'standard'>;

export interface PoolState {
  readonly id: PoolId;
  readonly role: StockRole;
  readonly bucket: Bucket;
  /** All that is there less all that is missing; below zero while goods are missing. */
  quantity: Quantity;
  value: Money;
  /** Empty at an average. Layers before `first` are used up. */
  layers: Layer[];
  first: number;
  /** Never together with goods on hand. */
  shortages: Shortage[];
  /** The newest cost anything here came or left at: value for a quantity. Quantity zero: none is known. */
  knownValue: Money;
  knownQuantity: Quantity;
}

export const emptyPool = (id: PoolId, role: StockRole): PoolState => ({
  id,
  role,
  bucket: { role, pool: id },
  quantity: 0n as Quantity,
  value: NO_MONEY,
  layers: [],
  first: 0,
  shortages: [],
  knownValue: NO_MONEY,
  knownQuantity: 0n as Quantity,
});

/** Goods taken from a pool. `layers` only where they keep their identity. */
export interface Taken {
  value: Money;
  /** How many were there to take; the rest is missing. */
  quantity: Quantity;
}

type SeeLayer = (layer: Layer, quantity: Quantity, value: Money) => void;

/** Takes up to `quantity` of what is there. `see` hears of each layer, with the part taken, before it changes. */
export function take(
  pool: PoolState,
  pricing: Pricing,
  quantity: Quantity,
  wanted: { readonly lotId: number | null; readonly receipt?: string | undefined },
  see?: SeeLayer,
): Taken {
  if (pool.quantity <= 0n) return { value: NO_MONEY, quantity: 0n as Quantity };
  const there = (quantity < pool.quantity ? quantity : pool.quantity) as Quantity;
  const value =
    pricing === 'average'
      ? takeAverage(pool, there, see)
      : takeLayers(pool, pricing, there, wanted.lotId, wanted.receipt, see);
  pool.quantity = (pool.quantity - there) as Quantity;
  pool.value = (pool.value - value) as Money;
  return { value, quantity: there };
}

/**
 * Kept unrounded, as a value for a quantity: one unit of something cheap may cost nothing in whole cents. What cost nothing
 * says nothing of what the next one costs.
 */
function know(pool: PoolState, value: Money, quantity: Quantity): void {
  if (value === 0n) return;
  pool.knownValue = value;
  pool.knownQuantity = quantity;
}

function takeAverage(pool: PoolState, quantity: Quantity, see: SeeLayer | undefined): Money {
  const value = shareOf(pool.value, quantity, pool.quantity);
  know(pool, pool.value, pool.quantity);
  see?.({ quantity: pool.quantity, value: pool.value, lotId: null, from: '' }, quantity, value);
  return value;
}

function takeLayers(
  pool: PoolState,
  pricing: Pricing,
  quantity: Quantity,
  lotId: number | null,
  receipt: string | undefined,
  see: SeeLayer | undefined,
): Money {
  let left: bigint = quantity;
  let value = 0n;
  if (receipt !== undefined || (pricing === 'specific' && lotId !== null)) {
    // Those that were asked for first: of the receipt, then of the lot; what they lack comes from the oldest.
    for (const layer of wantedFirst(pool, pricing, lotId, receipt)) {
      if (left === 0n) break;
      const part = layer.quantity < left ? layer.quantity : (left as Quantity);
      value += takePart(pool, layer, part, see);
      left -= part;
    }
    // Those used up lie anywhere; left there, they would be looked through for ever.
    if (pool.layers.some((layer) => layer.quantity === 0n)) keepLeft(pool);
  }
  const { layers } = pool;
  while (left > 0n) {
    const layer = (pricing === 'lifo' ? layers[layers.length - 1] : layers[pool.first]) as Layer;
    const part = layer.quantity < left ? layer.quantity : (left as Quantity);
    value += takePart(pool, layer, part, see);
    left -= part;
    if (layer.quantity > 0n) continue;
    if (pricing === 'lifo') layers.pop();
    else pool.first += 1;
  }
  forgetUsed(pool);
  return value as Money;
}

function takePart(pool: PoolState, layer: Layer, quantity: Quantity, see: SeeLayer | undefined): Money {
  if (quantity === 0n) return NO_MONEY;
  know(pool, layer.value, layer.quantity);
  const value = shareOf(layer.value, quantity, layer.quantity);
  see?.(layer, quantity, value);
  layer.quantity = (layer.quantity - quantity) as Quantity;
  layer.value = (layer.value - value) as Money;
  return value;
}

function wantedFirst(
  pool: PoolState,
  pricing: Pricing,
  lotId: number | null,
  receipt: string | undefined,
): Layer[] {
  const there = pool.layers.slice(pool.first);
  return [
    ...there.filter((layer) => receipt !== undefined && layer.from === receipt),
    ...there.filter(
      (layer) => pricing === 'specific' && lotId !== null && layer.lotId === lotId && layer.from !== receipt,
    ),
  ];
}

function keepLeft(pool: PoolState): void {
  pool.layers = pool.layers.slice(pool.first).filter((layer) => layer.quantity > 0n);
  pool.first = 0;
}

/** Used layers leave the array in bulk, so that taking the oldest does not move all the others each time. */
function forgetUsed(pool: PoolState): void {
  const { layers } = pool;
  if (pool.first === layers.length) {
    if (pool.first > 0) {
      layers.length = 0;
      pool.first = 0;
    }
  } else if (pool.first > 64 && pool.first * 2 > layers.length) {
    layers.splice(0, pool.first);
    pool.first = 0;
  }
}

/** Puts goods in; covers what is missing first and tells `covered` of each part with its cost now. */
export function put(
  pool: PoolState,
  pricing: Pricing,
  goods: Layer,
  covered: (shortage: Shortage, quantity: Quantity, estimated: Money, actual: Money) => void,
): void {
  pool.quantity = (pool.quantity + goods.quantity) as Quantity;
  pool.value = (pool.value + goods.value) as Money;
  know(pool, goods.value, goods.quantity);
  let left = goods.quantity;
  let rest = goods.value;
  while (left > 0n) {
    const shortage = nextShortage(pool, goods.lotId);
    if (!shortage) break;
    const quantity = (shortage.quantity < left ? shortage.quantity : left) as Quantity;
    const actual = shareOf(rest, quantity, left);
    const estimated = shareOf(shortage.value, quantity, shortage.quantity);
    shortage.quantity = (shortage.quantity - quantity) as Quantity;
    shortage.value = (shortage.value - estimated) as Money;
    if (shortage.quantity === 0n) pool.shortages.splice(pool.shortages.indexOf(shortage), 1);
    pool.value = (pool.value - (actual - estimated)) as Money;
    left = (left - quantity) as Quantity;
    rest = (rest - actual) as Money;
    covered(shortage, quantity, estimated, actual);
  }
  if (left > 0n && pricing !== 'average')
    pool.layers.push({ quantity: left, value: rest, lotId: goods.lotId, from: goods.from });
}

/** Missing goods of the same lot are covered first; then the oldest, whatever lot they were booked under. */
function nextShortage(pool: PoolState, lotId: number | null): Shortage | undefined {
  if (pool.shortages.length === 0) return undefined;
  return (
    (lotId === null ? undefined : pool.shortages.find((shortage) => shortage.lotId === lotId)) ??
    pool.shortages[0]
  );
}

/** Books goods as missing at a provisional value. */
export function fallShort(pool: PoolState, shortage: Shortage): void {
  pool.quantity = (pool.quantity - shortage.quantity) as Quantity;
  pool.value = (pool.value - shortage.value) as Money;
  pool.shortages.push(shortage);
}

/** What a quantity costs at the newest cost known here, or undefined when none is. */
export function knownCost(pool: PoolState, quantity: Quantity): Money | undefined {
  if (pool.knownQuantity === 0n) return undefined;
  return rounded(pool.knownValue * quantity, pool.knownQuantity) as Money;
}

/** What a quantity costs at the present cost: the average, or the newest layer; undefined while nothing is there. */
export function presentCost(pool: PoolState, pricing: Pricing, quantity: Quantity): Money | undefined {
  if (pool.quantity <= 0n) return undefined;
  if (pricing === 'average') return rounded(pool.value * quantity, pool.quantity) as Money;
  for (let index = pool.layers.length - 1; index >= pool.first; index -= 1) {
    const layer = pool.layers[index] as Layer;
    if (layer.quantity > 0n) return rounded(layer.value * quantity, layer.quantity) as Money;
  }
  return undefined;
}

/** Spreads a new value over what is there, by quantity. */
export function revalue(pool: PoolState, value: Money): void {
  let weighed = 0n;
  let given = 0n;
  for (let index = pool.first; index < pool.layers.length; index += 1) {
    const layer = pool.layers[index] as Layer;
    weighed += layer.quantity;
    const until = weighed === pool.quantity ? value : rounded(value * weighed, pool.quantity);
    layer.value = (until - given) as Money;
    given = until;
  }
  pool.value = value;
}

/** Carries what is there into another way of pricing: one layer of all, or one average of all layers. */
export function repriced(pool: PoolState, pricing: Pricing, from: string): void {
  const hadLayers = pool.layers.length > pool.first;
  if (pricing === 'average') {
    pool.layers = [];
    pool.first = 0;
  } else if (!hadLayers && pool.quantity > 0n) {
    pool.layers = [{ quantity: pool.quantity, value: pool.value, lotId: null, from }];
    pool.first = 0;
  }
}
