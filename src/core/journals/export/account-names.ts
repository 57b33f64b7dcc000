// Which account of a plain-text book stands for an account id, and whether its name can be written there. An account
// without a fit name stops the whole export; nothing is guessed from the id.
import { StockbridgeError } from '../../errors.ts';
import type { JournalDocument } from '../document.ts';
import { sortedOnce } from './checked.ts';

/** The account’s id in the journals → its name in the plain-text book, components joined by `:`. */
export type AccountNames = ReadonlyMap<string, string>;

interface Grammar {
  readonly accepts: RegExp;
  /** What a name must look like, for the message. */
  readonly rule: string;
}

export const GRAMMARS = {
  // Stricter than the programs, so that one name means the same to hledger and to Ledger, at every place of a line.
  hledger: {
    accepts: /^(?=[\p{L}\p{N}])(?!.*(?:[\p{C};|]|\s\s|\s:|:\s))(?!.*::)(?!.*[:\s]$)[^\t]+$/u,
    rule: 'begin with a letter or digit, have no empty part, no two spaces in a row and none beside a colon, and no “;”, “|” or control character',
  },
  beancount: {
    accepts: /^(?:Assets|Liabilities|Equity|Income|Expenses)(?::[\p{Lu}\p{Nd}][\p{L}\p{Nd}-]*)+$/u,
    rule: 'begin with Assets, Liabilities, Equity, Income or Expenses, and each further part with a capital letter or digit, then letters, digits and “-” only, such as Expenses:CostOfGoodsSold',
  },
} as const satisfies Record<string, Grammar>;

/**
 * Answers the name of each account that the journals use.
 * @throws StockbridgeError `content_invalid` that lists every account without a name, and every name that is not fit.
 */
export function accountNamesFor(
  journals: readonly JournalDocument[],
  names: AccountNames,
  format: keyof typeof GRAMMARS,
): (account: string) => string {
  const roles = new Map(
    journals.flatMap(({ lines }) => lines.map(({ account, role }) => [account, role] as const)),
  );
  const { accepts, rule } = GRAMMARS[format];
  const problems = sortedOnce(roles.keys()).flatMap((account) => {
    const name = names.get(account);
    if (name === undefined) return [`account ${account} (${roles.get(account)}) has no name`];
    return accepts.test(name)
      ? []
      : [`the name ${JSON.stringify(name.slice(0, 100))} of account ${account} must ${rule}`];
  });
  if (problems.length > 0)
    throw new StockbridgeError('content_invalid', `${format} accounts: ${problems.join('; ')}`);
  return (account) => names.get(account) ?? '';
}
