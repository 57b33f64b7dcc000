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
import { type Quantity, quantityText, sum, wholeQuantity } from '../vocabulary/quantity.ts';
import { movingOf, otherAuthorityAt, unclearText } from './authority.ts';
import { baseQuantityOf, type Named } from './base-quantity.ts';
import type { Directory, KnownItem, KnownLocation } from './directory.ts';
import { earlierReadings } from './earlier.ts';
import { type Parts, partsOf } from './kit-parts.ts';

export type Resolution =
  | { readonly outcome: 'resolved'; readonly posting: Posting; readonly empty: boolean }
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly reason: string };

type Place = Movement['lines'][number]['from'];

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
}

export interface Resolved {
  readonly inboxEventId: string | null;
  readonly cutoverAt: Instant;
  readonly isReleased?: boolean;
}

/**
 * Resolves the facts of one event. Facts from at or before the cut-over move nothing, nor do those at a location that another
 * connection's documents moved at the time; both are named in the posting's note. `empty` tells that nothing is left to post.
 * `isReleased`: a person believes what is held otherwise.
 */
export function resolve(facts: Facts, directory: Directory, event: Resolved): Resolution {
  const resolver = new Resolver(directory, event);
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
  readonly #event: Resolved;

  constructor(directory: Directory, event: Resolved) {
    this.#directory = directory;
    this.#event = event;
  }

  movement(reported: ReportedMovement): Movement[] {
    return this.#reading(reported).map((movement) => {
      const earlier = earlierReadings(movement, reported, this.#directory, (before) => {
        const then = new Resolver(before, this.#event);
        const [reading] = then.#reading(reported);
        return then.refusals.length === 0 ? reading : undefined;
      });
      if (!earlier) return movement;
      const { readings, changedAt } = earlier;
      return { ...movement, earlier: [...readings], ...(movement.corrects !== null && { changedAt }) };
    });
  }

  #reading(reported: ReportedMovement): Movement[] {
    const document = documentText(reported.document);
    const occurredAt =
      (reported.occurredAt <= this.#event.cutoverAt && reported.undoneAt) || reported.occurredAt;
    if (this.#isBeforeCutover(occurredAt, document)) return [];
    const lines = reported.lines.flatMap((line) => this.#lines(line, document, occurredAt));
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

  #lines(line: ReportedLine, document: string, at: Instant): Movement['lines'] {
    const ends = this.#ends(line, document, at);
    if (!ends) return [];
    const { from, to } = ends;
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
    const location = this.#location(reported.location, reported.countedAt);
    const counter = location && this.#otherAuthority(location, reported.countedAt);
    if (counter !== undefined) {
      this.notes.add(`${document}: ${location?.code} is counted by ${counter}`);
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
    const reporter = location && this.#otherAuthority(location, reported.asOf);
    if (reporter !== undefined) {
      this.notes.add(`${document}: stock at ${location?.code} is reported by ${reporter}`);
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
    if (at > this.#event.cutoverAt) return false;
    this.notes.add(`${document} took effect at ${at}, before the cut-over: the opening balance holds it`);
    return true;
  }

  /** The two places of a line, each undefined when it is refused; undefined when it moves nothing here. */
  #ends(
    line: ReportedLine,
    document: string,
    at: Instant,
  ): Record<'from' | 'to', Place | undefined> | undefined {
    const moving = movingOf(line, at, this.#directory);
    if (moving.by === 'own') return { from: this.#place(line.from, at), to: this.#place(line.to, at) };
    const mover = this.#directory.connectionName(moving.authorityId);
    switch (moving.by) {
      case 'others':
        this.notes.add(`${document}: stock at ${moving.at.code} is moved by the documents of ${mover}`);
        return undefined;
      case 'both': {
        const { id, code } = moving.transit;
        this.notes.add(`${document}: what goes to ${mover} is at ${code} until its receipt comes`);
        return { from: this.#place(line.from, at), to: { locationId: id, state: 'sellable' } };
      }
      case 'unclear':
        if (this.#event.isReleased) return { from: this.#place(line.from, at), to: this.#place(line.to, at) };
        this.#refuse('held_by_guard', `${document}: ${unclearText(moving, mover)}`);
        return undefined;
    }
  }

  #otherAuthority(location: KnownLocation, at: Instant): string | undefined {
    const id = otherAuthorityAt(location, at, this.#directory.connectionId);
    return id === undefined ? undefined : this.#directory.connectionName(id);
  }

  #place(reported: ReportedPlace, at: Instant): Place | undefined {
    if ('virtual' in reported)
      return { locationId: this.#directory.virtual(reported.virtual), state: 'sellable' };
    const location =
      'code' in reported ? this.#ownLocation(reported.code) : this.#location(reported.location, at);
    return location && { locationId: location.id, state: reported.state ?? 'sellable' };
  }

  #location(externalId: string, at?: Instant): KnownLocation | undefined {
    const location = this.#directory.location(externalId, at);
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

  #item(reported: ReportedItem): Named | undefined {
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

  #baseQuantity(
    item: Named,
    reported: { quantity: string; unit?: string },
    document: string,
  ): Quantity | undefined {
    const { quantity, refusal } = baseQuantityOf(item, reported, document);
    if (refusal) this.refusals.push(refusal);
    return quantity;
  }

  #parts(item: KnownItem, quantity: Quantity, document: string): Parts['parts'] {
    const { parts, problems } = partsOf(item, quantity, document, this.#directory);
    for (const problem of problems) this.#refuse('content_invalid', problem);
    return parts;
  }

  #refuse(code: ErrorCode, reason: string): never[] {
    this.refusals.push({ code, reason });
    return [];
  }
}

const ONE = wholeQuantity(1n);
