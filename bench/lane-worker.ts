// One lane as a worker of its own has it: its own JavaScript thread and connection. `lanes.ts` starts two of these.
import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../src/core/database.ts';
import { laneOf } from '../src/core/ledger/chain.ts';
import type { Posting } from '../src/core/ledger/movement.ts';
import { openLedger } from '../src/core/ledger/post.ts';
import { clear, postAll, receipts, type Shape } from './support.ts';

/** What a lane's thread is started with. */
export interface LaneWork {
  readonly url: string;
  /** 0 or 1: of the receipts, this lane has those of the items whose lane is even or odd. */
  readonly lane: number;
  readonly shape: Shape;
}

/** What it is asked, and answers with the same when it is done. */
export type LaneAsked =
  | { readonly do: 'make'; readonly from: number; readonly count: number }
  | { readonly do: 'post' }
  | { readonly do: 'end' };

const { url, lane, shape } = workerData as LaneWork;
const database = openDatabase({ url, poolSize: 1 });
const ledger = openLedger(database);
let postings: Posting[] = [];

async function answer(asked: LaneAsked): Promise<void> {
  if (asked.do === 'make') {
    // As the workers do it: facts about one item are always written in the same lane.
    postings = receipts(asked.from, asked.count, shape).filter(
      (posting) => laneOf(posting.movements[0]?.lines[0]?.itemId ?? 0) % 2 === lane,
    );
    clear();
  } else if (asked.do === 'post') {
    await postAll(ledger, postings, { lane });
  } else {
    await database.close();
  }
  parentPort?.postMessage(asked);
}

parentPort?.on('message', (asked: LaneAsked) => void answer(asked));
