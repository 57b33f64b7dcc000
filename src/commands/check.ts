// stockbridge check: is the configuration right, is the installation safe, and can each connection work? Moves nothing and begins nothing.

import { configurationWarnings } from '../config/warnings.ts';
import { type Config, checkConfig, type Problem, problemText } from '../config.ts';
import type { HealthFinding } from '../connectors/contract.ts';
import { connectors } from '../connectors/index.ts';
import { type ConnectionRow, readConnections } from '../core/connection/connections.ts';
import { type Database, openDatabase } from '../core/database.ts';
import { errorReason, StockbridgeError } from '../core/errors.ts';
import { attachEmbedded } from '../core/storage/embedded.ts';
import { companyConflicts } from '../core/valuation/company.ts';
import { connectionBudget } from '../hub.ts';
import type { LiveConnection } from '../workers/hub.ts';
import { chartProblems } from './books/chart-problems.ts';
import { openConnections } from './connections.ts';
import { output } from './output.ts';
import {
  type BootFinding,
  bootFindings,
  configOptionsOf,
  type GlobalOptions,
  withDatabase,
} from './session.ts';

interface CheckReport {
  readonly valid: boolean;
  readonly file: string | null;
  readonly problems: readonly Problem[];
  /** What is right and yet probably not meant. */
  readonly warnings: readonly string[];
  readonly connections: readonly {
    readonly name: string;
    readonly connector: string;
    readonly sells: boolean;
    /** The instant that the file gives; null: `stockbridge cutover` takes it. */
    readonly cutover: string | null;
    readonly webhook: string | null;
  }[];
  readonly database: {
    readonly reachable: boolean;
    readonly note: string;
    readonly findings: readonly BootFinding[];
  };
}

export interface CheckOptions extends GlobalOptions {
  /** Ask every vendor too: tokens, scopes, subscriptions. Needs a database that is running. */
  readonly live?: boolean;
}

/** Answers the exit code: 0 all right, 1 something must be mended. */
export async function check(options: CheckOptions): Promise<number> {
  const out = output(options);
  const result = checkConfig(configOptionsOf(options));
  const report: CheckReport = result.valid
    ? {
        valid: true,
        file: result.config.file ?? null,
        problems: [],
        warnings: configurationWarnings(result.config, connectors),
        connections: connectionsOf(result.config),
        database: await databaseOf(result.config),
      }
    : {
        valid: false,
        file: null,
        problems: result.problems,
        warnings: [],
        connections: [],
        database: { reachable: false, note: 'not asked: the configuration is wrong', findings: [] },
      };
  const health = options.live && result.valid ? await healthOf(options) : [];
  out.result({ ...report, health }, () => [textOf(report), ...health.map(healthText)].join('\n'));
  const sound = report.valid && report.database.findings.every((finding) => finding.level !== 'refuse');
  return sound && health.every((each) => each.findings.every((finding) => finding.level !== 'fail')) ? 0 : 1;
}

interface ConnectionHealth {
  readonly connection: string;
  readonly findings: readonly HealthFinding[];
}

/** What each vendor says about our access to it. */
const healthOf = (options: GlobalOptions): Promise<ConnectionHealth[]> =>
  withDatabase(options, async (database, config) => {
    // Names are made known, so that what a vendor renews when it is asked can be kept; nothing begins to move stock.
    const connections = await openConnections(database, config, { cutovers: 'leave' });
    const parked = new Map((await readConnections(database.pool)).map((row) => [row.name, row.parked]));
    return Promise.all(
      [...connections].map(async ([connection, live]) => ({
        connection,
        findings: withParking(connection, parked.get(connection), [
          ...(await findingsOf(live)),
          ...(await mappingOf(live, config)),
        ]),
      })),
    );
  });

/** Nothing is right with a connection that does nothing, whatever the vendor says: only what speaks against it stays beside. */
function withParking(
  connection: string,
  parked: ConnectionRow['parked'],
  findings: readonly HealthFinding[],
): readonly HealthFinding[] {
  if (!parked) return findings;
  const against = findings.filter((finding) => finding.level !== 'ok');
  const resume = `\`stockbridge resume ${connection}\``;
  const help =
    against.length === 0
      ? `What can be asked now speaks for it; once the reason is mended, ${resume} lets it go on.`
      : `Mend the reason and what is said below, then ${resume}.`;
  const since = parked.since.toISOString().slice(0, 16).replace('T', ' ');
  return [
    { level: 'fail', what: `parked (${parked.code}) since ${since} UTC: ${parked.reason}`, help },
    ...against,
  ];
}

