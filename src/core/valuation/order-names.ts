// What one order is called: the shop by its own number, a partner's warehouse by those of the orders that the hub sent it. So what
// the warehouse shipped is found when it comes back through the shop. The numbers are the hub's own; nothing is guessed.
import type { Transaction } from '../database.ts';

/** A reference, and the connection that used it. */
export interface NamedOrder {
  readonly connectionId: number;
  readonly reference: string;
}

interface NamesRow {
  readonly names: string[];
}

const NAMES = `select array_agg(f.number order by f.id) || f.order_document as names
  from own join fulfilment_order f using (channel_id, order_document)
  group by f.channel_id, f.order_document order by f.channel_id, f.order_document`;

/** For each of these orders that a partner was asked to ship any of: all its names. */
export async function namesOf(
  client: Transaction,
  orders: readonly NamedOrder[],
): Promise<readonly (readonly string[])[]> {
  if (orders.length === 0) return [];
  const { rows } = await client.query<NamesRow>(
    `with given as (select * from unnest($1::smallint[], $2::text[]) as g (connection_id, reference)),
     own as (
       select f.channel_id, f.order_document from given g
       join fulfilment_order f on f.channel_id = g.connection_id and f.order_document = g.reference
       union
       select f.channel_id, f.order_document from given g
       join fulfilment_order f on f.connection_id = g.connection_id and f.number = g.reference)
     ${NAMES}`,
    [orders.map(({ connectionId }) => connectionId), orders.map(({ reference }) => reference)],
  );
  return rows.map(({ names }) => names);
}

/** These references, and whatever else the same orders are called, by whichever connection. */
export async function withOtherNames(
  client: Transaction,
  references: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await client.query<NamesRow>(
    `with own as (
       select f.channel_id, f.order_document from connection c
       join fulfilment_order f on f.channel_id = c.id and f.order_document = any($1::text[])
       union
       select f.channel_id, f.order_document from connection c
       join fulfilment_order f on f.connection_id = c.id and f.number = any($1::text[]))
     ${NAMES}`,
    [references],
  );
  return [...new Set([...references, ...rows.flatMap(({ names }) => names)])];
}
