// One shelf sold by a Shopify shop and a Square till, with the whole hub running between them as it does in production.
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import { connectors } from '../../src/connectors/index.ts';
import { type Policy, policySchema } from '../../src/core/availability/policy.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { accounting } from '../../src/core/inbox/events.ts';
import { verifyLedger } from '../../src/core/ledger/verify.ts';
import { type BookLine, compareBooks, untilSettled } from '../../src/demo/settled.ts';
import {
  buildWorld,
  DOCK_SECRET,
  openBooks,
  quietLog,
  SHELF,
  type World,
  type WorldItem,
} from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import type { Hub } from '../../src/workers/hub.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

export const GATE = 'gate';

export interface Shelf {
  readonly world: World;
  readonly database: TestDatabase;
  readonly hub: Hub;
  /** Posts an event of the dock, signed, and answers the status. */
  dock(event: Record<string, unknown>): Promise<number>;
  arrive(sku: string, quantity: number): Promise<void>;
  /** Waits until all is told and nothing is pending. */
  settle(): Promise<void>;
  line(sku: string): Promise<BookLine>;
  /** Both channels offer what is on the shelf, everything accepted is accounted for, and the ledger proves itself. */
  expectAgreement(): Promise<void>;
  events(
    where: string,
  ): Promise<{ id: string; topic: string; status: string; code: string | null; reason: string | null }[]>;
  till(sku: string): number;
  shop(sku: string): number;
  close(): Promise<void>;
}

export interface ShelfOptions {
  readonly items: readonly WorldItem[];
  readonly seed?: number;
  /** By connection: terms that differ from selling everything. */
  readonly policies?: Readonly<Record<string, unknown>>;
  /** What happened before the hub was there. */
  readonly before?: (world: World) => void;
  /** After the cut-over and before the hub runs. */
  readonly prepare?: (database: TestDatabase, world: World) => Promise<void>;
}

export async function openShelf(options: ShelfOptions): Promise<Shelf> {
  const database = await testDatabase({ maxConnections: 4 });
  const world = await buildWorld({
    items: options.items,
    databaseUrl: database.url,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  let running: RunningHub;
  try {
    options.before?.(world);
    await openBooks(world);
    await bindDock(database);
    await options.prepare?.(database, world);
    running = await startHub({
      config: withPolicies(world, options.policies ?? {}),
      databaseUrl: database.url,
      connectors,
      log: quietLog(),
    });
  } catch (error) {
    await world.close();
    await database.drop();
    throw error;
  }
  const { hub } = running;
  const settle = () => untilSettled(world, hub.database, { deadlineMs: 40_000 });
  const line = async (sku: string) => {
    const found = (await compareBooks(world, hub.database)).find((each) => each.sku === sku);
    if (!found) throw new Error(`the books have no ${sku}`);
    return found;
  };
  const dock: Shelf['dock'] = async (event) => {
    const id = randomUUID();
    const at = new Date();
    const body = JSON.stringify({ id, occurredAt: at.toISOString(), document: randomUUID(), ...event });
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(DOCK_SECRET).sign(id, at, body),
    };
    return (await fetch(`${world.hubUrl}/hooks/dock`, { method: 'POST', headers, body })).status;
  };
  return {
    world,
    database,
    hub,
    dock,
    settle,
    line,
    arrive: async (sku, quantity) => {
      expect(
        await dock({ type: 'receipt', lines: [{ sku, quantity: String(quantity), location: GATE }] }),
      ).toBe(200);
    },
    expectAgreement: async () => {
      expect((await compareBooks(world, hub.database)).filter((each) => !each.equal)).toEqual([]);
      expect(
        (await accounting(database.pool)).filter((each) => !each.balanced || each.byStatus.pending > 0n),
      ).toEqual([]);
      expect((await verifyLedger(hub.database)).breaches).toEqual([]);
    },
    events: async (where) =>
      (
        await database.pool.query(
          `select e.id, e.topic, e.status::text, e.code, e.reason from inbox_event e join connection c on c.id = e.connection_id where ${where} order by e.id`,
        )
      ).rows,
    till: (sku) => Number(world.till.books()[sku]?.[SHELF]?.IN_STOCK ?? 0),
    shop: (sku) =>
      world.shop.books().find((row) => row.sku === sku && row.location === SHELF)?.available ?? Number.NaN,
    close: async () => {
      await running.stop();
      await world.close();
      await database.drop();
    },
  };
}

async function bindDock(database: TestDatabase): Promise<void> {
  const { rows } = await database.pool.query<{ code: string }>(
    `select l.code from location l join location_binding b on b.location_id = l.id join connection c on c.id = b.connection_id where c.name = 'shop'`,
  );
  const report = await importCatalog(
    database.pool,
    'bindings',
    `connection,external_location,location\ndock,${GATE},${rows[0]?.code}\n`,
  );
  if (!report.applied) throw new Error(`the dock could not be bound: ${JSON.stringify(report.rejected)}`);
}

function withPolicies(world: World, policies: Readonly<Record<string, unknown>>): World['config'] {
  const policyOf = (name: string, known: Policy | undefined) =>
    policies[name] === undefined ? known : policySchema.parse(policies[name]);
  const connections = [...world.config.connections].map(([name, connection]) => {
    const policy = policyOf(name, connection.policy);
    return [name, { ...connection, ...(policy ? { policy } : {}) }] as const;
  });
  return { ...world.config, connections: new Map(connections) };
}

export { SHELF };
