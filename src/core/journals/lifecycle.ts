// The life of a journal: looked at, approved by somebody, posted, taken back. What is approved is never changed (I10); the
// only way back is another journal.
//
// A reversal takes the effect back *and* frees the entries. It is made because the journal was wrong — a wrong account, a
// wrong class — while the value itself is what the ledger says. Were the entries to stay in the journal that was taken back,
// that value would be in no account and the books would never tie to the stock again (I9). Freed, they are drafted anew under
// the rules of today, on their own day if that is open. What each line of the old journal was made of is kept with its lines.
// A reversal itself is not reversed: drafting the entries anew is how its journal comes again.
import { createHash, randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { type Instant, microsOf } from '../vocabulary/instant.ts';
import { businessDay, type Day, postingDay } from './calendar.ts';
import { type JournalDocument, type JournalFilter, readJournals } from './document.ts';
import { lockJournals } from './drafts.ts';
import type { Books } from './rules.ts';
import { isInForce } from './rules-taken.ts';
import { closedThrough } from './unbooked.ts';
import { memoOf, reversalNumber } from './wording.ts';

export interface JournalPreview extends JournalDocument {
  /** SHA-256, hexadecimal, of everything that would be booked; approval can insist on it. */
  readonly contentHash: string;
}

/** Journals as they would be booked, each line with what it is made of. Default: drafts. */
export async function previewJournals(store: Store, filter: JournalFilter = {}): Promise<JournalPreview[]> {
  const journals = await readJournals(store, { statuses: ['draft'], ...filter, withSources: true });
  return journals.map((journal) => ({ ...journal, contentHash: contentHashOf(journal).toString('hex') }));
}

/** SHA-256 over what is booked: every field that reaches the books, none that changes afterwards. */
export function contentHashOf(journal: JournalDocument): Buffer {
  const { id, number, kind, date, currency, memo, lines } = journal;
  const booked = [
    id,
    number,
    kind,
    date,
    journal.forDate ?? null,
    currency,
    memo,
    journal.reverses ?? null,
    lines.map((line) => [
      line.line,
      line.side,
      line.account,
      line.class ?? null,
      line.department ?? null,
      line.amount,
      line.description,
    ]),
  ];
  return createHash('sha256').update(JSON.stringify(booked)).digest();
}

export type ApprovalAnswer =
  | { readonly id: string; readonly outcome: 'approved'; readonly number: string }
  /** It is approved or posted already; nothing changed. */
  | { readonly id: string; readonly outcome: 'already'; readonly number: string }
  /** It was drafted anew since it was looked at, or is gone. */
  | { readonly id: string; readonly outcome: 'changed' | 'unknown'; readonly reason: string };

export interface Approval {
  readonly id: string;
  /** The content hash that was looked at; undefined: whatever it holds now. */
  readonly contentHash?: string;
}

/**
 * Approves drafts in the name of `by`. With `deliverTo`, each gets its place in the queue to that connection's books in the
 * same transaction, with the key of its first attempt (I8). With `whileInForce`, nothing is approved once other rules than
 * these were taken.
 */
export const approveJournals = (
  database: Database,
  approvals: readonly Approval[],
  options: {
    readonly by: string;
    readonly now: Instant;
    readonly deliverTo?: number;
    readonly whileInForce?: Books;
  },
): Promise<ApprovalAnswer[]> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    if (options.whileInForce && !(await isInForce(client, options.whileInForce)))
      return approvals.map(({ id }) => ({
        id,
        outcome: 'changed',
        reason: 'the books block was changed since, and drafts are made by the new one',
      }));
    const journals = await readJournals(client, { ids: approvals.map(({ id }) => id) });
    const known = new Map(journals.map((journal) => [journal.id, journal]));
    const answers: ApprovalAnswer[] = [];
    for (const approval of approvals)
      answers.push(await approve(client, known.get(approval.id), approval, options));
    return answers;
  });

async function approve(
  client: Transaction,
  journal: JournalDocument | undefined,
  { id, contentHash }: Approval,
  options: { readonly by: string; readonly now: Instant; readonly deliverTo?: number },
): Promise<ApprovalAnswer> {
  if (!journal)
    return { id, outcome: 'unknown', reason: 'there is no such journal; drafts are made anew, look again' };
  const { number } = journal;
  if (journal.status !== 'draft') return { id, outcome: 'already', number };
  const hash = contentHashOf(journal);
  if (contentHash !== undefined && contentHash !== hash.toString('hex'))
    return {
      id,
      outcome: 'changed',
      reason: `${number} was drafted anew with other content; look at it again`,
    };
  await client.query(
    `update journal set status = 'approved', approved_at = $2, approved_by = $3, content_hash = $4 where id = $1`,
    [id, options.now, options.by, hash],
  );
  if (options.deliverTo !== undefined) await queueDelivery(client, journal, options.deliverTo);
  return { id, outcome: 'approved', number };
}

