// Goods that arrived: from the supplier, from what was on its way, or back from a customer, each part in the state its
// condition says. What was short is no stock, and what is not certain about a part holds the document back.
import type { ReportedLine, ReportedMovement, ReportedPlace } from '../../../core/vocabulary/facts.ts';
import { difference, type Quantity, quantityText, sum, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { StockState } from '../../../core/vocabulary/words.ts';
import type { ReceiptAdvice } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { conditionOf } from './adjustment.ts';
import { OVER_CONDITION, SHORT_CONDITION } from './codes.ts';
import { keysOf, lotOf, movementOf } from './lines.ts';
import { itemOf, numberOf, Unclear, unitOf, type WarehouseSettings, warehouseOf } from './words.ts';

type Line = ReceiptAdvice['lines'][number];

/** The movements of a receipt advice, one per line, each with its good and its other parts. @throws Unclear */
export function receipts(document: ReceiptAdvice, profile: Profile, notes: string[]): ReportedMovement[] {
  if (document.exceptionsOnly) {
    throw new Unclear(
      'content_invalid',
      `receipt ${document.number} lists exceptions only, and what arrived as announced is not in it; ask ${profile.partner} for the full receipt`,
    );
  }
  const warehouse = warehouseOf(document.warehouse, profile);
  const parts = document.lines.map((line) => partsOf(line, document, profile, notes));
  proveDamageIncluded(document, parts, profile);
  const keyOf = keysOf(document);
  return document.lines.flatMap((line, index) => {
    const key = keyOf(line);
    const where = whereOf(document, line);
    const states = statesOf(parts[index] ?? NO_PARTS, document, profile);
    const lines = [...states].map(
      ([state, quantity]): ReportedLine => ({
        item: itemOf(line.ids, profile, where),
        quantity: quantityText(quantity),
        ...unitOf(line.received.unit, profile),
        ...lotOf(line),
        from: originOf(document, warehouse),
        to: { code: warehouse.location, state },
      }),
    );
    if (lines.length === 0) notes.push(`${where}: nothing was received`);
    const type = document.isReturn ? 'return' : 'receipt';
    return movementOf(document, { key, type, lines, reversal: line.reversal });
  });
}

const whereOf = (document: ReceiptAdvice, line: Line): string =>
  `receipt ${document.number} line ${line.line}`;

/** What is on its way is only taken from when the receipt says which inbound shipment of ours it is. */
function originOf(document: ReceiptAdvice, warehouse: WarehouseSettings): ReportedPlace {
  if (document.isReturn) return { virtual: 'customer' };
  return warehouse.inTransit !== undefined && document.order !== ''
    ? { code: warehouse.inTransit }
    : { virtual: 'supplier' };
}

interface Parts {
  /** All that the line speaks of, its exceptions included. */
  readonly received: Quantity;
  /** Parts of it by state; undefined: no stock. */
  readonly exceptions: readonly { readonly state: StockState | undefined; readonly quantity: Quantity }[];
}
const NO_PARTS: Parts = { received: ZERO, exceptions: [] };

function partsOf(line: Line, document: ReceiptAdvice, profile: Profile, notes: string[]): Parts {
  const where = whereOf(document, line);
  const received = atLeastZero(numberOf(line.received.value, where), where);
  if (line.short !== undefined) notes.push(`${where}: ${line.short.value} short, which did not arrive`);
  const exceptions = line.exceptions.map((exception) => {
    const quantity = atLeastZero(numberOf(exception.quantity.value, where), where);
    if (received !== ZERO && exception.quantity.unit !== line.received.unit) {
      throw new Unclear(
        'content_invalid',
        `${where}: received in ${line.received.unit || 'no unit'}, and condition ${exception.condition} in ${exception.quantity.unit || 'no unit'}; the units must agree`,
      );
    }
    return { quantity, state: stateOf(exception.condition, quantity, document, profile, where, notes) };
  });
  const outside = totalOf(exceptions);
  // Where a record tells only what is not good, nothing was received besides.
  if (received === ZERO) return { received: outside, exceptions };
  if (outside <= received) return { received, exceptions };
  throw new Unclear(
    'content_invalid',
    `${where}: ${quantityText(outside)} are in conditions of their own, of ${quantityText(received)} received; if the received quantity is the good part only, set reading.damageIncluded to false`,
  );
}

/** The state of a part by its condition; the profile's word goes before the standard's. */
function stateOf(
  condition: string,
  quantity: Quantity,
  document: ReceiptAdvice,
  profile: Profile,
  where: string,
  notes: string[],
): StockState | undefined {
  if (!Object.hasOwn(profile.meaning.conditions, condition)) {
    if (condition === SHORT_CONDITION) {
      notes.push(`${where}: ${quantityText(quantity)} short, which did not arrive`);
      return undefined;
    }
    if (condition === OVER_CONDITION) {
      notes.push(`${where}: ${quantityText(quantity)} more than announced`);
      return goodState(document, profile);
    }
  }
  return conditionOf(condition, profile, where);
}

const goodState = (document: ReceiptAdvice, profile: Profile): StockState =>
  document.isReturn ? profile.meaning.customerReturns : 'sellable';

const totalOf = (exceptions: Parts['exceptions']): Quantity =>
  exceptions.reduce((total, each) => sum(total, each.quantity), ZERO);

function atLeastZero(quantity: Quantity, where: string): Quantity {
  if (quantity >= 0n) return quantity;
  throw new Unclear('content_invalid', `${where}: ${quantityText(quantity)} is below zero`);
}

/** Quantities by state; parts of nothing are left out. */
function statesOf(parts: Parts, document: ReceiptAdvice, profile: Profile): Map<StockState, Quantity> {
  const states = new Map<StockState, Quantity>();
  const add = (state: StockState | undefined, quantity: Quantity) => {
    if (state !== undefined && quantity !== ZERO) states.set(state, sum(states.get(state) ?? ZERO, quantity));
  };
  add(goodState(document, profile), difference(parts.received, totalOf(parts.exceptions)));
  for (const exception of parts.exceptions) add(exception.state, exception.quantity);
  return states;
}

/**
 * A document's own total may prove that its lines hold the part that is not good, or that they do not. The document was
 * read by the profile; where that is proven wrong, every quantity would be booked wrongly.
 */
function proveDamageIncluded(document: ReceiptAdvice, parts: readonly Parts[], profile: Profile): void {
  if (document.totalReceived === undefined) return;
  const total = numberOf(document.totalReceived, `the total of receipt ${document.number}`);
  const lines = parts.reduce((sofar, each) => sum(sofar, each.received), ZERO);
  const outside = parts.reduce((sofar, each) => sum(sofar, totalOf(each.exceptions)), ZERO);
  const { damageIncluded } = profile.reading;
  const otherwise = damageIncluded ? sum(lines, outside) : difference(lines, outside);
  if (outside === ZERO || total !== otherwise) return;
  throw new Unclear(
    'content_invalid',
    `receipt ${document.number}: its total ${quantityText(total)} proves that its lines ${damageIncluded ? 'do not hold' : 'hold'} the ${quantityText(outside)} that are not good; set reading.damageIncluded to ${!damageIncluded}`,
  );
}
