// Reads a QuickBooks report: a table whose columns say what they are and whose rows stand in sections within sections.
// A cell is found by its column's name, never by its place: companies and minor versions order columns differently.
import { z } from 'zod';

const cell = z.object({
  value: z
    .union([z.string(), z.number()])
    .transform(String)
    .nullish()
    .transform((text) => text ?? ''),
  id: z.union([z.string(), z.number()]).transform(String).nullish(),
});

const column = z.object({
  ColTitle: z.string().nullish(),
  ColType: z.string(),
  MetaData: z.array(z.object({ Name: z.string(), Value: z.string() })).nullish(),
});

interface RawRow {
  ColData?: z.output<typeof cell>[] | null | undefined;
  Header?: { ColData?: z.output<typeof cell>[] | undefined } | null | undefined;
  Rows?: { Row?: RawRow[] | undefined } | null | undefined;
}

const row: z.ZodType<RawRow> = z.lazy(() =>
  z.object({
    ColData: z.array(cell).nullish(),
    Header: z.object({ ColData: z.array(cell).optional() }).nullish(),
    Rows: z.object({ Row: z.array(row).optional() }).nullish(),
  }),
);

/** A row of data: sums of sections are left out. */
export interface ReportRow {
  /** The id of the innermost section that has one; in a general ledger the account. */
  readonly section: string | undefined;
  /** The cell of a column; `''` where the row, or the report, has none. */
  cell(column: ReportColumn | undefined): { readonly value: string; readonly id: string | undefined };
}

export interface ReportTable {
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
}

export interface ReportColumn {
  /** The key in the column’s own data where it has one, else its type, lower case, e.g. `tx_date`. */
  readonly name: string;
  readonly type: string;
  readonly title: string;
  /** Two columns may bear one name; their places tell their cells apart. */
  readonly place: number;
}

export const reportAnswer = z
  .object({
    Columns: z.object({ Column: z.array(column).default([]) }),
    Rows: z.object({ Row: z.array(row).default([]) }).default({ Row: [] }),
  })
  .transform(({ Columns, Rows }): ReportTable => {
    const columns = Columns.Column.map((one, place) => ({
      place,
      name: nameOf(one),
      type: one.ColType.toLowerCase(),
      title: (one.ColTitle ?? '').trim(),
    }));
    return { columns, rows: rowsIn(Rows.Row, columns, undefined) };
  });

const nameOf = ({ MetaData, ColType }: z.infer<typeof column>): string =>
  (MetaData?.find(({ Name }) => Name === 'ColKey')?.Value ?? ColType).toLowerCase();

function rowsIn(
  rows: readonly RawRow[],
  columns: readonly ReportColumn[],
  section: string | undefined,
): ReportRow[] {
  return rows.flatMap((raw) => {
    const inner = raw.Header?.ColData?.find(({ id }) => id !== undefined && id !== null)?.id ?? section;
    const nested = rowsIn(raw.Rows?.Row ?? [], columns, inner);
    const data = raw.ColData;
    if (!data) return nested;
    const cellOf = (column: ReportColumn | undefined) => {
      const found = column === undefined ? undefined : data[column.place];
      return { value: found?.value ?? '', id: found?.id ?? undefined };
    };
    return [{ section, cell: cellOf }, ...nested];
  });
}
