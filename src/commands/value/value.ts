// stockbridge value: what stock is worth and why, what was sold, what is not billed, how fast it turns. Brings value up to the
// ledger first unless told not to, and never shows a figure that is behind without saying so.
import type { Config } from '../../config.ts';
import type { Database } from '../../core/database.ts';
import { StockbridgeError } from '../../core/errors.ts';
import { businessDay } from '../../core/journals/calendar.ts';
import { type CogsGrouping, costOfGoodsOf } from '../../core/reports/cost-of-goods.ts';
import { type ExplainCostOptions, explainCost } from '../../core/reports/explained/item-cost.ts';
import { changeMethod, effectOfMethod, type MethodChangeRequest } from '../../core/reports/method-change.ts';
import { type RollForwardGrouping, rollForwardOf } from '../../core/reports/roll-forward.ts';
import { dayFrom, type Range, type Report } from '../../core/reports/snapshot.ts';
import { valueStandingOf } from '../../core/reports/standing.ts';
import { stockValueOf, type ValueGrouping } from '../../core/reports/stock-value.ts';
import { awayOf } from '../../core/reports/transit.ts';
import { turnoverOf } from '../../core/reports/turnover.ts';
import { unbilledOf } from '../../core/reports/unbilled.ts';
import { type Company, syncCompany } from '../../core/valuation/company.ts';
import { valueAll } from '../../core/valuation/value.ts';
import { instantOf, microsOf } from '../../core/vocabulary/instant.ts';
import { type Output, output } from '../output.ts';
import { type GlobalOptions, withDatabase } from '../session.ts';
import { explainedText } from './explained.ts';
import { cogsText, rollForwardText, turnoverText } from './flows-text.ts';
import {
  awayText,
  methodEffectText,
  methodText,
  standingText,
  stockValueText,
  unbilledText,
  withBehind,
} from './text.ts';

export interface ReportOptions extends GlobalOptions {
  /** Report what was valued so far, without bringing it up to the ledger. */
  readonly asStored?: boolean;
}

export type DayOptions = ReportOptions & { readonly asOf?: string };

/** Value of stock at the end of a day. */
export const valueStock = (
  options: DayOptions & { readonly knownAt?: string; readonly by: ValueGrouping },
): Promise<number> =>
  reporting(options, stockValueText, (database, today) =>
    stockValueOf(database, {
      asOf: dayFrom(options.asOf ?? today),
      by: options.by,
      today,
      ...(options.knownAt === undefined ? {} : { knownAt: options.knownAt }),
    }),
  );

/** Cost of goods sold over a range of days. */
export const valueCogs = (options: ReportOptions & Range & { readonly by: CogsGrouping }): Promise<number> =>
  reporting(options, cogsText, (database) => costOfGoodsOf(database, options));

/** Opening stock to closing stock. */
export const valueRollForward = (
  options: ReportOptions & Range & { readonly by: RollForwardGrouping },
): Promise<number> => reporting(options, rollForwardText, (database) => rollForwardOf(database, options));

/** Goods received and not billed, bills that wait, credits owed. */
export const valueUnbilled = (options: DayOptions): Promise<number> =>
  reporting(options, unbilledText, (database, today) =>
    unbilledOf(database, { asOf: dayFrom(options.asOf ?? today) }),
  );

/** Goods on their way or at somebody else's. */
export const valueTransit = (options: DayOptions): Promise<number> =>
  reporting(options, awayText, (database, today) =>
    awayOf(database, { asOf: dayFrom(options.asOf ?? today) }),
  );

/** How fast stock turns over. */
export const valueTurnover = (
  options: ReportOptions &
    Range & { readonly carryingCost: string; readonly slow: number; readonly dead: number },
): Promise<number> =>
  reporting(options, turnoverText, (database) =>
    turnoverOf(database, {
      from: options.from,
      through: options.through,
      carryingCostPercent: options.carryingCost,
      slowAfterDays: options.slow,
      deadAfterDays: options.dead,
    }),
  );

/** Why an item, a movement or an order costs what it costs. */
export const valueExplain = (
  sku: string,
  options: ReportOptions & Omit<ExplainCostOptions, 'sku'>,
): Promise<number> =>
  reporting(options, explainedText, (database) => {
    const { movement, order, limit } = options;
    return explainCost(database, {
      sku,
      ...(movement === undefined ? {} : { movement }),
      ...(order === undefined ? {} : { order }),
      ...(limit === undefined ? {} : { limit }),
    });
  });

/** Where value stands: what is behind, and what failed. Changes nothing; exit code 1 when something failed, or the configuration says otherwise. */
export async function valueStatus(options: GlobalOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const contradiction = await contradictionOf(database, config);
    const report = { ...(await valueStandingOf(database)), contradiction };
    out.result(report, () =>
      [
        ...(contradiction === null ? [] : [`NOT AS CONFIGURED: ${contradiction}.`, '']),
        standingText(report),
      ].join('\n'),
    );
    return report.itemsFailed > 0 || contradiction !== null ? 1 : 0;
  });
}

/** What the configuration says otherwise than stock is valued by; null when it agrees. */
async function contradictionOf(database: Database, config: Config): Promise<string | null> {
  try {
    await companyOf(database, config);
    return null;
  } catch (error) {
    const isOther = error instanceof StockbridgeError && error.code === 'configuration_invalid';
    if (!isOther || config.books === undefined) throw error;
    return error.message;
  }
}

/** Records that stock is costed otherwise from a day on; without `yes` only its effect is shown, and the exit code is 1. */
export async function valueMethod(
  request: MethodChangeRequest,
  options: GlobalOptions & { readonly yes: boolean },
): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const company = await companyOf(database, config);
    if (!options.yes) {
      await bringUp(database, company, out);
      const effect = await effectOfMethod(database, request);
      out.result({ ...effect, recorded: false }, () => methodEffectText(effect));
      return effect.outcome === 'unchanged' ? 0 : 1;
    }
    const changed = await changeMethod(database, request);
    out.result(changed, () => methodText(changed));
    return 0;
  });
}

/** The company as configured; the first time, it is taken in. */
async function companyOf(database: Database, config: Config): Promise<Company> {
  if (!config.books)
    throw new StockbridgeError(
      'configuration_invalid',
      'nothing says how stock is valued: add the block `books` to the configuration',
    );
  return syncCompany(database, config.books);
}

/** Brings value up, makes the report and prints it with what is behind in its first line. */
async function reporting<Content extends object>(
  options: ReportOptions,
  text: (report: Report<Content>) => string,
  make: (database: Database, today: string) => Promise<Report<Content>>,
): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const company = await companyOf(database, config);
    if (options.asStored !== true) await bringUp(database, company, out);
    const today = businessDay(microsOf(instantOf(Date.now())), company.timeZone);
    const report = await make(database, today);
    out.result(report, () => withBehind(report, text(report)));
    return 0;
  });
}

async function bringUp(database: Database, company: Company, out: Output): Promise<void> {
  let items = 0;
  await valueAll(database, company, {
    onValued: () => {
      items += 1;
      if (items % 50 === 0) out.progress(`valued ${items} items`);
    },
  });
  out.progressDone();
}
