// What somebody deleted in the books: only they themselves can say that an entry is not there. Its journal is sent again under a
// new key, so that it cannot be booked twice (I8).
import type { Database } from '../database.ts';
import type { BooksSource } from './books.ts';

/** The id of a booked journal's entry where the books say that it is gone; undefined when they hold it, or never took it. */
export async function deletedEntryOf(
  database: Database,
  journalId: string,
  connectionId: number,
  source: Pick<BooksSource, 'read'>,
): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ external_id: string }>(
    `select external_id from journal_delivery
     where journal_id = $1 and connection_id = $2 and status = 'posted' and external_id is not null`,
    [journalId, connectionId],
  );
  const [row] = rows;
  if (!row) return undefined;
  const [entry] = await source.read([row.external_id]);
  return entry?.outcome === 'deleted' ? row.external_id : undefined;
}

/**
 * Queues a journal anew when the books say that its entry is gone; false when they hold it, or never took it. What other books took
 * is in those, though these do not know it.
 */
export async function retryDeleted(
  database: Database,
  journalId: string,
  connectionId: number,
  source: Pick<BooksSource, 'read'>,
): Promise<boolean> {
  const { rows } = await database.pool.query<{ external_id: string; request_key: string }>(
    `select external_id, request_key from journal_delivery
     where journal_id = $1 and connection_id = $2 and status = 'posted' and external_id is not null`,
    [journalId, connectionId],
  );
  const [row] = rows;
  if (!row) return false;
  const [entry] = await source.read([row.external_id]);
  if (entry?.outcome !== 'deleted') return false;
  // Whoever got there first has given it another key.
  const { rowCount } = await database.pool.query(
    `update journal_delivery set status = 'queued', request_key = gen_random_uuid(), generation = generation + 1, attempts = 0,
       first_sent_at = null, last_sent_at = null, retry_at = clock_timestamp(), external_id = null, external_version = null,
       trace = null, code = 'deleted', reason = 'was deleted in the books and is sent again'
     where journal_id = $1 and request_key = $2`,
    [journalId, row.request_key],
  );
  return rowCount === 1;
}
