// What the demo says of its accountant: the closed month, the day's journal, the late bill and the tie-out.
import type { JournalDocument } from '../core/journals/document.ts';
import type { AccountantDay } from '../demo/accountant.ts';
import { table } from './output.ts';

const INDENT = '   ';

export function accountantText(
  { lastMonth, today, lateBill, missing, tie }: AccountantDay,
  accountName: (id: string) => string,
): string {
  const indented = (text: string): string => text.replaceAll(/^/gm, INDENT);
  return [
    indented(
      `Last month: 20 × VASE came at 5.00 and 8 left. ${lastMonth.journals} journals were approved and booked in QuickBooks, and the books closed through ${lastMonth.through}.\nThe certificate is sealed: ${lastMonth.seal.slice(0, 16)}….`,
    ),
    indented(`Today, ${today.day}: opening stock, deliveries, sales and returns, one journal.`),
    ...today.journals.map((journal) => linesText(journal, accountName)),
    indented(
      'A bill came for the vases: 5.50 each. What is left is worth more, what was sold cost more; both are booked today,',
    ),
    ...lateBill.journals.map((journal) => linesText(journal, accountName)),
    indented(
      lateBill.unchanged
        ? 'and last month stands in QuickBooks as it did when it was closed.'
        : 'and LAST MONTH CHANGED IN QUICKBOOKS.',
    ),
    '',
    indented('The tie-out names what QuickBooks does not have yet:'),
    ...missing.map((each) => `${INDENT}  ${each}`),
    indented('The accountant enters it, and ledger, journals and QuickBooks are equal to the cent:'),
    table(
      ['account', 'ledger', 'journals', 'QuickBooks', ''],
      tie.accounts.map((line) => [
        line.account,
        line.ledger,
        line.journals,
        line.books,
        line.differences.length === 0 ? 'equal' : line.differences.join(', '),
      ]),
      INDENT,
    ),
  ].join('\n');
}

const linesText = ({ number, lines }: JournalDocument, accountName: (id: string) => string): string =>
  table(
    [number, 'debit', 'credit', ''],
    lines.map(({ account, side, amount, description }) => [
      accountName(account),
      side === 'debit' ? amount : '',
      side === 'credit' ? amount : '',
      description,
    ]),
    INDENT.repeat(2),
  );
