// What the standards' codes do to stock: directions of adjustment reasons, conditions that are no stock, quantity codes that
// are totals of others. Only the codes that the hub acts on; a partner's own codes stand in its profile and win.
import type { StockState, VirtualPlace } from '../../../core/vocabulary/words.ts';

/** What an adjustment reason does. `counterpart` is where the stock comes from or goes to. */
export type ReasonEffect =
  | { readonly direction: 'increase' | 'decrease' | 'signed'; readonly counterpart: VirtualPlace }
  | { readonly from: StockState; readonly to: StockState };

const fixed = (direction: 'increase' | 'decrease', counterpart: VirtualPlace = 'adjustment') => ({
  direction,
  counterpart,
});
const move = (from: StockState, to: StockState) => ({ from, to });

/** Reasons whose quantity says by its sign what happens. */
const SIGNED = [
  ...['AA', 'AB', 'AC', 'AE', 'AF', 'AG', 'AH', 'AI', 'AJ', 'AK', 'AN', 'AP', 'AR', 'AS', 'AT', 'AU', 'AV'],
  ...['AW', 'AX', 'AY', 'BR', 'BS', 'CD', 'CO', 'CS', 'PC', 'UD'],
];

/** X12 element 181 (W19-01). */
export const ADJUSTMENT_REASONS: ReadonlyMap<string, ReasonEffect> = new Map<string, ReasonEffect>([
  // what was shipped or received was told wrongly: the difference belongs to the customer or the supplier
  ['03', fixed('decrease', 'customer')],
  ['53', fixed('increase', 'customer')],
  ['04', fixed('decrease', 'supplier')],
  ['54', fixed('increase', 'supplier')],
  ['06', fixed('decrease')],
  ['56', fixed('increase')],
  ['07', fixed('decrease')],
  ['51', fixed('increase')],
  ['05', move('sellable', 'hold')],
  ['55', move('hold', 'sellable')],
  ['52', move('damaged', 'sellable')],
  ['CR', { direction: 'signed', counterpart: 'customer' }],
  ...SIGNED.map((code) => [code, { direction: 'signed', counterpart: 'adjustment' }] as const),
]);

/** Element 529: the quantity is taken off, whatever its sign. */
export const DECREASE_TRANSACTION = 'AD';

/** Element 412: short. Nothing is there, so nothing is received. */
export const SHORT_CONDITION = '02';
/** Element 412: over. The goods are there and good; that they were more than announced is for the order to know. */
export const OVER_CONDITION = '03';

/**
 * Quantity codes (673, 6063) that hold others of the same line: on hand beside available is a second view, not more stock.
 * Where a line names a part of the same state, the total is left out.
 */
export const TOTAL_QUANTITIES: ReadonlySet<string> = new Set(['17', '26', '145', 'onHand']);
