// Keeps events before anybody is told that they were accepted: one statement stores many, counts them, and says which
// were there already (I1, I3). Bodies stay the bytes that came.
import { hash } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type pg from 'pg';
import { byteas, ints, plainArray, smallints, texts } from '../columns.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { EventSource } from '../vocabulary/words.ts';

export interface IncomingEvent {
  readonly connectionId: number;
  /** At most 200 plain characters; the same for every delivery of the same event. */
  readonly dedupeKey: string;
  readonly topic: string;
  readonly source: EventSource;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly occurredAt?: Instant;
}

/** `conflict`: the key is known with other bytes (I4); both are kept, the later one in quarantine. */
export type StoreAnswer = { readonly outcome: 'stored' | 'duplicate' | 'conflict'; readonly id: string };

/** Either a pool or the client of a transaction, so that a poll stores its page together with its cursor. */
export type Store = Pick<pg.Pool | pg.PoolClient, 'query'>;

interface Prepared {
  readonly event: IncomingEvent;
  readonly sha256: Buffer;
}

// The count is taken here and not from the rows, so that accepted has a side of the equation of its own (I1).
const STORE = `
with given as (
  select * from unnest($1::smallint[], $2::text[], $3::text[], $4::event_source[], $5::bytea[], $6::bytea[], $7::jsonb[],
    $8::timestamptz[], $9::int[]) as g(connection_id, dedupe_key, topic, source, sha256, body, headers, occurred_at, deliveries)
),
stored as (
  insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body, headers, occurred_at)
  select connection_id, dedupe_key, topic, source, sha256, body, headers, occurred_at from given
  on conflict on constraint i3_one_event_per_key do nothing
  returning id, connection_id, dedupe_key
),
counted as (
  insert into intake_count as c (connection_id, accepted, duplicates)
  select g.connection_id, sum(g.deliveries), sum(g.deliveries) - count(s.id)
  from given g left join stored s using (connection_id, dedupe_key) group by 1 order by 1
  on conflict (connection_id) do update
    set accepted = c.accepted + excluded.accepted, duplicates = c.duplicates + excluded.duplicates
)
select id, connection_id, dedupe_key from stored`;

