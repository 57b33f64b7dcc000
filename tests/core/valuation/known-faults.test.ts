// Histories that other systems are known to have valued wrongly, with the right answer.
import { describe, expect, test } from 'vitest';
import { history } from './history.ts';

const average = (options: Parameters<typeof history>[0] = {}) => history({ ...options, method: 'average' });

describe('stock below zero', () => {
  test('goods that left before any cost was known are trued up by the receipt', () => {
    const valued = average().out(2, { id: 'a:0' }).in(20, '66.60').valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('0.00');
    expect(valued.trueUps('cost_of_goods_sold')).toBe('6.66');
    expect(valued.held()).toBe('18 = 59.94');
  });

  test('a cost of a tenth of a cent loses nothing', () => {
    const valued = average().expects('0.001').out(20_000, { id: 'a:0' }).in(23_000, '23.00').valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('20.00');
    expect(valued.trueUps('cost_of_goods_sold')).toBe('0.00');
    expect(valued.held()).toBe('3000 = 3.00');
  });

  test('a currency without decimals leaves no residue', () => {
    const valued = average({ currency: 'JPY' }).in(10, '15').out(12, { id: 'a:0' }).in(2, '3').valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('18');
    expect(valued.trueUps('cost_of_goods_sold')).toBe('0');
    expect(valued.held()).toBe('0 = 0');
  });

  test('a corrected cost reaches what was sold before it came', () => {
    const story = average().expects('100').out(10, { id: 'a:0' });
    const valued = story.expects('10', { revalues: true }).found(10).valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('1000.00');
    expect(valued.trueUps('cost_of_goods_sold')).toBe('-900.00');
    expect(valued.held()).toBe('0 = 0.00');
  });

  test('one unit sold at an estimate and bought dearer', () => {
    const valued = average().expects('100').out(1).in(1, '300.00').valued();
    expect(valued.trueUps('cost_of_goods_sold')).toBe('200.00');
    expect(valued.held()).toBe('0 = 0.00');
  });

  test('sold beyond what is there, at the newest cost, and covered cheaper', () => {
    const valued = average().in(10, '15.00').out(10).out(3, { id: 'short:0' }).in(20, '35.00').valued();
    expect(valued.of('short:0', 'cost_of_goods_sold')).toBe('4.50');
    expect(valued.trueUps('cost_of_goods_sold')).toBe('0.75');
    expect(valued.held()).toBe('17 = 29.75');
  });
});

describe('a bill after the fact', () => {
  const told = (second: string) =>
    average().in(100, '500.00').in(15, second, { id: 'typo:0' }).out(10, { id: 'sale:0' }).valued();

  test('that corrects a typing error takes it out of sales and stock alike', () => {
    const wrong = told('30000.00');
    expect(wrong.of('sale:0', 'cost_of_goods_sold')).toBe('2652.17');
    const right = told('75.00');
    expect(right.of('sale:0', 'cost_of_goods_sold')).toBe('50.00');
    expect(right.held()).toBe('105 = 525.00');
    const difference = (a: string, b: string) => (Number(a) - Number(b)).toFixed(2);
    expect(difference(right.balance('cost_of_goods_sold'), wrong.balance('cost_of_goods_sold'))).toBe(
      '-2602.17',
    );
    expect(difference(right.balance('inventory'), wrong.balance('inventory'))).toBe('-27322.83');
  });

  test('for components that are all built in follows them into what was made', () => {
    const raw = (value: string) =>
      history().in(10, value).out(10, { to: 'work_in_progress', id: 'use:0', order: 'MO1' }).valued();
    expect(raw('100.00').of('use:0', 'work_in_progress')).toBe('100.00');
    expect(raw('150.00').of('use:0', 'work_in_progress')).toBe('150.00');
    expect(raw('150.00').held()).toBe('0 = 0.00');
  });
});

describe('landed cost', () => {
  test('under an average goes to what was sold and what is left', () => {
    const valued = average().in(5, '50.00', { landed: '10.00' }).in(5, '60.00').out(1).valued();
    expect(valued.balance('cost_of_goods_sold')).toBe('12.00');
    expect(valued.held()).toBe('9 = 108.00');
  });

  test('for goods that are all sold goes to their cost, and clears', () => {
    const valued = average().in(5, '50.00', { landed: '10.00' }).out(5).valued();
    expect(valued.balance('cost_of_goods_sold')).toBe('60.00');
    expect(valued.balance('landed_clearing')).toBe('-10.00');
    expect(valued.held()).toBe('0 = 0.00');
  });
});

