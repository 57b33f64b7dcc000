// What commands about value and books share: the configured company, its database with value brought up to date, and the
// connection that keeps its books, where one does.
import { userInfo } from 'node:os';
import type { Config } from '../../config.ts';
import type { Database } from '../../core/database.ts';
import { StockbridgeError } from '../../core/errors.ts';
import { businessDay, type Day } from '../../core/journals/calendar.ts';
import { lockJournals } from '../../core/journals/drafts.ts';
import type { Books } from '../../core/journals/rules.ts';
import { type RulesTaken, takeRules } from '../../core/journals/rules-taken.ts';
import type { Asked } from '../../core/tieout/read.ts';
import { syncCompany } from '../../core/valuation/company.ts';
import { valueAll } from '../../core/valuation/value.ts';
import { isDay } from '../../core/vocabulary/facts.ts';
import { type Instant, instantOf, microsOf } from '../../core/vocabulary/instant.ts';
import { type BooksConnection, booksConnection } from '../../workers/book.ts';
import { openConnections } from '../connections.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';

export interface BooksSession {
  readonly database: Database;
  readonly config: Config;
  readonly books: Books;
  readonly now: Instant;
  readonly today: Day;
  /** Undefined: journals leave as files. */
  readonly connection: BooksConnection | undefined;
  /** The connection as tie-out asks it. */
  readonly asked: Asked | undefined;
  /** Values what is behind, but for items that wait to be tried again: `unvaluedItems` knows those too. */
  value(): Promise<unknown>;
  /** Makes the configured rules hold; answers other ones that they replace. */
  take(by: string): Promise<RulesTaken | undefined>;
}

/**
 * Runs `work` for the configured company.
 * @throws StockbridgeError `configuration_invalid` without a `books` block, or when it is not what stock was valued by.
 */
export const withBooks = <T>(
  options: GlobalOptions,
  work: (session: BooksSession) => Promise<T>,
): Promise<T> =>
  withDatabase(options, async (database, config) => {
    const { books } = config;
    if (books === undefined)
      throw new StockbridgeError(
        'configuration_invalid',
        'the configuration has no block `books`: without it nothing is valued and there are no journals',
      );
    const company = await syncCompany(database, books);
    const connection = booksConnection((await openConnections(database, config)).values(), books);
    const now = instantOf(Date.now());
    return work({
      ...{ database, config, books, now, connection },
      today: businessDay(microsOf(now), books.timeZone),
      asked: connection && { connectionId: connection.id, source: connection.connection.journal },
      value: () => valueAll(database, company),
      take: (by) =>
        database.transaction(async (client) => {
          await lockJournals(client);
          return takeRules(client, books, { by, now });
        }),
    });
  });

/** What a person must know whose rules replace others, by lines. */
export const replacedText = (replaced: RulesTaken | undefined): readonly string[] =>
  replaced === undefined
    ? []
    : [
        `The books block was changed; these rules replace those that ${replaced.takenBy} took at ${replaced.takenAt}.`,
        'Restart the hub if it runs: until then it drafts and approves nothing.',
      ];

/** Who acts: as named, else the user of this machine. */
export const actorOf = (by: string | undefined): string => {
  const name = (by ?? userInfo().username).trim();
  if (name === '') throw new StockbridgeError('argument_invalid', '--by must name somebody');
  return name;
};

/** A day given on the command line. @throws StockbridgeError `argument_invalid` when it is none. */
export function dayFrom(text: string, option: string): Day {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !isDay(text))
    throw new StockbridgeError('argument_invalid', `${option} must be a day such as 2026-11-30, not ${text}`);
  return text;
}
