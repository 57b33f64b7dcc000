// The company’s rules for value and books: the `books` block of the configuration. It refuses what no accountant could
// sign, such as LIFO under IFRS or one pool of stock spread over two accounts. Pure.
import { z } from 'zod';
import { CURRENCY } from '../vocabulary/money.ts';
import { plainText } from '../vocabulary/text.ts';
import {
  ACCOUNT_ROLES,
  type AccountRole,
  COST_KINDS,
  COST_METHODS,
  COST_TIMINGS,
  STOCK_ROLES,
} from '../vocabulary/words.ts';
import { accountsOf } from './account-roles.ts';
import { isTimeZone } from './calendar.ts';

export const FRAMEWORKS = ['ifrs', 'us_gaap'] as const;
export const SYSTEMS = ['perpetual', 'periodic'] as const;
export const GRAINS = ['order', 'day', 'month'] as const;
export type Grain = (typeof GRAINS)[number];

/** Roles that no company of a system can do without; the others are asked for on the day they are first used. */
export const NEEDED_ROLES: Readonly<Record<(typeof SYSTEMS)[number], readonly AccountRole[]>> = {
  perpetual: ['inventory', 'received_not_billed', 'cost_of_goods_sold', 'adjustment', 'opening'],
  periodic: ['inventory', 'cost_of_goods_sold', 'purchases', 'opening'],
};

/** Roles that are filled by one kind of entry and emptied by another: split by kind or source they would never come to zero. */
const CLEARED_ROLES: readonly AccountRole[] = [
  ...STOCK_ROLES,
  'received_not_billed',
  'landed_clearing',
  'work_in_progress',
];

const id = plainText(100);
/** Books number what they hold, and YAML reads such an id as a number. */
const booksId = z.union([id, z.int().min(0)]).transform(String);
const label = (what: string) =>
  booksId
    .nullable()
    .describe(`Id of the ${what} in the books; null: none, where a wider rule would give one.`)
    .optional();

const ruleSchema = z
  .strictObject({
    role: z.enum(ACCOUNT_ROLES).describe('Only lines of this role.').optional(),
    location: id.describe('Only what happens at this location, by its code.').optional(),
    group: id.describe('Only items of this cost group.').optional(),
    connection: id.describe('Only what this connection reported.').optional(),
    kind: z.enum(COST_KINDS).describe('Only this kind of entry.').optional(),
    account: booksId.describe('Id of the account in the books; the rule must name a role, too.').optional(),
    class: label('class'),
    department: label('department or location'),
  })
  .describe(
    'Another account, a class or a department for some lines. Of several rules that fit, the one that names a role wins over one that does not, then location, group, connection and kind, in this order.',
  );
export type ChartRule = z.infer<typeof ruleSchema>;

const SELECTORS = ['role', 'location', 'group', 'connection', 'kind'] as const;

const journalSchema = z.strictObject({
  grain: z
    .enum(GRAINS)
    .describe('What one journal is for: an order, a day, or a month (which is drafted when it is over).')
    .default('day'),
  approve: z
    .enum(['manual', 'automatic'])
    .describe('Whether a person approves each journal before it is booked.')
    .default('manual'),
  approveAfterHours: z
    .int()
    .min(0)
    .max(744)
    .describe(
      'With `approve: automatic`: hours from the end of a day or month to its approval. What comes in meanwhile is in its journals; what comes later corrects them.',
    )
    .default(6),
  connection: id
    .describe('The connection that keeps the books. Default: none; journals leave as files.')
    .optional(),
  linesMax: z
    .int()
    .min(2)
    .max(10_000)
    .describe('Most lines of one journal; a longer one becomes several that balance each.')
    .default(500),
});

const accountsSchema = accountsOf(booksId).describe('Id of the account in the books for each role.');

export const booksSchema = z
  .strictObject({
    currency: z
      .string()
      .regex(CURRENCY, 'must be an ISO 4217 code such as USD')
      .describe('Currency of the company, in which stock is valued; an ISO 4217 code.'),
    timeZone: z
      .string()
      .refine(isTimeZone, 'is not a time zone that is known here, such as Europe/Berlin')
      .describe('IANA time zone in which the company’s days begin and end.'),
    framework: z
      .enum(FRAMEWORKS)
      .describe('Rules the company reports by: ifrs forbids lifo and requires write-downs to be reversed.'),
    system: z
      .enum(SYSTEMS)
      .describe('Book each movement’s value as it happens, or take stock at the end of each month.')
      .default('perpetual'),
    method: z
      .enum(COST_METHODS)
      .describe('How stock is priced when it leaves, where no item says otherwise.'),
    timing: z
      .enum(COST_TIMINGS)
      .describe('When that price is made: at each movement, or once for a day or month.')
      .default('perpetual'),
    pool: z
      .enum(['item', 'item_location'])
      .describe('Price an item’s stock over all own locations together, or at each location for itself.')
      .default('item'),
    journal: journalSchema.describe('How journals are made and where they go.').prefault({}),
    accounts: accountsSchema,
    rules: z
      .array(ruleSchema)
      .max(1000)
      .describe('Exceptions by role, location, item group, connection or kind.')
      .default([]),
  })
  .check(
    z.core._check<Given>(
      ({ value, issues }) => {
        const books = { ...value, rules: value.rules.slice(0, firstBroken(issues)) };
        for (const { path, message } of objections(books))
          issues.push({ code: 'custom', path, message, input: value });
      },
      { when: ({ issues }) => issues.every(leavesRulesReadable) },
    ),
  );

