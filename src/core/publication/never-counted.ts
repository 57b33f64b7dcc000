// Which levels stand at zero only because nobody ever said what is there. Such a zero is not known, so it is not told: it would
// take a shop's whole stock off sale before it was taken over.
import type { AvailabilityTerms } from '../availability/availability.ts';
import type { Policy } from '../availability/policy.ts';
import type { Store } from '../inbox/store.ts';

/**
 * The levels at zero, by the keys given, of which an item was never counted at, moved to or moved from any of the places offered;
 * or behind which no stock stands at all, as where the policy names locations that there are not; with the reason for people. A cap
 * of zero is a person's word, and stands.
 */
export async function neverCounted(
  store: Store,
  terms: ReadonlyMap<string, AvailabilityTerms>,
  { locations }: Pick<Policy, 'locations'>,
): Promise<Map<string, string>> {
  const zero = [...terms].filter(([, { available, cap }]) => available === '0' && cap !== 0);
  const places = zero.flatMap(([, { components }]) =>
    components.flatMap((component) =>
      component.places.map(({ location }) => ({ sku: component.sku, location })),
    ),
  );
  const known = places.length === 0 ? new Set<string>() : await knownPlaces(store, places);
  return new Map(
    zero.flatMap(([key, { components }]) => {
      if (components.length === 0) return [[key, nothingBehind(key, locations)] as const];
      const unknown = components.find((component) =>
        component.places.every(({ location }) => !known.has(placeKey(component.sku, location))),
      );
      return unknown ? [[key, reasonFor(unknown)] as const] : [];
    }),
  );
}

const placeKey = (sku: string, location: string): string => JSON.stringify([sku, location]);

const reasonFor = ({ sku, places }: AvailabilityTerms['components'][number]): string =>
  `never counted: the channel offers some, and the ledger was never told of ${sku} at ${places.map(({ location }) => location).join(', ')}; \`stockbridge count\` says what is there`;

/** The key is `listingId|externalLocation`. */
function nothingBehind(key: string, locations: Policy['locations']): string {
  const external = key.slice(key.indexOf('|') + 1);
  const pooled = Object.hasOwn(locations, external) ? locations[external] : undefined;
  return pooled === undefined
    ? 'never counted: the channel offers some, and no stock stands behind it: its location there is bound to none of ours, or it is a kit without parts'
    : `never counted: the channel offers some, and no stock stands behind it: its policy offers ${pooled.join(', ')} there, which are not locations of ours, or it is a kit without parts; correct policy.locations and restart the hub`;
}

// A balance alone proves nothing: a movement that was refused leaves an empty one.
async function knownPlaces(
  store: Store,
  places: readonly { sku: string; location: string }[],
): Promise<Set<string>> {
  const { rows } = await store.query<{ sku: string; code: string }>(
    `select i.sku, l.code from (select distinct * from unnest($1::text[], $2::text[]) as w(sku, code)) w
     join item i on i.sku = w.sku join location l on l.code = w.code
     where exists (select from balance b where b.item_id = i.id and b.location_id = l.id and (b.quantity <> 0 or b.counted_at is not null))
       or exists (select from movement m where m.item_id = i.id and (m.to_location_id = l.id or m.from_location_id = l.id))
       or exists (select from stock_count s where s.item_id = i.id and s.location_id = l.id)`,
    [places.map(({ sku }) => sku), places.map(({ location }) => location)],
  );
  return new Set(rows.map(({ sku, code }) => placeKey(sku, code)));
}
