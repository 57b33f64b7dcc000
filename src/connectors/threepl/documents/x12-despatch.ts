// Reads the 856 of a supplier: goods are on their way. Its tree is built from the parent each level names (HL-02); the
// structure code in BSN-05 is not believed, because files contradict it.
import type { Segment } from '../edi/segment.ts';
import type { DespatchNotice } from './document.ts';
import { datedBy, momentAt } from './x12-dates.ts';
import { itemIdsOf, lotOf, referencesOf, warehouseOf } from './x12-details.ts';
import { lineNames, loopsOf, segmentOf } from './x12-loops.ts';
import { checkTotal, purposeAt, quantityAt, requiredAt, sumText, type X12Reading } from './x12-values.ts';

interface Level {
  readonly head: Segment;
  readonly body: readonly Segment[];
  readonly code: string;
  readonly parent: Level | undefined;
  readonly children: Level[];
}

/**
 * The parent of a level that names none: where its own kind stands above already it is that one's brother, else the child
 * of the level before it.
 */
function impliedParent(code: string, previous: Level | undefined): Level | undefined {
  for (let level = previous; level; level = level.parent) if (level.code === code) return level.parent;
  return previous;
}

function levelsOf(reading: X12Reading): {
  readonly header: readonly Segment[];
  readonly levels: readonly Level[];
  readonly closing: readonly Segment[];
} {
  const { header, lines, closing } = loopsOf(reading.document, 'HL', '', ['CTT', 'SE']);
  const byId = new Map<string, Level>();
  const levels: Level[] = [];
  for (const { head, body } of lines) {
    const id = requiredAt(reading, head, 1, 'the number of the level');
    const code = requiredAt(reading, head, 3, 'the kind of the level');
    if (id === undefined || code === undefined) continue;
    const named = head.element(2).trim();
    const parent = named === '' ? impliedParent(code, levels.at(-1)) : byId.get(named);
    if (named !== '' && parent === undefined) {
      reading.findings.reject(head, {
        code: 'parent_unknown',
        message: 'HL-02 names a level that does not stand before it: what belongs to what is not certain',
        standardCode: '7',
        element: 2,
      });
    }
    if (byId.has(id)) {
      reading.findings.reject(head, {
        code: 'level_repeated',
        message: 'HL-01 was given to an earlier level: what belongs to what is not certain',
        standardCode: '7',
        element: 1,
      });
    }
    const level: Level = { head, body, code, parent, children: [] };
    parent?.children.push(level);
    byId.set(id, level);
    levels.push(level);
  }
  return { header, levels, closing };
}

/** The SSCC of a package: MAN with GM or AA; the application identifier 00 before its 18 digits is no part of it. */
function packageMark(level: Level): string | undefined {
  for (const segment of level.body) {
    if (segment.tag !== 'MAN') continue;
    for (const at of [1, 4]) {
      const value = segment.element(at + 1).trim();
      if (['GM', 'AA'].includes(segment.element(at).trim()) && value !== '') {
        return /^00\d{18}$/.test(value) ? value.slice(2) : value;
      }
    }
  }
  return undefined;
}

/** The nearest package around the item, or its only one below, where files put packages under items. */
function packageOf(item: Level): string | undefined {
  for (let level: Level | undefined = item; level; level = level.parent) {
    const mark = packageMark(level);
    if (mark !== undefined) return mark;
  }
  const below = item.children.map(packageMark).filter((mark) => mark !== undefined);
  return below.length === 1 ? below[0] : undefined;
}

function orderOf(item: Level): string {
  for (let level: Level | undefined = item; level; level = level.parent) {
    const order = segmentOf(level.body, 'PRF')?.element(1).trim();
    if (order) return order;
  }
  return '';
}

function lineOf(reading: X12Reading, item: Level, name: string): DespatchNotice['lines'] {
  const { findings } = reading;
  const lin = segmentOf(item.body, 'LIN');
  const sn1 = segmentOf(item.body, 'SN1');
  if (!lin || !sn1) {
    findings.reject(item.head, {
      code: lin ? 'quantity_missing' : 'item_missing',
      message: lin
        ? 'an item without SN1: how much was shipped is not said'
        : 'an item without LIN: it is not named',
      standardCode: '3',
    });
    return [];
  }
  const ids = itemIdsOf(reading, lin);
  const shipped = quantityAt(reading, sn1, 2, 3, 'what was shipped');
  const lot = lotOf(reading, { head: lin, body: item.body.filter((segment) => segment !== lin), around: [] });
  if (shipped === undefined) return [];
  const mark = packageOf(item);
  const order = orderOf(item);
  return [
    {
      line: name,
      ids,
      ...lot,
      shipped,
      ...(mark !== undefined && { package: mark }),
      ...(order !== '' && { order }),
    },
  ];
}

/** Reads an 856; undefined when its frame is missing, and then the findings say what. */
export function despatchNoticeOf(reading: X12Reading): DespatchNotice | undefined {
  const { findings } = reading;
  const { header, levels, closing } = levelsOf(reading);
  const head = segmentOf(header, 'BSN');
  if (!head) return findings.missing('BSN', 'the shipment is not named');
  const items = levels.filter(({ code, body }) => code === 'I' || segmentOf(body, 'SN1') !== undefined);
  if (items.length === 0) findings.missing('HL', 'no item is said to have been shipped');
  const number = requiredAt(reading, head, 2, 'the number of the shipment');
  const shipment = [...header, ...levels.filter(({ code }) => code === 'S').flatMap(({ body }) => body)];
  const shippedOn = segmentOf(shipment, 'DTM', '011');
  const moment = momentAt(reading, [
    ...(shippedOn ? [{ segment: shippedOn, date: 2, time: 3, zone: 4 }] : []),
    { segment: head, date: 3, time: 4 },
  ]);
  if (moment === undefined && head.element(3).trim() === '')
    requiredAt(reading, head, 3, 'the day of the shipment');

  const nameOf = lineNames();
  const lines = items.flatMap((item, index) =>
    lineOf(reading, item, nameOf(segmentOf(item.body, 'LIN')?.element(1).trim() || String(index + 1))),
  );
  const totals = segmentOf(closing, 'CTT');
  if (totals) {
    // Writers count levels or items; the standard left it to them.
    checkTotal(reading, totals, 1, [String(levels.length), String(items.length)], 'the number of levels');
    checkTotal(reading, totals, 2, [sumText(lines.map((line) => line.shipped.value))], 'the sum of SN1-02');
  }
  const orders = [...new Set(lines.map(({ order }) => order ?? ''))].filter((order) => order !== '');
  const purpose = purposeAt(reading, head, 1);
  if (number === undefined || moment === undefined) return undefined;
  return {
    kind: 'despatch',
    source: '856',
    number,
    purpose,
    ...datedBy(moment),
    warehouse: warehouseOf(reading, shipment, 'arrives', ['N1:ST', 'N1:RC']),
    order: orders.length === 1 ? (orders[0] ?? '') : '',
    references: referencesOf(shipment, { purchaseOrder: orders.join(' ') }),
    lines,
  };
}
