// What a movement costs once the ledger is large, against an empty ledger on the same server, measured in turn.
// The rows are posted by the product itself, so that every key, link and balance of the large ledger is a real one.
import { type Ledger, openLedger } from '../src/core/ledger/post.ts';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import {
  type Bench,
  type BenchDatabase,
  type BenchResult,
  benchDatabase,
  interleaved,
  postAll,
  rateOf,
  receipts,
} from './support.ts';

const SHAPE = { items: 500, locations: 10 };
const COUNT = 10_000;
const MILLION = 1_000_000;
/** Movements of one filling transaction; larger than the workers' batches, because only the filling is in a hurry. */
const FILL_BATCH = 2_000;
const FILL_STEP = 20_000;

/** A ledger under growth: how many movements were given to it, and where the next ones start. */
interface Grown {
  readonly database: BenchDatabase;
  readonly ledger: Ledger;
  rows: number;
}

export const growth: Bench = {
  name: 'growth',
  what: 'cost of a movement at 1,000,000 rows (with --long also 5,000,000) ÷ at 0 rows',
  async run({ serverUrl, rounds, long, say }) {
    const large = await openGrown(serverUrl);
    const results: BenchResult[] = [];
    for (const [name, rows, atMost] of [
      ['growth', MILLION, 1.2],
      ['growth-5m', 5 * MILLION, 1.35],
    ] as const) {
      if (rows > MILLION && !long) continue;
      await fill(large, rows, say);
      const empty = await openGrown(serverUrl);
      const measured = await compare(empty, large, rounds, say);
      const correct = (await isRight(empty)) && (await isRight(large));
      await empty.database.drop();
      results.push({
        bench: name,
        unit: 'µs a movement',
        ...measured,
        correct,
        target: { atMost },
        note: `reference: the same at 0 rows; ${SHAPE.items} items at ${SHAPE.locations} locations, ${rows.toLocaleString('en')} rows posted beforehand in batches of ${FILL_BATCH} over two lanes, then VACUUM ANALYZE, CHECKPOINT and one round uncounted`,
      });
    }
    await large.database.drop();
    return results;
  },
};

async function openGrown(serverUrl: string): Promise<Grown> {
  const database = await benchDatabase(serverUrl, SHAPE);
  return { database, ledger: openLedger(database), rows: 0 };
}

async function fill(grown: Grown, rows: number, say: (line: string) => void): Promise<void> {
  while (grown.rows < rows) {
    const made = next(grown, FILL_STEP);
    const even = made.filter((posting) => (posting.movements[0]?.lines[0]?.itemId ?? 0) % 2 === 0);
    const odd = made.filter((posting) => (posting.movements[0]?.lines[0]?.itemId ?? 0) % 2 === 1);
    await Promise.all([
      postAll(grown.ledger, even, { lane: 0, batch: FILL_BATCH }),
      postAll(grown.ledger, odd, { lane: 1, batch: FILL_BATCH }),
    ]);
    if (grown.rows % 200_000 === 0) say(`filled ${grown.rows.toLocaleString('en')} rows`);
  }
  await grown.database.pool.query('vacuum analyze');
  await grown.database.pool.query('checkpoint');
}

function next(grown: Grown, count: number) {
  const made = receipts(grown.rows, count, SHAPE);
  grown.rows += count;
  return made;
}

async function compare(empty: Grown, large: Grown, rounds: number, say: (line: string) => void) {
  const costOf = (grown: Grown, name: string) => async () => {
    const postings = next(grown, COUNT);
    const rate = await rateOf(COUNT, () => postAll(grown.ledger, postings));
    say(`${name}: ${(1e6 / rate).toFixed(1)} µs a movement`);
    return 1e6 / rate;
  };
  const atMany = costOf(large, 'large');
  const atNone = costOf(empty, 'empty');
  await atNone();
  await atMany();
  // Every round is short and meets whatever else the machine does, so there are twice as many.
  return interleaved(rounds * 2, atMany, atNone);
}

async function isRight({ database, rows }: Grown): Promise<boolean> {
  const verified = await verifyLedger(database);
  return verified.breaches.length === 0 && verified.lines === rows;
}
