// Journals as a neutral CSV file, one row per line of a journal: what any other accounting program can be taught to read.
// It names no vendor's columns, and a spreadsheet that opens it runs nothing.
import { stringify } from 'csv-stringify/sync';
import type { JournalDocument, JournalDocumentLine, JournalSource } from '../document.ts';
import { checkedJournals } from './checked.ts';
import { printable } from './text.ts';

export const CSV_COLUMNS = [
  'journal_id',
  'date',
  'doc_no',
  'account_code',
  'debit',
  'credit',
  'currency',
  'memo',
  'class',
  'location',
  'source_type',
  'source_id',
  'sku',
  'qty',
  'description',
] as const;
type Row = Record<(typeof CSV_COLUMNS)[number], string>;

/**
 * One row per line: `memo` is the journal’s, `description` the line’s, `location` the department. A line made of one source
 * names it; of several, `source_id` says how many, and type and SKU stand where all have the same, because a row for each
 * would book the amount more than once. UTF-8 without a mark, CRLF, as in RFC 4180.
 * @throws StockbridgeError `invariant_broken` as {@link checkedJournals}.
 */
export const csvOf = (documents: readonly JournalDocument[]): Buffer =>
  Buffer.from(
    stringify(
      checkedJournals(documents).flatMap((journal) => journal.lines.map((line) => rowOf(journal, line))),
      {
        header: true,
        columns: [...CSV_COLUMNS],
        record_delimiter: 'windows',
        // A spreadsheet may take any of these for the end of a cell.
        quoted_match: /[\r\n\t;|]/,
      },
    ),
  );

const rowOf = (journal: JournalDocument, line: JournalDocumentLine): Row => ({
  journal_id: journal.id,
  date: journal.date,
  doc_no: guarded(journal.number),
  account_code: guarded(line.account),
  debit: line.side === 'debit' ? line.amount : '',
  credit: line.side === 'credit' ? line.amount : '',
  currency: journal.currency,
  memo: guarded(journal.memo),
  class: guarded(line.class ?? ''),
  location: guarded(line.department ?? ''),
  ...sourceOf(line.sources ?? []),
  description: guarded(line.description),
});

type SourceCells = Pick<Row, 'source_type' | 'source_id' | 'sku' | 'qty'>;

function sourceOf(sources: readonly JournalSource[]): SourceCells {
  const [first] = sources;
  if (!first) return { source_type: '', source_id: '', sku: '', qty: '' };
  const shared = (text: (source: JournalSource) => string): string =>
    sources.every((source) => text(source) === text(first)) ? text(first) : '';
  const isOne = sources.length === 1;
  return {
    source_type: shared(({ type }) => type),
    source_id: isOne ? guarded(first.id) : `${sources.length} sources`,
    sku: guarded(shared(({ sku }) => sku ?? '')),
    qty: isOne ? first.quantity : '',
  };
}

/** How a formula begins in one spreadsheet or another, also behind white space or behind a guard of ours. */
const FORMULA = /^'*(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])/;

/** Text that a spreadsheet would take for a formula gets an apostrophe in front; {@link unguarded} takes it away again. */
function guarded(text: string): string {
  const clean = printable(text);
  return FORMULA.test(clean) ? `'${clean}` : clean;
}

/** What a cell said before it was guarded. */
export const unguarded = (cell: string): string =>
  cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
