// A crash of PostgreSQL ends the session that holds a sender's lock, while the sender goes on reading the channel and
// another one starts. Whoever lost the lock must neither repeat nor undo what its heir did.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Push } from '../../src/connectors/contract.ts';
import { planChanges } from '../../src/core/publication/changes.ts';
import type { LiveConnection } from '../../src/workers/hub.ts';
import { sendDue } from '../../src/workers/push.ts';
import { type MarketRig, openMarket } from '../e2e/market.ts';

let rig: MarketRig;
beforeEach(async () => {
  rig = await openMarket();
  await rig.settle();
});
afterEach(() => rig.close());

/** And waits until they have ended, with their locks. */
const breakSessionsWithLocks = () =>
  rig.database.pool.query(`select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and granted and pid <> pg_backend_pid()
     and database = (select oid from pg_database where datname = current_database())`);

/** The same channel for a sender to whom `meanwhile` happens after its nth reading was made and before it has it. */
function interrupted(nth: number, meanwhile: () => Promise<void>): LiveConnection {
  const push = rig.live.connection.push as Push;
  let readings = 0;
  const own: Push = {
    batchSize: push.batchSize,
    read: async (targets) => {
      const read = await push.read(targets);
      readings += 1;
      if (readings === nth) await meanwhile();
      return read;
    },
    send: (batch) => push.send(batch),
  };
  return { ...rig.live, connection: { ...rig.live.connection, push: own } };
}

async function heirSends(): Promise<void> {
  const heir = await rig.another([]);
  const live = heir.hub.connections.get(rig.live.id);
  if (!live) throw new Error('the other hub does not know the market');
  await breakSessionsWithLocks();
  await sendDue(heir.hub, live);
}

const intents = async () => {
  const { rows } = await rig.database.pool.query<{
    version: number;
    available: number;
    status: string;
    key: string;
  }>(`select version::int, available::int, status::text, batch_key as key from publication order by id`);
  return rows;
};

/** The keys that reach the market from now on. */
function keysAtMarket(): string[] {
  const keys: string[] = [];
  const offer = rig.market.offer.bind(rig.market);
  rig.market.offer = (key, offers) => {
    keys.push(key);
    return offer(key, offers);
  };
  return keys;
}

test('I8: a batch that an heir has given up is not sent by the sender that made it', async () => {
  await rig.move('MUG', 5);
  await rig.push();
  await rig.poll();
  await rig.database.pool.query(
    'update listing_level set due_at = clock_timestamp() where due_at is not null',
  );
  const keys = keysAtMarket();
  // The first reading of this job is the one that proves the increase just before it is sent.
  await sendDue(rig.hub, interrupted(1, heirSends)).catch(() => undefined);
  const given = (await intents()).filter(({ status }) => status === 'retried').map(({ key }) => key);
  expect(given).toHaveLength(1);
  expect(keys).not.toContain(given[0]);
  await rig.settle();
  expect(rig.offered()).toBe(15);
});

test('I7: a reading from before the number of an heir decides nothing', async () => {
  await rig.move('MUG', -4);
  await planChanges(rig.hub.database, [rig.live.id]);
  const keys = keysAtMarket();
  await sendDue(
    rig.hub,
    interrupted(1, async () => {
      await heirSends();
      // Due again, so that the sender that lost its lock finds the level waiting when it comes back.
      await rig.move('MUG', -1);
      await planChanges(rig.hub.database, [rig.live.id]);
    }),
  ).catch(() => undefined);
  const made = await intents();
  expect(made[0]).toMatchObject({ version: 1, available: 6, status: 'confirmed' });
  // Every later intent was computed from a reading of what the heir had told.
  const { rows } = await rig.database.pool.query<{ read: number }>(
    'select read_available::int as read from publication where version > 1',
  );
  expect(rows.map(({ read }) => read)).not.toContain(10);
  await rig.settle();
  expect(rig.offered()).toBe(5);
  expect(new Set(keys).size).toBe(keys.length);
});
