// Builds a running hub from its configuration: storage, queues, connections, and the workers of the roles asked for.
// The only place where all parts meet; everything it starts it stops, in the order that loses nothing.
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { type Api, startApi } from './api/server.ts';
import { createReceiver, HOOKS } from './api/webhooks.ts';
import type { Config, Role } from './config.ts';
import type { Connection, Connector } from './connectors/contract.ts';
import { httpClient } from './connectors/toolkit/http.ts';
import { postgresBuckets } from './connectors/toolkit/postgres-buckets.ts';
import { limiter } from './connectors/toolkit/rate-limit.ts';
import { secretsIn } from './connectors/toolkit/secrets.ts';
import { type Batcher, createBatcher } from './core/batcher.ts';
import { type ConnectionRow, park, readConnections, syncConnections } from './core/connection/connections.ts';
import { stateOf } from './core/connection/state.ts';
import { beginWithoutCutover } from './core/connection/without-cutover.ts';
import { type Database, LOCK_SESSIONS, openDatabase } from './core/database.ts';
import { errorReason } from './core/errors.ts';
import { businessDay, isTimeZone } from './core/journals/calendar.ts';
import { openLedger } from './core/ledger/post.ts';
import { markAllDue } from './core/publication/changes.ts';
import { stockedNames } from './core/reconcile/stock-report.ts';
import { hubConnectionName } from './core/running-hubs.ts';
import { syncCompany } from './core/valuation/company.ts';
import { instantOf } from './core/vocabulary/instant.ts';
import { type BookOptions, booksConnection, startBook } from './workers/book.ts';
import { startErase } from './workers/erase.ts';
import { type ExchangeOptions, receiveFile, startExchange } from './workers/exchange.ts';
import { type FulfilOptions, startFulfil } from './workers/fulfil.ts';
import type { Hub, LiveConnection, Running } from './workers/hub.ts';
import { startInterpret } from './workers/interpret.ts';
import { enqueueEvents } from './workers/jobs.ts';
import { startPoll } from './workers/poll.ts';
import { startPost } from './workers/post.ts';
import { startPresence } from './workers/presence.ts';
import { startPush } from './workers/push.ts';
import { openQueues, type Queues } from './workers/queues.ts';
import { RELAY_DEFAULTS, type RelayOptions, startRelay } from './workers/relay.ts';
import { startSweep } from './workers/sweep.ts';
import { startUpkeep } from './workers/upkeep.ts';
import { startValue, type ValueOptions, type Valuing } from './workers/value.ts';

export interface HubOptions {
  readonly config: Config;
  /** A migrated database. */
  readonly databaseUrl: string;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly log: Logger;
  readonly roles?: readonly Role[];
  readonly relay?: RelayOptions;
  /** How often partners are visited and their orders looked after; for rehearsals and tests. */
  readonly exchange?: ExchangeOptions & FulfilOptions;
  /** How often value is brought up and journals are booked; for rehearsals and tests. */
  readonly value?: ValueOptions & BookOptions;
  readonly now?: () => Date;
}

export interface RunningHub {
  readonly hub: Hub;
  /** Where the API listens; undefined without the api role. */
  readonly apiPort: number | undefined;
  /** Stops accepting, finishes or hands back what is under way, and closes everything within the deadline. */
  stop(): Promise<void>;
}

/** Connections to PostgreSQL that a process with this configuration needs, for the boot check. */
export const connectionBudget = (config: Config): number =>
  config.database.poolSize + LOCK_SESSIONS + QUEUE_POOL + 4;

/** Connections of the queues' own pool: one a worker, and two to add jobs with. */
const QUEUE_POOL = 8;

/** Starts the workers of the roles asked for and answers when they run. */
export async function startHub(options: HubOptions): Promise<RunningHub> {
  const { config, log } = options;
  const roles = new Set(options.roles ?? config.workers.roles);
  const database = openDatabase({
    ...{ url: options.databaseUrl, poolSize: config.database.poolSize },
    applicationName: hubConnectionName(roles),
  });
  let queues: Queues | undefined;
  try {
    queues = await openQueues({
      databaseUrl: options.databaseUrl,
      poolMax: QUEUE_POOL,
      log,
      ...(config.redis.url === undefined ? {} : { redisUrl: config.redis.url }),
    });
    const hub = await assemble(options, database, queues);
    const valuing = await prepareBooks(hub, config);
    const running = [startPresence(hub), ...startWorkers(hub, config, roles, options)];
    if (roles.has('value') && valuing) running.push(...startBooks(hub, valuing, options.value));
    const api = roles.has('api') ? await startReceiving(hub, config, options) : undefined;
    return { hub, apiPort: api?.port, stop: () => stopAll(hub, config, running, api) };
  } catch (error) {
    await queues?.close({ deadlineMs: 1_000 }).catch(() => undefined);
    await database.close();
    throw error;
  }
}

