// What each of Square's stock states means to us, and which movement a change from one state to another is.
// A table, not behaviour. What is not in it is unknown: it is quarantined by whoever asks, never read as zero.
import type { MovementType, StockState, VirtualPlace } from '../../core/vocabulary/words.ts';

/** Stock in a state is either on a shelf of the location, or somewhere that is not ours. */
export type StatePlace = { readonly shelf: StockState } | { readonly virtual: VirtualPlace };

const SELLABLE: StatePlace = { shelf: 'sellable' };
const HOLD: StatePlace = { shelf: 'hold' };
const CUSTOMER: StatePlace = { virtual: 'customer' };
const SUPPLIER: StatePlace = { virtual: 'supplier' };
const PRODUCTION: StatePlace = { virtual: 'production' };
const ADJUSTMENT: StatePlace = { virtual: 'adjustment' };

/**
 * Reserved, returned, received and travelling stock is on hand but not for sale, which is our `hold`. Square names no
 * order with a reservation, only a quantity, so it cannot be told as the open reservations of an order.
 * CUSTOM, UNTRACKED and SUPPORTED_BY_NEWER_VERSION are left out: their quantity means nothing we could book.
 */
const PLACES: Readonly<Record<string, StatePlace>> = {
  IN_STOCK: SELLABLE,
  RESERVED_FOR_SALE: HOLD,
  RETURNED_BY_CUSTOMER: HOLD,
  RECEIVED_FROM_VENDOR: HOLD,
  IN_TRANSIT: HOLD,
  IN_TRANSIT_TO: HOLD,
  SOLD: CUSTOMER,
  SOLD_ONLINE: CUSTOMER,
  UNLINKED_RETURN: CUSTOMER,
  ORDERED_FROM_VENDOR: SUPPLIER,
  COMPOSED: PRODUCTION,
  DECOMPOSED: PRODUCTION,
  WASTE: ADJUSTMENT,
  NONE: ADJUSTMENT,
};

/** Where stock in a state is, or undefined for a state that nothing can be said about. */
export const placeOfState = (state: string): StatePlace | undefined =>
  Object.hasOwn(PLACES, state) ? PLACES[state] : undefined;

/** True for the states between which kits and unit conversions pass: only their group says where the stock went. */
export const isConversion = (state: string): boolean => state === 'COMPOSED' || state === 'DECOMPOSED';

export interface Transition {
  readonly from: string;
  readonly to: string;
  /** `none` moves nothing on our shelves, for the reason given. */
  readonly type: MovementType | 'none';
  /** The row holds only for these reasons; a row without reasons holds for all that are left. */
  readonly reasons?: readonly string[];
  /** Where a reason knows the other side better than the state does. */
  readonly outside?: VirtualPlace;
  readonly why?: string;
}

