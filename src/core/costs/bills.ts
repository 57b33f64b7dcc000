// A supplier's bills and credit notes of one item under one reference, netted into priced units: what was asked for how many.
// It knows no receipt; who gets which units is decided beside it.
import type { CostEntry } from '../valuation/step.ts';
import type { Money } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom, ZERO } from '../vocabulary/quantity.ts';
import type { ContentOf } from './document.ts';
import type { Rates } from './rates.ts';

/** A bill as it was said, with its key and its time in microseconds since 1970. */
export interface Bill {
  readonly key: string;
  readonly at: bigint;
  readonly content: ContentOf<'bill'>;
}

/** One line of a bill in the company's currency. */
export interface BillLine {
  readonly key: string;
  readonly line: number;
  readonly number: string;
  readonly at: bigint;
  readonly itemId: number;
  readonly reference: string;
  /** Below zero in a credit note; zero when only the price changes. */
  readonly quantity: Quantity;
  readonly amount: Money;
}

/** The lines of bills in order of their time. A bill's lines add up to the last unit to what its total converts to. */
export function billLinesOf(bills: readonly Bill[], rates: Rates): readonly BillLine[] {
  return bills.flatMap((bill) => linesOf(bill, rates)).sort(inOrder);
}

function linesOf({ key, at, content }: Bill, rates: Rates): BillLine[] {
  const rate = content.rate;
  let total = 0n;
  let given = 0n;
  return content.lines.map((line, index) => {
    total += inPlaces(line.amount);
    const until = rates.amount(outOfPlaces(total), content.currency, at, rate);
    const amount = (until - given) as Money;
    given = until;
    const { itemId, reference } = line;
    const quantity = quantityFrom(line.quantity);
    return { key, line: index, number: content.number, at, itemId, reference, quantity, amount };
  });
}

// an amount has at most six places here, as a quantity has
const inPlaces = (amount: string): bigint => quantityFrom(amount);
const outOfPlaces = (total: bigint): string => {
  const digits = (total < 0n ? -total : total).toString().padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${total < 0n ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
};

// The order of recording must not matter, so a tie is broken by what the documents are.
const inOrder = (a: BillLine, b: BillLine): number =>
  a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.key !== b.key ? (a.key < b.key ? -1 : 1) : a.line - b.line;

/** Units at the amount that was asked for all of them. */
export interface PricedUnits {
  readonly quantity: Quantity;
  readonly amount: Money;
  /** The line that asked for them. */
  readonly line: BillLine;
}

export interface Netted {
  /** Units that are billed after all credit notes, in order of time. */
  readonly units: readonly PricedUnits[];
  /** Credit for units that nobody billed and that did not go back: it waits for either. */
  readonly waiting: readonly PricedUnits[];
  /** What was asked or credited for no units: a change of price. */
  readonly priceChange: Money;
  /** Units credited for goods that went back, with what was credited (above zero). */
  readonly credited: { readonly quantity: Quantity; readonly amount: Money };
}

/**
 * Nets lines of one item and reference, in order of time. Credited units are first those that went back (`returned`), then
 * the ones billed last; what they were credited at beside what they were billed at is a change of price.
 */
export function netted(lines: readonly BillLine[], returned: Quantity): Netted {
  const units: PricedUnits[] = [];
  const waiting: PricedUnits[] = [];
  let priceChange = 0n;
  let credited = { quantity: ZERO, amount: 0n as Money };
  for (const line of lines) {
    if (line.quantity > 0n) units.push({ quantity: line.quantity, amount: line.amount, line });
    else if (line.quantity === 0n) priceChange += line.amount;
  }
  for (const line of lines.filter(({ quantity }) => quantity < 0n)) {
    const wanted = -line.quantity;
    const open = returned - credited.quantity;
    const back = wanted < open ? wanted : open;
    const share = portion(-line.amount, back, wanted);
    credited = {
      quantity: (credited.quantity + back) as Quantity,
      amount: (credited.amount + share) as Money,
    };
    const rest = wanted - back;
    const { quantity, amount } = takenFromEnd(units, rest);
    const cancelling = portion(-line.amount - share, quantity, rest);
    priceChange += amount - cancelling;
    if (quantity < rest)
      waiting.push({
        quantity: (quantity - rest) as Quantity,
        amount: (line.amount + share + cancelling) as Money,
        line,
      });
  }
  return { units, waiting, priceChange: priceChange as Money, credited };
}

/** Takes units off the end and answers how many there were, at which amount. */
function takenFromEnd(units: PricedUnits[], wanted: bigint): { quantity: bigint; amount: bigint } {
  let quantity = 0n;
  let amount = 0n;
  while (quantity < wanted) {
    const last = units.pop();
    if (!last) break;
    const part = last.quantity < wanted - quantity ? last.quantity : wanted - quantity;
    const share = portion(last.amount, part, last.quantity);
    quantity += part;
    amount += share;
    if (part < last.quantity)
      units.push({
        ...last,
        quantity: (last.quantity - part) as Quantity,
        amount: (last.amount - share) as Money,
      });
  }
  return { quantity, amount };
}

/** `amount × part ÷ whole`, cut toward zero so that a rest never changes its sign; all of it for the whole. */
export const portion = (amount: bigint, part: bigint, whole: bigint): bigint =>
  part === whole ? amount : (amount * part) / whole;

/**
 * The bill's own entries: received, not billed goods become payable at the bill's date. Made only where the books' payables are
 * kept by the hub; else the accountant enters the bill in the books.
 */
export const billEntriesOf = (lines: readonly BillLine[]): CostEntry[] =>
  lines
    .filter(({ amount }) => amount !== 0n)
    .map((line) => ({
      step: `${line.key}:${line.line}`,
      at: line.at,
      kind: 'bill',
      debit: { role: 'received_not_billed' },
      credit: { role: 'payable' },
      amount: line.amount,
      quantity: ZERO,
      lotId: null,
      locationId: 0,
      reference: null,
    }));
