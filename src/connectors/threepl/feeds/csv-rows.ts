// CSV text split into rows with the line and the bytes each of them stands at; the only file that knows csv-parse.
import { type CsvError, parse } from 'csv-parse/sync';
import type { Finding } from '../edi/finding.ts';
import type { CsvShape } from '../profile/feed-settings.ts';
import { fileFinding, type Place } from './finding.ts';
import type { FeedText } from './text.ts';

export interface Row {
  readonly values: readonly string[];
  readonly place: Place;
}

/** Every row that is not empty, or the one finding that makes the file unreadable. */
export function rowsOf(file: FeedText, { delimiter, quote }: CsvShape): readonly Row[] | Finding {
  // a file from an old system may end with the end-of-file character of DOS
  const bytes = Buffer.from(file.text.endsWith('\x1a') ? file.text.slice(0, -1) : file.text, 'utf8');
  try {
    // with `info` each record comes with where it ends, which the library's types do not say
    const rows = parse(bytes, {
      delimiter,
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as readonly { readonly record: string[]; readonly info: { readonly bytes: number } }[];
    const places = placesOf(
      bytes,
      file,
      rows.map(({ info }) => info.bytes),
    );
    return rows.flatMap(({ record }, index) => {
      const place = places[index];
      return place ? [{ values: record, place }] : [];
    });
  } catch (error) {
    return unreadable(error as CsvError, file);
  }
}

const CR = 13;
const LF = 10;

/** Counted here: the parser takes a line break inside quotes for two. */
function placesOf(bytes: Buffer, file: FeedText, ends: readonly number[]): readonly Place[] {
  let at = 0;
  let line = 1;
  let index = 0;
  const advance = (to: number) => {
    for (let here = at; here < to; here += 1)
      if (bytes[here] === LF || (bytes[here] === CR && bytes[here + 1] !== LF)) line += 1;
    index += bytes.toString('utf8', at, to).length;
    at = to;
  };
  return ends.map((end) => {
    let first = at;
    while (bytes[first] === CR || bytes[first] === LF) first += 1;
    advance(first);
    const place = { tag: 'line', position: line, start: file.byteOf(index) };
    advance(end);
    return { ...place, end: file.byteOf(index) };
  });
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  CSV_QUOTE_NOT_CLOSED: [
    'quote_not_closed',
    'A quoted value is never closed: the file is cut, or a quote is too many',
  ],
  INVALID_OPENING_QUOTE: ['quote_misplaced', 'A quote stands inside a value that does not begin with one'],
  CSV_INVALID_CLOSING_QUOTE: ['quote_misplaced', 'Something follows the closing quote of a value'],
  CSV_MAX_RECORD_SIZE: ['line_too_long', 'A line is longer than any record can be'],
};

/** The parser's own sentence holds the value, so it is not passed on. */
function unreadable(error: CsvError & { lines?: number }, file: FeedText): Finding {
  const [code, sentence] = REASONS[error.code] ?? ['csv_invalid', 'This is no readable CSV'];
  const line = Math.max(1, Number(error.lines ?? 1));
  const start = file.text.split(/(?<=\n|\r(?!\n))/, line - 1).join('').length;
  return {
    ...fileFinding(code, `${sentence}: line ${line}.`, file.byteOf(start)),
    segment: { tag: 'line', position: line },
  };
}
