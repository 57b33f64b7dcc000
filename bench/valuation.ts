// How fast movements are valued: the pure fold against a bare loop over scaled integers, and the store's history of a million
// movements valued whole, and again from where a late fact changes it.
import { fold } from '../src/core/valuation/fold.ts';
import type { CostPolicy, Issue, Receive, Step } from '../src/core/valuation/step.ts';
import { valueAll } from '../src/core/valuation/value.ts';
import { type Money, rounded } from '../src/core/vocabulary/money.ts';
import type { Quantity } from '../src/core/vocabulary/quantity.ts';
import { COST_METHODS, type CostMethod } from '../src/core/vocabulary/words.ts';
import {
  type Bench,
  type BenchContext,
  type BenchResult,
  interleaved,
  rateOf,
  scattered,
} from './support.ts';
import { COMPANY, historyDatabase, isRight, lateReceipt } from './valuation-history.ts';

const COUNT = 300_000;
const HISTORY = { items: 20, perItem: 50_000 };
const UNIT = 1_000_000n;
const POOL = { id: 0, role: 'inventory' } as const;

export const valuation: Bench = {
  name: 'valuation',
  what: 'movements valued a second by the fold ÷ a bare loop on scaled integers; a late fact in 1,000,000 movements ÷ all of them',
  run: async (context) => [...(await folds(context)), await lateFact(context)],
};

async function folds({ rounds, say }: BenchContext): Promise<BenchResult[]> {
  const steps = history(COUNT);
  const results: BenchResult[] = [];
  for (const method of COST_METHODS) {
    const own = method === 'standard' ? [standard(), ...steps] : steps;
    let correct = true;
    const ours = () =>
      rateOf(COUNT, async () => {
        const { entries, state } = fold(policyOf(method), own);
        let sold = 0n;
        for (const entry of entries) if (entry.kind === 'sale') sold += entry.amount;
        const left = state.pools.get(0)?.value ?? 0n;
        if (method === 'fifo') correct &&= sold === bareSold && left === bareLeft;
        else if (method !== 'standard') correct &&= sold + left === received;
      });
    const reference = () =>
      rateOf(COUNT, async () => {
        ({ sold: bareSold, left: bareLeft } = bareFifo(steps));
      });
    await reference();
    await ours();
    const measured = await interleaved(rounds, ours, reference);
    say(`${method}: ${Math.round(measured.value)} of ${Math.round(measured.reference)} movements/s`);
    results.push({
      bench: method === 'fifo' ? 'valuation' : `valuation-${method}`,
      unit: 'movements/s',
      ...measured,
      correct,
      ...(method === 'fifo' ? { target: { atLeast: 0.2 } } : {}),
      note: 'reference: first in, first out over arrays of bigints in millionths and cents, a cost for each issue kept, no entries',
    });
  }
  return results;
}

let bareSold = 0n;
let bareLeft = 0n;
let received = 0n;

/** Receipts of up to 200 and sales of up to 40 units, a fifth of them receipts, never below zero. */
function history(count: number): Step[] {
  let stock = 0;
  received = 0n;
  return Array.from({ length: count }, (_, n): Step => {
    const base = { at: BigInt(n), sequence: BigInt(n), locationId: 1, pool: POOL, lotId: null };
    if (stock < 50 || scattered(n) % 5 === 0) {
      const units = 1 + (scattered(n + 1) % 200);
      const amount = BigInt(units * 500 + (scattered(n + 2) % (units * 1000))) as Money;
      stock += units;
      received += amount;
      const receive: Receive = {
        ...base,
        kind: 'receive',
        id: `r${n}:0`,
        quantity: (BigInt(units) * UNIT) as Quantity,
        cost: 'receipt',
        from: 'received_not_billed',
        parts: [{ kind: 'receipt', from: 'received_not_billed', amount }],
      };
      return receive;
    }
    const units = Math.min(stock, 1 + (scattered(n + 1) % 40));
    stock -= units;
    const issue: Issue = {
      ...base,
      kind: 'issue',
      id: `i${n}:0`,
      quantity: (BigInt(units) * UNIT) as Quantity,
      cost: 'sale',
      to: 'cost_of_goods_sold',
      reference: `order ${n}`,
    };
    return issue;
  });
}

const standard = (): Step => ({
  kind: 'expect',
  id: 'standard:0',
  at: 0n,
  sequence: -1n,
  locationId: 0,
  unitCost: '10.00',
  revalues: false,
});

const policyOf = (method: CostMethod): CostPolicy => ({
  currency: 'USD',
  method,
  timing: 'perpetual',
  reversesWriteDowns: true,
  periodStart: (at) => at,
});

/** What a programmer writes who needs one number: no pools, no shortages, no entries. */
function bareFifo(steps: readonly Step[]): { sold: bigint; left: bigint } {
  const quantities: bigint[] = [];
  const values: bigint[] = [];
  const costs: bigint[] = [];
  let first = 0;
  for (const step of steps) {
    if (step.kind === 'receive') {
      quantities.push(step.quantity);
      values.push(step.parts?.[0]?.amount ?? 0n);
    } else if (step.kind === 'issue') {
      let open: bigint = step.quantity;
      let cost = 0n;
      while (open > 0n) {
        const there = quantities[first] as bigint;
        const worth = values[first] as bigint;
        if (there <= open) {
          cost += worth;
          open -= there;
          first += 1;
        } else {
          const part = rounded(worth * open, there);
          quantities[first] = there - open;
          values[first] = worth - part;
          cost += part;
          open = 0n;
        }
      }
      costs.push(cost);
    }
  }
  let sold = 0n;
  for (const cost of costs) sold += cost;
  let left = 0n;
  for (let index = first; index < values.length; index += 1) left += values[index] as bigint;
  return { sold, left };
}

/** The whole history once, then a receipt in the middle of one item's; the figure is the second ÷ the first. */
async function lateFact({ serverUrl, rounds, say }: BenchContext): Promise<BenchResult> {
  const made = await historyDatabase(serverUrl, HISTORY, say);
  const { database } = made;
  const all = HISTORY.items * HISTORY.perItem;
  const fullRate = await rateOf(all, async () => {
    const { failed } = await valueAll(database, COMPANY);
    if (failed > 0) throw new Error(`${failed} items could not be valued`);
  });
  const fullMs = (all / fullRate) * 1000;
  say(`valued ${all.toLocaleString('en')} movements in ${Math.round(fullMs)} ms, ${Math.round(fullRate)}/s`);
  const times: number[] = [];
  let steps = 0;
  for (let round = 0; round < rounds; round += 1) {
    const itemId = 1 + round;
    await lateReceipt(made, itemId, Math.floor(HISTORY.perItem / 2));
    const start = performance.now();
    const valued = await valueAll(database, COMPANY);
    times.push(performance.now() - start);
    steps = Math.max(steps, valued.steps);
  }
  const lateMs = times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
  say(`a late receipt: ${Math.round(lateMs)} ms, ${steps.toLocaleString('en')} steps`);
  const correct = (await isRight(made)) && steps < HISTORY.perItem;
  await made.drop();
  return {
    bench: 'valuation-late',
    unit: 'ms',
    value: lateMs,
    reference: fullMs,
    ratio: lateMs / fullMs,
    correct,
    note: `reference: all ${all.toLocaleString('en')} movements of ${HISTORY.items} items valued from nothing, once, in the store, at ${Math.round(fullRate).toLocaleString('en')}/s; value: a receipt recorded late in the middle of one item’s ${HISTORY.perItem.toLocaleString('en')}, which folded ${steps.toLocaleString('en')} steps again`,
  };
}
