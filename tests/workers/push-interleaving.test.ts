// Whatever happens at a channel between any two steps of the hub: no push raises the offer above what is there.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interpretEvents } from '../../src/workers/interpret.ts';
import { type MarketRig, MUG, openMarket, PLACE, until } from '../e2e/market.ts';

let rig: MarketRig;
beforeAll(async () => {
  rig = await openMarket({ listings: [MUG] });
  await rig.settle();
});
afterAll(() => rig.close());

/** Makes waiting levels due now instead of in a second. */
const hurry = () =>
  rig.database.pool.query('update listing_level set due_at = clock_timestamp() where due_at is not null');

describe('any order of things', () => {
  type Step =
    | { do: 'sell' | 'takeBack' | 'order' | 'handOver' | 'arrive' | 'depart'; n: number }
    | { do: 'poll' | 'interpret' | 'push' | 'hurry' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom('sell', 'takeBack', 'order', 'handOver', 'arrive', 'depart'),
        n: fc.integer({ min: 1, max: 4 }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('poll', 'interpret', 'push', 'hurry') }) },
  );

  test('I7: whatever the channel does by itself meanwhile, no push offers more than there is, and versions only grow', async () => {
    /** What is physically there and promised to nobody, whoever knows of it. */
    let truth = 10;
    const raised: string[] = [];
    const offer = rig.market.offer.bind(rig.market);
    rig.market.offer = (key, offers) => {
      const before = rig.offered();
      const outcomes = offer(key, offers);
      if (rig.offered() > before && rig.offered() > truth)
        raised.push(`${before} to ${rig.offered()} with ${truth} there`);
      return outcomes;
    };
    const live: Record<Step['do'], (n: number) => Promise<unknown> | unknown> = {
      sell: (n) => {
        if (rig.offered() < n) return;
        rig.market.sell(MUG.id, PLACE, n);
        truth -= n;
      },
      takeBack: () => {
        rig.market.takeBack(MUG.id, PLACE);
        truth += 1;
      },
      order: (n) => {
        if (rig.offered() < n) return;
        rig.market.order(MUG.id, PLACE, n);
        truth -= n;
      },
      handOver: () => {
        const open = [...rig.market.orders.values()].find((each) => each.open.length > 0);
        if (open) rig.market.handOver(open.order);
      },
      arrive: async (n) => {
        truth += n;
        await rig.store({ type: 'receipt', lines: [{ sku: 'MUG', quantity: String(n), location: 'gate' }] });
      },
      depart: async (n) => {
        if ((await rig.free('MUG')) < n || truth < n) return;
        truth -= n;
        const id = await rig.store({
          type: 'sale',
          lines: [{ sku: 'MUG', quantity: String(n), location: 'gate' }],
        });
        await interpretEvents(rig.hub, rig.dock, [id]);
        await until(async () => (await rig.status(id)).status !== 'pending', 'the departure stays pending');
      },
      poll: () => rig.poll(),
      interpret: () => rig.interpret(),
      push: () => rig.push(),
      hurry: async () => {
        await hurry();
        await rig.push();
      },
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 24 }), async (steps) => {
        for (const each of steps) await live[each.do]('n' in each ? each.n : 0);
        expect(raised).toEqual([]);
        // What was sold at both counters at once is owed until goods arrive for it.
        if (truth < 0) await live.arrive(-truth);
        await rig.settle();
        expect(raised).toEqual([]);
        expect(rig.offered()).toBe(truth);
        expect(await rig.free('MUG')).toBe(truth);
      }),
      { numRuns: 20, endOnFailure: true },
    );
    const { rows } = await rig.database.pool.query<{ id: string; version: string }>(
      'select id, version from publication',
    );
    const versions = new Map(rows.map((row) => [row.id, Number(row.version)]));
    const told = rig.market.changes
      .filter((change) => change.kind === 'offered' && change.listing === MUG.id)
      .map((change) => versions.get(String(change.reference)) ?? Number.NaN);
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(new Set(told).size).toBe(told.length);
  }, 60_000);
});
