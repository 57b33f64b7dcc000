// How far value is behind the ledger, and what keeps it there. Reads only.
import { type WaitingDocument, waitingForGoods } from '../costs/waiting-goods.ts';
import type { Database } from '../database.ts';
import type { Day } from '../journals/calendar.ts';
import { closedThrough } from '../journals/unbooked.ts';
import { type Report, reportOf } from './snapshot.ts';

export interface ValueStanding {
  /** Batches of the ledger that value has not looked at. */
  readonly batchesBehind: number;
  readonly itemsStale: number;
  /** Items whose last valuation failed; `behind.items` names them first. */
  readonly itemsFailed: number;
  readonly entries: string;
  /** ISO 8601; null: nothing was valued so far. */
  readonly lastValuedAt: Date | null;
  /** Bills and landed costs whose goods have not come. */
  readonly waiting: readonly WaitingDocument[];
  readonly closedThrough: Day | null;
  readonly framework: string;
  readonly system: string;
  /** What holds for items without a rule of their own. */
  readonly methods: readonly {
    readonly sku: string | null;
    readonly method: string;
    readonly timing: string;
    /** Null: from the beginning. */
    readonly from: Day | null;
  }[];
}

/** Where value stands. */
export const valueStandingOf = (database: Database): Promise<Report<ValueStanding>> =>
  reportOf(database, async ({ client, company }) => {
    const { rows } = await client.query<{
      batches: string;
      stale: number;
      failed: number;
      entries: string;
      last: Date | null;
    }>(
      `select (select coalesce(sum(l.sequence - c.sequence), 0) from valuation_cursor c join ledger_lane l on l.id = c.lane)::text as batches,
         (select count(*)::int from valuation_stale) as stale,
         (select count(*)::int from valuation_stale where failure is not null) as failed,
         (select count(*) from cost_entry)::text as entries, (select max(recorded_at) from valuation_run) as last`,
    );
    const methods = await client.query<ValueStanding['methods'][number]>(
      `select i.sku, p.method::text as method, p.timing::text as timing, case when p.effective_at > '0002-01-01' then (p.effective_at at time zone $1)::date::text end as "from"
       from cost_policy p left join item i on i.id = p.item_id order by p.item_id nulls first, p.effective_at`,
      [company.timeZone],
    );
    const [row] = rows;
    return {
      batchesBehind: Number(row?.batches ?? 0),
      itemsStale: row?.stale ?? 0,
      itemsFailed: row?.failed ?? 0,
      entries: row?.entries ?? '0',
      lastValuedAt: row?.last ?? null,
      waiting: await waitingForGoods(client),
      closedThrough: (await closedThrough(client)) ?? null,
      framework: company.framework,
      system: company.system,
      methods: methods.rows,
    };
  });
