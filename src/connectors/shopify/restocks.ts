// Goods that came back: refund lines that restocked shipped units, and dispositions of returns. Both can report the
// same units, so within one return and order line only what exceeds the other report is booked. Pure.
import { type Instant, microsOf } from '../../core/vocabulary/instant.ts';
import type { DocumentLine, ReportedItem, ReportedMovement } from '../contract.ts';
import type { OrderDocument } from './order-document.ts';
import { type ProjectionPolicy, placeOf } from './places.ts';

/** One report of units put back on a shelf. */
interface Restock {
  readonly by: 'refund' | 'disposition';
  readonly document: DocumentLine;
  readonly at: Instant;
  readonly quantity: number;
  readonly item: ReportedItem;
  readonly location: { readonly id: string } | null;
  /** Reports with the same value may be about the same units; undefined: about nobody else's. */
  readonly sameUnits: string | undefined;
}

/** CANCEL gives units back that never left; NO_RESTOCK puts nothing on a shelf. */
const RESTOCK_TYPES = new Set(['RETURN', 'LEGACY_RESTOCK']);

/** Movements for everything that an order's customers brought back and somebody put back on sale. */
export function restocksOf(
  order: OrderDocument,
  itemOf: (lineId: string) => ReportedItem | undefined,
  policy: ProjectionPolicy,
): ReportedMovement[] {
  const reports = [...refundRestocks(order, itemOf), ...dispositionRestocks(order, itemOf)].sort(inTimeOrder);
  const booked = new Map<string, Record<Restock['by'], number>>();
  const movements: ReportedMovement[] = [];
  for (const report of reports) {
    const quantity = report.quantity - alreadyBooked(booked, report);
    if (quantity <= 0) continue;
    const location = placeOf(report.location, { order, document: report.document.id }, policy);
    if (location === undefined) continue;
    movements.push({
      type: 'return',
      document: report.document,
      occurredAt: report.at,
      reference: order.id,
      lines: [
        {
          item: report.item,
          quantity: String(quantity),
          from: { virtual: 'customer' },
          to: { location },
        },
      ],
    });
  }
  return movements;
}

/**
 * How many units of this report the other kind has reported before. Time decides which report stands, so that what was
 * booked while only one of them existed is still what the two together give.
 */
function alreadyBooked(totals: Map<string, Record<Restock['by'], number>>, report: Restock): number {
  if (report.sameUnits === undefined) return 0;
  const total = totals.get(report.sameUnits) ?? { refund: 0, disposition: 0 };
  totals.set(report.sameUnits, total);
  const before = Math.max(total.refund, total.disposition);
  total[report.by] += report.quantity;
  return report.quantity - (Math.max(total.refund, total.disposition) - before);
}

function refundRestocks(
  order: OrderDocument,
  itemOf: (lineId: string) => ReportedItem | undefined,
): Restock[] {
  return order.refunds.flatMap((refund) =>
    refund.refundLineItems.flatMap((line, index): Restock[] => {
      const item = itemOf(line.lineItem.id);
      if (item === undefined || !line.restocked || !RESTOCK_TYPES.has(line.restockType) || line.quantity <= 0)
        return [];
      return [
        {
          by: 'refund',
          document: { type: 'refund', id: refund.id, line: line.id ?? `${line.lineItem.id}#${index}` },
          // A refund without a time of its own belongs to an order imported with one; that one never changes either.
          at: refund.createdAt ?? order.createdAt,
          quantity: line.quantity,
          item,
          location: line.location,
          sameUnits: refund.return === null ? undefined : `${refund.return.id} ${line.lineItem.id}`,
        },
      ];
    }),
  );
}

function dispositionRestocks(
  order: OrderDocument,
  itemOf: (lineId: string) => ReportedItem | undefined,
): Restock[] {
  return order.returns.flatMap((back) =>
    back.returnedLines.flatMap((line) => {
      const lineId = line.fulfillmentLineItem?.lineItem.id;
      const item = lineId === undefined ? undefined : itemOf(lineId);
      if (lineId === undefined || item === undefined) return [];
      return line.dispositions
        .filter((one) => one.type === 'RESTOCKED' && one.quantity > 0)
        .map(
          (one): Restock => ({
            by: 'disposition',
            document: { type: 'disposition', id: one.id },
            at: one.createdAt,
            quantity: one.quantity,
            item,
            location: one.location,
            sameUnits: `${back.id} ${lineId}`,
          }),
        );
    }),
  );
}

function inTimeOrder(a: Restock, b: Restock): number {
  const difference = microsOf(a.at) - microsOf(b.at);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  // Within one second goods are put back before they are refunded; Shopify says no more about the order.
  if (a.by !== b.by) return a.by === 'disposition' ? -1 : 1;
  const [left, right] = [documentText(a.document), documentText(b.document)];
  return left < right ? -1 : left > right ? 1 : 0;
}

const documentText = (document: DocumentLine): string => `${document.id} ${document.line ?? ''}`;
