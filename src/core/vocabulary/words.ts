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

/** How stock is priced when it leaves. */
export const COST_METHODS = ['fifo', 'lifo', 'average', 'specific', 'standard'] as const;
export type CostMethod = (typeof COST_METHODS)[number];

/** When a price is made: at each movement, or once for all of a day or month, as if its goods had all come first. */
export const COST_TIMINGS = ['perpetual', 'day', 'month'] as const;
export type CostTiming = (typeof COST_TIMINGS)[number];

/** Who owns the stock at a location: we do; we do, and somebody else holds it to sell; or somebody else does. */
export const OWNERSHIPS = ['own', 'consigned_out', 'consigned_in'] as const;
export type Ownership = (typeof OWNERSHIPS)[number];

/** What an account is for; a chart of accounts maps each to an account of the books. */
export const ACCOUNT_ROLES = [
  'inventory',
  'in_transit',
  'consigned_out',
  'received_not_billed',
  'landed_clearing',
  'payable',
  'consignor_payable',
  'cost_of_goods_sold',
  'adjustment',
  'scrap',
  'price_variance',
  'work_in_progress',
  'production_variance',
  'absorbed',
  'revaluation',
  'write_down_expense',
  'write_down_allowance',
  'opening',
  'purchases',
  'freight_in',
  'purchase_returns',
] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];

/** Roles whose balance is stock we own. */
export const STOCK_ROLES = [
  'inventory',
  'in_transit',
  'consigned_out',
] as const satisfies readonly AccountRole[];

/** What happened to the value; a journal's line says one of them. */
export const COST_KINDS = [
  'opening',
  'receipt',
  'bill',
  'landed_cost',
  'sale',
  'customer_return',
  'supplier_return',
  'transfer',
  'adjustment',
  'scrap',
  'consumption',
  'output',
  'absorption',
  'true_up',
  'revaluation',
  'write_down',
] as const;
export type CostKind = (typeof COST_KINDS)[number];
