// A feed's bytes as characters, strictly: a byte that its encoding does not have is a finding, never a question mark.
// It keeps what is needed to say at which byte of the file a character stands.
import type { Finding } from '../edi/finding.ts';
import type { Feed } from '../profile/feed-settings.ts';
import { fileFinding } from './finding.ts';

export interface FeedText {
  readonly text: string;
  /** The file's byte at which character `index` begins. */
  byteOf(index: number): number;
}

type Encoding = Feed['encoding'];

const MARKS: readonly (readonly [Encoding | 'utf-16be', readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** The text of `bytes`, or why there is none. A byte order mark wins over the agreed encoding and is not part of the text. */
export function feedTextOf(bytes: Buffer, agreed: Encoding): FeedText | Finding {
  const mark = MARKS.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  const encoding = mark?.[0] ?? agreed;
  const skipped = mark?.[1].length ?? 0;
  const body = bytes.subarray(skipped);
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(body);
    return { text, byteOf: byteCounter(text, encoding, skipped) };
  } catch {
    const offset = skipped + (encoding === 'utf-8' ? firstWrongByte(body) : 0);
    return fileFinding('encoding_invalid', `The file is not ${encoding} throughout.`, offset);
  }
}

/** Counts on from the last answer, so that asking for every record in the file's order reads it once. */
function byteCounter(text: string, encoding: string, skipped: number): (index: number) => number {
  if (encoding !== 'utf-8') return (index) => skipped + index * (encoding.startsWith('utf-16') ? 2 : 1);
  let known = { index: 0, byte: skipped };
  return (index) => {
    const from = index >= known.index ? known : { index: 0, byte: skipped };
    known = { index, byte: from.byte + Buffer.byteLength(text.slice(from.index, index), 'utf8') };
    return known.byte;
  };
}

/** Halves the file until the longest good beginning is found; what it ends in may be the start of the wrong character. */
function firstWrongByte(body: Buffer): number {
  let good = 0;
  let bad = body.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (beginningOf(body.subarray(0, middle)) === undefined) bad = middle;
    else good = middle;
  }
  return Buffer.byteLength(beginningOf(body.subarray(0, good)) ?? '', 'utf8');
}

/** The whole characters of `part`, which may end within one; undefined when something in it is wrong. */
function beginningOf(part: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part, { stream: true });
  } catch {
    return undefined;
  }
}
