// What every benchmark shares: a private PostgreSQL with durability on, a seeded catalogue, interleaved rounds and medians.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Database, openDatabase } from '../src/core/database.ts';
import { factKey, type Movement, type Posting } from '../src/core/ledger/movement.ts';
import type { Ledger } from '../src/core/ledger/post.ts';
import { startEmbedded } from '../src/core/storage/embedded.ts';
import { migrate } from '../src/core/storage/migrate.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';

/** One line of `npm run bench -- --json`. `ratio` is value ÷ reference, both measured interleaved in this run. */
export interface BenchResult {
  readonly bench: string;
  readonly unit: string;
  readonly value: number;
  readonly reference: number;
  readonly ratio: number;
  readonly correct: boolean;
  /** The gate: ratio at least (or, for costs, at most) this; absent where only correctness is at stake. */
  readonly target?: Target;
  /** The 99th percentile, where `value` is the median of latencies. */
  readonly p99?: number;
  /** What the reference is, and anything a reader must know. */
  readonly note: string;
}

export type Target = { readonly atLeast: number } | { readonly atMost: number };

/** A benchmark that could not run here; said aloud, because a missing figure must not look like a met target. */
export interface SkippedBench {
  readonly bench: string;
  readonly skipped: true;
  readonly note: string;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  run(context: BenchContext): Promise<readonly (BenchResult | SkippedBench)[]>;
}

export interface BenchContext {
  /** The administration URL of the run's PostgreSQL. */
  readonly serverUrl: string;
  readonly rounds: number;
  /** Long variants such as five million rows. */
  readonly long: boolean;
  readonly say: (line: string) => void;
}

export async function benchServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-bench-'));
  const server = await startEmbedded({ dataDir: directory });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let databases = 0;

/** An empty database of its own on the run's server. */
export async function benchDatabaseUrl(serverUrl: string): Promise<{ url: string; drop(): Promise<void> }> {
  databases += 1;
  const name = `bench_${process.pid}_${databases}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

export type BenchDatabase = Database & { drop(): Promise<void> };

export interface Shape {
  readonly items: number;
  readonly locations: number;
}

/**
 * A migrated database of its own on the run's server, with `items` items, `locations` warehouses and one connection.
 * Every place has its balance row, as in a shop that has seen each of its shelves once.
 */
export async function benchDatabase(
  serverUrl: string,
  options: Shape & { poolSize?: number },
): Promise<BenchDatabase> {
  const own = await benchDatabaseUrl(serverUrl);
  const database = openDatabase({ url: own.url, poolSize: options.poolSize ?? 10 });
  await migrate(database.pool);
  await database.pool.query(
    `insert into connection (name, connector, cutover_at) values ('bench', 'demo', 'epoch')`,
  );
  await database.pool.query(`insert into item (sku) select 'SKU-' || n from generate_series(1, $1::int) n`, [
    options.items,
  ]);
  await database.pool.query(
    `insert into location (code, kind, allows_negative) select 'LOC-' || n, 'warehouse', false from generate_series(1, $1::int) n`,
    [options.locations],
  );
  await database.pool.query(
    `insert into balance (item_id, location_id, state, overdraft)
     select i.id, l.id, 'sellable', l.allows_negative from item i cross join location l where l.kind = 'warehouse' order by 1, 2`,
  );
  await database.pool.query('analyze');
  return {
    ...database,
    drop: async () => {
      await database.close();
      await own.drop();
    },
  };
}

export const SUPPLIER = 1;
export const FIRST_LOCATION = 5;

export interface ReceiptShape extends Shape {
  readonly itemOf?: (n: number) => number;
}

/** Receipts of one unit each: uniform over items and locations, one movement a posting, time growing with the number. */
export function receipts(from: number, count: number, shape: ReceiptShape): Posting[] {
  return Array.from({ length: count }, (_, index) => receipt(from + index, shape));
}

const START_MS = Date.parse('2026-01-01T00:00:00Z');

function receipt(n: number, shape: ReceiptShape): Posting {
  const itemId = shape.itemOf ? shape.itemOf(n) : 1 + (scattered(n) % shape.items);
  const movement: Movement = {
    ...numbered(n),
    type: 'receipt',
    corrects: null,
    lines: [
      {
        itemId,
        lotId: null,
        quantity: '1',
        from: { locationId: SUPPLIER, state: 'sellable' },
        to: { locationId: FIRST_LOCATION + (scattered(n + 7) % shape.locations), state: 'sellable' },
        unitCost: null,
        currency: null,
      },
    ],
  };
  return {
    connectionId: 1,
    inboxEventId: null,
    movements: [movement],
    counts: [],
    reservations: [],
    observations: [],
    note: null,
  };
}

const numbered = (n: number): Pick<Movement, 'key' | 'occurredAt' | 'document' | 'reference'> => ({
  key: factKey(1, { type: 'receipt', id: `R-${n}` }),
  occurredAt: instantOf(START_MS + n * 10),
  document: `receipt R-${n}`,
  reference: `PO-${n % 1000}`,
});

/** Makes receipts other facts, of the same items and places: a load made anew each time would be cleared away on the clock. */
export function renumber(postings: readonly Posting[], from: number): void {
  for (const [index, { movements }] of postings.entries())
    for (const movement of movements) Object.assign(movement, numbered(from + index));
}

/** A fixed scatter of the whole numbers, even over any range, so that runs are repeatable without a random generator. */
export const scattered = (n: number): number => {
  let x = Math.imul(n + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/** Runs both sides in turn, `rounds` times, and answers each side's median rate and the median of the rounds' ratios. */
export async function interleaved(
  rounds: number,
  value: () => Promise<number>,
  reference: () => Promise<number>,
): Promise<{ value: number; reference: number; ratio: number }> {
  const values: number[] = [];
  const references: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const a = await value();
    const b = await reference();
    values.push(a);
    references.push(b);
    ratios.push(a / b);
  }
  return { value: median(values), reference: median(references), ratio: median(ratios) };
}

/** Posts in batches of `batch` movements, one after the other, as one worker of one lane does. */
export async function postAll(
  ledger: Ledger,
  postings: readonly Posting[],
  options: { batch?: number; lane?: number; posted?: (movements: number) => void } = {},
): Promise<void> {
  const { batch = 500, lane = 0, posted } = options;
  for (let start = 0; start < postings.length; start += batch) {
    const results = await ledger.post(postings.slice(start, start + batch), { lane });
    posted?.(results.length);
  }
}

/** How many of `count` a second `work` handles. */
export async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return count / (Number(process.hrtime.bigint() - start) / 1e9);
}
