// What orders had sold before a point in their item's history, read from the entries, so that what comes back after it comes
// back at the cost it left at.
import type { Transaction } from '../database.ts';
import { instantOfMicros } from '../vocabulary/instant.ts';
import { storedMoney } from '../vocabulary/money.ts';
import { storedQuantity } from '../vocabulary/quantity.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import { noneSold, noteConsigned, noteSold, returnedFor, type Sold } from './away.ts';
import type { ItemHistory } from './history.ts';
import { namesOf, withOtherNames } from './order-names.ts';

/** For every order that something comes back for in the history, whatever it is called: nothing sold yet. */
export async function nothingSold(
  client: Transaction,
  { steps, connectionOf }: Pick<ItemHistory, 'steps' | 'connectionOf'>,
): Promise<Map<string, Sold>> {
  const returned = steps.flatMap((step) => {
    const reference = returnedFor(step);
    return reference === null ? [] : [{ reference, connectionId: connectionOf(step.id) }];
  });
  const names = await namesOf(
    client,
    returned.flatMap(({ reference, connectionId }) =>
      connectionId === undefined ? [] : [{ reference, connectionId }],
    ),
  );
  return noneSold(
    returned.map(({ reference }) => reference),
    names,
  );
}

/** For every reference that something comes back for in the history: what left for it, less what came back, before `from`. */
export async function soldBefore(
  client: Transaction,
  itemId: number,
  history: Pick<ItemHistory, 'steps' | 'connectionOf'>,
  from: bigint,
): Promise<Map<string, Sold>> {
  const sold = await nothingSold(client, history);
  if (sold.size === 0) return sold;
  const before = [itemId, [...sold.keys()], instantOfMicros(from)];
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
  for (const { reference, debit, credit, quantity, amount } of rows)
    noteSold(sold, {
      reference,
      debit: { role: debit },
      credit: { role: credit },
      quantity: storedQuantity(quantity),
      amount: storedMoney(amount),
    });
  if (history.steps.some((step) => step.kind === 'consignor_sale' && step.isReturn))
    for (const each of await consignedBefore(client, before)) noteConsigned(sold, each);
  return sold;
}

/** True when anything is said from `from` on of these orders, whatever they are called: what comes back then costs what left. */
export async function comesBack(
  client: Transaction,
  itemId: number,
  references: readonly string[],
  from: bigint,
): Promise<boolean> {
  if (references.length === 0) return false;
  const { rows } = await client.query(
    'select from cost_entry where item_id = $1 and reference = any($2::text[]) and effective_at >= $3 limit 1',
    [itemId, await withOtherNames(client, references), instantOfMicros(from)],
  );
  return rows.length > 0;
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
