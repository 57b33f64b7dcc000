// Valuation: the history of one item folded, step by step, into what its stock is worth and what value went where. Pure:
// the same steps in the same order give the same entries, whether folded at once or from a checkpoint (I9, I11).
import { returnedFor, type Sold } from './away.ts';
import { issue, sellConsigned, sendBack, transfer } from './issue.ts';
import { receive, takeBack } from './receive.ts';
import { capAllowance, changeMethod, expectCost, writeDown } from './revise.ts';
import type { Run, Trace } from './run.ts';
import { type ItemState, startOf } from './state.ts';
import type { CostEntry, CostPolicy, Step } from './step.ts';

export interface FoldOptions {
  /** Where to go on from; it is changed. Default: nothing yet. */
  readonly state?: ItemState;
  /** What the orders that are returned in these steps had sold before them, by reference; changed as the steps say. */
  readonly sold?: Map<string, Sold>;
  readonly trace?: Trace;
}

export interface Folded {
  readonly entries: CostEntry[];
  readonly state: ItemState;
}

/**
 * Values one item's steps, which must be in the order of `inOrder`.
 * @returns the entries of all steps and the state after the last one.
 */
export function fold(policy: CostPolicy, steps: readonly Step[], options: FoldOptions = {}): Folded {
  const state = options.state ?? startOf(policy);
  const entries: CostEntry[] = [];
  const run: Run = { policy, state, entries, sold: soldOf(steps, options.sold), trace: options.trace };
  for (const step of steps) {
    apply(run, step);
    if (state.allowance > 0n) capAllowance(run, step);
  }
  return { entries, state };
}

/** Only orders that something comes back from are remembered: a history has a million others. */
function soldOf(steps: readonly Step[], before: Map<string, Sold> = new Map()): Map<string, Sold> {
  for (const step of steps) {
    const reference = returnedFor(step);
    if (reference !== null && !before.has(reference)) before.set(reference, new Map());
  }
  return before;
}

function apply(run: Run, step: Step): void {
  switch (step.kind) {
    case 'receive':
      receive(run, step);
      break;
    case 'issue':
      issue(run, step);
      break;
    case 'return':
      takeBack(run, step);
      break;
    case 'supplier_return':
    case 'undone_output':
      sendBack(run, step);
      break;
    case 'transfer':
      transfer(run, step);
      break;
    case 'consignor_sale':
      sellConsigned(run, step);
      break;
    case 'expect':
      expectCost(run, step);
      break;
    case 'write_down':
      writeDown(run, step);
      break;
    case 'method':
      changeMethod(run, step);
      break;
  }
}
