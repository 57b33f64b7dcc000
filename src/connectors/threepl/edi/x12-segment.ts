// One X12 segment as a window on the bytes it came in, split only when somebody asks for an element. Text arrives as latin1,
// so that a place in it is a place in the file; values leave as UTF-8, or as Windows-1252 where they are not valid UTF-8.
import type { Delimiters, Segment } from './segment.ts';

const NOT_ASCII = /[\x80-\xff]/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const WINDOWS_1252 = new TextDecoder('windows-1252');

/** What is said by bytes that were read as latin1. */
export function decoded(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const bytes = Buffer.from(text, 'latin1');
  try {
    return UTF_8.decode(bytes);
  } catch {
    return WINDOWS_1252.decode(bytes);
  }
}

/** A portion of the file that segments are cut from, and how they are divided. */
export interface X12Window {
  readonly text: string;
  /** Of its first byte in the file. */
  readonly base: number;
  /** Nothing in it needs decoding. */
  readonly isAscii: boolean;
  readonly delimiters: Delimiters;
  /** The sender breaks lines at a fixed width, so that line breaks are no data. */
  readonly wrapped: boolean;
}

/** Its fields are plain ones: one is made for every segment of a file, and names with # cost a tenth of the reading. */
export class X12Segment implements Segment {
  readonly tag: string;
  readonly position: number;
  private readonly window: X12Window;
  private readonly start: number;
  private readonly end: number;
  private parts: readonly string[] | undefined;

  /** Of `window`, from `start` to before the terminator at `end`. */
  constructor(tag: string, position: number, window: X12Window, start: number, end: number) {
    this.tag = tag;
    this.position = position;
    this.window = window;
    this.start = start;
    this.end = end;
    this.parts = undefined;
  }

  get offset(): number {
    return this.window.base + this.start;
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
    const { component, repetition } = this.window.delimiters;
    const first = repetition !== undefined && raw.includes(repetition) ? firstOf(raw, repetition) : raw;
    if (!first.includes(component)) return c === 1 ? withoutBlankEnd(first) : '';
    return withoutBlankEnd(first.split(component)[c - 1] ?? '');
  }

  #split(): readonly string[] {
    this.parts ??= this.#text().split(this.window.delimiters.element);
    return this.parts;
  }

  #text(): string {
    const sent = this.window.text.substring(this.start, this.end);
    const text = this.window.isAscii ? sent : decoded(sent);
    return this.window.wrapped ? text.replace(/[\r\n]/g, '') : text;
  }
}

const firstOf = (text: string, mark: string): string => text.slice(0, text.indexOf(mark));

/** Most values end in no blank, and cost nothing. */
const withoutBlankEnd = (text: string): string =>
  text.charCodeAt(text.length - 1) > 32 && text.charCodeAt(text.length - 1) < 127 ? text : text.trimEnd();
