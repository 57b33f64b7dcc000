// What a second lane brings: two workers at once, each with its own thread, connection, lane and items, against one after the
// other. In one thread two lanes share what JavaScript costs, and on two cores a single lane leaves little of them idle.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import type { LaneAsked, LaneWork } from './lane-worker.ts';
import { type Bench, benchDatabase, interleaved, rateOf } from './support.ts';

const SHAPE = { items: 1_000, locations: 10 };
const COUNT = 20_000;

export const lanes: Bench = {
  name: 'lanes',
  what: 'two workers posting at once, each in its lane, no item in both ÷ one after the other',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, SHAPE);
    const workers = [0, 1].map((lane) => {
      const workerData: LaneWork = { url: database.url, lane, shape: SHAPE };
      return new Worker(new URL('./lane-worker.ts', import.meta.url), { workerData });
    });
    const ask = async (worker: Worker, asked: LaneAsked) => {
      const answered = once(worker, 'message');
      worker.postMessage(asked);
      await answered;
    };
    const askAll = (asked: LaneAsked) => Promise.all(workers.map((worker) => ask(worker, asked)));
    let next = 0;
    const measuredAs = async (name: string, post: () => Promise<unknown>) => {
      await askAll({ do: 'make', from: next, count: COUNT });
      next += COUNT;
      const rate = await rateOf(COUNT, async () => void (await post()));
      say(`${name}: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const two = () => measuredAs('two lanes', () => askAll({ do: 'post' }));
    const one = () =>
      measuredAs('one lane', async () => {
        for (const worker of workers) await ask(worker, { do: 'post' });
      });
    await two();
    await one();
    const measured = await interleaved(rounds, two, one);
    await askAll({ do: 'end' });
    await Promise.all(workers.map((worker) => worker.terminate()));
    const verified = await verifyLedger(database);
    const correct = verified.breaches.length === 0 && verified.lines === COUNT * 2 * (rounds + 1);
    await database.drop();
    return [
      {
        bench: 'lanes',
        unit: 'movements/s',
        ...measured,
        correct,
        target: { atLeast: 1.4 },
        note: 'reference: the same two halves by the same two workers, one after the other',
      },
    ];
  },
};
