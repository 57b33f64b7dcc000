// Where this partner puts a detail: the profile's sources, parsed once, tried in their order over the segments of a line or a
// header. Only finds; what two different answers mean is decided by who asked.
import type { Segment } from '../edi/segment.ts';
import { DICTIONARY_TAGS } from '../edi/x12-dictionary.ts';
import type { X12Segments } from '../edi/x12-segments.ts';
import { bitOf } from '../edi/x12-tags.ts';
import type { Reading } from '../profile/settings.ts';
import { LineLoop, type LineParts } from './x12-loops.ts';
import { pairPlacesOf, pairValueAt } from './x12-pairs.ts';
import { textAt } from './x12-values.ts';

/** A source as `W12-09`, `N9:LT`, `N9:LT-04` or `W07:LT` names it. */
export interface Source {
  readonly tag: string;
  /** REF in the documents that have no N9 says the same with the same first elements; elsewhere the tag again. */
  readonly alsoTag: string;
  readonly qualifier: string | undefined;
  readonly element: number | undefined;
  /** Of both tags, as in `bitOf`, and `LINE_NUMBER` where such a reference may be meant. */
  readonly bits: number;
}

export interface Found {
  readonly segment: Segment;
  /** Without blanks around it, and never empty. */
  readonly value: string;
  /** What else the same source has. */
  further: Found[] | undefined;
}

const SOURCE = /^([A-Z][A-Z0-9]{1,2})(?::([A-Z0-9]{1,3}))?(?:-0?(\d{1,2}))?$/;
/**
 * Stands for references (N9 or REF) that are the number of a line, which most lines have: what looks for another reference
 * need not look at them.
 */
export const LINE_NUMBER = bitOf('N9*LI');
const ALIKE: Readonly<Record<string, string>> = { N9: 'REF', REF: 'N9' };

/** The source that a text names; sources of other formats are not for us. */
function sourceOf(text: string): readonly Source[] {
  const [, named, qualifier, digits] = SOURCE.exec(text) ?? [];
  const element = digits === undefined ? undefined : Number(digits);
  if (named === undefined || (qualifier === undefined && element === undefined)) return [];
  const tag = dictionaryTagOf(named);
  const alsoTag = dictionaryTagOf(ALIKE[tag] ?? tag);
  const isOfLineNumber = tag in ALIKE && (qualifier === undefined || qualifier === 'LI');
  const bits = bitOf(tag) | bitOf(alsoTag) | (isOfLineNumber ? LINE_NUMBER : 0);
  return [{ tag, alsoTag, qualifier, element, bits }];
}

/** The same text as the dictionary's and the reader's own: telling those apart costs least. */
const dictionaryTagOf = (tag: string): string => DICTIONARY_TAGS.find((known) => known === tag) ?? tag;

/** The sources that a list of a profile names. */
export const sourcesOf = (texts: readonly string[]): readonly Source[] => texts.flatMap(sourceOf);

/** Where one partner puts its details. */
export interface PartnerSources {
  readonly lot: readonly Source[];
  readonly expiry: readonly Source[];
  readonly warehouse: readonly Source[];
}

const parsed = new WeakMap<Reading, PartnerSources>();

/** Parsed once for each profile that is loaded, which nobody changes afterwards. */
export function partnerSourcesOf(reading: Reading): PartnerSources {
  let sources = parsed.get(reading);
  if (sources === undefined) {
    const { lot, expiry, warehouse } = reading;
    sources = { lot: sourcesOf(lot), expiry: sourcesOf(expiry), warehouse: sourcesOf(warehouse) };
    parsed.set(reading, sources);
  }
  return sources;
}

/** Which tags may be among these segments. */
function tagBits(segments: readonly Segment[]): number {
  let bits = 0;
  for (let index = 0; index < segments.length; index += 1) bits |= bitOf(segments[index]?.tag ?? '');
  return bits;
}

const ANY_TAG = -1;

