// The mapping of accounts against the books as they are: what is missing, inactive, in another currency, or not for journals.
// Pure; it changes neither side.
import type { BooksAccount, BooksDescription, BooksName } from '../../connectors/contract.ts';
import { type Books, NEEDED_ROLES } from '../../core/journals/rules.ts';
import { noAccount } from '../../workers/chart.ts';

export interface ChartProblem {
  /** `fail`: a journal would be refused, or its amounts would not be what they seem. */
  readonly level: 'fail' | 'warn';
  /** Place in the configuration. */
  readonly where: string;
  readonly what: string;
}

/** Everything wrong with the mapping, in the order of the configuration. */
export function chartProblems(books: Books, description: BooksDescription): readonly ChartProblem[] {
  const accounts = new Map(description.accounts.map((each) => [each.id, each]));
  const of = (where: string, id: string) => accountProblems(where, id, accounts, books.currency);
  return [
    ...(description.currency === books.currency
      ? []
      : [fail('books.currency', `is ${books.currency}, and the books are kept in ${description.currency}`)]),
    ...NEEDED_ROLES[books.system]
      .filter((role) => books.accounts[role] === undefined)
      .map((role) => fail('books.accounts', `has no account for ${role}`)),
    ...Object.entries(books.accounts).flatMap(([role, id]) => of(`books.accounts.${role}`, id)),
    ...sharedAccounts(books),
    ...books.rules.flatMap((rule, index) => {
      const where = `books.rules.${index}`;
      return [
        ...(rule.account === undefined ? [] : of(`${where}.account`, rule.account)),
        ...labelProblems(`${where}.class`, rule.class, description.usesClasses, description.classes, 'class'),
        ...labelProblems(
          `${where}.department`,
          rule.department,
          description.usesDepartments,
          description.departments,
          'department',
        ),
      ];
    }),
  ];
}

const fail = (where: string, what: string): ChartProblem => ({ level: 'fail', where, what });

function accountProblems(
  where: string,
  id: string,
  accounts: ReadonlyMap<string, BooksAccount>,
  currency: string,
): ChartProblem[] {
  const account = accounts.get(id);
  if (!account)
    return [fail(where, `${noAccount(id, accounts.values())}; \`stockbridge books accounts\` lists them`)];
  const name = `${account.name} (${id})`;
  return [
    ...(account.active ? [] : [fail(where, `${name} is inactive`)]),
    ...(account.currency === undefined || account.currency === currency
      ? []
      : [fail(where, `${name} is kept in ${account.currency}, and stock is valued in ${currency}`)]),
    ...(account.unfit === undefined ? [] : [fail(where, `${name}: ${account.unfit}`)]),
  ];
}

/** Roles that clear against each other must not be one account, or nothing shows what is open. */
function sharedAccounts({ accounts }: Books): ChartProblem[] {
  const apart = ['inventory', 'received_not_billed', 'cost_of_goods_sold', 'landed_clearing'] as const;
  return apart.flatMap((role, index) =>
    apart.slice(index + 1).flatMap((other): ChartProblem[] =>
      accounts[role] !== undefined && accounts[role] === accounts[other]
        ? [
            {
              level: 'warn',
              where: `books.accounts.${other}`,
              what: `is the account of ${role}: what goes from one to the other would not show`,
            },
          ]
        : [],
    ),
  );
}

function labelProblems(
  where: string,
  id: string | null | undefined,
  isUsed: boolean,
  names: readonly BooksName[],
  what: string,
): ChartProblem[] {
  if (id === undefined || id === null) return [];
  if (!isUsed) return [fail(where, `the books keep no ${what === 'class' ? 'classes' : 'departments'}`)];
  const name = names.find((each) => each.id === id);
  if (!name) return [fail(where, `the books have no ${what} with the id ${id}`)];
  return name.active ? [] : [fail(where, `${name.name} (${id}) is inactive`)];
}
