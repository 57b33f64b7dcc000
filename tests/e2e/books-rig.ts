// A company whose books are kept by the simulated QuickBooks: the hub's configuration for it, the real connector, and a shop
// whose facts are handed to the ledger as its interpretation would.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Config, loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { quickbooks } from '../../src/connectors/quickbooks/index.ts';
import { httpClient } from '../../src/connectors/toolkit/http.ts';
import { park, readConnections, syncConnections } from '../../src/core/connection/connections.ts';
import { stateOf } from '../../src/core/connection/state.ts';
import { type Database, openDatabase } from '../../src/core/database.ts';
import { type Books, booksSchema } from '../../src/core/journals/rules.ts';
import { factKey } from '../../src/core/ledger/movement.ts';
import { openLedger } from '../../src/core/ledger/post.ts';
import type { Instant } from '../../src/core/vocabulary/instant.ts';
import type { MovementType } from '../../src/core/vocabulary/words.ts';
import { quietLog } from '../../src/demo/world.ts';
import {
  type QuickbooksSimulator,
  type QuickbooksSimulatorOptions,
  startQuickbooksSimulator,
} from '../../src/simulators/quickbooks/index.ts';
import type { BooksConnection } from '../../src/workers/book.ts';
import type { Hub } from '../../src/workers/hub.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

export const VERIFIER = 'a-verifier-token-of-the-tests';

/** As many requests as a test makes: what is proved is not how the service counts. */
export const UNLIMITED = { perMinute: 1e9, perSecond: 1e9, concurrent: 1e3 };

export interface MoveGiven {
  readonly type: MovementType;
  readonly sku: string;
  readonly quantity: string | number;
  readonly at: Instant;
  /** Codes of places; `@supplier`, `@customer`, `@adjustment` are outside. */
  readonly from: string;
  readonly to: string;
  readonly unitCost?: string;
  readonly reference?: string;
}

export interface BooksRig {
  readonly simulator: QuickbooksSimulator;
  readonly test: TestDatabase;
  readonly database: Database;
  readonly books: Books;
  readonly config: Config;
  /** The configuration file, and one that says on the log what happens, for a process. */
  readonly file: string;
  readonly loudFile: string;
  /** The configuration with other settings, as after an edit of the file. */
  configWith(changes: {
    readonly books?: object;
    readonly quickbooks?: object;
    readonly connections?: object;
  }): Promise<Config>;
  /** The connection as the hub makes it, but that nothing slows it down. */
  connect(): Promise<BooksConnection>;
  /** What booking needs of a hub. */
  readonly hub: Pick<Hub, 'database' | 'log' | 'standingOf' | 'park'>;
  /** Value that left inventory at noon of a day in New York, in cents, as valuation would leave it. */
  sold(day: string, cents: number): Promise<void>;
  move(...moves: MoveGiven[]): Promise<void>;
  /** Debit above zero, decimal text, of stock roles in the cost entries. */
  inventoryValue(): Promise<string>;
  deliveries(): Promise<Delivery[]>;
  close(): Promise<void>;
}

export interface Delivery {
  readonly number: string;
  readonly status: string;
  readonly journal: string;
  readonly generation: number;
  readonly attempts: number;
  readonly booked_on: string;
  readonly external_id: string | null;
  readonly code: string | null;
  readonly reason: string | null;
}

/** Ids of the accounts in the simulated company for the roles that tests use. */
export const accountsOf = (simulator: QuickbooksSimulator): Record<string, string> => ({
  inventory: simulator.accounts.inventory,
  in_transit: simulator.accounts.inTransit,
  received_not_billed: simulator.accounts.receivedNotBilled,
  cost_of_goods_sold: simulator.accounts.costOfGoodsSold,
  adjustment: simulator.accounts.adjustment,
  opening: simulator.accounts.opening,
});

