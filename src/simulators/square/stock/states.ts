// Which inventory states and reasons exist in the pinned API version, and which of them a client may write.
// A table, not behaviour: the book folds any transition, the API refuses what is not listed here.

export const SQUARE_VERSION = '2026-09-16';

export const STATES = [
  'CUSTOM',
  'IN_STOCK',
  'SOLD',
  'RETURNED_BY_CUSTOMER',
  'RESERVED_FOR_SALE',
  'SOLD_ONLINE',
  'ORDERED_FROM_VENDOR',
  'RECEIVED_FROM_VENDOR',
  'IN_TRANSIT_TO',
  'IN_TRANSIT',
  'NONE',
  'WASTE',
  'UNLINKED_RETURN',
  'COMPOSED',
  'DECOMPOSED',
  'UNTRACKED',
  'SUPPORTED_BY_NEWER_VERSION',
] as const;
export type State = (typeof STATES)[number];

/** States the counts endpoint answers for. SOLD is documented as no longer tracked, NONE and UNLINKED_RETURN never were. */
const COUNTED: ReadonlySet<State> = new Set([
  'IN_STOCK',
  'RETURNED_BY_CUSTOMER',
  'RESERVED_FOR_SALE',
  'ORDERED_FROM_VENDOR',
  'RECEIVED_FROM_VENDOR',
  'IN_TRANSIT',
  'WASTE',
]);

/**
 * States that appear in `inventory.count.updated`. The documentation says a state change carries two counts; whether a
 * sale's second count really says SOLD is unverified. It is sent here, so that a receiver must not read it as stock.
 */
const ANNOUNCED: ReadonlySet<State> = new Set([...COUNTED, 'SOLD']);

/**
 * Transitions a client may write at one location. Square documents which states are read-only and only says that
 * an adjustment must match the most appropriate change; the pairs themselves are unverified and kept narrow.
 */
const WRITABLE_TRANSITIONS: ReadonlySet<string> = new Set([
  'NONE>IN_STOCK',
  'UNLINKED_RETURN>IN_STOCK',
  'SOLD>IN_STOCK',
  'IN_STOCK>SOLD',
  'IN_STOCK>WASTE',
  'IN_STOCK>NONE',
]);

const INCREASING = ['RECEIVED', 'RETURNED'] as const;
const DECREASING = [
  'DAMAGED',
  'THEFT',
  'LOST',
  'SPOILAGE_WASTE',
  'SAMPLES_PROMOTIONAL',
  'INTERNAL_USE',
  'VENDOR_RETURN',
  'PRODUCTION_WASTE',
] as const;
const SYSTEM_ONLY = ['SALE', 'RECOUNT', 'TRANSFER', 'IN_TRANSIT', 'CANCELED_SALE'] as const;

export const REASONS = [...INCREASING, ...DECREASING, ...SYSTEM_ONLY] as const;
export type Reason = (typeof REASONS)[number];

export const isState = (text: string): text is State => (STATES as readonly string[]).includes(text);
export const isReason = (text: string): text is Reason => (REASONS as readonly string[]).includes(text);
export const isCounted = (state: State): boolean => COUNTED.has(state);
export const isAnnounced = (state: State): boolean => ANNOUNCED.has(state);

/** True when a client may write this transition within one location, or move IN_STOCK between two. */
export function isWritableTransition(from: State, to: State, sameLocation: boolean): boolean {
  return sameLocation ? WRITABLE_TRANSITIONS.has(`${from}>${to}`) : from === 'IN_STOCK' && to === 'IN_STOCK';
}

/** True when a client may give this reason to an adjustment that raises (or lowers) the stock in hand. */
export function isWritableReason(reason: Reason, raises: boolean): boolean {
  const allowed: readonly string[] = raises ? INCREASING : DECREASING;
  return allowed.includes(reason);
}
