// RECADV: goods have arrived at the warehouse. What was received, and which part of it is not good; when the figures
// contradict each other the message is not read.
import {
  difference,
  negated,
  quantityFrom,
  quantityText,
  smaller,
  sum,
  ZERO,
} from '../../../core/vocabulary/quantity.ts';
import type { Quantity, ReceiptAdvice } from './document.ts';
import { headOf } from './edifact-head.ts';
import { groupedBy, itemOf, lotShares } from './edifact-line.ts';
import { CODE, type EdifactMessageReader, type LineBlock } from './edifact-message.ts';

/** 632 goods receipt, 352 despatch advice's answer in EANCOM 1997. */
const NAMES = ['632', '352'];
/** Goods receipt, then the document's own date. */
const DATES = ['50', '137'];
/** Our announcement of the goods, then the order. */
const ORDERS = ['AAK', 'ON', 'CO'];
/** Returns notice. */
const RETURN_REFERENCE = 'ALQ';

const RECEIVED = ['48', '46'];
const ACCEPTED = '194';
/** Received and not accepted: to be returned, to be destroyed. */
const NOT_ACCEPTED = ['195', '196'];
const DESPATCHED = '12';
const DAMAGED = 'AF';

export function readReceipt(reader: EdifactMessageReader): ReceiptAdvice | undefined {
  const head = headOf(reader, { names: NAMES, dates: DATES, orders: ORDERS });
  if (!head) return undefined;
  if (reader.lines.length === 0 && head.purpose !== 'cancel') {
    reader.note(undefined, {
      code: 'lines_missing',
      message: 'the message has no line',
      standardCode: CODE.missing,
    });
    return undefined;
  }
  const lines = reader.lines.flatMap((block) => linesOf(reader, block));
  const total = lines.reduce((all, { received }) => sum(all, quantityFrom(received.value)), ZERO);
  reader.checkTotals(quantityText(total));
  return {
    kind: 'receipt',
    ...head,
    isReturn: head.references[RETURN_REFERENCE] !== undefined,
    exceptionsOnly: false,
    lines,
    ...(reader.total !== undefined && { totalReceived: reader.total }),
  };
}

type ReceiptLine = ReceiptAdvice['lines'][number];

function linesOf(reader: EdifactMessageReader, block: LineBlock): readonly ReceiptLine[] {
  const ids = itemOf(reader, block);
  const figures = figuresOf(reader, block);
  const shares = figures && lotShares(reader, block, figures.received);
  if (!ids || !figures || !shares) return [];
  const [only] = shares;
  if (shares.length === 1 && only)
    return [
      {
        line: block.line,
        ids,
        ...(only.lot && { lot: only.lot }),
        received: only.quantity,
        exceptions: figures.exceptions,
        reversal: false,
      },
    ];
  if (figures.exceptions.length > 0) {
    reader.note(block.lin, {
      code: 'lot_ambiguous',
      message: 'a part is not good, and nobody says of which lot',
      standardCode: CODE.other,
    });
    return [];
  }
  return shares.map(({ quantity, lot }, index) => ({
    line: `${block.line}/${index + 1}`,
    ids,
    ...(lot && { lot }),
    received: quantity,
    exceptions: [],
    reversal: false,
  }));
}

interface Figures {
  readonly received: Quantity;
  readonly exceptions: ReceiptLine['exceptions'];
}

/**
 * Received is QTY 48 (or 46); without it, what was accepted and what was not. Parts not accepted are inside what was
 * received. Undefined, and said, when there is no such quantity or the parts are more than the whole.
 */
function figuresOf(reader: EdifactMessageReader, block: LineBlock): Figures | undefined {
  const [own = []] = groupedBy(block.segments, 'PCI');
  const before = reader.findings.length;
  const whole = reader.only(own, RECEIVED);
  const accepted = reader.only(own, [ACCEPTED]);
  const refused = NOT_ACCEPTED.flatMap((condition) => {
    const quantity = reader.only(own, [condition]);
    return quantity ? [{ quantity, condition }] : [];
  });
  if (reader.findings.length > before) return undefined;
  const parts = [...refused.map(({ quantity }) => quantity), ...(accepted ? [accepted] : [])];
  const added = parts.reduce((all, { value }) => sum(all, quantityFrom(value)), ZERO);
  const first = whole ?? parts[0];
  if (!first) {
    reader.note(block.lin, {
      code: 'quantity_missing',
      message: 'the line has no received quantity (QTY 48, 46 or 194)',
      standardCode: CODE.missing,
    });
    return undefined;
  }
  const value = whole?.value ?? reader.textOf(added, block.lin);
  if (value === undefined) return undefined;
  const received = whole ?? { value, unit: first.unit };
  const total = quantityFrom(received.value);
  const isSound =
    parts.every(({ unit }) => unit === received.unit) && (accepted ? added === total : added <= total);
  if (!isSound) {
    reader.note(block.lin, {
      code: 'quantities_disagree',
      message: 'what was accepted and what was not are not what was received',
    });
    return undefined;
  }
  const damaged = refused.length > 0 ? [] : damagedOf(reader, block, received);
  return damaged && { received, exceptions: [...refused.filter(isAny), ...damaged] };
}

const isAny = ({ quantity }: { readonly quantity: Quantity }): boolean =>
  quantityFrom(quantity.value) !== ZERO;

/**
 * Damaged goods by QVR AF. Above zero they are a part of what was received; below zero they are missing from it, which is
 * certain only when the despatched quantity says so too.
 */
function damagedOf(
  reader: EdifactMessageReader,
  block: LineBlock,
  received: Quantity,
): ReceiptLine['exceptions'] | undefined {
  const [own = []] = groupedBy(block.segments, 'PCI');
  const variances = block.segments.filter(({ tag }) => tag === 'QVR');
  const damaged = variances.filter((segment) => segment.element(2) === DAMAGED);
  if (damaged.length === 0) return [];
  const despatched = reader.only(own, [DESPATCHED]);
  const total = quantityFrom(received.value);
  let rest = total;
  const exceptions: ReceiptLine['exceptions'][number][] = [];
  for (const segment of damaged) {
    const quantity = reader.quantityOf(segment, 'QVR');
    if (!quantity) return undefined;
    const value = quantityFrom(quantity.value);
    const reason = segment.element(3);
    rest = difference(rest, value > 0n ? value : ZERO);
    if (value > 0n)
      exceptions.push({
        quantity: { value: quantityText(value), unit: received.unit },
        condition: DAMAGED,
        ...(reason !== '' && { reason }),
      });
    else if (!despatched || difference(quantityFrom(despatched.value), total) < negated(value)) {
      reader.note(segment, {
        code: 'damage_unclear',
        message: 'damaged goods may be inside the received quantity or outside',
        value: quantity.value,
      });
      return undefined;
    }
  }
  if (smaller(rest, ZERO) === ZERO) return exceptions;
  reader.note(block.lin, { code: 'quantities_disagree', message: 'more is damaged than was received' });
  return undefined;
}
