// What a line of an EDIFACT message names: its item, and its lots with their share of the quantity. A line whose lots or
// item cannot be told for certain is said to be so, and not read.
import { quantityFrom, quantityText, sum, ZERO } from '../../../core/vocabulary/quantity.ts';
import type { Segment } from '../edi/segment.ts';
import type { ItemId, LotMark, Quantity } from './document.ts';
import { dayOf } from './edifact-dates.ts';
import { CODE, type EdifactMessageReader, type LineBlock, type Source } from './edifact-message.ts';

/** Number types (7143) that name a lot or a piece of the item instead of the item. */
const NOT_ITEM: ReadonlySet<string> = new Set(['NB', 'SN', 'LT', 'BT']);
/** PIA functions (4347) that name this item: additional, and identification. The others name substitutes. */
const SAME_ITEM: ReadonlySet<string> = new Set(['1', '5']);
/** Line actions (1229) under which the line stands. */
const STANDING: ReadonlySet<string> = new Set(['', '1', '3', '4', '5', '6']);

/** Item ids of LIN and PIA; undefined, and said, when there is none or the line is no line of its own. */
export function itemOf(reader: EdifactMessageReader, block: LineBlock): readonly ItemId[] | undefined {
  const { lin } = block;
  if (lin.component(4, 1) !== '') {
    reader.note(lin, {
      code: 'sub_line',
      message: 'the line is a part of another line, and both would be counted',
      standardCode: '14',
      element: { position: 4, component: 1, reference: '5495' },
      value: lin.component(4, 1),
    });
    return undefined;
  }
  if (!STANDING.has(lin.element(2))) {
    reader.note(lin, {
      code: 'line_action_unknown',
      message: 'the line carries an action that is not read',
      element: { position: 2, reference: '1229' },
      value: lin.element(2),
    });
    return undefined;
  }
  const numbers = [idAt(lin, 3), ...block.segments.flatMap(idsOfPia)];
  const ids = numbers.filter(({ value, qualifier }) => value !== '' && !NOT_ITEM.has(qualifier));
  if (ids.length > 0) return ids;
  reader.note(lin, {
    code: 'item_missing',
    message: 'the line names no item',
    standardCode: CODE.missing,
    element: { position: 3, component: 1, reference: '7140' },
  });
  return undefined;
}

const idAt = (segment: Segment, position: number): ItemId => ({
  qualifier: segment.component(position, 2),
  value: segment.component(position, 1),
});
const idsOfPia = (pia: Segment): readonly ItemId[] =>
  pia.tag === 'PIA' && SAME_ITEM.has(pia.element(1))
    ? [2, 3, 4, 5, 6].map((position) => idAt(pia, position))
    : [];

export interface LotShare {
  readonly lot?: LotMark;
  readonly quantity: Quantity;
}

/**
 * `total` by lots. Lots that are marked package by package (PCI) have a share each, and the shares add up to the total;
 * a single lot has it all. Undefined, and said, when several lots share a quantity in a way nobody says.
 */
export function lotShares(
  reader: EdifactMessageReader,
  block: LineBlock,
  total: Quantity,
): readonly LotShare[] | undefined {
  const [own = [], ...marked] = groupedBy(block.segments, 'PCI');
  const ownLots = lotsIn(reader, own);
  const lotted = marked
    .map((segments) => ({ segments, lots: lotsIn(reader, segments) }))
    .filter(({ lots }) => lots.length > 0);
  const all = new Set([...ownLots, ...lotted.flatMap(({ lots }) => lots)]);
  if (all.size > 1 && (ownLots.length > 0 || lotted.some(({ lots }) => lots.length > 1)))
    return ambiguous(reader, block, 'several lots share one quantity');
  const quantities = lotted.map(({ segments }) => segments.find(({ tag }) => tag === 'QTY'));
  if (all.size <= 1 && quantities.every((quantity) => quantity === undefined)) {
    const [code] = all;
    const lot =
      code === undefined ? undefined : markOf(reader, code, [...own, ...lotted.flatMap((x) => x.segments)]);
    return [{ quantity: total, ...(lot && { lot }) }];
  }
  return sharesOf(reader, block, total, lotted, quantities);
}

