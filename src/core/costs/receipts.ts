// What each receipt costs, from bills, landed costs and expected costs: always of everything that was said, whatever came
// first. It prices what came in; what became of the goods is the fold's. Nothing here reads a database.
import type { CostPart } from '../valuation/step.ts';
import { type Money, spread } from '../vocabulary/money.ts';
import { type Quantity, smaller } from '../vocabulary/quantity.ts';
import { type Bill, type BillLine, billLinesOf, netted, type PricedUnits, portion } from './bills.ts';
import { ByName } from './by-name.ts';
import { type LandedCost, landedPartsOf, type Measures } from './landed.ts';
import type { Rates } from './rates.ts';
import {
  type OpenReturn,
  type Part,
  type ReturnCost,
  type SentBack,
  type Source,
  takenBack,
} from './sent-back.ts';

/** Goods that came from a supplier. */
export interface Receipt {
  readonly stepId: string;
  readonly itemId: number;
  /** Microseconds since 1970. */
  readonly at: bigint;
  /** Base units, above zero. */
  readonly quantity: Quantity;
  /** What a bill may name it by: the movement's reference and document. */
  readonly references: readonly string[];
  /** Agreed with the supplier, as decimal text; undefined: not said. */
  readonly unitCost: string | undefined;
  /** Of the unit cost; undefined: the company's. */
  readonly currency: string | undefined;
}

/** The cost of one base unit that is expected from a time on. */
export interface ExpectedCost {
  readonly itemId: number;
  readonly at: bigint;
  readonly unitCost: string;
  /** Undefined: the company's. */
  readonly currency?: string;
}

/** Everything said about the receipts of some items; landed costs need every receipt that they are for. */
export interface SaidOfReceipts {
  readonly receipts: readonly Receipt[];
  readonly sentBack: readonly SentBack[];
  readonly bills: readonly Bill[];
  readonly landed: readonly LandedCost[];
  readonly expected: readonly ExpectedCost[];
  readonly measures: ReadonlyMap<number, Measures>;
  readonly rates: Rates;
  /** False for lines of bills whose receipts are left out too; default: none are. */
  readonly isOpen?: (itemId: number, reference: string) => boolean;
}

export interface ReceiptCost {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  /** Undefined: nobody said what the goods cost. */
  readonly goods: Money | undefined;
  /** Undefined as `goods`, when there is no landed cost either. */
  readonly parts: readonly CostPart[] | undefined;
  readonly billed: Quantity;
  /** What bills ask for it. */
  readonly billedAmount: Money;
  /** Received, not billed and not sent back: what `received_not_billed` holds for it; the amount is undefined as `goods` are. */
  readonly unbilled: Part;
}

/** Billed or credited, and neither received nor sent back so far. */
export interface WaitingBill {
  readonly key: string;
  readonly line: number;
  readonly number: string;
  readonly at: bigint;
  readonly itemId: number;
  readonly reference: string;
  readonly quantity: Quantity;
  readonly amount: Money;
}

/**
 * Unbilled receipts less waiting bills less what suppliers owe for goods sent back are the balance of `received_not_billed`, to
 * the last unit; where nobody said what goods cost, with what they are carried and taken out at.
 */
export interface ReceiptCosts {
  /** By step. */
  readonly receipts: ReadonlyMap<string, ReceiptCost>;
  /** By step. */
  readonly returns: ReadonlyMap<string, ReturnCost>;
  readonly waiting: readonly WaitingBill[];
}

/**
 * Prices receipts: billed units at their bill, in order of time within a reference; the rest at the agreed cost, else at the
 * expected one, else as the billed ones. The order in which anything was recorded changes nothing.
 * @throws StockbridgeError `content_invalid` when a rate of exchange is missing.
 */
export function receiptCostsOf(said: SaidOfReceipts): ReceiptCosts {
  const { isOpen = () => true } = said;
  const open = billLinesOf(said.bills, said.rates).filter((line) => isOpen(line.itemId, line.reference));
  const lines = Map.groupBy(open, ({ itemId }) => itemId);
  const received = Map.groupBy(said.receipts.toSorted(inTime), ({ itemId }) => itemId);
  const back = Map.groupBy(said.sentBack.toSorted(inTime), ({ itemId }) => itemId);
  const expected = Map.groupBy(said.expected, ({ itemId }) => itemId);
  const items = [...new Set([...lines.keys(), ...received.keys(), ...back.keys()])].map(
    (itemId) =>
      new ItemReceipts(
        { rates: said.rates, expected: expected.get(itemId) ?? [] },
        received.get(itemId) ?? [],
        back.get(itemId) ?? [],
        lines.get(itemId) ?? [],
      ),
  );
  const all = items.flatMap((item) => item.receipts);
  const landed = landedPartsOf(
    said.landed,
    all.map((each) => ({ ...each.receipt, quantity: each.billable, goods: each.goods })),
    said.measures,
    said.rates,
  );
  return {
    receipts: new Map(all.map((each) => [each.receipt.stepId, costOfReceipt(each, landed)])),
    returns: new Map(items.flatMap((item) => item.returns.map((each) => [each.stepId, each]))),
    waiting: items.flatMap((item) => item.waiting),
  };
}

