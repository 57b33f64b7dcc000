// The seller's locations and catalog: what exists, under which ids, and how Square shows it.
// Holds no quantities. SKUs need be neither present nor unique, as in Square; ids decide.

import type { Random } from '../../random.ts';
import { type Instant, instantText, type Quantity } from './scalars.ts';

export interface Location {
  id: string;
  name: string;
  timezone: string;
  status: 'ACTIVE' | 'INACTIVE';
  createdAt: Instant;
}

export interface Component {
  variationId: string;
  quantity: Quantity;
}

export interface Variation {
  id: string;
  itemId: string;
  itemName: string;
  name: string;
  sku: string | undefined;
  upc: string | undefined;
  priceCents: number;
  /** Per location id; a location that is missing follows `tracksByDefault`. */
  tracksAt: Map<string, boolean>;
  tracksByDefault: boolean;
  /** A kit: sold as one, its stock is counted on these only. */
  components: Component[];
  version: number;
  updatedAt: Instant;
}

export interface Catalog {
  addLocation(location: Omit<Location, 'id' | 'createdAt'> & { id?: string | undefined }): Location;
  addVariation(
    variation: Omit<Variation, 'id' | 'itemId' | 'version' | 'updatedAt'> & { id?: string | undefined },
  ): Variation;
  locations(): Location[];
  variations(): Variation[];
  locationById(id: string): Location | undefined;
  variationById(id: string): Variation | undefined;
  itemIds(): string[];
  variationsOfItem(itemId: string): Variation[];
  /** Finds by name or id; throws when there is none. */
  locationNamed(nameOrId: string): Location;
  /** Finds by SKU or id; throws when there is none or the SKU is used twice. */
  variationNamed(skuOrId: string): Variation;
}

export const tracksStock = (variation: Variation, locationId: string): boolean =>
  variation.tracksAt.get(locationId) ?? variation.tracksByDefault;

/** Starts an empty catalog; variations that share an item name belong to one item. */
export function startCatalog(clock: () => Instant, random: Random): Catalog {
  const locations = new Map<string, Location>();
  const variations = new Map<string, Variation>();
  const bySku = new Map<string, Variation[]>();
  const items = new Map<string, Variation[]>();
  const itemIdByName = new Map<string, string>();

  const itemIdFor = (itemName: string): string => {
    const itemId = itemIdByName.get(itemName) ?? random.text(24);
    itemIdByName.set(itemName, itemId);
    if (!items.has(itemId)) items.set(itemId, []);
    return itemId;
  };

  return {
    addLocation: (input) => {
      const same = [...locations.values()].find((location) => location.name === input.name);
      if (same !== undefined) return same;
      const location = { ...input, id: input.id ?? `L${random.text(12)}`, createdAt: clock() };
      locations.set(location.id, location);
      return location;
    },
    addVariation: (input) => {
      const updatedAt = clock();
      const itemId = itemIdFor(input.itemName);
      const version = Number(updatedAt / 1_000_000n);
      const variation: Variation = { ...input, id: input.id ?? random.text(24), itemId, version, updatedAt };
      variations.set(variation.id, variation);
      items.get(itemId)?.push(variation);
      if (variation.sku !== undefined)
        bySku.set(variation.sku, [...(bySku.get(variation.sku) ?? []), variation]);
      return variation;
    },
    locations: () => [...locations.values()],
    variations: () => [...variations.values()],
    locationById: (id) => locations.get(id),
    variationById: (id) => variations.get(id),
    itemIds: () => [...items.keys()],
    variationsOfItem: (itemId) => items.get(itemId) ?? [],
    locationNamed: (nameOrId) => {
      const found =
        locations.get(nameOrId) ?? [...locations.values()].find((location) => location.name === nameOrId);
      if (found === undefined) throw new Error(`The simulated seller has no location "${nameOrId}".`);
      return found;
    },
    variationNamed: (skuOrId) => {
      const sameSku = bySku.get(skuOrId) ?? [];
      const found = variations.get(skuOrId) ?? sameSku[0];
      if (found === undefined) throw new Error(`The simulated seller has no variation "${skuOrId}".`);
      if (sameSku.length > 1)
        throw new Error(`SKU "${skuOrId}" is used by ${sameSku.length} variations; give the id.`);
      return found;
    },
  };
}

/** Returns a location as `GET /v2/locations` shows it. */
export function wireLocation(location: Location, merchantId: string): Record<string, unknown> {
  return {
    id: location.id,
    name: location.name,
    timezone: location.timezone,
    capabilities: ['CREDIT_CARD_PROCESSING'],
    status: location.status,
    created_at: instantText(location.createdAt),
    merchant_id: merchantId,
    country: 'US',
    language_code: 'en-US',
    currency: 'USD',
    type: 'PHYSICAL',
  };
}

/** Returns an ITEM_VARIATION object; `isSoldOut` answers whether tracked stock at a location has run out. */
export function wireVariation(
  variation: Variation,
  catalog: Catalog,
  isSoldOut: (variationId: string, locationId: string) => boolean,
): Record<string, unknown> {
  const overrides = catalog.locations().map((location) => {
    const tracks = tracksStock(variation, location.id);
    const override: Record<string, unknown> = { location_id: location.id, track_inventory: tracks };
    if (tracks && variation.components.length === 0 && isSoldOut(variation.id, location.id))
      override.sold_out = true;
    return override;
  });
  const data: Record<string, unknown> = {
    item_id: variation.itemId,
    name: variation.name,
    ordinal: 0,
    pricing_type: 'FIXED_PRICING',
    price_money: { amount: variation.priceCents, currency: 'USD' },
    location_overrides: overrides,
    track_inventory: variation.tracksByDefault,
    sellable: true,
    stockable: variation.components.length === 0,
  };
  if (variation.sku !== undefined) data.sku = variation.sku;
  if (variation.upc !== undefined) data.upc = variation.upc;
  return { ...wireObject('ITEM_VARIATION', variation.id, variation), item_variation_data: data };
}

/** Returns an ITEM object with its variations inside. */
export function wireItem(itemId: string, catalog: Catalog, variations: unknown[]): Record<string, unknown> {
  const first = catalog.variationsOfItem(itemId)[0];
  if (first === undefined) throw new Error(`Item ${itemId} has no variation.`);
  return {
    ...wireObject('ITEM', itemId, first),
    item_data: { name: first.itemName, is_taxable: true, product_type: 'REGULAR', variations },
  };
}

function wireObject(type: string, id: string, variation: Variation): Record<string, unknown> {
  return {
    type,
    id,
    updated_at: instantText(variation.updatedAt),
    created_at: instantText(variation.updatedAt),
    version: variation.version,
    is_deleted: false,
    present_at_all_locations: true,
  };
}
