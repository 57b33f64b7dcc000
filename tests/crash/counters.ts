// What people do at the simulated shop and till while everything else fails: each act is done at the vendor, in its own
// books, and told to the model. The vendors announce it to the hub by themselves.
import { setTimeout as sleep } from 'node:timers/promises';
import { SHELF, type World } from '../../src/demo/world.ts';
import type { Random } from '../../src/simulators/random.ts';
import { linesOf } from './dock.ts';
import type { Model, ModelLine } from './model.ts';

interface Sale {
  readonly order: string;
  readonly lines: readonly ModelLine[];
}

export interface CountersReport {
  readonly shopActs: number;
  readonly tillActs: number;
}

/** Sells, ships, takes back and cancels at both counters until the time is over. */
export async function workCounters(
  world: World,
  model: Model,
  random: Random,
  options: { skus: readonly string[]; acts: number; overMs: number },
): Promise<CountersReport> {
  const open: Sale[] = [];
  const shipped: Sale[] = [];
  const tillSales: Sale[] = [];
  let shopActs = 0;
  const startedAt = performance.now();
  for (let act = 0; act < options.acts; act += 1) {
    const dueMs = (act / options.acts) * options.overMs - (performance.now() - startedAt);
    if (dueMs > 0) await sleep(dueMs);
    const lines = linesOf(random, options.skus);
    if (random.chance(0.6)) {
      shopActs += 1;
      atTheShop(world, model, random, { open, shipped }, lines);
    } else atTheTill(world, model, random, tillSales, lines);
  }
  return { shopActs, tillActs: options.acts - shopActs };
}

function atTheShop(
  world: World,
  model: Model,
  random: Random,
  sales: { open: Sale[]; shipped: Sale[] },
  lines: ModelLine[],
): void {
  const kind = random.next();
  const open = kind >= 0.5 && kind < 0.9 ? take(random, sales.open) : undefined;
  const shipped = kind >= 0.9 ? take(random, sales.shipped) : undefined;
  if (open && kind < 0.8) {
    world.shop.fulfil({ order: open.order });
    model.reserve(open.lines, -1);
    model.move(open.lines, -1);
    sales.shipped.push(open);
  } else if (open) {
    world.shop.cancelOrder({ order: open.order, restock: true });
    model.reserve(open.lines, -1);
  } else if (shipped) {
    world.shop.refund({
      order: shipped.order,
      lines: shipped.lines.map((line) => ({ ...line, restock: 'return', location: SHELF })),
    });
    model.move(shipped.lines, 1);
  } else {
    const order = world.shop.sell({ lines });
    model.reserve(lines, 1);
    sales.open.push({ order: order.id, lines });
  }
}

function atTheTill(world: World, model: Model, random: Random, sales: Sale[], lines: ModelLine[]): void {
  const back = random.chance(0.2) ? take(random, sales) : undefined;
  const wireLines = (given: readonly ModelLine[]) =>
    given.map((line) => ({ sku: line.sku, quantity: String(line.quantity) }));
  if (back) {
    world.till.refund({ location: SHELF, orderId: back.order, lines: wireLines(back.lines) });
    model.move(back.lines, 1);
    return;
  }
  const { orderId } = world.till.sell({ location: SHELF, lines: wireLines(lines) });
  model.move(lines, -1);
  sales.push({ order: orderId, lines });
}

function take(random: Random, sales: Sale[]): Sale | undefined {
  return sales.length === 0 ? undefined : sales.splice(random.integer(0, sales.length - 1), 1)[0];
}
