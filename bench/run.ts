// Runs the benchmarks: `npm run bench [-- --json] [--only post,lanes] [--rounds 5] [--long]`. Every figure is a ratio to a
// reference measured in the same interleaved run, and every benchmark checks that what it produced is right.
import { parseArgs } from 'node:util';
import { post } from './post.ts';
import { type Bench, type BenchResult, benchServer } from './support.ts';

const BENCHES: readonly Bench[] = [post];

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

const meets = (bench: Bench, result: BenchResult): boolean =>
  'atLeast' in bench.target ? result.ratio >= bench.target.atLeast : result.ratio <= bench.target.atMost;

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(`npm run bench -- [--json] [--only name,…] [--rounds n] [--long] [--gate]\n\n${BENCHES.map((bench) => `  ${bench.name.padEnd(20)} ${bench.what}`).join('\n')}\n`);
    return 0;
  }
  const wanted = values.only?.split(',');
  const unknown = wanted?.filter((name) => !BENCHES.some((bench) => bench.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${BENCHES.map((bench) => bench.name).join(', ')}`);
  const server = await benchServer();
  let failed = 0;
  try {
    for (const bench of BENCHES.filter(({ name }) => !wanted || wanted.includes(name))) {
      const say = (line: string) => values.json || process.stderr.write(`  ${line}\n`);
      if (!values.json) process.stderr.write(`${bench.name}: ${bench.what}\n`);
      const result = await bench.run({ serverUrl: server.url, rounds: Number(values.rounds), long: values.long, say });
      const ok = result.correct && meets(bench, result);
      if (!result.correct || (values.gate && !ok)) failed += 1;
      process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${summary(bench, result, ok)}\n`);
    }
  } finally {
    await server.stop();
  }
  return failed > 0 ? 1 : 0;
}

function summary(bench: Bench, result: BenchResult, ok: boolean): string {
  const target = 'atLeast' in bench.target ? `at least ${bench.target.atLeast}` : `at most ${bench.target.atMost}`;
  return `${ok ? 'meets' : 'MISSES'}  ${bench.name}: ratio ${result.ratio.toFixed(3)} (${target}); ${round(result.value)} against ${round(result.reference)} ${result.unit}; ${result.correct ? 'result correct' : 'RESULT WRONG'}; ${result.note}`;
}

const round = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(4));

process.exitCode = await main();
