// I12: whoever changes what is stored, with every trigger switched off, is found out, and the place is named.
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Verification, verifyLedger } from '../../../src/core/ledger/verify.ts';
import { count, counts, line, movement, openWorld, posting, type World } from './world.ts';

let world: World;
/** A movement in the middle of a batch in the middle of lane 2: a receipt of two lines with a lot, a cost and an event. */
let victim: { key: string; batch: string; item: string };
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.database;
  const [a = 0, b = 0] = world.items;
  const lot = await pool.query<{ id: number }>(
    `insert into lot (item_id, code) values ($1, 'L1'), ($1, 'L2') returning id`,
    [a],
  );
  const event = await pool.query<{ id: string }>(
    `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body) values (1, 'v', 't', 'webhook', 'x', 'x'), (1, 'w', 't', 'webhook', 'x', 'x') returning id`,
  );
  const receive = (item: number, quantity: number, lotId: number | null = null) => ({
    ...line(item, quantity, world.place('@supplier'), world.place('MAIN'), lotId),
    unitCost: '1.5',
    currency: 'EUR',
  });
  for (const lane of [2, 2, 2, 5]) {
    const target = movement('receipt', 1, [receive(a, 5, lot.rows[0]?.id ?? null), receive(b, 6)]);
    await world.ledger.post(
      [
        posting({ movements: [movement('receipt', 1, [receive(a, 1)])] }),
        posting({ inboxEventId: event.rows[0]?.id ?? null, movements: [{ ...target, reference: 'PO 7' }] }),
        posting({ movements: [movement('receipt', 1, [receive(b, 2)])] }),
      ],
      { lane },
    );
    if (victim === undefined && lane === 2) victim = { key: target.key, batch: '', item: 'SKU-1' };
  }
  await world.ledger.post([counts(count(9, a, world.place('MAIN'), 3))], { lane: 5 });
  const { rows } = await pool.query<{ batch_id: string }>(
    'select batch_id from movement where key = $1 limit 1',
    [victim.key],
  );
  victim.batch = rows[0]?.batch_id ?? '';
});
afterAll(() => world.close());

/** What verify finds after `statements` were run as the superuser with triggers off; everything is put back afterwards. */
async function afterTampering(...statements: string[]): Promise<Verification> {
  const { pool } = world.database;
  const tables = ['movement', 'ledger_batch', 'ledger_lane', 'balance', 'lot_balance'];
  const client: pg.PoolClient = await pool.connect();
  try {
    await client.query('set session_replication_role = replica');
    for (const table of tables) await client.query(`create temporary table kept_${table} as table ${table}`);
    for (const statement of statements) {
      const { rowCount } = await client.query(statement);
      expect(rowCount, statement).toBeGreaterThan(0);
    }
    const verified = await verifyLedger(world.database, { pageBatches: 2 });
    for (const table of tables.reverse()) await client.query(`delete from ${table}`);
    for (const table of tables) {
      await client.query(
        `insert into ${table} ${table === 'ledger_batch' ? 'overriding system value ' : ''}table kept_${table}`,
      );
      await client.query(`drop table kept_${table}`);
    }
    return verified;
  } finally {
    await client.query('set session_replication_role = origin').catch(() => undefined);
    client.release(true);
  }
}

const isVictim = () => `key = '${victim.key}' and line = 0`;
const named = ({ breaches }: Verification) =>
  breaches.map((breach) => `${breach.invariant} ${breach.where}: ${breach.what}`).join('\n');

it('an untouched ledger has no breach, and names the head of every lane that was used', async () => {
  const verified = await verifyLedger(world.database);
  expect(verified).toMatchObject({ breaches: [], batches: 5, lines: 17 });
  expect(Object.keys(verified.heads)).toEqual(['2', '5']);
  expect(await afterTampering(`update connection set name = name`)).toEqual(verified);
});

