// The production orders that an item was made for or consumed for, with what each put into work in progress so far. Reads;
// what an order's goods come to is decided in costs/production.ts.
import type { ContentOf } from '../costs/document.ts';
import { type EndOf, orderOf, type StockLine } from '../costs/places.ts';
import { type Output, productionValueOf } from '../costs/production.ts';
import type { Transaction } from '../database.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, storedQuantity } from '../vocabulary/quantity.ts';
import type { Company } from './company.ts';
import type { CostEntry } from './step.ts';

export interface ProductionOrders {
  /** What each output step of the item is worth. */
  readonly values: ReadonlyMap<string, Money>;
  /** Absorbed labour and leftovers of the orders that this item accounts for. */
  readonly entries: readonly CostEntry[];
  readonly references: ReadonlySet<string>;
  /** Orders whose plan names the item. */
  readonly plannedBy: ReadonlySet<string>;
}

interface Plan {
  readonly key: string;
  readonly at: bigint;
  readonly content: ContentOf<'production_order'>;
}

/** The orders that the lines, or plans that name the item, belong to. */
export async function productionOf(
  client: Transaction,
  company: Company,
  itemId: number,
  lines: readonly StockLine[],
  endOf: EndOf,
): Promise<ProductionOrders> {
  const own = lines.filter(
    (line) =>
      endOf(line.from.locationId).is === 'production' || endOf(line.to.locationId).is === 'production',
  );
  const plans = await plansOf(client, itemId, [...new Set(own.map(orderOf))]);
  const plannedBy = new Set(
    [...plans.values()].filter((plan) => mentions(plan, itemId)).map(({ content }) => content.reference),
  );
  const references = new Set([...own.map(orderOf), ...plans.keys()]);
  if (references.size === 0) return { values: new Map(), entries: [], references, plannedBy };
  const made = await madeOf(client, [...references]);
  const consumed = await consumedOf(client, [...references]);
  const values = new Map<string, Money>();
  const entries: CostEntry[] = [];
  for (const reference of references) {
    const plan = plans.get(reference);
    const goods = made.get(reference) ?? [];
    const used = consumed.get(reference);
    // What comes back unused is no output, unless the plan says that the order makes what it consumes.
    const outputs = goods.filter(
      (each) => !used?.items.has(each.itemId) || (plan && mentions(plan, each.itemId)),
    );
    const value = productionValueOf({
      currency: company.currency,
      plan,
      consumed: used ? [used.amount] : [],
      outputs,
    });
    for (const [step, amount] of value.values) values.set(step, amount);
    if (ownerOf(plan, outputs, used?.items) === itemId) entries.push(...value.entries);
  }
  return { values, entries, references, plannedBy };
}

const mentions = ({ content }: Plan, itemId: number): boolean =>
  [...(content.planned ?? []), ...content.byProducts].some((each) => each.itemId === itemId);

/** One item keeps the entries that belong to the order as a whole. */
function ownerOf(
  plan: Plan | undefined,
  outputs: readonly Output[],
  consumed: ReadonlySet<number> | undefined,
): number | undefined {
  const candidates = [
    (plan?.content.planned ?? []).map((each) => each.itemId),
    outputs.map((each) => each.itemId),
    [...(consumed ?? [])],
  ].find((ids) => ids.length > 0);
  return candidates === undefined ? undefined : Math.min(...candidates);
}

async function plansOf(
  client: Transaction,
  itemId: number,
  references: readonly string[],
): Promise<Map<string, Plan>> {
  const { rows } = await client.query<{ key: string; at: string; content: Plan['content'] }>(
    `select d.key, (extract(epoch from d.effective_at) * 1000000)::bigint::text as at, d.content from cost_document d
     where d.kind = 'production_order' and not exists (select from cost_document v where v.voids = d.key)
       and d.key in (
         select document_key from cost_document_item where item_id = $1 or reference = any($2::text[])
         union all
         select i.document_key from cost_reference r join cost_document_item i on i.reference = r.reference
         where r.item_id = $1 and r.kind in ('consumed', 'made'))
     order by d.effective_at, d.sequence`,
    [itemId, references],
  );
  return new Map(rows.map((row) => [row.content.reference, { ...row, at: BigInt(row.at) }]));
}

async function madeOf(client: Transaction, references: readonly string[]): Promise<Map<string, Output[]>> {
  const { rows } = await client.query<{
    reference: string;
    step: string;
    item_id: number;
    at: string;
    quantity: string;
  }>(
    `select distinct r.reference, r.step_key || ':' || r.step_line as step, r.item_id,
            (extract(epoch from r.occurred_at) * 1000000)::bigint::text as at, trim_scale(m.quantity)::text as quantity
     from cost_reference r join movement m on m.key = r.step_key and m.line = r.step_line
     where r.reference = any($1::text[]) and r.kind = 'made' and coalesce(m.reference, m.document) = r.reference`,
    [references],
  );
  const made = new Map<string, Output[]>();
  for (const row of rows) {
    const own = made.get(row.reference) ?? [];
    own.push({
      stepId: row.step,
      itemId: row.item_id,
      at: BigInt(row.at),
      quantity: storedQuantity(row.quantity) as Quantity,
    });
    made.set(row.reference, own);
  }
  return made;
}

interface Consumed {
  readonly amount: Money;
  readonly items: ReadonlySet<number>;
}

/** What was put into work in progress for each order, less what came back from it. */
async function consumedOf(
  client: Transaction,
  references: readonly string[],
): Promise<Map<string, Consumed>> {
  const { rows } = await client.query<{ reference: string; amount: string; items: number[] }>(
    `select reference, sum(case when debit = 'work_in_progress' then amount else -amount end)::text as amount,
            array_agg(distinct item_id) as items
     from cost_entry where reference = any($1::text[]) and kind in ('consumption', 'true_up')
       and (debit = 'work_in_progress' or credit = 'work_in_progress')
     group by reference`,
    [references],
  );
  return new Map(
    rows.map((row) => [row.reference, { amount: storedMoney(row.amount), items: new Set(row.items) }]),
  );
}

/** The outputs, and the items that keep their orders' entries, whose value depends on what these orders consumed. */
export async function dependentsOf(
  client: Transaction,
  references: readonly string[],
): Promise<{ readonly itemId: number; readonly fromAt: string }[]> {
  if (references.length === 0) return [];
  const { rows } = await client.query<{ itemId: number; fromAt: string }>(
    `select item_id as "itemId", to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "fromAt" from (
       select item_id, occurred_at from cost_reference where reference = any($1::text[]) and kind = 'made'
       union all
       select i.item_id, d.effective_at from cost_document_item i join cost_document d on d.key = i.document_key
       where i.reference = any($1::text[]) and i.item_id is not null and d.kind = 'production_order') as x(item_id, at)
     group by item_id`,
    [references],
  );
  return rows;
}
