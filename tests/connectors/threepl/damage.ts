// Damage of every kind to files that were right, for the readers of all formats: bytes flipped, put in, taken out, copied and
// moved, and whole pieces lost, doubled and exchanged. STOCKBRIDGE_EDI_RUNS sets how many damaged files each test tries,
// STOCKBRIDGE_EDI_SEED which ones.
import fc from 'fast-check';
import { expect } from 'vitest';

export type Damage = (bytes: Buffer) => Buffer;

export const RUNS = Number(process.env.STOCKBRIDGE_EDI_RUNS ?? 3000);
export const TIMEOUT_MS = Math.max(120_000, RUNS * 20);
const SEED = process.env.STOCKBRIDGE_EDI_SEED;

/** fast-check prints the seed and the smallest failing case; without a seed of the environment each run tries others. */
export const settings = { numRuns: RUNS, ...(SEED && { seed: Number(SEED) }) } as const;

/** For what costs more, or finds its places by itself. */
export const fewer = { ...settings, numRuns: Math.ceil(RUNS / 4) } as const;

const PLACES = 0x1000000;
/** A share of a file's length, each as likely as any other: most doubles between 0 and 1 are next to 0. */
export const place = fc.noBias(fc.nat(PLACES - 1)).map((index) => index / PLACES);
const at = (bytes: Buffer, share: number): number => Math.floor(share * bytes.length);
const cutOut = (bytes: Buffer, from: number, length: number): Buffer =>
  Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]);
const putIn = (bytes: Buffer, to: number, part: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, to), part, bytes.subarray(to)]);

/** What makes another number, or none, of a figure before which it is put. */
const MARKS = ['+', '.', ',', '0', '9', 'e', ' '];

/**
 * One to six damages in a row. `likely` are the bytes that mean something in the format, `dividers` part its pieces, and
 * `marks` are put before digits.
 */
export function damagesOf(
  likely: string,
  dividers: string,
  marks: readonly string[] = [],
): fc.Arbitrary<readonly Damage[]> {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from(likely)));
  const flipped = fc.tuple(place, byte).map(
    ([share, value]): Damage =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[at(bytes, share)] = value;
        return copy;
      },
  );
  const inserted = fc.tuple(place, fc.array(byte, { minLength: 1, maxLength: 12 })).map(
    ([share, added]): Damage =>
      (bytes) =>
        putIn(bytes, at(bytes, share), Buffer.from(added)),
  );
  const removed = fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
    ([share, length]): Damage =>
      (bytes) =>
        cutOut(bytes, at(bytes, share), length),
  );
  const copied = fc.tuple(place, place, fc.integer({ min: 1, max: 60 })).map(
    ([from, to, length]): Damage =>
      (bytes) =>
        putIn(bytes, at(bytes, to), bytes.subarray(at(bytes, from), at(bytes, from) + length)),
  );
  const moved = fc.tuple(place, place, fc.integer({ min: 1, max: 60 })).map(
    ([from, to, length]): Damage =>
      (bytes) => {
        const rest = cutOut(bytes, at(bytes, from), length);
        return putIn(rest, at(rest, to), bytes.subarray(at(bytes, from), at(bytes, from) + length));
      },
  );
  const rearranged = fc
    .tuple(fc.constantFrom(...Buffer.from(dividers)), place, place, fc.constantFrom(...REARRANGED))
    .map(
      ([divider, one, other, rearrange]): Damage =>
        (bytes) => {
          const pieces = piecesOf(bytes, divider);
          rearrange(pieces, Math.floor(one * pieces.length), Math.floor(other * pieces.length));
          return Buffer.concat(pieces);
        },
    );
  return fc.array(fc.oneof(flipped, inserted, removed, copied, moved, rearranged, refigured(marks)), {
    minLength: 1,
    maxLength: 6,
  });
}

