// Cases whose numbers are known from textbooks and from other systems' documentation, to the cent.
import { describe, expect, test } from 'vitest';
import type { CostMethod } from '../../../src/core/vocabulary/words.ts';
import { type History, type HistoryOptions, history, SHIP, STORE } from './history.ts';

/** Buys 150 at 21, 225 at 27 and 210 at 33; sells 120 after the first and 180 after the second. */
const threePurchases = (options: HistoryOptions): History =>
  history(options)
    .in(150, '3150.00', { lot: 1 })
    .out(120, { id: 'first:0', lot: 1 })
    .in(225, '6075.00', { lot: 2 })
    .out(180, { id: 'second:0' })
    .in(210, '6930.00', { lot: 3 });

describe('three purchases and two sales', () => {
  test.each<[CostMethod, string, string, string, string]>([
    ['fifo', '2520.00', '4680.00', '7200.00', '285 = 8955.00'],
    ['lifo', '2520.00', '4860.00', '7380.00', '285 = 8775.00'],
    ['average', '2520.00', '4732.94', '7252.94', '285 = 8902.06'],
  ])('perpetual %s', (method, first, second, sold, left) => {
    const valued = threePurchases({ method }).valued();
    expect(valued.of('first:0', 'cost_of_goods_sold')).toBe(first);
    expect(valued.of('second:0', 'cost_of_goods_sold')).toBe(second);
    expect(valued.balance('cost_of_goods_sold')).toBe(sold);
    expect(valued.held()).toBe(left);
  });

  test.each<[CostMethod, string, string]>([
    ['lifo', '9360.00', '285 = 6795.00'],
    ['average', '8284.62', '285 = 7870.38'],
  ])('periodic %s, by month', (method, sold, left) => {
    const valued = threePurchases({ method, timing: 'month' }).valued();
    expect(valued.balance('cost_of_goods_sold')).toBe(sold);
    expect(valued.held()).toBe(left);
  });

  test('periodic first in, first out is the same as perpetual', () => {
    const perpetual = threePurchases({ method: 'fifo' }).valued();
    const periodic = threePurchases({ method: 'fifo', timing: 'month' }).valued();
    expect(periodic.balance('cost_of_goods_sold')).toBe('7200.00');
    expect(periodic.held()).toBe(perpetual.held());
  });

  test('specific identification takes the lots that were named', () => {
    const valued = history({ method: 'specific' })
      .in(150, '3150.00', { lot: 1 })
      .out(120, { lot: 1 })
      .in(225, '6075.00', { lot: 2 })
      .out(20, { lot: 1 })
      .out(160, { lot: 2 })
      .in(210, '6930.00', { lot: 3 })
      .valued();
    expect(valued.balance('cost_of_goods_sold')).toBe('7260.00');
    expect(valued.held()).toBe('285 = 8895.00');
  });
});

test('stock below zero is priced provisionally and trued up once', () => {
  const story = history().in(10, '100.00').out(15, { id: 'a:0' }).out(5, { id: 'b:0' });
  expect(story.valued().of('a:0', 'cost_of_goods_sold')).toBe('150.00');
  expect(story.valued().of('b:0', 'cost_of_goods_sold')).toBe('50.00');
  expect(story.valued().held()).toBe('-10 = -100.00');
  const covered = story.in(15, '225.00').valued();
  expect(covered.trueUps('cost_of_goods_sold')).toBe('50.00');
  expect(covered.held()).toBe('5 = 75.00');
});

test('the last unit takes the remainder of an average', () => {
  const story = history({ method: 'average' }).in(1000, '170.00').in(800, '184.00');
  const valued = story.out(1000, { id: 'a:0' }).out(800, { id: 'b:0' }).valued();
  expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('196.67');
  expect(valued.of('b:0', 'cost_of_goods_sold')).toBe('157.33');
  expect(valued.held()).toBe('0 = 0.00');
});

describe('a cost that is known later', () => {
  test('goods received at 95 and billed at 100 are worth 100', () => {
    expect(history().in(1, '95.00').valued().held()).toBe('1 = 95.00');
    expect(history().in(1, '100.00').valued().balance('received_not_billed')).toBe('-100.00');
  });

  test('a landed cost goes to the goods it was paid for', () => {
    const valued = history()
      .in(10, '100.00', { landed: '100.00' })
      .in(10, '200.00')
      .out(1, { id: 'a:0' })
      .valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('20.00');
    expect(valued.held()).toBe('19 = 380.00');
    expect(valued.balance('landed_clearing')).toBe('-100.00');
  });
});

test('a return comes back at what it left at, with the freight that was paid later', () => {
  const told = (landed?: string) =>
    history()
      .in(1, '1000.00', landed === undefined ? {} : { landed })
      .out(1, { id: 'sale:0', order: 'A1' })
      .back(1, { id: 'return:0', order: 'A1' })
      .valued();
  expect(told().of('return:0', 'inventory')).toBe('1000.00');
  const later = told('100.00');
  expect(later.of('sale:0', 'cost_of_goods_sold')).toBe('1100.00');
  expect(later.of('return:0', 'cost_of_goods_sold')).toBe('-1100.00');
  expect(later.balance('cost_of_goods_sold')).toBe('0.00');
  expect(later.held()).toBe('1 = 1100.00');
});

