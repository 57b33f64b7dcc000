// The arithmetic of the simulated Square account: counts as folds, ordered by when things happened.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/simulators/random.ts';
import { startSquareSimulator } from '../../src/simulators/square/index.ts';
import { byOccurrence, type Effect, foldOf, startLevel } from '../../src/simulators/square/stock/level.ts';
import {
  instantOf,
  instantText,
  quantityOf,
  quantityText,
  startClock,
} from '../../src/simulators/square/stock/scalars.ts';

const NOW = new Date('2026-11-21T14:00:00Z');

async function startShop() {
  const square = await startSquareSimulator({ now: () => NOW });
  square.seed({
    locations: [{ name: 'Main' }, { name: 'Harbour' }],
    variations: [
      { name: 'Mug', sku: 'MUG', counts: { Main: 100, Harbour: '2.5' } },
      { name: 'Tea', sku: 'TEA', counts: { Main: 10 } },
      {
        name: 'Box',
        sku: 'BOX',
        components: [
          { sku: 'MUG', quantity: 1 },
          { sku: 'TEA', quantity: '0.25' },
        ],
      },
      { name: 'Gift card', sku: 'GIFT', trackInventory: false },
      { name: 'Crate', sku: 'CRATE', trackInventory: { Main: true } },
    ],
  });
  return square;
}

const inStock = (square: Awaited<ReturnType<typeof startShop>>, sku: string, location = 'Main') =>
  square.books()[sku]?.[location]?.IN_STOCK;

describe('quantities and instants', () => {
  test('a quantity survives writing and reading, to the fifth decimal', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (quantity) => {
        expect(quantityOf(quantityText(quantity))).toBe(quantity);
      }),
    );
    expect(quantityText(quantityOf('-0.40000') ?? 0n)).toBe('-0.4');
    for (const text of ['1.123456', '1e3', '', '.5', '1.', '+1', '1,5'])
      expect(quantityOf(text), text).toBeUndefined();
  });

  test('an instant survives writing and reading, to the nanosecond and across offsets', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (instant) => {
        expect(instantOf(instantText(instant))).toBe(instant);
      }),
    );
    expect(instantOf('2026-11-21T09:00:00.5-05:00')).toBe(instantOf('2026-11-21T14:00:00.500Z'));
    expect(instantOf('2026-11-21')).toBeUndefined();
  });

  test('the clock never gives the same instant twice while time stands still', () => {
    const clock = startClock(() => NOW);
    const instants = Array.from({ length: 1000 }, clock);
    expect(new Set(instants).size).toBe(1000);
    expect([...instants].sort((left, right) => (left < right ? -1 : 1))).toEqual(instants);
  });
});

describe('a level', () => {
  const effect = fc.record<Effect>({
    occurredAt: fc.bigInt({ min: 0n, max: 20n }),
    sequence: fc.constant(0),
    kind: fc.constantFrom('change', 'change', 'assertion'),
    quantity: fc.bigInt({ min: -50n, max: 50n }),
  });

  test('equals the fold of its effects by occurrence, in whatever order they arrive', () => {
    fc.assert(
      fc.property(fc.array(effect, { maxLength: 40 }), (drawn) => {
        const arrived = drawn.map((one, sequence) => ({ ...one, sequence }));
        const level = startLevel();
        for (const one of arrived) {
          const before = level.quantity();
          if (!level.add(one)) expect(level.quantity()).toBe(before);
        }
        expect(level.quantity()).toBe(foldOf([...arrived].sort(byOccurrence)));
        const upTo = arrived.filter(({ occurredAt }) => occurredAt <= 10n).sort(byOccurrence);
        expect(level.quantityAt(10n)).toBe(foldOf(upTo));
      }),
    );
  });
});

