// Turns hints into what the books hold now. A hint is only a hint: every journal entry is read again, so that a repeated,
// late or forged one says nothing but the present. Stock is never moved from here.
import type { ReportedBooksEntry } from '../../core/vocabulary/facts.ts';
import type { Interpretation, StoredEvent } from '../contract.ts';
import { facts, ignored, quarantined } from '../toolkit/interpretation.ts';
import type { QuickbooksClient } from './client.ts';
import type { Company } from './company.ts';
import { booksEntryOf, keyIn } from './entry.ts';
import { type Hint, hintsIn } from './hints.ts';
import { entriesById } from './journal.ts';
import type { QuickbooksSettings } from './settings.ts';
import type { JournalEntry } from './wire.ts';

const JOURNAL_ENTRY = 'journalentry';

/** One interpretation per event, in order. @throws StockbridgeError when the company does not answer. */
export async function interpretEvents(
  client: QuickbooksClient,
  company: Company,
  settings: QuickbooksSettings,
  events: readonly StoredEvent[],
): Promise<readonly Interpretation[]> {
  const hints = events.map((event) =>
    hintsIn(event.body)?.find(({ dedupeKey }) => dedupeKey === event.dedupeKey),
  );
  const ids = hints
    .filter((hint) => hint !== undefined && isAboutEntry(hint, settings))
    .map((hint) => hint?.id ?? '');
  const entries = ids.length === 0 ? new Map<string, JournalEntry>() : await entriesById(client, ids);
  const currency = ids.length === 0 ? '' : (await company.money()).currency;
  return hints.map((hint) => {
    if (hint === undefined)
      return quarantined(
        'body_malformed',
        'This is neither form of Intuit’s notifications: a list of CloudEvents, or eventNotifications. Compare it with the app’s webhook settings, then replay',
      );
    const { realm, entity, operation, id } = hint;
    if (realm !== settings.realmId)
      return ignored(`It is about company ${realm}, and this connection is company ${settings.realmId}.`);
    if (entity !== JOURNAL_ENTRY)
      return ignored(
        `${entity} ${id} was ${operation}: only journal entries are compared; accounts and preferences are read afresh before each posting.`,
      );
    if (!/^\d{1,20}$/.test(id)) return quarantined('content_invalid', `${id} is no id of a journal entry`);
    return meaningOf(id, entries.get(id), currency);
  });
}

const isAboutEntry = ({ realm, entity }: Hint, settings: QuickbooksSettings): boolean =>
  realm === settings.realmId && entity === JOURNAL_ENTRY;

/**
 * Every entry is told: whose it is the hub knows by its id, and neither a deleted one nor one whose note somebody rewrote says so
 * itself.
 */
function meaningOf(id: string, entry: JournalEntry | undefined, currency: string): Interpretation {
  return facts({ books: [entry === undefined ? { id, deleted: true } : reported(entry, currency)] });
}

function reported(entry: JournalEntry, currency: string): ReportedBooksEntry {
  const { id, version, number, date, memo, lines } = booksEntryOf(entry, currency);
  return {
    id,
    deleted: false,
    version,
    number,
    isMarked: keyIn(entry.PrivateNote) !== undefined,
    date,
    memo,
    lines: lines.map(({ description: _description, ...line }) => line),
  };
}
