// Reports of what flowed, as people read them: cost of goods sold, the roll-forward and turnover. Only words; every figure comes
// from the report.
import type { CogsAmount, CostOfGoods } from '../../core/reports/cost-of-goods.ts';
import type { RollForward } from '../../core/reports/roll-forward.ts';
import type { Report } from '../../core/reports/snapshot.ts';
import type { Turnover } from '../../core/reports/turnover.ts';
import { COST_KINDS } from '../../core/vocabulary/words.ts';
import { table } from '../output.ts';
import { asClosedLines, grouped, isZero, quantity, spaced } from './text.ts';

const COGS_COLUMNS: readonly (readonly [CogsAmount, string])[] = [
  ['sold', 'sold'],
  ['returned', 'returned'],
  ['trueUps', 'true-ups'],
  ['other', 'other'],
  ['corrections', 'corrections'],
  ['total', 'total'],
  ['earlierDays', 'of earlier days'],
  ['bookedLater', 'booked later'],
  ['booked', 'booked'],
];

export function cogsText(report: Report<CostOfGoods>): string {
  const isMoved = !isZero(report.total.earlierDays) || !isZero(report.total.bookedLater);
  const columns = COGS_COLUMNS.filter(
    ([name]) =>
      name === 'total' ||
      (['earlierDays', 'bookedLater', 'booked'].includes(name) ? isMoved : !isZero(report.total[name])),
  );
  return [
    `Cost of goods sold from ${report.from} through ${report.through} (${report.timeZone}), in ${report.currency}`,
    table(
      [report.by, 'net quantity', 'unit', ...columns.map(([, title]) => title)],
      [
        ...report.rows.map((row) => [
          row.key,
          quantity(row.quantity),
          row.unit ?? '',
          ...columns.map(([name]) => grouped(row[name])),
        ]),
        ['total', '—', '', ...columns.map(([name]) => grouped(report.total[name]))],
      ],
    ),
    ...(isZero(report.total.trueUps)
      ? []
      : ['True-ups: goods that were sold before they came cost more or less than assumed.']),
    ...(isZero(report.total.corrections)
      ? []
      : ['Corrections: later facts, such as a bill, changed what sales of these days cost.']),
    ...(isMoved
      ? [
          'Of earlier days: differences to days that were closed, booked in this range. Booked later: differences to these days, booked after them. Total + of earlier days − booked later = booked.',
        ]
      : []),
  ].join('\n');
}

export function rollForwardText(report: Report<RollForward>): string {
  const { total } = report;
  const kinds = COST_KINDS.filter(
    (kind) => !isZero(total.changes[kind]) || report.rows.some(({ changes }) => !isZero(changes[kind])),
  );
  const head = `Roll-forward of stock from ${report.from} through ${report.through} (${report.timeZone}), in ${report.currency}`;
  const body =
    report.by === 'total'
      ? table(
          ['', 'value'],
          [
            ['opening stock', grouped(total.opening)],
            ...kinds.map((kind) => [spaced(kind), grouped(total.changes[kind])]),
            ['closing stock', grouped(total.closing)],
          ],
        )
      : table(
          [report.by, 'quantity', 'opening', ...kinds.map(spaced), 'closing', 'quantity'],
          [
            ...report.rows.map((row) => [
              row.key,
              quantity(row.openingQuantity),
              grouped(row.opening),
              ...kinds.map((kind) => grouped(row.changes[kind])),
              grouped(row.closing),
              quantity(row.closingQuantity),
            ]),
            [
              'total',
              '—',
              grouped(total.opening),
              ...kinds.map((kind) => grouped(total.changes[kind])),
              grouped(total.closing),
              '—',
            ],
          ],
        );
  return [
    head,
    body,
    'It adds up: checked against stock valued at both ends, and quantities against the ledger.',
    ...(isZero(total.openingChangedSince)
      ? []
      : [
          `Opening stock was ${grouped(total.openingAsKnownThen)} ${total.isOpeningClosed ? 'as the books were closed before the range' : 'as known when the range began'}; later facts changed it by ${grouped(total.openingChangedSince)}.`,
        ]),
    ...asClosedLines(report.asClosed, report.through, total.closing),
    ...(isZero(report.allowance.opening) && isZero(report.allowance.closing)
      ? []
      : [
          `Written down below cost: ${grouped(report.allowance.opening)}, ${grouped(report.allowance.change)} in the range, ${grouped(report.allowance.closing)} at its end.`,
        ]),
  ].join('\n');
}

export function turnoverText(report: Report<Turnover>): string {
  const { total } = report;
  return [
    `Turnover from ${report.from} through ${report.through} (${report.days} days), in ${report.currency}`,
    table(
      [
        'item',
        'on hand',
        'sold',
        'cost of goods',
        'average stock',
        'turnover',
        'DSI',
        'days of supply',
        'carrying cost',
        'last sold',
        'pace',
      ],
      [
        ...report.rows.map((row) => [
          row.sku,
          row.onHand,
          row.sold,
          grouped(row.costOfGoodsSold),
          grouped(row.average),
          row.turnover ?? '—',
          row.daysSalesInInventory ?? '—',
          row.daysOfSupply ?? '—',
          grouped(row.carryingCost),
          row.lastSold ?? 'never',
          row.pace,
        ]),
        [
          'total',
          '—',
          '—',
          grouped(total.costOfGoodsSold),
          grouped(total.average),
          total.turnover ?? '—',
          total.daysSalesInInventory ?? '—',
          '—',
          grouped(total.carryingCost),
          '',
          '',
        ],
      ],
    ),
    `Turnover = cost of goods sold ÷ average of opening and closing stock. DSI = days of the range ÷ turnover. Days of supply = on hand ÷ sold per day. Carrying cost at ${report.carryingCostPercent} % a year.`,
    `Slow (no sale in ${report.slowAfterDays} days): ${report.slow.items} items, ${grouped(report.slow.value)}. Dead (${report.deadAfterDays} days): ${report.dead.items} items, ${grouped(report.dead.value)}.`,
  ].join('\n');
}
