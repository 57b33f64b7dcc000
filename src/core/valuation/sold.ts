// What orders had sold before a point in their item's history, read from the entries, so that what comes back after it comes
// back at the cost it left at.
import type { Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { storedMoney } from '../vocabulary/money.ts';
import { storedQuantity } from '../vocabulary/quantity.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import { type Sold, soldIn } from './away.ts';
import type { Step } from './step.ts';

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
    debit: AccountRole;
    credit: AccountRole;
    quantity: string;
    amount: string;
  }>(
    `select reference, debit::text, credit::text, trim_scale(sum(quantity))::text as quantity, sum(amount)::text as amount
     from cost_entry where item_id = $1 and reference = any($2::text[]) and effective_at < $3
     group by reference, debit, credit`,
    [itemId, [...references], instantOfMicros(from)],
  );
  const said = rows.map(({ reference, debit, credit, quantity, amount }) => ({
    reference,
    debit: { role: debit },
    credit: { role: credit },
    quantity: storedQuantity(quantity),
    amount: storedMoney(amount),
  }));
  return soldIn(said, references);
}
