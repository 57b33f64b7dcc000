// What a certificate says of costing is what held on its days, whatever the configuration says today.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { methodsInForce } from '../../../src/core/tieout/methods.ts';
import { type BooksWorld, openBooksWorld } from '../valuation/books-world.ts';

let world: BooksWorld;
beforeAll(async () => {
  world = await openBooksWorld({ items: 4 });
  const [first, second, third] = world.items;
  // Midnight in New York is 5:00 UTC in winter and 4:00 in summer.
  await world.database.pool.query(
    `insert into cost_policy (item_id, method, timing, by_location, effective_at) values
       (null, 'average', 'perpetual', false, '2026-03-15T04:00:00Z'), (null, 'lifo', 'perpetual', true, '2026-05-01T04:00:00Z'),
       ($1, 'specific', 'perpetual', false, '2026-02-01T05:00:00Z'), ($2, 'specific', 'perpetual', false, '2026-02-10T05:00:00Z'),
       ($3, 'lifo', 'perpetual', false, '2026-04-01T04:00:00Z')`,
    [first, second, third],
  );
});
afterAll(() => world.close());

const heldIn = (from: string, through: string) =>
  methodsInForce(world.database.pool, world.rules, { from, through });

it('names each method from its first day in the period, and counts items that had another', async () => {
  expect(await heldIn('2026-03-01', '2026-03-31')).toEqual({
    methods: [
      { from: '2026-03-01', method: 'fifo', timing: 'perpetual', pool: 'item' },
      { from: '2026-03-15', method: 'average', timing: 'perpetual', pool: 'item' },
    ],
    exceptions: [{ from: '2026-03-01', method: 'specific', timing: 'perpetual', pool: 'item', items: 2 }],
  });
});

it('a method that begins on the first day held all the period; one of a later period is not named', async () => {
  expect((await heldIn('2026-03-15', '2026-03-31')).methods.map(({ method }) => method)).toEqual(['average']);
  expect((await heldIn('2026-01-01', '2026-01-31')).exceptions).toEqual([]);
  expect((await heldIn('2026-04-01', '2026-04-30')).exceptions.map(({ items }) => items)).toEqual([1, 2]);
});
