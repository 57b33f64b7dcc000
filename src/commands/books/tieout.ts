// stockbridge tieout: ledger, journals and books against each other at the end of a day, with every difference and what to do.
import { dayBefore } from '../../core/journals/calendar.ts';
import { roleText } from '../../core/journals/wording.ts';
import { kindText } from '../../core/tieout/certificate-text.ts';
import type { AccountTie } from '../../core/tieout/compare.ts';
import { DIFFERENCES, isOpen } from '../../core/tieout/difference.ts';
import { type TieOut, tieOutCompany } from '../../core/tieout/read.ts';
import { type RollForward, rollForwards } from '../../core/tieout/roll-forward.ts';
import { type Money, moneyText } from '../../core/vocabulary/money.ts';
import { output, table } from '../output.ts';
import type { GlobalOptions } from '../session.ts';
import { dayFrom, withBooks } from './session.ts';

export interface TieOutOptions extends GlobalOptions {
  /** Default: the last day that is over. */
  readonly asOf?: string;
  /** Do not ask the books. */
  readonly offline?: boolean;
}

/** Exit code 0 when nothing waits for a person or time, 1 when something does. */
export async function tieout(options: TieOutOptions): Promise<number> {
  const out = output(options);
  const given = options.asOf === undefined ? undefined : dayFrom(options.asOf, '--as-of');
  return withBooks(options, async ({ database, books, now, today, asked, value }) => {
    const asOf = given ?? dayBefore(today);
    out.progress('bringing value up to date');
    const failed = await value();
    out.progress('comparing');
    const tied = await tieOutCompany(database, books, {
      ...{ asOf, now },
      books: options.offline ? undefined : asked,
    });
    const rolls = await rollForwards(database.pool, {
      from: `${asOf.slice(0, 7)}-01`,
      through: asOf,
      accounts: tied.accounts.map(({ account }) => account),
      statuses: ['draft', 'approved', 'posted'],
    });
    out.progressDone();
    out.result(jsonOf(tied, rolls, failed), () => textOf(tied, rolls, failed));
    return tied.isSettled && failed === 0 ? 0 : 1;
  });
}

function jsonOf(
  { accounts, currency, ...tied }: TieOut,
  rolls: readonly RollForward[],
  failed: number,
): unknown {
  const text = (amount: Money) => moneyText(amount, currency);
  return {
    ...tied,
    currency,
    itemsNotValued: failed,
    accounts: accounts.map((each, index) => ({
      account: each.account,
      roles: each.roles,
      isSettled: each.isSettled,
      ledger: text(each.ledger),
      journals: text(each.journals),
      books: each.books === undefined ? null : text(each.books),
      rollForward: rollJson(rolls[index], text),
      differences: each.differences.map(({ evidence: _evidence, amount, ...difference }) => ({
        ...difference,
        amount: text(amount),
        isOpen: isOpen(difference as typeof difference & { amount: Money }),
        help: DIFFERENCES[difference.kind].help,
      })),
    })),
  };
}

const rollJson = (roll: RollForward | undefined, text: (amount: Money) => string): unknown =>
  roll && {
    opening: text(roll.opening),
    flows: Object.fromEntries(roll.flows.map(({ kind, amount }) => [kind, text(amount)])),
    corrections: text(roll.corrections),
    closing: text(roll.closing),
  };

function textOf(tied: TieOut, rolls: readonly RollForward[], failed: number): string {
  const text = (amount: Money) => moneyText(amount, tied.currency);
  const used = tied.accounts.filter(
    (each) =>
      each.ledger !== 0n || each.journals !== 0n || (each.books ?? 0n) !== 0n || each.differences.length > 0,
  );
  return [
    `Tie-out at the end of ${tied.asOf}, in ${tied.currency}, debit above zero${tied.isThreeWay ? '' : '; the books were not asked'}: ${tied.isSettled ? 'everything is accounted for' : 'NOT SETTLED'}`,
    ...(failed === 0 ? [] : [`${failed} items could not be valued; \`stockbridge status\` shows them.`]),
    table(
      ['account', 'for', 'ledger', 'journals', 'books', ''],
      used.map((each) => [
        each.account,
        each.roles.map(roleText).join(', '),
        text(each.ledger),
        text(each.journals),
        each.books === undefined ? '—' : text(each.books),
        each.isSettled ? 'settled' : 'OPEN',
      ]),
    ),
    ...used.flatMap((each) => differencesText(each, text)),
    `Roll-forward by journals, ${tied.asOf.slice(0, 7)}-01 to ${tied.asOf}:`,
    ...rolls
      .filter(({ account }) => used.some((each) => each.account === account))
      .map(
        (roll) =>
          `  ${roll.account}: ${text(roll.opening)}${[
            ...roll.flows.map(({ kind, amount }) => ({ what: kindText(kind), amount })),
            ...(roll.corrections === 0n
              ? []
              : [{ what: 'corrections of earlier days', amount: roll.corrections }]),
          ]
            .map(
              ({ what, amount }) =>
                ` ${amount < 0n ? '−' : '+'} ${text((amount < 0n ? -amount : amount) as Money)} ${what}`,
            )
            .join('')} = ${text(roll.closing)}`,
      ),
  ].join('\n');
}

function differencesText({ account, differences }: AccountTie, text: (amount: Money) => string): string[] {
  return differences.flatMap((each) => [
    `${account}  ${text(each.amount)}  ${each.kind}: ${each.document} ${each.what}${each.finding === undefined ? '' : ` (finding ${each.finding})`}`,
    `    ${each.accepted === undefined ? DIFFERENCES[each.kind].help : `Accepted: ${each.accepted}`}`,
  ]);
}
