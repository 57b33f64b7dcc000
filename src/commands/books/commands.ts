// The accountant’s part of the command line: journals, the books, tie-out and closing. Only how they are called; what they do
// stands in their own files.
import { type Command, Option } from 'commander';
import { StockbridgeError } from '../../core/errors.ts';
import { JOURNAL_STATUSES } from '../../core/journals/document.ts';
import { EXPORT_FORMATS } from '../../core/journals/export/formats.ts';
import type { CommandLine } from '../command-line.ts';
import type { GlobalOptions } from '../session.ts';
import { booksAccounts, booksCheck, booksFindings, booksResolve, type ResolveOptions } from './books.ts';
import { type CloseOptions, close, type ReopenOptions, reopen } from './close.ts';
import {
  type ApproveOptions,
  approve,
  type DraftOptions,
  draftJournals,
  posted,
  type ReverseOptions,
  retry,
  reverse,
} from './journal.ts';
import { type ExportJournalsOptions, exportJournals } from './journal-export.ts';
import {
  type ExplainLineOptions,
  explainLine,
  JOURNAL_KINDS,
  type ListJournalsOptions,
  listJournals,
  type ShowJournalOptions,
  showJournal,
} from './journal-show.ts';
import { type TieOutOptions, tieout } from './tieout.ts';

type Own<Options> = Omit<Options, keyof GlobalOptions>;

/** Adds the commands. */
export function addAccounting(cli: Command, line: CommandLine): void {
  const { run, globals } = line;
  addJournal(cli, line);
  addBooks(cli, line);
  cli
    .command('tieout')
    .description('set ledger, journals and books against each other; name every difference and what to do')
    .option('--as-of <day>', 'end of this day; default the last day that is over')
    .option('--offline', 'do not ask the books; compare ledger and journals', false)
    .action(run((options: Own<TieOutOptions>) => tieout({ ...globals(), ...options })));
  cli
    .command('close')
    .description(
      'close the books through a month or a day with a certificate, or list what stands in the way',
    )
    .argument(
      '<period>',
      'a month such as 2026-10, or a day such as 2026-10-15; where journals are made by the month, a month',
    )
    .option('--yes', 'close; without it only what stands in the way is shown', false)
    .option('--by <name>', 'who closes; default the user of this machine')
    .option('--to <folder>', 'also write the certificate there, as Markdown and JSON')
    .option('--offline', 'do not ask the books; for journals that leave as files', false)
    .action(run((period: string, options: Own<CloseOptions>) => close(period, { ...globals(), ...options })));
  cli
    .command('reopen')
    .description('take the last close back, for a reason that is kept')
    .argument('<period>', 'what was closed last: the month, or the day')
    .requiredOption('--reason <text>', 'why')
    .option('--by <name>', 'who reopens; default the user of this machine')
    .action(
      run((period: string, options: Own<ReopenOptions>) => reopen(period, { ...globals(), ...options })),
    );
}

