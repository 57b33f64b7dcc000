// What one cost entry means in the journal, under each system of keeping books. Perpetual: every entry is booked as it is.
// Periodic: bills and write-downs are booked when they happen, everything else waits for the closing journal of its month,
// in which each flow goes where the taking of stock puts it: receipts against purchases, freight against freight-in, and
// whatever left for any reason into the cost of goods sold. Pure; accounts are the chart’s knowledge.
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { Books } from './rules.ts';

export interface EntryRoles {
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
}

/**
 * `at_once`: in the journal of its day; `closing`: in the closing journal of its month; `never`: the books hear of it from
 * somebody else.
 */
export interface Effect {
  readonly when: 'at_once' | 'closing' | 'never';
  readonly debit: AccountRole;
  readonly credit: AccountRole;
}

type Rules = Pick<Books, 'system' | 'accounts'>;

/** What an entry means under the company’s system. */
export function effectOf(entry: EntryRoles, rules: Rules): Effect {
  const { debit, credit } = entry;
  // Without an account for it, the accountant enters the bill in the books, against the same clearing account.
  if (entry.kind === 'bill' && rules.accounts.payable === undefined) return { when: 'never', debit, credit };
  if (rules.system === 'perpetual') return { when: 'at_once', debit, credit };
  if (entry.kind === 'write_down') return { when: 'at_once', debit, credit };
  if (entry.kind === 'bill') return { when: 'at_once', debit: billRole(debit), credit: billRole(credit) };
  return {
    when: 'closing',
    debit: countedRole(debit, entry.kind, rules),
    credit: countedRole(credit, entry.kind, rules),
  };
}

const billRole = (role: AccountRole): AccountRole => (role === 'received_not_billed' ? 'purchases' : role);

/** Roles that the closing journal counts as stock: their balance is replaced by what is there. */
export const COUNTED_ROLES = [
  'inventory',
  'in_transit',
  'consigned_out',
  'work_in_progress',
] as const satisfies readonly AccountRole[];

export const isCounted = (role: AccountRole): boolean => (COUNTED_ROLES as readonly string[]).includes(role);

/** Where a flow stands in a closing journal. */
function countedRole(role: AccountRole, kind: CostKind, { accounts }: Rules): AccountRole {
  const billsAreOurs = accounts.payable !== undefined;
  switch (role) {
    case 'received_not_billed':
      // Our own bills put a supplier’s credit on purchases; an accountant’s stand on the account for returns.
      return kind === 'supplier_return' && !billsAreOurs ? 'purchase_returns' : 'purchases';
    case 'consignor_payable':
      return 'purchases';
    case 'landed_clearing':
      return 'freight_in';
    case 'payable':
      if (billsAreOurs) return 'payable';
      return kind === 'landed_cost' ? 'freight_in' : 'purchases';
    case 'cost_of_goods_sold':
    case 'adjustment':
    case 'scrap':
    case 'price_variance':
    case 'production_variance':
    case 'revaluation':
      return 'cost_of_goods_sold';
    case 'inventory':
    case 'in_transit':
    case 'consigned_out':
    case 'work_in_progress':
    case 'absorbed':
    case 'opening':
    case 'purchases':
    case 'freight_in':
    case 'purchase_returns':
    case 'write_down_expense':
    case 'write_down_allowance':
      return role;
  }
}
