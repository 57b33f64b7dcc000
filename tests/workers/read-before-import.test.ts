// What was read before an import and refused after it: the name is bound by then, and nobody would ask again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { afterImport } from '../../src/commands/import.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { holdVersion, readVersion } from '../../src/core/catalog/version.ts';
import { settle } from '../../src/core/inbox/events.ts';
import type { Posting } from '../../src/core/ledger/movement.ts';
import type { Hub } from '../../src/workers/hub.ts';
import { interpretEvents } from '../../src/workers/interpret.ts';
import { postJobOf } from '../../src/workers/jobs.ts';
import { type MarketRig, openMarket } from '../e2e/market.ts';

let rig: MarketRig;
beforeAll(async () => {
  rig = await openMarket();
});
afterAll(() => rig.close());

const sale = (sku: string) => rig.store({ type: 'sale', lines: [{ sku, quantity: '1', location: 'gate' }] });
/** Imports one item more, and has read again what waits for it. */
async function bind(sku: string): Promise<number> {
  const report = await importCatalog(rig.database.pool, 'items', `sku,name\n${sku},\n`);
  expect(report.applied).toBe(true);
  return afterImport(rig.hub.database, { items: [], connections: [] });
}

test('I3: an event that was read as unknown, and is settled after the import that binds its name, is read again', async () => {
  const id = await sale('LATE-1');
  let bound = -1;
  const { database } = rig.hub;
  const late: Hub = {
    ...rig.hub,
    database: {
      ...database,
      // The import falls between the reading and its end.
      transaction: async (work) => {
        if (bound < 0) bound = await bind('LATE-1');
        return database.transaction(work);
      },
    },
  };
  await interpretEvents(late, rig.dock, [id]);
  expect(bound, 'it is not in quarantine yet').toBe(0);
  expect(await rig.status(id)).toEqual({ status: 'pending', code: null, reason: null });
  await rig.interpret();
  expect((await rig.status(id)).code, 'its name is known').toBe('stock_short');
  const unknown = await sale('NOBODY');
  await rig.interpret();
  expect(await rig.status(unknown)).toMatchObject({ status: 'quarantined', code: 'item_unknown' });
});

test('I7: of what was held for a name before the import nothing is posted after it, and then the whole', async () => {
  const id = await rig.store({
    ...{ type: 'reservation', document: 'late', version: 1 },
    lines: ['MUG', 'LATE-2'].map((sku) => ({ sku, quantity: '1', location: 'gate' })),
  });
  /** What reading it now posts; the dock sells for once. */
  const read = async (): Promise<readonly Posting[]> => {
    const jobs: { readonly data: object }[] = [];
    const { push } = rig.live.connection;
    if (!push) throw new Error('the market has no push');
    const addBulk: Hub['queues']['addBulk'] = async (_queue, added) => {
      jobs.push(...added);
      return [];
    };
    await interpretEvents(
      { ...rig.hub, queues: { ...rig.hub.queues, addBulk } },
      { ...rig.dock, connection: { ...rig.dock.connection, push } },
      [id],
    );
    return jobs.flatMap(({ data }) => postJobOf(data).postings);
  };
  const reserved = async () => (await rig.database.pool.query('select from reservation')).rowCount;
  const before = await read();
  expect(before).toMatchObject([{ held: { code: 'item_unknown' } }]);
  await bind('OTHER');
  await rig.hub.ledger.post(before);
  expect(await rig.status(id)).toMatchObject({ status: 'pending', code: null });
  expect(await reserved()).toBe(0);
  const again = await read();
  await rig.hub.ledger.post(again);
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'item_unknown' });
  expect(await reserved()).toBe(1);
  expect(await bind('LATE-2')).toBeGreaterThan(0);
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });
  // Delivered once more by the queue, it takes nothing back.
  await rig.hub.ledger.post(again);
  expect(await reserved()).toBe(2);
});

test('I3: the replay after an import waits for what is being settled with the catalogue before it', async () => {
  const before = await readVersion(rig.database.pool);
  const id = await sale('LATE-3');
  const steps: string[] = [];
  let bound: Promise<number> | undefined;
  await rig.hub.database.transaction(async (client) => {
    await holdVersion(client);
    bound = bind('LATE-3').finally(() => steps.push('read again'));
    // The import itself is taken meanwhile; its replay waits.
    while ((await readVersion(rig.database.pool)) === before) await new Promise((go) => setTimeout(go, 20));
    await new Promise((go) => setTimeout(go, 200));
    await settle(client, [{ id, status: 'quarantined', code: 'item_unknown', reason: 'no LATE-3' }]);
    steps.push('settled');
  });
  await bound;
  expect(steps).toEqual(['settled', 'read again']);
  expect(await rig.status(id)).toMatchObject({ status: 'pending' });
});
