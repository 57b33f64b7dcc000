// What the ledger knows today about a location at an instant of the past: the balance now, less everything that took effect
// after it. In effective time, so a movement that arrived late counts where it happened.
import type { Store } from '../inbox/store.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { type Quantity, storedQuantity } from '../vocabulary/quantity.ts';
import type { StockState } from '../vocabulary/words.ts';

export interface LevelAsOf {
  readonly itemId: number;
  readonly state: StockState;
  /** Null: the item's total in that state, with and without lots. */
  readonly lotId: number | null;
  readonly quantity: Quantity;
}

// One statement and so one snapshot: a movement is seen in the balance and among those after the instant, or in neither.
const AS_OF = `
with place as (
  select item_id, state, null::int as lot_id, quantity from balance
  where location_id = $1 and ($3::int[] is null or item_id = any($3))
  union all
  select l.item_id, b.state, b.lot_id, b.quantity from lot_balance b join lot l on l.id = b.lot_id
  where b.location_id = $1 and ($3::int[] is null or l.item_id = any($3))
)
select p.item_id, p.state::text as state, p.lot_id, (p.quantity - coalesce(after.added, 0))::text as quantity
from place p left join lateral (
  select sum(case when m.to_location_id = $1 and m.to_state = p.state then m.quantity else 0 end
    - case when m.from_location_id = $1 and m.from_state = p.state then m.quantity else 0 end) as added
  from movement m
  where m.item_id = p.item_id and m.occurred_at > $2 and (m.to_location_id = $1 or m.from_location_id = $1)
    and (p.lot_id is null or m.lot_id = p.lot_id)) after on true
order by 1, 2, 3 nulls first`;

/** Levels of a location as of an instant (movements at that very instant included), of all items or of those given. */
export async function ledgerAsOf(
  store: Store,
  locationId: number,
  asOf: Instant,
  itemIds?: readonly number[],
): Promise<LevelAsOf[]> {
  const { rows } = await store.query<{
    item_id: number;
    state: StockState;
    lot_id: number | null;
    quantity: string;
  }>(AS_OF, [locationId, asOf, itemIds ?? null]);
  return rows.map((row) => ({
    itemId: row.item_id,
    state: row.state,
    lotId: row.lot_id,
    quantity: storedQuantity(row.quantity),
  }));
}
