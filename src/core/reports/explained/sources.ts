// What the explanation of a cost refers to: the movements and cost documents behind steps, the bills and freight of receipts,
// and the facts that made a later valuation differ. Each with the inbox event whose bytes said so. Reads only.
import type { Transaction } from '../../database.ts';

/** A movement or cost document that something follows from. */
export interface CostSource {
  readonly type: 'movement' | 'cost_document';
  /** The movement's type or the document's kind. */
  readonly what: string;
  readonly document: string;
  readonly reference: string | null;
  readonly effectiveAt: Date;
  readonly recordedAt: Date;
  /** `stockbridge explain event <id>` shows its bytes; null: it did not come through the inbox. */
  readonly event: string | null;
}

/** One line of the ledger behind a step. */
export interface MovedLine extends CostSource {
  readonly step: string;
  readonly quantity: string;
  readonly from: string;
  readonly to: string;
  readonly isFromSupplier: boolean;
  readonly unitCost: string | null;
  readonly currency: string | null;
}

const SOURCE = (alias: string): string =>
  `${alias}.document, ${alias}.recorded_at as "recordedAt", ${alias}.inbox_event_id::text as event`;

/** Movement lines by `<key>:<line>`, of one item. */
export async function movedLines(
  client: Transaction,
  itemId: number,
  keys: readonly string[],
): Promise<Map<string, MovedLine>> {
  const { rows } = await client.query<MovedLine>(
    `select m.key || ':' || m.line as step, 'movement' as type, m.type::text as what, m.reference, m.occurred_at as "effectiveAt", ${SOURCE('m')},
       trim_scale(m.quantity)::text as quantity, f.code as "from", t.code as "to", f.kind = 'supplier' as "isFromSupplier",
       trim_scale(m.unit_cost)::text as "unitCost", m.currency
     from movement m join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
     where m.key = any($1::uuid[]) and m.item_id = $2`,
    [keys, itemId],
  );
  return new Map(rows.map((row) => [row.step, row]));
}

/** Keys of an item's movements that belong to an order: its reference or document. */
export async function keysOfOrder(client: Transaction, itemId: number, order: string): Promise<string[]> {
  const { rows } = await client.query<{ key: string }>(
    'select distinct key::text from movement where item_id = $1 and (reference = $2 or document = $2)',
    [itemId, order],
  );
  return rows.map(({ key }) => key);
}

/** Cost documents by key. */
export async function costDocuments(
  client: Transaction,
  keys: readonly string[],
): Promise<Map<string, CostSource>> {
  const { rows } = await client.query<CostSource & { key: string }>(
    `select d.key::text, 'cost_document' as type, d.kind::text as what, null as reference, d.effective_at as "effectiveAt", ${SOURCE('d')}
     from cost_document d where d.key = any($1::uuid[])`,
    [keys],
  );
  return new Map(rows.map(({ key, ...row }) => [key, row]));
}

/** A bill or landed cost that names a receipt. */
export interface PricedBy extends CostSource {
  /** The receipt's reference that it names. */
  readonly names: string;
  readonly number: string;
  /** Of a bill's lines for the item, or of the whole landed cost; in its own currency. */
  readonly quantity: string | null;
  readonly amount: string;
  readonly currency: string;
}

/** Bills and landed costs that stand, for receipts of an item under these references. */
export async function pricedBy(
  client: Transaction,
  itemId: number,
  references: readonly string[],
): Promise<PricedBy[]> {
  const { rows } = await client.query<PricedBy>(
    `select 'cost_document' as type, d.kind::text as what, null as reference, d.effective_at as "effectiveAt", ${SOURCE('d')},
       i.reference as names, d.content->>'number' as number, l.quantity,
       coalesce(l.amount, d.content->>'amount') as amount, d.content->>'currency' as currency
     from cost_document_item i join cost_document d on d.key = i.document_key
     left join lateral (
       select trim_scale(sum((b->>'quantity')::numeric))::text as quantity, trim_scale(sum((b->>'amount')::numeric))::text as amount
       from jsonb_array_elements(d.content->'lines') b where (b->>'itemId')::int = $1 and b->>'reference' = i.reference) l on d.kind = 'bill'
     where i.reference = any($2::text[]) and (d.kind = 'landed_cost' or (d.kind = 'bill' and i.item_id = $1))
       and not exists (select from cost_document v where v.voids = d.key)
     group by d.key, i.reference, l.quantity, l.amount
     order by d.effective_at, d.key`,
    [itemId, references],
  );
  return rows;
}

/** Facts by the valuation (its run) that saw them first. */
export type FactsOfRuns = ReadonlyMap<string, readonly CostSource[]>;

// The runs of one transaction are one valuation; what was recorded since the valuation before is what it saw first.
const FACTS = `
with valuation as (
  select xmin::text as tx, array_agg(id) as runs, min(id) as first, max(recorded_at) as until from valuation_run where item_id = $1 group by 1),
spanned as (select runs, until, lag(until) over (order by first) as after from valuation),
asked as (select * from spanned where runs && $2::bigint[] and after is not null),
mine as (
  select d.key from cost_document d
  where d.kind = 'exchange_rate' or exists (
    select from cost_document_item i where i.document_key = d.key and (i.item_id = $1
      or (d.kind in ('landed_cost', 'production_order') and exists (
        select from cost_reference r where r.reference = i.reference and r.item_id = $1))))),
fact as (
  select 'movement' as type, m.type::text as what, m.reference, m.occurred_at as "effectiveAt", ${SOURCE('m')}
  from movement m where m.item_id = $1
  union all
  select 'cost_document', d.kind::text, null, d.effective_at, ${SOURCE('d')} from cost_document d
  where d.key in (select key from mine) or d.voids in (select key from mine))
select a.runs::text[] as runs, f.* from asked a join fact f on f."recordedAt" > a.after and f."recordedAt" <= a.until
order by f."recordedAt", f.document`;

/** What was recorded of an item between the valuations that these runs belong to and the ones before them. */
export async function factsOfRuns(
  client: Transaction,
  itemId: number,
  runs: readonly string[],
): Promise<FactsOfRuns> {
  const facts = new Map<string, CostSource[]>();
  if (runs.length === 0) return facts;
  const { rows } = await client.query<CostSource & { runs: string[] }>(FACTS, [itemId, runs]);
  for (const { runs: seenBy, ...fact } of rows)
    for (const run of seenBy) facts.set(run, [...(facts.get(run) ?? []), fact]);
  return facts;
}
