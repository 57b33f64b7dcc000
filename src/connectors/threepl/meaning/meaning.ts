// What a warehouse's document means for stock: facts in our places and the partner's items, by its profile. Pure; what
// cannot be said for certain holds the whole document, because half a document is a wrong one.
import type { Facts, Interpretation } from '../../contract.ts';
import { facts, ignored, quarantined } from '../../toolkit/interpretation.ts';
import type { WarehouseDocument } from '../documents/document.ts';
import type { Profile } from '../profile/settings.ts';
import { adjustments } from './adjustment.ts';
import { receipts } from './receipt.ts';
import { despatches, shipments } from './shipment.ts';
import { reports } from './stock.ts';
import { Unclear } from './words.ts';

/**
 * Interprets one document. The keys of its facts come from its kind, number, line and lot, so a document that comes again
 * under another name or control number changes nothing; one that replaces an earlier one with other content meets its
 * key and is a conflict that a person sees (I3, I4).
 * @returns facts, with notes on what was short or not compared; ignored; or quarantined with the reason.
 */
export function meaningOf(document: WarehouseDocument, profile: Profile): Interpretation {
  const name = `${document.kind} ${document.number}`;
  if (document.purpose === 'simulation') return ignored(`${name} is a simulation`);
  if (document.lines.length === 0) return ignored(`${name} has no lines`);
  if (document.number === '')
    return quarantined(
      'content_invalid',
      `the ${document.kind} has no number, so it cannot be told from others`,
    );
  const notes: string[] = [];
  try {
    const meant = factsOf(document, profile, notes);
    if (meant === undefined)
      return ignored(`${name}: ${profile.partner} keeps no stock in transit to this warehouse`);
    const told = [...new Set(notes)];
    return facts({ ...meant, whole: true, ...(told.length > 0 && { notes: told }) });
  } catch (error) {
    if (error instanceof Unclear) return quarantined(error.code, error.message);
    throw error;
  }
}

function factsOf(document: WarehouseDocument, profile: Profile, notes: string[]): Partial<Facts> | undefined {
  switch (document.kind) {
    case 'shipment':
      return {
        movements: shipments(document, profile, notes),
        ...(document.order === '' ? {} : { ships: document.order.slice(0, 300) }),
      };
    case 'receipt':
      return { movements: receipts(document, profile, notes) };
    case 'adjustment':
      return { movements: adjustments(document, profile, notes) };
    case 'despatch': {
      const movements = despatches(document, profile);
      return movements && { movements };
    }
    case 'stock':
      if (document.purpose === 'cancel')
        throw new Unclear(
          'content_invalid',
          `stock report ${document.number} takes an earlier one back; only a newer report can replace it`,
        );
      return { reports: reports(document, profile, notes) };
  }
}
