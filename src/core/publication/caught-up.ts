// How far a channel's own doings are in the ledger: what an increase waits for (I7).
import type { Store } from '../inbox/store.ts';
import type { Instant } from '../vocabulary/instant.ts';

/** What keeps a connection from being caught up with an instant; undefined: it is. */
export type Lag = { readonly waitsFor: 'poll' | 'events'; readonly reason: string } | undefined;

/**
 * Is everything that the channel did up to `until` applied? Where the source can be polled, every stream must have been
 * read through it and everything received by the end of the last of those readings be settled; otherwise everything received
 * by `until`.
 * Quarantined events are settled: a person sees them.
 */
export async function lagBehind(
  store: Store,
  connectionId: number,
  streams: readonly string[],
  until: Instant,
): Promise<Lag> {
  const { rows } = await store.query<{ unread: string[] | null; pending: string }>(
    `select (select array_agg(s.stream) from unnest($2::text[]) as s(stream)
         left join poll_cursor p on p.connection_id = $1 and p.stream = s.stream
         where p.through is null or p.through < $3::timestamptz) as unread,
       (select count(*) from (select from inbox_event where connection_id = $1 and status = 'pending'
         and received_at <= coalesce((select max(polled_at) from poll_cursor where connection_id = $1 and stream = any($2::text[])), $3)
         limit 1000) as e) as pending`,
    [connectionId, streams, until],
  );
  const row = rows[0];
  if (row?.unread)
    return { waitsFor: 'poll', reason: `${row.unread.join(', ')} not yet read through ${until}` };
  if (row && row.pending !== '0')
    return { waitsFor: 'events', reason: `${row.pending} events of the channel are not applied yet` };
  return undefined;
}

/**
 * Which of the listings wait for an event, of whichever connection, that took stock the ledger does not have yet or cannot
 * place, with what to say of it. What left a shelf is on it for no channel: until the event is in, its part is not offered, also
 * while it is tried again.
 */
export async function shortListings(
  store: Store,
  listingIds: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await store.query<{ id: number; event: string; connection: string }>(
    `select distinct on (l.id) l.id, e.id::text as event, c.name as connection
     from inbox_event e join connection c on c.id = e.connection_id
     join listing l on l.id = any($1::int[]) left join kit_component k on k.kit_id = l.item_id
     where e.status in ('pending', 'quarantined') and e.waits_for is not null and e.waits_for && array[l.item_id, k.component_id]
     order by l.id, e.id`,
    [listingIds],
  );
  return new Map(
    rows.map(({ id, event, connection }) => [
      id,
      `event ${event} of ${connection} took some of this item and is not in the ledger`,
    ]),
  );
}

/** Asks for the streams to be read now. */
export async function wantPoll(
  store: Store,
  connectionId: number,
  streams: readonly string[],
): Promise<void> {
  await store.query(
    `insert into poll_cursor (connection_id, stream, wanted_at) select $1, s, clock_timestamp() from unnest($2::text[]) as s order by s
     on conflict (connection_id, stream) do update set wanted_at = clock_timestamp()`,
    [connectionId, streams],
  );
}
