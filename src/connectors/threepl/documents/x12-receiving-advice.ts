// Reads the 861: what a receiver has taken in. Its quantities stand in one segment (RCD): received, returned, and parts in
// question with their condition; some partners send the parts in question alone.
import type { Segment } from '../edi/segment.ts';
import type { Quantity, ReceiptAdvice } from './document.ts';
import { datedBy, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotOf, referencesOf, warehouseOf } from './x12-details.ts';
import { type LineLoop, lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import { receivedWith, shortOf, sortedExceptions } from './x12-receipt.ts';
import {
  checkTotal,
  numberAt,
  purposeAt,
  quantityAt,
  requiredAt,
  sumText,
  type X12Reading,
} from './x12-values.ts';

type ReceivedLine = ReceiptAdvice['lines'][number];
type Exception = ReceivedLine['exceptions'][number];

/** Each of the five groups of a quantity in question, its unit and its condition begins at one of these. */
const IN_QUESTION = [6, 9, 12, 15, 18];

function exceptionsOf(reading: X12Reading, segment: Segment): readonly Exception[] {
  return IN_QUESTION.flatMap((at) => {
    if (segment.element(at).trim() === '') return [];
    const quantity = quantityAt(reading, segment, at, at + 1, 'the part in question');
    const condition = requiredAt(reading, segment, at + 2, 'the condition of this part');
    return quantity === undefined || condition === undefined ? [] : [{ quantity, condition }];
  });
}

/** RCD-02; where a partner leaves it out, the parts in question are all that arrived, short ones apart. */
function receivedOf(
  reading: X12Reading,
  segment: Segment,
  present: readonly Exception[],
  short: readonly Exception[],
): Quantity | undefined {
  const partsAlone = segment.element(2).trim() === '' && present.length + short.length > 0;
  if (!partsAlone) {
    const counted = quantityAt(reading, segment, 2, 3, 'what was received');
    return counted && receivedWith(reading, segment, counted, present);
  }
  const unit = present[0]?.quantity.unit ?? short[0]?.quantity.unit ?? '';
  if (present.some(({ quantity }) => quantity.unit !== unit)) {
    return reading.findings.reject(segment, {
      code: 'exception_unit_differs',
      message: 'the parts in question are counted in different units, so that they cannot be added',
      standardCode: '8',
    });
  }
  return { value: sumText(present.map(({ quantity }) => quantity.value)), unit };
}

function lineOf(reading: X12Reading, loop: LineLoop, name: string): readonly ReceivedLine[] {
  const { head, body } = loop;
  const item = segmentOf(body, 'LIN');
  if (!item) {
    reading.findings.reject(head, {
      code: 'item_missing',
      message: 'RCD without LIN: the item it counts is not named',
      standardCode: '3',
    });
  }
  const ids = item ? itemIdsOf(reading, item) : [];
  const returned = numberAt(reading, head, 4);
  if (returned !== undefined && /[1-9]/.test(returned)) {
    reading.findings.reject(head, {
      code: 'returned_unclear',
      message: 'RCD-04 says that units went back: whether RCD-02 holds them is not certain',
      standardCode: '7',
      element: 4,
    });
  }
  const { present, short } = sortedExceptions(exceptionsOf(reading, head));
  const received = receivedOf(reading, head, present, short);
  if (received === undefined) return [];
  return [
    {
      line: name,
      ids,
      ...lotOf(reading, loop),
      received,
      exceptions: present,
      ...shortOf(short),
      reversal: false,
    },
  ];
}

/** The one order it is about: PRF, else the only PO that its lines and references name. */
function orderOf(header: readonly Segment[], loops: readonly LineLoop[]): string {
  const orders = new Set(
    [...header, ...loops.flatMap(({ body }) => body)].flatMap((segment) => {
      if (segment.tag === 'PRF') return [segment.element(1).trim()];
      return segment.tag === 'REF' && segment.element(1) === 'PO' ? [segment.element(2).trim()] : [];
    }),
  );
  orders.delete('');
  const [order = ''] = orders;
  return orders.size === 1 ? order : '';
}

/** Reads an 861; undefined when its frame is missing, and then the findings say what. */
export function receivingAdviceOf(reading: X12Reading): ReceiptAdvice | undefined {
  const { document, findings } = reading;
  const { header, lines: loops, closing } = loopsOf(document, 'RCD', '', ['CTT', 'SE']);
  const head = segmentOf(header, 'BRA');
  if (!head) return findings.missing('BRA', 'the receiving advice is not named');
  if (loops.length === 0) findings.missing('RCD', 'nothing is said to have been received');
  const number = requiredAt(reading, head, 1, 'the number of the receiving advice');
  const receivedOn = segmentOf(header, 'DTM', '050');
  const moment = momentAt(reading, [
    ...(receivedOn ? [{ segment: receivedOn, date: 2, time: 3, zone: 4 }] : []),
    { segment: head, date: 2, time: 5 },
  ]);
  if (moment === undefined && head.element(2).trim() === '')
    requiredAt(reading, head, 2, 'the day of the receipt');

  const nameOf = lineNames();
  const lines = loops.flatMap((loop) =>
    lineOf(reading, loop, nameOf(loop.head.element(1).trim() || String(loop.place))),
  );
  const totals = segmentOf(closing, 'CTT');
  if (totals) {
    checkTotal(reading, totals, 1, [String(loops.length)], 'the number of lines');
    const counted = loops.map(({ head }) => head.element(2).trim()).filter((text) => /^\d{1,15}$/.test(text));
    if (counted.length === loops.length)
      checkTotal(reading, totals, 2, [sumText(counted)], 'the sum of RCD-02');
  }
  const purpose = purposeAt(reading, head, 3);
  if (number === undefined || moment === undefined) return undefined;
  return {
    kind: 'receipt',
    source: '861',
    number,
    purpose,
    ...datedBy(moment),
    warehouse: warehouseOf(reading, header, 'arrives', ['N1:ST', 'N1:RC']),
    order: orderOf(header, loops),
    references: referencesOf(header, {}),
    isReturn: false,
    exceptionsOnly: false,
    lines,
  };
}
