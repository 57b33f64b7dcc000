// Webhook bodies of levels, items, products and locations.
import type { Level } from '../shop/book.ts';
import type { Item, Location, Variant } from '../shop/catalog.ts';
import { type JsonObject, NumericId } from './json.ts';
import { numeric, type Writer } from './writer.ts';

/** Says nothing of any state but available, and nothing of the cause. Null when the item is untracked. */
export function levelBody({ shop, time }: Writer, level: Level): JsonObject {
  return {
    inventory_item_id: numeric(level.itemId),
    location_id: numeric(level.locationId),
    available: shop.isTracked(level.itemId) ? level.quantities.available : null,
    updated_at: time(level.updatedAt),
    admin_graphql_api_id: level.id,
  };
}

export function itemBody({ time }: Writer, item: Item): JsonObject {
  return {
    id: new NumericId(item.legacyResourceId),
    admin_graphql_api_id: item.id,
    sku: item.sku,
    created_at: time(item.createdAt),
    updated_at: time(item.updatedAt),
    requires_shipping: item.requiresShipping,
    cost: null,
    country_code_of_origin: null,
    province_code_of_origin: null,
    harmonized_system_code: null,
    tracked: item.tracked,
    country_harmonized_system_codes: [],
    weight_value: 0,
    weight_unit: 'kg',
  };
}

/** Of a deleted item the sku is no longer told. */
export const deletedItemBody = (item: Item): JsonObject => ({
  id: new NumericId(item.legacyResourceId),
  admin_graphql_api_id: item.id,
  country_code_of_origin: null,
  province_code_of_origin: null,
  harmonized_system_code: null,
  country_harmonized_system_codes: [],
});

export function productBody({ shop, time }: Writer, variant: Variant): JsonObject {
  const { product } = variant;
  const levels = shop.book.levelsOf(variant.itemId);
  const available = levels.reduce((sum, level) => sum + (level.isActive ? level.quantities.available : 0), 0);
  return {
    id: numeric(product.id),
    admin_graphql_api_id: product.id,
    title: product.title,
    vendor: shop.options.name,
    product_type: '',
    created_at: time(product.createdAt),
    updated_at: time(variant.updatedAt),
    status: product.status.toLowerCase(),
    tags: '',
    variants: [
      {
        id: numeric(variant.id),
        admin_graphql_api_id: variant.id,
        product_id: numeric(product.id),
        title: variant.title,
        price: variant.price,
        sku: variant.sku ?? '',
        barcode: variant.barcode,
        position: 1,
        inventory_policy: variant.inventoryPolicy.toLowerCase(),
        inventory_item_id: numeric(variant.itemId),
        inventory_management: shop.isTracked(variant.itemId) ? 'shopify' : null,
        inventory_quantity: available,
        old_inventory_quantity: available,
        created_at: time(variant.createdAt),
        updated_at: time(variant.updatedAt),
      },
    ],
    options: [{ product_id: numeric(product.id), name: 'Title', position: 1, values: ['Default Title'] }],
    images: [],
    image: null,
  };
}

export function locationBody({ time }: Writer, location: Location): JsonObject {
  return {
    id: new NumericId(location.legacyResourceId),
    admin_graphql_api_id: location.id,
    name: location.name,
    created_at: time(location.createdAt),
    updated_at: time(location.updatedAt),
    legacy: location.isFulfillmentService,
    active: location.isActive,
  };
}