describe('I12: one changed column of one stored line is detected, at that line', () => {
  it.each([
    ['line', 'line = 7'],
    ['type', `type = 'return'`],
    ['occurred_at', `occurred_at = occurred_at + interval '1 microsecond'`],
    ['recorded_at', `recorded_at = recorded_at + interval '1 microsecond'`],
    ['connection_id', 'connection_id = 2'],
    ['document', `document = document || '.'`],
    ['reference', `reference = 'PO 8'`],
    ['reference, to none', 'reference = null'],
    ['item_id', 'item_id = item_id + 1'],
    ['lot_id', 'lot_id = lot_id + 1'],
    ['lot_id, to none', 'lot_id = null'],
    ['quantity', 'quantity = quantity + 0.000001'],
    ['from_location_id', 'from_location_id = from_location_id + 1'],
    ['from_state', `from_state = 'hold'`],
    ['to_location_id', 'to_location_id = to_location_id + 1'],
    ['to_state', `to_state = 'damaged'`],
    ['unit_cost', 'unit_cost = 1.51'],
    ['currency', `currency = 'USD'`],
    ['corrects', 'corrects = gen_random_uuid()'],
    ['fingerprint', `fingerprint = sha256('other')`],
  ])('%s', async (_, change) => {
    const found = named(await afterTampering(`update movement set ${change} where ${isVictim()}`));
    expect(found).toMatch(
      new RegExp(
        `I12 batch ${victim.batch} \\(lane 2, link 1\\), movement ${victim.key} line \\d.*was changed`,
      ),
    );
  });

  it('key', async () => {
    const found = named(
      await afterTampering(
        `update movement set key = '00000000-0000-8000-8000-000000000000' where ${isVictim()}`,
      ),
    );
    expect(found).toMatch(new RegExp(`batch ${victim.batch} .*movement 00000000-.* line 0 .*was changed`));
  });

  it.each([
    ['inbox_event_id', 'inbox_event_id = inbox_event_id + 1'],
    ['inbox_event_id, to none', 'inbox_event_id = null'],
  ])('%s, at its batch', async (_, change) => {
    const found = named(await afterTampering(`update movement set ${change} where ${isVictim()}`));
    expect(found).toBe(`I12 batch ${victim.batch} (lane 2, link 1): its lines do not give its hash`);
  });

  it('batch_id: missing in its batch, and one too many in the other', async () => {
    const found = named(
      await afterTampering(`update movement set batch_id = batch_id + 1, position = 50 where ${isVictim()}`),
    );
    expect(found).toMatch(new RegExp(`batch ${victim.batch} .*line 2 of 4 was removed`));
    expect(found).toMatch(/link 2\): has 5 lines, 4 were posted/);
  });

  it('a content rewritten together with its fingerprint, at its batch', async () => {
    // What a careful forger does: the copied line is right in itself.
    const found = named(
      await afterTampering(
        `update movement m set quantity = o.quantity, document = o.document, fingerprint = o.fingerprint, key = o.key, line = 9, lot_id = o.lot_id, item_id = o.item_id
         from movement o where o.batch_id = m.batch_id and o.position = 1 and m.key = '${victim.key}' and m.line = 0`,
      ),
    );
    expect(found).toContain(`I12 batch ${victim.batch} (lane 2, link 1): its lines do not give its hash`);
  });
});

