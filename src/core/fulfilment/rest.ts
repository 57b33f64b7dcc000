// What becomes of the rest of an order that was shipped short, as a person says it. It releases no reservation: what the shop
// still wants, the shop says.
import type { Database } from '../database.ts';
import { StockbridgeError } from '../errors.ts';
import { LINE_RESERVED } from './wanted.ts';

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
  /** What the shop still wants of it, in base units. */
  readonly reserved: readonly { readonly line: string; readonly sku: string; readonly quantity: string }[];
}

/**
 * Notes what becomes of the rest, in place of what was said of it before.
 * @throws StockbridgeError `not_found` for an order that was never made, `argument_invalid` for one without a rest; then nothing changed.
 */
export const settleRest = (database: Database, said: RestSaid): Promise<RestTaken> =>
  database.transaction(async (client) => {
    const { rows } = await client.query<{ id: string; status: string; begun: boolean }>(
      `select id, status::text as status, shipped_at is not null as begun from fulfilment_order
       where connection_id = $1 and number = $2 for update`,
      [said.connectionId, said.number],
    );
    const [order] = rows;
    if (!order)
      throw new StockbridgeError('not_found', `${said.connection} has no order ${said.number}`, {
        help: '`stockbridge status` names those that need a person.',
      });
    if (order.status !== 'short' && !(order.status === 'sent' && order.begun))
      throw new StockbridgeError(
        'argument_invalid',
        `${said.number} is ${order.status}: only of an order that was shipped short or in part is there a rest`,
      );
    const updated = await client.query<{ shipBy: Date | null }>(
      `update fulfilment_order set rest = $2, rest_note = $3, rest_by = $4, rest_at = clock_timestamp(),
         status = case when $2 = 'later' then 'sent' else 'short' end::fulfilment_status,
         ship_by = case when $2 = 'later' then clock_timestamp() + make_interval(secs => $5::float8 * 3600) else ship_by end
       where id = $1 returning case when rest = 'later' then ship_by end as "shipBy"`,
      [order.id, said.rest, said.note.slice(0, 500), said.by.slice(0, 200), said.shipHours],
    );
    const reserved = await client.query<RestTaken['reserved'][number]>(
      `select l.line, i.sku, trim_scale(r.quantity)::text as quantity
       from fulfilment_order f join fulfilment_order_line l on l.fulfilment_order_id = f.id join item i on i.id = l.item_id
       cross join lateral (select r.quantity from ${LINE_RESERVED}) r where f.id = $1 order by l.line, i.sku`,
      [order.id],
    );
    return { shipBy: updated.rows[0]?.shipBy ?? null, reserved: reserved.rows };
  });
