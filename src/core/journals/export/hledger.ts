// Journals as one file that hledger and Ledger both read: a transaction each, plain amounts, our id as a tag. Stock is kept
// in the hub, so no lots and no prices are written.
import { exponentOf } from '../../vocabulary/money.ts';
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
import { onOneLine } from './text.ts';

/**
 * One transaction per journal, its number as code. Neither program knows an escape, so that in text what they would take
 * for a comment, a tag or a date is written otherwise: in descriptions `;` as `,` and `|` as `/`; in comments `;` and `,`
 * as a space, brackets as parentheses, and `:` as ` -` or `.`. Text is cut at 900 characters, because Ledger reads no
 * line above 4,096 bytes.
 * @throws StockbridgeError `content_invalid` for an account without a fit name; `invariant_broken` as {@link checkedJournals}.
 */
export function hledgerOf(documents: readonly JournalDocument[], options: PlainTextOptions): Buffer {
  const journals = checkedJournals(documents);
  const nameOf = accountNamesFor(journals, options.accounts, 'hledger');
  const blocks = journals.map((journal) => transaction(journal, nameOf));
  if (options.declares ?? true) blocks.unshift(...declarations(journals, nameOf));
  return Buffer.from(['; Journals of Stockbridge\n', ...blocks].join('\n'));
}

function declarations(journals: readonly JournalDocument[], nameOf: (account: string) => string): string[] {
  const currencies = sortedOnce(journals.map(({ currency }) => currency));
  const names = sortedOnce(journals.flatMap(({ lines }) => lines.map(({ account }) => nameOf(account))));
  return [
    ...currencies.map(
      (currency) => `commodity ${currency}\n  format ${currency} 1000.${'0'.repeat(exponentOf(currency))}\n`,
    ),
    names.map((name) => `account ${name}\n`).join(''),
  ].filter((block) => block !== '');
}

function transaction(journal: JournalDocument, nameOf: (account: string) => string): string {
  const names = paddedNames(journal, nameOf);
  const postings = journal.lines.map(
    (line, index) =>
      `    ${names[index]}  ${journal.currency} ${signedAmount(line)}\n${comments(lineFacts(line), '        ')}`,
  );
  const description = cut(onOneLine(journal.memo)).replaceAll(';', ',').replaceAll('|', '/');
  return (
    `${journal.date} ${flagOf(journal)} (${journal.number}) ${description}`.trimEnd() +
    `\n${comments(journalFacts(journal), '    ')}${postings.join('')}`
  );
}

const comments = (facts: Facts, indent: string): string =>
  facts.map(([key, value]) => `${indent}; ${key}: ${tagValue(value)}\n`).join('');

/** A comma would end the tag’s value, a colon begin another tag, and a date in brackets or a tag `date:` move the posting. */
const tagValue = (text: string): string =>
  cut(onOneLine(text))
    .replaceAll(';', ' ')
    .replaceAll(',', ' ')
    .replaceAll('|', '/')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/:+(?=\s|$)/g, ' -')
    .replaceAll(':', '.')
    .replace(/ +/g, ' ')
    .trim();

const LONGEST = 900;

/** By code point, so that no character is cut in two; none takes more than four bytes. */
function cut(text: string): string {
  const characters = [...text];
  return characters.length <= LONGEST ? text : `${characters.slice(0, LONGEST - 1).join('')}…`;
}
