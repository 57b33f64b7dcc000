// Every location and every variant of the shop, for the catalogue import. A listing is an inventory item: that is
// what stock hangs on, and it outlives renamed SKUs.
import { z } from 'zod';
import type { CatalogueListing, CataloguePage } from '../contract.ts';
import type { ShopifyClient } from './client.ts';
import { pageOf } from './order-document.ts';
import { pagesOf } from './pages.ts';

const locationNode = z.object({ id: z.string(), name: z.string(), isActive: z.boolean() });

const variantNode = z.object({
  displayName: z.string(),
  barcode: z.string().nullable(),
  requiresComponents: z.boolean(),
  product: z.object({ isGiftCard: z.boolean() }),
  inventoryItem: z.object({ id: z.string(), sku: z.string().nullable(), tracked: z.boolean() }),
});

const locationsAnswer = z.object({ locations: pageOf(locationNode) });
const variantsAnswer = z.object({ productVariants: pageOf(variantNode) });

export type ShopLocation = z.infer<typeof locationNode>;

/** All locations, inactive ones and those of other apps included. */
export async function readLocations(client: ShopifyClient): Promise<readonly ShopLocation[]> {
  const locations: ShopLocation[] = [];
  const pages = pagesOf(async (after) => {
    const { data } = await client.read('StockbridgeLocations', locationsAnswer, { after });
    return { page: data.locations };
  });
  for await (const { page } of pages) locations.push(...page.nodes);
  return locations;
}

export async function* catalogue(
  client: ShopifyClient,
  ignoredLocations: readonly string[],
): AsyncGenerator<CataloguePage> {
  const locations = (await readLocations(client))
    .filter((location) => !ignoredLocations.includes(location.id))
    .map(({ id, name, isActive }) => ({ id, name, active: isActive }));
  yield { locations, listings: [] };
  const pages = pagesOf(async (after) => {
    const { data } = await client.read('StockbridgeVariants', variantsAnswer, { after });
    return { page: data.productVariants };
  });
  for await (const { page } of pages) yield { locations: [], listings: page.nodes.map(listingOf) };
}

function listingOf(variant: z.infer<typeof variantNode>): CatalogueListing {
  const reason = reasonNotToPush(variant);
  return {
    id: variant.inventoryItem.id,
    sku: variant.inventoryItem.sku ?? '',
    title: variant.displayName,
    ...(variant.barcode === null || variant.barcode === '' ? {} : { barcode: variant.barcode }),
    pushable: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
  };
}

function reasonNotToPush(variant: z.infer<typeof variantNode>): string | undefined {
  if (variant.requiresComponents) return 'a bundle: Shopify derives its stock from its components';
  if (variant.product.isGiftCard) return 'a gift card has no stock';
  if (!variant.inventoryItem.tracked) return 'Shopify does not track its stock';
  return undefined;
}
