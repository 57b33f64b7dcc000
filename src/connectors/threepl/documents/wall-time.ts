// Turns the time on a warehouse's wall into an instant: partners write local dates and times and seldom their offset.
// The zone's rules come from Intl; nothing here knows a partner or a format.
import { type Instant, instantFrom } from '../../../core/vocabulary/instant.ts';

const DATE = /^(\d{4})-?(\d{2})-?(\d{2})$/;
const TIME = /^(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,]?(\d{1,6}))?)?$/;
const DAY_MS = 86_400_000;
/** A file of stock lines names few days: remembering them makes a large file cost one look-up per day. */
const REMEMBERED_DAYS = 4096;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsetsByDay = new Map<string, readonly [number, number]>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}

interface WallTime {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** `HH:MM:SS`. */
  readonly time: string;
}

function wallTimeAtMillis(millis: number, zone: string): WallTime {
  const part: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(millis)) part[type] = value;
  return {
    date: `${(part.year ?? '').padStart(4, '0')}-${part.month}-${part.day}`,
    time: `${part.hour}:${part.minute}:${part.second}`,
  };
}

function offsetMsAt(millis: number, zone: string): number {
  const { date, time } = wallTimeAtMillis(millis, zone);
  return Date.parse(`${date}T${time}Z`) - Math.floor(millis / 1000) * 1000;
}

/** The offsets before and after whatever the zone does around this day; nearly always the same one twice. */
function offsetsAround(day: string, midnight: number, zone: string): readonly [number, number] {
  const key = `${zone} ${day}`;
  let offsets = offsetsByDay.get(key);
  if (!offsets) {
    offsets = [offsetMsAt(midnight - DAY_MS, zone), offsetMsAt(midnight + 2 * DAY_MS, zone)];
    if (offsetsByDay.size >= REMEMBERED_DAYS) offsetsByDay.clear();
    offsetsByDay.set(key, offsets);
  }
  return offsets;
}

/**
 * The instant at which clocks in `zone` show this date and time.
 *
 * @param date `YYYY-MM-DD` or `YYYYMMDD`
 * @param time `HH:MM`, with or without colons, seconds and up to six decimals; `24:00` is the next midnight; without it the day begins
 * @param zone IANA name such as `America/Chicago`
 *
 * A time that clocks show twice (they were put back) is its first; one they never show (put forward) is as far behind the
 * gap as it stands in it, so that 02:30 becomes 03:30.
 * @throws RangeError when the date, the time or the zone does not exist.
 */
export function instantAt(date: string, time: string | undefined, zone: string): Instant {
  const [, year, month, dayOfMonth] = DATE.exec(date) ?? [];
  const [, hour = '00', minute = '00', second = '00', fraction = ''] =
    time === undefined || time === '' ? [''] : (TIME.exec(time) ?? ['', '99']);
  const endsDay = hour === '24' && Number(minute + second + fraction) === 0;
  const day = `${year}-${month}-${dayOfMonth}`;
  // instantFrom checks calendar and clock, so that the 30th of February is refused here and not moved to March.
  const wall = instantFrom(`${day}T${endsDay ? '00' : hour}:${minute}:${second}Z`);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const target = Date.parse(`${wall.slice(0, 19)}Z`) + (endsDay ? DAY_MS : 0);
  const [before, after] = offsetsAround(day, midnight, zone);
  const first = Math.min(target - before, target - after);
  const exact = [first, target - before, target - after].find(
    (millis) => before === after || target - millis === offsetMsAt(millis, zone),
  );
  const micros = fraction.padEnd(6, '0');
  return instantFrom(`${new Date(exact ?? target - before).toISOString().slice(0, 19)}.${micros}Z`);
}

/**
 * What clocks in `zone` show at an instant: date `YYYY-MM-DD` and time `HH:MM:SS`.
 * @throws RangeError when the zone does not exist.
 */
export const wallTimeOf = (instant: Instant, zone: string): WallTime =>
  wallTimeAtMillis(Date.parse(`${instant.slice(0, 19)}Z`), zone);
