// Which receipts, returns to suppliers and bills can still matter to what suppliers have not billed. Goods that were billed to
// the last unit, and nothing else said of them, add nothing to it however many years they go back; all others are named.
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';

export interface OpenReceipts {
  /** Lines from suppliers and back to them, as two lists in step. */
  readonly keys: readonly string[];
  readonly lines: readonly number[];
  /** Bills with a line that is not settled. */
  readonly bills: readonly string[];
  /** False for an item and a reference whose goods are billed to the last unit. */
  readonly isOpen: (itemId: number, reference: string) => boolean;
}

// Settled is an item's goods under a reference when as much was billed as came; no credit, change of price or return to the
// supplier concerns them; no other name of theirs is billed; and all of it was said and came before the cut. Goods that are plain
// have one billed name, so that they are looked at once, and not under each of their names.
const OPEN = `
with said as (
  select d.key, d.effective_at, (l->>'itemId')::int as item_id, l->>'reference' as reference, (l->>'quantity')::numeric as quantity
  from cost_document d cross join jsonb_array_elements(d.content->'lines') l
  where d.kind = 'bill' and not exists (select from cost_document v where v.voids = d.key)),
billed as (
  select item_id, reference, sum(quantity) as quantity, min(quantity) > 0 and max(effective_at) < $1 as is_plain
  from said group by item_id, reference),
back as (select distinct item_id, reference from cost_reference where kind = 'sent_back'),
named as (
  select n.item_id, n.step_key, n.step_line, n.occurred_at, b.reference as billed, k.reference is not null as goes_back
  from cost_reference n left join billed b using (item_id, reference) left join back k using (item_id, reference)
  where n.kind in ('received', 'sent_back')),
step as (
  select step_key, step_line, min(item_id) as item_id, min(occurred_at) as occurred_at, min(billed) as billed,
    count(billed) = 1 and not bool_or(goes_back) as is_plain
  from named group by step_key, step_line),
settled as (
  select s.item_id, s.billed as reference from step s
  join cost_entry c on c.step_key = s.step_key and c.step_line = s.step_line and c.credit = 'received_not_billed' and c.kind = 'receipt'
  join billed b on b.item_id = s.item_id and b.reference = s.billed
  where s.is_plain and b.is_plain and b.item_id <> all($2::int[])
  group by s.item_id, s.billed, b.quantity
  having sum(c.quantity) = b.quantity and bool_and(s.occurred_at < $1)
  except
  select n.item_id, n.billed from named n join step s using (step_key, step_line) where not s.is_plain and n.billed is not null),
open_step as (
  select s.step_key, s.step_line from step s left join settled t on s.is_plain and t.item_id = s.item_id and t.reference = s.billed
  where s.occurred_at < $1 and t.item_id is null),
open_name as (select item_id, reference from billed except select item_id, reference from settled)
select
  (select json_agg(step_key order by step_key, step_line) from open_step) as keys,
  (select json_agg(step_line order by step_key, step_line) from open_step) as lines,
  (select json_agg(distinct key) from said join open_name using (item_id, reference) where effective_at < $1) as bills,
  (select json_agg(json_build_array(item_id, reference)) from open_name) as names`;

/** What is open before a cut. Items whose value is `behind` are open altogether: what they carry is not known yet. */
export async function openReceiptsIn(
  client: Transaction,
  before: Instant,
  behind: ReadonlySet<number>,
): Promise<OpenReceipts> {
  const { rows } = await client.query<{
    keys: string[] | null;
    lines: number[] | null;
    bills: string[] | null;
    names: [itemId: number, reference: string][] | null;
  }>(OPEN, [before, [...behind]]);
  const [row] = rows;
  const open = new Set((row?.names ?? []).map(([itemId, reference]) => `${itemId} ${reference}`));
  return {
    keys: row?.keys ?? [],
    lines: row?.lines ?? [],
    bills: row?.bills ?? [],
    isOpen: (itemId, reference) => open.has(`${itemId} ${reference}`),
  };
}

/** All that was ever said and came before a cut. */
export async function allReceiptsIn(client: Transaction, before: Instant): Promise<OpenReceipts> {
  const { rows } = await client.query<{ key: string; line: number }>(
    `select distinct step_key::text as key, step_line as line from cost_reference
     where kind in ('received', 'sent_back') and occurred_at < $1`,
    [before],
  );
  const bills = await client.query<{ key: string }>(
    `select key::text from cost_document where kind = 'bill' and effective_at < $1`,
    [before],
  );
  return {
    keys: rows.map(({ key }) => key),
    lines: rows.map(({ line }) => line),
    bills: bills.rows.map(({ key }) => key),
    isOpen: () => true,
  };
}
