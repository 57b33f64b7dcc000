// What is encoded before the decision is used only for the very lines that were decided on; and the plans that posting keeps
// under a name stay right while the ledger grows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepare } from '../../../src/core/ledger/decide.ts';
import { encodedAhead } from '../../../src/core/ledger/write-lines.ts';
import { line, movement, moves, openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ items: 4, poolSize: 1 });
});
afterAll(() => world.close());

const receipt = (item: number, quantity = 1) =>
  movement('receipt', 0, [
    line(world.items[item] ?? 0, quantity, world.place('@supplier'), world.place('MAIN')),
  ]);

describe('encoding ahead', () => {
  const linesOf = () => prepare([moves(receipt(0), receipt(1))]).flat(2);

  it('gives the same columns for the same lines, and encodes anew whatever differs', () => {
    const lines = linesOf();
    const columnsOf = encodedAhead(lines);
    expect(columnsOf([...lines])).toBe(columnsOf(lines));
    const [first, second] = lines;
    if (!first || !second) throw new Error('two lines');
    for (const others of [[first], [second, first], [first, { ...second }], [...lines, first]]) {
      const columns = columnsOf(others);
      expect(columns).not.toBe(columnsOf(lines));
      expect(columns).toEqual(encodedAhead(others)(others));
    }
  });
});

describe('the plans of posting', () => {
  it('probe indexes, also those that were made while the ledger was empty', async () => {
    const scans = async () => {
      await world.database.pool.query('select pg_stat_force_next_flush()');
      const { rows } = await world.database.pool.query<{ relname: string; scans: number }>(
        `select relname, seq_scan::int as scans from pg_stat_user_tables where relname in ('movement', 'balance') order by relname`,
      );
      return Object.fromEntries(rows.map((row) => [row.relname, row.scans]));
    };
    // A statement that has a name gets one plan for good at its sixth execution.
    for (let batch = 0; batch < 8; batch += 1) await world.ledger.post([moves(receipt(batch % 4))]);
    const before = await scans();
    await world.ledger.post(Array.from({ length: 3000 }, (_, index) => moves(receipt(index % 4))));
    for (let batch = 0; batch < 8; batch += 1) await world.ledger.post([moves(receipt(batch % 4))]);
    expect(await scans()).toEqual(before);
  });
});
