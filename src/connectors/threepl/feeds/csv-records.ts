// CSV files as records: strict about columns, the trailer and the end of the file, because a file cut in the middle of
// its last number still looks like a file. It knows nothing of what the columns mean.
import type { Finding } from '../edi/finding.ts';
import { type CsvShape, csvSchema, type Feed } from '../profile/feed-settings.ts';
import { type Row, rowsOf } from './csv-rows.ts';
import { fileFinding, fileFindingAt, recordFinding } from './finding.ts';
import { type FeedRecord, type FeedRecords, refused, type Wanted } from './record.ts';
import { feedTextOf } from './text.ts';

/** Above this a file is refused: its records are held in memory. */
export const LARGEST_CSV_BYTES = 64 * 1024 * 1024;

interface Part {
  readonly findings: readonly Finding[];
  readonly complete: boolean;
}

/** The records of a CSV file; `wanted` are the columns that must be there. */
export function csvRecordsOf(bytes: Buffer, feed: Feed, wanted: Wanted): FeedRecords {
  if (bytes.length > LARGEST_CSV_BYTES)
    return refused(fileFinding('file_too_large', `The file has more than ${LARGEST_CSV_BYTES} bytes.`));
  const file = feedTextOf(bytes, feed.encoding);
  if ('code' in file) return refused(file);
  const shape = feed.csv ?? csvSchema.parse({});
  const rows = rowsOf(file, shape);
  if ('code' in rows) return refused(rows, rows.code !== 'quote_not_closed');
  const header = shape.header ? rows[0] : undefined;
  const { body, ...end } = withoutTrailer(rows.slice(header ? 1 : 0), shape, file.text, bytes.length);
  const columns = columnsOf(header, wanted);
  const ragged = raggedRows(body, header?.values.length, shape);
  const split = recordsOf(body, shape, columns.of);
  return {
    records: split.records,
    findings: [...end.findings, ...columns.findings, ...ragged.findings, ...split.findings],
    complete: end.complete && ragged.complete,
  };
}

/** The rows before the trailer, and what the end of the file says about its being whole. */
function withoutTrailer(
  rows: readonly Row[],
  { trailer, delimiter }: CsvShape,
  text: string,
  size: number,
): Part & { readonly body: readonly Row[] } {
  if (!trailer) {
    const isOpen = rows.length > 0 && !/[\r\n]$/.test(text.replace('\x1a', ''));
    const message =
      'The last line has no line break and there is no trailer: whether the file is whole cannot be seen.';
    return {
      body: rows,
      findings: isOpen ? [fileFinding('end_uncertain', message, size, 'warning')] : [],
      complete: true,
    };
  }
  const at = rows.findIndex(({ values }) => values.join(delimiter).startsWith(trailer.match));
  const last = rows[at];
  if (!last) {
    const message = `The closing line that begins with ${JSON.stringify(trailer.match)} is missing: the file is cut.`;
    return { body: rows, findings: [fileFinding('trailer_missing', message, size)], complete: false };
  }
  const findings: Finding[] = [];
  const after = rows[at + 1];
  if (after)
    findings.push(fileFindingAt('lines_after_trailer', 'Lines stand behind the closing line.', after.place));
  const declared = trailer.count === undefined ? undefined : (last.values[trailer.count - 1] ?? '').trim();
  if (declared !== undefined && !(/^\d{1,9}$/.test(declared) && Number(declared) === at)) {
    const message = `The closing line says ${JSON.stringify(declared.slice(0, 20))} lines, and there are ${at}.`;
    findings.push(fileFindingAt('line_count_mismatch', message, last.place));
  }
  return { body: rows.slice(0, at), findings, complete: true };
}

interface Columns {
  readonly findings: readonly Finding[];
  /** The column from 1 that a name or number means. */
  of(from: string): number | undefined;
}

function columnsOf(header: Row | undefined, wanted: Wanted): Columns {
  const names = header?.values.map((name) => name.trim()) ?? [];
  const of = (from: string): number | undefined => {
    const name = from.replace(/^\//, '');
    const index = names.indexOf(name);
    if (index >= 0) return index + 1;
    return /^[1-9]\d{0,2}$/.test(name) ? Number(name) : undefined;
  };
  if (!header) return { findings: [], of };
  const missing = wanted
    .filter((from) => of(from) === undefined)
    .map((from) =>
      fileFindingAt('column_missing', `There is no column ${JSON.stringify(from)}.`, header.place),
    );
  const twice = names
    .filter(
      (name, index) => name !== '' && names.indexOf(name) === index && names.lastIndexOf(name) !== index,
    )
    .map((name) => ({
      ...fileFindingAt(
        'column_repeated',
        `The column ${JSON.stringify(name.slice(0, 70))} is there more than once.`,
        header.place,
      ),
      // which of the two is meant cannot be known; where neither is asked for, it does not matter
      severity: wanted.some((from) => from.replace(/^\//, '') === name)
        ? ('reject' as const)
        : ('warning' as const),
    }));
  return { findings: [...missing, ...twice], of };
}

/** Rows whose columns cannot be told apart. With kinds of records each kind has its own number of columns. */
function raggedRows(rows: readonly Row[], named: number | undefined, shape: CsvShape): Part {
  const expected = new Map<string, number>();
  const findings: Finding[] = [];
  let lastIsCut = false;
  for (const [index, { values, place }] of rows.entries()) {
    const kind = shape.recordType ? (values[shape.recordType.column - 1] ?? '').trim() : '';
    const columns = named ?? expected.get(kind) ?? values.length;
    expected.set(kind, columns);
    if (values.length === columns) continue;
    const message = `Line ${place.position} has ${values.length} columns where ${columns} are expected.`;
    findings.push(fileFindingAt('columns_uneven', message, place));
    lastIsCut = index === rows.length - 1 && values.length < columns && shape.trailer === undefined;
  }
  return { findings, complete: !lastIsCut };
}

function recordsOf(
  rows: readonly Row[],
  { recordType }: CsvShape,
  columnOf: Columns['of'],
): { records: FeedRecord[]; findings: Finding[] } {
  const records: FeedRecord[] = [];
  const findings: Finding[] = [];
  let head: { row: Row; lines: number } | undefined;
  const closeHead = () => {
    if (!head || head.lines > 0) return;
    const { place } = head.row;
    findings.push(
      recordFinding(
        'header_without_lines',
        `No line follows the header record in line ${place.position}.`,
        place,
      ),
    );
  };
  for (const row of rows) {
    const kind = recordType && (row.values[recordType.column - 1] ?? '').trim();
    if (recordType && kind === recordType.header) {
      closeHead();
      head = { row, lines: 0 };
      continue;
    }
    if (recordType && kind !== recordType.line) {
      const message = `Line ${row.place.position} is neither a header nor a line record.`;
      findings.push({
        ...fileFindingAt('record_type_unknown', message, row.place),
        value: (kind ?? '').slice(0, 70),
      });
      continue;
    }
    if (recordType && !head) {
      findings.push(
        fileFindingAt(
          'line_without_header',
          `Line ${row.place.position} stands before any header record.`,
          row.place,
        ),
      );
      continue;
    }
    if (head) head.lines += 1;
    records.push(recordOf(row, head?.row, columnOf));
  }
  closeHead();
  return { records, findings };
}

const recordOf = (row: Row, head: Row | undefined, columnOf: Columns['of']): FeedRecord => ({
  place: row.place,
  columnOf,
  valuesAt: (from) => {
    const column = columnOf(from);
    const value = column === undefined ? undefined : (from.startsWith('/') ? head : row)?.values[column - 1];
    return value === undefined ? [] : [value.trim()];
  },
});
