// Finds what a line or a header says about items, lots, parties and references, where this partner puts it: the profile's
// sources are tried in their order. Nothing found is nothing; two different answers are never settled by taking the first.
import type { Segment } from '../edi/segment.ts';
import type { ItemId, LotMark } from './document.ts';
import { dayOf } from './x12-dates.ts';
import { type LineLoop, segmentOf } from './x12-loops.ts';
import {
  caseCodePlacesOf,
  everySecondPlaceOf,
  isLotQualifier,
  pairPlacesOf,
  pairValueAt,
} from './x12-pairs.ts';
import { firstFound, type Source, sourcesOf } from './x12-sources.ts';
import { elementName, isCodeOfTwo, textAt, type X12Reading } from './x12-values.ts';

interface PlacedId {
  readonly at: number;
  readonly id: ItemId;
}
const NO_IDS: readonly PlacedId[] = [];
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
  const caseCodes = caseCodesOf(reading, segment, original);
  const pairs = pairIdsOf(reading, segment, original);
  if (caseCodes.length + pairs.length === 0) {
    const element = pairPlacesOf(segment)?.[0] ?? 2;
    reading.findings.reject(segment, {
      code: 'item_missing',
      message: `${segment.tag} names no item: neither a case code nor a pair of qualifier and id`,
      standardCode: '1',
      element: element + 1,
    });
  }
  const ids = caseCodes.length === 0 ? pairs : [...caseCodes, ...pairs].sort((a, b) => a.at - b.at);
  return ids.map(({ id }) => id);
}

function caseCodesOf(
  { findings }: X12Reading,
  segment: Segment,
  original: readonly number[],
): readonly PlacedId[] {
  let ids = NO_IDS;
  for (const at of caseCodePlacesOf(segment)) {
    const value = textAt(segment, at);
    if (value === '' || original.includes(at)) continue;
    if (/^\d{8,14}$/.test(value)) ids = [...ids, { at, id: { qualifier: 'UA', value } }];
    else {
      findings.warn(segment, {
        code: 'case_code_malformed',
        message: `${elementName(segment, at)} is no case code of digits; are the elements shifted?`,
        standardCode: '6',
        element: at,
      });
    }
  }
  return ids;
}

function pairIdsOf(
  { findings }: X12Reading,
  segment: Segment,
  original: readonly number[],
): readonly PlacedId[] {
  const ids: PlacedId[] = [];
  for (const at of pairPlacesOf(segment) ?? everySecondPlaceOf(segment)) {
    const qualifier = textAt(segment, at);
    const value = pairValueAt(segment, at);
    if ((qualifier === '' && value === '') || original.includes(at)) continue;
    if (!isCodeOfTwo(qualifier) || value === '') {
      const blamed = qualifier === '' || (value !== '' && qualifier !== '') ? at : at + 1;
      findings.warn(segment, {
        code: 'item_pair_malformed',
        message: `${elementName(segment, at)} and its value are no pair of qualifier and id; they are left out`,
        standardCode: qualifier === '' || value === '' ? '2' : '7',
        element: blamed,
      });
    } else if (!isLotQualifier(qualifier)) ids.push({ at, id: { qualifier, value } });
  }
  return ids;
}

/**
 * The line's lot and its expiry. Two different lots on one quantity refuse the line, because nobody said how much is of
 * which; an expiry that is no date is left out with a warning. Lots are never cut to the standard's twelve characters.
 */
