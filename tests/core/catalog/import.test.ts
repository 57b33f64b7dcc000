// Catalogue files against a real database: what is taken, what is refused with which remedy, and that repeating is harmless.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ImportKind,
  type ImportOptions,
  importCatalog,
  replayable,
} from '../../../src/core/catalog/import.ts';
import { type TestDatabase, testDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const rowsOf = async (sql: string): Promise<unknown[]> => (await database.pool.query(sql)).rows;
const load = (kind: ImportKind, csv: string, options?: ImportOptions) =>
  importCatalog(database.pool, kind, csv, options);

/** Imports what must be right. */
async function given(kind: ImportKind, csv: string) {
  const report = await load(kind, csv);
  expect(report.rejected).toEqual([]);
  return report;
}

beforeEach(async () => {
  await database.pool.query(`
    set session_replication_role = replica;
    delete from inbox_event; delete from movement; delete from balance; delete from reservation; delete from sales_order;
    delete from listing; delete from location_binding; delete from kit_component; delete from item_unit; delete from barcode;
    delete from item; delete from location where code not like '@%'; delete from connection;
    set session_replication_role = default;
    insert into connection (name, connector) values ('shop', 'demo'), ('depot', 'webhook')`);
});

async function move(sku: string, location = 'MAIN', quantity = 5) {
  await database.pool.query(
    `insert into balance (item_id, location_id, state, quantity, overdraft)
     select item.id, location.id, 'sellable', $3, allows_negative from item, location where sku = $1 and code = $2`,
    [sku, location, quantity],
  );
  await database.pool.query(
    `insert into movement (batch_id, position, key, line, type, occurred_at, recorded_at, connection_id, document, item_id,
       quantity, from_location_id, from_state, to_location_id, to_state, fingerprint)
     select 1, item.id, gen_random_uuid(), 1, 'receipt', now(), now(), 1, 'd', item.id, 5,
       (select id from location where code = '@supplier'), 'sellable', location.id, 'sellable', ''
     from item, location where sku = $1 and code = $2`,
    [sku, location],
  );
}

describe('items', () => {
  it('are made with defaults, changed where the file says so, and left alone where a cell is empty', async () => {
    expect(await given('items', 'SKU;Title;Type\nA;Tee;\nB;;raw\n')).toMatchObject({
      applied: true,
      accepted: 2,
      changed: 2,
      unchanged: 0,
    });
    expect(await given('items', 'sku,name,unit\nA,,\nB,Bolt,kg\nC,Cup,\n')).toMatchObject({
      accepted: 3,
      changed: 2,
      unchanged: 1,
    });
    expect(await rowsOf('select sku, name, kind, base_unit from item order by sku')).toEqual([
      { sku: 'A', name: 'Tee', kind: 'finished', base_unit: 'each' },
      { sku: 'B', name: 'Bolt', kind: 'raw', base_unit: 'kg' },
      { sku: 'C', name: 'Cup', kind: 'finished', base_unit: 'each' },
    ]);
  });

  it('with one wrong line nothing is taken, and every wrong cell is named with its remedy', async () => {
    const report = await load(
      'items',
      'sku,name,kind\nA,Tee,finished\n,Mug,finished\nB,x,finishd\n8.71E+12,y,\nA,Twice,\n',
    );
    expect(report).toMatchObject({ applied: false, accepted: 1, changed: 0, unchanged: 0 });
    expect(report.rejected).toEqual([
      { line: 3, column: 'sku', value: '', problem: 'is empty', help: expect.stringContaining('SKU') },
      {
        line: 4,
        column: 'kind',
        value: 'finishd',
        problem: 'must be one of raw, wip, finished, mro, packaging',
        help: expect.any(String),
      },
      {
        line: 5,
        column: 'sku',
        value: '8.71E+12',
        problem: expect.stringContaining('spreadsheet'),
        help: expect.any(String),
      },
      {
        line: 6,
        column: '',
        value: '',
        problem: 'says something about the same thing as line 2',
        help: expect.any(String),
      },
    ]);
    expect(await rowsOf('select 1 from item')).toEqual([]);
  });

  it('partial takes the lines that are right', async () => {
    const report = await load('items', 'sku,kind\nA,raw\nB,nonsense\nC,\n', { partial: true });
    expect(report).toMatchObject({ applied: true, accepted: 2, changed: 2, rejected: [{ line: 3 }] });
    expect(await rowsOf('select sku from item order by 1')).toEqual([{ sku: 'A' }, { sku: 'C' }]);
  });

  it('a header with unknown, missing or repeated columns is refused, with what was meant', async () => {
    const report = await load('items', 'skuu,name,Title\nA,x,y\n');
    expect(report.applied).toBe(false);
    expect(report.rejected).toEqual([
      {
        line: 1,
        column: 'skuu',
        value: 'skuu',
        problem: expect.any(String),
        help: expect.stringContaining('Did you mean “sku”?'),
      },
      {
        line: 1,
        column: 'name',
        value: 'Title',
        problem: expect.stringContaining('second time'),
        help: expect.any(String),
      },
      {
        line: 1,
        column: 'sku',
        value: '',
        problem: 'this column is missing',
        help: expect.stringContaining('variant sku'),
      },
    ]);
  });

  it('a line with more cells than columns is refused instead of cut', async () => {
    const report = await load('items', 'sku,name\nA,Tee, black\n');
    expect(report.rejected).toMatchObject([{ line: 2, problem: expect.stringContaining('more cells') }]);
  });

  it('a base unit that movements or factors rest on cannot change', async () => {
    await given('items', 'sku\nA\nB\nC\n');
    await given('locations', 'code\nMAIN\n');
    await move('A');
    await given('units', 'sku,unit,factor\nB,case,12\n');
    const report = await load('items', 'sku,base_unit\nA,kg\nB,kg\nC,kg\n', { partial: true });
    expect(report.rejected).toMatchObject([
      { line: 2, column: 'base_unit', problem: 'cannot change: the item has movements' },
      { line: 3, column: 'base_unit', problem: 'cannot change: quantities rest on it' },
    ]);
    expect(await rowsOf('select sku, base_unit from item order by 1')).toEqual([
      { sku: 'A', base_unit: 'each' },
      { sku: 'B', base_unit: 'each' },
      { sku: 'C', base_unit: 'kg' },
    ]);
    expect(await given('items', 'sku,base_unit\nA,each\n')).toMatchObject({ changed: 0, unchanged: 1 });
  });
});

describe('units and barcodes', () => {
  it('units have exact factors above zero; the base unit is always 1', async () => {
    await given('items', 'sku\nA\n');
    const report = await load('units', 'sku,unit,factor\nA,case,0\nA,box,"1,5"\nA,each,2\nX,case,2\n');
    expect(report.rejected).toMatchObject([
      { line: 2, column: 'factor', problem: expect.stringContaining('above zero') },
      { line: 3, column: 'factor', value: '1,5', help: 'Write decimals with a point: 1.5.' },
      { line: 4, column: 'factor', problem: expect.stringContaining('base unit') },
      { line: 5, column: 'sku', problem: 'no item has this SKU' },
    ]);
    await given('units', 'sku,unit,factor\nA,case,12.0\nA,each,1\n');
    const again = await given('units', 'sku,unit,factor\nA,case,12\n');
    expect(again).toMatchObject({ changed: 0, unchanged: 1, notices: [] });
    expect(await given('units', 'sku,unit,factor\nA,case,10\n')).toMatchObject({
      changed: 1,
      notices: [{ line: 2, notice: expect.stringContaining('was 12') }],
    });
  });

  it('a barcode that moves to another item is taken and told', async () => {
    await given('items', 'sku\nA\nB\n');
    expect(await given('barcodes', 'sku,ean\nA,400000000001\nA,400000000002\n')).toMatchObject({
      changed: 2,
    });
    const report = await given('barcodes', 'sku,ean\nB,400000000001\nA,400000000002\n');
    expect(report).toMatchObject({
      changed: 1,
      unchanged: 1,
      notices: [{ line: 2, notice: expect.stringContaining('“A”') }],
    });
  });
});

describe('kits', () => {
  beforeEach(() => given('items', 'sku\nSET\nBIG\nA\nB\nC\n'));

  it('a file says the whole content of its kits; a component it no longer names is removed and told', async () => {
    expect(await given('kits', 'kit,component,qty\nSET,A,1\nSET,B,2\n')).toMatchObject({
      changed: 2,
      removed: 0,
    });
    expect(await given('kits', 'kit,component,qty\nSET,A,1\nSET,B,2\n')).toMatchObject({
      changed: 0,
      unchanged: 2,
      touched: { items: [] },
    });
    const report = await given('kits', 'kit,component,qty\nSET,A,3\n');
    expect(report).toMatchObject({
      changed: 1,
      removed: 1,
      notices: [{ notice: expect.stringContaining('“B”') }],
    });
    expect(report.touched.items).toHaveLength(1);
    expect(await rowsOf('select sku from item where is_kit')).toEqual([{ sku: 'SET' }]);
  });

  it.each([
    ['a kit in itself', 'SET,SET,1', 'is the kit itself'],
    ['a circle in one file', 'SET,BIG,1\nBIG,SET,1', 'is itself a kit'],
    ['a kit of a kit in one file', 'SET,A,1\nBIG,SET,1', 'is itself a kit'],
  ])('%s is refused', async (_, lines, problem) => {
    const report = await load('kits', `kit,component,qty\n${lines}\n`);
    expect(report.applied).toBe(false);
    expect(report.rejected.map((rejection) => rejection.problem)).toContain(problem);
  });

  it('a kit of a kit over two files is refused in either order', async () => {
    await given('kits', 'kit,component,qty\nSET,A,1\n');
    expect(await load('kits', 'kit,component,qty\nBIG,SET,1\n')).toMatchObject({
      rejected: [{ problem: 'is itself a kit' }],
    });
    expect(await load('kits', 'kit,component,qty\nA,B,1\n')).toMatchObject({
      rejected: [{ problem: 'is a component of kit “SET”' }],
    });
  });

  it('a component may become a kit when the same file takes it out of the kit that held it', async () => {
    await given('kits', 'kit,component,qty\nSET,A,1\n');
    await given('kits', 'kit,component,qty\nSET,B,1\nA,C,2\n');
    const { rows } = await database.pool.query(
      'select k.sku as kit, c.sku as component from kit_component join item k on k.id = kit_id join item c on c.id = component_id order by 1',
    );
    expect(rows).toEqual([
      { kit: 'A', component: 'C' },
      { kit: 'SET', component: 'B' },
    ]);
  });

  it('two files at the same time cannot make a kit of a kit together', async () => {
    for (let round = 0; round < 8; round += 1) {
      await database.pool.query('delete from kit_component; update item set is_kit = false');
      const reports = await Promise.all([
        load('kits', 'kit,component,qty\nSET,A,1\n'),
        load('kits', 'kit,component,qty\nA,B,1\n'),
      ]);
      expect(reports.filter(({ applied }) => applied)).toHaveLength(1);
    }
  });

  it('an item with stock of its own cannot become a kit', async () => {
    await given('locations', 'code\nMAIN\n');
    await move('SET');
    expect(await load('kits', 'kit,component,qty\nSET,A,1\n')).toMatchObject({
      rejected: [{ problem: 'has stock of its own' }],
    });
  });

  it('partial never takes half a kit', async () => {
    const csv = 'kit,component,qty\nSET,A,1\nSET,NOPE,1\nBIG,B,1\n';
    expect(await load('kits', csv, { partial: true })).toMatchObject({
      applied: true,
      accepted: 1,
      changed: 1,
    });
    expect(await rowsOf('select sku from item where is_kit')).toEqual([{ sku: 'BIG' }]);
    const unclear = await load('kits', 'kit,component,qty\nSET,A,1\n,B,1\n', { partial: true });
    expect(unclear).toMatchObject({ accepted: 0, changed: 0 });
    const wrongCell = await load('kits', 'kit,component,qty\nSET,A,1\nSET,B,none\n', { partial: true });
    expect(wrongCell).toMatchObject({ accepted: 0, changed: 0 });
  });
});

describe('locations and bindings', () => {
  it('are made, changed and kept; the hub’s own are out of reach', async () => {
    await given('locations', 'code,name,kind,authority\nMAIN,Main,3pl,depot\nBACK,,,\n');
    expect(await given('locations', 'code,authority\nMAIN,\nBACK,none\n')).toMatchObject({
      changed: 0,
      unchanged: 2,
    });
    expect(await given('locations', 'code,authority\nMAIN,none\n')).toMatchObject({ changed: 1 });
    expect(await load('locations', 'code,kind,authority\n@supplier,,\nX,supplier,\nY,,dpot\n')).toMatchObject(
      {
        rejected: [
          { line: 2, column: 'code' },
          { line: 3, column: 'kind' },
          { line: 4, column: 'authority', help: expect.stringContaining('“depot”') },
        ],
      },
    );
  });

  it('I6: balances follow their location’s rule, and a location with stock below zero keeps allowing it', async () => {
    await given('items', 'sku\nA\n');
    await given('locations', 'code,allows_negative\nMAIN,no\n');
    await move('A');
    await given('locations', 'code,allows_negative\nMAIN,yes\n');
    await database.pool.query('update balance set quantity = -1');
    expect(await load('locations', 'code,allows_negative\nMAIN,no\n')).toMatchObject({
      rejected: [{ problem: 'cannot be no: stock is below zero', help: expect.stringContaining('“A”') }],
    });
    await database.pool.query('update balance set quantity = 0');
    await given('locations', 'code,allows_negative\nMAIN,no\n');
    await expect(database.pool.query('update balance set quantity = -1')).rejects.toThrow(
      'i6_stock_not_negative',
    );
  });

  it('a binding may move, and that is told together with the stock that stays', async () => {
    await given('items', 'sku\nA\n');
    await given('locations', 'code\nMAIN\nBACK\n');
    expect(await given('bindings', 'connection,external_location,location\nshop,7,MAIN\n')).toMatchObject({
      changed: 1,
    });
    await move('A');
    const report = await given('bindings', 'channel,channel location,code,name\nshop,7,BACK,Shop floor\n');
    expect(report).toMatchObject({
      changed: 1,
      notices: [{ column: 'location', notice: expect.stringMatching(/“MAIN”.*stays there/) }],
    });
    expect(report.touched.connections).toHaveLength(1);
    const wrong = await load(
      'bindings',
      'connection,external_location,location\nshop,8,@customer\nshp,9,MAIN\nshop,10,NOPE\n',
    );
    expect(wrong.rejected).toMatchObject([
      { line: 2, column: 'location', problem: 'is a virtual location' },
      { line: 3, column: 'connection', help: expect.stringContaining('“shop”') },
      { line: 4, column: 'location', problem: 'no location has this code' },
    ]);
  });
});

describe('listings', () => {
  it('bind to items, and a rebinding is told', async () => {
    await given('items', 'sku\nA\nB\n');
    await given('listings', 'connection,listing,sku,factor,pushable\nshop,1,A,,\nshop,2,A,6,no\n');
    const report = await given('listings', 'connection,listing,sku\nshop,1,B\nshop,2,A\n');
    expect(report).toMatchObject({
      changed: 1,
      unchanged: 1,
      notices: [{ line: 2, notice: expect.stringContaining('“A”') }],
    });
    expect(
      await rowsOf(
        'select external_id, sku, trim_scale(factor)::text as factor, pushable from listing join item on item.id = item_id order by 1',
      ),
    ).toEqual([
      { external_id: '1', sku: 'B', factor: '1', pushable: true },
      { external_id: '2', sku: 'A', factor: '6', pushable: false },
    ]);
  });
});

describe('stock', () => {
  beforeEach(async () => {
    await given('items', 'sku\nA\nSET\n');
    await given('units', 'sku,unit,factor\nA,case,12\n');
    await given('kits', 'kit,component,qty\nSET,A,2\n');
    await given('locations', 'code\nMAIN\n');
  });

  it('gives counts in base units and writes nothing', async () => {
    const report = await given(
      'stock',
      'sku,location,state,qty,unit,counted\nA,MAIN,,1.5,case,2026-11-21T10:00:00+01:00\nA,MAIN,hold,-2,,\n',
    );
    expect(report).toMatchObject({ applied: true, accepted: 2, changed: 0, unchanged: 0 });
    expect(report.counts).toMatchObject([
      {
        line: 2,
        sku: 'A',
        location: 'MAIN',
        state: 'sellable',
        quantity: '18',
        countedAt: '2026-11-21T09:00:00.000000Z',
      },
      { line: 3, state: 'hold', quantity: '-2', countedAt: undefined },
    ]);
    expect(await rowsOf('select 1 from balance')).toEqual([]);
  });

  it('refuses kits, virtual locations, unknown units and a place counted twice', async () => {
    const report = await load(
      'stock',
      'sku,location,qty,unit\nSET,MAIN,1,\nA,@customer,1,\nA,MAIN,1,pallet\nA,MAIN,1,\n',
    );
    expect(report.counts).toEqual([]);
    expect(report.rejected).toMatchObject([
      { line: 2, problem: 'is a kit' },
      { line: 3, problem: 'is a virtual location' },
      { line: 4, problem: 'the item has no such unit' },
      { line: 5, problem: 'says something about the same thing as line 4' },
    ]);
  });
});

describe('I4: what was so before is kept with a change, to know what was booked by it', () => {
  beforeEach(async () => {
    await database.pool.query(
      'delete from earlier_kit; delete from earlier_listing; delete from earlier_unit; delete from earlier_barcode',
    );
    await given('items', 'sku\nSET\nA\nB\n');
  });
  const kitsBefore = async () =>
    (
      await database.pool.query<{ components: { id: number; quantity: string }[] | null }>(
        'select components from earlier_kit order by until',
      )
    ).rows.map(({ components }) => components?.map(({ quantity }) => quantity) ?? null);
  const SET = (...quantities: string[]) =>
    given('kits', `kit,component,qty\n${quantities.map((each, n) => `SET,${'AB'[n]},${each}\n`).join('')}`);

  it('a kit: once for a change, whatever of it changed, and not for a file that changes nothing', async () => {
    await SET('1', '2');
    expect(await kitsBefore()).toEqual([]);
    await SET('1.0', '2');
    expect(await kitsBefore()).toEqual([]);
    await SET('1', '3');
    await SET('1', '3');
    await SET('1');
    expect(await kitsBefore()).toEqual([
      ['1', '2'],
      ['1', '3'],
    ]);
    expect(await load('kits', 'kit,component,qty\nSET,A,7\nSET,NOPE,1\n')).toMatchObject({ applied: false });
    expect(await kitsBefore()).toHaveLength(2);
  });

  it('what was no kit moved itself, if it has moved', async () => {
    await given('locations', 'code\nMAIN\n');
    await move('SET', 'MAIN', 0);
    await given('kits', 'kit,component,qty\nSET,A,1\n');
    expect(await kitsBefore()).toEqual([null]);
  });

  it('files that take turns keep one row each, and of different versions the newest eight stay', async () => {
    for (const quantity of ['1', '2', '1', '2', '1', '2']) await SET(quantity);
    expect(await kitsBefore()).toEqual([['2'], ['1']]);
    for (let quantity = 3; quantity <= 12; quantity += 1) await SET(String(quantity));
    expect(await kitsBefore()).toEqual(['4', '5', '6', '7', '8', '9', '10', '11'].map((each) => [each]));
  });

  it('a listing, a unit and a barcode: with what they said, and only where that changed', async () => {
    const all = async (sku: string, factor: string) => {
      await given('listings', `connection,listing,sku,factor\nshop,7,${sku},${factor}\n`);
      await given('units', `sku,unit,factor\nA,case,${factor || '6'}\n`);
      await given('barcodes', `barcode,sku\n4006381333931,${sku}\n`);
    };
    await all('A', '6');
    await all('A', '6.0');
    await given('listings', 'connection,listing,sku,factor,pushable\nshop,7,A,,no\n');
    const kept = () =>
      rowsOf(`
        select 'listing' as what, sku, trim_scale(factor)::text as factor from earlier_listing join item on item.id = item_id
        union all select unit, sku, trim_scale(factor)::text from earlier_unit join item on item.id = item_id
        union all select code, sku, null from earlier_barcode join item on item.id = item_id order by 1`);
    expect(await kept()).toEqual([]);
    await all('B', '12');
    await all('B', '12');
    expect(await kept()).toEqual([
      { what: '4006381333931', sku: 'A', factor: null },
      { what: 'case', sku: 'A', factor: '6' },
      { what: 'listing', sku: 'A', factor: '6' },
    ]);
  });
});

describe('besides', () => {
  it('a successful import counts the quarantined events it may have cured', async () => {
    await database.pool.query(
      `insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body, status, code, reason)
       select c.id, code || n, 't', 'webhook', '', '', 'quarantined', code, 'r'
       from connection c, unnest(array['item_unknown', 'unit_unknown', 'location_unknown', 'content_invalid']) code, generate_series(1, 2) n
       where c.name = 'shop'`,
    );
    await given('items', 'sku\nA\n');
    expect(await given('listings', 'connection,listing,sku\nshop,1,A\n')).toMatchObject({ replayable: 2 });
    expect(await load('listings', 'connection,listing,sku\nshop,1,X\n')).toMatchObject({ replayable: 0 });
    expect(await replayable(database.pool)).toBe(6);
  });

  it('text from a hostile spreadsheet is kept as text or refused, never run', async () => {
    const report = await load('items', `sku,name\n"A'); drop table item; --",x\n"B\u0007",x\n"C\uFFFD",x\n`, {
      partial: true,
    });
    expect(report.rejected).toMatchObject([
      { line: 3 },
      { line: 4, problem: expect.stringContaining('UTF-8') },
    ]);
    expect(await rowsOf('select sku from item')).toEqual([{ sku: "A'); drop table item; --" }]);
  });
});

describe('open orders', () => {
  /** An order that reserves, with the event it was read from; answers the event. */
  async function order(
    document: string,
    reserved: { connection?: string; item: string; location?: string },
    event: { source?: string; status?: string; body?: string } = {},
  ): Promise<void> {
    await database.pool.query(
      `with c as (select id from connection where name = $2),
       e as (
         insert into inbox_event (connection_id, dedupe_key, topic, source, sha256, body, erased_at, status, reason, generation)
         select id, $1, 'order', $5::event_source, '', $6::bytea, case when $6::bytea is null then now() end, $7::inbox_status, 'why', 9 from c returning id, connection_id),
       o as (
         insert into sales_order (connection_id, document, version, inbox_event_id) select connection_id, $1, 1, id from e returning id)
       insert into reservation (order_id, line, item_id, location_id, quantity, reserved_at)
       select o.id, '1', i.id, l.id, 1, now() from o, item i, location l where i.sku = $3 and l.code = $4`,
      [
        document,
        reserved.connection ?? 'shop',
        reserved.item,
        reserved.location ?? 'MAIN',
        event.source ?? 'webhook',
        event.body === undefined ? 'bytes' : event.body || null,
        event.status ?? 'applied',
      ],
    );
  }
  const pending = async () =>
    (await rowsOf(
      `select dedupe_key as document from inbox_event where status = 'pending' and generation = 0 and reason is null order by 1`,
    )) as { document: string }[];
  const readAgain = async () => (await pending()).map(({ document }) => document);

  beforeEach(async () => {
    await given('items', 'sku,name\nA,\nB,\nC,\nSET,\n');
    await given('locations', 'code\nMAIN\nEAST\n');
    await given(
      'listings',
      'connection,listing,sku,factor\nshop,1,A,1\ndepot,1,A,1\nshop,2,B,1\nshop,9,SET,1\n',
    );
    await given('bindings', 'connection,external_location,location\nshop,x,MAIN\nshop,y,EAST\n');
    await given('kits', 'kit,component,quantity\nSET,B,1\nSET,C,2\n');
  });

  it('of a listing that is another item or factor now are read again, and no others', async () => {
    await order('own', { item: 'A' });
    await order('held', { item: 'A' }, { status: 'quarantined' });
    await order('another item', { item: 'B' });
    await order('another connection', { item: 'A', connection: 'depot' });
    await database.pool.query(`update inbox_event set waits_for = '{1}' where dedupe_key = 'held'`);
    const same = await given('listings', 'connection,listing,sku,factor,pushable\nshop,1,A,1,no\n');
    expect([same.orders, await readAgain()]).toEqual([{ again: 0, left: 0 }, []]);
    const factor = await given('listings', 'connection,listing,sku,factor\nshop,1,A,12\n');
    expect([factor.orders, await readAgain()]).toEqual([{ again: 2, left: 0 }, ['held', 'own']]);
    expect(
      await rowsOf(`select dedupe_key as document from inbox_event where waits_for = '{1}'`),
      'I7: what it took is not in the ledger by being read again',
    ).toEqual([{ document: 'held' }]);
    await database.pool.query(`update inbox_event set status = 'applied'`);
    const item = await given('listings', 'connection,listing,sku\nshop,1,C\n');
    expect([item.orders, await readAgain()]).toEqual([{ again: 2, left: 0 }, ['held', 'own']]);
  });

  it('of a kit with another content are read again by the components it had, at every connection', async () => {
    await order('part of it', { item: 'B' });
    await order('the other part', { item: 'C', connection: 'depot' });
    await order('no part', { item: 'A' });
    const same = await given('kits', 'kit,component,quantity\nSET,B,1\nSET,C,2\n');
    expect(same.orders).toEqual({ again: 0, left: 0 });
    const report = await given('kits', 'kit,component,quantity\nSET,A,1\nSET,C,2\n');
    expect([report.orders, await readAgain()]).toEqual([
      { again: 2, left: 0 },
      ['part of it', 'the other part'],
    ]);
  });

  it('of a kit’s listing are read again by its components', async () => {
    await order('kit', { item: 'C' });
    const report = await given('listings', 'connection,listing,sku,factor\nshop,9,SET,2\n');
    expect([report.orders, await readAgain()]).toEqual([{ again: 1, left: 0 }, ['kit']]);
  });

  it('of a location that is bound to another of ours are read again', async () => {
    await order('here', { item: 'A' });
    await order('there', { item: 'A', location: 'EAST' });
    const named = await given('bindings', 'connection,external_location,location,name\nshop,x,MAIN,Main\n');
    expect(named.orders).toEqual({ again: 0, left: 0 });
    const report = await given('bindings', 'connection,external_location,location\nshop,x,EAST\n');
    expect([report.orders, await readAgain()]).toEqual([{ again: 1, left: 0 }, ['here']]);
  });

  it('of an item whose unit is another are read again', async () => {
    await given('units', 'sku,unit,factor\nA,case,6\n');
    await order('by the case', { item: 'A' });
    const report = await given('units', 'sku,unit,factor\nA,case,12\n');
    expect([report.orders, await readAgain()]).toEqual([{ again: 1, left: 0 }, ['by the case']]);
  });

  it('that have nothing to be read from are counted and left as they are', async () => {
    await order('taken over', { item: 'A' }, { source: 'cutover' });
    await order('erased', { item: 'A' }, { body: '' });
    const report = await given('listings', 'connection,listing,sku,factor\nshop,1,A,12\n');
    expect([report.orders, await readAgain()]).toEqual([{ again: 0, left: 2 }, []]);
  });

  it('stay as they are when the file is refused', async () => {
    await order('own', { item: 'A' });
    const report = await load('listings', 'connection,listing,sku,factor\nshop,1,A,12\nshop,2,NOBODY,1\n');
    expect([report.orders, await readAgain()]).toEqual([{ again: 0, left: 0 }, []]);
  });
});
