// The segments of one document, in order: their tags, and where their window has their places. A segment is made of them only
// for whoever asks for one, because most are looked at by tag and element alone. Judges nothing.
import type { EdiDocument, Segment } from './segment.ts';
import { elementOf, X12Segment } from './x12-segment.ts';
import { tagFrom, type X12Tag, type X12Tags } from './x12-tags.ts';
import { isUnremarkable } from './x12-unremarkable.ts';
import { BREAK, COUNT_SHIFT, PLACE_SHIFT, type X12Window } from './x12-window.ts';

export class X12Segments {
  readonly tags: readonly X12Tag[];
  /** Where the window of each has the places of its elements. */
  readonly places: readonly number[];
  /** Those of other windows than the last, or of none: made, because a document seldom has any. */
  private readonly made: readonly Segment[];
  /** Of all the others; undefined when there are none. */
  readonly window: X12Window | undefined;
  /** The first of them. */
  readonly from: number;
  /** Which of them the dictionary may have something against; undefined where nobody looked. */
  readonly doubtful: readonly number[] | undefined;
  private listed: readonly Segment[] | undefined;

  constructor(
    tags: readonly X12Tag[],
    places: readonly number[],
    made: readonly Segment[],
    window: X12Window | undefined,
    doubtful: readonly number[] | undefined,
  ) {
    this.doubtful = doubtful;
    this.tags = tags;
    this.places = places;
    this.window = window;
    this.from = made.length;
    this.made = made;
  }

  /** Every segment as one; the same ones whenever it is asked. */
  get all(): readonly Segment[] {
    this.listed ??= this.between(0, this.tags.length);
    return this.listed;
  }

  /** Segment `index`, from 0. */
  at(index: number): Segment | undefined {
    return this.listed === undefined ? this.segmentAt(index) : this.listed[index];
  }

  slice(start: number, end: number): readonly Segment[] {
    return this.listed === undefined ? this.between(start, end) : this.listed.slice(start, end);
  }

  /** Element `n` of segment `index`, as the segment would say it. */
  element(index: number, n: number): string {
    const place = this.places[index];
    if (this.window === undefined || index < this.from || place === undefined)
      return this.made[index]?.element(n) ?? '';
    return elementOf(this.window, place, n);
  }

  /** Where segment `index` is divided; undefined for one that was not read from bytes. */
  windowOf(index: number): X12Window | undefined {
    if (index >= this.from) return this.window;
    const segment = this.made[index];
    return segment instanceof X12Segment ? segment.window : undefined;
  }

  private segmentAt(index: number): Segment | undefined {
    const tag = this.tags[index];
    const place = this.places[index];
    if (index < this.from || !tag || place === undefined || !this.window) return this.made[index];
    return new X12Segment(tag, index + 1, this.window, place);
  }

  private between(start: number, end: number): Segment[] {
    const segments: Segment[] = [];
    for (let index = start; index < end; index += 1) {
      const segment = this.segmentAt(index);
      if (segment) segments.push(segment);
    }
    return segments;
  }
}

/** The segments of a document that is still open; its lists are used again for the next, and never handed out. */
export class OpenSegments {
  private readonly tags: X12Tag[] = [];
  private readonly places: number[] = [];
  private made: Segment[] = [];
  private doubtful: number[] = [];
  private window: X12Window | undefined;
  private used = 0;

  get length(): number {
    return this.used;
  }

  add(tag: X12Tag, window: X12Window, place: number): void {
    if (window !== this.window) this.enter(window);
    if (!tag.isEnvelope) this.doubtful.push(this.used);
    this.tags[this.used] = tag;
    this.places[this.used] = place;
    this.used += 1;
  }

  /**
   * As many segments from `at` on as need no look: whole ones with a tag that can be one, none of an envelope, no longer than
   * `longest`, and `most` at most. Answers where the window has the places of the first that is left.
   */
  addRun(
    tags: X12Tags,
    bytes: Uint8Array,
    window: X12Window,
    at: number,
    most: number,
    longest: number,
  ): number {
    if (window !== this.window) this.enter(window);
    const { places, used } = window;
    const end = this.used + most;
    let next = at;
    let length = this.used;
    while (next < used && length < end) {
      const known = places[next] ?? 0;
      const after = next + (known >> COUNT_SHIFT) + 3;
      const tag = tags.tagOf(bytes, window, next);
      if (tag.isEnvelope || !tag.isValid || (known & BREAK) !== 0) break;
      if (((places[after - 1] ?? 0) >> PLACE_SHIFT) - ((places[next + 1] ?? 0) >> PLACE_SHIFT) > longest + 1)
        break;
      if (tag.rule === undefined || !isUnremarkable(window, next, tag.rule)) this.doubtful.push(length);
      this.tags[length] = tag;
      this.places[length] = next;
      length += 1;
      next = after;
    }
    this.used = length;
    return next;
  }

  /** All of them; none is left here. */
  close(): X12Segments {
    const tags = this.tags.slice(0, this.used);
    const segments = new X12Segments(
      tags,
      this.places.slice(0, this.used),
      this.made.length === 0 ? NO_SEGMENTS : this.made,
      this.window,
      this.doubtful.length === 0 ? NONE_DOUBTFUL : this.doubtful,
    );
    if (this.made.length > 0) this.made = [];
    if (this.doubtful.length > 0) this.doubtful = [];
    this.window = undefined;
    this.used = 0;
    return segments;
  }

  private enter(window: X12Window): void {
    const left = this.window;
    this.window = window;
    if (left === undefined) return;
    for (let index = this.made.length; index < this.used; index += 1) {
      const tag = this.tags[index];
      const place = this.places[index];
      if (tag && place !== undefined) this.made.push(new X12Segment(tag, index + 1, left, place));
    }
  }
}

const NO_SEGMENTS: readonly Segment[] = [];
const NONE_DOUBTFUL: readonly number[] = [];

/** A document that was read from bytes: its segments are made when somebody asks for them. */
export class X12Document implements EdiDocument {
  readonly syntax = 'x12';
  readonly interchange: EdiDocument['interchange'];
  readonly group: EdiDocument['group'];
  readonly type: string;
  readonly version: string;
  readonly control: string;
  readonly start: number;
  readonly end: number;
  readonly delimiters: EdiDocument['delimiters'];
  readonly findings: EdiDocument['findings'];
  readonly #segments: X12Segments;

  constructor(said: Omit<EdiDocument, 'syntax' | 'segments'>, segments: X12Segments) {
    this.interchange = said.interchange;
    this.group = said.group;
    this.type = said.type;
    this.version = said.version;
    this.control = said.control;
    this.start = said.start;
    this.end = said.end;
    this.delimiters = said.delimiters;
    this.findings = said.findings;
    this.#segments = segments;
  }

  get segments(): readonly Segment[] {
    return this.#segments.all;
  }

  static segmentsOf(document: EdiDocument): X12Segments {
    return #segments in document ? document.#segments : segmentsFrom(document.segments);
  }
}

/** The segments of any X12 document, without making those of one that was read from bytes. */
export const segmentsOf = (document: EdiDocument): X12Segments => X12Document.segmentsOf(document);

function segmentsFrom(segments: readonly Segment[]): X12Segments {
  return new X12Segments(
    segments.map(({ tag }) => tagFrom(tag)),
    segments.map((segment) => (segment instanceof X12Segment ? segment.at : 0)),
    segments,
    undefined,
    undefined,
  );
}
