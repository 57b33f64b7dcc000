// Whether the books have the accounts that journals name, asked before anybody approves or sends them. Books that cannot be asked
// stop nothing: then the journal itself finds out. It changes neither side.
import type { BooksAccount, BooksDescription } from '../connectors/contract.ts';
import type { JournalDocument } from '../core/journals/document.ts';
import type { BooksConnection } from './book.ts';

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

/** The same of a draft, with what to do: approved, it would keep the account. */
export function whyNotApproved(
  draft: Pick<JournalDocument, 'lines'>,
  chart: BooksDescription | undefined,
): string | undefined {
  const lacking = lackingAccounts(draft, chart);
  return lacking === undefined ? undefined : `${lacking}; ${CORRECT_DRAFT}`;
}

export const CORRECT_DRAFT = 'correct the mapping, then `stockbridge journal draft`';

/** That an id is no account's, and whose number it is: people know accounts by those. */
export function noAccount(id: string, accounts: Iterable<BooksAccount>): string {
  const meant = [...accounts].filter(({ number }) => number === id);
  const number = meant.map(({ name, id: own }) => `${id} is the number of ${name}, whose id is ${own}`);
  return [`the books have no account with the id ${id}`, ...number].join('; ');
}