/** Stores a batch durably and answers per event, in order. Throws what PostgreSQL throws; then nothing was stored. */
export async function storeEvents(store: Store, events: readonly IncomingEvent[]): Promise<StoreAnswer[]> {
  const prepared = events.map((event) => ({ event, sha256: hash('sha256', event.body, 'buffer') }));
  const first = new Map<string, Prepared & { deliveries: number }>();
  for (const each of prepared) {
    const key = keyOf(each.event);
    const known = first.get(key);
    first.set(key, known ? { ...known, deliveries: known.deliveries + 1 } : { ...each, deliveries: 1 });
  }
  // Sorted, so that two stores at once meet the same keys in the same order.
  const given = [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  const { rows } = await store.query<{ id: string; connection_id: number; dedupe_key: string }>({
    name: 'inbox-store',
    text: STORE,
    values: [
      smallints(given, ({ event }) => event.connectionId),
      texts(given, ({ event }) => event.dedupeKey),
      texts(given, ({ event }) => event.topic),
      plainArray(given, ({ event }) => event.source),
      byteas(given, ({ sha256 }) => sha256),
      byteas(given, ({ event }) => zstdCompressSync(event.body)),
      given.map(({ event }) => (event.headers ? JSON.stringify(event.headers) : null)),
      given.map(({ event }) => event.occurredAt ?? null),
      ints(given, ({ deliveries }) => deliveries),
    ],
  });
  const stored = new Map(rows.map((row) => [`${row.connection_id}|${row.dedupe_key}`, row.id]));
  return answersOf(store, prepared, stored);
}

const keyOf = (event: IncomingEvent): string => `${event.connectionId}|${event.dedupeKey}`;

async function answersOf(
  store: Store,
  prepared: readonly Prepared[],
  stored: Map<string, string>,
): Promise<StoreAnswer[]> {
  const answers: StoreAnswer[] = [];
  const fresh = new Map(stored);
  const repeats = repeatsOf(prepared);
  const known = await knownHashes(
    store,
    prepared.filter(({ event }, index) => !stored.has(keyOf(event)) || repeats.has(index)),
  );
  for (const each of prepared) {
    const key = keyOf(each.event);
    const freshId = fresh.get(key);
    fresh.delete(key);
    const present = known.get(key);
    if (freshId !== undefined) answers.push({ outcome: 'stored', id: freshId });
    else if (!present || present.sha256.equals(each.sha256))
      answers.push({ outcome: 'duplicate', id: present?.id ?? stored.get(key) ?? '' });
    else answers.push({ outcome: 'conflict', id: await storeConflict(store, each, present.id) });
  }
  return answers;
}

/** Where in the batch a key stands that stood there before. */
function repeatsOf(prepared: readonly Prepared[]): Set<number> {
  const seen = new Set<string>();
  const repeats = new Set<number>();
  for (const [index, { event }] of prepared.entries()) {
    if (seen.has(keyOf(event))) repeats.add(index);
    seen.add(keyOf(event));
  }
  return repeats;
}

async function knownHashes(
  store: Store,
  wanted: readonly Prepared[],
): Promise<Map<string, { id: string; sha256: Buffer }>> {
  if (wanted.length === 0) return new Map();
  const { rows } = await store.query<{
    id: string;
    connection_id: number;
    dedupe_key: string;
    sha256: Buffer;
  }>(
    `select e.id, e.connection_id, e.dedupe_key, e.sha256 from unnest($1::smallint[], $2::text[]) as w(connection_id, dedupe_key)
     cross join lateral (select id, connection_id, dedupe_key, sha256 from inbox_event
       where inbox_event.connection_id = w.connection_id and inbox_event.dedupe_key = w.dedupe_key offset 0) e`,
    [wanted.map(({ event }) => event.connectionId), wanted.map(({ event }) => event.dedupeKey)],
  );
  return new Map(
    rows.map((row) => [`${row.connection_id}|${row.dedupe_key}`, { id: row.id, sha256: row.sha256 }]),
  );
}

// A conflict was counted as a duplicate when its key was met; as a row of its own it is one no longer. The count is locked
// first: a caller whose transaction holds it already must not wait here for one that waits for the count.
async function storeConflict(
  store: Store,
  { event, sha256 }: Prepared,
  conflictsWith: string,
): Promise<string> {
  const key = `${event.dedupeKey}#${sha256.toString('hex').slice(0, 16)}`;
  const { rows } = await store.query<{ id: string }>(
    `with held as materialized (select connection_id from intake_count where connection_id = $1 for update),
     kept as (
       insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body, headers, occurred_at, status, code, reason, conflicts_with, settled_at)
       select connection_id, $2, $3, $4::event_source, $5, $6, $7, $8, 'quarantined', 'key_conflict', $9, $10, clock_timestamp() from held
       on conflict on constraint i3_one_event_per_key do nothing returning id),
     counted as (update intake_count set duplicates = duplicates - 1 where connection_id = $1 and exists (select from kept))
     select id from kept`,
    [
      event.connectionId,
      key,
      event.topic,
      event.source,
      sha256,
      zstdCompressSync(event.body),
      event.headers ? JSON.stringify(event.headers) : null,
      event.occurredAt ?? null,
      `the key ${event.dedupeKey} came before with other content (event ${conflictsWith})`,
      conflictsWith,
    ],
  );
  if (rows[0]) return rows[0].id;
  // The same other bytes came before, perhaps only now: a statement of its own sees what was committed meanwhile.
  const before = await store.query<{ id: string }>(
    'select id from inbox_event where connection_id = $1 and dedupe_key = $2',
    [event.connectionId, key],
  );
  return before.rows[0]?.id ?? conflictsWith;
}

/** Those that are not here yet with the same bytes: a poll reads its overlap again and again, and that is no delivery. */
export async function unknownEvents(
  store: Store,
  events: readonly IncomingEvent[],
): Promise<IncomingEvent[]> {
  const prepared = events.map((event) => ({ event, sha256: hash('sha256', event.body, 'buffer') }));
  const known = await knownHashes(store, prepared);
  return prepared
    .filter(({ event, sha256 }) => !known.get(keyOf(event))?.sha256.equals(sha256))
    .map(({ event }) => event);
}

/** The bytes as they came. */
export const bodyOf = (stored: Buffer): Buffer => zstdDecompressSync(stored);
