// A policy is what a person wrote plus defaults; an item's own terms replace the channel's one by one.
import { describe, expect, it } from 'vitest';
import { policyFor, policySchema } from '../../../src/core/availability/policy.ts';

describe('policy', () => {
  it('empty means: everything may be sold', () => {
    expect(policyFor(policySchema.parse({}), 'A')).toEqual({ buffer: { units: '0' }, share: 100, floor: 0 });
  });

  it('an item’s terms replace the channel’s, the others stay', () => {
    const policy = policySchema.parse({
      buffer: { percent: 10 },
      cap: 50,
      shelfLifeDays: 30,
      items: { A: { buffer: { units: '1.50' }, cap: 0 }, B: { share: 0 } },
    });
    expect(policyFor(policy, 'A')).toEqual({
      buffer: { units: '1.5' },
      share: 100,
      cap: 0,
      floor: 0,
      shelfLifeDays: 30,
    });
    expect(policyFor(policy, 'B')).toEqual({
      buffer: { percent: 10 },
      share: 0,
      cap: 50,
      floor: 0,
      shelfLifeDays: 30,
    });
    expect(policyFor(policy, 'C')).toEqual({
      buffer: { percent: 10 },
      share: 100,
      cap: 50,
      floor: 0,
      shelfLifeDays: 30,
    });
  });

  it('a SKU that is a word of JavaScript has no terms of its own', () => {
    const policy = policySchema.parse({ items: { A: { share: 1 } } });
    for (const sku of ['constructor', '__proto__', 'toString'])
      expect(policyFor(policy, sku).share).toBe(100);
  });

  it.each([
    [{ buffer: { units: 1, percent: 1 } }],
    [{ buffer: {} }],
    [{ buffer: { units: -1 } }],
    [{ buffer: { units: '1e3' } }],
    [{ buffer: { units: 1e-7 } }],
    [{ share: 100.5 }],
    [{ share: -1 }],
    [{ cap: 1.5 }],
    [{ floor: -1 }],
    [{ locations: { 1: [] } }],
    [{ items: { A: { locations: {} } } }],
    [{ shre: 1 }],
  ])('%j is refused', (policy) => expect(policySchema.safeParse(policy).success).toBe(false));
});
