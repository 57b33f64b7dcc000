// Which levels of a channel hold a number that the hub has told it. Such a number is availability, after buffer, share and cap, and
// no count of what is there. Reads only.
import type { Store } from '../inbox/store.ts';

/** Of the levels given, those that the hub has told something, or may have: an intent whose outcome is open counts too. */
export async function levelsToldByHub<Level extends { readonly listing: string; readonly location: string }>(
  store: Store,
  connectionId: number,
  levels: readonly Level[],
): Promise<Set<Level>> {
  const { rows } = await store.query<{ position: number }>(
    `select w.position::int from unnest($2::text[], $3::text[]) with ordinality as w(listing, location, position)
     join listing l on l.connection_id = $1 and l.external_id = w.listing
     where exists (select from publication p where p.listing_id = l.id and p.external_location = w.location
       and p.status in ('confirmed', 'sending'))`,
    [connectionId, levels.map(({ listing }) => listing), levels.map(({ location }) => location)],
  );
  return new Set(
    rows.flatMap(({ position }) => {
      const level = levels[position - 1];
      return level ? [level] : [];
    }),
  );
}
