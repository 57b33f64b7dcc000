// The words on journals: what a role is called, what is counted on a line, what a memo says. Pure.
import { plainTextOf } from '../vocabulary/text.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { JournalKind } from './document.ts';

const ROLE: Readonly<Record<AccountRole, string>> = {
  inventory: 'Inventory',
  in_transit: 'Goods in transit',
  consigned_out: 'Goods on consignment',
  received_not_billed: 'Goods received, not billed',
  landed_clearing: 'Landed cost clearing',
  payable: 'Payable to suppliers',
  consignor_payable: 'Payable to consignors',
  cost_of_goods_sold: 'Cost of goods sold',
  adjustment: 'Stock adjustment',
  scrap: 'Scrap',
  price_variance: 'Purchase price variance',
  work_in_progress: 'Work in progress',
  production_variance: 'Production variance',
  absorbed: 'Labour and overhead absorbed',
  revaluation: 'Revaluation',
  write_down_expense: 'Write-down of stock',
  write_down_allowance: 'Allowance for write-downs',
  opening: 'Opening stock',
  purchases: 'Purchases',
  freight_in: 'Freight in',
  purchase_returns: 'Purchase returns',
};

/** One and many of what a line of that kind is made of. */
const COUNTED: Readonly<Record<CostKind, readonly [string, string]>> = {
  opening: ['opening count', 'opening counts'],
  receipt: ['receipt', 'receipts'],
  bill: ['bill', 'bills'],
  landed_cost: ['landed cost', 'landed costs'],
  sale: ['order', 'orders'],
  customer_return: ['customer return', 'customer returns'],
  supplier_return: ['return to a supplier', 'returns to suppliers'],
  transfer: ['transfer', 'transfers'],
  adjustment: ['adjustment', 'adjustments'],
  scrap: ['scrapping', 'scrappings'],
  consumption: ['consumption', 'consumptions'],
  output: ['production output', 'production outputs'],
  absorption: ['absorption', 'absorptions'],
  true_up: ['true-up of stock sold before it came', 'true-ups of stock sold before it came'],
  revaluation: ['revaluation', 'revaluations'],
  write_down: ['write-down', 'write-downs'],
};

/** `Cost of goods sold, 14 orders`. */
export function lineText(role: AccountRole, kind: CostKind, count: number): string {
  const said = (counted: CostKind): string => `${count} ${COUNTED[counted][count === 1 ? 0 : 1]}`;
  // What is counted are the receipts it was put on; one document may be for many of them.
  return `${ROLE[role]}, ${kind === 'landed_cost' ? `landed cost of ${said('receipt')}` : said(kind)}`;
}

/** What lines of journals call many of a kind: `orders`. */
export const manyText = (kind: CostKind): string => COUNTED[kind][1];

export const roleText = (role: AccountRole): string => ROLE[role];

const STEMS: Readonly<Record<Exclude<JournalKind, 'reversal'>, string>> = {
  activity: 'INV',
  correction: 'COR',
  closing: 'CLS',
};

/** The part of a number that journals of the same kind and day share: `INV-20261114`. */
export const stemOf = (kind: Exclude<JournalKind, 'reversal'>, day: string): string =>
  `${STEMS[kind]}-${day.replaceAll('-', '')}`;

/** The number of the journal that takes another one back. */
export const reversalNumber = (number: string): string => `R-${number}`;

/** What a journal is, for its memo and for screens. `period` is a day or a month, `ordinal` counts corrections of it. */
export function titleOf(journal: {
  readonly kind: Exclude<JournalKind, 'reversal'>;
  readonly period: string;
  readonly ordinal: number;
  readonly reference?: string | undefined;
}): string {
  const order = journal.reference === undefined ? '' : `, order ${journal.reference}`;
  switch (journal.kind) {
    case 'activity':
      return `Stock activity of ${journal.period}${order}`;
    case 'correction':
      return `Correction ${journal.ordinal} of ${journal.period}${order}`;
    case 'closing':
      return `Closing of stock for ${journal.period}`;
  }
}

/** The memo that goes into the books: the hub’s own id first, by which the entry is known again. */
export const memoOf = (id: string, title: string): string => plainTextOf(`Stockbridge ${id}: ${title}`, 4000);