async function assemble(options: HubOptions, database: Database, queues: Queues): Promise<Hub> {
  const opened = await openConfigured(options, database);
  const connections = new Map(opened.map((live) => [live.id, live]));
  const { now = () => new Date(), config } = options;
  const timeZone = config.books?.timeZone ?? (await zoneOf(database));
  const hub: Hub = {
    database,
    ledger: openLedger(database),
    queues,
    connections,
    log: options.log,
    today: () => businessDay(instantOf(now()), timeZone),
    standingOf: standings(database),
    park: async (connectionId, code, reason) => {
      options.log.error(
        { connection: connections.get(connectionId)?.name, code, reason },
        'the connection is parked: a person must act',
      );
      await park(database.pool, connectionId, code, reason);
    },
  };
  await forgetPolicies(hub);
  for (const live of connections.values()) await noticePolicy(hub, live);
  return hub;
}

/**
 * Makes the configured connections known to the database, and opens them in the order of the file. Those that keep books and
 * nothing else begin without a cut-over. With `cutovers: 'leave'` no connection begins: the file's instants are not taken either.
 */
export async function openConfigured(
  options: Pick<HubOptions, 'config' | 'connectors' | 'log' | 'now'> & { readonly cutovers?: 'leave' },
  database: Database,
): Promise<readonly LiveConnection[]> {
  const configured = [...options.config.connections.values()];
  const rows = await syncConnections(
    database,
    configured.map(({ name, connector, cutover }) => ({
      ...{ name, connector, cutover: options.cutovers === 'leave' ? undefined : cutover },
    })),
  );
  const opened = configured.flatMap(({ name }) => {
    const row = rows.get(name);
    return row ? [openConnection(options, database, row)] : [];
  });
  if (options.cutovers === 'leave') return opened;
  await beginWithoutCutover(
    database.pool,
    opened.filter(({ connection }) => keepsOnlyBooks(connection)).map(({ id }) => id),
  );
  return opened;
}

/** Whether a connection takes journals and has no part that holds, sells, counts or ships stock, so that nothing of it moves any. */
export const keepsOnlyBooks = ({
  journal,
  push,
  fulfilment,
  catalogue,
  snapshot,
  files,
}: Connection): boolean =>
  journal !== undefined && [push, fulfilment, catalogue, snapshot, files].every((part) => part === undefined);

/** Makes the live connection of one configured account; does no I/O. */
export function openConnection(
  options: Pick<HubOptions, 'config' | 'connectors' | 'log' | 'now'>,
  database: Database,
  row: ConnectionRow,
): LiveConnection {
  const { config, log } = options;
  const configured = config.connections.get(row.name);
  const connector = options.connectors.get(row.connector);
  if (!configured || !connector) throw new RangeError(`no connector ${row.connector} for ${row.name}`);
  const own = log.child({ connection: row.name });
  const now = options.now ?? (() => new Date());
  const http = httpClient({
    connection: row.name,
    log: own,
    now,
    secrets: secretsIn(connector.settings, configured.settings),
    limiter: limiter({
      key: row.name,
      store: postgresBuckets(database.pool),
      maximum: 100,
      restorePerSecond: 50,
    }),
  });
  return {
    id: row.id,
    name: row.name,
    connector,
    settings: configured.settings,
    connection: connector.connect({
      name: row.name,
      settings: configured.settings,
      http,
      log: own,
      now,
      state: stateOf(database, row.id),
      stocked: (code) => stockedNames(database.pool, row.id, code),
    }),
    policy: configured.policy,
    webhookUrl: `${config.api.publicUrl}${HOOKS}${row.name}`,
  };
}

/** A short memory of what a connection may do, so that a busy worker does not ask for every job. */
function standings(database: Database): Hub['standingOf'] {
  let known: { at: number; rows: Promise<Map<number, ConnectionRow>> } | undefined;
  return async (connectionId) => {
    if (!known || Date.now() - known.at > 500) {
      known = {
        at: Date.now(),
        rows: readConnections(database.pool).then((rows) => new Map(rows.map((row) => [row.id, row]))),
      };
      known.rows.catch(() => {
        known = undefined;
      });
    }
    const row = (await known.rows).get(connectionId);
    return { cutoverAt: row?.cutoverAt, parked: row?.parked?.reason };
  };
}

/** The database's time zone, which all processes share; UTC where it has one that only PostgreSQL knows. */
async function zoneOf(database: Database): Promise<string> {
  const { rows } = await database.pool.query<{ zone: string }>(`select current_setting('TimeZone') as zone`);
  const zone = rows[0]?.zone ?? 'UTC';
  return isTimeZone(zone) ? zone : 'UTC';
}

const sells = ({ policy, connection }: LiveConnection): boolean =>
  policy !== undefined && connection.push !== undefined;

/** What changes while a connection does not sell makes none of its levels due, so its policy is new when it is back. */
const forgetPolicies = async ({ database, connections }: Hub): Promise<void> =>
  void (await database.pool.query(
    `delete from connection_state where key = 'policy' and connection_id <> all($1::smallint[])`,
    [[...connections.values()].filter(sells).map(({ id }) => id)],
  ));

