// Finds what a line or a header says about items, lots, parties and references, where this partner puts it: the profile's
// sources are tried in their order. Nothing found is nothing; two different answers are never settled by taking the first.
import type { Segment } from '../edi/segment.ts';
import type { ItemId, LotMark } from './document.ts';
import { dayOf } from './x12-dates.ts';
import type { LineLoop } from './x12-loops.ts';
import { elementName, type X12Reading } from './x12-values.ts';

/** Where the qualifiers of id pairs stand, and where a bare case code does. */
const PAIRS: Readonly<
  Record<string, { readonly qualifiers: readonly number[]; readonly caseCodes: readonly number[] }>
> = {
  W01: { qualifiers: [4, 6, 15], caseCodes: [3] },
  W04: { qualifiers: [4, 6, 14], caseCodes: [3] },
  W07: { qualifiers: [4, 6, 10], caseCodes: [3] },
  W12: { qualifiers: [7, 17, 21], caseCodes: [6, 16] },
  W19: { qualifiers: [5, 7, 17], caseCodes: [4] },
};

/** Qualifiers of pairs that name a lot and no item. */
const LOT_QUALIFIERS = ['LT', 'B8'];

interface Pair {
  readonly qualifier: string;
  readonly value: string;
  readonly at: number;
}

function pairsOf(segment: Segment): readonly Pair[] {
  const known = PAIRS[segment.tag]?.qualifiers;
  const places = known ?? Array.from({ length: Math.floor(segment.count / 2) }, (_, index) => 2 + 2 * index);
  const pairs = places.map((at) => ({
    qualifier: segment.element(at).trim(),
    value: segment.element(at + 1).trim(),
    at,
  }));
  // Seen in real receipts: W07-06 holds the qualifier LT, 07 is blank, and the lot stands in 08.
  return pairs.map((pair) =>
    segment.tag === 'W07' && pair.at === 6 && pair.value === '' && LOT_QUALIFIERS.includes(pair.qualifier)
      ? { ...pair, value: segment.element(8).trim() }
      : pair,
  );
}

/**
 * Every id by which the segment names its item, in the segment's order; a case code without a qualifier gets `UA`. Ids of
 * what was ordered instead (`original`, the element numbers that hold them) are left out. Without a single id the line is
 * refused.
 */
export function itemIdsOf(
  { findings }: X12Reading,
  segment: Segment,
  original: readonly number[] = [],
): readonly ItemId[] {
  const ids: { readonly at: number; readonly id: ItemId }[] = [];
  for (const at of PAIRS[segment.tag]?.caseCodes ?? []) {
    const value = segment.element(at).trim();
    if (value === '' || original.includes(at)) continue;
    if (/^\d{8,14}$/.test(value)) ids.push({ at, id: { qualifier: 'UA', value } });
    else {
      findings.warn(segment, {
        code: 'case_code_malformed',
        message: `${elementName(segment, at)} is no case code of digits; are the elements shifted?`,
        standardCode: '6',
        element: at,
      });
    }
  }
  for (const { qualifier, value, at } of pairsOf(segment)) {
    if ((qualifier === '' && value === '') || original.includes(at)) continue;
    if (!/^[A-Z0-9]{2}$/.test(qualifier) || value === '') {
      const blamed = qualifier === '' || (value !== '' && qualifier !== '') ? at : at + 1;
      findings.warn(segment, {
        code: 'item_pair_malformed',
        message: `${elementName(segment, at)} and its value are no pair of qualifier and id; they are left out`,
        standardCode: qualifier === '' || value === '' ? '2' : '7',
        element: blamed,
      });
    } else if (!LOT_QUALIFIERS.includes(qualifier)) ids.push({ at, id: { qualifier, value } });
  }
  if (ids.length === 0) {
    const element = PAIRS[segment.tag]?.qualifiers[0] ?? 2;
    findings.reject(segment, {
      code: 'item_missing',
      message: `${segment.tag} names no item: neither a case code nor a pair of qualifier and id`,
      standardCode: '1',
      element: element + 1,
    });
  }
  return ids.sort((a, b) => a.at - b.at).map(({ id }) => id);
}

/** `W12-09`, `N9:LT`, `N9:LT-04`, `W07:LT`; sources of other formats are not for us. */
const SOURCE = /^([A-Z][A-Z0-9]{1,2})(?::([A-Z0-9]{1,3}))?(?:-0?(\d{1,2}))?$/;

/** REF in the documents that have no N9 says the same with the same first elements. */
const sameTag = (tag: string, wanted: string): boolean =>
  tag === wanted || (tag === 'REF' && wanted === 'N9') || (tag === 'N9' && wanted === 'REF');

function valueOfQualified(segment: Segment, element: number | undefined): string {
  if (element !== undefined) return segment.element(element);
  if (segment.tag === 'N1') return segment.element(4) || segment.element(2);
  if (segment.tag === 'DTM' && segment.element(2) === '' && segment.element(5) === 'D8')
    return segment.element(6);
  return segment.element(2);
}

interface Found {
  readonly segment: Segment;
  readonly value: string;
}

interface Source {
  readonly tag: string;
  readonly qualifier: string | undefined;
  readonly element: number | undefined;
}

/** Sources come from profiles, so that there are few; a large report asks for each of them with every line. */
const parsedSources = new Map<string, Source | undefined>();

function sourceOf(text: string): Source | undefined {
  if (parsedSources.has(text)) return parsedSources.get(text);
  const [, tag, qualifier, digits] = SOURCE.exec(text) ?? [];
  const element = digits === undefined ? undefined : Number(digits);
  const says = tag !== undefined && (qualifier !== undefined || element !== undefined);
  const source = says ? { tag, qualifier, element } : undefined;
  parsedSources.set(text, source);
  return source;
}

