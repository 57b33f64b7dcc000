// Reads the cost entries that an explanation is about: of the newest steps of an item, or of those asked for. Reads only.
import type { Transaction } from '../../database.ts';
import { type Money, storedMoney } from '../../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../../vocabulary/words.ts';

export interface EntryRow {
  readonly step: string;
  readonly run: string;
  readonly effectiveAt: Date;
  readonly recordedAt: Date;
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
  readonly amount: Money;
  readonly quantity: string;
  readonly isCorrection: boolean;
  /** The step a true-up is about. */
  readonly about: string | null;
  /** The journal it went with, by number. */
  readonly journal: string | null;
  /** Lines of that journal are made of it. */
  readonly isOnLine: boolean;
}

/** Entries in order of time: those under some keys, or of the newest `limit` steps, and whether there are older ones. */
export async function entriesOf(
  client: Transaction,
  itemId: number,
  keys: readonly string[] | undefined,
  limit: number,
): Promise<{ readonly entries: readonly EntryRow[]; readonly hasOlder: boolean }> {
  const { rows } = await client.query<Omit<EntryRow, 'amount'> & { amount: string; place: string }>(
    `with step as (
       select step_key, step_line, effective_at, row_number() over (order by effective_at desc, max(id) desc) as place
       from cost_entry where item_id = $1 and ($2::uuid[] is null or step_key = any($2) or about_key = any($2))
       group by 1, 2, 3)
     select e.step_key || ':' || e.step_line as step, e.run_id::text as run, e.effective_at as "effectiveAt", e.recorded_at as "recordedAt",
       e.kind::text as kind, e.debit::text as debit, e.credit::text as credit, e.amount::text as amount,
       trim_scale(e.quantity)::text as quantity, e.is_correction as "isCorrection", e.about_key || ':' || e.about_line as about, j.number as journal, s.place::text,
       exists (select from journal_line_entry l where l.cost_entry_id = e.id) as "isOnLine"
     from step s join cost_entry e on e.item_id = $1 and e.step_key = s.step_key and e.step_line = s.step_line and e.effective_at = s.effective_at
     left join journal j on j.id = e.journal_id
     where s.place <= $3::int + 1 order by s.place desc, e.id`,
    [itemId, keys ?? null, limit],
  );
  return {
    entries: rows
      .filter(({ place }) => Number(place) <= limit)
      .map(({ place: _, amount, ...row }) => ({ ...row, amount: storedMoney(amount) })),
    hasOlder: rows.some(({ place }) => Number(place) > limit),
  };
}
