// Turns CSV text into records with line numbers. It knows encodings, delimiters and quotes, and no column.
// What cannot be read is an answer with a line, never half a file.
import { CsvError, parse } from 'csv-parse/sync';

export interface CsvRecord {
  /** The line where the record starts, from one. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type CsvResult =
  | { readonly readable: true; readonly header: CsvRecord; readonly records: readonly CsvRecord[] }
  | { readonly readable: false; readonly line: number; readonly problem: string; readonly help: string };

const DELIMITERS = [',', ';', '\t'] as const;

/** Reads a whole CSV text: any of `,` `;` tab, quotes, any line ends, with or without a byte order mark or `sep=` line. */
export function readCsv(text: string): CsvResult {
  if (text.includes('\u0000')) {
    return {
      readable: false,
      line: 1,
      problem: 'the file is not UTF-8 text',
      help: 'Save it as “CSV UTF-8”.',
    };
  }
  // one kind of line end, so that lines inside quotes are counted as an editor counts them
  let content = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  const separator = /^sep=([,;\t])\n/i.exec(content);
  const offset = separator ? 1 : 0;
  if (separator) content = content.slice(separator[0].length);
  try {
    const delimiter = separator?.[1] ?? delimiterOf(content);
    // the package's types do not know that `info` changes the shape
    const rows: unknown = parse(content, { delimiter, relax_column_count: true, info: true });
    return recordsOf(rows as readonly ParsedRow[], offset);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = Number((error as CsvError & { readonly lines?: number }).lines ?? 1) + offset;
    return error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? {
          readable: false,
          line,
          problem: 'a quote is opened and never closed',
          help: 'Close it, or double a quote that belongs to the text.',
        }
      : {
          readable: false,
          line,
          problem: 'a quote stands in the middle of a cell',
          help: 'Put the whole cell in quotes and double the quote inside.',
        };
  }
}

interface ParsedRow {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function recordsOf(rows: readonly ParsedRow[], offset: number): CsvResult {
  let next = 1 + offset;
  const records: CsvRecord[] = [];
  for (const { record, info } of rows) {
    const line = next;
    next = info.lines + 1 + offset;
    const cells = record.map((cell) => cell.trim());
    if (cells.some((cell) => cell !== '')) records.push({ line, cells });
  }
  const [header, ...rest] = records;
  if (!header)
    return {
      readable: false,
      line: 1,
      problem: 'the file is empty',
      help: 'Its first line names the columns.',
    };
  return { readable: true, header, records: rest };
}

/** The delimiter that the first line with content uses most outside quotes. */
function delimiterOf(content: string): string {
  const first = content.split('\n').find((line) => line.trim() !== '') ?? '';
  const bare = first.replace(/"[^"]*"/g, '');
  const count = (delimiter: string): number => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
