// What orders had sold before a point in their item's history, read from the entries, so that what comes back after it comes
// back at the cost it left at.
import type { Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { storedMoney } from '../vocabulary/money.ts';
import { storedQuantity } from '../vocabulary/quantity.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import { noteConsigned, returnedFor, type Sold, soldIn } from './away.ts';
import type { Step } from './step.ts';

/** For every reference that something comes back for in `steps`: what left for it, less what came back, before `from`. */
export async function soldBefore(
  client: Transaction,
  itemId: number,
  steps: readonly Step[],
  from: bigint,
): Promise<Map<string, Sold>> {
  const references = new Set(steps.flatMap((step) => returnedFor(step) ?? []));
  if (references.size === 0) return new Map();
  const before = [itemId, [...references], instantOfMicros(from)];
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
    before,
  );
  const said = rows.map(({ reference, debit, credit, quantity, amount }) => ({
    reference,
    debit: { role: debit },
    credit: { role: credit },
    quantity: storedQuantity(quantity),
    amount: storedMoney(amount),
  }));
  const sold = soldIn(said, references);
  if (steps.some((step) => step.kind === 'consignor_sale' && step.isReturn))
    for (const each of await consignedBefore(client, before)) noteConsigned(sold, each);
  return sold;
}

/** Entries about somebody else's goods are of value alone: how many there were, the movement says. */
async function consignedBefore(
  client: Transaction,
  before: readonly unknown[],
): Promise<readonly Consigned[]> {
  const { rows } = await client.query<{ reference: string; quantity: string; amount: string }>(
    `select e.reference, trim_scale(case when e.is_return then -m.quantity else m.quantity end)::text as quantity, e.amount::text
     from (
       select reference, step_key, step_line, bool_or(kind = 'customer_return') as is_return, sum(amount) as amount from cost_entry
       where item_id = $1 and reference = any($2::text[]) and effective_at < $3
         and debit = 'cost_of_goods_sold' and credit = 'consignor_payable'
       group by reference, step_key, step_line) e
     join movement m on m.key = e.step_key and m.line = e.step_line`,
    [...before],
  );
  return rows.map(({ reference, quantity, amount }) => ({
    reference,
    quantity: storedQuantity(quantity),
    amount: storedMoney(amount),
  }));
}

type Consigned = Parameters<typeof noteConsigned>[1];
