// What happens at the demo's warehouse: an order goes out and comes back shipped, goods arrive damaged, files come twice and
// wrong, and a stock report disagrees. Each step waits until both sides have said it, and answers what was said.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../core/database.ts';
import { type Difference, differences } from '../core/reconcile/differences.ts';
import { instantOf } from '../core/vocabulary/instant.ts';
import type { Threepl } from '../simulators/threepl/index.ts';
import { announceInbound } from '../workers/announce.ts';
import type { Hub } from '../workers/hub.ts';
import { WAREHOUSE, WAREHOUSE_CODE } from './warehouse.ts';
import type { World } from './world.ts';

const DEADLINE_MS = 30_000;

export interface WarehouseDay {
  readonly order: {
    readonly number: string;
    readonly sku: string;
    readonly quantity: number;
    readonly files: readonly string[];
    readonly shopOnHand: number;
    readonly ms: number;
  };
  readonly arrival: {
    readonly number: string;
    readonly sku: string;
    readonly announced: number;
    readonly good: number;
    readonly damaged: number;
  };
  readonly refused: {
    readonly document: string;
    readonly difference: Difference;
    /** Units it took from the stock once it came right. */
    readonly units: number;
  };
  readonly repeated: { readonly document: string; readonly movements: number };
}

export async function warehouseDay(world: World, hub: Hub): Promise<WarehouseDay> {
  const { warehouse } = world;
  if (!warehouse) throw new Error('this world has no warehouse');
  const day = new Day(world, warehouse, hub);
  const order = await day.order('CANDLE', 3);
  const arrival = await day.arrival('SOAP', 20);
  const refused = await day.refused('SOAP');
  const repeated = await day.repeated();
  return { order, arrival, refused, repeated };
}

class Day {
  readonly #world: World;
  readonly #warehouse: Threepl;
  readonly #hub: Hub;
  readonly #database: Database;

  constructor(world: World, warehouse: Threepl, hub: Hub) {
    this.#world = world;
    this.#warehouse = warehouse;
    this.#hub = hub;
    this.#database = hub.database;
  }

