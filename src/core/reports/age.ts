// How old something is in whole days, and the bands that accountants look at. Pure.
import type { Day } from '../journals/calendar.ts';
import { type Money, moneyText } from '../vocabulary/money.ts';
import { moneySum } from './totals.ts';

export const AGE_BANDS = ['0-30', '31-60', '61-90', 'over 90'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** Amounts by band, decimal text. */
export type Aged = Readonly<Record<AgeBand, string>>;

/** Days from one day to a later one. */
export const ageDays = (since: Day, asOf: Day): number =>
  Math.round((Date.parse(asOf) - Date.parse(since)) / 86_400_000);

export const bandOf = (days: number): AgeBand =>
  days <= 30 ? '0-30' : days <= 60 ? '31-60' : days <= 90 ? '61-90' : 'over 90';

/** Amounts added up by band. */
export const agedSums = (
  parts: readonly { readonly days: number; readonly amount: Money }[],
  currency: string,
): Aged =>
  Object.fromEntries(
    AGE_BANDS.map((band) => [
      band,
      moneyText(
        moneySum(parts.filter(({ days }) => bandOf(days) === band).map(({ amount }) => amount)),
        currency,
      ),
    ]),
  ) as Aged;
