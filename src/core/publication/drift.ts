// A channel said what it holds, and it is not what it was told: reason enough to look again, never to book (I7).
import type { Transaction } from '../database.ts';
import type { Observation } from '../ledger/movement.ts';

/**
 * Makes levels due whose reported availability is not the published one, and those that had stopped, for the channel holds them
 * again; the sender reads the channel before it acts.
 */
export async function noticeDrift(
  client: Transaction,
  observations: readonly (Observation & { readonly connectionId: number })[],
): Promise<void> {
  const reported = observations.filter((observation) => observation.basis === 'available');
  if (reported.length === 0) return;
  await client.query(
    `with reported as (
       select * from unnest($1::smallint[], $2::int[], $3::int[], $4::numeric[]) as r(connection_id, listing_id, location_id, quantity)),
     drifted as (
       select v.listing_id, v.external_location from listing_level v
       where (v.published is not null or v.due_at is null) and exists (
         select from reported r join location_binding b on b.connection_id = r.connection_id and b.location_id = r.location_id
         where r.listing_id = v.listing_id and b.external_id = v.external_location and r.quantity is distinct from v.published)
       order by 1, 2 for update)
     update listing_level v set published = null, due_at = least(v.due_at, clock_timestamp()),
       changed_at = coalesce(v.changed_at, clock_timestamp())
     from drifted d where v.listing_id = d.listing_id and v.external_location = d.external_location`,
    [
      reported.map((each) => each.connectionId),
      reported.map((each) => each.listingId),
      reported.map((each) => each.locationId),
      reported.map((each) => each.quantity),
    ],
  );
}
