// Turns what an outside system reports into canonical facts: items, base units, places, components of kits, keys.
// Pure. It never guesses: anything not bound is a refusal that names it, and says so for all that is unbound at once.
import type { ErrorCode } from '../errors.ts';
import {
  booksEntryOf,
  factKey,
  type Movement,
  type Observation,
  type Posting,
  type Reservations,
  type StockCount,
  type StockReport,
} from '../ledger/movement.ts';
import {
  documentText,
  type Facts,
  isDay,
  itemText,
  type ReportedCount,
  type ReportedItem,
  type ReportedLevel,
  type ReportedLine,
  type ReportedMovement,
  type ReportedPlace,
  type ReportedReservations,
  type ReportedStock,
} from '../vocabulary/facts.ts';
import type { Instant } from '../vocabulary/instant.ts';
import {
  type Quantity,
  quantityFrom,
  quantityText,
  sum,
  times,
  wholeQuantity,
} from '../vocabulary/quantity.ts';
import type { Directory, KnownItem, KnownLocation } from './directory.ts';

export type Resolution =
  | { readonly outcome: 'resolved'; readonly posting: Posting; readonly empty: boolean }
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly reason: string };

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
}

/**
 * Resolves the facts of one event. Facts from at or before the cut-over move nothing, nor do those at a location that another
 * connection's documents move; both are named in the posting's note. `empty` tells that nothing is left to post.
 */
export function resolve(
  facts: Facts,
  directory: Directory,
  event: { inboxEventId: string | null; cutoverAt: Instant },
): Resolution {
  const resolver = new Resolver(directory, event.cutoverAt);
  for (const note of facts.notes ?? []) resolver.notes.add(note);
  const movements = facts.movements.flatMap((movement) => resolver.movement(movement));
  const counts = facts.counts.flatMap((count) => resolver.count(count));
  const reservations = facts.reservations.map((order) => resolver.reservations(order));
  const observations = facts.observations.flatMap((level) => resolver.observation(level));
  const reports = (facts.reports ?? []).flatMap((report) => resolver.report(report));
  const books = (facts.books ?? []).map(booksEntryOf);
  const [refusal] = resolver.refusals;
  if (refusal) {
    const reasons = [...new Set(resolver.refusals.map((each) => each.reason))];
    return { outcome: 'refused', code: refusal.code, reason: reasons.slice(0, 10).join('; ') };
  }
  return {
    outcome: 'resolved',
    posting: {
      connectionId: directory.connectionId,
      inboxEventId: event.inboxEventId,
      movements,
      counts,
      reservations,
      observations,
      ...(reports.length > 0 && { reports }),
      ...(books.length > 0 && { books }),
      ...(facts.ships !== undefined && { ships: facts.ships }),
      ...(facts.whole === true && { whole: true }),
      note: resolver.notes.size > 0 ? [...resolver.notes].slice(0, 10).join('; ').slice(0, 2000) : null,
    },
    empty: [movements, counts, reservations, observations, reports, books].every((list) => list.length === 0),
  };
}

class Resolver {
  readonly refusals: Refusal[] = [];
  readonly notes = new Set<string>();
  readonly #directory: Directory;
  readonly #cutoverAt: Instant;

  constructor(directory: Directory, cutoverAt: Instant) {
    this.#directory = directory;
    this.#cutoverAt = cutoverAt;
  }

  movement(reported: ReportedMovement): Movement[] {
    const document = documentText(reported.document);
    const occurredAt = (reported.occurredAt <= this.#cutoverAt && reported.undoneAt) || reported.occurredAt;
    if (this.#isBeforeCutover(occurredAt, document)) return [];
    if (this.#isMovedByOthers(reported, document)) return [];
    const lines = reported.lines.flatMap((line) => this.#lines(line, document));
    if (lines.length === 0) return [];
    return [
      {
        key: factKey(this.#directory.connectionId, reported.document),
        type: reported.type,
        occurredAt,
        document,
        reference: reported.reference ?? null,
        corrects: reported.reverses ? factKey(this.#directory.connectionId, reported.reverses) : null,
        lines,
      },
    ];
  }

  #lines(line: ReportedLine, document: string): Movement['lines'] {
    const from = this.#place(line.from);
    const to = this.#place(line.to);
    const item = this.#item(line.item);
    const quantity = item && this.#baseQuantity(item, line, document);
    if (!from || !to || !item || quantity === undefined) return [];
    if (quantity <= 0n)
      return this.#refuse(
        'content_invalid',
        `${document}: the quantity of ${item.known.sku} is not above zero`,
      );
    if (line.lot !== undefined && item.known.kit) {
      return this.#refuse(
        'content_invalid',
        `${document}: ${item.known.sku} is a kit; its components have lots, not the kit`,
      );
    }
    if (line.lotExpiresOn !== undefined && !isDay(line.lotExpiresOn)) {
      return this.#refuse('content_invalid', `${document}: the expiry of ${item.known.sku} is no day`);
    }
    const lotId = this.#lot(item.known, line.lot, document);
    if (lotId === undefined) return [];
    return this.#parts(item.known, quantity, document).map((part) => ({
      itemId: part.itemId,
      lotId,
      quantity: quantityText(part.quantity),
      from,
      to,
      unitCost: null,
      currency: null,
    }));
  }

