// I7: zero is told only where it is known. What nobody ever counted, received or sold is not zero, and the channel keeps its number.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { itemText } from '../../src/commands/explain.ts';
import { attentionOf } from '../../src/commands/status.ts';
import { unknownLocations } from '../../src/core/availability/unknown-locations.ts';
import { readConnections } from '../../src/core/connection/connections.ts';
import { takeCutover } from '../../src/core/connection/cutover.ts';
import { explainItem } from '../../src/core/explain/item.ts';
import { laneOf } from '../../src/core/ledger/chain.ts';
import { openLedger } from '../../src/core/ledger/post.ts';
import { markAllDue } from '../../src/core/publication/changes.ts';
import { instantOf } from '../../src/core/vocabulary/instant.ts';
import { type MarketRig, MUG, openMarket, PLACE, TEA } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  // As a cut-over that stands in the configuration file: no stock was ever taken.
  rig = await openMarket({ cutover: false });
  await rig.hub.database.pool.query(`update connection set cutover_at = now() - interval '1 hour'`);
  await markAllDue(rig.hub.database, rig.live.id);
});
afterEach(() => rig.close());

const wanting = async () =>
  (await attentionOf(rig.hub.database.pool)).filter(({ what }) => what === 'levels never counted');

test('a cut-over in the file takes nothing off sale; status and explain say what is missing', async () => {
  await rig.push();
  expect([rig.offered(MUG.id), rig.offered(TEA.id)]).toEqual([10, 10]);
  expect(await wanting()).toMatchObject([
    { connection: 'market', count: 2, example: expect.stringContaining('`stockbridge count`') },
  ]);
  const explained = await explainItem(rig.hub.database.pool, 'MUG');
  expect(explained && itemText(explained)).toContain('told nothing yet (version 0); never counted');
});

test('what the channel holds can still be taken as opening stock, and is then told of like any other', async () => {
  await rig.push();
  const { pool } = rig.hub.database;
  const row = (await readConnections(pool)).find(({ name }) => name === 'market');
  const pages = rig.live.connection.snapshot?.();
  if (!row || !pages) throw new Error('the rig lost its market');
  await takeCutover(rig.hub.database, openLedger(rig.hub.database), { connection: row, pages });
  await rig.move('MUG', -4);
  await rig.settle();
  expect([rig.offered(MUG.id), rig.offered(TEA.id)]).toEqual([6, 10]);
  expect(await wanting()).toEqual([]);
});

test('a count of zero, and a receipt that was sold again, are known zeros and are told', async () => {
  await rig.push();
  const { rows } = await rig.hub.database.pool.query<{ item: number; location: number }>(
    `select i.id as item, b.location_id as location from item i, location_binding b where i.sku = 'MUG' limit 1`,
  );
  const at = rows[0];
  const key = '00000000-0000-8000-8000-000000000001';
  await openLedger(rig.hub.database).post(
    [
      {
        ...{
          connectionId: rig.dock.id,
          inboxEventId: null,
          movements: [],
          reservations: [],
          observations: [],
        },
        counts: [
          {
            ...{ key, document: 'a count', itemId: at?.item ?? 0, countedAt: instantOf(Date.now()) },
            ...{ place: { locationId: at?.location ?? 0, state: 'sellable' }, quantity: '0' },
          },
        ],
        note: null,
      },
    ],
    { lane: laneOf(at?.item ?? 0) },
  );
  await rig.move('TEA', 2);
  await rig.move('TEA', -2);
  await rig.settle();
  expect([rig.offered(MUG.id), rig.offered(TEA.id)]).toEqual([0, 0]);
});

test('a sale that finds nothing on the shelf does not make a zero known', async () => {
  await rig.move('MUG', -1);
  await rig.push();
  expect(rig.offered(MUG.id)).toBe(10);
});

/** A market with its opening stock taken, whose policy pools these codes at its one place. */
async function poolTo(...codes: string[]): Promise<void> {
  await rig.close();
  rig = await openMarket({ policy: { locations: { [PLACE]: codes } } });
}

const locationCode = async (): Promise<string> => {
  const { rows } = await rig.hub.database.pool.query<{ code: string }>(
    'select l.code from location l join location_binding b on b.location_id = l.id limit 1',
  );
  return rows[0]?.code ?? '';
};

test('a policy that names no location there is takes nothing off sale; status names the code', async () => {
  await poolTo('NOWHERE');
  await rig.settle();
  expect([rig.offered(MUG.id), rig.offered(TEA.id)]).toEqual([10, 10]);
  expect(await wanting()).toMatchObject([{ count: 2, example: expect.stringContaining('NOWHERE') }]);
});

test('of one right and one wrong place the right one is offered, and the wrong one is named', async () => {
  const code = await locationCode();
  await poolTo(code, code.toLowerCase());
  await rig.move('MUG', -10);
  await rig.move('TEA', -4);
  await rig.settle();
  expect([rig.offered(MUG.id), rig.offered(TEA.id)]).toEqual([0, 6]);
  const { pool } = rig.hub.database;
  expect(
    await unknownLocations(pool, [{ name: 'market', policy: rig.live.policy }, { name: 'dock' }]),
  ).toEqual([{ connection: 'market', codes: [code.toLowerCase()], nearby: [code] }]);
});

test('a number that the hub told the channel is no count: a late opening leaves it alone and says so', async () => {
  await rig.close();
  rig = await openMarket({ cutover: false, policy: { cap: 3 } });
  await rig.hub.database.pool.query(`update connection set cutover_at = now() - interval '1 hour'`);
  await rig.move('MUG', 10);
  await rig.settle();
  expect(rig.offered(MUG.id)).toBe(3);
  const row = (await readConnections(rig.hub.database.pool)).find(({ name }) => name === 'market');
  const pages = rig.live.connection.snapshot?.();
  if (!row || !pages) throw new Error('the rig lost its market');
  const report = await takeCutover(rig.hub.database, openLedger(rig.hub.database), {
    connection: row,
    pages,
  });
  expect(report.notes).toEqual([expect.stringMatching(/^1 level: the hub told the channel its number/)]);
  expect([await rig.free('MUG'), await rig.free('TEA')]).toEqual([10, 10]);
});
