// What a channel may sell of a listing, and every term of the sum, so that the number can be explained. Pure.
import {
  difference,
  type Quantity,
  quantityFrom,
  quantityText,
  smaller,
  sum,
  wholeTimes,
  ZERO,
} from '../vocabulary/quantity.ts';
import type { ItemPolicy } from './policy.ts';

/** One item that the listing needs, with its stock at the locations offered. A plain item is its own only component. */
export interface ComponentStock {
  readonly sku: string;
  /** Base units of it in one unit sold at the channel: unit factor times kit quantity. */
  readonly perUnit: Quantity;
  readonly places: readonly {
    readonly location: string;
    readonly sellable: Quantity;
    readonly reserved: Quantity;
    /** Asked of the partner's warehouse, reserved no more, and not known to be stopped. */
    readonly leaving: Quantity;
    /** Sellable stock in lots that expire too soon for this channel. */
    readonly expiring: Quantity;
  }[];
}

/** The terms as they are stored with a publication and shown by explain; quantities as decimal text in base units. */
export interface AvailabilityTerms {
  readonly components: readonly {
    readonly sku: string;
    readonly perUnit: string;
    readonly places: readonly {
      readonly location: string;
      readonly sellable: string;
      readonly reserved: string;
      /** Absent in terms of before it was looked at. */
      readonly leaving?: string;
      readonly expiring: string;
    }[];
    readonly free: string;
    readonly buffer: string;
    readonly share: number;
    readonly offered: string;
    readonly units: string;
  }[];
  readonly cap: number | null;
  readonly floor: number;
  /** Whole units the channel may sell; never negative. */
  readonly available: string;
}

const HUNDRED = 100n;

/**
 * Availability = the least, over components, of whole units in share × (sellable − expiring − reserved − leaving − buffer); then cap,
 * floor and zero. A listing without components (a kit that lost its parts) has none.
 */
export function availabilityOf(components: readonly ComponentStock[], policy: ItemPolicy): AvailabilityTerms {
  const terms = components.map((component) => {
    const free = component.places.reduce(
      (total, place) =>
        sum(total, difference(place.sellable, sum(place.expiring, sum(place.reserved, place.leaving)))),
      ZERO,
    );
    const buffer = bufferOf(free, policy);
    const rest = difference(free, buffer);
    // A share of a shortage would hide part of it.
    const offered = rest > 0n ? (((rest * BigInt(policy.share)) / HUNDRED) as Quantity) : rest;
    return { component, free, buffer, offered, units: wholeTimes(offered, component.perUnit) };
  });
  const least =
    terms.reduce<bigint | undefined>(
      (min, { units }) => (min === undefined || units < min ? units : min),
      undefined,
    ) ?? 0n;
  return {
    components: terms.map(({ component, free, buffer, offered, units }) => ({
      sku: component.sku,
      perUnit: quantityText(component.perUnit),
      places: component.places.map((place) => ({
        location: place.location,
        sellable: quantityText(place.sellable),
        reserved: quantityText(place.reserved),
        leaving: quantityText(place.leaving),
        expiring: quantityText(place.expiring),
      })),
      free: quantityText(free),
      buffer: quantityText(buffer),
      share: policy.share,
      offered: quantityText(offered),
      units: units.toString(),
    })),
    cap: policy.cap ?? null,
    floor: policy.floor,
    available: limited(least, policy).toString(),
  };
}

/** In percent the buffer is rounded up to a whole base unit, and a shortage has none. */
function bufferOf(free: Quantity, policy: ItemPolicy): Quantity {
  if ('units' in policy.buffer) return quantityFrom(policy.buffer.units);
  if (free <= 0n) return ZERO;
  const share = (free * BigInt(policy.buffer.percent)) as Quantity;
  const unit = quantityFrom('1');
  const whole = -wholeTimes(-share as Quantity, (unit * HUNDRED) as Quantity);
  return smaller(free, (whole * unit) as Quantity);
}

function limited(units: bigint, policy: ItemPolicy): bigint {
  const capped = policy.cap !== undefined && units > BigInt(policy.cap) ? BigInt(policy.cap) : units;
  return capped < BigInt(policy.floor) || capped < 0n ? 0n : capped;
}
