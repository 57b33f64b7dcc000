// A demo market and a dock on one shelf, with a hub between them that a test drives step by step or lets run.
// What an event does is decided by the hub's own code; this file only brings events in and waits.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { stringify } from 'yaml';
import { openConnections } from '../../src/commands/connections.ts';
import { type Config, loadConfig, type Role } from '../../src/config.ts';
import { DemoMarket, type MarketListing } from '../../src/connectors/demo/market.ts';
import { type MarketServer, startMarketServer } from '../../src/connectors/demo/market-server.ts';
import { connectors } from '../../src/connectors/index.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { importFromChannel } from '../../src/core/catalog/import-channel.ts';
import { readConnections } from '../../src/core/connection/connections.ts';
import { takeCutover } from '../../src/core/connection/cutover.ts';
import { openDatabase } from '../../src/core/database.ts';
import { replayShortages } from '../../src/core/inbox/replay.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { openLedger } from '../../src/core/ledger/post.ts';
import { markAllDue, planChanges } from '../../src/core/publication/changes.ts';
import { DOCK_SECRET, quietLog } from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import type { Hub, LiveConnection } from '../../src/workers/hub.ts';
import { interpretEvents } from '../../src/workers/interpret.ts';
import { pollConnection } from '../../src/workers/poll.ts';
import { sendDue } from '../../src/workers/push.ts';
import type { RelayOptions } from '../../src/workers/relay.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

/** Where the market keeps its stock; the dock calls the same place by another name. */
export const PLACE = 'shop';
const GATE = 'gate';
export const MARKET_SECRETS = {
  apiKey: 'canary-market-api-key',
  webhookSecret: 'canary-market-webhook-secret',
  previousWebhookSecret: 'canary-market-previous-secret',
};
export const MUG: MarketListing = { id: 'L-1', sku: 'MUG', title: 'Mug', tracked: true };
export const TEA: MarketListing = { id: 'L-2', sku: 'TEA', title: 'Tea', tracked: true };

export interface MarketRig {
  readonly market: DemoMarket;
  readonly server: MarketServer;
  readonly database: TestDatabase;
  readonly hub: Hub;
  readonly running: RunningHub;
  readonly live: LiveConnection;
  readonly dock: LiveConnection;
  /** Stores an event of the dock and answers its inbox id; nothing works on it yet. */
  store(event: Record<string, unknown>): Promise<string>;
  /** Goods arrive (positive) or leave over another counter (negative), through the dock, and are posted. */
  move(sku: string, quantity: number): Promise<void>;
  /** Interprets everything pending and waits until it is posted. */
  interpret(): Promise<void>;
  poll(): Promise<void>;
  /** Plans what was posted and tells what is due, once. */
  push(): Promise<void>;
  /** Poll, interpret and push until nothing is due; throws after half a minute. */
  settle(): Promise<void>;
  offered(listing?: string): number;
  free(sku: string): Promise<number>;
  status(id: string): Promise<{ status: string; code: string | null; reason: string | null }>;
  /** Another hub on the same database, as a second process would be. */
  another(roles: readonly Role[], changed?: (config: Config) => Config): Promise<RunningHub>;
  close(): Promise<void>;
}

export interface MarketRigOptions {
  readonly listings?: readonly MarketListing[];
  readonly stock?: number;
  readonly policy?: Record<string, unknown>;
  /** Workers that run by themselves; default only `post`, the rest is driven by the test. */
  readonly roles?: readonly Role[];
  readonly pageSize?: number;
  readonly relay?: RelayOptions;
  readonly log?: Logger;
  readonly cutover?: boolean;
  readonly shutdownDeadlineMs?: number;
  readonly maxBodyBytes?: number;
}

