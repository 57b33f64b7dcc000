// Says of a segment that the dictionary has nothing against it, which is true of most: elements are measured where they stand,
// and no text is made of them. Where it is not certain it answers no; what is wrong, if anything, is found out by validation.
import { digitsIn, isX12Date, isX12Time } from './x12-control.ts';
import {
  isKept,
  LOOKED_AT,
  SHORTEST,
  SHORTEST_SHIFT,
  SPAN_SHIFT,
  type X12SegmentRule,
  type X12Type,
} from './x12-dictionary.ts';
import {
  BLANK_AT_END,
  COUNT_SHIFT,
  NOT_DIGITS,
  NOT_PLAIN,
  PLACE_SHIFT,
  type X12Window,
} from './x12-window.ts';

/** True only when no element of the segment at `at` breaks the rule. */
export function isUnremarkable(window: X12Window, at: number, rule: X12SegmentRule): boolean {
  const { measures } = rule;
  const { places } = window;
  const known = places[at] ?? 0;
  const count = known >> COUNT_SHIFT;
  if ((known & (NOT_PLAIN | BLANK_AT_END)) !== 0 || count > measures.length) return false;
  let present = 0;
  let before = (places[at + 2] ?? 0) >> PLACE_SHIFT;
  for (let n = 1; n <= count; n += 1) {
    const last = places[at + n + 2] ?? 0;
    const end = last >> PLACE_SHIFT;
    let length = end - before - 1;
    if (length > 0) {
      const measure = measures[n - 1] ?? 0;
      if ((measure & (LOOKED_AT | (last & NOT_DIGITS))) !== 0)
        length = lengthOf(rule.elements[n - 1]?.type, window.text, before + 1, end);
      // Below zero it is beyond every span, without its sign.
      const excess = (length - ((measure >> SHORTEST_SHIFT) & SHORTEST)) >>> 0;
      if (excess > measure >> SPAN_SHIFT) return false;
      present |= 1 << n;
    }
    before = end;
  }
  return present === rule.wholeBits || isWhole(rule, present);
}

/** Nothing is missing beside the elements that are there, as bits. */
function isWhole(rule: X12SegmentRule, present: number): boolean {
  const { notes, mandatoryBits } = rule;
  if ((present & mandatoryBits) !== mandatoryBits || !notes.every((note) => isKept(note, present)))
    return false;
  rule.wholeBits = present;
  return true;
}

/** What counts of a value of printable characters; -1 when it is not of its type. */
function lengthOf(type: X12Type | undefined, text: string, start: number, end: number): number {
  switch (type) {
    case 'N0':
    case 'N2':
      return digitsIn(text, start, end, false);
    case 'R':
      return digitsIn(text, start, end, true);
    case 'DT':
      return isX12Date(text.substring(start, end)) ? end - start : -1;
    case 'TM':
      return isX12Time(text.substring(start, end)) ? end - start : -1;
    default:
      return end - start;
  }
}
