// Of goods that a buyer sent back: the sales whose cost they come back at, read from the entries that the valuation takes that
// cost from. Reads only.
import type { Transaction } from '../../database.ts';
import { type Money, storedMoney } from '../../vocabulary/money.ts';
import { STOCK_ROLES } from '../../vocabulary/words.ts';

/** A sale under the reference of a return, or what came back for it before. */
export interface Away {
  /** Of the sale or of the earlier return. */
  readonly step: string;
  readonly quantity: string;
  readonly amount: Money;
  readonly isReturn: boolean;
}

// What a return finds is the sum of the entries of its order before it; goods of one instant leave before they come back.
const AWAY = `
with back as (
  select distinct e.step_key, e.step_line, e.reference, e.effective_at from cost_entry e
  where e.item_id = $1 and e.kind = 'customer_return' and e.credit = 'cost_of_goods_sold' and e.reference is not null
    and e.step_key || ':' || e.step_line = any ($2::text[]))
select b.step_key || ':' || b.step_line as "of", s.step_key || ':' || s.step_line as step, s.credit = 'cost_of_goods_sold' as "isReturn",
  trim_scale(sum(s.quantity))::text as quantity, sum(s.amount)::text as amount
from back b join cost_entry s on s.item_id = $1 and s.reference = b.reference
where (s.debit = 'cost_of_goods_sold' and s.credit::text = any ($3) and s.effective_at <= b.effective_at
    or s.credit = 'cost_of_goods_sold' and (s.debit::text = any ($3) or s.debit = 'scrap') and s.effective_at < b.effective_at)
  and (s.step_key, s.step_line) <> (b.step_key, b.step_line)
group by b.step_key, b.step_line, s.step_key, s.step_line, s.effective_at, 3
having sum(s.quantity) <> 0
order by s.effective_at, step`;

/** For each of some steps that are returns of an item: what had left for its order and what of it came back before; none: the rest. */
export async function awayBefore(
  client: Transaction,
  itemId: number,
  steps: readonly string[],
): Promise<ReadonlyMap<string, readonly Away[]>> {
  const { rows } = await client.query<Omit<Away, 'amount'> & { of: string; amount: string }>(AWAY, [
    itemId,
    steps,
    STOCK_ROLES,
  ]);
  const found = new Map<string, Away[]>();
  for (const { of, amount, ...away } of rows)
    found.set(of, [...(found.get(of) ?? []), { ...away, amount: storedMoney(amount) }]);
  return found;
}
