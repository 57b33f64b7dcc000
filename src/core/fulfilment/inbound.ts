// Goods on their way to a partner's warehouse: announced once under a number of ours, received by the partner's receipt.
import type { Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import type { Instant } from '../vocabulary/instant.ts';

export interface Announced {
  readonly connectionId: number;
  readonly number: string;
  /** Code of the location that expects it. */
  readonly location: string;
  readonly shippedAt: Instant;
  readonly expectedAt?: Instant | undefined;
}

/**
 * Notes the shipment; false when the number was announced before, and then nothing changes.
 * @throws StockbridgeError `location_unknown` when the location that expects it does not exist.
 */
export async function announce(client: Transaction, shipment: Announced): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into inbound_shipment (connection_id, number, location_id, shipped_at, expected_at)
     select $1, $2, l.id, $4, $5 from location l where l.code = $3
     on conflict (connection_id, number) do nothing`,
    [
      shipment.connectionId,
      shipment.number,
      shipment.location,
      shipment.shippedAt,
      shipment.expectedAt ?? null,
    ],
  );
  if (rowCount === 1) return true;
  const { rows } = await client.query(
    'select from inbound_shipment where connection_id = $1 and number = $2',
    [shipment.connectionId, shipment.number],
  );
  if (rows.length === 1) return false;
  throw new StockbridgeError('location_unknown', `there is no location ${shipment.location}`);
}

export interface KnownSku {
  readonly sku: string;
  readonly name: string;
  readonly baseUnit: string;
  readonly barcode: string | undefined;
  readonly listing: string | undefined;
}

/** How a partner may know these items, by SKU. */
export async function skusFor(
  client: Transaction,
  connectionId: number,
  skus: readonly string[],
): Promise<Map<string, KnownSku>> {
  const { rows } = await client.query<{
    sku: string;
    name: string;
    base_unit: string;
    barcode: string | null;
    listing: string | null;
  }>(
    `select i.sku, i.name, i.base_unit, (select min(code) from barcode where item_id = i.id) as barcode,
       (select min(external_id) from listing where item_id = i.id and connection_id = $1) as listing
     from item i where i.sku = any($2::text[])`,
    [connectionId, skus],
  );
  return new Map(
    rows.map((row) => [
      row.sku,
      {
        sku: row.sku,
        name: row.name,
        baseUnit: row.base_unit,
        barcode: row.barcode ?? undefined,
        listing: row.listing ?? undefined,
      },
    ]),
  );
}
