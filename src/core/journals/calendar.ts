// Days of a company: which day an instant lies in, where a day begins, and the ends of months. Days are text, `YYYY-MM-DD`,
// and sort as such. Pure: it never asks what time it is.
import { type Instant, instantOf, instantOfMicros, microsOf } from '../vocabulary/instant.ts';

/** `YYYY-MM-DD`. */
export type Day = string;

const SECOND = 1_000_000n;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** Whether a name is a time zone of the IANA list; offsets such as `+02:00` are none, they know no summer. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** The day an instant (or microseconds since 1970) lies in, in a time zone. */
export function businessDay(at: Instant | bigint, timeZone: string): Day {
  const micros = typeof at === 'bigint' ? at : microsOf(at);
  const seconds = micros >= 0n ? micros / SECOND : (micros - SECOND + 1n) / SECOND;
  // Written month/day/year; the parts are not asked for by name because that takes twice as long.
  const [month = '', day = '', year = ''] = formatOf(timeZone)
    .format(Number(seconds) * 1000)
    .split('/');
  return `${year.padStart(4, '0')}-${month}-${day}`;
}

/** Day and minute of a time as clocks of a time zone show it: `2026-11-15 09:30`. */
export const businessMinute = (at: Date, timeZone: string): string =>
  `${businessDay(instantOf(at), timeZone)} ${at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })}`;

/** {@link businessDay} for very many instants of one time zone: days change on whole minutes, so each minute is asked for once. */
export function dayFinder(timeZone: string): (at: bigint) => Day {
  const days = new Map<bigint, Day>();
  return (at) => {
    if (at < WHOLE_MINUTES_SINCE) return businessDay(at, timeZone);
    const minute = at / (60n * SECOND);
    const known = days.get(minute);
    if (known !== undefined) return known;
    const day = businessDay(at, timeZone);
    if (days.size === MOST_MINUTES) days.clear();
    days.set(minute, day);
    return day;
  };
}

/** 1972-05-01: since then no clock is off by a part of a minute. */
const WHOLE_MINUTES_SINCE = 73_526_400n * SECOND;

/** Remembered at once; a month has fewer. */
const MOST_MINUTES = 50_000;

/**
 * The first instant of a day in a time zone, in microseconds since 1970. Where clocks are put forward over midnight the day
 * begins at the first time it shows.
 */
export function startOfDay(day: Day, timeZone: string): bigint {
  const midnight = BigInt(Date.parse(`${day}T00:00:00Z`) / 1000);
  let before = midnight - 27n * 3600n;
  let within = midnight + 27n * 3600n;
  while (within - before > 1n) {
    const middle = (before + within) / 2n;
    if (businessDay(middle * SECOND, timeZone) < day) before = middle;
    else within = middle;
  }
  return within * SECOND;
}

/** The first instant of a day as text that the database reads. */
export const startInstant = (day: Day, timeZone: string): Instant =>
  instantOfMicros(startOfDay(day, timeZone));

/** First instant of the day an instant lies in, as valuation’s periods ask for it. */
export const dayStartOf = (at: bigint, timeZone: string): bigint =>
  startOfDay(businessDay(at, timeZone), timeZone);

/** First instant of the month an instant lies in. */
export const monthStartOf = (at: bigint, timeZone: string): bigint =>
  startOfDay(`${businessDay(at, timeZone).slice(0, 7)}-01`, timeZone);

const shifted = (day: Day, days: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

export const dayAfter = (day: Day): Day => shifted(day, 1);
export const dayBefore = (day: Day): Day => shifted(day, -1);

/** Last day of the month a day lies in. */
export function monthEnd(day: Day): Day {
  const [year = 0, month = 0] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

export const laterDay = (a: Day, b: Day): Day => (a > b ? a : b);

/** The first day that journals may be booked on; undefined: nothing was ever closed. */
export const firstOpenDay = (closedThrough: Day | undefined): Day | undefined =>
  closedThrough === undefined ? undefined : dayAfter(closedThrough);

/**
 * The day an entry is booked on: its own if that is open, else the later of the first open day and the day of the fact that
 * made it necessary.
 */
export function postingDay(own: Day, cause: Day, closedThrough: Day | undefined): Day {
  const open = firstOpenDay(closedThrough);
  return open === undefined || own >= open ? own : laterDay(open, cause);
}
