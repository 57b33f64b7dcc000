// Keeps the drafts in the database what the entries say: all of them are thought out anew, and those that are other than they
// were are written anew, in one transaction that nobody else can be in. It touches nothing that was approved, and drafts nothing of a day that is still running unless asked.
import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../database.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { businessDay, type Day } from './calendar.ts';
import { type BookableEntry, type Drafting, draftJournals, draftKey, type JournalDraft } from './draft.ts';
import { hashOf, keepDrafts, type Named, writeDrafts } from './drafts-stored.ts';
import type { Books } from './rules.ts';
import { draftingPrint, isInForce, type RulesTaken, takeRules } from './rules-taken.ts';
import { standingOf } from './standing.ts';
import { closedThrough, unbookedEntries } from './unbooked.ts';

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
  const rules = await draftingPrint(client, books);
  const entries = await unbookedEntries(client, books, await closedThrough(client), { withDrafted: true });
  const standing = await standingOf(client, books, {
    today: businessDay(microsOf(options.now), books.timeZone),
    includeRunning: options.includeRunning ?? false,
    drafted: numbersOf(earlier),
    entries,
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
  const made = { now: options.now, rules };
  await keepDrafts(client, kept, made);
  const present = new Set(named.map(({ id }) => id));
  const gone = earlier.map(({ id }) => id).filter((id) => !present.has(id));
  await client.query(`delete from journal where status = 'draft' and id = any ($1::uuid[])`, [gone]);
  await writeDrafts(client, changed, made);
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
