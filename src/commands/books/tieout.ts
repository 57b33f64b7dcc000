// stockbridge tieout: ledger, journals and books against each other at the end of a day, with every difference and what to do.
import { dayAfter, dayBefore, startInstant } from '../../core/journals/calendar.ts';
import { manyText, roleText } from '../../core/journals/wording.ts';
import { type AccountNames, accountText, namesOf } from '../../core/tieout/account-name.ts';
import { type ClosedDay, closeOf } from '../../core/tieout/close.ts';
import type { AccountTie } from '../../core/tieout/compare.ts';
import { DIFFERENCES, isOpen, stateOf } from '../../core/tieout/difference.ts';
import { type TieOut, tieOutCompany } from '../../core/tieout/read.ts';
import { type RollForward, rollForwards } from '../../core/tieout/roll-forward.ts';
import { type Unvalued, unvaluedItems, unvaluedText } from '../../core/valuation/unvalued.ts';
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
  return withBooks(options, async ({ database, books, now, today, asked, connection, value }) => {
    const asOf = given ?? dayBefore(today);
    out.progress('bringing value up to date');
    await value();
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
    const described = options.offline ? undefined : await connection?.connection.journal.describe();
    const unvalued = await unvaluedItems(database.pool, startInstant(dayAfter(asOf), books.timeZone));
    const closed = await closeOf(database.pool, asOf);
    const names = namesOf(described?.accounts ?? []);
    out.progressDone();
    out.result({ ...jsonOf(tied, rolls, names, unvalued), closed: closed ?? null }, () =>
      [...closedText(asOf, closed), textOf(tied, rolls, names, unvalued)].join('\n'),
    );
    return tied.isSettled && unvaluedText(unvalued).length === 0 ? 0 : 1;
  });
}

/** What is certified does not move; what differs since is on days that are open. */
const closedText = (asOf: string, closed: ClosedDay | undefined): string[] =>
  closed === undefined
    ? []
    : [
        `${asOf} is closed. Its certificate stands as it was made, and said: ${closed.certified} (\`stockbridge close ${closed.through}\` shows it). What became known since is booked on open days, and shows below.`,
      ];

