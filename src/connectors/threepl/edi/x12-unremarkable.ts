// Says of a segment that the dictionary has nothing against it, which is true of most: elements are measured where they stand,
// and no text is made of them. Where it is not certain it answers no; what is wrong, if anything, is found out by validation.
import { digitsIn, isX12Date, isX12Time } from './x12-control.ts';
import { isKept, type X12SegmentRule, type X12Type } from './x12-dictionary.ts';
import type { X12Segment } from './x12-segment.ts';

const BLANK = 32;

/** True only when no element of the segment breaks the rule. */
export function isUnremarkable(segment: X12Segment, rule: X12SegmentRule): boolean {
  const { elements, notes, mandatoryBits } = rule;
  const at = segment.divided();
  const { text, division } = segment;
  const { places } = division;
  const count = division.count(at);
  if (!division.isPlain(at) || count > elements.length) return false;
  let present = 0;
  let start = (places[at + 2] ?? 0) + 1;
  for (let n = 1; n <= count; n += 1) {
    const end = places[at + n + 2] ?? 0;
    if (end > start) {
      const element = elements[n - 1];
      if (element === undefined || text.charCodeAt(end - 1) === BLANK) return false;
      const length = lengthOf(element.type, text, start, end);
      if (length < element.shortest || (length > element.longest && element.longest > 0)) return false;
      present |= 1 << n;
    }
    start = end + 1;
  }
  if ((present & mandatoryBits) !== mandatoryBits) return false;
  for (let index = 0; index < notes.length; index += 1) {
    const note = notes[index];
    if (note && !isKept(note, present)) return false;
  }
  return true;
}

/** What counts of a value of printable characters; -1 when it is not of its type. */
function lengthOf(type: X12Type, text: string, start: number, end: number): number {
  switch (type) {
    case 'AN':
    case 'ID':
    case 'composite':
      return end - start;
    case 'N0':
    case 'N2':
      return digitsIn(text, start, end, false);
    case 'R':
      return digitsIn(text, start, end, true);
    case 'DT':
      return isX12Date(text.substring(start, end)) ? end - start : -1;
    case 'TM':
      return isX12Time(text.substring(start, end)) ? end - start : -1;
  }
}
