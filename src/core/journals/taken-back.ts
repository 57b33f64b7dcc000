// What the books hold otherwise than it was approved when a journal is taken back: its reversal mirrors what was approved, so an
// entry that is gone must not be undone a second time, and one that was edited is undone only in part. Sends nothing.
import type { Transaction } from '../database.ts';
import { BY_ITSELF } from './findings.ts';

/**
 * Settles a journal whose entry the books say is gone together with its reversal: neither is booked, as the books hold neither.
 * False when the journal got another entry, or another place in the queue, meanwhile.
 */
export async function settleDeleted(
  client: Transaction,
  given: {
    readonly journalId: string;
    readonly reversalId: string;
    /** The entry's id in the books. */
    readonly entry: string;
    readonly by: string;
  },
): Promise<boolean> {
  const { journalId, reversalId, entry, by } = given;
  // Without the entry's id nothing takes it for one that could be sent again, which would book it without its reversal.
  const { rowCount } = await client.query(
    `update journal_delivery set code = 'taken_back', external_id = null, external_version = null,
       reason = 'entry ' || external_id || ' was deleted in the books and then taken back here: neither it nor its reversal is booked'
     where journal_id = $1 and status = 'posted' and external_id = $2`,
    [journalId, entry],
  );
  if (rowCount !== 1) return false;
  await client.query(
    `update journal_delivery set status = 'posted', code = 'taken_back',
       reason = 'takes back a journal whose entry was deleted in the books: neither is booked' where journal_id = $1`,
    [reversalId],
  );
  await client.query(`update journal set status = 'posted', posted_at = clock_timestamp() where id = $1`, [
    reversalId,
  ]);
  await client.query(
    `update books_finding set resolved_at = clock_timestamp(), resolved_note = $2
     where journal_id = $1 and kind in ('edited', 'deleted') and resolved_at is null`,
    [journalId, `taken back here, and its reversal is not booked either (${by})`],
  );
  return true;
}

/**
 * Opens again that an entry was edited, where somebody had accepted it: with the reversal its accounts hold the difference alone.
 * Answers the finding's number.
 */
export async function reopenEdited(client: Transaction, journalId: string): Promise<string | undefined> {
  const { rows } = await client.query<{ id: string }>(
    `update books_finding set resolved_at = null, resolved_note = null
     where id = (select max(id) from books_finding where journal_id = $1 and kind = 'edited')
       and resolved_at is not null and resolved_note <> all ($2::text[]) returning id::text`,
    [journalId, BY_ITSELF],
  );
  return rows[0]?.id;
}
