// `count` and `receive` enter what people found and what was delivered: as a whole or not at all, and each file once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Database, openDatabase } from '../../src/core/database.ts';
import { laneOf } from '../../src/core/ledger/chain.ts';
import { factKey } from '../../src/core/ledger/movement.ts';
import { openLedger } from '../../src/core/ledger/post.ts';
import { instantFrom } from '../../src/core/vocabulary/instant.ts';
import { type Told, typed } from '../e2e/accountant.ts';
import { type TestDatabase, testDatabase } from '../support/postgres.ts';

let test: TestDatabase;
let database: Database;
let folder: string;
beforeEach(async () => {
  test = await testDatabase({ maxConnections: 2 });
  database = openDatabase({ url: test.url, poolSize: 2 });
  await database.pool.query(`
    insert into connection (name, connector, cutover_at) values ('northwind', 'threepl', 'epoch');
    insert into item (sku) values ('MUG'), ('TEA'), ('SET');
    update item set is_kit = true where sku = 'SET';
    insert into kit_component (kit_id, component_id, quantity) select s.id, m.id, 2 from item s, item m where s.sku = 'SET' and m.sku = 'MUG';
    insert into barcode (code, item_id) select '4006381333931', id from item where sku = 'TEA';
    insert into item_unit (item_id, unit, factor) select id, 'case', 12 from item where sku = 'MUG';
    insert into location (code, kind) values ('MAIN', 'warehouse'), ('EAST', '3pl');
    update location set authority_id = (select id from connection where name = 'northwind') where code = 'EAST'`);
  folder = await mkdtemp(join(tmpdir(), 'stockbridge-count-'));
  await writeFile(
    join(folder, 'stockbridge.yaml'),
    stringify({ database: { url: test.url }, log: { level: 'error' } }),
  );
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.close();
  await test.drop();
});

async function enter(
  command: 'count' | 'receive',
  lines: readonly string[],
  ...words: string[]
): Promise<Told> {
  const path = join(folder, 'file.csv');
  await writeFile(path, `${lines.join('\n')}\n`);
  return typed(['-c', join(folder, 'stockbridge.yaml'), command, path, ...words]);
}

async function balances(): Promise<Record<string, string>> {
  const { rows } = await database.pool.query<{ name: string; quantity: string }>(
    `select i.sku || ' ' || l.code || ' ' || b.state as name, trim_scale(b.quantity)::text as quantity
     from balance b join item i on i.id = b.item_id join location l on l.id = b.location_id and l.code not like '@%'
     where b.quantity <> 0 order by 1`,
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.quantity]));
}

/** Rows of the tables that entering writes, and the connection that it makes. */
const written = async () =>
  (
    await database.pool.query<{ n: number }>(
      `select (select count(*) from inbox_event) + (select count(*) from movement) + (select count(*) from stock_count)
         + (select count(*) from connection) + (select count(*) from lot) as n`,
    )
  ).rows[0]?.n;

const COUNTS = [
  'sku,barcode,location,state,quantity,unit,counted_at',
  'MUG,,MAIN,,4,case,2026-11-20T10:00:00Z',
  'MUG,,MAIN,damaged,3,,',
  ',4006381333931,MAIN,,7,,',
];