describe('layers', () => {
  test('three at almost the same cost leave nothing behind', () => {
    const valued = history().in(1, '1.00').in(1, '1.00').in(1, '1.01').out(3).valued();
    expect(valued.balance('cost_of_goods_sold')).toBe('3.01');
    expect(valued.held()).toBe('0 = 0.00');
  });

  test('an issue spans two of them', () => {
    const valued = history()
      .in(5, '40.00')
      .in(8, '96.00')
      .out(1, { id: 'a:0' })
      .out(6, { id: 'b:0' })
      .valued();
    expect(valued.of('a:0', 'cost_of_goods_sold')).toBe('8.00');
    expect(valued.of('b:0', 'cost_of_goods_sold')).toBe('56.00');
  });

  test('two lots delivered together come back at what they left at', () => {
    const valued = history({ method: 'specific' })
      .in(1, '13.13', { lot: 1 })
      .in(1, '12.20', { lot: 2 })
      .out(2, { order: 'A1', id: 'out:0' })
      .back(2, { order: 'A1', id: 'back:0' })
      .valued();
    expect(valued.of('out:0', 'cost_of_goods_sold')).toBe('25.33');
    expect(valued.of('back:0', 'inventory')).toBe('25.33');
  });
});

describe('goods that go back to the supplier', () => {
  test('leave an average at the average; the difference is a variance', () => {
    const valued = average()
      .in(100, '1000.00')
      .in(10, '150.00')
      .toSupplier(10, { id: 'back:0', credit: '100.00' })
      .valued();
    expect(valued.of('back:0', 'received_not_billed')).toBe('100.00');
    expect(valued.of('back:0', 'inventory')).toBe('-104.55');
    expect(valued.of('back:0', 'price_variance')).toBe('4.55');
  });

  test('leave by their own layer where there are layers, and at the average where there is one', () => {
    const layered = history()
      .in(2, '200.00')
      .in(2, '400.00', { id: 'second:0' })
      .toSupplier(1, { receipt: 'second:0', credit: '200.00' })
      .valued();
    expect(layered.held()).toBe('3 = 400.00');
    expect(layered.balance('price_variance')).toBe('0.00');
    const averaged = average()
      .in(2, '200.00')
      .in(2, '400.00', { id: 'second:0' })
      .toSupplier(1, { receipt: 'second:0', credit: '200.00' })
      .valued();
    expect(averaged.held()).toBe('3 = 450.00');
    expect(averaged.balance('price_variance')).toBe('-50.00');
  });

  test('never take more than the pool is worth', () => {
    const valued = average()
      .in(100, '100000.00')
      .in(100, '40000.00')
      .out(100, { id: 'sale:0' })
      .toSupplier(100, { id: 'back:0', credit: '100000.00' })
      .valued();
    expect(valued.of('sale:0', 'cost_of_goods_sold')).toBe('70000.00');
    expect(valued.of('back:0', 'inventory')).toBe('-70000.00');
    expect(valued.of('back:0', 'price_variance')).toBe('-30000.00');
    expect(valued.held()).toBe('0 = 0.00');
  });

  test('never at a negative rate', () => {
    const valued = average()
      .in(10, '1000.00')
      .in(100, '1000.00')
      .out(100, { id: 'sale:0' })
      .toSupplier(8, { id: 'back:0', credit: '800.00' })
      .valued();
    expect(valued.of('sale:0', 'cost_of_goods_sold')).toBe('1818.18');
    expect(valued.of('back:0', 'inventory')).toBe('-145.46');
    expect(valued.of('back:0', 'price_variance')).toBe('-654.54');
    expect(valued.held()).toBe('2 = 36.36');
  });
});

test('a change of method carries the value', () => {
  const valued = average().in(2, '20.00').in(2, '8.00').out(1).method('fifo').valued();
  expect(valued.held()).toBe('3 = 21.00');
  expect(valued.balance('revaluation')).toBe('0.00');
});

test('a receipt recorded after a revaluation, and dated before it, is revalued with the rest', () => {
  const valued = average()
    .in(10, '100.00', { day: 1 })
    .expects('12', { day: 5, revalues: true })
    .in(5, '100.00', { day: 3 })
    .valued();
  expect(valued.held()).toBe('15 = 180.00');
  expect(valued.balance('revaluation')).toBe('20.00');
});
