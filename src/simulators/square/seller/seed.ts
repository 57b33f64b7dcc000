// Sets up the simulated seller: locations, catalog and the counts it opens with.
// What is seeded is history: it occurred before any receiver was there, so nothing is published.

import type { z } from 'zod';
import type { Book, Draft, Source } from '../stock/book.ts';
import type { Catalog } from '../stock/catalog.ts';
import { instantOfDate } from '../stock/scalars.ts';
import type { seedSchema } from './inputs.ts';

const THIRTY_DAYS_NS = 30n * 24n * 3_600_000_000_000n;

export const DASHBOARD: Source = { product: 'DASHBOARD', name: 'Square Dashboard' };

/** Ids by location name, and by SKU or else variation name. */
export interface Seeded {
  locations: Record<string, string>;
  variations: Record<string, string>;
}

/** Adds locations, variations and opening counts; the counts are posted without notifications. */
export function seedInto(
  { book, catalog, now }: { book: Book; catalog: Catalog; now: () => Date },
  input: z.output<typeof seedSchema>,
): Seeded {
  const occurredAt = input.countedAt ?? instantOfDate(now()) - THIRTY_DAYS_NS;
  const seeded: Seeded = { locations: {}, variations: {} };
  for (const location of input.locations) seeded.locations[location.name] = catalog.addLocation(location).id;
  for (const { trackInventory, counts, components, itemName, sku, upc, ...facts } of input.variations) {
    const perLocation = typeof trackInventory === 'boolean' ? {} : trackInventory;
    const tracksAt = Object.entries(perLocation).map(([location, tracks]): [string, boolean] => [
      catalog.locationNamed(location).id,
      tracks,
    ]);
    const variation = catalog.addVariation({
      ...facts,
      itemName: itemName ?? facts.name,
      sku,
      upc,
      tracksAt: new Map(tracksAt),
      tracksByDefault: trackInventory === true,
      components: components.map((part) => ({
        variationId: catalog.variationNamed(part.sku).id,
        quantity: part.quantity,
      })),
    });
    seeded.variations[sku ?? facts.name] = variation.id;
    const drafts = Object.entries(counts).map(
      ([location, quantity]): Draft => ({
        type: 'PHYSICAL_COUNT',
        variationId: variation.id,
        state: 'IN_STOCK',
        locationId: catalog.locationNamed(location).id,
        quantity,
        occurredAt,
        source: DASHBOARD,
      }),
    );
    book.post(drafts);
  }
  return seeded;
}
