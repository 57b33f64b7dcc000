// Goods on their way and goods that others hold for us, by what brought them there and how long ago: what has been there longest
// is taken to have left first. Reads only.
import type { Database, Transaction } from '../database.ts';
import { businessDay, type Day } from '../journals/calendar.ts';
import { type Money, moneyText, spread, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, quantityText, storedQuantity } from '../vocabulary/quantity.ts';
import { type Aged, ageDays, agedSums, bandOf } from './age.ts';
import { itemsAt, type PooledValue, pooledValue } from './pools.ts';
import { type Cut, cutAfter, type Report, reportOf } from './snapshot.ts';
import { moneySum } from './totals.ts';

export type AwayRole = 'in_transit' | 'consigned_out';

export interface AwayRow {
  readonly role: AwayRole;
  readonly location: string;
  readonly sku: string;
  /** What brought it there; null where nothing is known to have. */
  readonly document: string | null;
  readonly reference: string | null;
  readonly since: Day | null;
  readonly ageDays: number | null;
  readonly age: string | null;
  readonly quantity: string;
  readonly value: string;
  readonly event: string | null;
}

export interface Away {
  readonly asOf: Day;
  readonly rows: readonly AwayRow[];
  readonly total: { readonly inTransit: string; readonly consignedOut: string };
  readonly ages: { readonly inTransit: Aged; readonly consignedOut: Aged };
}

/** Stock in transit and on consignment at the end of a day. */
export const awayOf = (database: Database, options: { readonly asOf: Day }): Promise<Report<Away>> =>
  reportOf(database, async ({ client, company }) => {
    const { asOf } = options;
    const { currency, timeZone } = company;
    const cut = cutAfter(company, asOf);
    const pools = (await pooledValue(client, cut)).filter(({ role }) => role !== 'inventory');
    const items = await itemsAt(
      client,
      cut,
      pools.map(({ itemId }) => itemId),
    );
    const arrivals = await arrivalsAt(client, cut, pools);
    const parts = pools.flatMap((pool) =>
      stillThere(pool, arrivals.get(`${pool.itemId}@${pool.pool}`) ?? []).map((part) => ({ ...part, pool })),
    );
    const rows = parts.map(({ pool, arrival, quantity, value }): AwayRow & { readonly amount: Money } => {
      const since = arrival === undefined ? null : businessDay(arrival.at, timeZone);
      const days = since === null ? null : ageDays(since, asOf);
      const item = items.get(pool.itemId);
      return {
        role: pool.role === 'in_transit' ? 'in_transit' : 'consigned_out',
        location: item?.placeName('location', pool.pool) ?? String(pool.pool),
        sku: item?.sku ?? String(pool.itemId),
        document: arrival?.document ?? null,
        reference: arrival?.reference ?? null,
        since,
        ageDays: days,
        age: days === null ? null : bandOf(days),
        quantity: quantityText(quantity),
        value: moneyText(value, currency),
        event: arrival?.event ?? null,
        amount: value,
      };
    });
    const amounts = (role: AwayRole) =>
      rows.filter((row) => row.role === role).map((row) => ({ days: row.ageDays ?? 0, amount: row.amount }));
    const total = (role: AwayRole): string =>
      moneyText(moneySum(amounts(role).map(({ amount }) => amount)), currency);
    return {
      asOf,
      rows: rows
        .map(({ amount: _, ...row }) => row)
        .sort(
          (a, b) =>
            (a.role < b.role ? 1 : a.role > b.role ? -1 : 0) ||
            (b.ageDays ?? 0) - (a.ageDays ?? 0) ||
            (a.sku < b.sku ? -1 : 1),
        ),
      total: { inTransit: total('in_transit'), consignedOut: total('consigned_out') },
      ages: {
        inTransit: agedSums(amounts('in_transit'), currency),
        consignedOut: agedSums(amounts('consigned_out'), currency),
      },
    };
  });

interface Arrival {
  readonly at: bigint;
  readonly quantity: Quantity;
  readonly value: Money;
  readonly document: string;
  readonly reference: string | null;
  readonly event: string | null;
}

const ARRIVALS = `
with here as (select * from unnest($2::int[], $3::int[]) as h(item_id, pool)),
came as (
  select e.item_id, e.debit_pool as pool, e.step_key, e.step_line, min(e.effective_at) as effective_at, sum(e.quantity) as quantity,
    sum(e.amount) as amount
  from cost_entry e join here h on h.item_id = e.item_id and h.pool = e.debit_pool
  where e.effective_at < $1 group by 1, 2, 3, 4 having sum(e.quantity) > 0)
select c.item_id, c.pool, (extract(epoch from c.effective_at) * 1000000)::bigint::text as at, trim_scale(c.quantity)::text as quantity,
  c.amount::text as amount, coalesce(m.document, d.document, '') as document, m.reference,
  coalesce(m.inbox_event_id, d.inbox_event_id)::text as event
from came c left join movement m on m.key = c.step_key and m.line = c.step_line left join cost_document d on d.key = c.step_key
order by c.item_id, c.pool, c.effective_at desc, c.step_key`;

/** What came into each pool, the newest first. */
async function arrivalsAt(
  client: Transaction,
  cut: Cut,
  pools: readonly PooledValue[],
): Promise<Map<string, Arrival[]>> {
  const { rows } = await client.query<{
    item_id: number;
    pool: number;
    at: string;
    quantity: string;
    amount: string;
    document: string;
    reference: string | null;
    event: string | null;
  }>(ARRIVALS, [cut.before, pools.map(({ itemId }) => itemId), pools.map(({ pool }) => pool)]);
  const arrivals = new Map<string, Arrival[]>();
  for (const row of rows) {
    const key = `${row.item_id}@${row.pool}`;
    const own = arrivals.get(key) ?? [];
    own.push({
      at: BigInt(row.at),
      quantity: storedQuantity(row.quantity),
      value: storedMoney(row.amount),
      document: row.document,
      reference: row.reference,
      event: row.event,
    });
    arrivals.set(key, own);
  }
  return arrivals;
}

interface Part {
  readonly arrival: Arrival | undefined;
  readonly quantity: Quantity;
  readonly value: Money;
}

/**
 * What is there by what brought it, the newest arrivals first: at what each came at as far as that goes, the rest with the
 * oldest, so that the parts are the pool to the last unit.
 */
function stillThere(pool: PooledValue, arrivals: readonly Arrival[]): Part[] {
  let left: bigint = pool.quantity;
  const parts: { arrival: Arrival | undefined; quantity: Quantity; worth: bigint }[] = [];
  for (const arrival of arrivals) {
    if (left <= 0n) break;
    const quantity = (arrival.quantity < left ? arrival.quantity : left) as Quantity;
    parts.push({ arrival, quantity, worth: (arrival.value * quantity) / arrival.quantity });
    left -= quantity;
  }
  if (left !== 0n || parts.length === 0)
    parts.push({ arrival: undefined, quantity: left as Quantity, worth: parts.length === 0 ? 1n : 0n });
  const weights = parts.map(({ worth }) => (worth > 0n ? worth : 0n));
  const values = spread(
    pool.value,
    weights.every((weight) => weight === 0n) ? parts.map(({ quantity }) => quantity) : weights,
  );
  return parts.map(({ arrival, quantity }, index) => ({
    arrival,
    quantity,
    value: values[index] ?? (0n as Money),
  }));
}
