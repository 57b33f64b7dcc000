// Goods that left: to the customer, or from a supplier towards a warehouse of ours. What was shipped counts, never what was
// ordered; a short line moves what it says and is told.
import type { ReportedLine, ReportedMovement } from '../../../core/vocabulary/facts.ts';
import { difference, type Quantity, quantityText, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { DespatchNotice, ShipmentAdvice } from '../documents/document.ts';
import { CHANGE_REASONS } from '../documents/x12-codes.ts';
import type { Profile } from '../profile/settings.ts';
import { keysOf, lotOf, movementOf } from './lines.ts';
import { countingId, itemOf, numberOf, Unclear, unitOf, warehouseOf } from './words.ts';

/** The movements of a shipment advice, one per line that shipped. @throws Unclear */
export function shipments(document: ShipmentAdvice, profile: Profile, notes: string[]): ReportedMovement[] {
  const { location } = warehouseOf(document.warehouse, profile);
  const keyOf = keysOf(document);
  return document.lines.flatMap((line) => {
    const key = keyOf(line);
    const where = `shipment ${document.number} line ${line.line}`;
    const shipped = shippedOf(line.shipped.value, where);
    const short = shortOf(line, shipped, profile, where);
    if (short !== undefined) notes.push(short);
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

/** How much less than ordered a line shipped, with the warehouse's reason. */
function shortOf(
  line: ShipmentAdvice['lines'][number],
  shipped: Quantity,
  profile: Profile,
  where: string,
): string | undefined {
  const { ordered } = line;
  if (line.reversal || ordered === undefined || ordered.unit !== line.shipped.unit) {
    return shipped === ZERO ? `${where}: nothing was shipped${whyOf(line)}` : undefined;
  }
  const wanted = numberOf(ordered.value, where);
  if (wanted <= shipped) return undefined;
  const name = countingId(line.ids, profile)?.value ?? 'an item';
  return `${where}: ${quantityText(shipped)} of ${quantityText(wanted)} ${name} shipped, ${quantityText(difference(wanted, shipped))} short${whyOf(line)}`;
}

function whyOf({ reason, status }: ShipmentAdvice['lines'][number]): string {
  if (reason === undefined || reason === '')
    return status === undefined || status === '' ? '' : ` (status ${status})`;
  const meaning = Object.hasOwn(CHANGE_REASONS, reason) ? `: ${CHANGE_REASONS[reason]}` : '';
  return ` (reason ${reason}${meaning})`;
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
