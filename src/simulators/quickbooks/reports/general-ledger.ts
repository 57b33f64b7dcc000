// The general ledger: every line booked on each account between two days, one section an account, sub-accounts nested.
// Amounts are signed by the account's nature: a credit to a liability is above zero, as is a debit to an asset.

import { QuickbooksFault } from '../api/fault.ts';
import { type Cents, centsText, sumOf } from '../books/amounts.ts';
import { isDebitNatured, isProfitAndLoss } from '../books/chart.ts';
import type { Account, Company } from '../books/company.ts';
import { dayBefore } from '../books/dates.ts';
import { type Line, signedHome, type Transaction } from '../books/transaction.ts';
import {
  type Cell,
  columnOf,
  periodOf,
  type Report,
  type ReportPeriod,
  type ReportRow,
  reportOf,
} from './report.ts';

/** Titles by key; the key is the column's type as well. */
const COLUMNS = {
  tx_date: 'Date',
  txn_type: 'Transaction Type',
  doc_num: 'Num',
  name: 'Name',
  memo: 'Memo/Description',
  split_acc: 'Split',
  debt_amt: 'Debit',
  credit_amt: 'Credit',
  klass_name: 'Class',
  dept_name: 'Location',
  subt_nat_amount: 'Amount',
  rbal_nat_amount: 'Balance',
} as const;
type ColumnKey = keyof typeof COLUMNS;
const STANDARD: readonly ColumnKey[] = [
  ...(['tx_date', 'txn_type', 'doc_num', 'name', 'memo', 'split_acc'] as const),
  ...(['subt_nat_amount', 'rbal_nat_amount'] as const),
];
const KIND_NAMES = { JournalEntry: 'Journal Entry', Bill: 'Bill', Purchase: 'Expense' } as const;

/** A report larger than this many cells ends in a row that says so, with HTTP 200. */
const CUT_SHORT = 'Unable to display more data. Please reduce the date range.';

interface Posting {
  readonly transaction: Transaction;
  readonly line: Line;
}

interface Ledger {
  readonly company: Company;
  readonly period: ReportPeriod;
  readonly keys: readonly ColumnKey[];
  readonly wanted: ReadonlySet<string> | undefined;
  readonly postings: ReadonlyMap<string, readonly Posting[]>;
}

export function generalLedger(company: Company, query: URLSearchParams, mostCells: number): Report {
  const period = periodOf(company, query);
  const keys = keysOf(query.get('columns'));
  const accounts = query.get('account');
  const ledger: Ledger = {
    ...{ company, period, keys },
    wanted: accounts === null ? undefined : new Set(accounts.split(',').map((id) => id.trim())),
    postings: postingsOf(company, period.through),
  };
  const sections = company
    .accounts()
    .filter(({ parent }) => parent === undefined)
    .flatMap((account) => sectionOf(ledger, account)?.row ?? []);
  const columns = keys.map((key) => columnOf(key, COLUMNS[key], key));
  const rows = cutShort(sections, Math.max(1, Math.floor(mostCells / keys.length)), keys.length);
  return reportOf(company, 'GeneralLedger', period, columns, rows);
}

/** The columns in the standard order, whatever order they were asked for in. */
function keysOf(asked: string | null): ColumnKey[] {
  const all = Object.keys(COLUMNS) as ColumnKey[];
  if (asked === null) return [...STANDARD];
  const names = new Set(asked.split(',').map((name) => name.trim()));
  const known = all.filter((key) => names.has(key));
  if (known.length < names.size)
    throw new QuickbooksFault('2170', `${asked} names an unknown column`, 'columns');
  return known;
}

function postingsOf(company: Company, through: string): Map<string, Posting[]> {
  const found = new Map<string, Posting[]>();
  const transactions = company.transactions().filter(({ date }) => date <= through);
  for (const transaction of transactions.toSorted((left, right) =>
    left.date < right.date ? -1 : left.date > right.date ? 1 : 0,
  ))
    for (const line of transaction.lines) {
      const postings = found.get(line.account) ?? [];
      postings.push({ transaction, line });
      found.set(line.account, postings);
    }
  return found;
}

interface Section {
  readonly row: ReportRow;
  /** Natural amounts of the period, sub-accounts included. */
  readonly total: Cents;
}

