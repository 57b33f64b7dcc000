// Runs the benchmarks: `npm run bench [-- --json] [--only post,lanes] [--rounds 5] [--long] [--gate]`. Every figure is a ratio
// to a reference measured in the same interleaved run, and every benchmark checks that what it produced is right.
import { parseArgs } from 'node:util';
import { ediParse } from './edi-parse.ts';
import { freshness } from './freshness.ts';
import { growth } from './growth.ts';
import { hotKeys } from './hot-keys.ts';
import { intake } from './intake.ts';
import { lanes } from './lanes.ts';
import { pipelinePostgres, pipelineRedis } from './pipeline.ts';
import { post } from './post.ts';
import { type Bench, type BenchResult, benchServer, type SkippedBench, type Target } from './support.ts';
import { valuation } from './valuation.ts';
import { valuationPosting } from './valuation-posting.ts';

const BENCHES: readonly Bench[] = [
  post,
  lanes,
  growth,
  intake,
  pipelinePostgres,
  pipelineRedis,
  hotKeys,
  freshness,
  ediParse,
  valuation,
  valuationPosting,
];

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    long: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run bench -- [--json] [--only name,…] [--rounds n] [--long] [--gate]

  --json     one JSON object a line
  --only     these benchmarks, by name
  --rounds   interleaved rounds of each, 5 unless told
  --long     long variants too
  --gate     exit 1 when a target is missed; a wrong result always does

${BENCHES.map((bench) => `  ${bench.name.padEnd(20)} ${bench.what}`).join('\n')}
`;

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds must be a whole number from 1, not ${values.rounds}`);
  const server = await benchServer();
  let failed = 0;
  try {
    for (const bench of chosen(values.only)) {
      const say = (line: string) => values.json || process.stderr.write(`  ${line}\n`);
      say(`${bench.name}: ${bench.what}`);
      for (const result of await bench.run({ serverUrl: server.url, rounds, long: values.long, say })) {
        if (isFailure(result, values.gate)) failed += 1;
        process.stdout.write(`${values.json ? JSON.stringify(result) : summary(result)}\n`);
      }
    }
  } finally {
    await server.stop();
  }
  return failed > 0 ? 1 : 0;
}

function chosen(only: string | undefined): readonly Bench[] {
  const wanted = only?.split(',');
  const unknown = wanted?.filter((name) => !BENCHES.some((bench) => bench.name === name)) ?? [];
  if (unknown.length > 0)
    throw new Error(
      `no such benchmark: ${unknown.join(', ')}; there are ${BENCHES.map((bench) => bench.name).join(', ')}`,
    );
  return BENCHES.filter(({ name }) => !wanted || wanted.includes(name));
}

const isFailure = (result: BenchResult | SkippedBench, gated: boolean): boolean =>
  !('skipped' in result) && (!result.correct || (gated && !meets(result.target, result.ratio)));

const meets = (target: Target | undefined, ratio: number): boolean =>
  target === undefined || ('atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost);

function summary(result: BenchResult | SkippedBench): string {
  if ('skipped' in result) return `SKIPPED ${result.bench}: ${result.note}`;
  const verdict = !result.correct ? 'WRONG  ' : meets(result.target, result.ratio) ? 'meets  ' : 'MISSES ';
  return `${verdict} ${result.bench}: ratio ${result.ratio.toFixed(3)} (${wordsOf(result.target)}); ${rounded(result.value)} against ${rounded(result.reference)} ${result.unit}; ${result.correct ? 'result correct' : 'RESULT WRONG'}; ${result.note}`;
}

function wordsOf(target: Target | undefined): string {
  if (target === undefined) return 'no target';
  return 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`;
}

const rounded = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(4);

process.exitCode = await main();
