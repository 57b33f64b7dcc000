// Where an order's stock is: the location a document names, or a clear refusal to guess one.
import { StockbridgeError } from '../../core/errors.ts';
import type { OrderDocument } from './order-document.ts';

export interface ProjectionPolicy {
  /** Location gids that are none of the hub's business. */
  readonly ignoredLocations: readonly string[];
  readonly ignoreTestOrders: boolean;
}

/**
 * The location's gid, or undefined when the hub is to ignore it.
 * @throws StockbridgeError `content_invalid` when stock moved and Shopify does not say where.
 */
export function placeOf(
  location: { readonly id: string } | null,
  of: { readonly order: OrderDocument; readonly document: string },
  policy: ProjectionPolicy,
): string | undefined {
  if (location === null) {
    throw new StockbridgeError(
      'content_invalid',
      `${of.order.name}: ${of.document} names no location (it was probably deleted in Shopify); post the movement by hand`,
    );
  }
  return policy.ignoredLocations.includes(location.id) ? undefined : location.id;
}
