// Records that stock is costed otherwise from a day on. It refuses what would move closed books or break the accounting
// framework; the pool stays what it is, for another one would price what was sold before anew.
import type { Database, Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import type { Day } from '../journals/calendar.ts';
import { closedThrough } from '../journals/unbooked.ts';
import { type Company, readCompany } from '../valuation/company.ts';
import { markStale } from '../valuation/notice.ts';
import type { CostMethod, CostTiming } from '../vocabulary/words.ts';
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
 * @throws StockbridgeError `content_invalid` when the change is not allowed, `item_unknown`, `key_conflict` when another change holds from that day,
 * `configuration_invalid` while nothing says how stock is valued.
 */
export const changeMethod = (database: Database, request: MethodChangeRequest): Promise<MethodChanged> =>
  database.transaction(async (client) => {
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
      return { outcome: 'unchanged', ...answer, items: 0 };
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
    return { outcome: 'changed', ...answer, items: concerned.length };
  });

const unconfigured = (): StockbridgeError =>
  new StockbridgeError(
    'configuration_invalid',
    'nothing says how stock is valued: add the block `books` to the configuration',
  );

const refused = (reason: string): StockbridgeError => new StockbridgeError('content_invalid', reason);

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
  if (!item) throw new StockbridgeError('item_unknown', `there is no item with SKU ${sku}`);
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
