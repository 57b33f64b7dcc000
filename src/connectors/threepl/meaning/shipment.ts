// Goods that left: to the customer, or from a supplier towards a warehouse of ours. What was shipped counts, never what was
// ordered; a short line moves what it says and is told.
import type { ReportedLine, ReportedMovement } from '../../../core/vocabulary/facts.ts';
import { type Quantity, quantityText, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { DespatchNotice, ShipmentAdvice } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { keysOf, lotOf, movementOf } from './lines.ts';
import { shortOf } from './short.ts';
import { itemOf, numberOf, Unclear, unitOf, warehouseOf } from './words.ts';

/** The movements of a shipment advice, one per line that shipped. @throws Unclear */
export function shipments(document: ShipmentAdvice, profile: Profile, notes: string[]): ReportedMovement[] {
  const { location } = warehouseOf(document.warehouse, profile);
  const keyOf = keysOf(document);
  return document.lines.flatMap((line) => {
    const key = keyOf(line);
    const where = `shipment ${document.number} line ${line.line}`;
    const shipped = shippedOf(line.shipped.value, where);
    const short = shortOf(line, profile, where);
    if (short !== undefined) notes.push(`${where}: ${short}`);
    const item = itemOf(line.ids, profile, where);
    if (shipped === ZERO) return [];
    const reported: ReportedLine = {
      item,
      quantity: quantityText(shipped),
      ...unitOf(line.shipped.unit, profile),
      ...lotOf(line),
      from: { code: location },
      to: { virtual: 'customer' },
    };
    return movementOf(document, { key, type: 'shipment', lines: [reported], reversal: line.reversal });
  });
}

function shippedOf(text: string, where: string): Quantity {
  const shipped = numberOf(text, where);
  if (shipped >= 0n) return shipped;
  throw new Unclear(
    'content_invalid',
    `${where}: ${quantityText(shipped)} shipped is below zero, and the line does not say that it undoes another`,
  );
}

/** Goods on their way to a warehouse whose profile keeps what is in transit; undefined where none is kept. @throws Unclear */
export function despatches(document: DespatchNotice, profile: Profile): ReportedMovement[] | undefined {
  const { inTransit } = warehouseOf(document.warehouse, profile);
  if (inTransit === undefined) return undefined;
  const keyOf = keysOf(document);
  return document.lines.flatMap((line) => {
    const key = keyOf(line);
    const where = `despatch ${document.number} line ${line.line}`;
    const shipped = shippedOf(line.shipped.value, where);
    const item = itemOf(line.ids, profile, where);
    if (shipped === ZERO) return [];
    const reported: ReportedLine = {
      item,
      quantity: quantityText(shipped),
      ...unitOf(line.shipped.unit, profile),
      ...lotOf(line),
      from: { virtual: 'supplier' },
      to: { code: inTransit },
    };
    return movementOf(document, {
      key,
      type: 'transfer',
      lines: [reported],
      reversal: false,
      order: line.order,
    });
  });
}