export async function openMarket(options: MarketRigOptions = {}): Promise<MarketRig> {
  const database = await testDatabase({ maxConnections: 4 });
  const market = new DemoMarket({
    listings: options.listings ?? [MUG, TEA],
    stock: options.stock ?? 10,
    locations: [PLACE],
  });
  const server = await startMarketServer({ market, ...MARKET_SECRETS, pageSize: options.pageSize ?? 50 });
  const config = await configOf(options, database.url, server.url);
  await openBooks(config, options.cutover ?? true);
  const start = (roles: readonly Role[], changed = (given: Config) => given) =>
    startHub({
      config: changed(config),
      databaseUrl: database.url,
      connectors,
      log: options.log ?? quietLog(),
      roles,
      ...(options.relay ? { relay: options.relay } : {}),
    });
  const running = await start(options.roles ?? ['post']);
  const { hub } = running;
  const [live, dock] = ['market', 'dock'].map((name) =>
    [...hub.connections.values()].find((each) => each.name === name),
  );
  if (!live || !dock) throw new Error('the rig lost a connection');
  const others: RunningHub[] = [];

  const store: MarketRig['store'] = async (event) => {
    const body: Record<string, unknown> = {
      id: randomUUID(),
      occurredAt: new Date().toISOString(),
      document: randomUUID(),
      ...event,
    };
    const [answer] = await storeEvents(hub.database.pool, [
      {
        connectionId: dock.id,
        dedupeKey: String(body.id),
        topic: String(body.type),
        source: 'webhook',
        body: Buffer.from(JSON.stringify(body)),
      },
    ]);
    return answer?.id ?? '';
  };
  const interpret: MarketRig['interpret'] = async () => {
    for (const each of hub.connections.values()) {
      const { rows } = await hub.database.pool.query<{ id: string }>(
        `select id from inbox_event where connection_id = $1 and status = 'pending' order by id`,
        [each.id],
      );
      if (rows.length > 0)
        await interpretEvents(
          hub,
          each,
          rows.map((row) => row.id),
        );
    }
    await until(async () => {
      const { rowCount } = await hub.database.pool.query(
        `select from inbox_event e join connection c on c.id = e.connection_id and c.parked_at is null where e.status = 'pending' and e.reason is null`,
      );
      return rowCount === 0;
    }, 'events stay pending');
  };
  const poll = () => pollConnection(hub, live);
  const push = async () => {
    await planChanges(hub.database, [live.id]);
    await sendDue(hub, live);
  };
  const settle = async () => {
    await until(async () => {
      await push();
      await poll();
      await replayShortages(hub.database.pool);
      await interpret();
      // What waits looks again by itself only after a second.
      await hub.database.pool.query(
        'update listing_level set due_at = clock_timestamp() where due_at is not null',
      );
      await push();
      const { rows } = await hub.database.pool.query<{ left: number }>(
        `select (select count(*) from listing_level where due_at is not null)::int + (select count(*) from publication_batch where settled_at is null)::int as left`,
      );
      // A shortage that the last postings may have ended is not settled either.
      return rows[0]?.left === 0 && (await replayShortages(hub.database.pool)) === 0;
    }, 'levels stay due');
  };
  return {
    market,
    server,
    database,
    hub,
    running,
    live,
    dock,
    store,
    interpret,
    poll,
    push,
    settle,
    move: async (sku, quantity) => {
      await store({
        type: quantity > 0 ? 'receipt' : 'sale',
        lines: [{ sku, quantity: String(Math.abs(quantity)), location: GATE }],
      });
      await interpret();
    },
    offered: (listing = MUG.id) => market.level(listing, PLACE)?.available ?? Number.NaN,
    free: async (sku) => {
      const { rows } = await hub.database.pool.query<{ free: string }>(
        `select coalesce(sum(b.quantity), 0) - coalesce((select sum(r.quantity) from reservation r where r.item_id = i.id), 0) as free
         from item i left join balance b on b.item_id = i.id and b.state = 'sellable' and b.location_id in (select id from location where code not like '@%')
         where i.sku = $1 group by i.id`,
        [sku],
      );
      return Number(rows[0]?.free ?? 0);
    },
    status: async (id) => {
      const { rows } = await hub.database.pool.query<{
        status: string;
        code: string | null;
        reason: string | null;
      }>('select status::text, code, reason from inbox_event where id = $1', [id]);
      if (!rows[0]) throw new Error(`no event ${id}`);
      return rows[0];
    },
    another: async (roles, changed) => {
      const other = await start(roles, changed);
      others.push(other);
      return other;
    },
    close: async () => {
      await server.close();
      for (const each of [...others, running]) await each.stop();
      await database.drop();
    },
  };
}

/** Asks until it is so; a wait that ends by time says what it waited for. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  what: string,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`${what} after ${deadlineMs} ms`);
    await sleep(25);
  }
}

async function configOf(options: MarketRigOptions, databaseUrl: string, url: string) {
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-market-'));
  try {
    const path = join(directory, 'stockbridge.yaml');
    const document = {
      database: { url: databaseUrl },
      api: {
        port: 0,
        publicUrl: 'http://127.0.0.1:1',
        ...(options.maxBodyBytes ? { maxBodyBytes: options.maxBodyBytes } : {}),
      },
      workers: { shutdownDeadlineMs: options.shutdownDeadlineMs ?? 2_000 },
      log: { level: 'error' },
      connections: {
        market: { connector: 'demo', settings: { url, ...MARKET_SECRETS }, policy: options.policy ?? {} },
        dock: {
          connector: 'webhook',
          settings: { signature: { scheme: 'standard-webhooks', secrets: [DOCK_SECRET] } },
        },
      },
    };
    await writeFile(path, stringify(document));
    return loadConfig({ path, env: {}, cwd: directory, connectors });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function openBooks(config: Awaited<ReturnType<typeof configOf>>, cutover: boolean): Promise<void> {
  const database = openDatabase({ url: config.database.url ?? '', poolSize: 3 });
  try {
    const live = (await openConnections(database, config)).get('market');
    if (!live?.connection.catalogue) throw new Error('the market has no catalogue');
    await importFromChannel(database.pool, live.id, live.connection.catalogue(), {
      createItems: true,
      locations: 'create',
    });
    const { rows } = await database.pool.query<{ code: string }>(
      'select l.code from location l join location_binding b on b.location_id = l.id limit 1',
    );
    const bound = await importCatalog(
      database.pool,
      'bindings',
      `connection,external_location,location\ndock,${GATE},${rows[0]?.code}\n`,
    );
    if (!bound.applied) throw new Error(JSON.stringify(bound.rejected));
    if (!cutover) return;
    for (const row of await readConnections(database.pool)) {
      const pages = row.name === 'market' ? live.connection.snapshot?.() : undefined;
      await takeCutover(database, openLedger(database), { connection: row, ...(pages ? { pages } : {}) });
    }
    await markAllDue(database, live.id);
  } finally {
    await database.close();
  }
}
