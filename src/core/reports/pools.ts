// Reads what is in each pool of stock at a cut, how far it is written down, and where the ledger holds it. Reads only.
import type { Transaction } from '../database.ts';
import { type Money, storedMoney } from '../vocabulary/money.ts';
import { type Quantity, storedQuantity } from '../vocabulary/quantity.ts';
import type { CostMethod, STOCK_ROLES } from '../vocabulary/words.ts';
import type { Held } from './share.ts';
import type { Cut } from './snapshot.ts';

export type StockRole = (typeof STOCK_ROLES)[number];

/** Value of one item in one pool; lots apart only for items that are costed by lot. */
export interface PooledValue {
  readonly itemId: number;
  readonly role: StockRole;
  /** Zero: all own locations together. */
  readonly pool: number;
  readonly lotId: number | null;
  readonly isByLot: boolean;
  readonly quantity: Quantity;
  readonly value: Money;
}

const METHOD_AT = `coalesce(
  (select p.method from cost_policy p where p.item_id = e.item_id and p.effective_at < $1 order by p.effective_at desc limit 1),
  (select p.method from cost_policy p where p.item_id is null and p.effective_at < $1 order by p.effective_at desc limit 1))`;

const POOLED = `
with moved as (
  select e.item_id, s.role, s.pool, e.lot_id, sum(s.sign * e.amount) as value, sum(s.sign * e.quantity) as quantity
  from cost_entry e cross join lateral (values (e.debit, e.debit_pool, 1), (e.credit, e.credit_pool, -1)) as s (role, pool, sign)
  where s.role in ('inventory', 'in_transit', 'consigned_out')
    and e.effective_at < $1 and ($2::timestamptz is null or e.recorded_at < $2)
  group by e.item_id, s.role, s.pool, e.lot_id),
of_item as (select item_id, $3 and ${METHOD_AT} = 'specific' as by_lot from (select distinct item_id from moved) e)
select m.item_id, m.role::text as role, coalesce(m.pool, 0) as pool, case when i.by_lot then m.lot_id end as lot_id, i.by_lot,
  sum(m.value)::text as value, trim_scale(sum(m.quantity))::text as quantity
from moved m join of_item i using (item_id)
group by 1, 2, 3, 4, 5 having sum(m.value) <> 0 or sum(m.quantity) <> 0
order by 1, 2, 3, 4 nulls last`;

/** What is in each pool, from cost entries alone; `byLot` keeps lots apart where an item is costed by lot. */
export async function pooledValue(client: Transaction, cut: Cut, byLot = false): Promise<PooledValue[]> {
  const { rows } = await client.query<{
    item_id: number;
    role: StockRole;
    pool: number;
    lot_id: number | null;
    by_lot: boolean;
    value: string;
    quantity: string;
  }>(POOLED, [cut.before, cut.knownBefore, byLot]);
  return rows.map((row) => ({
    itemId: row.item_id,
    role: row.role,
    pool: row.pool,
    lotId: row.lot_id,
    isByLot: row.by_lot,
    quantity: storedQuantity(row.quantity),
    value: storedMoney(row.value),
  }));
}

/** How far each item is written down. */
export async function allowancesAt(client: Transaction, cut: Cut): Promise<Map<number, Money>> {
  const { rows } = await client.query<{ item_id: number; amount: string }>(
    `select item_id, sum(case when credit = 'write_down_allowance' then amount else -amount end)::text as amount from cost_entry
     where 'write_down_allowance' in (debit, credit) and effective_at < $1 and ($2::timestamptz is null or recorded_at < $2)
     group by item_id having sum(case when credit = 'write_down_allowance' then amount else -amount end) <> 0`,
    [cut.before, cut.knownBefore],
  );
  return new Map(rows.map((row) => [row.item_id, storedMoney(row.amount)]));
}

// Stock of our own at the end of the day by the ledger; by location only what is in the pool of all own locations.
const HELD = `
select m.item_id, case when $3 = 'lot' then m.lot_id else l.id end as place, trim_scale(sum(s.sign * m.quantity))::text as quantity
from movement m cross join lateral (values (m.to_location_id, 1), (m.from_location_id, -1)) as s (location_id, sign)
join location l on l.id = s.location_id
where m.occurred_at < $1 and ($2::timestamptz is null or m.recorded_at < $2) and m.item_id = any($4::int[])
  and l.kind in ('warehouse', 'store', '3pl', 'transit') and l.ownership <> 'consigned_in'
  and ($3 = 'lot' or (l.kind <> 'transit' and l.ownership = 'own'))
group by 1, 2 having sum(s.sign * m.quantity) <> 0
order by 1, 2 nulls last`;

/** Stock of our own by location or lot, from the ledger alone. */
export async function heldAt(
  client: Transaction,
  cut: Cut,
  by: 'location' | 'lot',
  itemIds: readonly number[],
): Promise<Map<number, Held<number | null>[]>> {
  const { rows } = await client.query<{ item_id: number; place: number | null; quantity: string }>(HELD, [
    cut.before,
    cut.knownBefore,
    by,
    itemIds,
  ]);
  const held = new Map<number, Held<number | null>[]>();
  for (const row of rows) {
    const own = held.get(row.item_id) ?? [];
    own.push({ place: row.place, quantity: storedQuantity(row.quantity) });
    held.set(row.item_id, own);
  }
  return held;
}

export interface ReportItem {
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly group: string | null;
  readonly method: CostMethod;
  /** By id, of the places and lots of the installation that the item can be at. */
  readonly placeName: (by: 'location' | 'lot', id: number) => string | undefined;
}

/** What reports say of items, with the method that held at the cut. */
export async function itemsAt(
  client: Transaction,
  cut: Cut,
  itemIds: readonly number[],
): Promise<ReadonlyMap<number, ReportItem>> {
  const { rows } = await client.query<Omit<ReportItem, 'placeName'> & { id: number }>(
    `select e.item_id as id, i.sku, i.name, i.base_unit as unit, g.cost_group as "group", ${METHOD_AT}::text as method
     from unnest($2::int[]) as e(item_id) join item i on i.id = e.item_id left join item_costing g on g.item_id = i.id group by 1, 2, 3, 4, 5`,
    [cut.before, [...new Set(itemIds)]],
  );
  const locations = await client.query<{ id: number; code: string }>('select id, code from location');
  const lots = await client.query<{ id: number; code: string }>(
    'select id, code from lot where item_id = any($1::int[])',
    [itemIds],
  );
  const names = {
    location: new Map(locations.rows.map(({ id, code }) => [id, code])),
    lot: new Map(lots.rows.map(({ id, code }) => [id, code])),
  };
  return new Map(rows.map((row) => [row.id, { ...row, placeName: (by, id) => names[by].get(id) }]));
}
