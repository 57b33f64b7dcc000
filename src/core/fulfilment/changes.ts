// An order is changed or taken back at the partner after it was sent: what it was asked before is remembered with the file that
// changes it, so that a refusal leads back to what the partner has. What has left is never changed.
import type { Transaction } from '../database.ts';
import type { FulfilmentOrder } from './orders.ts';
import { NOT_BEGUN } from './wanted.ts';

interface AskedLine {
  readonly line: string;
  readonly itemId: number;
  /** Decimal text in base units. */
  readonly quantity: string;
}

/** What the partner was asked for before a change. */
export interface AskedBefore {
  readonly lines: readonly AskedLine[];
  readonly channelLines: readonly { readonly line: string; readonly quantity: string }[] | null;
}

/**
 * Takes over other quantities for an order that was sent, in the transaction that stores the file which says so. Answers
 * what was asked before; undefined: something has left meanwhile, or it was taken back, and nothing may be sent.
 */
export async function markChanged(
  client: Transaction,
  order: Pick<FulfilmentOrder, 'id' | 'lines'>,
  sent: { readonly shipTo: Buffer; readonly channelLines: AskedBefore['channelLines'] },
): Promise<AskedBefore | undefined> {
  // The row is locked before it is judged: a shipment that is counted at this moment has to be seen.
  await client.query('select from fulfilment_order where id = $1 for update', [order.id]);
  const { rows } = await client.query<AskedBefore>(
    `select f.channel_lines as "channelLines",
       (select jsonb_agg(jsonb_build_object('line', l.line, 'itemId', l.item_id, 'quantity', trim_scale(l.quantity)::text))
        from fulfilment_order_line l where l.fulfilment_order_id = f.id) as lines
     from fulfilment_order f where f.id = $1 and f.status = 'sent' and ${NOT_BEGUN}`,
    [order.id],
  );
  const [before] = rows;
  if (!before) return undefined;
  await ask(client, order.id, order.lines, sent.channelLines);
  await client.query(
    `update fulfilment_order set ship_to = $2, reason = null, attempts = 0, stuck_since = null, stuck_by = null where id = $1`,
    [order.id, sent.shipTo],
  );
  return before;
}

async function ask(
  client: Transaction,
  orderId: string,
  lines: readonly AskedLine[],
  channelLines: AskedBefore['channelLines'],
): Promise<void> {
  await client.query(
    `update fulfilment_order_line l set quantity = a.quantity
     from unnest($2::text[], $3::int[], $4::numeric[]) as a(line, item_id, quantity)
     where l.fulfilment_order_id = $1 and l.line = a.line and l.item_id = a.item_id`,
    [
      orderId,
      lines.map((each) => each.line),
      lines.map((each) => each.itemId),
      lines.map((each) => each.quantity),
    ],
  );
  await client.query('update fulfilment_order set channel_lines = $2 where id = $1', [
    orderId,
    channelLines === null ? null : JSON.stringify(channelLines),
  ]);
}

/**
 * Remembers that this file, which is stored with its documents, changes an order, or takes it back; `before` where it changes one.
 * Where no answer is expected, the order is marked: nobody will say whether the partner took it.
 */
export async function noteChange(
  client: Transaction,
  change: {
    readonly orderId: string;
    readonly fileId: string;
    readonly purpose: 'replace' | 'cancel';
    readonly before?: AskedBefore;
  },
): Promise<void> {
  await client.query(
    'insert into fulfilment_change (partner_file_id, fulfilment_order_id, purpose, before) values ($1, $2, $3, $4)',
    [
      change.fileId,
      change.orderId,
      change.purpose,
      change.before === undefined ? null : JSON.stringify(change.before),
    ],
  );
  await client.query(
    `update fulfilment_order set change_unconfirmed = true
     where id = $1 and exists (select from partner_document where file_id = $2 and acknowledgement = 'not_expected')`,
    [change.orderId, change.fileId],
  );
  // A person's word that the partner took what it was told is about what it was told before this.
  await client.query(
    `update fulfilment_order set rest = null, rest_note = null, rest_by = null, rest_at = null where id = $1 and rest = 'later'`,
    [change.orderId],
  );
}

