// How fast the product turns X12 into shipments that may be believed, against the least any reader must do (find segments,
// split elements) and against the correct streaming parser from npm; and whether memory stays where it is when the file is
// ten times larger.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { X12parser } from 'x12-parser';
import { z } from 'zod';
import { type EdiTotals, ediPortions, SMALL_PORTION_BYTES } from './edi-file.ts';
import { addQuantities, type ShippedTotals, shipmentsIn } from './edi-shipments.ts';
import { type Bench, type BenchResult, interleaved, rateOf } from './support.ts';

const BYTES = 10_000_000;
const WARM_ROUNDS = 10;
const LARGE_BYTES = 100_000_000;

export const ediParse: Bench = {
  name: 'edi-parse',
  what: '10 MB of X12 945 to validated shipments ÷ a bare tokenizer, ÷ x12-parser; peak memory at 100 MB ÷ at 10 MB',
  async run({ rounds, say }) {
    const { portions, totals } = fileOf(BYTES);
    const small = fileOf(BYTES, SMALL_PORTION_BYTES).portions;
    const measure = new Measure(totals);
    const ours = () => measure.rate(() => shipmentsIn(portions));
    const tokenizer = () => measure.rate(() => tokenized(portions));
    const peer = () => measure.rate(() => peerTotals(portions));
    const walk = () => measure.rate(() => shipmentsIn(portions, addQuantities));
    const against = async (value: () => Promise<number>, reference: () => Promise<number>) => {
      // Unmeasured, so that neither pays for not being compiled yet.
      await interleaved(WARM_ROUNDS, value, reference);
      return interleaved(rounds, value, reference);
    };
    const size = `${(totals.bytes / 1e6).toFixed(1)} MB, ${totals.segments} segments, ${totals.lines} lines`;
    const results: BenchResult[] = [
      {
        bench: 'edi-parse',
        unit: 'MB/s',
        ...(await against(ours, tokenizer)),
        correct: measure.isCorrect,
        target: { atLeast: 0.8 },
        note: `${size}, in portions of 256 kB; envelopes checked, every element held against the dictionary, each document read as a shipment advice; reference: segments found and split, nothing checked`,
      },
      {
        bench: 'edi-parse-64k',
        unit: 'MB/s',
        ...(await against(
          () => measure.rate(() => shipmentsIn(small)),
          () => measure.rate(() => tokenized(small)),
        )),
        correct: measure.isCorrect,
        note: `the same in portions of 64 kB, in which the tokenizer is at its best; the product divides what it is given into such portions anyway`,
      },
      {
        bench: 'edi-parse-x12-parser',
        unit: 'MB/s',
        ...(await against(ours, peer)),
        correct: measure.isCorrect,
        target: { atLeast: 4 },
        note: `${size}; reference: x12-parser 1.3.0 streaming segments, nothing checked`,
      },
      {
        bench: 'edi-parse-walk',
        unit: 'MB/s',
        ...(await against(walk, tokenizer)),
        correct: measure.isCorrect,
        note: `${size}; not what the product does: its reader with the envelope checks, and the shipped quantities picked out; reference: the bare tokenizer`,
      },
    ];
    for (const { bench, ratio } of results) say(`${bench}: ${ratio.toFixed(2)}`);
    return [...results, await memory(rounds, say)];
  },
};

function fileOf(bytes: number, portionBytes?: number): { portions: readonly Buffer[]; totals: EdiTotals } {
  const portions: Buffer[] = [];
  const made = ediPortions(bytes, portionBytes);
  for (let next = made.next(); ; next = made.next()) {
    if (next.done) return { portions, totals: next.value };
    portions.push(next.value);
  }
}

/** Times work over the whole file and holds what it found against what the file says. */
class Measure {
  readonly #expected: EdiTotals;
  isCorrect = true;

  constructor(expected: EdiTotals) {
    this.#expected = expected;
  }

  async rate(work: () => Found | Promise<Found>): Promise<number> {
    return rateOf(this.#expected.bytes / 1e6, async () => {
      const { lines, shipped, refused } = await work();
      if (lines !== this.#expected.lines || shipped !== this.#expected.shipped || refused !== 0)
        this.isCorrect = false;
    });
  }
}

type Found = Pick<ShippedTotals, 'lines' | 'shipped' | 'refused'>;

/** The reference: what no reader can leave out. */
function tokenized(portions: readonly Buffer[]): Found {
  const found = { lines: 0, shipped: 0, refused: 0 };
  const decoder = new TextDecoder();
  let rest = '';
  for (const portion of portions) {
    const text = rest + decoder.decode(portion, { stream: true });
    let start = 0;
    for (let end = text.indexOf('~', start); end >= 0; end = text.indexOf('~', start)) {
      addElements(text.slice(start, end).split('*'), found);
      start = end + 1;
    }
    rest = text.slice(start);
  }
  return found;
}

function addElements(elements: readonly string[], found: Found): void {
  if (elements[0] !== 'W12') return;
  found.lines += 1;
  found.shipped += Number(elements[3]);
}

async function peerTotals(portions: readonly Buffer[]): Promise<Found> {
  const found = { lines: 0, shipped: 0, refused: 0 };
  const parser = new X12parser();
  parser.on('data', (segment: Readonly<Record<string, string>>) => {
    if (segment.name !== 'W12') return;
    found.lines += 1;
    found.shipped += Number(segment['3']);
  });
  await pipeline(Readable.from(portions), parser);
  return found;
}

/** Each size in a process of its own, because a process does not give memory back. */
async function memory(rounds: number, say: (line: string) => void): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-bench-edi-'));
  try {
    const small = await fileOnDisk(join(directory, 'small.edi'), BYTES);
    const large = await fileOnDisk(join(directory, 'large.edi'), LARGE_BYTES);
    let correct = true;
    const peakOf = async (file: EdiFileOnDisk): Promise<number> => {
      const child = childSchema.parse(JSON.parse((await run(process.execPath, [CHILD, file.path])).stdout));
      const { lines, shipped } = file.totals;
      correct &&= child.refused === 0 && child.lines === lines && child.shipped === shipped;
      return child.peakKilobytes / 1024;
    };
    const measured = await interleaved(
      rounds,
      () => peakOf(large),
      () => peakOf(small),
    );
    say(`edi-parse-memory: ${measured.ratio.toFixed(2)}`);
    return {
      bench: 'edi-parse-memory',
      unit: 'MB',
      ...measured,
      correct,
      target: { atMost: 1.3 },
      note: 'peak resident memory of a process that reads 100 MB from disk; reference: 10 MB',
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const CHILD = join(import.meta.dirname, 'edi-shipments.ts');
const run = promisify(execFile);
const childSchema = z.object({
  refused: z.number(),
  lines: z.number(),
  shipped: z.number(),
  peakKilobytes: z.number(),
});

interface EdiFileOnDisk {
  readonly path: string;
  readonly totals: EdiTotals;
}

async function fileOnDisk(path: string, bytes: number): Promise<EdiFileOnDisk> {
  let totals: EdiTotals | undefined;
  await writeFile(
    path,
    (function* () {
      totals = yield* ediPortions(bytes);
    })(),
  );
  if (!totals) throw new Error(`${path} was not made`);
  return { path, totals };
}
