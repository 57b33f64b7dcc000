// What an outside system reports, in its own ids: the language between connectors and the catalogue, which maps it to
// ours. Nothing here is trusted to name an item, a unit or a place that we know.
import { type Instant, instantFrom } from './instant.ts';
import type { MovementType, StockState, VirtualPlace } from './words.ts';

/** Everything one event says about stock, in the outside world's own ids; the hub maps them and stamps the keys. */
export interface Facts {
  readonly movements: readonly ReportedMovement[];
  readonly counts: readonly ReportedCount[];
  readonly reservations: readonly ReportedReservations[];
  readonly observations: readonly ReportedLevel[];
  /** What a warehouse says it holds; compared with the ledger, never booked. */
  readonly reports?: readonly ReportedStock[];
  /** The movements are one document, which comes again as a whole when it is put right: with a conflict in one, none is booked. */
  readonly whole?: boolean;
  /** The fulfilment order of ours that the shipments are for: what they take is reserved no more. */
  readonly ships?: string;
  /** Journal entries that somebody touched in the books; compared with what we booked there. */
  readonly books?: readonly ReportedBooksEntry[];
  /** What a person should know beside the facts, such as a short shipment; kept with the event. */
  readonly notes?: readonly string[];
}

/** The document that makes a fact one fact, however often and wherever it is reported: never a delivery id. */
export interface DocumentLine {
  /** e.g. `fulfillment`, `refund`, `inventory-change`. */
  readonly type: string;
  readonly id: string;
  /** The line within the document, when it has lines. */
  readonly line?: string;
}

export interface ReportedMovement {
  readonly type: MovementType;
  readonly document: DocumentLine;
  /** When it took effect, from the document itself: the same on every delivery. */
  readonly occurredAt: Instant;
  /** The business document it belongs to, e.g. the order's id; shown and searchable. */
  readonly reference?: string;
  /** Set when this undoes an earlier movement of the same connection. */
  readonly reverses?: DocumentLine;
  /**
   * When it was undone, where a reversal says `occurredAt` of what it undoes: should that be before the cut-over, the opening
   * balance holds it, and the goods come back at this time.
   */
  readonly undoneAt?: Instant;
  readonly lines: readonly ReportedLine[];
}

export interface ReportedLine {
  readonly item: ReportedItem;
  /** Decimal text above zero, in `unit` (default: the listing's own unit). The direction is said by from and to. */
  readonly quantity: string;
  readonly unit?: string;
  readonly lot?: string;
  /** `YYYY-MM-DD`; a lot that has no expiry yet gets it. */
  readonly lotExpiresOn?: string;
  readonly from: ReportedPlace;
  readonly to: ReportedPlace;
}

/** The listing's id at the channel decides; a SKU or a barcode alone binds only where the channel has no ids of its own. */
export type ReportedItem =
  | { readonly listing: string; readonly sku?: string; readonly barcode?: undefined }
  | { readonly sku: string; readonly listing?: undefined; readonly barcode?: undefined }
  | { readonly barcode: string; readonly listing?: undefined; readonly sku?: undefined };

/**
 * A channel's location with the state of stock there (default `sellable`), a location of the hub by its own `code` where the
 * agreement with the source names ours, or a place outside our shelves.
 */
export type ReportedPlace =
  | { readonly location: string; readonly state?: StockState }
  | { readonly code: string; readonly state?: StockState }
  | { readonly virtual: VirtualPlace };

/** Stock was counted: an assertion about one instant. The ledger adjusts by the difference as of then; later movements stand. */
export interface ReportedCount {
  readonly document: DocumentLine;
  readonly item: ReportedItem;
  readonly location: string;
  readonly state?: StockState;
  readonly countedAt: Instant;
  /** Decimal text; may be zero, and negative where the source allows oversold counts. */
  readonly quantity: string;
  readonly unit?: string;
}

