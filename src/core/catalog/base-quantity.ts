// So much of a reported item in the item's base units, exact. Pure; it rounds nothing, and says why it refuses.
import type { ErrorCode } from '../errors.ts';
import { type Quantity, quantityFrom, quantityText, times, wholeQuantity } from '../vocabulary/quantity.ts';
import type { KnownItem } from './directory.ts';

/** An item as it was named, and how many base units one of what was named is. */
export interface Named {
  readonly known: KnownItem;
  readonly factor: Quantity;
}

type BaseQuantity =
  | { readonly quantity: Quantity; readonly refusal?: undefined }
  | {
      readonly quantity?: undefined;
      readonly refusal: { readonly code: ErrorCode; readonly reason: string };
    };

/** A named unit counts by the item's own factor, otherwise the name's. `document` is named in the refusal. */
export function baseQuantityOf(
  { known, factor: named }: Named,
  reported: { readonly quantity: string; readonly unit?: string },
  document: string,
): BaseQuantity {
  const factor =
    reported.unit === undefined
      ? named
      : reported.unit === known.baseUnit
        ? ONE
        : known.units.get(reported.unit);
  if (factor === undefined) {
    const units = [known.baseUnit, ...known.units.keys()].join(', ');
    return refused('unit_unknown', `${known.sku} has no unit ${reported.unit}; it has ${units}`);
  }
  try {
    const quantity = times(quantityFrom(reported.quantity), factor);
    if (known.divisible || quantity % ONE === 0n) return { quantity };
    return refused(
      'content_invalid',
      `${document}: ${quantityText(quantity)} ${known.baseUnit} of ${known.sku} is not whole, and the item is not divisible`,
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return refused('content_invalid', `${document}: the quantity of ${known.sku} cannot be read (${why})`);
  }
}

const refused = (code: ErrorCode, reason: string): BaseQuantity => ({ refusal: { code, reason } });

const ONE = wholeQuantity(1n);
