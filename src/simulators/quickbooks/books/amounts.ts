// Amounts as the books keep them: whole cents in a bigint, written with two decimals. No float ever carries an amount.

/** Hundredths of the currency's unit. */
export type Cents = bigint;

const DECIMAL = /^(-?)(\d{1,17})(?:\.(\d{1,12}))?$/;
const RATE_DECIMALS = 12;

/** Returns the exact cents of decimal text such as `-10.5`; undefined when it is none, or has a third decimal. */
export function centsOf(text: string): Cents | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(2))) return undefined;
  const magnitude = BigInt(whole) * 100n + BigInt(fraction.slice(0, 2).padEnd(2, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** Writes cents with two decimals: `-10.50`. */
export function centsText(cents: Cents): string {
  const magnitude = cents < 0n ? -cents : cents;
  return `${cents < 0n ? '-' : ''}${magnitude / 100n}.${(magnitude % 100n).toString().padStart(2, '0')}`;
}

/** A rate above zero as decimal text, or undefined when the text is none. */
export function rateOf(text: string): string | undefined {
  const match = DECIMAL.exec(text);
  return match !== null && match[1] === '' && /[1-9]/.test(text) ? text : undefined;
}

/** Converts cents of a foreign currency at `rate` home units for one foreign unit, half a cent rounded up. */
export function homeOf(cents: Cents, rate: string): Cents {
  const [whole = '0', fraction = ''] = rate.split('.');
  const scale = 10n ** BigInt(RATE_DECIMALS);
  const scaled = BigInt(whole) * scale + BigInt(fraction.padEnd(RATE_DECIMALS, '0'));
  return (cents * scaled * 2n + scale) / (scale * 2n);
}

export const sumOf = (amounts: Iterable<Cents>): Cents => {
  let sum = 0n;
  for (const amount of amounts) sum += amount;
  return sum;
};
