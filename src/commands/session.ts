// What a command needs of the installation: its configuration, the log, and a migrated database that is given back at the end.
import { type Logger, pino } from 'pino';
import { type Config, type ConfigOptions, loadConfig } from '../config.ts';
import { connectors } from '../connectors/index.ts';
import { unknownLocations, unknownLocationsText } from '../core/availability/unknown-locations.ts';
import { type Database, openDatabase } from '../core/database.ts';
import { StockbridgeError } from '../core/errors.ts';
import { bootCheck } from '../core/storage/boot-check.ts';
import { attachEmbedded, startEmbedded } from '../core/storage/embedded.ts';
import { migrate, pendingMigrations } from '../core/storage/migrate.ts';
import { migrateQueues, queueSchemaStatus } from '../workers/queue-schema.ts';
import { redisCheckAt } from '../workers/redis-check.ts';

export interface GlobalOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** Where the configuration comes from, as the command line and the environment say. */
export const configOptionsOf = ({ config, data }: GlobalOptions): ConfigOptions => ({
  ...{ path: config, data, env: process.env, cwd: process.cwd(), connectors },
});

/** The configuration that the command line, the file and the environment give together. */
export function configOf(options: GlobalOptions): Config {
  return loadConfig(configOptionsOf(options));
}

/** Structured lines on standard error, so that a command's own output stays clean. */
export const logOf = (config: Config): Logger =>
  pino(
    { level: config.log.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );

export interface Storage {
  readonly url: string;
  readonly kind: 'embedded' | 'attached' | 'external';
  /** Ends what was started for this command; a server that somebody else runs goes on. */
  release(): Promise<void>;
}

/** PostgreSQL as configured: an outside one, the embedded one of a running hub, or the embedded one started for us. */
export async function openStorage(
  config: Config,
  log: (line: string) => void,
  options: { own: boolean },
): Promise<Storage> {
  if (config.database.url !== undefined)
    return { url: config.database.url, kind: 'external', release: async () => undefined };
  if (!options.own) {
    const running = await attachEmbedded({ dataDir: config.data, waitMs: 0 }).catch((error: unknown) => {
      if (error instanceof StockbridgeError && error.code === 'database_unavailable') return undefined;
      throw error;
    });
    if (running) return { url: running.url, kind: 'attached', release: async () => undefined };
  }
  const server = await startEmbedded({ dataDir: config.data, log });
  return { url: server.url, kind: 'embedded', release: () => server.stop() };
}

/** Brings both schemas to this version; answers what was applied. */
export async function migrateAll(
  config: Config,
  url: string,
  log?: (line: string) => void,
): Promise<string[]> {
  const database = openDatabase({ url, poolSize: 2 });
  try {
    const applied = await migrate(database.pool, log ? { log } : {});
    if (config.redis.url === undefined) await migrateQueues(url);
    return applied;
  } finally {
    await database.close();
  }
}

export interface BootFinding {
  readonly level: 'refuse' | 'warn';
  readonly code: string;
  readonly message: string;
}

/** Everything about this installation that endangers data or work, refusals first. */
export async function bootFindings(
  config: Config,
  database: Database,
  connectionBudget: number,
): Promise<BootFinding[]> {
  const queueSchema =
    config.redis.url === undefined ? { queueSchema: await queueSchemaStatus(database.pool) } : {};
  const findings: BootFinding[] = [...(await bootCheck(database.pool, { connectionBudget, ...queueSchema }))];
  if (config.redis.url !== undefined) findings.push(...(await redisCheckAt(config.redis.url)));
  for (const { connection, ...unknown } of await unknownLocations(database.pool, config.connections.values()))
    findings.push({
      level: 'warn',
      code: 'configuration_invalid',
      message: `connections.${connection}: ${unknownLocationsText(unknown)}`,
    });
  return findings.sort((a, b) => (a.level === b.level ? 0 : a.level === 'refuse' ? -1 : 1));
}

/** Runs `work` on the configured database, whose schema must be current; starts the embedded server for it if none runs. */
export async function withDatabase<T>(
  options: GlobalOptions,
  work: (database: Database, config: Config) => Promise<T>,
): Promise<T> {
  const config = configOf(options);
  const storage = await openStorage(config, () => undefined, { own: false });
  try {
    const database = openDatabase({ url: storage.url, poolSize: 4 });
    try {
      const pending = await pendingMigrations(database.pool);
      if (pending.length > 0) {
        if (storage.kind !== 'embedded')
          throw new StockbridgeError(
            'schema_behind',
            `the database lacks ${pending.map((each) => each.file).join(', ')}`,
          );
        await migrateAll(config, storage.url);
      }
      return await work(database, config);
    } finally {
      await database.close();
    }
  } finally {
    await storage.release();
  }
}
