// Takes what a partner's documents say about our orders once their stock is booked: what was shipped, what is short, what
// the channel has to be told. Judged by the movements the document made, so that a document that came twice counts once.
import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../database.ts';
import { errorReason } from '../errors.ts';
import type { Store } from '../inbox/store.ts';
import {
  difference,
  negated,
  type Quantity,
  quantityText,
  smaller,
  storedQuantity,
  sum,
  ZERO,
} from '../vocabulary/quantity.ts';
import { confirmChanges } from './changes.ts';

/** As the connector read it; see the file exchange's DocumentProgress. */
export type Progress =
  | {
      readonly kind: 'shipment';
      readonly order: string;
      readonly shippedAt: string;
      readonly carrier?: string;
      readonly final: boolean;
      readonly shortReason: string;
      readonly tracking: readonly string[];
    }
  | { readonly kind: 'receipt'; readonly shipment: string; readonly receivedAt: string };

interface Waiting {
  readonly id: string;
  readonly inboxEventId: string;
  readonly progress: Progress;
}

export interface TakenProgress {
  readonly taken: number;
  /** Documents that could not be taken now: kept with their reason, shown to a person, and tried again after a pause. */
  readonly failed: readonly { readonly document: string; readonly reason: string }[];
}

/**
 * Takes every document of a partner whose event has been applied and whose progress was not taken yet. One that fails holds
 * up no other.
 */
export async function takeProgress(database: Database, connectionId: number): Promise<TakenProgress> {
  const { rows } = await database.pool.query<{
    id: string;
    inbox_event_id: string;
    progress: Progress;
    document: string;
  }>(
    `select d.id, d.inbox_event_id, d.progress, d.type || ' ' || d.number as document
     from partner_document d join inbox_event e on e.id = d.inbox_event_id
     where d.connection_id = $1 and d.progress is not null and d.progressed_at is null and e.status in ('applied', 'ignored')
       and (d.progress_retry_at is null or d.progress_retry_at <= clock_timestamp())
     order by d.id limit 200`,
    [connectionId],
  );
  const failed: { document: string; reason: string }[] = [];
  for (const { id, inbox_event_id: inboxEventId, progress, document } of rows) {
    try {
      await database.transaction((client) => take(client, connectionId, { id, inboxEventId, progress }));
    } catch (error) {
      const reason = errorReason(error);
      // Where the database itself is away, this fails too, and ends the round: the document is not to blame.
      await noteFailure(database.pool, id, reason);
      failed.push({ document, reason });
    }
  }
  return { taken: rows.length - failed.length, failed };
}

/** Tries again after a pause that doubles from half a minute to an hour, so that it takes nobody's place in a round. */
const noteFailure = async (store: Store, id: string, reason: string): Promise<void> =>
  void (await store.query(
    `update partner_document set progress_attempts = progress_attempts + 1, progress_failure = $2,
       progress_retry_at = clock_timestamp() + make_interval(secs => least(3600, 30 * power(2, least(progress_attempts, 7))))
     where id = $1 and progressed_at is null`,
    [id, reason.slice(0, 500)],
  ));

async function take(client: Transaction, connectionId: number, waiting: Waiting): Promise<void> {
  const { rowCount } = await client.query(
    'update partner_document set progressed_at = clock_timestamp(), progress_failure = null where id = $1 and progressed_at is null',
    [waiting.id],
  );
  if (rowCount !== 1) return;
  const { progress } = waiting;
  if (progress.kind === 'receipt') {
    await client.query(
      `update inbound_shipment set status = 'received', received_at = $3 where connection_id = $1 and number = $2 and status = 'announced'`,
      [connectionId, progress.shipment, progress.receivedAt],
    );
    return;
  }
  await ship(client, connectionId, waiting, progress);
}

interface OrderLine {
  readonly line: string;
  readonly itemId: number;
  readonly open: Quantity;
  readonly shipped: Quantity;
}

