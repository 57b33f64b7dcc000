// What is dated after it came is held for a person: a till with a wrong time zone gives nothing back and takes nothing twice.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readBecauseOf } from '../../src/connectors/toolkit/interpretation.ts';
import { replay } from '../../src/core/inbox/replay.ts';
import { shortListings } from '../../src/core/publication/caught-up.ts';
import { instantFrom } from '../../src/core/vocabulary/instant.ts';
import { interpretEvents } from '../../src/workers/interpret.ts';
import { type MarketRig, MUG, openMarket, PLACE, until } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
});
afterEach(() => rig.close());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const told = async (type: string, quantity: string, occurredAt: string) => {
  const id = await rig.store({ type, occurredAt, lines: [{ sku: 'MUG', quantity, location: 'gate' }] });
  await rig.interpret();
  return id;
};
const NZ = 13 * 60;

test('a count from tomorrow is held with both times, and no sale until then is given back', async () => {
  const at = inMinutes(NZ);
  const id = await told('count', '10', at);
  rig.market.sell(MUG.id, PLACE, 3);
  await rig.settle();
  expect(await rig.status(id)).toEqual({
    status: 'quarantined',
    code: 'held_by_guard',
    reason: expect.stringMatching(
      new RegExp(
        `^count .* is dated ${at.slice(0, 19)}.* and came at 20.*: that is more than 15 minutes ahead`,
      ),
    ),
  });
  expect(await rig.free('MUG')).toBe(7);
  expect(rig.offered()).toBe(7);
});

test('I7: a sale from tomorrow is held, a count takes nothing off twice, and meanwhile no more is offered', async () => {
  const id = await told('sale', '1', inMinutes(NZ));
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'held_by_guard' });
  const { rows } = await rig.database.pool.query<{ id: number }>(
    'select id from listing where external_id = $1',
    [MUG.id],
  );
  const listing = rows[0]?.id ?? 0;
  expect([...(await shortListings(rig.database.pool, [listing])).keys()]).toEqual([listing]);
  await told('count', '9', inMinutes(0));
  expect(await rig.free('MUG')).toBe(9);

  await replay(rig.database.pool, { ids: [id] });
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'held_by_guard' });
  await replay(rig.database.pool, { ids: [id], release: true });
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });
  expect(await rig.free('MUG')).toBe(8);
});

test('what a hint made us read later than the hint came is taken: the clock is right', async () => {
  const hint = async () => {
    const id = await rig.store({
      ...{ type: 'receipt', occurredAt: inMinutes(0) },
      lines: [{ sku: 'MUG', quantity: '2', location: 'gate' }],
    });
    await rig.database.pool.query(
      `update inbox_event set received_at = clock_timestamp() - interval '2 hours' where id = $1`,
      [id],
    );
    return id;
  };
  const taken = (readAt: string | undefined) => async (id: string) => {
    const { connection } = rig.dock;
    const interpret: typeof connection.interpret = async (events) =>
      (await connection.interpret(events)).map((each) =>
        readAt === undefined ? each : readBecauseOf(each, instantFrom(readAt)),
      );
    await interpretEvents(rig.hub, { ...rig.dock, connection: { ...connection, interpret } }, [id]);
    await until(async () => (await rig.status(id)).status !== 'pending', 'it stays pending');
    return rig.status(id);
  };
  expect(await taken(undefined)(await hint())).toMatchObject({ code: 'held_by_guard' });
  expect(await taken(inMinutes(-80))(await hint())).toMatchObject({ code: 'held_by_guard' });
  expect(await taken(inMinutes(1))(await hint())).toMatchObject({ status: 'applied' });
});

describe('what is no movement or hardly ahead is taken', () => {
  test.each([
    ['a sale fourteen minutes ahead', 'sale', 14, 'applied'],
    ['a sale sixteen minutes ahead', 'sale', 16, 'quarantined'],
    ['a reservation of tomorrow', 'reservation', NZ, 'applied'],
  ])('%s', async (_name, type, minutes, status) => {
    expect(await rig.status(await told(type, '1', inMinutes(minutes)))).toMatchObject({ status });
  });
});
