// The numbers and words of X12 envelopes: control numbers, counts, dates, and which group each document belongs in.
// Pure comparisons; what a mismatch means is said where the envelope is read.

const ZERO = 48;

/** Functional group (element 479) of each document we know. A group that names another is a warning: the document says what it is. */
const FUNCTIONAL: Readonly<Record<string, string>> = {
  '180': 'AN',
  '810': 'IN',
  '846': 'IB',
  '850': 'PO',
  '852': 'PD',
  '855': 'PR',
  '856': 'SH',
  '860': 'PC',
  '861': 'RC',
  '865': 'CA',
  '888': 'QG',
  '940': 'OW',
  '943': 'AR',
  '944': 'RE',
  '945': 'SW',
  '947': 'AW',
  '997': 'FA',
  '999': 'FA',
};

/** GS01 for a document type such as `945`; undefined for types we do not know. */
export const functionalGroupOf = (type: string): string | undefined => FUNCTIONAL[type];

/** Control numbers without their padding, so that `77` is `000000077`; letters compare as they are. */
export const controlKeyOf = (control: string): string => {
  const trimmed = control.trim();
  if (digitsIn(trimmed, 0, trimmed.length, false) !== trimmed.length) return trimmed;
  let start = 0;
  while (start < trimmed.length - 1 && trimmed.charCodeAt(start) === ZERO) start += 1;
  return trimmed.slice(start);
};

/** A count of the envelope; undefined when it is none. */
export const countOf = (text: string): number | undefined =>
  /^\d{1,10}$/.test(text.trim()) ? Number(text) : undefined;

/** `YYMMDD` or `YYYYMMDD`, and a day that exists. */
export function isX12Date(text: string): boolean {
  const yearDigits = text.length - 4;
  if (yearDigits !== 2 && yearDigits !== 4) return false;
  let number = 0;
  for (let place = 0; place < text.length; place += 1) {
    const digit = text.charCodeAt(place) - ZERO;
    if (digit < 0 || digit > 9) return false;
    number = number * 10 + digit;
  }
  const day = number % 100;
  const month = Math.floor(number / 100) % 100;
  const year = Math.floor(number / 10_000);
  return day >= 1 && day <= daysIn(month, yearDigits === 2 ? 2000 + year : year);
}

/** None in a month that does not exist; the year 0 did not exist either, and has no leap day. */
export function daysIn(month: number, year: number): number {
  if (month < 1 || month > 12) return 0;
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year > 0 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/**
 * Digits of the plain number that stands in `text` from `start` to before `end`: a sign may lead, and with `isDecimal` there
 * may be a point anywhere. -1 when none stands there.
 */
export function digitsIn(text: string, start: number, end: number, isDecimal: boolean): number {
  let digits = 0;
  let isPointLeft = isDecimal;
  for (let place = text.charCodeAt(start) === MINUS ? start + 1 : start; place < end; place += 1) {
    const code = text.charCodeAt(place);
    if (code >= ZERO && code <= NINE) digits += 1;
    else if (code === POINT && isPointLeft) isPointLeft = false;
    else return -1;
  }
  return digits > 0 ? digits : -1;
}

/** What a text of one to `most` digits says; -1 for any other. */
export function wholeNumberOf(text: string, most: number): number {
  if (text === '' || text.length > most) return -1;
  let number = 0;
  for (let place = 0; place < text.length; place += 1) {
    const digit = text.charCodeAt(place) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

const MINUS = 45;
const POINT = 46;
const NINE = 57;

/** `HHMM`, `HHMMSS` or `HHMMSSD[D]`. */
export const isX12Time = (text: string): boolean => /^([01]\d|2[0-3])[0-5]\d([0-5]\d\d{0,2})?$/.test(text);

/** The six digits of GS08, its suffix such as VICS cut off; '' when it does not start with them. */
export const versionOf = (gs08: string): string => /^\d{6}/.exec(gs08)?.[0] ?? '';
