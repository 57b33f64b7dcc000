// Goods on their way to a partner's warehouse: announced once under a number of ours, received by the partner's receipt.
import type { Transaction } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { type Instant, instantOfMicros } from '../vocabulary/instant.ts';

export interface Announced {
  readonly connectionId: number;
  readonly number: string;
  /** Code of the location that expects it. */
  readonly location: string;
  /** Absent: not said; a first announcement then takes `now`. */
  readonly shippedAt: Instant | undefined;
  readonly expectedAt: Instant | undefined;
  readonly now: Instant;
  /** What else makes it this shipment, in a form that is the same for the same content. */
  readonly content: object;
}

export interface Announcement {
  /** `known`, `conflict` (I4): the number was announced before, with this or with other content, and nothing changed. */
  readonly outcome: 'announced' | 'known' | 'conflict';
  /** As said now, or else as it was noted first. */
  readonly shippedAt: Instant;
}

/**
 * Notes the shipment once per number.
 * @throws StockbridgeError `location_unknown` when the location that expects it does not exist.
 */
export async function announce(client: Transaction, shipment: Announced): Promise<Announcement> {
  const { connectionId, number, location, shippedAt, expectedAt = null } = shipment;
  const content = JSON.stringify(shipment.content);
  const { rowCount } = await client.query(
    `insert into inbound_shipment (connection_id, number, location_id, shipped_at, expected_at, content)
     select $1, $2, l.id, $4, $5, $6 from location l where l.code = $3
     on conflict (connection_id, number) do nothing`,
    [connectionId, number, location, shippedAt ?? shipment.now, expectedAt, content],
  );
  if (rowCount === 1) return { outcome: 'announced', shippedAt: shippedAt ?? shipment.now };
  const { rows } = await client.query<{ same: boolean; shipped: string }>(
    `select shipped_at = coalesce($3, shipped_at) and expected_at is not distinct from $4
       and (content is null or content = $5) as same, (extract(epoch from shipped_at) * 1000000)::bigint as shipped
     from inbound_shipment where connection_id = $1 and number = $2`,
    [connectionId, number, shippedAt ?? null, expectedAt, content],
  );
  const [first] = rows;
  if (first)
    return {
      outcome: first.same ? 'known' : 'conflict',
      shippedAt: shippedAt ?? instantOfMicros(BigInt(first.shipped)),
    };
  throw new StockbridgeError('location_unknown', `there is no location ${location}`);
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
