// The whole way of an order that a partner ships: reserved at its warehouse, sent as 940, acknowledged, shipped by 945, told
// to the shop; with a Shopify shop and a warehouse over real SFTP on the other side, its own server and OpenSSH in turn.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors } from '../../src/connectors/index.ts';
import { accounting } from '../../src/core/inbox/events.ts';
import { verifyLedger } from '../../src/core/ledger/verify.ts';
import { differences } from '../../src/core/reconcile/differences.ts';
import { instantOf } from '../../src/core/vocabulary/instant.ts';
import { WAREHOUSE_CODE } from '../../src/demo/warehouse.ts';
import { buildWorld, openBooks, quietLog, type World } from '../../src/demo/world.ts';
import { type RunningHub, startHub } from '../../src/hub.ts';
import { announceInbound } from '../../src/workers/announce.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { opensshIsInstalled } from '../support/openssh.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';
import { type OpenSshDock, openOpenSshDock } from './openssh-dock.ts';

let database: TestDatabase;
let world: World;
let running: RunningHub;
/** Present where the partner's server is OpenSSH. */
let dock: OpenSshDock | undefined;

const openssh = await opensshIsInstalled();

const warehouse = () => {
  if (!world.warehouse) throw new Error('the world has no warehouse');
  return world.warehouse;
};

function partner(): LiveConnection {
  const live = [...running.hub.connections.values()].find((each) => each.name === 'northwind');
  if (!live) throw new Error('the hub has no partner');
  return live;
}

