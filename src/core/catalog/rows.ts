// Turns CSV records into typed rows of one kind; every cell that is wrong is a finding with its line and column.
import type { z } from 'zod';
import { nearest } from '../vocabulary/nearest.ts';
import { COLUMNS, type ColumnDescription, columnsIn, type ImportKind, type RowOf } from './columns.ts';
import type { CsvRecord } from './csv.ts';
import type { Findings, Line } from './report.ts';

interface Heading {
  readonly column: ColumnDescription;
  readonly index: number;
}

/** The rows of one kind of import, as {@link rowsBy}. */
export const rowsOf = <Kind extends ImportKind>(
  kind: Kind,
  header: CsvRecord,
  records: readonly CsvRecord[],
  findings: Findings,
): readonly Line<RowOf<Kind>>[] | undefined =>
  rowsBy<RowOf<Kind>>(kind, COLUMNS[kind], header, records, findings);

/** The rows that every column's rule accepts, as the file orders them; undefined when the header itself is wrong. */
export function rowsBy<Row>(
  what: string,
  shape: z.ZodObject,
  header: CsvRecord,
  records: readonly CsvRecord[],
  findings: Findings,
): readonly Line<Row>[] | undefined {
  const columns = columnsIn(shape);
  const headings = headingsOf(what, columns, header, findings);
  if (!headings) return undefined;
  return records.flatMap((record) => {
    const cells = Object.fromEntries(
      headings.map(({ column, index }) => [column.name, record.cells[index] ?? '']),
    );
    const line = { line: record.line, cells, row: undefined };
    if (
      record.cells.length > header.cells.length &&
      record.cells.slice(header.cells.length).some((cell) => cell !== '')
    ) {
      const help = 'A cell that contains the delimiter is put in quotes.';
      findings.reject(line, '', 'has more cells than the header has columns', help);
      return [];
    }
    return rowOf<Row>(shape, columns, line, findings);
  });
}

function rowOf<Row>(
  shape: z.ZodObject,
  columns: readonly ColumnDescription[],
  line: Line<undefined>,
  findings: Findings,
): Line<Row>[] {
  const given = Object.fromEntries(Object.entries(line.cells).filter(([, cell]) => cell !== ''));
  const schema = shape as unknown as z.ZodType<Row>;
  const result = schema.safeParse(given);
  if (result.success) return [{ ...line, row: result.data }];
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    const description = columns.find((column) => column.name === name)?.description ?? '';
    const problem = given[name] === undefined ? 'is empty' : issue.message;
    findings.reject(
      line,
      name,
      problem,
      /^\d+,\d+$/.test(given[name] ?? '') ? 'Write decimals with a point: 1.5.' : description,
    );
  }
  return [];
}

function headingsOf(
  what: string,
  columns: readonly ColumnDescription[],
  header: CsvRecord,
  findings: Findings,
): readonly Heading[] | undefined {
  const before = findings.rejected.length;
  const headings: Heading[] = [];
  for (const [index, title] of header.cells.entries()) {
    if (title === '') continue;
    const column = columnNamed(title, columns);
    if (!column) {
      const names = columns.map(({ name }) => name);
      const meant = nearest(title, names);
      const help = `${meant === undefined ? '' : `Did you mean “${meant}”? `}Columns of ${what}: ${names.join(', ')}.`;
      findings.rejectLine(header.line, title, title, 'is not a column of this kind of file', help);
    } else if (headings.some((heading) => heading.column.name === column.name)) {
      findings.rejectLine(
        header.line,
        column.name,
        title,
        `is the column “${column.name}” a second time`,
        'Keep one of them.',
      );
    } else {
      headings.push({ column, index });
    }
  }
  for (const column of columns.filter(({ required }) => required)) {
    if (headings.some((heading) => heading.column.name === column.name)) continue;
    const names = [column.name, ...column.aliases].join(', ');
    findings.rejectLine(
      header.line,
      column.name,
      '',
      'this column is missing',
      `${column.description} Understood names: ${names}.`,
    );
  }
  return findings.rejected.length === before ? headings : undefined;
}

/** By its own name first, so that an alias of one column never hides another. */
function columnNamed(title: string, columns: readonly ColumnDescription[]): ColumnDescription | undefined {
  const wanted = bare(title);
  return (
    columns.find(({ name }) => bare(name) === wanted) ??
    columns.find(({ aliases }) => aliases.some((alias) => bare(alias) === wanted))
  );
}

const bare = (title: string): string => title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
