// What is booked: journal entries, and the bills and expenses that people enter. Every one balances, in home currency too.

import type { Cents } from './amounts.ts';
import { homeOf, sumOf } from './amounts.ts';

export const PLANS = ['simple_start', 'essentials', 'plus', 'advanced'] as const;
export type Plan = (typeof PLANS)[number];

export const TRANSACTION_KINDS = ['JournalEntry', 'Bill', 'Purchase'] as const;
export type TransactionKind = (typeof TRANSACTION_KINDS)[number];
export type Side = 'Debit' | 'Credit';
export type PartyType = 'Customer' | 'Vendor' | 'Employee';

export interface Line {
  readonly id: string;
  readonly description: string | undefined;
  /** In the transaction's currency, above zero. */
  readonly amount: Cents;
  readonly home: Cents;
  readonly side: Side;
  readonly account: string;
  readonly party: { readonly type: PartyType; readonly id: string } | undefined;
  readonly class: string | undefined;
  readonly department: string | undefined;
}

export interface Draft {
  readonly kind: TransactionKind;
  readonly number: string | undefined;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly note: string | undefined;
  readonly currency: string;
  /** Home units for one foreign unit; undefined in home currency. */
  readonly rate: string | undefined;
  readonly adjustment: boolean;
  readonly lines: readonly Line[];
}

export interface Transaction extends Draft {
  readonly id: string;
  readonly syncToken: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Debits above zero, credits below, in home currency. */
export const signedHome = ({ side, home }: Pick<Line, 'side' | 'home'>): Cents =>
  side === 'Debit' ? home : -home;

const total = (lines: readonly Line[], side: Side, of: (line: Line) => Cents): Cents =>
  sumOf(lines.filter((line) => line.side === side).map(of));

/** Debits less credits in the transaction's currency. */
export const imbalanceOf = (lines: readonly Line[]): Cents =>
  total(lines, 'Debit', ({ amount }) => amount) - total(lines, 'Credit', ({ amount }) => amount);

/**
 * Lines with their home amounts. What rounding leaves over goes to the largest line of the smaller side; where
 * QuickBooks puts it is unverified.
 */
export function withHomeAmounts(lines: readonly Line[], rate: string | undefined): Line[] {
  const converted = lines.map((line) => ({
    ...line,
    home: rate === undefined ? line.amount : homeOf(line.amount, rate),
  }));
  const left = sumOf(converted.map(signedHome));
  const smaller: Side = left > 0n ? 'Credit' : 'Debit';
  const largest = converted
    .filter(({ side }) => side === smaller)
    .reduce<Line | undefined>((most, line) => (most && most.home >= line.home ? most : line), undefined);
  const missing = left < 0n ? -left : left;
  return converted.map((line) => (line === largest ? { ...line, home: line.home + missing } : line));
}
