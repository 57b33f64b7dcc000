// What the books say the accounts stood at, and everything that moved them, from QuickBooks' own reports on accrual basis.
// A report whose columns it does not recognise is refused: a balance that is guessed is worse than none.
import { StockbridgeError } from '../../core/errors.ts';
import { isDay } from '../../core/vocabulary/facts.ts';
import { type Money, moneyFrom, moneyText, NO_MONEY } from '../../core/vocabulary/money.ts';
import type { AccountActivity, AccountBalance } from '../contract.ts';
import type { QuickbooksClient } from './client.ts';
import type { Company } from './company.ts';
import type { ReportColumn, ReportRow, ReportTable } from './report.ts';

const BASIS = { accounting_method: 'Accrual' } as const;

/** Balances at the end of a day; an account that the report leaves out stands at zero. */
export async function balancesOf(
  client: QuickbooksClient,
  company: Company,
  accounts: readonly string[],
  asOf: string,
): Promise<readonly AccountBalance[]> {
  if (accounts.length === 0) return [];
  const { currency } = await company.money();
  const report = await client.trialBalance({ ...BASIS, start_date: asOf, end_date: asOf });
  const account = columnOf(
    report,
    'the account',
    ({ name, type }) => name === 'account' || type === 'account',
  );
  const debit = columnTitled(report, 'debit');
  const credit = columnTitled(report, 'credit');
  const balances = new Map<string, Money>();
  for (const row of report.rows) {
    const { id } = row.cell(account);
    if (id === undefined) continue;
    const balance = amountIn(row, debit, currency) - amountIn(row, credit, currency);
    balances.set(id, ((balances.get(id) ?? 0n) + balance) as Money);
  }
  return accounts.map((id) => ({ account: id, balance: moneyText(balances.get(id) ?? NO_MONEY, currency) }));
}

/** Asked for by name, because a natural amount has its sign from the kind of account. */
const COLUMNS = 'tx_date,txn_type,doc_num,memo,debt_amt,credit_amt';

/** Everything booked on the accounts from one day through another. */
export async function* activityOf(
  client: QuickbooksClient,
  company: Company,
  accounts: readonly string[],
  from: string,
  through: string,
): AsyncIterable<AccountActivity> {
  if (from > through) return;
  const { currency } = await company.money();
  for (const account of accounts) yield* activityOfOne(client, currency, account, from, through);
}

async function* activityOfOne(
  client: QuickbooksClient,
  currency: string,
  account: string,
  from: string,
  through: string,
): AsyncIterable<AccountActivity> {
  const report = await client.generalLedger({
    ...BASIS,
    start_date: from,
    end_date: through,
    account,
    columns: COLUMNS,
  });
  if (isCutOff(report)) {
    if (from === through)
      throw new StockbridgeError(
        'vendor_rejected',
        `QuickBooks cannot show everything booked on account ${account} on ${from}`,
      );
    const middle = middleOf(from, through);
    yield* activityOfOne(client, currency, account, from, middle);
    yield* activityOfOne(client, currency, account, dayAfter(middle), through);
    return;
  }
  if (report.rows.length === 0) return;
  const date = columnOf(report, 'the date', ({ name, type }) => name === 'tx_date' || type === 'date');
  const kind = columnOf(report, 'the kind of transaction', ({ name }) => name === 'txn_type');
  const number = report.columns.find(({ name }) => name === 'doc_num');
  const memo = report.columns.find(({ name }) => name === 'memo');
  const debit = columnNamed(report, ['debt_amt', 'debt_home_amt']);
  const credit = columnNamed(report, ['credit_amt', 'credit_home_amt']);
  for (const row of report.rows) {
    const { id, value: kindName } = row.cell(kind);
    const day = row.cell(date).value;
    // The opening balance is a row without a transaction; the rows of a sub-account are not the account's own.
    if (id === undefined || !isDay(day) || (row.section !== undefined && row.section !== account)) continue;
    yield {
      account,
      id,
      kind: kindName.replace(/\s+/g, ''),
      number: row.cell(number).value || undefined,
      date: day,
      amount: moneyText(
        (amountIn(row, debit, currency) - amountIn(row, credit, currency)) as Money,
        currency,
      ),
      memo: row.cell(memo).value,
    };
  }
}

function columnOf(report: ReportTable, what: string, is: (column: ReportColumn) => boolean): ReportColumn {
  const found = report.columns.find(is);
  if (found !== undefined) return found;
  const present = report.columns.map(({ name, title }) => title || name).join(', ');
  throw new StockbridgeError(
    'vendor_rejected',
    `A report of QuickBooks has no column for ${what}; its columns are: ${present.slice(0, 200)}`,
  );
}

const columnNamed = (report: ReportTable, names: readonly string[]): ReportColumn =>
  columnOf(report, names.join(' or '), ({ name }) => names.includes(name));

/** Both amounts of a trial balance are of one type; where they have no key, their titles tell them apart. */
function columnTitled(report: ReportTable, word: 'debit' | 'credit'): ReportColumn {
  const plain = (title: string): string => title.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return columnOf(report, word, ({ name, title }) => name === word || plain(title) === word);
}

function amountIn(row: ReportRow, column: ReportColumn, currency: string): Money {
  const text = row.cell(column).value.replaceAll(',', '').trim();
  if (text === '') return NO_MONEY;
  try {
    return moneyFrom(text.replace(/^(-?)\./, '$10.'), currency);
  } catch {
    throw new StockbridgeError(
      'vendor_rejected',
      `A report of QuickBooks holds ${JSON.stringify(text.slice(0, 30))} where an amount in ${currency} belongs`,
    );
  }
}

/** Instead of the rows that are too many, a report of more than 400,000 cells holds a sentence. */
const isCutOff = (report: ReportTable): boolean =>
  report.rows.some((row) =>
    report.columns.some((column) =>
      /reduce the date range|unable to display more data/i.test(row.cell(column).value),
    ),
  );

const DAY_MS = 86_400_000;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const dayAfter = (day: string): string => dayOf(Date.parse(day) + DAY_MS);
const middleOf = (from: string, through: string): string =>
  dayOf(Date.parse(from) + Math.floor((Date.parse(through) - Date.parse(from)) / DAY_MS / 2) * DAY_MS);
