// Brings a CSV file of one kind into the catalogue: all of it or, on request, every line that is right. It guesses
// nothing, repeats harmlessly, and says of each line it cannot take what is wrong and what to do.
import type pg from 'pg';
import { costs, rates } from '../costs/import-assertions.ts';
import { bills, landed } from '../costs/import-bills.ts';
import { costing } from '../costs/import-costing.ts';
import { production } from '../costs/import-production.ts';
import type { ErrorCode } from '../errors.ts';
import type { ImportKind, RowOf } from './columns.ts';
import { readCsv } from './csv.ts';
import { items } from './items.ts';
import type { Kind, Written } from './kind.ts';
import { kits } from './kits.ts';
import { listings } from './listings.ts';
import { bindings, locations } from './locations.ts';
import { type OrdersAgain, readOrdersAgain } from './read-again.ts';
import { CATALOGUE_CODES, replayable } from './replayable.ts';
import { Findings, type Line, type LineNotice, type LineProblem } from './report.ts';
import { rowsOf } from './rows.ts';
import { type OpeningCount, stock } from './stock.ts';
import { barcodes, units } from './units.ts';
import { raiseVersion } from './version.ts';

export { type ColumnDescription, columnsOf, IMPORT_KINDS, type ImportKind } from './columns.ts';
export { CATALOGUE_CODES, replayable } from './replayable.ts';
export type { LineNotice, LineProblem } from './report.ts';
export type { OpeningCount } from './stock.ts';

export interface ImportReport {
  readonly kind: ImportKind;
  /** False when lines were rejected and the file was to be taken as a whole: then nothing was written. */
  readonly applied: boolean;
  /** Lines that are right, written or not. */
  readonly accepted: number;
  /** Of the accepted lines that were written: those that changed something, and those that said what is so already. */
  readonly changed: number;
  readonly unchanged: number;
  /** Kit components that the file no longer names. */
  readonly removed: number;
  readonly rejected: readonly LineProblem[];
  readonly notices: readonly LineNotice[];
  /** Whose availability may be another now. */
  readonly touched: { readonly items: readonly number[]; readonly connections: readonly number[] };
  /** Quarantined events that this kind of change may have cured. */
  readonly replayable: number;
  /** Open orders that mean something else now. */
  readonly orders: OrdersAgain;
  /** With kind `stock` only. */
  readonly counts: readonly OpeningCount[];
}

export interface ImportOptions {
  /** Take the lines that are right although others are wrong; default false. */
  readonly partial?: boolean;
}

const CURES: Readonly<Record<ImportKind, readonly ErrorCode[]>> = {
  items: CATALOGUE_CODES,
  barcodes: ['item_unknown'],
  units: ['unit_unknown'],
  kits: [],
  locations: ['location_unknown'],
  listings: ['item_unknown'],
  bindings: ['location_unknown'],
  stock: [],
  costs: [],
  bills: [],
  landed: [],
  rates: [],
  production: [],
  costing: [],
};

/** Imports one at a time, so that a check still holds when its lines are written. */
const IMPORT_LOCK = 7_305_101_002n;

/** Imports CSV text of one kind in one transaction. Database failures are thrown, and nothing is written then. */
export async function importCatalog(
  pool: pg.Pool,
  kind: ImportKind,
  csvText: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  switch (kind) {
    case 'items':
      return run(pool, kind, items, csvText, options);
    case 'barcodes':
      return run(pool, kind, barcodes, csvText, options);
    case 'units':
      return run(pool, kind, units, csvText, options);
    case 'kits':
      return run(pool, kind, kits, csvText, options);
    case 'locations':
      return run(pool, kind, locations, csvText, options);
    case 'listings':
      return run(pool, kind, listings, csvText, options);
    case 'bindings':
      return run(pool, kind, bindings, csvText, options);
    case 'stock':
      return run(pool, kind, stock, csvText, options);
    case 'costs':
      return run(pool, kind, costs, csvText, options);
    case 'bills':
      return run(pool, kind, bills, csvText, options);
    case 'landed':
      return run(pool, kind, landed, csvText, options);
    case 'rates':
      return run(pool, kind, rates, csvText, options);
    case 'production':
      return run(pool, kind, production, csvText, options);
    case 'costing':
      return run(pool, kind, costing, csvText, options);
  }
}

async function run<Name extends ImportKind, Ready>(
  pool: pg.Pool,
  name: Name,
  kind: Kind<RowOf<Name>, Ready>,
  csvText: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const findings = new Findings();
  const lines = linesOf(name, kind, csvText, findings);
  if (!lines)
    return reportOf(name, findings, { applied: false, accepted: 0, written: { changed: 0 }, replayable: 0 });
  return inImport(pool, async (session) => {
    const ready = await kind.check(session, lines, findings);
    const accepted = lines.filter((line) => !findings.isRejected(line)).length;
    const applied = findings.rejected.length === 0 || options.partial === true;
    const written = applied ? await kind.write(session, ready) : { changed: 0 };
    const orders = await readOrdersAgain(session, written.affected ?? []);
    const cured = applied && CURES[name].length > 0 ? await replayable(session, CURES[name]) : 0;
    const counts = applied && name === 'stock' ? (ready as readonly OpeningCount[]) : [];
    return reportOf(name, findings, { applied, accepted, written, orders, replayable: cured, counts });
  });
}

/** The file's lines, each about something else; undefined when it cannot be read as this kind of file. */
function linesOf<Name extends ImportKind>(
  name: Name,
  kind: Kind<RowOf<Name>, unknown>,
  csvText: string,
  findings: Findings,
): readonly Line<RowOf<Name>>[] | undefined {
  const csv = readCsv(csvText);
  if (!csv.readable) {
    findings.rejectLine(csv.line, '', '', csv.problem, csv.help);
    return undefined;
  }
  const seen = new Map<string, number>();
  return rowsOf(name, csv.header, csv.records, findings)?.filter((line) => {
    const key = kind.key(line.row);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, line.line);
    else
      findings.reject(
        line,
        '',
        `says something about the same thing as line ${first}`,
        'Keep one of the two lines.',
      );
    return first === undefined;
  });
}

/** Runs `work` in a transaction that no other import runs beside. */
export async function inImport<T>(pool: pg.Pool, work: (session: pg.PoolClient) => Promise<T>): Promise<T> {
  const session = await pool.connect();
  try {
    await session.query('begin');
    await session.query('select pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
    await raiseVersion(session);
    const result = await work(session);
    await session.query('commit');
    session.release();
    return result;
  } catch (error) {
    // ending the session ends its transaction, whatever state it is in
    session.release(true);
    throw error;
  }
}

interface Outcome {
  readonly applied: boolean;
  readonly accepted: number;
  readonly written: Written;
  readonly replayable: number;
  readonly orders?: OrdersAgain;
  readonly counts?: readonly OpeningCount[];
}

function reportOf(kind: ImportKind, findings: Findings, outcome: Outcome): ImportReport {
  const { applied, accepted, written } = outcome;
  return {
    kind,
    applied,
    accepted,
    changed: written.changed,
    unchanged: applied && kind !== 'stock' ? accepted - written.changed : 0,
    removed: written.removed ?? 0,
    rejected: findings.rejected.toSorted((a, b) => a.line - b.line),
    notices: findings.notices.toSorted((a, b) => a.line - b.line),
    touched: { items: written.items ?? [], connections: written.connections ?? [] },
    replayable: outcome.replayable,
    orders: outcome.orders ?? { again: 0, left: 0 },
    counts: outcome.counts ?? [],
  };
}
