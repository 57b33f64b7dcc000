// Compares what the books hold with what we booked there: an entry of ours that somebody edited or deleted, or copied, becomes
// a finding, once. Never repairs anything; what is right is for the accountant to say.
import type { Transaction } from '../database.ts';
import type { BooksEntry, Posting } from '../ledger/movement.ts';
import { plainTextOf } from '../vocabulary/text.ts';
import { type Day, laterDay } from './calendar.ts';
import { type JournalDocument, readJournals } from './document.ts';

export type FindingKind = 'edited' | 'deleted' | 'foreign';

/** In SQL, of a finding `f`: the name that the tie-out gives the difference. What it is kept under may be coarser. */
export const NAMED = `coalesce(f.content ->> 'difference', f.kind::text)`;

/** What was booked: the journal, under its own number, on the day that the books took it. */
export interface Booked {
  readonly journal: Pick<JournalDocument, 'number' | 'lines'>;
  readonly bookedOn: Day;
}

/**
 * What an entry says otherwise than what was booked, for people; undefined when it is the same. Day, number, and each line's
 * side, account, amount, class and department count; memo and descriptions are remarks, and a remark changes no books.
 */
export function differenceOf(
  entry: Extract<BooksEntry, { deleted: false }>,
  { journal, bookedOn }: Booked,
): string | undefined {
  const ours = journal.lines.map(lineText);
  const theirs = entry.lines.map(lineText);
  const told = [
    ...(entry.date === bookedOn ? [] : [`its day is ${entry.date} instead of ${bookedOn}`]),
    ...(entry.number === journal.number
      ? []
      : [`its number is ${entry.number ?? 'empty'} instead of ${journal.number}`]),
    ...without(theirs, ours).map((line) => `it has ${line}, which was not booked`),
    ...without(ours, theirs).map((line) => `it lacks ${line}`),
  ];
  const more = told.length - MOST_TOLD;
  const shown = told.slice(0, MOST_TOLD).join('; ');
  return told.length === 0 ? undefined : `${shown}${more > 0 ? `; and ${more} differences more` : ''}`;
}

const MOST_TOLD = 6;

const lineText = (line: {
  readonly side: string;
  readonly account: string;
  readonly amount: string;
  readonly class?: string | undefined;
  readonly department?: string | undefined;
}): string =>
  [
    `${line.side} ${line.amount} on account ${line.account}`,
    ...(line.class === undefined ? [] : [`class ${line.class}`]),
    ...(line.department === undefined ? [] : [`department ${line.department}`]),
  ].join(', ');

/** What of a list is left when the other is taken out of it, each as often as it is there. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const each of other) left.set(each, (left.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}

/**
 * Compares the entries of a batch and stores what is found. A finding is one for each version of an entry; an entry that reads
 * again as it was booked resolves it. Answers the postings, each with what was found in its note.
 */
export async function compareBooks(
  client: Transaction,
  postings: readonly Posting[],
): Promise<readonly Posting[]> {
  if (!postings.some((posting) => posting.books?.length)) return postings;
  const compared: Posting[] = [];
  for (const posting of postings) {
    const notes: string[] = [];
    for (const entry of posting.books ?? [])
      notes.push(await compareEntry(client, posting.connectionId, posting.inboxEventId, entry));
    const note = [posting.note ?? '', ...notes].filter((each) => each !== '').join('; ');
    compared.push(notes.length === 0 ? posting : { ...posting, note: plainTextOf(note) });
  }
  return compared;
}

interface Own extends Booked {
  readonly journal: JournalDocument;
  readonly externalId: string | null;
  readonly version: string | null;
}

async function compareEntry(
  client: Transaction,
  connectionId: number,
  eventId: string | null,
  entry: BooksEntry,
): Promise<string> {
  // Two reports of one entry are compared one after the other.
  await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
    `books entry ${connectionId} ${entry.id}`,
  ]);
  const own = await ownOf(client, connectionId, entry);
  const subject = { connectionId, eventId, entry };
  if (!own) return `entry ${entry.id} is no journal that was booked from here`;
  const { number } = own.journal;
  if (entry.deleted) {
    await store(client, subject, 'deleted', own, `${number} was deleted in the books`);
    return `${number} was deleted in the books`;
  }
  if (own.externalId !== null && own.externalId !== entry.id) {
    const reason = `it bears the number and mark of ${number}, which is entry ${own.externalId}: somebody made a copy`;
    await store(client, subject, 'foreign', own, reason);
    return reason;
  }
  if (await isOutdated(client, connectionId, entry, own)) return `a newer version of ${number} is known`;
  const difference = differenceOf(entry, own);
  if (difference === undefined) {
    await resolveFindings(client, connectionId, entry.id, READS_AGAIN);
    // So that a late report of a version before it is known for what it is.
    await client.query(
      'update journal_delivery set external_version = $3 where connection_id = $1 and external_id = $2',
      [connectionId, entry.id, entry.version],
    );
    return `${number} reads as it was booked`;
  }
  const isMoved = differenceOf({ ...entry, date: own.bookedOn }, own) === undefined;
  const reason = `${number} was ${isMoved ? 'moved' : 'edited'} in the books: ${difference}`;
  await store(client, subject, 'edited', own, reason, isMoved ? { difference: 'redated' } : {});
  return reason;
}

