// Foreign amounts in the company's currency: at the rate a document names, else at the one that held at its time. A rate that
// nobody gave is never guessed.
import { StockbridgeError } from '../errors.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { converted, costOf, type Money, moneyFrom, rounded } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom, quantityText } from '../vocabulary/quantity.ts';

/** Units of the company's currency for one of another, from a time on. */
export interface Rate {
  readonly currency: string;
  /** Microseconds since 1970. */
  readonly at: bigint;
  /** Decimal text. */
  readonly rate: string;
}

export interface Rates {
  /** The company's currency. */
  readonly home: string;
  /**
   * The rate of a currency at an instant: the newest one from then or before.
   * @throws StockbridgeError `content_invalid` when none was given.
   */
  at(currency: string, at: bigint): string;
  /** Decimal text of `currency` as money of the company's; `rate` goes before the one of the time. Throws as `at`. */
  amount(text: string, currency: string, at: bigint, rate?: string): Money;
  /** What a quantity costs at a unit cost in `currency`. Throws as `at`. */
  cost(quantity: Quantity, unitCost: string, currency: string, at: bigint): Money;
  /** A unit cost of another currency as one of the company's, to six places. Throws as `at`. */
  unitCost(unitCost: string, currency: string, at: bigint): string;
}

/** Rates in any order; of two for the same instant the later one in `rates` holds. */
export function ratesOf(home: string, rates: readonly Rate[]): Rates {
  const byCurrency = Map.groupBy(
    rates.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    (rate) => rate.currency,
  );
  const at = (currency: string, when: bigint): string => {
    const found = byCurrency.get(currency)?.findLast((each) => each.at <= when);
    if (found) return found.rate;
    throw new StockbridgeError(
      'content_invalid',
      `there is no rate of ${currency} in ${home} for ${instantOfMicros(when)}: import it with \`stockbridge import rates\``,
    );
  };
  return {
    home,
    at,
    amount: (text, currency, when, rate) =>
      currency === home ? moneyFrom(text, home) : converted(text, rate ?? at(currency, when), home),
    cost: (quantity, unitCost, currency, when) =>
      currency === home
        ? costOf(quantity, unitCost, home)
        : converted(productText(quantity, unitCost), at(currency, when), home),
    unitCost: (unitCost, currency, when) =>
      currency === home ? unitCost : inSixPlaces(quantityFrom(unitCost), at(currency, when)),
  };
}

/** `unitCost × rate`, rounded to six places; both are decimals that are not below zero. */
function inSixPlaces(unitCost: Quantity, rate: string): string {
  const [whole = '', fraction = ''] = rate.split('.');
  const under = 10n ** BigInt(fraction.length);
  return quantityText(rounded(unitCost * BigInt(whole + fraction), under) as Quantity);
}

const TWELVE_PLACES = 12;

/** `quantity × unitCost` without rounding, as decimal text. */
function productText(quantity: Quantity, unitCost: string): string {
  const product = quantity * quantityFrom(unitCost);
  const digits = (product < 0n ? -product : product).toString().padStart(TWELVE_PLACES + 1, '0');
  return `${product < 0n ? '-' : ''}${digits.slice(0, -TWELVE_PLACES)}.${digits.slice(-TWELVE_PLACES)}`;
}