/** A channel whose policy is new or has changed is told every level afresh; of a new one nothing that it was told is believed. */
async function noticePolicy(hub: Hub, live: LiveConnection): Promise<void> {
  if (!sells(live)) return;
  const state = stateOf(hub.database, live.id);
  const print = createHash('sha256').update(JSON.stringify(live.policy)).digest('hex');
  const known = await state.read('policy');
  if (known === print) return;
  await markAllDue(hub.database, live.id, known === undefined ? 'unknown' : 'stands');
  await state.write('policy', print);
}

function startWorkers(
  hub: Hub,
  config: Config,
  roles: ReadonlySet<Role>,
  { relay = RELAY_DEFAULTS, exchange = {} }: Pick<HubOptions, 'relay' | 'exchange'>,
): Running[] {
  const { workers, inbox } = config;
  const running: Running[] = [];
  if (roles.has('relay'))
    running.push(
      startRelay(hub, relay),
      startUpkeep(hub),
      startSweep(hub),
      startErase(hub, { days: inbox.retentionDays }),
    );
  if (roles.has('poll')) running.push(startPoll(hub, { concurrency: 4 }));
  if (roles.has('interpret'))
    running.push(startInterpret(hub, { concurrency: workers.interpretConcurrency }));
  if (roles.has('post')) running.push(startPost(hub, { batchLines: 500, writers: workers.postConcurrency }));
  if (roles.has('push')) running.push(startPush(hub, { concurrency: workers.pushConcurrency }));
  if (roles.has('exchange')) running.push(startExchange(hub, exchange), startFulfil(hub, exchange));
  return running;
}

/**
 * Takes the company's rules in, where the configuration has any.
 * @throws StockbridgeError `configuration_invalid` when they differ from what stock was valued by, or name no books.
 */
async function prepareBooks(hub: Hub, { books }: Config): Promise<Valuing | undefined> {
  if (!books) return undefined;
  const live = booksConnection(hub.connections.values(), books);
  const company = await syncCompany(hub.database, books);
  return { books, company, deliverTo: live?.id, keptBy: live };
}

function startBooks(hub: Hub, valuing: Valuing, options: ValueOptions & BookOptions = {}): Running[] {
  const live = booksConnection(hub.connections.values(), valuing.books);
  return [startValue(hub, valuing, options), ...(live ? [startBook(hub, live, valuing.books, options)] : [])];
}

interface Stored {
  readonly connectionId: number;
  readonly eventIds: readonly string[];
}

/** Hands new events over in as few jobs as the queue's own pace allows: what comes while it is busy goes together. */
const handOverOf = (queues: Queues): Batcher<Stored, void> =>
  createBatcher<Stored, void>({
    maxItems: 2_000,
    maxWaitMs: 0,
    maxInFlight: 1,
    weigh: ({ eventIds }) => Math.max(1, eventIds.length),
    run: async (stored) => {
      for (const [connectionId, own] of Map.groupBy(stored, (each) => each.connectionId)) {
        await enqueueEvents(
          queues,
          connectionId,
          own.flatMap((each) => each.eventIds),
        );
      }
      return stored.map(() => undefined);
    },
  });

async function startReceiving(hub: Hub, config: Config, options: HubOptions): Promise<Api> {
  const handOver = handOverOf(hub.queues);
  const receiver = createReceiver({
    store: hub.database.pool,
    connections: [...hub.connections.values()],
    maxBodyBytes: config.api.maxBodyBytes,
    log: hub.log,
    ...(options.now ? { now: options.now } : {}),
    onStored: (connectionId, eventIds) => {
      handOver.submit({ connectionId, eventIds }).catch((error: unknown) => {
        hub.log.warn(
          { reason: errorReason(error) },
          'the queue did not take new events; relay hands them over',
        );
      });
    },
  });
  const files = {
    connections: [...hub.connections.values()],
    maxBodyBytes: config.api.maxBodyBytes,
    receive: (live: LiveConnection, file: { name: string; bytes: Buffer }) =>
      receiveFile(hub, live, { ...file, ...(options.now ? { now: options.now } : {}) }),
  };
  return startApi({
    host: config.api.host,
    port: config.api.port,
    pool: hub.database.pool,
    receiver,
    files,
  });
}

/** Intake first, then the sources of new work, then the queues; the database last. */
async function stopAll(
  hub: Hub,
  config: Config,
  running: readonly Running[],
  api: Api | undefined,
): Promise<void> {
  const deadlineMs = config.workers.shutdownDeadlineMs;
  const startedAt = performance.now();
  await api?.close(Math.min(5_000, deadlineMs / 2));
  // One deadline for all of it: what the senders took, the workers no longer have.
  const leftMs = Math.max(0, deadlineMs - (performance.now() - startedAt));
  await within(leftMs, Promise.all(running.map((worker) => worker.stop(leftMs))));
  await hub.queues.close({ deadlineMs: 1_000 });
  // Work that hangs at a vendor holds its lock's connection; PostgreSQL takes the lock back when the process ends.
  await within(1_000, hub.database.close());
}

/** Waits for `work`, but no longer than the deadline. */
async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, deadlineMs);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
