// Which elements of a line's segment hold pairs of a qualifier and an id, and which a bare case code: a table of places, and
// the one way to read a pair. What the ids mean is not known here.
import type { Segment } from '../edi/segment.ts';
import { textAt } from './x12-values.ts';

/** Elements, in their order. */
interface IdPlaces {
  /** Where the qualifiers of id pairs stand. */
  readonly qualifiers: readonly number[];
  /** Where a bare case code does. */
  readonly caseCodes: readonly number[];
}

const PLACES: ReadonlyMap<string, IdPlaces> = new Map([
  ['W01', { qualifiers: [4, 6, 15], caseCodes: [3] }],
  ['W04', { qualifiers: [4, 6, 14], caseCodes: [3] }],
  ['W07', { qualifiers: [4, 6, 10], caseCodes: [3] }],
  ['W12', { qualifiers: [7, 17, 21], caseCodes: [6, 16] }],
  ['W19', { qualifiers: [5, 7, 17], caseCodes: [4] }],
]);

/** Qualifiers of pairs that name a lot and no item. */
export const isLotQualifier = (qualifier: string): boolean => qualifier === 'LT' || qualifier === 'B8';

const NO_PLACES: readonly number[] = [];
const evenPlaces = (pairs: number): number[] => Array.from({ length: pairs }, (_, index) => 2 + 2 * index);
const EVEN_PLACES: readonly (readonly number[])[] = Array.from({ length: 16 }, (_, pairs) =>
  evenPlaces(pairs),
);

/** Where the qualifiers of the pairs stand; undefined for a segment that has none. */
export function pairPlacesOf(segment: Segment): readonly number[] | undefined {
  return (
    PLACES.get(segment.tag)?.qualifiers ?? (segment.tag === 'LIN' ? everySecondPlaceOf(segment) : undefined)
  );
}

/** From the second element on, as LIN has its pairs. */
function everySecondPlaceOf(segment: Segment): readonly number[] {
  const pairs = Math.floor(segment.count / 2);
  return EVEN_PLACES[pairs] ?? evenPlaces(pairs);
}

/** Where the segment names its item; pairs from the second element on where nothing else is known. */
export function idPlacesOf(segment: Segment): IdPlaces {
  const { tag } = segment;
  // The lines of a document have one tag.
  if (tag !== last.tag) last = { tag, places: PLACES.get(tag) };
  return last.places ?? { qualifiers: everySecondPlaceOf(segment), caseCodes: NO_PLACES };
}

let last: { readonly tag: string; readonly places: IdPlaces | undefined } = { tag: '', places: undefined };

/** The id whose qualifier stands at `at`. */
export function pairValueAt(segment: Segment, at: number): string {
  const value = textAt(segment, at + 1);
  // Seen in real receipts: W07-06 holds the qualifier LT, 07 is blank, and the lot stands in 08.
  return value === '' && at === 6 && segment.tag === 'W07' && isLotQualifier(textAt(segment, at))
    ? textAt(segment, 8)
    : value;
}
