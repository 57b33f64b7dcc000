// One count: the quantity of a variation in one state at one location, as the fold of what happened to it.
// Knows neither ids nor states; ordering is by the client's time of occurrence, never by arrival.

import type { Instant, Quantity } from './scalars.ts';

/** A change by an amount, or an assertion of the whole quantity; `sequence` is the order of arrival. */
export interface Effect {
  occurredAt: Instant;
  sequence: number;
  kind: 'change' | 'assertion';
  quantity: Quantity;
}

/** Orders by occurrence; two effects of the same instant count in the order they arrived (Square's own rule is unverified). */
export function byOccurrence(
  left: { occurredAt: Instant; sequence: number },
  right: { occurredAt: Instant; sequence: number },
): number {
  if (left.occurredAt !== right.occurredAt) return left.occurredAt < right.occurredAt ? -1 : 1;
  return left.sequence - right.sequence;
}

/** Returns the index at which `entry` keeps the list sorted; fast when entries arrive nearly in order. */
export function insertionIndex<T>(
  sorted: readonly T[],
  entry: T,
  compare: (left: T, right: T) => number,
): number {
  let low = 0;
  let high = sorted.length;
  const last = sorted.at(-1);
  if (last === undefined || compare(last, entry) <= 0) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] as T, entry) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The quantity after every effect: the last assertion plus all changes that occurred after it, from zero without one.
 * Source: developer.squareup.com/docs/inventory-api/how-it-works
 */
export function foldOf(effects: readonly Effect[]): Quantity {
  let quantity = 0n;
  for (const effect of effects) {
    quantity = effect.kind === 'assertion' ? effect.quantity : quantity + effect.quantity;
  }
  return quantity;
}

export interface Level {
  quantity(): Quantity;
  /** The quantity right after everything that occurred up to and including `instant`. */
  quantityAt(instant: Instant): Quantity;
  /** Adds an effect in its place; true when the current quantity may have moved, false when a later assertion hides it. */
  add(effect: Effect): boolean;
  effects(): readonly Effect[];
}

/** Starts an empty level; adding a change costs constant time while effects arrive in order. */
export function startLevel(): Level {
  const effects: Effect[] = [];
  let current = 0n;
  let lastAssertion: Effect | undefined;

  return {
    quantity: () => current,
    quantityAt: (instant) => {
      const after: Effect = { occurredAt: instant, sequence: Infinity, kind: 'change', quantity: 0n };
      return foldOf(effects.slice(0, insertionIndex(effects, after, byOccurrence)));
    },
    add: (effect) => {
      const index = insertionIndex(effects, effect, byOccurrence);
      effects.splice(index, 0, effect);
      if (lastAssertion !== undefined && byOccurrence(effect, lastAssertion) < 0) return false;
      if (effect.kind === 'change') {
        current += effect.quantity;
      } else {
        lastAssertion = effect;
        current = foldOf(effects.slice(index));
      }
      return true;
    },
    effects: () => effects,
  };
}
