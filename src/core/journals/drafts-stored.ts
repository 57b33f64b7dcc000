// Drafts as they are stored: their journals, lines, parts, and the entries that they hold. Writes what it is given, and only in
// a transaction that holds the lock of journals; it decides nothing and cannot touch what was approved (I10).
import { createHash, type Hash } from 'node:crypto';
import type { Transaction } from '../database.ts';
import type { Instant } from '../vocabulary/instant.ts';
import type { JournalDraft } from './draft.ts';
import { memoOf } from './wording.ts';

/** A draft with its id, and SHA-256, hexadecimal, over all it is made of. */
export interface Named {
  readonly journal: JournalDraft;
  readonly id: string;
  readonly hash: string;
}

/** When drafts are made, and the fingerprint of the rules that make them. */
export interface Making {
  readonly now: Instant;
  readonly rules: string;
}

/** Rows sent in one statement: what bounds the memory of sending a day with very many entries. */
const ROWS = 20_000;

/** SHA-256, hexadecimal, over all a draft is made of. */
export function hashOf(id: string, { lines, entries, ...head }: JournalDraft): string {
  const hash = createHash('sha256').update(JSON.stringify([id, head]));
  for (const { parts, amount, ...line } of lines) {
    hash.update(JSON.stringify([line, String(amount)]));
    inRuns(hash, parts, ({ entry, amount: own }) => `${entry}:${own} `);
  }
  inRuns(hash, entries, (entry) => `${entry} `);
  return hash.digest('hex');
}

function inRuns<Each>(hash: Hash, all: readonly Each[], textOf: (each: Each) => string): void {
  hash.update(`${all.length}|`);
  for (let at = 0; at < all.length; at += ROWS) {
    let text = '';
    for (const each of all.slice(at, at + ROWS)) text += textOf(each);
    hash.update(text);
  }
}

/** Drafts that would be made the same again are left as they are; thousands of entries are not written anew for one that came. */
export const keepDrafts = (
  client: Transaction,
  ids: readonly string[],
  { now, rules }: Making,
): Promise<unknown> =>
  client.query(`update journal set drafted_at = $2, draft_rules = $3 where id = any ($1::uuid[])`, [
    ids,
    now,
    rules,
  ]);

/**
 * Makes drafts what is given: those that were there under these ids, and new ones. Entries that they held before and hold no
 * more are in no journal then.
 */
export async function writeDrafts(client: Transaction, named: readonly Named[], made: Making): Promise<void> {
  await client.query('delete from journal_line where journal_id = any ($1::uuid[])', [
    named.map(({ id }) => id),
  ]);
  await writeJournals(client, named, made);
  await writeLines(client, named);
  await writeParts(client, named);
  await bookEntries(client, named);
}

// A draft that only changes keeps its row, so that the entries it keeps need not be written anew.
async function writeJournals(
  client: Transaction,
  named: readonly Named[],
  { now, rules }: Making,
): Promise<void> {
  await client.query(
    `insert into journal (id, number, kind, posting_date, for_date, reference, currency, memo, draft_hash, drafted_at, draft_rules)
     select *, $10::timestamptz, $11 from unnest($1::uuid[], $2::text[], $3::journal_kind[], $4::date[], $5::date[], $6::text[], $7::text[],
       $8::text[], $9::bytea[])
     on conflict (id) do update set number = excluded.number, kind = excluded.kind, posting_date = excluded.posting_date,
       for_date = excluded.for_date, reference = excluded.reference, currency = excluded.currency, memo = excluded.memo,
       draft_hash = excluded.draft_hash, drafted_at = excluded.drafted_at, draft_rules = excluded.draft_rules,
       refused = null`,
    [
      named.map(({ id }) => id),
      named.map(({ journal }) => journal.number),
      named.map(({ journal }) => journal.kind),
      named.map(({ journal }) => journal.date),
      named.map(({ journal }) => journal.forDate ?? null),
      named.map(({ journal }) => journal.reference ?? null),
      named.map(({ journal }) => journal.currency),
      named.map(({ id, journal }) => memoOf(id, journal.title)),
      named.map(({ hash }) => Buffer.from(hash, 'hex')),
      now,
      rules,
    ],
  );
}

async function writeLines(client: Transaction, named: readonly Named[]): Promise<void> {
  const lines = named.flatMap(({ id, journal }) => journal.lines.map((line) => ({ id, line })));
  await client.query(
    `insert into journal_line (journal_id, line, side, account, role, kind, class, department, amount, description)
     select * from unnest($1::uuid[], $2::smallint[], $3::journal_side[], $4::text[], $5::account_role[], $6::cost_kind[], $7::text[],
       $8::text[], $9::numeric[], $10::text[])`,
    [
      lines.map(({ id }) => id),
      lines.map(({ line }) => line.line),
      lines.map(({ line }) => line.side),
      lines.map(({ line }) => line.account),
      lines.map(({ line }) => line.role),
      lines.map(({ line }) => line.kind),
      lines.map(({ line }) => line.class ?? null),
      lines.map(({ line }) => line.department ?? null),
      lines.map(({ line }) => String(line.amount)),
      lines.map(({ line }) => line.description),
    ],
  );
}

function* partsOf(named: readonly Named[]): Iterable<readonly [string, number, string, bigint]> {
  for (const { id, journal } of named)
    for (const { line, parts } of journal.lines)
      for (const { entry, amount } of parts) yield [id, line, entry, amount];
}

async function writeParts(client: Transaction, named: readonly Named[]): Promise<void> {
  for (const [ids, lines, entries, amounts] of columnsOf(partsOf(named), 4))
    await client.query(
      `insert into journal_line_entry (journal_id, line, cost_entry_id, amount)
       select * from unnest($1::uuid[], $2::smallint[], $3::bigint[], $4::numeric[])`,
      [ids, lines, entries, amounts],
    );
}

function* entriesOf(named: readonly Named[]): Iterable<readonly [string, string]> {
  for (const { id, journal } of named) for (const entry of journal.entries) yield [entry, id];
}

async function bookEntries(client: Transaction, named: readonly Named[]): Promise<void> {
  const runs = [...columnsOf(entriesOf(named), 2)];
  await client.query(
    `update cost_entry e set journal_id = null where journal_id = any ($1::uuid[])
       and not exists (select from unnest($2::text[]) run, unnest(run::bigint[]) kept where kept = e.id)`,
    [named.map(({ id }) => id), runs.map(([entries]) => entries)],
  );
  for (const [entries, ids] of runs)
    await client.query(
      `update cost_entry e set journal_id = b.journal_id from unnest($1::bigint[], $2::uuid[]) as b(entry_id, journal_id)
       where e.id = b.entry_id and e.journal_id is distinct from b.journal_id`,
      [entries, ids],
    );
}

/** Rows as columns, each the text of an array, a bounded number of rows at a time; for ids and numbers, which need no quotes. */
function* columnsOf(
  rows: Iterable<readonly (string | number | bigint)[]>,
  width: number,
): Iterable<readonly string[]> {
  const empty = () => Array.from({ length: width }, (): (string | number | bigint)[] => []);
  let columns = empty();
  const arrays = () => columns.map((column) => `{${column.join(',')}}`);
  for (const row of rows) {
    for (const [index, value] of row.entries()) columns[index]?.push(value);
    if (columns[0]?.length !== ROWS) continue;
    yield arrays();
    columns = empty();
  }
  if (columns[0]?.length !== 0) yield arrays();
}
