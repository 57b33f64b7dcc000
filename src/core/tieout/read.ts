// Ties out a company at the end of a day: reads ledger and journals at one instant, sets the books beside them, and keeps what it
// found about the books. It books nothing and changes no journal.
import type { Database, Transaction } from '../database.ts';
import { businessDay, type Day } from '../journals/calendar.ts';
import { draftJournals } from '../journals/draft.ts';
import type { Books } from '../journals/rules.ts';
import { closedThrough, standingOf, unbookedEntries } from '../journals/unbooked.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import type { Money } from '../vocabulary/money.ts';
import { tiedAccounts } from './accounts.ts';
import { behindLastClose, behindOf, forgetBehind, isConfirmed } from './behind.ts';
import { type BooksSource, readBooks } from './books.ts';
import { type AccountTie, type TieOutFacts, tieOut, type Unbooked } from './compare.ts';
import { isOpen } from './difference.ts';
import { keepFindings } from './findings.ts';
import { deliveredIds, ownJournals } from './journals.ts';
import { knownBills } from './known-bills.ts';
import { bookedGroups, charting } from './ledger.ts';
import type { BooksStatement } from './statement.ts';

export interface TieOut {
  readonly asOf: Day;
  readonly currency: string;
  /** False: the books were not asked, and only ledger and journals are compared. */
  readonly isThreeWay: boolean;
  readonly accounts: readonly AccountTie[];
  /** Bills that the accountant enters: taken from what was received or landed, and in no journal. Debit above zero. */
  readonly billsByHand: Money;
  /** Nothing waits for a person or time. */
  readonly isSettled: boolean;
}

/** The books of one connection. */
export interface Asked {
  readonly connectionId: number;
  readonly source: BooksSource;
}

export interface TieOutQuestion {
  readonly asOf: Day;
  readonly now: Instant;
  /** Undefined: the books are not asked. */
  readonly books?: Asked | undefined;
  /** Read the books from our first journal on, whatever the last close saw. */
  readonly whole?: boolean;
}

/** Compares ledger, journals and books. Throws what the connection throws when the books cannot be read. */
export async function tieOutCompany(
  database: Database,
  books: Books,
  question: TieOutQuestion,
): Promise<TieOut> {
  const client = await database.pool.connect();
  let facts: Omit<TieOutFacts, 'statement'>;
  try {
    await client.query('begin isolation level repeatable read read only');
    facts = await readFacts(client, books, question);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
  const statement =
    question.books && (await statementOf(database.pool, facts, question.books, books, question.whole));
  return answerOf(database.pool, books, { ...facts, statement }, question.books);
}

/** Reads on from the last close where that still holds; a whole reading that shows otherwise ends what was kept. */
async function statementOf(
  store: Database['pool'],
  { accounts, journals, asOf }: Omit<TieOutFacts, 'statement'>,
  { source, connectionId }: Asked,
  { currency }: Books,
  whole = false,
): Promise<BooksStatement> {
  const behind = await behindLastClose(store, connectionId);
  const question = { accounts, journals, asOf, currency };
  if (!whole) return readBooks(source, { ...question, behind });
  const statement = await readBooks(source, question);
  if (behind && behind.through <= asOf && !isConfirmed(behind, behindOf(statement, deliveredIds(journals))))
    await forgetBehind(store, connectionId);
  return statement;
}

async function answerOf(
  store: Database['pool'] | Transaction,
  books: Books,
  facts: TieOutFacts,
  asked: Asked | undefined,
): Promise<TieOut> {
  const { statement } = facts;
  const found = tieOut(facts);
  const kept =
    statement && asked
      ? await keepFindings(store, asked.connectionId, found, statement, books.currency)
      : found;
  const accounts = kept.map((tie) => ({ ...tie, isSettled: !tie.differences.some(isOpen) }));
  return {
    asOf: facts.asOf,
    currency: books.currency,
    isThreeWay: statement !== undefined,
    accounts,
    billsByHand: accounts.reduce((sum, each) => sum + each.billsByHand, 0n) as Money,
    isSettled: accounts.every(({ isSettled }) => isSettled),
  };
}

/** What the books show as a whole, read ahead of a transaction in which {@link tieOutWithin} compares it. */
export async function statementAhead(
  database: Database,
  books: Books,
  question: TieOutQuestion & { readonly books: Asked },
): Promise<BooksStatement> {
  const journals = await ownJournals(database.pool);
  return readBooks(question.books.source, {
    ...{ accounts: accountsOf(books, journals), journals },
    ...{ asOf: question.asOf, currency: books.currency },
  });
}

/** The same comparison within a transaction that holds the lock of journals; the books are as they were read before. */
export async function tieOutWithin(
  client: Transaction,
  books: Books,
  question: TieOutQuestion,
  statement: BooksStatement | undefined,
): Promise<TieOut> {
  const facts = await readFacts(client, books, question);
  return answerOf(client, books, { ...facts, statement }, question.books);
}

const accountsOf = (books: Books, journals: Awaited<ReturnType<typeof ownJournals>>) =>
  tiedAccounts(
    books,
    journals.flatMap(({ lines }) => lines),
  );

async function readFacts(
  client: Transaction,
  books: Books,
  { asOf, now }: TieOutQuestion,
): Promise<Omit<TieOutFacts, 'statement'>> {
  const journals = await ownJournals(client);
  const booked = await bookedGroups(client, books, asOf);
  const closed = await closedThrough(client);
  return {
    asOf,
    ...(closed !== undefined && { closed }),
    accounts: accountsOf(books, journals),
    chart: charting(books),
    booked,
    unbooked: await unbookedWith(client, books, now, closed),
    bills: await knownBills(client, books, asOf),
    journals,
  };
}

/** Entries in no journal, each with why: what drafting anew would say of them. */
async function unbookedWith(
  client: Transaction,
  books: Books,
  now: Instant,
  closed: Day | undefined,
): Promise<readonly Unbooked[]> {
  const entries = await unbookedEntries(client, books, closed);
  if (entries.length === 0) return [];
  const today = businessDay(microsOf(now), books.timeZone);
  const standing = await standingOf(client, books, { today, entries });
  const { stopped, waiting } = draftJournals(entries, books, standing);
  const reasons = new Map<string, { kind: Unbooked['kind']; document: string; what: string }>();
  for (const { id, postingDay } of waiting)
    reasons.set(id, {
      kind: 'not_drafted',
      document: `entries of ${postingDay}`,
      what: 'their day or month is not over',
    });
  for (const { entries: ids, period, reason } of stopped)
    for (const id of ids)
      if (!reasons.has(id))
        reasons.set(id, {
          kind: 'held',
          document: `entries of ${period}`,
          what: reason.replace(`${period} is`, 'are'),
        });
  return entries.map((entry) => ({
    entry,
    ...(reasons.get(entry.id) ?? {
      kind: 'not_drafted' as const,
      document: `entries of ${entry.postingDay}`,
      what: 'are not drafted yet',
    }),
  }));
}
