// From a line of a journal down to what caused it: cost entries, the movements and cost documents behind them, and the
// inbox events whose bytes said so. Reads only.
import type { Store } from '../inbox/store.ts';
import { moneyText, storedMoney } from '../vocabulary/money.ts';
import type { AccountRole, CostKind, MovementType } from '../vocabulary/words.ts';

export interface DrilledEntry {
  readonly entry: string;
  /** Its part of the line, decimal text; below zero where it lessens the line. */
  readonly amount: string;
  readonly sku: string;
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
  /** Base units in (above zero) or out; decimal text. */
  readonly quantity: string;
  readonly effectiveAt: Date;
  readonly recordedAt: Date;
  readonly isCorrection: boolean;
  readonly location: string | null;
  readonly connection: string | null;
  /** `<key>:<line>` of the step. */
  readonly step: string;
  readonly cause: DrilledCause | null;
  /** The movement or document that is corrected, when it is another one. */
  readonly about: { readonly step: string; readonly document: string | null } | null;
}

export interface DrilledCause {
  readonly type: 'movement' | 'cost_document';
  /** The movement’s type or the cost document’s kind. */
  readonly what: MovementType | string;
  readonly document: string;
  readonly reference: string | null;
  readonly occurredAt: Date;
  /** The inbox event; `stockbridge explain event <id>` shows its bytes. Null: it did not come through the inbox. */
  readonly event: string | null;
}

interface Row {
  readonly entry: string;
  readonly amount: string;
  readonly currency: string;
  readonly sku: string;
  readonly kind: CostKind;
  readonly debit: AccountRole;
  readonly credit: AccountRole;
  readonly quantity: string;
  readonly effective_at: Date;
  readonly recorded_at: Date;
  readonly is_correction: boolean;
  readonly location: string | null;
  readonly connection: string | null;
  readonly step: string;
  readonly cause_type: DrilledCause['type'] | null;
  readonly what: string | null;
  readonly document: string | null;
  readonly reference: string | null;
  readonly occurred_at: Date | null;
  readonly event: string | null;
  readonly about: string | null;
  readonly about_document: string | null;
}

const DRILL = `
select e.id::text as entry, s.amount::text, j.currency, i.sku, e.kind, e.debit, e.credit, trim_scale(e.quantity)::text as quantity,
  e.effective_at, e.recorded_at, e.is_correction, l.code as location, c.name as connection,
  e.step_key || ':' || e.step_line as step,
  case when m.key is not null then 'movement' when d.key is not null then 'cost_document' end as cause_type,
  coalesce(m.type::text, d.kind::text) as what, coalesce(m.document, d.document) as document, m.reference,
  coalesce(m.occurred_at, d.effective_at) as occurred_at, coalesce(m.inbox_event_id, d.inbox_event_id)::text as event,
  e.about_key || ':' || e.about_line as about, coalesce(am.document, ad.document) as about_document
from journal_line_entry s
join journal j on j.id = s.journal_id join cost_entry e on e.id = s.cost_entry_id join item i on i.id = e.item_id
left join location l on l.id = e.location_id left join connection c on c.id = e.connection_id
left join movement m on m.key = e.step_key and m.line = e.step_line left join cost_document d on d.key = e.step_key
left join movement am on am.key = e.about_key and am.line = e.about_line left join cost_document ad on ad.key = e.about_key
where s.journal_id = $1 and s.line = $2 and e.id > $3
order by e.id limit $4`;

/** The entries of one line by id, `limit` at a time: `after` is the last entry of the page before. */
export async function drillLine(
  store: Store,
  journalId: string,
  line: number,
  page: { readonly after?: string; readonly limit?: number } = {},
): Promise<DrilledEntry[]> {
  const { rows } = await store.query<Row>(DRILL, [journalId, line, page.after ?? '0', page.limit ?? 1000]);
  return rows.map((row) => ({
    entry: row.entry,
    amount: moneyText(storedMoney(row.amount), row.currency),
    sku: row.sku,
    kind: row.kind,
    debit: row.debit,
    credit: row.credit,
    quantity: row.quantity,
    effectiveAt: row.effective_at,
    recordedAt: row.recorded_at,
    isCorrection: row.is_correction,
    location: row.location,
    connection: row.connection,
    step: row.step,
    cause: causeOf(row),
    about: row.about === null ? null : { step: row.about, document: row.about_document },
  }));
}

function causeOf(row: Row): DrilledCause | null {
  const { cause_type: type, what, document, occurred_at: occurredAt } = row;
  if (type === null || what === null || document === null || occurredAt === null) return null;
  return { type, what, document, reference: row.reference, occurredAt, event: row.event };
}
