// The trial balance: what each account stands at, at the end of a day, in a debit or a credit column.
// Accounts of profit and loss count from the start of the fiscal year; what they held before stands in retained earnings.
// That the report's start date changes nothing about this is unverified.

import { fullNameOf } from '../api/wire.ts';
import { type Cents, centsText, sumOf } from '../books/amounts.ts';
import { isProfitAndLoss } from '../books/chart.ts';
import type { Account, Company } from '../books/company.ts';
import { dayBefore, fiscalYearStart } from '../books/dates.ts';
import { columnOf, periodOf, type Report, type ReportRow, reportOf } from './report.ts';

export function trialBalance(company: Company, query: URLSearchParams): Report {
  const period = periodOf(company, query);
  const yearStart = fiscalYearStart(period.through, company.options.fiscalYearFirstMonth);
  const balanceOf = (account: Account): Cents => {
    if (isProfitAndLoss(account.type)) return company.balance(account.id, yearStart, period.through);
    const own = company.balance(account.id, undefined, period.through);
    return account.subtype === 'RetainedEarnings' ? own + earnedBefore(company, yearStart) : own;
  };
  const balances = company
    .accounts()
    .map((account) => ({ account, balance: balanceOf(account) }))
    .filter(({ balance }) => balance !== 0n);
  const rows = balances.map(
    ({ account, balance }): ReportRow => ({
      ColData: [
        { value: `${account.number} ${fullNameOf(company, account)}`, id: account.id },
        ...columnsOf(balance).map((value) => ({ value })),
      ],
      type: 'Data',
    }),
  );
  const debits = sumOf(balances.filter(({ balance }) => balance > 0n).map(({ balance }) => balance));
  const credits = -sumOf(balances.filter(({ balance }) => balance < 0n).map(({ balance }) => balance));
  const total: ReportRow = {
    Summary: { ColData: [{ value: 'TOTAL' }, { value: centsText(debits) }, { value: centsText(credits) }] },
    type: 'Section',
    group: 'GrandTotal',
  };
  const columns = [
    columnOf('account', '', 'Account'),
    columnOf('debit', 'Debit', 'Money'),
    columnOf('credit', 'Credit', 'Money'),
  ];
  return reportOf(company, 'TrialBalance', period, columns, rows.length === 0 ? [] : [...rows, total]);
}

const columnsOf = (balance: Cents): [string, string] =>
  balance > 0n ? [centsText(balance), ''] : ['', centsText(-balance)];

const earnedBefore = (company: Company, yearStart: string): Cents =>
  sumOf(
    company
      .accounts()
      .filter(({ type }) => isProfitAndLoss(type))
      .map(({ id }) => company.balance(id, undefined, dayBefore(yearStart))),
  );
