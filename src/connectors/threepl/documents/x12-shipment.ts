// Reads the 945: what a warehouse has shipped. The quantity is always W12-03, the number of units that left; what was
// ordered and why it was less are kept beside it and never stand in for it.
import type { Instant } from '../../../core/vocabulary/instant.ts';
import type { EdiDocument, Segment } from '../edi/segment.ts';
import { segmentsOf } from '../edi/x12-segments.ts';
import type { ShipmentAdvice } from './document.ts';
import { spanUntil } from './span.ts';
import { SHIPMENT_STATUSES } from './x12-codes.ts';
import { type Dated, type DatePlace, datedBy, type MomentRead, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotMarkOf, referencesOf, reversalAt, warehouseOf } from './x12-details.ts';
import { type LineLoop, lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import { listOf, type Surroundings, surroundingsOf, trackingOf } from './x12-surroundings.ts';
import { checkTotal, numberAt, quantityAt, sumText, textAt, type X12Reading } from './x12-values.ts';

/** Element 514 where goods leave: these say that it is an account of what was shipped. */
const SHIPPED = ['', 'F', 'N', 'X', 'J', 'B', 'R', 'K'];

function purposeOf(reading: X12Reading, head: Segment): ShipmentAdvice['purpose'] {
  const reporting = head.element(1).trim();
  if (!SHIPPED.includes(reporting)) {
    reading.findings.reject(head, {
      code: 'reporting_code_unclear',
      message: 'W06-01: with this reporting code the document is no account of a shipment',
      standardCode: '7',
      element: 1,
    });
  }
  const action = head.element(12).trim();
  if (action === '2') {
    reading.findings.reject(head, {
      code: 'purpose_unclear',
      message: 'W06-12 says change: it is not certain whether the lines it leaves out still stand',
      standardCode: '7',
      element: 12,
    });
  }
  if (reporting === 'K') return 'simulation';
  return action === '3' || action === 'C' ? 'cancel' : action === '15' ? 'replace' : 'original';
}

/**
 * The shipment's number: its shipment id (W06-04), else the agent's (W06-05), else N9*SI, else the bill of lading (N9*BM),
 * else the order with the day it left, because one order may leave in parts on several days.
 */
function numberOf(
  reading: X12Reading,
  head: Segment,
  header: readonly Segment[],
  day: string | undefined,
): string | undefined {
  const own =
    head.element(4).trim() ||
    head.element(5).trim() ||
    segmentOf(header, 'N9', 'SI')?.element(2).trim() ||
    segmentOf(header, 'N9', 'BM')?.element(2).trim();
  if (own) return own;
  const order = head.element(2).trim();
  if (order !== '') return day === undefined ? order : `${order}/${day}`;
  return reading.findings.reject(head, {
    code: 'number_missing',
    message: 'the shipment has no number: W06-02, 04 and 05 are empty, and there is no N9 with SI or BM',
    standardCode: '1',
    element: 4,
  });
}

const KNOWN_STATUSES: ReadonlySet<string> = new Set(Object.keys(SHIPMENT_STATUSES));

type ShippedLine = ShipmentAdvice['lines'][number];

function lineOf(
  reading: X12Reading,
  loop: LineLoop,
  { tracking, bits }: Surroundings,
  name: string,
): ShippedLine | undefined {
  const { head } = loop;
  const { findings } = reading;
  const status = textAt(head, 1);
  if (status === '') {
    findings.warn(head, {
      code: 'element_missing',
      message: 'W12-01 is empty: what became of the ordered line is not said, only how much was shipped',
      standardCode: '1',
      element: 1,
    });
  } else if (!KNOWN_STATUSES.has(status)) {
    findings.warn(head, {
      code: 'status_unknown',
      message: 'W12-01 is a status that is not known here; it is kept as it is',
      standardCode: '7',
      element: 1,
    });
  }
  // A substitute's own ids stand in 06 to 08; 16 to 18 then name what had been ordered.
  const ids = itemIdsOf(reading, head, status === 'IS' ? SUBSTITUTED : undefined);
  const shipped = quantityAt(reading, head, 3, 5, 'what was shipped');
  const ordered = numberAt(reading, head, 2);
  const lot = lotMarkOf(reading, loop, bits);
  const reversal = reversalAt(reading, head, 20);
  if (shipped === undefined) return undefined;
  const reason = textAt(head, 19);
  const told = ordered === undefined ? undefined : { value: ordered, unit: shipped.unit };
  // Most lines are of this shape; made at once, it costs half of what it costs made piece by piece.
  if (lot && told && status !== '' && reason === '')
    return { line: name, ids, lot, shipped, ordered: told, status, reversal, tracking };
  const line: Draft<ShippedLine> = { line: name, ids, shipped, reversal, tracking };
  if (lot) line.lot = lot;
  if (told) line.ordered = told;
  if (status !== '') line.status = status;
  if (reason !== '') line.reason = reason;
  return line;
}

/** While it is put together. */
type Draft<Whole> = { -readonly [Key in keyof Whole]: Whole[Key] };

/** Elements that name what had been ordered, where a substitute was shipped. */
const SUBSTITUTED = [16, 17];

/** Of the whole document, each once. */
function everyTrackingOf(
  document: EdiDocument,
  header: readonly Segment[],
  lines: readonly ShippedLine[],
): readonly string[] {
  let numbers = trackingOf(segmentsOf(document), header.length);
  for (const { tracking } of lines)
    if (tracking.length > 0) {
      numbers ??= new Set();
      for (const number of tracking) numbers.add(number);
    }
  return listOf(numbers);
}

const undated = (receivedAt: Instant): Dated => ({ occurredAt: receivedAt, within: spanUntil(receivedAt) });

/** The day and time the shipment left, where they are told. */
function momentOf(reading: X12Reading, head: Segment, header: readonly Segment[]): MomentRead | undefined {
  const shippedOn = segmentOf(header, 'G62', '11');
  const ordered: DatePlace = { segment: head, date: 3 };
  if (!shippedOn) return momentAt(reading, [ordered]);
  return momentAt(reading, [{ segment: shippedOn, date: 2, time: 4, zone: 5 }, ordered]);
}

/** Reads a 945; undefined when its frame is missing, and then the findings say what. */
export function shipmentAdviceOf(reading: X12Reading): ShipmentAdvice | undefined {
  const { document, options, findings } = reading;
  const { header, lines: loops, closing } = loopsOf(document, 'W12', 'LX', CLOSING);
  const head = segmentOf(header, 'W06');
  if (!head) return findings.missing('W06', 'the order and the shipment are not named');
  if (loops.length === 0) findings.missing('W12', 'nothing is said to have been shipped');

  const moment = momentOf(reading, head, header);
  const { occurredAt, within } = moment ? datedBy(moment) : undated(options.receivedAt);
  const number = numberOf(reading, head, header, moment?.day);

  const nameOf = lineNames();
  const lines: ShippedLine[] = [];
  const shipped: string[] = [];
  for (const loop of loops) {
    const surroundings = surroundingsOf(loop);
    const line = lineOf(reading, loop, surroundings, nameOf(surroundings.number));
    if (line === undefined) continue;
    lines.push(line);
    shipped.push(line.shipped.value);
  }
  const total = segmentOf(closing, 'W03');
  if (total) checkTotal(reading, total, 1, [sumText(shipped)], 'the sum of W12-03');
  const totalShipped = total && numberAt(reading, total, 1);
  const routing = segmentOf(header, 'W27');
  const carrier = routing?.element(2).trim() || routing?.element(3).trim();
  const purpose = purposeOf(reading, head);
  if (number === undefined) return undefined;
  const advice: Draft<ShipmentAdvice> = {
    kind: 'shipment',
    source: '945',
    number,
    purpose,
    occurredAt,
    warehouse: warehouseOf(reading, header, 'leaves'),
    order: head.element(2).trim(),
    references: referencesOf(header, {
      shipment: head.element(4),
      agentShipment: head.element(5),
      purchaseOrder: head.element(6),
      masterReference: head.element(7),
    }),
    lines,
    tracking: everyTrackingOf(document, header, lines),
  };
  if (within) advice.within = within;
  if (carrier) advice.carrier = carrier;
  if (totalShipped !== undefined) advice.totalShipped = totalShipped;
  return advice;
}

const CLOSING = ['W03', 'SE'] as const;
