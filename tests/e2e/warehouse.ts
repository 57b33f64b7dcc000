// A brand whose stock lies in a partner's warehouse, with the whole hub running; files are handed in as the exchange would.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config.ts';
import { connectors } from '../../src/connectors/index.ts';
import { accounting } from '../../src/core/inbox/events.ts';
import { verifyLedger } from '../../src/core/ledger/verify.ts';
import { quietLog } from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import { type ReceivedAnswer, receiveFile } from '../../src/workers/exchange.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

export const INTAKE_TOKEN = 'a-token-of-the-tests-and-of-nobody-else';
export const VAULT_KEY = Buffer.alloc(32, 9).toString('base64');

export const PROFILE = {
  partner: 'northwind',
  title: 'Northwind Logistics',
  version: 1,
  timeZone: 'America/Chicago',
  format: 'x12',
  x12: { us: { id: 'HUB' }, them: { id: 'NORTHWIND' } },
  meaning: { warehouses: { WH01: { location: 'NORTHWIND', inTransit: 'TO-NORTHWIND' } } },
  lifecycle: { holdOrdersMinutes: 0 },
  intakeToken: INTAKE_TOKEN,
  encryptionKey: VAULT_KEY,
};

export interface Warehouse {
  readonly database: TestDatabase;
  readonly running: RunningHub;
  readonly live: LiveConnection;
  /** Hands in a file as the exchange does. */
  receive(name: string, text: string | Buffer): Promise<ReceivedAnswer>;
  /** Waits until no event is pending. */
  settle(): Promise<void>;
  /** On hand by the ledger: `{'TEE-RED-M sellable': '470'}`, places without stock left out. */
  stock(location?: string): Promise<Record<string, string>>;
  /** Everything in the ledger, as text that is the same for the same ledger. */
  ledgerPrint(): Promise<string>;
  /** Files that wait to be sent, with their text. */
  outgoing(): Promise<{ name: string; text: string }[]>;
  events(): Promise<{ topic: string; status: string; code: string | null; reason: string | null }[]>;
  expectSound(): Promise<void>;
  close(): Promise<void>;
}

