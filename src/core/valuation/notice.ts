// Which items' value is behind their history, and from when on. The ledger's chain is the change log; nothing here is on the
// way of a posting.
import { concernedBy } from '../costs/concerned.ts';
import type { Database, Transaction } from '../database.ts';
import { dependentsOf } from './production-orders.ts';

/** Batches looked at in one transaction, per lane: few enough that whoever posts meanwhile is soon left alone again. */
const BATCHES = 100;

/** Turns posted batches into stale items; answers how many batches were looked at. Call it until it answers zero. */
export async function noticePostings(database: Database): Promise<number> {
  return database.transaction(async (client) => {
    const { rows } = await client.query<{ lane: number; sequence: string }>(
      `select c.lane, least(l.sequence, c.sequence + $1) as sequence from valuation_cursor c join ledger_lane l on l.id = c.lane
       where l.sequence > c.sequence order by c.lane for update of c skip locked`,
      [BATCHES],
    );
    if (rows.length === 0) return 0;
    const lanes = [rows.map((row) => row.lane), rows.map((row) => row.sequence)];
    const batches = await client.query<{ id: string }>(
      `select b.id from ledger_batch b join valuation_cursor c on c.lane = b.lane
       join unnest($1::smallint[], $2::bigint[]) as w(lane, sequence) on w.lane = b.lane
       where b.sequence > c.sequence and b.sequence <= w.sequence`,
      lanes,
    );
    await client.query(
      `insert into valuation_stale (item_id, from_at, until_at, caused_at)
       select item_id, min(occurred_at), max(occurred_at), max(occurred_at) from movement where batch_id = any($1::bigint[])
         and batch_id >= (select min(b) from unnest($1::bigint[]) b) and batch_id <= (select max(b) from unnest($1::bigint[]) b)
       group by item_id order by item_id
       ${WIDEN}`,
      [batches.rows.map((row) => row.id)],
    );
    await noteReferences(
      client,
      batches.rows.map((row) => row.id),
    );
    await client.query(
      `update valuation_cursor c set sequence = w.sequence from unnest($1::smallint[], $2::bigint[]) as w(lane, sequence) where w.lane = c.lane`,
      lanes,
    );
    return batches.rows.length;
  });
}

/** Which goods a bill, a landed cost or a production order may name; kept here so that no posting pays for an index. */
async function noteReferences(client: Transaction, batches: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ reference: string; at: string; changesOutputs: boolean }>(
    `with named as (
     select n.name, m.item_id, m.key, m.line,
            (case when f.kind = 'supplier' then 'received' when t.kind = 'supplier' then 'sent_back'
                  when t.kind = 'production' then 'consumed' else 'made' end)::cost_reference_kind as kind, m.occurred_at,
            f.kind = 'production' or (t.kind = 'production' and m.corrects is not null) as changes_outputs
     from movement m join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
     -- what undoes a receipt is about the same bills, under whatever name it comes itself
     left join lateral (select u.reference, u.document, u.corrects from movement u where u.key = m.corrects limit 1) u on true
     left join lateral (select g.reference, g.document from movement g where g.key = u.corrects limit 1) g on true
     cross join lateral (values (m.reference), (m.document), (u.reference), (u.document), (g.reference), (g.document)) as n(name)
     where m.batch_id = any($1::bigint[]) and m.batch_id >= (select min(b) from unnest($1::bigint[]) b)
       and m.batch_id <= (select max(b) from unnest($1::bigint[]) b)
       and (f.kind in ('supplier', 'production') or t.kind in ('supplier', 'production')) and n.name is not null),
     noted as (
       insert into cost_reference (reference, item_id, step_key, step_line, kind, occurred_at)
       select name, item_id, key, line, kind, occurred_at from named
       on conflict do nothing
       returning reference)
     select name as reference, to_char(max(occurred_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
            bool_or(changes_outputs) as "changesOutputs"
     from named where name in (select reference from noted) group by name`,
    [batches],
  );
  const named = rows.map(({ reference, at }) => ({ reference, causedAt: at }));
  // What an order made is shared among all of it: one output more, or one taken back, changes what the others are worth.
  const shared = named.filter((_, index) => rows[index]?.changesOutputs);
  await markStale(client, [...(await concernedBy(client, named)), ...(await dependentsOf(client, shared))]);
}

const WIDEN = `on conflict (item_id) do update
  set from_at = least(valuation_stale.from_at, excluded.from_at), until_at = greatest(valuation_stale.until_at, excluded.until_at),
      caused_at = greatest(valuation_stale.caused_at, excluded.caused_at), noticed_at = clock_timestamp(), retry_at = clock_timestamp(), attempts = 0, failure = null`;

export interface Stale {
  readonly itemId: number;
  /** ISO 8601 with microseconds. */
  readonly fromAt: string;
  /** Default: everything after `from` may have changed. */
  readonly untilAt?: string;
  /** When the fact behind it takes effect; default, and null: now. */
  readonly causedAt?: string | null;
}

/** Marks items to be valued anew from a time on. */
export async function markStale(
  client: Transaction | Database['pool'],
  stale: readonly Stale[],
): Promise<void> {
  if (stale.length === 0) return;
  await client.query(
    `insert into valuation_stale (item_id, from_at, until_at, caused_at)
     select item_id, min(from_at), max(until_at), max(coalesce(caused_at, clock_timestamp()))
     from unnest($1::int[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) as s(item_id, from_at, until_at, caused_at)
     group by item_id order by item_id
     ${WIDEN}`,
    [
      stale.map(({ itemId }) => itemId),
      stale.map(({ fromAt }) => fromAt),
      stale.map(({ untilAt }) => untilAt ?? 'infinity'),
      stale.map(({ causedAt }) => causedAt ?? null),
    ],
  );
}
