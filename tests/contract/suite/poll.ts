// What every polled source promises: it may repeat, it never skips, and its cursors survive being stored.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connector } from '../../../src/connectors/contract.ts';
import type { ConnectorFixture } from './fixture.ts';
import {
  cursorsOf,
  folded,
  interpret,
  LONG_AGO,
  readStreams,
  type StreamReading,
  soldUnits,
} from './reading.ts';
import { openWorld, type World } from './world.ts';

export function pollSuite(connector: Connector, fixture: ConnectorFixture): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(connector, fixture);
    if (world.outside.shop === undefined && world.outside.books === undefined)
      throw new Error('the fixture has neither a shop nor books');
  });
  afterAll(() => world.close());

  /** Something happens outside `count` times: sales, or where nothing is sold, entries of ours changed by hand. */
  const happen = async (count: number): Promise<void> => {
    const { shop, books } = world.outside;
    await (shop === undefined ? books?.touch(count) : shop.sell(count));
  };
  const countedIn = async (readings: readonly StreamReading[]): Promise<number> => {
    const said = folded(
      await interpret(
        world,
        readings.flatMap(({ events }) => events),
      ),
    );
    const { shop } = world.outside;
    return shop === undefined ? said.books.size : Number(soldUnits(said, shop.target));
  };

  it('names its streams and a sensible interval', () => {
    const poll = world.connection.poll!;
    expect(poll.streams.length).toBeGreaterThan(0);
    expect(new Set(poll.streams).size).toBe(poll.streams.length);
    expect(poll.intervalMs).toBeGreaterThanOrEqual(1_000);
  });

  it('never skips: events of one instant, over several pages, and those after a stored cursor', async () => {
    const start = await countedIn(await readStreams(world));
    await happen(5);
    const first = await readStreams(world);
    expect((await countedIn(first)) - start).toBe(5);
    await happen(3);
    const second = await readStreams(world, cursorsOf(first));
    expect((await countedIn([...first, ...second])) - start).toBe(8);
    const third = await readStreams(world, cursorsOf(second));
    expect((await countedIn([...first, ...second, ...third])) - start, 'a repetition is nothing new').toBe(8);
  });

  it('never skips when it goes on from the cursor of any page', async () => {
    const all = await readStreams(world);
    const sold = await countedIn(all);
    for (const { stream, pages } of all) {
      for (const [index, page] of pages.entries()) {
        const rest = await readStreams(world, {
          ...cursorsOf(all),
          [stream]: JSON.parse(JSON.stringify(page.cursor)),
        });
        const keysBefore = pages
          .slice(0, index + 1)
          .flatMap(({ events }) => events.map(({ dedupeKey }) => dedupeKey));
        const kept = all
          .find((reading) => reading.stream === stream)!
          .events.filter(({ dedupeKey }) => keysBefore.includes(dedupeKey));
        const others = all.filter((reading) => reading.stream !== stream);
        const union = [...others, ...rest, { stream, pages: [], events: kept, cursor: null }];
        expect(await countedIn(union), `${stream}, page ${index + 1}`).toBe(sold);
      }
    }
  });

  it('says on the last page, and only there, up to when everything is in', async () => {
    const before = new Date();
    for (const { pages } of await readStreams(world)) {
      expect(pages.length).toBeGreaterThan(0);
      expect(pages.slice(0, -1).every(({ through }) => through === undefined)).toBe(true);
      const through = Date.parse(pages.at(-1)!.through ?? '');
      expect(through, 'the outside was asked after the reading began').toBeLessThanOrEqual(
        Date.now() + 1_000,
      );
      expect(through).toBeGreaterThan(before.getTime() - 15 * 60 * 1000);
    }
  });

  it('gives the same events the same keys on every reading', async () => {
    const keys = (readings: readonly StreamReading[]) =>
      readings.flatMap(({ events }) => events.map(({ dedupeKey }) => dedupeKey)).sort();
    const once = keys(await readStreams(world, {}, LONG_AGO));
    expect(once.length).toBeGreaterThan(0);
    expect(keys(await readStreams(world, {}, LONG_AGO))).toEqual(once);
  });

  it('begins again from a cursor it does not know rather than skipping', async () => {
    const sold = await countedIn(await readStreams(world));
    const strange = Object.fromEntries(
      world.connection.poll!.streams.map((stream) => [stream, { madeBy: 'another version' }]),
    );
    expect(await countedIn(await readStreams(world, strange))).toBe(sold);
  });
}
