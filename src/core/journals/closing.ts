// The closing journal of a month in the periodic system, as textbooks write it: what was bought and what was there at the
// beginning goes into the cost of goods sold, what is there at the end comes out of it. Stock at the end is the ledger’s.
// Pure. Its net effect on every account is the sum of the month’s entries.
import type { Money } from '../vocabulary/money.ts';
import type { CostKind } from '../vocabulary/words.ts';
import { isCounted } from './effect.ts';
import type { Pair, Target } from './lines.ts';
import { roleText } from './wording.ts';

/** One entry of the month with where both sides go, and where the cost of goods sold of its place goes. */
export interface ClosingEntry {
  readonly entry: string;
  readonly counted: string;
  readonly kind: CostKind;
  readonly debit: Target;
  readonly credit: Target;
  readonly cost: Target;
  readonly amount: Money;
}

export interface OpeningStock {
  readonly target: Target;
  /** Debit above zero. */
  readonly amount: Money;
}

/**
 * The amounts of a closing journal, those of one entry or one account of stock together; `cost` is where the cost of the stock
 * at the beginning goes.
 */
export function closingPairs(
  month: string,
  entries: readonly ClosingEntry[],
  opening: readonly OpeningStock[],
  cost: Target,
): Pair[][] {
  const atBeginning = section(1, 'at the beginning', month);
  const atEnd = section(2, 'at the end', month);
  return [
    ...entries.map((entry): Pair[] => [
      {
        ...seen(entry),
        debit: isCounted(entry.debit.role) ? entry.cost : entry.debit,
        credit: isCounted(entry.credit.role) ? entry.cost : entry.credit,
      },
      ...(isCounted(entry.debit.role)
        ? [
            {
              ...seen(entry),
              kind: 'adjustment' as const,
              debit: entry.debit,
              credit: entry.cost,
              section: atEnd,
            },
          ]
        : []),
      ...(isCounted(entry.credit.role)
        ? [
            {
              ...seen(entry),
              kind: 'adjustment' as const,
              debit: entry.cost,
              credit: entry.credit,
              section: atEnd,
            },
          ]
        : []),
    ]),
    ...opening.map(({ target, amount }): Pair[] => [
      { debit: cost, credit: target, amount, kind: 'opening', section: atBeginning },
      { debit: target, credit: cost, amount, kind: 'adjustment', section: atEnd },
    ]),
  ];
}

const seen = ({ entry, counted, kind, amount }: ClosingEntry) => ({ entry, counted, kind, amount });

const section = (name: number, when: string, month: string): NonNullable<Pair['section']> => ({
  name,
  text: (role) =>
    isCounted(role)
      ? `${roleText(role)} ${when} of ${month}`
      : `${roleText(role)}, stock ${when} of ${month}`,
});