function addJournal(cli: Command, line: CommandLine): void {
  const { run, globals } = line;
  const journal = cli
    .command('journal')
    .description('journals: draft, look at, approve, send again, take back, write as files');
  journal
    .command('list')
    .description('journals by day, with how far each is on its way into the books')
    .option('--from <day>', 'first day of booking')
    .option('--through <day>', 'last day of booking')
    .addOption(new Option('--status <status...>', 'only these').choices(JOURNAL_STATUSES))
    .addOption(new Option('--kind <kind...>', 'only these').choices(JOURNAL_KINDS))
    .option('--limit <n>', 'the newest of them; default 1000, and all with --json', wholeNumber)
    .action(run((options: Own<ListJournalsOptions>) => listJournals({ ...globals(), ...options })));
  journal
    .command('show')
    .description('one journal with its lines, as it is or would be booked')
    .argument('<number>', 'such as INV-20261114-1')
    .option('--sources', 'also what each line is made of', false)
    .action(
      run((number: string, options: Own<ShowJournalOptions>) =>
        showJournal(number, { ...globals(), ...options }),
      ),
    );
  journal
    .command('explain')
    .description('where a line comes from: entries, movements and documents, and the events that said so')
    .argument('<number>', 'such as INV-20261114-1')
    .argument('<line>', 'number of the line', wholeNumber)
    .option('--limit <n>', 'entries to show', wholeNumber, 100)
    .option('--after <entry>', 'go on after this entry')
    .action(
      run((number: string, line: number, options: Own<ExplainLineOptions>) =>
        explainLine(number, line, { ...globals(), ...options }),
      ),
    );
  journal
    .command('draft')
    .description('bring value up to date and make all drafts anew; what is approved stays')
    .option('--running', 'also of the day or month that is not over', false)
    .action(run((options: Own<DraftOptions>) => draftJournals({ ...globals(), ...options })));
  journal
    .command('approve')
    .description('approve drafts; they are never changed again, and go to the books by themselves')
    .argument('[number...]', 'drafts by number')
    .option('--through <day>', 'all drafts through this day')
    .option('--hash <hash>', 'only if it is still what `journal show` printed')
    .option('--by <name>', 'who approves; default the user of this machine')
    .action(
      run((numbers: string[], options: Own<ApproveOptions>) =>
        approve(numbers, { ...globals(), ...options }),
      ),
    );
  journal
    .command('posted')
    .description('say that approved journals are in the books, where files carry them there')
    .argument('<number...>', 'journals by number')
    .action(run((numbers: string[]) => posted(numbers, globals())));
  journal
    .command('reverse')
    .description('take a journal back with one that mirrors it; what it held is drafted anew')
    .argument('<number>', 'an approved or posted journal')
    .requiredOption('--reason <text>', 'why; it goes into the memo')
    .option('--by <name>', 'who takes it back; default the user of this machine')
    .action(
      run((number: string, options: Own<ReverseOptions>) => reverse(number, { ...globals(), ...options })),
    );
  journal
    .command('retry')
    .description('send journals again that the books refused, or that somebody deleted there')
    .argument('<number...>', 'journals by number')
    .action(run((numbers: string[]) => retry(numbers, globals())));
  addExport(journal, line);
}

function addExport(journal: Command, { run, globals }: CommandLine): void {
  journal
    .command('export')
    .description('write journals as a file for other books; the same journals always give the same bytes')
    .addOption(
      new Option('--format <format>', 'how they are written')
        .choices(Object.keys(EXPORT_FORMATS))
        .makeOptionMandatory(),
    )
    .requiredOption('--to <place>', 'a folder (ending in /), a file, or - for standard output')
    .option('--from <day>', 'first day of booking')
    .option('--through <day>', 'last day of booking')
    .addOption(new Option('--status <status...>', 'default approved and posted').choices(JOURNAL_STATUSES))
    .option('--accounts <file>', 'hledger, beancount: YAML file with a name for each account id')
    .option('--no-declarations', 'hledger, beancount: for a book that has the accounts already')
    .option('--post', 'Xero: posted at once instead of drafts')
    .option('--class-category <name>', 'Xero: tracking category of classes')
    .option('--department-category <name>', 'Xero: tracking category of departments')
    .option('--tax-type <type>', 'Xero: tax type of every line')
    .option('--overwrite', 'replace a file of other content')
    .action(run((options: Own<ExportJournalsOptions>) => exportJournals({ ...globals(), ...options })));
}

function addBooks(cli: Command, { run, globals }: CommandLine): void {
  const books = cli
    .command('books')
    .description('the books that journals go to: their accounts, the mapping, and what was found there');
  books
    .command('accounts')
    .description('accounts, classes and departments with the ids that the mapping takes')
    .action(run(() => booksAccounts(globals())));
  books
    .command('check')
    .description(
      'compare the mapping with the books: unknown, inactive, in another currency, not for journals',
    )
    .action(run(() => booksCheck(globals())));
  books
    .command('findings')
    .description('what the books show that the hub did not do')
    .action(run(() => booksFindings(globals())));
  books
    .command('resolve')
    .description('accept a finding as it is; the note goes into the certificate')
    .argument('<finding>', 'number of the finding, as `tieout` shows it')
    .requiredOption('--note <text>', 'why it is right')
    .option('--by <name>', 'who accepts it; default the user of this machine')
    .action(
      run((id: string, options: Own<ResolveOptions>) => booksResolve(id, { ...globals(), ...options })),
    );
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new StockbridgeError('argument_invalid', `${text} is not a whole number`);
  return Number(text);
}
