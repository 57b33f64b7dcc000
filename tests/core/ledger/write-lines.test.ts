// What is encoded before the decision is used only for the very lines that were decided on; and the plans that posting keeps
// under a name stay right while the ledger grows.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepare } from '../../../src/core/ledger/decide.ts';
import { openPlaces } from '../../../src/core/ledger/places.ts';
import { lockLane, readView } from '../../../src/core/ledger/view.ts';
import { encodedAhead } from '../../../src/core/ledger/write-lines.ts';
import { at, count, counts, line, movement, moves, openWorld, type World } from './world.ts';

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

describe('what a posting looks at', () => {
  const viewOf = (seconds: number) => {
    const places = openPlaces();
    const fact = movement('receipt', seconds, [
      line(world.items[3] ?? 0, 1, world.place('@supplier'), world.place('BACK')),
    ]);
    return world.database.transaction((client) => readView(client, places, [moves(fact)]));
  };

  it('no count from before all of its facts, however many there are', async () => {
    const shelf = world.place('BACK');
    const made = Array.from({ length: 50 }, (_, day) => count(day * 10, world.items[3] ?? 0, shelf, day));
    await world.ledger.post([counts(...made)]);
    expect((await viewOf(10_000)).counts.size).toBe(0);
    const marks = [...(await viewOf(470)).counts.values()].flat();
    expect(marks.map((mark) => mark.countedAt)).toEqual([at(470), at(480), at(490)]);
  });

  it('for a minute at most, should its process be gone without a word', async () => {
    const limit = 'select current_setting($1) as limit';
    const setting = ['idle_in_transaction_session_timeout'];
    const within = await world.database.transaction(async (client) => {
      await lockLane(client, 0);
      return (await client.query(limit, setting)).rows[0].limit;
    });
    expect(within).toBe('1min');
    expect((await world.database.pool.query(limit, setting)).rows[0].limit).toBe('0');
    expect(world.database.pool.options).toMatchObject({
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
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
