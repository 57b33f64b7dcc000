// The way of approved journals into the books of one connection, as the database knows it: what is due, what was sent, and
// what became of it. Each step is one statement under the key that was stored before the first attempt (I8). Sends nothing.
import type { Database } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';
import { plainTextOf } from '../vocabulary/text.ts';
import type { Day } from './calendar.ts';
import { type JournalDocument, readJournals } from './document.ts';
import { markPosted } from './lifecycle.ts';

export interface DueDelivery {
  readonly journal: JournalDocument;
  /** The key of this generation; the same on every attempt. */
  readonly key: string;
  /** The day it is booked on in the books; another than the journal's own where they were closed. */
  readonly bookedOn: Day;
  /** True when an earlier attempt under this key may have booked it. */
  readonly isOpen: boolean;
  readonly attempts: number;
  readonly lastSentAt: Instant | undefined;
}

/**
 * Gives every approved journal that has none its place in the queue to the books of a connection; answers how many. One that
 * waits for other books, and was surely never sent there, comes along.
 */
export async function queueApproved(store: Store, connectionId: number): Promise<number> {
  const { rowCount } = await store.query(
    `insert into journal_delivery (journal_id, connection_id, request_key, booked_on)
     select j.id, $1, gen_random_uuid(), j.posting_date from journal j
     where j.status = 'approved' and not exists (select from journal_delivery d where d.journal_id = j.id)
     order by j.posting_date, j.number on conflict (journal_id) do nothing`,
    [connectionId],
  );
  const moved = await store.query(
    `update journal_delivery set connection_id = $1 where connection_id <> $1 and status = 'queued' and attempts = 0`,
    [connectionId],
  );
  return (rowCount ?? 0) + (moved.rowCount ?? 0);
}

/**
 * Settles journals that the books surely do not hold together with the journals that take them back: neither is booked. So a
 * journal that the books refuse for good, such as for a wrong account, has a way out: it is taken back and drafted anew.
 * Only for whoever sends to the connection, so that nothing is on its way meanwhile.
 * @returns the numbers of both kinds.
 */
export async function settleTakenBack(database: Database, connectionId: number): Promise<string[]> {
  return database.transaction(async (client) => {
    const { rows } = await client.query<{ id: string; number: string }>(
      `with pair as (
         select d.journal_id as first, r.journal_id as second
         from journal_delivery d join journal back on back.reverses = d.journal_id
         join journal_delivery r on r.journal_id = back.id and r.connection_id = d.connection_id
         where d.connection_id = $1 and (d.status = 'rejected' or (d.status = 'queued' and d.attempts = 0))
           and r.status = 'queued' and r.attempts = 0),
       settled as (
         update journal_delivery d set status = 'posted', code = 'taken_back',
           reason = 'taken back before it was booked: neither it nor its reversal went to the books'
         from pair where d.journal_id in (pair.first, pair.second) returning d.journal_id)
       select j.id, j.number from journal j join settled s on s.journal_id = j.id order by j.number`,
      [connectionId],
    );
    await client.query(
      `update journal set status = 'posted', posted_at = clock_timestamp() where id = any ($1::uuid[])`,
      [rows.map(({ id }) => id)],
    );
    return rows.map(({ number }) => number);
  });
}

interface DueRow {
  readonly journal_id: string;
  readonly request_key: string;
  readonly booked_on: Day;
  readonly status: 'queued' | 'sent' | 'unknown';
  readonly attempts: number;
  readonly last_sent: string | null;
}

/**
 * Deliveries whose time has come, by the day they are booked on and their number. Journals are independent of each other:
 * one that waits or was refused holds back none but the journal that takes it back, which would else be booked alone.
 */
export async function dueDeliveries(store: Store, connectionId: number, limit = 100): Promise<DueDelivery[]> {
  const { rows } = await store.query<DueRow>(
    `select d.journal_id, d.request_key, d.booked_on::text, d.status, d.attempts,
       (extract(epoch from d.last_sent_at) * 1000000)::bigint::text as last_sent
     from journal_delivery d join journal j on j.id = d.journal_id
     where d.connection_id = $1 and d.status in ('queued', 'sent', 'unknown') and d.retry_at <= clock_timestamp()
       and not exists (select from journal_delivery o where o.journal_id = j.reverses and o.status <> 'posted')
     order by d.booked_on, j.number collate "C" limit $2`,
    [connectionId, limit],
  );
  const journals = await readJournals(store, { ids: rows.map((row) => row.journal_id) });
  const byId = new Map(journals.map((journal) => [journal.id, journal]));
  return rows.flatMap((row) => {
    const journal = byId.get(row.journal_id);
    return journal === undefined
      ? []
      : [
          {
            journal,
            key: row.request_key,
            bookedOn: row.booked_on,
            isOpen: row.status !== 'queued',
            attempts: row.attempts,
            lastSentAt: row.last_sent === null ? undefined : instantOfMicros(BigInt(row.last_sent)),
          },
        ];
  });
}

