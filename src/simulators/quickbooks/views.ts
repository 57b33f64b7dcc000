// What a test or a rehearsal sees of the company's books: plain values, amounts as decimal text. Changes nothing.

import { centsText } from './books/amounts.ts';
import type { Account, Company } from './books/company.ts';
import { type Side, TRANSACTION_KINDS, type Transaction, type TransactionKind } from './books/transaction.ts';
import { accountNamed } from './people.ts';

export interface BookedLine {
  account: string;
  accountName: string;
  side: Side;
  amount: string;
  description?: string;
  class?: string;
  department?: string;
}

export interface BookedEntry {
  id: string;
  kind: TransactionKind;
  syncToken: string;
  number?: string;
  date: string;
  note?: string;
  currency: string;
  lines: BookedLine[];
}

export interface CompanyView {
  /** What is booked now, in the order of booking; journal entries unless another kind is asked for. */
  entries(kind?: TransactionKind): BookedEntry[];
  /** Debits less credits through the end of a day, all years together, as decimal text in home currency. */
  balance(account: string, asOf?: string): string;
  account(named: string): Account;
  accounts(): Account[];
  closingDate(): string | undefined;
}

export const companyView = (company: Company): CompanyView => ({
  entries: (kind = 'JournalEntry') => company.transactions(kind).map((entry) => viewOf(company, entry)),
  balance: (account, asOf) => centsText(company.balance(accountNamed(company, account).id, undefined, asOf)),
  account: (named) => ({ ...accountNamed(company, named) }),
  accounts: () => company.accounts().map((account) => ({ ...account })),
  closingDate: () => company.preferences.bookCloseDate,
});

export interface Books {
  /** Debits less credits by the account's name, without those at zero. */
  balances: Record<string, string>;
  /** How many of each kind are booked. */
  booked: Record<TransactionKind, number>;
  closedThrough: string | null;
}

export function booksOf(company: Company): Books {
  const balances = company
    .accounts()
    .map(({ id, name }) => [name, company.balance(id, undefined, undefined)] as const)
    .filter(([, balance]) => balance !== 0n)
    .map(([name, balance]) => [name, centsText(balance)] as const);
  const booked = { JournalEntry: 0, Bill: 0, Purchase: 0 };
  for (const kind of TRANSACTION_KINDS) booked[kind] = company.transactions(kind).length;
  return {
    balances: Object.fromEntries(balances),
    booked,
    closedThrough: company.preferences.bookCloseDate ?? null,
  };
}

function viewOf(company: Company, entry: Transaction): BookedEntry {
  return {
    id: entry.id,
    kind: entry.kind,
    syncToken: String(entry.syncToken),
    ...(entry.number !== undefined && { number: entry.number }),
    date: entry.date,
    ...(entry.note !== undefined && { note: entry.note }),
    currency: entry.currency,
    lines: entry.lines.map((line) => ({
      account: line.account,
      accountName: company.account(line.account)?.name ?? '',
      side: line.side,
      amount: centsText(line.amount),
      ...(line.description !== undefined && { description: line.description }),
      ...(line.class !== undefined && { class: line.class }),
      ...(line.department !== undefined && { department: line.department }),
    })),
  };
}
