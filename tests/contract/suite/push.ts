// What every channel promises about being told numbers: one effect per key, and no sale overwritten.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connector, Push, PushBatch, Reading } from '../../../src/connectors/contract.ts';
import { instantOf } from '../../../src/core/vocabulary/instant.ts';
import { isQuantityText } from '../../../src/core/vocabulary/quantity.ts';
import type { ConnectorFixture, OutsidePush } from './fixture.ts';
import type { Members } from './members.ts';
import { everythingSaid, textOfFolded } from './reading.ts';
import { openWorld, type World } from './world.ts';

type Read = Extract<Reading, { outcome: 'read' }>;

export function pushSuite(connector: Connector, fixture: ConnectorFixture, members: Members): void {
  let world: World;
  let outside: OutsidePush;
  let push: Push;
  beforeEach(async () => {
    world = await openWorld(connector, fixture);
    if (world.outside.push === undefined || world.connection.push === undefined)
      throw new Error('the fixture has no push');
    outside = world.outside.push;
    push = world.connection.push;
  });
  afterEach(() => world.close());

  const read = async (): Promise<Read> => {
    const [reading] = world.saw(await push.read([outside.target]));
    expect(reading?.outcome, 'the fixture’s target must be readable').toBe('read');
    return reading as Read;
  };
  const batchOf = (reading: Read, available: string): PushBatch => ({
    key: randomUUID(),
    createdAt: instantOf(new Date()),
    items: [
      {
        ...outside.target,
        publication: randomUUID(),
        available,
        readAvailable: reading.available,
        // The hub stores what was read and gives it back; it must survive that.
        expected: JSON.parse(JSON.stringify(reading.expected)),
      },
    ],
  });
  const send = async (batch: PushBatch) => world.saw(await push.send(batch));
  const holds = async (available: string) => expect(await outside.available()).toBe(available);

  it('reads what the outside offers, for every target and in their order', async () => {
    const nowhere = { listing: 'no-such-listing', location: outside.target.location };
    const readings = world.saw(await push.read([outside.target, nowhere, outside.target]));
    expect(readings.map(({ listing }) => listing)).toEqual([
      outside.target.listing,
      nowhere.listing,
      outside.target.listing,
    ]);
    const [first, second] = readings as [Read, Reading];
    expect(isQuantityText(first.available)).toBe(true);
    if (outside.style === 'announce') return;
    expect(first.available).toBe(await outside.available());
    expect(second.outcome).not.toBe('read');
  });

  it('sends a number, and the outside then offers it', async () => {
    for (const available of ['7', '0', '12']) {
      const answers = await send(batchOf(await read(), available));
      expect(answers).toEqual([{ outcome: 'applied' }]);
      await holds(available);
      expect((await read()).available).toBe(available);
    }
  });

  it('I8: the same key twice has one effect, also after a sale in between', async () => {
    const batch = batchOf(await read(), '9');
    const effects = await outside.effects();
    expect(await send(batch)).toEqual([{ outcome: 'applied' }]);
    expect((await outside.effects()) - effects).toBe(1);
    if (outside.style !== 'announce') await world.outside.shop?.sell(1);
    await send(batch);
    expect((await outside.effects()) - effects).toBe(1);
    await holds(outside.style === 'announce' ? '9' : '8');
  });

  if (members.push !== 'announce')
    it('never overwrites a sale made between reading and sending', async () => {
      const reading = await read();
      await world.outside.shop!.sell(1);
      const afterSale = Number(await outside.available());
      const [answer] = await send(batchOf(reading, '30'));
      if (outside.style === 'compare_and_set') {
        expect(answer).toMatchObject({ outcome: 'stale', reason: expect.stringMatching(/.{10,}/) });
        await holds(String(afterSale));
      } else {
        // Either the difference is applied on top of the sale, or the connector noticed and sent nothing.
        expect(['applied', 'stale']).toContain(answer?.outcome);
        await holds(answer?.outcome === 'applied' ? '29' : String(afterSale));
      }
    });

  if (members.push !== 'announce')
    it('goes on after a stale answer with a new reading and a new key', async () => {
      const stale = await read();
      await world.outside.shop!.sell(1);
      await send(batchOf(stale, '30'));
      expect(await send(batchOf(await read(), '20'))).toEqual([{ outcome: 'applied' }]);
      await holds('20');
    });

  it('I8: an answer that never came leads to one effect when the same key is sent again', async () => {
    const batch = batchOf(await read(), '6');
    const effects = await outside.effects();
    await world.fail('accept_then_timeout');
    const failure = await world.failureOf(() => push.send(batch));
    await world.fail('none');
    const happened = (await outside.effects()) - effects;
    // Anything else than `outcome_unknown` is a promise that nothing happened.
    if (failure.code !== 'outcome_unknown') expect(happened).toBe(0);
    expect(await send(batch)).toEqual([{ outcome: 'applied' }]);
    expect((await outside.effects()) - effects).toBe(1);
    await holds('6');
  });

  it('takes nothing of its own push for a movement when it comes back', async () => {
    const before = await everythingSaid(world);
    await send(batchOf(await read(), '11'));
    const after = await everythingSaid(world);
    const movementsAndCounts = ({ movements, counts }: typeof before) =>
      textOfFolded({ movements, counts, reservations: new Map(), books: new Map() });
    expect(movementsAndCounts(after)).toBe(movementsAndCounts(before));
  });
}
