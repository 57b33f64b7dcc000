// When a document took effect that names a day and no time, or no date at all: never before it can have, never after it was
// told, never on another day. What is known of it from before stands; its words alone cannot say more.
import { type Instant, instantFrom, instantOfMicros, microsOf } from '../../../core/vocabulary/instant.ts';
import type { WarehouseDocument } from './document.ts';
import { instantAt } from './wall-time.ts';

/** The first and the last instant that are meant. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

/**
 * The whole of a day, to its last microsecond, where clocks show `zone`.
 * @param day `YYYY-MM-DD`
 * @throws RangeError when the day or the zone does not exist.
 */
export const spanOfDay = (day: string, zone: string): Span => ({
  from: instantAt(day, undefined, zone),
  until: instantOfMicros(microsOf(instantAt(day, '24:00', zone)) - 1n),
});

const FIRST = instantFrom('0001-01-01T00:00:00Z');

/** Any time up to when the file came, for documents without a date. */
export const spanUntil = (receivedAt: Instant): Span => ({ from: FIRST, until: receivedAt });

/**
 * The document with the instant it counts from: `known` where an earlier one of its number has it, else the end of its span,
 * or when the file came if that is earlier. One that names a time is as it was.
 */
export function settledIn(
  document: WarehouseDocument,
  receivedAt: Instant,
  known: Instant | undefined,
): WarehouseDocument {
  const { within, ...said } = document;
  if (within === undefined) return document;
  const told = receivedAt < within.until ? receivedAt : within.until;
  // Clocks that differ, and zones that are wrong, date a document after it came: its day still stands.
  return { ...said, occurredAt: known ?? (told > within.from ? told : within.from) };
}
