// What each thing that happens in a shop does to available, committed and on_hand.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Control } from '../../src/simulators/shopify/control.ts';
import type { OrderSummary } from '../../src/simulators/shopify/summaries.ts';
import { bookOf, levelsOf, smallShop } from './shopify-client.ts';

type Step = (shop: Control, order: OrderSummary) => unknown;
type Case = { name: string; steps: Step[]; warehouse: number[]; store?: number[] };

const line = { sku: 'CUP', quantity: 3 };
const ship: Step = (shop, order) => shop.fulfil({ order: order.id });

/** Every case begins with a web order of 3 from 10 in the warehouse (and 4 in the store). */
const cases: Case[] = [
  { name: 'an order commits', steps: [], warehouse: [7, 3, 10] },
  { name: 'a fulfilment ships what was committed', steps: [ship], warehouse: [7, 0, 7] },
  {
    name: 'part of an order ships',
    steps: [(shop, order) => shop.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 1 }] })],
    warehouse: [7, 2, 9],
  },
  {
    name: 'a cancelled fulfilment is committed again',
    steps: [
      ship,
      (shop, order) =>
        shop.cancelFulfilment({
          fulfilment: shop.orders().find((one) => one.id === order.id)?.fulfilments[0]?.id ?? '',
        }),
    ],
    warehouse: [7, 3, 10],
  },
  {
    name: 'a refund with cancel releases',
    steps: [(shop, order) => shop.refund({ order: order.id, lines: [{ ...line, restock: 'cancel' }] })],
    warehouse: [10, 0, 10],
  },
  {
    name: 'a refund of open units without restock writes them off',
    steps: [
      (shop, order) =>
        shop.refund({ order: order.id, lines: [{ ...line, quantity: 2, restock: 'no_restock' }] }),
    ],
    warehouse: [7, 1, 8],
  },
  {
    name: 'a refund of shipped units without restock moves nothing',
    steps: [
      ship,
      (shop, order) => shop.refund({ order: order.id, lines: [{ ...line, restock: 'no_restock' }] }),
    ],
    warehouse: [7, 0, 7],
  },
  {
    name: 'a refund of money alone moves nothing',
    steps: [
      (shop, order) =>
        shop.refund({ order: order.id, lines: [{ ...line, restock: 'no_restock', removes: 'nothing' }] }),
    ],
    warehouse: [7, 3, 10],
  },
  {
    name: 'a restocked return lands where it says',
    steps: [
      ship,
      (shop, order) =>
        shop.refund({
          order: order.id,
          lines: [{ ...line, quantity: 2, restock: 'return', location: 'Store' }],
        }),
    ],
    warehouse: [7, 0, 7],
    store: [6, 0, 6],
  },
  {
    name: 'one refund may cancel and return the same line',
    steps: [
      (shop, order) => shop.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 2 }] }),
      (shop, order) =>
        shop.refund({
          order: order.id,
          lines: [
            { sku: 'CUP', quantity: 1, restock: 'cancel' },
            { sku: 'CUP', quantity: 2, restock: 'return' },
          ],
        }),
    ],
    warehouse: [10, 0, 10],
  },
  {
    name: 'a cancelled order goes back on sale',
    steps: [(shop, order) => shop.cancelOrder({ order: order.id })],
    warehouse: [10, 0, 10],
  },
  {
    name: 'an order cancelled without restock is written off',
    steps: [(shop, order) => shop.cancelOrder({ order: order.id, restock: false })],
    warehouse: [7, 0, 7],
  },
  {
    name: 'an edit adds',
    steps: [(shop, order) => shop.editOrder({ order: order.id, add: [{ sku: 'CUP', quantity: 2 }] })],
    warehouse: [5, 5, 10],
  },
  {
    name: 'an edit removes',
    steps: [(shop, order) => shop.editOrder({ order: order.id, remove: [{ sku: 'CUP', quantity: 1 }] })],
    warehouse: [8, 2, 10],
  },
  {
    name: 'a moved order is committed elsewhere',
    steps: [(shop, order) => shop.moveFulfilmentOrder({ order: order.id, to: 'Store' })],
    warehouse: [10, 0, 10],
    store: [1, 3, 4],
  },
  {
    name: 'what has shipped stays behind when the rest moves',
    steps: [
      (shop, order) => shop.fulfil({ order: order.id, lines: [{ sku: 'CUP', quantity: 1 }] }),
      (shop, order) => shop.moveFulfilmentOrder({ order: order.id, to: 'Store' }),
    ],
    warehouse: [9, 0, 9],
    store: [2, 2, 4],
  },
  {
    name: 'a merchant adjusts',
    steps: [(shop) => shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: -4 })],
    warehouse: [3, 3, 6],
  },
  {
    name: 'damaged stock counts as on hand',
    steps: [(shop) => shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: 2, name: 'damaged' })],
    warehouse: [7, 3, 12],
  },
  {
    name: 'incoming stock does not count as on hand',
    steps: [(shop) => shop.adjust({ sku: 'CUP', location: 'Warehouse', delta: 5, name: 'incoming' })],
    warehouse: [7, 3, 10],
  },
  {
    name: 'a disposition restocks, and the refund of the same return does not do it again',
    steps: [
      ship,
      (shop, order) => shop.openReturn({ order: order.id, lines: [{ sku: 'CUP', quantity: 2 }] }),
      (shop, order) => {
        const id = shop.orders().find((one) => one.id === order.id)?.returns[0]?.id ?? '';
        shop.dispose({ return: id, sku: 'CUP', quantity: 2, type: 'RESTOCKED', location: 'Warehouse' });
        return shop.refund({
          order: order.id,
          return: id,
          lines: [{ sku: 'CUP', quantity: 2, restock: 'return' }],
        });
      },
    ],
    warehouse: [9, 0, 9],
  },
];

