// Divides a transaction set into its header, its lines and its closing segments. Only the nesting is known here:
// what the segments mean is the readers' business.
import type { EdiDocument, Segment } from '../edi/segment.ts';
import { RisingTexts } from '../edi/x12-rising.ts';
import { segmentsOf, type X12Segments } from '../edi/x12-segments.ts';
import { bitOf } from '../edi/x12-tags.ts';

/** What is looked through for the details of a line. */
export interface LineParts {
  /** The segment that makes the line, such as W12. */
  readonly head: Segment;
  /** What follows it and belongs to it. */
  readonly body: readonly Segment[];
  /** What stands between the enclosing LX and its first line, LX included: it holds for every line in that loop. */
  readonly around: readonly Segment[];
}

/** One line, as places among the segments of its document: lists are made of them only for whoever asks. */
export class LineLoop implements LineParts {
  readonly segments: X12Segments;
  readonly head: Segment;
  /** From 1. */
  readonly place: number;
  readonly bodyFrom: number;
  readonly bodyEnd: number;
  readonly aroundFrom: number;
  readonly aroundEnd: number;

  /** Its head stands before `bodyFrom`; the ends are not included. */
  constructor(
    segments: X12Segments,
    head: Segment,
    place: number,
    bodyFrom: number,
    bodyEnd: number,
    aroundFrom: number,
    aroundEnd: number,
  ) {
    this.segments = segments;
    this.head = head;
    this.place = place;
    this.bodyFrom = bodyFrom;
    this.bodyEnd = bodyEnd;
    this.aroundFrom = aroundFrom;
    this.aroundEnd = aroundEnd;
  }

  get body(): readonly Segment[] {
    return this.segments.all.slice(this.bodyFrom, this.bodyEnd);
  }

  get around(): readonly Segment[] {
    return this.segments.all.slice(this.aroundFrom, this.aroundEnd);
  }
}

export interface Loops {
  readonly header: readonly Segment[];
  readonly lines: readonly LineLoop[];
  readonly closing: readonly Segment[];
}

/**
 * Cuts a document at each `lineTag`. Lines may stand inside LX loops or without: writers do both in every version.
 * An LX between LS and LE belongs to the line it stands in.
 *
 * @param enclosing `LX` where that segment begins a new loop of lines; '' where an LX is part of a line
 * @param closingTags segments that end the last line, such as W03 and SE
 */
export function loopsOf(
  document: EdiDocument,
  lineTag: string,
  enclosing: string,
  closingTags: ClosingTags,
): Loops {
  const segments = segmentsOf(document);
  const { tags } = segments;
  const closing: Segment[] = [];
  const lines: LineLoop[] = [];
  const marks =
    NESTING | bitOf(lineTag) | bitOf(enclosing) | bitOf(closingTags[0]) | bitOf(closingTags[1] ?? '');
  let header = NO_SEGMENTS;
  let aroundFrom = 0;
  let aroundEnd = 0;
  let kind: Part = 'header';
  let from = 0;
  let nested = 0;
  // One more than there are: it ends the last part.
  for (let index = 0; index <= tags.length; index += 1) {
    const { text: tag = '', bit = marks } = tags[index] ?? {};
    if ((bit & marks) === 0) continue;
    const begun = index === tags.length ? 'closing' : partBegunBy(tag, lineTag, enclosing, closingTags);
    if (begun === undefined || (begun === 'around' && nested > 0)) {
      if (tag === 'LS') nested += 1;
      else if (tag === 'LE') nested = Math.max(0, nested - 1);
      continue;
    }
    if (kind === 'body') {
      const head = segments.at(from);
      if (head)
        lines.push(new LineLoop(segments, head, lines.length + 1, from + 1, index, aroundFrom, aroundEnd));
    } else if (kind === 'header') header = segments.slice(0, index);
    else if (kind === 'closing') for (const segment of segments.slice(from, index)) closing.push(segment);
    else {
      aroundFrom = from;
      aroundEnd = index;
    }
    kind = begun;
    from = index;
    if (begun !== 'around') nested = 0;
  }
  return { header, lines, closing };
}

type ClosingTags = readonly [string, string?];
type Part = 'header' | 'around' | 'body' | 'closing';
/** As in `bitOf`, of LS and LE. */
const NESTING = bitOf('LS') | bitOf('LE');
const NO_SEGMENTS: readonly Segment[] = [];

/** What begins with a segment of this tag, outside LS and LE. */
function partBegunBy(
  tag: string,
  lineTag: string,
  enclosing: string,
  closingTags: ClosingTags,
): Part | undefined {
  if (tag === closingTags[0] || tag === closingTags[1]) return 'closing';
  if (tag === lineTag) return 'body';
  return tag === enclosing ? 'around' : undefined;
}

/** The first segment with this tag, and this first element if one is named. */
export function segmentOf(segments: readonly Segment[], tag: string, first?: string): Segment | undefined {
  for (let index = 0; index < segments.length; index += 1) {
    const segment = segments[index];
    if (segment?.tag === tag && (first === undefined || segment.element(1) === first)) return segment;
  }
  return undefined;
}

/** A name for each line that no other line of the document has; what comes twice gets its occurrence behind it. */
export function lineNames(): (wanted: string) => string {
  const occurrences = new Map<string, number>();
  const rising = new RisingTexts((name) => occurrences.set(name, 1));
  return (wanted) => {
    if (rising.isRising(wanted)) return wanted;
    let occurrence = (occurrences.get(wanted) ?? 0) + 1;
    let name = occurrence === 1 ? wanted : `${wanted}#${occurrence}`;
    while (occurrence > 1 && occurrences.has(name)) {
      occurrence += 1;
      name = `${wanted}#${occurrence}`;
    }
    occurrences.set(wanted, occurrence);
    if (name !== wanted) occurrences.set(name, 1);
    return name;
  };
}
