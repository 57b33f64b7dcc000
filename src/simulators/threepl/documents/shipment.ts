// The 945: what is taken from the shelves for an order, lot by lot, and the document that says so. What the document says is
// what leaves the books, by construction: both are made of the same lines.
import type { Random } from '../../random.ts';
import type { LotLevels } from '../books.ts';
import { segmentOf, type Written } from '../x12/build.ts';
import type { RequestedLine } from './requests.ts';

export const SHIPPING = ['complete', 'short', 'split'] as const;
export type Shipping = (typeof SHIPPING)[number];

export interface ShippedLine {
  readonly line: string;
  readonly sku: string;
  readonly unit: string;
  readonly lot: string;
  readonly expiresOn?: string;
  readonly ordered: number;
  readonly shipped: number;
  /** W12-01, element 368. */
  readonly status: string;
  /** W12-19, element 892; '' when all was shipped. */
  readonly reason: string;
}

/** How much of each line is to leave with this shipment. */
export interface Wanted {
  readonly request: RequestedLine;
  readonly quantity: number;
  /** Status of what is left behind because it follows with the next shipment. */
  readonly rest?: 'PR' | 'BP';
  /** Reason of what is left behind for good. */
  readonly reason?: string;
}

const OUT_OF_STOCK = '01';
const SHORT_REASONS = [OUT_OF_STOCK, '07', '08', '13'];

/** The lines of an order as its only shipment takes them. With `short`, the first line at least is short. */
export const wholeOrder = (lines: readonly RequestedLine[], mode: Shipping, random: Random): Wanted[] =>
  lines.map((request, index) => {
    if (mode !== 'short' || (index > 0 && random.chance(0.5))) return { request, quantity: request.quantity };
    const missing = random.integer(1, request.quantity);
    const reason = SHORT_REASONS[random.integer(0, SHORT_REASONS.length - 1)] ?? OUT_OF_STOCK;
    return { request, quantity: request.quantity - missing, reason };
  });

/** The first half of an order, line by line and rounded up; the one after takes what is left. */
export const firstHalf = (lines: readonly RequestedLine[], random: Random): Wanted[] => {
  const rest = random.chance(0.5) ? 'PR' : 'BP';
  return lines.map((request) => ({ request, quantity: Math.ceil(request.quantity / 2), rest }));
};

/**
 * Takes what is wanted from the lots that have it, the lot that was asked for or else those that expire first, and says of
 * each line what became of it. `lots` answers what is good now.
 */
export function pick(wanted: readonly Wanted[], lots: (sku: string) => readonly LotLevels[]): ShippedLine[] {
  const taken = new Map<string, number>();
  return wanted.flatMap(({ request, quantity, rest, reason = OUT_OF_STOCK }) => {
    const { line, sku, unit } = request;
    let open = quantity;
    const parts: { lot: string; expiresOn?: string; quantity: number }[] = [];
    for (const { lot, good, expiresOn } of lots(sku)) {
      if (request.lot !== '' && request.lot !== lot) continue;
      const place = `${sku}\n${lot}`;
      const part = Math.min(open, good - (taken.get(place) ?? 0));
      if (part <= 0) continue;
      taken.set(place, (taken.get(place) ?? 0) + part);
      open -= part;
      parts.push({ lot, quantity: part, ...(expiresOn !== undefined && { expiresOn }) });
    }
    const missing = request.quantity - quantity + open;
    const follows = missing > 0 && rest !== undefined;
    const first = parts.length === 0 ? [{ lot: request.lot, quantity: 0 }] : parts;
    return first.map((part, index) => {
      // The part that comes last answers for what is missing, so that the ordered units add up to the order's.
      const short = index === first.length - 1 ? missing : 0;
      return {
        ...{ line, sku, unit, lot: part.lot, shipped: part.quantity, ordered: part.quantity + short },
        ...('expiresOn' in part && { expiresOn: part.expiresOn }),
        status: short === 0 ? 'CC' : follows ? rest : part.quantity === 0 ? 'DS' : 'CP',
        reason: short === 0 || follows ? '' : reason,
      };
    });
  });
}

export interface ShipmentHead {
  readonly order: string;
  readonly purchaseOrder: string;
  readonly number: string;
  readonly carrier: string;
  readonly tracking: string;
  /** Carton marks, 20 digits with the application identifier; '' tells the tracking number for the whole shipment instead. */
  readonly carton: string;
  readonly warehouse: string;
  readonly date: string;
  readonly time: string;
}

/** The segments of a 945, ST and SE left out. */
export function shipmentSegments(
  head: ShipmentHead,
  lines: readonly ShippedLine[],
  itemQualifier: string,
): Written[] {
  const total = lines.reduce((sum, { shipped }) => sum + shipped, 0);
  return [
    segmentOf('W06', { 1: 'F', 2: head.order, 3: head.date, 4: head.number, 6: head.purchaseOrder }),
    ['N1', 'WH', 'SIMULATED WAREHOUSE', '92', head.warehouse],
    ...(head.carton === '' ? [['N9', 'CN', head.tracking]] : []),
    // Actual pickup, without a zone, as most warehouses write it.
    ['G62', '11', head.date, '8', head.time],
    ['W27', 'M', head.carrier],
    ...lines.flatMap((line, index) => [
      ['LX', String(index + 1)],
      ...(head.carton === '' || line.shipped === 0
        ? []
        : [['MAN', 'GM', head.carton, '', 'CP', head.tracking]]),
      segmentOf('W12', {
        ...{ 1: line.status, 2: String(line.ordered), 3: String(line.shipped), 5: line.unit },
        4: String(line.ordered - line.shipped),
        ...{ 7: itemQualifier, 8: line.sku, 9: isShortLot(line.lot) ? line.lot : undefined },
        19: line.reason,
      }),
      ['N9', 'LI', line.line],
      ...(isShortLot(line.lot) || line.lot === '' ? [] : [['N9', 'LT', line.lot]]),
      ...(line.expiresOn === undefined ? [] : [['G62', '36', line.expiresOn.replaceAll('-', '')]]),
    ]),
    ['W03', String(total)],
  ];
}

/** Element 451 takes 12 characters; a longer lot goes into an N9. */
const isShortLot = (lot: string): boolean => lot !== '' && lot.length <= 12;
