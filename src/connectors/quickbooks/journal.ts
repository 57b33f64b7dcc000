// The books of one company: what they are like, posting, and reading back. It wires the rooms together.
import type { BooksEntry, ConnectionContext, Journal } from '../contract.ts';
import type { QuickbooksClient } from './client.ts';
import type { Company } from './company.ts';
import { booksEntryOf } from './entry.ts';
import { postJournal } from './post.ts';
import type { QuickbooksSettings } from './settings.ts';
import { activityOf, balancesOf } from './standing.ts';
import type { JournalEntry } from './wire.ts';

export function journalOf(
  client: QuickbooksClient,
  company: Company,
  context: ConnectionContext<QuickbooksSettings>,
): Journal {
  return {
    describe: () => company.describe(),
    post: (journal) => postJournal({ client, company, context }, journal),
    read: (ids) => readEntries(client, company, ids),
    balances: (accounts, asOf) => balancesOf(client, company, accounts, asOf),
    activity: (accounts, from, through) => activityOf(client, company, accounts, from, through),
  };
}

async function readEntries(
  client: QuickbooksClient,
  company: Company,
  ids: readonly string[],
): Promise<readonly BooksEntry[]> {
  const found = await entriesById(client, ids);
  if (ids.length === 0) return [];
  const { currency } = await company.money();
  return ids.map((id): BooksEntry => {
    const entry = found.get(id);
    return entry === undefined ? { outcome: 'deleted', id } : booksEntryOf(entry, currency);
  });
}

/** So many ids that the address of the query stays short. */
const IDS_PER_QUERY = 50;

/** The entries that exist, by id; a query leaves deleted ones out. */
export async function entriesById(
  client: QuickbooksClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, JournalEntry>> {
  const found = new Map<string, JournalEntry>();
  // What is no number is no id of QuickBooks, and must not become part of a query.
  const asked = [...new Set(ids)].filter((id) => /^\d{1,20}$/.test(id));
  for (let at = 0; at < asked.length; at += IDS_PER_QUERY) {
    const list = asked.slice(at, at + IDS_PER_QUERY).map((id) => `'${id}'`);
    for (const entry of await client.journalEntries(`where Id in (${list.join(', ')})`))
      found.set(entry.Id, entry);
  }
  return found;
}
