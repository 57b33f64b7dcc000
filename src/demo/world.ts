// A small world to rehearse in: a Shopify shop and a Square till that sell from one shelf, and a hub between them.
// Used by the demo and the end-to-end tests. Everything is real but the vendors: HTTP, signatures, PostgreSQL, queues.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { stringify } from 'yaml';
import { openConnections } from '../commands/connections.ts';
import { type Config, loadConfig } from '../config.ts';
import { connectors } from '../connectors/index.ts';
import { importFromChannel } from '../core/catalog/import-channel.ts';
import { readConnections } from '../core/connection/connections.ts';
import { type CutoverReport, takeCutover } from '../core/connection/cutover.ts';
import { openDatabase } from '../core/database.ts';
import { openLedger } from '../core/ledger/post.ts';
import type { QuickbooksSimulator } from '../simulators/quickbooks/index.ts';
import { type ShopifySimulator, startShopifySimulator } from '../simulators/shopify/index.ts';
import { type SquareSimulator, startSquareSimulator } from '../simulators/square/index.ts';
import type { Threepl } from '../simulators/threepl/index.ts';
import { booksRules, COMPANY, companySettings, startCompany } from './company.ts';
import { giveAuthority, startWarehouse, WAREHOUSE, warehouseSettings } from './warehouse.ts';

export const SHELF = 'Main';
/** Signs the script that reports goods received, and whoever else speaks the hub's own webhook format. */
export const DOCK_SECRET = `whsec_${Buffer.from('a secret of the demo, not of anyone').toString('base64')}`;

export interface WorldItem {
  readonly sku: string;
  readonly title: string;
  readonly onHand: number;
}

export interface World {
  readonly shop: ShopifySimulator;
  readonly till: SquareSimulator;
  /** Present where the world was asked for one. */
  readonly warehouse: Threepl | undefined;
  /** The company that keeps the books, where the world was asked for one. */
  readonly books: QuickbooksSimulator | undefined;
  readonly config: Config;
  /** The configuration as a file, for processes of their own. */
  readonly configFile: string;
  readonly hubUrl: string;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly items: readonly WorldItem[];
  /** Items that lie in a partner's warehouse; with them the world has one. */
  readonly stored?: readonly WorldItem[];
  /** With true the world has a company that keeps its books. */
  readonly books?: boolean;
  readonly seed?: number;
  readonly redisUrl?: string;
  /** Where the hub of this world keeps its truth. */
  readonly databaseUrl: string;
  readonly roles?: readonly string[];
}

