// What goods that went back to a supplier are credited at, and which of them nobody credited yet. It takes them off the receipts
// they came with; of goods that no receipt brought it says so. Nothing here reads a database.
import type { Money } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';
import { portion } from './bills.ts';

/** Goods that went back to a supplier, or (undoing) a receipt that was a mistake. */
export interface SentBack {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  readonly quantity: Quantity;
  readonly references: readonly string[];
  /** The step that received them, when known. */
  readonly receipt: string | undefined;
  readonly isUndoing: boolean;
}

/** Some of the goods, and what the supplier owes for them; undefined: nobody said what they cost. */
export interface Part<Amount = Money | undefined> {
  readonly quantity: Quantity;
  readonly amount: Amount;
}

export interface ReturnCost {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  /** What the supplier owes, or owed, for all of them; undefined: what they are taken out at. */
  readonly credit: Money | undefined;
  /** What is known of it; all of it when there is a credit. */
  readonly known: Money;
  /** Never billed, so that no credit need come: by the receipts that they came with. */
  readonly unbilled: readonly (Part & { readonly receipt: string })[];
  /** Billed, and not credited so far. */
  readonly owed: Part<Money>;
  /** More than came, and not credited so far: a credit is awaited for goods that no receipt brought. */
  readonly unreceived: Part;
}

/** What is left of a receipt while returns take from it. */
export interface Source {
  readonly receipt: { readonly stepId: string };
  /** Not billed and not sent back; the amount is undefined when nobody said what they cost. */
  unbilled: bigint;
  unbilledAmount: bigint | undefined;
  /** Billed and not sent back without a credit. */
  kept: bigint;
  keptAmount: bigint;
}

/** A return while credit notes are shared out. */
export interface OpenReturn {
  readonly sentBack: SentBack;
  credited: bigint;
  creditedAmount: bigint;
}

/**
 * Takes what was not credited off its sources, at what it came in at: units that were never billed first, for those need no
 * credit. What no source has is owed for at the price of the others; where there are none, at what it is taken out at.
 */
export function takenBack(
  { sentBack, credited, creditedAmount }: OpenReturn,
  sources: readonly Source[],
): ReturnCost {
  const { stepId, itemId, at } = sentBack;
  let wanted: bigint = sentBack.quantity - credited;
  let known = creditedAmount;
  let owed = { quantity: 0n, amount: 0n };
  const unbilled: { receipt: string; quantity: Quantity; amount: Money | undefined }[] = [];
  for (const source of sources) {
    const free = takeUnbilled(source, wanted);
    if (free.quantity > 0n) unbilled.push({ receipt: source.receipt.stepId, ...free });
    const billed = takeKept(source, wanted - free.quantity);
    owed = { quantity: owed.quantity + billed.quantity, amount: owed.amount + billed.amount };
    known += (free.amount ?? 0n) + billed.amount;
    wanted -= free.quantity + billed.quantity;
  }
  const isPriced = unbilled.every(({ amount }) => amount !== undefined);
  const rest = isPriced ? priceOfRest(wanted, known, sentBack.quantity - wanted) : undefined;
  const unreceived = wanted === 0n ? 0n : rest;
  return {
    stepId,
    itemId,
    at,
    credit: isPriced && unreceived !== undefined ? ((known + unreceived) as Money) : undefined,
    known: known as Money,
    unbilled,
    owed: { quantity: owed.quantity as Quantity, amount: owed.amount as Money },
    unreceived: { quantity: wanted as Quantity, amount: unreceived as Money | undefined },
  };
}

const priceOfRest = (rest: bigint, amount: bigint, quantity: bigint): bigint | undefined =>
  quantity > 0n && amount >= 0n ? portion(amount, rest, quantity) : undefined;

function takeUnbilled(source: Source, wanted: bigint): Part {
  const quantity = least(source.unbilled, wanted);
  const amount =
    quantity === 0n
      ? 0n
      : source.unbilledAmount === undefined
        ? undefined
        : portion(source.unbilledAmount, quantity, source.unbilled);
  source.unbilled -= quantity;
  if (source.unbilledAmount !== undefined) source.unbilledAmount -= amount ?? 0n;
  return { quantity: quantity as Quantity, amount: amount as Money | undefined };
}

function takeKept(source: Source, wanted: bigint): { readonly quantity: bigint; readonly amount: bigint } {
  const quantity = least(source.kept, wanted);
  const amount = quantity === 0n ? 0n : portion(source.keptAmount, quantity, source.kept);
  source.kept -= quantity;
  source.keptAmount -= amount;
  return { quantity, amount };
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
