// Valuing leaves the machine to postings: it rests by how much is posted, and not at all when the ledger is quiet.

import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { restWhilePosting } from '../../../src/core/valuation/rest.ts';
import { openWorld, type World } from '../ledger/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let batches = 0;
/** What the ledger notes of a batch of so many lines, posted now. */
async function post(lines: number): Promise<void> {
  batches += 1;
  await world.database.pool.query(
    `insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at)
     values (0, $1, '', '', $2, '{}', '{}', clock_timestamp())`,
    [batches, lines],
  );
}
beforeEach(() => wait(1_100));

const restOf = async (tookMs: number, signal?: AbortSignal): Promise<number> => {
  const startedAt = performance.now();
  await restWhilePosting(world.database)(tookMs, signal);
  return performance.now() - startedAt;
};

test('nothing posted, no rest', async () => {
  expect(await restOf(60_000)).toBeLessThan(5_000);
});

test('as many lines as valuing takes half of the time beside: it rests as long as it worked', async () => {
  await post(250);
  const rested = await restOf(100);
  expect(rested).toBeGreaterThan(95);
  expect(rested).toBeLessThan(900);
});

test('ten times as many: it rests ten times as long', async () => {
  await post(2_500);
  expect(await restOf(30)).toBeGreaterThan(295);
});

test('never more than nineteen times as long, so that its turn comes', async () => {
  await post(100_000);
  const rested = await restOf(20);
  expect(rested).toBeGreaterThan(375);
  expect(rested).toBeLessThan(950);
});

test('when postings end, the rest does', async () => {
  await post(1_000);
  const rested = await restOf(60_000);
  expect(rested).toBeGreaterThan(400);
  expect(rested).toBeLessThan(5_000);
});

test('who stops does not wait', async () => {
  await post(1_000);
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 50);
  expect(await restOf(60_000, stopping.signal)).toBeLessThan(900);
  expect(await restOf(60_000, stopping.signal)).toBeLessThan(400);
});
