// Stocking an item at a location, with the refusals the vendor words as user errors without a code.
import { type Change, type Level, quantityOf } from '../shop/book.ts';
import type { Shop } from '../shop/shop.ts';

export type ActivateInput = {
  inventoryItemId: string;
  locationId: string;
  available?: number | null;
  onHand?: number | null;
  stockAtLegacyLocation?: boolean | null;
};

/** Stocks an item at a location; quantities may be given only while it is not stocked there. */
export function activate(shop: Shop, input: ActivateInput): unknown {
  const fail = (field: string[], message: string) => ({
    inventoryLevel: null,
    userErrors: [{ field, message }],
  });
  const item = shop.catalog.items.get(input.inventoryItemId);
  const location = shop.catalog.locations.get(input.locationId);
  if (!item) return fail(['inventoryItemId'], "The product couldn't be stocked because it wasn't found.");
  if (!location)
    return fail(['locationId'], "The product couldn't be stocked because the location wasn't found.");
  if (!location.isActive)
    return fail(
      ['locationId'],
      `The product couldn't be stocked at ${location.name} because the location is inactive.`,
    );
  if (input.available != null && input.onHand != null)
    return fail(['available'], 'Only one of available and onHand can be given.');
  const active = shop.book.levelsOf(item.id).filter((level) => level.isActive);
  const legacy = (level: Level): boolean =>
    shop.catalog.locations.get(level.locationId)?.isFulfillmentService === true;
  const mixes = active.some(
    (level) => level.locationId !== location.id && (legacy(level) || location.isFulfillmentService),
  );
  if (mixes && !input.stockAtLegacyLocation) {
    return fail(
      ['locationId'],
      'The product cannot be active at more than one location if one is a fulfillment service location.',
    );
  }
  const before = shop.book.level(item.id, location.id);
  if (before?.isActive) {
    const wanted = input.available ?? input.onHand;
    return wanted == null
      ? { inventoryLevel: before, userErrors: [] }
      : fail(
          ['available'],
          'Quantities cannot be given because the product is already active at the location.',
        );
  }
  const level = shop.book.activate(item.id, location.id);
  const target = input.available ?? input.onHand;
  const changes: Change[] =
    target == null
      ? []
      : shop.book.apply(level, {
          available: target - quantityOf(level, input.onHand == null ? 'available' : 'on_hand'),
        });
  shop.emit({ topic: 'inventory_levels/connect', level });
  shop.announceLevel(level, changes);
  return { inventoryLevel: level, userErrors: [] };
}
