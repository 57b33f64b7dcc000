// Entities as the API shows them. Amounts are JSON numbers with two decimals, written exactly; ids are text.

import { LosslessNumber } from 'lossless-json';
import { type Cents, centsText } from '../books/amounts.ts';
import { isDebitNatured, TYPES } from '../books/chart.ts';
import type { Account, ChangedEntity, Company, Listed, ListName } from '../books/company.ts';
import { instantText } from '../books/dates.ts';
import type { Line, Transaction } from '../books/transaction.ts';

export type Wire = Record<string, unknown>;

export const amountWire = (cents: Cents): LosslessNumber => new LosslessNumber(centsText(cents));

interface Kept {
  readonly syncToken: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const stamps = (id: string, { syncToken, createdAt, updatedAt }: Kept): Wire => ({
  domain: 'QBO',
  sparse: false,
  Id: id,
  SyncToken: String(syncToken),
  MetaData: { CreateTime: instantText(createdAt), LastUpdatedTime: instantText(updatedAt) },
});

const CURRENCY_NAMES: Record<string, string> = {
  USD: 'United States Dollar',
  EUR: 'Euro',
  GBP: 'British Pound Sterling',
  CAD: 'Canadian Dollar',
};
const currencyRef = (code: string): Wire => ({ value: code, name: CURRENCY_NAMES[code] ?? code });

/** The name with the names of the accounts above it: `Inventory adjustments:Scrap`. */
export function fullNameOf(company: Company, account: Account): string {
  const parent = account.parent === undefined ? undefined : company.account(account.parent);
  return parent === undefined ? account.name : `${fullNameOf(company, parent)}:${account.name}`;
}

/** Balances are signed by the account's nature: what an asset has and what a liability owes are both above zero. */
export function accountWire(company: Company, account: Account): Wire {
  const sign = isDebitNatured(account.type) ? 1n : -1n;
  const ownAndBelow = (id: string): Cents =>
    company
      .accounts()
      .filter(({ parent }) => parent === id)
      .reduce((sum, child) => sum + ownAndBelow(child.id), company.balance(id, undefined, undefined));
  return {
    Name: account.name,
    SubAccount: account.parent !== undefined,
    ...(account.parent !== undefined && { ParentRef: { value: account.parent } }),
    FullyQualifiedName: fullNameOf(company, account),
    Active: account.active,
    Classification: TYPES[account.type],
    AccountType: account.type,
    AccountSubType: account.subtype,
    AcctNum: account.number,
    CurrentBalance: amountWire(sign * company.balance(account.id, undefined, undefined)),
    CurrentBalanceWithSubAccounts: amountWire(sign * ownAndBelow(account.id)),
    CurrencyRef: currencyRef(account.currency),
    ...stamps(account.id, account),
  };
}

export function listedWire(name: ListName, listed: Listed): Wire {
  const named: Wire =
    name === 'Customer' || name === 'Vendor'
      ? { DisplayName: listed.name }
      : { Name: listed.name, FullyQualifiedName: listed.name };
  const kind: Wire =
    name === 'Item'
      ? { Type: listed.type ?? 'NonInventory', TrackQtyOnHand: listed.type === 'Inventory' }
      : {};
  return { ...named, ...kind, Active: listed.active, ...stamps(listed.id, listed) };
}

const monthName = (month: number): string =>
  new Intl.DateTimeFormat('en-US', { month: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(2000, month - 1, 1)),
  );

/** What people choose about a company. The warning about numbers used twice is not among it: the API does not show it. */
export function preferencesWire({ options, preferences }: Company): Wire {
  return {
    AccountingInfoPrefs: {
      FirstMonthOfFiscalYear: monthName(options.fiscalYearFirstMonth),
      UseAccountNumbers: true,
      TaxYearMonth: 'January',
      ClassTrackingPerTxn: false,
      ClassTrackingPerTxnLine: preferences.classes,
      TrackDepartments: preferences.departments,
      DepartmentTerminology: 'Location',
      CustomerTerminology: 'Customers',
      ...(preferences.bookCloseDate !== undefined && { BookCloseDate: preferences.bookCloseDate }),
    },
    ProductAndServicesPrefs: { ForSales: true, ForPurchase: true, QuantityOnHand: true },
    CurrencyPrefs: {
      MultiCurrencyEnabled: preferences.multicurrency,
      HomeCurrency: { value: options.homeCurrency },
    },
    ReportPrefs: { ReportBasis: 'Accrual', CalcAgingReportFromTxnDate: false },
    ...stamps('1', { ...preferences, createdAt: preferences.updatedAt }),
  };
}

export function companyInfoWire({ options, preferences }: Company): Wire {
  return {
    CompanyName: options.name,
    LegalName: options.name,
    Country: options.country,
    FiscalYearStartMonth: monthName(options.fiscalYearFirstMonth),
    DefaultTimeZone: options.timeZone,
    SupportedLanguages: 'en',
    NameValue: [{ Name: 'OfferingSku', Value: OFFERINGS[options.plan] }],
    ...stamps('1', { syncToken: 0, createdAt: preferences.updatedAt, updatedAt: preferences.updatedAt }),
  };
}

const OFFERINGS = {
  simple_start: 'QuickBooks Online Simple Start',
  essentials: 'QuickBooks Online Essentials',
  plus: 'QuickBooks Online Plus',
  advanced: 'QuickBooks Online Advanced',
} as const;

const reference = (id: string, name: string | undefined): Wire => ({
  value: id,
  ...(name !== undefined && { name }),
});

function detailWire(company: Company, line: Line): Wire {
  const account = company.account(line.account);
  const { party } = line;
  const partyName =
    party === undefined || party.type === 'Employee' ? undefined : company.listed(party.type, party.id)?.name;
  return {
    PostingType: line.side,
    ...(party !== undefined && {
      Entity: { Type: party.type, EntityRef: reference(party.id, partyName) },
    }),
    AccountRef: reference(line.account, account && fullNameOf(company, account)),
    ...(line.class !== undefined && {
      ClassRef: reference(line.class, company.listed('Class', line.class)?.name),
    }),
    ...(line.department !== undefined && {
      DepartmentRef: reference(line.department, company.listed('Department', line.department)?.name),
    }),
  };
}

export function journalEntryWire(company: Company, entry: Transaction): Wire {
  return {
    Adjustment: entry.adjustment,
    ...stamps(entry.id, entry),
    ...(entry.number !== undefined && { DocNumber: entry.number }),
    TxnDate: entry.date,
    CurrencyRef: currencyRef(entry.currency),
    ...(entry.rate !== undefined && { ExchangeRate: new LosslessNumber(entry.rate) }),
    ...(entry.note !== undefined && { PrivateNote: entry.note }),
    Line: entry.lines.map((line) => ({
      Id: line.id,
      ...(line.description !== undefined && { Description: line.description }),
      Amount: amountWire(line.amount),
      DetailType: 'JournalEntryLineDetail',
      JournalEntryLineDetail: detailWire(company, line),
    })),
    TxnTaxDetail: {},
  };
}

/** A bill or an expense: its header carries the account that is credited, its lines those that are debited. */
export function spendingWire(company: Company, { kind, ...spent }: Transaction): Wire {
  const credit = spent.lines.find(({ side }) => side === 'Credit');
  const debits = spent.lines.filter(({ side }) => side === 'Debit');
  const header: Wire =
    kind === 'Bill'
      ? { VendorRef: reference(credit?.party?.id ?? '', undefined), APAccountRef: { value: credit?.account } }
      : { AccountRef: { value: credit?.account }, PaymentType: 'Cash' };
  return {
    ...header,
    ...stamps(spent.id, spent),
    ...(spent.number !== undefined && { DocNumber: spent.number }),
    TxnDate: spent.date,
    CurrencyRef: currencyRef(spent.currency),
    ...(spent.note !== undefined && { PrivateNote: spent.note }),
    TotalAmt: amountWire(credit?.amount ?? 0n),
    Line: debits.map((line) => {
      const { AccountRef } = detailWire(company, line);
      return {
        Id: line.id,
        ...(line.description !== undefined && { Description: line.description }),
        Amount: amountWire(line.amount),
        DetailType: 'AccountBasedExpenseLineDetail',
        AccountBasedExpenseLineDetail: { AccountRef, BillableStatus: 'NotBillable' },
      };
    }),
  };
}

export const transactionWire = (company: Company, transaction: Transaction): Wire =>
  transaction.kind === 'JournalEntry'
    ? journalEntryWire(company, transaction)
    : spendingWire(company, transaction);

/** Everything of one kind as the API shows it, inactive entries included. */
export function entitiesWire(company: Company, entity: ChangedEntity | 'CompanyInfo'): Wire[] {
  switch (entity) {
    case 'Account':
      return company.accounts().map((account) => accountWire(company, account));
    case 'Preferences':
      return [preferencesWire(company)];
    case 'CompanyInfo':
      return [companyInfoWire(company)];
    case 'JournalEntry':
    case 'Bill':
    case 'Purchase':
      return company.transactions(entity).map((transaction) => transactionWire(company, transaction));
    case 'Class':
    case 'Department':
    case 'Customer':
    case 'Vendor':
    case 'Item':
      return company.list(entity).map((listed) => listedWire(entity, listed));
  }
}