/** The first row that fits counts, so rows with reasons come before the row without. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'IN_STOCK', to: 'SOLD', type: 'shipment' },
  { from: 'IN_STOCK', to: 'SOLD_ONLINE', type: 'shipment' },
  { from: 'IN_STOCK', to: 'RESERVED_FOR_SALE', type: 'status_change' },
  { from: 'RESERVED_FOR_SALE', to: 'IN_STOCK', type: 'status_change' },
  { from: 'RESERVED_FOR_SALE', to: 'SOLD', type: 'shipment' },
  { from: 'RESERVED_FOR_SALE', to: 'SOLD_ONLINE', type: 'shipment' },
  { from: 'RESERVED_FOR_SALE', to: 'WASTE', type: 'adjustment' },
  { from: 'RESERVED_FOR_SALE', to: 'NONE', type: 'adjustment' },

  { from: 'SOLD', to: 'RETURNED_BY_CUSTOMER', type: 'return' },
  { from: 'SOLD_ONLINE', to: 'RETURNED_BY_CUSTOMER', type: 'return' },
  { from: 'UNLINKED_RETURN', to: 'RETURNED_BY_CUSTOMER', type: 'return' },
  { from: 'SOLD', to: 'IN_STOCK', type: 'return' },
  { from: 'SOLD_ONLINE', to: 'IN_STOCK', type: 'return' },
  { from: 'UNLINKED_RETURN', to: 'IN_STOCK', type: 'return' },
  { from: 'RETURNED_BY_CUSTOMER', to: 'IN_STOCK', type: 'status_change' },
  { from: 'RETURNED_BY_CUSTOMER', to: 'WASTE', type: 'adjustment' },
  { from: 'RETURNED_BY_CUSTOMER', to: 'NONE', type: 'adjustment' },

  { from: 'NONE', to: 'IN_STOCK', type: 'receipt', reasons: ['RECEIVED'], outside: 'supplier' },
  {
    from: 'NONE',
    to: 'IN_STOCK',
    type: 'return',
    reasons: ['RETURNED', 'CANCELED_SALE'],
    outside: 'customer',
  },
  { from: 'NONE', to: 'IN_STOCK', type: 'adjustment' },
  { from: 'IN_STOCK', to: 'NONE', type: 'adjustment', reasons: ['VENDOR_RETURN'], outside: 'supplier' },
  { from: 'IN_STOCK', to: 'NONE', type: 'adjustment' },
  { from: 'IN_STOCK', to: 'WASTE', type: 'adjustment', reasons: ['VENDOR_RETURN'], outside: 'supplier' },
  { from: 'IN_STOCK', to: 'WASTE', type: 'adjustment' },
  { from: 'WASTE', to: 'IN_STOCK', type: 'adjustment' },

  { from: 'NONE', to: 'RECEIVED_FROM_VENDOR', type: 'receipt', outside: 'supplier' },
  { from: 'ORDERED_FROM_VENDOR', to: 'RECEIVED_FROM_VENDOR', type: 'receipt' },
  { from: 'ORDERED_FROM_VENDOR', to: 'IN_STOCK', type: 'receipt' },
  { from: 'RECEIVED_FROM_VENDOR', to: 'IN_STOCK', type: 'status_change' },
  { from: 'RECEIVED_FROM_VENDOR', to: 'WASTE', type: 'adjustment' },
  { from: 'RECEIVED_FROM_VENDOR', to: 'NONE', type: 'adjustment' },
  { from: 'NONE', to: 'ORDERED_FROM_VENDOR', type: 'none', why: 'ordered stock has not arrived' },
  { from: 'ORDERED_FROM_VENDOR', to: 'NONE', type: 'none', why: 'ordered stock had not arrived' },

  { from: 'IN_STOCK', to: 'IN_STOCK', type: 'transfer' },
  { from: 'IN_STOCK', to: 'IN_TRANSIT', type: 'transfer' },
  { from: 'IN_STOCK', to: 'IN_TRANSIT_TO', type: 'transfer' },
  { from: 'IN_TRANSIT', to: 'IN_STOCK', type: 'transfer' },
  { from: 'IN_TRANSIT_TO', to: 'IN_STOCK', type: 'transfer' },
  { from: 'IN_TRANSIT', to: 'WASTE', type: 'adjustment' },
  { from: 'IN_TRANSIT', to: 'NONE', type: 'adjustment' },

  { from: 'IN_STOCK', to: 'COMPOSED', type: 'production' },
  { from: 'IN_STOCK', to: 'DECOMPOSED', type: 'production' },
  { from: 'COMPOSED', to: 'IN_STOCK', type: 'production' },
  { from: 'DECOMPOSED', to: 'IN_STOCK', type: 'production' },
  { from: 'COMPOSED', to: 'SOLD', type: 'none', why: 'a composed variation has no stock of its own' },
  { from: 'DECOMPOSED', to: 'SOLD', type: 'none', why: 'a converted variation has no stock of its own' },
  { from: 'SOLD', to: 'COMPOSED', type: 'none', why: 'a composed variation has no stock of its own' },
  { from: 'SOLD', to: 'DECOMPOSED', type: 'none', why: 'a converted variation has no stock of its own' },

  { from: 'NONE', to: 'WASTE', type: 'none', why: 'it was waste before it was stock' },
  { from: 'WASTE', to: 'NONE', type: 'none', why: 'waste has left the stock already' },
  {
    from: 'SOLD',
    to: 'WASTE',
    type: 'none',
    why: 'returned goods went to waste without coming back into stock',
  },
  {
    from: 'UNLINKED_RETURN',
    to: 'WASTE',
    type: 'none',
    why: 'returned goods went to waste without coming back into stock',
  },
];

/** The row for a change, or undefined when the table does not know it. */
export const transitionOf = (from: string, to: string, reason: string | undefined): Transition | undefined =>
  TRANSITIONS.find(
    (row) =>
      row.from === from &&
      row.to === to &&
      (row.reasons === undefined || (reason !== undefined && row.reasons.includes(reason))),
  );
