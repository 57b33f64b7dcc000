// What an outside system reports, in its own ids: the language between connectors and the catalogue, which maps it to
// ours. Nothing here is trusted to name an item, a unit or a place that we know.
import type { Instant } from './instant.ts';
import type { MovementType, StockState, VirtualPlace } from './words.ts';

/** Everything one event says about stock, in the outside world's own ids; the hub maps them and stamps the keys. */
export interface Facts {
  readonly movements: readonly ReportedMovement[];
  readonly counts: readonly ReportedCount[];
  readonly reservations: readonly ReportedReservations[];
  readonly observations: readonly ReportedLevel[];
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
  readonly lines: readonly ReportedLine[];
}

export interface ReportedLine {
  readonly item: ReportedItem;
  /** Decimal text above zero, in `unit` (default: the listing's own unit). The direction is said by from and to. */
  readonly quantity: string;
  readonly unit?: string;
  readonly lot?: string;
  readonly from: ReportedPlace;
  readonly to: ReportedPlace;
}

/** The listing's id at the channel decides; a SKU alone binds only where the channel has no ids of its own. */
export type ReportedItem =
  | { readonly listing: string; readonly sku?: string }
  | { readonly sku: string; readonly listing?: undefined };

/** A channel's location with the state of stock there (default `sellable`), or a place outside our shelves. */
export type ReportedPlace =
  | { readonly location: string; readonly state?: StockState }
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

/** A level somebody else reports. Never moves stock; compared with what the hub published and what the ledger says. */
export interface ReportedLevel {
  readonly item: ReportedItem;
  readonly location: string;
  readonly basis: 'available' | 'on_hand';
  readonly quantity: string;
  readonly asOf: Instant;
}
