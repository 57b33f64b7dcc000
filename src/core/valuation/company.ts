// The company that stock is valued for: its currency, its days, and how each item is costed from when on. Fixed where a
// change would change what was valued before.

import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { dayStartOf, monthStartOf } from '../journals/calendar.ts';
import { derivedKey } from '../ledger/movement.ts';
import type { CostMethod, CostTiming } from '../vocabulary/words.ts';
import type { CostPolicy, MethodChange } from './step.ts';

export interface Company {
  readonly currency: string;
  readonly timeZone: string;
  readonly framework: 'ifrs' | 'us_gaap';
  readonly system: 'perpetual' | 'periodic';
}

/** What the configuration says of value. */
export interface CompanyRules extends Company {
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly pool: 'item' | 'item_location';
}

const BEGINNING = '0001-01-01T00:00:00Z';

/**
 * Makes the database and the configuration agree: takes the rules in the first time, and refuses others afterwards.
 * @throws StockbridgeError `configuration_invalid` when they differ from what stock was valued by.
 */
export async function syncCompany(database: Database, rules: CompanyRules): Promise<Company> {
  return database.transaction(async (client) => {
    const { currency, timeZone, framework, system } = rules;
    await client.query(
      `insert into books (currency, time_zone, framework, system) values ($1, $2, $3, $4)
       on conflict (is_only) do update set currency = excluded.currency, time_zone = excluded.time_zone,
         framework = excluded.framework, system = excluded.system
       where not exists (select from cost_entry)`,
      [currency, timeZone, framework, system],
    );
    const [conflict] = [
      ...conflictsWith(await readCompany(client), rules),
      ...(await syncPolicy(client, rules)),
    ];
    if (conflict !== undefined) throw new StockbridgeError('configuration_invalid', conflict);
    return { currency, timeZone, framework, system };
  });
}

/** Where the configuration differs from what stock was valued by, a sentence each. Changes nothing; before the first valuation there is none. */
export async function companyConflicts(
  client: Transaction | Database['pool'],
  rules: CompanyRules,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ isThere: boolean }>(
    `select to_regclass('cost_policy') is not null and to_regclass('books') is not null as "isThere"`,
  );
  if (!rows[0]?.isThere) return [];
  const valued = await client.query('select from cost_entry limit 1');
  const company = valued.rowCount === 0 ? undefined : await readCompany(client);
  return [
    ...(company ? conflictsWith(company, rules) : []),
    ...policyConflicts(await policies(client), rules),
  ];
}

const conflictsWith = (company: Company | undefined, rules: Company): readonly string[] =>
  (['currency', 'timeZone', 'framework', 'system'] as const)
    .filter((name) => company?.[name] !== rules[name])
    .map((name) => changed(`books.${name}`, String(company?.[name]), rules[name]));

const changed = (name: string, valued: string, given: string): string =>
  `${name} is ${given}, but stock was valued by ${valued}: a change would change what is booked already`;

interface PolicyInForce {
  readonly method: string;
  readonly timing: string;
  readonly byLocation: boolean;
}

/** Of the company, oldest first. */
const policies = async (client: Transaction | Database['pool']): Promise<readonly PolicyInForce[]> =>
  (
    await client.query<PolicyInForce>(
      'select method::text, timing::text, by_location as "byLocation" from cost_policy where item_id is null order by effective_at',
    )
  ).rows;

/** Takes the first rule in; answers what a later one differs in. */
async function syncPolicy(client: Transaction, rules: CompanyRules): Promise<readonly string[]> {
  const rows = await policies(client);
  if (rows.length > 0) return policyConflicts(rows, rules);
  await client.query(
    'insert into cost_policy (item_id, method, timing, by_location, effective_at) values (null, $1, $2, $3, $4)',
    [rules.method, rules.timing, rules.pool === 'item_location', BEGINNING],
  );
  return [];
}

function policyConflicts(rows: readonly PolicyInForce[], rules: CompanyRules): readonly string[] {
  const [first] = rows;
  const newest = rows.at(-1);
  if (!first || !newest) return [];
  return [
    ...(first.byLocation === (rules.pool === 'item_location')
      ? []
      : [changed('books.pool', first.byLocation ? 'item_location' : 'item', rules.pool)]),
    ...(newest.method === rules.method && newest.timing === rules.timing
      ? []
      : [
          `books.method is ${rules.method} (${rules.timing}), but the company costs by ${newest.method} (${newest.timing}): change it with \`stockbridge value method\`, which says from which day on, then here`,
        ]),
  ];
}