/**
 * The first source that has an answer, looked for in the line (`head`, then `body`) before in the loop around it. `bits` are
 * those of the tags in body and loop, if they are known.
 */
export function foundInLine(
  sources: readonly Source[],
  line: LineParts,
  bits: number = ANY_TAG,
): Found | undefined {
  const { head } = line;
  const { tag } = head;
  for (let index = 0; index < sources.length; index += 1) {
    const source = sources[index];
    if (source === undefined) continue;
    let found = source.tag === tag || source.alsoTag === tag ? foundAt(source, head, undefined) : undefined;
    if ((source.bits & bits) !== 0) found = foundAround(source, line, found);
    if (found) return found;
  }
  return undefined;
}

/** `before` and what the body has, else what stands around. */
function foundAround(source: Source, line: LineParts, before: Found | undefined): Found | undefined {
  if (!(line instanceof LineLoop))
    return foundIn(source, line.body, before) ?? foundIn(source, line.around, undefined);
  const { segments, bodyFrom, bodyEnd, aroundFrom, aroundEnd } = line;
  return (
    foundBetween(source, segments, bodyFrom, bodyEnd, before) ??
    foundBetween(source, segments, aroundFrom, aroundEnd, undefined)
  );
}

/** As `foundIn`, among the segments of a document from `start` to before `end`. */
function foundBetween(
  source: Source,
  segments: X12Segments,
  start: number,
  end: number,
  before: Found | undefined,
): Found | undefined {
  const { tag, alsoTag, qualifier } = source;
  let found = before;
  for (let index = start; index < end; index += 1) {
    const { text = '' } = segments.tags[index] ?? {};
    if (text !== tag && text !== alsoTag) continue;
    // A reference of another kind, which most are, needs no segment made of it.
    const isOther = text === 'N9' && qualifier !== undefined && segments.element(index, 1) !== qualifier;
    const segment = isOther ? undefined : segments.at(index);
    if (segment) found = foundAt(source, segment, found);
  }
  return found;
}

/** The first source that has an answer among these segments. */
export function foundAmong(sources: readonly Source[], segments: readonly Segment[]): Found | undefined {
  const bits = tagBits(segments);
  for (const source of sources) {
    const found = (source.bits & bits) === 0 ? undefined : foundIn(source, segments, undefined);
    if (found) return found;
  }
  return undefined;
}

function foundIn(source: Source, segments: readonly Segment[], before: Found | undefined): Found | undefined {
  const { tag, alsoTag } = source;
  let found = before;
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment !== undefined && (segment.tag === tag || segment.tag === alsoTag))
      found = foundAt(source, segment, found);
  }
  return found;
}

/** `before`, and what the segment has at the source. */
function foundAt(source: Source, segment: Segment, before: Found | undefined): Found | undefined {
  const { tag, alsoTag, qualifier, element } = source;
  if (segment.tag !== tag && segment.tag !== alsoTag) return before;
  if (qualifier === undefined) return withValue(before, segment, textAt(segment, element ?? 0));
  const places = segment.tag === 'N9' ? undefined : pairPlacesOf(segment);
  if (places === undefined)
    return segment.element(1) === qualifier
      ? withValue(before, segment, qualifiedValueOf(segment, element).trim())
      : before;
  let found = before;
  for (const at of places)
    if (textAt(segment, at) === qualifier) found = withValue(found, segment, pairValueAt(segment, at));
  return found;
}

function withValue(found: Found | undefined, segment: Segment, value: string): Found | undefined {
  if (value === '') return found;
  const one: Found = { segment, value, further: undefined };
  if (found === undefined) return one;
  found.further ??= [];
  found.further.push(one);
  return found;
}

function qualifiedValueOf(segment: Segment, element: number | undefined): string {
  if (element !== undefined) return segment.element(element);
  if (segment.tag === 'N1') return segment.element(4) || segment.element(2);
  if (segment.tag === 'DTM' && segment.element(2) === '' && segment.element(5) === 'D8')
    return segment.element(6);
  return segment.element(2);
}