export async function openBooksRig(
  options: {
    readonly simulator?: QuickbooksSimulatorOptions;
    readonly journal?: object;
    readonly connections?: object;
    readonly quickbooks?: object;
  } = {},
): Promise<BooksRig> {
  const test = await testDatabase({ maxConnections: 4 });
  const database = openDatabase({ url: test.url, poolSize: 6 });
  const simulator = await startQuickbooksSimulator({ limits: UNLIMITED, ...options.simulator });
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-books-'));
  const file = join(directory, 'stockbridge.yaml');
  const loudFile = join(directory, 'loud.yaml');
  const booksText = (changes: object = {}) => ({
    currency: 'USD',
    timeZone: 'America/New_York',
    framework: 'us_gaap',
    method: 'fifo',
    journal: { approve: 'automatic', connection: 'quickbooks', ...options.journal },
    accounts: accountsOf(simulator),
    ...changes,
  });
  const configWith: BooksRig['configWith'] = async ({
    books = {},
    quickbooks: settings = {},
    connections = {},
  }) => {
    const { clientId, clientSecret, realmId, refreshToken } = simulator.credentials;
    const text = (level: string) =>
      stringify({
        database: { url: test.url },
        api: { port: 0 },
        workers: { shutdownDeadlineMs: 3_000 },
        log: { level },
        books: booksText(books),
        connections: {
          quickbooks: {
            connector: 'quickbooks',
            settings: {
              ...{ clientId, clientSecret, realmId, refreshToken },
              webhookVerifierToken: VERIFIER,
              apiUrl: simulator.url,
              tokenUrl: simulator.tokenUrl,
              ...options.quickbooks,
              ...settings,
            },
          },
          ...options.connections,
          ...connections,
        },
      });
    await writeFile(file, text('error'));
    await writeFile(loudFile, text('info'));
    return loadConfig({ path: file, env: {}, cwd: directory, connectors });
  };
  const config = await configWith({});
  await test.pool.query(
    `insert into connection (name, connector, cutover_at) values ('shop', 'demo', 'epoch') on conflict do nothing;
     insert into item (sku) values ('TEE'), ('MUG'), ('CAP');
     insert into location (code, kind, allows_negative) values ('MAIN', 'warehouse', true), ('STORE', 'store', true), ('SEA', 'transit', true)`,
  );
  const ledger = openLedger(database);
  let moved = 0;
  return {
    ...{ simulator, test, database, config, configWith, file, loudFile },
    books: booksSchema.parse(booksText()),
    hub: {
      database,
      log: quietLog(),
      park: (id, code, reason) => park(database.pool, id, code, reason),
      standingOf: async (id) => {
        const row = (await readConnections(database.pool)).find((each) => each.id === id);
        return { cutoverAt: row?.cutoverAt, parked: row?.parked?.reason };
      },
    },
    connect: async () => {
      const configured = [...(await configWith({})).connections.values()];
      const rows = await syncConnections(
        database,
        configured.map(({ name, connector, cutover }) => ({ name, connector, cutover })),
      );
      const [own] = configured.filter(({ name }) => name === 'quickbooks');
      const settings = quickbooks.settings.parse(own?.settings);
      const context = { name: 'quickbooks', log: quietLog(), now: () => new Date() };
      const { id = 0 } = rows.get('quickbooks') ?? {};
      const connection = quickbooks.connect({
        ...context,
        settings,
        http: httpClient({ connection: 'quickbooks', log: context.log, secrets: [] }),
        state: stateOf(database, id),
      });
      if (!connection.journal) throw new Error('the connector keeps no books');
      const { journal } = connection;
      return {
        ...{ id, name: 'quickbooks', connector: connectorNamed('quickbooks'), settings, policy: undefined },
        connection: { ...connection, journal },
        webhookUrl: 'http://127.0.0.1/hooks/quickbooks',
      };
    },
    sold: async (day, cents) => {
      await test.pool.query(
        `with run as (insert into valuation_run (item_id, steps, recorded_at, caused_at) values (1, 1, $1, $1) returning id)
         insert into cost_entry (run_id, item_id, step_key, step_line, effective_at, recorded_at, kind, debit, credit, amount, quantity)
         select run.id, 1, gen_random_uuid(), 0, $1, $1, 'sale', 'cost_of_goods_sold', 'inventory', $2, 0 from run`,
        [`${day}T17:00:00Z`, cents],
      );
    },
    move: async (...moves) => {
      const ids = await idsIn(test);
      const { rows } = await test.pool.query<{ id: number }>(`select id from connection where name = 'shop'`);
      const connectionId = rows[0]?.id ?? 0;
      const movements = moves.map(({ type, sku, quantity, at, from, to, unitCost, reference }) => {
        moved += 1;
        return {
          key: factKey(connectionId, { type: 'test', id: String(moved) }),
          type,
          occurredAt: at,
          document: `document ${moved}`,
          reference: reference ?? null,
          corrects: null,
          lines: [
            {
              itemId: ids(sku),
              lotId: null,
              quantity: String(quantity),
              from: { locationId: ids(from), state: 'sellable' as const },
              to: { locationId: ids(to), state: 'sellable' as const },
              unitCost: unitCost ?? null,
              currency: unitCost === undefined ? null : 'USD',
            },
          ],
        };
      });
      const none = { counts: [], reservations: [], observations: [], note: null };
      const [result] = await ledger.post([{ connectionId, inboxEventId: null, movements, ...none }]);
      for (const each of result?.movements ?? [])
        if (each.outcome !== 'posted') throw new Error(`a movement was ${each.outcome}`);
    },
    inventoryValue: async () => {
      const { rows } = await test.pool.query<{ value: string }>(
        `select to_char(coalesce(sum(case when debit = 'inventory' then amount else 0 end
           - case when credit = 'inventory' then amount else 0 end), 0) / 100, 'FM999999990.00') as value from cost_entry`,
      );
      return rows[0]?.value ?? '';
    },
    deliveries: async () =>
      (
        await test.pool.query<Delivery>(
          `select j.number, d.status::text, j.status::text as journal, d.generation, d.attempts, d.booked_on::text, d.external_id, d.code, d.reason
           from journal_delivery d join journal j on j.id = d.journal_id order by j.number`,
        )
      ).rows,
    close: async () => {
      await simulator.stop();
      await database.close();
      await test.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function connectorNamed(name: string) {
  const connector = connectors.get(name);
  if (!connector) throw new Error(`there is no connector ${name}`);
  return connector;
}

async function idsIn(test: TestDatabase): Promise<(name: string) => number> {
  const { rows } = await test.pool.query<{ name: string; id: number }>(
    'select sku as name, id from item union all select code, id from location',
  );
  const ids = new Map(rows.map(({ name, id }) => [name, id]));
  return (name) => {
    const id = ids.get(name);
    if (id === undefined) throw new Error(`there is no ${name}`);
    return id;
  };
}
