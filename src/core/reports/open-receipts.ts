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
// supplier concerns them; no other name of theirs is billed; and all of it was said and came before the cut.
const OPEN = `
with said as (
  select d.key, d.effective_at, (l->>'itemId')::int as item_id, l->>'reference' as reference, (l->>'quantity')::numeric as quantity
  from cost_document d cross join jsonb_array_elements(d.content->'lines') l
  where d.kind = 'bill' and not exists (select from cost_document v where v.voids = d.key)),
billed as (
  select item_id, reference, sum(quantity) as quantity, min(quantity) > 0 and max(effective_at) < $1 as is_plain
  from said group by item_id, reference),
carried as (
  select step_key, step_line, sum(quantity) as quantity from cost_entry
  where credit = 'received_not_billed' and kind = 'receipt' group by step_key, step_line),
named as (
  select item_id, reference, step_key, step_line, kind, occurred_at from cost_reference where kind in ('received', 'sent_back')),
name as (
  select n.item_id, n.reference, bool_or(n.kind = 'sent_back') as goes_back, bool_or(b.item_id is not null) as is_billed
  from named n left join billed b using (item_id, reference) group by n.item_id, n.reference),
step as (
  select n.step_key, n.step_line, min(n.kind) as kind, min(n.occurred_at) as occurred_at, coalesce(min(c.quantity), 0) as quantity,
    count(*) filter (where e.is_billed) = 1 and not bool_or(e.goes_back) as is_plain
  from named n join name e using (item_id, reference) left join carried c using (step_key, step_line)
  group by n.step_key, n.step_line),
settled as (
  select b.item_id, b.reference from billed b
  join named n using (item_id, reference) join step s using (step_key, step_line)
  where b.is_plain and b.item_id <> all($2::int[])
  group by b.item_id, b.reference, b.quantity
  having sum(s.quantity) = b.quantity and bool_and(s.is_plain and s.occurred_at < $1)),
open_step as (
  select step_key, step_line from step where occurred_at < $1
  except select n.step_key, n.step_line from named n join settled using (item_id, reference)),
open_name as (select item_id, reference from billed except select item_id, reference from settled)
select
  array(select step_key::text from open_step order by step_key, step_line) as keys,
  array(select step_line from open_step order by step_key, step_line) as lines,
  array(select distinct key::text from said join open_name using (item_id, reference) where effective_at < $1) as bills,
  array(select item_id from open_name order by item_id, reference collate "C") as items,
  array(select reference from open_name order by item_id, reference collate "C") as "references"`;

/** What is open before a cut. Items whose value is `behind` are open altogether: what they carry is not known yet. */
export async function openReceiptsIn(
  client: Transaction,
  before: Instant,
  behind: ReadonlySet<number>,
): Promise<OpenReceipts> {
  const { rows } = await client.query<{
    keys: string[];
    lines: number[];
    bills: string[];
    items: number[];
    references: string[];
  }>(OPEN, [before, [...behind]]);
  const { keys = [], lines = [], bills = [], items = [], references = [] } = rows[0] ?? {};
  const open = new Set(items.map((itemId, index) => `${itemId} ${references[index]}`));
  return { keys, lines, bills, isOpen: (itemId, reference) => open.has(`${itemId} ${reference}`) };
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
