// Keeps the drafts in the database what the entries say: all of them are taken away and made anew, in one transaction that
// nobody else can be in. It touches nothing that was approved, and drafts nothing of a day that is still running unless asked.
import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../database.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { businessDay, type Day } from './calendar.ts';
import { type Drafting, draftJournals, type JournalDraft } from './draft.ts';
import type { Books } from './rules.ts';
import { closedThrough, standingOf, unbookedEntries } from './unbooked.ts';
import { memoOf } from './wording.ts';

export interface Redrafted extends Omit<Drafting, 'journals'> {
  readonly drafts: readonly { readonly id: string; readonly number: string; readonly date: Day }[];
}

/** Held by whoever changes journals or closings, to the end of the transaction. */
export const lockJournals = (client: Transaction): Promise<unknown> =>
  client.query(`select pg_advisory_xact_lock(hashtextextended('journals', 0))`);

/**
 * Makes all drafts anew from the entries that no approved journal holds. A draft whose number stays keeps its id. `stopped`
 * names what waits for an account, `waiting` the entries of a day or month that is not over at `now`.
 */
export const redraftJournals = (
  database: Database,
  books: Books,
  options: { readonly now: Instant; readonly includeRunning?: boolean },
): Promise<Redrafted> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    return redraft(client, books, options);
  });

/** The same within a transaction that holds the lock. */
export async function redraft(
  client: Transaction,
  books: Books,
  options: { readonly now: Instant; readonly includeRunning?: boolean },
): Promise<Redrafted> {
  const ids = await removeDrafts(client);
  const entries = await unbookedEntries(client, books, await closedThrough(client));
  const standing = await standingOf(client, books, {
    today: businessDay(microsOf(options.now), books.timeZone),
    includeRunning: options.includeRunning ?? false,
  });
  const { journals, stopped, waiting } = draftJournals(entries, books, standing);
  const named = journals.map((journal) => ({ journal, id: ids.get(journal.number) ?? randomUUID() }));
  await writeJournals(client, named, options.now);
  await writeLines(client, named);
  await writeParts(client, named);
  await bookEntries(client, named);
  return {
    drafts: named.map(({ id, journal }) => ({ id, number: journal.number, date: journal.date })),
    stopped,
    waiting,
  };
}

/** The ids that drafts had, by number. Their entries are free again, by the foreign key. */
async function removeDrafts(client: Transaction): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; number: string }>(
    `delete from journal where status = 'draft' returning id, number`,
  );
  return new Map(rows.map(({ id, number }) => [number, id]));
}

interface Named {
  readonly journal: JournalDraft;
  readonly id: string;
}

async function writeJournals(client: Transaction, named: readonly Named[], now: Instant): Promise<void> {
  await client.query(
    `insert into journal (id, number, kind, posting_date, for_date, reference, currency, memo, drafted_at)
     select *, $9::timestamptz from unnest($1::uuid[], $2::text[], $3::journal_kind[], $4::date[], $5::date[], $6::text[], $7::text[], $8::text[])`,
    [
      named.map(({ id }) => id),
      named.map(({ journal }) => journal.number),
      named.map(({ journal }) => journal.kind),
      named.map(({ journal }) => journal.date),
      named.map(({ journal }) => journal.forDate ?? null),
      named.map(({ journal }) => journal.reference ?? null),
      named.map(({ journal }) => journal.currency),
      named.map(({ id, journal }) => memoOf(id, journal.title)),
      now,
    ],
  );
}

async function writeLines(client: Transaction, named: readonly Named[]): Promise<void> {
  const lines = named.flatMap(({ id, journal }) => journal.lines.map((line) => ({ id, line })));
  await client.query(
    `insert into journal_line (journal_id, line, side, account, role, kind, class, department, amount, description)
     select * from unnest($1::uuid[], $2::smallint[], $3::journal_side[], $4::text[], $5::account_role[], $6::cost_kind[], $7::text[],
       $8::text[], $9::numeric[], $10::text[])`,
    [
      lines.map(({ id }) => id),
      lines.map(({ line }) => line.line),
      lines.map(({ line }) => line.side),
      lines.map(({ line }) => line.account),
      lines.map(({ line }) => line.role),
      lines.map(({ line }) => line.kind),
      lines.map(({ line }) => line.class ?? null),
      lines.map(({ line }) => line.department ?? null),
      lines.map(({ line }) => String(line.amount)),
      lines.map(({ line }) => line.description),
    ],
  );
}

async function writeParts(client: Transaction, named: readonly Named[]): Promise<void> {
  const parts = named.flatMap(({ id, journal }) =>
    journal.lines.flatMap(({ line, parts: own }) => own.map((part) => ({ id, line, part }))),
  );
  await client.query(
    `insert into journal_line_entry (journal_id, line, cost_entry_id, amount)
     select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::numeric[])`,
    [
      parts.map(({ id }) => id),
      parts.map(({ line }) => line),
      parts.map(({ part }) => part.entry),
      parts.map(({ part }) => String(part.amount)),
    ],
  );
}

async function bookEntries(client: Transaction, named: readonly Named[]): Promise<void> {
  const booked = named.flatMap(({ id, journal }) => journal.entries.map((entry) => ({ id, entry })));
  await client.query(
    `update cost_entry e set journal_id = b.journal_id
     from unnest($1::bigint[], $2::uuid[]) as b(entry_id, journal_id) where e.id = b.entry_id`,
    [booked.map(({ entry }) => entry), booked.map(({ id }) => id)],
  );
}
