// How fast one connection posts durable, idempotent double entry with balances and the tamper link, in batches of 500.
import { openLedger } from '../src/core/ledger/post.ts';
import { verifyLedger } from '../src/core/ledger/verify.ts';
import { copyClient, copyMovements, copyTable } from './copy-reference.ts';
import { type Bench, benchDatabase, interleaved, postAll, rateOf, receipts, renumber } from './support.ts';

const SHAPE = { items: 500, locations: 10 };
const COUNT = 20_000;

export const post: Bench = {
  name: 'post',
  what: 'movements posted a second over one connection, batches of 500 ÷ COPY of the same movements',
  async run({ serverUrl, rounds, say }) {
    const database = await benchDatabase(serverUrl, SHAPE);
    const ledger = openLedger(database);
    const client = await copyClient(database.url);
    await copyTable(client);
    const postings = receipts(0, COUNT, SHAPE);
    let next = 0;
    const renew = () => {
      renumber(postings, next);
      next += COUNT;
    };
    const ours = async () => {
      renew();
      const rate = await rateOf(COUNT, () => postAll(ledger, postings));
      say(`post: ${Math.round(rate)} movements/s`);
      return rate;
    };
    const copy = async () => {
      renew();
      const rate = await rateOf(COUNT, () => copyMovements(client, postings));
      say(`copy: ${Math.round(rate)} movements/s`);
      return rate;
    };
    await ours();
    await copy();
    const measured = await interleaved(rounds, ours, copy);
    const verified = await verifyLedger(database);
    const correct = verified.breaches.length === 0 && verified.lines === COUNT * (rounds + 1);
    await client.end();
    await database.drop();
    return [
      {
        bench: 'post',
        unit: 'movements/s',
        ...measured,
        correct,
        target: { atLeast: 0.25 },
        note: 'reference: COPY, 1,000 rows a transaction',
      },
    ];
  },
};