/**
 * It is known that the partner took what it was told of an order, up to the change of this file where one is named: what it was
 * asked before leaves no more.
 */
export async function confirmChanges(client: Transaction, orderId: string, upTo?: string): Promise<void> {
  await client.query(
    `update fulfilment_change set confirmed_at = clock_timestamp()
     where fulfilment_order_id = $1 and confirmed_at is null and partner_file_id <= coalesce($2::bigint, partner_file_id)`,
    [orderId, upTo ?? null],
  );
  await client.query(
    `update fulfilment_order f set change_unconfirmed = false where f.id = $1 and f.change_unconfirmed and not exists (
       select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
       where c.fulfilment_order_id = f.id and c.confirmed_at is null and d.acknowledgement = 'not_expected')`,
    [orderId],
  );
}

/**
 * Takes a partner's acceptance of one of our files. An order that it had refused before stands again: it is changed and cancelled
 * like any other.
 */
export async function takeAcceptance(
  client: Transaction,
  connectionId: number,
  accepted: { readonly number: string; readonly fileId: string },
): Promise<void> {
  const { rows } = await client.query<{ id: string }>(
    'select fulfilment_order_id as id from fulfilment_change where partner_file_id = $1',
    [accepted.fileId],
  );
  const [change] = rows;
  if (change) return confirmChanges(client, change.id, accepted.fileId);
  await client.query(
    `update fulfilment_order set status = 'sent', reason = null where connection_id = $1 and number = $2 and status = 'rejected'`,
    [connectionId, accepted.number],
  );
}

/**
 * Takes a partner's refusal of one of our files. A refused order needs a person, and its stock stays reserved; after a refused
 * change or cancellation the order stands as the partner had it before, and is changed by no file any more.
 */
export async function takeRefusal(
  client: Transaction,
  connectionId: number,
  refused: { readonly number: string; readonly fileId: string },
  reason: string,
): Promise<void> {
  const { rows } = await client.query<{
    id: string;
    purpose: 'replace' | 'cancel';
    before: AskedBefore | null;
    known: boolean;
  }>(
    `select c.fulfilment_order_id as id, c.purpose, c.before, c.refused_at is not null as known
     from fulfilment_change c where c.partner_file_id = $1`,
    [refused.fileId],
  );
  const [change] = rows;
  if (!change) return rejectOrder(client, connectionId, refused.number, reason);
  if (change.known) return;
  await client.query('select from fulfilment_order where id = $1 for update', [change.id]);
  await client.query(
    'update fulfilment_change set refused_at = clock_timestamp() where partner_file_id = $1',
    [refused.fileId],
  );
  if (change.purpose === 'cancel') return stand(client, change.id, reason);
  const { rowCount } = await client.query(
    `update fulfilment_order f set reason = $2 where f.id = $1 and ${NOT_BEGUN}`,
    [change.id, `the partner refused the change: ${reason}`.slice(0, 500)],
  );
  // What has left was counted against the change; the difference is shown, and nothing is turned back under it.
  if (rowCount === 1 && change.before)
    await ask(client, change.id, change.before.lines, change.before.channelLines);
}

// A cancellation of an order that the partner had refused before it is refused too: it never stood. What a person said of it
// meanwhile was not so.
const STAND = `
update fulfilment_order f set status = 'sent', reason = $2, rest = null, rest_note = null, rest_by = null, rest_at = null
where f.id = $1 and f.status = 'cancelled' and not exists (
  select from partner_document d where d.connection_id = f.connection_id and d.chain = f.number and d.is_outbound
    and d.acknowledgement = 'rejected' and not exists (select from fulfilment_change c where c.partner_file_id = d.file_id))`;

const stand = async (client: Transaction, id: string, reason: string): Promise<void> =>
  void (await client.query(STAND, [id, `the partner refused the cancellation: ${reason}`.slice(0, 500)]));

/** The partner refused the order itself: a person must act, and the stock stays reserved. */
const rejectOrder = async (
  client: Transaction,
  connectionId: number,
  number: string,
  reason: string,
): Promise<void> =>
  void (await client.query(
    `update fulfilment_order set status = 'rejected', reason = $3 where connection_id = $1 and number = $2 and status = 'sent'`,
    [connectionId, number, reason.slice(0, 500)],
  ));
