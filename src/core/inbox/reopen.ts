// Opens events again that a person closed, because a person names them: each is read as if it had never been closed, and keys make
// sure that what is booked of it is not booked twice. It opens nothing that nobody named.
import { PENDING_AGAIN, type ReplayFilter } from './replay.ts';
import type { Store } from './store.ts';

export interface Reopened {
  readonly id: string;
  readonly closedAt: Date;
  readonly closedBy: string;
  readonly note: string;
}

/**
 * A document of the closed event `e` has counted for its order by the part that is booked: read again, the rest of it would move
 * stock, and its order would never hear of it.
 */
export const COUNTS_FOR_ITS_ORDER = `exists (
  select from partner_document d where d.inbox_event_id = e.id and d.progress is not null and d.progressed_at is not null
    and not exists (select from inbox_closing p where p.event_id = e.id and p.reopened_at is null and d.id = any(p.documents)))`;

const REOPEN = `
with chosen as materialized (
  select e.id, c.closed_at, c.closed_by, c.note, c.waits_for, c.documents
  from inbox_event e join inbox_closing c on c.event_id = e.id and c.reopened_at is null
  where e.id = any($1::bigint[]) and e.status in ('applied', 'ignored') and e.conflicts_with is null and e.body is not null
    and ($2::smallint is null or e.connection_id = $2) and ($3::text[] is null or e.code = any($3))
    and not ${COUNTS_FOR_ITS_ORDER}
  order by e.id for update of e),
opened as (
  update inbox_closing c set reopened_at = clock_timestamp() from chosen
  where c.event_id = chosen.id and c.reopened_at is null),
unresolved as (
  update ledger_conflict l set resolved_at = null, resolved_note = null from chosen where l.inbox_event_id = chosen.id),
counting as (
  update partner_document d set progressed_at = null from chosen where d.id = any(chosen.documents))
update inbox_event e set ${PENDING_AGAIN}, waits_for = chosen.waits_for
from chosen where e.id = chosen.id
returning e.id, chosen.closed_at as "closedAt", chosen.closed_by as "closedBy", chosen.note`;

/** Makes closed events pending again that are named, with what they held back, and answers them. */
export async function reopenEvents(
  store: Store,
  ids: readonly string[],
  filter: Omit<ReplayFilter, 'ids'> = {},
): Promise<Reopened[]> {
  if (ids.length === 0) return [];
  const { rows } = await store.query<Reopened>(REOPEN, [
    ids,
    filter.connectionId ?? null,
    filter.codes ?? null,
    filter.release ?? false,
  ]);
  return rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
}
