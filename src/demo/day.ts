// A seeded day of trade in the demo's world: web orders that ship, are cancelled or come back, counter sales and refunds,
// goods arriving at the dock; with webhooks that come twice, late, out of order or not at all.
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { type Random, seededRandom } from '../simulators/random.ts';
import { DOCK_SECRET, SHELF, type World } from './world.ts';

export interface DayReport {
  readonly webOrders: number;
  readonly shipped: number;
  readonly cancelled: number;
  readonly returned: number;
  readonly counterSales: number;
  readonly counterRefunds: number;
  readonly deliveries: number;
  /** Wanted, but the channel had none left to offer. */
  readonly soldOut: number;
}

interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  state: 'open' | 'shipped' | 'done';
}

export interface DayOptions {
  readonly orders: number;
  readonly seed: number;
  readonly skus: readonly string[];
  /** Pause between two events, in milliseconds. */
  readonly paceMs: number;
  readonly onProgress?: (done: number) => void;
}

/** Webhooks that misbehave as real ones do: most of them twice, many out of order, some lost for good. */
export function misbehave(world: World): void {
  world.shop.setFaults({
    webhooks: { duplicate: 1, reorderWindowMs: 400, delayMs: 150, dropProbability: 0.04 },
  });
  world.till.setFaults({ webhooks: { duplicate: 0.25, reorder: 0.2, delay: 0.2, drop: 0.04, delayMs: 300 } });
}

export function behave(world: World): void {
  world.shop.setFaults({});
  world.till.setFaults({});
}

/** Lives through the day and answers what happened in it. */
export async function tradingDay(world: World, options: DayOptions): Promise<DayReport> {
  const day = new Day(world, options);
  for (let event = 0; event < options.orders; event += 1) {
    await day.next(event);
    options.onProgress?.(event + 1);
    await sleep(options.paceMs);
  }
  return day.report;
}

class Day {
  readonly report = {
    webOrders: 0,
    shipped: 0,
    cancelled: 0,
    returned: 0,
    counterSales: 0,
    counterRefunds: 0,
    deliveries: 0,
    soldOut: 0,
  };
  readonly #world: World;
  readonly #random: Random;
  readonly #skus: readonly string[];
  readonly #orders: Order[] = [];
  readonly #sales: { id: string; sku: string }[] = [];

  constructor(world: World, options: DayOptions) {
    this.#world = world;
    this.#random = seededRandom(options.seed);
    this.#skus = options.skus;
  }

  async next(event: number): Promise<void> {
    if (event % 40 === 39) return this.#deliver(event);
    if (this.#random.chance(0.5)) this.#counter();
    else this.#web();
    if (this.#random.chance(0.5)) this.#handleOrder();
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[this.#random.integer(0, Math.max(0, from.length - 1))];
  }

  /** A customer buys what the shop offers; what it shows as sold out cannot be bought. */
  #web(): void {
    const sku = this.#pick(this.#skus) ?? '';
    const quantity = this.#random.integer(1, 2);
    const level = this.#world.shop.books().find((row) => row.sku === sku && row.location === SHELF);
    if ((level?.available ?? 0) < quantity) {
      this.report.soldOut += 1;
      return;
    }
    const order = this.#world.shop.sell({ lines: [{ sku, quantity }] });
    this.#orders.push({ id: order.id, sku, quantity, state: 'open' });
    this.report.webOrders += 1;
  }

  #counter(): void {
    const old = this.#random.chance(0.08) ? this.#sales.pop() : undefined;
    if (old) {
      this.#world.till.refund({
        location: SHELF,
        lines: [{ sku: old.sku, quantity: '1' }],
        orderId: old.id,
        path: 'straight',
      });
      this.report.counterRefunds += 1;
      return;
    }
    const sku = this.#pick(this.#skus) ?? '';
    if (Number(this.#world.till.books()[sku]?.[SHELF]?.IN_STOCK ?? 0) < 1) {
      this.report.soldOut += 1;
      return;
    }
    const sale = this.#world.till.sell({ location: SHELF, lines: [{ sku, quantity: '1' }] });
    this.#sales.push({ id: sale.orderId, sku });
    this.report.counterSales += 1;
  }

  #handleOrder(): void {
    const order = this.#pick(this.#orders.filter((each) => each.state !== 'done'));
    if (!order) return;
    if (order.state === 'shipped') {
      if (!this.#random.chance(0.2)) return;
      this.#world.shop.refund({
        order: order.id,
        lines: [{ sku: order.sku, quantity: order.quantity, restock: 'return', location: SHELF }],
      });
      order.state = 'done';
      this.report.returned += 1;
    } else if (this.#random.chance(0.15)) {
      this.#world.shop.cancelOrder({ order: order.id, restock: true });
      order.state = 'done';
      this.report.cancelled += 1;
    } else {
      this.#world.shop.fulfil({ order: order.id });
      order.state = 'shipped';
      this.report.shipped += 1;
    }
  }

  async #deliver(event: number): Promise<void> {
    const sku = this.#pick(this.#skus) ?? '';
    await postToDock(this.#world, `goods-${event}`, {
      id: `goods-${event}`,
      type: 'receipt',
      occurredAt: new Date().toISOString(),
      document: `DELIVERY-${event}`,
      lines: [{ sku, quantity: '5', location: SHELF.toUpperCase() }],
    });
    this.report.deliveries += 1;
  }
}

/** Sends one signed event of the hub's own format; answers the status. */
export async function postToDock(
  world: World,
  id: string,
  event: object,
  secret: string = DOCK_SECRET,
): Promise<number> {
  const body = JSON.stringify(event);
  const at = new Date();
  const response = await fetch(`${world.hubUrl}/hooks/dock`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
