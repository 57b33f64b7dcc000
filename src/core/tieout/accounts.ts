// Which accounts are tied out, and how: those that hold stock and what clears against it to the last unit, those that take its
// cost beside what others book there, and those that are mostly somebody else’s, such as payables, by our own entries. Pure.
import type { Books } from '../journals/rules.ts';
import { ACCOUNT_ROLES, type AccountRole } from '../vocabulary/words.ts';

/** Only the hub books on these, but for bills against what was received. */
export const OWN_ROLES = [
  'inventory',
  'in_transit',
  'consigned_out',
  'work_in_progress',
  'write_down_allowance',
  'received_not_billed',
  'landed_clearing',
] as const satisfies readonly AccountRole[];

/** Only what happened in a span of days is compared: their balance begins anew with each year. */
export const FLOW_ROLES = [
  'cost_of_goods_sold',
  'adjustment',
  'scrap',
  'price_variance',
  'production_variance',
  'revaluation',
  'write_down_expense',
] as const satisfies readonly AccountRole[];

export interface TiedAccount {
  readonly account: string;
  /** What it is mapped for, in the order of the roles. */
  readonly roles: readonly AccountRole[];
  /**
   * `own`: balances must be equal. `flow`: what moved must be, and others may book there too. `entries`: only our own entries
   * are compared, because the account is mostly somebody else’s.
   */
  readonly standing: 'own' | 'flow' | 'entries';
  /** Bills that the accountant enters in the books are expected on it: of goods, of freight and duty, of both or none. */
  readonly takesBills: readonly BillRole[];
}

/** What a bill that is entered by hand is set against. */
export const BILL_ROLES = [
  'received_not_billed',
  'landed_clearing',
] as const satisfies readonly AccountRole[];
export type BillRole = (typeof BILL_ROLES)[number];

/** Bills of goods while the hub does not book them; those of freight and duty wherever what they clear stands on that account. */
const isByHand = (role: BillRole, books: Pick<Books, 'accounts' | 'system'>): boolean =>
  role === 'received_not_billed' ? books.accounts.payable === undefined : books.system === 'perpetual';

/**
 * The account that takes the bills of each role. They are known by their total, so one account takes them all: the one that the
 * role is mapped to for everything, else the first.
 */
function billAccounts(
  books: Pick<Books, 'accounts' | 'rules' | 'system'>,
  accounts: readonly string[],
  roles: ReadonlyMap<string, ReadonlySet<AccountRole>>,
): ReadonlyMap<BillRole, string> {
  return new Map(
    BILL_ROLES.filter((role) => isByHand(role, books)).flatMap((role) => {
      const account = books.accounts[role] ?? accounts.find((each) => roles.get(each)?.has(role));
      return account === undefined ? [] : [[role, account] as const];
    }),
  );
}

const isOwn = (role: AccountRole): boolean => (OWN_ROLES as readonly string[]).includes(role);
const isFlow = (role: AccountRole): boolean => (FLOW_ROLES as readonly string[]).includes(role);

/** The accounts to tie out: as mapped now, and those that journals were booked on (`booked`: role and account). */
export function tiedAccounts(
  books: Pick<Books, 'accounts' | 'rules' | 'system'>,
  booked: readonly { readonly role: AccountRole; readonly account: string }[],
): readonly TiedAccount[] {
  const roles = new Map<string, Set<AccountRole>>();
  const note = (role: AccountRole, account: string | undefined) => {
    if (account !== undefined) roles.set(account, (roles.get(account) ?? new Set()).add(role));
  };
  for (const role of ACCOUNT_ROLES) note(role, books.accounts[role]);
  for (const rule of books.rules) if (rule.role !== undefined) note(rule.role, rule.account);
  for (const { role, account } of booked) note(role, account);
  const rank = (role: AccountRole) => ACCOUNT_ROLES.indexOf(role);
  const billed = billAccounts(books, [...roles.keys()].sort(), roles);
  return [...roles]
    .map(([account, own]): TiedAccount => {
      const sorted = [...own].sort((a, b) => rank(a) - rank(b));
      return {
        account,
        roles: sorted,
        standing: sorted.some(isOwn) ? 'own' : sorted.some(isFlow) ? 'flow' : 'entries',
        takesBills: BILL_ROLES.filter((role) => billed.get(role) === account),
      };
    })
    .sort(
      (a, b) =>
        rank(a.roles[0] ?? 'inventory') - rank(b.roles[0] ?? 'inventory') || (a.account < b.account ? -1 : 1),
    );
}
