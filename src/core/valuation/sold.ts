// What orders had sold before a point in their item's history, read from the entries, so that what comes back after it comes
// back at the cost it left at.
import type { Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { storedMoney } from '../vocabulary/money.ts';
import { storedQuantity } from '../vocabulary/quantity.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import { nothingSold, type Sold } from './state.ts';
import type { Step } from './step.ts';

/** Roles that goods leave to and come back from. */
const AWAY: readonly AccountRole[] = [
  'cost_of_goods_sold',
  'work_in_progress',
  'adjustment',
  'scrap',
  'opening',
];

/** For every reference that something comes back for in `steps`: what left for it, less what came back, before `from`. */
export async function soldBefore(
  client: Transaction,
  itemId: number,
  steps: readonly Step[],
  from: bigint,
): Promise<Map<string, Sold>> {
  const references = new Set(
    steps.flatMap((step) => (step.kind === 'return' && step.reference !== null ? [step.reference] : [])),
  );
  if (references.size === 0) return new Map();
  const { rows } = await client.query<{
    reference: string;
    role: AccountRole;
    quantity: string;
    value: string;
  }>(
    `select reference, role, trim_scale(sum(quantity))::text as quantity, sum(amount)::text as value from (
       select reference, debit::text as role, quantity, amount from cost_entry
       where item_id = $1 and reference = any($2::text[]) and effective_at < $3 and debit::text = any($4::text[])
         and credit in ('inventory', 'in_transit', 'consigned_out')
       union all
       select reference, credit::text, -quantity, -amount from cost_entry
       where item_id = $1 and reference = any($2::text[]) and effective_at < $3 and credit::text = any($4::text[])
         and (debit in ('inventory', 'in_transit', 'consigned_out') or debit = 'scrap')) moved
     group by reference, role having sum(quantity) > 0 order by array_position($4::text[], role) desc`,
    [itemId, [...references], instantOfMicros(from), AWAY],
  );
  // Also those that sold nothing so far: it may be sold in the steps themselves.
  const sold = new Map<string, Sold>([...references].map((reference) => [reference, nothingSold()]));
  for (const { reference, role, quantity, value } of rows)
    sold.set(reference, { quantity: storedQuantity(quantity), value: storedMoney(value), role });
  return sold;
}
