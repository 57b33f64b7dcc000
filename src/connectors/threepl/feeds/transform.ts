// The few changes a value of a feed may pass on its way in or out: a list that is known in full, not a language.
// Pure. A value that does not fit is a problem in words, never a guess.
import type { Transform } from '../profile/feed-settings.ts';
import { dateRead, dateWritten, isDay, type WallDate } from './date-pattern.ts';

export type Transformed =
  | { readonly value: string }
  | {
      /** Our own word, stable. */
      readonly code:
        | 'value_not_mapped'
        | 'quantity_not_numeric'
        | 'date_invalid'
        | 'value_repeated'
        | 'part_missing';
      /** Follows the field's name: `is no date of the form MM/dd/yyyy`. */
      readonly problem: string;
    };

export interface Direction {
  /** `in`: from the partner's writing to ours; `out`: the other way, for dates and numbers. Texts are changed as listed. */
  readonly direction: 'in' | 'out';
  /** For years of two digits. */
  readonly year: number;
}

/** What becomes of `values`: all that stand in one place, of which there is one unless `first` is among the transforms. */
export function transformed(
  values: readonly string[],
  transforms: readonly Transform[],
  direction: Direction,
): Transformed {
  if (values.length > 1 && !transforms.includes('first'))
    return { code: 'value_repeated', problem: `stands there ${values.length} times` };
  let value = values[0] ?? '';
  for (const transform of transforms) {
    const next = step(value, transform, direction);
    if (typeof next !== 'string') return next;
    value = next;
  }
  return { value };
}

function step(
  value: string,
  transform: Transform,
  { direction, year }: Direction,
): string | Exclude<Transformed, { value: string }> {
  if (typeof transform === 'string') return plainStep(value, transform);
  if ('padLeft' in transform)
    return value === '' ? '' : value.padStart(transform.padLeft.length, transform.padLeft.with);
  if ('map' in transform) return mappedStep(value, transform.map);
  if ('split' in transform) {
    const part = value.split(transform.split.by)[transform.split.take - 1];
    if (part === undefined && value !== '')
      return {
        code: 'part_missing',
        problem: `has no part ${transform.split.take} by ${JSON.stringify(transform.split.by)}`,
      };
    return part ?? '';
  }
  if (value === '') return '';
  if ('number' in transform) {
    const { decimal, thousands } = transform.number;
    return direction === 'in'
      ? (numberRead(value, decimal, thousands) ?? {
          code: 'quantity_not_numeric',
          problem: `is no number with ${JSON.stringify(decimal)} before its decimals and ${thousands === '' ? 'no mark' : JSON.stringify(thousands)} between its thousands`,
        })
      : numberWritten(value, decimal, thousands);
  }
  const wall = direction === 'in' ? dateRead(value, transform.date, year) : wallDateOf(value);
  if (!wall) return { code: 'date_invalid', problem: `is no date of the form ${transform.date}` };
  return direction === 'in' ? wallDateText(wall) : dateWritten(wall, transform.date);
}

function plainStep(value: string, transform: Extract<Transform, string>): string {
  switch (transform) {
    case 'trim':
      return value.trim();
    case 'upper':
      return value.toUpperCase();
    case 'lower':
      return value.toLowerCase();
    case 'stripZeros':
      return value.replace(/^0+(?=.)/, '');
    case 'abs':
      return value.replace(/^[+-](?![+-])/, '');
    case 'negate':
      // two signs are no number, and must not become one here
      if (value === '' || /^[+-]{2}/.test(value) || /^[+-]?0+(\.0+)?$/.test(value)) return value;
      return value.startsWith('-') ? value.slice(1) : `-${value.replace(/^\+/, '')}`;
    case 'first':
      return value;
  }
}

function mappedStep(value: string, map: Readonly<Record<string, string>>) {
  if (Object.hasOwn(map, value)) return map[value] ?? '';
  // nothing said is not a word that is unknown
  if (value === '') return '';
  return { code: 'value_not_mapped' as const, problem: 'is a word the profile does not know' };
}

function numberRead(text: string, decimal: '.' | ',', thousands: string): string | undefined {
  if (thousands === decimal) return undefined;
  const match = /^([+-]?)(.*)$/.exec(text);
  const [whole = '', fraction, ...more] = (match?.[2] ?? '').split(decimal);
  if (more.length > 0 || (fraction !== undefined && !/^\d+$/.test(fraction))) return undefined;
  const groups = thousands === '' ? [whole] : whole.split(thousands);
  const grouped =
    groups.length === 1 ||
    groups.every((group, index) => (index === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group));
  if (!grouped || !/^\d+$/.test(groups.join(''))) return undefined;
  return `${match?.[1] ?? ''}${groups.join('')}${fraction === undefined ? '' : `.${fraction}`}`;
}

function numberWritten(value: string, decimal: string, thousands: string): string {
  const [whole = '', fraction] = value.split('.');
  const grouped = thousands === '' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, thousands);
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

const CANONICAL =
  /^(\d{4}-?\d{2}-?\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A date in the one order that needs no pattern: `2026-11-21`, `20261121`, with `T09:30`, `T09:30:00` and an offset. */
export function wallDateOf(text: string): WallDate | undefined {
  const match = CANONICAL.exec(text);
  if (!match) return undefined;
  const digits = (match[1] ?? '').replaceAll('-', '');
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  if (!isDay(date)) return undefined;
  if (match[2] === undefined) return { date };
  const time = `${match[2]}:${match[3] ?? '00'}`;
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time)) return undefined;
  return { date, time, ...(match[4] !== undefined && { offset: match[4] }) };
}

export const wallDateText = ({ date, time, offset }: WallDate): string =>
  `${date}${time === undefined ? '' : `T${time}`}${offset ?? ''}`;
