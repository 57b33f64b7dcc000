// Breaks one thing after another, chosen by a seeded generator, and notes what it did and when. It heals nothing by hand
// but what no supervisor would: a frozen process goes on, a killed Redis is started.

import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type pg from 'pg';
import type { Random } from '../../src/simulators/random.ts';
import type { HubProcess } from './hub-process.ts';

/** A start takes a second or two, longer while PostgreSQL recovers or the machine does much else; this only ends what hangs. */
export const UP_AGAIN_MS = 60_000;

export interface Fault {
  readonly name: string;
  readonly weight: number;
  /**
   * Resolves when the next fault may come; the world need not have recovered. What still has to end by itself, such as a
   * freeze, is handed to `aftermath`.
   */
  strike(random: Random, aftermath: (end: Promise<void>) => void): Promise<void>;
}

export interface Nemesis {
  /** No more faults; resolves when the last one is over. */
  stop(): Promise<Readonly<Record<string, number>>>;
  readonly done: readonly string[];
}

/** Strikes once with every fault in shuffled order, then by weight, until stopped. */
export function unleash(
  faults: readonly Fault[],
  random: Random,
  pauseMs: readonly [number, number],
): Nemesis {
  const stopping = new AbortController();
  const done: string[] = [];
  const ends: Promise<void>[] = [];
  const from = performance.now();
  const first = faults
    .map((fault) => ({ fault, rank: random.next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ fault }) => fault);
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(random.integer(...pauseMs), undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      const fault = first.shift() ?? chosen(faults, random);
      done.push(`${((performance.now() - from) / 1000).toFixed(1)} s ${fault.name}`);
      await fault.strike(random, (end) => ends.push(end));
    }
  };
  const running = run();
  // Awaited in stop(); until then a failure must not end the test process unheard.
  running.catch(() => undefined);
  return {
    done,
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(ends);
      return Object.fromEntries(
        faults.map(({ name }) => [name, done.filter((line) => line.endsWith(` ${name}`)).length]),
      );
    },
  };
}

function chosen(faults: readonly Fault[], random: Random): Fault {
  let left = random.next() * faults.reduce((sum, fault) => sum + fault.weight, 0);
  for (const fault of faults) {
    left -= fault.weight;
    if (left <= 0) return fault;
  }
  throw new RangeError('there is no fault to choose');
}

/**
 * Kills one that is up. One that is killed each time before it is up does no work that could be broken off, and on a slow machine
 * it would never get any done.
 */
export const killOne = (name: string, processes: readonly HubProcess[], weight: number): Fault => ({
  name,
  weight,
  strike: async (random) => {
    const victim = processes[random.integer(0, processes.length - 1)];
    await victim?.ready(UP_AGAIN_MS);
    await victim?.kill(random.integer(0, 1_500));
  },
});

export const freezeOne = (
  name: string,
  processes: readonly HubProcess[],
  weight: number,
  forMs: readonly [number, number],
): Fault => ({
  name,
  weight,
  strike: async (random, aftermath) => {
    const victim = processes[random.integer(0, processes.length - 1)];
    if (victim) aftermath(victim.freeze(random.integer(...forMs)));
  },
});

/** Takes every job away: on Redis with FLUSHALL, on PostgreSQL from all tables of the queue but its migrations. */
export async function emptyQueues(pool: pg.Pool, redisUrl: string | undefined): Promise<void> {
  if (redisUrl === undefined) {
    const { rows } = await pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'bullmq' and tablename <> 'migration'`,
    );
    if (rows.length === 0) throw new Error('the queue has no tables');
    await pool.query(`truncate ${rows.map((row) => row.name).join(', ')}`);
    return;
  }
  const client = new Redis(redisUrl);
  client.on('error', () => undefined);
  try {
    await client.flushall();
  } finally {
    client.disconnect();
  }
}