/** The company as stock is valued for it; undefined until it was configured. */
export async function readCompany(client: Transaction | Database['pool']): Promise<Company | undefined> {
  const { rows } = await client.query<Company>(
    'select currency, time_zone as "timeZone", framework, system from books',
  );
  return rows[0];
}

/** How one item is costed over time. */
export interface ItemRules {
  readonly policy: CostPolicy;
  readonly byLocation: boolean;
  /** Steps for the changes after the first rule. */
  readonly changes: readonly MethodChange[];
  timingAt(at: bigint): CostTiming;
  /** Where folding may begin so that a step at `at` is seen whole: the step itself, or the start of its period. */
  beginningOf(at: bigint): bigint;
}

interface PolicyRow {
  readonly id: string;
  readonly item_id: number | null;
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly by_location: boolean;
  readonly at: string;
}

/** The rules of several items, by id. */
export async function itemRules(
  client: Transaction | Database['pool'],
  company: Company,
  itemIds: readonly number[],
): Promise<Map<number, ItemRules>> {
  const { rows } = await client.query<PolicyRow>(
    `select id::text, item_id, method::text, timing::text, by_location, (extract(epoch from effective_at) * 1000000)::bigint::text as at
     from cost_policy where item_id is null or item_id = any($1::int[]) order by effective_at`,
    [itemIds],
  );
  const general = rows.filter((row) => row.item_id === null);
  const own = Map.groupBy(rows, (row) => row.item_id);
  return new Map(
    itemIds.map((itemId) => [itemId, rulesOf(company, timeline(general, own.get(itemId) ?? []))]),
  );
}

/** The company's rules until the item has one of its own. */
function timeline(general: readonly PolicyRow[], own: readonly PolicyRow[]): readonly PolicyRow[] {
  const from = own[0] === undefined ? undefined : BigInt(own[0].at);
  return [...general.filter((row) => from === undefined || BigInt(row.at) < from), ...own];
}

function rulesOf(company: Company, rows: readonly PolicyRow[]): ItemRules {
  const [first] = rows;
  if (!first)
    throw new StockbridgeError(
      'configuration_invalid',
      'nothing says how stock is costed: add the block `books` to the configuration',
    );
  const changes = rows.slice(1).map(
    (row): MethodChange => ({
      kind: 'method',
      id: `${derivedKey('cost policy', row.id)}:0`,
      at: BigInt(row.at),
      sequence: 0n,
      locationId: 0,
      method: row.method,
      timing: row.timing,
    }),
  );
  const timingAt = (at: bigint): CostTiming =>
    changes.findLast((change) => change.at <= at)?.timing ?? first.timing;
  const calendarStart = remembered((at) =>
    timingAt(at) === 'month' ? monthStartOf(at, company.timeZone) : dayStartOf(at, company.timeZone),
  );
  // A rule that begins within a period begins one of its own: nothing is priced by a rule that did not hold yet.
  const periodStart = (at: bigint): bigint => {
    const start = calendarStart(at);
    const rule = changes.findLast((change) => change.at <= at)?.at;
    return rule !== undefined && rule > start ? rule : start;
  };
  return {
    policy: {
      currency: company.currency,
      method: first.method,
      timing: first.timing,
      reversesWriteDowns: company.framework === 'ifrs',
      periodStart,
    },
    byLocation: first.by_location,
    changes,
    timingAt,
    beginningOf: (at) => (timingAt(at) === 'perpetual' ? at : periodStart(at)),
  };
}

/** Asking a calendar is slow; no clock changes within a quarter of an hour. */
function remembered(find: (at: bigint) => bigint): (at: bigint) => bigint {
  const known = new Map<bigint, bigint>();
  return (at) => {
    const quarter = at / 900_000_000n;
    let start = known.get(quarter);
    if (start === undefined) {
      start = find(at);
      if (known.size > 50_000) known.clear();
      known.set(quarter, start);
    }
    return start;
  };
}
