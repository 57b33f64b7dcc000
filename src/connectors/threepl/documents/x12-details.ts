// Finds what a line or a header says about items, lots, parties and references, where this partner puts it: the profile's
// sources are tried in their order. Nothing found is nothing; two different answers are never settled by taking the first.
import type { Segment } from '../edi/segment.ts';
import type { ItemId, LotMark } from './document.ts';
import { dayOf } from './x12-dates.ts';
import type { LineParts } from './x12-loops.ts';
import { idPlacesOf, isLotQualifier, pairPlacesOf, pairValueAt } from './x12-pairs.ts';
import { type Found, foundAmong, foundInLine, type Source, sourcesOf } from './x12-sources.ts';
import { elementName, isCodeOfTwo, textAt, type X12Reading } from './x12-values.ts';

const NO_ELEMENTS: readonly number[] = [];

/**
 * Every id by which the segment names its item, in the segment's order; a case code without a qualifier gets `UA`. Ids of
 * what was ordered instead (`original`, the element numbers that hold them) are left out. Without a single id the line is
 * refused.
 */
export function itemIdsOf(
  reading: X12Reading,
  segment: Segment,
  original: readonly number[] = NO_ELEMENTS,
): readonly ItemId[] {
  const { qualifiers, caseCodes } = idPlacesOf(segment);
  const { count } = segment;
  const sound = soundCaseCodes(reading, segment, caseCodes, original, count);
  let ids: ItemId[] = [];
  let next = 0;
  for (let pair = 0; pair < qualifiers.length; pair += 1) {
    const at = qualifiers[pair] ?? 0;
    if (at > count) break;
    for (; next < sound.length && (sound[next] ?? 0) < at; next += 1)
      ids.push({ qualifier: 'UA', value: textAt(segment, sound[next] ?? 0) });
    const id = pairIdAt(reading, segment, at, original);
    // An empty list makes room for many, and most lines have one.
    if (id && ids.length === 0) ids = [id];
    else if (id) ids.push(id);
  }
  for (; next < sound.length; next += 1)
    ids.push({ qualifier: 'UA', value: textAt(segment, sound[next] ?? 0) });
  if (ids.length === 0) {
    const element = pairPlacesOf(segment)?.[0] ?? 2;
    reading.findings.reject(segment, {
      code: 'item_missing',
      message: `${segment.tag} names no item: neither a case code nor a pair of qualifier and id`,
      standardCode: '1',
      element: element + 1,
    });
  }
  return ids;
}

/** Those of the elements that have a case code. */
function soundCaseCodes(
  { findings }: X12Reading,
  segment: Segment,
  elements: readonly number[],
  original: readonly number[],
  count: number,
): readonly number[] {
  let places = NO_ELEMENTS;
  for (const at of elements) {
    if (at > count) break;
    const value = textAt(segment, at);
    if (value === '' || original.includes(at)) continue;
    if (/^\d{8,14}$/.test(value)) places = [...places, at];
    else {
      findings.warn(segment, {
        code: 'case_code_malformed',
        message: `${elementName(segment, at)} is no case code of digits; are the elements shifted?`,
        standardCode: '6',
        element: at,
      });
    }
  }
  return places;
}

/** The id whose qualifier stands at `at`; undefined when there is none, or none that names an item. */
function pairIdAt(
  { findings }: X12Reading,
  segment: Segment,
  at: number,
  original: readonly number[],
): ItemId | undefined {
  const qualifier = textAt(segment, at);
  const value = pairValueAt(segment, at);
  if ((qualifier === '' && value === '') || original.includes(at)) return undefined;
  if (isCodeOfTwo(qualifier) && value !== '')
    return isLotQualifier(qualifier) ? undefined : { qualifier, value };
  const blamed = qualifier === '' || (value !== '' && qualifier !== '') ? at : at + 1;
  return findings.warn(segment, {
    code: 'item_pair_malformed',
    message: `${elementName(segment, at)} and its value are no pair of qualifier and id; they are left out`,
    standardCode: qualifier === '' || value === '' ? '2' : '7',
    element: blamed,
  });
}

/**
 * The line's lot and its expiry. Two different lots on one quantity refuse the line, because nobody said how much is of
 * which; an expiry that is no date is left out with a warning. Lots are never cut to the standard's twelve characters.
 * `bits` are those of the tags in its body and around it, if they are known.
 */
