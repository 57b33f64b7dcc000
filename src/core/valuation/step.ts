// What valuation folds over: the history of one item, each step what happened to its stock or to its cost, and the entries
// that come out. Only shapes; nothing here reads a database, and nothing here is a rule.
import type { Money } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind, CostMethod, CostTiming } from '../vocabulary/words.ts';

/**
 * Where stock of one item is priced together: `0` for all own locations of an item that is costed over the whole company,
 * else the id of one location. Goods in transit and on consignment always are a pool of their own, and so is every location
 * of an item that is costed by location.
 */
export type PoolId = number;

/** The account role that holds a pool's value. */
export type StockRole = 'inventory' | 'in_transit' | 'consigned_out';

export interface Pool {
  readonly id: PoolId;
  readonly role: StockRole;
}

/** One amount of a step's cost and where it comes from, such as goods from `received_not_billed` and freight from `landed_clearing`. */
export interface CostPart {
  readonly kind: CostKind;
  readonly from: AccountRole;
  readonly amount: Money;
}

interface StepBase {
  /** Names the step for ever: `<movement key>:<line>`, or `<cost document key>:<line>`. */
  readonly id: string;
  /** When it takes effect: microseconds since 1970. */
  readonly at: bigint;
  /** Order of recording; breaks ties. */
  readonly sequence: bigint;
  /** Where it happened, for accounts and classes by location; 0 when nowhere in particular. */
  readonly locationId: number;
}

interface StockStep extends StepBase {
  readonly pool: Pool;
  /** Above zero. */
  readonly quantity: Quantity;
  readonly lotId: number | null;
}

/** Stock that comes in with a cost of its own. */
export interface Receive extends StockStep {
  readonly kind: 'receive';
  readonly cost: CostKind;
  /** Undefined: priced at the pool’s current cost, all of it from `from`; as for a count that found more. */
  readonly parts: readonly CostPart[] | undefined;
  readonly from: AccountRole;
}

/** Stock that leaves for good, or into production. */
export interface Issue extends StockStep {
  readonly kind: 'issue';
  readonly cost: CostKind;
  readonly to: AccountRole;
  /** What it is for, such as an order: a return with the same reference comes back at what this left at. */
  readonly reference: string | null;
}

/** Goods that come back from where they went under the same reference: to stock, or (no pool) straight to scrap. */
export interface Return extends Omit<StockStep, 'pool'> {
  readonly kind: 'return';
  readonly pool: Pool | undefined;
  /** Where they went: one order may sell some of an item and use some up. */
  readonly from: AccountRole;
  readonly reference: string | null;
}

/** Goods that go back to the supplier. */
export interface SupplierReturn extends StockStep {
  readonly kind: 'supplier_return';
  /** The step that received them, when known: its own layer is taken. */
  readonly receipt: string | undefined;
  /** What the supplier owes us for them; undefined: what they are taken out at. */
  readonly credit: Money | undefined;
}

/** Goods that production never made: what put them into stock was a mistake. */
export interface UndoneOutput extends StockStep {
  readonly kind: 'undone_output';
  /** The step that put them into stock: its own layer is taken. */
  readonly output: string;
  /** What they came in at, which goes back to work in progress; undefined: what they are taken out at. */
  readonly credit: Money | undefined;
}

/** Stock that changes its pool at unchanged value. */
export interface Transfer extends StockStep {
  readonly kind: 'transfer';
  readonly to: Pool;
}

/** Goods of somebody else’s that were sold: cost without stock. */
export interface ConsignorSale extends Omit<StockStep, 'pool'> {
  readonly kind: 'consignor_sale';
  /** At the cost that is expected now; goods that come back for a sale that is known come back at that of the sale. */
  readonly amount: Money;
  /** What it is for, such as an order. */
  readonly reference: string | null;
  /** Negative goods: the customer brought them back. */
  readonly isReturn: boolean;
}

/** The cost of one base unit that is assumed where nothing better is known; under `standard` the standard itself. */
export interface Expect extends StepBase {
  readonly kind: 'expect';
  /** Decimal text per base unit. */
  readonly unitCost: string;
  /** Also values what is on hand at it, whatever the method. */
  readonly revalues: boolean;
}

/** Net realisable value of one base unit: what stock is worth more than that is written down. */
export interface WriteDown extends StepBase {
  readonly kind: 'write_down';
  /** Decimal text per base unit. */
  readonly netRealisable: string;
}

/** From here on the item is costed otherwise; the value is carried. */
export interface MethodChange extends StepBase {
  readonly kind: 'method';
  readonly method: CostMethod;
  readonly timing: CostTiming;
}

export type Step =
  | Receive
  | Issue
  | Return
  | SupplierReturn
  | UndoneOutput
  | Transfer
  | ConsignorSale
  | Expect
  | WriteDown
  | MethodChange;

/** An account’s role and, for stock, the pool. */
export interface Bucket {
  readonly role: AccountRole;
  /** Set for stock roles only. */
  readonly pool?: PoolId;
}

/**
 * Value that went from one bucket to another because of a step. A negative amount goes the other way; entries of one step with
 * the same kind and buckets add up.
 */
export interface CostEntry {
  readonly step: string;
  readonly at: bigint;
  readonly kind: CostKind;
  readonly debit: Bucket;
  readonly credit: Bucket;
  readonly amount: Money;
  /** Base units that went the same way: into a debited pool, out of a credited one. Zero for value alone. */
  readonly quantity: Quantity;
  readonly lotId: number | null;
  readonly locationId: number;
  /** The order, production order or movement that goods left for; what comes back for it comes back at that cost. */
  readonly reference: string | null;
  /** The step whose goods it is about, when that is another one: a true-up names the issue it corrects. */
  readonly about?: string;
}

/** The rules one item is valued by. */
export interface CostPolicy {
  readonly currency: string;
  readonly method: CostMethod;
  readonly timing: CostTiming;
  /** Reversal of a write-down is required by IFRS and not allowed by US GAAP. */
  readonly reversesWriteDowns: boolean;
  /** First instant (microseconds) of the day or month an instant lies in, in the company’s time zone. */
  readonly periodStart: (at: bigint) => bigint;
}
