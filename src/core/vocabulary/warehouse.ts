// What the hub asks of a warehouse that somebody else runs: ship this, expect that. Written in the partner's format by its
// connector; here in the hub's own words.
import type { Instant } from './instant.ts';

/** One way to name an item: the qualifier (`VN`, `UP`, `sku`, …) and the id. */
export interface ItemId {
  readonly qualifier: string;
  readonly value: string;
}

/** Decimal text and the unit's word. */
export interface UnitQuantity {
  readonly value: string;
  readonly unit: string;
}

export interface LotMark {
  readonly code: string;
  /** `YYYY-MM-DD`. */
  readonly expiresOn?: string;
}

/** Where goods go: personal data. Stored encrypted, never logged, erased after the retention. */
export interface Address {
  readonly name: string;
  readonly company?: string;
  readonly street: readonly string[];
  readonly city: string;
  readonly region?: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly phone?: string;
  readonly email?: string;
}

export interface OutboundLine {
  readonly line: string;
  readonly ids: readonly ItemId[];
  readonly quantity: UnitQuantity;
  readonly lot?: LotMark;
  readonly description?: string;
}

/** 940, ORDERS/INSDES, CSV, XML: ship this. `purpose` cancel and replace name the same number again. */
export interface ShippingOrder {
  readonly kind: 'shipping_order';
  readonly number: string;
  readonly purpose: 'original' | 'replace' | 'cancel';
  readonly orderedAt: Instant;
  readonly shipBy?: Instant;
  /** The partner's code of the warehouse. */
  readonly warehouse: string;
  readonly purchaseOrder?: string;
  readonly shipTo: Address;
  readonly carrier?: string;
  readonly service?: string;
  readonly lines: readonly OutboundLine[];
}

/** 943: expect this. */
export interface InboundNotice {
  readonly kind: 'inbound_notice';
  readonly number: string;
  readonly shippedAt: Instant;
  readonly expectedAt?: Instant;
  readonly warehouse: string;
  readonly supplier?: string;
  readonly lines: readonly OutboundLine[];
}

/** 846 out: what the ledger says is there. */
export interface StockStatement {
  readonly kind: 'stock_statement';
  readonly number: string;
  readonly asOf: Instant;
  readonly warehouse: string;
  readonly lines: readonly {
    readonly ids: readonly ItemId[];
    readonly onHand: UnitQuantity;
    readonly available: UnitQuantity;
  }[];
}

export type OutboundDocument = ShippingOrder | InboundNotice | StockStatement;

/** What a partner can be told of an order that it has already. */
export interface LateChanges {
  /** Whether an order can be cancelled. */
  readonly cancel: boolean;
  /** How other quantities are told: by a replacement under the same number, by a cancellation and a new order, or not at all. */
  readonly change: 'replace' | 'reorder' | 'none';
}
