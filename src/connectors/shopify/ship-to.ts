// From one order to where its open lines go and whether they may leave now. Pure, and sure: an address with a gap, an
// unknown payment status or parts that go to different people are a reason to wait, never a guess.
import { plainTextOf } from '../../core/vocabulary/text.ts';
import type { ShipTo, ShipToAnswer } from '../contract.ts';
import type { Destination, GoingRouting, OrderToShip } from './fulfilment-document.ts';

export interface ShipToPolicy {
  readonly ignoredLocations: readonly string[];
  readonly ignoreTestOrders: boolean;
}

/** `AUTHORIZED` is how a shop that takes the money on shipping has its orders paid. */
const PAID_FOR = new Set(['PAID', 'AUTHORIZED', 'PARTIALLY_REFUNDED']);
const OPEN = new Set(['OPEN', 'IN_PROGRESS']);
const HELD = new Set(['ON_HOLD', 'SCHEDULED']);
const NOT_SHIPPED = new Set(['PICK_UP', 'RETAIL', 'NONE']);

const wait = (reason: string): ShipToAnswer => ({ outcome: 'wait', reason });
const gone = (reason: string): ShipToAnswer => ({ outcome: 'gone', reason });

/** What `shipTo` answers for this order; with `location` (a gid), for the lines that ship from there. */
export function shipToOf(order: OrderToShip, policy: ShipToPolicy, location?: string): ShipToAnswer {
  if (order.cancelledAt !== null) return gone(`${order.name} is cancelled`);
  if (order.test && policy.ignoreTestOrders) return gone(`${order.name} is a test order`);
  const open = order.fulfillmentOrders.filter(
    (routing) =>
      (OPEN.has(routing.status) || HELD.has(routing.status)) &&
      isAsked(routing, policy, location) &&
      linesOf(routing).length > 0,
  );
  const where = location === undefined ? '' : ' from this location';
  if (open.length === 0) return gone(`${order.name} has nothing left to ship${where}`);
  const ours = open.filter(({ deliveryMethod }) => !NOT_SHIPPED.has(deliveryMethod?.methodType ?? ''));
  if (ours.length === 0) return gone(`${order.name} is handed over${where}, not shipped`);
  const payment = paymentProblem(order.displayFinancialStatus);
  if (payment !== undefined) return wait(`${order.name}: ${payment}`);
  const free = ours.filter((routing) => holdOf(routing) === undefined);
  if (free.length === 0) {
    const holds = new Set(ours.map(holdOf));
    return wait(`${order.name}: ${[...holds].join('; ')}`);
  }
  return readyOf(order, free);
}

function readyOf(order: OrderToShip, free: readonly GoingRouting[]): ShipToAnswer {
  const addresses = free.map((routing) => addressOf(order, routing));
  const [shipTo] = addresses;
  if (shipTo === undefined || addresses.some((one) => JSON.stringify(one) !== JSON.stringify(shipTo))) {
    return wait(`${order.name}: its parts go to different addresses; ship it by hand`);
  }
  const missing = missingIn(shipTo);
  if (missing.length > 0) {
    return wait(
      `${order.name}: the shipping address has no ${missing.join(', no ')}; complete it in Shopify, or give the app access to protected customer data`,
    );
  }
  const service = firstOf(...free.map((one) => one.deliveryMethod?.presentedName), order.shippingLine?.title);
  const purchaseOrder = firstOf(order.poNumber);
  return {
    outcome: 'ready',
    number: order.name,
    ...(purchaseOrder === undefined ? {} : { purchaseOrder }),
    orderedAt: order.createdAt,
    shipTo,
    ...(service === undefined ? {} : { service }),
    lines: free.flatMap(linesOf),
  };
}

function isAsked(
  { assignedLocation }: GoingRouting,
  policy: ShipToPolicy,
  location: string | undefined,
): boolean {
  const assigned = assignedLocation.location?.id;
  if (location !== undefined) return assigned === location;
  return assigned === undefined || !policy.ignoredLocations.includes(assigned);
}

/** Gift cards and services stay open in Shopify, but nobody packs them. */
const linesOf = ({ lineItems }: GoingRouting) =>
  lineItems
    .filter(({ remainingQuantity, requiresShipping }) => requiresShipping && remainingQuantity > 0)
    .map(({ id, remainingQuantity }) => ({ line: id, quantity: String(remainingQuantity) }));

function paymentProblem(status: string | null): string | undefined {
  if (status !== null && PAID_FOR.has(status)) return undefined;
  if (status === 'REFUNDED') return 'all of it was refunded while lines are open; cancel it or remove them';
  return `payment is ${status === null ? 'unknown' : status.toLowerCase().replaceAll('_', ' ')}`;
}

/** Why the lines of a routing may not leave now. The merchant's own notes on a hold are left unread: they name people. */
function holdOf(routing: GoingRouting): string | undefined {
  if (routing.status === 'ON_HOLD') {
    const reasons = routing.fulfillmentHolds.map(({ displayReason }) => plainTextOf(displayReason, 100));
    return `on hold${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`;
  }
  if (routing.status === 'SCHEDULED') {
    return `scheduled${routing.fulfillAt === null ? '' : ` for ${routing.fulfillAt}`}`;
  }
  const mayShip = routing.supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT');
  return mayShip ? undefined : 'Shopify lets nobody but the location’s own fulfilment service ship it';
}

/** The routing's own destination, which can differ from the order's address; the latter alone knows province codes. */
function addressOf({ shippingAddress }: OrderToShip, { destination }: GoingRouting): ShipTo {
  const to: Destination = destination ?? {
    ...(shippingAddress ?? NOWHERE),
    countryCode: shippingAddress?.countryCodeV2 ?? null,
    email: null,
  };
  const isSameRegion =
    shippingAddress?.province === to.province && shippingAddress?.countryCodeV2 === to.countryCode;
  const company = firstOf(to.company);
  const region = firstOf(isSameRegion ? shippingAddress?.provinceCode : undefined, to.province);
  const phone = firstOf(to.phone, shippingAddress?.phone);
  const email = firstOf(to.email);
  const name = [to.firstName, to.lastName].flatMap((part) => firstOf(part) ?? []).join(' ');
  return {
    name: name === '' ? (company ?? '') : name,
    ...(company === undefined ? {} : { company }),
    street: [to.address1, to.address2].flatMap((one) => firstOf(one) ?? []),
    city: firstOf(to.city) ?? '',
    ...(region === undefined ? {} : { region }),
    postalCode: firstOf(to.zip) ?? '',
    country: firstOf(to.countryCode) ?? '',
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
  };
}

const NOWHERE = {
  firstName: null,
  lastName: null,
  company: null,
  address1: null,
  address2: null,
  city: null,
  province: null,
  zip: null,
  phone: null,
};

const missingIn = ({ name, street, city, country }: ShipTo): string[] =>
  Object.entries({ name, street: street.join(''), city, country }).flatMap(([field, value]) =>
    value === '' ? [field] : [],
  );

/** The first text that says something, on one line. */
function firstOf(...texts: readonly (string | null | undefined)[]): string | undefined {
  const cleaned = texts.map((text) => plainTextOf((text ?? '').replace(/\s+/g, ' ').trim(), 200));
  return cleaned.find((text) => text !== '');
}
