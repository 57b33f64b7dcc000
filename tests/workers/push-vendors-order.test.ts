// No push offers more than there is, by the vendors' own rules too: Shopify's and Square's simulators sell, take back and
// cancel by themselves while the hub pushes.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/simulators/random.ts';
import { openShelf, SHELF, type Shelf } from '../e2e/shelf.ts';

const SEED = Number(process.env.STOCKBRIDGE_SEED ?? Math.floor(Math.random() * 1_000_000));
let shelf: Shelf;
beforeAll(async () => {
  shelf = await openShelf({
    items: [
      { sku: 'WEB', title: 'Sold in the shop only', onHand: 12 },
      { sku: 'BAR', title: 'Sold at the till only', onHand: 12 },
    ],
  });
  await shelf.settle();
});
afterAll(() => shelf?.close());

describe('any order of things', () => {
  test(`I7: no push offers more than there is, while both channels sell, take back and cancel (seed ${SEED})`, async () => {
    const { shop, till } = shelf.world;
    const random = seededRandom(SEED);
    /** What is there and promised to nobody; each article is sold in one place only. */
    const truth = { WEB: 12, BAR: 12 };
    const above: string[] = [];
    // A push shows as a rise that is not the channel's own doing, so every own act looks before and after itself.
    const look = (when: string) => {
      if (shelf.shop('WEB') > truth.WEB)
        above.push(`${when}: the shop offers ${shelf.shop('WEB')} of ${truth.WEB}`);
      if (shelf.till('BAR') > truth.BAR)
        above.push(`${when}: the till offers ${shelf.till('BAR')} of ${truth.BAR}`);
    };
    const orders: string[] = [];
    const sales: string[] = [];
    const acts: Record<string, () => Promise<void> | void> = {
      shopSells: () => {
        if (shelf.shop('WEB') < 1) return;
        orders.push(shop.sell({ lines: [{ sku: 'WEB', quantity: 1 }] }).id);
        truth.WEB -= 1;
      },
      shopCancels: () => {
        const order = orders.pop();
        if (order === undefined) return;
        shop.cancelOrder({ order, restock: true });
        truth.WEB += 1;
      },
      shopShips: () => {
        const order = orders.shift();
        if (order !== undefined) shop.fulfil({ order });
      },
      tillSells: () => {
        if (shelf.till('BAR') < 1) return;
        sales.push(till.sell({ location: SHELF, lines: [{ sku: 'BAR', quantity: '1' }] }).orderId);
        truth.BAR -= 1;
      },
      tillTakesBack: () => {
        const orderId = sales.pop();
        if (orderId === undefined) return;
        till.refund({ location: SHELF, orderId, lines: [{ sku: 'BAR', quantity: '1' }] });
        truth.BAR += 1;
      },
      goodsArrive: async () => {
        truth.WEB += 2;
        truth.BAR += 2;
        await shelf.arrive('WEB', 2);
        await shelf.arrive('BAR', 2);
      },
    };
    const names = Object.keys(acts);
    const endsAt = Date.now() + 12_000;
    for (let step = 0; Date.now() < endsAt; step += 1) {
      const name = names[random.integer(0, names.length - 1)] ?? 'shopSells';
      look(`before step ${step}, ${name}`);
      await acts[name]?.();
      look(`after step ${step}, ${name}`);
      // Busy for a while, then quiet long enough for increases to get through.
      await sleep(step % 40 < 25 ? random.integer(5, 150) : 500);
    }
    await shelf.settle();
    expect(above).toEqual([]);
    expect({ WEB: shelf.shop('WEB'), BAR: shelf.till('BAR') }).toEqual(truth);
    await shelf.expectAgreement();
    const { rows } = await shelf.database.pool.query<{ raised: number }>(
      `select count(*)::int as raised from publication where status = 'confirmed' and available > read_available and version > 1`,
    );
    expect(rows[0]?.raised, 'some increases got through').toBeGreaterThan(1);
  }, 90_000);
});
