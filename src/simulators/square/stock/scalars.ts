// Quantities and instants as Square writes them: decimal strings with up to five decimals, RFC 3339 with up to nine.
// Exact integers inside; no float and no Date ever carries a quantity or orders two events.

/** A quantity in hundred-thousandths of a unit. */
export type Quantity = bigint;
/** Nanoseconds since the UNIX epoch. */
export type Instant = bigint;

const QUANTITY_SCALE = 100_000n;
const NANOSECONDS_PER_MS = 1_000_000n;
const RFC_3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Returns the exact quantity of a decimal string such as `-1.25`, or undefined when it is none. */
export function quantityOf(text: string): Quantity | undefined {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  const magnitude = BigInt(whole) * QUANTITY_SCALE + BigInt(fraction.padEnd(5, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

/** Writes a quantity without trailing zeros: `10`, `-0.4`. */
export function quantityText(quantity: Quantity): string {
  const magnitude = quantity < 0n ? -quantity : quantity;
  const fraction = (magnitude % QUANTITY_SCALE).toString().padStart(5, '0').replace(/0+$/, '');
  const whole = (magnitude / QUANTITY_SCALE).toString();
  return `${quantity < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Multiplies two quantities; the sixth decimal and beyond are cut off. */
export function product(left: Quantity, right: Quantity): Quantity {
  return (left * right) / QUANTITY_SCALE;
}

/** Returns the instant of an RFC 3339 timestamp with any offset, or undefined when it is none. */
export function instantOf(text: string): Instant | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * NANOSECONDS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}

export function instantOfDate(date: Date): Instant {
  return BigInt(date.getTime()) * NANOSECONDS_PER_MS;
}

/**
 * Writes an instant in UTC with as many fractional digits as it needs, none to nine.
 * Because of the varying length such strings do not sort as text; Square's own samples vary in the same way.
 */
export function instantText(instant: Instant): string {
  const seconds = instant / 1_000_000_000n;
  const fraction = (instant % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '');
  const base = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return `${base}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Returns a clock whose instants strictly increase, even while `now` stands still or steps back. */
export function startClock(now: () => Date): () => Instant {
  let last = 0n;
  return () => {
    const current = instantOfDate(now());
    last = current > last ? current : last + 1_003n;
    return last;
  };
}
