// What drafts are made from, read from the database: entries that no journal holds, and what is booked already. Reads only.
import type { Transaction } from '../database.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import { businessDay, type Day, dayAfter, laterDay, monthEnd, postingDay, startOfDay } from './calendar.ts';
import type { BookableEntry, Standing } from './draft.ts';
import { periodKey } from './draft.ts';
import { COUNTED_ROLES } from './effect.ts';
import type { Books } from './rules.ts';

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
  readonly source: string;
  readonly effective: string;
  readonly recorded: string;
  readonly caused: string;
}

const micros = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint::text`;

// A pool's location matters only where stock is priced by location; pool 0 is all own locations.
const UNBOOKED = `
select e.id::text, e.kind, e.debit, dp.code as debit_location, e.credit, cp.code as credit_location, e.amount::text,
  l.code as location, g.cost_group, c.name as connection, m.reference, e.step_key::text as step,
  coalesce(m.document, d.document, e.step_key::text) || ', item ' || i.sku as source,
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
where e.id in (select id from cost_entry where journal_id is null
  union all select d.id from journal j join cost_entry d on d.journal_id = j.id where $1 and j.status = 'draft')
order by e.id`;

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
  const { rows } = await client.query<EntryRow>(UNBOOKED, [withDrafted]);
  const takenBack = await takenBackOn(client);
  return rows.map((row) => entryOf(row, books, closed, takenBack.get(row.id)));
}

/**
 * The day on which the journal of an entry was last taken back. When its own day is closed it is booked anew on that day, not
 * before: else the books would hold it twice in between, and could be closed so.
 */
async function takenBackOn(client: Pick<Transaction, 'query'>): Promise<Map<string, Day>> {
  const { rows } = await client.query<{ id: string; day: Day }>(
    `select e.id::text, max(r.posting_date)::text as day from journal r join journal_line_entry s on s.journal_id = r.id
     join cost_entry e on e.id = s.cost_entry_id left join journal j on j.id = e.journal_id
     where r.kind = 'reversal' and (e.journal_id is null or j.status = 'draft') group by e.id`,
  );
  return new Map(rows.map(({ id, day }) => [id, day]));
}

function entryOf(
  row: EntryRow,
  { timeZone }: Books,
  closed: Day | undefined,
  takenBack: Day | undefined,
): BookableEntry {
  const day = businessDay(BigInt(row.effective), timeZone);
  const fact = businessDay(BigInt(row.caused), timeZone);
  const cause = takenBack === undefined ? fact : laterDay(fact, takenBack);
  return {
    id: row.id,
    kind: row.kind,
    debit: { role: row.debit, location: row.debit_location ?? undefined },
    credit: { role: row.credit, location: row.credit_location ?? undefined },
    amount: storedMoney(row.amount),
    location: row.location ?? undefined,
    group: row.cost_group ?? undefined,
    connection: row.connection ?? undefined,
    reference: row.reference ?? undefined,
    step: row.step,
    source: row.source,
    day,
    postingDay: postingDay(day, cause, closed),
    recordedAt: BigInt(row.recorded),
  };
}

/** What is approved already, as far as new drafts depend on it. */
export async function standingOf(
  client: Pick<Transaction, 'query'>,
  books: Books,
  options: Pick<Standing, 'today' | 'includeRunning' | 'drafted'>,
): Promise<Standing> {
  return {
    ...options,
    booked: await bookedPeriods(client, books),
    taken: await takenNumbers(client),
    stock: books.system === 'periodic' ? await bookedStock(client) : [],
  };
}

/** Activity drafted while its period was still running leaves room for more of it; what comes after that corrects. */
async function bookedPeriods(
  client: Pick<Transaction, 'query'>,
  { timeZone, journal }: Books,
): Promise<Map<string, bigint>> {
  const { rows } = await client.query<{
    kind: 'activity' | 'closing';
    date: string;
    reference: string | null;
    drafted: string;
  }>(
    `select j.kind, j.posting_date::text as date, j.reference, ${micros('max(j.drafted_at)')} as drafted from journal j
     where j.kind in ('activity', 'closing') and j.status <> 'draft' and not exists (select from journal r where r.reverses = j.id)
     group by j.kind, j.posting_date, j.reference`,
  );
  const booked = new Map<string, bigint>();
  for (const { kind, date, reference, drafted } of rows) {
    const byMonth = kind === 'closing' || journal.grain === 'month';
    const end = byMonth ? monthEnd(date) : date;
    const draftedAt = BigInt(drafted);
    if (draftedAt < startOfDay(dayAfter(end), timeZone)) continue;
    const key = periodKey(kind, byMonth ? date.slice(0, 7) : date, reference);
    if ((booked.get(key) ?? 0n) < draftedAt) booked.set(key, draftedAt);
  }
  return booked;
}

async function takenNumbers(client: Pick<Transaction, 'query'>): Promise<Map<string, number>> {
  const { rows } = await client.query<{ stem: string; ordinal: number }>(
    `select regexp_replace(number, '-[0-9]+$', '') as stem, max(substring(number from '[0-9]+$')::int) as ordinal from journal
     where status <> 'draft' and kind <> 'reversal' group by 1`,
  );
  return new Map(rows.map(({ stem, ordinal }) => [stem, ordinal]));
}

async function bookedStock(client: Pick<Transaction, 'query'>): Promise<Standing['stock']> {
  const { rows } = await client.query<{
    account: string;
    class: string | null;
    department: string | null;
    role: AccountRole;
    date: string;
    amount: string;
  }>(
    `select l.account, l.class, l.department, min(l.role) as role, j.posting_date::text as date,
       sum(case when l.side = 'debit' then l.amount else -l.amount end)::text as amount
     from journal_line l join journal j on j.id = l.journal_id where j.status <> 'draft' and l.role::text = any ($1)
     group by l.account, l.class, l.department, j.posting_date`,
    [COUNTED_ROLES],
  );
  return rows.map((row) => ({
    target: {
      account: row.account,
      class: row.class ?? undefined,
      department: row.department ?? undefined,
      role: row.role,
    },
    date: row.date,
    amount: storedMoney(row.amount) as Money,
  }));
}