/** How the mapping of accounts fits the books that this connection keeps, where it keeps the company’s. */
async function mappingOf(live: LiveConnection, { books }: Config): Promise<readonly HealthFinding[]> {
  if (!live.connection.journal || books?.journal.connection !== live.name) return [];
  try {
    const problems = chartProblems(books, await live.connection.journal.describe());
    if (problems.length === 0)
      return [{ level: 'ok', what: 'every account of the mapping is there and fit' }];
    return problems.map(({ level, where, what }) => ({ level, what: `${where}: ${what}` }));
  } catch (error) {
    return [{ level: 'fail', what: `the accounts cannot be read: ${errorReason(error)}` }];
  }
}

async function findingsOf(live: LiveConnection): Promise<readonly HealthFinding[]> {
  if (!live.connection.health) return [{ level: 'ok', what: 'this connector has nothing to ask' }];
  try {
    return await live.connection.health();
  } catch (error) {
    const help = error instanceof StockbridgeError ? error.help : undefined;
    return [{ level: 'fail', what: errorReason(error), ...(help === undefined ? {} : { help }) }];
  }
}

const healthText = ({ connection, findings }: ConnectionHealth): string =>
  findings
    .map(
      (finding) =>
        `${connection}: ${finding.level}, ${finding.what}${finding.help ? `\n  ${finding.help}` : ''}`,
    )
    .join('\n');

const connectionsOf = (config: Config): CheckReport['connections'] =>
  [...config.connections.values()].map((connection) => ({
    name: connection.name,
    connector: connection.connector,
    sells: connection.policy !== undefined,
    cutover: connection.cutover ?? null,
    webhook: connectors.get(connection.connector)?.webhook
      ? `${config.api.publicUrl}/hooks/${connection.name}`
      : null,
  }));

async function databaseOf(config: Config): Promise<CheckReport['database']> {
  try {
    const url = config.database.url ?? (await attachEmbedded({ dataDir: config.data, waitMs: 0 })).url;
    const database = openDatabase({ url, poolSize: 2 });
    const findings = await findingsIn(config, database).finally(() => database.close());
    return {
      reachable: true,
      note: config.database.url === undefined ? `embedded, in ${config.data}` : 'external',
      findings,
    };
  } catch (error) {
    if (config.database.url === undefined)
      return {
        reachable: false,
        note: `embedded PostgreSQL in ${config.data} is not running; start brings it up`,
        findings: [],
      };
    return {
      reachable: false,
      note: errorReason(error),
      findings: [{ level: 'refuse', code: 'database_unavailable', message: errorReason(error) }],
    };
  }
}

/** What endangers data or work, then what the configured company differs in from the one that stock was valued for. */
async function findingsIn(config: Config, database: Database): Promise<readonly BootFinding[]> {
  const findings = await bootFindings(config, database, connectionBudget(config));
  const conflicts = config.books ? await companyConflicts(database.pool, config.books) : [];
  return [
    ...findings,
    ...conflicts.map((message) => ({ level: 'refuse', code: 'configuration_invalid', message }) as const),
  ];
}

function textOf(report: CheckReport): string {
  if (!report.valid)
    return [
      `${report.problems.length} ${report.problems.length === 1 ? 'mistake' : 'mistakes'} in the configuration:`,
      ...report.problems.map((problem) => problemText(problem)),
    ].join('\n');
  const connections = report.connections.map(
    (each) =>
      `  ${each.name} (${each.connector}${each.sells ? ', sells' : ''}${each.cutover === null ? '' : `, cut over by the file at ${each.cutover}`})${each.webhook ? `: webhooks at ${each.webhook}` : ''}`,
  );
  return [
    `configuration: right${report.file ? ` (${report.file})` : ' (no file; the defaults hold)'}`,
    `connections: ${report.connections.length}`,
    ...connections,
    ...report.warnings.map((warning) => `warning: ${warning}`),
    `database: ${report.database.note}`,
    ...report.database.findings.map(
      (finding) =>
        `  ${finding.level === 'refuse' ? 'REFUSED' : 'warning'} ${finding.code}: ${finding.message}`,
    ),
  ].join('\n');
}
