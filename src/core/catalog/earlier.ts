// What a movement said by an earlier catalogue: what its names meant before kits, listings, units, barcodes or bindings were
// changed. Pure. It is asked only about what is booked: what is not is read with the catalogue of today.
import { readingOf } from '../ledger/earlier-reading.ts';
import type { Movement } from '../ledger/movement.ts';
import type { ReportedItem, ReportedLine, ReportedMovement, ReportedPlace } from '../vocabulary/facts.ts';
import type { Instant } from '../vocabulary/instant.ts';
import { boundAt } from './authority.ts';
import type { Directory, KnownItem, KnownLocation } from './directory.ts';

/** What something was until an instant. */
export interface Before<Said> {
  readonly until: Instant;
  readonly was: Said;
}

/** Each change that a movement's lines know gives one reading of all of them, not one of each combination; the newest so many. */
const READINGS = 8;

export interface Earlier {
  /** What the movement would have said, as far as it differs. */
  readonly readings: readonly string[];
  /** When anything that its lines name was changed last. */
  readonly changedAt: Instant;
}

/** The readings of a movement by the catalogues before today's, if they differ from its own; `read` reads it with one of them. */
export function earlierReadings(
  movement: Movement,
  reported: ReportedMovement,
  directory: Directory,
  read: (before: Directory) => Movement | undefined,
): Earlier | undefined {
  const changes = new Set<Instant>();
  for (const line of reported.lines) addChanges(line, directory, changes);
  const newest = [...changes].sort().slice(-READINGS);
  const changedAt = newest.at(-1);
  if (changedAt === undefined) return undefined;
  const { connectionId } = directory;
  const said = newest
    .flatMap((until) => read(directoryBefore(directory, until)) ?? [])
    .map((then) => readingOf(connectionId, then));
  const today = readingOf(connectionId, movement);
  const readings = [...new Set(said)].filter((reading) => reading !== today);
  return readings.length === 0 ? undefined : { readings, changedAt };
}

function addChanges(line: ReportedLine, directory: Directory, changes: Set<Instant>): void {
  const add = (befores: readonly { readonly until: Instant }[]) => {
    for (const { until } of befores) changes.add(until);
  };
  const addItem = (item: KnownItem | undefined) => {
    if (!item) return;
    add(item.kitBefore);
    if (line.unit !== undefined) add(item.unitsBefore.get(line.unit) ?? []);
  };
  const { was, item } = boundItem(line.item, directory);
  add(was);
  addItem(item);
  for (const each of was) addItem(directory.item(each.was.itemId));
  for (const place of [line.from, line.to]) add(boundPlace(place, directory)?.boundBefore ?? []);
}

function boundItem(
  reported: ReportedItem,
  directory: Directory,
): { item: KnownItem | undefined; was: readonly Before<{ readonly itemId: number }>[] } {
  if (reported.listing !== undefined) {
    const listing = directory.listing(reported.listing);
    return { item: listing && directory.item(listing.itemId), was: listing?.boundBefore ?? [] };
  }
  if (reported.barcode === undefined) return { item: directory.itemBySku(reported.sku), was: [] };
  return { item: directory.itemByBarcode(reported.barcode), was: directory.barcodeBefore(reported.barcode) };
}

const boundPlace = (place: ReportedPlace, directory: Directory): KnownLocation | undefined =>
  'location' in place ? directory.location(place.location) : undefined;

/** The directory as it was until that instant, for everything that {@link Directory} says what it was. */
export function directoryBefore(directory: Directory, until: Instant): Directory {
  const itemBefore = (item: KnownItem | undefined): KnownItem | undefined =>
    item && {
      ...item,
      kit: then(item.kit, item.kitBefore, until),
      units: new Map(
        [...item.units].map(([unit, factor]) => [
          unit,
          then(factor, item.unitsBefore.get(unit) ?? [], until),
        ]),
      ),
    };
  return {
    ...directory,
    listing: (externalId) => {
      const listing = directory.listing(externalId);
      return listing && { ...listing, ...then(listing, listing.boundBefore, until) };
    },
    item: (id) => itemBefore(directory.item(id)),
    itemBySku: (sku) => itemBefore(directory.itemBySku(sku)),
    itemByBarcode: (barcode) => {
      const was = directory.barcodeBefore(barcode).find((each) => until <= each.until)?.was;
      return itemBefore(was ? directory.item(was.itemId) : directory.itemByBarcode(barcode));
    },
    location: (externalId, at) => {
      const bound = locationBefore(directory.location(externalId), until);
      return bound && at !== undefined ? boundAt(bound, at, directory.connectionId) : bound;
    },
  };
}

const then = <Said>(now: Said, befores: readonly Before<Said>[], until: Instant): Said => {
  const before = befores.find((each) => until <= each.until);
  return before ? before.was : now;
};

function locationBefore(bound: KnownLocation | undefined, until: Instant): KnownLocation | undefined {
  const was = bound?.boundBefore.find((each) => until <= each.until)?.location;
  return was ? { ...was, boundBefore: bound.boundBefore.filter((each) => each.until < until) } : bound;
}