it.each(cases)('$name', async ({ steps, warehouse, store }) => {
  await using shop = await smallShop();
  const order = shop.sell({ lines: [line] });
  for (const step of steps) step(shop, order);
  expect(levelsOf(shop)).toEqual(warehouse);
  expect(levelsOf(shop, 'CUP', 'Store')).toEqual(store ?? [4, 0, 4]);
});

it('a counter sale is ordered and gone in one step, even below zero', async () => {
  await using shop = await smallShop();
  const order = shop.sell({ lines: [{ sku: 'CUP', quantity: 5 }], location: 'Store', pos: true });
  expect(levelsOf(shop, 'CUP', 'Store')).toEqual([-1, 0, -1]);
  expect(order.lines[0]).toMatchObject({ openQuantity: 0, fulfilledQuantity: 5 });
});

it('untracked items hold no stock', async () => {
  await using shop = await smallShop();
  shop.seed({ variants: [{ sku: 'CARD', tracked: false, onHand: { Warehouse: 0 } }] });
  const order = shop.sell({ lines: [{ sku: 'CARD', quantity: 9 }] });
  shop.fulfil({ order: order.id });
  expect(levelsOf(shop, 'CARD')).toEqual([0, 0, 0]);
});

it('a checkout refuses what is not available, and nothing changes', async () => {
  await using shop = await smallShop();
  expect(() => shop.sell({ lines: [{ sku: 'CUP', quantity: 11 }] })).toThrow('cannot be served');
  expect(() => shop.sell({ lines: [line, { sku: 'CUP', quantity: 8 }] })).toThrow('cannot be served');
  expect(levelsOf(shop)).toEqual([10, 0, 10]);
  expect(shop.orders()).toEqual([]);
});

it('a location that does not stock the item sells nothing, and keeps its numbers', async () => {
  await using shop = await smallShop();
  shop.setStocked({ sku: 'CUP', location: 'Warehouse', isActive: false });
  expect(() => shop.sell({ lines: [{ sku: 'CUP', quantity: 5 }] })).toThrow('cannot be served');
  expect(bookOf(shop, 'CUP', 'Warehouse')).toMatchObject({ isActive: false, available: 10 });
});

it('an order is routed whole to one location where one can serve it, else line by line', async () => {
  await using shop = await smallShop();
  shop.seed({ variants: [{ sku: 'POT', onHand: { Store: 2 } }] });
  const whole = shop.sell({
    lines: [
      { sku: 'CUP', quantity: 4 },
      { sku: 'POT', quantity: 1 },
    ],
  });
  expect(whole.fulfilmentOrders.map((one) => one.location)).toEqual(['Store']);
  const split = shop.sell({
    lines: [
      { sku: 'CUP', quantity: 4 },
      { sku: 'POT', quantity: 1 },
    ],
  });
  expect(split.fulfilmentOrders.map((one) => one.location)).toEqual(['Warehouse', 'Store']);
});

it('on_hand is the sum of its states, and committed is what is open, whatever happens', async () => {
  const acts = fc.array(
    fc.record({ act: fc.nat(6), order: fc.nat(5), quantity: fc.integer({ min: 1, max: 4 }) }),
    {
      maxLength: 30,
    },
  );
  await fc.assert(
    fc.asyncProperty(acts, async (list) => {
      await using shop = await smallShop();
      for (const { act, order, quantity } of list) {
        const known = shop.orders();
        const target = known[order % Math.max(1, known.length)]?.id ?? '';
        const one = { sku: 'CUP', quantity };
        const choices = [
          () => shop.sell({ lines: [one] }),
          () => shop.fulfil({ order: target, lines: [one] }),
          () => shop.refund({ order: target, lines: [{ ...one, restock: 'cancel' }] }),
          () => shop.refund({ order: target, lines: [{ ...one, restock: 'no_restock' }] }),
          () => shop.editOrder({ order: target, add: [one], remove: [{ sku: 'CUP', quantity: 1 }] }),
          () => shop.moveFulfilmentOrder({ order: target, to: quantity % 2 ? 'Store' : 'Warehouse' }),
          () => shop.cancelOrder({ order: target }),
        ];
        try {
          choices[act]?.();
        } catch (error) {
          expect((error as Error).name).toBe('ShopRefusal');
        }
      }
      for (const location of ['Warehouse', 'Store']) {
        const row = bookOf(shop, 'CUP', location);
        const open = shop
          .orders()
          .flatMap((one) => one.fulfilmentOrders)
          .filter((routing) => routing.location === location)
          .flatMap((routing) => routing.lines)
          .reduce((sum, routed) => sum + routed.remainingQuantity, 0);
        expect(row.committed).toBe(open);
        expect(row.on_hand).toBe(
          row.available + row.committed + row.reserved + row.damaged + row.safety_stock + row.quality_control,
        );
      }
    }),
    { numRuns: 25 },
  );
});