/** `tickMs`: how often orders are looked after by themselves; a test that takes the rounds itself makes it long. */
export async function openWarehouse(
  profile: object = PROFILE,
  more: object = {},
  { tickMs = 200 }: { readonly tickMs?: number } = {},
): Promise<Warehouse> {
  const database = await testDatabase({ maxConnections: 4 });
  const directory = await mkdtemp(join(tmpdir(), 'stockbridge-warehouse-'));
  const file = join(directory, 'stockbridge.yaml');
  await writeFile(
    file,
    stringify({
      database: { url: database.url },
      api: { port: 0 },
      workers: { shutdownDeadlineMs: 3_000 },
      log: { level: 'error' },
      connections: {
        northwind: { connector: 'threepl', settings: profile, cutover: '2026-01-01T00:00:00Z' },
        ...more,
      },
    }),
  );
  const config = loadConfig({ path: file, env: {}, cwd: directory, connectors });
  const running = await startHub({
    config,
    databaseUrl: database.url,
    connectors,
    log: quietLog(),
    exchange: { intervalMs: 300, tickMs },
  });
  const live = [...running.hub.connections.values()].find((each) => each.name === 'northwind');
  if (!live) throw new Error('the partner is not there');
  await database.pool.query(
    `insert into item (sku, name) values ('TEE-RED-M', 'T-shirt, red, M'), ('MUG-01', 'Mug'), ('CAP-01', 'Cap');
     insert into item_unit (item_id, unit, factor) select id, 'case', 12 from item where sku = 'MUG-01';
     insert into location (code, name, kind, authority_id) values ('NORTHWIND', 'Northwind Dallas', '3pl', ${live.id});
     insert into location (code, name, kind, allows_negative) values ('TO-NORTHWIND', 'On the way to Northwind', 'transit', true)`,
  );
  const pending = async () =>
    Number(
      (
        await database.pool.query<{ n: string }>(
          `select count(*) as n from inbox_event where status = 'pending'`,
        )
      ).rows[0]?.n,
    );
  return {
    database,
    running,
    live,
    receive: (name, text) =>
      receiveFile(running.hub, live, { name, bytes: Buffer.isBuffer(text) ? text : Buffer.from(text) }),
    settle: async () => {
      const deadline = Date.now() + 45_000;
      while ((await pending()) > 0) {
        if (Date.now() > deadline) throw new Error('events stay pending');
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stock: async (location = 'NORTHWIND') => {
      const { rows } = await database.pool.query<{ place: string; quantity: string }>(
        `select i.sku || ' ' || b.state as place, trim_scale(b.quantity)::text as quantity from balance b
         join item i on i.id = b.item_id join location l on l.id = b.location_id where l.code = $1 and b.quantity <> 0 order by 1`,
        [location],
      );
      return Object.fromEntries(rows.map((row) => [row.place, row.quantity]));
    },
    ledgerPrint: async () => {
      const { rows } = await database.pool.query<{ print: string }>(
        `select coalesce(string_agg(m::text, e'\\n' order by m.key, m.line), '') as print from movement m`,
      );
      return rows[0]?.print ?? '';
    },
    outgoing: async () => {
      const due = await database.pool.query<{ id: string; name: string }>(
        'select id, name from partner_file where is_outbound order by id',
      );
      const { fileBytes } = await import('../../src/core/exchange/files.ts');
      const files = [];
      for (const { id, name } of due.rows) {
        const file = await fileBytes(database.pool, live.id, id, live.connection.files?.vault?.open);
        files.push({ name, text: file?.bytes.toString('utf8') ?? '' });
      }
      return files;
    },
    events: async () =>
      (
        await database.pool.query<{
          topic: string;
          status: string;
          code: string | null;
          reason: string | null;
        }>('select topic, status::text as status, code, reason from inbox_event order by id')
      ).rows,
    expectSound: async () => {
      expect((await accounting(database.pool)).filter((each) => !each.balanced)).toEqual([]);
      expect((await verifyLedger(running.hub.database)).breaches).toEqual([]);
    },
    close: async () => {
      await running.stop();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let control = 100;

/** One interchange of the partner with one document, counts right; control numbers of its own unless given. */
export function interchange(
  functional: string,
  type: string,
  segments: readonly string[],
  numbers: { interchange?: number; group?: number; document?: string } = {},
): string {
  control += 1;
  const isa = String(numbers.interchange ?? control).padStart(9, '0');
  const group = String(numbers.group ?? control);
  const document = numbers.document ?? '0001';
  const pad = (text: string) => text.padEnd(15);
  return [
    `ISA*00*          *00*          *ZZ*${pad('NORTHWIND')}*ZZ*${pad('HUB')}*261121*0915*U*00401*${isa}*0*P*>`,
    `GS*${functional}*NORTHWIND*HUB*20261121*0915*${group}*X*004010`,
    `ST*${type}*${document}`,
    ...segments,
    `SE*${segments.length + 2}*${document}`,
    `GE*1*${group}`,
    `IEA*1*${isa}`,
    '',
  ].join('~\n');
}

export const RECEIPT = [
  'W17*F*20261120*RC-1*TR-1',
  'N1*WH*Northwind*92*WH01',
  'W07*100*EA**SK*TEE-RED-M',
  'N9*LT*L1',
  'W13*6*EA*01**CC',
  'W07*50*EA**SK*MUG-01',
  'W14*150*150*6',
];

export const SHIPMENT = [
  'W06*F*FO-1*20261121*SHP-1',
  'N1*WH*Northwind*92*WH01',
  'W27*M*UPSN',
  'LX*1',
  'MAN*CP*1Z999',
  'W12*CC*20*20*0*EA**SK*TEE-RED-M*L1',
  'LX*2',
  'W12*CP*6*4*2*EA**SK*MUG-01***********01',
  'W03*24',
];
