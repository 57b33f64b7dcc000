// The two summary words an order carries, derived from its payment, its lines and its refunds.
import { type Order, unfulfilledOf } from './order-types.ts';

export function financialStatus(order: Order): string {
  const refunded = order.lines.reduce((sum, line) => sum + line.quantity - line.currentQuantity, 0);
  if (order.payment !== 'PAID' || order.refunds.length === 0) return order.payment;
  return refunded > 0 && order.lines.every((line) => line.currentQuantity === 0)
    ? 'REFUNDED'
    : 'PARTIALLY_REFUNDED';
}

export function fulfillmentStatus(order: Order): string {
  const open = order.lines.reduce((sum, line) => sum + unfulfilledOf(order, line.id), 0);
  const shipped = order.lines.reduce((sum, line) => sum + line.fulfilledQuantity, 0);
  if (shipped === 0) return open === 0 ? 'RESTOCKED' : 'UNFULFILLED';
  return open === 0 ? 'FULFILLED' : 'PARTIALLY_FULFILLED';
}
