// The people who work in the company by hand: they edit, delete, book, close, and change the chart. What they do is told by
// webhooks and change data capture like everything else. They know the closing password, so closed books do not stop them.

import type { z } from 'zod';
import { centsOf } from './books/amounts.ts';
import { CHART, type ChartKey } from './books/chart.ts';
import type { Account, Company } from './books/company.ts';
import {
  imbalanceOf,
  type Line,
  type Side,
  type Transaction,
  type TransactionKind,
} from './books/transaction.ts';
import * as inputs from './people-inputs.ts';

export type PeopleInputs = {
  editEntry: z.input<typeof inputs.editEntrySchema>;
  deleteEntry: z.input<typeof inputs.whichEntrySchema>;
  bookEntry: z.input<typeof inputs.bookEntrySchema>;
  bookBill: z.input<typeof inputs.spendSchema>;
  editBill: z.input<typeof inputs.editEntrySchema>;
  deleteBill: z.input<typeof inputs.whichEntrySchema>;
  bookExpense: z.input<typeof inputs.spendSchema>;
  setClosingDate: z.input<typeof inputs.closingDateSchema>;
  setAccountActive: z.input<typeof inputs.accountActiveSchema>;
  createAccount: z.input<typeof inputs.newAccountSchema>;
  setFeatures: z.input<typeof inputs.featuresSchema>;
  createClass: z.input<typeof inputs.nameSchema>;
  createDepartment: z.input<typeof inputs.nameSchema>;
  createItem: z.input<typeof inputs.newItemSchema>;
  setListedActive: z.input<typeof inputs.listedActiveSchema>;
};

/** What an action made or changed. */
export interface Touched {
  id: string;
}

export type People = { [Name in keyof PeopleInputs]: (input: PeopleInputs[Name]) => Touched };

/** The account of an id, number, name, or key of the seeded chart; throws when there is none. */
export function accountNamed(company: Company, named: string): Account {
  const seeded = Object.hasOwn(CHART, named) ? CHART[named as ChartKey].id : undefined;
  const found =
    company.account(named) ??
    company.accounts().find(({ number, name }) => number === named || name === named) ??
    (seeded === undefined ? undefined : company.account(seeded));
  if (found === undefined) throw new Error(`There is no account ${named}.`);
  return found;
}

