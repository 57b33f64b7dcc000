// Reads the 944: what a warehouse has received, and which part of it is not good. Whether W07-01 holds the damaged part is
// agreed with the partner; units that are short (412 = 02) never arrived and are stock nowhere.
import { quantityFrom } from '../../../core/vocabulary/quantity.ts';
import type { Segment } from '../edi/segment.ts';
import type { Quantity, ReceiptAdvice } from './document.ts';
import { datedBy, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotOf, referencesOf, reversalAt, warehouseOf } from './x12-details.ts';
import { type LineLoop, lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import { surroundingsOf } from './x12-surroundings.ts';
import { checkTotal, numberAt, quantityAt, requiredAt, sumText, type X12Reading } from './x12-values.ts';

type ReceivedLine = ReceiptAdvice['lines'][number];
type Exception = ReceivedLine['exceptions'][number];

/** Units that were announced and did not arrive. */
const SHORT = '02';

export interface SortedExceptions {
  /** Parts of the stock that is there. */
  readonly present: readonly Exception[];
  /** What did not arrive. */
  readonly short: readonly Exception[];
}

export const sortedExceptions = (exceptions: readonly Exception[]): SortedExceptions => ({
  present: exceptions.filter(({ condition }) => condition !== SHORT),
  short: exceptions.filter(({ condition }) => condition === SHORT),
});

/**
 * All that arrived. With the damaged part beside the good one (`damageIncluded` false) both are added, for which they need
 * one unit; with it inside, it cannot be more than the whole.
 */
export function receivedWith(
  { findings, options }: X12Reading,
  segment: Segment,
  counted: Quantity,
  present: readonly Exception[],
): Quantity | undefined {
  const sameUnit = present.every(({ quantity }) => quantity.unit === counted.unit);
  const exceptional = sumText(present.map(({ quantity }) => quantity.value));
  if (!options.reading.damageIncluded) {
    if (sameUnit) return { value: sumText([counted.value, exceptional]), unit: counted.unit };
    return findings.reject(segment, {
      code: 'exception_unit_differs',
      message:
        'the part that is not good is counted in another unit than the good part, so that they cannot be added',
      standardCode: '8',
    });
  }
  if (sameUnit && quantityFrom(exceptional) > quantityFrom(counted.value)) {
    return findings.reject(segment, {
      code: 'exceptions_exceed_received',
      message:
        'more units are not good than were received in all; is the damaged part outside the count (`damageIncluded`)?',
      standardCode: '8',
    });
  }
  return counted;
}

/** The first unit's sum of what is short, when all of it has one unit. */
export function shortOf(short: readonly Exception[]): { readonly short: Quantity } | Record<never, never> {
  const unit = short[0]?.quantity.unit;
  if (unit === undefined || short.some(({ quantity }) => quantity.unit !== unit)) return {};
  return { short: { value: sumText(short.map(({ quantity }) => quantity.value)), unit } };
}

function exceptionOf(reading: X12Reading, segment: Segment): readonly Exception[] {
  const quantity = quantityAt(reading, segment, 1, 2, 'the part that is not good');
  const condition = requiredAt(reading, segment, 3, 'the condition of this part');
  if (quantity === undefined || condition === undefined) return [];
  const reason = segment.element(5).trim();
  return [{ quantity, condition, ...(reason !== '' && { reason }) }];
}

interface CountedLine {
  readonly line: ReceivedLine;
  /** W07-01 as sent, for the total. */
  readonly counted: string;
  readonly exceptional: readonly string[];
}

function lineOf(reading: X12Reading, loop: LineLoop, name: string): readonly CountedLine[] {
  const { head, body } = loop;
  const ids = itemIdsOf(reading, head);
  const counted = quantityAt(reading, head, 1, 2, 'what was received');
  const lot = lotOf(reading, loop);
  const reversal = reversalAt(reading, head, 9);
  const { present, short } = sortedExceptions(
    body.filter(({ tag }) => tag === 'W13').flatMap((segment) => exceptionOf(reading, segment)),
  );
  const received = counted && receivedWith(reading, head, counted, present);
  if (counted === undefined || received === undefined) return [];
  return [
    {
      line: { line: name, ids, ...lot, received, exceptions: present, ...shortOf(short), reversal },
      counted: counted.value,
      exceptional: present.map(({ quantity }) => quantity.value),
    },
  ];
}

/** Element 514 where goods arrive. Adjustments and counts (A, O, S) are no receipts: their direction is not certain here. */
const RECEIVED = ['F', 'N', 'X', 'J', 'B', 'C', 'P', 'K'];

function checkReporting(reading: X12Reading, head: Segment): string {
  const reporting = requiredAt(reading, head, 1, 'what kind of receipt it is') ?? '';
  if (reporting !== '' && !RECEIVED.includes(reporting)) {
    reading.findings.reject(head, {
      code: 'reporting_code_unclear',
      message:
        'W17-01: with this reporting code it is not certain what the document does to stock; changes of stock belong in a 947',
      standardCode: '7',
      element: 1,
    });
  }
  return reporting;
}

/** Reads a 944; undefined when its frame is missing, and then the findings say what. */
export function receiptAdviceOf(reading: X12Reading): ReceiptAdvice | undefined {
  const { document, findings, options } = reading;
  const { header, lines: loops, closing } = loopsOf(document, 'W07', 'LX', ['W14', 'SE']);
  const head = segmentOf(header, 'W17');
  if (!head) return findings.missing('W17', 'the receipt is not named');
  const reporting = checkReporting(reading, head);
  // A receipt without exceptions may be told without lines, and so may one that lists exceptions only.
  if (loops.length === 0 && reporting !== 'X' && reporting !== 'N') {
    findings.missing('W07', 'nothing is said to have been received');
  }
  requiredAt(reading, head, 2, 'the day of the receipt');
  const number = requiredAt(reading, head, 3, 'the number of the receipt');
  const moment = momentAt(reading, [{ segment: head, date: 2, time: 7 }]);

  const nameOf = lineNames();
  const read = loops.flatMap((loop) => lineOf(reading, loop, nameOf(surroundingsOf(loop).number)));
  const total = segmentOf(closing, 'W14');
  if (total) {
    const exceptional = read.flatMap((line) => line.exceptional);
    const counted = read.map((line) => line.counted);
    const all = options.reading.damageIncluded ? counted : [...counted, ...exceptional];
    checkTotal(reading, total, 1, [sumText(all)], 'what the lines have received');
  }
  const totalReceived = total && numberAt(reading, total, 1);
  const totalDamaged = total && numberAt(reading, total, 3);
  if (number === undefined || moment === undefined) return undefined;
  return {
    kind: 'receipt',
    source: '944',
    number,
    purpose: reporting === 'K' ? 'simulation' : 'original',
    ...datedBy(moment),
    warehouse: warehouseOf(reading, header, 'arrives'),
    order: head.element(4).trim(),
    references: referencesOf(header, { shipment: head.element(5), masterReference: head.element(8) }),
    isReturn: reporting === 'C',
    exceptionsOnly: reporting === 'X',
    lines: read.map(({ line }) => line),
    ...(totalReceived !== undefined && { totalReceived }),
    ...(totalDamaged !== undefined && { totalDamaged }),
  };
}
