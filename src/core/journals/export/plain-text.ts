// What the plain-text books have in common: their options, and which of our facts stand beside a transaction and a posting.
import type { JournalDocument, JournalDocumentLine } from '../document.ts';
import type { AccountNames } from './account-names.ts';

export interface PlainTextOptions {
  readonly accounts: AccountNames;
  /**
   * Whether the file declares its accounts and currencies, and so can be checked by itself. Default true; without, it can
   * be included into a book that declares them.
   */
  readonly declares?: boolean;
}

/** A key and what it says, in the order they are written. */
export type Facts = readonly (readonly [key: string, value: string])[];

const present = (facts: readonly (readonly [string, string | undefined])[]): Facts =>
  facts.flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value] as const]));

/** Our id first: it is how an export is recognised when it is read again. */
export const journalFacts = (journal: JournalDocument): Facts =>
  present([
    ['journal-id', journal.id],
    ['kind', journal.kind],
    ['for-day', journal.forDate],
    ['reference', journal.reference],
    ['reverses', journal.reverses],
  ]);

export const lineFacts = (line: JournalDocumentLine): Facts =>
  present([
    ['description', line.description],
    ['class', line.class],
    ['department', line.department],
  ]);

/** A draft may still change: both kinds of book mark it as pending. */
export const flagOf = ({ status }: JournalDocument): '!' | '*' => (status === 'draft' ? '!' : '*');

/** The account names of a journal, padded so that its amounts stand below each other. */
export function paddedNames(
  journal: JournalDocument,
  nameOf: (account: string) => string,
): readonly string[] {
  const names = journal.lines.map(({ account }) => nameOf(account));
  const width = Math.max(...names.map((name) => name.length));
  return names.map((name) => name.padEnd(width));
}