function valuesAt({ qualifier, element }: Source, segment: Segment): readonly string[] {
  if (qualifier === undefined) return [segment.element(element ?? 0)];
  if (segment.tag in PAIRS || segment.tag === 'LIN') {
    return pairsOf(segment)
      .filter((pair) => pair.qualifier === qualifier)
      .map((pair) => pair.value);
  }
  return segment.element(1) === qualifier ? [valueOfQualified(segment, element)] : [];
}

/** What stands at a source within these segments, in their order. */
function foundAt(source: Source, segments: readonly Segment[]): readonly Found[] {
  const found: Found[] = [];
  for (const segment of segments) {
    if (!sameTag(segment.tag, source.tag)) continue;
    for (const value of valuesAt(source, segment)) {
      if (value.trim() !== '') found.push({ segment, value: value.trim() });
    }
  }
  return found;
}

/** The first source that has an answer, looked for in the line before in the loop around it. */
function firstFound(
  sources: readonly string[],
  scopes: readonly (readonly Segment[])[],
): readonly Found[] | undefined {
  for (const text of sources) {
    const source = sourceOf(text);
    if (source === undefined) continue;
    for (const scope of scopes) {
      const found = foundAt(source, scope);
      if (found.length > 0) return found;
    }
  }
  return undefined;
}

/**
 * The line's lot and its expiry. Two different lots on one quantity refuse the line, because nobody said how much is of
 * which; an expiry that is no date is left out with a warning. Lots are never cut to the standard's twelve characters.
 */
export function lotOf(
  reading: X12Reading,
  { head, body, around }: Pick<LineLoop, 'head' | 'body' | 'around'>,
): { readonly lot: LotMark } | Record<never, never> {
  const { findings, options } = reading;
  const scopes = [[head, ...body], around];
  // A pair whose qualifier says lot needs no profile to be understood.
  const pair = `${head.tag}:LT`;
  const configured = options.reading.lot;
  const lots = firstFound(configured.includes(pair) ? configured : [...configured, pair], scopes);
  const first = lots?.[0];
  if (first === undefined) return {};
  const other = lots?.find(({ value }) => value !== first.value);
  if (other) {
    findings.reject(other.segment, {
      code: 'lot_ambiguous',
      message: `the quantity of this ${head.tag} has more than one lot, and how much is of which is not said`,
      standardCode: '5',
    });
  }
  const expiries = firstFound(options.reading.expiry, scopes) ?? [];
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
    return { lot: { code: first.value } };
  }
  return { lot: { code: first.value, ...(expiresOn !== undefined && { expiresOn }) } };
}

/**
 * The partner's code of the warehouse, '' when none is named. Where goods arrive, SF is who sent them, so that it is passed
 * over; `also` holds the sources that name the warehouse in this document alone.
 */
export function warehouseOf(
  { options }: X12Reading,
  segments: readonly Segment[],
  direction: 'leaves' | 'arrives',
  also: readonly string[] = [],
): string {
  const sources = [...options.reading.warehouse, ...also].filter(
    (source) => direction === 'leaves' || !/^N1:SF/.test(source),
  );
  return firstFound(sources, [segments])?.[0]?.value ?? '';
}

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
  const values = new Map<string, Set<string>>();
  const add = (key: string, value: string) => {
    if (value === '') return;
    values.set(key, (values.get(key) ?? new Set()).add(value));
  };
  for (const [key, value] of Object.entries(named)) add(key, value.trim());
  for (const segment of header) {
    if (segment.tag !== 'N9' && segment.tag !== 'REF') continue;
    const qualifier = segment.element(1).trim();
    if (qualifier !== '') {
      add(REFERENCE_NAMES.get(qualifier) ?? `${segment.tag}:${qualifier}`, segment.element(2).trim());
    }
  }
  return Object.fromEntries([...values].map(([key, all]) => [key, [...all].join(' ')]));
}

/** Tracking numbers of these segments: MAN with CP or CN in either pair, N9 and REF with CN or 2I. Each once. */
export function trackingOf(segments: readonly Segment[]): readonly string[] {
  const numbers = segments.flatMap((segment) => {
    const pairs: readonly (readonly [number, readonly string[]])[] =
      segment.tag === 'MAN'
        ? [
            [1, ['CP', 'CN']],
            [4, ['CP', 'CN']],
          ]
        : segment.tag === 'N9' || segment.tag === 'REF'
          ? [[1, ['CN', '2I']]]
          : [];
    return pairs
      .filter(([at, qualifiers]) => qualifiers.includes(segment.element(at).trim()))
      .map(([at]) => segment.element(at + 1).trim());
  });
  return [...new Set(numbers.filter((number) => number !== ''))];
}

/** The line's own number: its N9*LI, else its LX, else its place. */
export function lineNumberOf({ body, around, place }: LineLoop): string {
  const own = firstFound(['N9:LI'], [body, around])?.[0]?.value;
  const assigned = around
    .find((segment) => segment.tag === 'LX')
    ?.element(1)
    .trim();
  return own ?? (assigned || String(place));
}

/** Element 893: 1 is normal, 2 reverses what the line does to stock; anything else leaves its direction open. */
export function reversalAt({ findings }: X12Reading, segment: Segment, element: number): boolean {
  const code = segment.element(element).trim();
  if (!['', '1', '2'].includes(code)) {
    findings.reject(segment, {
      code: 'reversal_unclear',
      message: `${elementName(segment, element)} is neither 1 (normal) nor 2 (reversal): what the line does to stock is not certain`,
      standardCode: '7',
      element,
    });
  }
  return code === '2';
}
