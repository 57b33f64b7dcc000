// Chance that can be replayed: the same seed gives the same faults and the same ids in every run.
// Not for secrets or keys: the sequence is predictable by design.

export interface Random {
  /** The next number in [0, 1). */
  next(): number;
  /** True with the given probability; 0 never and 1 always, and neither consumes a number. */
  chance(probability: number): boolean;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** `length` characters drawn from `alphabet`. */
  text(length: number, alphabet?: string): string;
  /** A version 4 UUID in its usual spelling. */
  uuid(): string;
}

const UPPER_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Returns a generator (mulberry32) that is fully determined by `seed`. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const text = (length: number, alphabet = UPPER_AND_DIGITS): string => {
    let drawn = '';
    for (let index = 0; index < length; index += 1) drawn += alphabet.charAt(integer(0, alphabet.length - 1));
    return drawn;
  };
  return {
    next,
    chance: (probability) => (probability <= 0 ? false : probability >= 1 ? true : next() < probability),
    integer,
    text,
    uuid: () => {
      const hex = text(30, '0123456789abcdef');
      const variant = text(1, '89ab');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18)}`;
    },
  };
}
