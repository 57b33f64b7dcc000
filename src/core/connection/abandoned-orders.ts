// Orders that an attempt at a cut-over reserved before it broke off. Where they were closed since, nothing would ever release them:
// what is dated before the cut-over moves nothing. It only finds them.
import type { Store } from '../inbox/store.ts';
import type { Reservations } from '../ledger/movement.ts';
import type { Instant } from '../vocabulary/instant.ts';

/**
 * Empty reservations, in the version known, for each order that an earlier attempt holds and the one that began at `startedAt` was
 * not `told` of. One that it was told of stays as it is, also where it could not be taken: told in an older version, or of an item
 * that nobody knows any more, it is open all the same.
 */
export async function abandonedOrders(
  store: Store,
  connectionId: number,
  startedAt: Instant,
  told: ReadonlySet<string>,
): Promise<Reservations[]> {
  const { rows } = await store.query<{ document: string; version: string }>(
    `select o.document, o.version::text as version from sales_order o
     join inbox_event e on e.id = o.inbox_event_id and e.connection_id = o.connection_id
     where o.connection_id = $1 and e.dedupe_key like 'cutover %' and o.document <> all ($2::text[])
       and exists (select from reservation r where r.order_id = o.id)`,
    [connectionId, [...told]],
  );
  return rows.map(({ document, version }) => ({
    order: document,
    version,
    reservedAt: startedAt,
    lines: [],
  }));
}
