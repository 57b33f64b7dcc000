// What the ledger holds at a location now, for a statement to the partner that runs it. Reads only.
import type { Transaction } from '../database.ts';

export interface HeldItem {
  readonly sku: string;
  readonly name: string;
  readonly baseUnit: string;
  readonly barcode: string | undefined;
  readonly listing: string | undefined;
  /** Sellable and held back for whatever reason, decimal text in base units. */
  readonly onHand: string;
  /** Sellable and not reserved; never below zero. */
  readonly available: string;
}

/** Items with stock or reservations at a location, by SKU. `listing` is the connection's own id of the item. */
export async function heldAt(
  client: Transaction,
  connectionId: number,
  locationCode: string,
): Promise<HeldItem[]> {
  const { rows } = await client.query<{
    sku: string;
    name: string;
    base_unit: string;
    barcode: string | null;
    listing: string | null;
    on_hand: string;
    available: string;
  }>(
    `select i.sku, i.name, i.base_unit, (select min(code) from barcode where item_id = i.id) as barcode,
       (select min(external_id) from listing where item_id = i.id and connection_id = $1) as listing,
       trim_scale(b.on_hand)::text as on_hand, trim_scale(greatest(b.sellable - coalesce(r.reserved, 0), 0))::text as available
     from location l
     join lateral (select item_id, sum(quantity) as on_hand, sum(quantity) filter (where state = 'sellable') as sellable
       from balance where location_id = l.id group by item_id having sum(quantity) <> 0) b on true
     join item i on i.id = b.item_id
     left join lateral (select sum(quantity) as reserved from reservation where item_id = i.id and location_id = l.id) r on true
     where l.code = $2 order by i.sku`,
    [connectionId, locationCode],
  );
  return rows.map((row) => ({
    sku: row.sku,
    name: row.name,
    baseUnit: row.base_unit,
    barcode: row.barcode ?? undefined,
    listing: row.listing ?? undefined,
    onHand: row.on_hand,
    available: row.available ?? '0',
  }));
}
