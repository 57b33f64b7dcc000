// Reports of what there is, as people read them: aligned tables, totals, and what must be said beside the figures. Only words;
// every figure comes from the report.
import type { WaitingDocument } from '../../core/costs/waiting-goods.ts';
import type { AsClosed } from '../../core/reports/as-closed.ts';
import type { MethodChanged, MethodEffect } from '../../core/reports/method-change.ts';
import type { Report } from '../../core/reports/snapshot.ts';
import type { ValueStanding } from '../../core/reports/standing.ts';
import type { StockValue, StockValueRow } from '../../core/reports/stock-value.ts';
import type { Away } from '../../core/reports/transit.ts';
import type { Unbilled } from '../../core/reports/unbilled.ts';
import { table } from '../output.ts';

/** `1234567.50` with commas: `1,234,567.50`. */
export function grouped(amount: string): string {
  const [whole = '', fraction] = amount.split('.');
  const digits = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

/** A quantity, or a dash where units differ. */
export const quantity = (text: string | null): string => (text === null ? '—' : text);
/** `in_transit` as `in transit`. */
export const spaced = (words: string): string => words.replaceAll('_', ' ');
export const isZero = (amount: string): boolean => /^-?[0.]*$/.test(amount);

/** A report with a first line that says what is behind, and why. */
export function withBehind(report: Report<object>, text: string): string {
  const { count, items } = report.behind;
  if (count === 0) return text;
  const reasons = [...new Set(items.map(({ reason }) => reason))].slice(0, 3);
  const named = items.slice(0, 5).map(({ sku }) => sku);
  const first = `NOT UP TO DATE: ${count} ${count === 1 ? 'item is' : 'items are'} behind the ledger (${named.join(', ')}${count > named.length ? ', …' : ''}): ${reasons.join('; ')}. \`stockbridge value status\` shows all.`;
  return `${first}\n\n${text}`;
}

/** What a closed day was closed with, beside what is known of it now. */
export const asClosedLines = (closed: AsClosed | null, day: string, known: string): string[] =>
  closed === null
    ? []
    : [
        isZero(closed.bookedLater)
          ? `Closed: the books hold the same ${grouped(closed.value)} for ${day}.`
          : `Closed: the books hold ${grouped(closed.value)} for ${day}, as closed. As known now it is ${grouped(known)}; the difference of ${grouped(closed.bookedLater)} is booked later, on days after it.`,
      ];

export function stockValueText(report: Report<StockValue>): string {
  const { total, currency } = report;
  const known = report.knownAt === null ? 'as known now' : `as known at the end of ${report.knownAt}`;
  const names = report.rows.some(({ name }) => name !== '') ? ['name'] : [];
  const rowOf = (row: StockValueRow): string[] => [
    row.key,
    ...names.map(() => row.name),
    quantity(row.quantity),
    row.unit ?? '',
    row.unitCost ?? '—',
    grouped(row.value),
    grouped(row.allowance),
    grouped(row.net),
  ];
  const blanks = names.map(() => '');
  return [
    `Value of stock at the end of ${report.asOf} (${report.timeZone}), ${known}, in ${currency}`,
    table(
      [report.by, ...names, 'quantity', 'unit', 'unit cost', 'value', 'written down', 'net'],
      [
        ...report.rows.map(rowOf),
        [
          'total',
          ...blanks,
          '—',
          '',
          '—',
          grouped(total.value),
          grouped(total.allowance),
          grouped(total.net),
        ],
      ],
    ),
    ...(report.isFuture
      ? [`${report.asOf} is yet to come: this is what is known so far, not what will be there.`]
      : []),
    `Inventory ${grouped(total.inventory)}, in transit ${grouped(total.inTransit)}, consigned out ${grouped(total.consignedOut)}.`,
    ...asClosedLines(report.asClosed, report.asOf, total.value),
    ...(report.isShared
      ? [
          `Stock of one price is shared out over its ${report.by === 'lot' ? 'lots' : 'locations'} by quantity; only the item’s total is booked.`,
        ]
      : []),
    ...(isZero(total.allowance)
      ? []
      : ['Written down: net realisable value below cost, shared out by quantity.']),
  ].join('\n');
}

export function unbilledText(report: Report<Unbilled>): string {
  const { total } = report;
  const part = (title: string, header: string[], rows: string[][], none: string): string[] =>
    rows.length === 0 ? [none] : ['', title, table(header, rows)];
  return [
    `Received and not billed at the end of ${report.asOf} (${report.timeZone}), in ${report.currency}`,
    ...part(
      'Receipts without a bill',
      ['received', 'days', 'age', 'item', 'document', 'reference', 'quantity', 'amount', 'event', ''],
      report.receipts.map((row) => [
        row.receivedOn,
        String(row.ageDays),
        row.age,
        row.sku,
        row.document,
        row.reference ?? '',
        row.quantity,
        grouped(row.amount),
        row.event ?? '',
        row.isCostUnknown ? 'cost not known' : '',
      ]),
      'Every receipt is billed.',
    ),
    `By age: ${Object.entries(report.ages)
      .map(([band, amount]) => `${band} days ${grouped(amount)}`)
      .join(', ')}`,
    ...part(
      'Bills that wait for goods',
      ['billed', 'days', 'bill', 'supplier', 'item', 'reference', 'quantity', 'amount'],
      report.waiting.map((row) => [
        row.billedOn,
        String(row.ageDays),
        row.bill,
        row.supplier,
        row.sku,
        row.reference,
        row.quantity,
        grouped(row.amount),
      ]),
      'No bill waits for goods.',
    ),
    ...part(
      'Credits that suppliers owe',
      ['sent back', 'days', 'item', 'document', 'reference', 'quantity', 'amount', ''],
      report.owed.map((row) => [
        row.sentBackOn,
        String(row.ageDays),
        row.sku,
        row.document,
        row.reference ?? '',
        row.quantity,
        grouped(row.amount),
        row.isReceived ? '' : 'more than came',
      ]),
      'No supplier owes a credit.',
    ),
    '',
    `Not billed ${grouped(total.unbilled)} − waiting ${grouped(total.waiting)} − owed ${grouped(total.owed)} = ${grouped(total.net)}`,
    ...(isZero(total.notValued)
      ? []
      : [
          `Of items whose value is behind, the balance holds ${grouped(total.notValued)} beside that until they are valued.`,
        ]),
    ...(isZero(total.unexplained) ? [] : [`NOT EXPLAINED: ${grouped(total.unexplained)}.`]),
    isZero(total.unexplained) && isZero(total.notValued)
      ? `This is the balance of received_not_billed: ${grouped(total.balance)}.`
      : `The balance of received_not_billed is ${grouped(total.balance)}.`,
    ...(report.receipts.some(({ changedSince }) => !isZero(changedSince))
      ? ['Amounts include what bills from after the day changed of the receipts’ cost.']
      : []),
  ].join('\n');
}

export function awayText(report: Report<Away>): string {
  const ages = (name: string, aged: Readonly<Record<string, string>>, sum: string): string =>
    `${name} ${grouped(sum)}: ${Object.entries(aged)
      .map(([band, amount]) => `${band} days ${grouped(amount)}`)
      .join(', ')}`;
  return [
    `In transit and consigned out at the end of ${report.asOf} (${report.timeZone}), in ${report.currency}`,
    report.rows.length === 0
      ? 'Nothing is away.'
      : table(
          ['role', 'at', 'item', 'since', 'days', 'document', 'quantity', 'value', 'event'],
          report.rows.map((row) => [
            spaced(row.role),
            row.location,
            row.sku,
            row.since ?? '—',
            row.ageDays === null ? '—' : String(row.ageDays),
            row.document ?? 'nothing known brought it there',
            row.quantity,
            grouped(row.value),
            row.event ?? '',
          ]),
        ),
    ages('In transit', report.ages.inTransit, report.total.inTransit),
    ages('Consigned out', report.ages.consignedOut, report.total.consignedOut),
  ].join('\n');
}

export const methodEffectText = (effect: MethodEffect): string =>
  effect.outcome === 'unchanged'
    ? methodText(effect)
    : [
        `From ${effect.from} on, ${effect.sku ?? 'the company'} would be costed by ${effect.method} (${effect.timing}) instead of ${effect.before.method} (${effect.before.timing}).`,
        `${effect.items} ${effect.items === 1 ? 'item' : 'items'}: stock of ${grouped(effect.valueBefore)} would be worth ${grouped(effect.valueAfter)} ${effect.currency}, as known now.`,
        ...(effect.sku === null
          ? [
              `Nothing was changed. With --yes it is recorded; books.method and books.timing of the configuration must then say ${effect.method} and ${effect.timing}.`,
            ]
          : ['Nothing was changed. With --yes it is recorded.']),
      ].join('\n');

export const methodText = (changed: MethodChanged): string => {
  const what = changed.sku ?? 'the company';
  const method = `${changed.method} (${changed.timing})`;
  return changed.outcome === 'unchanged'
    ? `${what} is costed by ${method} on ${changed.from} already; nothing changed.`
    : [
        `From ${changed.from} on, ${what} is costed by ${method} instead of ${changed.before.method} (${changed.before.timing}); ${changed.items} ${changed.items === 1 ? 'item is' : 'items are'} valued anew.`,
        ...(changed.sku === null
          ? [
              `Now set books.method to ${changed.method} and books.timing to ${changed.timing} in the configuration: until it says the same, other commands refuse to work and \`stockbridge value status\` says so.`,
            ]
          : []),
      ].join('\n');
};

/** What waits for goods, a line each; nothing when nothing waits. */
export function waitingLines(waiting: readonly WaitingDocument[]): string[] {
  const most = 20;
  if (waiting.length === 0) return [];
  return [
    'Waits for goods:',
    ...waiting.slice(0, most).map((each) => {
      const what = each.sku === null ? '' : `${each.quantity} ${each.sku} for `;
      return `  ${each.document} of ${each.date}: ${what}${grouped(each.amount)} ${each.currency}, ${each.sku === null ? 'for' : 'under'} ${each.references.join(', ')}`;
    }),
    ...(waiting.length > most ? [`  and ${waiting.length - most} more`] : []),
  ];
}

export function standingText(report: Report<ValueStanding>): string {
  const { behind } = report;
  return [
    behind.count === 0
      ? 'Value is up to the ledger.'
      : `Value is behind: ${behind.count} ${behind.count === 1 ? 'item' : 'items'}, ${report.itemsFailed} failed, ${report.batchesBehind} batches of the ledger not looked at.`,
    ...(behind.count === 0
      ? []
      : [
          table(
            ['item', 'from', 'attempts', 'reason'],
            behind.items.map((item) => [item.sku, item.from ?? '—', String(item.attempts), item.reason]),
          ),
          ...(behind.count > behind.items.length ? [`  and ${behind.count - behind.items.length} more`] : []),
        ]),
    ...waitingLines(report.waiting),
    `${report.entries} cost entries, the last ${report.lastValuedAt === null ? 'never' : report.lastValuedAt.toISOString()}; ${report.currency}, ${report.framework}, ${report.system}; closed through ${report.closedThrough ?? 'no day'}.`,
    table(
      ['costed', 'method', 'timing', 'from'],
      report.methods.map((each) => [
        each.sku ?? 'company',
        each.method,
        each.timing,
        each.from ?? 'the beginning',
      ]),
    ),
  ].join('\n');
}
