// What becomes of an order that was shipped short, or that the partner may ship although it is wanted no more, as a person says
// it. It releases no reservation: what the shop still wants, the shop says.
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { confirmChanges } from './changes.ts';
import { holdersOf, LINE_RESERVED, mostAsked, WANTED_OF_LINE } from './wanted.ts';

/** `later`: it is waited for anew. `cancelled`, `never`: nothing more is expected. */
export const RESTS = ['later', 'cancelled', 'never'] as const;
export type Rest = (typeof RESTS)[number];

export interface RestSaid {
  readonly connection: string;
  readonly connectionId: number;
  readonly number: string;
  readonly rest: Rest;
  readonly note: string;
  readonly by: string;
  /** How long the rest is waited for when it comes later. */
  readonly shipHours: number;
}

export interface RestTaken {
  /** Until when the rest is waited for; null when nothing more is expected. */
  readonly shipBy: Date | null;
  /** Nothing of it has left: what the shop still wants goes by another order. */
  readonly anew: boolean;
  /** What the shop still wants of it, in base units. */
  readonly reserved: readonly { readonly line: string; readonly sku: string; readonly quantity: string }[];
}

// Nothing of it is known to leave any more, though the partner was asked for it: the order is not wanted as it was sent, or it
// holds another one back.
const IS_OUTSTANDING = `(f.sent_at is not null and (
  f.status = 'sent' and exists (
    select from fulfilment_order_line l where l.fulfilment_order_id = f.id and greatest(l.quantity, ${mostAsked('f', 'l')}) - l.shipped > ${WANTED_OF_LINE})
  or f.status = 'cancelling'
  or f.status = 'cancelled' and exists (
    select from fulfilment_change c join partner_document d on d.file_id = c.partner_file_id
    where c.fulfilment_order_id = f.id and d.acknowledgement in ('awaited', 'not_expected'))
  or exists (
    select from fulfilment_order w where w.status = 'waiting' and w.channel_id = f.channel_id
      and w.order_document = f.order_document and w.location_id = f.location_id and f.id in (
        select o.id from ${holdersOf('w')}))))`;

/**
 * Notes what becomes of the rest, in place of what was said of it before. Of an order of which nothing has left it says that the
 * partner will not ship it: what is wanted now is then asked for by a new one. Of a change that no partner answers, `later` says
 * that it was taken.
 * @throws StockbridgeError `not_found` for an order that was never made, `argument_invalid` for one without a rest; then nothing changed.
 */
export const settleRest = (database: Database, said: RestSaid): Promise<RestTaken> =>
  database.transaction(async (client) => {
    await client.query('select from fulfilment_order where connection_id = $1 and number = $2 for update', [
      said.connectionId,
      said.number,
    ]);
    const { rows } = await client.query<{
      id: string;
      status: string;
      begun: boolean;
      outstanding: boolean;
      unconfirmed: boolean;
    }>(
      `select f.id, f.status::text as status, f.shipped_at is not null as begun, ${IS_OUTSTANDING} as outstanding,
         f.change_unconfirmed and f.status = 'sent' as unconfirmed
       from fulfilment_order f where f.connection_id = $1 and f.number = $2`,
      [said.connectionId, said.number],
    );
    const [order] = rows;
    if (!order)
      throw new StockbridgeError('not_found', `${said.connection} has no order ${said.number}`, {
        help: '`stockbridge status` names those that need a person.',
      });
    // Of a change that nobody answers, `later` says that the warehouse took it, and ships what it was asked last.
    const isRest =
      order.status === 'short' || (order.status === 'sent' && (order.begun || order.unconfirmed));
    if (!isRest && !order.outstanding)
      throw new StockbridgeError(
        'argument_invalid',
        `${said.number} is ${order.status}: only of an order that was shipped short or in part is there a rest`,
      );
    if (!isRest && said.rest === 'later')
      throw new StockbridgeError(
        'argument_invalid',
        `${said.number} is ${order.status}, and no part of it is to come later: say that it was cancelled, or never ships`,
      );
    const updated = await client.query<Pick<RestTaken, 'shipBy' | 'anew'>>(
      `update fulfilment_order set rest = $2, rest_note = $3, rest_by = $4, rest_at = clock_timestamp(),
         status = case when $2 = 'later' then 'sent' when status = 'sent' and shipped_at is not null then 'short'
           when status in ('sent', 'cancelling') then 'cancelled' else status::text end::fulfilment_status,
         ship_by = case when $2 = 'later' then clock_timestamp() + make_interval(secs => $5::float8 * 3600) else ship_by end
       where id = $1 returning case when rest = 'later' then ship_by end as "shipBy", status = 'cancelled' as anew`,
      [order.id, said.rest, said.note.slice(0, 500), said.by.slice(0, 200), said.shipHours],
    );
    if (said.rest === 'later' && !order.begun) await confirmChanges(client, order.id);
    const reserved = await client.query<RestTaken['reserved'][number]>(
      `select l.line, i.sku, trim_scale(r.quantity)::text as quantity
       from fulfilment_order f join fulfilment_order_line l on l.fulfilment_order_id = f.id join item i on i.id = l.item_id
       cross join lateral (select r.quantity from ${LINE_RESERVED}) r where f.id = $1 order by l.line, i.sku`,
      [order.id],
    );
    const [settled = { shipBy: null, anew: false }] = updated.rows;
    return { ...settled, reserved: reserved.rows };
  });
