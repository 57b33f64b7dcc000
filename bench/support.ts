// What every benchmark shares: a private PostgreSQL with durability on, a seeded catalogue, interleaved rounds and medians.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Database, openDatabase } from '../src/core/database.ts';
import { factKey, type Movement, type Posting } from '../src/core/ledger/movement.ts';
import { startEmbedded } from '../src/core/storage/embedded.ts';
import { migrate } from '../src/core/storage/migrate.ts';
import type { Instant } from '../src/core/vocabulary/instant.ts';
import { instantOf } from '../src/core/vocabulary/instant.ts';

/** One line of `npm run bench -- --json`. `ratio` is value ÷ reference, both measured interleaved in this run. */
export interface BenchResult {
  readonly bench: string;
  readonly unit: string;
  readonly value: number;
  readonly reference: number;
  readonly ratio: number;
  readonly correct: boolean;
  /** What the reference is, the target, and anything a reader must know. */
  readonly note: string;
}

export interface Bench {
  readonly name: string;
  readonly what: string;
  /** The gate: ratio at least (or, for costs and latencies, at most) this. */
  readonly target: { readonly atLeast: number } | { readonly atMost: number };
  run(context: BenchContext): Promise<BenchResult>;
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

/** A migrated database of its own on the run's server, with `items` items, `locations` warehouses and one connection. */
export async function benchDatabase(serverUrl: string, options: { items: number; locations: number }): Promise<Database & { drop(): Promise<void> }> {
  databases += 1;
  const name = `bench_${process.pid}_${databases}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = openDatabase({ url: url.href });
  await migrate(database.pool);
  await database.pool.query(`insert into connection (name, connector, cutover_at) values ('bench', 'demo', 'epoch')`);
  await database.pool.query(`insert into item (sku) select 'SKU-' || n from generate_series(1, $1::int) n`, [options.items]);
  await database.pool.query(
    `insert into location (code, kind, allows_negative) select 'LOC-' || n, 'warehouse', false from generate_series(1, $1::int) n`,
    [options.locations],
  );
  return {
    ...database,
    drop: async () => {
      await database.close();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

export const SUPPLIER = 1;
export const FIRST_LOCATION = 5;

/** Receipts of one unit each: uniform over items and locations, one movement a posting, time growing with the number. */
export function receipts(from: number, count: number, shape: { items: number; locations: number; itemOf?: (n: number) => number }): Posting[] {
  return Array.from({ length: count }, (_, index) => receipt(from + index, shape));
}

const START_MS = Date.parse('2026-01-01T00:00:00Z');

function receipt(n: number, shape: { items: number; locations: number; itemOf?: (n: number) => number }): Posting {
  const itemId = shape.itemOf ? shape.itemOf(n) : 1 + (scattered(n) % shape.items);
  const occurredAt: Instant = instantOf(START_MS + n * 10);
  const movement: Movement = {
    key: factKey(1, { type: 'receipt', id: `R-${n}` }),
    type: 'receipt',
    occurredAt,
    document: `receipt R-${n}`,
    reference: `PO-${n % 1000}`,
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
  return { connectionId: 1, inboxEventId: null, movements: [movement], counts: [], reservations: [], observations: [], note: null };
}

/** A fixed scatter of the whole numbers, so that runs are repeatable without a random generator. */
export const scattered = (n: number): number => {
  let x = (n + 1) * 2654435761;
  x = (x ^ (x >>> 13)) >>> 0;
  return (x * 2246822519) >>> 4;
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
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

/** How many of `count` a second `work` handles. */
export async function rateOf(count: number, work: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return count / (Number(process.hrtime.bigint() - start) / 1e9);
}
