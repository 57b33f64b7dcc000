// Intents to tell a channel a number: made and stored with their key before the first attempt, open until the outcome is
// known, and versioned so that an older one can never follow a newer one (I7, I8).
import { randomUUID } from 'node:crypto';
import type { AvailabilityTerms } from '../availability/availability.ts';
import type { LevelId } from '../availability/stock.ts';
import type { Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import type { StoredReading } from './levels.ts';

export interface Intent extends LevelId {
  readonly externalId: string;
  readonly terms: AvailabilityTerms;
  readonly reading: StoredReading;
}

export interface OpenBatch {
  readonly key: string;
  readonly createdAt: Instant;
  readonly attempts: number;
  /** False while the vendor is left in peace after a failure. */
  readonly isDue: boolean;
  readonly publications: readonly OpenPublication[];
}

export interface OpenPublication extends LevelId {
  readonly id: string;
  readonly externalId: string;
  readonly available: string;
  readonly readAvailable: string;
  readonly expected: Readonly<Record<string, string>>;
}

/** Stores a batch of intents under one new key and answers it. Call with the levels locked. */
export async function openBatch(
  client: Transaction,
  connectionId: number,
  intents: readonly Intent[],
): Promise<string> {
  const key = randomUUID();
  await client.query('insert into publication_batch (key, connection_id) values ($1, $2)', [
    key,
    connectionId,
  ]);
  await client.query(
    `with bumped as (
       update listing_level v set version = v.version + 1
       from unnest($2::int[], $3::text[]) as i(listing_id, external_location)
       where v.listing_id = i.listing_id and v.external_location = i.external_location
       returning v.listing_id, v.external_location, v.version, v.changed_at)
     insert into publication (listing_id, external_location, version, batch_key, available, read_available, expected, terms, changed_at)
     select b.listing_id, b.external_location, b.version, $1, i.available, i.read_available, i.expected, i.terms, b.changed_at
     from unnest($2::int[], $3::text[], $4::numeric[], $5::numeric[], $6::jsonb[], $7::jsonb[])
       as i(listing_id, external_location, available, read_available, expected, terms)
     join bumped b on b.listing_id = i.listing_id and b.external_location = i.external_location
     order by b.listing_id, b.external_location`,
    [
      key,
      intents.map((intent) => intent.listingId),
      intents.map((intent) => intent.externalLocation),
      intents.map((intent) => intent.terms.available),
      intents.map((intent) => intent.reading.available),
      intents.map((intent) => JSON.stringify(intent.reading.expected)),
      intents.map((intent) => JSON.stringify(intent.terms)),
    ],
  );
  return key;
}

/** Batches whose outcome is not known, oldest first, with their rows in the order they are always sent in. */
export async function openBatches(store: Store, connectionId: number): Promise<OpenBatch[]> {
  const { rows } = await store.query<{
    key: string;
    created: string;
    attempts: number;
    due: boolean;
    id: string;
    listing_id: number;
    external_location: string;
    external_id: string;
    available: string;
    read_available: string;
    expected: Record<string, string>;
  }>(
    `select b.key, (extract(epoch from b.created_at) * 1000000)::bigint as created, b.attempts, b.retry_at <= clock_timestamp() as due,
       p.id, p.listing_id, p.external_location,
       l.external_id, trim_scale(p.available)::text as available, trim_scale(p.read_available)::text as read_available, p.expected
     from publication_batch b join publication p on p.batch_key = b.key and p.status = 'sending' join listing l on l.id = p.listing_id
     where b.connection_id = $1 and b.settled_at is null order by b.created_at, b.key, p.id`,
    [connectionId],
  );
  return [...Map.groupBy(rows, (row) => row.key)].map(([key, own]) => ({
    key,
    createdAt: instantOfMicros(BigInt(own[0]?.created ?? 0)),
    attempts: own[0]?.attempts ?? 0,
    isDue: own[0]?.due ?? true,
    publications: own.map((row) => ({
      id: row.id,
      listingId: row.listing_id,
      externalLocation: row.external_location,
      externalId: row.external_id,
      available: row.available,
      readAvailable: row.read_available,
      expected: row.expected,
    })),
  }));
}

/**
 * Notes an attempt before it is made. False: another sender has tried or settled the batch since it was read, and this one
 * must leave it alone. A sender whose session broke has lost its lock without knowing; the count is what fences it off (I8).
 */
export async function noteAttempt(
  store: Store,
  batch: Pick<OpenBatch, 'key' | 'attempts'>,
): Promise<boolean> {
  const { rowCount } = await store.query(
    'update publication_batch set attempts = attempts + 1 where key = $1 and attempts = $2 and settled_at is null',
    [batch.key, batch.attempts],
  );
  return rowCount === 1;
}

/** Notes why the outcome is still open. The second attempt may follow at once; later ones pause from a second to four minutes. */
export async function noteFailure(store: Store, key: string, failure: string): Promise<void> {
  await store.query(
    `update publication_batch set failure = $2,
       retry_at = clock_timestamp() + make_interval(secs => case when attempts < 2 then 0 else power(2, least(attempts - 2, 8)) end)
     where key = $1`,
    [key, failure.slice(0, 500)],
  );
}

export interface PublicationOutcome {
  readonly id: string;
  readonly status: 'confirmed' | 'stale' | 'rejected' | 'retried';
  readonly reason: string | null;
}

/**
 * Settles publications that are taken out of their batch before its first attempt; the rest of it stays open. False, and nothing
 * is written: another sender has tried or settled the batch.
 */
export async function settleUnsent(
  client: Transaction,
  batch: Pick<OpenBatch, 'key'>,
  outcomes: readonly PublicationOutcome[],
): Promise<boolean> {
  const { rowCount } = await client.query(
    `with held as (select key from publication_batch where key = $4 and attempts = 0 and settled_at is null for update)
     update publication p set status = o.status, reason = o.reason, settled_at = clock_timestamp()
     from held, unnest($1::bigint[], $2::publication_status[], $3::text[]) as o(id, status, reason) where p.id = o.id and p.batch_key = held.key`,
    [
      outcomes.map((outcome) => outcome.id),
      outcomes.map((outcome) => outcome.status),
      outcomes.map((outcome) => outcome.reason),
      batch.key,
    ],
  );
  return (rowCount ?? 0) > 0;
}

/** Settles a batch: every publication has its outcome. False, and nothing is written: another sender has tried or settled it since. */
export async function settleBatch(
  client: Transaction,
  batch: Pick<OpenBatch, 'key' | 'attempts'>,
  outcomes: readonly PublicationOutcome[],
): Promise<boolean> {
  const { rowCount } = await client.query(
    'update publication_batch set settled_at = clock_timestamp(), failure = null where key = $1 and attempts = $2 and settled_at is null',
    [batch.key, batch.attempts],
  );
  if (rowCount !== 1) return false;
  await client.query(
    `update publication p set status = o.status, reason = o.reason, settled_at = clock_timestamp()
     from unnest($1::bigint[], $2::publication_status[], $3::text[]) as o(id, status, reason) where p.id = o.id`,
    [
      outcomes.map((outcome) => outcome.id),
      outcomes.map((outcome) => outcome.status),
      outcomes.map((outcome) => outcome.reason),
    ],
  );
  return true;
}