/** Gives an approved journal its place in the queue to the books; once. */
export const queueDelivery = (
  store: Store,
  journal: Pick<JournalDocument, 'id' | 'date'>,
  connectionId: number,
): Promise<unknown> =>
  store.query(
    `insert into journal_delivery (journal_id, connection_id, request_key, booked_on) values ($1, $2, gen_random_uuid(), $3)
     on conflict (journal_id) do nothing`,
    [journal.id, connectionId, journal.date],
  );

/** Marks approved journals as being in the books; answers the ids that were approved until now. */
export async function markPosted(store: Store, ids: readonly string[], now: Instant): Promise<string[]> {
  const { rows } = await store.query<{ id: string }>(
    `update journal set status = 'posted', posted_at = $2 where id = any ($1::uuid[]) and status = 'approved' returning id`,
    [ids, now],
  );
  return rows.map(({ id }) => id);
}

export type ReversalAnswer =
  | {
      readonly outcome: 'reversed';
      readonly id: string;
      readonly number: string;
      readonly date: Day;
      readonly freed: number;
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Takes a journal back: a journal with mirrored lines on the same day, or the first open one, approved by `by`; its entries are free to be booked anew. */
export const reverseJournal = (
  database: Database,
  books: Books,
  id: string,
  options: { readonly by: string; readonly why: string; readonly now: Instant; readonly deliverTo?: number },
): Promise<ReversalAnswer> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    const [journal] = await readJournals(client, { ids: [id] });
    const refusal = await whyNotReversed(client, journal);
    if (!journal || refusal !== undefined)
      return { outcome: 'refused', reason: refusal ?? 'there is no such journal' };
    const today = businessDay(microsOf(options.now), books.timeZone);
    const date = postingDay(journal.date, today, await closedThrough(client));
    const reversal = await writeReversal(client, journal, date, options);
    const { rowCount } = await client.query('update cost_entry set journal_id = null where journal_id = $1', [
      id,
    ]);
    return { outcome: 'reversed', id: reversal.id, number: reversal.number, date, freed: rowCount ?? 0 };
  });

async function whyNotReversed(
  client: Transaction,
  journal: JournalDocument | undefined,
): Promise<string | undefined> {
  if (!journal) return 'there is no such journal';
  if (journal.status === 'draft') return `${journal.number} is a draft; correct the rules and draft anew`;
  if (journal.kind === 'reversal')
    return `${journal.number} takes another journal back; draft anew to book that one’s entries again`;
  const { rows } = await client.query<{ number: string }>('select number from journal where reverses = $1', [
    journal.id,
  ]);
  return rows[0] && `${journal.number} was taken back by ${rows[0].number}`;
}

async function writeReversal(
  client: Transaction,
  journal: JournalDocument,
  date: Day,
  options: { readonly by: string; readonly why: string; readonly now: Instant; readonly deliverTo?: number },
): Promise<{ readonly id: string; readonly number: string }> {
  const id = randomUUID();
  const number = reversalNumber(journal.number);
  await client.query(
    `insert into journal (id, number, kind, posting_date, for_date, reference, currency, memo, reverses, drafted_at)
     select $1, $2, 'reversal', $3::date, nullif(posting_date, $3::date), reference, currency, $4, id, $5 from journal where id = $6`,
    [
      id,
      number,
      date,
      memoOf(id, `Reversal of ${journal.number} (${journal.id}): ${options.why}`),
      options.now,
      journal.id,
    ],
  );
  await client.query(
    `insert into journal_line (journal_id, line, side, account, role, kind, class, department, amount, description)
     select $1, line, case side when 'debit' then 'credit' else 'debit' end::journal_side, account, role, kind, class, department, amount,
       left('Reversal: ' || description, 4000) from journal_line where journal_id = $2`,
    [id, journal.id],
  );
  // The side is the other one, so each part stays what it is of its line.
  await client.query(
    `insert into journal_line_entry (journal_id, line, cost_entry_id, amount)
     select $1, line, cost_entry_id, amount from journal_line_entry where journal_id = $2`,
    [id, journal.id],
  );
  const [draft] = await readJournals(client, { ids: [id] });
  await approve(client, draft, { id }, options);
  return { id, number };
}
