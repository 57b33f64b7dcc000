// A shop in front of a partner's warehouse: its orders are reservations, its answers are what the test makes them. Rounds
// over the orders are taken by the test, one by one.
import { zstdDecompressSync } from 'node:zlib';
import type {
  Connection,
  FulfilledShipment,
  FulfilmentAnswer,
  ShipToAnswer,
} from '../../src/connectors/contract.ts';
import { laneOf } from '../../src/core/ledger/chain.ts';
import { type Instant, instantFrom } from '../../src/core/vocabulary/instant.ts';
import { fulfilOnce } from '../../src/workers/fulfil.ts';
import type { Hub, LiveConnection } from '../../src/workers/hub.ts';
import { interchange, openWarehouse, PROFILE, type Warehouse } from './warehouse.ts';

export const STREET = '14 Larkspur Close';
export const AT: Instant = instantFrom('2026-11-20T10:00:00Z');

/** Quantity by line and SKU: `{ L1: { 'MUG-01': 2 } }`; a line with several SKUs is a kit. */
export type Wanted = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface OrderRow {
  readonly id: string;
  readonly number: string;
  readonly status: string;
  readonly reason: string | null;
}

export interface Shop {
  readonly rig: Warehouse;
  readonly hub: Hub;
  readonly channelId: number;
  /** What the shop answers; changed by tests. */
  ask: (order: string, location?: string) => ShipToAnswer | Promise<ShipToAnswer>;
  take: (shipment: FulfilledShipment) => FulfilmentAnswer | Error;
  readonly asked: [order: string, location: string | undefined][];
  readonly told: FulfilledShipment[];
  /** The newest version of an order: what it reserves, at the partner's warehouse unless another is named. */
  order(document: string, wanted: Wanted, location?: string): Promise<void>;
  round(now?: Date): Promise<void>;
  /** Makes everything that waits for its time due now. */
  hurry(): Promise<void>;
  /** Fulfilment orders of one order of the shop, oldest first. */
  rows(document: string): Promise<OrderRow[]>;
  row(document: string): Promise<OrderRow>;
  /** `L1 MUG-01 2/3`: shipped of ordered. */
  lines(number: string): Promise<string[]>;
  reserved(document: string): Promise<string[]>;
  /** Texts of the files for one fulfilment order. */
  files(number: string): Promise<string[]>;
  /** Hands in a 945 and waits until it is booked. */
  ship(order: string, lines: readonly ShippedLine[], more?: Shipment): Promise<void>;
  all<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
}

export interface ShippedLine {
  readonly sku: string;
  readonly ordered: number;
  readonly shipped: number;
  readonly status?: string;
  readonly reason?: string;
  readonly reversal?: boolean;
}
interface Shipment {
  readonly number?: string;
  readonly original?: string;
  readonly control?: number;
  readonly tracking?: string;
  readonly settle?: boolean;
}

export const ready = (lines: Readonly<Record<string, number>>): ShipToAnswer => ({
  outcome: 'ready',
  number: '#1001',
  orderedAt: AT,
  shipTo: {
    name: 'Robin Tester',
    street: [STREET],
    city: 'Springfield',
    region: 'IL',
    postalCode: '62704',
    country: 'US',
    phone: '+1 555 0100 200',
    email: 'robin@example.test',
  },
  lines: Object.entries(lines).map(([line, quantity]) => ({ line, quantity: String(quantity) })),
});

/** An agreement on CSV files whose orders have these fields besides the usual ones, and these feeds besides shipments. */
export function csv(fields: object, feeds: readonly object[] = []): object {
  const { x12: _none, ...bare } = PROFILE;
  const to = { shipToName: 'NAME', shipToStreet: 'STREET', shipToCity: 'CITY', shipToCountry: 'COUNTRY' };
  const order = { number: 'ORDER', item: 'SKU', quantity: 'QTY', ...to, ...fields };
  return {
    ...{ ...bare, format: 'csv' },
    feeds: [
      { name: 'orders', files: 'ORD*.csv', direction: 'out', kind: 'shipping_order', fields: order },
      {
        ...{ name: 'shipped', files: 'SH*.csv', direction: 'in', kind: 'shipment' },
        fields: { number: 'NO', order: 'ORDER', item: 'SKU', quantity: 'QTY' },
      },
      ...feeds,
    ],
  };
}

const STOCK = [
  'W17*F*20261101*RC-OPEN*TR-1',
  'N1*WH*Northwind*92*WH01',
  'W07*1000*EA**SK*TEE-RED-M',
  'W07*1000*EA**SK*MUG-01',
  'W07*1000*EA**SK*CAP-01',
  'W14*3000',
];

let shipments = 0;

/** The text of a 945. */
export function advice(order: string, lines: readonly ShippedLine[], more: Shipment = {}): string {
  shipments += 1;
  return interchange(
    'SW',
    '945',
    [
      `W06*F*${order}*20261121*${more.number ?? `SHP-X${shipments}`}`,
      'N1*WH*Northwind*92*WH01',
      ...(more.original === undefined ? [] : [`N9*F8*${more.original}`]),
      'W27*M*UPSN',
      ...lines.flatMap((line, index) => [
        `LX*${index + 1}`,
        `MAN*CP*${more.tracking ?? `1Z${shipments}`}`,
        [
          'W12',
          line.status ?? (line.shipped < line.ordered ? 'CP' : 'CC'),
          line.ordered,
          line.shipped,
          '',
          'EA',
          '',
          'SK',
          line.sku,
          ...Array<string>(10).fill(''),
          line.reason ?? '',
          line.reversal ? '2' : '',
        ]
          .join('*')
          .replace(/\*+$/, ''),
      ]),
      `W03*${lines.reduce((sum, line) => sum + line.shipped, 0)}`,
    ],
    more.control === undefined ? {} : { interchange: more.control, group: more.control },
  );
}

