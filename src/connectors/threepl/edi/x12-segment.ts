// One X12 segment, divided where its window says; text is made of an element only when somebody asks. Values leave as UTF-8, or
// as Windows-1252 where a segment is not valid UTF-8.
import type { Segment } from './segment.ts';
import type { X12SegmentRule } from './x12-dictionary.ts';
import type { X12Tag } from './x12-tags.ts';
import { textBetween } from './x12-text.ts';
import { BLANK_AT_END, COUNT_SHIFT, NOT_PLAIN, PLACE_SHIFT, type X12Window } from './x12-window.ts';

const NOT_ASCII = /[\x80-\xff]/;
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const WINDOWS_1252 = new TextDecoder('windows-1252');
const BLANK = 32;

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

/** Its fields are plain ones: names with # cost more. */
export class X12Segment implements Segment {
  readonly known: X12Tag;
  readonly position: number;
  readonly window: X12Window;
  /** Where its window has the places of its elements. */
  readonly at: number;

  constructor(tag: X12Tag, position: number, window: X12Window, at: number) {
    this.known = tag;
    this.position = position;
    this.window = window;
    this.at = at;
  }

  get tag(): string {
    return this.known.text;
  }

  /** What the dictionary says of its tag. */
  get rule(): X12SegmentRule | undefined {
    return this.known.rule;
  }

  get offset(): number {
    return this.window.base + this.window.start(this.at);
  }

  get count(): number {
    return this.window.count(this.at);
  }

  raw(n: number): string {
    return rawOf(this.window, this.at, n);
  }

  element(n: number): string {
    return elementOf(this.window, this.at, n);
  }

  component(n: number, c: number): string {
    return componentOf(this.window, this.at, n, c);
  }
}

/** Element `n`, from 1, of the segment at `at`: its first component's first repetition, without blanks at its end. */
export function elementOf(window: X12Window, at: number, n: number): string {
  const { places, text } = window;
  const known = places[at] ?? 0;
  if (n < 1 || n > known >> COUNT_SHIFT) return '';
  if ((known & NOT_PLAIN) !== 0) return componentOf(window, at, n, 1);
  const start = ((places[at + n + 1] ?? 0) >> PLACE_SHIFT) + 1;
  const last = places[at + n + 2] ?? 0;
  let end = last >> PLACE_SHIFT;
  if ((last & BLANK_AT_END) !== 0) while (end > start && text.charCodeAt(end - 1) === BLANK) end -= 1;
  return textBetween(text, start, end);
}

function componentOf(window: X12Window, at: number, n: number, c: number): string {
  const raw = rawOf(window, at, n);
  if (raw === '') return '';
  const { component, repetition } = window.dividing.delimiters;
  const first = repetition !== undefined && raw.includes(repetition) ? firstOf(raw, repetition) : raw;
  if (!first.includes(component)) return c === 1 ? withoutBlankEnd(first) : '';
  return withoutBlankEnd(first.split(component)[c - 1] ?? '');
}

function rawOf(window: X12Window, at: number, n: number): string {
  if (n < 1 || n > window.count(at)) return '';
  if (!window.isLiteral(at)) return saidBy(window, at)[n] ?? '';
  const { places, text } = window;
  const start = ((places[at + n + 1] ?? 0) >> PLACE_SHIFT) + 1;
  return text.substring(start, (places[at + n + 2] ?? 0) >> PLACE_SHIFT);
}

/** Tag and elements, decoded and put together where their lines were broken. */
function saidBy(window: X12Window, at: number): readonly string[] {
  let said = window.said.get(at);
  if (said === undefined) {
    const { delimiters, wrapped } = window.dividing;
    const text = decoded(window.text.substring(window.start(at), window.end(at)));
    said = (wrapped ? text.replace(/[\r\n]/g, '') : text).split(delimiters.element);
    window.said.set(at, said);
  }
  return said;
}

const firstOf = (text: string, mark: string): string => text.slice(0, text.indexOf(mark));

/** Most values end in no blank, and cost nothing. */
const withoutBlankEnd = (text: string): string =>
  text.charCodeAt(text.length - 1) > 32 && text.charCodeAt(text.length - 1) < 127 ? text : text.trimEnd();