describe('count', () => {
  it('says before and after of each line, books the differences, and proves itself', async () => {
    const { code, text } = await enter('count', COUNTS, '--name', 'autumn');
    expect(text).toContain('count autumn: 3 of 3 lines booked.');
    expect(text).toMatch(/2 +MUG +MAIN +sellable +0 +48 +48/);
    expect(text).toMatch(/4 +TEA +MAIN +sellable +0 +7 +7/);
    expect(code).toBe(0);
    expect(await balances()).toEqual({
      'MUG MAIN damaged': '3',
      'MUG MAIN sellable': '48',
      'TEA MAIN sellable': '7',
    });
    const later = ['sku,location,quantity,counted_at', 'MUG,MAIN,40,2026-11-20T12:00:00Z'];
    expect((await enter('count', later)).text).toMatch(/MUG +MAIN +sellable +48 +40 +-8/);
    expect((await typed(['-c', join(folder, 'stockbridge.yaml'), 'verify'])).code).toBe(0);
  });

  it('I3: the same file twice is one fact, also when what it counted has moved since', async () => {
    await enter('count', COUNTS);
    await enter('receive', ['sku,location,quantity', 'TEA,MAIN,2']);
    const { text } = await enter('count', COUNTS);
    expect(text).toContain('0 of 3 lines booked, 3 were booked before');
    expect(await balances()).toMatchObject({ 'TEA MAIN sellable': '9' });
  });

  it('a new count with the content of an old one is not passed over in silence, in the preview neither', async () => {
    const lines = ['sku,location,quantity', 'MUG,MAIN,5'];
    await enter('count', lines);
    await enter('receive', ['sku,location,quantity', 'MUG,MAIN,3']);
    for (const words of [['--preview'], []]) {
      const { code, text } = await enter('count', lines, ...words);
      expect(text).toMatch(/was entered at 20.* and is not entered again.*another --name/);
      expect(text).toContain('booked before');
      expect(text).not.toMatch(/MUG +MAIN|what the ledger says/);
      expect(code).toBe(1);
    }
    const told = await typed([
      '-c',
      join(folder, 'stockbridge.yaml'),
      '--json',
      'count',
      join(folder, 'file.csv'),
    ]);
    expect(JSON.parse(told.text)).toMatchObject({
      knownSince: expect.stringMatching(/^20/),
      changes: [{ before: '5', after: '5', outcome: 'duplicate' }],
    });
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '8' });
    expect((await enter('count', lines, '--name', 'second')).code).toBe(0);
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '5' });
  });

  it('what names its own instants, or a name that a person gave, is one fact and may come again', async () => {
    const dated = ['sku,location,quantity,counted_at', 'MUG,MAIN,5,2026-11-20T10:00:00Z'];
    const named = ['sku,location,quantity', 'TEA,MAIN,5'];
    for (const _ of ['first', 'again']) {
      expect((await enter('count', dated)).code).toBe(0);
      expect((await enter('count', named, '--name', 'autumn')).code).toBe(0);
    }
  });

  it('I4: another file of the same name is refused, and nothing is kept of it', async () => {
    await enter('count', COUNTS, '--name', 'autumn');
    const before = await written();
    const other = await enter('count', ['sku,location,quantity', 'MUG,MAIN,1'], '--name', 'autumn');
    expect(other).toMatchObject({ code: 1, text: expect.stringContaining('key_conflict') });
    expect((await enter('count', COUNTS, '--name', 'a\nb')).text).toContain('--name must be');
    expect(await written()).toBe(before);
  });

  it('shows the same with --preview, and writes nothing', async () => {
    const before = await written();
    const { code, text } = await enter('count', COUNTS, '--preview');
    expect(text).toContain('nothing was written');
    expect(text).toMatch(/2 +MUG +MAIN +sellable +0 +48 +48/);
    expect(code).toBe(0);
    expect(await written()).toBe(before);
  });

  it('with one wrong line nothing is written, and each wrong line is named with what to do', async () => {
    const before = await written();
    const { code, text } = await enter('count', [
      'sku,barcode,location,quantity,unit,counted_at',
      'MUG,,MAIN,4,,',
      'MUG,,MAIN,5,,',
      'CUP,,MAIN,1,,',
      'MUG,,NOWHERE,1,,',
      'TEA,,MAIN,1,case,',
      'SET,,MAIN,1,,',
      'MUG,,EAST,1,,',
      'TEA,,MAIN,-1,,',
      'TEA,,MAIN,1,,2999-01-01T00:00:00Z',
    ]);
    expect(code).toBe(1);
    expect(text).toContain('Nothing was written: 8 lines are wrong.');
    for (const [line, what] of [
      [3, 'counts the same as line 2'],
      [4, 'there is no item with SKU CUP'],
      [5, 'there is no location NOWHERE'],
      [6, 'TEA has no unit case'],
      [7, ' SET is a kit; count its components'],
      [8, 'EAST is counted by northwind'],
      [9, 'no less than nothing'],
      [10, 'has not come yet'],
    ] as const)
      expect(text).toMatch(new RegExp(`^ +${line} .*${what}`, 'm'));
    for (const wrong of [
      ['sku,location,quantty', 'MUG,MAIN,1'],
      ['sku,location,quantity', ',MAIN,1'],
      ['sku,location,quantity', 'MUG,MAIN,"1,5"'],
      ['sku,location,quantity'],
    ])
      expect(await enter('count', wrong)).toMatchObject({
        code: 1,
        text: expect.stringContaining('Nothing was written'),
      });
    expect(await written()).toBe(before);
  });

  it('is the word of a warehouse where --connection says so', async () => {
    const lines = ['sku,location,quantity', 'MUG,EAST,5'];
    expect((await enter('count', lines, '--connection', 'northwind')).code).toBe(0);
    expect(await balances()).toEqual({ 'MUG EAST sellable': '5' });
    expect(await enter('count', lines, '--connection', 'nobody')).toMatchObject({
      code: 1,
      text: expect.stringContaining('there is no connection nobody'),
    });
  });

  it('I6: a count that what left since contradicts is not booked, is named, and is booked once they fit', async () => {
    await enter('receive', ['sku,location,quantity,received_at', 'MUG,MAIN,10,2026-11-01T00:00:00Z']);
    await ship('8', '2026-11-05T00:00:00Z');
    const early = ['sku,location,quantity,counted_at', 'TEA,MAIN,1,', 'MUG,MAIN,5,2026-11-03T00:00:00Z'];
    const { code, text } = await enter('count', early);
    expect(text).toContain('1 of 2 lines booked');
    expect(text).toMatch(/Not booked \(1\).*\n +line 3: MUG at MAIN .* has 2, the movement takes 5/);
    expect(code).toBe(1);
    await enter('receive', ['sku,location,quantity,received_at', 'MUG,MAIN,4,2026-11-04T00:00:00Z']);
    const again = await enter('count', early);
    expect(again).toMatchObject({
      code: 0,
      text: expect.stringContaining('1 of 2 lines booked, 1 were booked'),
    });
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '1', 'TEA MAIN sellable': '1' });
  });
});

