// A cut-over takes what a channel holds as it holds it, and its instant leaves no gap between the counts and the documents.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDirectory } from '../../../src/core/catalog/directory.ts';
import { resolve } from '../../../src/core/catalog/resolve.ts';
import type { OpeningCount } from '../../../src/core/catalog/stock.ts';
import { readConnections, syncConnections } from '../../../src/core/connection/connections.ts';
import {
  type CutoverReport,
  type CutoverRequest,
  takeCutover,
} from '../../../src/core/connection/cutover.ts';
import { type Database, openDatabase } from '../../../src/core/database.ts';
import { openLedger } from '../../../src/core/ledger/post.ts';
import type { Facts, SnapshotPage } from '../../../src/core/vocabulary/facts.ts';
import { type Instant, instantOf } from '../../../src/core/vocabulary/instant.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let test: TestDatabase;
let database: Database;
beforeEach(async () => {
  test = await testDatabase({ maxConnections: 2 });
  database = openDatabase({ url: test.url, poolSize: 4 });
  await database.pool.query(`
    insert into connection (name, connector) values ('shop', 'demo'), ('till', 'demo'), ('northwind', 'demo');
    insert into item (sku) values ('MUG'), ('TEA');
    insert into location (code, kind) values ('MAIN', 'warehouse'), ('EAST', '3pl');
    update location set authority_id = (select id from connection where name = 'northwind') where code = 'EAST';
    insert into listing (connection_id, external_id, item_id)
      select c.id, i.sku, i.id from connection c cross join item i where c.name <> 'northwind';
    insert into location_binding (connection_id, external_id, location_id)
      select c.id, lower(l.code), l.id from connection c cross join location l where c.name <> 'northwind'`);
});
afterEach(async () => {
  await database.close();
  await test.drop();
});

/** An instant so many minutes before this file began. */
const ago = (minutes: number): Instant => instantOf(BEGAN - minutes * 60_000);
const BEGAN = Math.floor(Date.now() / 1000) * 1000;

const page = (
  asOf: Instant,
  levels: Partial<SnapshotPage['levels'][number]>[],
  rest: Partial<SnapshotPage> = {},
) => ({
  asOf,
  levels: levels.map((level) => ({ listing: 'MUG', location: 'main', sellable: '0', held: '0', ...level })),
  reservations: [],
  ...rest,
});

async function* told(...pages: SnapshotPage[]): AsyncGenerator<SnapshotPage> {
  yield* pages;
}

async function take(name: string, request: Omit<CutoverRequest, 'connection'>): Promise<CutoverReport> {
  const connection = (await readConnections(database.pool)).find((each) => each.name === name);
  if (!connection) throw new Error(`no ${name}`);
  return takeCutover(database, openLedger(database), { connection, ...request });
}

const cutoverOf = async (name: string): Promise<Instant | undefined> =>
  (await readConnections(database.pool)).find((each) => each.name === name)?.cutoverAt;

