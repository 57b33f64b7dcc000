// Releases what a partner has shipped, in the transaction that books the shipment: the stock and the promise go together, so
// that no channel is told too little in between. Which reservations, the fulfilment order says that the document names.
import type { Transaction } from '../database.ts';
import type { PlannedLine } from '../ledger/decide.ts';
import type { Posting } from '../ledger/movement.ts';
import type { TouchedItem } from '../ledger/reservations.ts';
import {
  difference,
  negated,
  type Quantity,
  quantityFrom,
  quantityText,
  smaller,
  storedQuantity,
  sum,
  ZERO,
} from '../vocabulary/quantity.ts';

/** Call with the batch's plan before its lines are written; answers the items whose reservations changed. */
export async function releaseShipped(
  client: Transaction,
  postings: readonly Posting[],
  lines: readonly PlannedLine[],
): Promise<TouchedItem[]> {
  const touched: TouchedItem[] = [];
  for (const posting of postings) {
    if (posting.ships === undefined) continue;
    const own = lines.filter((line) => line.inboxEventId === posting.inboxEventId);
    const shipped = await shippedOf(client, own);
    if (shipped.size > 0)
      touched.push(...(await release(client, posting.connectionId, posting.ships, shipped)));
  }
  return touched;
}

/** Net quantity per item that goes to customers; a reversal brings it back, and then nothing is released. */
async function shippedOf(client: Transaction, lines: readonly PlannedLine[]): Promise<Map<number, Quantity>> {
  const places = [...new Set(lines.flatMap((line) => [line.from.locationId, line.to.locationId]))];
  if (places.length === 0) return new Map();
  const { rows } = await client.query<{ id: number }>(
    `select id from location where kind = 'customer' and id = any($1::int[])`,
    [places],
  );
  const customers = new Set(rows.map((row) => row.id));
  const shipped = new Map<number, Quantity>();
  for (const line of lines) {
    const out = customers.has(line.to.locationId);
    if (out === customers.has(line.from.locationId)) continue;
    const quantity = quantityFrom(line.quantity);
    shipped.set(line.itemId, sum(shipped.get(line.itemId) ?? ZERO, out ? quantity : negated(quantity)));
  }
  return new Map([...shipped].filter(([, quantity]) => quantity > 0n));
}

interface Held {
  readonly orderId: string;
  readonly line: string;
  readonly itemId: number;
  readonly locationId: number;
  readonly channelId: number;
  readonly quantity: Quantity;
}

async function release(
  client: Transaction,
  connectionId: number,
  number: string,
  shipped: ReadonlyMap<number, Quantity>,
): Promise<TouchedItem[]> {
  const held = await heldFor(client, connectionId, number);
  const left = new Map(shipped);
  const changed: Held[] = [];
  for (const each of held) {
    const wanted = left.get(each.itemId) ?? ZERO;
    if (wanted <= 0n) continue;
    const taken = smaller(wanted, each.quantity);
    left.set(each.itemId, difference(wanted, taken));
    changed.push({ ...each, quantity: difference(each.quantity, taken) });
  }
  if (changed.length === 0) return [];
  await client.query(
    `with r as (select * from unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::numeric[])
       as r(order_id, line, item_id, location_id, quantity)),
     gone as (
       delete from reservation v using r where v.order_id = r.order_id and v.line = r.line and v.item_id = r.item_id
         and v.location_id = r.location_id and r.quantity = 0)
     update reservation v set quantity = r.quantity from r where v.order_id = r.order_id and v.line = r.line
       and v.item_id = r.item_id and v.location_id = r.location_id and r.quantity > 0`,
    [
      changed.map((each) => each.orderId),
      changed.map((each) => each.line),
      changed.map((each) => each.itemId),
      changed.map((each) => each.locationId),
      changed.map((each) => quantityText(each.quantity)),
    ],
  );
  return changed.map(({ itemId, channelId }) => ({ itemId, connectionId: channelId }));
}

/** What is still reserved of the order's lines, locked, in the order of its lines. */
async function heldFor(client: Transaction, connectionId: number, number: string): Promise<Held[]> {
  const { rows } = await client.query<{
    order_id: string;
    line: string;
    item_id: number;
    location_id: number;
    channel_id: number;
    quantity: string;
  }>(
    `select r.order_id, r.line, r.item_id, r.location_id, f.channel_id, r.quantity::text as quantity
     from fulfilment_order f join fulfilment_order_line l on l.fulfilment_order_id = f.id
     join sales_order so on so.connection_id = f.channel_id and so.document = f.order_document
     join reservation r on r.order_id = so.id and r.line = l.line and r.item_id = l.item_id and r.location_id = f.location_id
     where f.connection_id = $1 and f.number = $2 order by r.line, r.item_id for update of r`,
    [connectionId, number],
  );
  return rows.map((row) => ({
    orderId: row.order_id,
    line: row.line,
    itemId: row.item_id,
    locationId: row.location_id,
    channelId: row.channel_id,
    quantity: storedQuantity(row.quantity),
  }));
}