export async function openShop(profile: object = PROFILE): Promise<Shop> {
  const rig = await openWarehouse(profile, {}, { tickMs: 3_600_000 });
  const { hub } = rig.running;
  const { pool } = rig.database;
  const { rows } = await pool.query<{ id: number }>(
    `insert into connection (name, connector, cutover_at) values ('shop', 'demo', '2026-01-01') returning id`,
  );
  const channelId = rows[0]?.id ?? 0;
  await pool.query(
    `insert into location_binding (connection_id, external_id, location_id) select $1, 'shop-' || code, id from location where code = 'NORTHWIND'`,
    [channelId],
  );
  const all = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> =>
    (await pool.query<T>(text, values)).rows;
  let version = 0;
  let files = 0;

  const shop: Shop = {
    rig,
    hub,
    channelId,
    ask: () => ready({ L1: 1 }),
    take: ({ key }) => ({ outcome: 'applied', id: `shop ${key}` }),
    asked: [],
    told: [],
    order: async (document, wanted, location = 'NORTHWIND') => {
      const ids = new Map(
        (await all<{ sku: string; id: number }>('select sku, id from item')).map((row) => [row.sku, row.id]),
      );
      const [place] = await all<{ id: number }>('select id from location where code = $1', [location]);
      version += 1;
      const lines = Object.entries(wanted).flatMap(([line, skus]) =>
        Object.entries(skus).map(([sku, quantity]) => ({
          line,
          itemId: ids.get(sku) ?? 0,
          locationId: place?.id ?? 0,
          quantity: String(quantity),
        })),
      );
      await hub.ledger.post(
        [
          {
            connectionId: channelId,
            inboxEventId: null,
            movements: [],
            counts: [],
            observations: [],
            note: null,
            reservations: [{ order: document, version: String(version), reservedAt: AT, lines }],
          },
        ],
        { lane: laneOf(lines[0]?.itemId ?? 0) },
      );
    },
    round: async (now) => {
      // The hub's own first round may still be under way.
      while (!(await fulfilOnce(hub, rig.live, now === undefined ? {} : { now: () => now })))
        await new Promise((resolve) => setTimeout(resolve, 20));
    },
    hurry: async () => {
      await pool.query(
        'update fulfilment_order set send_after = clock_timestamp(), retry_at = clock_timestamp()',
      );
      await pool.query('update fulfilment_report set retry_at = clock_timestamp()');
      await pool.query('update partner_document set progress_retry_at = null');
    },
    rows: (document) =>
      all<OrderRow>(
        'select id, number, status::text as status, reason from fulfilment_order where order_document = $1 order by id',
        [document],
      ),
    row: async (document) => {
      const [row] = (await shop.rows(document)).slice(-1);
      if (!row) throw new Error(`there is no fulfilment order for ${document}`);
      return row;
    },
    lines: async (number) =>
      (
        await all<{ text: string }>(
          `select l.line || ' ' || i.sku || ' ' || trim_scale(l.shipped) || '/' || trim_scale(l.quantity) as text
           from fulfilment_order_line l join fulfilment_order f on f.id = l.fulfilment_order_id join item i on i.id = l.item_id
           where f.number = $1 order by l.line, i.sku`,
          [number],
        )
      ).map((row) => row.text),
    reserved: async (document) =>
      (
        await all<{ text: string }>(
          `select r.line || ' ' || i.sku || ' ' || trim_scale(r.quantity) as text from reservation r
           join sales_order o on o.id = r.order_id join item i on i.id = r.item_id where o.document = $1 order by r.line, i.sku`,
          [document],
        )
      ).map((row) => row.text),
    files: async (number) => {
      const bodies = await all<{ body: Buffer; is_sealed: boolean }>(
        `select f.body, f.is_sealed from partner_file f join partner_document d on d.file_id = f.id
         where d.chain = $1 and d.is_outbound order by f.id`,
        [number],
      );
      const vault = rig.live.connection.files?.vault;
      return bodies.map(({ body, is_sealed }) =>
        zstdDecompressSync(is_sealed && vault ? vault.open(body) : body).toString('utf8'),
      );
    },
    ship: async (order, lines, more = {}) => {
      files += 1;
      const answer = await rig.receive(`945-${files}.txt`, advice(order, lines, more));
      if (answer.outcome !== 'stored') throw new Error('the shipment was a duplicate file');
      if (more.settle !== false) await rig.settle();
    },
    all,
    close: () => rig.close(),
  };

  const connection: Connection = {
    interpret: async () => [],
    fulfilment: {
      shipTo: async (order, location) => {
        shop.asked.push([order, location]);
        return shop.ask(order, location);
      },
      report: async (shipment) => {
        shop.told.push(shipment);
        const answer = shop.take(shipment);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  };
  const live: LiveConnection = { ...rig.live, id: channelId, name: 'shop', connection, policy: undefined };
  if (!(hub.connections instanceof Map)) throw new TypeError('the hub keeps its connections in no map');
  hub.connections.set(channelId, live);
  await rig.receive('opening.txt', interchange('RE', '944', STOCK));
  await rig.settle();
  return shop;
}
