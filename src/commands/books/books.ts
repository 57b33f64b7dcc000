// stockbridge books: the accounts of the books and the mapping onto them, and what was found there that the hub did not do.
import type { BooksDescription } from '../../connectors/contract.ts';
import { StockbridgeError } from '../../core/errors.ts';
import { businessDay } from '../../core/journals/calendar.ts';
import type { Books } from '../../core/journals/rules.ts';
import { acceptFinding, openFindings } from '../../core/tieout/findings.ts';
import { instantOf } from '../../core/vocabulary/instant.ts';
import type { BooksConnection } from '../../workers/book.ts';
import { noAccount } from '../../workers/chart.ts';
import { output, table } from '../output.ts';
import type { GlobalOptions } from '../session.ts';
import { chartProblems } from './chart-problems.ts';
import { actorOf, withBooks } from './session.ts';

const NO_BOOKS =
  'books.journal.connection names no connection: journals leave as files, and there are no books to ask';

async function described(connection: BooksConnection | undefined): Promise<BooksDescription> {
  if (!connection) throw new StockbridgeError('configuration_invalid', NO_BOOKS);
  return connection.connection.journal.describe();
}

/** Lists accounts with the ids that a mapping takes; exit code 0. */
export async function booksAccounts(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ connection, books }) => {
    const description = await described(connection);
    const usedFor = (id: string) =>
      Object.entries(books.accounts).flatMap(([role, account]) => (account === id ? [role] : []));
    out.result(description, () =>
      [
        `${description.company}, ${description.currency}${description.closedThrough === undefined ? '' : `, closed through ${description.closedThrough}`}`,
        table(
          ['id', 'number', 'name', 'type', 'mapped for', ''],
          description.accounts.map((each) => [
            each.id,
            each.number ?? '',
            each.name,
            each.type,
            usedFor(each.id).join(', '),
            each.active ? (each.unfit === undefined ? '' : 'not for journals of the hub') : 'inactive',
          ]),
        ),
        ...unknownRoles(books, description),
        ...namesText('classes', description.classes),
        ...namesText('departments', description.departments),
      ].join('\n'),
    );
    return 0;
  });
}

/** Mapped roles whose account is not in the list above. */
const unknownRoles = ({ accounts }: Books, description: BooksDescription): string[] =>
  Object.entries(accounts).flatMap(([role, id]) =>
    description.accounts.some((each) => each.id === id)
      ? []
      : [`MAPPED WRONG  books.accounts.${role}: ${noAccount(id, description.accounts)}`],
  );

const namesText = (title: string, names: BooksDescription['classes']): string[] =>
  names.length === 0
    ? []
    : [`${title}:`, ...names.map(({ id, name, active }) => `  ${id}  ${name}${active ? '' : ' (inactive)'}`)];

/** Compares the mapping with the books; exit code 1 when a journal could be refused or land in the wrong place. */
export async function booksCheck(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ connection, books }) => {
    const problems = chartProblems(books, await described(connection));
    out.result({ problems }, () =>
      problems.length === 0
        ? 'Every account, class and department of the mapping is there and fit.'
        : problems.map(({ level, where, what }) => `${level}  ${where}: ${what}`).join('\n'),
    );
    return problems.some(({ level }) => level === 'fail') ? 1 : 0;
  });
}

/** Lists what the books show that the hub did not do; exit code 1 when there is any. */
export async function booksFindings(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withBooks(options, async ({ database, books }) => {
    const findings = await openFindings(database.pool);
    out.result(findings, () =>
      findings.length === 0
        ? 'Nothing is open. `stockbridge tieout` looks again.'
        : table(
            ['finding', 'seen', 'kind', 'what'],
            findings.map(({ id, seenAt, kind, reason }) => [
              id,
              businessDay(instantOf(seenAt), books.timeZone),
              kind,
              reason,
            ]),
          ),
    );
    return findings.length === 0 ? 0 : 1;
  });
}

export interface ResolveOptions extends GlobalOptions {
  readonly note: string;
  readonly by?: string;
}

/** Accepts a finding as it is; the note goes into the certificate. */
export async function booksResolve(id: string, options: ResolveOptions): Promise<number> {
  const out = output(options);
  if (options.note.trim() === '')
    throw new StockbridgeError('argument_invalid', '--note must say why it is right');
  return withBooks(options, async ({ database }) => {
    const reason = await acceptFinding(database.pool, id, options.note.trim(), actorOf(options.by));
    if (reason === undefined)
      throw new StockbridgeError('not_found', `no finding ${id} is open`, {
        help: '`stockbridge books findings` lists those that are open.',
      });
    out.result({ accepted: id, reason }, () => `Accepted: ${reason}`);
    return 0;
  });
}