export function peopleOf(company: Company): People {
  const idOf = (named: string): string => accountNamed(company, named).id;
  const found = (
    kind: 'JournalEntry' | 'Bill',
    { id, number }: { id?: string | undefined; number?: string | undefined },
  ): Transaction => {
    const one = id === undefined ? company.numbered(kind, number ?? '')[0] : company.transaction(kind, id);
    if (one === undefined)
      throw new Error(`There is no ${kind === 'Bill' ? 'bill' : 'journal entry'} ${id ?? number}.`);
    return one;
  };
  const edit = (
    before: Transaction,
    { amount, date, account, note, newNumber }: ReturnType<typeof inputs.editEntrySchema.parse>,
  ): Touched => {
    const moved = account && { from: idOf(account.from), to: idOf(account.to) };
    const { id } = company.rebook(before.id, {
      ...before,
      date: date ?? before.date,
      note: note ?? before.note,
      number: newNumber ?? before.number,
      lines: resized(before, amount).map((each) =>
        each.account === moved?.from ? { ...each, account: moved.to } : each,
      ),
    });
    return { id };
  };
  const draft = (kind: TransactionKind, given: Given, lines: readonly Line[]): Touched => {
    if (imbalanceOf(lines) !== 0n)
      throw new Error('The debits and credits of a journal entry must be equal.');
    const { date, number, note } = given;
    const { homeCurrency: currency } = company.options;
    const { id } = company.book({
      ...{ kind, date, number, note, currency, lines },
      ...{ rate: undefined, adjustment: false },
    });
    return { id };
  };
  const spend = (kind: 'Bill' | 'Purchase', input: PeopleInputs['bookBill']): Touched => {
    const given = inputs.spendSchema.parse(input);
    const credit =
      kind === 'Bill'
        ? line(1, 'Credit', CHART.payable.id, given.amount, { party: { type: 'Vendor', id: '2' } })
        : line(1, 'Credit', CHART.bank.id, given.amount);
    return draft(kind, given, [line(0, 'Debit', idOf(given.account), given.amount), credit]);
  };

  return {
    editEntry: (input) => {
      const given = inputs.editEntrySchema.parse(input);
      return edit(found('JournalEntry', given), given);
    },
    deleteEntry: (input) => {
      const { id } = company.remove(found('JournalEntry', inputs.whichEntrySchema.parse(input)).id);
      return { id };
    },
    bookEntry: (input) => {
      const given = inputs.bookEntrySchema.parse(input);
      const lines = given.lines.map((each, index) =>
        line(index, each.side, idOf(each.account), each.amount, {
          description: each.description,
          class: each.class,
          department: each.department,
        }),
      );
      return draft('JournalEntry', given, lines);
    },
    bookBill: (input) => spend('Bill', input),
    editBill: (input) => {
      const given = inputs.editEntrySchema.parse(input);
      const before = found('Bill', given);
      if (given.account && idOf(given.account.from) === CHART.payable.id)
        throw new Error('A bill is owed on payables; only the account of what was bought can be another.');
      return edit(before, given);
    },
    deleteBill: (input) => {
      const { id } = company.remove(found('Bill', inputs.whichEntrySchema.parse(input)).id);
      return { id };
    },
    bookExpense: (input) => spend('Purchase', input),
    setClosingDate: (input) => {
      company.setPreferences({ bookCloseDate: inputs.closingDateSchema.parse(input).date ?? undefined });
      return { id: '1' };
    },
    setAccountActive: (input) => {
      const { account, active } = inputs.accountActiveSchema.parse(input);
      const { id, name } = accountNamed(company, account);
      // The service marks the name of an account that people made inactive. It also books what the account still held away,
      // to opening balance equity; that is not simulated, because the entry it makes is unverified.
      const plain = name.replace(/ \(deleted\)$/, '');
      company.changeAccount(id, { active, name: active ? plain : `${plain} (deleted)` });
      return { id };
    },
    createAccount: (input) => {
      const { parent, subtype, currency, ...given } = inputs.newAccountSchema.parse(input);
      const { id } = company.addAccount({
        ...given,
        subtype: subtype ?? given.type.replaceAll(' ', ''),
        ...(parent !== undefined && { parent: idOf(parent) }),
        ...(currency !== undefined && { currency }),
      });
      return { id };
    },
    setFeatures: (input) => {
      const features = inputs.featuresSchema.parse(input);
      const { plan } = company.options;
      if ((features.classes || features.departments) && (plan === 'simple_start' || plan === 'essentials'))
        throw new Error(`The plan ${plan} has neither classes nor locations.`);
      company.setPreferences(
        Object.fromEntries(Object.entries(features).filter(([, isOn]) => isOn !== undefined)),
      );
      return { id: '1' };
    },
    createClass: (input) => ({ id: company.addListed('Class', inputs.nameSchema.parse(input)).id }),
    createDepartment: (input) => ({ id: company.addListed('Department', inputs.nameSchema.parse(input)).id }),
    createItem: (input) => ({ id: company.addListed('Item', inputs.newItemSchema.parse(input)).id }),
    setListedActive: (input) => {
      const { list, id, active } = inputs.listedActiveSchema.parse(input);
      return { id: company.changeListed(list, id, { active }).id };
    },
  };
}

interface Given {
  date: string;
  number?: string | undefined;
  note?: string | undefined;
}

function line(
  index: number,
  side: Side,
  account: string,
  amountText: string,
  more: Partial<Pick<Line, 'description' | 'class' | 'department' | 'party'>> = {},
): Line {
  const amount = centsOf(amountText) ?? 0n;
  return {
    ...{ id: String(index), side, account, amount, home: amount },
    ...{ description: undefined, class: undefined, department: undefined, party: undefined },
    ...more,
  };
}

function resized({ lines, rate }: Transaction, amountText: string | undefined): readonly Line[] {
  const amount = amountText === undefined ? undefined : centsOf(amountText);
  if (amount === undefined) return lines;
  if (rate !== undefined) throw new Error('Amounts of an entry in foreign currency cannot be edited here.');
  const debit = lines.find(({ side }) => side === 'Debit');
  const credit = lines.find(({ side }) => side === 'Credit');
  const difference = amount - (debit?.amount ?? 0n);
  if ((credit?.amount ?? 0n) + difference <= 0n)
    throw new Error('The entry’s first credit would not stay above zero.');
  return lines.map((each) => {
    if (each !== debit && each !== credit) return each;
    const changed = each.amount + difference;
    return { ...each, amount: changed, home: changed };
  });
}
