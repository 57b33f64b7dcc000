// Binds what a channel says it has to our catalogue, by unique and exact SKU. It never moves a listing from one item to
// another and never chooses between two: what is not certain is reported for a person to decide.
import type pg from 'pg';
import { bindListings, type ChannelListing, type ListingsResult } from './channel-listings.ts';
import { bindLocations, type ChannelLocation, type LocationsResult } from './channel-locations.ts';
import { inImport } from './import.ts';
import { replayable } from './replayable.ts';

/** What a channel's catalogue gives, page by page; the shape of a connector's `catalogue()`. */
export interface ChannelCatalogue {
  readonly locations: readonly ChannelLocation[];
  readonly listings: readonly ChannelListing[];
}

export interface ChannelImportOptions {
  /** Make an item for a SKU that no item has. */
  readonly createItems: boolean;
  /** `match` (default) binds locations by exact code or name; `create` makes one where nothing matches. */
  readonly locations?: 'create' | 'match';
}

export interface ChannelImportReport {
  readonly locations: LocationsResult;
  readonly listings: ListingsResult;
  /** Items whose availability may be another now. */
  readonly touched: { readonly items: readonly number[] };
  /** Quarantined events that this may have cured. */
  readonly replayable: number;
}

/**
 * Reads all pages, then binds in one transaction. Repeating it changes nothing.
 * Failures of the channel or the database are thrown, and nothing is written then.
 */
export async function importFromChannel(
  pool: pg.Pool,
  connectionId: number,
  pages: AsyncIterable<ChannelCatalogue>,
  options: ChannelImportOptions,
): Promise<ChannelImportReport> {
  // whether a SKU is unique is known only when everything was read; a repeated page counts once
  const listings = new Map<string, ChannelListing>();
  const locations = new Map<string, ChannelLocation>();
  for await (const page of pages) {
    for (const location of page.locations) locations.set(location.id, location);
    for (const listing of page.listings) listings.set(listing.id, listing);
  }
  return inImport(pool, async (session) => {
    const bound = await bindLocations(
      session,
      connectionId,
      [...locations.values()],
      options.locations ?? 'match',
    );
    const { touchedItems, ...result } = await bindListings(
      session,
      connectionId,
      [...listings.values()],
      options,
    );
    const cured = await replayable(session, ['item_unknown', 'location_unknown']);
    return { locations: bound, listings: result, touched: { items: touchedItems }, replayable: cured };
  });
}
