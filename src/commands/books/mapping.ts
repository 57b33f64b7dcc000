// What would make the books refuse journals or mistake them, for whoever drafts or starts a hub. It changes neither side.
import type { BooksDescription } from '../../connectors/contract.ts';
import type { Books } from '../../core/journals/rules.ts';
import { chartProblems } from './chart-problems.ts';

/** A sentence each with its place in the configuration; none where the books cannot be asked. */
export const mappingFailures = (books: Books, chart: BooksDescription | undefined): readonly string[] =>
  chart === undefined
    ? []
    : chartProblems(books, chart)
        .filter(({ level }) => level === 'fail')
        .map(({ where, what }) => `${where}: ${what}`);
