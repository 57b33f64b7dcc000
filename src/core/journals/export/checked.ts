// What every format starts from: journals that are fit to leave the hub, always in the same order. It mends nothing; a
// journal that does not hold is refused with its number.
import { StockbridgeError } from '../../errors.ts';
import { CURRENCY, moneyFrom, moneyText, NO_MONEY } from '../../vocabulary/money.ts';
import type { JournalDocument, JournalDocumentLine } from '../document.ts';

/**
 * The journals by day and number, their lines by number, so that the same journals give the same file.
 * @throws StockbridgeError `invariant_broken` when one does not balance to the last unit (I9), has an amount that is not
 * above zero or not written with its currency’s places, has no lines, or comes twice.
 */
export function checkedJournals(documents: readonly JournalDocument[]): readonly JournalDocument[] {
  const seen = new Set<string>();
  return documents
    .map((journal) => {
      if (seen.has(journal.id) || seen.has(journal.number)) throw broken(journal, 'comes twice');
      seen.add(journal.id).add(journal.number);
      checkAmounts(journal);
      return { ...journal, lines: journal.lines.toSorted((a, b) => a.line - b.line) };
    })
    .toSorted((a, b) => byText(a.date, b.date) || byText(a.number, b.number));
}

/** Debit above zero, credit below, with all the places of the currency. */
export const signedAmount = ({ side, amount }: JournalDocumentLine): string =>
  side === 'debit' ? amount : `-${amount}`;

/** Each once, in the order of their code units: the same on every machine, whatever its language. */
export const sortedOnce = (texts: Iterable<string>): readonly string[] =>
  [...new Set(texts)].toSorted(byText);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function checkAmounts(journal: JournalDocument): void {
  if (!CURRENCY.test(journal.currency)) throw broken(journal, 'names no currency');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(journal.date)) throw broken(journal, 'names no day');
  if (journal.lines.length === 0) throw broken(journal, 'has no lines');
  const apart = journal.lines.reduce((sum, line) => {
    const amount = amountOf(journal, line);
    return line.side === 'debit' ? sum + amount : sum - amount;
  }, 0n);
  if (apart !== 0n) throw broken(journal, `is out of balance by ${apart} of the smallest units (I9)`);
}

function amountOf(journal: JournalDocument, { line, amount }: JournalDocumentLine): bigint {
  try {
    const money = moneyFrom(amount, journal.currency);
    if (money > NO_MONEY && moneyText(money, journal.currency) === amount) return money;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw broken(journal, `line ${line} is no amount of ${journal.currency} above zero`);
}

const broken = (journal: JournalDocument, what: string): StockbridgeError =>
  new StockbridgeError('invariant_broken', `journal ${journal.number} cannot be exported: ${what}`, {
    details: { journal: journal.id, number: journal.number },
  });