describe('a receipt recorded late, before a transfer', () => {
  const story = () =>
    history().in(5, '50.00', { day: 2 }).move(5, STORE).out(5, { pool: STORE, id: 'used:0' });

  test('as entered', () => {
    expect(story().valued().of('used:0', 'cost_of_goods_sold')).toBe('50.00');
    expect(story().valued().held()).toBe('0 = 0.00');
  });

  test('reaches what was consumed elsewhere', () => {
    const late = story().in(5, '100.00', { day: 1, id: 'late:0' });
    expect(late.valued().of('used:0', 'cost_of_goods_sold')).toBe('100.00');
    expect(late.valued().held()).toBe('5 = 50.00');
    expect(late.without('late:0').valued().of('used:0', 'cost_of_goods_sold')).toBe('50.00');
    expect(late.valued().held()).toBe('0 = 0.00');
  });

  test('reaches it in part', () => {
    const late = story().in(2, '40.00', { day: 1 }).valued();
    expect(late.of('used:0', 'cost_of_goods_sold')).toBe('70.00');
    expect(late.held()).toBe('2 = 20.00');
  });
});

describe('stock that fetches less than it cost', () => {
  const told = (framework: 'ifrs' | 'us_gaap') =>
    history({ framework }).in(1, '500.00').fetches('450', { id: 'down:0' }).fetches('520', { id: 'up:0' });
  const worth = (story: History): number =>
    Number(story.valued().balance('inventory')) + Number(story.valued().balance('write_down_allowance'));

  test('is written up again under IFRS, never above its cost', () => {
    expect(told('ifrs').valued().of('down:0', 'write_down_expense')).toBe('50.00');
    expect(told('ifrs').valued().of('up:0', 'write_down_expense')).toBe('-50.00');
    expect(worth(told('ifrs'))).toBe(500);
  });

  test('stays written down under US GAAP', () => {
    expect(told('us_gaap').valued().of('up:0', 'write_down_expense')).toBe('0.00');
    expect(worth(told('us_gaap'))).toBe(450);
  });

  test('costs what is left of it when it is sold, and comes back at that', () => {
    const story = told('us_gaap').out(1, { order: 'A1', id: 'sale:0' });
    expect(story.valued().of('sale:0', 'cost_of_goods_sold')).toBe('450.00');
    expect(worth(story)).toBe(0);
    const back = story.back(1, { order: 'A1' });
    expect(back.valued().balance('cost_of_goods_sold')).toBe('0.00');
    expect(worth(back)).toBe(450);
  });

  test('is scrapped, when it comes back broken, at no more than it left at', () => {
    const valued = told('us_gaap').out(1, { order: 'A1' }).back(1, { order: 'A1', scrapped: true }).valued();
    expect(valued.balance('scrap')).toBe('450.00');
    expect(valued.balance('cost_of_goods_sold')).toBe('0.00');
    expect(valued.balance('write_down_allowance')).toBe('0.00');
  });

  test.each<[string, (story: History) => History]>([
    ['moved to where it was sold already', (story) => story.out(1, { pool: STORE }).move(1, STORE)],
    ['lost', (story) => story.out(1, { to: 'adjustment' })],
    ['sent back', (story) => story.toSupplier(1)],
    ['revalued to nothing', (story) => story.expects('0', { revalues: true })],
  ])('I11: and is %s, leaves no write-down behind', (_, gone) => {
    const valued = gone(told('us_gaap')).valued();
    expect(valued.balance('write_down_allowance')).toBe('0.00');
    expect(valued.balance('inventory')).toBe('0.00');
  });
});

describe('standard cost', () => {
  const story = () => history({ method: 'standard' }).expects('10').in(10, '95.00');

  test('takes the difference to what was paid as a variance', () => {
    expect(story().valued().held()).toBe('10 = 100.00');
    expect(story().valued().balance('price_variance')).toBe('-5.00');
  });

  test('that changes revalues what is there', () => {
    const valued = story().out(4, { id: 'sale:0' }).expects('11', { id: 'new:0' }).valued();
    expect(valued.of('sale:0', 'cost_of_goods_sold')).toBe('40.00');
    expect(valued.of('new:0', 'inventory')).toBe('6.00');
    expect(valued.held()).toBe('6 = 66.00');
  });

  test('is what goods are carried at once they arrive; on the way they keep their own', () => {
    const shipped = history({ method: 'standard' }).expects('10').in(10, '95.00', { pool: SHIP });
    expect(shipped.expects('11').valued().held(SHIP)).toBe('10 = 95.00');
    const arrived = shipped.move(10, STORE, { pool: SHIP }).valued();
    expect(arrived.held(STORE)).toBe('10 = 110.00');
    expect(arrived.balance('price_variance')).toBe('-15.00');
  });
});

test('goods sold on before they came take their share of what they cost, where they are', () => {
  // 10 moved on at an estimate of 10.00 each before they came; 5 of them sold; all of them came for nothing.
  const valued = history()
    .expects('10')
    .move(10, STORE)
    .in(5, '0.00')
    .out(5, { pool: STORE })
    .in(5, '0.00')
    .valued();
  expect(valued.held(STORE)).toBe('5 = 0.00');
  expect(valued.balance('cost_of_goods_sold')).toBe('0.00');
});

test('a lot is taken from its own layers first, and from the oldest when it has none left', () => {
  const valued = history({ method: 'specific' })
    .in(2, '2.00', { lot: 1 })
    .in(2, '8.00', { lot: 2 })
    .out(1, { lot: 2, id: 'a:0' })
    .out(2, { lot: 2, id: 'b:0' })
    .valued();
  expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('4.00');
  expect(valued.of('b:0', 'cost_of_goods_sold')).toBe('5.00');
  expect(valued.held()).toBe('1 = 1.00');
});

test('a unit cost of six places is worth what many units make of it', () => {
  const valued = history().expects('0.000125').out(1_000_000, { id: 'a:0' }).valued();
  expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('125.00');
});
