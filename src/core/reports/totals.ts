// Adds report figures up and writes them as decimal text. Quantities of different base units are never added. Pure.
import { type Money, moneyText, NO_MONEY, unitCostText } from '../vocabulary/money.ts';
import { type Quantity, quantityText } from '../vocabulary/quantity.ts';

/** A quantity in one base unit, or in several, which then has no total. */
export interface Measured {
  readonly quantity: Quantity;
  readonly unit: string;
}

/** The sum as text and its unit; null where units differ. */
export function measuredText(parts: readonly Measured[]): { quantity: string | null; unit: string | null } {
  const [first] = parts;
  if (!first) return { quantity: '0', unit: null };
  if (parts.some(({ unit }) => unit !== first.unit)) return { quantity: null, unit: null };
  return { quantity: quantityText(quantitySum(parts)), unit: first.unit };
}

/** What one base unit costs, where it can be said. */
export function unitCostOf(parts: readonly Measured[], value: Money, currency: string): string | null {
  const [first] = parts;
  const quantity = quantitySum(parts);
  if (!first || quantity === 0n || parts.some(({ unit }) => unit !== first.unit)) return null;
  return unitCostText(value, quantity, currency);
}

const quantitySum = (parts: readonly Measured[]): Quantity =>
  parts.reduce((total, { quantity }) => total + quantity, 0n) as Quantity;

export const moneySum = (amounts: Iterable<Money>): Money => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total as Money;
};

/** Each of some amounts as decimal text, under the same names. */
export const moneyTexts = <Name extends string>(
  amounts: Readonly<Record<Name, Money>>,
  currency: string,
): Record<Name, string> =>
  Object.fromEntries(
    Object.entries<Money>(amounts).map(([name, amount]) => [name, moneyText(amount, currency)]),
  ) as Record<Name, string>;

/** Amounts of the same names added up. */
export function amountsSum<Name extends string>(
  names: readonly Name[],
  rows: readonly Readonly<Record<Name, Money>>[],
): Record<Name, Money> {
  return Object.fromEntries(
    names.map((name) => [name, moneySum(rows.map((row) => row[name] ?? NO_MONEY))]),
  ) as Record<Name, Money>;
}

/** `over ÷ under` with some places, rounded half away from zero; null when there is nothing to divide by. */
export function ratioText(over: bigint, under: bigint, places: number): string | null {
  if (under === 0n) return null;
  const scaled = over * 10n ** BigInt(places);
  const size = under < 0n ? -under : under;
  const magnitude = scaled < 0n ? -scaled : scaled;
  const rounded = (magnitude * 2n + size) / (size * 2n);
  const digits = rounded.toString().padStart(places + 1, '0');
  const sign = rounded !== 0n && scaled < 0n !== under < 0n ? '-' : '';
  return `${sign}${digits.slice(0, digits.length - places)}.${digits.slice(digits.length - places)}`;
}
