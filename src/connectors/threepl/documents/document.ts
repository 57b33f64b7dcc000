// What a warehouse's document says, whatever it was written in: X12, EDIFACT, CSV and XML all become these, and only these
// become facts. Values are the partner's own words; the profile and the catalogue translate them, nothing here guesses.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { ItemId, LotMark, UnitQuantity } from '../../../core/vocabulary/warehouse.ts';
import type { Span } from './span.ts';

export type {
  Address,
  InboundNotice,
  ItemId,
  LotMark,
  OutboundDocument,
  OutboundLine,
  ShippingOrder,
  StockStatement,
} from '../../../core/vocabulary/warehouse.ts';

/** Decimal text, signed as sent, without thousands marks or exponents; the unit is the partner's word, '' when none is named. */
export type Quantity = UnitQuantity;

interface Head {
  /** The document's kind in its own format: `945`, `DESADV`, `shipments.csv`. */
  readonly source: string;
  /** The warehouse's own number of this document; with the partner and the line it makes a fact one fact (I3). */
  readonly number: string;
  readonly purpose: 'original' | 'replace' | 'cancel' | 'duplicate' | 'simulation';
  /** When it took effect, in the partner's time zone turned into an instant. */
  readonly occurredAt: Instant;
  /**
   * Where the document names a day and no time, or no date: what `occurredAt` may be. It is settled when the file is read for
   * good, and is no part of what is stored.
   */
  readonly within?: Span;
  /** The partner's code of the warehouse; '' when the document names none and the profile has a default. */
  readonly warehouse: string;
  /** Our order or inbound shipment number as the partner repeats it; '' when it names none. */
  readonly order: string;
  /** Everything else worth searching by: bill of lading, PO, shipment id. */
  readonly references: Readonly<Record<string, string>>;
}

interface Line {
  /** The line's name within the document: its own number when it has one, else its place, from 1. */
  readonly line: string;
  readonly ids: readonly ItemId[];
  readonly lot?: LotMark;
}

/** 945, DESADV of a warehouse: goods have left for the customer. Quantities are what was shipped, never what was ordered. */
export interface ShipmentAdvice extends Head {
  readonly kind: 'shipment';
  readonly lines: readonly (Line & {
    readonly shipped: Quantity;
    readonly ordered?: Quantity;
    /** Why less was shipped: the partner's status and reason codes. */
    readonly status?: string;
    readonly reason?: string;
    /** The line undoes an earlier one (893 = 2). */
    readonly reversal: boolean;
    readonly tracking: readonly string[];
  })[];
  readonly tracking: readonly string[];
  readonly carrier?: string;
  readonly totalShipped?: string;
}

/** 944, 861, RECADV: goods have arrived. */
export interface ReceiptAdvice extends Head {
  readonly kind: 'receipt';
  /** Goods come back from a customer instead of from a supplier (W17-01 = C). */
  readonly isReturn: boolean;
  /** The document lists what differs only (W17-01 = X): the rest arrived as announced. */
  readonly exceptionsOnly: boolean;
  readonly lines: readonly (Line & {
    readonly received: Quantity;
    /** Parts of it that are not good, each with the partner's condition code. */
    readonly exceptions: readonly {
      readonly quantity: Quantity;
      readonly condition: string;
      readonly reason?: string;
    }[];
    /** Announced and not there: no part of `received`, and stock nowhere. */
    readonly short?: Quantity;
    readonly reversal: boolean;
  })[];
  readonly totalReceived?: string;
  readonly totalDamaged?: string;
}

/** 947, INVRPT 85E: stock changed, or changed its state. */
export interface AdjustmentAdvice extends Head {
  readonly kind: 'adjustment';
  readonly lines: readonly (Line & {
    /** Signed as sent: which sign counts is decided with the reason. */
    readonly quantity: Quantity;
    readonly reason: string;
    /** Element 529 or its like, such as `AD`. */
    readonly transactionType?: string;
    /** States in the partner's words where the document names both. */
    readonly fromState?: string;
    readonly toState?: string;
  })[];
}

/** 846, INVRPT: what the warehouse says it holds as of one instant. Compared with the ledger, never added. */
export interface StockReport extends Head {
  readonly kind: 'stock';
  /** The whole warehouse, or only what changed. */
  readonly extent: 'full' | 'partial';
  readonly lines: readonly (Line & {
    /** One per quantity the line names: the partner's quantity code (673, 6063 or a column's name). */
    readonly quantities: readonly { readonly code: string; readonly quantity: Quantity }[];
    readonly warehouse?: string;
  })[];
}

/** 856 or DESADV of a supplier: goods are on their way to a warehouse. */
export interface DespatchNotice extends Head {
  readonly kind: 'despatch';
  readonly lines: readonly (Line & {
    readonly shipped: Quantity;
    /** Serial shipping container code of the package it travels in. */
    readonly package?: string;
    /** The order the line is for, where one despatch answers several. */
    readonly order?: string;
  })[];
}

export type WarehouseDocument =
  | ShipmentAdvice
  | ReceiptAdvice
  | AdjustmentAdvice
  | StockReport
  | DespatchNotice;

/** 997, 999, TA1, CONTRL, APERAK: what became of something we sent. */
export interface Acknowledgement {
  readonly kind: 'acknowledgement';
  readonly source: string;
  /** What is acknowledged, outermost first; a control number that is absent means the whole level above. */
  readonly interchange?: string;
  readonly group?: string;
  readonly document?: string;
  readonly documentType?: string;
  /** `arrived` says nothing of the content: another word about it is still to come. */
  readonly verdict: 'arrived' | 'accepted' | 'accepted_with_errors' | 'rejected';
  /** Each error in words: segment, position, element, the standard's code and its meaning. */
  readonly errors: readonly string[];
}