  async order(sku: string, quantity: number): Promise<WarehouseDay['order']> {
    const startedAt = performance.now();
    const onHand = () =>
      this.#world.shop.books().find((row) => row.sku === sku && row.location === WAREHOUSE)?.on_hand ?? 0;
    const before = onHand();
    const { id } = this.#world.shop.sell({ lines: [{ sku, quantity }] });
    const number = await until('the order is shipped', async () => {
      const row = await this.#one<{ number: string; told: boolean; acknowledged: boolean }>(
        `select f.number, exists (select from fulfilment_report r where r.fulfilment_order_id = f.id and r.settled_at is not null) as told,
           exists (select from partner_document d where d.chain = f.number and d.acknowledgement = 'accepted') as acknowledged
         from fulfilment_order f where f.order_document = $1 and f.status = 'shipped'`,
        [id],
      );
      return row?.told && row.acknowledged ? row.number : undefined;
    });
    const ms = Math.round(performance.now() - startedAt);
    const { rows } = await this.#database.pool.query<{ name: string }>(
      `select f.name from partner_document d join partner_file f on f.id = d.file_id where d.chain = $1 order by d.id`,
      [number],
    );
    await until('the shop has booked it', () => (onHand() === before - quantity ? true : undefined));
    return {
      number,
      sku,
      quantity,
      files: rows.map((row) => row.name),
      shopOnHand: onHand(),
      ms,
    };
  }

  async arrival(sku: string, quantity: number): Promise<WarehouseDay['arrival']> {
    const number = 'PO-7';
    const before = await this.#stock(sku);
    this.#warehouse.behave({ receiving: 'damaged' });
    await this.#announce(number, sku, quantity);
    await until('the goods are received', async () =>
      (await this.#one('select 1 from inbound_shipment where number = $1 and status = $2', [
        number,
        'received',
      ]))
        ? true
        : undefined,
    );
    this.#warehouse.behave({ receiving: 'complete' });
    const after = await this.#stock(sku);
    return {
      number,
      sku,
      announced: quantity,
      good: after.sellable - before.sellable,
      damaged: after.damaged - before.damaged,
    };
  }

  /**
   * The warehouse ships, and what it writes about it has a wrong count: nothing of it is used, and its stock report, which
   * knows of the shipment, disagrees. Once the document comes right, it counts, and nothing disagrees any more.
   */
  async refused(sku: string): Promise<WarehouseDay['refused']> {
    this.#warehouse.setFaults({ documents: ['945'], wrongCounts: true });
    const before = await this.#stock(sku);
    this.#world.shop.sell({ lines: [{ sku, quantity: 2 }] });
    const told = await until('the refusal arrives', () =>
      this.#warehouse.acknowledgements().findLast((each) => each.type === '945' && each.state === 'rejected'),
    );
    this.#warehouse.setFaults({});
    this.#warehouse.reportStock({});
    const difference = await until('the stock report is compared', () => this.#difference(sku));
    this.#warehouse.resend({ number: told.number });
    const units = await until('the mended file is applied', async () => {
      const gone = before.sellable - (await this.#stock(sku)).sellable;
      return gone > 0 ? gone : undefined;
    });
    await until('the difference is gone', async () => ((await this.#difference(sku)) ? undefined : true));
    return { document: `945 ${told.number}`, difference, units };
  }

  /** Every shipment again, in interchanges of new numbers. */
  async repeated(): Promise<WarehouseDay['repeated']> {
    const before = await this.#movements();
    const shipment = this.#warehouse.orders().flatMap((order) => order.shipments)[0] ?? '';
    const files = await this.#files();
    this.#warehouse.resend({ number: shipment });
    await until('the repeated file is taken', async () => ((await this.#files()) > files ? true : undefined));
    await this.#quiet();
    return { document: `945 ${shipment}`, movements: (await this.#movements()) - before };
  }

  async #difference(sku: string): Promise<Difference | undefined> {
    const found = await differences(this.#database.pool, { connection: 'northwind' });
    return found.find((each) => each.sku === sku);
  }

  async #announce(number: string, sku: string, quantity: number): Promise<void> {
    const live = [...this.#hub.connections.values()].find((each) => each.name === 'northwind');
    if (!live) throw new Error('the warehouse is not configured');
    const { warehouse } = this.#warehouse;
    const lines = [{ sku, quantity: String(quantity) }];
    const now = new Date();
    await announceInbound(this.#hub, live, { number, warehouse, shippedAt: instantOf(now), lines }, now);
  }

  async #one<T extends object>(text: string, values: unknown[] = []): Promise<T | undefined> {
    return (await this.#database.pool.query<T>(text, values)).rows[0];
  }

  async #stock(sku: string): Promise<{ sellable: number; damaged: number }> {
    const { rows } = await this.#database.pool.query<{ state: string; quantity: string }>(
      `select b.state::text as state, b.quantity from balance b join item i on i.id = b.item_id join location l on l.id = b.location_id
       where i.sku = $1 and l.code = $2`,
      [sku, WAREHOUSE_CODE],
    );
    const of = (state: string) => Number(rows.find((row) => row.state === state)?.quantity ?? 0);
    return { sellable: of('sellable'), damaged: of('damaged') };
  }

  async #movements(): Promise<number> {
    const row = await this.#one<{ n: number }>(
      `select count(*)::int as n from movement m join connection c on c.id = m.connection_id where c.name = 'northwind'`,
    );
    return row?.n ?? 0;
  }

  async #files(): Promise<number> {
    return (
      (await this.#one<{ n: number }>('select count(*)::int as n from partner_file where not is_outbound'))
        ?.n ?? 0
    );
  }

  /** No event of the partner is pending. */
  async #quiet(): Promise<void> {
    await until('everything is interpreted', async () =>
      (await this.#one(
        `select 1 from inbox_event e join connection c on c.id = e.connection_id where c.name = 'northwind' and e.status = 'pending' limit 1`,
      ))
        ? undefined
        : true,
    );
  }
}

/** Asks until there is an answer; throws after the deadline, naming what was waited for. */
async function until<T>(what: string, read: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited ${DEADLINE_MS / 1000} s until ${what}`);
    await sleep(50);
  }
}
