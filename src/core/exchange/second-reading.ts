// A file that was refused whole and came again: it may be right by today's agreement, for the mistake may have been ours. It
// refuses a second reading to a file of which anything was valid: that has counted, and got its answer.
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { contentHash, type IncomingFile, type KeptReading, keepControls } from './files.ts';

export interface RefusedFile {
  readonly id: string;
  /** When its bytes came first: what they say was so by then. */
  readonly receivedAt: Instant;
  /** The last document of the reading before; '0' where it had none. */
  readonly lastDocument: string;
}

/** The file of these bytes, where nothing of it was valid; undefined when they are new, or something was. */
export async function refusedBefore(
  client: Transaction,
  file: Pick<IncomingFile, 'connectionId' | 'bytes'>,
): Promise<RefusedFile | undefined> {
  const { rows } = await client.query<RefusedFile>(
    `select f.id, to_char(f.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "receivedAt",
       (select coalesce(max(d.id), 0)::text from partner_document d where d.file_id = f.id) as "lastDocument"
     from partner_file f where f.connection_id = $1 and f.sha256 = $2 and not f.is_outbound
       and not exists (select from partner_document d where d.file_id = f.id and d.is_valid)`,
    [file.connectionId, contentHash(file.bytes)],
  );
  return rows[0];
}

/** Puts a new reading in the place of the one that refused the file; its documents are stored after this. */
export async function storeSecondReading(
  client: Transaction,
  connectionId: number,
  refused: RefusedFile,
  reading: KeptReading,
): Promise<void> {
  await client.query(
    'update partner_file set deliveries = deliveries + 1, is_complete = $2, findings = $3 where id = $1',
    [refused.id, reading.complete, JSON.stringify(reading.findings)],
  );
  await keepControls(client, connectionId, refused.id, reading.controls);
}

/** Settles the events of the reading before that no document of the new one has (I1): nobody has to look at them any more. */
export const settleFirstReading = async (client: Transaction, refused: RefusedFile): Promise<void> =>
  void (await client.query(
    `update inbox_event e set status = 'ignored', code = null, waits_for = null, settled_at = clock_timestamp(),
       reason = 'its file came again, and was taken by the agreement of that time'
     from partner_document d where d.file_id = $1 and d.id <= $2 and e.id = d.inbox_event_id and e.status in ('pending', 'quarantined')
       and not exists (select from partner_document o where o.file_id = $1 and o.id > $2 and o.inbox_event_id = e.id)`,
    [refused.id, refused.lastDocument],
  ));
