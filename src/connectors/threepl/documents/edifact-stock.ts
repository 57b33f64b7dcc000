// INVRPT: a stock report, or stock movements inside the warehouse. Reads the shape of D.96A (QTY before INV) and of D.01B
// (INV before QTY) by what stands there, and takes a total or its parts, never both.
import {
  negated,
  quantityFrom,
  quantityText,
  sum,
  type Quantity as Units,
  ZERO,
} from '../../../core/vocabulary/quantity.ts';
import type { Segment } from '../edi/segment.ts';
import type { AdjustmentAdvice, ItemId, LotMark, Quantity, StockReport } from './document.ts';
import { headOf, nameOf, PARTIAL_FUNCTIONS, warehouseIn } from './edifact-head.ts';
import { itemOf, lotIn } from './edifact-line.ts';
import { CODE, type EdifactMessageReader, type LineBlock } from './edifact-message.ts';

const REPORT = ['35'];
/** Movement advice, and EANCOM's status adjustment. */
const MOVEMENTS = ['78', '85E'];
/** Inventory report date, end of the reported time, then the document's own date. */
const REPORT_DATES = ['366', '91', '137'];
const MOVEMENT_DATES = ['179', '9', '334', '137'];
/** Goods location and warehouse (3227): where a line names its own. */
const PLACES = ['14', '18'];
/** Status of stock that needs no saying (7491). */
const ACCEPTED = '1';
const OUT = '1';
const IN = '2';

export function readInventory(reader: EdifactMessageReader): StockReport | AdjustmentAdvice | undefined {
  return MOVEMENTS.includes(nameOf(reader)) ? readMovements(reader) : readReport(reader);
}

/** One QTY with what is said of it. */
interface Count {
  readonly code: string;
  readonly quantity: Quantity;
  readonly lot: LotMark | undefined;
  readonly warehouse: string;
  /** Of 7491; '' for stock that is accepted. */
  readonly status: string;
  readonly direction: string;
  readonly reason: string;
  /** It has marks, a lot or a place of its own: a part of the line's stock. */
  readonly isPart: boolean;
  readonly segment: Segment;
}

/** Counts of a line; undefined, and said, when one of them cannot be read. */
function countsOf(reader: EdifactMessageReader, block: LineBlock): readonly Count[] | undefined {
  const opener = block.segments.find(({ tag }) => tag === 'QTY' || tag === 'INV')?.tag ?? 'QTY';
  const first = block.segments.findIndex(({ tag }) => tag === opener);
  const own = first < 0 ? block.segments : block.segments.slice(0, first);
  const groups = first < 0 ? [] : groupsOf(block.segments.slice(first), opener);
  const before = reader.findings.length;
  const around = { lot: lotIn(reader, block, own), warehouse: placeIn(reader, own) };
  const counts = groups.flatMap((segments) => countsIn(reader, block, around, segments));
  return reader.findings.slice(before).some(({ severity }) => severity === 'reject')
    ? undefined
    : atOnePlace(counts);
}

/** A line that names one place names it for all its quantities, except those that it names a part of. */
function atOnePlace(counts: readonly Count[]): readonly Count[] {
  const places = new Set(counts.map(({ warehouse }) => warehouse).filter(Boolean));
  const [place] = places;
  if (places.size !== 1 || place === undefined) return counts;
  const byCode = Map.groupBy(counts, ({ code }) => code);
  return counts.map((count) =>
    count.warehouse === '' && byCode.get(count.code)?.length === 1 ? { ...count, warehouse: place } : count,
  );
}

function groupsOf(segments: readonly Segment[], opener: string): readonly (readonly Segment[])[] {
  const groups: Segment[][] = [];
  for (const segment of segments) {
    if (segment.tag === opener) groups.push([]);
    groups.at(-1)?.push(segment);
  }
  return groups;
}

/** Counts of one group; a group of D.01B may hold several, and what is said there holds for each. */
function countsIn(
  reader: EdifactMessageReader,
  block: LineBlock,
  around: { readonly lot: LotMark | undefined; readonly warehouse: string },
  segments: readonly Segment[],
): readonly Count[] {
  const inventory = segments.find(({ tag }) => tag === 'INV');
  const status = inventory?.element(2) ?? '';
  const placed = placeIn(reader, segments);
  const lot = lotIn(reader, block, segments);
  const said = {
    lot: lot ?? around.lot,
    warehouse: placed || around.warehouse,
    status: status === ACCEPTED ? '' : status,
    direction: inventory?.element(1) ?? '',
    reason: inventory?.element(3) ?? '',
    isPart:
      lot !== undefined || placed !== '' || segments.some(({ tag }) => ['GIN', 'CPS', 'PAC'].includes(tag)),
  };
  return segments
    .filter(({ tag }) => tag === 'QTY')
    .flatMap((segment) => {
      const quantity = reader.quantityOf(segment);
      return quantity ? [{ ...said, code: segment.element(1), quantity, segment }] : [];
    });
}

