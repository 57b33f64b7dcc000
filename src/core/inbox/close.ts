// Ends quarantined events because a person says so: nothing more of them is booked or read, what is booked stays, and who said
// it, when and why is kept (I1). It posts nothing, touches no reservation, and refuses what is not in quarantine.
import type { Database } from '../database.ts';
import { type Booked, bookedBy } from './booked.ts';

export interface Closing {
  readonly note: string;
  readonly by: string;
  /** `conflicts`: only what is a conflict and nothing else (I4), so that the first content stands. */
  readonly which: 'conflicts' | 'all';
}

export interface Closed {
  readonly id: string;
  /** `applied` where parts of the event are booked or reserved, `ignored` where nothing is. */
  readonly status: 'applied' | 'ignored';
  /** The event whose content stands, where the bytes as a whole were in conflict. */
  readonly conflictsWith: string | null;
  /** What of it stays. */
  readonly booked: readonly Booked[];
}

// A conflict that is short of stock besides still has something to book, and would lose it.
const CLOSE = `
with chosen as materialized (
  select e.id, e.code, e.reason, e.waits_for from inbox_event e
  where e.id = any($1::bigint[]) and e.status = 'quarantined'
    and ($2 = 'all' or e.code = 'key_conflict' and e.waits_for is null)
  order by e.id for update),
-- looked for once: orders have no index on their event
reserving as materialized (
  select o.inbox_event_id as id from sales_order o
  where o.inbox_event_id = any($1::bigint[]) and exists (select from reservation r where r.order_id = o.id)),
judged as materialized (
  select c.*, exists (select from movement m where m.inbox_event_id = c.id)
    or exists (select from stock_count n where n.inbox_event_id = c.id)
    or c.id in (select id from reserving) as has_effect from chosen c),
noted as (
  update ledger_conflict l set resolved_at = clock_timestamp(), resolved_note = $3 || ' (' || $4 || ')' from judged j
  where l.inbox_event_id = j.id and l.resolved_at is null),
-- a document without effect says nothing of its order either
passed as (
  update partner_document d set progressed_at = clock_timestamp() from judged j
  where d.inbox_event_id = j.id and not j.has_effect and d.progress is not null and d.progressed_at is null
  returning d.id, d.inbox_event_id),
kept as (
  insert into inbox_closing (event_id, closed_by, note, settled, code, reason, waits_for, documents)
  select j.id, $4, $3, $2 = 'conflicts', j.code, j.reason, j.waits_for, array(select p.id from passed p where p.inbox_event_id = j.id) from judged j)
update inbox_event e set status = (case when j.has_effect then 'applied' else 'ignored' end)::inbox_status, waits_for = null,
  reason = e.reason || (case when $2 = 'all' then '; closed: ' else '; settled: ' end) || $3 || ' (' || $4 || ')',
  settled_at = clock_timestamp()
from judged j where e.id = j.id returning e.id, e.status::text as status, e.conflicts_with as "conflictsWith"`;

/** Closes those of the given events that are in quarantine, and answers them in their order. */
export async function closeEvents(
  database: Database,
  ids: readonly string[],
  { note, by, which }: Closing,
): Promise<Closed[]> {
  const closed = await database.transaction(
    async (client) =>
      (await client.query<Omit<Closed, 'booked'>>(CLOSE, [ids, which, note.slice(0, 500), by.slice(0, 100)]))
        .rows,
  );
  // Only to be told, and slow where there are many orders: the events are not locked for it.
  const booked = await bookedBy(
    database.pool,
    closed.flatMap(({ id, status }) => (status === 'applied' ? [id] : [])),
  );
  return closed
    .sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)))
    .map((row) => ({ ...row, booked: booked.get(row.id) ?? [] }));
}
