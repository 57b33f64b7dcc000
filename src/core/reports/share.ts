// Shares a pool's value out over the places or lots its stock lies in, by quantity. Only a way to show it: one price holds for
// all of the pool. Pure.
import { type Money, NO_MONEY, spread } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';

/** Stock of one pool as the ledger has it, at a place or of a lot. */
export interface Held<Place> {
  readonly place: Place;
  /** Base units; below zero where more left than came. */
  readonly quantity: Quantity;
}

export interface Share<Place> extends Held<Place> {
  readonly value: Money;
}

/**
 * The pool's value by quantity held; the shares add up to it to the last unit, at one unit cost, missing stock included. What
 * the ledger holds beyond the valued quantity, or less, is a share at `elsewhere` without value.
 */
export function sharesOf<Place>(
  pool: { readonly quantity: Quantity; readonly value: Money },
  held: readonly Held<Place>[],
  elsewhere: Place,
): Share<Place>[] {
  const whole = held.reduce((total, { quantity }) => total + quantity, 0n);
  const rest = (pool.quantity - whole) as Quantity;
  if (whole === 0n)
    return [
      ...held.map((each) => ({ ...each, value: NO_MONEY })),
      ...(rest === 0n && pool.value === 0n ? [] : [{ place: elsewhere, quantity: rest, value: pool.value }]),
    ];
  const sign = whole < 0n ? -1n : 1n;
  const values = spread(
    pool.value,
    held.map(({ quantity }) => sign * quantity),
  );
  return [
    ...held.map((each, index) => ({ ...each, value: values[index] ?? NO_MONEY })),
    ...(rest === 0n ? [] : [{ place: elsewhere, quantity: rest, value: NO_MONEY }]),
  ];
}
