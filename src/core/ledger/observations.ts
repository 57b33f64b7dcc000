// Keeps the levels that channels report, in the transaction that posts their event: compared, never booked.
import type { Transaction } from '../database.ts';
import { noticeDrift } from '../publication/drift.ts';
import type { Posting } from './movement.ts';

/** Stores the observations of a batch, and makes levels due that are not what was published (I7). */
export async function writeObservations(client: Transaction, postings: readonly Posting[]): Promise<void> {
  const rows = postings.flatMap((posting) =>
    posting.observations.map((observation) => ({ ...posting, ...observation })),
  );
  await client.query(
    `insert into observation (connection_id, inbox_event_id, listing_id, location_id, basis, quantity, as_of)
     select * from unnest($1::smallint[], $2::bigint[], $3::int[], $4::int[], $5::text[], $6::numeric[], $7::timestamptz[])`,
    [
      rows.map((row) => row.connectionId),
      rows.map((row) => row.inboxEventId),
      rows.map((row) => row.listingId),
      rows.map((row) => row.locationId),
      rows.map((row) => row.basis),
      rows.map((row) => row.quantity),
      rows.map((row) => row.asOf),
    ],
  );
  await noticeDrift(client, rows);
}
