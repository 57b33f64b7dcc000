// Records that stock is costed otherwise from a day on. It refuses what would move closed books or break the accounting
// framework; the pool stays what it is, for another one would price what was sold before anew.
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import type { Day } from '../journals/calendar.ts';
import { closedThrough } from '../journals/unbooked.ts';
import { type Company, readCompany } from '../valuation/company.ts';
import { markStale } from '../valuation/notice.ts';
import { valuedAfresh } from '../valuation/value.ts';
import { type Money, moneyText, storedMoney } from '../vocabulary/money.ts';
import { type AccountRole, type CostMethod, type CostTiming, STOCK_ROLES } from '../vocabulary/words.ts';
import { beginningOf, dayFrom } from './snapshot.ts';

export interface MethodChangeRequest {
  readonly method: CostMethod;
  readonly timing: CostTiming;
  /** Undefined: the company's own rule, for all items that have none of their own. */
  readonly sku?: string;
  /** First day it holds. */
  readonly from: Day;
}

export interface MethodChanged {
  readonly outcome: 'changed' | 'unchanged';
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly sku: string | null;
  readonly from: Day;
  readonly before: { readonly method: CostMethod; readonly timing: CostTiming };
  /** Items that are valued anew. */
  readonly items: number;
}

interface Rule {
  readonly method: CostMethod;
  readonly timing: CostTiming;
  readonly by_location: boolean;
}

/**
 * Records the change and marks what it concerns to be valued anew.
 * @throws StockbridgeError `argument_invalid` when the change is not allowed, `not_found` when there is no such item, `key_conflict` when another change holds from that day,
 * `configuration_invalid` while nothing says how stock is valued.
 */
export const changeMethod = (database: Database, request: MethodChangeRequest): Promise<MethodChanged> =>
  database.transaction(async (client) => (await changeIn(client, request)).changed);

/** What a change would do to the value of stock, as known now. */
export interface MethodEffect extends MethodChanged {
  /** Of the items it concerns, at cost, decimal text. */
  readonly valueBefore: string;
  readonly valueAfter: string;
  readonly currency: string;
}

/**
 * Works the change out and takes it back: nothing is changed.
 * @throws StockbridgeError as {@link changeMethod}.
 */
