// Our journals as far as they are tied out: what each puts on its accounts, and how far it is on its way into the books.
// Reads only.
import type { Transaction } from '../database.ts';
import type { JournalKind, JournalStatus } from '../journals/document.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole } from '../vocabulary/words.ts';
import type { Sums } from './ledger.ts';

export interface OwnJournal {
  readonly id: string;
  readonly number: string;
  readonly kind: JournalKind;
  readonly status: JournalStatus;
  /** The day it is booked on here. */
  readonly date: string;
  readonly forDate: string | undefined;
  readonly reverses: string | undefined;
  readonly sums: Sums;
  readonly lines: readonly OwnLine[];
  readonly contentHash: string | undefined;
  readonly delivery: OwnDelivery | undefined;
}

export interface OwnLine {
  readonly side: 'debit' | 'credit';
  readonly account: string;
  readonly role: AccountRole;
  readonly amount: Money;
  readonly class: string | undefined;
  readonly department: string | undefined;
}

export interface OwnDelivery {
  readonly status: 'queued' | 'sent' | 'unknown' | 'posted' | 'rejected';
  /** The day it is booked on in the books. */
  readonly bookedOn: string;
  readonly attempts: number;
  readonly externalId: string | undefined;
  readonly reason: string | undefined;
  /** It was taken back before it was booked: neither it nor its reversal is in the books. */
  readonly isTakenBack: boolean;
  /** Why its connection waits for a person. */
  readonly parked: string | undefined;
}

interface Row {
  readonly id: string;
  readonly number: string;
  readonly kind: JournalKind;
  readonly status: JournalStatus;
  readonly date: string;
  readonly for_date: string | null;
  readonly reverses: string | null;
  readonly content_hash: string | null;
  readonly delivery: OwnDelivery['status'] | null;
  readonly booked_on: string | null;
  readonly attempts: number | null;
  readonly external_id: string | null;
  readonly reason: string | null;
  readonly is_taken_back: boolean;
  readonly parked: string | null;
}

interface LineRow {
  readonly journal_id: string;
  readonly side: 'debit' | 'credit';
  readonly account: string;
  readonly role: AccountRole;
  readonly amount: string;
  readonly class: string | null;
  readonly department: string | null;
}

/** Every journal, drafts among them, by day and number. */
export async function ownJournals(client: Pick<Transaction, 'query'>): Promise<readonly OwnJournal[]> {
  const { rows } = await client.query<Row>(
    `select j.id::text, j.number, j.kind, j.status, j.posting_date::text as date, j.for_date::text, j.reverses::text,
       encode(j.content_hash, 'hex') as content_hash, d.status::text as delivery, d.booked_on::text, d.attempts, d.external_id, d.reason,
       coalesce(d.code = 'taken_back', false) as is_taken_back,
       c.parked_reason as parked
     from journal j left join journal_delivery d on d.journal_id = j.id left join connection c on c.id = d.connection_id
       and c.parked_at is not null
     order by j.posting_date, j.number collate "C"`,
  );
  const lines = await client.query<LineRow>(
    'select journal_id::text, side, account, role, amount::text, class, department from journal_line order by journal_id, line',
  );
  const byJournal = Map.groupBy(lines.rows, (line) => line.journal_id);
  return rows.map((row) => journalOf(row, byJournal.get(row.id) ?? []));
}

function journalOf(row: Row, rows: readonly LineRow[]): OwnJournal {
  const lines = rows.map((line) => ({
    side: line.side,
    account: line.account,
    role: line.role,
    amount: storedMoney(line.amount),
    class: line.class ?? undefined,
    department: line.department ?? undefined,
  }));
  return {
    id: row.id,
    number: row.number,
    kind: row.kind,
    status: row.status,
    date: row.date,
    forDate: row.for_date ?? undefined,
    reverses: row.reverses ?? undefined,
    contentHash: row.content_hash ?? undefined,
    sums: sumsOf(lines),
    lines,
    delivery: row.delivery === null ? undefined : deliveryOf(row, row.delivery),
  };
}

const deliveryOf = (row: Row, status: OwnDelivery['status']): OwnDelivery => ({
  status,
  bookedOn: row.booked_on ?? row.date,
  attempts: row.attempts ?? 0,
  externalId: row.external_id ?? undefined,
  reason: row.reason ?? undefined,
  isTakenBack: row.is_taken_back,
  parked: row.parked ?? undefined,
});

/** Ids in the books of what is ours there, as far as they were told. */
export const deliveredIds = (journals: readonly OwnJournal[]): ReadonlySet<string> =>
  new Set(
    journals.flatMap(({ status, delivery }) => (status === 'draft' ? [] : (delivery?.externalId ?? []))),
  );

/** What lines put on each account, debit above zero. */
export function sumsOf(
  lines: readonly { readonly side: 'debit' | 'credit'; readonly account: string; readonly amount: Money }[],
): Sums {
  const sums = new Map<string, Money>();
  for (const { side, account, amount } of lines)
    sums.set(account, ((sums.get(account) ?? 0n) + (side === 'debit' ? amount : -amount)) as Money);
  return sums;
}
