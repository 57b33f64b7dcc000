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

const accountsSchema = z
  .partialRecord(z.enum(ACCOUNT_ROLES), booksId)
  .describe(
    'Id of the account in the books for each role. Without `payable` the accountant enters bills in the books, against `received_not_billed`.',
  );

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
  .superRefine((books, context) => {
    for (const { path, message } of objections(books)) context.addIssue({ code: 'custom', path, message });
  });

/** The `books` block, checked. */
export type Books = z.infer<typeof booksSchema>;

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
