// The closed word lists of the ledger; the database's enums hold the same words, and a test compares them.

export const STOCK_STATES = ['sellable', 'hold', 'damaged', 'expired'] as const;
export type StockState = (typeof STOCK_STATES)[number];

export const ITEM_KINDS = ['raw', 'wip', 'finished', 'mro', 'packaging'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** Places that stock comes from and goes to when it is not on a shelf of ours. */
export const VIRTUAL_PLACES = ['supplier', 'customer', 'production', 'adjustment'] as const;
export type VirtualPlace = (typeof VIRTUAL_PLACES)[number];

export const LOCATION_KINDS = ['warehouse', 'store', '3pl', 'transit', ...VIRTUAL_PLACES] as const;
export type LocationKind = (typeof LOCATION_KINDS)[number];

export const MOVEMENT_TYPES = [
  'receipt',
  'shipment',
  'return',
  'transfer',
  'adjustment',
  'count',
  'production',
  'status_change',
] as const;
export type MovementType = (typeof MOVEMENT_TYPES)[number];

export const INBOX_STATUSES = ['pending', 'applied', 'ignored', 'quarantined'] as const;
export type InboxStatus = (typeof INBOX_STATUSES)[number];

/** How an event reached the inbox. */
export const EVENT_SOURCES = ['webhook', 'poll', 'file', 'api', 'cutover'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];
