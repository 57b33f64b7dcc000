// Orders, payments and refunds as far as their notifications show them: ids, states and money.
// They carry no lines and move no stock; inventory changes do. Nothing here can be fetched through the API.

import type { Random } from '../../random.ts';
import { type Instant, instantText } from '../stock/scalars.ts';
import type { SquareEvent } from './webhooks.ts';

export interface Order {
  id: string;
  paymentId: string;
  locationId: string;
  totalCents: number;
  state: 'OPEN' | 'COMPLETED' | 'CANCELED';
  version: number;
  createdAt: Instant;
}

const money = (amount: number): { amount: number; currency: string } => ({ amount, currency: 'USD' });

/** Makes an order with ids of Square's length and spelling. */
export function newOrder(
  random: Random,
  facts: { locationId: string; totalCents: number; createdAt: Instant },
): Order {
  const mixed = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return {
    ...facts,
    id: `${random.text(24, mixed)}4F`,
    paymentId: `${random.text(26, mixed)}ZY`,
    state: 'COMPLETED',
    version: 4,
  };
}

/** `order.created` or `order.updated`. */
export function orderEvent(kind: 'created' | 'updated', order: Order, at: Instant): SquareEvent {
  const name = `order_${kind}`;
  const facts: Record<string, unknown> = {
    order_id: order.id,
    version: order.version,
    location_id: order.locationId,
    state: order.state,
    created_at: instantText(order.createdAt),
  };
  if (kind === 'updated') facts.updated_at = instantText(at);
  return { type: `order.${kind}`, data: { type: name, id: order.id, object: { [name]: facts } } };
}

/** `payment.updated` for a completed payment. */
export function paymentEvent(order: Order, at: Instant): SquareEvent {
  const payment = {
    id: order.paymentId,
    order_id: order.id,
    location_id: order.locationId,
    status: 'COMPLETED',
    source_type: 'CASH',
    amount_money: money(order.totalCents),
    total_money: money(order.totalCents),
    created_at: instantText(order.createdAt),
    updated_at: instantText(at),
  };
  return { type: 'payment.updated', data: { type: 'payment', id: order.paymentId, object: { payment } } };
}

/** `refund.updated` for a completed refund of a part of an order. */
export function refundEvent(order: Order, refundId: string, amountCents: number, at: Instant): SquareEvent {
  const refund = {
    id: refundId,
    payment_id: order.paymentId,
    order_id: order.id,
    location_id: order.locationId,
    status: 'COMPLETED',
    amount_money: money(amountCents),
    created_at: instantText(at),
    updated_at: instantText(at),
    version: 2,
  };
  return { type: 'refund.updated', data: { type: 'refund', id: refundId, object: { refund } } };
}
