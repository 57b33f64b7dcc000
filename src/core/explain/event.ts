// What one event was, what it caused, and why it stands where it stands; with the bytes as they came, or the day they were
// erased and their hash, by which a sender's own copy is known.
import type { Store } from '../inbox/store.ts';
import { bodyOf } from '../inbox/store.ts';

export interface EventExplanation {
  readonly id: string;
  readonly connection: string;
  readonly topic: string;
  readonly source: string;
  readonly dedupeKey: string;
  readonly receivedAt: Date;
  readonly status: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly conflictsWith: string | null;
  readonly headers: unknown;
  /** Of the bytes, in hex; it stays when they are erased. */
  readonly sha256: string;
  /** The bytes as UTF-8; null once the retention has erased them. */
  readonly body: string | null;
  readonly erasedAt: Date | null;
  /** Each time that a person closed it, oldest first; it stays when the event is opened again. */
  readonly closings: readonly {
    readonly closedAt: Date;
    readonly closedBy: string;
    readonly note: string;
    /** What it stood in quarantine for. */
    readonly code: string | null;
    readonly reason: string | null;
    readonly reopenedAt: Date | null;
  }[];
  readonly movements: readonly {
    readonly document: string;
    readonly type: string;
    readonly sku: string;
    readonly quantity: string;
    readonly from: string;
    readonly to: string;
  }[];
}

/** Explains an inbox event; undefined when there is none with this id. */
export async function explainEvent(store: Store, id: string): Promise<EventExplanation | undefined> {
  const { rows } = await store.query<
    Omit<EventExplanation, 'closings' | 'movements' | 'body'> & { body: Buffer | null }
  >(
    `select e.id, c.name as connection, e.topic, e.source::text as source, e.dedupe_key as "dedupeKey", e.received_at as "receivedAt",
       e.status::text as status, e.code, e.reason, e.conflicts_with as "conflictsWith", e.headers, encode(e.sha256, 'hex') as sha256,
       e.body, e.erased_at as "erasedAt"
     from inbox_event e join connection c on c.id = e.connection_id where e.id = $1`,
    [id],
  );
  const [event] = rows;
  if (!event) return undefined;
  const movements = await store.query<EventExplanation['movements'][number]>(
    `select m.document, m.type::text as type, i.sku, trim_scale(m.quantity)::text as quantity, f.code as "from", t.code as "to"
     from movement m join item i on i.id = m.item_id join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
     where m.inbox_event_id = $1 order by m.batch_id, m.position`,
    [id],
  );
  const closings = await store.query<EventExplanation['closings'][number]>(
    `select closed_at as "closedAt", closed_by as "closedBy", note, code, reason, reopened_at as "reopenedAt"
     from inbox_closing where event_id = $1 order by closed_at`,
    [id],
  );
  return {
    ...event,
    closings: closings.rows,
    body: event.body === null ? null : bodyOf(event.body).toString('utf8'),
    movements: movements.rows,
  };
}