export async function effectOfMethod(
  database: Database,
  request: MethodChangeRequest,
): Promise<MethodEffect> {
  let effect: MethodEffect | undefined;
  const undo = new Error('taken back');
  await database
    .transaction(async (client) => {
      const { changed, concerned, company } = await changeIn(client, request);
      const { currency } = company;
      const before = await storedValue(client, concerned);
      let after = 0n;
      for (const itemId of concerned) {
        const { entries } = await valuedAfresh(client, company, itemId);
        for (const { debit, credit, amount } of entries)
          after += (isStock(debit.role) ? amount : 0n) - (isStock(credit.role) ? amount : 0n);
      }
      effect = {
        ...changed,
        ...{
          valueBefore: moneyText(before, currency),
          valueAfter: moneyText(after as Money, currency),
          currency,
        },
      };
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  if (!effect) throw new StockbridgeError('invariant_broken', 'the effect of the method was not worked out');
  return effect;
}

const isStock = (role: AccountRole): boolean => STOCK_ROLES.some((stock) => stock === role);

async function storedValue(client: Transaction, itemIds: readonly number[]): Promise<Money> {
  const { rows } = await client.query<{ value: string }>(
    `select coalesce(sum(s.sign * e.amount), 0)::text as value
     from cost_entry e cross join lateral (values (e.debit, 1), (e.credit, -1)) as s (role, sign)
     where e.item_id = any($1::int[]) and s.role::text = any($2)`,
    [itemIds, STOCK_ROLES],
  );
  return storedMoney(rows[0]?.value ?? '0');
}

interface Change {
  readonly changed: MethodChanged;
  readonly concerned: readonly number[];
  readonly company: Company;
}

async function changeIn(client: Transaction, request: MethodChangeRequest): Promise<Change> {
  await client.query('lock table cost_policy in share row exclusive mode');
  const company = await readCompany(client);
  if (!company) throw unconfigured();
  const closed = await closedThrough(client);
  mayChange(company, request, closed);
  const itemId = request.sku === undefined ? null : await itemNamed(client, request.sku);
  const at = beginningOf(company, request.from);
  const before = await ruleAt(client, itemId, at);
  const answer = {
    method: request.method,
    timing: request.timing,
    sku: request.sku ?? null,
    from: request.from,
    before: { method: before.method, timing: before.timing },
  };
  mustBeginAMonth(request, before);
  if (before.method === request.method && before.timing === request.timing)
    return { changed: { outcome: 'unchanged', ...answer, items: 0 }, concerned: [], company };
  const { rowCount } = await client.query(
    `insert into cost_policy (item_id, method, timing, by_location, effective_at) values ($1, $2, $3, $4, $5)
       on conflict (coalesce(item_id, 0), effective_at) do nothing`,
    [itemId, request.method, request.timing, before.by_location, at],
  );
  if (rowCount === 0)
    throw new StockbridgeError(
      'key_conflict',
      `another method was recorded from ${request.from} on; it stands. Change to ${request.method} from a later day`,
    );
  const concerned = await itemsUnder(client, itemId, at);
  await markStale(
    client,
    concerned.map((each) => ({ itemId: each, fromAt: at })),
  );
  return { changed: { outcome: 'changed', ...answer, items: concerned.length }, concerned, company };
}

const unconfigured = (): StockbridgeError =>
  new StockbridgeError(
    'configuration_invalid',
    'nothing says how stock is valued: add the block `books` to the configuration',
  );

const refused = (reason: string): StockbridgeError => new StockbridgeError('argument_invalid', reason);

function mayChange(
  company: Company,
  { method, timing, from }: MethodChangeRequest,
  closed: Day | undefined,
): void {
  dayFrom(from);
  if (method === 'lifo' && company.framework === 'ifrs')
    throw refused('lifo is not allowed under IFRS (IAS 2.25); take fifo or average');
  if (timing !== 'perpetual' && method !== 'lifo' && method !== 'average')
    throw refused(
      `${method} gives the same cost whenever it is priced, or prices each piece by itself: its timing is perpetual`,
    );
  if (closed !== undefined && from <= closed)
    throw refused(`the books are closed through ${closed}; a method can change from an open day on`);
}

/** A month has one price, so it cannot be costed in two ways. */
function mustBeginAMonth({ timing, from }: MethodChangeRequest, before: Rule): void {
  if ((timing === 'month' || before.timing === 'month') && !from.endsWith('-01'))
    throw refused(
      `a month has one price: change to or from monthly timing on the first of a month, not on ${from}`,
    );
}

async function itemNamed(client: Transaction, sku: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>('select id from item where sku = $1', [sku]);
  const [item] = rows;
  if (!item) throw new StockbridgeError('not_found', `there is no item with SKU ${sku}`);
  return item.id;
}

/** The rule that holds at an instant: the item's own, else the company's. */
async function ruleAt(client: Transaction, itemId: number | null, at: string): Promise<Rule> {
  const { rows } = await client.query<Rule>(
    `select method::text, timing::text, by_location from cost_policy
     where (item_id is null or item_id = $1) and effective_at <= $2 order by item_id is null, effective_at desc limit 1`,
    [itemId, at],
  );
  const [rule] = rows;
  if (!rule) throw unconfigured();
  return rule;
}

/** Items with something to value from then on that follow the rule. */
async function itemsUnder(client: Transaction, itemId: number | null, at: string): Promise<number[]> {
  if (itemId !== null) return [itemId];
  const { rows } = await client.query<{ id: number }>(
    `select i.id from item i
     where not exists (select from cost_policy p where p.item_id = i.id and p.effective_at <= $1)
       and (exists (select from movement m where m.item_id = i.id) or exists (select from cost_entry e where e.item_id = i.id))
     order by 1`,
    [at],
  );
  return rows.map(({ id }) => id);
}
