// The tags of segments, each made once and found again by its characters: making text of every segment's tag would cost more
// than all else that is done with most of them. A tag that can be none is answered as such, and judged by whoever asked.
import { DICTIONARY_TAGS, segmentRuleOf, type X12SegmentRule } from './x12-dictionary.ts';
import { uniqueText } from './x12-text.ts';
import type { X12Window } from './x12-window.ts';

/** A tag as segments have it, with what the dictionary says of them. */
export interface X12Tag {
  readonly text: string;
  readonly rule: X12SegmentRule | undefined;
  /** It can be one at all. */
  readonly isValid: boolean;
  /** It begins or ends an envelope or a document. */
  readonly isEnvelope: boolean;
  /** As in `bitOf`. */
  readonly bit: number;
  /** Its length and characters as a number; -1 where it can be no tag. */
  readonly key: number;
}

export const TAG = /^[A-Z][A-Z0-9]{1,2}$/;
const LONGEST = 20;
const ENVELOPE: readonly string[] = ['GS', 'ST', 'SE', 'GE', 'IEA'];

/**
 * One of 32 bits. Several tags share one, so that a missing bit is certain and another is not; the segments that most lines
 * have share no bit with those that few have.
 */
export const bitOf = (tag: string): number =>
  tag === '' ? 1 : 1 << ((tag.charCodeAt(0) * 5 + tag.charCodeAt(tag.length - 1) * 17) & 31);

/** The tag that a text says; '' is none. */
export function tagFrom(text: string): X12Tag {
  const isValid = TAG.test(text);
  const key = Array.from(text).reduce((all, mark) => all * 256 + mark.charCodeAt(0), text.length);
  const isEnvelope = ENVELOPE.includes(text);
  return { text, rule: segmentRuleOf(text), isValid, isEnvelope, bit: bitOf(text), key: isValid ? key : -1 };
}

/** The dictionary's own and those named here, because comparing them with others costs least. */
const USUAL: readonly X12Tag[] = [...DICTIONARY_TAGS, ...ENVELOPE, 'TA1'].map(tagFrom);

const ROOM = 1024;
/** Chosen so that none of the usual tags has the place of another. */
const placeOf = (key: number): number => (Math.imul(key, 1071) >>> 10) & (ROOM - 1);

export class X12Tags {
  /** Each tag at the place of its key, until another comes that has the same. */
  readonly #tags: X12Tag[] = new Array<X12Tag>(ROOM).fill(tagFrom(''));

  constructor() {
    for (const tag of USUAL) this.#tags[placeOf(tag.key)] = tag;
  }

  /** Of the segment at `at` of a window on `bytes`. */
  tagOf(bytes: Uint8Array, window: X12Window, at: number): X12Tag {
    const start = window.start(at);
    const length = window.tagEnd(at) - start;
    if (length === 2 || length === 3) {
      const two = (length * 256 + (bytes[start] ?? 0)) * 256 + (bytes[start + 1] ?? 0);
      const key = length === 2 ? two : two * 256 + (bytes[start + 2] ?? 0);
      const known = this.#tags[placeOf(key)];
      if (known?.key === key) return known;
    }
    return this.#newTag(window.text.substring(start, start + length), window.dividing.wrapped);
  }

  #newTag(sent: string, wrapped: boolean): X12Tag {
    const tag = tagFrom(uniqueText((wrapped ? sent.replace(/[\r\n]/g, '') : sent).slice(0, LONGEST)));
    if (tag.isValid && tag.text === sent) this.#tags[placeOf(tag.key)] = tag;
    return tag;
  }
}