async function ship(
  client: Transaction,
  connectionId: number,
  waiting: Waiting,
  progress: Extract<Progress, { kind: 'shipment' }>,
): Promise<void> {
  const order = await lockOrder(client, connectionId, progress.order);
  if (!order) return;
  const shipped = await shippedBy(client, waiting.inboxEventId);
  const parts = distribute(order.lines, shipped);
  await client.query(
    `update fulfilment_order_line l set shipped = l.shipped + p.quantity
     from unnest($2::text[], $3::int[], $4::numeric[]) as p(line, item_id, quantity)
     where l.fulfilment_order_id = $1 and l.line = p.line and l.item_id = p.item_id`,
    [
      order.id,
      parts.map((part) => part.line),
      parts.map((part) => part.itemId),
      parts.map((part) => quantityText(part.quantity)),
    ],
  );
  const isTakenBack = parts.some((part) => part.quantity < 0n);
  await close(client, order.id, {
    ...progress,
    moved: parts.some((part) => part.quantity !== ZERO),
    isNew: await isNew(client, waiting.id),
    shortReason: progress.shortReason || (isTakenBack ? 'the warehouse took a shipment back' : ''),
  });
  if (parts.some((part) => part.quantity > 0n)) {
    await client.query(
      `insert into fulfilment_report (key, fulfilment_order_id, partner_document_id, lines, tracking, shipped_at)
       values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
      [
        randomUUID(),
        order.id,
        waiting.id,
        JSON.stringify(perLine(parts)),
        JSON.stringify(
          progress.tracking.map((number) => ({
            number,
            ...(progress.carrier === undefined ? {} : { carrier: progress.carrier }),
          })),
        ),
        progress.shippedAt,
      ],
    );
  }
}

const isNew = async (client: Transaction, documentId: string): Promise<boolean> =>
  (
    await client.query(
      `select from partner_document d join partner_document b on b.connection_id = d.connection_id and b.type = d.type
         and b.number = d.number and b.chain = d.chain and b.id <> d.id and b.progressed_at is not null where d.id = $1 limit 1`,
      [documentId],
    )
  ).rowCount === 0;

async function lockOrder(
  client: Transaction,
  connectionId: number,
  number: string,
): Promise<{ id: string; lines: OrderLine[] } | undefined> {
  const { rows } = await client.query<{ id: string }>(
    'select id from fulfilment_order where connection_id = $1 and number = $2 for update',
    [connectionId, number],
  );
  const [order] = rows;
  if (!order) return undefined;
  const lines = await client.query<{ line: string; item_id: number; open: string; shipped: string }>(
    `select line, item_id, (quantity - shipped)::text as open, shipped::text as shipped from fulfilment_order_line where fulfilment_order_id = $1 order by line, item_id`,
    [order.id],
  );
  return {
    id: order.id,
    lines: lines.rows.map((row) => ({
      line: row.line,
      itemId: row.item_id,
      open: storedQuantity(row.open),
      shipped: storedQuantity(row.shipped),
    })),
  };
}

/** What the event's movements took to customers, per item; a reversal counts against it. */
async function shippedBy(store: Store, inboxEventId: string): Promise<Map<number, Quantity>> {
  const { rows } = await store.query<{ item_id: number; quantity: string }>(
    `select m.item_id, sum(case when t.kind = 'customer' then m.quantity else -m.quantity end)::text as quantity
     from movement m join location f on f.id = m.from_location_id join location t on t.id = m.to_location_id
     where m.inbox_event_id = $1 and (f.kind = 'customer' or t.kind = 'customer') group by m.item_id`,
    [inboxEventId],
  );
  return new Map(rows.map((row) => [row.item_id, storedQuantity(row.quantity)]));
}

interface Part {
  readonly line: string;
  readonly itemId: number;
  readonly quantity: Quantity;
}

/** Fills the lines of each item in their order; what was shipped beyond them goes to the last one. */
function distribute(lines: readonly OrderLine[], shipped: ReadonlyMap<number, Quantity>): Part[] {
  return [...shipped].flatMap(([itemId, quantity]) => {
    const own = lines.filter((line) => line.itemId === itemId);
    if (quantity < 0n) return takenBack(own, negated(quantity));
    let left = quantity;
    return own.map((line, index) => {
      const last = index === own.length - 1;
      const taken = last ? left : smaller(left, line.open);
      left = difference(left, taken);
      return { line: line.line, itemId, quantity: taken };
    });
  });
}

/** What comes back is taken from the lines that were filled last, and never more than they had. */
function takenBack(lines: readonly OrderLine[], quantity: Quantity): Part[] {
  let left = quantity;
  return [...lines].reverse().map(({ line, itemId, shipped }) => {
    const back = smaller(left, shipped);
    left = difference(left, back);
    return { line, itemId, quantity: negated(back) };
  });
}

/** Components of one line of the channel's order ship together: the channel is told of its line once. */
function perLine(parts: readonly Part[]): { line: string; itemId: number; quantity: string }[] {
  const lines = new Map<string, { line: string; itemId: number; quantity: Quantity }>();
  for (const part of parts) {
    const known = lines.get(`${part.line}|${part.itemId}`);
    lines.set(`${part.line}|${part.itemId}`, {
      ...part,
      quantity: sum(known?.quantity ?? ZERO, part.quantity),
    });
  }
  return [...lines.values()]
    .filter((line) => line.quantity > 0n)
    .map((line) => ({ ...line, quantity: quantityText(line.quantity) }));
}

// What a person said of the rest stands until something leaves or comes back, and what was to come later until there is news of it.
const STANDS = `(f.rest is not null and not $5 and (f.rest <> 'later' or not $6))`;

// An order that was taken back and of which nothing has left stays so; what was complete and came back is open again when
// more is to follow.
const CLOSE = `
with line as (
  update fulfilment_order_line set short_reason = case when shipped < quantity then coalesce(nullif($4, ''), short_reason) end
  where fulfilment_order_id = $1 returning shipped, quantity),
told as (
  select bool_and(shipped >= quantity) as complete, bool_or(shipped > quantity) as beyond, bool_or(shipped > 0) as begun,
    exists (select from fulfilment_change where fulfilment_order_id = $1) as changed
  from line)
update fulfilment_order f set
  shipped_at = case when told.begun then $2::timestamptz else f.shipped_at end,
  rest = case when ${STANDS} then f.rest end, rest_note = case when ${STANDS} then f.rest_note end,
  rest_by = case when ${STANDS} then f.rest_by end, rest_at = case when ${STANDS} then f.rest_at end,
  status = (case when told.complete then 'shipped'
    when ${STANDS} then f.status::text
    when f.status in ('cancelling', 'cancelled') and not told.begun then f.status::text
    when $3 then 'short'
    when f.status in ('shipped', 'short') then 'sent'
    else f.status::text end)::fulfilment_status,
  reason = case when told.complete and told.beyond and told.changed then 'more has left than the changed order wanted'
    when told.complete then null when $4 <> '' then $4
    when $3 and told.changed then 'less has left than the changed order wanted' else f.reason end
from told where f.id = $1`;

/** Complete when every line is; short when the partner says that nothing more will come. */
const close = async (
  client: Transaction,
  orderId: string,
  progress: {
    readonly final: boolean;
    readonly shippedAt: string;
    readonly shortReason: string;
    /** Something has left or came back that was not counted before. */
    readonly moved: boolean;
    /** No document of this number was counted before. */
    readonly isNew: boolean;
  },
): Promise<void> => {
  await client.query(CLOSE, [
    orderId,
    progress.shippedAt,
    progress.final,
    progress.shortReason.slice(0, 500),
    progress.moved,
    progress.isNew,
  ]);
  if (progress.final) await endIfNothingLeaves(client, orderId);
};

/** A cancelled order of which the partner says that nothing was shipped and nothing will be: the cancellation is answered. */
async function endIfNothingLeaves(client: Transaction, orderId: string): Promise<void> {
  const { rowCount } = await client.query(
    `select from fulfilment_order f where f.id = $1 and f.status = 'cancelled' and f.change_unconfirmed
       and not exists (select from fulfilment_order_line l where l.fulfilment_order_id = f.id and l.shipped > 0)`,
    [orderId],
  );
  if (rowCount === 0) return;
  await confirmChanges(client, orderId);
  await client.query('select note_leaving($1)', [orderId]);
}
