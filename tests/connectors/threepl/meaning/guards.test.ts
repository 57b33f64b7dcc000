// What is held for a person: each guard at its limit and one step beyond it, and quiet where it has nothing to say.
import { describe, expect, it } from 'vitest';
import { type GuardHistory, guard } from '../../../../src/connectors/threepl/meaning/guards.ts';
import { instantFrom } from '../../../../src/core/vocabulary/instant.ts';
import { AS_OF, adjustment, each, profile, receipt, shipment, sku, stock } from './world.ts';

const lines = (count: number, quantity: (index: number) => number = () => 1) =>
  Array.from({ length: count }, (_, index) => ({
    ids: sku(`SKU-${index}`),
    quantities: [{ code: '33', quantity: each(quantity(index)) }],
  }));
const reasons = (document: Parameters<typeof guard>[0], history: GuardHistory = {}, own = profile()) => {
  const verdict = guard(document, own, history);
  return verdict.held ? verdict.reasons : [];
};
const last = (count: number, asOf = AS_OF): GuardHistory => ({ lastFull: { lines: count, asOf } });
const stocked = (...known: number[]): GuardHistory => ({
  stocked: (ids) => known.some((index) => ids[0]?.value === `SKU-${index}`) || undefined,
});

describe('an empty file', () => {
  it('is held, unless the profile says that it means nothing', () => {
    expect(reasons(stock([]))).toEqual(['stock INV-1 has not a single line']);
    expect(reasons(shipment([]))).toHaveLength(1);
    expect(reasons(stock([]), last(10), profile({ guards: { empty: 'ignore' } }))).toEqual([]);
  });
});

describe('a shrunken report', () => {
  it('is held from the profile’s percentage on', () => {
    expect(reasons(stock(lines(71)), last(100))).toEqual([]);
    expect(reasons(stock(lines(70)), last(100))).toEqual([
      'the report has 70 lines, the last one had 100: 30% fewer, and 30% are too many',
    ]);
    expect(reasons(stock(lines(90)), last(100), profile({ guards: { shrinkPercent: 10 } }))).toHaveLength(1);
    expect(reasons(stock(lines(100)), last(100), profile({ guards: { shrinkPercent: 0 } }))).toEqual([]);
  });

  it('is not one when it grew, is the first, or tells a part only', () => {
    expect(reasons(stock(lines(200)), last(100))).toEqual([]);
    expect(reasons(stock(lines(1)))).toEqual([]);
    expect(reasons(stock(lines(1), { extent: 'partial' }), last(100))).toEqual([]);
    expect(reasons(shipment([{ ids: sku('A'), shipped: each(1) }]), last(100))).toEqual([]);
  });
});

describe('shelves that are empty overnight', () => {
  const zeroes = (count: number) => stock(lines(10, (index) => (index < count ? 0 : 5)));

  it('are held above the profile’s percentage, counting only what the ledger has stock of', () => {
    expect(reasons(zeroes(2), stocked(0, 1, 2, 3))).toEqual([]);
    expect(reasons(zeroes(3), stocked(0, 1, 2, 3))).toEqual([
      '3 of 10 items are at zero though the ledger has stock of them: 30%, and more than 20% are too many',
    ]);
    expect(reasons(zeroes(3), stocked(0, 1))).toEqual([]);
    expect(reasons(zeroes(10))).toEqual([]);
  });

  it('an item with any compared quantity above zero is not empty, on whatever line; other codes say nothing', () => {
    const item = (...quantities: [string, number][]) => ({
      ids: sku('SKU-0'),
      quantities: quantities.map(([code, quantity]) => ({ code, quantity: each(quantity) })),
    });
    const history = stocked(0);
    expect(reasons(stock([item(['33', 0], ['27', 9])]), history)).toHaveLength(1);
    expect(reasons(stock([item(['33', 0], ['QH', 1])]), history)).toEqual([]);
    expect(reasons(stock([item(['33', 0]), item(['33', 1])]), history)).toEqual([]);
    expect(reasons(stock([item(['27', 0])]), history)).toEqual([]);
  });
});

describe('a report of a time to come', () => {
  const came = (receivedAt: string): GuardHistory => ({ receivedAt: instantFrom(receivedAt) });

  it('is held from more than a day ahead on; up to a day is a clock or a zone', () => {
    expect(reasons(stock(lines(10)), came('2026-11-21T18:00:00Z'))).toEqual([]);
    expect(reasons(stock(lines(10)), came('2026-11-21T17:59:59.999999Z'))).toEqual([
      `the report is as of ${AS_OF}, more than a day after it came at 2026-11-21T17:59:59.999999Z`,
    ]);
    expect(reasons(stock(lines(10), { extent: 'partial' }), came('2026-11-20T18:00:00Z'))).toHaveLength(1);
  });
});

describe('an older report', () => {
  it('is held when a newer one is here; one of the same instant is not', () => {
    const newer = instantFrom('2026-11-22T18:00:00.000001Z');
    expect(reasons(stock(lines(10)), last(10, newer))).toEqual([
      `the report is as of ${AS_OF}, and one as of ${newer} is here already`,
    ]);
    expect(reasons(stock(lines(10)), last(10))).toEqual([]);
  });
});

describe('a quantity beyond reason', () => {
  const most = profile({ guards: { largestQuantity: '1000' } });
  it.each([
    ['a shipment', shipment([{ ids: sku('A'), shipped: each('1000.1') }]), '1000.1'],
    ['a receipt', receipt([{ ids: sku('A'), received: each(1001) }]), '1001'],
    [
      'a part of a receipt',
      receipt([
        { ids: sku('A'), received: each(1), exceptions: [{ quantity: each(2000), condition: '01' }] },
      ]),
      '2000',
    ],
    ['an adjustment', adjustment([{ ids: sku('A'), reason: 'AA', quantity: each(-1001) }]), '-1001'],
    ['a stock report', stock(lines(1, () => 1001)), '1001'],
  ])('is held in %s', (_, document, value) => {
    expect(reasons(document, {}, most)).toEqual([`quantities above 1000: line 1: ${value}`]);
  });

  it('is not the largest allowed one, nor what is no quantity at all; many are counted', () => {
    expect(reasons(shipment([{ ids: sku('A'), shipped: each(1000) }]), {}, most)).toEqual([]);
    expect(reasons(shipment([{ ids: sku('A'), shipped: each('many') }]), {}, most)).toEqual([]);
    expect(reasons(stock(lines(7, () => 5000)), {}, most)[0]).toMatch(/line 5: 5000 and 2 more$/);
  });
});

it('every reason is told at once', () => {
  const history = { ...last(100, instantFrom('2026-12-01T00:00:00Z')), ...stocked(0) };
  expect(reasons(stock(lines(1, () => 0)), history)).toHaveLength(3);
});
