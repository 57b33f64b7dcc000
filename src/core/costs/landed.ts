// Freight, duty and insurance over the receipts they are for, to the last unit. What is to be divided by is chosen by the document.
import type { CostPart } from '../valuation/step.ts';
import { type Money, spread } from '../vocabulary/money.ts';
import { type Quantity, quantityFrom } from '../vocabulary/quantity.ts';
import type { ContentOf, LandedBasis } from './document.ts';
import type { Rates } from './rates.ts';

/** A landed cost as it was said, with its key and its time in microseconds since 1970. */
export interface LandedCost {
  readonly key: string;
  readonly at: bigint;
  readonly content: ContentOf<'landed_cost'>;
}

/** What a receipt is weighed by. */
export interface LandedReceipt {
  readonly stepId: string;
  readonly itemId: number;
  readonly at: bigint;
  /** Base units, less those that were undone. */
  readonly quantity: Quantity;
  readonly references: readonly string[];
  /** What the goods cost; undefined: not known. */
  readonly goods: Money | undefined;
}

/** Weight and volume of one base unit of an item, decimal text in any unit used throughout. */
export interface Measures {
  readonly weight?: string;
  readonly volume?: string;
}

/**
 * Each receipt's share of each landed cost, by step; together they are exactly what the documents say. Where nothing is known
 * of the basis at all, quantity takes its place. A document none of whose receipts has come has no share yet.
 */
export function landedPartsOf(
  landed: readonly LandedCost[],
  receipts: readonly LandedReceipt[],
  measures: ReadonlyMap<number, Measures>,
  rates: Rates,
): ReadonlyMap<string, readonly CostPart[]> {
  const parts = new Map<string, CostPart[]>();
  for (const { content, at } of landed.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const covered = coveredBy(content.receipts, receipts);
    const amount = rates.amount(content.amount, content.currency, at, content.rate);
    const shares = spread(amount, weightsOf(content.by, covered, measures));
    for (const [index, { stepId }] of covered.entries()) {
      const share = shares[index] ?? 0n;
      if (share === 0n) continue;
      const own = parts.get(stepId) ?? [];
      parts.set(stepId, [...own, { kind: 'landed_cost', from: content.role, amount: share as Money }]);
    }
  }
  return parts;
}

const coveredBy = (references: readonly string[], receipts: readonly LandedReceipt[]): LandedReceipt[] =>
  receipts
    .filter((receipt) => receipt.references.some((reference) => references.includes(reference)))
    .sort((a, b) => (a.at !== b.at ? (a.at < b.at ? -1 : 1) : a.stepId < b.stepId ? -1 : 1));

function weightsOf(
  by: LandedBasis,
  receipts: readonly LandedReceipt[],
  measures: ReadonlyMap<number, Measures>,
): readonly bigint[] {
  const quantities = receipts.map(({ quantity }) => quantity as bigint);
  const weights = by === 'quantity' ? quantities : receipts.map((each) => weightOf(by, each, measures));
  return weights.every((weight) => weight === 0n) ? quantities : weights;
}

function weightOf(
  by: Exclude<LandedBasis, 'quantity'>,
  receipt: LandedReceipt,
  measures: ReadonlyMap<number, Measures>,
): bigint {
  const goods = receipt.goods ?? 0n;
  if (by === 'value') return receipt.quantity === 0n || goods < 0n ? 0n : goods;
  const measure = measures.get(receipt.itemId)?.[by];
  return measure === undefined ? 0n : receipt.quantity * quantityFrom(measure);
}