function placeIn(reader: EdifactMessageReader, segments: readonly Segment[]): string {
  const named = warehouseIn(reader, segments);
  if (named !== '') return named;
  const place = segments.find((segment) => segment.tag === 'LOC' && PLACES.includes(segment.element(1)));
  return place?.element(2) ?? '';
}

function readReport(reader: EdifactMessageReader): StockReport | undefined {
  const head = headOf(reader, { names: REPORT, dates: REPORT_DATES, orders: [] });
  if (!head) return undefined;
  const bgm = reader.head.find(({ tag }) => tag === 'BGM');
  const lines = reader.lines.flatMap((block) => stockLines(reader, block));
  reader.checkTotals(undefined);
  const extent = PARTIAL_FUNCTIONS.includes(bgm?.element(3) ?? '') ? 'partial' : 'full';
  return { kind: 'stock', ...head, extent, lines };
}

type StockLine = StockReport['lines'][number];

function stockLines(reader: EdifactMessageReader, block: LineBlock): readonly StockLine[] {
  const ids = itemOf(reader, block);
  const counts = countsOf(reader, block);
  if (!ids || !counts) return [];
  if (counts.length === 0) {
    reader.note(block.lin, {
      code: 'quantity_missing',
      message: 'the line has no quantity',
      standardCode: CODE.missing,
    });
    return [];
  }
  const taken = [...Map.groupBy(counts, reportedCode)].flatMap(([code, all]) => takenOf(reader, code, all));
  const places = Map.groupBy(taken, ({ lot, warehouse }) => JSON.stringify([lot?.code ?? null, warehouse]));
  return [...places.values()].map((all, index) =>
    stockLine(block, ids, all, places.size > 1 ? index + 1 : 0),
  );
}

/** The quantity's code; stock that is not accepted has its status behind it: `145:2` is damaged stock. */
const reportedCode = ({ code, status }: Count): string => (status === '' ? code : `${code}:${status}`);

interface Taken {
  readonly code: string;
  readonly quantity: Quantity;
  readonly lot: LotMark | undefined;
  readonly warehouse: string;
}

/** The total when it stands alone or its parts tell no lot and no place; otherwise the parts, added up by lot and place. */
function takenOf(reader: EdifactMessageReader, code: string, counts: readonly Count[]): readonly Taken[] {
  const totals = counts.filter(({ isPart }) => !isPart);
  const parts = counts.filter(({ isPart }) => isPart);
  const [total, second] = totals;
  if (second) {
    reader.note(second.segment, {
      code: 'quantity_repeated',
      message: 'a line names the same quantity twice, and no part of it',
      standardCode: '35',
      value: code,
    });
    return [];
  }
  const isUniform = counts.every(({ quantity }) => quantity.unit === counts[0]?.quantity.unit);
  if (!isUniform) {
    reader.note(counts[0]?.segment, {
      code: 'units_differ',
      message: 'one quantity is reported in several units',
      value: code,
    });
    return [];
  }
  const places = Map.groupBy(parts, ({ lot, warehouse }) => JSON.stringify([lot?.code ?? null, warehouse]));
  const added = [...places.values()].flatMap((all) => addedUp(reader, code, all));
  if (!total) return added;
  const reported = { code, quantity: total.quantity, lot: total.lot, warehouse: total.warehouse };
  if (parts.length === 0) return [reported];
  const whole = quantityFrom(total.quantity.value);
  const isWhole =
    parts.reduce<Units>((all, { quantity }) => sum(all, quantityFrom(quantity.value)), ZERO) === whole;
  if (!isWhole) partsDiffer(reader, total.segment);
  // Parts that fall short tell nothing certain about any lot, and the total still does about the item.
  const isTelling = parts.every(({ lot, warehouse }) => lot !== total.lot || warehouse !== total.warehouse);
  return isWhole && isTelling ? added : [reported];
}

function partsDiffer(reader: EdifactMessageReader, segment: Segment): void {
  if (reader.options.totals === 'ignore') return;
  reader.note(segment, {
    code: 'total_mismatch',
    severity: reader.options.totals === 'reject' ? 'reject' : 'warning',
    message: 'the parts of a quantity are not its total; the total is taken',
    standardCode: CODE.count,
    value: segment.component(1, 2),
  });
}

