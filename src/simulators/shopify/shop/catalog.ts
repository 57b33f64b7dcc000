// Locations, products, variants and inventory items of the simulated shop. It holds no quantities.
import { gid, type Ids } from './ids.ts';
import { found } from './refusal.ts';

export type Location = {
  kind: 'Location';
  id: string;
  legacyResourceId: string;
  name: string;
  isActive: boolean;
  isFulfillmentService: boolean;
  fulfillsOnlineOrders: boolean;
  shipsInventory: boolean;
  /** Set when another app runs this location. */
  fulfillmentService: {
    kind: 'FulfillmentService';
    id: string;
    handle: string;
    inventoryManagement: boolean;
  } | null;
  createdAt: number;
  updatedAt: number;
  deactivatedAt: number | null;
};

export type Item = {
  kind: 'InventoryItem';
  id: string;
  legacyResourceId: string;
  sku: string | null;
  tracked: boolean;
  requiresShipping: boolean;
  createdAt: number;
  updatedAt: number;
};

export type Variant = {
  kind: 'ProductVariant';
  id: string;
  legacyResourceId: string;
  itemId: string;
  sku: string | null;
  barcode: string | null;
  title: string;
  price: string;
  inventoryPolicy: 'DENY' | 'CONTINUE';
  /** A bundle parent: sold by its components, so its own stock cannot be set. */
  requiresComponents: boolean;
  product: {
    kind: 'Product';
    id: string;
    legacyResourceId: string;
    title: string;
    status: 'ACTIVE' | 'ARCHIVED' | 'DRAFT';
    isGiftCard: boolean;
    createdAt: number;
  };
  createdAt: number;
  updatedAt: number;
};

export type LocationSeed = {
  name: string;
  fulfillsOnlineOrders?: boolean | undefined;
  /** Handle of another app's fulfilment service that runs this location. */
  fulfillmentService?: string | undefined;
};

export type VariantSeed = {
  sku: string;
  barcode?: string | undefined;
  title?: string | undefined;
  price?: string | undefined;
  tracked?: boolean | undefined;
  oversell?: boolean | undefined;
  bundleParent?: boolean | undefined;
  giftCard?: boolean | undefined;
  /** Units on hand by location name, all of them available; a location not named here does not stock the item. */
  onHand?: Record<string, number> | undefined;
};

export class Catalog {
  readonly locations = new Map<string, Location>();
  readonly variants = new Map<string, Variant>();
  readonly items = new Map<string, Item>();
  readonly #variantsByItem = new Map<string, Variant>();
  readonly #variantsBySku = new Map<string, Set<Variant>>();
  readonly #ids: Ids;
  readonly #now: () => number;

  constructor(ids: Ids, now: () => number) {
    this.#ids = ids;
    this.#now = now;
  }

  addLocation(seed: LocationSeed): Location {
    const legacyResourceId = this.#ids.next();
    const now = this.#now();
    const service = seed.fulfillmentService;
    const location: Location = {
      kind: 'Location',
      id: gid('Location', legacyResourceId),
      legacyResourceId,
      name: seed.name,
      isActive: true,
      isFulfillmentService: service !== undefined,
      fulfillsOnlineOrders: seed.fulfillsOnlineOrders ?? true,
      shipsInventory: true,
      fulfillmentService:
        service === undefined
          ? null
          : {
              kind: 'FulfillmentService',
              id: gid('FulfillmentService', this.#ids.next()),
              handle: service,
              inventoryManagement: true,
            },
      createdAt: now,
      updatedAt: now,
      deactivatedAt: null,
    };
    this.locations.set(location.id, location);
    return location;
  }

  addVariant(seed: VariantSeed): Variant {
    const now = this.#now();
    const itemDigits = this.#ids.next();
    const sku = seed.sku === '' ? null : seed.sku;
    const item: Item = {
      kind: 'InventoryItem',
      id: gid('InventoryItem', itemDigits),
      legacyResourceId: itemDigits,
      sku,
      tracked: seed.tracked ?? true,
      requiresShipping: !seed.giftCard,
      createdAt: now,
      updatedAt: now,
    };
    const productDigits = this.#ids.next();
    const variantDigits = this.#ids.next();
    const variant: Variant = {
      kind: 'ProductVariant',
      id: gid('ProductVariant', variantDigits),
      legacyResourceId: variantDigits,
      itemId: item.id,
      sku,
      barcode: seed.barcode ?? null,
      title: seed.title ?? seed.sku,
      price: seed.price ?? '10.00',
      inventoryPolicy: seed.oversell ? 'CONTINUE' : 'DENY',
      requiresComponents: seed.bundleParent ?? false,
      product: {
        kind: 'Product',
        id: gid('Product', productDigits),
        legacyResourceId: productDigits,
        title: seed.title ?? seed.sku,
        status: 'ACTIVE',
        isGiftCard: seed.giftCard ?? false,
        createdAt: now,
      },
      createdAt: now,
      updatedAt: now,
    };
    this.items.set(item.id, item);
    this.variants.set(variant.id, variant);
    this.#variantsByItem.set(item.id, variant);
    this.#index(variant);
    return variant;
  }

  /** The sku is not unique in this vendor's shops; the first variant that carries it answers here. */
  variantBySku(sku: string): Variant {
    return found(this.#variantsBySku.get(sku)?.values().next().value, `variant with sku ${sku}`);
  }

  variantOfItem(itemId: string): Variant | undefined {
    return this.#variantsByItem.get(itemId);
  }

  /** How many other items carry the same sku. */
  duplicateSkuCount(item: Item): number {
    return item.sku === null ? 0 : Math.max(0, (this.#variantsBySku.get(item.sku)?.size ?? 1) - 1);
  }

  locationNamed(name: string): Location {
    for (const location of this.locations.values()) if (location.name === name) return location;
    return found(this.locations.get(name), `location ${name}`);
  }

  renameSku(variant: Variant, sku: string | null): void {
    if (variant.sku !== null) this.#variantsBySku.get(variant.sku)?.delete(variant);
    variant.sku = sku;
    const item = found(this.items.get(variant.itemId), variant.itemId);
    item.sku = sku;
    item.updatedAt = this.#now();
    this.#index(variant);
  }

  removeVariant(variant: Variant): void {
    this.variants.delete(variant.id);
    this.items.delete(variant.itemId);
    this.#variantsByItem.delete(variant.itemId);
    if (variant.sku !== null) this.#variantsBySku.get(variant.sku)?.delete(variant);
  }

  #index(variant: Variant): void {
    if (variant.sku === null) return;
    const same = this.#variantsBySku.get(variant.sku) ?? new Set();
    this.#variantsBySku.set(variant.sku, same.add(variant));
  }
}