/** The `books` block, checked. */
export type Books = z.infer<typeof booksSchema>;

/** Settings that no objection is about; of `rules` those before the first broken one are judged. */
const BESIDE: readonly unknown[] = ['currency', 'timeZone', 'journal'];

/** True for a mistake beside which the others can be told in the same pass: an unknown name, or one of another setting. */
const leavesRulesReadable = ({ code, path = [] }: z.core.$ZodRawIssue): boolean =>
  code === 'unrecognized_keys' || BESIDE.includes(path[0]) || (path[0] === 'rules' && path.length > 1);

function firstBroken(issues: readonly z.core.$ZodRawIssue[]): number | undefined {
  const broken = issues.flatMap(({ path: [setting, index] = [] }) =>
    setting === 'rules' && typeof index === 'number' ? [index] : [],
  );
  return broken.length === 0 ? undefined : Math.min(...broken);
}

interface Objection {
  readonly path: (string | number)[];
  readonly message: string;
}

interface Given {
  readonly framework: string;
  readonly system: (typeof SYSTEMS)[number];
  readonly method: string;
  readonly timing: string;
  readonly pool: string;
  readonly accounts: Readonly<Partial<Record<AccountRole, string>>>;
  readonly rules: readonly ChartRule[];
}

function objections(books: Given): Objection[] {
  return [
    ...(books.method === 'lifo' && books.framework === 'ifrs'
      ? [{ path: ['method'], message: 'lifo is not allowed under IFRS (IAS 2.25); take fifo or average' }]
      : []),
    ...(books.timing !== 'perpetual' && !['lifo', 'average'].includes(books.method)
      ? [
          {
            path: ['timing'],
            message: `${books.method} gives the same cost whenever it is priced, or prices each piece by itself: its timing is perpetual`,
          },
        ]
      : []),
    ...neededRoles(books)
      .filter((role) => books.accounts[role] === undefined)
      .map((role) => ({
        path: ['accounts'],
        message: `has no account for ${role}, which ${books.method === 'standard' && role === 'price_variance' ? 'the standard method' : `the ${books.system} system`} always needs`,
      })),
    ...books.rules.flatMap((rule, index) =>
      rightRule(rule, books).map((message) => ({ path: ['rules', index], message })),
    ),
    ...twins(books.rules),
    ...sharedUnbilled(books),
  ];
}

const neededRoles = ({ system, method }: Given): readonly AccountRole[] => [
  ...NEEDED_ROLES[system],
  ...(system === 'perpetual' && method === 'standard' ? (['price_variance'] as const) : []),
];

/** What is wrong with one rule, a sentence each. */
function rightRule(rule: ChartRule, books: Given): string[] {
  const { role, account } = rule;
  const isStock = role !== undefined && (STOCK_ROLES as readonly string[]).includes(role);
  return [
    ...(account === undefined && rule.class === undefined && rule.department === undefined
      ? ['gives neither an account nor a class nor a department']
      : []),
    ...(SELECTORS.every((selector) => rule[selector] === undefined)
      ? ['says of nothing when it holds; it would hold for every line']
      : []),
    ...(account !== undefined && role === undefined
      ? ['gives an account without a role: debit and credit would both go to it']
      : []),
    ...(role === 'inventory' && rule.location !== undefined && books.pool === 'item'
      ? [
          'sets inventory by location while `pool` is item: the stock of all own locations is one pool with one price, and one pool cannot be split over accounts; set `pool: item_location`, or leave the location out',
        ]
      : []),
    ...(account !== undefined &&
    role !== undefined &&
    CLEARED_ROLES.includes(role) &&
    (rule.kind !== undefined || rule.connection !== undefined)
      ? [
          `gives an account for ${role} by kind or connection: what came in under one would go out under another, and ${isStock ? 'one pool cannot be split over accounts' : 'neither account would come to zero'}`,
        ]
      : []),
  ];
}

/** The balance of received_not_billed is what came and nobody has billed: nothing else may go to its account. */
function sharedUnbilled({ accounts, rules }: Given): Objection[] {
  const message = (role: AccountRole): string =>
    `is the account for received_not_billed, too: its balance would no longer say what is received and not billed; give ${role} another account`;
  const isUnbilled = (role: AccountRole | undefined) => role === 'received_not_billed';
  const own = new Set([
    accounts.received_not_billed,
    ...rules.filter(({ role }) => isUnbilled(role)).map(({ account }) => account),
  ]);
  own.delete(undefined);
  return [
    ...ACCOUNT_ROLES.filter((role) => !isUnbilled(role) && own.has(accounts[role])).map((role) => ({
      path: ['accounts', role],
      message: message(role),
    })),
    ...rules.flatMap(({ role, account }, index) =>
      role !== undefined && !isUnbilled(role) && own.has(account)
        ? [{ path: ['rules', index, 'account'], message: message(role) }]
        : [],
    ),
  ];
}

/** Two rules for the very same lines that give the same thing leave no winner. */
function twins(rules: readonly ChartRule[]): Objection[] {
  const seen = new Map<string, number>();
  return rules.flatMap((rule, index) =>
    (['account', 'class', 'department'] as const)
      .filter((given) => rule[given] !== undefined)
      .flatMap((given) => {
        const key = JSON.stringify([given, ...SELECTORS.map((selector) => rule[selector] ?? null)]);
        const first = seen.get(key);
        seen.set(key, first ?? index);
        return first === undefined
          ? []
          : [
              {
                path: ['rules', index],
                message: `gives the ${given} of the same lines as rule ${first + 1}`,
              },
            ];
      }),
  );
}