/** Starts the vendors and writes the configuration of a hub between them; the hub itself is started by the caller. */
export async function buildWorld(options: WorldOptions): Promise<World> {
  const seed = options.seed ?? 1;
  const port = await freePort();
  const hubUrl = `http://127.0.0.1:${port}`;
  const signatureKey = 'the-till-signs-with-this-key';
  // A bucket as a large shop has it, so that a rehearsal of minutes is not paced like a day.
  const shop = await startShopifySimulator({
    seed,
    bucketSize: 20_000,
    restoreRatePerSecond: 2_000,
    retryScale: 0.002,
  });
  const till = await startSquareSimulator({
    seed,
    retryScale: 0.005,
    subscriptions: [{ url: `${hubUrl}/hooks/till`, signatureKey }],
  });
  const warehouse = options.stored ? await startWarehouse(options.stored, seed) : undefined;
  const books = options.books ? await startCompany(seed) : undefined;
  const variant = (place: string, { sku, title, onHand }: WorldItem) => ({
    sku,
    title,
    onHand: { [place]: onHand },
    oversell: true,
  });
  shop.seed({
    locations: [{ name: SHELF }, ...(options.stored ? [{ name: WAREHOUSE }] : [])],
    variants: [
      ...options.items.map((item) => variant(SHELF, item)),
      ...(options.stored ?? []).map((item) => variant(WAREHOUSE, item)),
    ],
  });
  till.seed({
    locations: [{ name: SHELF }],
    variations: options.items.map(({ sku, title }) => ({ name: title, sku, counts: { [SHELF]: '0' } })),
  });
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-world-'));
  const configFile = join(directory, 'stockbridge.yaml');
  await writeFile(
    configFile,
    stringify(configuration(options, { port, hubUrl, signatureKey, shop, till, warehouse, books })),
  );
  const config = loadConfig({ path: configFile, env: {}, cwd: directory, connectors });
  return {
    shop,
    till,
    warehouse,
    books,
    config,
    configFile,
    hubUrl,
    close: async () => {
      await shop.close();
      await till.close();
      await warehouse?.close();
      await books?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(
  options: WorldOptions,
  world: {
    port: number;
    hubUrl: string;
    signatureKey: string;
    shop: ShopifySimulator;
    till: SquareSimulator;
    warehouse: Threepl | undefined;
    books: QuickbooksSimulator | undefined;
  },
) {
  const { shop, till, warehouse, books } = world;
  return {
    database: { url: options.databaseUrl },
    ...(options.redisUrl ? { redis: { url: options.redisUrl } } : {}),
    api: { port: world.port, publicUrl: world.hubUrl },
    workers: { shutdownDeadlineMs: 5_000, ...(options.roles ? { roles: options.roles } : {}) },
    log: { level: 'error' },
    ...(books ? { books: booksRules(books) } : {}),
    connections: {
      shop: {
        connector: 'shopify',
        settings: {
          shop: shop.domain,
          apiUrl: shop.baseUrl,
          auth: { kind: 'client-credentials', clientId: shop.clientId, clientSecret: shop.clientSecret },
          pollIntervalMs: 3_000,
          overlapMs: 60_000,
          searchLagMs: 0,
        },
        policy: {},
      },
      till: {
        connector: 'square',
        settings: {
          baseUrl: till.url,
          accessToken: till.accessToken(),
          signatureKey: world.signatureKey,
          applicationId: till.applicationId,
          intervalSeconds: 5,
        },
        policy: {},
      },
      ...(warehouse ? { northwind: { connector: 'threepl', settings: warehouseSettings(warehouse) } } : {}),
      ...(books ? { [COMPANY]: { connector: 'quickbooks', settings: companySettings(books) } } : {}),
      dock: {
        connector: 'webhook',
        settings: { signature: { scheme: 'standard-webhooks', secrets: [DOCK_SECRET] } },
      },
    },
  };
}

export interface OpeningReport {
  readonly items: number;
  readonly cutovers: readonly CutoverReport[];
}

/** Imports both catalogues and takes the cut-over: opening stock and open orders from the shop, none from the others that move stock. */
export async function openBooks(world: World): Promise<OpeningReport> {
  const database = openDatabase({ url: world.config.database.url ?? '', poolSize: 4 });
  try {
    const connections = await openConnections(database, world.config);
    let items = 0;
    for (const name of ['shop', 'till']) {
      const live = connections.get(name);
      if (!live?.connection.catalogue) throw new Error(`${name} has no catalogue`);
      const report = await importFromChannel(database.pool, live.id, live.connection.catalogue(), {
        createItems: name === 'shop',
        locations: name === 'shop' ? 'create' : 'match',
      });
      items += report.listings.createdItems;
    }
    const cutovers: CutoverReport[] = [];
    // Only books need none.
    const rows = (await readConnections(database.pool)).filter(({ cutoverAt }) => cutoverAt === undefined);
    // The shop first: its opening counts hold at the warehouse too, before that becomes the partner's to count.
    for (const row of rows.sort((a, b) => Number(b.name === 'shop') - Number(a.name === 'shop'))) {
      const live = connections.get(row.name);
      const pages = row.name === 'shop' ? live?.connection.snapshot?.() : undefined;
      cutovers.push(
        await takeCutover(database, openLedger(database), { connection: row, ...(pages ? { pages } : {}) }),
      );
    }
    if (world.warehouse) await giveAuthority(database, world.config);
    return { items, cutovers };
  } finally {
    await database.close();
  }
}

export const quietLog = (level = 'silent'): Logger =>
  pino({ level, base: null }, pino.destination({ dest: 2, sync: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
