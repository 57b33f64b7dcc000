// The 944: what came off the lorry for a notice, and in which condition. What the document says is what enters the books.
// W07-01 counts the damaged part (W13) too; what is short never enters anything.
import type { Random } from '../../random.ts';
import { segmentOf, type Written } from '../x12/build.ts';
import type { RequestedLine } from './requests.ts';

export const RECEIVING = ['complete', 'over', 'short', 'damaged'] as const;
export type Receiving = (typeof RECEIVING)[number];

export interface ReceivedLine {
  readonly request: RequestedLine;
  readonly received: number;
  /** Part of `received`. */
  readonly damaged: number;
  /** Announced and not there. */
  readonly short: number;
}

/** What arrives; with `over`, `short` or `damaged`, so the first line at least. */
export const arrivalOf = (lines: readonly RequestedLine[], mode: Receiving, random: Random): ReceivedLine[] =>
  lines.map((request, index) => {
    const { quantity } = request;
    const asAnnounced = { request, received: quantity, damaged: 0, short: 0 };
    if (mode === 'complete' || (index > 0 && random.chance(0.5))) return asAnnounced;
    const part = random.integer(1, Math.max(1, Math.floor(quantity / 2)));
    if (mode === 'over') return { ...asAnnounced, received: quantity + part };
    return mode === 'short'
      ? { ...asAnnounced, received: quantity - part, short: part }
      : { ...asAnnounced, damaged: part };
  });

export interface ReceiptHead {
  readonly number: string;
  readonly notice: string;
  readonly shipmentId: string;
  readonly warehouse: string;
  readonly date: string;
  readonly time: string;
}

/** The segments of a 944, ST and SE left out. */
export function receiptSegments(
  head: ReceiptHead,
  lines: readonly ReceivedLine[],
  itemQualifier: string,
): Written[] {
  const sum = (of: (line: ReceivedLine) => number): string =>
    String(lines.reduce((all, line) => all + of(line), 0));
  return [
    // Actual delivery, without a zone.
    ['W17', 'F', head.date, head.number, head.notice, head.shipmentId, '9', head.time],
    ['N1', 'WH', 'SIMULATED WAREHOUSE', '92', head.warehouse],
    ...lines.flatMap(({ request, received, damaged, short }) => [
      segmentOf('W07', { 1: String(received), 2: request.unit, 4: itemQualifier, 5: request.sku }),
      ['N9', 'LI', request.line],
      ...(request.lot === ''
        ? []
        : [segmentOf('N9', { 1: 'LT', 2: request.lot, 4: request.expiresOn?.replaceAll('-', '') })]),
      ...(damaged === 0 ? [] : [['W13', String(damaged), request.unit, '01', '', 'CC']]),
      ...(short === 0 ? [] : [['W13', String(short), request.unit, '02']]),
    ]),
    [
      'W14',
      sum(({ received }) => received),
      sum(({ request }) => request.quantity),
      sum(({ damaged }) => damaged),
    ],
  ];
}
