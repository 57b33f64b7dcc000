// What the shop tells the world about: one entry per webhook topic the simulator can emit.
// An event points at live state; the payload is written when the delivery is assembled, not here.
import type { Level } from './book.ts';
import type { Item, Location, Variant } from './catalog.ts';
import type {
  Disposition,
  Fulfillment,
  FulfillmentOrder,
  Order,
  OrderReturn,
  Refund,
  ReturnedLine,
} from './order-types.ts';

export type OrderEdit = {
  id: string;
  order: Order;
  at: number;
  additions: { lineId: string; delta: number }[];
  removals: { lineId: string; delta: number }[];
};

export type BulkFinish = {
  id: string;
  createdAt: number;
  completedAt: number;
  status: string;
  errorCode: string | null;
};

export type ShopEvent =
  | { topic: 'orders/create' | 'orders/updated' | 'orders/cancelled'; order: Order }
  | { topic: 'orders/edited'; edit: OrderEdit }
  | { topic: 'refunds/create'; order: Order; refund: Refund }
  | { topic: 'fulfillments/create' | 'fulfillments/update'; order: Order; fulfillment: Fulfillment }
  | {
      topic: 'fulfillment_orders/moved';
      original: FulfillmentOrder;
      moved: FulfillmentOrder;
      fromLocationId: string;
      lines: { id: string; quantity: number }[];
    }
  | { topic: 'returns/update'; order: Order; orderReturn: OrderReturn }
  | {
      topic: 'reverse_fulfillment_orders/dispose';
      orderReturn: OrderReturn;
      disposed: { line: ReturnedLine; disposition: Disposition }[];
    }
  | {
      topic: 'inventory_levels/update' | 'inventory_levels/connect' | 'inventory_levels/disconnect';
      level: Level;
    }
  | { topic: 'inventory_items/create' | 'inventory_items/update' | 'inventory_items/delete'; item: Item }
  | { topic: 'products/create' | 'products/update' | 'products/delete'; variant: Variant }
  | {
      topic:
        | 'locations/create'
        | 'locations/update'
        | 'locations/activate'
        | 'locations/deactivate'
        | 'locations/delete';
      location: Location;
    }
  | { topic: 'bulk_operations/finish'; bulk: BulkFinish };

export type Topic = ShopEvent['topic'];