  count(reported: ReportedCount): StockCount[] {
    const document = documentText(reported.document);
    if (this.#isBeforeCutover(reported.countedAt, document)) return [];
    const location = this.#location(reported.location);
    if (location && this.#isForeign(location)) {
      this.notes.add(
        `${document}: ${location.code} is counted by ${this.#directory.connectionName(location.authorityId ?? 0)}`,
      );
      return [];
    }
    const item = this.#item(reported.item);
    const quantity = item && this.#baseQuantity(item, reported, document);
    if (!location || !item) return [];
    if (item.known.kit)
      return this.#refuse('content_invalid', `${document}: ${item.known.sku} is a kit; count its components`);
    if (quantity === undefined) return [];
    return [
      {
        key: factKey(this.#directory.connectionId, reported.document),
        document,
        itemId: item.known.id,
        place: { locationId: location.id, state: reported.state ?? 'sellable' },
        countedAt: reported.countedAt,
        quantity: quantityText(quantity),
      },
    ];
  }

  reservations(reported: ReportedReservations): Reservations {
    const lines = reported.lines.flatMap((line) => {
      const location = this.#location(line.location);
      const item = this.#item(line.item);
      const quantity = item && this.#baseQuantity(item, line, `order ${reported.order}`);
      if (!location || !item || quantity === undefined || quantity <= 0n) return [];
      return this.#parts(item.known, quantity, `order ${reported.order}`).map((part) => ({
        line: line.line,
        itemId: part.itemId,
        locationId: location.id,
        quantity: quantityText(part.quantity),
      }));
    });
    return {
      order: reported.order,
      version: reported.version.toString(),
      reservedAt: reported.reservedAt,
      lines,
    };
  }

  report(reported: ReportedStock): StockReport[] {
    const document = documentText(reported.document);
    if (this.#isBeforeCutover(reported.asOf, document)) return [];
    const location = this.#ownLocation(reported.code);
    const inTransit = reported.inTransit === undefined ? undefined : this.#ownLocation(reported.inTransit);
    if (location && this.#isForeign(location)) {
      this.notes.add(
        `${document}: stock at ${location.code} is reported by ${this.#directory.connectionName(location.authorityId ?? 0)}`,
      );
      return [];
    }
    const lines = new Map<string, { line: StockReport['lines'][number]; quantity: Quantity }>();
    for (const line of reported.lines) {
      const item = this.#item(line.item);
      const quantity = item && this.#baseQuantity(item, line, document);
      if (!item || quantity === undefined) continue;
      if (item.known.kit) {
        this.#refuse('content_invalid', `${document}: ${item.known.sku} is a kit; report its components`);
        continue;
      }
      const lotId = this.#lot(item.known, line.lot, document);
      if (lotId === undefined) continue;
      const key = `${item.known.id}|${line.state}|${lotId ?? ''}`;
      const total = sum(lines.get(key)?.quantity ?? (0n as Quantity), quantity);
      const said = { itemId: item.known.id, state: line.state, lotId, quantity: quantityText(total) };
      lines.set(key, { line: said, quantity: total });
    }
    if (!location || lines.size === 0) return [];
    return [
      {
        key: factKey(this.#directory.connectionId, reported.document),
        document,
        locationId: location.id,
        inTransitId: inTransit?.id ?? null,
        asOf: reported.asOf,
        extent: reported.extent,
        lines: [...lines.values()].map(({ line }) => line),
      },
    ];
  }

  /** A level of something unknown is no reason to hold back an event: it moves nothing. */
  observation(reported: ReportedLevel): Observation[] {
    const listing =
      reported.item.listing === undefined ? undefined : this.#directory.listing(reported.item.listing);
    const location = this.#directory.location(reported.location);
    if (!listing || !location) {
      this.notes.add(`the level of ${itemText(reported.item)} at ${reported.location} is not bound here`);
      return [];
    }
    return [
      {
        listingId: listing.id,
        locationId: location.id,
        basis: reported.basis,
        quantity: reported.quantity,
        asOf: reported.asOf,
      },
    ];
  }

  #isBeforeCutover(at: Instant, document: string): boolean {
    if (at > this.#cutoverAt) return false;
    this.notes.add(`${document} took effect at ${at}, before the cut-over: the opening balance holds it`);
    return true;
  }

  #isMovedByOthers(reported: ReportedMovement, document: string): boolean {
    const ends = reported.lines.flatMap((line) => [line.from, line.to]);
    const foreign = ends
      .map((end) => {
        if ('location' in end) return this.#directory.location(end.location);
        return 'code' in end ? this.#directory.locationByCode(end.code) : undefined;
      })
      .find((location) => location !== undefined && this.#isForeign(location));
    if (!foreign) return false;
    this.notes.add(
      `${document}: stock at ${foreign.code} is moved by the documents of ${this.#directory.connectionName(foreign.authorityId ?? 0)}`,
    );
    return true;
  }

  #isForeign(location: KnownLocation): boolean {
    return location.authorityId !== undefined && location.authorityId !== this.#directory.connectionId;
  }

  #place(reported: ReportedPlace): Movement['lines'][number]['from'] | undefined {
    if ('virtual' in reported)
      return { locationId: this.#directory.virtual(reported.virtual), state: 'sellable' };
    const location =
      'code' in reported ? this.#ownLocation(reported.code) : this.#location(reported.location);
    return location && { locationId: location.id, state: reported.state ?? 'sellable' };
  }

  #location(externalId: string): KnownLocation | undefined {
    const location = this.#directory.location(externalId);
    if (!location) this.#refuse('location_unknown', `location ${externalId} is bound to none of ours`);
    return location;
  }

  #ownLocation(code: string): KnownLocation | undefined {
    const location = this.#directory.locationByCode(code);
    if (!location) this.#refuse('location_unknown', `there is no location ${code}`);
    return location;
  }

  /** Null: no lot is named. Undefined: it is no text that can be kept, which is refused here. */
  #lot(item: KnownItem, code: string | undefined, document: string): number | null | undefined {
    const lotId = code === undefined ? null : this.#directory.lot(item.id, code);
    if (lotId === undefined)
      this.#refuse('content_invalid', `${document}: the lot of ${item.sku} is no plain text`);
    return lotId;
  }

  #item(reported: ReportedItem): { known: KnownItem; factor: Quantity } | undefined {
    if (reported.listing === undefined) {
      const known =
        reported.barcode === undefined
          ? this.#directory.itemBySku(reported.sku)
          : this.#directory.itemByBarcode(reported.barcode);
      if (!known) this.#refuse('item_unknown', `there is no item with ${itemText(reported)}`);
      return known && { known, factor: ONE };
    }
    const listing = this.#directory.listing(reported.listing);
    const known = listing && this.#directory.item(listing.itemId);
    if (!known) this.#refuse('item_unknown', `${itemText(reported)} is bound to no item`);
    return known && { known, factor: listing.factor };
  }

  /** In base units: a named unit by the item's own factor, otherwise by the listing's. */
  #baseQuantity(
    item: { known: KnownItem; factor: Quantity },
    reported: { quantity: string; unit?: string },
    document: string,
  ): Quantity | undefined {
    const { known } = item;
    const factor =
      reported.unit === undefined
        ? item.factor
        : reported.unit === known.baseUnit
          ? ONE
          : known.units.get(reported.unit);
    if (factor === undefined) {
      this.#refuse(
        'unit_unknown',
        `${known.sku} has no unit ${reported.unit}; it has ${[known.baseUnit, ...known.units.keys()].join(', ')}`,
      );
      return undefined;
    }
    try {
      const quantity = times(quantityFrom(reported.quantity), factor);
      if (known.divisible || quantity % ONE === 0n) return quantity;
      this.#refuse(
        'content_invalid',
        `${document}: ${quantityText(quantity)} ${known.baseUnit} of ${known.sku} is not whole, and the item is not divisible`,
      );
    } catch (error) {
      this.#refuse(
        'content_invalid',
        `${document}: the quantity of ${known.sku} cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
      );
    }
    return undefined;
  }

  /** A kit moves as its components. */
  #parts(item: KnownItem, quantity: Quantity, document: string): { itemId: number; quantity: Quantity }[] {
    if (!item.kit) return [{ itemId: item.id, quantity }];
    if (item.kit.length === 0)
      return this.#refuse('content_invalid', `${item.sku} is a kit without components`);
    return item.kit.flatMap((component) => {
      const part = exactly(() => times(quantity, component.quantity));
      const known = this.#directory.item(component.componentId);
      if (part !== undefined && (known === undefined || known.divisible || part % ONE === 0n)) {
        return [{ itemId: component.componentId, quantity: part }];
      }
      return this.#refuse(
        'content_invalid',
        `${document}: ${quantityText(quantity)} of the kit ${item.sku} is no exact quantity of its component ${known?.sku ?? component.componentId}`,
      );
    });
  }

  #refuse(code: ErrorCode, reason: string): never[] {
    this.refusals.push({ code, reason });
    return [];
  }
}

const ONE = wholeQuantity(1n);

function exactly(product: () => Quantity): Quantity | undefined {
  try {
    return product();
  } catch {
    return undefined;
  }
}
