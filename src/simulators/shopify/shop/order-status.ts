// The two summary words an order carries, derived from its lines and refunds. Every simulated order is paid.
import { type Order, unfulfilledOf } from './order-types.ts';

export function financialStatus(order: Order): string {
  const refunded = order.lines.reduce((sum, line) => sum + line.quantity - line.currentQuantity, 0);
  if (order.refunds.length === 0) return 'PAID';
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