/** A mark before one digit: what was a quantity may be none, another one or below zero. */
export const refigured = (marks: readonly string[] = []): fc.Arbitrary<Damage> =>
  fc.tuple(place, fc.oneof(fc.constant('-'), fc.constantFrom(...MARKS, ...marks))).map(
    ([share, mark]): Damage =>
      (bytes) => {
        const from = at(bytes, share);
        const digit = bytes.subarray(from).findIndex((each) => each >= 0x30 && each <= 0x39);
        return digit < 0 ? bytes : putIn(bytes, from + digit, Buffer.from(mark));
      },
  );

/** `bytes` parted behind every `divider`. */
export function piecesOf(bytes: Buffer, divider: number): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(divider); end >= 0; end = bytes.indexOf(divider, from)) {
    pieces.push(bytes.subarray(from, end + 1));
    from = end + 1;
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from));
  return pieces;
}

type Rearrange = (pieces: Buffer[], one: number, other: number) => void;
const lost: Rearrange = (pieces, one) => void pieces.splice(one, 1);
const doubled: Rearrange = (pieces, one) => void pieces.splice(one, 0, ...pieces.slice(one, one + 1));
const exchanged: Rearrange = (pieces, one, other) => {
  const [first, second] = [pieces[one], pieces[other]];
  if (first && second) [pieces[one], pieces[other]] = [second, first];
};
const REARRANGED: readonly Rearrange[] = [lost, doubled, exchanged];

/** A damaged file with what it was; a failing one is shown by its name and its bytes. */
export interface Damaged<Start> {
  readonly from: Start;
  readonly bytes: Buffer;
}

/** One of `starts` after `damages`. */
export const damagedOf = <Start extends { readonly name: string; readonly bytes: Buffer }>(
  starts: readonly Start[],
  damages: fc.Arbitrary<readonly Damage[]>,
): fc.Arbitrary<Damaged<Start>> =>
  fc.tuple(fc.nat(starts.length - 1), damages).map(([index, steps]) => {
    const from = starts[index];
    if (!from) throw new Error('there is no file to start from');
    const bytes = damagedBy(from.bytes, steps);
    return { from, bytes, [fc.toStringMethod]: () => shown(from, bytes) };
  });

/** One of `starts`, shown by its name. */
export const oneOf = <Start extends { readonly name: string }>(
  starts: readonly Start[],
): fc.Arbitrary<Start> =>
  fc.constantFrom(...starts.map((start) => ({ ...start, [fc.toStringMethod]: () => start.name })));

const shown = ({ name }: { readonly name: string }, bytes: Buffer): string =>
  `${name}: ${JSON.stringify(bytes.toString('latin1'))}`;

const damagedBy = (bytes: Buffer, steps: readonly Damage[]): Buffer =>
  steps.reduce((now, step) => step(now), bytes);

/** Another digit in place of the one at `share` of all that `pattern` finds; the bytes of `text` are its characters. */
export function otherDigit(text: string, pattern: RegExp, share: number, step: number): string {
  const places = [...text.matchAll(pattern)].flatMap((match) =>
    Array.from(match[0], (character, index) => ({ character, index: match.index + index })).filter(
      ({ character }) => /\d/.test(character),
    ),
  );
  const target = places[Math.floor(share * places.length)];
  if (!target) throw new Error(`${pattern} finds no digit`);
  const changed = String((Number(target.character) + step) % 10);
  return text.slice(0, target.index) + changed + text.slice(target.index + 1);
}
export const step = fc.integer({ min: 1, max: 9 });

const SLOWEST_MS = 1000;

/** What `work` answers, in less than a second. Another process may have had the processor: only what is slow twice is slow. */
export async function inTime<T>(work: () => Promise<T> | T): Promise<T> {
  const first = await timed(work);
  if (first.tookMs >= SLOWEST_MS) expect((await timed(work)).tookMs).toBeLessThan(SLOWEST_MS);
  return first.answer;
}

async function timed<T>(
  work: () => Promise<T> | T,
): Promise<{ readonly answer: T; readonly tookMs: number }> {
  const start = performance.now();
  const answer = await work();
  return { answer, tookMs: performance.now() - start };
}
