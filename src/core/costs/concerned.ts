// Which items a document concerns, and from when on: the earliest time at which it can change what something costs. It may
// name a time too early, which costs work; never one too late, which would cost the truth.
import type { Transaction } from '../database.ts';

/** An item, and the earliest time at which what it costs may be another now. */
export interface Concerned {
  readonly itemId: number;
  /** ISO 8601 with microseconds. */
  readonly fromAt: string;
  /** When the newest of the facts that concern the item takes effect; null: now. */
  readonly causedAt: string | null;
}

// Bills, landed costs and production orders reach goods by reference; a rate reaches what has its currency and no rate of its
// own, and through bills and landed costs the goods that those name. An expected cost has the rate of each receipt's own time.
// A bill under one name of a receipt leaves more or less to who is billed under the receipt's other names. Where a landed cost
// is divided by value, another cost of one item's goods is another share for all the others.
const CONCERNED = `
with recursive told as (select * from unnest($1::uuid[], $2::timestamptz[]) as t (key, caused_at)),
said as (
  select d.key, d.kind, d.effective_at, d.content, t.caused_at from told t join cost_document d on d.key = t.key
  union all
  select d.key, d.kind, d.effective_at, d.content, t.caused_at
  from told t join cost_document v on v.key = t.key join cost_document d on d.key = v.voids),
rate as (select content->>'currency' as currency, effective_at, caused_at from said where kind = 'exchange_rate'),
reached as (
  select key, kind, effective_at, caused_at from said
  union
  select d.key, d.kind, case when d.kind = 'expected_cost' then rate.effective_at else d.effective_at end, rate.caused_at
  from rate join cost_document d on d.content->>'currency' = rate.currency and not d.content ? 'rate'
   and (d.kind = 'expected_cost' or (d.kind in ('bill', 'landed_cost') and d.effective_at >= rate.effective_at))),
mention as (
  select r.kind, r.effective_at, r.caused_at, i.item_id, i.reference
  from reached r join cost_document_item i on i.document_key = r.key),
billed (item_id, reference, caused_at) as (
  select item_id, reference, caused_at from mention where kind = 'bill'
  union
  select other.item_id, other.reference, b.caused_at
  from billed b
  join cost_reference goods on goods.reference = b.reference and goods.item_id = b.item_id and goods.kind in ('received', 'sent_back')
  join cost_reference other on other.item_id = goods.item_id and other.occurred_at = goods.occurred_at
   and other.step_key = goods.step_key and other.step_line = goods.step_line),
exchanged as (
  select goods.item_id, goods.occurred_at, goods.reference, rate.caused_at
  from rate join cost_reference goods on goods.kind = 'received' and goods.occurred_at >= rate.effective_at
  join movement on movement.key = goods.step_key and movement.line = goods.step_line and movement.currency = rate.currency),
repriced (reference, caused_at) as (
  select reference, caused_at from billed
  union
  select goods.reference, m.caused_at
  from mention m join cost_reference goods on goods.item_id = m.item_id and goods.occurred_at >= m.effective_at and goods.kind = 'received'
  where m.kind = 'expected_cost'
  union
  select reference, caused_at from exchanged),
shared as (
  select distinct d.key, p.caused_at
  from repriced p join cost_document_item i on i.reference = p.reference join cost_document d on d.key = i.document_key
  where d.kind = 'landed_cost' and d.content->>'by' = 'value'
    and not exists (select from cost_document v where v.voids = d.key)),
-- what an order absorbed stands at its plan, and what it left at its closing; with no item planned any of its goods may keep that
ordered as (
  select said.content->>'reference' as reference, not said.content ? 'planned' as by_any, said.caused_at,
    least(said.effective_at, (said.content->>'closedAt')::timestamptz, (
      select min(goods.occurred_at) from cost_reference goods
      where goods.reference = said.content->>'reference' and goods.kind in ('consumed', 'made'))) as at
  from said where said.kind = 'production_order'),
concerned (item_id, at, caused_at) as (
  select item_id, effective_at, caused_at from mention where item_id is not null
  union all
  select goods.item_id, goods.occurred_at, m.caused_at
  from mention m join cost_reference goods on goods.reference = m.reference and goods.kind = 'received' where m.kind = 'landed_cost'
  union all
  select goods.item_id, goods.occurred_at, b.caused_at
  from billed b join cost_reference goods on goods.reference = b.reference and goods.item_id = b.item_id
   and goods.kind in ('received', 'sent_back')
  union all
  select item_id, occurred_at, caused_at from exchanged
  union all
  select goods.item_id, goods.occurred_at, s.caused_at
  from shared s join cost_document_item i on i.document_key = s.key
  join cost_reference goods on goods.reference = i.reference and goods.kind = 'received'
  union all
  select m.item_id, o.at, o.caused_at
  from ordered o join mention m on m.reference = o.reference and m.kind = 'production_order' where m.item_id is not null
  union all
  select goods.item_id, case when o.by_any then o.at else goods.occurred_at end, o.caused_at
  from ordered o join cost_reference goods on goods.reference = o.reference and goods.kind in ('consumed', 'made'))
select item_id as "itemId", to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "fromAt",
  to_char(max(caused_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "causedAt"
from concerned group by item_id order by item_id`;

/** A document, and when the fact takes effect that makes it be looked at; null: now. */
export interface Told {
  readonly key: string;
  readonly causedAt: string | null;
}

/** What the documents with these keys concern, and what the documents concern that they void. */
export async function concernedOf(
  client: Transaction,
  documents: readonly Told[],
): Promise<readonly Concerned[]> {
  const { rows } = await client.query<Concerned>(CONCERNED, [
    documents.map(({ key }) => key),
    documents.map(({ causedAt }) => causedAt),
  ]);
  return rows;
}

/** A movement's reference or document, already noted as such. */
export interface Named {
  readonly reference: string;
  /** When the newest of the goods takes effect that came under it; null: now. */
  readonly causedAt: string | null;
}

/**
 * Whom the arrival of goods concerns besides the items that arrived: a landed cost that was there before them is shared out anew
 * among all its receipts, what a bill waited with is theirs now, and a production order has something to value.
 */
export async function concernedBy(
  client: Transaction,
  named: readonly Named[],
): Promise<readonly Concerned[]> {
  if (named.length === 0) return [];
  const { rows } = await client.query<Told>(
    `select d.key, to_char(max(n.caused_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "causedAt"
     from unnest($1::text[], $2::timestamptz[]) as n (reference, caused_at)
     join cost_document_item i on i.reference = n.reference join cost_document d on d.key = i.document_key
     where not exists (select from cost_document v where v.voids = d.key) group by d.key`,
    [named.map(({ reference }) => reference), named.map(({ causedAt }) => causedAt)],
  );
  return rows.length === 0 ? [] : concernedOf(client, rows);
}
