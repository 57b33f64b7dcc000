// Builds the warehouse's interchanges: fixed ISA, counts and control numbers of its own. Its own writing, apart from the
// hub's, so that the one cannot hide a mistake of the other.
import type { Party } from './split.ts';

/** Tag first, then elements; trailing empty ones are left off. */
export type Written = readonly string[];

export interface Controls {
  /** ISA13, nine digits. */
  readonly interchange: string;
  /** GS06. */
  readonly group: string;
  /** ST02. */
  readonly document: string;
}

export interface Draft {
  /** `945`, `997`, or `TA1` for an interchange without groups. */
  readonly type: string;
  /** GS01; '' for a TA1. */
  readonly functional: string;
  readonly segments: readonly Written[];
}

export interface Writer {
  /** Control numbers that were not used before; they go around after 999999999. */
  nextControls(): Controls;
  /** `countsOff` is added to SE01. */
  write(draft: Draft, controls: Controls, at: Date, countsOff?: number): Buffer;
}

const [SEPARATOR, COMPONENT, TERMINATOR] = ['*', '>', '~'];
const HIGHEST_CONTROL = 999_999_999;
const DOCUMENT = '0001';

/** Writes from `sender` to `receiver`; envelope times are those of `timeZone`. */
export function startWriter(options: {
  readonly sender: Party;
  readonly receiver: Party;
  readonly firstControl: number;
  readonly timeZone: string;
  /** ISA15: what it writes is a test. */
  readonly isTest: boolean;
}): Writer {
  const { sender, receiver, timeZone, isTest } = options;
  let next = options.firstControl;
  return {
    nextControls: () => {
      const number = next;
      next = number === HIGHEST_CONTROL ? 1 : number + 1;
      return { interchange: String(number).padStart(9, '0'), group: String(number), document: DOCUMENT };
    },
    write: ({ type, functional, segments }, controls, at, countsOff = 0) => {
      const { date, time } = wallTimeOf(at, timeZone);
      const isAnswerOnly = type === 'TA1';
      const set = [['ST', type, controls.document], ...segments];
      const group = [
        ['GS', functional, sender.id, receiver.id, date, time.slice(0, 4), controls.group, 'X', '004010'],
        ...set,
        ['SE', String(set.length + 1 + countsOff), controls.document],
        ['GE', '1', controls.group],
      ];
      const isa = [
        ...['ISA', '00', ' '.repeat(10), '00', ' '.repeat(10)],
        ...[sender.qualifier, sender.id.padEnd(15), receiver.qualifier, receiver.id.padEnd(15)],
        ...[date.slice(2), time.slice(0, 4), 'U', '00401', controls.interchange, '0'],
        ...[isTest ? 'T' : 'P', COMPONENT],
      ];
      const content = isAnswerOnly ? segments : group;
      const all = [isa, ...content, ['IEA', isAnswerOnly ? '0' : '1', controls.interchange]];
      return Buffer.from(all.map((segment) => `${textOf(segment)}${TERMINATOR}`).join(''), 'utf8');
    },
  };
}

function textOf(segment: Written): string {
  if (segment[0] === 'ISA') return segment.join(SEPARATOR);
  const last = segment.findLastIndex((element) => element !== '');
  for (const element of segment) {
    if (/[*>~\p{Cc}]/u.test(element))
      throw new RangeError(`${JSON.stringify(element)} cannot be written in X12.`);
  }
  return segment.slice(0, last + 1).join(SEPARATOR);
}

/** Elements by position; those between are empty. */
export function segmentOf(tag: string, elements: Readonly<Record<number, string | undefined>>): Written {
  const last = Math.max(0, ...Object.keys(elements).map(Number));
  return [tag, ...Array.from({ length: last }, (_, index) => elements[index + 1] ?? '')];
}

/** `YYYYMMDD` and `HHMMSS` on the wall of a time zone. */
export function wallTimeOf(at: Date, timeZone: string): { readonly date: string; readonly time: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    ...{
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    },
  } as Intl.DateTimeFormatOptions).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((each) => each.type === type)?.value ?? '';
  return {
    date: `${part('year')}${part('month')}${part('day')}`,
    time: `${part('hour')}${part('minute')}${part('second')}`,
  };
}
