// Taking and editing orders: which location each unit is committed to, and what that does to stock.
import { effects } from './book.ts';
import type { Variant } from './catalog.ts';
import type { Address, FulfillmentOrder, Order, OrderLine, PaymentStatus } from './order-types.ts';
import { unfulfilledOf } from './order-types.ts';
import { found, ShopRefusal } from './refusal.ts';
import { closeIfDone, recordFulfillment } from './shipments.ts';
import type { Shop } from './shop.ts';

export type SaleLine = { sku: string; quantity: number };
export type Sale = {
  lines: SaleLine[];
  /** Location name or gid; without it the shop routes by its own order of locations. */
  location?: string | undefined;
  /** Sold over the counter: fulfilled at once at `location`. */
  pos?: boolean | undefined;
  test?: boolean | undefined;
  /** A checkout refuses what is not available unless the variant allows overselling; staff may force it. */
  force?: boolean | undefined;
  sourceName?: string | undefined;
  /** Default PAID. */
  payment?: PaymentStatus | undefined;
  poNumber?: string | undefined;
  /** Differences to the made-up address that every web order goes to; null leaves the address out. */
  shipTo?: { [Field in keyof Address]?: Address[Field] | undefined } | null | undefined;
  service?: string | undefined;
};

const madeUpAddress: Address = {
  firstName: 'Robin',
  lastName: 'Example',
  company: null,
  address1: '12 Sample Street',
  address2: null,
  city: 'Ottawa',
  province: 'Ontario',
  provinceCode: 'ON',
  zip: 'K1A 0B1',
  countryCode: 'CA',
  phone: '+1 613 555 0100',
  email: 'robin@shop.example',
};

/** Takes an order. Throws OUT_OF_STOCK as a buyer's checkout would, before anything changes. */
export function placeOrder(shop: Shop, sale: Sale): Order {
  if (sale.lines.length === 0) throw new ShopRefusal('EMPTY_ORDER', 'an order needs at least one line');
  const wanted = sale.lines.map((line) => ({
    variant: shop.catalog.variantBySku(line.sku),
    quantity: positive(line.quantity),
  }));
  const routed = route(shop, wanted, sale);
  const order = newOrder(shop, sale);
  for (const { variant, quantity, locationId } of routed) addLine(shop, order, variant, quantity, locationId);
  shop.orders.set(order.id, order);
  shop.timeline.add(order);
  for (const routing of order.fulfillmentOrders) {
    for (const line of routing.lines) {
      const effect = sale.pos ? effects.sellAtCounter : effects.commit;
      shop.moveStock(line.itemId, routing.locationId, effect(line.totalQuantity));
    }
  }
  if (sale.pos) handOver(shop, order);
  shop.emit({ topic: 'orders/create', order });
  for (const fulfillment of order.fulfillments)
    shop.emit({ topic: 'fulfillments/create', order, fulfillment });
  return order;
}

type Wanted = { variant: Variant; quantity: number };

/** One location that can serve everything, else the first that can serve each line, as the vendor's default rules do. */
function route(shop: Shop, wanted: Wanted[], sale: Sale): (Wanted & { locationId: string })[] {
  const candidates = sale.location
    ? [shop.catalog.locationNamed(sale.location)]
    : [...shop.catalog.locations.values()].filter((one) => one.isActive && one.fulfillsOnlineOrders);
  if (sale.pos && !sale.location)
    throw new ShopRefusal('LOCATION_REQUIRED', 'a counter sale happens at one location');
  // Two lines of one sku draw on the same stock: each is judged against what all of them need.
  const needed = new Map<string, number>();
  for (const { variant, quantity } of wanted)
    needed.set(variant.itemId, (needed.get(variant.itemId) ?? 0) + quantity);
  const enough = (one: Wanted, locationId: string): boolean =>
    !shop.isTracked(one.variant.itemId) ||
    shop.available(one.variant.itemId, locationId) >= (needed.get(one.variant.itemId) ?? 0);
  const stocked = (one: Wanted, locationId: string): boolean =>
    !shop.isTracked(one.variant.itemId) || shop.book.level(one.variant.itemId, locationId)?.isActive === true;

  const whole = candidates.find((location) => wanted.every((one) => enough(one, location.id)));
  return wanted.map((one) => {
    const location = whole ?? candidates.find((candidate) => enough(one, candidate.id));
    if (location) return { ...one, locationId: location.id };
    // The vendor lets a till sell what the book says is not there; a web checkout only when the variant allows it.
    const mayOversell = sale.pos || sale.force || one.variant.inventoryPolicy === 'CONTINUE';
    const fallback = mayOversell ? candidates.find((candidate) => stocked(one, candidate.id)) : undefined;
    if (fallback) return { ...one, locationId: fallback.id };
    throw new ShopRefusal('OUT_OF_STOCK', `${one.variant.sku} cannot be served: ${one.quantity} wanted`);
  });
}

