// The tamper evidence (I12): each posted batch is one link in its lane's chain, over the fingerprints of its lines.
import { createHash } from 'node:crypto';
import { type Instant, microsOf } from '../vocabulary/instant.ts';

export const LANES = 16;

export interface Link {
  readonly lane: number;
  readonly sequence: bigint;
  readonly recordedAt: Instant;
  readonly previous: Buffer;
}

/** What a link commits to of each line, in the order of their positions. */
export interface LinkedLine {
  readonly fingerprint: Buffer;
  readonly inboxEventId: string | null;
}

/** SHA-256 over the previous link, this link's place and time, and every line with the event it came from. */
export function linkHash(link: Link, lines: Iterable<LinkedLine>): Buffer {
  const bytes = [
    link.previous,
    Buffer.from(`${link.lane}|${link.sequence}|${microsOf(link.recordedAt)}|`),
    ...Array.from(lines, (line) => [line.fingerprint, Buffer.from(`${line.inboxEventId ?? ''};`)]).flat(),
  ];
  return createHash('sha256').update(Buffer.concat(bytes)).digest();
}

/** The lane that facts about an item are posted in: one item, one writer at a time, so writers do not wait for each other’s rows. */
export const laneOf = (itemId: number): number => itemId % LANES;
