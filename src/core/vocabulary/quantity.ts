// Exact quantities: a decimal with at most six places, held as a bigint of millionths.
// Refuses floats, exponents and silent rounding; the database keeps the same value as `numeric`.
import { z } from 'zod';

/** A stock quantity in millionths of the item's base unit. Made only by {@link quantityFrom} and arithmetic on it. */
export type Quantity = bigint & { readonly __quantity: unique symbol };

const SCALE = 6;
const UNIT = 10n ** BigInt(SCALE);
const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/;

export const ZERO = 0n as Quantity;

/** True when `text` is a decimal this hub can hold exactly: up to 15 digits before and 6 after the point. */
export const isQuantityText = (text: string): boolean => DECIMAL.test(text);

/**
 * Reads a decimal string such as `12`, `-3` or `0.25`.
 * @throws RangeError when the text is no exact decimal of at most 15 + 6 digits.
 */
export function quantityFrom(text: string): Quantity {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError(`not an exact quantity: ${JSON.stringify(text.slice(0, 40))}`);
  const [, sign, whole = '0', fraction = ''] = match;
  const magnitude = BigInt(whole) * UNIT + BigInt(fraction.padEnd(SCALE, '0'));
  return (sign === '-' ? -magnitude : magnitude) as Quantity;
}

/** Reads a sum that the database made: as {@link quantityFrom}, with any number of digits before the point. */
export function storedQuantity(text: string): Quantity {
  const [whole = '', fraction = ''] = text.split('.');
  if (!/^-?\d+$/.test(whole) || !/^\d*$/.test(fraction) || /[1-9]/.test(fraction.slice(SCALE))) {
    throw new RangeError(`not a stored quantity: ${JSON.stringify(text.slice(0, 40))}`);
  }
  const magnitude =
    BigInt(whole.replace('-', '')) * UNIT + BigInt(fraction.slice(0, SCALE).padEnd(SCALE, '0'));
  return (whole.startsWith('-') ? -magnitude : magnitude) as Quantity;
}

/** The shortest decimal text of a quantity: `1.5`, `-2`, `0`; PostgreSQL's `trim_scale(numeric)::text` prints the same. */
export function quantityText(quantity: Quantity): string {
  if (quantity % UNIT === 0n) return (quantity / UNIT).toString();
  const magnitude = quantity < 0n ? -quantity : quantity;
  const fraction = (magnitude % UNIT).toString().padStart(SCALE, '0').replace(/0+$/, '');
  return `${quantity < 0n ? '-' : ''}${magnitude / UNIT}.${fraction}`;
}

export const sum = (a: Quantity, b: Quantity): Quantity => (a + b) as Quantity;
export const difference = (a: Quantity, b: Quantity): Quantity => (a - b) as Quantity;
export const negated = (a: Quantity): Quantity => -a as Quantity;
export const smaller = (a: Quantity, b: Quantity): Quantity => (a < b ? a : b);
export const larger = (a: Quantity, b: Quantity): Quantity => (a > b ? a : b);

/** `a × factor`; throws RangeError when the product needs more than six places. */
export function times(a: Quantity, factor: Quantity): Quantity {
  const product = a * factor;
  if (product % UNIT !== 0n) throw new RangeError('the product has more than six decimal places');
  return (product / UNIT) as Quantity;
}

/** How many whole times `part` fits into `whole`, rounded towards minus infinity; `part` must be positive. */
export function wholeTimes(whole: Quantity, part: Quantity): bigint {
  if (part <= 0n) throw new RangeError('cannot divide by a quantity that is not positive');
  const quotient = whole / part;
  return whole % part !== 0n && whole < 0n ? quotient - 1n : quotient;
}

/** The quantity of `count` whole units. */
export const wholeQuantity = (count: bigint): Quantity => (count * UNIT) as Quantity;

/** Decimal text on the wire; `12` and `12.0` are the same quantity and both become `12`. */
export const quantitySchema = z
  .string()
  .refine(isQuantityText, 'must be a decimal with at most 15 digits before and 6 after the point')
  .transform((text) => quantityText(quantityFrom(text)));

/** As {@link quantitySchema}, and above zero. */
export const positiveQuantitySchema = quantitySchema.refine(
  (text) => quantityFrom(text) > 0n,
  'must be above zero; the direction is said by from and to',
);
