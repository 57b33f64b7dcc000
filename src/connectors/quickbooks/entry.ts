// How a journal is written as a JournalEntry of QuickBooks, and read back. Pure: it says what is wrong, and sends nothing.
// Our request key stands at the end of the private note, so that an entry tells whose it is; people may write behind it, and
// readers never see it.

import { isDay } from '../../core/vocabulary/facts.ts';
import { instantFrom } from '../../core/vocabulary/instant.ts';
import { exponentOf, type Money, moneyFrom, moneyText } from '../../core/vocabulary/money.ts';
import type { BooksEntry, JournalLineToPost, JournalToPost } from '../contract.ts';
import type { JournalEntry } from './wire.ts';

const MOST_NUMBER = 21;
const MOST_NOTE = 4000;
const MOST_DESCRIPTION = 4000;
const MOST_KEY = 50;
/** Above it a JSON number would no longer be read back as the same decimal. */
const LARGEST_CENTS = 10n ** 13n;

const MARK = / ?\[stockbridge ([0-9A-Za-z_-]{1,50})\]/g;

/** The private note of a journal: its memo and whose it is. */
export const noteOf = ({ memo, key }: Pick<JournalToPost, 'memo' | 'key'>): string =>
  `${memo} [stockbridge ${key}]`;

/** Our mark in a private note: the last one, whatever somebody wrote behind it. */
const markIn = (note: string | null | undefined) => [...(note ?? '').matchAll(MARK)].at(-1);

/** The request key in a private note; undefined: nothing there says that the entry is ours. */
export const keyIn = (note: string | null | undefined): string | undefined => markIn(note)?.[1];

/** A private note without our mark. */
export function memoIn(note: string | null | undefined): string {
  const text = note ?? '';
  const mark = markIn(text);
  return mark === undefined ? text : text.slice(0, mark.index) + text.slice(mark.index + mark[0].length);
}

/** Why QuickBooks would refuse the journal, found before it is sent; undefined when nothing is wrong. */
export function problemOf(journal: JournalToPost, mostLines: number): string | undefined {
  const { number, memo, key, date, lines, currency } = journal;
  if (key === '' || key.length > MOST_KEY || !/^[0-9A-Za-z_-]+$/.test(key))
    return `its request key must have 1 to ${MOST_KEY} plain characters`;
  if (number === '' || number.length > MOST_NUMBER)
    return `its number ${number} must have 1 to ${MOST_NUMBER} characters`;
  if (noteOf(journal).length > MOST_NOTE)
    return `its memo has ${memo.length} characters; QuickBooks takes ${MOST_NOTE - noteOf(journal).length + memo.length} beside our key`;
  if (!isDay(date)) return `${date} is no day`;
  if (lines.length > mostLines) return `it has ${lines.length} lines, and ${mostLines} are allowed; split it`;
  let balance = 0n;
  const sides = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const amount = amountOf(line.amount, currency);
    if (amount === undefined)
      return `the amount ${line.amount} of line ${index + 1} must be above zero, with at most ${Math.min(2, exponentOf(currency))} decimal places`;
    if (line.description.length > MOST_DESCRIPTION)
      return `the description of line ${index + 1} is longer than ${MOST_DESCRIPTION} characters`;
    if (line.account === '') return `line ${index + 1} names no account`;
    balance += line.side === 'debit' ? amount : -amount;
    sides.add(line.side);
  }
  if (sides.size < 2) return 'it needs a debit and a credit line';
  if (balance !== 0n) return `it is out of balance by ${moneyText(balance as Money, currency)} ${currency}`;
  return undefined;
}

function amountOf(text: string, currency: string): Money | undefined {
  if (!/^\d+(\.\d{1,2})?$/.test(text)) return undefined;
  try {
    const amount = moneyFrom(text, currency);
    return amount > 0n && amount < LARGEST_CENTS ? amount : undefined;
  } catch {
    return undefined;
  }
}

/** The body of the request. The currency is named only where the company has several. */
export const payloadOf = (journal: JournalToPost, multicurrency: boolean): object => ({
  DocNumber: journal.number,
  TxnDate: journal.date,
  ...(multicurrency ? { CurrencyRef: { value: journal.currency } } : {}),
  PrivateNote: noteOf(journal),
  Line: journal.lines.map((line) => ({
    Description: line.description,
    // At most 13 digits, so that the number is written as the same decimal; nothing is reckoned with it.
    Amount: Number(line.amount),
    DetailType: 'JournalEntryLineDetail',
    JournalEntryLineDetail: {
      PostingType: line.side === 'debit' ? 'Debit' : 'Credit',
      AccountRef: { value: line.account },
      ...(line.class === undefined ? {} : { ClassRef: { value: line.class } }),
      ...(line.department === undefined ? {} : { DepartmentRef: { value: line.department } }),
    },
  })),
});

/** Lines of an entry in our words; lines without an amount, such as a mere description, are left out. */
export function linesOf(entry: JournalEntry, homeCurrency: string): JournalLineToPost[] {
  const currency = entry.CurrencyRef?.value ?? homeCurrency;
  return entry.Line.flatMap(({ Amount, Description, JournalEntryLineDetail: detail }) => {
    const account = detail?.AccountRef?.value;
    if (!detail || account === undefined || !Amount) return [];
    const department = detail.DepartmentRef?.value ?? entry.DepartmentRef?.value;
    return [
      {
        side: detail.PostingType === 'Debit' ? ('debit' as const) : ('credit' as const),
        account,
        amount: decimalOf(Amount, currency),
        description: Description ?? '',
        ...(detail.ClassRef ? { class: detail.ClassRef.value } : {}),
        ...(department === undefined ? {} : { department }),
      },
    ];
  });
}

/** With all places of the currency; an amount that does not fit it stays as it is written, to be seen as a difference. */
function decimalOf(text: string, currency: string): string {
  try {
    return moneyText(moneyFrom(text, currency), currency);
  } catch {
    return text;
  }
}

/** An entry as the contract says it. */
export const booksEntryOf = (
  entry: JournalEntry,
  homeCurrency: string,
): Extract<BooksEntry, { outcome: 'present' }> => ({
  outcome: 'present',
  id: entry.Id,
  version: entry.SyncToken,
  number: entry.DocNumber ?? undefined,
  date: entry.TxnDate.slice(0, 10),
  memo: memoIn(entry.PrivateNote),
  lines: linesOf(entry, homeCurrency),
  updatedAt: instantFrom(entry.MetaData.LastUpdatedTime),
});

/** What an entry holds otherwise than the journal that was sent; undefined when it is the same. */
export function differenceOf(
  entry: JournalEntry,
  journal: JournalToPost,
  homeCurrency: string,
): string | undefined {
  if (entry.TxnDate.slice(0, 10) !== journal.date)
    return `it is dated ${entry.TxnDate.slice(0, 10)} instead of ${journal.date}`;
  const { currency } = journal;
  const sent = journal.lines.map((line) => lineText({ ...line, amount: decimalOf(line.amount, currency) }));
  const held = linesOf(entry, homeCurrency).map(lineText);
  const isSame = sent.toSorted().join('\n') === held.toSorted().join('\n');
  return isSame
    ? undefined
    : `its ${held.length} lines are not the ${sent.length} that were sent (accounts, amounts, classes or departments)`;
}

const lineText = (line: JournalLineToPost): string =>
  [line.side, line.account, line.amount, line.class ?? '', line.department ?? ''].join(' ');
