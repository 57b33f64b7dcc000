// stockbridge count and stockbridge receive: what people found on a shelf, and what was delivered, from a CSV file.
import type { Command } from 'commander';
import type { LineProblem } from '../core/catalog/report.ts';
import { readConnections } from '../core/connection/connections.ts';
import {
  type EnteredChange,
  type EnteredKind,
  type EnteredLine,
  type EnteredReport,
  enter,
} from '../core/connection/entered.ts';
import { StockbridgeError } from '../core/errors.ts';
import type { Store } from '../core/inbox/store.ts';
import { openLedger } from '../core/ledger/post.ts';
import { difference, quantityFrom, quantityText } from '../core/vocabulary/quantity.ts';
import type { CommandLine } from './command-line.ts';
import { enteredLines } from './count-file.ts';
import { givenBytes } from './given-file.ts';
import { output, table } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface EnterOptions extends GlobalOptions {
  /** Makes the file one fact: the same name with the same content changes nothing. */
  readonly name?: string;
  /** Whose word it is; default the hub's own people. */
  readonly connection?: string;
  readonly preview?: boolean;
}

/** Lines shown to people; `--json` has all of them. */
const SHOWN = 50;

/**
 * Enters a file of counts: each says how many are there. Exit code 1 when lines were wrong or could not be booked, or when all of
 * it was booked before and it may yet be a new one.
 */
export const count = (file: string, options: EnterOptions): Promise<number> =>
  enterFile('count', file, options);

/** Enters a file of receipts: each says how many arrived from a supplier. Exit codes as {@link count}. */
export const receive = (file: string, options: EnterOptions): Promise<number> =>
  enterFile('receipt', file, options);

/** Adds `count` and `receive` to the command line. */
export function addCounting(cli: Command, { run, globals }: Pick<CommandLine, 'run' | 'globals'>): void {
  for (const [name, enter, says, what] of [
    ['count', count, 'counted', 'how many are there, as of when they were counted'],
    ['receive', receive, 'received', 'how many arrived from a supplier'],
  ] as const)
    cli
      .command(name)
      .description(
        `enter what was ${says} from a CSV file: sku or barcode, location, quantity (${what}); if wanted state, unit, ${says}_at${name === 'receive' ? ', reference, lot, expires_on' : ''}`,
      )
      .argument('<file>', 'the CSV file; - reads standard input')
      .option('--preview', 'show each difference, before and after, and write nothing', false)
      .option('--name <text>', 'names the file: given twice it is booked once; default made of its content')
      .option('--connection <name>', 'whose word it is, such as the warehouse’s; default your own')
      .action(
        run((file: string, options: Pick<EnterOptions, 'name' | 'connection' | 'preview'>) =>
          enter(file, { ...globals(), ...options }),
        ),
      );
}

async function enterFile(kind: EnteredKind, file: string, options: EnterOptions): Promise<number> {
  const out = output(options);
  if (options.name !== undefined && !/^[\x20-\x7e]{1,100}$/.test(options.name))
    throw new StockbridgeError('argument_invalid', '--name must be 1 to 100 plain characters');
  const bytes = await givenBytes(file);
  const { lines, rejected } = enteredLines(kind, bytes.toString('utf8'));
  return withDatabase(options, async (database) => {
    const report: EnteredReport =
      rejected.length > 0
        ? { kind, name: options.name ?? '', applied: false, changes: [], rejected }
        : await enter(database, openLedger(database), {
            ...{ kind, bytes, lines, name: options.name, preview: options.preview ?? false },
            connectionId: await connectionId(database.pool, options.connection),
            progress: (done) => out.progress(`${done} of ${lines.length} lines booked`),
          });
    out.progressDone();
    out.result(report, () => reportText(report));
    const isSound =
      report.rejected.length === 0 && report.changes.every(({ reason }) => reason === undefined);
    return isSound && !mayBeAnother(report, lines, options.name) ? 0 : 1;
  });
}

/** A file that says neither when nor by which name may be of today, though its content came before: only a person can tell. */
const mayBeAnother = ({ changes }: EnteredReport, lines: readonly EnteredLine[], name: string | undefined) =>
  name === undefined &&
  lines.some(({ at }) => at === undefined) &&
  changes.length > 0 &&
  changes.every(({ outcome }) => outcome === 'duplicate');

async function connectionId(store: Store, name: string | undefined): Promise<number | undefined> {
  if (name === undefined) return undefined;
  const rows = await readConnections(store);
  const row = rows.find((each) => each.name === name);
  if (row) return row.id;
  throw new StockbridgeError(
    'not_found',
    `there is no connection ${name}; there are ${rows.map((each) => each.name).join(', ') || 'none'}`,
    { help: 'Give one of these names, or leave --connection out.' },
  );
}

function reportText({ kind, name, knownSince, applied, changes, rejected }: EnteredReport): string {
  if (rejected.length > 0)
    return [`Nothing was written: ${lineNumber(rejected)} wrong.`, problemsTable(rejected)].join('\n');
  const refused = changes.filter(({ reason }) => reason !== undefined);
  const shown = changes.filter((each) => each.before !== each.after || each.reason !== undefined);
  const posted = changes.filter(({ outcome }) => outcome === 'posted').length;
  const known = changes.filter(({ outcome }) => outcome === 'duplicate').length;
  const same = changes.filter((each) => each.outcome !== 'duplicate' && !shown.includes(each)).length;
  return [
    applied
      ? `${kind} ${name}: ${posted} of ${changes.length} ${changes.length === 1 ? 'line' : 'lines'} booked${known > 0 ? `, ${known} were booked before` : ''}.`
      : `${kind} ${name} would be ${changes.length} ${changes.length === 1 ? 'line' : 'lines'}${known > 0 ? `, of which ${known} were booked before` : ''}; nothing was written.`,
    ...(knownSince !== undefined && known > 0
      ? [
          `This file was entered at ${knownSince} and is not entered again; if it is a new one, give it another --name.`,
        ]
      : []),
    ...(shown.length > 0 ? [changesTable(shown.slice(0, SHOWN))] : []),
    ...(shown.length > SHOWN ? [`  and ${shown.length - SHOWN} more; --json has all`] : []),
    ...(same > 0 ? [`${same} ${same === 1 ? 'line says' : 'lines say'} what the ledger says.`] : []),
    ...(refused.length > 0
      ? [
          `Not booked (${refused.length}); mend what is said, then give the file again:`,
          ...refused.slice(0, SHOWN).map(({ line, reason }) => `  line ${line}: ${reason}`),
        ]
      : []),
  ].join('\n');
}

const lineNumber = (rejected: readonly LineProblem[]): string => {
  const lines = new Set(rejected.map(({ line }) => line)).size;
  return lines === 1 ? 'one line is' : `${lines} lines are`;
};

const changesTable = (changes: readonly EnteredChange[]): string =>
  table(
    ['line', 'sku', 'location', 'state', 'before', 'after', 'difference'],
    changes.map(({ line, sku, location, state, before, after }) => [
      ...[String(line), sku, location, state, before, after],
      quantityText(difference(quantityFrom(after), quantityFrom(before))),
    ]),
  );

const problemsTable = (rejected: readonly LineProblem[]): string =>
  table(
    ['line', 'column', 'value', 'what is wrong', 'what to do'],
    rejected.map((each) => [String(each.line), each.column, each.value, each.problem, each.help]),
  );
