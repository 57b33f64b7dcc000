// A partner's words as ours, by its profile: warehouses, items, units, numbers. What has no translation is refused by name;
// nothing here guesses.
import type { ErrorCode } from '../../../core/errors.ts';
import type { ReportedItem } from '../../../core/vocabulary/facts.ts';
import { isQuantityText, type Quantity, quantityFrom } from '../../../core/vocabulary/quantity.ts';
import type { ItemId } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';

/** Why a document cannot be said for certain; caught where the document's meaning is answered, and nowhere else. */
export class Unclear extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

export type WarehouseSettings = Profile['meaning']['warehouses'][string];

/** The location that a warehouse code stands for. @throws Unclear `location_unknown`, naming the code. */
export function warehouseOf(code: string, profile: Profile): WarehouseSettings {
  const known = Object.entries(profile.meaning.warehouses);
  if (code === '') {
    const [only] = known;
    if (only && known.length === 1) return only[1];
    throw new Unclear(
      'location_unknown',
      `the document names no warehouse, and ${profile.partner} has ${known.length}: ${known.map(([name]) => name).join(', ')}`,
    );
  }
  const found = Object.hasOwn(profile.meaning.warehouses, code)
    ? profile.meaning.warehouses[code]
    : undefined;
  if (found) return found;
  throw new Unclear(
    'location_unknown',
    `warehouse ${code} of ${profile.partner} is none of ours; add it to meaning.warehouses`,
  );
}

/** The id that counts among those a line names. @throws Unclear `item_unknown`, naming what was sent. */
export function itemOf(ids: readonly ItemId[], profile: Profile, where: string): ReportedItem {
  const { value } = countingId(ids, profile) ?? {};
  if (value === undefined) {
    const sent = ids.map((id) => `${id.qualifier} ${id.value}`).join(', ') || 'none';
    throw new Unclear(
      'item_unknown',
      `${where} names no item under ${profile.items.from.join(', ')}; its ids: ${sent}`,
    );
  }
  switch (profile.items.as) {
    case 'sku':
      return { sku: value };
    case 'barcode':
      return { barcode: value };
    case 'listing':
      return { listing: value };
  }
}

/** The first id whose qualifier the profile takes, in the profile's order. */
export const countingId = (ids: readonly ItemId[], profile: Profile): ItemId | undefined =>
  profile.items.from
    .map((qualifier) => ids.find((id) => id.qualifier === qualifier && id.value !== ''))
    .find((id) => id !== undefined);

/** The unit in our words; nothing when the document names none, which is the item's own. */
export function unitOf(unit: string, profile: Profile): { readonly unit?: string } {
  if (unit === '') return {};
  return { unit: Object.hasOwn(profile.meaning.units, unit) ? (profile.meaning.units[unit] ?? unit) : unit };
}

/**
 * Reads a number as standards allow them: `+5`, `.5`, `5.` and zeros behind the sixth place.
 * @throws Unclear `content_invalid`, naming the place.
 */
export function numberOf(text: string, where: string): Quantity {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  const plain = `${sign === '-' ? '-' : ''}${whole || '0'}.${fraction.replace(/0+$/, '')}`.replace(/\.$/, '');
  if (sign === undefined || `${whole}${fraction}` === '' || !isQuantityText(plain))
    throw new Unclear('content_invalid', `${where}: ${JSON.stringify(text.slice(0, 40))} is no quantity`);
  return quantityFrom(plain);
}
