// What a shipment means in Shopify's words, and which of the shipments that Shopify knows is the same one. Pure.
// A line is taken from where the reservation saw it or not at all: units that somebody moved are for a person to judge.
import { createHash } from 'node:crypto';
import type { FulfilledShipment, FulfilmentAnswer } from '../contract.ts';
import type { OrderShipped, Routing, Shipped } from './fulfilment-document.ts';

/** A shipment by what Shopify keeps of it: units per order line, the place they left, and tracking numbers. */
export interface Footprint {
  readonly location: string | null;
  readonly units: Readonly<Record<string, number>>;
  readonly tracking: readonly string[];
}

export interface Plan {
  readonly footprint: Footprint;
  /** Why it cannot be sent as it is; found only after it was looked for among the shipments that exist. */
  readonly problem?: FulfilmentAnswer;
  /** Shopify would refuse one of two of it, for a line has not enough left for both: it takes a request whole or not at all. */
  readonly fitsOnce: boolean;
  readonly input: Readonly<Record<string, unknown>>;
}

const rejected = (reason: string): FulfilmentAnswer => ({ outcome: 'rejected', reason });

/** The same for the same content, whatever the order of its parts; whether the buyer is told is no part of it. */
export function contentOf({ order, lines, tracking = [] }: FulfilledShipment): string {
  const parts = [
    order,
    lines.map(({ line, quantity }) => [line, wholeOf(quantity) ?? quantity]).sort(),
    tracking.map(({ number, carrier, url }) => [number, carrier ?? '', url ?? '']).sort(),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Finds the shipment's lines in the order; answers a rejection where one is not in it. */
export function planOf(shipment: FulfilledShipment, order: OrderShipped): Plan | FulfilmentAnswer {
  const wanted = new Map<string, number>();
  for (const { line, quantity } of shipment.lines) {
    const units = wholeOf(quantity);
    if (units === undefined) return rejected(`Shopify counts whole units, and ${line} has ${quantity}`);
    if (units > 0) wanted.set(line, (wanted.get(line) ?? 0) + units);
  }
  if (wanted.size === 0) return rejected('the shipment names no units');
  const placed = [...wanted].map(([line, units]) => ({ line, units, ...placeOf(order, line) }));
  const lost = placed.find(({ routing }) => routing === undefined);
  if (lost !== undefined) {
    return rejected(
      `${order.name} has no line ${lost.line} any more; it was split or routed anew in Shopify`,
    );
  }
  const found = placed.filter(isFound);
  const [location, ...others] = new Set(
    found.map((one) => one.routing.assignedLocation.location?.id ?? null),
  );
  if (others.length > 0)
    return rejected('the lines ship from different locations; report one shipment for each');
  const units: Record<string, number> = {};
  for (const one of found) units[one.orderLine] = (units[one.orderLine] ?? 0) + one.units;
  const problem = problemOf(order, found);
  return {
    footprint: { location: location ?? null, units, tracking: numbersOf(shipment.tracking ?? []) },
    ...(problem === undefined ? {} : { problem }),
    fitsOnce: found.some((one) => one.remaining < 2 * one.units),
    input: inputOf(shipment, found),
  };
}

interface Found {
  readonly line: string;
  readonly units: number;
  readonly routing: Routing;
  readonly orderLine: string;
  readonly remaining: number;
}

const isFound = (one: { routing?: Routing | undefined }): one is Found => one.routing !== undefined;

function placeOf(order: OrderShipped, line: string): Partial<Omit<Found, 'line' | 'units'>> {
  for (const routing of order.fulfillmentOrders) {
    const routed = routing.lineItems.find(({ id }) => id === line);
    if (routed === undefined) continue;
    return { routing, orderLine: routed.lineItem.id, remaining: routed.remainingQuantity };
  }
  return {};
}

function problemOf(order: OrderShipped, found: readonly Found[]): FulfilmentAnswer | undefined {
  const short = found.find(({ units, remaining }) => units > remaining);
  if (short !== undefined) {
    const why = order.cancelledAt === null ? '' : ', and the order is cancelled';
    return rejected(`${order.name} has ${short.remaining} left of ${short.line}, not ${short.units}${why}`);
  }
  const held = found.find(({ routing }) => !mayShip(routing));
  if (held === undefined) return undefined;
  const { status } = held.routing;
  return status === 'ON_HOLD' || status === 'SCHEDULED'
    ? {
        outcome: 'retry',
        reason: `${order.name} is ${status === 'ON_HOLD' ? 'on hold' : 'scheduled for later'} in Shopify, which takes no shipment until that ends`,
      }
    : rejected(`Shopify takes no shipment of ${order.name} from this app: ${status.toLowerCase()}`);
}

const mayShip = ({ supportedActions }: Routing): boolean =>
  supportedActions.some(({ action }) => action === 'CREATE_FULFILLMENT');

function inputOf(shipment: FulfilledShipment, found: readonly Found[]): Record<string, unknown> {
  const routings = new Set(found.map(({ routing }) => routing.id));
  const trackingInfo = trackingOf(shipment.tracking ?? []);
  return {
    lineItemsByFulfillmentOrder: [...routings].map((fulfillmentOrderId) => ({
      fulfillmentOrderId,
      fulfillmentOrderLineItems: found
        .filter(({ routing }) => routing.id === fulfillmentOrderId)
        .map(({ line, units }) => ({ id: line, quantity: units })),
    })),
    notifyCustomer: shipment.notifyCustomer,
    ...(trackingInfo === undefined ? {} : { trackingInfo }),
  };
}

/** Shopify keeps one carrier for all numbers of a shipment, and urls only where every number has one. */
function trackingOf(given: NonNullable<FulfilledShipment['tracking']>): object | undefined {
  const byNumber = new Map(given.map((one) => [normal(one.number), one]));
  byNumber.delete('');
  const parcels = [...byNumber.values()];
  if (parcels.length === 0) return undefined;
  const [company, ...others] = new Set(parcels.map(({ carrier }) => carrier?.trim() ?? ''));
  const urls = parcels.flatMap(({ url }) => url ?? []);
  return {
    numbers: parcels.map(({ number }) => number.trim()),
    ...(company === undefined || company === '' || others.length > 0 ? {} : { company }),
    ...(urls.length === parcels.length ? { urls } : {}),
  };
}

/** Whether a shipment that Shopify knows left these footprints. */
export function isSame(shipped: Shipped, { location, units, tracking }: Footprint): boolean {
  const at = shipped.location?.id ?? null;
  if (at !== null && location !== null && at !== location) return false;
  const theirs: Record<string, number> = {};
  for (const { lineItem, quantity } of shipped.fulfillmentLineItems) {
    theirs[lineItem.id] = (theirs[lineItem.id] ?? 0) + (quantity ?? 0);
  }
  return (
    sameText(entriesOf(theirs), entriesOf(units)) && sameText(numbersOf(shipped.trackingInfo), [...tracking])
  );
}

/** Whether a shipment that Shopify knows took units of the same lines. */
export const touches = (shipped: Shipped, { units }: Footprint): boolean =>
  shipped.fulfillmentLineItems.some(
    ({ lineItem, quantity }) => (quantity ?? 0) > 0 && (units[lineItem.id] ?? 0) > 0,
  );

const entriesOf = (units: Readonly<Record<string, number>>): string[] =>
  Object.entries(units)
    .filter(([, count]) => count > 0)
    .map(([line, count]) => `${line} ${count}`)
    .sort();

const numbersOf = (tracking: readonly { readonly number: string | null }[]): string[] =>
  [...new Set(tracking.map(({ number }) => normal(number ?? '')))].filter((one) => one !== '').sort();

/** People and carriers group the digits of a number as they like. */
const normal = (number: string): string => number.replace(/\s+/g, '').toUpperCase();

const sameText = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

/** Shopify's quantities are whole numbers of at most 32 bits. */
function wholeOf(quantity: string): number | undefined {
  const digits = /^(\d{1,9})(\.0+)?$/.exec(quantity)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
