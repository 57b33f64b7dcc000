// What callers of the batcher rely on: their own answer, their order, no waiting when idle, and nobody else's failure.
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BatcherOptions, createBatcher } from '../../src/core/batcher.ts';

/** A batcher whose runs end when the test says so. */
function gated(options: Partial<BatcherOptions<number, string>> = {}) {
  const runs: { items: readonly number[]; end: () => void; fail: (error: Error) => void }[] = [];
  const batcher = createBatcher<number, string>({
    maxItems: 10,
    maxWaitMs: 10_000,
    maxInFlight: 1,
    run: (items) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>();
      runs.push({ items, end: () => resolve(items.map((item) => `answer ${item}`)), fail: reject });
      return promise;
    },
    ...options,
  });
  const itemsOf = () => runs.map((run) => run.items);
  return { batcher, runs, itemsOf };
}

const turn = () => sleep(5);

describe('batcher', () => {
  test('when idle, the items of one turn leave together on the next turn', async () => {
    const { batcher, runs, itemsOf } = gated({ maxWaitMs: 60_000 });
    const answers = [1, 2, 3].map((item) => batcher.submit(item));
    expect(runs).toHaveLength(0);
    await turn();
    expect(itemsOf()).toEqual([[1, 2, 3]]);
    runs[0]?.end();
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  test('items that come during a run grow one batch, which leaves the moment the run ends', async () => {
    const { batcher, runs, itemsOf } = gated();
    const answers = [batcher.submit(1)];
    await turn();
    for (const item of [2, 3, 4]) {
      answers.push(batcher.submit(item));
      await turn();
    }
    expect(itemsOf()).toEqual([[1]]);
    expect(batcher.waiting).toBe(3);
    runs[0]?.end();
    await turn();
    expect(itemsOf()).toEqual([[1], [2, 3, 4]]);
    runs[1]?.end();
    expect(await Promise.all(answers)).toHaveLength(4);
  });

  test('with a free place beside a run, a batch leaves when it is full or its oldest item waited long enough', async () => {
    const { batcher, runs, itemsOf } = gated({ maxItems: 3, maxWaitMs: 80, maxInFlight: 3 });
    const answers = [batcher.submit(1)];
    await turn();
    answers.push(...[2, 3, 4].map((item) => batcher.submit(item)));
    expect(itemsOf()).toEqual([[1], [2, 3, 4]]);
    answers.push(batcher.submit(5));
    await sleep(20);
    expect(runs).toHaveLength(2);
    await sleep(120);
    expect(itemsOf()).toEqual([[1], [2, 3, 4], [5]]);
    answers.push(...[6, 7, 8, 9].map((item) => batcher.submit(item)));
    await sleep(120);
    expect(runs).toHaveLength(3);
    for (const run of runs) run.end();
    await turn();
    for (const run of runs) run.end();
    await turn();
    for (const run of runs) run.end();
    expect(await Promise.all(answers)).toHaveLength(9);
  });

  test('weights fill a run; what is heavier than a run goes alone', async () => {
    const { batcher, runs, itemsOf } = gated({ maxItems: 100, weigh: (item) => item });
    const answers = [60, 40, 1, 250, 99, 2].map((item) => batcher.submit(item));
    for (let index = 0; index < 5; index += 1) {
      await turn();
      runs[index]?.end();
    }
    expect(await Promise.all(answers)).toHaveLength(6);
    expect(itemsOf()).toEqual([[60, 40], [1], [250], [99], [2]]);
    await expect(batcher.submit(0)).rejects.toThrow(/cannot weigh 0/);
  });

  test('a failing run rejects its own items only', async () => {
    const { batcher, runs } = gated({ maxItems: 2 });
    const settled = Promise.allSettled([1, 2, 3, 4].map((item) => batcher.submit(item)));
    await turn();
    runs[0]?.fail(new Error('deadlock'));
    await turn();
    runs[1]?.end();
    expect((await settled).map((outcome) => outcome.status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
  });

  test.each([
    ['answers too few results', async () => ['only one']],
    [
      'throws before it starts',
      () => {
        throw new Error('at once');
      },
    ],
  ])('a run that %s rejects its items and the batcher goes on', async (_what, broken) => {
    let runs = 0;
    const batcher = createBatcher<number, string>({
      maxItems: 10,
      maxWaitMs: 1,
      maxInFlight: 1,
      run: (items) => {
        runs += 1;
        return runs === 1 ? broken() : Promise.resolve(items.map(String));
      },
    });
    const outcomes = await Promise.allSettled([batcher.submit(1), batcher.submit(2)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
    expect(await batcher.submit(3)).toBe('3');
  });

  test('close takes nothing more and waits for every accepted item', async () => {
    const { batcher, runs } = gated({ maxItems: 1 });
    const answers = [1, 2, 3].map((item) => batcher.submit(item));
    let closed = false;
    const closing = batcher.close().then(() => {
      closed = true;
    });
    await expect(batcher.submit(4)).rejects.toThrow(/closed/);
    for (let index = 0; index < 3; index += 1) {
      await turn();
      expect(closed).toBe(false);
      runs[index]?.end();
    }
    expect(await Promise.all(answers)).toEqual(['answer 1', 'answer 2', 'answer 3']);
    await closing;
    await batcher.close();
  });

  test('whatever comes when: every item has its own answer, order and limits hold', async () => {
    const item = fc.record({
      weight: fc.integer({ min: 1, max: 8 }),
      pauseMs: fc.constantFrom(0, 0, 0, 1, 3),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 1, max: 3 }),
        async (items, maxItems, maxInFlight) => {
          const carried: number[] = [];
          let inFlight = 0;
          const batcher = createBatcher<{ id: number; weight: number }, number>({
            maxItems,
            maxWaitMs: 2,
            maxInFlight,
            weigh: ({ weight }) => weight,
            run: async (batch) => {
              inFlight += 1;
              expect(inFlight).toBeLessThanOrEqual(maxInFlight);
              const weight = batch.reduce((sum, each) => sum + each.weight, 0);
              expect(weight <= maxItems || batch.length === 1).toBe(true);
              carried.push(...batch.map(({ id }) => id));
              await sleep(batch.length % 3);
              inFlight -= 1;
              return batch.map(({ id }) => id * 2);
            },
          });
          const answers: Promise<number>[] = [];
          for (const [id, { weight, pauseMs }] of items.entries()) {
            answers.push(batcher.submit({ id, weight }));
            if (pauseMs > 0) await sleep(pauseMs);
          }
          await batcher.close();
          expect(await Promise.all(answers)).toEqual(items.map((_, id) => id * 2));
          expect(carried).toEqual(items.map((_, id) => id));
        },
      ),
      { numRuns: 60, seed: 20261121 },
    );
  });
});
