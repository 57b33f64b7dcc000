// Things found by name are those that looking through all of them finds, in the same order.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByName } from '../../../src/core/costs/by-name.ts';

test('what is found by any of some names is each thing once, in the order of all', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 });
  fc.assert(
    fc.property(fc.array(names), names, (things, wanted) => {
      const found = new ByName(things, (thing) => thing).of(wanted);
      expect(found).toEqual(things.filter((thing) => thing.some((name) => wanted.includes(name))));
    }),
  );
});
