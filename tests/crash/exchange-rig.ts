// A hub process that exchanges files with one partner, for the tests that kill it: a PostgreSQL of its own, a catalogue of
// many items, and receipts that name each of them once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openConnections } from '../../src/commands/connections.ts';
import { migrateAll } from '../../src/commands/session.ts';
import { loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { type Database, openDatabase } from '../../src/core/database.ts';
import { startEmbedded } from '../../src/core/storage/embedded.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { PROFILE } from '../e2e/warehouse.ts';
import { type HubProcess, startProcess } from './hub-process.ts';
import type { PartnerDock } from './partner-dock.ts';

export interface ExchangeRig {
  readonly dock: PartnerDock;
  readonly process: HubProcess;
  readonly databaseUrl: string;
  /** For looking on, and for what a person does at the command line. */
  readonly database: Database;
  readonly live: LiveConnection;
  close(): Promise<void>;
}

/** Receipts in one file. */
export const RECEIPTS = 16;
const LINES = 200;
/** One unit of each comes with every file. */
export const ITEMS = RECEIPTS * LINES;
const ROLES = ['exchange', 'interpret', 'post', 'relay'];

const skuOf = (index: number): string => `A-RATHER-LONG-NAME-OF-AN-ITEM-${String(index).padStart(6, '0')}`;

export async function raiseExchangeRig(openDock: () => Promise<PartnerDock>): Promise<ExchangeRig> {
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const directory = await mkdtemp(join(tmpdir(), 'stockbridge-exchange-'));
    undo.push(() => rm(directory, { recursive: true, force: true }));
    const dock = await openDock();
    undo.push(() => dock.stop());
    const postgres = await startEmbedded({ dataDir: directory, settings: { shared_buffers: '128MB' } });
    undo.push(() => postgres.stop());
    const configFile = join(directory, 'stockbridge.yaml');
    const northwind = {
      connector: 'threepl',
      settings: { ...PROFILE, transport: dock.transport },
      cutover: '2026-01-01T00:00:00Z',
    };
    await writeFile(
      configFile,
      stringify({
        database: { url: postgres.url, poolSize: 8 },
        workers: { shutdownDeadlineMs: 5_000 },
        log: { level: 'info' },
        connections: { northwind },
      }),
    );
    const config = loadConfig({ path: configFile, env: {}, cwd: directory, connectors });
    await migrateAll(config, postgres.url);
    const database = openDatabase({ url: postgres.url, poolSize: 4 });
    undo.push(() => database.close());
    const live = (await openConnections(database, config)).get('northwind');
    if (!live) throw new Error('the partner is not configured');
    await stockCatalogue(database, live.id);
    const process = startProcess('hub', configFile, ROLES);
    undo.push(() => process.destroy());
    await process.ready(30_000);
    return { dock, process, databaseUrl: postgres.url, database, live, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function stockCatalogue(database: Database, partner: number): Promise<void> {
  await database.pool.query('insert into item (sku) select unnest($1::text[])', [
    Array.from({ length: ITEMS }, (_, index) => skuOf(index)),
  ]);
  await database.pool.query(
    `insert into location (code, name, kind, authority_id, allows_negative)
     values ('NORTHWIND', 'Northwind Dallas', '3pl', $1, false), ('TO-NORTHWIND', 'On the way to Northwind', 'transit', $1, true)`,
    [partner],
  );
}

/** A file of receipts that together name every item once, with one unit. `number`: other for every file. */
export function receiptsOf(number: number): Buffer {
  const control = String(number).padStart(9, '0');
  const pad = (text: string): string => text.padEnd(15);
  const documents = Array.from({ length: RECEIPTS }, (_, index) => {
    const lines = Array.from({ length: LINES }, (_, line) => `W07*1*EA**SK*${skuOf(index * LINES + line)}`);
    const segments = [
      `W17*F*20261120*RC-${number}-${index}*TR-${number}`,
      'N1*WH*Northwind*92*WH01',
      ...lines,
      `W14*${LINES}`,
    ];
    const own = String(index + 1).padStart(4, '0');
    return [`ST*944*${own}`, ...segments, `SE*${segments.length + 2}*${own}`];
  });
  return Buffer.from(
    [
      `ISA*00*          *00*          *ZZ*${pad('NORTHWIND')}*ZZ*${pad('HUB')}*261121*0915*U*00401*${control}*0*P*>`,
      `GS*RE*NORTHWIND*HUB*20261121*0915*${number}*X*004010`,
      ...documents.flat(),
      `GE*${RECEIPTS}*${number}`,
      `IEA*1*${control}`,
      '',
    ].join('~\n'),
  );
}
