// What QuickBooks' refusal of a journal means, by its code and by its words: regions give the same refusal other codes.
import type { StockbridgeError } from '../../core/errors.ts';

export type Refusal = 'closed' | 'number_taken' | 'stale' | 'rejected';

const CLOSED = /period has closed|account period closed|books cannot be updated|books are closed/i;
const DUPLICATE = /duplicate document number|number has already been used/i;

/** The kind of a `vendor_rejected`. */
export function refusalOf({ details, message }: Pick<StockbridgeError, 'details' | 'message'>): Refusal {
  const code = String(details.fault ?? '');
  // 6210 is given for closed books and, by an older list of Intuit’s, for a duplicate number: the words decide.
  if (code === '6140' || DUPLICATE.test(message)) return 'number_taken';
  if (code === '6200' || code === '6210' || CLOSED.test(message)) return 'closed';
  return code === '5010' ? 'stale' : 'rejected';
}

const HELP: Readonly<Record<string, string>> = {
  '610':
    'an account, class or department of the journal does not exist in QuickBooks any more or was made inactive; make it active there or map another one: the journal itself keeps what it names, so then take it back with `stockbridge journal reverse` and draft anew',
  '2500':
    'the journal names an account, class or department that QuickBooks does not know, and keeps it however often it is sent; correct the mapping, then take it back with `stockbridge journal reverse` and draft anew',
  '6000': 'a rule of the books forbids it',
  '6190': 'the company’s QuickBooks subscription has ended or is limited; renew it',
};

/** One sentence for a person: what to do, and QuickBooks’ own words. */
export function sentenceOf({ details, message }: Pick<StockbridgeError, 'details' | 'message'>): string {
  const help = HELP[String(details.fault ?? '')];
  return help === undefined ? message : `${help} (${message})`;
}

/** The id of the entry that has the number, where the refusal names it. */
export const namedEntry = (message: string): string | undefined => /TxnI[dD]\s*=\s*(\d+)/.exec(message)?.[1];
