// What a second lane brings: two posters at once, each with its own lane, connection and items, against one after the other.
import { laneOf } from '../src/core/ledger/chain.ts';
import type { Posting } from '../src/core/ledger/movement.ts';
import { openLedger } from '../src/core/ledger/post.ts';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import { type Bench, benchDatabase, interleaved, postAll, rateOf, receipts } from './support.ts';

const SHAPE = { items: 1_000, locations: 10 };
const COUNT = 20_000;

export const lanes: Bench = {
  name: 'lanes',
  what: 'two lanes posting at once, no item in both ÷ one lane posting the same',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, SHAPE);
    const ledger = openLedger(database);
    let next = 0;
    /** As the workers do it: facts about one item are always written in the same lane. */
    const halves = (): Record<'even' | 'odd', Posting[]> => {
      const made = receipts(next, COUNT, SHAPE);
      next += COUNT;
      return Object.groupBy(made, (posting) =>
        laneOf(posting.movements[0]?.lines[0]?.itemId ?? 0) % 2 === 0 ? 'even' : 'odd',
      ) as Record<'even' | 'odd', Posting[]>;
    };
    const two = async () => {
      const { even, odd } = halves();
      const rate = await rateOf(
        COUNT,
        async () =>
          void (await Promise.all([postAll(ledger, even, { lane: 0 }), postAll(ledger, odd, { lane: 1 })])),
      );
      say(`two lanes: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const one = async () => {
      const { even, odd } = halves();
      const rate = await rateOf(COUNT, async () => {
        await postAll(ledger, even, { lane: 0 });
        await postAll(ledger, odd, { lane: 1 });
      });
      say(`one lane: ${Math.round(rate)} movements/s`);
      return rate;
    };
    await two();
    await one();
    const measured = await interleaved(rounds, two, one);
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
        note: 'reference: the same two halves, one after the other over one connection',
      },
    ];
  },
};
