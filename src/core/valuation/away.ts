// What left for an order and did not come back, by where it went: nothing but the sum of the entries that say so, so that a
// return finds the same cost wherever folding began. Reads no database.
import { type Money, NO_MONEY } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import { type AccountRole, STOCK_ROLES } from '../vocabulary/words.ts';
import type { CostEntry, Step } from './step.ts';

/** Goods that are away, and what they left at; below zero while more came back than left. */
export interface Away {
  quantity: Quantity;
  value: Money;
  /** The write-down that left with them. */
  allowance: Money;
}

/** The goods of one order by the role their value went to. */
export type Sold = Map<AccountRole, Away>;

/** The reference that something comes back for in a step; null: it does not, or nobody knows for what. */
export function returnedFor(step: Step): string | null {
  const isReturn = step.kind === 'return' || (step.kind === 'consignor_sale' && step.isReturn);
  return isReturn ? step.reference : null;
}

/** What an entry, or several that say the same, must tell. */
export type SaidOfAway = Pick<CostEntry, 'debit' | 'credit' | 'amount' | 'quantity' | 'reference'>;

/** Roles that goods leave to and come back from. */
const AWAY: readonly AccountRole[] = [
  'cost_of_goods_sold',
  'work_in_progress',
  'adjustment',
  'scrap',
  'opening',
];
const isAway = (role: AccountRole): boolean => AWAY.includes(role);
const isStock = (role: AccountRole): boolean => (STOCK_ROLES as readonly AccountRole[]).includes(role);

/** Adds an entry to what is known of its order; orders that `sold` does not have are of no interest. */
export function noteSold(sold: ReadonlyMap<string, Sold>, entry: SaidOfAway): void {
  if (sold.size === 0 || entry.reference === null) return;
  const order = sold.get(entry.reference);
  if (!order) return;
  const debit = entry.debit.role;
  const credit = entry.credit.role;
  if (isAway(debit) && isStock(credit)) add(order, debit, entry.quantity, entry.amount);
  else if (isAway(credit) && (isStock(debit) || debit === 'scrap'))
    add(order, credit, -entry.quantity, -entry.amount);
  else if (debit === 'write_down_allowance' && isAway(credit)) release(order, credit, entry.amount);
  else if (credit === 'write_down_allowance' && isAway(debit)) release(order, debit, -entry.amount);
}

/**
 * Adds goods of somebody else's that were sold for an order, or (below zero) came back, to what is known of it: whom they are owed
 * to stands for where they went. Their entries are of value alone, so one that comes to nothing says nothing of them.
 */
export function noteConsigned(
  sold: ReadonlyMap<string, Sold>,
  { reference, quantity, amount }: Pick<SaidOfAway, 'reference' | 'quantity' | 'amount'>,
): void {
  const order = reference === null ? undefined : sold.get(reference);
  if (order && amount !== 0n) add(order, 'consignor_payable', quantity, amount);
}

/** Nothing sold yet for these orders. The names of one order, of which each is in `names` once, lead to the same goods. */
export function noneSold(
  references: Iterable<string | null>,
  names: readonly (readonly string[])[] = [],
): Map<string, Sold> {
  const sold = new Map<string, Sold>();
  for (const reference of references) if (reference !== null) sold.set(reference, new Map());
  for (const own of names) {
    const order = own.map((name) => sold.get(name)).find((known) => known !== undefined) ?? new Map();
    for (const name of own) sold.set(name, order);
  }
  return sold;
}

/** What the entries say of these orders; of each there is something to ask, however little it is. */
export function soldIn(
  entries: Iterable<SaidOfAway>,
  references: Iterable<string | null>,
): Map<string, Sold> {
  const sold = noneSold(references);
  for (const entry of entries) noteSold(sold, entry);
  return sold;
}

function awayOf(order: Sold, role: AccountRole): Away {
  let away = order.get(role);
  if (!away) {
    away = { quantity: 0n as Quantity, value: NO_MONEY, allowance: NO_MONEY };
    order.set(role, away);
  }
  return away;
}

function add(order: Sold, role: AccountRole, quantity: bigint, value: bigint): void {
  const away = awayOf(order, role);
  away.quantity = (away.quantity + quantity) as Quantity;
  away.value = (away.value + value) as Money;
}

function release(order: Sold, role: AccountRole, amount: bigint): void {
  const away = awayOf(order, role);
  away.allowance = (away.allowance + amount) as Money;
}