function sharesOf(
  reader: EdifactMessageReader,
  block: LineBlock,
  total: Quantity,
  lotted: readonly { readonly segments: readonly Segment[]; readonly lots: readonly string[] }[],
  quantities: readonly (Segment | undefined)[],
): readonly LotShare[] | undefined {
  const shares: LotShare[] = [];
  let added = ZERO;
  for (const [index, { segments, lots }] of lotted.entries()) {
    const segment = quantities[index];
    if (!segment) return ambiguous(reader, block, 'a lot of several has no quantity');
    const quantity = reader.countedOf(segment);
    if (!quantity) return undefined;
    added = sum(added, quantityFrom(quantity.value));
    shares.push({
      lot: markOf(reader, lots[0] ?? '', segments),
      quantity: { ...quantity, unit: quantity.unit || total.unit },
    });
  }
  const isWhole =
    quantityText(added) === quantityText(quantityFrom(total.value)) &&
    shares.every(({ quantity }) => quantity.unit === total.unit);
  return isWhole ? shares : ambiguous(reader, block, 'the lots’ quantities do not add up to the line’s');
}

function ambiguous(reader: EdifactMessageReader, block: LineBlock, message: string): undefined {
  reader.note(block.lin, { code: 'lot_ambiguous', message, standardCode: CODE.other });
  return undefined;
}

/** The one lot among `segments` with its expiry; undefined when there is none, or more than one, which is said. */
export function lotIn(
  reader: EdifactMessageReader,
  block: LineBlock,
  segments: readonly Segment[],
): LotMark | undefined {
  const [code, second] = lotsIn(reader, segments);
  if (second !== undefined) return ambiguous(reader, block, 'several lots share one quantity');
  return code === undefined ? undefined : markOf(reader, code, segments);
}

function lotsIn(reader: EdifactMessageReader, segments: readonly Segment[]): readonly string[] {
  for (const source of reader.sources.lot) {
    const found = new Set(segments.flatMap((segment) => marksAt(segment, source)));
    if (found.size > 0) return [...found];
  }
  return [];
}

/** Values that stand in `segment` under a source such as `PIA:NB`. */
function marksAt(segment: Segment, { tag, qualifier }: Source): readonly string[] {
  if (segment.tag !== tag) return [];
  switch (tag) {
    case 'LIN':
    case 'PIA':
      return [2, 3, 4, 5, 6]
        .filter((n) => segment.component(n, 2) === qualifier)
        .map((n) => segment.element(n));
    case 'RFF':
      return segment.element(1) === qualifier ? [segment.component(1, 2)].filter(Boolean) : [];
    case 'GIN':
      return segment.element(1) === qualifier
        ? [2, 3, 4, 5, 6].flatMap((n) => [segment.component(n, 1), segment.component(n, 2)]).filter(Boolean)
        : [];
    case 'PCI':
      return segment.element(1) === qualifier ? [segment.element(2)].filter(Boolean) : [];
    default:
      return [];
  }
}

function markOf(reader: EdifactMessageReader, code: string, segments: readonly Segment[]): LotMark {
  for (const { qualifier } of reader.sources.expiry) {
    const dtm = segments.find((segment) => segment.tag === 'DTM' && segment.element(1) === qualifier);
    if (!dtm) continue;
    const expiresOn = dayOf(dtm.component(1, 2), dtm.component(1, 3), reader.options.receivedAt);
    if (expiresOn !== undefined) return { code, expiresOn };
    reader.note(dtm, {
      code: 'expiry_invalid',
      severity: 'warning',
      message: 'the expiry date is no date of its format, and is left out',
      element: { position: 1, component: 2, reference: '2380' },
      value: dtm.component(1, 2),
    });
  }
  return { code };
}

/** `segments` cut before each one with `tag`; the first part is what stands before all of them. */
export function groupedBy(segments: readonly Segment[], tag: string): readonly (readonly Segment[])[] {
  const groups: Segment[][] = [[]];
  for (const segment of segments) {
    if (segment.tag === tag) groups.push([]);
    groups.at(-1)?.push(segment);
  }
  return groups;
}

/** Serial shipping container code of a package: GIN BJ, wherever the package's marks stand. */
export const packageCode = (segments: readonly Segment[]): string | undefined =>
  segments.find((segment) => segment.tag === 'GIN' && segment.element(1) === 'BJ')?.element(2) || undefined;
