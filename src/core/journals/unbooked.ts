// The entries that drafts are made from, read from the database: those that no journal holds, or none but a draft. Reads only.
import type { Transaction } from '../database.ts';
import { storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import type { BookableEntry, Charted } from './bookable.ts';
import { type Day, dayFinder, laterDay, postingDay } from './calendar.ts';
import { netted } from './netting.ts';
import type { Books } from './rules.ts';

export { standingOf } from './standing.ts';

interface EntryRow {
  readonly id: string;
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly debit_location: string | null;
  readonly credit: AccountRole;
  readonly credit_location: string | null;
  readonly amount: string;
  readonly location: string | null;
  readonly cost_group: string | null;
  readonly connection: string | null;
  readonly reference: string | null;
  readonly step: string;
  readonly document: string;
  readonly sku: string;
  readonly effective: string;
  readonly recorded: string;
  readonly caused: string;
}

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint::text`;

// A pool's location matters only where stock is priced by location; pool 0 is all own locations.
const UNBOOKED = `
select e.id::text, e.kind, e.debit, dp.code as debit_location, e.credit, cp.code as credit_location, e.amount::text,
  l.code as location, g.cost_group, c.name as connection, m.reference, e.step_key::text as step,
  coalesce(m.document, d.document, e.step_key::text) as document, i.sku,
  ${micros('e.effective_at')} as effective, ${micros('e.recorded_at')} as recorded,
  ${micros('coalesce(r.caused_at, e.recorded_at)')} as caused
from cost_entry e
join valuation_run r on r.id = e.run_id join item i on i.id = e.item_id
left join movement m on m.key = e.step_key and m.line = e.step_line
left join cost_document d on d.key = e.step_key
left join location l on l.id = e.location_id
left join location dp on dp.id = e.debit_pool
left join location cp on cp.id = e.credit_pool
left join item_costing g on g.item_id = e.item_id
left join connection c on c.id = e.connection_id
where e.id = any ($1::bigint[])`;

const IDS = `
select id::text from (select id from cost_entry where journal_id is null
  union all select d.id from journal j join cost_entry d on d.journal_id = j.id where $1 and j.status = 'draft') e
order by e.id`;

/** Entries read in one statement, so that what the database sends for all of them is never held at once. */
const PAGE = 10_000;

/** Last closed day; undefined: nothing is closed. */
export async function closedThrough(client: Pick<Transaction, 'query'>): Promise<Day | undefined> {
  const { rows } = await client.query<{ through: string | null }>('select closed_through()::text as through');
  return rows[0]?.through ?? undefined;
}

/**
 * Entries that no journal holds, and `withDrafted` those of drafts, too; each with the day it takes effect and the day it is
 * booked on.
 */
export async function unbookedEntries(
  client: Pick<Transaction, 'query'>,
  books: Books,
  closed: Day | undefined,
  { withDrafted = false }: { readonly withDrafted?: boolean } = {},
): Promise<BookableEntry[]> {
  const { rows } = await client.query<{ id: string }>(IDS, [withDrafted]);
  const entryOf = entryReader(books, closed);
  const entries: BookableEntry[] = [];
  const freed = new Set<string>();
  for (let at = 0; at < rows.length; at += PAGE) {
    const ids = rows.slice(at, at + PAGE).map(({ id }) => id);
    const page = await client.query<EntryRow>(UNBOOKED, [ids]);
    const takenBack = await takenBackOn(client, ids);
    const byId = new Map(page.rows.map((row) => [row.id, row]));
    for (const id of ids) {
      const row = byId.get(id);
      if (row) entries.push(entryOf(row, takenBack.get(id)));
    }
    for (const id of takenBack.keys()) freed.add(id);
  }
  // What was taken back stands against its reversal, day for day.
  return netted(entries, ({ id }) => freed.has(id));
}

/**
 * The day on which the journal of an entry was last taken back. When its own day is closed it is booked anew on that day, not
 * before: else the books would hold it twice in between, and could be closed so.
 */
async function takenBackOn(
  client: Pick<Transaction, 'query'>,
  ids: readonly string[],
): Promise<Map<string, Day>> {
  const { rows } = await client.query<{ id: string; day: Day }>(
    `select s.cost_entry_id::text as id, max(r.posting_date)::text as day
     from journal_line_entry s join journal r on r.id = s.journal_id
     where s.cost_entry_id = any ($1::bigint[]) and r.kind = 'reversal' group by 1`,
    [ids],
  );
  return new Map(rows.map(({ id, day }) => [id, day]));
}

/** Reads rows; what many of them share is held once. */
function entryReader(
  { timeZone }: Books,
  closed: Day | undefined,
): (row: EntryRow, takenBack: Day | undefined) => BookableEntry {
  const dayOf = dayFinder(timeZone);
  const charted = new Map<string, Charted>();
  const alike = (row: EntryRow): Charted => {
    const key = `${row.kind}\n${row.debit}\n${row.debit_location}\n${row.credit}\n${row.credit_location}\n${row.location}\n${row.cost_group}\n${row.connection}`;
    const known = charted.get(key) ?? chartedOf(row);
    charted.set(key, known);
    return known;
  };
  return (row, takenBack) => {
    const day = dayOf(BigInt(row.effective));
    const fact = dayOf(BigInt(row.caused));
    const cause = takenBack === undefined ? fact : laterDay(fact, takenBack);
    const { kind, debit, credit, location, group, connection } = alike(row);
    return {
      id: row.id,
      kind,
      debit,
      credit,
      amount: storedMoney(row.amount),
      location,
      group,
      connection,
      reference: row.reference ?? undefined,
      step: row.step,
      document: row.document,
      source: `${row.document}, item ${row.sku}`,
      day,
      postingDay: postingDay(day, cause, closed),
      recordedAt: BigInt(row.recorded),
    };
  };
}

const chartedOf = (row: EntryRow): Charted => ({
  kind: row.kind,
  debit: { role: row.debit, location: row.debit_location ?? undefined },
  credit: { role: row.credit, location: row.credit_location ?? undefined },
  location: row.location ?? undefined,
  group: row.cost_group ?? undefined,
  connection: row.connection ?? undefined,
});