export function lotMarkOf(reading: X12Reading, line: LineParts, bits?: number): LotMark | undefined {
  const { findings, sources } = reading;
  const { tag } = line.head;
  const lot =
    foundInLine(sources.lot, line, bits) ??
    // A pair whose qualifier says lot needs no profile to be understood.
    foundInLine(lotPairOf(tag), line);
  if (lot === undefined) return undefined;
  const other = lot.further?.find(({ value }) => value !== lot.value);
  if (other) {
    findings.reject(other.segment, {
      code: 'lot_ambiguous',
      message: `the quantity of this ${tag} has more than one lot, and how much is of which is not said`,
      standardCode: '5',
    });
  }
  const expiry = foundInLine(sources.expiry, line, bits);
  const expiresOn = expiry && expiryOf(reading, expiry);
  return expiresOn === undefined ? { code: lot.value } : { code: lot.value, expiresOn };
}

/** `YYYY-MM-DD`; undefined with a warning when what was found is no one date. */
function expiryOf({ findings, options }: X12Reading, found: Found): string | undefined {
  const days = new Set(
    [found, ...(found.further ?? [])].map(({ value }) => dayOf(value, options.receivedAt)),
  );
  const [expiresOn] = days;
  if (days.size === 1 && expiresOn !== undefined) return expiresOn;
  return findings.warn(found.segment, {
    code: days.size > 1 ? 'expiry_ambiguous' : 'expiry_malformed',
    message:
      days.size > 1
        ? 'the lot has more than one expiry date; none is taken'
        : 'the expiry of the lot is no date as YYYYMMDD or YYMMDD; it is left out',
    standardCode: '8',
    value: found.value,
  });
}

/** The same as part of a line. */
export function lotOf(
  reading: X12Reading,
  line: LineParts,
): { readonly lot: LotMark } | Record<never, never> {
  const lot = lotMarkOf(reading, line);
  return lot ? { lot } : {};
}

const lotPairs = new Map<string, readonly Source[]>();

function lotPairOf(tag: string): readonly Source[] {
  let sources = lotPairs.get(tag);
  if (sources === undefined) {
    sources = sourcesOf([`${tag}:LT`]);
    lotPairs.set(tag, sources);
  }
  return sources;
}

/**
 * The partner's code of the warehouse, '' when none is named. Where goods arrive, SF is who sent them, so that it is passed
 * over; `also` holds the sources that name the warehouse in this document alone.
 */
export function warehouseOf(
  { sources }: X12Reading,
  segments: readonly Segment[],
  direction: 'leaves' | 'arrives',
  also: readonly string[] = NO_TEXTS,
): string {
  const { warehouse } = sources;
  const usable = direction === 'leaves' ? warehouse : warehouse.filter((source) => !isShipFrom(source));
  const found = foundAmong(usable, segments) ?? foundAmong(sourcesOf(also), segments);
  return found?.value ?? '';
}

const NO_TEXTS: readonly string[] = [];
const isShipFrom = ({ tag, qualifier = '' }: Source): boolean => tag === 'N1' && qualifier.startsWith('SF');

const REFERENCE_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    BM: 'billOfLading',
    CN: 'carrierReference',
    '2I': 'trackingNumber',
    CO: 'customerOrder',
    PO: 'purchaseOrder',
    SI: 'shipment',
    SN: 'seal',
    WR: 'warehouseReceipt',
  }),
);

/**
 * Everything a document can be searched by: `named` first, then its N9 and REF segments, those without a word of ours under
 * their tag and qualifier (`N9:ZZ`). Several values of one kind stand in one text, with blanks between.
 */
export function referencesOf(
  header: readonly Segment[],
  named: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const references: Record<string, string> = {};
  let several: Map<string, Set<string>> | undefined;
  const add = (key: string, value: string) => {
    const first = references[key];
    if (first === undefined) references[key] = value;
    else {
      several ??= new Map();
      const all = (several.get(key) ?? new Set([first])).add(value);
      several.set(key, all);
      references[key] = [...all].join(' ');
    }
  };
  for (const key in named) {
    const value = (named[key] ?? '').trim();
    if (value !== '') add(key, value);
  }
  for (const segment of header) {
    if (segment.tag !== 'N9' && segment.tag !== 'REF') continue;
    const qualifier = textAt(segment, 1);
    if (qualifier !== '') {
      const value = textAt(segment, 2);
      if (value !== '') add(REFERENCE_NAMES.get(qualifier) ?? `${segment.tag}:${qualifier}`, value);
    }
  }
  return references;
}

/** Element 893: 1 is normal, 2 reverses what the line does to stock; anything else leaves its direction open. */
export function reversalAt({ findings }: X12Reading, segment: Segment, element: number): boolean {
  const code = textAt(segment, element);
  if (code !== '' && code !== '1' && code !== '2') {
    findings.reject(segment, {
      code: 'reversal_unclear',
      message: `${elementName(segment, element)} is neither 1 (normal) nor 2 (reversal): what the line does to stock is not certain`,
      standardCode: '7',
      element,
    });
  }
  return code === '2';
}
