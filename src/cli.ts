// The commands. Each says what it does in one line; what they share stands in src/commands. Importing this file runs nothing.
import { Argument, Command, Option } from 'commander';
import { addAccounting } from './commands/books/commands.ts';
import { check } from './commands/check.ts';
import { addCounting } from './commands/count.ts';
import { cutover } from './commands/cutover.ts';
import { demo } from './commands/demo.ts';
import { explainInboxEvent, explainSku } from './commands/explain.ts';
import { completeHelp } from './commands/help.ts';
import { importChannel, importFile } from './commands/import.ts';
import { inbound } from './commands/inbound.ts';
import { newKey } from './commands/key.ts';
import { migrateCommand } from './commands/migrate.ts';
import {
  fetchPartnerFile,
  partnerDifferences,
  partnerDocuments,
  partnerGuide,
  receivePartnerFiles,
  statePartnerStock,
  testPartner,
  trustPartner,
} from './commands/partner.ts';
import { type NumbersOptions, partnerNumbers } from './commands/partner-numbers.ts';
import { replayEvents, resumeConnection } from './commands/replay.ts';
import { type ResolveOptions, resolveEvents } from './commands/resolve.ts';
import { type RestOptions, resolveRest } from './commands/rest.ts';
import { SIMULATORS, type SimulateOptions, simulate } from './commands/simulate.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { addValue } from './commands/value/commands.ts';
import { verify } from './commands/verify.ts';
import { ROLES } from './config/schema.ts';
import { IMPORT_KINDS } from './core/catalog/import.ts';
import { StockbridgeError } from './core/errors.ts';
import { RESTS } from './core/fulfilment/rest.ts';

