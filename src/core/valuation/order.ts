// The one order that the history of an item is valued in. Facts recorded late take the place their own time gives them.
import type { CostTiming } from '../vocabulary/words.ts';
import type { CostPolicy, Step } from './step.ts';

/** What an item is costed by at a time: how, and when prices are made. */
export type TimingAt = (at: bigint) => CostTiming;

/**
 * At the same instant: new rules first, then goods in, then transfers, then goods out, then what comes back, then what
 * is valued anew,
 * so that nothing leaves before it came; then the order of recording.
 */
function rankOf(step: Step): number {
  switch (step.kind) {
    case 'method':
      return 0;
    case 'expect':
      return step.revalues ? 6 : 1;
    case 'receive':
      return 2;
    case 'transfer':
      return 3;
    case 'issue':
    case 'supplier_return':
    case 'undone_output':
    case 'consignor_sale':
      return 4;
    case 'return':
      return 5;
    case 'write_down':
      return 7;
  }
}

/**
 * Where a period makes one price, all its goods count as there before any leave: rules, goods in, production, transfers, then
 * the rest. Transfers come before sales, so that stock sold where it was moved to has a cost.
 */
function phaseOf(step: Step): number {
  switch (step.kind) {
    case 'method':
      return 0;
    case 'expect':
      return step.revalues ? 5 : 0;
    case 'receive':
      return step.cost === 'output' ? 2 : 1;
    case 'issue':
      return step.cost === 'consumption' ? 2 : 4;
    case 'transfer':
      return 3;
    case 'supplier_return':
    case 'undone_output':
    case 'consignor_sale':
    case 'return':
      return 4;
    case 'write_down':
      return 6;
  }
}

interface Placed {
  readonly step: Step;
  readonly start: bigint;
  readonly phase: number;
  readonly rank: number;
}

/** The steps in the order they are valued in. */
export function inOrder(
  steps: readonly Step[],
  policy: Pick<CostPolicy, 'periodStart'>,
  timingAt: TimingAt,
): Step[] {
  const placed = steps.map((step): Placed => {
    const periodic = timingAt(step.at) !== 'perpetual';
    return {
      step,
      start: periodic ? policy.periodStart(step.at) : step.at,
      phase: periodic ? phaseOf(step) : 0,
      rank: rankOf(step),
    };
  });
  return placed.sort(compare).map(({ step }) => step);
}

const compare = (a: Placed, b: Placed): number =>
  sign(a.start, b.start) ||
  a.phase - b.phase ||
  sign(a.step.at, b.step.at) ||
  a.rank - b.rank ||
  sign(a.step.sequence, b.step.sequence) ||
  (a.step.id < b.step.id ? -1 : a.step.id > b.step.id ? 1 : 0);

const sign = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