/**
 * The journal that an entry is, by its id; while the answer of the books has not come back yet, and for copies, by its number if
 * the entry says that it is ours: anybody may give another entry that number.
 */
async function ownOf(client: Transaction, connectionId: number, entry: BooksEntry): Promise<Own | undefined> {
  const { rows } = await client.query<{
    journal_id: string;
    booked_on: Day;
    external_id: string | null;
    external_version: string | null;
  }>(
    `select d.journal_id, d.booked_on::text, d.external_id, d.external_version
     from journal_delivery d join journal j on j.id = d.journal_id
     where d.connection_id = $1 and (d.external_id = $2 or (j.number = $3 and d.attempts > 0))
     order by d.external_id = $2 desc nulls last limit 1`,
    [connectionId, entry.id, entry.deleted || entry.isMarked === false ? null : (entry.number ?? null)],
  );
  const [row] = rows;
  if (!row) return undefined;
  const [journal] = await readJournals(client, { ids: [row.journal_id] });
  return (
    journal && {
      journal,
      bookedOn: row.booked_on,
      externalId: row.external_id,
      version: row.external_version,
    }
  );
}

/**
 * Reports of one entry may come in any order. What was deleted does not come back, and of versions that are numbers the
 * larger is the newer.
 */
async function isOutdated(
  client: Transaction,
  connectionId: number,
  { id, version }: Extract<BooksEntry, { deleted: false }>,
  own: Own,
): Promise<boolean> {
  const { rows } = await client.query<{ kind: FindingKind; external_version: string | null }>(
    'select kind, external_version from books_finding where connection_id = $1 and external_id = $2',
    [connectionId, id],
  );
  if (rows.some(({ kind }) => kind === 'deleted')) return true;
  return [own.version, ...rows.map((row) => row.external_version)].some((seen) => isNewer(seen, version));
}

const isNewer = (seen: string | null, version: string): boolean =>
  seen !== null && /^\d+$/.test(seen) && /^\d+$/.test(version) && BigInt(seen) > BigInt(version);

interface Subject {
  readonly connectionId: number;
  readonly eventId: string | null;
  readonly entry: BooksEntry;
}

/** Once per version of the entry; what was found of it before is settled by this. */
async function store(
  client: Transaction,
  { connectionId, eventId, entry }: Subject,
  kind: FindingKind,
  own: Own,
  reason: string,
  name: { readonly difference?: 'redated' } = {},
): Promise<void> {
  const version = entry.deleted ? null : entry.version;
  const { rows } = await client.query<{ id: string }>(
    `insert into books_finding (connection_id, kind, external_id, external_version, journal_id, inbox_event_id, reason, content)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (connection_id, kind, external_id, coalesce(external_version, '')) do nothing returning id`,
    [
      connectionId,
      kind,
      entry.id,
      version,
      own.journal.id,
      eventId,
      plainTextOf(reason, 4000),
      // A comparison of the accounts as of that day or later sees what this is about, and may settle it.
      JSON.stringify({
        ...entry,
        ...name,
        asOf: entry.deleted ? own.bookedOn : laterDay(own.bookedOn, entry.date),
      }),
    ],
  );
  const [row] = rows;
  if (row) await resolveFindings(client, connectionId, entry.id, changedAgain(kind), row.id);
}

/** Resolves what is open about an entry, but for the finding `except`. */
async function resolveFindings(
  client: Transaction,
  connectionId: number,
  externalId: string,
  note: string,
  except = '0',
): Promise<void> {
  await client.query(
    `update books_finding set resolved_at = clock_timestamp(), resolved_note = $3
     where connection_id = $1 and external_id = $2 and resolved_at is null and id <> $4`,
    [connectionId, externalId, note, except],
  );
}

/** Notes of findings that nobody accepted: the entry is as it was booked, or something else is found of it. */
const READS_AGAIN = 'it reads again as it was booked';
const changedAgain = (kind: string): string => `it was ${kind} after that`;

/** Note of a finding that went away by itself; should it come again, it is open again. */
export const GONE = 'no longer seen';
/** Notes of findings that what was read of an entry later settled. */
export const SETTLED: readonly string[] = [
  READS_AGAIN,
  ...(['edited', 'deleted', 'foreign'] as const).map(changedAgain),
];
/** Notes that no person wrote; a person’s ends with who it is of. */
export const BY_ITSELF: readonly string[] = [GONE, ...SETTLED];