/** All open reservations of one order, as a whole: lines not named here are released. */
export interface ReportedReservations {
  readonly order: string;
  /** Grows with every change of the order at its source; an older version never overwrites a newer one. */
  readonly version: bigint;
  readonly reservedAt: Instant;
  readonly lines: readonly {
    readonly line: string;
    readonly item: ReportedItem;
    readonly location: string;
    readonly quantity: string;
    readonly unit?: string;
  }[];
}

/** What a channel holds at one instant: a page of its levels, of its open orders, or of both. */
export interface SnapshotPage {
  readonly asOf: Instant;
  /**
   * What is on the shelf per listing and location at `asOf`, decimal text: `sellable` is what may be promised, what open orders
   * have promised already included; `held` is what is there and not for sale, such as damaged or travelling stock.
   */
  readonly levels: readonly {
    readonly listing: string;
    readonly location: string;
    readonly sellable: string;
    readonly held: string;
  }[];
  /** Orders still open at `asOf`, for a cut-over. */
  readonly reservations: readonly ReportedReservations[];
  /** What the outside told and nothing certain can be said about: one sentence each, with what a person can do. */
  readonly leftOut?: readonly string[];
}

/** A whole report of what one location held at one instant. The locations are named by our own codes. */
export interface ReportedStock {
  readonly document: DocumentLine;
  readonly code: string;
  /** Code of the location that holds what is on its way there. */
  readonly inTransit?: string;
  readonly asOf: Instant;
  /** `full`: an item that is not named is missing from the report, which is not the same as zero. */
  readonly extent: 'full' | 'partial';
  /** Lines of the same item, state and lot are added up. */
  readonly lines: readonly {
    readonly item: ReportedItem;
    readonly state: StockState;
    /** Decimal text; may be zero, and negative where the source allows it. */
    readonly quantity: string;
    readonly unit?: string;
    readonly lot?: string;
  }[];
}

/** One line of a journal entry in the books. */
export interface BooksLine {
  readonly side: 'debit' | 'credit';
  /** The account’s id in the books. */
  readonly account: string;
  /** Decimal text above zero, with the currency’s places. */
  readonly amount: string;
  readonly class?: string;
  readonly department?: string;
}

/** A journal entry as the books hold it now: an entry of ours that reads otherwise was edited by somebody. */
export type ReportedBooksEntry =
  | { readonly id: string; readonly deleted: true }
  | {
      readonly id: string;
      readonly deleted: false;
      readonly version: string;
      readonly number: string | undefined;
      /** False: nothing in it says that it came from the hub, so its number does not either, but only its id; default: true. */
      readonly isMarked?: boolean;
      /** `YYYY-MM-DD`. */
      readonly date: string;
      readonly memo: string;
      readonly lines: readonly BooksLine[];
    };

/** A level somebody else reports. Never moves stock; compared with what the hub published and what the ledger says. */
export interface ReportedLevel {
  readonly item: ReportedItem;
  readonly location: string;
  readonly basis: 'available' | 'on_hand';
  readonly quantity: string;
  readonly asOf: Instant;
}

/** A document line for people, at most 300 characters: `fulfillment 17 line 2`. */
export const documentText = (document: DocumentLine): string =>
  `${document.type} ${document.id}${document.line === undefined ? '' : ` line ${document.line}`}`.slice(
    0,
    300,
  );

/** The document of such a text: `fulfillment 17`. */
export function withoutLine(text: string): string {
  const at = text.lastIndexOf(' line ');
  return at === -1 ? text : text.slice(0, at);
}

/** How a reported item is named to people. */
export function itemText(item: ReportedItem): string {
  if (item.listing !== undefined) return `listing ${item.listing}${item.sku ? ` (SKU ${item.sku})` : ''}`;
  return item.barcode === undefined ? `SKU ${item.sku}` : `barcode ${item.barcode}`;
}

/** True for a day of the calendar written `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  try {
    return instantFrom(`${text}T00:00:00Z`).startsWith(text);
  } catch {
    return false;
  }
}