const inTime = (
  a: { readonly at: bigint; readonly stepId: string },
  b: { readonly at: bigint; readonly stepId: string },
): number => (a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.stepId < b.stepId ? -1 : 1);

/** A receipt while bills are shared out. */
interface Open extends Source {
  readonly receipt: Receipt;
  /** What may be billed: all that was not undone. */
  readonly billable: Quantity;
  billed: bigint;
  billedAmount: bigint;
  goods: Money | undefined;
}

class ItemReceipts {
  readonly receipts: Open[];
  readonly returns: readonly ReturnCost[];
  readonly waiting: WaitingBill[] = [];
  readonly #said: Pick<SaidOfReceipts, 'rates' | 'expected'>;
  readonly #byStep: ReadonlyMap<string, Open>;
  readonly #byReference: ByName<Open>;
  /** By the references of the goods, and by the step that received them. */
  readonly #returns: ByName<OpenReturn>;

  constructor(
    said: Pick<SaidOfReceipts, 'rates' | 'expected'>,
    receipts: readonly Receipt[],
    sentBack: readonly SentBack[],
    lines: readonly BillLine[],
  ) {
    this.#said = said;
    const undone = undoneOf(sentBack);
    this.receipts = receipts.map((receipt) => openReceipt(receipt, undone.get(receipt.stepId) ?? 0n));
    this.#byStep = new Map(this.receipts.map((each) => [each.receipt.stepId, each]));
    this.#byReference = new ByName(this.receipts, ({ receipt }) => receipt.references);
    const returns = sentBack.map((each) => ({ sentBack: each, credited: 0n, creditedAmount: 0n }));
    this.#returns = new ByName(
      returns.filter((each) => !each.sentBack.isUndoing),
      ({ sentBack: { receipt, references } }) => [
        ...(receipt === undefined ? [] : [stepName(receipt)]),
        ...references.map(goodsName),
      ],
    );
    const groups = [...Map.groupBy(lines, ({ reference }) => reference)].map(([reference, own]) => {
      const mine = this.#byReference.of([reference]);
      return { reference, own, mine };
    });
    // who names one receipt goes before who names an order of several
    groups.sort((a, b) => a.mine.length - b.mine.length || (a.reference < b.reference ? -1 : 1));
    for (const { reference, own, mine } of groups) this.#shareOut(reference, own, mine);
    for (const each of this.receipts) this.#price(each);
    this.returns = returns.map((each) => takenBack(each, this.#sourcesOf(each.sentBack)));
  }

  #shareOut(reference: string, lines: readonly BillLine[], mine: readonly Open[]): void {
    const back = this.#returns.of([
      goodsName(reference),
      ...mine.map(({ receipt }) => stepName(receipt.stepId)),
    ]);
    const openBack = back.map(({ sentBack, credited }) => sentBack.quantity - credited);
    const net = netted(lines, openBack.reduce((total, each) => total + each, 0n) as Quantity);
    const taken = greedy(net.credited.quantity, openBack);
    for (const [index, amount] of spread(net.credited.amount, taken).entries()) {
      const each = back[index];
      if (!each) continue;
      each.credited += taken[index] ?? 0n;
      each.creditedAmount += amount;
    }
    const before = mine.map(({ billed }) => billed);
    for (const units of net.units) this.#bill(units, mine);
    for (const units of net.waiting) this.waiting.push(waitingOf(units));
    this.#changePrice(net.priceChange, lines, mine, before);
  }

  /** Bills units to receipts in order of time; what is over waits for a receipt. */
  #bill(units: PricedUnits, mine: readonly Open[]): void {
    const taken = greedy(
      units.quantity,
      mine.map(({ billable, billed }) => billable - billed),
    );
    const over = units.quantity - taken.reduce((total, each) => total + each, 0n);
    const amounts = spread(units.amount, [...taken, over]);
    for (const [index, each] of mine.entries()) {
      each.billed += taken[index] ?? 0n;
      each.billedAmount += amounts[index] ?? 0n;
    }
    if (over > 0n)
      this.waiting.push(
        waitingOf({ ...units, quantity: over as Quantity, amount: amounts.at(-1) ?? (0n as Money) }),
      );
  }

  /** An amount for no units goes to what the same reference billed, else to what was received; else it waits. */
  #changePrice(
    amount: Money,
    lines: readonly BillLine[],
    mine: readonly Open[],
    before: readonly bigint[],
  ): void {
    if (amount === 0n) return;
    const billed = mine.map((each, index) => each.billed - (before[index] ?? 0n));
    const received = mine.map(({ billable }) => billable as bigint);
    const weights = billed.some((each) => each > 0n) ? billed : received;
    const line = lines.at(-1);
    if (weights.every((each) => each === 0n)) {
      if (line) this.waiting.push(waitingOf({ quantity: 0n as Quantity, amount, line }));
      return;
    }
    for (const [index, share] of spread(amount, weights).entries()) {
      const each = mine[index];
      if (each) each.billedAmount += share;
    }
  }

  #price(each: Open): void {
    each.unbilled = each.receipt.quantity - each.billed;
    each.unbilledAmount = this.#unbilledAmountOf(each);
    each.kept = each.billed;
    each.keptAmount = each.billedAmount;
    if (each.unbilledAmount !== undefined) each.goods = (each.billedAmount + each.unbilledAmount) as Money;
  }

  #unbilledAmountOf({ receipt, unbilled, billed, billedAmount }: Open): bigint | undefined {
    if (unbilled === 0n) return 0n;
    const { rates } = this.#said;
    const quantity = unbilled as Quantity;
    if (receipt.unitCost !== undefined)
      return rates.cost(quantity, receipt.unitCost, receipt.currency ?? rates.home, receipt.at);
    const expected = expectedAt(this.#said.expected, receipt.itemId, receipt.at);
    if (expected) return rates.cost(quantity, expected.unitCost, expected.currency ?? rates.home, receipt.at);
    return billed > 0n && billedAmount >= 0n ? portion(billedAmount, unbilled, billed) : undefined;
  }

  /** The receipts that goods sent back may have come with, the newest first. */
  #sourcesOf(sentBack: SentBack): readonly Open[] {
    const own = sentBack.receipt === undefined ? undefined : this.#byStep.get(sentBack.receipt);
    if (own) return [own];
    return this.#byReference
      .of(sentBack.references)
      .filter(({ receipt }) => receipt.at <= sentBack.at)
      .reverse();
  }
}

