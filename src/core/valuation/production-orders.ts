// The production orders that an item was made for or consumed for, with what each put into work in progress so far. Reads;
// what an order's goods come to is decided in costs/production.ts.
import type { ContentOf } from '../costs/document.ts';
import { type EndOf, orderOf, type StockLine, stepIdOf } from '../costs/places.ts';
import { type Output, productionValueOf } from '../costs/production.ts';
import { type ProductionLine, undoneOutputs } from '../costs/undone.ts';
import type { Transaction } from '../database.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import { quantityFrom } from '../vocabulary/quantity.ts';
import type { Company } from './company.ts';
import type { CostEntry } from './step.ts';

export interface ProductionOrders {
  /** What each output step is worth, and what those give back that take one back. */
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
  const orders = await ordersOf(client, own);
  const plans = await plansOf(client, itemId, orders);
  const plannedBy = new Set(
    [...plans.values()].filter((plan) => mentions(plan, itemId)).map(({ content }) => content.reference),
  );
  const references = new Set([...orders, ...plans.keys()]);
  if (references.size === 0) return { values: new Map(), entries: [], references, plannedBy };
  const made = await madeOf(client, [...references], endOf);
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

interface MadeRow extends ProductionLine {
  readonly itemId: number;
  readonly at: string;
  readonly fromId: number;
  readonly toId: number;
  /** Takes back what was used up: no output, whatever the plan says. */
  readonly isLeftover: boolean;
  readonly reference: string;
}

/** What each order put into stock, with the steps that took it back. */
async function madeOf(
  client: Transaction,
  references: readonly string[],
  endOf: EndOf,
): Promise<Map<string, Output[]>> {
  const { rows } = await client.query<Omit<MadeRow, 'from' | 'to'>>(
    `select m.key, m.line, m.item_id as "itemId", (extract(epoch from m.occurred_at) * 1000000)::bigint::text as at, m.corrects,
            m.lot_id as "lotId", trim_scale(m.quantity)::text as quantity, m.from_location_id as "fromId", m.to_location_id as "toId",
            coalesce(u.is_consumption, false) as "isLeftover", coalesce(u.name, m.reference, m.document) as reference
     from (select distinct step_key, step_line, kind from cost_reference where reference = any($1::text[]) and kind in ('made', 'consumed')) r
     join movement m on m.key = r.step_key and m.line = r.step_line
     left join lateral (
       select coalesce(g.reference, g.document, o.reference, o.document) as name, l.kind = 'production' and o.corrects is null as is_consumption
       from movement o join location l on l.id = o.to_location_id left join movement g on g.key = o.corrects
       where o.key = m.corrects and o.item_id = m.item_id limit 1) u on true
     where r.kind = 'made' or m.corrects is not null
     order by m.occurred_at, m.key, m.line`,
    [references],
  );
  const lines = rows.map(
    (row): MadeRow => ({
      ...row,
      from: { locationId: row.fromId },
      to: { locationId: row.toId },
    }),
  );
  const undone = Map.groupBy(
    [...Map.groupBy(lines, ({ itemId }) => itemId).values()].flatMap((own) => {
      const outputs = undoneOutputs(own, endOf);
      return own.flatMap((line) => {
        const output = outputs.get(stepIdOf(line));
        return output
          ? [{ of: stepIdOf(output), stepId: stepIdOf(line), quantity: quantityFrom(line.quantity) }]
          : [];
      });
    }),
    ({ of }) => of,
  );
  const made = lines.filter((line) => endOf(line.fromId).is === 'production' && !line.isLeftover);
  return new Map(
    [...Map.groupBy(made, ({ reference }) => reference)].map(([reference, own]) => [
      reference,
      own.map((line) => {
        const takenBack = undone.get(stepIdOf(line));
        return {
          stepId: stepIdOf(line),
          itemId: line.itemId,
          at: BigInt(line.at),
          quantity: quantityFrom(line.quantity),
          ...(takenBack === undefined ? {} : { undone: takenBack }),
        };
      }),
    ]),
  );
}

/** The orders that lines belong to: of those that undo others, also the orders of these. */
async function ordersOf(client: Transaction, lines: readonly StockLine[]): Promise<string[]> {
  const corrects = lines.flatMap((line) => line.corrects ?? []);
  if (corrects.length === 0) return [...new Set(lines.map(orderOf))];
  const { rows } = await client.query<{ reference: string }>(
    `select distinct coalesce(g.reference, g.document, o.reference, o.document) as reference
     from movement o left join movement g on g.key = o.corrects where o.key = any($1::uuid[])`,
    [corrects],
  );
  return [...new Set([...lines.map(orderOf), ...rows.map(({ reference }) => reference)])];
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

/**
 * The outputs, and the items that keep their orders' entries, whose value depends on what these orders consumed. What a closed
 * order left stands at its closing; where no item was planned any of its goods may keep it.
 */
export async function dependentsOf(
  client: Transaction,
  orders: readonly { readonly reference: string; readonly causedAt: string | null }[],
): Promise<{ readonly itemId: number; readonly fromAt: string; readonly causedAt: string | null }[]> {
  if (orders.length === 0) return [];
  const { rows } = await client.query<{ itemId: number; fromAt: string; causedAt: string | null }>(
    `with ordered as (select * from unnest($1::text[], $2::timestamptz[]) as o (reference, caused_at)),
     plan as (
       select o.reference, o.caused_at, i.item_id, d.content ? 'closedAt' and not d.content ? 'planned' as by_any,
         least(d.effective_at, (d.content->>'closedAt')::timestamptz) as at
       from ordered o join cost_document_item i on i.reference = o.reference join cost_document d on d.key = i.document_key
       where d.kind = 'production_order')
     select item_id as "itemId", to_char(min(at) at time zone 'UTC', '${ISO}') as "fromAt",
       to_char(max(caused_at) at time zone 'UTC', '${ISO}') as "causedAt"
     from (
       select c.item_id, c.occurred_at, o.caused_at from ordered o join cost_reference c on c.reference = o.reference and c.kind = 'made'
       union all
       select item_id, at, caused_at from plan where item_id is not null
       union all
       select c.item_id, least(p.at, c.occurred_at), p.caused_at
       from plan p join cost_reference c on c.reference = p.reference and c.kind in ('consumed', 'made')
       where p.by_any and p.item_id is null) as x(item_id, at, caused_at)
     group by item_id`,
    [orders.map(({ reference }) => reference), orders.map(({ causedAt }) => causedAt)],
  );
  return rows;
}

const ISO = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
