// One lane as a worker of its own has it: its own JavaScript thread and connection. `lanes.ts` starts two of these. The postings
// are made once and get new keys for each round, so that what is measured is posting and not the clearing away of a load.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../src/core/database.ts';
import { openLedger } from '../src/core/ledger/post.ts';
import { postAll, receipts, renumber, type Shape, scattered } from './support.ts';

/** What a lane's thread is started with. */
export interface LaneWork {
  readonly url: string;
  /** 0 or 1: its postings are about every second item. */
  readonly lane: number;
  readonly count: number;
  readonly shape: Shape;
  /** Four bytes a lane: how many movements of the round it has posted. */
  readonly posted: SharedArrayBuffer;
}

/** What it is asked, and answers with the same when it is done. */
export type LaneAsked = { readonly do: 'renew'; readonly from: number } | { readonly do: 'post' | 'end' };

const { url, lane, count, shape, posted } = workerData as LaneWork;
const database = openDatabase({ url, poolSize: 1 });
const ledger = openLedger(database);
const progress = new Int32Array(posted);
// As the workers do it: facts about one item are always written in the same lane.
const itemOf = (n: number) => 1 + lane + 2 * (scattered(n) % (shape.items / 2));
const postings = receipts(0, count, { ...shape, itemOf });

async function answer(asked: LaneAsked): Promise<void> {
  if (asked.do === 'renew') {
    renumber(postings, asked.from);
    Atomics.store(progress, lane, 0);
  } else if (asked.do === 'post') {
    await postAll(ledger, postings, { lane, posted: (movements) => Atomics.add(progress, lane, movements) });
  } else {
    await database.close();
  }
  parentPort?.postMessage(asked);
}

parentPort?.on('message', (asked: LaneAsked) => void answer(asked));