const OPEN = `request_key = $1 and status in ('queued', 'sent', 'unknown')`;

/** Notes an attempt before it is made; false when the delivery was settled or given another key meanwhile. */
export async function noteAttempt(store: Store, key: string): Promise<boolean> {
  const { rowCount } = await store.query(
    `update journal_delivery set status = 'sent', attempts = attempts + 1, last_sent_at = clock_timestamp(),
       first_sent_at = coalesce(first_sent_at, clock_timestamp()) where ${OPEN}`,
    [key],
  );
  return rowCount === 1;
}

export interface BookedAnswer {
  /** The entry's id and version in the books. */
  readonly id: string;
  readonly version: string;
  readonly trace?: string;
}

/** The books hold the journal: it is posted, with what the entry is called there. */
export const noteBooked = (
  database: Database,
  { journal, key }: Pick<DueDelivery, 'journal' | 'key'>,
  entry: BookedAnswer,
  now: Instant,
): Promise<void> =>
  database.transaction(async (client) => {
    const { rowCount } = await client.query(
      `update journal_delivery set status = 'posted', external_id = $2, external_version = $3, trace = $4, code = null, reason = null
       where ${OPEN}`,
      [key, entry.id, entry.version, entry.trace ?? null],
    );
    // Else it was settled, or given another key, by whoever sends now.
    if (rowCount === 1) await markPosted(client, [journal.id], now);
  });

export interface Setback {
  readonly code: string;
  readonly reason: string;
  readonly againMs: number;
}

/** The attempt may have booked the journal: it is repeated under the same key until that is known. */
export const noteUnknown = (store: Store, key: string, setback: Setback): Promise<void> =>
  noteSetback(store, key, 'unknown', setback);

/** This attempt surely did nothing; what earlier ones did stays as open as it was. */
export const noteRetry = (
  store: Store,
  { key, isOpen }: Pick<DueDelivery, 'key' | 'isOpen'>,
  setback: Setback,
): Promise<void> => noteSetback(store, key, isOpen ? 'unknown' : 'queued', setback);

async function noteSetback(
  store: Store,
  key: string,
  status: 'unknown' | 'queued',
  { code, reason, againMs }: Setback,
): Promise<void> {
  await store.query(
    `update journal_delivery set status = $2, code = $3, reason = $4,
       retry_at = clock_timestamp() + make_interval(secs => $5::float8 / 1000) where ${OPEN}`,
    [key, status, code, plainTextOf(reason, 1000), againMs],
  );
}

/** The books will never take it as it is; a person must look. Surely nothing was booked. */
export async function noteRejected(store: Store, key: string, code: string, reason: string): Promise<void> {
  await store.query(`update journal_delivery set status = 'rejected', code = $2, reason = $3 where ${OPEN}`, [
    key,
    code,
    plainTextOf(reason, 1000),
  ]);
}

/** Lets everything that goes to a connection wait, because the books ask for it or cannot be reached. */
export async function postponeDeliveries(store: Store, connectionId: number, ms: number): Promise<void> {
  await store.query(
    `update journal_delivery set retry_at = greatest(retry_at, clock_timestamp() + make_interval(secs => $2::float8 / 1000))
     where connection_id = $1 and status in ('queued', 'sent', 'unknown')`,
    [connectionId, ms],
  );
}

export type RetryAnswer =
  | { readonly outcome: 'queued'; readonly number: string }
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Sends a journal again at once, because a person has settled what stood in its way. One that was refused for certain gets a
 * new key; one whose outcome is open keeps its own (I8).
 */
export async function retryDelivery(store: Store, number: string): Promise<RetryAnswer> {
  const { rows } = await store.query<{ journal_id: string; status: string; is_taken_back: boolean }>(
    `select d.journal_id, d.status::text, d.code is not distinct from 'taken_back' as is_taken_back from journal_delivery d join journal j on j.id = d.journal_id where j.number = $1`,
    [number],
  );
  const [row] = rows;
  if (!row) return { outcome: 'refused', reason: `${number} has no place in the queue to any books` };
  if (row.is_taken_back)
    return {
      outcome: 'refused',
      reason: `${number} was taken back, so that neither it nor its reversal is booked`,
    };
  if (row.status === 'posted') return { outcome: 'refused', reason: `${number} is in the books already` };
  await store.query(
    `update journal_delivery set retry_at = clock_timestamp() where journal_id = $1 and status in ('queued', 'sent', 'unknown')`,
    [row.journal_id],
  );
  await store.query(
    `update journal_delivery set status = 'queued', request_key = gen_random_uuid(), generation = generation + 1, attempts = 0,
       first_sent_at = null, last_sent_at = null, retry_at = clock_timestamp() where journal_id = $1 and status = 'rejected'`,
    [row.journal_id],
  );
  return { outcome: 'queued', number };
}
