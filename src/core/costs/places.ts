// Where a line of the ledger begins and ends, as value sees it: a pool of ours, somebody else's goods on our shelf, or one of
// the virtual places. Nothing here reads a database.
import type { Pool } from '../valuation/step.ts';
import type { LocationKind, MovementType, Ownership, StockState, VirtualPlace } from '../vocabulary/words.ts';

export interface CostLocation {
  readonly id: number;
  readonly kind: LocationKind;
  readonly ownership: Ownership;
}

/** One line of a movement of the item. */
export interface StockLine {
  readonly key: string;
  readonly line: number;
  readonly type: MovementType;
  /** Microseconds since 1970. */
  readonly at: bigint;
  /** Order of recording. */
  readonly sequence: bigint;
  readonly document: string;
  readonly reference: string | null;
  /** The movement that this one undoes. */
  readonly corrects: string | null;
  readonly lotId: number | null;
  /** Decimal text in base units, above zero. */
  readonly quantity: string;
  readonly from: { readonly locationId: number; readonly state: StockState };
  readonly to: { readonly locationId: number; readonly state: StockState };
  readonly unitCost: string | null;
  readonly currency: string | null;
}

/** One end of a line. */
export type End =
  | { readonly is: 'pool'; readonly pool: Pool }
  /** Goods of somebody else's that we hold. */
  | { readonly is: 'consignor' }
  | { readonly is: VirtualPlace };

export type EndOf = (locationId: number) => End;

/**
 * Tells ends apart. Goods in transit and on consignment are pools of their own; own locations are one pool unless the item is
 * costed by location. The function throws RangeError for a location it was not given.
 */
export function endsOf(locations: readonly CostLocation[], byLocation: boolean): EndOf {
  const ends = new Map(locations.map((location) => [location.id, endOf(location, byLocation)]));
  return (locationId) => {
    const end = ends.get(locationId);
    if (!end) throw new RangeError(`location ${locationId} is not known`);
    return end;
  };
}

function endOf({ id, kind, ownership }: CostLocation, byLocation: boolean): End {
  switch (kind) {
    case 'supplier':
    case 'customer':
    case 'production':
    case 'adjustment':
      return { is: kind };
    case 'transit':
      return ownership === 'consigned_in'
        ? { is: 'consignor' }
        : { is: 'pool', pool: { id, role: 'in_transit' } };
    case 'warehouse':
    case 'store':
    case '3pl':
      if (ownership === 'consigned_in') return { is: 'consignor' };
      if (ownership === 'consigned_out') return { is: 'pool', pool: { id, role: 'consigned_out' } };
      return { is: 'pool', pool: { id: byLocation ? id : 0, role: 'inventory' } };
  }
}

/** A step's name: the same for ever. */
export const stepIdOf = (line: { readonly key: string; readonly line: number }): string =>
  `${line.key}:${line.line}`;

/**
 * Goods that come from one virtual place and leave to another at once, as when a supplier sends to our customer, are two steps.
 * The second is numbered after all lines that a movement may have.
 */
export const secondStepIdOf = (line: { readonly key: string; readonly line: number }): string =>
  `${line.key}:${line.line + 1000}`;

/** What a bill or a return may name a line by. */
export const referencesOf = (line: StockLine): readonly string[] =>
  line.reference === null ? [line.document] : [line.reference, line.document];

/** The business document a line belongs to: the order of a sale, the production order. */
export const orderOf = (line: StockLine): string => line.reference ?? line.document;

/** The first word of a document, which says of what kind it is: `scrap` in `scrap 17 line 2`. */
export const typeWordOf = (document: string): string => document.split(' ')[0]?.toLowerCase() ?? '';

/** True for the count that a cut-over took. */
export const isOpening = (line: StockLine): boolean =>
  line.type === 'count' && ['opening', 'opening-count'].includes(typeWordOf(line.document));
