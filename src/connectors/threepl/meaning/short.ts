// What a shipment's lines say of less than was ordered: how much, why, and whether the rest will follow. Said once, for the
// event's notes and for the order.
import { difference, quantityText, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { ShipmentAdvice } from '../documents/document.ts';
import { CHANGE_REASONS, SHIPMENT_STATUSES } from '../documents/x12-codes.ts';
import type { Profile } from '../profile/settings.ts';
import { countingId, numberOf, Unclear } from './words.ts';

/** Line statuses after which more of the line comes with another document: partial, backordered, split. CP is partial and final. */
const MORE_FOLLOWS = new Set(['PR', 'BP', 'BO', 'SS']);

type Line = ShipmentAdvice['lines'][number];

/** True when the warehouse says that more of the order will be shipped. */
export const willFollow = (document: ShipmentAdvice): boolean =>
  document.lines.some((line) => line.status !== undefined && MORE_FOLLOWS.has(line.status));

/**
 * `4 of 6 MUG-01 shipped, 2 short (reason 01: out of stock)`; undefined when nothing is short, or nobody can say.
 * @throws Unclear for a quantity that is none
 */
export function shortOf(line: Line, profile: Profile, where: string): string | undefined {
  const { ordered } = line;
  const name = countingId(line.ids, profile)?.value ?? 'an item';
  const shipped = numberOf(line.shipped.value, where);
  if (line.reversal || ordered === undefined || ordered.unit !== line.shipped.unit)
    return shipped === ZERO ? `nothing of ${name} was shipped${whyOf(line)}` : undefined;
  const wanted = numberOf(ordered.value, where);
  if (wanted <= shipped) return undefined;
  return `${quantityText(shipped)} of ${quantityText(wanted)} ${name} shipped, ${quantityText(difference(wanted, shipped))} short${whyOf(line)}`;
}

function whyOf({ reason, status }: Line): string {
  if (reason) return ` (reason ${reason}${meaningIn(CHANGE_REASONS, reason)})`;
  return status ? ` (status ${status}${meaningIn(SHIPMENT_STATUSES, status)})` : '';
}

const meaningIn = (meanings: Readonly<Record<string, string>>, code: string): string =>
  Object.hasOwn(meanings, code) ? `: ${meanings[code]}` : '';

/** Every short line of a document, for its order; '' when nothing is short. A quantity that is none is left to its line's own meaning. */
export const shortReasonOf = (document: ShipmentAdvice, profile: Profile): string =>
  document.lines.flatMap((line) => readable(line, profile) ?? []).join('; ');

function readable(line: Line, profile: Profile): string | undefined {
  try {
    return shortOf(line, profile, '');
  } catch (error) {
    if (error instanceof Unclear) return undefined;
    throw error;
  }
}