/** Undefined for an account with nothing to show. */
function sectionOf(ledger: Ledger, account: Account): Section | undefined {
  const { company, period, keys, wanted } = ledger;
  const below = company
    .accounts()
    .filter(({ parent }) => parent === account.id)
    .flatMap((child) => sectionOf(ledger, child) ?? []);
  const isShown = wanted === undefined || wanted.has(account.id);
  const sign = isDebitNatured(account.type) ? 1n : -1n;
  const own = isShown ? (ledger.postings.get(account.id) ?? []) : [];
  const inPeriod = own.filter(({ transaction }) => transaction.date >= period.from);
  // Accounts of profit and loss have no beginning balance here; how the real report begins them is unverified.
  const beginning =
    isShown && !isProfitAndLoss(account.type)
      ? sign * company.balance(account.id, undefined, dayBefore(period.from))
      : 0n;
  if (inPeriod.length === 0 && beginning === 0n && below.length === 0) return undefined;
  let balance = beginning;
  const lines = inPeriod.map((posting): ReportRow => {
    balance += sign * signedHome(posting.line);
    return { ColData: keys.map((key) => cellOf(ledger, posting, key, sign, balance)), type: 'Data' };
  });
  const first: ReportRow[] =
    beginning === 0n
      ? []
      : [
          {
            ColData: keys.map((key, index) => ({
              value:
                key === 'rbal_nat_amount' ? centsText(beginning) : index === 0 ? 'Beginning Balance' : '',
            })),
            type: 'Data',
          },
        ];
  const total =
    sumOf(inPeriod.map(({ line }) => sign * signedHome(line))) + sumOf(below.map((section) => section.total));
  const label = `${account.number} ${account.name}`;
  return {
    total,
    row: {
      Header: {
        ColData: keys.map((_, index) => (index === 0 ? { value: label, id: account.id } : { value: '' })),
      },
      Rows: { Row: [...first, ...lines, ...below.map(({ row }) => row)] },
      Summary: {
        ColData: summaryCells(
          keys,
          `Total for ${label}${below.length > 0 ? ' with sub-accounts' : ''}`,
          total,
        ),
      },
      type: 'Section',
    },
  };
}

const summaryCells = (keys: readonly ColumnKey[], label: string, total: Cents): Cell[] =>
  keys.map((key, index) => ({
    value: index === 0 ? label : key === 'subt_nat_amount' ? centsText(total) : '',
  }));

function cellOf(
  { company }: Ledger,
  { transaction, line }: Posting,
  key: ColumnKey,
  sign: bigint,
  balance: Cents,
): Cell {
  switch (key) {
    case 'tx_date':
      return { value: transaction.date };
    case 'txn_type':
      return { value: KIND_NAMES[transaction.kind], id: transaction.id };
    case 'doc_num':
      return { value: transaction.number ?? '' };
    case 'name': {
      const { party } = line;
      const name =
        party && party.type !== 'Employee' ? company.listed(party.type, party.id)?.name : undefined;
      return { value: name ?? '', id: party?.id ?? '' };
    }
    case 'memo':
      return { value: line.description ?? transaction.note ?? '' };
    case 'split_acc': {
      const others = transaction.lines.filter(({ id }) => id !== line.id);
      const [other] = others;
      const account = others.length === 1 && other ? company.account(other.account) : undefined;
      return account ? { value: account.name, id: account.id } : { value: '-Split-', id: '' };
    }
    case 'debt_amt':
      return { value: line.side === 'Debit' ? centsText(line.home) : '' };
    case 'credit_amt':
      return { value: line.side === 'Credit' ? centsText(line.home) : '' };
    case 'klass_name': {
      const name = line.class === undefined ? undefined : company.listed('Class', line.class)?.name;
      return { value: name ?? '', id: line.class ?? '' };
    }
    case 'dept_name': {
      const name =
        line.department === undefined ? undefined : company.listed('Department', line.department)?.name;
      return { value: name ?? '', id: line.department ?? '' };
    }
    case 'subt_nat_amount':
      return { value: centsText(sign * signedHome(line)) };
    case 'rbal_nat_amount':
      return { value: centsText(balance) };
  }
}

function cutShort(rows: ReportRow[], mostRows: number, columnCount: number): ReportRow[] {
  let left = mostRows;
  const keep = (row: ReportRow): ReportRow[] => {
    if (left <= 0) return [];
    if (row.Rows === undefined) {
      left -= 1;
      return [row];
    }
    const kept = row.Rows.Row.flatMap(keep);
    return [{ ...row, Rows: { Row: kept } }];
  };
  const kept = rows.flatMap(keep);
  if (left > 0) return kept;
  const notice = Array.from({ length: columnCount }, (_, index) => ({ value: index === 0 ? CUT_SHORT : '' }));
  return [...kept, { ColData: notice, type: 'Data' }];
}
