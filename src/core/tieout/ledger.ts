// What the ledger’s value says each account should stand at: every cost entry under the mapping of today, beside the journal
// it is in. Reads only.
import type { Transaction } from '../database.ts';
import { type Day, dayAfter, startInstant } from '../journals/calendar.ts';
import { chartOf } from '../journals/chart.ts';
import type { BookableEntry } from '../journals/draft.ts';
import { effectOf, isCounted } from '../journals/effect.ts';
import type { Books } from '../journals/rules.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';

/** Value on accounts, debit above zero. */
export type Sums = ReadonlyMap<string, Money>;

/** Entries that share everything that accounts depend on. */
export interface EntryGroup {
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly debitLocation: string | null;
  readonly credit: AccountRole;
  readonly creditLocation: string | null;
  readonly location: string | null;
  readonly group: string | null;
  readonly connection: string | null;
  readonly amount: Money;
}

export interface BookedGroup extends EntryGroup {
  readonly journalId: string;
  /** It takes effect by the end of the day. */
  readonly isWithin: boolean;
}

/** The entries of all journals, drafts among them. */
export async function bookedGroups(
  client: Pick<Transaction, 'query'>,
  books: Books,
  asOf: Day,
): Promise<readonly BookedGroup[]> {
  const { rows } = await client.query<Omit<BookedGroup, 'amount'> & { amount: string }>(
    `with sums as (
       select e.journal_id, e.effective_at < $1 as is_within, e.kind, e.debit, e.debit_pool, e.credit, e.credit_pool, e.location_id,
         g.cost_group, e.connection_id, sum(e.amount) as amount
       from cost_entry e left join item_costing g on g.item_id = e.item_id
       where e.journal_id is not null group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
     select s.journal_id::text as "journalId", s.is_within as "isWithin", s.kind, s.debit, dp.code as "debitLocation", s.credit,
       cp.code as "creditLocation", l.code as location, s.cost_group as "group", c.name as connection, s.amount::text
     from sums s left join location dp on dp.id = s.debit_pool left join location cp on cp.id = s.credit_pool
     left join location l on l.id = s.location_id left join connection c on c.id = s.connection_id`,
    [startInstant(dayAfter(asOf), books.timeZone)],
  );
  return rows.map((row) => ({ ...row, amount: storedMoney(row.amount) }));
}

/** An entry that no journal holds, as a group of one. */
export const groupOf = (entry: BookableEntry): EntryGroup => ({
  kind: entry.kind,
  debit: entry.debit.role,
  debitLocation: entry.debit.location ?? null,
  credit: entry.credit.role,
  creditLocation: entry.credit.location ?? null,
  location: entry.location ?? null,
  group: entry.group ?? null,
  connection: entry.connection ?? null,
  amount: entry.amount,
});

export interface Charted {
  /** False: the books hear of it from somebody else, such as a bill that the accountant enters. */
  readonly isBooked: boolean;
  /** Account and signed amount, debit above zero; a side whose role has no account is missing. */
  readonly sides: readonly (readonly [account: string, amount: Money])[];
}

/** Where entries stand under the mapping of today. */
export function charting(books: Books): (group: EntryGroup) => Charted {
  const chart = chartOf(books);
  const accountOf = (role: AccountRole, own: string | null, group: EntryGroup) =>
    chart({
      role,
      location: (isCounted(role) && role !== 'work_in_progress' ? own : group.location) ?? undefined,
      group: group.group ?? undefined,
      connection: group.connection ?? undefined,
      kind: group.kind,
    }).account;
  return (group) => {
    const effect = effectOf(group, books);
    const debit = accountOf(effect.debit, group.debitLocation, group);
    const credit = accountOf(effect.credit, group.creditLocation, group);
    return {
      isBooked: effect.when !== 'never',
      sides: [
        ...(debit === undefined ? [] : [[debit, group.amount] as const]),
        ...(credit === undefined ? [] : [[credit, -group.amount as Money] as const]),
      ],
    };
  };
}
