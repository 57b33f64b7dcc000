// Journals as a Beancount file: a transaction each, plain amounts, our id as metadata. Stock is kept in the hub, so no lots
// and no costs are written.
import type { JournalDocument } from '../document.ts';
import { accountNamesFor } from './account-names.ts';
import { checkedJournals, signedAmount, sortedOnce } from './checked.ts';
import {
  type Facts,
  flagOf,
  journalFacts,
  lineFacts,
  type PlainTextOptions,
  paddedNames,
} from './plain-text.ts';
import { printable } from './text.ts';

/**
 * One transaction per journal, its number as link. With declarations, each account is opened on the first day of the file.
 * @throws StockbridgeError `content_invalid` for an account without a fit name; `invariant_broken` as {@link checkedJournals}.
 */
export function beancountOf(documents: readonly JournalDocument[], options: PlainTextOptions): Buffer {
  const journals = checkedJournals(documents);
  const nameOf = accountNamesFor(journals, options.accounts, 'beancount');
  const blocks = journals.map((journal) => transaction(journal, nameOf));
  const first = journals[0];
  if (first && (options.declares ?? true)) blocks.unshift(opened(journals, first.date, nameOf));
  return Buffer.from(['; Journals of Stockbridge\n', ...blocks].join('\n'));
}

const opened = (
  journals: readonly JournalDocument[],
  day: string,
  nameOf: (account: string) => string,
): string =>
  sortedOnce(journals.flatMap(({ lines }) => lines.map(({ account }) => nameOf(account))))
    .map((name) => `${day} open ${name}\n`)
    .join('');

function transaction(journal: JournalDocument, nameOf: (account: string) => string): string {
  const names = paddedNames(journal, nameOf);
  const postings = journal.lines.map(
    (line, index) =>
      `  ${names[index]}  ${signedAmount(line)} ${journal.currency}\n${metadata(lineFacts(line), '    ')}`,
  );
  return `${journal.date} ${flagOf(journal)} "Stockbridge" ${quoted(journal.memo)} ^${journal.number}\n${metadata(journalFacts(journal), '  ')}${postings.join('')}`;
}

const metadata = (facts: Facts, indent: string): string =>
  facts.map(([key, value]) => `${indent}${key}: ${quoted(value)}\n`).join('');

/** Beancount reads C escapes in text, and refuses one that runs over many lines. */
const quoted = (text: string): string =>
  `"${printable(text)
    .replace(/["\\]/g, '\\$&')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')}"`;
