// Exact money: a bigint of the currency's smallest unit, rounded half away from zero where a share cannot be exact.
// Refuses floats; the database keeps the same integers as `numeric`, files and screens show decimal text.
import { type Quantity, quantityFrom } from './quantity.ts';

/** An amount in the smallest unit of its currency, such as cents; the currency stands beside it. */
export type Money = bigint & { readonly __money: unique symbol };

export const NO_MONEY = 0n as Money;

/** ISO 4217: currencies whose smallest unit is not a hundredth. */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
  CLF: 4,
  UYW: 4,
};

export const CURRENCY = /^[A-Z]{3}$/;

/** Decimal places of a currency: 2 for most, 0 for yen, 3 for dinars. */
export const exponentOf = (currency: string): number => EXPONENTS[currency] ?? 2;

const unitsOf = (currency: string): bigint => 10n ** BigInt(exponentOf(currency));

const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/;

/** A decimal as numerator over a power of ten, exact. */
interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}

function fractionFrom(text: string, what: string): Fraction {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError(`not an exact ${what}: ${JSON.stringify(text.slice(0, 40))}`);
  const [, sign, whole = '0', digits = ''] = match;
  const magnitude = BigInt(whole + digits);
  return { over: sign === '-' ? -magnitude : magnitude, under: 10n ** BigInt(digits.length) };
}

/**
 * Reads decimal text such as `12.50` as an amount of `currency`.
 * @throws RangeError when it has more places than the currency.
 */
export function moneyFrom(text: string, currency: string): Money {
  const { over, under } = fractionFrom(text, 'amount');
  const units = over * unitsOf(currency);
  if (units % under !== 0n)
    throw new RangeError(
      `${text} has more than ${exponentOf(currency)} decimal places, which is all that ${currency} has`,
    );
  return (units / under) as Money;
}

/** Decimal text with all the places of the currency: `12.50`, `-3`, `0.125`. */
export function moneyText(amount: Money, currency: string): string {
  const places = exponentOf(currency);
  const digits = (amount < 0n ? -amount : amount).toString().padStart(places + 1, '0');
  const cut = digits.length - places;
  return `${amount < 0n ? '-' : ''}${digits.slice(0, cut)}${places === 0 ? '' : `.${digits.slice(cut)}`}`;
}

/** Reads what the database holds: an integer of smallest units. */
export const storedMoney = (text: string): Money => BigInt(text) as Money;

/** `over ÷ under`, rounded half away from zero; `under` must be above zero. */
export function rounded(over: bigint, under: bigint): bigint {
  const twice = under + under;
  return over < 0n ? -((under - over - over) / twice) : (over + over + under) / twice;
}

/** The share `part ÷ whole` of an amount; all of it when the part is the whole. */
export const shareOf = (amount: Money, part: bigint, whole: bigint): Money =>
  (part === whole ? amount : rounded(amount * part, whole)) as Money;

/**
 * Spreads an amount over weights so that the shares add up to it to the last unit: each gets the difference of two rounded
 * running totals. With no weight at all, everything goes to the last.
 */
export function spread(amount: Money, weights: readonly bigint[]): Money[] {
  const whole = weights.reduce((total, weight) => total + weight, 0n);
  let weighed = 0n;
  let given = 0n;
  return weights.map((weight, index) => {
    weighed += weight;
    const until =
      index === weights.length - 1 ? amount : whole === 0n ? 0n : rounded(amount * weighed, whole);
    const share = until - given;
    given = until;
    return share as Money;
  });
}

const MILLIONTHS = 1_000_000n;

/** `quantity × unitCost` in `currency`; `unitCost` is decimal text per base unit with at most six places. */
export const costOf = (quantity: Quantity, unitCost: string, currency: string): Money =>
  rounded(quantity * quantityFrom(unitCost) * unitsOf(currency), MILLIONTHS * MILLIONTHS) as Money;

/**
 * What decimal text `amount` of one currency is in another at `rate`: units of the other for one of it, decimal text.
 * @throws RangeError when either is no decimal.
 */
export function converted(amount: string, rate: string, currency: string): Money {
  const of = fractionFrom(amount, 'amount');
  const at = fractionFrom(rate, 'rate');
  return rounded(of.over * at.over * unitsOf(currency), of.under * at.under) as Money;
}

/** What one base unit costs, to six places and at least those of the currency, for people; never reckoned with. */
export function unitCostText(value: Money, quantity: Quantity, currency: string): string {
  if (quantity === 0n) return '0';
  const size = (quantity < 0n ? -quantity : quantity) * unitsOf(currency);
  const magnitude = rounded(value * MILLIONTHS * MILLIONTHS, size);
  const sign = magnitude < 0n !== quantity < 0n && magnitude !== 0n ? '-' : '';
  const digits = (magnitude < 0n ? -magnitude : magnitude).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '').padEnd(exponentOf(currency), '0');
  return `${sign}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}
