// Dates as a partner writes them: one pattern, read and written. It knows no time zone and guesses no order of day and
// month; what does not fit its pattern to the last character is no date.

const TOKEN = /yyyy|yy|MMM|MM|M|dd|d|HH|H|hh|h|mm|ss|SSS|a|XXX|'[^']*'|[^A-Za-z']|./gu;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What each word of a pattern looks like in a text. */
const SHAPES: Readonly<Record<string, string>> = {
  yyyy: '(?<yyyy>\\d{4})',
  yy: '(?<yy>\\d{2})',
  MMM: '(?<MMM>[A-Za-z]{3})',
  MM: '(?<MM>\\d{2})',
  M: '(?<M>\\d{1,2})',
  dd: '(?<dd>\\d{2})',
  d: '(?<d>\\d{1,2})',
  HH: '(?<HH>\\d{2})',
  H: '(?<H>\\d{1,2})',
  hh: '(?<hh>\\d{2})',
  h: '(?<h>\\d{1,2})',
  mm: '(?<mm>\\d{2})',
  ss: '(?<ss>\\d{2})',
  SSS: '(?<SSS>\\d{3})',
  a: '(?<a>[AaPp][Mm])',
  XXX: '(?<XXX>Z|[+-]\\d{2}:?\\d{2})',
};

/** A date as it is written on a wall: `2026-11-21`, with the time and the offset where they are known. */
export interface WallDate {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** `HH:mm:ss`. */
  readonly time?: string;
  /** `Z` or `+01:00`. */
  readonly offset?: string;
}

/** What is wrong with a pattern, in words; undefined when it can be used. */
export function patternProblem(pattern: string): string | undefined {
  const words = wordsOf(pattern);
  const unknown = words.find((word) => /^[A-Za-z]/.test(word) && SHAPES[word] === undefined);
  if (unknown !== undefined)
    return `has the unknown letter ${unknown}; put letters that stand for themselves in '…'`;
  const twice = words.find((word, index) => SHAPES[word] !== undefined && words.indexOf(word) !== index);
  if (twice !== undefined) return `has ${twice} twice`;
  const has = (...any: readonly string[]) => any.filter((word) => words.includes(word)).length;
  if (has('yyyy', 'yy') !== 1) return 'must have one of yyyy and yy';
  if (has('MMM', 'MM', 'M') !== 1) return 'must have one of MMM, MM and M; minutes are mm';
  if (has('dd', 'd') !== 1) return 'must have one of dd and d';
  if (has('HH', 'H', 'hh', 'h') > 1) return 'must have one of HH, H, hh and h';
  if (has('hh', 'h') !== has('a')) return 'must have hh or h together with a (AM or PM)';
  if (has('HH', 'H', 'hh', 'h') !== has('mm')) return 'must have the hour together with mm';
  return undefined;
}

/**
 * The date that `text` says by `pattern`; undefined when it does not fit or is no day of the calendar.
 * Two-digit years are the ones nearest to `year`: at most 19 years ahead of it.
 */
export function dateRead(text: string, pattern: string, year: number): WallDate | undefined {
  const found = shapeOfPattern(pattern).exec(text)?.groups;
  if (!found) return undefined;
  const month = found.MMM
    ? MONTHS.indexOf(found.MMM.toLowerCase()) + 1
    : Number(found.MM ?? found.M ?? Number.NaN);
  const date = [found.yyyy ?? centuryOf(found.yy ?? '', year), two(month), two(found.dd ?? found.d)].join(
    '-',
  );
  if (!isDay(date)) return undefined;
  const hour = hourOf(found);
  if (hour === undefined) return { date };
  const time = `${two(hour)}:${found.mm}:${found.ss ?? '00'}`;
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) return undefined;
  return { date, time, ...(found.XXX !== undefined && { offset: found.XXX }) };
}

/** `wall` written by `pattern`; a time it does not have is midnight. */
export function dateWritten(wall: WallDate, pattern: string): string {
  const [year = '', month = '', day = ''] = wall.date.split('-');
  const [hour = '00', minute = '00', second = '00'] = (wall.time ?? '').split(':').filter(Boolean);
  const half = two(Number(hour) % 12 === 0 ? 12 : Number(hour) % 12);
  const name = MONTHS[Number(month) - 1] ?? '';
  const values: Readonly<Record<string, string>> = {
    yyyy: year,
    yy: year.slice(-2),
    MMM: name.charAt(0).toUpperCase() + name.slice(1),
    MM: month,
    M: `${Number(month)}`,
    dd: day,
    d: `${Number(day)}`,
    HH: hour,
    H: `${Number(hour)}`,
    hh: half,
    h: `${Number(half)}`,
    mm: minute,
    ss: second,
    SSS: '000',
    a: Number(hour) < 12 ? 'AM' : 'PM',
    XXX: wall.offset ?? 'Z',
  };
  return wordsOf(pattern)
    .map((word) => values[word] ?? literalOf(word))
    .join('');
}

/** A profile has few patterns, and a file has one of them in every line. */
const shapes = new Map<string, RegExp>();

function shapeOfPattern(pattern: string): RegExp {
  const known = shapes.get(pattern);
  if (known) return known;
  const made = new RegExp(`^${wordsOf(pattern).map(shapeOf).join('')}$`, 'u');
  shapes.set(pattern, made);
  return made;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True for a day of the calendar, written `YYYY-MM-DD`. */
export function isDay(date: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  const leaps = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const last = month === '02' && leaps ? 29 : (DAYS[Number(month) - 1] ?? 0);
  return year !== undefined && Number(year) > 0 && Number(day) >= 1 && Number(day) <= last;
}

const wordsOf = (pattern: string): readonly string[] => pattern.match(TOKEN) ?? [];

const literalOf = (word: string): string =>
  word.length > 1 && word.startsWith("'") ? word.slice(1, -1) : word;

const shapeOf = (word: string): string =>
  SHAPES[word] ?? literalOf(word).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const two = (value: string | number | undefined): string => String(value ?? '').padStart(2, '0');

function centuryOf(twoDigits: string, year: number): string {
  const candidate = Math.floor(year / 100) * 100 + Number(twoDigits);
  const nearest =
    candidate > year + 19 ? candidate - 100 : candidate <= year - 81 ? candidate + 100 : candidate;
  return String(nearest).padStart(4, '0');
}

function hourOf(found: Readonly<Record<string, string | undefined>>): string | undefined {
  const whole = found.HH ?? found.H;
  if (whole !== undefined) return whole;
  const half = found.hh ?? found.h;
  if (half === undefined) return undefined;
  if (Number(half) < 1 || Number(half) > 12) return '99';
  return String((Number(half) % 12) + (found.a?.toLowerCase() === 'pm' ? 12 : 0));
}
