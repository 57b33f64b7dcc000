// Judges what to do about one level, from what the channel was read to hold and what it may sell. Pure: it sends nothing.
import type { AvailabilityTerms } from '../availability/availability.ts';
import { type DueLevel, type LevelChange, levelIdOf, type StoredReading } from './levels.ts';

/** What the channel answered for a level: a reading, or why it has none. */
export type Answered =
  | (StoredReading & { readonly outcome?: 'read' })
  | { readonly outcome: 'not_stocked' | 'not_pushable'; readonly reason: string };

export interface Case {
  readonly level: DueLevel;
  readonly answered: Answered;
  /** What the channel may sell, computed under the level's lock. */
  readonly terms: AvailabilityTerms;
  /** The same, computed before the channel was read. */
  readonly before: AvailabilityTerms | undefined;
  /** The level's version before the channel was read. */
  readonly versionBefore: string | undefined;
}

/** `send` and `increase` name the terms to tell; an increase must pass the gate first. `change` is what the level becomes. */
export interface Judgement {
  readonly send?: AvailabilityTerms;
  readonly increase?: AvailabilityTerms;
  readonly change?: LevelChange;
}

/**
 * What was posted while the channel was read may be its own doing and missing in the reading, so the number to trust is the
 * lower of the two, and only for a decrease; the level then comes again. A waiting reading is proved again before sending.
 */
export function judge({ level, answered, terms, before, versionBefore }: Case): Judgement {
  if ('reason' in answered) {
    return { change: { ...levelIdOf(level), kind: 'stopped', reason: answered.reason } };
  }
  const again = (reason: string): LevelChange => ({
    ...levelIdOf(level),
    kind: 'again',
    reason,
    againMs: 0,
    stale: false,
  });
  // The sender's session broke while it read, its lock with it, and the reading is from before another one's number.
  if (versionBefore !== level.version) return { change: again('another sender told the channel meanwhile') };
  const earlier = level.reading ? terms : (before ?? terms);
  const moved = earlier.available !== terms.available;
  const trusted = BigInt(earlier.available) < BigInt(terms.available) ? earlier : terms;
  const step = BigInt(trusted.available) - wholePart(answered.available);
  if (step <= 0n && level.reading) return { change: again('the increase that waited is none any more') };
  const changedMeanwhile = again('stock changed while the channel was read');
  if (step < 0n || (step === 0n && !isWhole(answered.available))) {
    return { send: trusted, change: moved ? changedMeanwhile : { ...levelIdOf(level), kind: 'unchanged' } };
  }
  if (moved) return { change: changedMeanwhile };
  if (step === 0n) return { change: { ...levelIdOf(level), kind: 'told', available: terms.available } };
  return { increase: trusted };
}

interface Told {
  readonly available: string;
  readonly readAvailable: string;
  readonly expected: Readonly<Record<string, string>>;
}

export const isIncrease = (told: Told): boolean => BigInt(told.available) > wholePart(told.readAvailable);

/** Does the channel still hold what the intent was computed against, by everything it tells about it? */
export const stands = (told: Told, now: Answered | undefined): boolean =>
  now !== undefined &&
  'expected' in now &&
  now.available === told.readAvailable &&
  Object.keys(now.expected).length === Object.keys(told.expected).length &&
  Object.entries(now.expected).every(([name, value]) => told.expected[name] === value);

const isWhole = (quantity: string): boolean => !quantity.includes('.');

/** Rounded towards minus infinity, so that a fraction at the channel never makes an increase look like none. */
function wholePart(quantity: string): bigint {
  const [whole = '0', fraction] = quantity.split('.');
  return fraction && quantity.startsWith('-') ? BigInt(whole) - 1n : BigInt(whole);
}
