// Filling the shop, and what a merchant changes in its catalogue afterwards.
import type { LocationSeed, Variant, VariantSeed } from './catalog.ts';
import { found } from './refusal.ts';
import type { Shop } from './shop.ts';

export type Seed = { locations?: LocationSeed[] | undefined; variants?: VariantSeed[] | undefined };
export type Seeded = {
  locations: { id: string; name: string }[];
  variants: { sku: string; variantId: string; itemId: string }[];
};

/** Adds locations, variants and their opening stock. A shop being filled tells nobody: no webhooks. */
export function seedShop(shop: Shop, seed: Seed): Seeded {
  const locations = (seed.locations ?? []).map((one) => shop.catalog.addLocation(one));
  const variants = (seed.variants ?? []).map((one) => {
    const variant = shop.catalog.addVariant(one);
    for (const [name, units] of Object.entries(one.onHand ?? {})) {
      const level = shop.book.activate(variant.itemId, shop.catalog.locationNamed(name).id);
      shop.book.apply(level, { available: units });
    }
    return { sku: one.sku, variantId: variant.id, itemId: variant.itemId };
  });
  return { locations: locations.map(({ id, name }) => ({ id, name })), variants };
}

export type VariantChange = {
  sku: string;
  newSku?: string | undefined;
  barcode?: string | undefined;
  title?: string | undefined;
  tracked?: boolean | undefined;
  deleted?: boolean | undefined;
};

export function changeVariant(shop: Shop, change: VariantChange): { variantId: string; itemId: string } {
  const variant = shop.catalog.variantBySku(change.sku);
  const item = found(shop.catalog.items.get(variant.itemId), variant.itemId);
  const ids = { variantId: variant.id, itemId: item.id };
  if (change.deleted) {
    shop.catalog.removeVariant(variant);
    shop.emit({ topic: 'inventory_items/delete', item });
    shop.emit({ topic: 'products/delete', variant });
    return ids;
  }
  if (change.newSku !== undefined)
    shop.catalog.renameSku(variant, change.newSku === '' ? null : change.newSku);
  if (change.tracked !== undefined) {
    item.tracked = change.tracked;
    item.updatedAt = shop.now();
  }
  if (change.newSku !== undefined || change.tracked !== undefined)
    shop.emit({ topic: 'inventory_items/update', item });
  describe(variant, change);
  variant.updatedAt = shop.now();
  shop.emit({ topic: 'products/update', variant });
  return ids;
}

function describe(variant: Variant, change: VariantChange): void {
  if (change.barcode !== undefined) variant.barcode = change.barcode;
  if (change.title === undefined) return;
  variant.title = change.title;
  variant.product.title = change.title;
}

export type LocationChange = {
  location: string;
  newName?: string | undefined;
  isActive?: boolean | undefined;
};

export function changeLocation(shop: Shop, change: LocationChange): { locationId: string } {
  const location = shop.catalog.locationNamed(change.location);
  location.updatedAt = shop.now();
  if (change.newName !== undefined) {
    location.name = change.newName;
    shop.emit({ topic: 'locations/update', location });
  }
  if (change.isActive !== undefined && change.isActive !== location.isActive) {
    location.isActive = change.isActive;
    location.deactivatedAt = change.isActive ? null : location.updatedAt;
    shop.emit({ topic: change.isActive ? 'locations/activate' : 'locations/deactivate', location });
  }
  return { locationId: location.id };
}

/** Starts or stops stocking an item at a location; its quantities are kept while it is not stocked. */
export function setStocked(
  shop: Shop,
  wish: { sku: string; location: string; isActive: boolean },
): { levelId: string } {
  const { itemId } = shop.catalog.variantBySku(wish.sku);
  const location = shop.catalog.locationNamed(wish.location);
  if (wish.isActive) {
    const level = shop.book.activate(itemId, location.id);
    shop.emit({ topic: 'inventory_levels/connect', level });
    return { levelId: level.id };
  }
  const level = found(shop.book.level(itemId, location.id), `stock of ${wish.sku} at ${location.name}`);
  shop.book.deactivate(level);
  shop.emit({ topic: 'inventory_levels/disconnect', level });
  return { levelId: level.id };
}
