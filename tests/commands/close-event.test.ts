// A person closes an event in quarantine: nothing of it is booked, it holds nothing back, who said so and why is kept, and only
// its own number opens it again.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { afterImport } from '../../src/commands/import.ts';
import { importCatalog } from '../../src/core/catalog/import.ts';
import { replayUnknown } from '../../src/core/catalog/version.ts';
import { accounting } from '../../src/core/inbox/events.ts';
import { replay, replayShortages } from '../../src/core/inbox/replay.ts';
import { storeEvents } from '../../src/core/inbox/store.ts';
import { verifyLedger } from '../../src/core/ledger/verify.ts';
import { typed } from '../e2e/accountant.ts';
import { type MarketRig, openMarket } from '../e2e/market.ts';

let rig: MarketRig;
let folder = '';
beforeEach(async () => {
  rig = await openMarket();
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-close-'));
  await writeFile(
    join(folder, 'stockbridge.yaml'),
    stringify({ database: { url: rig.database.url }, log: { level: 'error' } }),
  );
});
afterEach(async () => {
  expect((await accounting(pool())).filter(({ balanced }) => !balanced)).toEqual([]);
  expect((await verifyLedger(rig.hub.database)).breaches).toEqual([]);
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

const pool = () => rig.database.pool;
const type = (...words: string[]) => typed(['-c', join(folder, 'stockbridge.yaml'), ...words]);
// biome-ignore lint/suspicious/noExplicitAny: the JSON of any command
const ask = async (...words: string[]): Promise<any> => JSON.parse((await type('--json', ...words)).text);
const close = (id: string, note: string, ...more: string[]) =>
  type('resolve', id, '--ignore', '--by', 'Ada', '--note', note, ...more);

/** A sale from tomorrow, which a guard holds. */
async function heldSale(): Promise<string> {
  const occurredAt = new Date(Date.now() + 13 * 3_600_000).toISOString();
  const id = await rig.store({
    ...{ type: 'sale', occurredAt, lines: [{ sku: 'MUG', quantity: '1', location: 'gate' }] },
  });
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'held_by_guard' });
  return id;
}
/** An open order of two of each listing, not yet read. */
async function ordered(...listings: string[]): Promise<string> {
  const [order] = await storeEvents(pool(), [
    {
      ...{ connectionId: rig.live.id, dedupeKey: 'ordered', topic: 'ordered', source: 'webhook' as const },
      body: Buffer.from(
        JSON.stringify({
          change: {
            ...{ kind: 'ordered', id: 'c-1', at: new Date().toISOString(), order: 'O-1', version: 1 },
            open: listings.map((listing) => ({
              ...{ line: listing, listing, location: 'shop', quantity: '2' },
            })),
          },
        }),
      ),
    },
  ]);
  return order?.id ?? '';
}
/** Whether items are noted that it took. */
const holds = async (id: string): Promise<boolean | undefined> =>
  (await pool().query('select waits_for is not null as holds from inbox_event where id = $1', [id])).rows[0]
    ?.holds;
/** Every way in which events are brought back without being named. */
async function replayAll(): Promise<void> {
  await replay(pool(), {});
  await replay(pool(), { codes: ['held_by_guard', 'item_unknown', 'stock_short'] });
  await replayUnknown(rig.hub.database);
  await replayShortages(pool());
  await type('replay', '--all');
  await type('replay', '--code', 'held_by_guard');
  await type('replay', '--connection', 'dock');
}

test('I1: a held event is closed with who, when and why; it leaves the list, is counted apart, and nothing is booked', async () => {
  const id = await heldSale();
  expect((await type('status')).text).toContain('quarantined (held_by_guard)');
  expect(await close(id, 'the till was wrong')).toEqual({
    code: 0,
    text: `Event ${id} is closed: nothing of it is booked.\n`,
  });
  expect(await rig.status(id)).toMatchObject({
    ...{ status: 'ignored', code: 'held_by_guard' },
    reason: expect.stringMatching(/minutes ahead.*; closed: the till was wrong \(Ada\)$/),
  });
  const status = await ask('status');
  expect(JSON.stringify(status.attention)).not.toContain('held_by_guard');
  expect(status.events.map((each: { closed: string }) => Number(each.closed))).toEqual([1, 0]);
  expect((await type('status')).text).toContain('Of the applied and ignored, closed by a person: dock 1.\n');
  expect(await rig.free('MUG')).toBe(10);
  const explained = (await type('explain', 'event', id)).text;
  expect(explained).toMatch(
    /\n {2}closed by Ada on 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC: the till was wrong\n/,
  );
  expect((await ask('explain', 'event', id)).closings).toMatchObject([
    { closedBy: 'Ada', note: 'the till was wrong', code: 'held_by_guard', reopenedAt: null },
  ]);
});

test('I7: an increase that a held event kept back goes out once the event is closed, and not before', async () => {
  await rig.settle();
  expect(rig.offered()).toBe(10);
  const id = await heldSale();
  await rig.move('MUG', 5);
  await rig.push();
  expect(rig.offered()).toBe(10);
  await close(id, 'the till was wrong');
  await rig.settle();
  expect(rig.offered()).toBe(15);
});

