// What a second lane brings: two workers at once, each with its own thread, connection, lane and items, against one after the
// other. In one thread two lanes share what JavaScript costs, and on two cores a single lane leaves little of them idle.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import type { LaneAsked, LaneWork } from './lane-worker.ts';
import { type Bench, benchDatabase, interleaved, rateOf } from './support.ts';

const SHAPE = { items: 1_000, locations: 10 };
/** Of each lane. */
const COUNT = 10_000;
/** A worker runs for weeks: what it costs to compile its code is not measured. */
const WARM_ROUNDS = 3;

export const lanes: Bench = {
  name: 'lanes',
  what: 'two workers posting at once, each in its lane, no item in both ÷ one after the other',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, SHAPE);
    const posted = new SharedArrayBuffer(8);
    const workers = [0, 1].map((lane) => {
      const workerData: LaneWork = { url: database.url, lane, count: COUNT, shape: SHAPE, posted };
      return new Worker(new URL('./lane-worker.ts', import.meta.url), { workerData });
    });
    const ask = async (worker: Worker, asked: LaneAsked) => {
      const answered = once(worker, 'message');
      worker.postMessage(asked);
      await answered;
    };
    let next = 0;
    const renew = async () => {
      for (const worker of workers) {
        await ask(worker, { do: 'renew', from: next });
        next += COUNT;
      }
    };
    const two = async () => {
      await renew();
      const start = performance.now();
      const both = workers.map((worker) => ask(worker, { do: 'post' }));
      // Until the first is through: after that only one of them posts.
      await Promise.race(both);
      const seconds = (performance.now() - start) / 1_000;
      const rate = new Int32Array(posted).reduce((sum, each) => sum + each, 0) / seconds;
      await Promise.all(both);
      say(`two lanes: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const one = async () => {
      await renew();
      const rate = await rateOf(COUNT * workers.length, async () => {
        for (const worker of workers) await ask(worker, { do: 'post' });
      });
      say(`one lane: ${Math.round(rate)} movements/s`);
      return rate;
    };
    for (let warm = 0; warm < WARM_ROUNDS; warm += 1) {
      await two();
      await one();
    }
    const measured = await interleaved(rounds, two, one);
    for (const worker of workers) await ask(worker, { do: 'end' });
    await Promise.all(workers.map((worker) => worker.terminate()));
    const verified = await verifyLedger(database);
    const correct = verified.breaches.length === 0 && verified.lines === next;
    await database.drop();
    return [
      {
        bench: 'lanes',
        unit: 'movements/s',
        ...measured,
        correct,
        target: { atLeast: 1.4 },
        note: 'reference: the same two halves by the same two workers, one after the other; two at once are measured until the first of them is through',
      },
    ];
  },
};