function newOrder(shop: Shop, sale: Sale): Order {
  const { id, digits } = shop.newId('Order');
  const now = shop.now();
  const number = shop.orders.size + 1;
  return {
    kind: 'Order',
    id,
    legacyResourceId: digits,
    sequence: number,
    number,
    name: `#${1000 + number}`,
    sourceName: sale.sourceName ?? (sale.pos ? 'pos' : 'web'),
    test: sale.test ?? false,
    payment: sale.payment ?? 'PAID',
    poNumber: sale.poNumber ?? null,
    shipTo: sale.pos || sale.shipTo === null ? null : { ...madeUpAddress, ...given(sale.shipTo) },
    service: sale.pos ? null : (sale.service ?? 'Standard'),
    retailLocationId: sale.pos && sale.location ? shop.catalog.locationNamed(sale.location).id : null,
    createdAt: now,
    updatedAt: now,
    cancelledAt: null,
    cancelReason: null,
    closedAt: null,
    lines: [],
    fulfillmentOrders: [],
    fulfillments: [],
    refunds: [],
    returns: [],
  };
}

/** Only the fields that were given; one given as null is. */
const given = (wish: NonNullable<Sale['shipTo']> = {}): Partial<Address> =>
  Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined));

function addLine(
  shop: Shop,
  order: Order,
  variant: Variant,
  quantity: number,
  locationId: string,
): OrderLine {
  const line: OrderLine = {
    kind: 'LineItem',
    id: shop.newId('LineItem').id,
    variantId: variant.id,
    itemId: variant.itemId,
    sku: variant.sku,
    title: variant.title,
    price: variant.price,
    isGiftCard: variant.product.isGiftCard,
    requiresShipping: !variant.product.isGiftCard,
    quantity,
    currentQuantity: quantity,
    fulfilledQuantity: 0,
  };
  order.lines.push(line);
  routeLine(shop, order, line, quantity, locationId);
  return line;
}

/** Adds units to the order's open routing at a location, opening one when there is none. */
export function routeLine(
  shop: Shop,
  order: Order,
  line: OrderLine,
  quantity: number,
  locationId: string,
): FulfillmentOrder {
  const now = shop.now();
  let routing = order.fulfillmentOrders.find((one) => one.locationId === locationId && one.status === 'OPEN');
  if (!routing) {
    routing = {
      kind: 'FulfillmentOrder',
      id: shop.newId('FulfillmentOrder').id,
      orderId: order.id,
      status: 'OPEN',
      requestStatus: 'UNSUBMITTED',
      holds: [],
      locationId,
      lines: [],
      createdAt: now,
      updatedAt: now,
    };
    order.fulfillmentOrders.push(routing);
    shop.fulfillmentOrders.set(routing.id, routing);
  }
  const { id } = shop.newId('FulfillmentOrderLineItem');
  const { id: lineId, itemId, sku, requiresShipping } = line;
  routing.lines.push({
    kind: 'FulfillmentOrderLineItem',
    id,
    lineId,
    itemId,
    sku,
    requiresShipping,
    totalQuantity: quantity,
    remainingQuantity: quantity,
  });
  routing.updatedAt = now;
  return routing;
}

/** A counter sale leaves nothing open: every routing is fulfilled the moment the order exists. */
function handOver(shop: Shop, order: Order): void {
  for (const routing of order.fulfillmentOrders) {
    recordFulfillment(
      shop,
      order,
      routing.lines.map((routedLine) => ({ routing, routedLine, quantity: routedLine.remainingQuantity })),
    );
  }
}

