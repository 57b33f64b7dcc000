// Which goods came under the names that bills and landed costs use, whether valuation has noticed them yet or not; and what of
// both still waits for goods. Reads only.
import type pg from 'pg';
import { type Quantity, storedQuantity } from '../vocabulary/quantity.ts';

type Session = Pick<pg.ClientBase, 'query'>;

/** What came of one item under one name: a receipt's reference or document. */
export interface CameUnder {
  readonly reference: string;
  readonly itemId: number;
  /** Base units received, less those whose receipt was undone; what went back to the supplier still came. */
  readonly quantity: Quantity;
}

// What valuation has noted, and what was posted since under the receipt's own names.
const CAME = (names: string): string => `
  select reference, item_id, sum(quantity) as quantity from (
    select n.reference, n.item_id, case n.kind when 'received' then m.quantity else -m.quantity end as quantity
    from cost_reference n join movement m on m.key = n.step_key and m.line = n.step_line
    where n.reference in (${names}) and (n.kind = 'received' or (n.kind = 'sent_back' and m.corrects is not null))
    union all
    select n.name, m.item_id, m.quantity
    from valuation_cursor c join ledger_batch b on b.lane = c.lane and b.sequence > c.sequence
    join movement m on m.batch_id = b.id join location f on f.id = m.from_location_id and f.kind = 'supplier'
    cross join lateral (select m.reference union select m.document) as n(name)
    where n.name in (${names})) x
  group by reference, item_id`;

/** What came under some names; a name under which nothing came is left out. */
export async function cameUnder(session: Session, names: readonly string[]): Promise<readonly CameUnder[]> {
  const { rows } = await session.query<{ reference: string; item_id: number; quantity: string }>(
    `select reference, item_id, trim_scale(quantity)::text as quantity
     from (${CAME('select unnest($1::text[])')}) came where quantity > 0 order by 1, 2`,
    [[...new Set(names)]],
  );
  return rows.map((row) => ({
    reference: row.reference,
    itemId: row.item_id,
    quantity: storedQuantity(row.quantity),
  }));
}

/**
 * Names under which goods of an item came that contain a word of a document, such as a delivery's number within the name of its
 * receipt's line, by item; in order.
 */
export async function namesLike(
  session: Session,
  asked: readonly { readonly itemId: number; readonly word: string }[],
): Promise<readonly { readonly itemId: number; readonly word: string; readonly name: string }[]> {
  const { rows } = await session.query<{ itemId: number; word: string; name: string }>(
    `select distinct a.item_id as "itemId", a.word, n.name
     from unnest($1::int[], $2::text[]) a (item_id, word)
     join movement m on m.item_id = a.item_id join location f on f.id = m.from_location_id and f.kind = 'supplier'
     cross join lateral (select m.reference union select m.document) as n(name)
     where strpos(lower(n.name), lower(a.word)) > 0 order by 1, 2, 3`,
    [asked.map(({ itemId }) => itemId), asked.map(({ word }) => word)],
  );
  return rows.filter(({ word, name }) => isWhole(name.toLowerCase(), word.toLowerCase()));
}

const LETTER = /[\p{L}\p{N}]/u;

/** GRN-1 stands in `receipt GRN-1 line 1`, and not in `receipt GRN-12 line 1`. */
const isWhole = (name: string, word: string): boolean => {
  for (let at = name.indexOf(word); at >= 0; at = name.indexOf(word, at + 1))
    if (!LETTER.test(name.charAt(at - 1)) && !LETTER.test(name.charAt(at + word.length))) return true;
  return false;
};

/** A bill's line or a landed cost whose goods have not come. */
export interface WaitingDocument {
  readonly kind: 'bill' | 'landed_cost';
  readonly document: string;
  readonly key: string;
  /** The day it was said for, in the company’s time zone. */
  readonly date: string;
  readonly references: readonly string[];
  /** Of a bill. */
  readonly sku: string | null;
  /** Base units that wait, of a bill. */
  readonly quantity: string | null;
  /** Of what waits, in the document's currency. */
  readonly amount: string;
  readonly currency: string;
}

/** SQL: the company's day of a time, as text; the day in UTC as long as no company was configured. */
export const businessDate = (column: string): string =>
  `(${column} at time zone coalesce((select time_zone from books), 'UTC'))::date::text`;

// Units billed first get the goods first, and a credit note takes back the ones billed last.
const WAITING = `
with standing as (
  select d.* from cost_document d where d.kind in ('bill', 'landed_cost') and not exists (select from cost_document v where v.voids = d.key)),
came as (${CAME("select i.reference from cost_document_item i join cost_document d on d.key = i.document_key where d.kind in ('bill', 'landed_cost') and i.reference is not null")}),
said as (
  select d.key, d.document, d.effective_at, d.content->>'currency' as currency, (l->>'itemId')::int as item_id, l->>'reference' as reference,
    (l->>'quantity')::numeric as quantity, (l->>'amount')::numeric as amount,
    sum((l->>'quantity')::numeric) filter (where (l->>'quantity')::numeric > 0) over (
      partition by l->>'itemId', l->>'reference' order by d.effective_at, d.key, n) as until,
    sum((l->>'quantity')::numeric) over (partition by l->>'itemId', l->>'reference') as net
  from standing d cross join jsonb_array_elements(d.content->'lines') with ordinality as x(l, n) where d.kind = 'bill'),
open_line as (
  select s.*, greatest(0, least(until, net) - greatest(until - s.quantity, coalesce(c.quantity, 0))) as waits
  from said s left join came c using (item_id, reference) where s.quantity > 0)
select 'bill' as kind, o.document, o.key::text, ${businessDate('o.effective_at')} as date, array[o.reference] as "references", i.sku,
  trim_scale(o.waits)::text as quantity, round(o.amount * o.waits / o.quantity, greatest(scale(o.amount), 2))::text as amount, o.currency
from open_line o join item i on i.id = o.item_id where o.waits > 0
union all
select 'landed_cost', d.document, d.key::text, ${businessDate('d.effective_at')}, array(select jsonb_array_elements_text(d.content->'receipts')), null, null,
  round((d.content->>'amount')::numeric, greatest(scale((d.content->>'amount')::numeric), 2))::text, d.content->>'currency'
from standing d where d.kind = 'landed_cost' and not exists (
  select from came c where c.quantity > 0 and c.reference in (select jsonb_array_elements_text(d.content->'receipts')))
order by 4, 2, 6, 5`;

/** Bills and landed costs that wait for goods, oldest first; a bill of which a part has come waits with the rest. */
export async function waitingForGoods(session: Session): Promise<readonly WaitingDocument[]> {
  return (await session.query<WaitingDocument>(WAITING)).rows;
}
