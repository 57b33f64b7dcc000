// What must be true of a PostgreSQL before the hub trusts it with stock. It reads and measures; it changes nothing.
import pg from 'pg';
import { StockbridgeError } from '../errors.ts';
import { pendingMigrations } from './migrate.ts';

export type FindingCode =
  | 'fsync_off'
  | 'synchronous_commit_off'
  | 'full_page_writes_off'
  | 'server_too_old'
  | 'server_read_only'
  | 'encoding_not_utf8'
  | 'schema_behind'
  | 'schema_mismatch'
  | 'queue_schema_behind'
  | 'queue_schema_ahead'
  | 'connections_short'
  | 'connections_scarce'
  | 'clock_skew'
  | 'transaction_pooler'
  | 'redis_evicts'
  | 'redis_not_durable'
  | 'redis_settings_hidden';

/** `refuse`: do not start, data or stock numbers would be in danger. `warn`: start, and say it. */
export interface Finding {
  readonly code: FindingCode;
  readonly level: 'refuse' | 'warn';
  /** What is, and what to do. */
  readonly message: string;
}

export interface BootCheckOptions {
  /** Sessions that all processes of this deployment open together at most. */
  readonly connectionBudget: number;
  /** What `queueSchemaStatus` of the workers answers, when the queues live in this PostgreSQL. */
  readonly queueSchema?: { readonly schema: string; readonly installed: number; readonly latest: number };
  readonly migrationsDirectory?: string;
  /** This process's clock in milliseconds; default `Date.now`. */
  readonly now?: () => number;
}

const MINIMUM_MAJOR = 16;
const SKEW_WARN_MS = 2_000;
const SKEW_REFUSE_MS = 5_000;

/** Everything that is wrong, the refusals first; an empty list means trust it. Throws only when the server cannot be asked. */
export async function bootCheck(pool: pg.Pool, options: BootCheckOptions): Promise<Finding[]> {
  // A session of its own, opened as the pool opens its own: the check must not wait for a busy pool.
  const session = new pg.Client(pool.options);
  session.on('error', () => undefined);
  await session.connect();
  try {
    const found = [
      ...settingFindings(await settingsOf(session)),
      ...(await schemaFindings(session, options.migrationsDirectory)),
      ...queueSchemaFindings(options.queueSchema),
      ...connectionFindings(await connectionsOf(session), options.connectionBudget),
      ...skewFindings(await clockSkewMs(session, options.now ?? Date.now)),
      ...(await poolerFindings(session, pool.options)),
    ];
    return found.sort((a, b) => Number(b.level === 'refuse') - Number(a.level === 'refuse'));
  } finally {
    await session.end();
  }
}

interface ServerSettings {
  readonly fsync: string;
  readonly synchronous_commit: string;
  readonly full_page_writes: string;
  readonly server_version: string;
  readonly major: number;
  readonly encoding: string;
  readonly recovering: boolean;
}

async function settingsOf(session: pg.ClientBase): Promise<ServerSettings> {
  const { rows } = await session.query<ServerSettings>(
    `select current_setting('fsync') as fsync,
            current_setting('synchronous_commit') as synchronous_commit,
            current_setting('full_page_writes') as full_page_writes,
            current_setting('server_version') as server_version,
            current_setting('server_version_num')::int / 10000 as major,
            current_setting('server_encoding') as encoding,
            pg_is_in_recovery() as recovering`,
  );
  const [settings] = rows;
  if (!settings)
    throw new StockbridgeError('database_unavailable', 'PostgreSQL did not answer what its settings are.');
  return settings;
}

/** What the settings alone say. Pure. */
export function settingFindings(settings: ServerSettings): Finding[] {
  const found: Finding[] = [];
  if (settings.fsync === 'off') {
    found.push(
      refuse(
        'fsync_off',
        'PostgreSQL runs with fsync = off: a power cut can destroy the database. Set fsync = on and restart it.',
      ),
    );
  }
  if (settings.synchronous_commit === 'off') {
    found.push(
      refuse(
        'synchronous_commit_off',
        'PostgreSQL runs with synchronous_commit = off: events that were acknowledged can be lost in a crash. ' +
          'Set it to on for the server, and remove it from the settings of the database and the role.',
      ),
    );
  }
  if (settings.full_page_writes === 'off') {
    found.push(
      warn(
        'full_page_writes_off',
        'PostgreSQL runs with full_page_writes = off: a power cut can tear a page. Set it to on, unless the storage ' +
          'writes pages whole (ZFS, some hosted services).',
      ),
    );
  }
  if (settings.major < MINIMUM_MAJOR) {
    found.push(
      refuse(
        'server_too_old',
        `PostgreSQL is ${settings.server_version}; ${MINIMUM_MAJOR} or newer is needed. Upgrade the server.`,
      ),
    );
  }
  if (settings.recovering) {
    found.push(
      refuse(
        'server_read_only',
        'This PostgreSQL is a standby and takes no writes. Point DATABASE_URL at the primary.',
      ),
    );
  }
  if (settings.encoding !== 'UTF8') {
    found.push(
      refuse(
        'encoding_not_utf8',
        `The database is encoded as ${settings.encoding}. Create it with encoding 'UTF8'.`,
      ),
    );
  }
  return found;
}

