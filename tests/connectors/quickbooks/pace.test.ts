// The limits of one company hold whatever the hub's own limiter was set to before.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { quickbooksClient } from '../../../src/connectors/quickbooks/client.ts';
import { limiter, memoryBuckets } from '../../../src/connectors/toolkit/rate-limit.ts';
import { company, contextFor, type Stub, startStub } from './stub.ts';

let stub: Stub;
beforeEach(async () => {
  stub = await startStub();
});
afterEach(() => stub.close());

/** A clock that only the limiter's own waiting moves. */
function pacedContext() {
  let nowMs = 1_700_000_000_000;
  const sent: number[] = [];
  const bounded = limiter({
    key: 'books',
    store: memoryBuckets(() => nowMs),
    maximum: 100,
    restorePerSecond: 50,
    maxWaitMs: 1_000_000,
    sleep: async (ms) => {
      nowMs += ms;
    },
  });
  const context = contextFor(stub, { limiter: bounded });
  stub.api = (asked) => {
    sent.push(nowMs);
    return company({})(asked);
  };
  return { context, sent };
}

const mostWithin = (sent: readonly number[], ms: number): number =>
  Math.max(...sent.map((from) => sent.filter((at) => at >= from && at < from + ms).length));

it('at most 8 calls in any second and 450 in any minute', async () => {
  const { context, sent } = pacedContext();
  const client = quickbooksClient(context);
  for (let call = 0; call < 480; call += 1) await client.company();
  expect(sent).toHaveLength(480);
  expect(mostWithin(sent, 1_000)).toBeLessThanOrEqual(8);
  expect(mostWithin(sent, 60_000)).toBeLessThanOrEqual(450);
  // And it is not slower than it need be.
  expect(mostWithin(sent, 60_000)).toBeGreaterThan(400);
});

it('at most 4 calls of one company at once, over all its connections', async () => {
  let running = 0;
  let most = 0;
  stub.api = async (asked) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 15));
    running -= 1;
    return company({})(asked);
  };
  const clients = [quickbooksClient(contextFor(stub)), quickbooksClient(contextFor(stub))];
  await Promise.all(Array.from({ length: 24 }, (_, call) => clients[call % 2]?.company()));
  expect(most).toBe(4);
});

it('a failing call gives its place back', async () => {
  stub.api = () => ({ status: 400 });
  const client = quickbooksClient(contextFor(stub));
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => client.company()));
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  stub.api = company({});
  await client.company();
});
