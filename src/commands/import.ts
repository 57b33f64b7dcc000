// stockbridge import: a CSV file of one kind, or a channel's own catalogue, with a readable report of what was wrong on which line.
import { type ImportKind, type ImportReport, importCatalog } from '../core/catalog/import.ts';
import { type ChannelImportReport, importFromChannel } from '../core/catalog/import-channel.ts';
import { replayUnknown } from '../core/catalog/version.ts';
import type { Database } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { noteItemsChanged } from '../core/ledger/note.ts';
import { markAllDue } from '../core/publication/changes.ts';
import { openConnections } from './connections.ts';
import { givenText } from './given-file.ts';
import { type Output, output, table } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface ImportFileOptions extends GlobalOptions {
  readonly partial?: boolean;
}

/** Imports a file; exit code 1 when lines were wrong. Events that waited for it are replayed by themselves. */
export async function importFile(
  kind: ImportKind,
  path: string,
  options: ImportFileOptions,
): Promise<number> {
  const out = output(options);
  const text = await givenText(path);
  return withDatabase(options, async (database) => {
    const report = await importCatalog(database.pool, kind, text, { partial: options.partial ?? false });
    const replayed = report.applied ? await afterImport(database, report.touched) : 0;
    out.result({ ...report, replayed }, () => reportText(report, replayed));
    if (kind === 'stock')
      out.say(
        'Nothing was booked: opening stock is taken with `stockbridge cutover <connection> --stock <file>`, later counts with `stockbridge count <file>`.',
      );
    return report.rejected.length === 0 ? 0 : 1;
  });
}

export interface ImportChannelOptions extends GlobalOptions {
  readonly createItems?: boolean;
  readonly createLocations?: boolean;
}

/** Imports what a channel says it has. Nothing is bound that is not certain; the rest is listed. */
export async function importChannel(name: string, options: ImportChannelOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const connections = await openConnections(database, config);
    const live = connections.get(name);
    if (!live?.connection.catalogue)
      throw new StockbridgeError(
        'argument_invalid',
        `${name} is no connection with a catalogue; there are ${[...connections.keys()].join(', ') || 'none'}`,
      );
    const report = await importFromChannel(
      database.pool,
      live.id,
      counted(live.connection.catalogue(), out),
      {
        createItems: options.createItems ?? false,
        locations: options.createLocations ? 'create' : 'match',
      },
    );
    out.progressDone();
    const replayed = await afterImport(database, {
      items: report.touched.items,
      connections: live.policy ? [live.id] : [],
    });
    out.result({ ...report, replayed }, () => channelText(name, report, replayed));
    return 0;
  });
}

async function* counted<Page extends { listings: readonly unknown[] }>(
  pages: AsyncIterable<Page>,
  out: Output,
): AsyncGenerator<Page> {
  let listings = 0;
  for await (const page of pages) {
    listings += page.listings.length;
    out.progress(`${listings} listings read`);
    yield page;
  }
}

/** What an import sets free: availability to compute again, and quarantined events that may succeed now. */
export async function afterImport(
  database: Database,
  touched: { items: readonly number[]; connections: readonly number[] },
): Promise<number> {
  if (touched.items.length > 0) await noteItemsChanged(database, touched.items);
  for (const connectionId of touched.connections) await markAllDue(database, connectionId);
  return (await replayUnknown(database)).length;
}

function reportText(report: ImportReport, replayed: number): string {
  const lines = [
    `${report.kind}: ${report.accepted} ${report.accepted === 1 ? 'line' : 'lines'} right (${report.changed} changed something, ${report.unchanged} did not), ${report.rejected.length} wrong`,
  ];
  if (!report.applied)
    lines.push('Nothing was written: mend the lines below, or take the right ones with --partial.');
  if (report.rejected.length > 0) {
    lines.push(
      table(
        ['line', 'column', 'value', 'what is wrong', 'what to do'],
        report.rejected.map((each) => [String(each.line), each.column, each.value, each.problem, each.help]),
      ),
    );
  }
  for (const notice of report.notices)
    lines.push(`note, line ${notice.line}: ${notice.column} ${notice.value}: ${notice.notice}`);
  if (replayed > 0) lines.push(`${replayed} quarantined events are tried again.`);
  const { again, left } = report.orders;
  if (again > 0) lines.push(`${again} open orders are read again: what they reserve follows this file.`);
  if (left > 0)
    lines.push(
      `${left} open orders cannot be read again and keep what they reserve until they change at their source: they were taken over at the cut-over, a person closed their event, or its bytes are erased.`,
    );
  return lines.join('\n');
}

function channelText(name: string, { locations, listings }: ChannelImportReport, replayed: number): string {
  const undecided = [
    ...locations.undecided.map((each) => ['location', each.name, each.id, each.problem, each.help]),
    ...listings.undecided.map((each) => [
      'listing',
      each.sku || each.title,
      each.id,
      each.problem,
      each.help,
    ]),
  ];
  return [
    `${name}: ${locations.bound.length} locations bound (${locations.unchanged} were, ${locations.inactive} are closed), ${listings.bound} listings bound (${listings.createdItems} with a new item, ${listings.kept} were bound)`,
    ...locations.bound.map((each) => `  ${each.name} is ${each.code}${each.created ? ' (new)' : ''}`),
    ...(undecided.length > 0
      ? ['A person must decide:', table(['what', 'name', 'id', 'problem', 'what to do'], undecided)]
      : []),
    ...(replayed > 0 ? [`${replayed} quarantined events are tried again.`] : []),
  ].join('\n');
}