/** The command line. `onExit` receives each command's exit code. */
export function program(onExit: (code: number) => void = () => undefined): Command {
  const cli = new Command('stockbridge')
    .description(
      'Inventory integration hub: one double-entry stock ledger between your channels, your warehouses and your books.',
    )
    .option('-c, --config <file>', 'configuration; default STOCKBRIDGE_CONFIG, else config/stockbridge.yaml')
    .option(
      '-d, --data <folder>',
      'folder of the embedded PostgreSQL, whatever the configuration says; default ./.stockbridge',
    )
    .option('--json', 'print one JSON document instead of text')
    .showHelpAfterError('(add --help to see how it is used)');
  const run =
    (work: (...given: never[]) => Promise<number | undefined>) =>
    async (...given: unknown[]): Promise<void> =>
      onExit((await work(...(given as never[]))) ?? 0);
  const globals = () => cli.opts<{ config?: string; data?: string; json?: boolean }>();

  cli
    .command('demo')
    .description(
      'run the main job end to end against simulators, on a database of its own, and show what happened',
    )
    .option('--orders <n>', 'orders and counter sales to make', wholeNumber, 120)
    .option('--seed <n>', 'the same seed makes the same day', wholeNumber, 7)
    .action(run((options: { orders: number; seed: number }) => demo({ ...globals(), ...options })));

  cli
    .command('start')
    .description('run the hub until it is told to stop')
    .addOption(
      new Option(
        '--roles <role...>',
        'what this process does; default as configured, else everything',
      ).choices([...ROLES]),
    )
    .option('--attach', 'use the embedded PostgreSQL of a hub that runs on the same data folder', false)
    .action(
      run((options: { roles?: (typeof ROLES)[number][]; attach: boolean }) =>
        start({ ...globals(), ...options }),
      ),
    );

  cli
    .command('check')
    .description('check the configuration and the installation; no connection begins to move stock')
    .option(
      '--live',
      'ask every vendor too: token, scopes, subscriptions; keeps what a vendor renews then',
      false,
    )
    .action(run((options: { live: boolean }) => check({ ...globals(), ...options })));
  cli
    .command('migrate')
    .description('bring the database schema to this version')
    .action(run(() => migrateCommand(globals())));
  cli
    .command('status')
    .description('where every accepted event is, what each channel waits for, and what needs a person')
    .action(run(() => status(globals())));

  const importing = cli
    .command('import')
    .description(
      'import the catalogue from CSV files or from a channel; the columns of each file: docs/reference/catalogue-files.md',
    );
  for (const kind of IMPORT_KINDS) {
    importing
      .command(kind)
      .description(`import ${kind} from a CSV file; its columns: docs/reference/catalogue-files.md`)
      .argument('<file>', 'the CSV file; - reads standard input')
      .option('--partial', 'take the right lines although others are wrong', false)
      .action(
        run((file: string, options: { partial: boolean }) =>
          importFile(kind, file, { ...globals(), ...options }),
        ),
      );
  }
  importing
    .command('channel')
    .description('import listings and locations from a connection and bind what is certain')
    .argument('<connection>', 'a configured connection')
    .option('--create-items', 'make an item for a SKU that no item has', false)
    .option('--create-locations', 'make a location where none of ours has the name', false)
    .action(
      run((name: string, options: { createItems: boolean; createLocations: boolean }) =>
        importChannel(name, { ...globals(), ...options }),
      ),
    );

  cli
    .command('cutover')
    .description('take opening stock and open orders of a connection; from then on its documents move stock')
    .argument('<connection>', 'a configured connection')
    .addOption(
      new Option('--from <source>', 'where opening levels come from')
        .choices(['channel', 'none'])
        .default('none'),
    )
    .option('--stock <file>', 'CSV of opening counts')
    .option(
      '--at <instant>',
      'the instant, such as 2026-11-01T00:00:00Z, a day of the company, or now; what is dated before it never moves stock; default when stock was counted, at most a week ago, else now',
    )
    .action(
      run((name: string, options: { from: 'channel' | 'none'; stock?: string; at?: string }) =>
        cutover(name, { ...globals(), ...options }),
      ),
    );

  addCounting(cli, { run, globals });

  cli
    .command('simulate')
    .summary('run an outside system on a local port, to rehearse against')
    .description(
      'run an outside system on a local port, to rehearse against; it prints its settings, and its levers as curl lines: of quickbooks, an entry or a bill that is booked, edited or deleted by hand, a closing date and more',
    )
    .addArgument(new Argument('<system>', 'which one').choices([...SIMULATORS]))
    .option('--port <n>', 'port to listen on; default any free one', wholeNumber)
    .option('--notify <url>', 'square, quickbooks: address that is notified, as registered')
    .option('--test', 'threepl: what it sends is marked as a test, for a profile with `test: true`')
    .action(
      run((name: (typeof SIMULATORS)[number], options: Pick<SimulateOptions, 'port' | 'notify' | 'test'>) =>
        simulate(name, { ...globals(), ...options }),
      ),
    );

  const explaining = cli
    .command('explain')
    .description('why a number is what it is, down to the bytes that caused it');
  explaining
    .command('item')
    .description('balances, movements, reservations and what each channel was told')
    .argument('<sku>', 'an item’s SKU')
    .option('--location <code>', 'only at one of our locations, with running balances')
    .option('--limit <n>', 'newest movements to show', wholeNumber, 20)
    .action(
      run((sku: string, options: { location?: string; limit: number }) =>
        explainSku(sku, { ...globals(), ...options }),
      ),
    );
  explaining
    .command('event')
    .description('what an event said, what it caused, and why it stands where it stands')
    .argument('<id>', 'the event’s number')
    .action(run((id: string) => explainInboxEvent(id, globals())));

  addValue(cli, { run, globals, wholeNumber });

  cli
    .command('replay')
    .description('bring quarantined events back to work; nothing is applied twice')
    .argument('[event...]', 'numbers of events; one that was closed is opened again')
    .option('--connection <name>', 'all of one connection')
    .option('--code <code>', 'all with one reason, such as item_unknown')
    .option('--all', 'all of them', false)
    .option('--release', 'believe what a guard held; name the events one by one', false)
    .action(
      run((ids: string[], options: { connection?: string; code?: string; all: boolean; release: boolean }) =>
        replayEvents(ids, { ...globals(), ...options }),
      ),
    );

  cli
    .command('resolve')
    .summary('settle conflicts, or close any event in quarantine')
    .description(
      'settle conflicts: the first content stands, the second is kept and read no more. With --ignore close any event in quarantine: nothing more of it is booked, and it holds nothing back; what is booked of it stays. `replay` with its number opens it again',
    )
    .argument('<event...>', 'numbers of quarantined events, as `status` shows them')
    .option('--ignore', 'close them whatever they are in quarantine for', false)
    .requiredOption('--note <text>', 'why; it is kept with the event')
    .option('--by <name>', 'who says so; default the user of this machine')
    .action(
      run((ids: string[], options: Pick<ResolveOptions, 'note' | 'by' | 'ignore'>) =>
        resolveEvents(ids, { ...globals(), ...options }),
      ),
    );

  cli
    .command('resume')
    .description('let a parked connection work again')
    .argument('<connection>', 'a configured connection')
    .action(run((name: string) => resumeConnection(name, globals())));

  const partner = cli
    .command('partner')
    .description(
      'a warehouse that speaks in files: test its profile, exchange files, see where documents stand',
    );
  partner
    .command('test')
    .description('show what files would do under a profile, without doing it')
    .argument('<profile>', 'the profile, a YAML file')
    .argument('[file...]', 'files as the partner sends them')
    .action(run((path: string, files: string[]) => testPartner(path, files, globals())));
  partner
    .command('guide')
    .description('write the implementation guide of a profile, to be sent to the partner')
    .argument('<profile>', 'the profile, a YAML file')
    .option('-o, --output <file>', 'Markdown file to write; default standard output')
    .action(
      run((path: string, options: { output?: string }) => partnerGuide(path, options.output, globals())),
    );
  partner
    .command('trust')
    .description('show the key that the partner’s server presents, to be compared and pinned')
    .argument('<profile>', 'the profile, a YAML file')
    .action(run((path: string) => trustPartner(path, globals())));
  partner
    .command('receive')
    .description('take files as if the partner had sent them')
    .argument('<connection>', 'a configured connection')
    .argument('<file...>', 'the files')
    .action(run((name: string, files: string[]) => receivePartnerFiles(name, files, globals())));
  partner
    .command('documents')
    .description('where every document stands: valid, delivered, acknowledged')
    .argument('<connection>', 'a configured connection')
    .option('--order <number>', 'only those of one order or inbound shipment')
    .option('--limit <n>', 'newest documents to show', wholeNumber, 50)
    .action(
      run((name: string, options: { order?: string; limit: number }) =>
        partnerDocuments(name, { ...globals(), ...options }),
      ),
    );
  partner
    .command('resolve')
    .description(
      'settle an order that was shipped short, or that the warehouse may ship although it is wanted no more: say what becomes of it',
    )
    .argument('<connection>', 'a configured connection')
    .argument('<order>', 'number of the order at the partner, as `status` shows it, such as FO-7')
    .addOption(
      new Option(
        '--rest <word>',
        'later: the rest is waited for anew, or the warehouse took a change that it does not answer; cancelled: the warehouse ships no more of it, for nobody wants it; never: the warehouse will not ship it',
      )
        .choices([...RESTS])
        .makeOptionMandatory(),
    )
    .requiredOption('--note <text>', 'why; it is kept with the order')
    .option('--by <name>', 'who says so; default the user of this machine')
    .action(
      run((name: string, number: string, options: Pick<RestOptions, 'rest' | 'note' | 'by'>) =>
        resolveRest(name, number, { ...globals(), ...options }),
      ),
    );
  partner
    .command('differences')
    .description('where the partner’s stock reports and the ledger disagree, and why')
    .argument('<connection>', 'a configured connection')
    .action(run((name: string) => partnerDifferences(name, globals())));
  partner
    .command('statement')
    .description('send the partner what the ledger holds at its warehouses')
    .argument('<connection>', 'a configured connection')
    .option('--warehouse <code>', 'only this one of the partner’s warehouses')
    .action(
      run((name: string, options: { warehouse?: string }) =>
        statePartnerStock(name, { ...globals(), ...options }),
      ),
    );
  partner
    .command('numbers')
    .description(
      'the numbers that the next file and the next order get; raise them where the partner has seen higher ones, none is ever lowered',
    )
    .argument('<connection>', 'a configured connection')
    .option('--control <n>', 'the next control numbers of this partner are at least this', wholeNumber)
    .option(
      '--order <n>',
      'the next order number, of all partners, is at least this; orders of this partner that wait below it get a new one',
      wholeNumber,
    )
    .action(
      run((name: string, options: Pick<NumbersOptions, 'control' | 'order'>) =>
        partnerNumbers(name, { ...globals(), ...options }),
      ),
    );
  partner
    .command('fetch')
    .description(
      'write a stored file into a folder; one of ours for a partner without a server counts as delivered by that',
    )
    .argument('<connection>', 'a configured connection')
    .argument('<file>', 'number of the file, as `partner documents` shows it')
    .option('--into <folder>', 'where to', '.')
    .action(
      run((name: string, id: string, options: { into: string }) =>
        fetchPartnerFile(name, id, options.into, globals()),
      ),
    );

  cli
    .command('inbound')
    .description(
      'announce goods to a partner’s warehouse: they are in transit, and the partner gets a notice',
    )
    .argument('<connection>', 'a configured connection that exchanges files')
    .argument('<file>', 'CSV with number, warehouse, sku, quantity; - reads standard input')
    .action(run((name: string, file: string) => inbound(name, file, globals())));
  cli
    .command('key')
    .description('make a random key, such as the one that seals addresses')
    .action(run(() => newKey(globals())));

  addAccounting(cli, { run, globals, wholeNumber });

  cli
    .command('verify')
    .description('prove from the stored rows that the ledger is whole and every event accounted for')
    .action(run(() => verify(globals())));
  completeHelp(cli);
  return cli;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new StockbridgeError('argument_invalid', `${text} is not a whole number`);
  return Number(text);
}

/** One line for people, or one JSON document; a stack only for what nobody foresaw. */
function report(error: unknown): void {
  const json = process.argv.includes('--json');
  if (error instanceof StockbridgeError) {
    process.stderr.write(
      json
        ? `${JSON.stringify({ error: error.code, message: error.message, help: error.help })}\n`
        : `stockbridge: ${error.message}\n  ${error.help}\n`,
    );
  } else {
    process.stderr.write(
      `stockbridge: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
  }
}

if (import.meta.main) {
  try {
    await program((code) => {
      process.exitCode = code;
    }).parseAsync();
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
}
