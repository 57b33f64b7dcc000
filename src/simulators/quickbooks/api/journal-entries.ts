// Create, read, update and delete of journal entries as the API does them, with the rules of SyncToken and closed books.
// What a request id has been answered is kept elsewhere.

import type { Company } from '../books/company.ts';
import type { Transaction } from '../books/transaction.ts';
import { QuickbooksFault } from './fault.ts';
import {
  draftOf,
  type JournalEntryBody,
  journalEntryBodyOf,
  mustBeOpen,
  mustBeUnused,
  type RuleOptions,
} from './journal-rules.ts';
import { journalEntryWire, type Wire } from './wire.ts';

export interface JournalEntries {
  read(id: string): Wire;
  /** Creates without an Id, updates with one. */
  save(body: unknown, include: string | undefined): Wire;
  remove(body: unknown): Wire;
}

export function journalEntriesOf(company: Company, rules: RuleOptions): JournalEntries {
  const present = (id: string): Transaction => {
    const entry = company.transaction('JournalEntry', id);
    // A deleted entry answers as one that never was.
    if (entry === undefined)
      throw new QuickbooksFault(
        '610',
        "Something you're trying to use has been made inactive or does not exist.",
      );
    return entry;
  };

  const current = ({ Id, SyncToken }: JournalEntryBody): Transaction => {
    if (Id === undefined)
      throw new QuickbooksFault('2020', 'Required parameter Id is missing in the request', 'Id');
    if (SyncToken === undefined)
      throw new QuickbooksFault(
        '2020',
        'Required parameter SyncToken is missing in the request',
        'SyncToken',
      );
    const entry = present(Id);
    if (SyncToken !== String(entry.syncToken))
      throw new QuickbooksFault(
        '5010',
        'You and another user were working on this at the same time. The other user finished before you did, so your work was not saved.',
      );
    return entry;
  };

  const mustBeFree = (number: string | undefined, include: string | undefined, own?: string): void => {
    if (rules.duplicateNumbers === 'refuse' && include?.toLowerCase() !== 'allowduplicatedocnum')
      mustBeUnused(company, number, own);
  };

  const create = (body: JournalEntryBody, include: string | undefined): Wire => {
    const draft = draftOf(company, body);
    mustBeOpen(company, draft.date, rules);
    mustBeFree(draft.number, include);
    return journalEntryWire(company, company.book(draft));
  };

  const update = (body: JournalEntryBody, include: string | undefined): Wire => {
    const before = current(body);
    // A sparse update keeps what it does not name; its lines, when it names any, replace all lines (unverified).
    const whole =
      body.sparse === true ? { ...journalEntryBodyOf(journalEntryWire(company, before)), ...body } : body;
    const draft = draftOf(company, whole);
    mustBeOpen(company, before.date, rules);
    mustBeOpen(company, draft.date, rules);
    if (draft.number !== before.number) mustBeFree(draft.number, include, before.id);
    return journalEntryWire(company, company.rebook(before.id, draft));
  };

  return {
    read: (id) => journalEntryWire(company, present(id)),
    save: (given, include) => {
      const body = journalEntryBodyOf(given);
      return body.Id === undefined ? create(body, include) : update(body, include);
    },
    remove: (given) => {
      const entry = current(journalEntryBodyOf(given));
      mustBeOpen(company, entry.date, rules);
      company.remove(entry.id);
      return { status: 'Deleted', domain: 'QBO', Id: entry.id };
    },
  };
}