export function lotMarkOf(
  reading: X12Reading,
  { head, body, around }: Pick<LineLoop, 'head' | 'body' | 'around'>,
): LotMark | undefined {
  const { findings, options } = reading;
  const lots =
    firstFound(reading.sources.lot, head, body, around) ??
    // A pair whose qualifier says lot needs no profile to be understood.
    firstFound(lotPairOf(head.tag), head, body, around);
  const first = lots?.[0];
  if (first === undefined) return undefined;
  const other = lots?.find(({ value }) => value !== first.value);
  if (other) {
    findings.reject(other.segment, {
      code: 'lot_ambiguous',
      message: `the quantity of this ${head.tag} has more than one lot, and how much is of which is not said`,
      standardCode: '5',
    });
  }
  const expiries = firstFound(reading.sources.expiry, head, body, around);
  if (!expiries) return { code: first.value };
  const days = new Set(expiries.map(({ value }) => dayOf(value, options.receivedAt)));
  const [expiresOn] = days;
  if (expiries[0] && (days.size > 1 || expiresOn === undefined)) {
    findings.warn(expiries[0].segment, {
      code: days.size > 1 ? 'expiry_ambiguous' : 'expiry_malformed',
      message:
        days.size > 1
          ? 'the lot has more than one expiry date; none is taken'
          : 'the expiry of the lot is no date as YYYYMMDD or YYMMDD; it is left out',
      standardCode: '8',
      value: expiries[0].value,
    });
    return { code: first.value };
  }
  return { code: first.value, ...(expiresOn !== undefined && { expiresOn }) };
}

/** The same as part of a line. */
export function lotOf(
  reading: X12Reading,
  loop: Pick<LineLoop, 'head' | 'body' | 'around'>,
): { readonly lot: LotMark } | Record<never, never> {
  const lot = lotMarkOf(reading, loop);
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
  const found = firstFound(usable, undefined, segments) ?? firstFound(sourcesOf(also), undefined, segments);
  return found?.[0]?.value ?? '';
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
  const several = new Map<string, Set<string>>();
  const add = (key: string, value: string) => {
    if (value === '') return;
    const first = references[key];
    if (first === undefined) {
      references[key] = value;
      return;
    }
    const all = (several.get(key) ?? new Set([first])).add(value);
    several.set(key, all);
    references[key] = [...all].join(' ');
  };
  for (const key in named) add(key, (named[key] ?? '').trim());
  for (const segment of header) {
    if (segment.tag !== 'N9' && segment.tag !== 'REF') continue;
    const qualifier = textAt(segment, 1);
    if (qualifier !== '') {
      add(REFERENCE_NAMES.get(qualifier) ?? `${segment.tag}:${qualifier}`, textAt(segment, 2));
    }
  }
  return references;
}

/** Tracking numbers of these segments: MAN with CP or CN in either pair, N9 and REF with CN or 2I. Each once. */
export function trackingOf(
  segments: readonly Segment[],
  further: readonly Segment[] = NO_SEGMENTS,
): readonly string[] {
  const numbers = withTracking(withTracking(undefined, segments), further);
  return numbers ? [...numbers] : NO_TEXTS;
}

const NO_SEGMENTS: readonly Segment[] = [];

function withTracking(
  before: Set<string> | undefined,
  segments: readonly Segment[],
): Set<string> | undefined {
  let numbers = before;
  for (const segment of segments) {
    const { tag } = segment;
    if (tag === 'MAN') {
      if (isParcelMark(textAt(segment, 1))) numbers = withNumber(numbers, textAt(segment, 2));
      if (isParcelMark(textAt(segment, 4))) numbers = withNumber(numbers, textAt(segment, 5));
    } else if ((tag === 'N9' || tag === 'REF') && isParcelReference(textAt(segment, 1))) {
      numbers = withNumber(numbers, textAt(segment, 2));
    }
  }
  return numbers;
}

const isParcelMark = (qualifier: string): boolean => qualifier === 'CP' || qualifier === 'CN';
const isParcelReference = (qualifier: string): boolean => qualifier === 'CN' || qualifier === '2I';
const withNumber = (numbers: Set<string> | undefined, number: string): Set<string> | undefined =>
  number === '' ? numbers : (numbers ?? new Set<string>()).add(number);

const LINE_NUMBER = sourcesOf(['N9:LI']);

/** The line's own number: its N9*LI, else its LX, else its place. */
export function lineNumberOf({ body, around, place }: LineLoop): string {
  const own = firstFound(LINE_NUMBER, undefined, body, around)?.[0]?.value;
  if (own !== undefined) return own;
  const assigned = segmentOf(around, 'LX');
  return (assigned && textAt(assigned, 1)) || String(place);
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
