// Whether Square counts a variation at a location: tracking, presence and the sold-out mark, from the catalogue object.
// An untracked variation has no quantity at all, which is not the same as none left.
import type { Variation } from './wire.ts';

const overrideAt = (variation: Variation, location: string) =>
  variation.item_variation_data.location_overrides?.find(({ location_id }) => location_id === location);

/** A location's own setting wins over the variation's; with neither, stock is not tracked. */
const isTracked = (variation: Variation, location: string): boolean =>
  overrideAt(variation, location)?.track_inventory ?? variation.item_variation_data.track_inventory ?? false;

/** Why a variation's quantity cannot be set at a location, or undefined when it can. */
export function untrackedReason(variation: Variation, location: string): string | undefined {
  if (variation.is_deleted) return `the variation ${variation.id} is deleted at Square`;
  if (variation.item_variation_data.stockable === false) {
    return `Square computes the count of ${variation.id} from other variations`;
  }
  if (isTracked(variation, location)) return undefined;
  return `Square does not track the stock of ${variation.id} at ${location}`;
}

/** Why a variation can be pushed nowhere, or undefined when there is a place where it can. */
export function untrackedEverywhereReason(variation: Variation): string | undefined {
  const {
    location_overrides: overrides,
    track_inventory: byDefault,
    stockable,
  } = variation.item_variation_data;
  if (stockable === false) return `Square computes the count of ${variation.id} from other variations`;
  if (byDefault || overrides?.some(({ track_inventory }) => track_inventory)) return undefined;
  return `Square tracks the stock of ${variation.id} at no location`;
}

/** Where Square says nothing about presence, a variation is present. */
export function isPresent(variation: Variation, location: string): boolean {
  if (variation.absent_at_location_ids?.includes(location)) return false;
  if (variation.present_at_all_locations === false)
    return variation.present_at_location_ids?.includes(location) ?? false;
  return true;
}

export const isSoldOut = (variation: Variation, location: string): boolean =>
  overrideAt(variation, location)?.sold_out ?? false;
