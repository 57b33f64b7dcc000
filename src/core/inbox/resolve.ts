// Ends a conflict (I4) once a person has compared both contents: the first stands, and the second is kept, read no more, and
// ages like any other event. It refuses what is no conflict: that is mended and replayed.
import type { Database } from '../database.ts';

export interface Resolved {
  readonly id: string;
  /** `applied` where other parts of the event were booked, `ignored` where nothing was. */
  readonly status: 'applied' | 'ignored';
  /** The event whose content stands, where the bytes as a whole were in conflict. */
  readonly conflictsWith: string | null;
}

// What is short of stock besides still has something to book, and would lose it.
const RESOLVE = `
with chosen as materialized (
  select e.id from inbox_event e
  where e.id = any($1::bigint[]) and e.status = 'quarantined' and e.code = 'key_conflict' and e.waits_for is null
  order by e.id for update),
judged as materialized (
  select id, exists (select from movement m where m.inbox_event_id = c.id)
    or exists (select from stock_count n where n.inbox_event_id = c.id) as has_effect from chosen c),
noted as (
  update ledger_conflict l set resolved_at = clock_timestamp(), resolved_note = $2 from judged j
  where l.inbox_event_id = j.id and l.resolved_at is null),
-- a document without effect says nothing of its order either
passed as (
  update partner_document d set progressed_at = clock_timestamp() from judged j
  where d.inbox_event_id = j.id and not j.has_effect and d.progress is not null and d.progressed_at is null)
update inbox_event e set status = (case when j.has_effect then 'applied' else 'ignored' end)::inbox_status,
  reason = e.reason || '; settled: ' || $2, settled_at = clock_timestamp()
from judged j where e.id = j.id returning e.id, e.status::text as status, e.conflicts_with as "conflictsWith"`;

/** Settles those of the given events that are conflicts and nothing else, and answers them in their order. */
export const resolveConflicts = (
  database: Database,
  ids: readonly string[],
  note: string,
): Promise<Resolved[]> =>
  database.transaction(async (client) => {
    const { rows } = await client.query<Resolved>(RESOLVE, [ids, note.slice(0, 500)]);
    return rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
  });
