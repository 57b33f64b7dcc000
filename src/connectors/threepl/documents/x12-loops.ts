// Divides a transaction set into its header, its lines and its closing segments. Only the nesting is known here:
// what the segments mean is the readers' business.
import type { EdiDocument, Segment } from '../edi/segment.ts';

export interface LineLoop {
  /** The segment that makes the line, such as W12. */
  readonly head: Segment;
  /** What follows it and belongs to it. */
  readonly body: readonly Segment[];
  /** What stands between the enclosing LX and its first line, LX included: it holds for every line in that loop. */
  readonly around: readonly Segment[];
  /** From 1. */
  readonly place: number;
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
  closingTags: readonly string[],
): Loops {
  const header: Segment[] = [];
  const closing: Segment[] = [];
  const lines: LineLoop[] = [];
  let around: Segment[] = [];
  let current = header;
  let nested = 0;
  for (const segment of document.segments) {
    const { tag } = segment;
    if (closingTags.includes(tag)) {
      nested = 0;
      current = closing;
      closing.push(segment);
    } else if (tag === lineTag) {
      nested = 0;
      const body: Segment[] = [];
      lines.push({ head: segment, body, around, place: lines.length + 1 });
      current = body;
    } else if (tag === enclosing && nested === 0) {
      around = [segment];
      current = around;
    } else {
      if (tag === 'LS') nested += 1;
      else if (tag === 'LE') nested = Math.max(0, nested - 1);
      current.push(segment);
    }
  }
  return { header, lines, closing };
}

/** The first segment with this tag, and this first element if one is named. */
export const segmentOf = (segments: readonly Segment[], tag: string, first?: string): Segment | undefined =>
  segments.find((segment) => segment.tag === tag && (first === undefined || segment.element(1) === first));

/** A name for each line that no other line of the document has; what comes twice gets its occurrence behind it. */
export function lineNames(): (wanted: string) => string {
  const occurrences = new Map<string, number>();
  return (wanted) => {
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
