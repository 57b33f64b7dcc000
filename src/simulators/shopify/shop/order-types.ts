// The shapes of orders and what hangs off them, as the simulated shop keeps them. Ids are gids.

export type OrderLine = {
  kind: 'LineItem';
  id: string;
  variantId: string | null;
  itemId: string | null;
  sku: string | null;
  title: string;
  price: string;
  isGiftCard: boolean;
  requiresShipping: boolean;
  /** Units ordered at first; never changes. */
  quantity: number;
  /** Units ordered less those refunded or removed. */
  currentQuantity: number;
  fulfilledQuantity: number;
};

/** Where an order goes. Everybody in a simulated shop is made up. */
export type Address = {
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  address1: string | null;
  address2: string | null;
  city: string | null;
  province: string | null;
  provinceCode: string | null;
  zip: string | null;
  countryCode: string | null;
  phone: string | null;
  email: string | null;
};

export const paymentStatuses = [
  'PAID',
  'PENDING',
  'AUTHORIZED',
  'PARTIALLY_PAID',
  'EXPIRED',
  'VOIDED',
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const holdReasons = [
  'AWAITING_PAYMENT',
  'HIGH_RISK_OF_FRAUD',
  'INCORRECT_ADDRESS',
  'INVENTORY_OUT_OF_STOCK',
  'OTHER',
] as const;
export type Hold = {
  kind: 'FulfillmentHold';
  id: string;
  reason: (typeof holdReasons)[number];
  displayReason: string;
};

export type Tracking = { number: string | null; company: string | null; url: string | null };

export type RoutedLine = {
  kind: 'FulfillmentOrderLineItem';
  id: string;
  lineId: string;
  itemId: string | null;
  sku: string | null;
  requiresShipping: boolean;
  totalQuantity: number;
  remainingQuantity: number;
};

export type RoutingStatus = 'OPEN' | 'IN_PROGRESS' | 'ON_HOLD' | 'CLOSED' | 'CANCELLED';

/** Where an order's open units will ship from. */
export type FulfillmentOrder = {
  kind: 'FulfillmentOrder';
  id: string;
  orderId: string;
  status: RoutingStatus;
  requestStatus: 'UNSUBMITTED';
  holds: Hold[];
  locationId: string;
  lines: RoutedLine[];
  createdAt: number;
  updatedAt: number;
};

export type Fulfillment = {
  kind: 'Fulfillment';
  id: string;
  legacyResourceId: string;
  name: string;
  status: 'SUCCESS' | 'CANCELLED';
  locationId: string;
  tracking: Tracking[];
  /** Whether the buyer was written to. */
  notified: boolean;
  lines: {
    kind: 'FulfillmentLineItem';
    id: string;
    lineId: string;
    routedLineId: string;
    quantity: number;
  }[];
  createdAt: number;
  updatedAt: number;
};

export type RestockType = 'RETURN' | 'CANCEL' | 'NO_RESTOCK';

export type RefundLine = {
  kind: 'RefundLineItem';
  id: string;
  lineId: string;
  quantity: number;
  restockType: RestockType;
  restocked: boolean;
  locationId: string | null;
};

export type Refund = {
  kind: 'Refund';
  id: string;
  legacyResourceId: string;
  returnId: string | null;
  lines: RefundLine[];
  createdAt: number;
  updatedAt: number;
};

export type DispositionType = 'RESTOCKED' | 'NOT_RESTOCKED' | 'PROCESSING_REQUIRED' | 'MISSING';

export type Disposition = {
  kind: 'ReverseFulfillmentOrderDisposition';
  id: string;
  type: DispositionType;
  quantity: number;
  locationId: string | null;
  createdAt: number;
};

export type ReturnedLine = {
  kind: 'ReverseFulfillmentOrderLineItem';
  id: string;
  totalQuantity: number;
  fulfillmentLineId: string;
  lineId: string;
  dispositions: Disposition[];
};

export type OrderReturn = {
  kind: 'Return';
  id: string;
  orderId: string;
  name: string;
  status: 'OPEN' | 'CLOSED';
  createdAt: number;
  closedAt: number | null;
  reverse: { kind: 'ReverseFulfillmentOrder'; id: string; status: 'OPEN' | 'CLOSED'; lines: ReturnedLine[] };
};

export type Order = {
  kind: 'Order';
  id: string;
  legacyResourceId: string;
  sequence: number;
  number: number;
  name: string;
  sourceName: string;
  test: boolean;
  payment: PaymentStatus;
  poNumber: string | null;
  /** Null for counter sales. */
  shipTo: Address | null;
  /** The title of the delivery option; null for counter sales. */
  service: string | null;
  retailLocationId: string | null;
  createdAt: number;
  updatedAt: number;
  cancelledAt: number | null;
  cancelReason: string | null;
  closedAt: number | null;
  lines: OrderLine[];
  fulfillmentOrders: FulfillmentOrder[];
  fulfillments: Fulfillment[];
  refunds: Refund[];
  returns: OrderReturn[];
};

/** Units of a line that are still to be shipped from somewhere. */
export const unfulfilledOf = (order: Order, lineId: string): number =>
  order.fulfillmentOrders.reduce(
    (sum, routing) =>
      sum +
      routing.lines.reduce((inner, line) => inner + (line.lineId === lineId ? line.remainingQuantity : 0), 0),
    0,
  );