async function balances(): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string; quantity: string }>(
    `select i.sku || ' ' || l.code || ' ' || b.state as name, trim_scale(b.quantity)::text as quantity
     from balance b join item i on i.id = b.item_id join location l on l.id = b.location_id and l.code not like '@%'
     where b.quantity <> 0 order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.quantity]));
}

/** The orders that hold something. */
const reserved = async (): Promise<string[]> =>
  (
    await database.pool.query<{ document: string }>(
      'select document from sales_order o join reservation r on r.order_id = o.id order by 1',
    )
  ).rows.map(({ document }) => document);

/** A line of a file of counts, counted when the file is given. */
async function countOf(sku: string, quantity: string): Promise<OpeningCount> {
  const { rows } = await database.pool.query<{ item: number; location: number }>(
    `select i.id as item, l.id as location from item i, location l where i.sku = $1 and l.code = 'MAIN'`,
    [sku],
  );
  const { item = 0, location = 0 } = rows[0] ?? {};
  return {
    ...{ line: 2, itemId: item, sku, locationId: location, location: 'MAIN' },
    ...{ state: 'sellable', quantity, countedAt: undefined },
  };
}

/** What a worker would do with a sale that the connection reports now. */
async function sell(name: string, occurredAt: Instant, quantity: string): Promise<void> {
  const connection = (await readConnections(database.pool)).find((each) => each.name === name);
  if (connection?.cutoverAt === undefined) throw new Error(`${name} waits`);
  const facts: Facts = {
    movements: [
      {
        type: 'shipment',
        document: { type: 'sale', id: `${name} ${occurredAt}` },
        occurredAt,
        lines: [
          { item: { listing: 'MUG' }, quantity, from: { location: 'main' }, to: { virtual: 'customer' } },
        ],
      },
    ],
    ...{ counts: [], reservations: [], observations: [] },
  };
  const directory = await readDirectory(database.pool, connection.id, [facts]);
  const resolution = resolve(facts, directory, { inboxEventId: null, cutoverAt: connection.cutoverAt });
  if (resolution.outcome === 'refused') throw new Error(resolution.reason);
  await openLedger(database).post([resolution.posting], { lane: 1 });
}

describe('what a channel holds', () => {
  it('comes in as it holds it: what is for sale as sellable, the rest on hold', async () => {
    const levels = [
      { sellable: '40', held: '3' },
      { listing: 'TEA', sellable: '0', held: '2' },
    ];
    const report = await take('shop', { pages: told(page(ago(1), levels)) });
    expect(report).toMatchObject({ counts: 4, held: 2, leftOut: [] });
    expect(await balances()).toEqual({
      'MUG MAIN hold': '3',
      'MUG MAIN sellable': '40',
      'TEA MAIN hold': '2',
    });
  });

  it('with nothing on hold clears what the ledger holds there, and is no count of it elsewhere', async () => {
    await take('till', { pages: told(page(ago(2), [{ sellable: '40', held: '3' }])) });
    const levels = [{ sellable: '43' }, { listing: 'TEA', sellable: '1' }];
    expect(await take('shop', { pages: told(page(ago(1), levels)) })).toMatchObject({ counts: 3 });
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '43', 'TEA MAIN sellable': '1' });
  });

  it('is taken again after an attempt that failed half way, of which nothing stays', async () => {
    const line = { line: '1', item: { listing: 'MUG' }, location: 'main', quantity: '2' };
    const order = { order: '#9', version: 1n, reservedAt: ago(5), lines: [line] };
    async function* failing() {
      yield page(ago(2), [{ sellable: '40', held: '3' }], { reservations: [order] });
      throw new Error('the channel is gone');
    }
    await expect(take('shop', { pages: failing() })).rejects.toThrow('the channel is gone');
    expect(await cutoverOf('shop')).toBeUndefined();
    expect(await balances()).toEqual({});
    expect((await database.pool.query('select from reservation')).rowCount).toBe(0);
    await take('shop', { pages: told(page(ago(1), [{ sellable: '43', held: '0' }])) });
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '43' });
  });

  it('is taken again after the database was lost half way, and no order stays reserved that was closed since', async () => {
    const order = (id: string) => ({
      ...{ order: id, version: 1n, reservedAt: ago(5) },
      lines: [{ line: '1', item: { listing: 'MUG' }, location: 'main', quantity: '2' }],
    });
    const first = page(ago(2), [{ sellable: '40', held: '3' }], { reservations: [order('#8'), order('#9')] });
    const ledger = openLedger(database);
    let posts = 0;
    const dying = {
      post: (...given: Parameters<typeof ledger.post>) => {
        posts += 1;
        if (posts > 2) throw new Error('the database is gone');
        return ledger.post(...given);
      },
    };
    const connection = (await readConnections(database.pool)).find((each) => each.name === 'shop');
    if (!connection) throw new Error('no shop');
    const pages = told(first, page(ago(2), [{ listing: 'TEA', sellable: '1' }]));
    await expect(takeCutover(database, dying, { connection, pages })).rejects.toThrow('is gone');
    expect(await reserved()).toEqual(['#8', '#9']);
    await take('shop', { pages: told(page(ago(1), [{ sellable: '43' }], { reservations: [order('#9')] })) });
    expect(await reserved()).toEqual(['#9']);
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '43' });
  });

  it('keeps what an order reserved that is told again as it was before, or with a name that nobody knows any more', async () => {
    const order = (id: string, version: bigint, listing = 'MUG') => ({
      ...{ order: id, version, reservedAt: ago(5) },
      lines: [{ line: '1', item: { listing }, location: 'main', quantity: '2' }],
    });
    const attempt = (...reservations: ReturnType<typeof order>[]) =>
      take('shop', { pages: told(page(ago(1), [{ sellable: '40' }], { reservations })) });
    await attempt(order('#7', 1n), order('#8', 1n), order('#9', 2n));
    await database.pool.query(`update connection set cutover_at = null; delete from connection_state`);
    await attempt(order('#8', 1n, 'ODD'), order('#9', 1n));
    expect(await reserved()).toEqual(['#8', '#9']);
  });

  it('what it cannot say for certain is told, and what somebody else counts is told once', async () => {
    const pages = told(
      page(ago(1), [{ listing: 'ODD' }, { location: 'east' }, { listing: 'TEA', location: 'east' }], {
        leftOut: ['order #7 names no location'],
      }),
      page(ago(1), [], { leftOut: ['order #8 names no location'] }),
    );
    const report = await take('shop', { pages });
    expect(report.leftOut).toEqual([
      'order #7 names no location',
      'listing ODD is bound to no item',
      'order #8 names no location',
    ]);
    expect(report.notes).toEqual(['2 levels: EAST is counted by northwind']);
  });
});

describe('two cut-overs of one connection at once', () => {
  const orders = (...names: string[]) =>
    page(ago(1), [{ sellable: '40' }], {
      reservations: names.map((order) => ({
        ...{ order, version: 1n, reservedAt: ago(5) },
        lines: [{ line: '1', item: { listing: 'MUG' }, location: 'main', quantity: '2' }],
      })),
    });

  /** Pages of an attempt that is at work from `begun` on, and ends when told how. */
  function slow(...pages: SnapshotPage[]) {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    async function* reading() {
      yield* pages;
      begun.resolve();
      await end.promise;
    }
    return { pages: reading(), begun: begun.promise, end };
  }

  it('I6: the second is refused and says for what, takes nothing, and the orders of the first stay reserved', async () => {
    const { pages, begun, end } = slow(orders('#8', '#9'));
    const first = take('shop', { pages });
    await begun;
    await expect(take('shop', { pages: told(orders('#9', '#10')) })).rejects.toThrow(
      'another cut-over of shop is being taken, so nothing was taken now',
    );
    const other = page(ago(1), [{ listing: 'TEA', sellable: '5' }]);
    expect(await take('till', { pages: told(other) })).toMatchObject({ counts: 1 });
    end.resolve();
    expect(await first).toMatchObject({ orders: 2 });
    expect(await reserved()).toEqual(['#8', '#9']);
  });

  it('I6: one that was typed before the other ended is refused like any later one, and releases nothing', async () => {
    const before = (await readConnections(database.pool)).find((each) => each.name === 'shop');
    if (!before) throw new Error('no shop');
    await take('shop', { pages: told(orders('#8', '#9')) });
    const late = takeCutover(database, openLedger(database), {
      connection: before,
      pages: told(orders('#10')),
    });
    await expect(late).rejects.toThrow('shop was cut over at');
    expect(await reserved()).toEqual(['#8', '#9']);
  });

  it('one that died holds up no other', async () => {
    const { pages, begun, end } = slow(orders('#8'));
    const first = take('shop', { pages });
    const ended = expect(first).rejects.toThrow('the channel is gone');
    await begun;
    await database.pool.query(
      `select pg_terminate_backend(pid, 10000) from pg_locks where locktype = 'advisory' and database =
         (select oid from pg_database where datname = current_database())`,
    );
    expect(await take('shop', { pages: told(orders('#9')) })).toMatchObject({ orders: 1 });
    end.reject(new Error('the channel is gone'));
    await ended;
    expect(await reserved()).toEqual(['#9']);
  });
});

describe('one shelf that two levels speak of', () => {
  beforeEach(() =>
    database.pool.query(`
      insert into listing (connection_id, external_id, item_id)
        select c.id, 'MUG2', i.id from connection c, item i where c.name = 'shop' and i.sku = 'MUG';
      insert into location_binding (connection_id, external_id, location_id)
        select c.id, 'annex', l.id from connection c, location l where c.name = 'shop' and l.code = 'MAIN'`),
  );

  it.each([
    ['two listings, on one page', [[{ sellable: '7' }, { listing: 'MUG2', sellable: '3' }]]],
    ['two listings, pages apart', [[{ sellable: '7' }], [{ listing: 'MUG2', sellable: '3' }]]],
    ['two locations of the channel', [[{ sellable: '7' }, { location: 'annex', sellable: '3' }]]],
    ['what is on hold', [[{ held: '2' }, { location: 'annex', held: '1' }]]],
  ])('is counted by none of them where they disagree, and named: %s', async (_, pages) => {
    const others = page(ago(1), [{ listing: 'TEA', sellable: '5' }]);
    const report = await take('shop', {
      pages: told(...pages.map((levels) => page(ago(1), levels)), others),
    });
    expect(report.leftOut).toEqual([expect.stringMatching(/^MUG: .* says .*, .* says .*one shelf/)]);
    expect(await balances()).toEqual({ 'TEA MAIN sellable': '5' });
    const { rowCount } = await database.pool.query(
      `select from stock_count s join item i on i.id = s.item_id where i.sku = 'MUG'`,
    );
    expect(rowCount).toBe(0);
  });

  it('leaves the count of others standing where they disagree, and the documents are added to that', async () => {
    await take('till', { pages: told(page(ago(20), [{ sellable: '40' }])) });
    const levels = [{ sellable: '7' }, { listing: 'MUG2', sellable: '3' }];
    expect(await take('shop', { pages: told(page(ago(1), levels)) })).toMatchObject({ at: ago(20) });
    await sell('shop', ago(10), '5');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35' });
  });

  it('is counted where they agree, and where one level was told twice its newest word stands', async () => {
    const report = await take('shop', {
      pages: told(
        page(ago(3), [{ sellable: '8' }]),
        page(ago(2), [{ sellable: '7' }, { listing: 'MUG2', sellable: '7' }]),
      ),
    });
    expect(report.leftOut).toEqual([]);
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '7' });
  });
});

describe('an open order with a line that nobody knows', () => {
  it('holds what is known of it, and what is missing is told', async () => {
    const line = (listing: string) => ({
      ...{ line: listing, item: { listing }, location: 'main', quantity: '2' },
    });
    const order = { order: '#9', version: 1n, reservedAt: ago(5), lines: [line('MUG'), line('ODD')] };
    const report = await take('shop', {
      pages: told(page(ago(1), [{ sellable: '10' }]), page(ago(1), [], { reservations: [order] })),
    });
    expect(report.leftOut).toEqual([
      expect.stringMatching(/^listing ODD is bound to no item; the other lines/),
    ]);
    const { rows } = await database.pool.query(
      'select i.sku, trim_scale(r.quantity)::text as quantity from reservation r join item i on i.id = r.item_id',
    );
    expect(rows).toEqual([{ sku: 'MUG', quantity: '2' }]);
  });
});

describe('the instant', () => {
  it('of a connection without counts is that of the counts its documents are added to', async () => {
    await take('shop', { pages: told(page(ago(20), [{ sellable: '40' }])) });
    const report = await take('till', {});
    expect(report).toMatchObject({ at: ago(20), notes: [expect.stringContaining('was counted')] });
    await sell('till', ago(10), '5');
    await sell('till', ago(30), '7');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35' });
  });

  it('is the oldest of the newest counts, item by item', async () => {
    await take('shop', {
      pages: told(
        page(ago(60), [{ sellable: '1' }, { listing: 'TEA' }]),
        page(ago(20), [{ sellable: '40' }]),
      ),
    });
    expect((await take('till', {})).at).toBe(ago(60));
  });

  it('is never later than a count in the file', async () => {
    const { rows } = await database.pool.query<{ item: number; location: number }>(
      `select i.id as item, l.id as location from item i, location l where i.sku = 'MUG' and l.code = 'MAIN'`,
    );
    const count = {
      ...{ line: 2, itemId: rows[0]?.item ?? 0, sku: 'MUG', locationId: rows[0]?.location ?? 0 },
      ...{ location: 'MAIN', state: 'sellable' as const, quantity: '40', countedAt: ago(1440) },
    };
    await expect(take('till', { counts: [{ ...count, countedAt: ago(-60) }] })).rejects.toThrow(
      'line 2: MUG at MAIN is counted at',
    );
    const report = await take('till', { counts: [count], at: ago(5) });
    expect(report).toMatchObject({ at: ago(1440), notes: [expect.stringContaining('from the count on')] });
    await sell('till', ago(700), '5');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35' });
  });

  it('reaches back to counts of others on the shelf that the connection counted in part', async () => {
    await take('shop', { pages: told(page(ago(20), [{ sellable: '40' }])) });
    const report = await take('till', { counts: [await countOf('TEA', '5')] });
    expect(report).toMatchObject({ at: ago(20), notes: [expect.stringContaining('was counted')] });
    await sell('till', ago(10), '5');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35', 'TEA MAIN sellable': '5' });
  });

  it('reaches back so also where the channel itself is asked, and says nothing of what it does not list', async () => {
    await take('shop', { pages: told(page(ago(20), [{ sellable: '40' }])) });
    await database.pool.query(
      `delete from listing l using connection c, item i where c.id = l.connection_id and c.name = 'till' and i.id = l.item_id and i.sku = 'MUG'`,
    );
    const pages = () => told(page(ago(1), [{ listing: 'TEA', sellable: '5' }]));
    const report = await take('till', { pages: pages() });
    expect(report).toMatchObject({ at: ago(1), notes: [] });
    await database.pool.query(
      `insert into listing (connection_id, external_id, item_id) select c.id, 'MUG', i.id from connection c, item i where c.name = 'till' and i.sku = 'MUG';
       update connection set cutover_at = null where name = 'till'`,
    );
    expect(await take('till', { pages: pages() })).toMatchObject({ at: ago(20) });
  });

  it('is asked for, before anything is taken, where a part counted today stands beside old counts', async () => {
    await take('shop', { pages: told(page(ago(30 * 1440), [{ sellable: '40' }])) });
    await expect(take('till', { counts: [await countOf('TEA', '5')] })).rejects.toThrow('say with --at');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '40' });
    await take('till', { counts: [await countOf('TEA', '5'), await countOf('MUG', '38')] });
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '38', 'TEA MAIN sellable': '5' });
  });

  it('is that of the channel’s clock where that is behind ours', async () => {
    await take('shop', { pages: told(page(ago(2), [{ sellable: '40' }])) });
    await sell('shop', ago(1), '5');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35' });
  });

  it('in the future is refused, also where it stands in the configuration', async () => {
    await expect(take('till', { at: ago(-60) })).rejects.toThrow('has not come yet');
    const configured = { name: 'till', connector: 'demo', cutover: ago(-60) };
    await expect(syncConnections(database, [configured])).rejects.toThrow(
      'connections.till.cutover has not come yet',
    );
    expect(await cutoverOf('till')).toBeUndefined();
  });

  it('is asked for where stock was counted long ago', async () => {
    await take('shop', { pages: told(page(ago(30 * 1440), [{ sellable: '40' }])) });
    await expect(take('till', {})).rejects.toThrow('say with --at');
    expect(await take('till', { at: ago(3) })).toMatchObject({
      at: ago(3),
      notes: [expect.stringContaining('is in no balance')],
    });
  });
});

describe('a connection that works already', () => {
  it('takes its opening stock once, counted since its cut-over', async () => {
    await syncConnections(database, [{ name: 'shop', connector: 'demo', cutover: ago(60) }]);
    await expect(take('shop', {})).rejects.toThrow('`stockbridge count`');
    await expect(take('shop', { at: ago(1), pages: told() })).rejects.toThrow('cannot move');
    async function* failing() {
      yield page(ago(30), [{ sellable: '50', held: '1' }]);
      throw new Error('the channel is gone');
    }
    await expect(take('shop', { pages: failing() })).rejects.toThrow('the channel is gone');
    const report = await take('shop', { pages: told(page(ago(20), [{ sellable: '40' }])) });
    expect(report).toMatchObject({ at: ago(60), counts: 1 });
    await sell('shop', ago(40), '7');
    await sell('shop', ago(10), '5');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '35' });
    await expect(take('shop', { pages: told(page(ago(1), [{ sellable: '1' }])) })).rejects.toThrow(
      '`stockbridge count`',
    );
  });

  it('takes no count from before it: what happened in between has passed', async () => {
    await syncConnections(database, [{ name: 'till', connector: 'demo', cutover: ago(60) }]);
    const count = { line: 2, itemId: 1, sku: 'MUG', locationId: 1, location: 'MAIN' };
    await expect(
      take('till', { counts: [{ ...count, state: 'sellable', quantity: '4', countedAt: ago(90) }] }),
    ).rejects.toThrow('before the cut-over');
  });
});
