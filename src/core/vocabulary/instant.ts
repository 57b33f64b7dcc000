// Instants in UTC with microseconds, as ISO 8601 text: JavaScript's Date would drop what vendors send beyond milliseconds.
import { z } from 'zod';

/** ISO 8601 in UTC with exactly six fractional digits: `2026-11-21T09:30:00.123456Z`. Sorts as text. */
export type Instant = string & { readonly __instant: unique symbol };

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})$/;

const FIRST = Date.parse('0001-01-01T00:00:00Z');
const LAST = Date.parse('9999-12-31T23:59:59Z');

/** JavaScript reads the 30th of February as the 2nd of March; a source that writes it must hear of it. */
const isCalendarDay = (day: string): boolean => {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
};

/**
 * Reads any ISO 8601 instant with a zone; digits beyond microseconds are cut, never rounded.
 * @throws RangeError when the text is no instant of the years 1 to 9999, or names no zone.
 */
export function instantFrom(text: string): Instant {
  const match = ISO.exec(text);
  const whole =
    match && Date.parse(`${match[1]}T${match[2]}${match[4]?.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  if (
    !match ||
    whole === null ||
    Number.isNaN(whole) ||
    !isCalendarDay(match[1] ?? '') ||
    whole < FIRST ||
    whole > LAST
  ) {
    throw new RangeError(`not an instant with a zone: ${JSON.stringify(text.slice(0, 40))}`);
  }
  const micros = (match[3] ?? '').slice(0, 6).padEnd(6, '0');
  return `${new Date(whole).toISOString().slice(0, 19)}.${micros}Z` as Instant;
}

/** The instant of a Date or of milliseconds since 1970. */
export const instantOf = (date: Date | number): Instant => instantFrom(new Date(date).toISOString());

/** The last day that was looked up: instants come in runs of one day, and reading a date costs more than all the rest. */
let lastDay = '';
let lastMidnight = 0;

function midnightOf(day: string): number {
  if (day !== lastDay) {
    lastMidnight = Date.parse(`${day}T00:00:00Z`);
    lastDay = day;
  }
  return lastMidnight;
}

const ZERO_CODE = 48;
/** The number that two digits of the text say. */
const twoDigits = (text: string, at: number): number =>
  (text.charCodeAt(at) - ZERO_CODE) * 10 + text.charCodeAt(at + 1) - ZERO_CODE;

/** Microseconds since 1970, the form that fingerprints and versions use. */
export function microsOf(instant: Instant): bigint {
  const seconds = twoDigits(instant, 11) * 3600 + twoDigits(instant, 14) * 60 + twoDigits(instant, 17);
  const millis = midnightOf(instant.slice(0, 10)) + seconds * 1000;
  const micros = twoDigits(instant, 20) * 10_000 + twoDigits(instant, 22) * 100 + twoDigits(instant, 24);
  // Up to the year 2255 the sum is exact as a number, which is much cheaper to reckon with.
  return Math.abs(millis) < 9e12 ? BigInt(millis * 1000 + micros) : BigInt(millis) * 1000n + BigInt(micros);
}

/** The instant of microseconds since 1970. */
export function instantOfMicros(micros: bigint): Instant {
  const seconds = micros >= 0n ? micros / 1_000_000n : (micros - 999_999n) / 1_000_000n;
  const rest = (micros - seconds * 1_000_000n).toString().padStart(6, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest}Z` as Instant;
}

export const instantSchema = z.string().transform((text, context): Instant => {
  try {
    return instantFrom(text);
  } catch {
    context.addIssue('must be an ISO 8601 instant with a zone, such as 2026-11-21T09:30:00Z');
    return z.NEVER;
  }
});
