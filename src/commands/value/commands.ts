// The words of `stockbridge value` on the command line: each command with its options and one line on what it does.
import { Argument, type Command, Option } from 'commander';
import { COGS_GROUPINGS, type CogsGrouping } from '../../core/reports/cost-of-goods.ts';
import { ROLL_FORWARD_GROUPINGS, type RollForwardGrouping } from '../../core/reports/roll-forward.ts';
import type { Range } from '../../core/reports/snapshot.ts';
import { VALUE_GROUPINGS, type ValueGrouping } from '../../core/reports/stock-value.ts';
import { COST_METHODS, COST_TIMINGS, type CostMethod, type CostTiming } from '../../core/vocabulary/words.ts';
import type { CommandLine } from '../command-line.ts';
import { listCosts, voidCost } from './costs.ts';
import {
  type DayOptions,
  type ReportOptions,
  valueCogs,
  valueExplain,
  valueMethod,
  valueRollForward,
  valueStatus,
  valueStock,
  valueTransit,
  valueTurnover,
  valueUnbilled,
} from './value.ts';

/** Adds `costs`, and `value` with its reports. */
export function addValue(cli: Command, line: CommandLine): void {
  addCosts(cli, line);
  addReports(cli, line);
}

function addCosts(cli: Command, { run, globals, wholeNumber }: CommandLine): void {
  const costs = cli.command('costs').description('what was said about cost; it comes in with `import`');
  costs
    .command('list')
    .description('documents about cost, newest first')
    .option('--sku <sku>', 'only those of this item')
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .action(run((options: { sku?: string; limit: number }) => listCosts({ ...globals(), ...options })));
  costs
    .command('void')
    .summary('take a document back')
    .description(
      'take a document about cost back, such as a bill that was wrong: what it was for is valued as if it had never been said, in drafts or, where a journal is approved, in corrections; it stays in `costs list` as void, and can be imported anew',
    )
    .argument('<key>', 'its key, from the last column of `stockbridge costs list`')
    .action(run((key: string) => voidCost(key, globals())));
}

function addReports(cli: Command, { run, globals, wholeNumber }: CommandLine): void {
  const value = cli
    .command('value')
    .description('what stock is worth and why; a report whose items are behind says so in its first line');
  const valueReport = (name: string, description: string, options: { isDefault?: boolean } = {}): Command =>
    value
      .command(name, options)
      .description(description)
      .option('--as-stored', 'report what was valued so far, without bringing it up to the ledger', false);
  const inRange = (command: Command): Command =>
    command
      .requiredOption('--from <day>', 'first day, such as 2026-11-01')
      .requiredOption('--through <day>', 'last day');
  valueReport('stock', 'value of stock at the end of a business day', { isDefault: true })
    .option('--as-of <day>', 'the day; default today')
    .option('--known-at <day>', 'only what was recorded by the end of this day; default all that is known')
    .addOption(new Option('--by <what>', 'what a row is').choices([...VALUE_GROUPINGS]).default('item'))
    .action(
      run((options: DayOptions & { knownAt?: string; by: ValueGrouping }) =>
        valueStock({ ...globals(), ...options }),
      ),
    );
  inRange(
    valueReport(
      'cogs',
      'cost of goods sold over a range of days, with returns, true-ups and corrections apart',
    ),
  )
    .addOption(new Option('--by <what>', 'what a row is').choices([...COGS_GROUPINGS]).default('item'))
    .action(
      run((options: ReportOptions & Range & { by: CogsGrouping }) => valueCogs({ ...globals(), ...options })),
    );
  inRange(
    valueReport('rollforward', 'opening stock to closing stock by kind of cost, checked to the last unit'),
  )
    .addOption(
      new Option('--by <what>', 'what a row is').choices([...ROLL_FORWARD_GROUPINGS]).default('total'),
    )
    .action(
      run((options: ReportOptions & Range & { by: RollForwardGrouping }) =>
        valueRollForward({ ...globals(), ...options }),
      ),
    );
  valueReport(
    'unbilled',
    'goods received and not billed by age, bills that wait for goods, credits that suppliers owe',
  )
    .option('--as-of <day>', 'the day; default today')
    .action(run((options: DayOptions) => valueUnbilled({ ...globals(), ...options })));
  valueReport('transit', 'goods on their way and goods that others hold for us, by age')
    .option('--as-of <day>', 'the day; default today')
    .action(run((options: DayOptions) => valueTransit({ ...globals(), ...options })));
  inRange(
    valueReport(
      'turnover',
      'how fast stock turns over, how long it lasts, what keeping it costs, what does not sell',
    ),
  )
    .option('--carrying-cost <percent>', 'what keeping stock costs a year', '20%')
    .option('--slow <days>', 'slow: no sale in so many days', wholeNumber, 90)
    .option('--dead <days>', 'dead: no sale in so many days', wholeNumber, 365)
    .action(
      run((options: ReportOptions & Range & { carryingCost: string; slow: number; dead: number }) =>
        valueTurnover({ ...globals(), ...options }),
      ),
    );
  valueReport('explain', 'why an item, a movement or an order costs what it costs')
    .argument('<sku>', 'an item’s SKU')
    .addOption(
      new Option('--movement <key>', 'only this movement or cost document, by its key').conflicts('order'),
    )
    .option('--order <reference>', 'only what belongs to this order')
    .option('--limit <n>', 'newest steps to show', wholeNumber, 20)
    .action(
      run((sku: string, options: ReportOptions & { movement?: string; order?: string; limit: number }) =>
        valueExplain(sku, { ...globals(), ...options }),
      ),
    );
  value
    .command('method')
    .description('cost stock by another method from a day on that is open; the value on hand is carried')
    .addArgument(new Argument('<method>', 'the method').choices([...COST_METHODS]))
    .requiredOption('--from <day>', 'first day it holds')
    .addOption(
      new Option('--timing <timing>', 'when prices are made').choices([...COST_TIMINGS]).default('perpetual'),
    )
    .option('--item <sku>', 'only this item; default all that have no method of their own')
    .option('--yes', 'record it; without, only its effect is shown', false)
    .action(
      run((method: CostMethod, options: { from: string; timing: CostTiming; item?: string; yes: boolean }) =>
        valueMethod(
          {
            method,
            from: options.from,
            timing: options.timing,
            ...(options.item === undefined ? {} : { sku: options.item }),
          },
          { ...globals(), yes: options.yes },
        ),
      ),
    );
  value
    .command('status')
    .description('how far value is behind the ledger, and what failed')
    .action(run(() => valueStatus(globals())));
}