/** Mugs leave MAIN for a customer. */
async function ship(quantity: string, at: string): Promise<void> {
  const { rows } = await database.pool.query<{ item: number; main: number; customer: number }>(
    `select i.id as item, l.id as main, c.id as customer from item i, location l, location c
     where i.sku = 'MUG' and l.code = 'MAIN' and c.kind = 'customer'`,
  );
  const ids = rows[0] ?? { item: 0, main: 0, customer: 0 };
  const line = {
    ...{ itemId: ids.item, lotId: null, quantity, unitCost: null, currency: null },
    from: { locationId: ids.main, state: 'sellable' as const },
    to: { locationId: ids.customer, state: 'sellable' as const },
  };
  const document = 'a shipment';
  const movement = {
    ...{ key: factKey(1, { type: 'shipment', id: at }), type: 'shipment' as const, document },
    ...{ occurredAt: instantFrom(at), reference: null, corrects: null, lines: [line] },
  };
  const nothing = { counts: [], reservations: [], observations: [], note: null };
  await openLedger(database).post(
    [{ ...nothing, connectionId: 1, inboxEventId: null, movements: [movement] }],
    { lane: laneOf(ids.item) },
  );
}

describe('receive', () => {
  const RECEIPTS = [
    'sku,location,quantity,unit,reference,lot,expires_on,received_at',
    'MUG,MAIN,2,case,PO-7,,,2026-11-20T10:00:00Z',
    'TEA,MAIN,5,,PO-7,L-1,2027-03-31,2026-11-20T10:00:00Z',
    'TEA,MAIN,1,,PO-7,L-1,,2026-11-20T10:00:00Z',
  ];

  it('adds what came from a supplier, with its reference and lot, once', async () => {
    const before = await written();
    expect((await enter('receive', RECEIPTS, '--preview')).text).toMatch(/4 +TEA +MAIN +sellable +5 +6 +1/);
    expect(await written()).toBe(before);
    expect((await enter('receive', RECEIPTS)).text).toContain('3 of 3 lines booked');
    const preview = await enter('receive', RECEIPTS, '--preview');
    expect(preview).toMatchObject({ code: 0, text: expect.stringContaining('3 were booked before') });
    expect(preview.text).not.toMatch(/TEA +MAIN/);
    expect((await enter('receive', RECEIPTS)).text).toContain('3 were booked before');
    expect(await balances()).toEqual({ 'MUG MAIN sellable': '24', 'TEA MAIN sellable': '6' });
    const { rows } = await database.pool.query(
      `select m.type::text as type, m.reference, l.code as lot, l.expires_on::text as expires from movement m left join lot l on l.id = m.lot_id where l.id is not null limit 1`,
    );
    expect(rows).toEqual([{ type: 'receipt', reference: 'PO-7', lot: 'L-1', expires: '2027-03-31' }]);
  });

  it('takes nothing at a warehouse whose documents move the stock, and nothing below zero', async () => {
    const before = await written();
    const { code, text } = await enter('receive', ['sku,location,quantity', 'MUG,EAST,1', 'MUG,MAIN,-1']);
    expect([code, text]).toEqual([1, expect.stringContaining('must be above zero')]);
    const east = await enter('receive', ['sku,location,quantity', 'MUG,EAST,1']);
    expect(east.text).toContain('is moved by the documents of northwind');
    expect(await written()).toBe(before);
  });
});
