// A journal as everybody outside this folder reads it: what files are made of and what is sent to the books. Only shapes
// and one reader; it decides nothing and changes nothing.
import type { Store } from '../inbox/store.ts';
import { moneyText, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';

/** What happened on its day; a difference that later facts made to a day; another journal taken back; the month of a periodic system. */
export type JournalKind = 'activity' | 'correction' | 'reversal' | 'closing';
export const JOURNAL_STATUSES = ['draft', 'approved', 'posted'] as const;
export type JournalStatus = (typeof JOURNAL_STATUSES)[number];

export interface JournalDocument {
  readonly id: string;
  /** At most 21 of A–Z, 0–9 and -; what people call it, here and in the books. */
  readonly number: string;
  readonly kind: JournalKind;
  readonly status: JournalStatus;
  /** The day it is booked on, `YYYY-MM-DD`. */
  readonly date: string;
  /** Of a correction: the day (for months, the last day) that it corrects. */
  readonly forDate?: string;
  /** The order it is for, when there is a journal for each order. */
  readonly reference?: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Says what it is and holds its id; at most 4000 characters. */
  readonly memo: string;
  /** The id of the journal it takes back. */
  readonly reverses?: string;
  /** By number from 1; debits and credits add up to the same. */
  readonly lines: readonly JournalDocumentLine[];
}

export interface JournalDocumentLine {
  readonly line: number;
  readonly side: 'debit' | 'credit';
  /** The account’s id in the books. */
  readonly account: string;
  readonly role: AccountRole;
  readonly kind: CostKind;
  readonly class?: string;
  readonly department?: string;
  /** Decimal text above zero with the currency’s places. */
  readonly amount: string;
  readonly description: string;
  /** What the line is made of; only when asked for. */
  readonly sources?: readonly JournalSource[];
}

/** One cost entry in a line. */
export interface JournalSource {
  readonly type: 'movement' | 'cost_document';
  /** `<key>:<line>` of the movement or cost document; with `entry` it leads to everything else. */
  readonly id: string;
  readonly entry: string;
  /** For people: `shipment 4711`. */
  readonly document?: string;
  readonly sku?: string;
  /** Base units that came in (above zero) or went out (below); decimal text. */
  readonly quantity: string;
  /**
   * Its part of the line, decimal text; below zero where it lessens the line. All parts add up to the line’s amount, but
   * for the lines of a closing journal that also hold the stock of the month before.
   */
  readonly amount: string;
}

export interface JournalFilter {
  readonly ids?: readonly string[];
  readonly numbers?: readonly string[];
  /** First and last day of booking, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly through?: string;
  readonly statuses?: readonly JournalStatus[];
  readonly kinds?: readonly JournalKind[];
  /** At most so many: those of the newest days. */
  readonly newest?: number;
  /** Also what each line is made of. */
  readonly withSources?: boolean;
}

interface JournalRow {
  readonly id: string;
  readonly number: string;
  readonly kind: JournalKind;
  readonly status: JournalStatus;
  readonly posting_date: string;
  readonly for_date: string | null;
  readonly reference: string | null;
  readonly currency: string;
  readonly memo: string;
  readonly reverses: string | null;
}

interface LineRow {
  readonly journal_id: string;
  readonly line: number;
  readonly side: 'debit' | 'credit';
  readonly account: string;
  readonly role: AccountRole;
  readonly kind: CostKind;
  readonly class: string | null;
  readonly department: string | null;
  readonly amount: string;
  readonly description: string;
}

interface SourceRow {
  readonly journal_id: string;
  readonly line: number;
  readonly type: JournalSource['type'];
  readonly id: string;
  readonly entry: string;
  readonly document: string | null;
  readonly sku: string | null;
  readonly quantity: string;
  readonly amount: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Reads journals with their lines by day of booking and number; every member of the filter narrows it. */
export async function readJournals(
  database: Store,
  filter: JournalFilter = {},
): Promise<readonly JournalDocument[]> {
  const { rows } = await database.query<JournalRow>(
    `with newest as (select * from journal
       where ($1::uuid[] is null or id = any ($1)) and ($2::text[] is null or number = any ($2))
         and posting_date between coalesce($3::date, '-infinity') and coalesce($4::date, 'infinity')
         and ($5::journal_status[] is null or status = any ($5)) and ($6::journal_kind[] is null or kind = any ($6))
       order by posting_date desc, number desc limit $7)
     select id, number, kind, status, posting_date::text, for_date::text, reference, currency, memo, reverses from newest
     order by newest.posting_date, number`,
    [
      // What is no UUID is the id of nothing.
      filter.ids?.filter((id) => UUID.test(id)) ?? null,
      filter.numbers ?? null,
      filter.from ?? null,
      filter.through ?? null,
      filter.statuses ?? null,
      filter.kinds ?? null,
      filter.newest ?? null,
    ],
  );
  const ids = rows.map((row) => row.id);
  const lines = Map.groupBy(await linesOf(database, ids), (row) => row.journal_id);
  const sources = filter.withSources
    ? Map.groupBy(await sourcesOf(database, ids), (row) => `${row.journal_id}:${row.line}`)
    : undefined;
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    kind: row.kind,
    status: row.status,
    date: row.posting_date,
    ...(row.for_date !== null && { forDate: row.for_date }),
    ...(row.reference !== null && { reference: row.reference }),
    currency: row.currency,
    memo: row.memo,
    ...(row.reverses !== null && { reverses: row.reverses }),
    lines: (lines.get(row.id) ?? []).map((line) => ({
      line: line.line,
      side: line.side,
      account: line.account,
      role: line.role,
      kind: line.kind,
      ...(line.class !== null && { class: line.class }),
      ...(line.department !== null && { department: line.department }),
      amount: moneyText(storedMoney(line.amount), row.currency),
      description: line.description,
      ...(sources && {
        sources: (sources.get(`${row.id}:${line.line}`) ?? []).map((source) =>
          sourceOf(source, row.currency),
        ),
      }),
    })),
  }));
}

const sourceOf = (row: SourceRow, currency: string): JournalSource => ({
  type: row.type,
  id: row.id,
  entry: row.entry,
  ...(row.document !== null && { document: row.document }),
  ...(row.sku !== null && { sku: row.sku }),
  quantity: row.quantity,
  amount: moneyText(storedMoney(row.amount), currency),
});

async function linesOf(database: Store, ids: readonly string[]): Promise<LineRow[]> {
  const { rows } = await database.query<LineRow>(
    `select journal_id, line, side, account, role, kind, class, department, amount::text, description
     from journal_line where journal_id = any ($1::uuid[]) order by journal_id, line`,
    [ids],
  );
  return rows;
}

async function sourcesOf(database: Store, ids: readonly string[]): Promise<SourceRow[]> {
  const { rows } = await database.query<SourceRow>(
    `select s.journal_id, s.line, case when m.key is null then 'cost_document' else 'movement' end as type,
       e.step_key || ':' || e.step_line as id, e.id::text as entry, coalesce(m.document, d.document) as document, i.sku,
       trim_scale(e.quantity)::text as quantity, s.amount::text
     from journal_line_entry s join cost_entry e on e.id = s.cost_entry_id
     left join movement m on m.key = e.step_key and m.line = e.step_line
     left join cost_document d on d.key = e.step_key left join item i on i.id = e.item_id
     where s.journal_id = any ($1::uuid[]) order by s.journal_id, s.line, e.id`,
    [ids],
  );
  return rows;
}
