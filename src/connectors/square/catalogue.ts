// Every location and variation of the account, for the catalogue import. Changes nothing and binds nothing.
import type { CatalogueListing, CataloguePage } from '../contract.ts';
import type { SquareClient } from './client.ts';
import { untrackedEverywhereReason } from './tracking.ts';
import type { Variation } from './wire.ts';

/** Pages of listings; the locations stand on the first. */
export async function* cataloguePages(client: SquareClient): AsyncIterable<CataloguePage> {
  let { locations } = await client.locations();
  for await (const items of client.items()) {
    const listings = items.flatMap(({ name, variations }) =>
      variations.filter((variation) => !variation.is_deleted).map((variation) => listingOf(name, variation)),
    );
    yield { locations, listings };
    locations = [];
  }
}

function listingOf(itemName: string, variation: Variation): CatalogueListing {
  const { name, sku, upc } = variation.item_variation_data;
  const reason = untrackedEverywhereReason(variation);
  return {
    id: variation.id,
    sku: sku ?? '',
    title: [itemName, name].filter(Boolean).join(' – '),
    ...(upc ? { barcode: upc } : {}),
    pushable: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
  };
}
