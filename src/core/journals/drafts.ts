// Keeps the drafts in the database what the entries say: all of them are thought out anew, and those that are other than they
// were are written anew, in one transaction that nobody else can be in. It touches nothing that was approved, and drafts nothing of a day that is still running unless asked.
import { createHash, randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../database.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { businessDay, type Day } from './calendar.ts';
import { type BookableEntry, type Drafting, draftJournals, draftKey, type JournalDraft } from './draft.ts';
import type { Books } from './rules.ts';
import { isInForce, type RulesTaken, takeRules } from './rules-taken.ts';
import { closedThrough, standingOf, unbookedEntries } from './unbooked.ts';
import { memoOf } from './wording.ts';

export interface Redrafted extends Omit<Drafting, 'journals'> {
  readonly drafts: readonly { readonly id: string; readonly number: string; readonly date: Day }[];
  /** Other rules that `takenBy` replaced. */
  readonly replaced?: RulesTaken;
}

export interface DraftingOptions {
  readonly now: Instant;
  readonly includeRunning?: boolean;
}

/** Held by whoever changes journals or closings, to the end of the transaction. */
export const lockJournals = (client: Transaction): Promise<unknown> =>
  client.query(`select pg_advisory_xact_lock(hashtextextended('journals', 0))`);

/**
 * Makes all drafts anew from the entries that no approved journal holds. A draft keeps its number
 * and id for as long as there is something to book of its kind, day and order. `stopped`
 * names what waits for an account, `waiting` the entries of a day or month that is not over at `now`. With `takenBy` these
 * rules hold from now on, in that name.
 */
export const redraftJournals = (
  database: Database,
  books: Books,
  options: DraftingOptions & { readonly takenBy?: string },
): Promise<Redrafted> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    const { takenBy: by, now } = options;
    const replaced = by === undefined ? undefined : await takeRules(client, books, { by, now });
    return { ...(await redraft(client, books, options)), ...(replaced && { replaced }) };
  });

/** The same by rules that somebody may have replaced; undefined: they do not hold any more, and nothing was drafted. */
export const redraftWhileInForce = (
  database: Database,
  books: Books,
  options: DraftingOptions,
): Promise<Redrafted | undefined> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    return (await isInForce(client, books)) ? redraft(client, books, options) : undefined;
  });

/** The same within a transaction that holds the lock. */
export async function redraft(
  client: Transaction,
  books: Books,
  options: DraftingOptions,
): Promise<Redrafted> {
  const earlier = await earlierDrafts(client);
  const entries = await unbookedEntries(client, books, await closedThrough(client), { withDrafted: true });
  const standing = await standingOf(client, books, {
    today: businessDay(microsOf(options.now), books.timeZone),
    includeRunning: options.includeRunning ?? false,
    drafted: numbersOf(earlier),
  });
  const ids = new Map(earlier.map((draft) => [idKey(draft), draft.id]));
  const { journals, stopped, waiting } = draftJournals(entries, books, standing);
  const named = journals.map((journal): Named => {
    const id = ids.get(idKey(journal)) ?? randomUUID();
    return { journal, id, hash: hashOf(id, journal) };
  });
  const same = new Set(earlier.map(({ id, hash }) => `${id} ${hash}`));
  const changed = named.filter(({ id, hash }) => !same.has(`${id} ${hash}`));
  const kept = named.filter(({ id, hash }) => same.has(`${id} ${hash}`)).map(({ id }) => id);
  // Thousands of entries are not written anew for one that came.
  await client.query(`update journal set drafted_at = $2 where id = any ($1::uuid[])`, [kept, options.now]);
  await client.query(`delete from journal where status = 'draft' and id <> all ($1::uuid[])`, [kept]);
  await writeJournals(client, changed, options.now);
  await writeLines(client, changed);
  await writeParts(client, changed);
  await bookEntries(client, changed);
  await writeHeld(client, stopped, entries);
  return {
    drafts: named.map(({ id, journal }) => ({ id, number: journal.number, date: journal.date })),
    stopped,
    waiting,
  };
}

interface EarlierDraft extends Pick<JournalDraft, 'kind' | 'date' | 'forDate' | 'reference' | 'number'> {
  readonly id: string;
  readonly hash: string | null;
}

// An id is what somebody looked at: it never goes over to a draft of something else that happens to get the number.
const idKey = (draft: Omit<EarlierDraft, 'id' | 'hash'>): string => `${draft.number} ${draftKey(draft)}`;

/** The drafts until now. */
async function earlierDrafts(client: Transaction): Promise<EarlierDraft[]> {
  const { rows } = await client.query<{
    id: string;
    number: string;
    kind: JournalDraft['kind'];
    date: Day;
    for_date: Day | null;
    reference: string | null;
    hash: string | null;
  }>(
    `select id, number, kind, posting_date::text as date, for_date::text, reference, encode(draft_hash, 'hex') as hash
     from journal where status = 'draft'`,
  );
  return rows.map(({ for_date, reference, ...row }) => ({
    ...row,
    forDate: for_date ?? undefined,
    reference: reference ?? undefined,
  }));
}

function numbersOf(earlier: readonly EarlierDraft[]): Map<string, string[]> {
  const byKey = Map.groupBy(earlier, draftKey);
  const inOrder = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : 1);
  return new Map([...byKey].map(([key, drafts]) => [key, drafts.map(({ number }) => number).sort(inOrder)]));
}

interface Named {
  readonly journal: JournalDraft;
  readonly id: string;
  readonly hash: string;
}

const hashOf = (id: string, journal: JournalDraft): string =>
  createHash('sha256')
    .update(
      JSON.stringify([id, journal], (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
    )
    .digest('hex');

async function writeJournals(client: Transaction, named: readonly Named[], now: Instant): Promise<void> {
  await client.query(
    `insert into journal (id, number, kind, posting_date, for_date, reference, currency, memo, draft_hash, drafted_at)
     select *, $10::timestamptz from unnest($1::uuid[], $2::text[], $3::journal_kind[], $4::date[], $5::date[], $6::text[], $7::text[],
       $8::text[], $9::bytea[])`,
    [
      named.map(({ id }) => id),
      named.map(({ journal }) => journal.number),
      named.map(({ journal }) => journal.kind),
      named.map(({ journal }) => journal.date),
      named.map(({ journal }) => journal.forDate ?? null),
      named.map(({ journal }) => journal.reference ?? null),
      named.map(({ journal }) => journal.currency),
      named.map(({ id, journal }) => memoOf(id, journal.title)),
      named.map(({ hash }) => Buffer.from(hash, 'hex')),
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

async function writeHeld(
  client: Transaction,
  stopped: Drafting['stopped'],
  entries: readonly BookableEntry[],
): Promise<void> {
  const amounts = new Map(stopped.length === 0 ? [] : entries.map(({ id, amount }) => [id, amount]));
  await client.query('delete from drafting_held');
  await client.query(
    `insert into drafting_held (period, role, entries, amount, reason)
     select * from unnest($1::text[], $2::account_role[], $3::int[], $4::numeric[], $5::text[])`,
    [
      stopped.map(({ period }) => period),
      stopped.map(({ role }) => role),
      // An entry that goes from a role to itself is held for both of its sides.
      stopped.map((each) => new Set(each.entries).size),
      stopped.map((each) =>
        String([...new Set(each.entries)].reduce((sum, id) => sum + (amounts.get(id) ?? 0n), 0n)),
      ),
      stopped.map(({ reason }) => reason),
    ],
  );
}