export type OrderChange = {
  order: string;
  add?: (SaleLine & { location?: string | undefined })[] | undefined;
  /** `restock: false` writes the units off instead of putting them back on sale. */
  remove?: (SaleLine & { restock?: boolean | undefined })[] | undefined;
};

/**
 * Edits an order. What an edit does to stock is inferred from order creation and its inverse: the vendor
 * does not document it, nor the routing's state afterwards.
 */
export function editOrder(shop: Shop, change: OrderChange): Order {
  const order = shop.order(change.order);
  if (order.cancelledAt !== null) throw new ShopRefusal('CANCELLED', `${order.name} is cancelled`);
  for (const unwanted of change.remove ?? [])
    requireOpen(order, lineOf(order, unwanted.sku), unwanted.quantity);
  const additions: { lineId: string; delta: number }[] = [];
  const removals: { lineId: string; delta: number }[] = [];
  for (const wanted of change.add ?? []) {
    const variant = shop.catalog.variantBySku(wanted.sku);
    const quantity = positive(wanted.quantity);
    const sale = { lines: [wanted], location: wanted.location, force: true };
    const [routed] = route(shop, [{ variant, quantity }], sale);
    const { locationId } = found(routed, `route for ${wanted.sku}`);
    const line = addLine(shop, order, variant, quantity, locationId);
    shop.moveStock(line.itemId, locationId, effects.commit(quantity));
    additions.push({ lineId: line.id, delta: quantity });
  }
  for (const unwanted of change.remove ?? []) {
    const line = lineOf(order, unwanted.sku);
    const quantity = positive(unwanted.quantity);
    withdraw(shop, order, line, quantity, unwanted.restock === false ? effects.ship : effects.release);
    removals.push({ lineId: line.id, delta: quantity });
  }
  shop.touch(order);
  shop.emit({
    topic: 'orders/edited',
    edit: { id: shop.newId('OrderEdit').digits, order, at: order.updatedAt, additions, removals },
  });
  shop.emit({ topic: 'orders/updated', order });
  return order;
}

/** Takes units out of the order before they ship; returns the locations they were committed at. */
export function withdraw(
  shop: Shop,
  order: Order,
  line: OrderLine,
  quantity: number,
  effect: typeof effects.release | typeof effects.ship,
): string[] {
  requireOpen(order, line, quantity);
  const locations: string[] = [];
  let left = quantity;
  for (const routing of order.fulfillmentOrders) {
    for (const routedLine of routing.lines) {
      const taken = routedLine.lineId === line.id ? Math.min(left, routedLine.remainingQuantity) : 0;
      if (taken === 0) continue;
      left -= taken;
      routedLine.remainingQuantity -= taken;
      routedLine.totalQuantity -= taken;
      shop.moveStock(routedLine.itemId, routing.locationId, effect(taken));
      locations.push(routing.locationId);
    }
    closeIfDone(shop, routing);
  }
  line.currentQuantity -= quantity;
  return locations;
}

function requireOpen(order: Order, line: OrderLine, quantity: number): void {
  const open = unfulfilledOf(order, line.id);
  if (quantity <= open) return;
  throw new ShopRefusal(
    'NOT_ENOUGH_OPEN',
    `${order.name} has ${open} open units of ${line.sku}, not ${quantity}`,
  );
}

/** The order's line for a sku or gid, preferring one that still has open units. */
export function lineOf(order: Order, skuOrId: string): OrderLine {
  return preferred(order, skuOrId, (line) => unfulfilledOf(order, line.id) > 0);
}

/** The order's line for a sku or gid, preferring one with units that went out and were not refunded. */
export function shippedLineOf(order: Order, skuOrId: string): OrderLine {
  return preferred(order, skuOrId, (line) => line.currentQuantity > unfulfilledOf(order, line.id));
}

function preferred(order: Order, skuOrId: string, isPreferred: (line: OrderLine) => boolean): OrderLine {
  const matching = order.lines.filter((line) => line.sku === skuOrId || line.id === skuOrId);
  return found(matching.find(isPreferred) ?? matching[0], `line ${skuOrId} of ${order.name}`);
}

export function positive(quantity: number): number {
  if (!Number.isInteger(quantity) || quantity <= 0)
    throw new ShopRefusal('BAD_QUANTITY', `${quantity} is not a positive whole number`);
  return quantity;
}
