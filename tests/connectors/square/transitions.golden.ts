// Every change of state that Square can report, and what it must mean. Written by hand, not made from the table:
// onHand and available are the change of a shelf at location A for a quantity of 3, as signs.
import type { MovementType } from '../../../src/core/vocabulary/words.ts';

export interface GoldenTransition {
  readonly from: string;
  readonly to: string;
  readonly reason?: string;
  readonly papers?: 'purchase_order_id' | 'goods_receipt_id';
  readonly expected: MovementType | 'ignored' | 'quarantined';
  readonly onHand: -1 | 0 | 1;
  readonly available: -1 | 0 | 1;
  /** The place outside our shelves, where there is one. */
  readonly outside?: string;
}

const row = (
  change: string,
  expected: GoldenTransition['expected'],
  onHand: -1 | 0 | 1,
  available: -1 | 0 | 1,
  outside?: string,
  more: Pick<GoldenTransition, 'reason' | 'papers'> = {},
): GoldenTransition => {
  const [from = '', to = ''] = change.split(' > ');
  return { from, to, expected, onHand, available, ...(outside === undefined ? {} : { outside }), ...more };
};

export const GOLDEN_TRANSITIONS: readonly GoldenTransition[] = [
  row('IN_STOCK > SOLD', 'shipment', -1, -1, 'customer'),
  row('IN_STOCK > SOLD', 'shipment', -1, -1, 'customer', { reason: 'SALE' }),
  row('IN_STOCK > SOLD_ONLINE', 'shipment', -1, -1, 'customer'),
  row('IN_STOCK > RESERVED_FOR_SALE', 'status_change', 0, -1),
  row('RESERVED_FOR_SALE > IN_STOCK', 'status_change', 0, 1),
  row('RESERVED_FOR_SALE > SOLD', 'shipment', -1, 0, 'customer'),
  row('RESERVED_FOR_SALE > SOLD_ONLINE', 'shipment', -1, 0, 'customer'),
  row('RESERVED_FOR_SALE > WASTE', 'adjustment', -1, 0, 'adjustment'),
  row('RESERVED_FOR_SALE > NONE', 'adjustment', -1, 0, 'adjustment'),

  row('SOLD > RETURNED_BY_CUSTOMER', 'return', 1, 0, 'customer', { reason: 'RETURNED' }),
  row('SOLD_ONLINE > RETURNED_BY_CUSTOMER', 'return', 1, 0, 'customer'),
  row('UNLINKED_RETURN > RETURNED_BY_CUSTOMER', 'return', 1, 0, 'customer'),
  row('SOLD > IN_STOCK', 'return', 1, 1, 'customer', { reason: 'RETURNED' }),
  row('SOLD > IN_STOCK', 'return', 1, 1, 'customer', { reason: 'CANCELED_SALE' }),
  row('SOLD_ONLINE > IN_STOCK', 'return', 1, 1, 'customer'),
  row('UNLINKED_RETURN > IN_STOCK', 'return', 1, 1, 'customer'),
  row('RETURNED_BY_CUSTOMER > IN_STOCK', 'status_change', 0, 1, undefined, { reason: 'RETURNED' }),
  row('RETURNED_BY_CUSTOMER > WASTE', 'adjustment', -1, 0, 'adjustment'),
  row('RETURNED_BY_CUSTOMER > NONE', 'adjustment', -1, 0, 'adjustment'),

  row('NONE > IN_STOCK', 'adjustment', 1, 1, 'adjustment'),
  row('NONE > IN_STOCK', 'adjustment', 1, 1, 'adjustment', { reason: 'CUSTOM' }),
  row('NONE > IN_STOCK', 'receipt', 1, 1, 'supplier', { reason: 'RECEIVED' }),
  row('NONE > IN_STOCK', 'receipt', 1, 1, 'supplier', { papers: 'purchase_order_id' }),
  row('NONE > IN_STOCK', 'receipt', 1, 1, 'supplier', { papers: 'goods_receipt_id' }),
  row('NONE > IN_STOCK', 'return', 1, 1, 'customer', { reason: 'RETURNED' }),
  row('NONE > IN_STOCK', 'return', 1, 1, 'customer', { reason: 'CANCELED_SALE' }),
  row('IN_STOCK > NONE', 'adjustment', -1, -1, 'adjustment'),
  row('IN_STOCK > NONE', 'adjustment', -1, -1, 'adjustment', { reason: 'LOST' }),
  row('IN_STOCK > NONE', 'adjustment', -1, -1, 'supplier', { reason: 'VENDOR_RETURN' }),
  row('IN_STOCK > WASTE', 'adjustment', -1, -1, 'adjustment', { reason: 'DAMAGED' }),
  row('IN_STOCK > WASTE', 'adjustment', -1, -1, 'supplier', { reason: 'VENDOR_RETURN' }),
  row('WASTE > IN_STOCK', 'adjustment', 1, 1, 'adjustment'),

  row('NONE > RECEIVED_FROM_VENDOR', 'receipt', 1, 0, 'supplier'),
  row('ORDERED_FROM_VENDOR > RECEIVED_FROM_VENDOR', 'receipt', 1, 0, 'supplier'),
  row('ORDERED_FROM_VENDOR > IN_STOCK', 'receipt', 1, 1, 'supplier'),
  row('RECEIVED_FROM_VENDOR > IN_STOCK', 'status_change', 0, 1),
  row('RECEIVED_FROM_VENDOR > WASTE', 'adjustment', -1, 0, 'adjustment'),
  row('RECEIVED_FROM_VENDOR > NONE', 'adjustment', -1, 0, 'adjustment'),
  row('NONE > ORDERED_FROM_VENDOR', 'ignored', 0, 0),
  row('ORDERED_FROM_VENDOR > NONE', 'ignored', 0, 0),

  row('IN_STOCK > IN_STOCK', 'ignored', 0, 0),
  row('IN_STOCK > IN_TRANSIT', 'status_change', 0, -1, undefined, { reason: 'IN_TRANSIT' }),
  row('IN_STOCK > IN_TRANSIT_TO', 'status_change', 0, -1),
  row('IN_TRANSIT > IN_STOCK', 'status_change', 0, 1, undefined, { reason: 'TRANSFER' }),
  row('IN_TRANSIT_TO > IN_STOCK', 'status_change', 0, 1),
  row('IN_TRANSIT > WASTE', 'adjustment', -1, 0, 'adjustment'),
  row('IN_TRANSIT > NONE', 'adjustment', -1, 0, 'adjustment'),

  row('IN_STOCK > COMPOSED', 'production', -1, -1, 'production'),
  row('IN_STOCK > DECOMPOSED', 'production', -1, -1, 'production'),
  row('COMPOSED > IN_STOCK', 'production', 1, 1, 'production'),
  row('DECOMPOSED > IN_STOCK', 'production', 1, 1, 'production'),
  row('COMPOSED > SOLD', 'ignored', 0, 0),
  row('DECOMPOSED > SOLD', 'ignored', 0, 0),
  row('SOLD > COMPOSED', 'ignored', 0, 0),
  row('SOLD > DECOMPOSED', 'ignored', 0, 0),

  row('NONE > WASTE', 'ignored', 0, 0),
  row('WASTE > NONE', 'ignored', 0, 0),
  row('SOLD > WASTE', 'ignored', 0, 0),
  row('UNLINKED_RETURN > WASTE', 'ignored', 0, 0),

  row('IN_STOCK > CUSTOM', 'quarantined', 0, 0),
  row('CUSTOM > IN_STOCK', 'quarantined', 0, 0),
  row('UNTRACKED > IN_STOCK', 'quarantined', 0, 0),
  row('IN_STOCK > UNTRACKED', 'quarantined', 0, 0),
  row('UNTRACKED > SOLD', 'quarantined', 0, 0),
  row('IN_STOCK > SUPPORTED_BY_NEWER_VERSION', 'quarantined', 0, 0),
  row('SUPPORTED_BY_NEWER_VERSION > IN_STOCK', 'quarantined', 0, 0),
  row('IN_STOCK > INVENTED_TOMORROW', 'quarantined', 0, 0),
  row('SOLD > RECEIVED_FROM_VENDOR', 'quarantined', 0, 0),
  row('constructor > IN_STOCK', 'quarantined', 0, 0),
];
