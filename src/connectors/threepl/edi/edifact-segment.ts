// One EDIFACT segment as a window on the bytes it came in, split only when somebody asks for an element; and the scan that
// finds where it ends. Released characters are data. Knows nothing of envelopes.
import { type EdifactDivision, isLineBreak } from './edifact-delimiters.ts';
import type { Segment } from './segment.ts';

/** Turns bytes into text; chosen once for a file. */
export type Decode = (bytes: Uint8Array) => string;

export interface Window {
  readonly start: number;
  /** Before the terminator. */
  readonly end: number;
  /** Where the next segment may begin. */
  readonly next: number;
  readonly terminated: boolean;
  /** Holds line breaks that are no data. */
  readonly wrapped: boolean;
  /** A control character that it holds, the worst of them; no character set of EDIFACT has any. */
  readonly control: number | undefined;
  /** Where an unreleased `'` stands although line breaks end the segments. */
  readonly mixedAt: number | undefined;
}

const TAB = 9;

/** The segment that starts at `start`; undefined when it is longer than `most` bytes. Linear in its length. */
export function windowAt(
  bytes: Uint8Array,
  start: number,
  division: EdifactDivision,
  most: number,
): Window | undefined {
  const { delimiters, newlines, named } = division;
  const terminator = delimiters.segment.charCodeAt(0);
  const release = delimiters.release?.charCodeAt(0) ?? -1;
  const dividers = [delimiters.element, delimiters.component, delimiters.segment, delimiters.release];
  const limit = Math.min(bytes.length, start + most + 1);
  let wrapped = false;
  let control: number | undefined;
  let mixedAt: number | undefined;
  let released = false;
  for (let i = start; i < limit; i += 1) {
    const byte = bytes[i] ?? 0;
    if (isLineBreak(byte)) {
      if (newlines) return { start, end: i, next: i + 1, terminated: true, wrapped, control, mixedAt };
      wrapped = true;
    } else if (released) released = false;
    else if (byte === release) released = true;
    else if (byte === terminator)
      return { start, end: i, next: i + 1, terminated: true, wrapped, control, mixedAt };
    else if (byte === 0x27 && newlines && !named) mixedAt = i;
    else if ((byte < 0x20 || byte === 0x7f) && !dividers.includes(String.fromCharCode(byte)))
      control = control === undefined || control === TAB ? byte : control;
  }
  if (limit < bytes.length || limit - start > most) return undefined;
  const end = bytes.length;
  return { start, end, next: end, terminated: false, wrapped, control, mixedAt };
}

export class EdifactSegment implements Segment {
  readonly tag: string;
  readonly offset: number;
  readonly position: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #wrapped: boolean;
  readonly #division: EdifactDivision;
  readonly #decode: Decode;
  #elements: readonly string[] | undefined;

  constructor(
    bytes: Uint8Array,
    window: Window,
    position: number,
    division: EdifactDivision,
    decode: Decode,
  ) {
    this.offset = window.start;
    this.position = position;
    this.#bytes = bytes;
    this.#end = window.end;
    this.#wrapped = window.wrapped;
    this.#division = division;
    this.#decode = decode;
    this.tag = this.#tag();
  }

  get count(): number {
    return this.#split().length - 1;
  }

  raw(n: number): string {
    return n > 0 ? (this.#split()[n] ?? '') : '';
  }

  element(n: number): string {
    return this.component(n, 1);
  }

  component(n: number, c: number): string {
    const raw = this.raw(n);
    if (raw === '') return '';
    const { component, repetition, release } = this.#division.delimiters;
    const first = repetition === undefined ? raw : (parted(raw, repetition, release)[0] ?? '');
    return unreleased(parted(first, component, release)[c - 1] ?? '', release).trimEnd();
  }

  /** Three letters in nearly every segment, and then nothing needs splitting to know them. */
  #tag(): string {
    const from = this.offset;
    const after = from + 3 === this.#end ? '' : String.fromCharCode(this.#bytes[from + 3] ?? 0);
    const { element, component, release } = this.#division.delimiters;
    if (!this.#wrapped && from + 3 <= this.#end && (after === '' || after === element))
      return String.fromCharCode(
        this.#bytes[from] ?? 0,
        this.#bytes[from + 1] ?? 0,
        this.#bytes[from + 2] ?? 0,
      );
    return unreleased(parted(this.#split()[0] ?? '', component, release)[0] ?? '', release).trimEnd();
  }

  #split(): readonly string[] {
    if (this.#elements === undefined) {
      const text = this.#decode(this.#bytes.subarray(this.offset, this.#end));
      const { element, release } = this.#division.delimiters;
      this.#elements = parted(this.#wrapped ? text.replace(/[\r\n]/g, '') : text, element, release);
    }
    return this.#elements;
  }
}

/** `text` divided at every `mark` that is not released; releases stay in place. */
function parted(text: string, mark: string, release: string | undefined): readonly string[] {
  if (!text.includes(mark)) return [text];
  if (release === undefined || !text.includes(release)) return text.split(mark);
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === release) i += 1;
    else if (text[i] === mark) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

function unreleased(text: string, release: string | undefined): string {
  if (release === undefined || !text.includes(release)) return text;
  let plain = '';
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === release) i += 1;
    plain += text[i] ?? '';
  }
  return plain;
}