async function schemaFindings(session: pg.ClientBase, directory: string | undefined): Promise<Finding[]> {
  try {
    const pending = await pendingMigrations(session, directory === undefined ? {} : { directory });
    const [first] = pending;
    if (!first) return [];
    return [
      refuse(
        'schema_behind',
        `The database lacks ${pending.length} migrations, from ${first.file} on. Run \`stockbridge migrate\`.`,
      ),
    ];
  } catch (error) {
    if (error instanceof StockbridgeError) return [refuse('schema_mismatch', error.message)];
    throw error;
  }
}

function queueSchemaFindings(queues: BootCheckOptions['queueSchema']): Finding[] {
  if (!queues || queues.installed === queues.latest) return [];
  const versions = `The queue schema "${queues.schema}" is at version ${queues.installed}, this version brings ${queues.latest}`;
  return queues.installed < queues.latest
    ? [refuse('queue_schema_behind', `${versions}. Run \`stockbridge migrate\`.`)]
    : [warn('queue_schema_ahead', `${versions}: a newer Stockbridge has been here. Upgrade this process.`)];
}

interface Connections {
  readonly usable: number;
  readonly others: number;
}

/** `others` are sessions of programs that are not Stockbridge's own processes; those are in the budget already. */
async function connectionsOf(session: pg.ClientBase): Promise<Connections> {
  const { rows } = await session.query<Connections>(
    `select least(
              current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true), '0')::int,
              (select nullif(rolconnlimit, -1) from pg_roles where rolname = current_user),
              (select nullif(datconnlimit, -1) from pg_database where datname = current_database())) as usable,
            (select count(*)::int from pg_stat_activity
              where backend_type = 'client backend' and datname is distinct from current_database()) as others`,
  );
  return rows[0] ?? { usable: 0, others: 0 };
}

/** Whether the budget fits. Pure. */
export function connectionFindings({ usable, others }: Connections, budget: number): Finding[] {
  const need = `this deployment opens up to ${budget} connections`;
  if (usable < budget) {
    return [
      refuse(
        'connections_short',
        `PostgreSQL allows ${usable} connections (max_connections less the reserved ones, or a limit of the role or database), ` +
          `but ${need}. Raise the limit, or lower the pools and the number of workers.`,
      ),
    ];
  }
  if (usable - others < budget) {
    return [
      warn(
        'connections_scarce',
        `PostgreSQL allows ${usable} connections, ${others} are in use for other databases, and ${need}. Raise max_connections.`,
      ),
    ];
  }
  return [];
}

/** The server's clock less ours, in milliseconds, from the quickest of five questions. */
export async function clockSkewMs(session: pg.ClientBase, now: () => number): Promise<number> {
  let best = { tripMs: Number.POSITIVE_INFINITY, skewMs: 0 };
  for (let question = 0; question < 5; question += 1) {
    const asked = performance.now();
    const before = now();
    const { rows } = await session.query<{ ms: string }>(
      `select (extract(epoch from clock_timestamp()) * 1000)::numeric(20, 3)::text as ms`,
    );
    const tripMs = performance.now() - asked;
    if (tripMs < best.tripMs) best = { tripMs, skewMs: Number(rows[0]?.ms) - (before + tripMs / 2) };
  }
  return best.skewMs;
}

/** The queues lease jobs by the clock of the process, so a clock that is off runs jobs twice. Pure. */
export function skewFindings(skewMs: number): Finding[] {
  const off = Math.abs(skewMs);
  if (!(off > SKEW_WARN_MS)) return [];
  const message =
    `The clock of PostgreSQL is ${(off / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead of' : 'behind'} the clock of this process. ` +
    'Let both machines follow NTP.';
  return [off > SKEW_REFUSE_MS ? refuse('clock_skew', message) : warn('clock_skew', message)];
}

/**
 * A pooler in transaction mode hands one server process to many clients: LISTEN, advisory locks and prepared statements
 * then belong to whoever comes next. Two open sessions that meet in one server process, or one that changes it, give it away.
 */
async function poolerFindings(session: pg.ClientBase, config: pg.ClientConfig): Promise<Finding[]> {
  const other = new pg.Client(config);
  other.on('error', () => undefined);
  await other.connect();
  try {
    const before = await serverProcess(session);
    await other.query('begin');
    const meanwhile = await serverProcess(other);
    const after = before === meanwhile ? before : await serverProcess(session);
    await other.query('rollback');
    if (before !== meanwhile && before === after) return [];
    return [
      refuse(
        'transaction_pooler',
        'Between this process and PostgreSQL is a pooler in transaction mode (PgBouncer or the like). Use its session mode, ' +
          'or the direct address of the server.',
      ),
    ];
  } finally {
    await other.end();
  }
}

async function serverProcess(session: pg.ClientBase): Promise<number> {
  const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

const refuse = (code: FindingCode, message: string): Finding => ({ code, level: 'refuse', message });
const warn = (code: FindingCode, message: string): Finding => ({ code, level: 'warn', message });
