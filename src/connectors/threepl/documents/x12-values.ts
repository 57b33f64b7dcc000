// The single values of X12 that stock depends on: quantities with their units, totals and purposes. What is missing or
// malformed becomes a finding at its element; nothing is rounded, completed or guessed.
import {
  isQuantityText,
  quantityFrom,
  quantityText,
  sum,
  wholeQuantity,
} from '../../../core/vocabulary/quantity.ts';
import type { EdiDocument, Segment } from '../edi/segment.ts';
import { digitsIn, wholeNumberOf } from '../edi/x12-control.ts';
import type { Quantity, WarehouseDocument } from './document.ts';
import type { ReadOptions } from './read-options.ts';
import type { DocumentFindings } from './x12-findings.ts';
import type { PartnerSources } from './x12-sources.ts';

/** What every reader of one transaction set works with. */
export interface X12Reading {
  readonly document: EdiDocument;
  readonly options: ReadOptions;
  readonly findings: DocumentFindings;
  readonly sources: PartnerSources;
}

/** An element as messages call it: `W12-03`. */
export const elementName = (segment: Segment, element: number): string =>
  `${segment.tag}-${String(element).padStart(2, '0')}`;

/** An element without blanks around it; '' when absent. */
export const textAt = (segment: Segment, element: number): string => trimmed(segment.element(element));

/** An element as it comes, whose end has no blanks, without those before it. */
export function trimmed(text: string): string {
  if (text === '') return text;
  const first = text.charCodeAt(0);
  return first > BLANK && first < BEYOND_PRINTABLE ? text : text.trim();
}

const BLANK = 32;
const BEYOND_PRINTABLE = 127;

/** Two capital letters or digits, as most codes of X12 have. */
export const isCodeOfTwo = (text: string): boolean =>
  text.length === 2 && isCapitalOrDigit(text.charCodeAt(0)) && isCapitalOrDigit(text.charCodeAt(1));

const isCapitalOrDigit = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 48 && code <= 57);

/** A mandatory element: its text, or a finding when it is empty. */
export function requiredAt(
  { findings }: X12Reading,
  segment: Segment,
  element: number,
  what: string,
): string | undefined {
  const text = textAt(segment, element);
  if (text !== '') return text;
  return findings.reject(segment, {
    code: 'element_missing',
    message: `${elementName(segment, element)} is empty: ${what} is missing`,
    standardCode: '1',
    element,
  });
}

/** X12 writes `.5` and `5.`; everything else that is no plain decimal is refused, a plus sign and an exponent too. */
function decimalOf(text: string): string | undefined {
  if (isWholeNumber(text, 15)) return text;
  const plain = text.replace(/^(-?)\./, '$10.').replace(/\.$/, '');
  return isQuantityText(plain) ? plain : undefined;
}

/** Nothing but digits, one at least and `most` at most. */
function isWholeNumber(text: string, most: number): boolean {
  return text.length <= most && digitsIn(text, 0, text.length, false) === text.length;
}

const MINUS = 45;

/** A number that no stock depends on, such as what was ordered: undefined with a warning when it is none. */
export function numberAt({ findings }: X12Reading, segment: Segment, element: number): string | undefined {
  const text = textAt(segment, element);
  if (text === '') return undefined;
  const decimal = decimalOf(text);
  if (decimal === undefined) {
    findings.warn(segment, {
      code: 'number_malformed',
      message: `${elementName(segment, element)} is no number; it is left out`,
      standardCode: '6',
      element,
    });
  }
  return decimal;
}

/**
 * A mandatory decimal, signed as sent. `below` says what a negative one is: part of the format, or a fault that nothing
 * in the document explains.
 */
export function decimalAt(
  reading: X12Reading,
  segment: Segment,
  element: number,
  what: string,
  below: 'signed' | 'refused',
): string | undefined {
  const text = requiredAt(reading, segment, element, what);
  if (text === undefined) return undefined;
  const decimal = decimalOf(text);
  if (decimal === undefined) {
    return reading.findings.reject(segment, {
      code: 'quantity_not_numeric',
      message: `${elementName(segment, element)} is no decimal of at most 15 digits before and 6 after the point: ${what} cannot be read`,
      standardCode: '6',
      element,
    });
  }
  if (below === 'refused' && decimal.charCodeAt(0) === MINUS && quantityFrom(decimal) < 0n) {
    return reading.findings.reject(segment, {
      code: 'quantity_negative',
      message: `${elementName(segment, element)} is negative: ${what} has no sign, a reversal is said by its own code`,
      standardCode: '6',
      element,
    });
  }
  return decimal;
}