async function until<T>(what: string, read: () => Promise<T> | T, holds: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`${what}: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

const one = async <T extends object>(text: string, values: unknown[] = []): Promise<T | undefined> =>
  (await database.pool.query<T>(text, values)).rows[0];

const onHand = async (sku: string, state = 'sellable'): Promise<number> =>
  Number(
    (
      await one<{ quantity: string }>(
        `select b.quantity from balance b join item i on i.id = b.item_id join location l on l.id = b.location_id
         where i.sku = $1 and l.code = $2 and b.state = $3::stock_state`,
        [sku, WAREHOUSE_CODE, state],
      )
    )?.quantity ?? 0,
  );

interface OrderRow {
  readonly number: string;
  readonly status: string;
  readonly reason: string | null;
}
const orderOf = (document: string) =>
  one<OrderRow>(
    'select number, status::text as status, reason from fulfilment_order where order_document = $1',
    [document],
  );

const shopStock = (sku: string) =>
  world.shop.books().find((row) => row.sku === sku && row.location === 'Northwind');

const SERVERS = [
  {
    server: 'the simulated server',
    open: async (): Promise<OpenSshDock | undefined> => undefined,
    runs: true,
  },
  { server: 'OpenSSH', open: (): Promise<OpenSshDock | undefined> => openOpenSshDock(world), runs: openssh },
];

describe.each(SERVERS)('over $server', ({ open, runs }) => {
  describe.runIf(runs)('the whole exchange', () => {
    beforeAll(async () => {
      database = await testDatabase({ maxConnections: 6 });
      world = await buildWorld({
        items: [{ sku: 'MUG', title: 'Mug', onHand: 5 }],
        stored: [
          { sku: 'CANDLE', title: 'Candle', onHand: 40 },
          { sku: 'SOAP', title: 'Soap', onHand: 30 },
        ],
        databaseUrl: database.url,
      });
      dock = await open();
      await openBooks(world);
      // An adjustment names no more than its day, and that began before the books were opened.
      await database.pool.query(
        `update connection set cutover_at = cutover_at - interval '1 day' where name = 'northwind'`,
      );
      running = await startHub({
        config: dock?.config ?? world.config,
        databaseUrl: database.url,
        connectors,
        log: quietLog(),
        exchange: { intervalMs: 200, tickMs: 150 },
      });
    }, 60_000);

    afterAll(async () => {
      await running?.stop();
      await dock?.stop();
      await world?.close();
      await database?.drop();
    });

    it('an order at the warehouse goes out as 940, is acknowledged, comes back as 945, and the shop is told', async () => {
      const order = world.shop.sell({ lines: [{ sku: 'CANDLE', quantity: 3 }] });
      const sent = await until(
        'shipped',
        () => orderOf(order.id),
        (row) => row?.status === 'shipped',
      );
      expect(warehouse().orders()).toMatchObject([{ number: sent?.number, state: 'shipped' }]);
      expect(await onHand('CANDLE')).toBe(37);
      await until(
        'told',
        () => shopStock('CANDLE'),
        (row) => row?.on_hand === 37 && row.committed === 0,
      );
      const document = await until(
        'acknowledged',
        () =>
          one<{ acknowledgement: string }>(
            `select acknowledgement::text from partner_document where type = '940'`,
          ),
        (row) => row?.acknowledgement === 'accepted',
      );
      expect(document?.acknowledgement).toBe('accepted');
      await until(
        'the report is settled',
        () => one<{ outcome: string | null }>('select outcome from fulfilment_report'),
        (row) => row?.outcome === 'applied',
      );
      expect((await one<{ n: string }>('select count(*) as n from reservation'))?.n).toBe('0');
      await until(
        'our acknowledgement',
        () => warehouse().acknowledgements(),
        (all) => all.some((each) => each.type === '945') && all.every((each) => each.state === 'accepted'),
      );
    });

    it('a short shipment books what left, tells the shop that much, and says why', async () => {
      warehouse().behave({ shipping: 'short' });
      const order = world.shop.sell({ lines: [{ sku: 'SOAP', quantity: 6 }] });
      const row = await until(
        'short',
        () => orderOf(order.id),
        (each) => each?.status === 'short',
      );
      warehouse().behave({ shipping: 'complete' });
      const shipped =
        warehouse()
          .orders()
          .find((each) => each.number === row?.number)?.lines[0]?.shipped ?? 0;
      expect(shipped).toBeLessThan(6);
      expect(await onHand('SOAP')).toBe(30 - shipped);
      expect(row?.reason).toMatch(new RegExp(`${shipped} of 6 SOAP shipped, ${6 - shipped} short`));
    });

    it('an order cancelled before it is sent never reaches the warehouse; one cancelled after is taken back', async () => {
      warehouse().behave({ shipAfterMs: 60_000 });
      const order = world.shop.sell({ lines: [{ sku: 'CANDLE', quantity: 2 }] });
      const sent = await until(
        'sent',
        () => orderOf(order.id),
        (row) => row?.status === 'sent',
      );
      world.shop.cancelOrder({ order: order.id, restock: true });
      await until(
        'cancelled',
        () => orderOf(order.id),
        (row) => row?.status === 'cancelled',
      );
      await until(
        'taken back',
        () =>
          warehouse()
            .orders()
            .find((each) => each.number === sent?.number)?.state,
        (state) => state === 'cancelled',
      );
      warehouse().behave({ shipAfterMs: 200 });
    });

    it('an order changed after it was sent is replaced at the warehouse, and ships as it is wanted', async () => {
      warehouse().behave({ shipAfterMs: 60_000 });
      const order = world.shop.sell({ lines: [{ sku: 'CANDLE', quantity: 5 }] });
      const before = await onHand('CANDLE');
      const at = async () => {
        const sent = await orderOf(order.id);
        return warehouse()
          .orders()
          .find((each) => each.number === sent?.number);
      };
      await until('taken', at, (each) => each?.lines[0]?.quantity === 5);
      warehouse().behave({ shipAfterMs: 200 });
      world.shop.editOrder({ order: order.id, remove: [{ sku: 'CANDLE', quantity: 2, restock: true }] });
      await until('replaced', at, (each) => each?.lines[0]?.quantity === 3);
      await until(
        'shipped',
        () => orderOf(order.id),
        (row) => row?.status === 'shipped',
      );
      expect(await onHand('CANDLE')).toBe(before - 3);
      expect(await at()).toMatchObject({ state: 'shipped', lines: [{ shipped: 3 }] });
      await until(
        'told',
        () =>
          one<{ open: string }>('select count(*) as open from fulfilment_report where settled_at is null'),
        (row) => row?.open === '0',
      );
      expect(
        (await one<{ n: string }>(`select count(*) as n from fulfilment_report where outcome <> 'applied'`))
          ?.n,
      ).toBe('0');
    });

    it('a receipt with damage becomes stock in two states, and the shop may sell the good part', async () => {
      // What the shop was told last may still be under way to it, so what it may sell is reckoned and not read.
      const promised = async (): Promise<number> =>
        Number(
          (
            await one<{ units: string }>(
              `select coalesce(sum(r.quantity), 0)::text as units from reservation r join item i on i.id = r.item_id where i.sku = 'CANDLE'`,
            )
          )?.units ?? '0',
        );
      warehouse().behave({ receiving: 'damaged' });
      const before = await onHand('CANDLE');
      const shipment = {
        number: 'PO-1',
        warehouse: 'WH01',
        shippedAt: instantOf(new Date()),
        lines: [{ sku: 'CANDLE', quantity: '20' }],
      };
      expect(await announceInbound(running.hub, partner(), shipment, new Date())).toBe('announced');
      expect(await announceInbound(running.hub, partner(), shipment, new Date())).toBe('known');
      const damaged = await until(
        'damaged',
        () => onHand('CANDLE', 'damaged'),
        (quantity) => quantity > 0,
      );
      expect(await onHand('CANDLE')).toBe(before + 20 - damaged);
      await until(
        'received',
        () => one<{ status: string }>(`select status::text from inbound_shipment where number = 'PO-1'`),
        (row) => row?.status === 'received',
      );
      await until(
        'offered',
        async () => [shopStock('CANDLE')?.available ?? 0, (await onHand('CANDLE')) - (await promised())],
        ([told, free]) => told === free,
      );
      warehouse().behave({ receiving: 'complete' });
    });

    it('a stock report that disagrees moves nothing, and the difference has a cause', async () => {
      const before = await onHand('SOAP');
      warehouse().driftSecretly({ sku: 'SOAP', quantity: -2 });
      warehouse().reportStock({});
      const found = await until(
        'difference',
        () => differences(database.pool, { connection: 'northwind' }),
        (all) => all.some((each) => each.sku === 'SOAP'),
      );
      expect(found.find((each) => each.sku === 'SOAP')).toMatchObject({ difference: '-2' });
      expect(await onHand('SOAP')).toBe(before);
    });

    it('an adjustment of the warehouse moves what it says, and is acknowledged', async () => {
      // Nobody counted it when the books were opened: a count of that moment would stand above an adjustment of the day.
      await database.pool.query(`insert into item (sku, name) values ('WAX', 'Wax')`);
      warehouse().seed({ items: [{ sku: 'WAX', onHand: 0 }] });
      const sent = { number: 'PO-2', warehouse: 'WH01', lines: [{ sku: 'WAX', quantity: '12' }] };
      expect(await announceInbound(running.hub, partner(), sent, new Date())).toBe('announced');
      const places = async () => [await onHand('WAX'), await onHand('WAX', 'hold')];
      await until('received', places, ([good]) => good === 12);
      const { number } = warehouse().adjust({ sku: 'WAX', quantity: -3, reason: '07' });
      await until('adjusted', places, ([good]) => good === 9);
      warehouse().move({ sku: 'WAX', quantity: 2, from: 'good', to: 'hold' });
      await until('moved', places, ([good, hold]) => good === 7 && hold === 2);
      await until(
        'acknowledged',
        () => warehouse().acknowledgements(),
        (all) => all.some((each) => each.number === number && each.state === 'accepted'),
      );
    });

    it('no address stands anywhere in the database in plain text', async () => {
      const { rows } = await database.pool.query<{ dump: string }>(
        `select string_agg(f::text, ' ') as dump from fulfilment_order f`,
      );
      expect(rows[0]?.dump).toBeTruthy();
      const street = Buffer.from('Main Street').toString('hex');
      const files = await database.pool.query<{ body: Buffer; is_sealed: boolean }>(
        `select f.body, f.is_sealed from partner_file f join partner_document d on d.file_id = f.id where d.type = '940'`,
      );
      expect(files.rows.length).toBeGreaterThan(2);
      expect(files.rows.every((row) => row.is_sealed)).toBe(true);
      expect(rows[0]?.dump).not.toContain(street);
    });

    it('I1, I2, I12: everything is accounted for, the ledger proves itself, both warehouses agree', async () => {
      await until(
        'nothing pending',
        async () =>
          Number(
            (await one<{ n: string }>(`select count(*) as n from inbox_event where status = 'pending'`))?.n,
          ),
        (n) => n === 0,
      );
      expect((await accounting(database.pool)).filter((each) => !each.balanced)).toEqual([]);
      expect((await verifyLedger(running.hub.database)).breaches).toEqual([]);
      expect(warehouse().complaints()).toEqual([]);
      expect(await onHand('CANDLE')).toBe(warehouse().books().CANDLE?.good);
    });

    it('every file went over this server, whole, and every document was answered on both sides', async () => {
      const answered = await until(
        'all answered',
        () => warehouse().acknowledgements(),
        (all) => all.every((each) => each.state === 'accepted'),
      );
      expect(new Set(answered.map((each) => each.type))).toEqual(new Set(['944', '945', '846', '947']));
      const ours = await until(
        'all of ours answered',
        async () =>
          (
            await database.pool.query<{ type: string; acknowledgement: string }>(
              `select type, acknowledgement::text as acknowledgement from partner_document where is_outbound and acknowledgement <> 'not_expected'`,
            )
          ).rows,
        (all) => all.every((each) => each.acknowledgement === 'accepted'),
      );
      expect(new Set(ours.map((each) => each.type))).toEqual(new Set(['940', '943']));
      // Nobody but the hub signs in to the warehouse's own server; over OpenSSH it never does.
      expect(warehouse().server.signIns.length > 0).toBe(dock === undefined);
      if (!dock) return;
      const sent = await database.pool.query<{ name: string }>(
        'select name from partner_file where is_outbound',
      );
      const names = sent.rows.map((row) => row.name);
      expect((await dock.list('in/archive')).toSorted()).toEqual(names.toSorted());
      expect([...dock.seen].filter((name) => !name.startsWith('.')).toSorted()).toEqual(names.toSorted());
      expect(await dock.list('in')).toEqual(['archive']);
      expect(await dock.list('out')).toEqual(['archive']);
      expect(await dock.list('out/archive')).toHaveLength(answered.length + ours.length);
    });
  });
});
