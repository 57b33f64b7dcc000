// Whether the books have the accounts that journals name, asked before a person signs or sends them. Books that cannot be asked
// stop nothing: then the journal itself finds out. It changes neither side.
import type { BooksDescription } from '../../connectors/contract.ts';
import type { JournalDocument } from '../../core/journals/document.ts';
import type { Books } from '../../core/journals/rules.ts';
import type { BooksConnection } from '../../workers/book.ts';
import { chartProblems, noAccount } from './chart-problems.ts';

/** The books as they are now; undefined where journals leave as files, or where the books cannot be asked. */
export async function chartIfAsked(
  connection: BooksConnection | undefined,
): Promise<BooksDescription | undefined> {
  try {
    return await connection?.connection.journal.describe();
  } catch {
    return undefined;
  }
}

/** Why the books would refuse a journal for good: it names accounts that they do not have. Undefined: it names none. */
export function lackingAccounts(
  { lines }: Pick<JournalDocument, 'lines'>,
  chart: BooksDescription | undefined,
): string | undefined {
  if (!chart) return undefined;
  const known = new Set(chart.accounts.map(({ id }) => id));
  const lacking = new Set(lines.map(({ account }) => account).filter((account) => !known.has(account)));
  return lacking.size === 0 ? undefined : [...lacking].map((id) => noAccount(id, chart.accounts)).join('; ');
}

/** What would make the books refuse journals or mistake them, a sentence each with its place in the configuration. */
export const mappingFailures = (books: Books, chart: BooksDescription | undefined): readonly string[] =>
  chart === undefined
    ? []
    : chartProblems(books, chart)
        .filter(({ level }) => level === 'fail')
        .map(({ where, what }) => `${where}: ${what}`);
