// Valuing leaves the machine to postings: it rests by how much is posted, and not at all when the ledger is quiet.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { restWhilePosting } from '../../../src/core/valuation/rest.ts';
import { openWorld, type World } from '../ledger/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** What the ledger notes of a batch of so many lines, posted `at`. */
async function post(lines: number, at: string): Promise<void> {
  await world.database.pool.query(
    `insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at)
     values (0, 1, '', '', $1, '{}', '{}', ${at})`,
    [lines],
  );
}
/** So many lines in each second from now on: counted in whichever second it is looked, however busy the machine is. */
const keepPosting = (lines: number) => post(lines, `clock_timestamp() + interval '1 hour'`);

const restOf = async (tookMs: number, signal?: AbortSignal): Promise<number> => {
  const startedAt = performance.now();
  await restWhilePosting(world.database)(tookMs, signal);
  return performance.now() - startedAt;
};

test('nothing posted, no rest', async () => {
  expect(await restOf(60_000)).toBeLessThan(30_000);
});

test('as many lines as valuing takes half of the time beside: it rests as long as it worked', async () => {
  await keepPosting(250);
  const rested = await restOf(500);
  expect(rested).toBeGreaterThan(495);
  expect(rested).toBeLessThan(4_500);
});

test('ten times as many: it rests ten times as long', async () => {
  await keepPosting(2_500);
  expect(await restOf(30)).toBeGreaterThan(295);
});

test('never more than nineteen times as long, so that its turn comes', async () => {
  await keepPosting(100_000);
  const rested = await restOf(20);
  expect(rested).toBeGreaterThan(375);
  expect(rested).toBeLessThan(7_500);
});

test('when postings end, the rest does', async () => {
  const startedAt = performance.now();
  await post(1_000, 'clock_timestamp()');
  await restOf(60_000);
  const endedAfterMs = performance.now() - startedAt;
  expect(endedAfterMs).toBeGreaterThan(950);
  expect(endedAfterMs).toBeLessThan(30_000);
});

test('who stops does not wait', async () => {
  await keepPosting(1_000);
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(), 50);
  expect(await restOf(60_000, stopping.signal)).toBeLessThan(20_000);
  expect(await restOf(60_000, stopping.signal)).toBeLessThan(20_000);
});