describe("the seller's book", () => {
  test('late offline sales from before a count do not lower what was counted', async () => {
    await using square = await startShop();
    square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 3 }],
      occurredAt: '2026-11-21T13:10:00Z',
    });
    const counted = square.count({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 95 }],
      occurredAt: '2026-11-21T13:30:00Z',
    });
    expect(inStock(square, 'MUG')).toBe('95');
    const late = square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 2 }],
      occurredAt: '2026-11-21T13:20:00Z',
      offline: true,
    });
    expect(inStock(square, 'MUG')).toBe('95');
    square.sell({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 4 }],
      occurredAt: '2026-11-21T13:40:00Z',
      offline: true,
    });
    expect(inStock(square, 'MUG')).toBe('91');
    const [change] = late.changes as [{ adjustment: Record<string, string> }];
    expect(change.adjustment.occurred_at).toBe('2026-11-21T13:20:00Z');
    expect(change.adjustment.created_at?.startsWith('2026-11-21T14:00:00')).toBe(true);
    expect(counted.changes[1]).toMatchObject({ adjustment: { quantity: '2' } });
  });

  test('a recount is a count and a linked adjustment, booked once', async () => {
    await using square = await startShop();
    const short = square.count({ location: 'Main', lines: [{ sku: 'MUG', quantity: 98 }] });
    expect(short.changes).toMatchObject([
      { type: 'PHYSICAL_COUNT', physical_count: { quantity: '98', state: 'IN_STOCK' } },
      {
        type: 'ADJUSTMENT',
        adjustment: {
          from_state: 'IN_STOCK',
          to_state: 'WASTE',
          quantity: '2',
          reason_id: { type: 'RECOUNT' },
        },
      },
    ]);
    const [count, adjustment] = short.changes as [
      { physical_count: Record<string, string> },
      { adjustment: Record<string, string> },
    ];
    expect(count.physical_count.adjustment_id).toBe(adjustment.adjustment.id);
    expect(adjustment.adjustment.physical_count_id).toBe(count.physical_count.id);
    expect(square.books().MUG?.Main).toEqual({ IN_STOCK: '98', WASTE: '2' });

    const surplus = square.count({ location: 'Main', lines: [{ sku: 'MUG', quantity: 101 }] });
    expect(surplus.changes[1]).toMatchObject({
      adjustment: { from_state: 'NONE', to_state: 'IN_STOCK', quantity: '3' },
    });
    expect(inStock(square, 'MUG')).toBe('101');
  });

  test('without the link a count names no adjustment, but the adjustment still names the count', async () => {
    await using square = await startSquareSimulator({ linkRecounts: false });
    square.seed({
      locations: [{ name: 'Main' }],
      variations: [{ name: 'Mug', sku: 'MUG', counts: { Main: 1 } }],
    });
    const [count, adjustment] = square.count({
      location: 'Main',
      lines: [{ sku: 'MUG', quantity: 5 }],
    }).changes;
    expect(count).not.toHaveProperty('physical_count.adjustment_id');
    expect(adjustment).toHaveProperty('adjustment.physical_count_id');
  });

  test('selling more than there is goes below zero', async () => {
    await using square = await startShop();
    square.sell({ location: 'Harbour', lines: [{ sku: 'MUG', quantity: '3.75' }] });
    expect(inStock(square, 'MUG', 'Harbour')).toBe('-1.25');
  });

  test('an untracked variation sells without any change, by default and by location', async () => {
    await using square = await startShop();
    expect(square.sell({ location: 'Main', lines: [{ sku: 'GIFT', quantity: 1 }] }).changes).toEqual([]);
    expect(square.sell({ location: 'Harbour', lines: [{ sku: 'CRATE', quantity: 1 }] }).changes).toEqual([]);
    expect(square.sell({ location: 'Main', lines: [{ sku: 'CRATE', quantity: 1 }] }).changes).toHaveLength(1);
  });

  test('a refund returns stock once, on each of its paths', async () => {
    await using square = await startShop();
    const lines = [{ sku: 'MUG', quantity: 1 }];
    const at = { location: 'Main', lines };
    const { orderId } = square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 9 }] });
    const steps = (changes: unknown[]) =>
      changes.map((change) => {
        const { from_state, to_state } = (change as { adjustment: Record<string, string> }).adjustment;
        return `${from_state}>${to_state}`;
      });
    expect(steps(square.refund({ ...at, orderId }).changes)).toEqual(['SOLD>IN_STOCK']);
    expect(steps(square.refund({ ...at, orderId, path: 'inspected' }).changes)).toEqual([
      'SOLD>RETURNED_BY_CUSTOMER',
      'RETURNED_BY_CUSTOMER>IN_STOCK',
    ]);
    const pending = square.refund({ ...at, orderId, path: 'pending' });
    expect(square.books().MUG?.Main).toMatchObject({ IN_STOCK: '93', RETURNED_BY_CUSTOMER: '1' });
    square.restock({ ...at, refundId: pending.refundId });
    expect(steps(square.refund({ ...at, path: 'unlinked' }).changes)).toEqual(['UNLINKED_RETURN>IN_STOCK']);
    expect(square.refund({ ...at, orderId, path: 'canceled' }).changes[0]).toMatchObject({
      adjustment: { reason_id: { type: 'CANCELED_SALE' }, transaction_id: orderId },
    });
    expect(square.books().MUG?.Main).toEqual({ IN_STOCK: '96', RETURNED_BY_CUSTOMER: '0' });
    expect(() => square.refund({ ...at, orderId: 'nowhere' })).toThrow(/No order/);
  });

  test('receiving, wasting, reserving and releasing move between states, and nothing is created on the way', async () => {
    await using square = await startShop();
    const at = (quantity: number) => ({ location: 'Main', lines: [{ sku: 'TEA', quantity }] });
    square.receive(at(20));
    square.waste(at(3));
    square.reserve(at(5));
    square.release(at(1));
    square.sell({ ...at(2), reserved: true });
    expect(square.books().TEA?.Main).toEqual({ IN_STOCK: '23', WASTE: '3', RESERVED_FOR_SALE: '2' });
  });

  test('a transfer is an adjustment with two locations, in one step or through transit', async () => {
    await using square = await startShop();
    const lines = [{ sku: 'MUG', quantity: 10 }];
    const [whole] = square.transfer({ from: 'Main', to: 'Harbour', lines }).changes as [
      { type: string; adjustment: Record<string, string> },
    ];
    expect(whole.type).toBe('ADJUSTMENT');
    expect(whole.adjustment.from_location_id).not.toBe(whole.adjustment.to_location_id);
    expect([inStock(square, 'MUG'), inStock(square, 'MUG', 'Harbour')]).toEqual(['90', '12.5']);
    const { transferId } = square.transfer({ from: 'Main', to: 'Harbour', lines, step: 'send' });
    expect(square.books().MUG?.Harbour).toEqual({ IN_STOCK: '12.5', IN_TRANSIT: '10' });
    square.transfer({ from: 'Main', to: 'Harbour', lines, step: 'receive', transferId });
    expect(square.books().MUG?.Harbour).toEqual({ IN_STOCK: '22.5', IN_TRANSIT: '0' });
    expect(inStock(square, 'MUG')).toBe('80');
  });

  test('a kit moves its components as one group, when sold, built and broken', async () => {
    await using square = await startShop();
    const sold = square.sell({ location: 'Main', lines: [{ sku: 'BOX', quantity: 2 }] }).changes as Array<{
      adjustment: {
        adjustment_group: { id: string; root_adjustment_id: string; to_state: string };
        id: string;
      };
    }>;
    expect(new Set(sold.map(({ adjustment }) => adjustment.adjustment_group.id)).size).toBe(1);
    expect(sold.at(-1)?.adjustment.id).toBe(sold[0]?.adjustment.adjustment_group.root_adjustment_id);
    expect(sold[0]?.adjustment.adjustment_group.to_state).toBe('SOLD');
    expect([inStock(square, 'MUG'), inStock(square, 'TEA')]).toEqual(['98', '9.5']);
    const kit = { location: 'Main', sku: 'CRATE', quantity: 3, components: [{ sku: 'MUG', quantity: 6 }] };
    square.compose(kit);
    expect([inStock(square, 'MUG'), inStock(square, 'CRATE')]).toEqual(['80', '3']);
    square.decompose({ ...kit, quantity: 1 });
    expect([inStock(square, 'MUG'), inStock(square, 'CRATE')]).toEqual(['86', '2']);
  });

  test('SKUs may repeat; then the book and the actions go by id', async () => {
    await using square = await startShop();
    const { variations } = square.seed({
      variations: [{ name: 'Mug, blue', sku: 'MUG', counts: { Main: 7 } }],
    });
    const id = variations.MUG ?? '';
    expect(() => square.sell({ location: 'Main', lines: [{ sku: 'MUG', quantity: 1 }] })).toThrow(
      /2 variations/,
    );
    square.sell({ location: 'Main', lines: [{ sku: id, quantity: 1 }] });
    expect(square.books()[id]?.Main?.IN_STOCK).toBe('6');
    expect(square.books().MUG).toBeUndefined();
  });
});

test('the same seed draws the same numbers, another seed others', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed).next);
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const random = seededRandom(3);
  const hits = Array.from({ length: 4000 }, () => random.chance(0.25)).filter(Boolean).length;
  expect(hits).toBeGreaterThan(850);
  expect(hits).toBeLessThan(1150);
});
