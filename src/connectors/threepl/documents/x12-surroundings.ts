// What stands around a line's own segment, looked through once for everything that lines want of it: the line's number, its
// tracking numbers, and which segments are not there, so that nobody looks for them again.
import type { Segment } from '../edi/segment.ts';
import type { LineLoop } from './x12-loops.ts';
import { bitOf } from './x12-sources.ts';
import { textAt } from './x12-values.ts';

export interface Surroundings {
  /** The line's own number: its N9*LI, else its LX, else its place. */
  readonly number: string;
  /** Each once. */
  readonly tracking: readonly string[];
  /** Of the tags of all these segments, as in `tagBits`. */
  readonly bits: number;
}

export function surroundingsOf(loop: LineLoop): Surroundings {
  const { segments, bodyFrom, bodyEnd, aroundFrom, aroundEnd } = loop;
  let bits = 0;
  let own = '';
  let shared = '';
  let assigned: Segment | undefined;
  let tracking: Set<string> | undefined;
  // What stands around comes first, and then, behind the head, the body.
  for (let index = aroundFrom; index < bodyEnd; index += 1) {
    if (index === aroundEnd) index = bodyFrom;
    const segment = index < bodyEnd ? segments[index] : undefined;
    if (segment === undefined) break;
    const { tag } = segment;
    if (tag === 'MAN') {
      bits |= MAN;
      tracking = withTracking(tracking, segment);
    } else if (tag === 'LX') {
      bits |= LX;
      if (index < aroundEnd) assigned ??= segment;
    } else if (tag === 'N9' || tag === 'REF') {
      bits |= REFERENCE;
      if (segment.element(1) !== 'LI') tracking = withTracking(tracking, segment);
      else if (index < aroundEnd) shared ||= textAt(segment, 2);
      else own ||= textAt(segment, 2);
    } else bits |= bitOf(tag);
  }
  const number = own || shared || (assigned && textAt(assigned, 1)) || String(loop.place);
  return { number, tracking: listOf(tracking), bits };
}

const MAN = bitOf('MAN');
const LX = bitOf('LX');
const REFERENCE = bitOf('N9') | bitOf('REF');

/** Tracking numbers of a header: each once. */
export function trackingOf(segments: readonly Segment[]): Set<string> | undefined {
  let numbers: Set<string> | undefined;
  for (const segment of segments) numbers = withTracking(numbers, segment);
  return numbers;
}

/** `before`, and those of a segment: MAN has them under CP or CN in either pair, N9 and REF under CN or 2I. */
function withTracking(before: Set<string> | undefined, segment: Segment): Set<string> | undefined {
  const { tag } = segment;
  let numbers = before;
  if (tag === 'MAN') {
    if (isParcelMark(textAt(segment, 1))) numbers = withNumber(numbers, textAt(segment, 2));
    if (isParcelMark(textAt(segment, 4))) numbers = withNumber(numbers, textAt(segment, 5));
  } else if ((tag === 'N9' || tag === 'REF') && isParcelReference(textAt(segment, 1)))
    numbers = withNumber(numbers, textAt(segment, 2));
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
