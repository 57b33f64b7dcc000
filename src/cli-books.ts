// The accountant's commands: what was said about cost, what stock is worth, journals, tie-out and the close. Part of cli.ts.
import type { Command } from 'commander';
import { listCosts, voidCost } from './commands/costs.ts';
import type { GlobalOptions } from './commands/session.ts';

/** What a group of commands is given by the command line it is added to. */
export interface CommandGroup {
  readonly cli: Command;
  readonly run: (
    work: (...given: never[]) => Promise<number | undefined>,
  ) => (...given: unknown[]) => Promise<void>;
  readonly globals: () => GlobalOptions;
  readonly wholeNumber: (text: string) => number;
}

/** Adds the commands of value and books. */
export function addBooks(group: CommandGroup): void {
  addCosts(group);
}

function addCosts({ cli, run, globals, wholeNumber }: CommandGroup): void {
  const costs = cli.command('costs').description('what was said about cost; it comes in with `import`');
  costs
    .command('list')
    .description('documents about cost, newest first')
    .option('--sku <sku>', 'only those of this item')
    .option('--limit <n>', 'at most so many', wholeNumber, 100)
    .action(run((options: { sku?: string; limit: number }) => listCosts({ ...globals(), ...options })));
  costs
    .command('void')
    .description('take a document back, as if it had never been said; it can then be said anew')
    .argument('<key>', 'its key, from `costs list`')
    .action(run((key: string) => voidCost(key, globals())));
}
