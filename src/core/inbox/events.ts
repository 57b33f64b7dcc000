// Reads events out of the inbox for the workers, and settles those that nothing is posted for (I1).
import type { ErrorCode } from '../errors.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { plainTextOf } from '../vocabulary/text.ts';
import type { EventSource, InboxStatus } from '../vocabulary/words.ts';
import { bodyOf, type Store } from './store.ts';

/** An event as the inbox holds it, its body as received. */
export interface InboxEvent {
  readonly id: string;
  readonly connectionId: number;
  readonly source: EventSource;
  readonly topic: string;
  readonly dedupeKey: string;
  readonly occurredAt: Instant | undefined;
  readonly receivedAt: Instant;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** It is no longer fresh: relay has handed it over, or somebody has replayed it. */
  readonly handedOver: boolean;
  readonly failedBefore: boolean;
}

interface Row {
  id: string;
  connection_id: number;
  source: EventSource;
  topic: string;
  dedupe_key: string;
  occurred: string | null;
  received: string;
  headers: Record<string, string> | null;
  body: Buffer;
  handed_over: boolean;
  failed_before: boolean;
}

/** The pending ones among the given events, oldest first. Their bytes are there: only those of settled events are ever erased. */
export async function pendingEvents(store: Store, ids: readonly string[]): Promise<InboxEvent[]> {
  const { rows } = await store.query<Row>(
    `select id, connection_id, source::text as source, topic, dedupe_key, headers, body,
       (extract(epoch from occurred_at) * 1000000)::bigint as occurred, (extract(epoch from received_at) * 1000000)::bigint as received,
       retry_at is not null as handed_over, generation > 0 or reason is not null as failed_before
     from inbox_event where id = any($1::bigint[]) and status = 'pending' order by id`,
    [ids],
  );
  return rows.map((row) => ({
    id: row.id,
    connectionId: row.connection_id,
    source: row.source,
    topic: row.topic,
    dedupeKey: row.dedupe_key,
    occurredAt: row.occurred === null ? undefined : instantOfMicros(BigInt(row.occurred)),
    receivedAt: instantOfMicros(BigInt(row.received)),
    headers: row.headers ?? {},
    body: bodyOf(row.body),
    handedOver: row.handed_over,
    failedBefore: row.failed_before,
  }));
}

export type Settlement =
  | { readonly id: string; readonly status: 'ignored'; readonly reason: string }
  | { readonly id: string; readonly status: 'quarantined'; readonly code: ErrorCode; readonly reason: string }
  | { readonly id: string; readonly status: 'applied' };

/** Settles pending events; whoever settled one first stands. What one took of stock that is quarantined again stays noted (I7). */
export async function settle(store: Store, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  const sorted = [...settlements].sort((a, b) => Number(BigInt(a.id) - BigInt(b.id)));
  await store.query(
    `update inbox_event e set status = s.status, code = s.code, reason = s.reason, settled_at = clock_timestamp(),
       waits_for = case when s.status = 'quarantined' then e.waits_for end
     from unnest($1::bigint[], $2::inbox_status[], $3::text[], $4::text[]) as s(id, status, code, reason)
     where e.id = s.id and e.status = 'pending'`,
    [
      sorted.map((each) => each.id),
      sorted.map((each) => each.status),
      sorted.map((each) => ('code' in each ? each.code : null)),
      sorted.map((each) => ('reason' in each ? plainTextOf(each.reason) : null)),
    ],
  );
}

/** The two sides of I1 for one connection: what was accepted, and where every accepted delivery is now. */
export interface Accounting {
  readonly connection: string;
  readonly accepted: bigint;
  readonly duplicate: bigint;
  readonly byStatus: Readonly<Record<InboxStatus, bigint>>;
  /** Those of the applied and ignored that a person closed. */
  readonly closed: bigint;
  readonly balanced: boolean;
}

/** I1 for every connection, from two independent countings. */
export async function accounting(store: Store): Promise<Accounting[]> {
  const { rows } = await store.query<
    Record<'name' | 'accepted' | 'duplicates' | 'closed' | InboxStatus, string>
  >(
    `select c.name, coalesce(n.accepted, 0) as accepted, coalesce(n.duplicates, 0) as duplicates,
       count(e.id) filter (where e.status = 'pending') as pending, count(e.id) filter (where e.status = 'applied') as applied,
       count(e.id) filter (where e.status = 'ignored') as ignored, count(e.id) filter (where e.status = 'quarantined') as quarantined,
       (select count(*) from inbox_closing p join inbox_event o on o.id = p.event_id where o.connection_id = c.id and p.reopened_at is null) as closed
     from connection c left join intake_count n on n.connection_id = c.id left join inbox_event e on e.connection_id = c.id
     group by c.id, n.connection_id order by c.name`,
  );
  return rows.map((row) => {
    const byStatus = {
      pending: BigInt(row.pending),
      applied: BigInt(row.applied),
      ignored: BigInt(row.ignored),
      quarantined: BigInt(row.quarantined),
    };
    const accepted = BigInt(row.accepted);
    const duplicate = BigInt(row.duplicates);
    const placed = duplicate + byStatus.pending + byStatus.applied + byStatus.ignored + byStatus.quarantined;
    return {
      connection: row.name,
      accepted,
      duplicate,
      byStatus,
      closed: BigInt(row.closed),
      balanced: accepted === placed,
    };
  });
}