/**
 * A mandatory unit. The standard's codes have two characters; a longer word such as `CASE` is taken with a warning, for the
 * profile may know it. A lone digit is what files with shifted elements have there.
 */
export function unitAt(reading: X12Reading, segment: Segment, element: number): string | undefined {
  const unit = textAt(segment, element);
  if (unit === '') {
    return reading.findings.reject(segment, {
      code: 'unit_missing',
      message: `${elementName(segment, element)} is empty: a quantity without its unit cannot be used`,
      standardCode: '1',
      element,
    });
  }
  if (isCodeOfTwo(unit) || /^[A-Z0-9]{2}$/i.test(unit)) return unit;
  if (/^[A-Z][A-Z ]{2,}$/i.test(unit)) {
    reading.findings.warn(segment, {
      code: 'unit_not_a_code',
      message: `${elementName(segment, element)} is no unit code of two characters; its word is taken as it is`,
      standardCode: '5',
      element,
    });
    return unit;
  }
  return reading.findings.reject(segment, {
    code: 'unit_malformed',
    message: `${elementName(segment, element)} is no unit; are the elements shifted?`,
    standardCode: '7',
    element,
  });
}

/** A mandatory quantity with its unit. */
export function quantityAt(
  reading: X12Reading,
  segment: Segment,
  element: number,
  unitElement: number,
  what: string,
  below: 'signed' | 'refused' = 'refused',
): Quantity | undefined {
  const value = decimalAt(reading, segment, element, what, below);
  const unit = unitAt(reading, segment, unitElement);
  return value === undefined || unit === undefined ? undefined : { value, unit };
}

const PURPOSES: ReadonlyMap<string, WarehouseDocument['purpose']> = new Map<
  string,
  WarehouseDocument['purpose']
>(
  Object.entries({
    '': 'original',
    '00': 'original',
    '02': 'original',
    '06': 'original',
    '14': 'original',
    '15': 'original',
    '20': 'original',
    '25': 'original',
    '49': 'original',
    '01': 'cancel',
    '03': 'cancel',
    '17': 'cancel',
    '05': 'replace',
    '18': 'replace',
    '41': 'replace',
    CO: 'replace',
    '07': 'duplicate',
    '22': 'duplicate',
    '16': 'simulation',
    '24': 'simulation',
    '77': 'simulation',
  }),
);

/**
 * What element 353 makes of the document. `04` (change) is refused where documents move stock: it does not say whether the
 * lines it leaves out still stand.
 */
export function purposeAt(
  { findings }: X12Reading,
  segment: Segment,
  element: number,
): WarehouseDocument['purpose'] {
  const code = textAt(segment, element);
  const purpose = PURPOSES.get(code);
  if (purpose !== undefined) return purpose;
  findings.reject(segment, {
    code: 'purpose_unclear',
    message: `${elementName(segment, element)}: with this purpose it is not certain what becomes of an earlier document of the same number`,
    standardCode: '7',
    element,
  });
  return 'original';
}

/** The exact sum of decimals that were read before, in its shortest form. */
export function sumText(values: readonly string[]): string {
  let small = 0;
  let rest = 0n;
  for (const value of values) {
    const number = wholeNumberOf(value, 9);
    // A document has too few lines to bring such numbers beyond what is exact.
    if (number >= 0) small += number;
    else rest += quantityFrom(value);
  }
  return rest === 0n
    ? String(small)
    : quantityText(sum(wholeQuantity(BigInt(small)), rest as ReturnType<typeof quantityFrom>));
}

/** Compares a declared total with what the lines add up to, in its shortest form; what a difference is, the profile says. */
export function checkTotal(
  { findings, options }: X12Reading,
  segment: Segment,
  element: number,
  expected: readonly string[],
  what: string,
): void {
  const text = textAt(segment, element);
  if (options.totals === 'ignore' || text === '') return;
  const declared = decimalOf(text);
  if (declared !== undefined && (expected.includes(declared) || expected.includes(sumText([declared]))))
    return;
  const fault = {
    code: 'total_mismatch',
    message: `${elementName(segment, element)} does not agree: ${what} is ${expected[0]}`,
    standardCode: '7',
    element,
  };
  if (options.totals === 'reject') findings.reject(segment, fault);
  else findings.warn(segment, fault);
}
