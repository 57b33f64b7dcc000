// Picks out of an item's movements what suppliers sent and what went back to them, in the form in which bills are shared out.
import { quantityFrom } from '../vocabulary/quantity.ts';
import { ByName } from './by-name.ts';
import { type End, type EndOf, referencesOf, type StockLine, secondStepIdOf, stepIdOf } from './places.ts';
import type { Receipt } from './receipts.ts';
import type { SentBack } from './sent-back.ts';

/** Receipts and goods sent back of one item. Goods of a consignor's are neither: they are owed for when they are sold. */
export function receivedOf(
  itemId: number,
  lines: readonly StockLine[],
  endOf: EndOf,
): { readonly receipts: readonly Receipt[]; readonly sentBack: readonly SentBack[] } {
  const receipts: Receipt[] = [];
  const sentBack: SentBack[] = [];
  const received = lines.filter(({ from, to }) =>
    isFromSupplier(endOf(from.locationId), endOf(to.locationId)),
  );
  for (const line of received)
    receipts.push({
      stepId: stepIdOf(line),
      itemId,
      at: line.at,
      quantity: quantityFrom(line.quantity),
      references: referencesOf(line),
      unitCost: line.unitCost ?? undefined,
      currency: line.currency ?? undefined,
    });
  const findable = {
    byKey: Map.groupBy(received, ({ key }) => key),
    byReference: new ByName(received, referencesOf),
  };
  for (const line of lines) {
    const from = endOf(line.from.locationId);
    if (!isFromSupplier(endOf(line.to.locationId), from)) continue;
    const own = receiptOf(line, findable);
    sentBack.push({
      stepId: from.is === 'pool' ? stepIdOf(line) : secondStepIdOf(line),
      itemId,
      at: line.at,
      quantity: quantityFrom(line.quantity),
      references: referencesOf(line),
      receipt: own === undefined ? undefined : stepIdOf(own),
      isUndoing: line.corrects !== null && own?.key === line.corrects,
    });
  }
  return { receipts, sentBack };
}

interface Findable {
  readonly byKey: ReadonlyMap<string, readonly StockLine[]>;
  readonly byReference: ByName<StockLine>;
}

const isFromSupplier = (from: End, to: End): boolean =>
  from.is === 'supplier' && to.is !== 'supplier' && to.is !== 'consignor';

/**
 * The receipt that goods sent back came with: the one that is corrected, else the only one of the same reference before it.
 * Undefined when there is none, or more than one, for then no single receipt can be named.
 */
function receiptOf(line: StockLine, { byKey, byReference }: Findable): StockLine | undefined {
  const corrected = line.corrects === null ? [] : (byKey.get(line.corrects) ?? []);
  if (corrected.length > 0)
    return (
      corrected.find((each) => each.quantity === line.quantity && each.lotId === line.lotId) ?? corrected[0]
    );
  const named = byReference.of(referencesOf(line)).filter((each) => each.at <= line.at);
  return named.length === 1 ? named[0] : undefined;
}
