// Which items a document concerns, and from when on: the earliest time at which it can change what something costs. It may
// name a time too early, which costs work; never one too late, which would cost the truth.
import type { Transaction } from '../database.ts';

/** An item, and the earliest time at which what it costs may be another now. */
export interface Concerned {
  readonly itemId: number;
  /** ISO 8601 with microseconds. */
  readonly fromAt: string;
}

// Bills, landed costs and production orders reach goods by reference; a rate reaches what has its currency and no rate of its
// own, and through bills and landed costs the goods that those name. An expected cost has the rate of each receipt's own time.
const CONCERNED = `
with said as (
  select * from cost_document where key = any($1::uuid[])
    or key in (select voids from cost_document where key = any($1::uuid[]))),
rate as (select content->>'currency' as currency, effective_at from said where kind = 'exchange_rate'),
reached as (
  select key, kind, effective_at from said
  union
  select d.key, d.kind, case when d.kind = 'expected_cost' then rate.effective_at else d.effective_at end
  from rate join cost_document d on d.content->>'currency' = rate.currency and not d.content ? 'rate'
   and (d.kind = 'expected_cost' or (d.kind in ('bill', 'landed_cost') and d.effective_at >= rate.effective_at))),
mention as (
  select r.kind, r.effective_at, i.item_id, i.reference
  from reached r join cost_document_item i on i.document_key = r.key),
concerned (item_id, at) as (
  select item_id, effective_at from mention where item_id is not null
  union all
  select goods.item_id, goods.occurred_at
  from mention m join cost_reference goods on goods.reference = m.reference
  where (m.kind = 'landed_cost' and goods.kind = 'received')
     or (m.kind = 'bill' and m.item_id = goods.item_id and goods.kind in ('received', 'sent_back'))
     or (m.kind = 'production_order' and goods.kind in ('consumed', 'made'))
  union all
  select goods.item_id, goods.occurred_at
  from rate join cost_reference goods on goods.kind = 'received' and goods.occurred_at >= rate.effective_at
  join movement on movement.key = goods.step_key and movement.line = goods.step_line and movement.currency = rate.currency)
select item_id as "itemId", to_char(min(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "fromAt"
from concerned group by item_id order by item_id`;

/** What the documents with these keys concern, and what the documents concern that they void. */
export async function concernedOf(
  client: Transaction,
  keys: readonly string[],
): Promise<readonly Concerned[]> {
  const { rows } = await client.query<Concerned>(CONCERNED, [keys]);
  return rows;
}

/**
 * Whom the arrival of goods concerns besides the items that arrived: a landed cost that was there before them is shared out anew
 * among all its receipts, what a bill waited with is theirs now, and a production order has something to value.
 * @param references movements' references and documents, already noted as such.
 */
export async function concernedBy(
  client: Transaction,
  references: readonly string[],
): Promise<readonly Concerned[]> {
  if (references.length === 0) return [];
  const { rows } = await client.query<{ key: string }>(
    `select distinct d.key from cost_document_item i join cost_document d on d.key = i.document_key
     where i.reference = any($1::text[]) and not exists (select from cost_document v where v.voids = d.key)`,
    [references],
  );
  return rows.length === 0
    ? []
    : concernedOf(
        client,
        rows.map(({ key }) => key),
      );
}
