// What each receipt, return to a supplier and waiting bill holds of `received_not_billed`: what was said of it, and what the
// entries say beside that. Together the lines are the balance, whatever was said. Pure.
import type { ReceiptCost, ReceiptCosts, WaitingBill } from '../costs/receipts.ts';
import type { ReturnCost } from '../costs/sent-back.ts';
import { type Money, NO_MONEY, spread } from '../vocabulary/money.ts';
import type { Quantity } from '../vocabulary/quantity.ts';

export interface UnbilledLine {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  /** Received, not billed and not sent back. */
  readonly quantity: Quantity;
  readonly amount: Money;
  /** Of it, what was said after the cut made it more or less. */
  readonly since: Money;
  readonly isCostUnknown: boolean;
}

export interface OwedLine {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  readonly quantity: Quantity;
  readonly amount: Money;
  /** False: no receipt brought these goods, and a credit is awaited all the same. */
  readonly isReceived: boolean;
}

export interface UnbilledLines {
  readonly receipts: readonly UnbilledLine[];
  readonly owed: readonly OwedLine[];
  readonly waiting: readonly WaitingBill[];
}

/** What the entries of one step put into `received_not_billed`, a credit above zero. */
export type Booked = ReadonlyMap<string, Money>;

/**
 * The lines that are not nothing. What an item that is `behind` will come to is not known from its entries: of it only what was
 * said counts.
 */
export function unbilledLines(
  costs: ReceiptCosts,
  booked: Booked,
  isBehind: (itemId: number) => boolean,
): UnbilledLines {
  const receipts = new Map(
    [...costs.receipts].map(([stepId, cost]) => [stepId, openLine(cost, booked, isBehind(cost.itemId))]),
  );
  const owed = [...costs.returns.values()].flatMap((each) => {
    const shares = sharesOf(each, beside(each, booked, isBehind(each.itemId)));
    for (const { receipt, amount } of shares.receipts) {
      const line = receipts.get(receipt);
      if (!line) continue;
      line.amount = (line.amount - amount) as Money;
      if (!line.isCostUnknown) line.since = (line.since - amount) as Money;
    }
    return shares.owed;
  });
  return {
    receipts: [...receipts.values()].filter(isSomething),
    owed: owed.filter(isSomething),
    waiting: costs.waiting.filter(isSomething),
  };
}

const isSomething = ({ quantity, amount }: { readonly quantity: Quantity; readonly amount: Money }) =>
  quantity !== 0n || amount !== 0n;

type OpenLine = { -readonly [Name in keyof UnbilledLine]: UnbilledLine[Name] };

function openLine(cost: ReceiptCost, booked: Booked, isBehind: boolean): OpenLine {
  const { stepId, itemId, at, goods, unbilled, billedAmount } = cost;
  const own = booked.get(stepId);
  const base = { stepId, itemId, at, quantity: unbilled.quantity, isCostUnknown: goods === undefined };
  // Goods that nobody said the cost of are carried at some value all the same, and bills may have asked for a part of it.
  if (goods === undefined || unbilled.amount === undefined)
    return { ...base, amount: ((own ?? 0n) - billedAmount) as Money, since: NO_MONEY };
  // A bill changes what its receipt costs at the receipt's own time; of bills after the cut, only this difference is known.
  const since = isBehind ? 0n : (own ?? 0n) - goods;
  return { ...base, amount: (unbilled.amount + since) as Money, since: since as Money };
}

/** What the entries say of a return beside what is known of it. */
function beside({ stepId, known, credit }: ReturnCost, booked: Booked, isBehind: boolean): Money {
  const own = booked.get(stepId);
  if (isBehind && (credit !== undefined || own === undefined)) return NO_MONEY;
  return (-(own ?? 0n) - (credit ?? known)) as Money;
}

interface Shares {
  readonly receipts: readonly { readonly receipt: string; readonly amount: Money }[];
  readonly owed: readonly OwedLine[];
}

/** What the entries say beside what is known is of the goods whose cost is not known; else of those that are owed for. */
function sharesOf(each: ReturnCost, rest: Money): Shares {
  const { stepId, itemId, at, unbilled, owed, unreceived } = each;
  const isKnown = each.credit !== undefined;
  const open = { billed: owed.quantity as bigint, unreceived: unreceived.quantity as bigint };
  const isOwed = open.billed + open.unreceived > 0n;
  const weights = isKnown
    ? [open.billed, open.unreceived, ...unbilled.map(({ quantity }) => (isOwed ? 0n : quantity))]
    : [
        0n,
        unreceived.amount === undefined ? open.unreceived : 0n,
        ...unbilled.map(({ quantity, amount }) => (amount === undefined ? quantity : 0n)),
      ];
  const shares = weights.some((weight) => weight > 0n) ? spread(rest, weights) : [rest];
  const base = { stepId, itemId, at };
  return {
    receipts: unbilled.map(({ receipt }, index) => ({ receipt, amount: shares[index + 2] ?? NO_MONEY })),
    owed: [
      {
        ...base,
        quantity: owed.quantity,
        amount: (owed.amount + (shares[0] ?? 0n)) as Money,
        isReceived: true,
      },
      {
        ...base,
        quantity: unreceived.quantity,
        amount: ((unreceived.amount ?? 0n) + (shares[1] ?? 0n)) as Money,
        isReceived: false,
      },
    ],
  };
}
