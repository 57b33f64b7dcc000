// One portion of a file as text, and where its segments and their elements stand in it: found in a single pass over the bytes
// and kept as numbers, because the envelope, validating and reading all want them. What elements mean is not known here.
import type { Delimiters } from './segment.ts';

const BLANK = 32;
const DELETE = 127;
const FIRST_BEYOND_ASCII = 128;

/** Of one element, in the low bits of the place where it ends: something else than digits, a blank at its end. */
export const NOT_DIGITS = 1;
export const BLANK_AT_END = 2;
const OF_ELEMENT = NOT_DIGITS | BLANK_AT_END;
/** The place itself stands above them; a text has fewer than 2^29 characters. */
export const PLACE_SHIFT = 2;

/** Of a segment: it holds more than printable ASCII without components and repetitions, a line break, bytes beyond ASCII. */
export const NOT_PLAIN = 4;
export const BREAK = 8;
const BEYOND_ASCII = 16;
const OF_SEGMENT = BLANK_AT_END | NOT_PLAIN | BREAK | BEYOND_ASCII;
/** The number of elements stands above them. */
export const COUNT_SHIFT = 5;

/** What ends an element or may end a segment, and nothing else. */
const MARK = 32;

/** How the segments of an interchange are divided. */
export class X12Dividing {
  readonly delimiters: Delimiters;
  /** The sender breaks lines at a fixed width, so that line breaks are no data. */
  readonly wrapped: boolean;
  /** What each byte says of the element and the segment that holds it. */
  readonly kinds: Uint8Array;
  readonly terminator: Uint8Array;
  readonly separator: number;

  constructor(delimiters: Delimiters, wrapped: boolean) {
    this.delimiters = delimiters;
    this.wrapped = wrapped;
    this.terminator = Buffer.from(delimiters.segment, 'latin1');
    this.kinds = Uint8Array.from({ length: 256 }, (_, byte) => kindOf(byte));
    const { element, component, repetition = element } = delimiters;
    this.separator = element.charCodeAt(0);
    for (const mark of [component, repetition]) this.kinds[mark.charCodeAt(0)] = NOT_PLAIN | NOT_DIGITS;
    for (const mark of [element, delimiters.segment]) this.kinds[mark.charCodeAt(0)] = MARK;
  }
}

function kindOf(byte: number): number {
  if (byte >= 48 && byte <= 57) return 0;
  if (byte >= FIRST_BEYOND_ASCII) return NOT_DIGITS | NOT_PLAIN | BEYOND_ASCII;
  if (byte === 10 || byte === 13) return NOT_DIGITS | NOT_PLAIN | BREAK;
  return byte < BLANK || byte === DELETE ? NOT_DIGITS | NOT_PLAIN : NOT_DIGITS;
}

export class X12Window {
  /** As latin1, so that a place in it is a place in the file. */
  readonly text: string;
  /** Of its first byte in the file. */
  readonly base: number;
  readonly dividing: X12Dividing;
  /**
   * For the segment at `at`: the number of its elements and what is to be known of it; then the places of the separators
   * before the tag (as if one stood there) and before each element, and the place of its end.
   */
  places: Int32Array;
  /** Where the places of the next segment will stand. */
  used = 0;
  /** What segments say that had to be decoded, once somebody asked. */
  readonly said = new Map<number, readonly string[]>();

  /** `room` is for how many places there is room at first. */
  constructor(text: string, base: number, dividing: X12Dividing, room: number) {
    this.text = text;
    this.base = base;
    this.dividing = dividing;
    this.places = new Int32Array(Math.max(room, LEAST_ROOM));
  }

