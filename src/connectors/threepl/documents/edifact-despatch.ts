// DESADV: a warehouse's shipment advice or a supplier's despatch notice, and the rule that tells one from the other.
import { quantityFrom, quantityText, sum, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { Segment } from '../edi/segment.ts';
import type { DespatchNotice, ShipmentAdvice } from './document.ts';
import { type EdifactHead, headOf } from './edifact-head.ts';
import { groupedBy, itemOf, lotShares, packageCode } from './edifact-line.ts';
import { CODE, type EdifactMessageReader, type LineBlock } from './edifact-message.ts';

/** 351 is the despatch advice, 270 the delivery note that some warehouses send under the same message. */
const NAMES = ['351', '270'];
/** Despatch (11), shipment (10 is requested only), then the document's own date. */
const DATES = ['11', '186', '137'];
/** Our order: order number, delivery order, buyer's order. */
const ORDERS = ['ON', 'AAJ', 'CO'];
/** Carrier's reference, transport document, house waybill. */
const TRACKING = ['CN', 'AAS', 'CW', 'HWB'];

/** Goods on a line that did leave. */
const DESPATCHED = ['12'];
const ORDERED = ['21'];

/**
 * A DESADV that names an order (RFF ON, AAJ or CO, in its head or at its lines) tells what became of that order, and is a
 * shipment advice; one that names none announces goods of the sender's own accord, and is a despatch notice. The names of
 * its parties decide nothing: the same warehouse is SU in one guide and SH in another. A supplier's notice that repeats a
 * purchase order therefore reads as the shipment of an order that nobody knows, and is held; the other way round goods
 * that left would be announced as coming.
 */
export function readDespatch(reader: EdifactMessageReader): ShipmentAdvice | DespatchNotice | undefined {
  const head = headOf(reader, { names: NAMES, dates: DATES, orders: ORDERS });
  const order = head && orderOf(reader, head);
  if (!head || order === undefined) return undefined;
  if (reader.lines.length === 0 && head.purpose !== 'cancel') {
    reader.note(undefined, {
      code: 'lines_missing',
      message: 'the message has no line',
      standardCode: CODE.missing,
    });
    return undefined;
  }
  const lines = reader.lines.flatMap((block) => linesOf(reader, block));
  const total = lines.reduce((all, { shipped }) => sum(all, quantityFrom(shipped.value)), ZERO);
  reader.checkTotals(quantityText(total));
  return order === '' ? noticeOf(head, lines) : shipmentOf(reader, { ...head, order }, lines);
}

/** The one order the message is about; undefined, and said, when its lines name several. */
function orderOf(reader: EdifactMessageReader, head: EdifactHead): string | undefined {
  if (head.order !== '') return head.order;
  const found = new Set(
    reader.lines.flatMap(({ segments }) => segments.filter(({ tag }) => tag === 'RFF').flatMap(orderAt)),
  );
  if (found.size <= 1) return [...found][0] ?? '';
  reader.note(undefined, { code: 'orders_several', message: 'the lines belong to several orders' });
  return undefined;
}

const orderAt = (rff: Segment): readonly string[] =>
  ORDERS.includes(rff.element(1)) && rff.component(1, 2) !== '' ? [rff.component(1, 2)] : [];

type DespatchLine = ShipmentAdvice['lines'][number] & { readonly package?: string };

function linesOf(reader: EdifactMessageReader, block: LineBlock): readonly DespatchLine[] {
  const [beforeMarks = []] = groupedBy(block.segments, 'PCI');
  const [own = []] = groupedBy(beforeMarks, 'LOC');
  const before = reader.findings.length;
  const ids = itemOf(reader, block);
  const shipped = reader.only(own, DESPATCHED);
  if (!shipped && reader.findings.length === before + (ids ? 0 : 1)) lackingQuantity(reader, block);
  const shares = shipped && lotShares(reader, block, shipped);
  if (!ids || !shares) return [];
  const ordered = reader.only(own, ORDERED);
  const variance = block.segments.find(({ tag }) => tag === 'QVR');
  const carried = packageCode(block.segments) ?? aroundOf(block.package).code;
  return shares.map(({ quantity, lot }, index) => ({
    line: shares.length > 1 ? `${block.line}/${index + 1}` : block.line,
    ids,
    ...(lot && { lot }),
    shipped: quantity,
    ...(ordered && shares.length === 1 && { ordered }),
    ...(variance && variance.element(2) !== '' && { status: variance.element(2) }),
    ...(variance && variance.element(3) !== '' && { reason: variance.element(3) }),
    reversal: false,
    tracking: [...aroundOf(block.package).tracking, ...trackingIn(block.segments)],
    ...(carried !== undefined && { package: carried }),
  }));
}

function lackingQuantity(reader: EdifactMessageReader, block: LineBlock): void {
  reader.note(block.lin, {
    code: 'quantity_missing',
    message: 'the line has no despatched quantity (QTY 12)',
    standardCode: CODE.missing,
  });
}

interface Around {
  readonly code: string | undefined;
  readonly tracking: readonly string[];
}
const packages = new WeakMap<readonly Segment[], Around>();

/** Looked up once for a package, however many lines it holds. */
function aroundOf(segments: readonly Segment[]): Around {
  const known = packages.get(segments) ?? { code: packageCode(segments), tracking: trackingIn(segments) };
  packages.set(segments, known);
  return known;
}

const trackingIn = (segments: readonly Segment[]): readonly string[] =>
  segments
    .filter((segment) => segment.tag === 'RFF' && TRACKING.includes(segment.element(1)))
    .map((segment) => segment.component(1, 2))
    .filter(Boolean);

const noticeOf = (head: EdifactHead, lines: readonly DespatchLine[]): DespatchNotice => ({
  kind: 'despatch',
  ...head,
  lines: lines.map(({ line, ids, lot, shipped, package: carried }) => ({
    line,
    ids,
    ...(lot && { lot }),
    shipped,
    ...(carried !== undefined && { package: carried }),
  })),
});

function shipmentOf(
  reader: EdifactMessageReader,
  head: EdifactHead,
  lines: readonly DespatchLine[],
): ShipmentAdvice {
  const transport = reader.head.find(({ tag }) => tag === 'TDT');
  const carrier = transport && (transport.component(5, 1) || transport.component(5, 4));
  return {
    kind: 'shipment',
    ...head,
    lines: lines.map(({ package: _carried, ...line }) => line),
    tracking: trackingIn(reader.head),
    ...(carrier && { carrier }),
    ...(reader.total !== undefined && { totalShipped: reader.total }),
  };
}