function addedUp(reader: EdifactMessageReader, code: string, counts: readonly Count[]): readonly Taken[] {
  const [first] = counts;
  if (!first) return [];
  const total = counts.reduce<Units>((all, { quantity }) => sum(all, quantityFrom(quantity.value)), ZERO);
  const value = reader.textOf(total, first.segment);
  if (value === undefined) return [];
  const quantity = { value, unit: first.quantity.unit };
  return [{ code, quantity, lot: first.lot, warehouse: first.warehouse }];
}

function stockLine(
  block: LineBlock,
  ids: readonly ItemId[],
  all: readonly Taken[],
  share: number,
): StockLine {
  const [first] = all;
  return {
    line: share > 0 ? `${block.line}/${share}` : block.line,
    ids,
    ...(first?.lot && { lot: first.lot }),
    quantities: all.map(({ code, quantity }) => ({ code, quantity })),
    ...(first && first.warehouse !== '' && { warehouse: first.warehouse }),
  };
}

function readMovements(reader: EdifactMessageReader): AdjustmentAdvice | undefined {
  const head = headOf(reader, { names: MOVEMENTS, dates: MOVEMENT_DATES, orders: ['ON'] });
  if (!head) return undefined;
  const lines = reader.lines.flatMap((block) => movementLines(reader, block));
  reader.checkTotals(undefined);
  if (reader.lines.length === 0 && head.purpose !== 'cancel')
    reader.note(undefined, {
      code: 'lines_missing',
      message: 'the message has no line',
      standardCode: CODE.missing,
    });
  return { kind: 'adjustment', ...head, lines };
}

type MovementLine = AdjustmentAdvice['lines'][number];

function movementLines(reader: EdifactMessageReader, block: LineBlock): readonly MovementLine[] {
  const ids = itemOf(reader, block);
  const counts = countsOf(reader, block);
  if (!ids || !counts) return [];
  if (counts.length === 0) {
    reader.note(block.lin, {
      code: 'quantity_missing',
      message: 'the line has no quantity',
      standardCode: CODE.missing,
    });
    return [];
  }
  const place = counts.map(({ warehouse }) => warehouse).find(Boolean);
  if (place !== undefined && counts.some(({ warehouse }) => warehouse !== place)) {
    reader.note(block.lin, { code: 'places_several', message: 'a line moves stock at several places' });
    return [];
  }
  const change = stateChangeOf(counts);
  if (change) return [{ line: block.line, ids, ...change }];
  return counts.flatMap((count, index) => {
    const line = counts.length > 1 ? `${block.line}/${index + 1}` : block.line;
    const moved = movedOf(reader, count);
    return moved ? [{ line, ids, ...moved }] : [];
  });
}

type Moved = Omit<MovementLine, 'line' | 'ids'>;

/** Out of one state and into another, the same quantity of the same lot: one change of state. */
function stateChangeOf(counts: readonly Count[]): Moved | undefined {
  const from = counts.find(({ direction }) => direction === OUT);
  const to = counts.find(({ direction }) => direction === IN);
  if (counts.length !== 2 || !from || !to || from.status === to.status) return undefined;
  if (from.quantity.unit !== to.quantity.unit || from.lot?.code !== to.lot?.code) return undefined;
  const quantity = quantityFrom(from.quantity.value);
  if (quantity !== quantityFrom(to.quantity.value) || quantity < 0n) return undefined;
  return {
    ...(from.lot && { lot: from.lot }),
    quantity: from.quantity,
    reason: from.reason || to.reason,
    fromState: from.status || ACCEPTED,
    toState: to.status || ACCEPTED,
  };
}

/** A movement in is above zero and a movement out below; one that says in and is below zero says two things. */
function movedOf(reader: EdifactMessageReader, count: Count): Moved | undefined {
  const units = quantityFrom(count.quantity.value);
  const { direction, status, reason, lot } = count;
  if (direction !== OUT && direction !== IN) {
    reader.note(count.segment, {
      code: 'direction_missing',
      message: 'the line does not say whether stock went in or out (INV 4501)',
      standardCode: direction === '' ? CODE.missing : CODE.invalid,
      value: direction,
    });
    return undefined;
  }
  if (units < 0n) {
    reader.note(count.segment, {
      code: 'quantity_sign_conflict',
      message: 'the quantity is below zero and the line says in or out as well',
      element: { position: 1, component: 2, reference: '6060' },
      value: count.quantity.value,
    });
    return undefined;
  }
  return {
    ...(lot && { lot }),
    quantity: { ...count.quantity, value: quantityText(direction === OUT ? negated(units) : units) },
    reason,
    transactionType: direction === OUT ? 'out' : 'in',
    ...(status !== '' && (direction === OUT ? { fromState: status } : { toState: status })),
  };
}
