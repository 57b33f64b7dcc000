// One X12 segment as a window on the bytes it came in, divided only when somebody asks for an element. Text arrives as latin1,
// so that a place in it is a place in the file; values leave as UTF-8, or as Windows-1252 where they are not valid UTF-8.
import type { Delimiters, Segment } from './segment.ts';
import { X12Division } from './x12-division.ts';

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

/** How the segments of an interchange are divided. */
export interface X12Dividing {
  readonly delimiters: Delimiters;
  /** The sender breaks lines at a fixed width, so that line breaks are no data. */
  readonly wrapped: boolean;
}

/** A portion of the file that segments are cut from, and how they are divided. */
export class X12Window {
  readonly text: string;
  /** Of its first byte in the file. */
  readonly base: number;
  readonly delimiters: Delimiters;
  readonly wrapped: boolean;
  /** What stands there is what is said: nothing in it needs decoding, and no line break is to be taken out. */
  readonly isLiteral: boolean;
  readonly division: X12Division;

  constructor(text: string, base: number, isAscii: boolean, { delimiters, wrapped }: X12Dividing) {
    this.text = text;
    this.base = base;
    this.delimiters = delimiters;
    this.wrapped = wrapped;
    this.isLiteral = isAscii && !wrapped;
    this.division = new X12Division(delimiters, text.length);
  }
}

/** Its fields are plain ones: one is made for every segment of a file, and names with # cost a tenth of the reading. */
export class X12Segment implements Segment {
  readonly tag: string;
  readonly position: number;
  private readonly window: X12Window;
  private readonly start: number;
  private readonly end: number;
  /** What it says, where that had to be decoded. */
  private said: string | undefined;
  /** Where the window's division has its places; -1 until somebody asks. */
  private at: number;

  /** Of `window`, from `start` to before the terminator at `end`. */
  constructor(tag: string, position: number, window: X12Window, start: number, end: number) {
    this.tag = tag;
    this.position = position;
    this.window = window;
    this.start = start;
    this.end = end;
    this.said = undefined;
    this.at = -1;
  }

  get offset(): number {
    return this.window.base + this.start;
  }

  get count(): number {
    const at = this.divided();
    return this.window.division.count(at);
  }

  raw(n: number): string {
    const at = this.divided();
    return this.window.division.raw(at, this.text, n);
  }

  element(n: number): string {
    const at = this.divided();
    const { division } = this.window;
    return division.isPlain(at) ? division.plain(at, this.text, n) : this.component(n, 1);
  }

  component(n: number, c: number): string {
    const raw = this.raw(n);
    if (raw === '') return '';
    const { component, repetition } = this.window.delimiters;
    const first = repetition !== undefined && raw.includes(repetition) ? firstOf(raw, repetition) : raw;
    if (!first.includes(component)) return c === 1 ? withoutBlankEnd(first) : '';
    return withoutBlankEnd(first.split(component)[c - 1] ?? '');
  }

  /** Where the division of its window has the places of its elements. */
  divided(): number {
    if (this.at < 0) this.at = this.#divide();
    return this.at;
  }

  get division(): X12Division {
    return this.window.division;
  }

  /** What the places of its elements are places in. */
  get text(): string {
    return this.said ?? this.window.text;
  }

  #divide(): number {
    const { text, wrapped, isLiteral, division } = this.window;
    if (isLiteral) return division.divide(text, this.start, this.end);
    const said = decoded(text.substring(this.start, this.end));
    this.said = wrapped ? said.replace(/[\r\n]/g, '') : said;
    return division.divide(this.said, 0, this.said.length);
  }
}

const firstOf = (text: string, mark: string): string => text.slice(0, text.indexOf(mark));

/** Most values end in no blank, and cost nothing. */
const withoutBlankEnd = (text: string): string =>
  text.charCodeAt(text.length - 1) > 32 && text.charCodeAt(text.length - 1) < 127 ? text : text.trimEnd();
