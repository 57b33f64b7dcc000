// What stands around a line's own segment, looked through once for everything that lines want of it: the line's number, its
// tracking numbers, and which segments are not there, so that nobody looks for them again.
import type { X12Segments } from '../edi/x12-segments.ts';
import { bitOf } from '../edi/x12-tags.ts';
import type { LineLoop } from './x12-loops.ts';
import { LINE_NUMBER } from './x12-sources.ts';
import { trimmed } from './x12-values.ts';

export interface Surroundings {
  /** The line's own number: its N9*LI, else its LX, else its place. */
  readonly number: string;
  /** Each once. */
  readonly tracking: readonly string[];
  /** Of the tags of all these segments, as in `bitOf`, and `LINE_NUMBER` for every N9*LI instead. */
  readonly bits: number;
}

export function surroundingsOf(loop: LineLoop): Surroundings {
  const { segments, bodyFrom, bodyEnd, aroundFrom, aroundEnd } = loop;
  const { tags } = segments;
  let bits = 0;
  let own = '';
  let shared = '';
  let assigned = NOWHERE;
  let tracking: Set<string> | undefined;
  // What stands around comes first, and then, behind the head, the body.
  for (let index = aroundFrom; index < bodyEnd; index += 1) {
    if (index === aroundEnd) index = bodyFrom;
    const tag = index < bodyEnd ? tags[index] : undefined;
    if (tag === undefined) break;
    const { text, bit } = tag;
    if ((bit & ASKED_FOR) === 0) {
      bits |= bit;
      continue;
    }
    if (text !== 'N9' && text !== 'REF') bits |= bit;
    if (text === 'MAN') tracking = withTracking(tracking, segments, index);
    else if (text === 'LX') {
      if (index < aroundEnd && assigned === NOWHERE) assigned = index;
    } else if (text === 'N9' || text === 'REF') {
      const isNumber = segments.element(index, 1) === 'LI';
      bits |= isNumber ? LINE_NUMBER : bit;
      if (!isNumber) tracking = withTracking(tracking, segments, index);
      else if (index < aroundEnd) shared ||= trimmed(segments.element(index, 2));
      else own ||= trimmed(segments.element(index, 2));
    }
  }
  const number =
    own || shared || (assigned !== NOWHERE && trimmed(segments.element(assigned, 1))) || String(loop.place);
  return { number, tracking: listOf(tracking), bits };
}

const NOWHERE = -1;
const ASKED_FOR = bitOf('MAN') | bitOf('LX') | bitOf('N9') | bitOf('REF');

/** Tracking numbers of a header, which ends before segment `end`: each once. */
export function trackingOf(segments: X12Segments, end: number): Set<string> | undefined {
  let numbers: Set<string> | undefined;
  for (let index = 0; index < end; index += 1) numbers = withTracking(numbers, segments, index);
  return numbers;
}

/** `before`, and those of segment `index`: MAN has them under CP or CN in either pair, N9 and REF under CN or 2I. */
function withTracking(
  before: Set<string> | undefined,
  segments: X12Segments,
  index: number,
): Set<string> | undefined {
  const { text = '' } = segments.tags[index] ?? {};
  let numbers = before;
  if (text === 'MAN') {
    if (isParcelMark(trimmed(segments.element(index, 1))))
      numbers = withNumber(numbers, trimmed(segments.element(index, 2)));
    if (isParcelMark(trimmed(segments.element(index, 4))))
      numbers = withNumber(numbers, trimmed(segments.element(index, 5)));
  } else if ((text === 'N9' || text === 'REF') && isParcelReference(trimmed(segments.element(index, 1))))
    numbers = withNumber(numbers, trimmed(segments.element(index, 2)));
  return numbers;
}

const isParcelMark = (qualifier: string): boolean => qualifier === 'CP' || qualifier === 'CN';
const isParcelReference = (qualifier: string): boolean => qualifier === 'CN' || qualifier === '2I';
const withNumber = (numbers: Set<string> | undefined, number: string): Set<string> | undefined =>
  number === '' ? numbers : (numbers ?? new Set<string>()).add(number);

/** Most lines have none, and share this one. */
export const listOf = (numbers: ReadonlySet<string> | undefined): readonly string[] =>
  numbers ? [...numbers] : NO_NUMBERS;
const NO_NUMBERS: readonly string[] = [];
