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
import { draftingPrint, fingerprintOf, rulesInForce } from './rules-taken.ts';
import { reopenEdited, settleDeleted } from './taken-back.ts';
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
  /** It was drafted anew since it was looked at, or is gone; `outdated`: it was made by other rules than those that hold now. */
  | { readonly id: string; readonly outcome: 'changed' | 'unknown' | 'outdated'; readonly reason: string };

export interface Approval {
  readonly id: string;
  /** The content hash that was looked at; undefined: whatever it holds now. */
  readonly contentHash?: string;
}

/**
 * Approves drafts in the name of `by`. With `deliverTo`, each gets its place in the queue to that connection's books in the
 * same transaction, with the key of its first attempt (I8). With `rules`, only what these rules drafted is approved, and nothing
 * once somebody took other ones or gave an item another cost group: whoever changes an account does not find the old one in the
 * books.
 */
export const approveJournals = (
  database: Database,
  approvals: readonly Approval[],
  options: {
    readonly by: string;
    readonly now: Instant;
    readonly deliverTo?: number;
    readonly rules?: Books;
  },
): Promise<ApprovalAnswer[]> =>
  database.transaction(async (client) => {
    await lockJournals(client);
    const { rules } = options;
    const outdated = rules && (await outdatedBy(client, rules));
    const journals = await readJournals(client, { ids: approvals.map(({ id }) => id) });
    const known = new Map(journals.map((journal) => [journal.id, journal]));
    const answers = approvals.map((approval) => answerTo(known.get(approval.id), approval, outdated));
    const approved = new Set(answers.flatMap(({ id, outcome }) => (outcome === 'approved' ? [id] : [])));
    await approve(
      client,
      journals.filter(({ id }) => approved.has(id)),
      options,
    );
    return answers;
  });

const DRAFT_ANEW =
  '`stockbridge journal draft` makes drafts by the present ones; look at them and approve those';

/** Why a draft is not what these rules say, by its id; undefined: it is, or it is none. */
async function outdatedBy(client: Transaction, rules: Books): Promise<(id: string) => string | undefined> {
  const newest = await rulesInForce(client);
  const fingerprint = fingerprintOf(rules);
  const { rows } = await client.query<{ id: string; is_regrouped: boolean }>(
    `select id, not $1 and coalesce(split_part(draft_rules, ' ', 1) = $3, false) as is_regrouped
     from journal where status = 'draft' and ($1 or draft_rules is distinct from $2)`,
    [
      newest !== undefined && newest.fingerprint !== fingerprint,
      await draftingPrint(client, rules),
      fingerprint,
    ],
  );
  const outdated = new Map(rows.map(({ id, is_regrouped }) => [id, is_regrouped]));
  const last = newest ? ` (${newest.takenBy} took the last ones at ${newest.takenAt})` : '';
  return (id) => {
    const isRegrouped = outdated.get(id);
    if (isRegrouped === undefined) return undefined;
    return isRegrouped
      ? `drafted before items were given another cost group; ${DRAFT_ANEW}`
      : `drafted by other rules than the books block has now${last}; ${DRAFT_ANEW}`;
  };
}

function answerTo(
  journal: JournalDocument | undefined,
  { id, contentHash }: Approval,
  outdated: ((id: string) => string | undefined) | undefined,
): ApprovalAnswer {
  if (!journal)
    return { id, outcome: 'unknown', reason: 'there is no such journal; drafts are made anew, look again' };
  const { number } = journal;
  if (journal.status !== 'draft') return { id, outcome: 'already', number };
  const reason = outdated?.(journal.id);
  if (reason !== undefined) return { id, outcome: 'outdated', reason };
  if (contentHash !== undefined && contentHash !== contentHashOf(journal).toString('hex'))
    return {
      id,
      outcome: 'changed',
      reason: `${number} was drafted anew with other content; look at it again`,
    };
  return { id, outcome: 'approved', number };
}

/** Approves drafts that were just read, and gives each its place in the queue to the books. */
async function approve(
  client: Transaction,
  journals: readonly JournalDocument[],
  options: { readonly by: string; readonly now: Instant; readonly deliverTo?: number },
): Promise<void> {
  const ids = journals.map(({ id }) => id);
  await client.query(
    `update journal j set status = 'approved', approved_at = $3, approved_by = $4, content_hash = a.hash
     from unnest($1::uuid[], $2::bytea[]) as a(id, hash) where j.id = a.id`,
    [ids, journals.map(contentHashOf), options.now, options.by],
  );
  if (options.deliverTo === undefined) return;
  await client.query(
    `insert into journal_delivery (journal_id, connection_id, request_key, booked_on)
     select id, $2, gen_random_uuid(), posting_date from journal where id = any ($1::uuid[]) on conflict (journal_id) do nothing`,
    [ids, options.deliverTo],
  );
}

/** Keeps with drafts why they may not be approved, and with the others among `looked` that nothing is in the way. */
export async function noteRefused(
  store: Store,
  looked: readonly string[],
  refused: readonly { readonly id: string; readonly reason: string }[],
): Promise<void> {
  await store.query(
    `update journal j set refused = r.reason
     from unnest($1::uuid[]) l(id) left join unnest($2::uuid[], $3::text[]) r(id, reason) on r.id = l.id
     where j.id = l.id and j.status = 'draft' and j.refused is distinct from r.reason`,
    [looked, refused.map(({ id }) => id), refused.map(({ reason }) => reason)],
  );
}

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
      /** Its entry was deleted in the books, so that neither it nor its reversal is booked. */
      readonly isUnbooked?: true;
      /** The finding that its entry was edited, which was accepted and is open again. */
      readonly reopened?: string;
    }
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Takes a journal back: a journal with mirrored lines on the same day, or the first open one, approved by `by`; its entries are
 * free to be booked anew. With `deletedEntry`, which the books say is gone, neither journal is booked.
 */
export const reverseJournal = (
  database: Database,
  books: Books,
  id: string,
  options: {
    readonly by: string;
    readonly why: string;
    readonly now: Instant;
    readonly deliverTo?: number;
    readonly deletedEntry?: string | undefined;
  },
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
    const { deletedEntry: entry, by } = options;
    const isUnbooked =
      entry !== undefined &&
      (await settleDeleted(client, { journalId: id, reversalId: reversal.id, entry, by }));
    const reopened = isUnbooked ? undefined : await reopenEdited(client, id);
    return {
      ...{ outcome: 'reversed', id: reversal.id, number: reversal.number, date, freed: rowCount ?? 0 },
      ...(isUnbooked && { isUnbooked }),
      ...(reopened !== undefined && { reopened }),
    };
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
  if (draft) await approve(client, [draft], options);
  return { id, number };
}
