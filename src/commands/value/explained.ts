// The explanation of a cost as people read it: what is there in layers, then step by step what was taken and why. Only words.

import { businessMinute } from '../../core/journals/calendar.ts';
import type {
  ExplainedCost,
  ExplainedLayer,
  ExplainedReturn,
  ExplainedSale,
  ExplainedStep,
} from '../../core/reports/explained/item-cost.ts';
import type { CostSource } from '../../core/reports/explained/sources.ts';
import type { Report } from '../../core/reports/snapshot.ts';
import { quantityFrom } from '../../core/vocabulary/quantity.ts';
import { grouped, spaced } from './text.ts';

/** A time as the company’s clocks show it. */
type Clock = (at: Date) => string;

const eventText = ({ event }: CostSource): string => (event === null ? '' : `, event ${event}`);

const sourceText = (source: CostSource, when: Clock): string =>
  `${source.document} (${spaced(source.what)} of ${when(source.effectiveAt)}${source.reference === null || source.reference === source.document ? '' : `, for ${source.reference}`}${eventText(source)})`;

export function explainedText(report: Report<ExplainedCost>): string {
  const when: Clock = (at) => businessMinute(at, report.timeZone);
  return [
    `${report.sku}${report.name === '' || report.name === report.sku ? '' : `: ${report.name}`}, costed by ${report.method} (${report.timing}), in ${report.currency}; times in ${report.timeZone}`,
    report.stock.length === 0 ? 'Nothing is there now.' : 'There now:',
    ...report.stock.flatMap((pool) => [
      `  ${pool.location}: ${pool.quantity} ${report.unit} = ${grouped(pool.value)}, ${pool.unitCost} each`,
      ...pool.layers.map((layer) => `    ${layerText(layer, report.method, when)}`),
    ]),
    ...(/[1-9]/.test(report.allowance) ? [`  written down by ${grouped(report.allowance)}`] : []),
    ...(report.hasOlder ? ['', 'The newest steps; --limit shows more.'] : []),
    ...report.steps.flatMap((step) => ['', ...stepLines(step, report.method, when)]),
    '',
    '`stockbridge explain event <number>` shows the bytes of an event.',
  ].join('\n');
}

const layerText = (layer: ExplainedLayer, method: string, when: Clock): string =>
  `${layer.quantity} at ${layer.unitCost} = ${grouped(layer.value)} ${layer.source ? `from ${sourceText(layer.source, when)}` : method === 'average' || method === 'standard' ? `at the ${method === 'standard' ? 'standard' : 'average'}` : ''}`.trimEnd();

function stepLines(step: ExplainedStep, method: string, when: Clock): string[] {
  const { source, line } = step;
  const head = source ? sourceText(source, when) : `step ${step.step}`;
  return [
    `${head}${line ? `: ${line.quantity} from ${line.from} to ${line.to}` : ''}`,
    `  ${step.step}`,
    ...step.entries.map((entry) => `  ${entryText(entry)}`),
    ...step.layers.map((layer) => `  took ${layerText(layer, method, when)}`),
    ...(step.returned === null ? [] : returnLines(step.returned, when)),
    ...(step.priced === null
      ? []
      : [
          `  agreed: ${step.priced.agreed ?? 'nothing said'}`,
          ...step.priced.by.map(
            (each) =>
              `  ${spaced(each.what)} ${each.number} names ${each.names}: ${each.quantity === null ? '' : `${each.quantity} for `}${grouped(each.amount)} ${each.currency} on ${when(each.effectiveAt)}${eventText(each)}`,
          ),
        ]),
    ...step.corrections.flatMap((entry) => [
      `  corrected ${when(entry.recordedAt)}: ${entryText(entry)}`,
      ...(entry.causes.length === 0
        ? ['    because of what it is made of, or of an item it shares a document with']
        : entry.causes.slice(0, 5).map((cause) => `    because of ${sourceText(cause, when)}`)),
    ]),
  ];
}

const total = (each: readonly ExplainedSale[]): bigint =>
  each.reduce((sum, { quantity }) => sum + quantityFrom(quantity), 0n);

function returnLines({ sales, before }: ExplainedReturn, when: Clock): string[] {
  if (sales.length === 0)
    return ['  of no sale that is known under its reference: it came back at the present cost'];
  const named = ({ source, quantity, value }: ExplainedReturn['sales'][number]) =>
    `${source ? sourceText(source, when) : 'a sale'}: ${quantity} for ${grouped(value)}`;
  return [
    ...sales.map((each) => `  at the cost of ${named(each)}`),
    ...before.map((each) => `  less what came back before: ${named(each)}`),
    ...(total(sales) > total(before) ? [] : ['  nothing was left of them: it came back at the present cost']),
  ];
}

const entryText = (entry: ExplainedStep['entries'][number]): string =>
  `${spaced(entry.kind)} ${grouped(entry.amount)}: ${spaced(entry.debit)} ← ${spaced(entry.credit)}${entry.about === null ? '' : `, about ${entry.about}`}, ${bookedText(entry)}`;

function bookedText({ journal, isByHand }: ExplainedStep['entries'][number]): string {
  if (isByHand) return 'in no journal: it is entered in the books by hand';
  return journal === null ? 'not booked yet' : `booked in ${journal}`;
}
