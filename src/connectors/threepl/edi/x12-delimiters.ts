// Where an X12 interchange says which characters divide it: its first 106. Knows the bent headers that partners send
// (padding collapsed, lines wrapped inside); refuses delimiters that cannot divide. Text here is latin1: one character, one byte.
import type { Delimiters } from './segment.ts';

/** Longer than any header, wrapped and indented ones too. */
export const HEADER_BYTES = 400;
const HEADER_ELEMENTS = 16;
/** Of the separators before each element, and the one before ISA16, in a header of full width. */
const SEPARATOR_PLACES = [3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103];
const COMPONENT_PLACE = 104;

export interface X12Header {
  readonly delimiters: Delimiters;
  /** ISA01 to ISA16, as sent. */
  readonly elements: readonly string[];
  /** Bytes up to and with the terminator. */
  readonly length: number;
  readonly form: 'exact' | 'wrapped' | 'collapsed';
  /** Why these delimiters cannot be used, with element I18's code. */
  readonly fault?: { readonly message: string; readonly standardCode: string };
}

/** The header at the start of `text`, or undefined when what stands there is none. */
export function x12HeaderOf(text: string): X12Header | undefined {
  const separator = text.charAt(3);
  if (!text.startsWith('ISA') || separator === '') return undefined;
  return fullWidth(text, separator) ?? wrapped(text, separator) ?? collapsed(text, separator);
}

function fullWidth(text: string, separator: string): X12Header | undefined {
  return isFullWidth(text, separator) ? headerOf(text, separator, COMPONENT_PLACE, 'exact') : undefined;
}

function isFullWidth(text: string, separator: string): boolean {
  if (text.length <= COMPONENT_PLACE + 1 || /[\r\n]/.test(text.slice(0, COMPONENT_PLACE + 1))) return false;
  return (
    SEPARATOR_PLACES.every((place) => text.charAt(place) === separator) &&
    text.slice(0, COMPONENT_PLACE).split(separator).length === HEADER_ELEMENTS + 1
  );
}

/** Some systems break every line at 80 columns, inside the header too. */
function wrapped(text: string, separator: string): X12Header | undefined {
  let logical = '';
  let place = 0;
  for (; place < text.length && logical.length <= COMPONENT_PLACE; place += 1) {
    const character = text.charAt(place);
    if (character !== '\r' && character !== '\n') logical += character;
  }
  if (place === logical.length || !isFullWidth(`${logical}~`, separator)) return undefined;
  const header = headerOf(`${logical}${text.slice(place)}`, separator, COMPONENT_PLACE, 'wrapped');
  return header && { ...header, length: header.length + place - logical.length };
}

function collapsed(text: string, separator: string): X12Header | undefined {
  let place = -1;
  for (let element = 1; element <= HEADER_ELEMENTS; element += 1) {
    place = text.indexOf(separator, place + 1);
    if (place < 0 || place > HEADER_BYTES) return undefined;
  }
  return headerOf(text, separator, place + 1, 'collapsed');
}

function headerOf(
  text: string,
  separator: string,
  componentPlace: number,
  form: X12Header['form'],
): X12Header | undefined {
  const component = text.charAt(componentPlace);
  const elements = [...text.slice(0, componentPlace).split(separator).slice(1, -1), component];
  const terminator = terminatorAt(text, componentPlace + 1);
  if (terminator === '' || elements.length !== HEADER_ELEMENTS) return undefined;
  const repetition = repetitionOf(elements[10] ?? '', elements[11] ?? '');
  const delimiters: Delimiters = {
    element: separator,
    component,
    ...(repetition === undefined ? {} : { repetition }),
    segment: terminator,
    decimal: '.',
  };
  const fault = faultOf(delimiters);
  return {
    delimiters,
    elements,
    length: componentPlace + 1 + terminator.length,
    form,
    ...(fault === undefined ? {} : { fault }),
  };
}

/** The whole of a UTF-8 character counts as the terminator: an ellipsis is three bytes. */
function terminatorAt(text: string, place: number): string {
  const lead = text.charCodeAt(place);
  const follow = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc2 ? 1 : 0;
  const rest = text.slice(place + 1, place + 1 + follow);
  return /^[\x80-\xbf]*$/.test(rest) && rest.length === follow
    ? text.slice(place, place + 1 + follow)
    : text.charAt(place);
}

/** ISA11 divides repetitions from version 00402 on; before, it names a standard, and holds anything in the wild. */
const repetitionOf = (isa11: string, isa12: string): string | undefined =>
  /^\d{5}$/.test(isa12) && isa12 >= '00402' && isa11.length === 1 && !/[A-Za-z0-9 ]/.test(isa11)
    ? isa11
    : undefined;

function faultOf(delimiters: Delimiters): X12Header['fault'] {
  const { element, component, repetition, segment } = delimiters;
  if (/[A-Za-z0-9 \r\n\x80-\xff]/.test(element))
    return { message: 'The element separator cannot separate.', standardCode: '026' };
  if (/[A-Za-z0-9 \r\n\x80-\xff]/.test(component))
    return { message: 'The component separator cannot separate.', standardCode: '027' };
  if (repetition !== undefined && /[\r\n\x80-\xff]/.test(repetition))
    return { message: 'The repetition separator cannot separate.', standardCode: '026' };
  if (/^[A-Za-z0-9 ]/.test(segment))
    return { message: 'The segment terminator cannot end a segment.', standardCode: '004' };
  const all = [element, component, segment, ...(repetition === undefined ? [] : [repetition])];
  if (new Set(all).size !== all.length)
    return { message: 'Two delimiters are the same character.', standardCode: '026' };
  return undefined;
}

const BARE = /^ST([^A-Za-z0-9 \r\n\x80-\xff])\d{3}\1[A-Za-z0-9]{1,9}(?:\1[A-Za-z0-9]*)?([^A-Za-z0-9 ])/;

/** Delimiters of a document that stands without an envelope, read off its ST segment; nothing there names a component separator. */
export function bareDelimitersOf(text: string): Delimiters | undefined {
  const match = BARE.exec(text);
  if (!match) return undefined;
  const [whole, element = '*'] = match;
  const segment = terminatorAt(text, whole.length - 1);
  if (segment === element) return undefined;
  const component = ['>', ':', '<'].find((mark) => mark !== element && mark !== segment) ?? '>';
  return { element, component, segment, decimal: '.' };
}
