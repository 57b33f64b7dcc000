// stockbridge start: brings storage up, migrates, checks that nothing endangers data, and runs the roles asked for until told to stop.

import { configurationWarnings } from '../config/warnings.ts';
import type { Config, Role } from '../config.ts';
import { connectors } from '../connectors/index.ts';
import { openDatabase } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { connectionBudget, type RunningHub, startHub } from '../hub.ts';
import { booksConnection } from '../workers/book.ts';
import { chartIfAsked } from '../workers/chart.ts';
import { mappingFailures } from './books/mapping.ts';
import { bootFindings, configOf, type GlobalOptions, logOf, migrateAll, openStorage } from './session.ts';

export interface StartOptions extends GlobalOptions {
  readonly roles?: readonly Role[];
  /** Use the embedded PostgreSQL of a hub that runs on this data directory, instead of owning it. */
  readonly attach?: boolean;
}

/** Runs until SIGTERM or SIGINT; another signal, a second or more after the first, ends at once. */
export async function start(options: StartOptions): Promise<undefined> {
  const config = configOf(options);
  const log = logOf(config);
  for (const warning of configurationWarnings(config, connectors)) log.warn(warning);
  const storage = await openStorage(config, (line) => log.info(line), { own: options.attach !== true });
  try {
    for (const file of await migrateAll(config, storage.url)) log.info({ file }, 'migration applied');
    const database = openDatabase({ url: storage.url, poolSize: 2 });
    const findings = await bootFindings(config, database, connectionBudget(config)).finally(() =>
      database.close(),
    );
    for (const finding of findings)
      log[finding.level === 'refuse' ? 'error' : 'warn']({ code: finding.code }, finding.message);
    const refused = findings.filter((finding) => finding.level === 'refuse');
    if (refused.length > 0)
      throw new StockbridgeError('storage_refused', refused.map((finding) => finding.message).join('\n'));
    const roles = options.roles ?? config.workers.roles;
    const running = await startHub({ config, databaseUrl: storage.url, connectors, log, roles });
    // Before it is said that it runs: whoever reads that may stop it at once.
    const signalled = untilSignalled(() => log.info('stopping; signal again to end at once'));
    log.info(
      { roles, port: running.apiPort, database: storage.kind, connections: [...config.connections.keys()] },
      'Stockbridge runs',
    );
    if (roles.includes('value')) void warnOfMapping(config, running);
    await signalled;
    await running.stop();
  } finally {
    await storage.release();
  }
}

/** Says in the log what the books would refuse, before a journal finds out; a hub starts whether they can be asked or not. */
async function warnOfMapping({ books }: Config, { hub }: RunningHub): Promise<void> {
  const live = books && booksConnection(hub.connections.values(), books);
  if (!books || !live) return;
  for (const what of mappingFailures(books, await chartIfAsked(live)))
    hub.log.warn({ connection: live.name }, `the mapping of accounts does not fit the books: ${what}`);
}

/** One wish to stop may come as two signals: a terminal sends its own to every process of the job, and npm and shells pass theirs on. */
const SAME_WISH_MS = 1_000;

function untilSignalled(onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const take = () => {
      if (firstAt !== undefined) {
        if (performance.now() - firstAt > SAME_WISH_MS) process.exit(1);
        return;
      }
      firstAt = performance.now();
      onFirst();
      resolve();
    };
    process.on('SIGTERM', take);
    process.on('SIGINT', take);
  });
}
