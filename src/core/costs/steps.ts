// Turns the movements of one item, with what was said about its cost, into the steps that valuation folds over. It says what
// each line is, never what it comes to. Nothing here reads a database.
import type {
  CostPart,
  Expect,
  Issue,
  MethodChange,
  Pool,
  Receive,
  Return,
  Step,
  UndoneOutput,
  WriteDown,
} from '../valuation/step.ts';
import type { Money } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom } from '../vocabulary/quantity.ts';
import type { AccountRole, CostKind } from '../vocabulary/words.ts';
import {
  type End,
  type EndOf,
  isOpening,
  orderOf,
  type StockLine,
  secondStepIdOf,
  stepIdOf,
  typeWordOf,
} from './places.ts';
import type { Rates } from './rates.ts';
import { type ExpectedCost, expectedAt, type ReceiptCosts } from './receipts.ts';
import { receivedOf } from './received.ts';
import { undoneOutputs } from './undone.ts';

/** Words that begin the document of goods thrown away, beside those that leave damaged or expired. */
export const SCRAP_WORDS: readonly string[] = ['scrap', 'waste', 'disposal', 'destruction', 'spoilage'];

/** An expected cost, revaluation or write-down of the item. */
export interface CostAssertion {
  readonly key: string;
  readonly kind: 'expected_cost' | 'revaluation' | 'write_down';
  readonly at: bigint;
  readonly sequence: bigint;
  /** Decimal text per base unit; for a write-down the net realisable value. */
  readonly unitCost: string;
  /** Undefined: the company's. */
  readonly currency: string | undefined;
}

/** Everything the steps of one item follow from. */
export interface SaidOfItem {
  readonly itemId: number;
  readonly lines: readonly StockLine[];
  readonly endOf: EndOf;
  /** As `receiptCostsOf` answers them. */
  readonly costs: Pick<ReceiptCosts, 'receipts' | 'returns'>;
  readonly assertions: readonly CostAssertion[];
  readonly methods: readonly MethodChange[];
  readonly rates: Rates;
  /** What production puts into the step, or gets back from it where it takes an output back; undefined: not known yet. */
  readonly outputCost: (stepId: string) => Money | undefined;
  /** Production orders, by reference, that plan this item as output or by-product. */
  readonly plannedBy?: ReadonlySet<string>;
  /** Lower case; default {@link SCRAP_WORDS}. */
  readonly scrapWords?: readonly string[];
}

/** The item's history as steps, in no order: the fold puts them into the one that its timing asks for. */
export function stepsOf(said: SaidOfItem): readonly Step[] {
  const item = new ItemSteps(said);
  return [...said.lines.flatMap((line) => item.stepsOf(line)), ...assertedSteps(said), ...said.methods];
}

function assertedSteps({ assertions, rates }: SaidOfItem): (Expect | WriteDown)[] {
  return assertions.map((each) => {
    const base = { id: `${each.key}:0`, at: each.at, sequence: each.sequence, locationId: 0 };
    if (each.kind === 'write_down') return { ...base, kind: 'write_down', netRealisable: each.unitCost };
    const unitCost =
      each.currency === undefined ? each.unitCost : rates.unitCost(each.unitCost, each.currency, each.at);
    return { ...base, kind: 'expect', unitCost, revalues: each.kind === 'revaluation' };
  });
}

/** One end of a line while it is turned into a step. */
interface Half {
  readonly line: StockLine;
  readonly id: string;
  readonly pool: Pool;
  /** The place of ours, or the virtual one where goods only pass through. */
  readonly locationId: number;
}

class ItemSteps {
  readonly #said: SaidOfItem;
  readonly #receiptOf: ReadonlyMap<string, string | undefined>;
  readonly #ordersOf: ReadonlyMap<string, string>;
  /** The output that a step takes back. */
  readonly #undone: ReadonlyMap<string, StockLine>;
  readonly #consumedFor: ReadonlySet<string>;
  readonly #expected: readonly ExpectedCost[];

