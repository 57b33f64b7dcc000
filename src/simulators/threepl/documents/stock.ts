// The 947 for what changed inside the warehouse, and the 846 for what it holds.
import type { Condition, LotLevels, StockedItem } from '../books.ts';
import { segmentOf, type Written } from '../x12/build.ts';

/** Reasons (element 181) whose direction is fixed; their quantity is written without a sign. */
const DIRECTIONS: Readonly<Record<string, 1 | -1>> = {
  '03': -1,
  '04': -1,
  '06': -1,
  '07': -1,
  '51': 1,
  '53': 1,
  '54': 1,
  '56': 1,
};

/** Reasons that say nothing of the direction; the sign of the quantity does. */
const SIGNED = [
  ...[
    'AA',
    'AB',
    'AC',
    'AE',
    'AF',
    'AG',
    'AH',
    'AI',
    'AJ',
    'AK',
    'AN',
    'AP',
    'AR',
    'AS',
    'AT',
    'AU',
    'AV',
    'AW',
  ],
  ...['AX', 'AY', 'BR', 'BS', 'CD', 'CO', 'CS', 'PC', 'UD'],
];

/** Reasons that move units from one condition to another. The standard has none for what gets damaged in the warehouse. */
const MOVES: Readonly<Record<string, string>> = {
  'good>hold': '05',
  'hold>good': '55',
  'damaged>good': '52',
};

/**
 * What an adjustment does to good stock: signed units. A quantity without a sign takes the direction of its reason.
 * Throws a RangeError for a reason that is not known or that the sign contradicts.
 */
export function effectOf(reason: string, quantity: number): number {
  const direction = DIRECTIONS[reason];
  if (direction !== undefined) {
    if (direction > 0 && quantity < 0)
      throw new RangeError(`Reason ${reason} adds; ${quantity} contradicts it.`);
    return direction * Math.abs(quantity);
  }
  if (SIGNED.includes(reason)) return quantity;
  throw new RangeError(
    `Reason ${reason} is none that the warehouse uses: ${[...Object.keys(DIRECTIONS).sort(), ...SIGNED].join(', ')}.`,
  );
}

/** The reason of a move. Throws a RangeError where the standard has none. */
export function reasonOfMove(from: Condition, to: Condition): string {
  const reason = MOVES[`${from}>${to}`];
  if (reason === undefined) {
    throw new RangeError(
      `X12 has no reason for ${from} to ${to}; there are ${Object.keys(MOVES).join(', ')}.`,
    );
  }
  return reason;
}

export interface AdjustedLine {
  readonly reason: string;
  /** As W19-02 has it. */
  readonly quantity: number;
  readonly sku: string;
  readonly unit: string;
  readonly lot: string;
}

/** The quantity as it is written: with a sign only where the reason leaves the direction open. */
export const writtenQuantity = (reason: string, effect: number): number =>
  SIGNED.includes(reason) ? effect : Math.abs(effect);

/** The segments of a 947, ST and SE left out. */
export function adjustmentSegments(
  head: { readonly number: string; readonly warehouse: string; readonly date: string; readonly time: string },
  lines: readonly AdjustedLine[],
  itemQualifier: string,
): Written[] {
  return [
    ['W15', head.date, head.number, head.number],
    ['N1', 'WH', 'SIMULATED WAREHOUSE', '92', head.warehouse],
    ['G62', '07', head.date, 'W', head.time],
    ...lines.flatMap(({ reason, quantity, sku, unit, lot }) => [
      segmentOf('W19', {
        ...{ 1: reason, 2: String(quantity), 3: unit, 5: itemQualifier, 6: sku },
        ...(lot !== '' && lot.length <= 12 && { 9: lot }),
      }),
      ...(lot.length > 12 ? [['N9', 'LT', lot]] : []),
    ]),
  ];
}

/** The segments of a full 846, ST and SE left out: every item and lot, those without stock too. */
export function reportSegments(
  head: { readonly number: string; readonly warehouse: string; readonly date: string; readonly time: string },
  stock: readonly { readonly item: StockedItem; readonly lots: readonly LotLevels[] }[],
  itemQualifier: string,
): Written[] {
  const rows = stock.flatMap(({ item, lots }) =>
    (lots.length === 0 ? [{ lot: '', good: 0, hold: 0, damaged: 0 }] : lots).map((level) => ({
      item,
      level,
    })),
  );
  return [
    ['BIA', '00', 'SI', head.number, head.date, head.time],
    ['DTM', '007', head.date, head.time],
    ['N1', 'WH', 'SIMULATED WAREHOUSE', '92', head.warehouse],
    ...rows.flatMap(({ item, level }, index) => [
      ['LIN', String(index + 1), itemQualifier, item.sku, ...(level.lot === '' ? [] : ['LT', level.lot])],
      ['QTY', '33', String(level.good), item.unit],
      ['QTY', 'QH', String(level.hold), item.unit],
      ['QTY', '74', String(level.damaged), item.unit],
    ]),
    ['CTT', String(rows.length)],
  ];
}
