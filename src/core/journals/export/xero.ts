// Journals as the body of Xero's PUT /ManualJournals. Drafts unless told otherwise: a person posts them. It sends nothing.
// Source: XeroAPI/Xero-OpenAPI, xero_accounting.yaml, ManualJournal.
import { LosslessNumber, stringify } from 'lossless-json';
import { StockbridgeError } from '../../errors.ts';
import type { JournalDocument, JournalDocumentLine } from '../document.ts';
import { checkedJournals, signedAmount, sortedOnce } from './checked.ts';
import { printable } from './text.ts';

export interface XeroOptions {
  /** Default `DRAFT`. */
  readonly status?: 'DRAFT' | 'POSTED';
  /** The tracking category whose options are our classes; default `Class`. */
  readonly classCategory?: string;
  /** The tracking category whose options are our departments; default `Department`. */
  readonly departmentCategory?: string;
  /** Put on every line, e.g. `NONE`; default: Xero takes the account’s own. */
  readonly taxType?: string;
}

/**
 * All journals as one document. Amounts are JSON numbers with the currency’s places, debit above zero; the account’s id in
 * the books is the account code, and the narration begins with the journal’s number.
 * @throws StockbridgeError `content_invalid` for more than one currency, because Xero books manual journals in the
 * organisation’s own, and for tracking categories that are not two different names; `invariant_broken` as {@link checkedJournals}.
 */
export function xeroOf(documents: readonly JournalDocument[], options: XeroOptions = {}): Buffer {
  const journals = checkedJournals(documents);
  const currencies = sortedOnce(journals.map(({ currency }) => currency));
  if (currencies.length > 1)
    throw new StockbridgeError(
      'content_invalid',
      `Xero books manual journals in the organisation’s own currency only, and these are in ${currencies.join(', ')}; export the journals of each currency on their own`,
    );
  const { classCategory = 'Class', departmentCategory = 'Department' } = options;
  if (classCategory.trim() === '' || departmentCategory.trim() === '' || classCategory === departmentCategory)
    throw new StockbridgeError(
      'content_invalid',
      'the tracking categories of classes and departments must be two different names',
    );
  const text = stringify(
    {
      ManualJournals: journals.map((journal) => ({
        Narration: printable(`${journal.number} ${journal.memo}`),
        Date: journal.date,
        Status: options.status ?? 'DRAFT',
        LineAmountTypes: 'NoTax',
        JournalLines: journal.lines.map((line) => ({
          LineAmount: new LosslessNumber(signedAmount(line)),
          AccountCode: line.account,
          Description: printable(line.description),
          ...(options.taxType !== undefined && { TaxType: options.taxType }),
          ...trackingOf(line, classCategory, departmentCategory),
        })),
      })),
    },
    undefined,
    2,
  );
  return Buffer.from(`${text}\n`);
}

interface Tracking {
  readonly Tracking?: readonly { readonly Name: string; readonly Option: string }[];
}

/** At most two, which is all that Xero takes. */
function trackingOf(line: JournalDocumentLine, classCategory: string, departmentCategory: string): Tracking {
  const tracking = [
    { Name: classCategory, Option: line.class },
    { Name: departmentCategory, Option: line.department },
  ].flatMap(({ Name, Option }) => (Option === undefined ? [] : [{ Name, Option: printable(Option) }]));
  return tracking.length === 0 ? {} : { Tracking: tracking };
}
