// The dates and times of X12: days with two or four digits of the year, wall-clock times, and the zone they are meant in. What
// is no date becomes a finding at its element; a document is never dated by a guess.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { Segment } from '../edi/segment.ts';
import { daysIn, digitsIn } from '../edi/x12-control.ts';
import type { WarehouseDocument } from './document.ts';
import { spanOfDay } from './span.ts';
import { instantAt } from './wall-time.ts';
import { zoneOfTimeCode } from './x12-codes.ts';
import { elementName, textAt, type X12Reading } from './x12-values.ts';

let lastDay:
  | { readonly text: string; readonly receivedAt: Instant; readonly day: string | undefined }
  | undefined;

/**
 * `YYYY-MM-DD` of `YYYYMMDD`, or of `YYMMDD` in the century that brings its year nearest to when the file came. The documents
 * of a file often share theirs.
 */
export function dayOf(text: string, receivedAt: Instant): string | undefined {
  if (lastDay?.text !== text || lastDay.receivedAt !== receivedAt)
    lastDay = { text, receivedAt, day: calendarDayOf(text, receivedAt) };
  return lastDay.day;
}

function calendarDayOf(text: string, receivedAt: Instant): string | undefined {
  const digits = text.trim();
  const yearDigits = digits.length - 4;
  if (yearDigits !== 2 && yearDigits !== 4) return undefined;
  if (digitsIn(digits, 0, digits.length, false) !== digits.length) return undefined;
  const month = digits.slice(yearDigits, -2);
  const day = digits.slice(-2);
  let year = Number(digits.slice(0, yearDigits));
  if (yearDigits === 2) {
    const now = Number(receivedAt.slice(0, 4));
    const inThisCentury = now - (now % 100) + year;
    year = inThisCentury;
    if (inThisCentury > now + 49) year -= 100;
    if (inThisCentury < now - 50) year += 100;
  }
  const exists = year >= 1 && Number(day) >= 1 && Number(day) <= daysIn(Number(month), year);
  return exists ? `${String(year).padStart(4, '0')}-${month}-${day}` : undefined;
}

/** `HH:MM:SS[.fraction]` of `HHMM`, `HHMMSS`, `HHMMSSD` or `HHMMSSDD`. */
export function clockOf(text: string): string | undefined {
  const match = /^([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)(\d{1,2})?)?$/.exec(text.trim());
  if (!match) return undefined;
  const [, hour, minute, second = '00', decimals] = match;
  return `${hour}:${minute}:${second}${decimals === undefined ? '' : `.${decimals}`}`;
}

/** Nothing was shipped or counted in other centuries; expiries such as the end of 9999 do exist. */
const IN_OUR_TIME = /^(19|20|21)/;

/** Where a date stands, with the elements of its time and its time zone where the segment has them. */
export interface DatePlace {
  readonly segment: Segment;
  readonly date: number;
  readonly time?: number;
  readonly zone?: number;
}

export interface MomentRead {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** Undefined when the document names the day alone. */
  readonly clock: string | undefined;
  readonly zone: string;
}

const NO_PLACES: readonly DatePlace[] = [];

/**
 * The first of these places that has a date. A malformed date in a place is a warning when a later place has one, and a
 * reject when none has; `undefined` without a finding means that every place is empty.
 */
export function momentAt(reading: X12Reading, places: readonly DatePlace[]): MomentRead | undefined {
  let malformed = NO_PLACES;
  for (const place of places) {
    const { segment } = place;
    const text = textAt(segment, place.date);
    if (text === '') continue;
    const day = dayOf(text, reading.options.receivedAt);
    if (day === undefined || !IN_OUR_TIME.test(day)) {
      malformed = [...malformed, place];
      continue;
    }
    for (const bad of malformed) reportDate(reading, bad, 'warning');
    const { clock, zone } = clockAt(reading, place);
    return { day, clock, zone };
  }
  for (const bad of malformed) reportDate(reading, bad, 'reject');
  return undefined;
}

function reportDate({ findings }: X12Reading, { segment, date }: DatePlace, severity: 'warning' | 'reject') {
  const fault = {
    code: 'date_invalid',
    message: `${elementName(segment, date)} is no date as YYYYMMDD or YYMMDD`,
    standardCode: '8',
    element: date,
  };
  if (severity === 'reject') findings.reject(segment, fault);
  else findings.warn(segment, fault);
}

function clockAt(
  { findings, options }: X12Reading,
  { segment, time, zone }: DatePlace,
): { clock: string | undefined; zone: string } {
  const text = time === undefined ? '' : segment.element(time).trim();
  const clock = clockOf(text);
  if (text !== '' && clock === undefined && time !== undefined) {
    findings.reject(segment, {
      code: 'time_invalid',
      message: `${elementName(segment, time)} is no time as HHMM or HHMMSS`,
      standardCode: '9',
      element: time,
    });
  }
  const code = zone === undefined ? '' : segment.element(zone).trim();
  const named = zoneOfTimeCode(code);
  if (code !== '' && named === undefined && zone !== undefined) {
    findings.warn(segment, {
      code: 'time_zone_unknown',
      message: `${elementName(segment, zone)} is no time zone that is known; the partner’s own is used`,
      standardCode: '7',
      element: zone,
    });
  }
  return { clock, zone: named === undefined || named === 'local' ? options.timeZone : named };
}

/** When a document took effect: an instant, or with a day alone its first one, and its span. */
export type Dated = Pick<WarehouseDocument, 'occurredAt' | 'within'>;

let last: { readonly moment: MomentRead; readonly dated: Dated } | undefined;

/** The instant of a moment, or the span of a day without a time. The documents of a file often share theirs. */
export function datedBy(moment: MomentRead): Dated {
  const { day, clock, zone } = moment;
  const isSame = last?.moment.day === day && last.moment.clock === clock && last.moment.zone === zone;
  if (!last || !isSame) last = { moment, dated: datedAnew(moment) };
  return last.dated;
}

function datedAnew({ day, clock, zone }: MomentRead): Dated {
  if (clock !== undefined) return { occurredAt: instantAt(day, clock, zone) };
  const within = spanOfDay(day, zone);
  return { occurredAt: within.from, within };
}