  /**
   * Divides the segments that begin at `start` of `bytes`, which are those of the text up to `length`, with one separator
   * behind them. Stops behind the last that is whole, and where the next may be divided in another way: behind SE and IEA,
   * before ISA, and behind a segment with a line break in it.
   */
  divide(bytes: Uint8Array, start: number, length: number): void {
    const { kinds, terminator, separator } = this.dividing;
    const { places } = this;
    let at = this.used;
    let next = at + 1;
    let place = start;
    let element = 0;
    let segment = 0;
    places[next] = (start - 1) << PLACE_SHIFT;
    while (next + LEAST_ROOM < places.length) {
      let byte = bytes[place] ?? 0;
      let kind = kinds[byte] ?? 0;
      // Needs no look at the length, because of the separator behind the last byte.
      while (kind < MARK) {
        element |= kind;
        place += 1;
        byte = bytes[place] ?? 0;
        kind = kinds[byte] ?? 0;
      }
      if (place >= length) return;
      if (byte !== separator && terminator.length > 1 && !isAt(bytes, place, length, terminator)) {
        element |= kindOf(byte);
        place += 1;
        continue;
      }
      if (bytes[place - 1] === BLANK) element |= BLANK_AT_END;
      next += 1;
      places[next] = (place << PLACE_SHIFT) | (element & OF_ELEMENT);
      segment |= element;
      element = 0;
      if (byte === separator) {
        place += 1;
        continue;
      }
      places[at] = ((next - at - 2) << COUNT_SHIFT) | (segment & OF_SEGMENT);
      const tag = this.start(at);
      place += terminator.length;
      at = next + 1;
      this.used = at;
      while (isBlank(bytes[place])) place += 1;
      if (place >= length) return;
      if ((segment & BREAK) !== 0 || isLast(bytes, tag) || isHeader(bytes, place)) return;
      segment = 0;
      next = at + 1;
      places[next] = (place - 1) << PLACE_SHIFT;
    }
    this.widen();
    this.divide(bytes, this.start(at), length);
  }

  /** Of the first character of its tag. */
  start(at: number): number {
    return ((this.places[at + 1] ?? 0) >> PLACE_SHIFT) + 1;
  }

  /** After the last character of its tag. */
  tagEnd(at: number): number {
    return (this.places[at + 2] ?? 0) >> PLACE_SHIFT;
  }

  /** Of its terminator. */
  end(at: number): number {
    return (this.places[at + this.count(at) + 2] ?? 0) >> PLACE_SHIFT;
  }

  /** Of the terminator of the segment whose places stand before `at`. */
  endBefore(at: number): number {
    return (this.places[at - 1] ?? 0) >> PLACE_SHIFT;
  }

  /** Elements after the tag. */
  count(at: number): number {
    return (this.places[at] ?? 0) >> COUNT_SHIFT;
  }

  /** Where the places of the segment after it stand. */
  after(at: number): number {
    return at + this.count(at) + 3;
  }

  hasBreak(at: number): boolean {
    return ((this.places[at] ?? 0) & BREAK) !== 0;
  }

  /** What stands there is what is said: nothing in it needs decoding, and no line break is to be taken out. */
  isLiteral(at: number): boolean {
    const known = this.places[at] ?? 0;
    return (known & BEYOND_ASCII) === 0 && !(this.dividing.wrapped && (known & BREAK) !== 0);
  }

  private widen(): void {
    const wider = new Int32Array(this.places.length * 2);
    wider.set(this.places);
    this.places = wider;
  }
}

const LEAST_ROOM = 8;

export const isBlank = (byte: number | undefined): boolean =>
  byte === BLANK || byte === 10 || byte === 13 || byte === TAB;

/** Whether SE or IEA begins there, or a tag that begins like them. */
const isLast = (bytes: Uint8Array, place: number): boolean =>
  (bytes[place] === LETTER_S && bytes[place + 1] === LETTER_E) ||
  (bytes[place] === LETTER_I && bytes[place + 1] === LETTER_E);
const isHeader = (bytes: Uint8Array, place: number): boolean =>
  bytes[place] === LETTER_I && bytes[place + 1] === LETTER_S;

const TAB = 9;
const LETTER_E = 69;
const LETTER_I = 73;
const LETTER_S = 83;

function isAt(bytes: Uint8Array, place: number, length: number, mark: Uint8Array): boolean {
  if (place + mark.length > length) return false;
  for (let index = 0; index < mark.length; index += 1) if (bytes[place + index] !== mark[index]) return false;
  return true;
}
