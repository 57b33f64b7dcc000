// The numbers that partners know our orders by. One sequence for all partners; it is raised where a partner has seen orders that
// this database does not know of, and never lowered.
import type { Database } from '../database.ts';
import type { Store } from '../inbox/store.ts';
import { exclusively } from '../lock.ts';

export interface RaisedOrders {
  /** The number of the next order is `FO-` and this, or above. */
  readonly next: number;
  /** Orders that were not sent and got a number of their own, because theirs may be another one's at the partner. */
  readonly renumbered: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Raises order numbers, so that the next one is `FO-` and `next`, or above (I8). Orders of this partner that wait with a number below
 * it get a new one, but for those that the partner has told of: they are the same orders there. Waits for a round of orders that is
 * under way, so that none is sent under a number it no longer has.
 */
export const raiseOrderNumbers = (
  database: Database,
  connectionId: number,
  next: number,
): Promise<RaisedOrders> =>
  exclusively(database, `fulfil ${connectionId}`, () =>
    database.transaction(async (client) => {
      // takes the sequence's lock until the commit: nobody takes a number meanwhile
      await client.query('alter sequence fulfilment_number no cycle');
      const reached = await nextOrderNumber(client);
      if (reached < next)
        await client.query(`alter sequence fulfilment_number restart with ${Math.trunc(next)}`);
      const { rows } = await client.query<{ from: string; to: string }>(
        `with unsent as (
           select f.id, f.number from fulfilment_order f
           where f.connection_id = $1 and f.status = 'waiting' and substring(f.number from '^FO-(\\d+)')::bigint < $2
             and not exists (select from partner_document d where d.connection_id = $1 and d.chain = f.number)
           order by f.id for update)
         update fulfilment_order f set number = 'FO-' || nextval('fulfilment_number') from unsent u where f.id = u.id
         returning u.number as from, f.number as to`,
        [connectionId, next],
      );
      return { next: await nextOrderNumber(client), renumbered: rows };
    }),
  );

/** What the next order's number would be, without its `FO-`. */
export async function nextOrderNumber(store: Store): Promise<number> {
  const { rows } = await store.query<{ next: string }>(
    'select last_value + is_called::int as next from fulfilment_number',
  );
  return Number(rows[0]?.next);
}
