// Why less was shipped than ordered, and whether the rest will follow, from the codes of a shipment's lines.
import { quantityFrom } from '../../../core/vocabulary/quantity.ts';
import type { ShipmentAdvice } from '../documents/document.ts';
import { CHANGE_REASONS, meaningOf, SHIPMENT_STATUSES } from '../documents/x12-codes.ts';

/** Line statuses after which more of the line comes with another document: partial, backordered, split. CP is partial and final. */
const MORE_FOLLOWS = new Set(['PR', 'BP', 'BO', 'SS']);

type Line = ShipmentAdvice['lines'][number];

const isShort = (line: Line): boolean =>
  line.ordered !== undefined && amount(line.shipped.value) < amount(line.ordered.value);

function amount(text: string): bigint {
  try {
    return quantityFrom(text);
  } catch {
    return 0n;
  }
}

/** True when the warehouse says that more of the order will be shipped. */
export const willFollow = (document: ShipmentAdvice): boolean =>
  document.lines.some((line) => line.status !== undefined && MORE_FOLLOWS.has(line.status));

/** One sentence per short line: `MUG-01: 4 of 6 shipped (out of stock)`; '' when nothing is short. */
export const shortReasonOf = (document: ShipmentAdvice): string =>
  document.lines
    .filter(isShort)
    .map((line) => {
      const why = [
        line.reason === undefined ? undefined : meaningOf(CHANGE_REASONS, line.reason),
        line.status === undefined ? undefined : meaningOf(SHIPMENT_STATUSES, line.status),
      ].filter((each) => each !== undefined);
      return `${line.ids[0]?.value ?? `line ${line.line}`}: ${line.shipped.value} of ${line.ordered?.value} shipped${why.length > 0 ? ` (${why.join(', ')})` : ''}`;
    })
    .join('; ');