describe('I12: rows that come, go or change places are detected', () => {
  it('a removed line', async () => {
    const found = named(await afterTampering(`delete from movement where ${isVictim()}`));
    expect(found).toMatch(new RegExp(`batch ${victim.batch} \\(lane 2, link 1\\): line 2 of 4 was removed`));
  });

  const copyTo = (batch: string, position: number) =>
    `insert into movement select ${batch}, ${position}, gen_random_uuid(), line, type, occurred_at, recorded_at, connection_id, inbox_event_id, 'stray', reference,
       item_id, lot_id, quantity, from_location_id, from_state, to_location_id, to_state, unit_cost, currency, corrects, fingerprint
     from movement where ${isVictim()}`;

  it('a line added to a batch', async () => {
    const found = named(await afterTampering(copyTo('batch_id', 5)));
    expect(found).toMatch(
      new RegExp(`batch ${victim.batch} \\(lane 2, link 1\\): has 5 lines, 4 were posted`),
    );
    expect(found).toMatch(/\(stray\): was changed/);
  });

  it('a line that belongs to no batch', async () => {
    const found = named(await afterTampering(copyTo('99999', 1)));
    expect(found).toMatch(/I12 batch 99999, movement \S+ line 0 \(stray\): belongs to no batch/);
  });

  it('a batch outside every chain', async () => {
    const found = named(
      await afterTampering(
        `insert into ledger_batch (lane, sequence, previous, hash, lines, items, sources, recorded_at) select lane, -1, previous, hash, lines, items, sources, recorded_at from ledger_batch where id = ${victim.batch}`,
      ),
    );
    expect(found).toMatch(/I12 batch \d+ \(lane 2, link -1\): stands in no chain/);
  });

  it('two lines that changed places', async () => {
    const found = named(
      await afterTampering(
        `update movement set position = position + 100 where batch_id = ${victim.batch} and position in (2, 3)`,
        `update movement set position = case position when 102 then 3 else 2 end where batch_id = ${victim.batch} and position > 100`,
      ),
    );
    expect(found).toBe(`I12 batch ${victim.batch} (lane 2, link 1): its lines do not give its hash`);
  });

  it.each([
    ['recorded_at', `recorded_at = recorded_at + interval '1 second'`, /its lines do not give its hash/],
    ['hash', `hash = sha256('other')`, /its lines do not give its hash/],
    ['previous', `previous = sha256('other')`, /does not follow the link before it/],
    ['lines', 'lines = lines + 1', /line 5 of 5 was removed/],
  ])('a batch whose %s was changed', async (_, change, what) => {
    const found = named(await afterTampering(`update ledger_batch set ${change} where id = ${victim.batch}`));
    expect(found).toMatch(new RegExp(`batch ${victim.batch} \\(lane 2, link 1\\)`));
    expect(found).toMatch(what);
  });

  it('a removed link in the middle', async () => {
    const found = named(await afterTampering(`delete from ledger_batch where lane = 2 and sequence = 2`));
    expect(found).toMatch(/\(lane 2, link 3\): link 2 of the lane is missing/);
    expect(found).toMatch(/belongs to no batch/);
  });

  it('the newest batch cut off, with its lines', async () => {
    const found = named(
      await afterTampering(
        `delete from movement where batch_id = (select id from ledger_batch where lane = 2 and sequence = 3)`,
        `delete from ledger_batch where lane = 2 and sequence = 3`,
      ),
    );
    expect(found).toContain('I12 lane 2: its head says 3 links, 2 are there');
  });

  it('the newest batch cut off and the head turned back: the head noted outside tells', async () => {
    const before = await verifyLedger(world.database);
    const after = await afterTampering(
      `delete from movement where batch_id = (select id from ledger_batch where lane = 2 and sequence = 3)`,
      `delete from ledger_batch where lane = 2 and sequence = 3`,
      `update ledger_lane set sequence = 2, hash = (select hash from ledger_batch where lane = 2 and sequence = 2) where id = 2`,
    );
    expect(named(after)).not.toContain('I12');
    expect(after.heads['2']).not.toBe(before.heads['2']);
    expect(after.heads['5']).toBe(before.heads['5']);
  });
});

describe('I2: a balance that is not the fold of its movements is detected, by name', () => {
  it('a changed balance', async () => {
    const found = named(
      await afterTampering(
        `update balance set quantity = quantity + 1 where item_id = ${world.items[1]} and location_id = ${world.location('MAIN')}`,
      ),
    );
    expect(found).toMatch(/I2 SKU-2 at MAIN \(sellable\): the balance says \d+, its movements \d+/);
    expect(found).toMatch(/I2 SKU-2: all its places together hold 1, not zero/);
  });

  it('a removed balance', async () => {
    const found = named(
      await afterTampering(
        `delete from balance where item_id = ${world.items[1]} and location_id = ${world.location('MAIN')}`,
      ),
    );
    expect(found).toMatch(/I2 SKU-2 at MAIN \(sellable\): the balance says 0, its movements \d+/);
  });

  it('a changed balance of a lot', async () => {
    const found = named(
      await afterTampering(
        `update lot_balance set quantity = quantity + 1 where location_id = ${world.location('MAIN')}`,
      ),
    );
    expect(found).toMatch(/I2 SKU-1 lot L1 at MAIN: the lot balance says 21, its movements 20/);
  });
});

it('names at most as many breaches as asked, and tells how far it is', async () => {
  const seen: { lines: number; total: number }[] = [];
  await verifyLedger(world.database, { pageBatches: 1, onProgress: (done) => seen.push(done) });
  expect(seen.map((done) => done.lines)).toEqual([4, 8, 12, 16, 17]);
  expect(new Set(seen.map((done) => done.total))).toEqual(new Set([17]));
  const client = await world.database.pool.connect();
  await client.query('set session_replication_role = replica');
  await client.query('update movement set quantity = quantity + 1');
  const { breaches } = await verifyLedger(world.database, { mostBreaches: 3 });
  await client.query('update movement set quantity = quantity - 1');
  client.release(true);
  expect(breaches).toHaveLength(3);
});