  constructor(said: SaidOfItem) {
    this.#said = said;
    const { itemId, lines, endOf } = said;
    this.#receiptOf = new Map(
      receivedOf(itemId, lines, endOf).sentBack.map(({ stepId, receipt }) => [stepId, receipt]),
    );
    this.#ordersOf = new Map(lines.map((line) => [line.key, orderOf(line)]));
    this.#undone = undoneOutputs(lines, endOf);
    this.#consumedFor = new Set(
      lines
        .filter((line) => endOf(line.to.locationId).is === 'production' && !this.#undone.has(stepIdOf(line)))
        .map(orderOf),
    );
    this.#expected = said.assertions.flatMap(({ kind, at, unitCost, currency }) =>
      kind === 'expected_cost'
        ? [{ itemId, at, unitCost, ...(currency === undefined ? {} : { currency }) }]
        : [],
    );
  }

  stepsOf(line: StockLine): Step[] {
    const { endOf } = this.#said;
    const from = endOf(line.from.locationId);
    const to = endOf(line.to.locationId);
    if (from.is === 'pool' && to.is === 'pool') return this.#transfer(line, from.pool, to.pool);
    const ends = `${from.is} to ${to.is}`;
    // nothing of ours moves
    if (from.is === to.is || ends === 'supplier to consignor' || ends === 'consignor to supplier') return [];
    if (ends === 'consignor to adjustment' || ends === 'adjustment to consignor') return [];
    if (ends === 'customer to adjustment')
      return [
        this.#returned(
          { line, id: stepIdOf(line), locationId: line.to.locationId, pool: undefined },
          'cost_of_goods_sold',
        ),
      ];
    if (ends === 'consignor to customer') return [this.#consignorSale(line, false)];
    if (ends === 'customer to consignor') return [this.#consignorSale(line, true)];
    if (to.is === 'pool')
      return [
        this.#entering(from, { line, id: stepIdOf(line), pool: to.pool, locationId: line.to.locationId }),
      ];
    if (from.is === 'pool')
      return [
        this.#leaving(to, { line, id: stepIdOf(line), pool: from.pool, locationId: line.from.locationId }),
      ];
    return this.#passing(line, from, to);
  }

  #transfer(line: StockLine, from: Pool, to: Pool): Step[] {
    if (from.id === to.id && from.role === to.role) return [];
    const base = stockOf({ line, id: stepIdOf(line), pool: from, locationId: line.from.locationId });
    return [{ ...base, kind: 'transfer', to }];
  }

  /** Goods that never lie on a shelf of ours pass through a pool that nothing else uses. */
  #passing(line: StockLine, from: End, to: End): Step[] {
    const pool: Pool = { id: line.to.locationId, role: 'inventory' };
    const half = { line, pool, locationId: line.to.locationId };
    return [
      this.#entering(from, { ...half, id: stepIdOf(line) }),
      this.#leaving(to, { ...half, id: secondStepIdOf(line) }),
    ];
  }

  #entering(from: End, half: Half): Receive | Return {
    const { line } = half;
    switch (from.is) {
      case 'supplier': {
        const parts = this.#said.costs.receipts.get(half.id)?.parts;
        return received(half, 'receipt', 'received_not_billed', parts);
      }
      case 'customer':
        return this.#returned(half, 'cost_of_goods_sold');
      case 'production':
        return this.#isLeftover(line) ? this.#returned(half, 'work_in_progress') : this.#output(half);
      case 'adjustment':
        return this.#found(half);
      case 'consignor':
        return received(half, 'receipt', 'consignor_payable', this.#atExpected(half, 'consignor_payable'));
      case 'pool':
        throw new RangeError('a pool is no virtual place');
    }
  }

  #leaving(to: End, half: Half): Step {
    const { line } = half;
    switch (to.is) {
      case 'customer':
        return issued(half, 'sale', 'cost_of_goods_sold', orderOf(line));
      case 'production':
        return this.#undoneOutput(half) ?? issued(half, 'consumption', 'work_in_progress', orderOf(line));
      case 'supplier': {
        const receipt = this.#receiptOf.get(half.id);
        return {
          ...stockOf(half),
          kind: 'supplier_return',
          receipt,
          credit: this.#said.costs.returns.get(half.id)?.credit,
        };
      }
      case 'consignor':
        return issued(half, 'supplier_return', 'consignor_payable', null);
      case 'adjustment':
        if (isOpening(line)) return issued(half, 'opening', 'opening', null);
        return issued(half, this.#lossOf(line), this.#lossOf(line), line.key);
      case 'pool':
        throw new RangeError('a pool is no virtual place');
    }
  }

  #lossOf({ from, document }: StockLine): 'scrap' | 'adjustment' {
    const words = this.#said.scrapWords ?? SCRAP_WORDS;
    const isScrap =
      from.state === 'damaged' || from.state === 'expired' || words.includes(typeWordOf(document));
    return isScrap ? 'scrap' : 'adjustment';
  }

  /** Comes back from production as the component it was, and not as what the order makes. */
  #isLeftover(line: StockLine): boolean {
    const order = this.#originOf(line);
    if (this.#takesBackUndoing(line)) return false;
    return (
      this.#consumedFor.has(order) && (line.corrects !== null || !(this.#said.plannedBy?.has(order) ?? false))
    );
  }

  /** Goods whose output was taken back by mistake. */
  #takesBackUndoing({ corrects }: StockLine): boolean {
    const { lines } = this.#said;
    return (
      corrects !== null && lines.some((each) => each.key === corrects && this.#undone.has(stepIdOf(each)))
    );
  }

  #undoneOutput(half: Half): UndoneOutput | undefined {
    const output = this.#undone.get(half.id);
    return (
      output && {
        ...stockOf(half),
        kind: 'undone_output',
        output: stepIdOf(output),
        credit: this.#said.outputCost(half.id),
      }
    );
  }

  #output(half: Half): Receive {
    const amount = this.#said.outputCost(half.id);
    const parts: CostPart[] | undefined =
      amount === undefined ? undefined : [{ kind: 'output', from: 'work_in_progress', amount }];
    return received(half, 'output', 'work_in_progress', parts);
  }

  /** A count that found more, or the opening stock; what a correction brings back is a return of what it undoes. */
  #found(half: Half): Receive | Return {
    const { line } = half;
    const opening = isOpening(line);
    const undone = opening ? undefined : this.#undoneLoss(line);
    if (undone) return { ...this.#returned(half, this.#lossOf(undone)), reference: undone.key };
    const role = opening ? 'opening' : 'adjustment';
    return received(
      half,
      role,
      role,
      this.#atGiven(half, role) ?? (opening ? this.#atExpected(half, 'opening') : undefined),
    );
  }

  /** The movement whose loss this one takes back; a count that keeps another one true corrects it without taking it back. */
  #undoneLoss({ type, corrects, lotId }: StockLine): StockLine | undefined {
    if (corrects === null || type === 'count') return undefined;
    const { lines, endOf } = this.#said;
    return lines.find(
      (each) =>
        each.key === corrects && each.lotId === lotId && endOf(each.to.locationId).is === 'adjustment',
    );
  }

  #atGiven({ line }: Half, from: AccountRole & CostKind): CostPart[] | undefined {
    if (line.unitCost === null) return undefined;
    const { rates } = this.#said;
    const amount = rates.cost(quantityOf(line), line.unitCost, line.currency ?? rates.home, line.at);
    return [{ kind: from, from, amount }];
  }

  #atExpected({ line }: Half, from: 'opening' | 'consignor_payable'): CostPart[] | undefined {
    const amount = this.#expectedAmount(line);
    return amount === undefined
      ? undefined
      : [{ kind: from === 'opening' ? 'opening' : 'receipt', from, amount }];
  }

  #expectedAmount(line: StockLine): Money | undefined {
    const { rates, itemId } = this.#said;
    const expected = expectedAt(this.#expected, itemId, line.at);
    return (
      expected && rates.cost(quantityOf(line), expected.unitCost, expected.currency ?? rates.home, line.at)
    );
  }

  #consignorSale(line: StockLine, isReturn: boolean): Step {
    const { at, sequence, lotId } = line;
    const locationId = isReturn ? line.to.locationId : line.from.locationId;
    const base = { id: stepIdOf(line), at, sequence, locationId, lotId, quantity: quantityOf(line) };
    const amount = this.#expectedAmount(line) ?? (0n as Money);
    const reference = isReturn ? this.#originOf(line) : orderOf(line);
    return { ...base, kind: 'consignor_sale', amount, reference, isReturn };
  }

  #returned(half: Omit<Half, 'pool'> & { readonly pool: Pool | undefined }, from: AccountRole): Return {
    return { ...stockOf(half), kind: 'return', from, reference: this.#originOf(half.line) };
  }

  /** The order that goods come back from: that of the movement which is undone, else the line's own. */
  #originOf(line: StockLine): string {
    return (line.corrects === null ? undefined : this.#ordersOf.get(line.corrects)) ?? orderOf(line);
  }
}

const quantityOf = (line: StockLine): Quantity => quantityFrom(line.quantity);

const stockOf = <P extends Pool | undefined>({
  line,
  id,
  pool,
  locationId,
}: Omit<Half, 'pool'> & { readonly pool: P }) => ({
  id,
  at: line.at,
  sequence: line.sequence,
  locationId,
  pool,
  quantity: quantityOf(line),
  lotId: line.lotId,
});

const received = (
  half: Half,
  cost: CostKind,
  from: AccountRole,
  parts: readonly CostPart[] | undefined,
): Receive => ({ ...stockOf(half), kind: 'receive', cost, from, parts });

const issued = (half: Half, cost: CostKind, to: AccountRole, reference: string | null): Issue => ({
  ...stockOf(half),
  kind: 'issue',
  cost,
  to,
  reference,
});