// A step and a document may be called alike.
const stepName = (stepId: string): string => `step ${stepId}`;
const goodsName = (reference: string): string => `goods ${reference}`;

/** How much of each receipt was undone, by step. */
function undoneOf(sentBack: readonly SentBack[]): ReadonlyMap<string, bigint> {
  const undone = new Map<string, bigint>();
  for (const { isUndoing, receipt, quantity } of sentBack)
    if (isUndoing && receipt !== undefined) undone.set(receipt, (undone.get(receipt) ?? 0n) + quantity);
  return undone;
}

function openReceipt(receipt: Receipt, undone: bigint): Open {
  const billable = (receipt.quantity - smaller(undone as Quantity, receipt.quantity)) as Quantity;
  return {
    receipt,
    billable,
    billed: 0n,
    billedAmount: 0n,
    goods: undefined,
    unbilled: 0n,
    unbilledAmount: undefined,
    kept: 0n,
    keptAmount: 0n,
  };
}

function costOfReceipt(each: Open, landed: ReadonlyMap<string, readonly CostPart[]>): ReceiptCost {
  const { receipt, goods } = each;
  const own = landed.get(receipt.stepId) ?? [];
  const goodsPart = { kind: 'receipt', from: 'received_not_billed', amount: goods ?? (0n as Money) } as const;
  return {
    stepId: receipt.stepId,
    itemId: receipt.itemId,
    at: receipt.at,
    goods,
    parts: goods === undefined && own.length === 0 ? undefined : [goodsPart, ...own],
    billed: each.billed as Quantity,
    billedAmount: each.billedAmount as Money,
    unbilled: { quantity: each.unbilled as Quantity, amount: each.unbilledAmount as Money | undefined },
  };
}

/** The expected cost that holds at an instant: the newest from then or before. */
export const expectedAt = (
  expected: readonly ExpectedCost[],
  itemId: number,
  at: bigint,
): ExpectedCost | undefined =>
  expected
    .filter((each) => each.itemId === itemId && each.at <= at)
    .reduce<ExpectedCost | undefined>(
      (newest, each) => (newest === undefined || each.at >= newest.at ? each : newest),
      undefined,
    );

/** How much of `wanted` each place takes, the first ones first. */
function greedy(wanted: bigint, places: readonly bigint[]): bigint[] {
  let rest = wanted;
  return places.map((place) => {
    const taken = place < rest ? place : rest;
    rest -= taken;
    return taken;
  });
}

const waitingOf = ({ quantity, amount, line }: PricedUnits): WaitingBill => ({
  key: line.key,
  line: line.line,
  number: line.number,
  at: line.at,
  itemId: line.itemId,
  reference: line.reference,
  quantity,
  amount,
});
