// EDIFACT's dates (DTM, C507): the value by its format code (2379) as a day or an instant. Takes no date that is not on the
// calendar and no format it does not know; a wall clock's time becomes an instant by the partner's time zone.
import { type Instant, instantFrom, instantOf } from '../../../core/vocabulary/instant.ts';
import type { WarehouseDocument } from './document.ts';
import { spanOfDay } from './span.ts';

interface Wall {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `HH:MM:SS`; undefined when the value has no time. */
  readonly time: string | undefined;
}

const SHAPES: Readonly<Record<string, RegExp>> = {
  '2': /^(?<d>\d\d)(?<m>\d\d)(?<yy>\d\d)$/,
  '3': /^(?<m>\d\d)(?<d>\d\d)(?<yy>\d\d)$/,
  '101': /^(?<yy>\d\d)(?<m>\d\d)(?<d>\d\d)$/,
  '102': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)$/,
  '201': /^(?<yy>\d\d)(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)$/,
  '203': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)$/,
  '204': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)(?<s>\d\d)$/,
  '205': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)(?<zone>[+-]\d{4})$/,
  '303': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)(?<zone>UTC|GMT|Z)$/,
  '304': /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<h>\d\d)(?<i>\d\d)(?<s>\d\d)(?<zone>UTC|GMT|Z)$/,
  '610': /^(?<y>\d{4})(?<m>\d\d)$/,
};

/** Formats by length, for senders that leave the code out. */
const BY_LENGTH: Readonly<Record<number, string>> = { 6: '101', 8: '102', 12: '203', 14: '204' };

function wallOf(
  value: string,
  format: string,
  year: number,
): (Wall & { readonly zone?: string }) | undefined {
  const shape = SHAPES[format === '' ? (BY_LENGTH[value.length] ?? '') : format];
  const parts = shape?.exec(value)?.groups;
  if (!parts) return undefined;
  const { y, yy, m = '', d, h = '00', i = '00', s = '00', zone } = parts;
  const full = y ?? centuryOf(yy ?? '', year);
  // A month alone, as expiry dates are printed on packages, means its last day.
  const day = `${full}-${m}-${d ?? String(new Date(Date.UTC(Number(full), Number(m), 0)).getUTCDate())}`;
  const isYear = Number(full) >= 1900 && Number(full) <= 9990;
  const isTime = /^([01]\d|2[0-3])[0-5]\d[0-5]\d$/.test(h + i + s);
  if (!isYear || !isCalendarDay(day) || !isTime) return undefined;
  const time = parts.h === undefined ? undefined : `${h}:${i}:${s}`;
  return { day, time, ...(zone !== undefined && { zone }) };
}

/** The century that puts two digits nearest to `year`: at most 49 years ahead. */
function centuryOf(twoDigits: string, year: number): string {
  const candidate = year - (year % 100) + Number(twoDigits);
  const nearest =
    candidate > year + 49 ? candidate - 100 : candidate < year - 50 ? candidate + 100 : candidate;
  return String(nearest);
}

function isCalendarDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

/** `YYYY-MM-DD` of a DTM value; undefined when the value does not fit its format. `receivedAt` gives short years a century. */
export const dayOf = (value: string, format: string, receivedAt: Instant): string | undefined =>
  wallOf(value, format, Number(receivedAt.slice(0, 4)))?.day;

/** The instant of a DTM value in `timeZone`; a day without a time is its first moment there, and its span. */
export function instantOfDate(
  value: string,
  format: string,
  timeZone: string,
  receivedAt: Instant,
): Pick<WarehouseDocument, 'occurredAt' | 'within'> | undefined {
  const wall = wallOf(value, format, Number(receivedAt.slice(0, 4)));
  if (!wall) return undefined;
  if (wall.time === undefined) {
    const within = spanOfDay(wall.day, timeZone);
    return { occurredAt: within.from, within };
  }
  if (wall.zone === undefined) return { occurredAt: atWall(wall.day, wall.time, timeZone) };
  try {
    const zone = /^[+-]/.test(wall.zone) ? wall.zone : 'Z';
    return { occurredAt: instantFrom(`${wall.day}T${wall.time}${zone}`) };
  } catch {
    return undefined;
  }
}

/** Of the two instants of an hour that a clock shows twice, the first; of a time it skips, the instant just as far on. */
function atWall(day: string, time: string, timeZone: string): Instant {
  const asUtc = Date.parse(`${day}T${time}Z`);
  const before = asUtc - offsetMs(asUtc - 86_400_000, timeZone);
  const after = asUtc - offsetMs(asUtc + 86_400_000, timeZone);
  const isRight = (candidate: number): boolean => candidate + offsetMs(candidate, timeZone) === asUtc;
  const found = [Math.min(before, after), Math.max(before, after)].find(isRight);
  return instantOf(found ?? before);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  clocks.set(timeZone, clock);
  return clock;
}

/** `CCYYMMDDHHMM` on the wall clock of `timeZone`, format 203. */
export function wallClock(instant: Instant, timeZone: string): string {
  const parts = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, value]),
  );
  const year = (parts.year ?? '').padStart(4, '0');
  return `${year}${parts.month}${parts.day}${parts.hour}${parts.minute}`;
}

function offsetMs(ms: number, timeZone: string): number {
  const text = wallClock(instantOf(ms), timeZone);
  const [, y, m, d, h, i] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  const whole = Date.parse(`${y}-${m}-${d}T${h}:${i}:00Z`);
  return whole - Math.floor(ms / 60_000) * 60_000;
}
