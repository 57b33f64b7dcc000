// stockbridge cutover: from now on this connection's documents move stock; what is there already comes in as opening counts.
import { importCatalog } from '../core/catalog/import.ts';
import { readConnections } from '../core/connection/connections.ts';
import { databaseNow } from '../core/connection/counted.ts';
import { type CutoverReport, takeCutover } from '../core/connection/cutover.ts';
import { StockbridgeError } from '../core/errors.ts';
import { startInstant } from '../core/journals/calendar.ts';
import { openLedger } from '../core/ledger/post.ts';
import { isDay } from '../core/vocabulary/facts.ts';
import { type Instant, instantSchema } from '../core/vocabulary/instant.ts';
import { keepsOnlyBooks } from '../hub.ts';
import { openConnections } from './connections.ts';
import { givenText } from './given-file.ts';
import { type Output, output } from './output.ts';
import { type GlobalOptions, withDatabase } from './session.ts';

export interface CutoverOptions extends GlobalOptions {
  /** `channel`: levels and open orders from the channel itself; `none`: stock is known already, or is counted later. */
  readonly from: 'channel' | 'none';
  /** A CSV of opening counts. */
  readonly stock?: string;
  /** `now`, an instant, or a day of the company. */
  readonly at?: string;
}

export async function cutover(name: string, options: CutoverOptions): Promise<number> {
  const out = output(options);
  return withDatabase(options, async (database, config) => {
    const connections = await openConnections(database, config);
    const live = connections.get(name);
    const row = (await readConnections(database.pool)).find((each) => each.name === name);
    if (!live || !row)
      throw new StockbridgeError(
        'not_found',
        `there is no connection ${name}; there are ${[...connections.keys()].join(', ') || 'none'}`,
        { help: 'Give one of these names, or add the connection to the configuration.' },
      );
    if (keepsOnlyBooks(live.connection)) return notNeeded(live.name, options, out);
    const { snapshot } = live.connection;
    if (options.from === 'channel' && !snapshot) {
      throw new StockbridgeError(
        'argument_invalid',
        `${live.connector.name} cannot tell its levels; give a file with --stock, or --from none`,
      );
    }
    const counts = options.stock === undefined ? undefined : await openingCounts(database, options.stock);
    const atOf = async (text: string): Promise<Instant> =>
      text === 'now' ? databaseNow(database.pool) : instantAt(text, config.books?.timeZone);
    const report = await takeCutover(database, openLedger(database), {
      connection: row,
      ...(options.at === undefined ? {} : { at: await atOf(options.at) }),
      ...(options.from === 'channel' && snapshot ? { pages: told(snapshot.call(live.connection), out) } : {}),
      ...(counts ? { counts } : {}),
    });
    out.progressDone();
    out.result(report, () => textOf(report));
    return report.leftOut.length === 0 ? 0 : 1;
  });
}

/**
 * The instant that `--at` names; a day alone is its first instant where the configuration says in which time zone.
 * @throws StockbridgeError `argument_invalid` when it is neither.
 */
export function instantAt(text: string, timeZone: string | undefined): Instant {
  const given = instantSchema.safeParse(text);
  if (given.success) return given.data;
  const isBareDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text);
  if (isBareDay && timeZone !== undefined) return startInstant(text, timeZone);
  throw new StockbridgeError(
    'argument_invalid',
    isBareDay
      ? `--at ${text} names a day, and without books.timeZone nothing says where that day begins; give the instant with its zone, such as ${text}T00:00:00Z or ${text}T00:00:00+02:00`
      : `--at must be now or an instant with its zone, such as 2026-11-01T00:00:00Z or 2026-11-01T00:00:00+01:00, not ${text}`,
  );
}

/** @throws StockbridgeError `argument_invalid` when something was given that would be left undone. */
function notNeeded(name: string, { from, stock, at }: CutoverOptions, out: Output): number {
  const text = `${name} keeps books and moves no stock: it needs no cut-over.`;
  if (from === 'channel' || stock !== undefined || at !== undefined)
    throw new StockbridgeError('argument_invalid', `${text} Nothing was taken`);
  out.result({ connection: name, needed: false }, () => text);
  return 0;
}

async function openingCounts(database: Parameters<typeof takeCutover>[0], path: string) {
  const report = await importCatalog(database.pool, 'stock', await givenText(path));
  const [first] = report.rejected;
  if (first)
    throw new StockbridgeError(
      'content_invalid',
      `${path} has ${report.rejected.length} wrong lines; the first is line ${first.line}: ${first.column} ${first.problem}. ${first.help}`,
    );
  return report.counts;
}

async function* told<Page extends { levels: readonly unknown[] }>(
  pages: AsyncIterable<Page>,
  out: Output,
): AsyncGenerator<Page> {
  let levels = 0;
  for await (const page of pages) {
    levels += page.levels.length;
    out.progress(`${levels} levels read`);
    yield page;
  }
}

export function textOf(report: CutoverReport): string {
  return [
    `${report.connection} is cut over at ${report.at}: ${report.counts} opening counts${report.held > 0 ? ` (${report.held} of units on hold)` : ''}, ${report.orders} open orders.`,
    ...report.notes.map((each) => `Note: ${each}.`),
    ...(report.leftOut.length > 0
      ? [
          `Left out (${report.leftOut.length}); mend what is said, then enter the stock with \`stockbridge count\`:`,
          ...report.leftOut.slice(0, 20).map((each) => `  ${each}`),
        ]
      : []),
  ].join('\n');
}
