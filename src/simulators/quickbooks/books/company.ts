// One company's books: accounts, lists, preferences, and what is booked. Whatever is booked balances, or it is not booked.
// Knows no HTTP and no rules of the API; every change is told to whoever listens, and is kept for change data capture.

import { type Cents, sumOf } from './amounts.ts';
import { CHART, type SeededAccount } from './chart.ts';
import { type Draft, type Plan, signedHome, type Transaction, type TransactionKind } from './transaction.ts';

export interface Account extends SeededAccount {
  currency: string;
  active: boolean;
  syncToken: number;
  createdAt: Date;
  updatedAt: Date;
}

export const LISTS = ['Class', 'Department', 'Customer', 'Vendor', 'Item'] as const;
export type ListName = (typeof LISTS)[number];

export interface Listed {
  id: string;
  name: string;
  active: boolean;
  /** Of an item: `Inventory` for those whose stock the books track. */
  type?: string;
  syncToken: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface Preferences {
  bookCloseDate: string | undefined;
  multicurrency: boolean;
  classes: boolean;
  departments: boolean;
  syncToken: number;
  updatedAt: Date;
}

export type ChangedEntity = TransactionKind | ListName | 'Account' | 'Preferences';
export interface Change {
  readonly entity: ChangedEntity;
  readonly id: string;
  readonly operation: 'created' | 'updated' | 'deleted';
  readonly at: Date;
}

export interface CompanyOptions {
  readonly realmId: string;
  readonly name: string;
  readonly homeCurrency: string;
  readonly country: string;
  readonly plan: Plan;
  readonly timeZone: string;
  /** 1 to 12. */
  readonly fiscalYearFirstMonth: number;
  readonly accounts: readonly SeededAccount[];
  readonly now: () => Date;
}

export interface Company {
  readonly options: CompanyOptions;
  readonly preferences: Readonly<Preferences>;
  account(id: string): Account | undefined;
  accounts(): Account[];
  addAccount(account: Omit<SeededAccount, 'id'> & { id?: string; currency?: string }): Account;
  changeAccount(id: string, change: Partial<Pick<Account, 'active' | 'name'>>): Account;
  list(name: ListName): Listed[];
  listed(name: ListName, id: string): Listed | undefined;
  addListed(name: ListName, entry: { name: string; type?: string }): Listed;
  changeListed(name: ListName, id: string, change: { active: boolean }): Listed;
  setPreferences(change: Partial<Omit<Preferences, 'syncToken' | 'updatedAt'>>): void;
  transaction(kind: TransactionKind, id: string): Transaction | undefined;
  /** What is booked now, in the order it was first booked. */
  transactions(kind?: TransactionKind): Transaction[];
  numbered(kind: TransactionKind, number: string): Transaction[];
  book(draft: Draft): Transaction;
  rebook(id: string, draft: Draft): Transaction;
  remove(id: string): Transaction;
  /** Debits less credits of an account from a day through a day, both included, in home currency. */
  balance(account: string, from: string | undefined, through: string | undefined): Cents;
  /** The latest change of each entity, oldest first. */
  changes(): Change[];
  onChange(listener: (change: Change) => void): void;
}

/** Opens books with the seeded accounts, one customer, one vendor and nothing booked. */
export function openCompany(options: CompanyOptions): Company {
  const { now } = options;
  const opened = { active: true, syncToken: 0, createdAt: now(), updatedAt: now() };
  const seeded = options.accounts.length > 0 ? options.accounts : Object.values(CHART);
  const accounts = new Map<string, Account>(
    seeded.map((account) => [account.id, { ...account, ...opened, currency: options.homeCurrency }]),
  );
  const lists = Object.fromEntries(LISTS.map((name) => [name, new Map()])) as Record<
    ListName,
    Map<string, Listed>
  >;
  lists.Customer.set('1', { ...opened, id: '1', name: 'Harbour Cafe' });
  lists.Vendor.set('2', { ...opened, id: '2', name: 'Kiln & Co' });
  const preferences: Preferences = {
    ...{ bookCloseDate: undefined, multicurrency: false, classes: false, departments: false },
    ...{ syncToken: 0, updatedAt: now() },
  };
  const booked = new Map<string, Transaction>();
  const idsByNumber = new Map<string, Set<string>>();
  const changes = new Map<string, Change>();
  const listeners: Array<(change: Change) => void> = [];
  let lastTransaction = 0;
  let lastAccount = Math.max(200, ...[...accounts.keys()].map(Number).filter(Number.isFinite));
  // Class, department, customer, vendor and item ids come from one large sequence here; only that they are text is certain.
  let lastListed = 5_000_000_000_000_000_000n;

  const changed = (entity: ChangedEntity, id: string, operation: Change['operation'], at: Date): void => {
    const change = { entity, id, operation, at };
    changes.delete(`${entity} ${id}`);
    changes.set(`${entity} ${id}`, change);
    for (const listener of listeners) listener(change);
  };

  const numberKey = (kind: TransactionKind, number: string): string => `${kind} ${number}`;
  const index = (transaction: Transaction): void => {
    if (transaction.number === undefined) return;
    const key = numberKey(transaction.kind, transaction.number);
    idsByNumber.set(key, (idsByNumber.get(key) ?? new Set()).add(transaction.id));
  };
  const unindex = ({ kind, number, id }: Transaction): void => {
    if (number !== undefined) idsByNumber.get(numberKey(kind, number))?.delete(id);
  };
  const mustBalance = ({ lines }: Draft): void => {
    if (sumOf(lines.map(signedHome)) !== 0n)
      throw new Error('A transaction that does not balance was to be booked.');
  };
  const present = (id: string): Transaction => {
    const found = booked.get(id);
    if (found === undefined) throw new Error(`Nothing is booked under ${id}.`);
    return found;
  };
  const known = <Entry>(entry: Entry | undefined, what: string): Entry => {
    if (entry === undefined) throw new Error(`There is no ${what}.`);
    return entry;
  };

  return {
    options,
    preferences,
    account: (id) => accounts.get(id),
    accounts: () => [...accounts.values()],
    addAccount: ({ currency, id, ...given }) => {
      if (id === undefined) lastAccount += 1;
      const account = {
        ...given,
        ...{ active: true, syncToken: 0, createdAt: now(), updatedAt: now() },
        id: id ?? String(lastAccount),
        currency: currency ?? options.homeCurrency,
      };
      if (accounts.has(account.id)) throw new Error(`Account ${account.id} is there already.`);
      accounts.set(account.id, account);
      changed('Account', account.id, 'created', account.createdAt);
      return account;
    },
    changeAccount: (id, change) => {
      const account = known(accounts.get(id), `account ${id}`);
      Object.assign(account, change, { syncToken: account.syncToken + 1, updatedAt: now() });
      changed('Account', id, 'updated', account.updatedAt);
      return account;
    },
    list: (name) => [...lists[name].values()],
    listed: (name, id) => lists[name].get(id),
    addListed: (name, entry) => {
      lastListed += 1n;
      const listed = {
        ...entry,
        ...{ id: String(lastListed), active: true, syncToken: 0, createdAt: now(), updatedAt: now() },
      };
      lists[name].set(listed.id, listed);
      changed(name, listed.id, 'created', listed.createdAt);
      return listed;
    },
    changeListed: (name, id, change) => {
      const listed = known(lists[name].get(id), `${name} ${id}`);
      Object.assign(listed, change, { syncToken: listed.syncToken + 1, updatedAt: now() });
      changed(name, id, 'updated', listed.updatedAt);
      return listed;
    },
    setPreferences: (change) => {
      Object.assign(preferences, change, { syncToken: preferences.syncToken + 1, updatedAt: now() });
      changed('Preferences', '1', 'updated', preferences.updatedAt);
    },
    transaction: (kind, id) => {
      const found = booked.get(id);
      return found?.kind === kind ? found : undefined;
    },
    transactions: (kind) =>
      [...booked.values()].filter((transaction) => kind === undefined || transaction.kind === kind),
    numbered: (kind, number) => [...(idsByNumber.get(numberKey(kind, number)) ?? [])].map(present),
    book: (draft) => {
      mustBalance(draft);
      lastTransaction += 1;
      const at = now();
      const transaction = {
        ...draft,
        ...{ id: String(lastTransaction), syncToken: 0, createdAt: at, updatedAt: at },
      };
      booked.set(transaction.id, transaction);
      index(transaction);
      changed(draft.kind, transaction.id, 'created', at);
      return transaction;
    },
    rebook: (id, draft) => {
      mustBalance(draft);
      const before = present(id);
      const after = { ...before, ...draft, syncToken: before.syncToken + 1, updatedAt: now() };
      unindex(before);
      booked.set(id, after);
      index(after);
      changed(after.kind, id, 'updated', after.updatedAt);
      return after;
    },
    remove: (id) => {
      const before = present(id);
      booked.delete(id);
      unindex(before);
      changed(before.kind, id, 'deleted', now());
      return before;
    },
    balance: (account, from, through) =>
      sumOf(
        [...booked.values()]
          .filter(
            ({ date }) => (from === undefined || date >= from) && (through === undefined || date <= through),
          )
          .flatMap(({ lines }) => lines.filter((line) => line.account === account).map(signedHome)),
      ),
    changes: () => [...changes.values()],
    onChange: (listener) => listeners.push(listener),
  };
}
