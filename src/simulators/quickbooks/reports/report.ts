// The shape of every report: a header, columns, and rows that may be sections with rows of their own. All cells are text.

import { QuickbooksFault } from '../api/fault.ts';
import type { Company } from '../books/company.ts';
import { fiscalYearStart, instantText, isDay, serverDay } from '../books/dates.ts';

export interface Cell {
  value: string;
  id?: string;
}

export interface ReportRow {
  Header?: { ColData: Cell[] };
  Rows?: { Row: ReportRow[] };
  Summary?: { ColData: Cell[] };
  ColData?: Cell[];
  type: 'Section' | 'Data';
  group?: string;
}

export interface Column {
  ColTitle: string;
  ColType: string;
  MetaData: Array<{ Name: 'ColKey'; Value: string }>;
}

export interface Report {
  Header: Record<string, unknown>;
  Columns: { Column: Column[] };
  Rows: { Row?: ReportRow[] };
}

export interface ReportPeriod {
  readonly from: string;
  readonly through: string;
  /** What stands for the dates when the request named none. */
  readonly macro: string | undefined;
}

export const columnOf = (key: string, title: string, type: string): Column => ({
  ColTitle: title,
  ColType: type,
  MetaData: [{ Name: 'ColKey', Value: key }],
});

/** The days a report covers; without dates the fiscal year up to the server's day. Throws 2010 for what is no day. */
export function periodOf(company: Company, query: URLSearchParams): ReportPeriod {
  const { now, fiscalYearFirstMonth } = company.options;
  const [start, end] = [query.get('start_date'), query.get('end_date')];
  for (const day of [start, end])
    if (day !== null && !isDay(day)) throw new QuickbooksFault('2010', `${day} is no day`, 'start_date');
  const through = end ?? serverDay(now());
  const from = start ?? fiscalYearStart(through, fiscalYearFirstMonth);
  if (from > through) throw new QuickbooksFault('2010', 'start_date is after end_date', 'start_date');
  return { from, through, macro: start === null && end === null ? 'this fiscal year-to-date' : undefined };
}

export function reportOf(
  company: Company,
  name: string,
  period: ReportPeriod,
  columns: Column[],
  rows: ReportRow[],
): Report {
  const { now, homeCurrency } = company.options;
  return {
    Header: {
      Time: instantText(now()),
      ReportName: name,
      ...(period.macro !== undefined && { DateMacro: period.macro }),
      ReportBasis: 'Accrual',
      StartPeriod: period.from,
      EndPeriod: period.through,
      Currency: homeCurrency,
      Option: [
        { Name: 'AccountingStandard', Value: 'GAAP' },
        { Name: 'NoReportData', Value: String(rows.length === 0) },
      ],
    },
    Columns: { Column: columns },
    Rows: rows.length === 0 ? {} : { Row: rows },
  };
}
