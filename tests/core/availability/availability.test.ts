// The formula of availability as a table of cases and as properties.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { availabilityOf, type ComponentStock } from '../../../src/core/availability/availability.ts';
import type { ItemPolicy } from '../../../src/core/availability/policy.ts';
import { quantityFrom, wholeQuantity } from '../../../src/core/vocabulary/quantity.ts';

type Place = readonly [sellable: string, reserved?: string, expiring?: string, leaving?: string];
const component = (places: readonly Place[], perUnit = '1'): ComponentStock => ({
  sku: 'SKU',
  perUnit: quantityFrom(perUnit),
  places: places.map(([sellable, reserved = '0', expiring = '0', leaving = '0'], index) => ({
    location: `L${index}`,
    sellable: quantityFrom(sellable),
    reserved: quantityFrom(reserved),
    expiring: quantityFrom(expiring),
    leaving: quantityFrom(leaving),
  })),
});
const policy = (given: Partial<ItemPolicy> = {}): ItemPolicy => ({
  buffer: { units: '0' },
  share: 100,
  floor: 0,
  ...given,
});

describe('availability', () => {
  it.each<[string, ComponentStock[], Partial<ItemPolicy>, string]>([
    ['what is sellable', [component([['7']])], {}, '7'],
    ['less what is reserved', [component([['7', '3']])], {}, '4'],
    ['less what expires too soon', [component([['7', '1', '2']])], {}, '4'],
    ['less what may still leave', [component([['7', '1', '0', '2']])], {}, '4'],
    ['never below zero', [component([['1', '3']])], {}, '0'],
    [
      'pooled places share their surplus and their shortage',
      [
        component([
          ['7', '3'],
          ['2', '4'],
        ]),
      ],
      {},
      '2',
    ],
    ['a buffer in units', [component([['7']])], { buffer: { units: '2' } }, '5'],
    ['a buffer larger than the stock', [component([['1']])], { buffer: { units: '2' } }, '0'],
    [
      'a buffer in percent, rounded up: 10 % of 11 holds back 2',
      [component([['11']])],
      { buffer: { percent: 10 } },
      '9',
    ],
    ['10 % of 10 holds back exactly 1', [component([['10']])], { buffer: { percent: 10 } }, '9'],
    ['1 % of 1 holds back all of it', [component([['1']])], { buffer: { percent: 1 } }, '0'],
    ['0 % holds back nothing', [component([['1']])], { buffer: { percent: 0 } }, '1'],
    ['100 % holds back everything', [component([['9']])], { buffer: { percent: 100 } }, '0'],
    ['a share, in whole units rounded down', [component([['7']])], { share: 50 }, '3'],
    ['a share of nothing', [component([['7']])], { share: 0 }, '0'],
    ['a share after the buffer', [component([['12']])], { buffer: { units: '2' }, share: 50 }, '5'],
    ['a cap', [component([['70']])], { cap: 10 }, '10'],
    ['a cap of zero', [component([['70']])], { cap: 0 }, '0'],
    ['at the floor it is offered', [component([['3']])], { floor: 3 }, '3'],
    ['below the floor nothing is', [component([['2']])], { floor: 3 }, '0'],
    ['a floor above the cap offers nothing', [component([['9']])], { cap: 2, floor: 3 }, '0'],
    ['units of a six-pack, whole ones only', [component([['17']], '6')], {}, '2'],
    [
      'a kit: the least over its components',
      [component([['17']], '2'), component([['5']]), component([['0.7']], '0.25')],
      {},
      '2',
    ],
    ['a kit with one component short', [component([['17']]), component([['1', '2']])], {}, '0'],
    ['a kit that lost its components', [], {}, '0'],
    ['no place offered', [component([])], {}, '0'],
    ['a fraction of what can be divided is no whole unit', [component([['0.999999']])], {}, '0'],
  ])('%s', (_, components, given, available) => {
    expect(availabilityOf(components, policy(given)).available).toBe(available);
  });

  it('shows every term, so that the number can be explained', () => {
    expect(
      availabilityOf(
        [component([['10', '1', '2'], ['5']], '2')],
        policy({ buffer: { percent: 10 }, share: 50, cap: 9, floor: 1 }),
      ),
    ).toEqual({
      components: [
        {
          sku: 'SKU',
          perUnit: '2',
          places: [
            { location: 'L0', sellable: '10', reserved: '1', leaving: '0', expiring: '2' },
            { location: 'L1', sellable: '5', reserved: '0', leaving: '0', expiring: '0' },
          ],
          free: '12',
          buffer: '2',
          share: 50,
          offered: '5',
          units: '2',
        },
      ],
      cap: 9,
      floor: 1,
      available: '2',
    });
  });

  const halves = fc.integer({ min: -200, max: 2000 }).map((n) => String(n / 2));
  const place = fc.tuple(
    halves,
    fc.integer({ min: 0, max: 300 }).map(String),
    fc.integer({ min: 0, max: 50 }).map(String),
  );
  const anyComponent = fc
    .tuple(fc.array(place, { maxLength: 3 }), fc.constantFrom('1', '2', '12', '0.5', '0.25', '1.000001'))
    .map(([places, perUnit]) => component(places, perUnit));
  const anyPolicy: fc.Arbitrary<ItemPolicy> = fc
    .record({
      buffer: fc.oneof(
        fc.record({ units: fc.integer({ min: 0, max: 50 }).map(String) }),
        fc.record({ percent: fc.integer({ min: 0, max: 100 }) }),
      ),
      share: fc.integer({ min: 0, max: 100 }),
      cap: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
      floor: fc.integer({ min: 0, max: 20 }),
    })
    .map(({ cap, ...rest }) => ({ ...rest, ...(cap !== undefined && { cap }) }));
  const available = (components: readonly ComponentStock[], own: ItemPolicy) =>
    BigInt(availabilityOf(components, own).available);

  it('is a whole number, never negative, never above the cap, never more than the stock makes', () => {
    fc.assert(
      fc.property(fc.array(anyComponent, { maxLength: 3 }), anyPolicy, (components, own) => {
        const units = available(components, own);
        expect(units >= 0n).toBe(true);
        if (own.cap !== undefined) expect(units <= BigInt(own.cap)).toBe(true);
        for (const each of units > 0n ? components : []) {
          const free = each.places.reduce(
            (sum, { sellable, reserved, expiring }) => sum + sellable - reserved - expiring,
            0n,
          );
          expect(units * each.perUnit <= free).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('more stock of any component never makes it smaller; a reservation never makes it larger', () => {
    fc.assert(
      fc.property(
        fc.array(anyComponent, { minLength: 1, maxLength: 3 }),
        anyPolicy,
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (components, own, pick, units) => {
          const which = pick % components.length;
          const changed = (term: 'sellable' | 'reserved') =>
            components.map((each, index) => ({
              ...each,
              places: each.places.map((place, at) =>
                index === which && at === 0
                  ? { ...place, [term]: place[term] + wholeQuantity(BigInt(units)) }
                  : place,
              ),
            })) as ComponentStock[];
          expect(available(changed('sellable'), own) >= available(components, own)).toBe(true);
          expect(available(changed('reserved'), own) <= available(components, own)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a larger buffer, a smaller share, a lower cap or a higher floor never offers more', () => {
    fc.assert(
      fc.property(fc.array(anyComponent, { minLength: 1, maxLength: 2 }), anyPolicy, (components, own) => {
        const stricter: ItemPolicy[] = [
          { ...own, share: Math.floor(own.share / 2) },
          { ...own, cap: Math.floor((own.cap ?? 100) / 2) },
          {
            ...own,
            buffer:
              'units' in own.buffer
                ? { units: String(Number(own.buffer.units) + 1) }
                : { percent: Math.min(100, own.buffer.percent + 5) },
          },
        ];
        for (const each of stricter.slice(own.floor > 0 ? 2 : 0))
          expect(available(components, each) <= available(components, own)).toBe(true);
        const raised = available(components, { ...own, floor: own.floor + 1 });
        expect(raised === 0n || raised === available(components, own)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