function jsonOf(
  { accounts, currency, billsByHand, ...tied }: TieOut,
  rolls: readonly RollForward[],
  names: AccountNames,
  { failed, behind }: Unvalued,
): object {
  const text = (amount: Money) => moneyText(amount, currency);
  return {
    ...tied,
    currency,
    itemsNotValued: failed.length,
    itemsBehind: behind.length,
    notValued: { failed, behind },
    total: totalsOf(accounts, billsByHand, text),
    accounts: accounts.map((each, index) => ({
      account: each.account,
      number: names.get(each.account)?.number ?? null,
      name: names.get(each.account)?.name ?? null,
      state: stateOf(each.differences),
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

interface Totals {
  readonly ledger: string;
  readonly journals: string;
  /** Part of what was received that bills take, which the accountant enters in the books against payables. */
  readonly billsByHand: string;
}

/** All accounts together; with the bills entered by hand against payables both come to nothing. */
const totalsOf = (
  accounts: readonly AccountTie[],
  billsByHand: Money,
  text: (amount: Money) => string,
): Totals => ({
  ledger: text((accounts.reduce((sum, { ledger }) => sum + ledger, 0n) - billsByHand) as Money),
  journals: text(accounts.reduce((sum, { journals }) => sum + journals, 0n) as Money),
  billsByHand: text(billsByHand),
});

function textOf(
  tied: TieOut,
  rolls: readonly RollForward[],
  names: AccountNames,
  unvalued: Unvalued,
): string {
  const text = (amount: Money) => moneyText(amount, tied.currency);
  const hasMoved = ({ account }: AccountTie) =>
    rolls.some(
      (roll) =>
        roll.account === account &&
        (roll.flows.length > 0 || roll.corrections !== 0n || roll.opening !== 0n || roll.closing !== 0n),
    );
  const used = tied.accounts.filter(
    (each) =>
      each.ledger !== 0n ||
      each.journals !== 0n ||
      (each.books ?? 0n) !== 0n ||
      each.differences.length > 0 ||
      hasMoved(each),
  );
  const total = totalsOf(tied.accounts, tied.billsByHand, text);
  return [
    `Tie-out at the end of ${tied.asOf}, in ${tied.currency}, debit above zero${tied.isThreeWay ? '' : '; the books were not asked'}: ${headline(used, unvalued)}`,
    ...unvaluedText(unvalued).map((what) => `${what}.`),
    table(
      ['account', 'for', 'ledger', 'journals', 'books', ''],
      [
        ...used.map((each) => [
          accountText(each.account, names),
          each.roles.map(roleText).join(', '),
          text(each.ledger),
          text(each.journals),
          each.books === undefined ? '—' : text(each.books),
          stateOf(each.differences),
        ]),
        ...(tied.billsByHand === 0n
          ? []
          : [
              [
                '',
                'Bills that are entered in the books by hand',
                text(-tied.billsByHand as Money),
                '',
                '',
                '',
              ],
            ]),
        ['', 'total', total.ledger, total.journals, '', ''],
      ],
    ),
    ...(used.some(({ differences }) => differences.length > 0)
      ? [
          `Differences, in ${tied.currency}:`,
          ...used.flatMap((each) => differencesText(each, names, tied.currency)),
        ]
      : []),
    `Roll-forward by journals, ${tied.asOf.slice(0, 7)}-01 to ${tied.asOf}, in ${tied.currency}:`,
    ...rolls
      .filter(({ account }) => used.some((each) => each.account === account))
      .map((roll) => rollText(roll, names, text)),
  ].join('\n');
}

/** The worst that any account stands at, and what a close would still ask for; nothing is settled while value is not known. */
function headline(accounts: readonly AccountTie[], unvalued: Unvalued): string {
  const missing = unvalued.failed.length + unvalued.behind.length;
  const states = accounts.map(({ differences }) => stateOf(differences));
  const hindering = accounts.flatMap(({ differences }) => differences).filter(isOpen).length;
  const words =
    missing > 0 || states.includes('not settled')
      ? 'NOT SETTLED'
      : ((['open items', 'explained'] as const).find((state) => states.includes(state)) ?? 'equal');
  return [
    words,
    ...(missing === 0 ? [] : [`${missing} ${missing === 1 ? 'item is' : 'items are'} not valued`]),
    ...(hindering === 0
      ? []
      : [hindering === 1 ? 'one difference hinders a close' : `${hindering} differences hinder a close`]),
  ].join('; ');
}

function rollText(roll: RollForward, names: AccountNames, text: (amount: Money) => string): string {
  const parts = [
    ...roll.flows.map(({ kind, amount }) => ({ what: manyText(kind), amount })),
    ...(roll.corrections === 0n ? [] : [{ what: 'corrections of earlier days', amount: roll.corrections }]),
  ].map(
    ({ what, amount }) =>
      ` ${amount < 0n ? '−' : '+'} ${text((amount < 0n ? -amount : amount) as Money)} ${what}`,
  );
  return `  ${accountText(roll.account, names)}: ${text(roll.opening)}${parts.join('')} = ${text(roll.closing)}`;
}

function differencesText(
  { account, differences }: AccountTie,
  names: AccountNames,
  currency: string,
): string[] {
  return differences.flatMap((each) => [
    `  ${accountText(account, names)}  ${moneyText(each.amount, currency)} ${currency}  ${each.kind}: ${each.document} ${each.what}${each.finding === undefined ? '' : ` (finding ${each.finding})`}`,
    `      ${each.accepted === undefined ? DIFFERENCES[each.kind].help : `Accepted: ${each.accepted}`}`,
  ]);
}
