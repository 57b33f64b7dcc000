// Reads the stock that availability is made of, for many listings in one statement, so that all terms are of one instant.
import type { Store } from '../inbox/store.ts';
import { quantityFrom, storedQuantity, times } from '../vocabulary/quantity.ts';
import { type AvailabilityTerms, availabilityOf, type ComponentStock } from './availability.ts';
import { LEAVING } from './leaving.ts';
import { type Policy, policyFor } from './policy.ts';

/** A listing at one of the channel's locations. */
export interface LevelId {
  readonly listingId: number;
  readonly externalLocation: string;
}

interface ListingRow {
  listing_id: number;
  external_location: string;
  sku: string;
  factor: string;
  /** Components with the places offered; a plain item is its own component. */
  item_id: number;
  component_sku: string;
  quantity: string;
  location_id: number;
  location: string;
  sellable: string;
  reserved: string;
  leaving: string;
  expiring: string;
}

// Places offered at a channel location: those the policy pools ($3 names external location and our code), else the bound one.
const READ = `
with level as (
  select * from unnest($1::int[], $2::text[]) as w(listing_id, external_location)
),
offered as (
  select v.listing_id, v.external_location, l.connection_id, l.item_id, l.factor, i.sku, p.id as location_id, p.code
  from level v join listing l on l.id = v.listing_id join item i on i.id = l.item_id
  left join location_binding b on b.connection_id = l.connection_id and b.external_id = v.external_location
  join location p on p.code = any(
    select pooled.code from unnest($3::text[], $4::text[]) as pooled(external_location, code) where pooled.external_location = v.external_location)
    or (p.id = b.location_id and not v.external_location = any($3::text[]))
),
component as (
  select o.*, coalesce(k.component_id, o.item_id) as component_id, coalesce(k.quantity, 1) as quantity
  from offered o join item i on i.id = o.item_id
  left join kit_component k on k.kit_id = o.item_id and i.is_kit
  where not i.is_kit or k.kit_id is not null
),
${LEAVING}
select c.listing_id, c.external_location, c.sku, c.factor::text as factor, c.component_id as item_id, ci.sku as component_sku,
  c.quantity::text as quantity, c.location_id, c.code as location,
  coalesce(b.quantity, 0)::text as sellable,
  coalesce((select sum(r.quantity) from reservation r where r.item_id = c.component_id and r.location_id = c.location_id), 0)::text as reserved,
  coalesce(g.quantity, 0)::text as leaving,
  least(greatest(coalesce(b.quantity, 0), 0), coalesce((select sum(lb.quantity) from lot t join lot_balance lb on lb.lot_id = t.id and lb.location_id = c.location_id and lb.state = 'sellable'
    where t.item_id = c.component_id and lb.quantity > 0
      and t.expires_on < $7::date + coalesce(d.days, 0)), 0))::text as expiring
from component c join item ci on ci.id = c.component_id
left join leaving g on g.item_id = c.component_id and g.location_id = c.location_id
left join balance b on b.item_id = c.component_id and b.location_id = c.location_id and b.state = 'sellable'
left join unnest($5::text[], $6::int[]) as d(sku, days) on d.sku = c.sku
order by c.listing_id, c.external_location, c.component_id, c.code`;

/**
 * The availability of each level under the channel's policy on a day (`2026-11-22`), which decides what has expired, with its
 * terms, keyed by `listingId|externalLocation`.
 */
export async function readAvailability(
  store: Store,
  levels: readonly LevelId[],
  policy: Policy,
  day: string,
): Promise<Map<string, AvailabilityTerms>> {
  const terms = new Map<string, AvailabilityTerms>();
  if (levels.length === 0) return terms;
  const pooled = Object.entries(policy.locations).flatMap(([external, codes]) =>
    codes.map((code) => ({ external, code })),
  );
  const skus = await shelfLives(store, levels, policy);
  const { rows } = await store.query<ListingRow>(READ, [
    levels.map((level) => level.listingId),
    levels.map((level) => level.externalLocation),
    pooled.map((each) => each.external),
    pooled.map((each) => each.code),
    skus.map((each) => each.sku),
    skus.map((each) => each.days),
    day,
  ]);
  const byLevel = Map.groupBy(rows, (row) => `${row.listing_id}|${row.external_location}`);
  for (const level of levels) {
    const key = `${level.listingId}|${level.externalLocation}`;
    const own = byLevel.get(key) ?? [];
    terms.set(key, availabilityOf(componentsOf(own), policyFor(policy, own[0]?.sku ?? '')));
  }
  return terms;
}

/** Only channels with a shelf-life window need more than expired lots left out. */
async function shelfLives(
  store: Store,
  levels: readonly LevelId[],
  policy: Policy,
): Promise<{ sku: string; days: number }[]> {
  const windowed =
    policy.shelfLifeDays !== undefined ||
    Object.values(policy.items).some((item) => item.shelfLifeDays !== undefined);
  if (!windowed) return [];
  const { rows } = await store.query<{ sku: string }>(
    'select distinct i.sku from listing l join item i on i.id = l.item_id where l.id = any($1::int[])',
    [levels.map((level) => level.listingId)],
  );
  return rows.map(({ sku }) => ({ sku, days: policyFor(policy, sku).shelfLifeDays ?? 0 }));
}

function componentsOf(rows: readonly ListingRow[]): ComponentStock[] {
  return [...Map.groupBy(rows, (row) => row.item_id).values()].flatMap((places) => {
    const [first] = places;
    if (!first) return [];
    return [
      {
        sku: first.component_sku,
        perUnit: times(quantityFrom(first.factor), quantityFrom(first.quantity)),
        places: places.map((place) => ({
          location: place.location,
          sellable: storedQuantity(place.sellable),
          reserved: storedQuantity(place.reserved),
          leaving: storedQuantity(place.leaving),
          expiring: storedQuantity(place.expiring),
        })),
      },
    ];
  });
}