test('no replay that does not name it brings a closed event back; its number does, with what it held, and says so', async () => {
  const id = await heldSale();
  await close(id, 'the till was wrong');
  expect(await holds(id)).toBe(false);
  await replayAll();
  expect(await rig.status(id)).toMatchObject({ status: 'ignored' });
  const other = await type('replay', id, '--code', 'item_unknown');
  expect(other.text).toContain(`Event ${id} is closed, but not of what was chosen.`);
  expect(await rig.status(id)).toMatchObject({ status: 'ignored' });

  const { text } = await type('replay', id);
  expect(text).toMatch(
    new RegExp(
      `^1 events are pending again.\nEvent ${id} was closed by Ada on [-\\d]+ \\(the till was wrong\\), and is open again.\n$`,
    ),
  );
  expect(await holds(id)).toBe(true);
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'held_by_guard' });
  expect((await accounting(pool())).map(({ closed }) => closed)).toEqual([0n, 0n]);

  await close(id, 'really not');
  await type('replay', id, '--release');
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied', reason: null });
  expect(await rig.free('MUG')).toBe(9);
  expect((await type('explain', 'event', id)).text).toMatch(
    /: the till was wrong \(opened again on .*\)\n {2}closed by Ada on .*: really not \(opened again on /,
  );
});

test('of an event that is booked in part, the part that stays is told; its reservation stays, and an import does not read it again', async () => {
  const id = await ordered('L-1', 'L-99');
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'quarantined', code: 'item_unknown' });
  expect(await rig.free('MUG')).toBe(8);
  const { rows } = await pool().query<{ code: string }>(
    'select l.code from location l join location_binding b on b.location_id = l.id limit 1',
  );
  const closed = await close(id, 'a gift card');
  expect(closed).toEqual({
    code: 0,
    text: `Event ${id} is closed: nothing more of it is booked. This stays:\n  reservation of 2 MUG at ${rows[0]?.code} by O-1\n`,
  });
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });

  const bound = await importCatalog(
    pool(),
    'listings',
    'connection,listing,sku,factor\nmarket,L-99,TEA,1\nmarket,L-1,MUG,2\n',
  );
  expect(bound).toMatchObject({ applied: true, orders: { again: 0, left: 1 } });
  await afterImport(rig.hub.database, bound.touched);
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });
  expect([await rig.free('MUG'), await rig.free('TEA')]).toEqual([8, 10]);

  await type('replay', id);
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied', reason: null });
  expect([await rig.free('MUG'), await rig.free('TEA')]).toEqual([6, 8]);
});

test('an order whose conflict alone was settled follows a correction: what else it says goes on', async () => {
  const id = await ordered('L-1');
  await rig.interpret();
  await pool().query(
    `update inbox_event set status = 'quarantined', code = 'key_conflict', reason = 'another line' where id = $1`,
    [id],
  );
  expect(await type('resolve', id, '--by', 'Ada', '--note', 'the first is right')).toMatchObject({ code: 0 });
  const bound = await importCatalog(pool(), 'listings', 'connection,listing,sku,factor\nmarket,L-1,TEA,1\n');
  expect(bound).toMatchObject({ applied: true, orders: { again: 1, left: 0 } });
  await afterImport(rig.hub.database, bound.touched);
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });
  expect([await rig.free('MUG'), await rig.free('TEA')]).toEqual([10, 8]);
  expect((await ask('explain', 'event', id)).closings).toMatchObject([{ reopenedAt: expect.anything() }]);
});

test('what is closed while an import waits for it stays closed', async () => {
  const id = await ordered('L-1', 'L-99');
  await rig.interpret();
  const person = await pool().connect();
  try {
    await person.query('begin');
    await person.query('select from inbox_event where id = $1 for update', [id]);
    const importing = importCatalog(
      pool(),
      'listings',
      'connection,listing,sku,factor\nmarket,L-99,TEA,1\nmarket,L-1,MUG,2\n',
    );
    await expect
      .poll(async () => {
        const { rows } = await pool().query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return rows.length;
      })
      .toBe(1);
    await person.query(
      `insert into inbox_closing (event_id, closed_by, note, settled, documents) values ($1, 'Ada', 'a gift card', false, '{}')`,
      [id],
    );
    await person.query(`update inbox_event set status = 'applied', waits_for = null where id = $1`, [id]);
    await person.query('commit');
    expect(await importing).toMatchObject({ applied: true, orders: { again: 0, left: 1 } });
  } finally {
    person.release();
  }
  expect(await rig.status(id)).toMatchObject({ status: 'applied' });
});

test('a shortage that is closed is not tried again when stock arrives', async () => {
  await rig.move('MUG', -11);
  const { rows } = await pool().query<{ id: string }>(
    `select id from inbox_event where code = 'stock_short'`,
  );
  const id = rows[0]?.id ?? '';
  await close(id, 'counted twice');
  await rig.move('MUG', 5);
  await replayAll();
  await rig.interpret();
  expect(await rig.status(id)).toMatchObject({ status: 'ignored', code: 'stock_short' });
  expect(await rig.free('MUG')).toBe(15);
});

test('what is unknown, not in quarantine, or closed already is refused, and the others are closed', async () => {
  const id = await heldSale();
  await rig.move('MUG', 1);
  const { rows } = await pool().query<{ id: string }>(
    `select id from inbox_event where status = 'applied' and connection_id = $1`,
    [rig.dock.id],
  );
  const applied = rows[0]?.id ?? '';
  expect(await close(id, 'no', applied, '999999')).toEqual({
    code: 1,
    text: `Event ${id} is closed: nothing of it is booked.\nEvent ${applied} is applied.\nThere is no event 999999.\n`,
  });
  expect(await close(id, 'again')).toEqual({
    code: 1,
    text: `Event ${id} is closed already, as ignored.\n`,
  });
  expect((await rig.status(id)).reason).not.toContain('again');
});

test('I1: the database keeps who closed an event, when and why', async () => {
  const id = await heldSale();
  await close(id, 'the till was wrong');
  for (const statement of [
    'delete from inbox_closing',
    `update inbox_closing set note = 'another'`,
    `update inbox_closing set closed_by = 'nobody'`,
    'truncate inbox_closing',
  ])
    await expect(pool().query(statement), statement).rejects.toThrow(/I1: /);
});
